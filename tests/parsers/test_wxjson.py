"""JSON and YAML of WeChat tools, and the WeCom archive: what their goldens cannot show well."""

import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests._golden import EXPORTS

import sqtool
from sqtool.errors import SqtoolError, UnknownFormatError, UnreadableError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS, _json_scan, wechat_keeper_json
from sqtool.parsers._base import Confidence
from sqtool.parsers._wechat_xml import read_quotes, sub_type, title
from sqtool.parsers._wecom import people, without_quotes
from sqtool.parsers._yaml import read_list

WECOM = EXPORTS / "wecom-archive-jsonl"
FORMATS = (
    "wechat-weflow-arkme", "wechat-weflow-api", "wechat-echotrace-json", "wechat-ciphertalk-json",
    "wechat-wxcli-json", "wechat-wxcli-yaml", "wechat-decrypt-json", "wechat-keeper-json",
    "wechat-dataanalysis-json", "wecom-archive-jsonl",
)  # fmt: skip
FILES = sorted(
    path
    for name in FORMATS
    for path in (EXPORTS / name).rglob("*")
    if path.is_file()
    and ".golden." not in path.name
    and path.name not in ("meta.json", "manifest.json", "report.json")
)


def messages(path: Path) -> pl.DataFrame:
    return sqtool.load(path, allow_private=True).messages.collect()


def raw(path: Path, name: str) -> list[tuple[Any, ...]]:
    """Return chat and rows as the parser gives them, whatever its batches."""
    issues = IssueLog()
    rows = [
        (batch.chat.key, *row)
        for batch in PARSERS.get(name).parse(Export(path), issues)
        for row in batch.messages.iter_rows()
    ]
    return [*rows, *issues.frame().iter_rows()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_block_boundary_changes_what_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = path.relative_to(EXPORTS).parts[0]
    whole = raw(path, name)
    for size in (61, 997):
        monkeypatch.setattr(_json_scan, "PIECE_BYTES", size)
        monkeypatch.setattr("sqtool.export.BLOCK_BYTES", size)
        assert sorted(map(repr, raw(path, name))) == sorted(map(repr, whole))


@pytest.mark.parametrize(
    "text",
    [
        '{"success":true,"talker":"x","messages":"none","hasMore":false}',
        '{"success":true,"talker":"x","messages":[{"role":"user"}]}',
        '{"session":{"id":1},"messages":[{"createTime":1,"localType":1,"content":"","sender":""}]}',
        '{"session":{"wxid":"wxid_demo01"},"messages":[{"role":"user","content":"x"}]}',
        '{"exportInfo":{"generator":"other"},"session":{"wxid":"x"},"messages":[{"content":"x"}]}',
        '{"chat":"x","is_group":true,"messages":[{"role":"user","content":"x"}]}',
        '{"chat_username":"x","messages":[{"content":"x"}]}',
        '{"schemaVersion":1,"conversation":"x","messages":[]}',
        '[{"ts":1,"conversation_id":"x"}]',
        '{"msgid":"1","action":"send"}',
        '{"msgid":"1","msgtype":"text"}',
        "chat: x\nmessages:\n- content: y\n",
        "is_group: true\nchat: x\n",
        "- chat: x\n  is_group: true\n  messages: []\n",
    ],
)
def test_what_only_looks_alike_is_nobodys(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    for name in FORMATS:
        assert PARSERS.get(name).sniff(Export(path)).confidence == Confidence.NO
    with pytest.raises(UnknownFormatError):
        sqtool.load(path)


def test_a_session_without_messages_is_only_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"session":{"wxid":"10000000001@chatroom"},"messages":[]}')
    assert PARSERS.get("wechat-echotrace-json").sniff(Export(path)).confidence == Confidence.WEAK


# --- WeFlow and its kin --------------------------------------------------------------------------


def test_a_page_of_the_interface_in_descending_order_is_turned_round(tmp_path: Path) -> None:
    path = EXPORTS / "wechat-weflow-api" / "messages.json"
    document = json.loads(path.read_text("utf-8"))
    for message in document["messages"]:
        message["createTime"] = 1772712903  # all in one second: only the order is left
    document["messages"][0]["createTime"] -= 1
    document["messages"].reverse()
    turned = tmp_path / path.name
    turned.write_text(json.dumps(document))
    assert messages(turned)["message_id"].to_list() == messages(path)["message_id"].to_list()


def test_pages_of_the_interface_are_one_chat_without_what_they_share(tmp_path: Path) -> None:
    document = json.loads((EXPORTS / "wechat-weflow-api" / "messages.json").read_text("utf-8"))
    for name, part in (("1.json", slice(0, 5)), ("2.json", slice(3, 8))):
        page = document | {"messages": document["messages"][part], "count": 5}
        (tmp_path / name).write_text(json.dumps(page))
    data = sqtool.load(tmp_path)
    assert data.chats.collect().height == 1
    assert data.messages.collect().height == 8
    assert data.imports["rows_duplicate"].sum() == 2


def test_rows_filed_under_the_room_belong_to_nobody() -> None:
    data = sqtool.load(EXPORTS / "wechat-echotrace-json" / "streamed-kinds.json")
    assert data.messages.filter(text="没有归到谁名下").collect()["sender_id"].to_list() == [None]
    people = data.members.collect()
    assert not {"群成员", "读书会一群"} & {*people["display_name"]}


def test_the_xml_of_an_app_message_may_end_anywhere() -> None:
    whole = (
        '<msg><appmsg appid=""><title><![CDATA[好 & 早]]></title><type>57</type><refermsg>'
        "<type>1</type><svrid>12</svrid><fromusr>1@chatroom</fromusr><chatusr>wxid_demo01</chatusr>"
        "<displayname>小林</displayname><content>早 &amp; 安</content></refermsg></appmsg></msg>"
    )
    columns = ("reply_to_id", "quoted_sender", "quoted_text")
    rows = pl.DataFrame({"xml": [whole[:end] for end in range(len(whole) + 1)]}).with_columns(
        pl.lit(None, pl.String).alias(name) for name in columns
    )
    read = read_quotes(rows, "xml").select(
        *columns, title=title(pl.col("xml")), sub=sub_type(pl.col("xml"))
    )
    assert read.row(-1) == ("12", "wxid_demo01", "早 & 安", "好 & 早", 57)
    for name, value in zip(read.columns, read.row(-1), strict=True):
        others = set(read[name].to_list()) - {None, value}
        assert others <= ({"小林"} if name == "quoted_sender" else set())


# --- wx-cli --------------------------------------------------------------------------------------


def test_yaml_and_json_of_the_same_messages_read_alike(tmp_path: Path) -> None:
    path = EXPORTS / "wechat-wxcli-json" / "kinds.json"
    twin = tmp_path / "kinds.yaml"
    document = json.loads(path.read_text("utf-8"))
    twin.write_text(yaml.safe_dump(document, allow_unicode=True, width=1_000_000), "utf-8")
    assert messages(twin).equals(messages(path))


RECORDS = st.lists(
    st.dictionaries(
        st.sampled_from(["content", "sender", "time"]),
        st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=9)
        | st.integers(0, 2**63)
        | st.booleans(),
        min_size=1,
    ),
    max_size=7,
)


@settings(max_examples=25, deadline=None)
@given(records=RECORDS, indented=st.booleans())
def test_a_yaml_list_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], indented: bool
) -> None:
    text = yaml.safe_dump({"messages": records, "zuletzt": 1}, allow_unicode=True, width=1_000_000)
    if indented:
        lines = text.split("\n")
        inner = [place for place, line in enumerate(lines) if line.startswith(("- ", "  "))]
        for place in inner:
            lines[place] = "  " + lines[place]
        text = "\n".join(lines)
    path = tmp_path_factory.mktemp("yaml") / "x.yaml"
    path.write_bytes(text.encode())
    issues = IssueLog()
    found: list[dict[str, Any]] = []
    for facts, items, numbers in read_list(Export(path), issues, "messages"):
        assert facts == {"zuletzt": 1}
        assert numbers == list(range(len(found) + 1, len(found) + len(items) + 1))
        found += items
    assert (found, issues.frame().height) == (records, 0)


# --- wechat-decrypt, chatlog-keeper --------------------------------------------------------------


def test_a_text_of_ones_own_keeps_what_only_looks_like_a_sender() -> None:
    rows = messages(EXPORTS / "wechat-decrypt-json" / "kinds.json")
    assert "通知:\n今晚八点" in rows["text"].to_list()
    assert not rows["text"].str.contains("wxid_").any()


QUOTED = st.text("早安好 []:x\n", min_size=1, max_size=8).filter(lambda text: text.strip() == text)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(["小林", "A B", "(x)"]), words=QUOTED, reply=QUOTED)
def test_a_quote_with_its_number_is_cut_off_whatever_it_holds(
    name: str, words: str, reply: str
) -> None:
    content = f"[引用 {name}: {words}] ↳svrid:000102 @2026-03-05 {reply}"
    item = wechat_keeper_json.Message(
        ts=1772712903.0, content=content, msg_type=49, sender_wxid="x"
    )
    row = wechat_keeper_json._frame([item], [1]).row(0, named=True)
    assert (row["quoted_sender"], row["quoted_text"], row["text"]) == (name, words, reply)


# --- WeChatDataAnalysis --------------------------------------------------------------------------


def test_a_zip_of_several_chats_gives_them_all_as_its_folder_does(tmp_path: Path) -> None:
    folder = EXPORTS / "wechat-dataanalysis-json" / "wechat_chat_export.d"
    path = tmp_path / "wechat_chat_export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.json")):
            archive.write(file, file.relative_to(folder).as_posix())
    packed, unpacked = sqtool.load(path), sqtool.load(folder)
    assert packed.chats.collect()["name"].to_list() == ["读书会一群", "跑步群"]
    assert packed.messages.collect().equals(unpacked.messages.collect())
    # The descriptions beside the messages belong to them; what lists the chats is passed over.
    assert packed.issues["file"].str.extract(r"([^/]+)$").to_list() == [
        "manifest.json",
        "report.json",
    ]


# --- WeCom ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"errcode":0,"errmsg":"ok","chatdata":[{"seq":1,"msgid":"1","publickey_ver":1,'
        '"encrypt_random_key":"AA==","encrypt_chat_msg":"BB=="}]}',
        '{"seq":1,"msgid":"1","publickey_ver":1,"encrypt_random_key":"A","encrypt_chat_msg":"B"}\n',
    ],
)
def test_an_archive_that_is_still_encrypted_is_refused_and_told_why(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "archive.jsonl"
    path.write_text(text)
    with pytest.raises(UnreadableError, match="still encrypted"):
        sqtool.load(path)


def test_receivers_are_known_but_no_complete_list() -> None:
    data = sqtool.load(WECOM / "archive.jsonl", chat="wrDEMO00000000000000000000000002")
    assert "LaoZhou" in data.members.collect()["member_id"].to_list()
    assert data.chats.collect()["has_roster"].to_list() == [False]


def test_an_archive_of_several_rooms_leaves_private_talks_out() -> None:
    data = sqtool.load(WECOM / "archive.jsonl")
    assert data.chats.collect()["kind"].to_list() == ["group", "group"]
    assert ("private-chat", 2) in data.issues.select("code", "rows").rows()


def test_a_file_of_account_switches_alone_has_no_record(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"msgid":"1","action":"switch","time":1772712903000,"user":"XiaoLin"}\n')
    with pytest.raises(SqtoolError, match="no record found"):
        sqtool.load(path)


@pytest.mark.parametrize(
    "value", [["a", "b", "a"], "a,b", "a;b", "a|b", " a  b ", '["a", "b"]', ["a", None, "b", {}]]
)
def test_receivers_come_as_a_list_or_joined(value: Any) -> None:
    assert people(value) == ["a", "b"]


@pytest.mark.parametrize("value", [None, "", [], {}, 7, "[not json"])
def test_no_receivers_are_nobody(value: Any) -> None:
    assert people(value) == []


WORDS = st.text("早安好「」：\n 12", min_size=1, max_size=9).filter(
    lambda text: text.strip() == text
)


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(["小林", "A B", "x(y)"]), words=WORDS, reply=WORDS)
def test_a_quote_in_front_of_a_reply_is_cut_off(name: str, words: str, reply: str) -> None:
    text = f"「{name}：{words}」\n- - - - - - - - - - - - - - -\n{reply}"
    rows = pl.DataFrame(
        {"text": [text, reply], "quoted_text": pl.Series([None, None], dtype=pl.String)}
    )
    first, second = without_quotes(rows).select("text", "quoted_sender", "quoted_text").rows()
    assert first == (reply, name, words)
    assert second == (reply, None, None)
