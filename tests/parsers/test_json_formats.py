"""QCE, WeFlow and ChatLab JSON: what the fixtures hold, worked out by hand."""

import copy
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests._golden import EXPORTS

import sqtool
from sqtool.errors import UnknownFormatError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS, qq_qce_json
from sqtool.parsers._base import Confidence, RawBatch
from sqtool.parsers._qce import Data, Element, Sender, person
from sqtool.parsers._qce_tips import Tip, Who, tip

QCE, WEFLOW = EXPORTS / "qq-qce-json", EXPORTS / "wechat-weflow-json"
CHATLAB, LINES = EXPORTS / "chatlab-json", EXPORTS / "chatlab-jsonl"
SAMPLE = QCE / "group_示例群_20001_20250301_120000123.json"


def load(path: Path) -> sqtool.Dataset:
    return sqtool.load(path, allow_private=True)


def messages(path: Path) -> pl.DataFrame:
    return load(path).messages.collect()


def chat(path: Path) -> dict[str, Any]:
    return load(path).chats.collect().row(0, named=True)


def issues(path: Path) -> list[tuple[str, int | None, int]]:
    return load(path).issues.select("code", "line", "rows").rows()


def raw(path: Path) -> list[RawBatch]:
    name = path.parent.name
    return list(PARSERS.get(name).parse(Export(path), IssueLog()))


def told(path: Path) -> list[tuple[Any, ...]]:
    rows = messages(path).filter(kind="system")
    return rows.select("event", "actor_id", "target_ids").rows()


# --- QCE -----------------------------------------------------------------------------------------


def test_qce_sample_reads_as_the_reference_says() -> None:
    rows = messages(SAMPLE)
    assert rows["kind"].to_list() == ["system", "text", "text", "red_packet", "system"]
    assert rows["sender_id"].to_list() == [None, "10001", "10002", "10003", None]
    assert rows["text"][1].endswith("2025-03-01 8:06:11 阿强(10002)\n上面这行是粘贴的")
    assert rows["mention_ids"].to_list() == [None, ["10002"], None, None, None]
    assert rows["text"][2] == "收到/微笑"
    assert rows["reply_to_id"][2] == rows["message_id"][1] == "7476000000000000002"
    assert told(SAMPLE) == [("invite", "10001", ["10002"]), ("recall", "10003", None)]
    facts = chat(SAMPLE)
    assert (facts["chat_id"], facts["self_id"], facts["kind"]) == ("qq:20001", "10001", "group")
    # The file name holds the local time: noon in Shanghai is four o'clock UTC.
    assert facts["exported_at"].isoformat() == "2025-03-01T04:00:00.123000+00:00"


def test_qce_tips_carry_ids_of_who_joined_left_was_muted_and_by_whom() -> None:
    old = "u_Fx10005QQQQQQQQQQQQQQQ"
    assert told(QCE / "group_20001_20250302_090000.json") == [
        ("invite", "10002", ["10003"]),
        ("qr_join", "10002", ["10004"]),
        ("qr_join", "10001", [old]),
        ("invite", "10001", [old]),
        ("join", None, [old]),
        ("removed", "10001", [old]),
        ("leave", None, ["10004"]),
        ("rename", "10001", None),
        ("mute", "10001", ["10003"]),
        ("mute", "10001", None),
        ("recall", "10001", ["10002"]),
        ("poke", "10003", ["10002"]),
        ("pinned", "10001", None),
        ("invite", "10002", ["10004"]),
        ("join", None, ["10004"]),
        ("other", None, None),
    ]


@pytest.mark.parametrize(
    "original",
    [None, [], "x", {}, {"groupElement": None}, {"groupElement": {"type": 99}},
     {"jsonGrayTipElement": {"busiId": "1061", "jsonStr": "{not json"}},
     {"jsonGrayTipElement": {"busiId": "51", "jsonStr": '{"items":[1,{"type":"qq"}]}'}},
     {"revokeElement": {"operatorUid": "0"}}],
)  # fmt: skip
def test_a_tip_that_says_too_little_is_left_to_its_wording(original: Any) -> None:
    assert tip([Element("system", Data(originalData=original))], "") is None


def test_a_join_without_details_is_an_invitation_only_if_somebody_else_is_named() -> None:
    def read(admin: str) -> Tip | None:
        group = {"type": "1", "memberUid": "u_a", "memberNick": "甲", "adminUid": admin}
        return tip([Element("system", Data(originalData={"groupElement": group}))], "")

    assert read("") == Tip("join", None, Who("u_a", "甲"))
    assert read("u_a") == Tip("join", None, Who("u_a", "甲"))
    assert read("u_b") == Tip("invite", Who("u_b", None), Who("u_a", "甲"))


def test_qce_v5_text_is_not_repeated_and_quotes_are_cut_off() -> None:
    path = QCE / "group_20002_20250301_200000.json"
    rows = messages(path)
    assert rows.select("kind", "text").rows() == [
        ("text", "早上好[/微笑]"),
        ("text", "你也早"),
        ("image", None),
        ("text", "看这张怎么样"),
        ("share", "[群公告]周三读书会改到八点"),
        ("voice", None),
        ("file", "书单.xlsx"),
        ("forward", None),
        ("text", "@全体成员 开会了"),
        ("text", "@阿强 @老王 看一下"),
        ("system", "米粒加入了群聊"),
        ("red_packet", None),
    ]
    # The reply names no message: it is found by who was answered and when.
    assert rows["reply_to_id"][1] == rows["message_id"][0]
    assert rows["mention_ids"].to_list()[8:10] == [["@all"], ["10002"]]
    assert rows["sent_at"][0].isoformat() == "2025-03-01T00:06:00+00:00"
    assert chat(path)["chat_id"] == "qq:20002"


def test_qce_recall_flags_of_v4_are_ignored_and_equal_ids_are_one_message() -> None:
    path = QCE / "示例四版群(20003).json"
    data = load(path)
    assert data.messages.collect()["text"].to_list() == ["第一条", "第二条", "第三条", "第四条"]
    assert data.messages.collect()["kind"].unique().to_list() == ["text"]
    assert data.imports.select("rows_in", "rows_kept", "rows_duplicate").row(0) == (5, 4, 1)
    assert issues(path) == [("recall-flag-ignored", None, 0)]
    assert chat(path)["chat_id"] == "qq:20003"


@pytest.mark.parametrize(
    ("sender", "key", "name"),
    [
        (Sender("u_x", "10001", "同学", "小林", None, "同学"), "10001", "小林"),
        (Sender("u_x", "10001", "同学", None, None, "同学"), "10001", None),
        (Sender("u_x", "10001", "班长", "小林", "班长", "同学"), "10001", "班长"),
        (Sender("u_x", "10001", "小林(10001)", None, "小林(10001)"), "10001", "小林"),
        (Sender("u_x", "10001", "小林(10002)", None, "小林(10002)"), "10001", "小林(10002)"),
        (Sender("u_x", "10001", "10001"), "10001", None),
        (Sender("u_x", "0", "小林"), "u_x", "小林"),
        (Sender("u_x", 10001, "小林"), "10001", "小林"),
        (Sender("未知", "0", "0"), None, None),
        (Sender("未知", None, "系统消息"), None, None),
        (Sender("1000000", "1000000", "系统消息"), None, None),
        (None, None, None),
    ],
)
def test_a_qce_sender_is_the_number_and_never_shows_the_remark(
    sender: Sender | None, key: str | None, name: str | None
) -> None:
    assert person(sender)[:2] == (key, name)


def test_qce_uids_become_numbers_even_if_the_number_comes_later() -> None:
    path = QCE / "group_名字群_20004_20250301_130000000.json"
    rows = messages(path)
    by_text = dict(rows.select("text", "sender_id").rows())
    assert by_text["没有号码"] == by_text["现在有号码"] == "10005"
    assert by_text["号码是零"] == "10004"
    assert rows.filter(text="@老周 号码以后才知道")["mention_ids"].to_list() == [["10005"]]
    assert chat(path)["self_id"] == "10005"
    assert rows.filter(kind="system")["text"].to_list() == ["没有发送者标识的通知", "旧式通知"]
    everything = json.dumps(load(path).members.collect().to_dicts(), default=str)
    assert "同学" not in everything
    assert "表弟" not in everything


def test_qce_shape_b_reads_the_same_things() -> None:
    path = QCE / "group_20005_20251101_080000.json"
    rows = messages(path)
    assert rows.select("kind", "text").rows() == [
        ("text", "欢迎 @阿强 \n先看群文件"),
        ("text", "收到"),
        ("image", None),
        ("system", None),  # recalled, and nothing is left of it
        ("system", "米粒加入了群聊"),
        ("share", "[接龙]周末爬山"),
        ("voice", None),
        ("location", None),
    ]
    assert rows["reply_to_id"][1] == rows["message_id"][0]
    assert told(path) == [("recall", "10003", None), ("join", None, ["10004"])]
    roles = load(path).members.select("member_id", "role").collect().rows()
    assert ("10001", "owner") in roles
    assert ("10002", "admin") in roles
    assert chat(path)["chat_id"] == "qq:20005"


def test_what_the_nonebot_add_on_flags_as_system_is_the_bot_speaking() -> None:
    path = QCE / "nonebot-add-on.json"
    rows = messages(path)
    assert rows["kind"].unique().to_list() == ["text"]
    assert rows["mention_ids"][0].to_list() == ["10002"]
    bots = load(path).members.filter(pl.col("is_bot")).collect()
    assert bots["member_id"].to_list() == ["3889000001"]
    assert chat(path)["chat_id"] == "qq:20006"


def test_qce_chunks_are_read_one_behind_the_other() -> None:
    path = QCE / "group_20007_20250301_140000.json"
    assert messages(path)["text"].to_list() == ["块一", "块一的第二条", "块二"]
    assert (chat(path)["name"], chat(path)["chat_id"]) == ("分块群", "qq:20007")
    assert issues(path) == []


def test_qce_kinds_and_texts_without_placeholders() -> None:
    rows = messages(QCE / "group_种类群_20012_20250301_190000000.json")
    assert rows.select("kind", "text").rows() == [
        ("image", None), ("sticker", None), ("sticker", None), ("video", None), ("voice", None),
        ("file", "讲义.pdf"), ("share", "[接龙]周末爬山"), ("share", None), ("forward", None),
        ("red_packet", None), ("location", None), ("system", "通话 - 已取消"), ("other", None),
        ("text", "/微笑"), ("text", "  看图 "), ("text", "我写[图片]两个字"),
    ]  # fmt: skip
    assert rows["quoted_text"][8] == "[转发消息: 1条]\n  小林: 在吗"


@pytest.mark.parametrize(
    ("name", "texts", "found"),
    [
        ("group_截断群_20009_20250301_150000000", 4, [("truncated-json", 5, 1),
                                                      ("count-mismatch", None, 0)]),
        ("group_损坏群_20010_20250301_160000000", 4, [("bad-record", 2, 1), ("bad-record", 4, 1)]),
        ("group_时间群_20011_20250301_180000000", 14, [("suspicious-time", None, 0),
                                                       ("bad-timestamp", 3, 1)]),
        ("group_缺条群_20013_20250301_210000000", 1, [("count-mismatch", None, 0)]),
    ],
)  # fmt: skip
def test_damaged_qce_files_lose_only_what_is_damaged(
    name: str, texts: int, found: list[tuple[str, int | None, int]]
) -> None:
    path = QCE / f"{name}.json"
    assert messages(path).height == texts
    assert issues(path) == [one for one in found if one[0] != "count-mismatch" or texts == 1]


def test_a_private_qce_chat_is_named_as_such() -> None:
    facts = chat(QCE / "friend_阿强_10002_20250301_200000000.json")
    assert (facts["kind"], facts["chat_id"]) == ("private", "qq:10002")


@pytest.mark.parametrize(
    ("name", "key", "moment"),
    [
        ("group_20001_20250301_080503", "20001", "2025-03-01T08:05:03"),
        ("group_读书_会_2_20001_2025-03-01_08-05-03", "20001", "2025-03-01T08:05:03"),
        ("group_群_20001_20250301_080503123_2", "20001", "2025-03-01T08:05:03.123000"),
        ("读书会(20001)", "20001", None),
        ("读书会(20001)_2", "20001", None),
        ("读书会(20001) (1)", "20001", None),
        ("group_20001_20259901_080503", "20001", None),
        ("readers", "群名", None),
    ],
)
def test_group_number_and_export_time_come_from_the_file_name(
    tmp_path: Path, name: str, key: str, moment: str | None
) -> None:
    path = tmp_path / f"{name}.json"
    document = {"metadata": {"name": "QQChatExporter"}, "chatInfo": {"name": "群名"}}
    path.write_text(json.dumps({**document, "messages": []}))
    (batch,) = qq_qce_json.parse(Export(path), IssueLog())
    assert batch.chat.key == key
    assert batch.chat.strong == (key != "群名")
    found = batch.chat.exported_at
    assert (found.isoformat() if found else None) == moment


FILES = sorted(
    path
    for folder in (QCE, WEFLOW, CHATLAB)
    for path in folder.glob("*.json")
    if not path.name.startswith(("group_截断群", "group_损坏群", "truncated"))
)


@settings(max_examples=25, deadline=None)
@given(
    path=st.sampled_from(FILES),
    indent=st.sampled_from([None, 1, "\t"]),
    ascii_only=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_layout_and_order_of_keys_change_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    path: Path,
    indent: int | str | None,
    ascii_only: bool,
    order: Any,
) -> None:
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    keys = list(document)
    order.shuffle(keys)
    other = tmp_path_factory.mktemp("layout") / path.name
    text = json.dumps({k: document[k] for k in keys}, indent=indent, ensure_ascii=ascii_only)
    other.write_bytes(text.encode())
    one, two = load(path), load(other)
    assert_frame_equal(one.messages.collect(), two.messages.collect())
    assert_frame_equal(one.members.collect(), two.members.collect())
    assert_frame_equal(one.chats.collect(), two.chats.collect())
    assert sorted(one.issues.rows()) == sorted(two.issues.rows())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_any_key_may_come_first(tmp_path: Path, path: Path, first: int) -> None:
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    keys = list(document)
    first = min(first, len(keys) - 1)
    turned = {key: document[key] for key in [*keys[first:], *keys[:first]]}
    backwards = {key: document[key] for key in reversed(keys[first:] + keys[:first])}
    want = load(path)
    for other, text in (("turned", turned), ("backwards", backwards)):
        folder = tmp_path / other
        folder.mkdir()
        (folder / path.name).write_text(json.dumps(text), encoding="utf-8")
        assert_frame_equal(load(folder / path.name).chats.collect(), want.chats.collect())


# --- WeFlow --------------------------------------------------------------------------------------


def test_weflow_sample_reads_as_the_reference_says() -> None:
    path = WEFLOW / "群聊_读书会一群.json"
    rows = messages(path)
    assert rows["kind"].to_list() == [
        "system", "text", "text", "text", "red_packet", "system", "text",
    ]  # fmt: skip
    assert rows.row(3, named=True) | {"chat_id": None, "sent_at": None} == {
        **dict.fromkeys(rows.columns),
        "message_id": "5000000000000000104",
        "sender_id": "wxid_demo03",
        "sender_name": "米粒",
        "ordinal": 3,
        "kind": "text",
        "text": "谢谢大家",
        "reply_to_id": "5000000000000000102",
        "reply_to_member": "wxid_demo01",
        "quoted_sender": "小林",
        "quoted_text": "欢迎新朋友！",
    }
    assert rows["mention_ids"][2].to_list() == ["wxid_demo03"]
    assert told(path) == [("invite", "wxid_demo01", ["wxid_demo03"]),
                          ("recall", "wxid_demo02", None)]  # fmt: skip
    facts = chat(path)
    assert facts["chat_id"] == "wechat:10000000001@chatroom"
    assert facts["self_id"] == "wxid_demo00"
    assert facts["exported_at"].isoformat() == "2026-03-05T14:13:20+00:00"
    members = load(path).members.collect()["member_id"].to_list()
    assert "10000000001@chatroom" not in members


def test_weflow_kinds_follow_the_split_type_code() -> None:
    rows = messages(WEFLOW / "texts-kinds.json")
    assert rows.select("kind", "text").rows() == [
        ("image", None), ("image", None), ("voice", None), ("sticker", None),
        ("file", "书单.xlsx"), ("link", "春日书单"), ("red_packet", "旧版红包"),
        ("link", "没有子类型"), ("share", "读书打卡"), ("forward", None), ("forward", None),
        ("share", "[接龙] 周末爬山"), ("share", "[群公告] 周三八点开会"), ("transfer", None),
        ("location", "城东图书馆"), ("call", None), ("contact", None),
        ("system", '"小林" 拍了拍 "阿强"'), ("text", "[强]"), ("text", "没有类型码"),
    ]  # fmt: skip


def test_weflow_quotes_leave_the_text_and_mentions_become_ids() -> None:
    rows = messages(WEFLOW / "mentions-quotes.json")
    assert rows["mention_ids"].to_list()[:3] == [
        ["@all"],
        ["wxid_demo03", "wxid_demo00"],
        ["wxid_demo01"],
    ]
    quotes = rows.select("text", "quoted_sender", "quoted_text").rows()[3:]
    assert quotes == [
        ("同意", "米粒", "@小林\u2005好"),
        ("方括号]也在", "阿强", "看[图片]"),
        ("我自己写[引用 ", None, None),
    ]


def test_weflow_recalls_belong_to_whom_the_wording_names() -> None:
    path = WEFLOW / "recalls.json"
    assert told(path) == [
        ("recall", "wxid_demo02", None),
        ("recall", "wxid_demo01", None),  # filed under the exporting user
        ("recall", "wxid_demo00", None),
        ("invite", None, None),  # names left unresolved by the exporter
    ]


def test_arkme_names_are_nicknames_and_its_members_are_only_those_seen() -> None:
    path = EXPORTS / "wechat-weflow-arkme" / "arkme.json"
    rows = messages(path).filter(pl.col("kind") != "system")
    assert rows.select("sender_id", "sender_name").rows() == [
        ("wxid_demo01", "班长"),
        ("wxid_demo02", "阿强"),
    ]
    assert not chat(path)["has_roster"]
    assert "同事" not in json.dumps(load(path).members.collect().to_dicts(), default=str)


def test_the_remark_of_a_group_is_not_its_name() -> None:
    assert chat(WEFLOW / "avatars-first.json")["name"] == "读书会一群"


def test_weflow_own_flags_on_several_people_name_nobody(tmp_path: Path) -> None:
    document = json.loads((WEFLOW / "群聊_读书会一群.json").read_text(encoding="utf-8"))
    for message in document["messages"]:
        message["isSend"] = 1
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document))
    assert chat(path)["self_id"] is None
    assert ("self-flag-ignored", None, 0) in issues(path)


# --- ChatLab -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [CHATLAB / "roster.json", LINES / "roster.jsonl"])
def test_chatlab_members_are_a_roster_if_they_name_a_silent_one(path: Path) -> None:
    facts = chat(path)
    assert (facts["has_roster"], facts["roster_source"]) == (True, "export")
    members = load(path).members.select("member_id", "role", "in_roster").collect().rows()
    assert members == [("10001", "owner", True), ("10002", None, True), ("10003", "admin", True)]
    rows = messages(path)
    assert rows["reply_to_id"].to_list() == [None, None, "m1", None]
    assert rows["kind"].to_list() == ["system", "text", "text", "image"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (LINES / "wechat.jsonl", "everybody listed speaks, but for the exporting user"),
        (CHATLAB / "by-weflow.json", "WeFlow lists people from forwarded messages"),
        (LINES / "no-members.jsonl", "there is no list"),
    ],
)
def test_other_chatlab_member_lists_are_not_a_roster(path: Path, reason: str) -> None:
    assert not raw(path)[-1].chat.members_complete, reason


def test_a_silent_exporting_user_alone_makes_no_roster(tmp_path: Path) -> None:
    document = json.loads((CHATLAB / "roster.json").read_text(encoding="utf-8"))
    document["meta"]["ownerId"] = "10003"
    path = tmp_path / "chatlab-json" / "x.json"
    path.parent.mkdir()
    path.write_text(json.dumps(document))
    assert chat(path)["self_id"] == "10003"
    assert not raw(path)[-1].chat.members_complete


def test_chatlab_types_map_to_kinds() -> None:
    rows = messages(CHATLAB / "types.json")
    assert rows["kind"].to_list()[:19] == [
        "text", "image", "voice", "video", "file", "sticker", "link", "location", "red_packet",
        "transfer", "system", "call", "share", "text", "forward", "contact", "system", "system",
        "other",
    ]  # fmt: skip
    assert told(CHATLAB / "types.json") == [
        ("poke", "10002", ["10001"]),
        ("invite", "10001", ["10002"]),
        ("recall", "10002", None),
        ("other", None, None),  # SYSTEM with type 0
        ("recall", "10001", None),
    ]
    quotes = rows.filter(pl.col("quoted_sender").is_not_null())
    assert quotes.select("text", "quoted_sender", "quoted_text").rows() == [
        ("同意", "林小满", "第一行"),
        ("谢谢", "阿澈", "文字"),
    ]
    assert rows.filter(text="图片的说明文字")["kind"].to_list() == ["image"]


def test_what_weflow_writes_as_chatlab_is_put_right() -> None:
    rows = messages(CHATLAB / "by-weflow.json")
    assert rows["kind"].to_list() == [
        "system", "red_packet", "forward", "transfer", "system", "image", "text",
    ]  # fmt: skip
    assert told(CHATLAB / "by-weflow.json")[1] == ("recall", "wxid_demo02", None)


def test_chatlab_times_may_be_milliseconds_or_texts_and_that_is_noted() -> None:
    path = CHATLAB / "v001-times.json"
    assert [t.isoformat() for t in messages(path)["sent_at"]] == [
        "2025-03-01T01:05:00+00:00",
        "2025-03-01T01:06:00+00:00",
        "2025-03-01T01:07:00+00:00",
        "2025-03-01T01:08:00+00:00",
    ]
    assert issues(path) == [
        ("millisecond-times", None, 0),
        ("text-times", None, 0),
        ("unknown-kind", None, 0),
        ("bad-timestamp", 4, 1),
    ]
    assert chat(path)["exported_at"].isoformat() == "2025-03-31T08:00:00+00:00"


def test_jsonl_comments_blank_lines_and_late_members_do_not_disturb() -> None:
    path = LINES / "comments.jsonl"
    assert messages(path)["text"].to_list() == ["第一行\n第二行", None]
    assert issues(path) == [("bad-record", 7, 1), ("bad-record", 8, 1)]
    assert issues(LINES / "truncated.jsonl") == [("truncated-json", 5, 1)]


def test_chatlab_names_of_platforms_are_the_projects() -> None:
    assert chat(LINES / "wechat.jsonl")["platform"] == "wechat"
    assert chat(CHATLAB / "roster.json")["platform"] == "qq"
    assert chat(CHATLAB / "v001-times.json")["platform"] == "telegram"


# --- whose file it is ----------------------------------------------------------------------------

JSON_FORMATS = ("qq-qce-json", "wechat-weflow-json", "chatlab-json", "chatlab-jsonl")


@pytest.mark.parametrize(
    "text",
    [
        '{"weflow":{"version":"1"},"messages":"none"}',
        '{"chatlab":"0.0.2","messages":[{"sender":"1"}]}',
        '{"chatInfo":{"name":"x"},"messages":[{"a":1}]}',
        '{"messages":[{"role":"user","content":"x"}]}',
        '[{"chatInfo":{},"messages":[]}]',
        '{"data":{"weflow":{},"chatlab":{},"chatInfo":{},"messages":[]}}',
        '"weflow chatlab chatInfo messages"',
        '{"_type":"message","sender":"1"}\n{"_type":"header","chatlab":{}}',
    ],
)
def test_words_in_the_wrong_place_convince_no_sniffer(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    for name in JSON_FORMATS:
        assert PARSERS.get(name).sniff(Export(path)).confidence == Confidence.NO
    with pytest.raises(UnknownFormatError):
        sqtool.load(path)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_sniffers_and_parsers_survive_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.json"
    path.write_bytes(b'{"chatInfo":{},"weflow":{},"chatlab":{},"messages":[' + data)
    for name in JSON_FORMATS:
        parser = PARSERS.get(name)
        parser.sniff(Export(path))
        for batch in parser.parse(Export(path), IssueLog()):
            assert batch.messages.height >= 0


JUNK: tuple[Any, ...] = (
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    {},
    [1],
    {"a": None},
    10**30,
    "0" * 30,
)


@settings(max_examples=100, deadline=None)
@given(
    path=st.sampled_from([SAMPLE, QCE / "group_20005_20251101_080000.json",
                          WEFLOW / "群聊_读书会一群.json", CHATLAB / "types.json"]),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(JUNK)), max_size=4),
)  # fmt: skip
def test_odd_values_anywhere_lose_no_record(
    tmp_path_factory: pytest.TempPathFactory, path: Path, changes: list[tuple[int, Any]]
) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    count = len(document["messages"])
    for where, value in changes:
        _set(document["messages"][where % count], where // count, copy.deepcopy(value))
    other = tmp_path_factory.mktemp("odd") / path.name
    other.write_text(json.dumps(document))
    log = IssueLog()
    batches = list(PARSERS.get(path.parent.name).parse(Export(other), log))
    assert sum(batch.messages.height for batch in batches) + log.rows_lost() == count


def _set(tree: Any, where: int, value: Any) -> None:
    """Put a value at one of the places of a tree."""
    places: list[tuple[Any, Any]] = []
    todo = [tree]
    while todo:
        node = todo.pop()
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                todo.append(node[key])
    node, key = places[where % len(places)]
    node[key] = value
