"""QQ text: where a record begins, who wrote it, and what newlines mean."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests._golden import EXPORTS

import sqtool
from sqtool import export as export_module
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._qq_headers import clock_hour
from sqtool.parsers._qq_heads import BANNER
from sqtool.parsers._qq_senders import Sender, read_sender
from sqtool.parsers.qq_txt import parse

HERE = EXPORTS / "qq-txt"


def messages(name: str) -> pl.DataFrame:
    return sqtool.load(HERE / f"{name}.txt", allow_private=True).messages.collect()


def codes(name: str) -> dict[str, int]:
    issues = sqtool.load(HERE / f"{name}.txt", allow_private=True).issues
    return dict(issues.select("code", "rows").iter_rows())


@pytest.mark.parametrize(
    ("shown", "sender"),
    [
        ("小林(10001)", Sender("10001", "小林", None)),
        ("小林(班长)(10001)", Sender("10001", "小林(班长)", None)),
        ("(10001)", Sender("10001", None, None)),
        ("10001(10001)", Sender("10001", None, None)),
        ("   (10001)", Sender("10001", None, None)),
        ("阿强<Aqiang@Example.com>", Sender("aqiang@example.com", "阿强", None)),
        ("阿强(aqiang@example.com)", Sender("aqiang@example.com", "阿强", None)),
        ("阿强<13800000000>", Sender("13800000000", "阿强", None)),
        ("阿强", Sender(None, "阿强", None)),
        ("阿强(1234)", Sender(None, "阿强(1234)", None)),
        ("【群主】老周(10001)", Sender("10001", "老周", "owner")),
        ("【管理员】【话唠】老周(10001)", Sender("10001", "老周", "admin")),
        ("【lv3】老周(10001)", Sender("10001", "老周", None)),
        ("【金】老周(10001)", Sender("10001", "【金】老周", None)),
    ],
)
def test_the_last_bracket_group_is_the_id_and_only_known_titles_go(
    shown: str, sender: Sender
) -> None:
    assert read_sender(shown) == sender


@pytest.mark.parametrize(
    ("hour", "half", "expected"),
    [(12, "AM", 0), (12, "PM", 12), (8, "PM", 20), (8, "上午", 8), (12, "上午", 0),
     (1, "下午", 13), (12, "中午", 12), (1, "中午", 13), (11, "中午", 11), (3, "凌晨", 3),
     (12, "凌晨", 0), (8, None, 8), (15, "下午", 15)],
)  # fmt: skip
def test_twelve_hour_clocks(hour: int, half: str | None, expected: int) -> None:
    assert clock_hour(hour, half) == expected


def test_the_sample_holds_seven_records() -> None:
    frame = messages("sample")
    assert frame.height == 7
    assert frame["kind"].to_list() == [
        "system", "text", "text", "other", "red_packet", "system", "text",
    ]  # fmt: skip
    assert frame["text"][1] == (
        "@阿强 欢迎！先看这三条：\n1. 改名片\r2. 看公告"
        "\r2017-02-30 7:28:00 假人(10009)\r3. 别刷屏[表情]"
    )


def test_pasted_headers_stay_inside_the_message_and_are_counted() -> None:
    assert messages("pasted-headers").height == 10
    assert codes("pasted-headers") == {"header-without-id": 0, "header-like-text": 0}


def test_newlines_inside_a_message_survive_byte_by_byte() -> None:
    frame = messages("newlines")
    assert frame["text"][0] == ("第一行\n\n空行后\r单独的回车\u2028行分隔符\x0b竖直制表\x85下一行")
    assert frame["text"][2] == "  前后有空格  "


def test_every_section_is_a_chat_of_its_own_and_private_ones_are_refused() -> None:
    path = HERE / "several-chats.txt"
    everything = sqtool.load(path, allow_private=True).chats.collect()
    assert dict(everything.select("name", "kind").iter_rows()) == {
        "一号群": "group", "一号群 #2": "group", "二号群": "group", "老周": "private",
    }  # fmt: skip
    groups = sqtool.load(path)
    assert groups.chats.collect()["name"].sort().to_list() == ["一号群", "一号群 #2", "二号群"]
    assert groups.issues.filter(code="private-chat")["rows"].to_list() == [2]
    with pytest.raises(sqtool.SqtoolError, match="private"):
        sqtool.load(HERE / "private.txt")


def test_a_copy_without_carriage_returns_reads_and_says_what_it_lost() -> None:
    assert messages("line-feeds-only").height == 4
    assert codes("line-feeds-only") == {"line-ends-lost": 0}


@pytest.mark.parametrize("name", ["gb18030", "utf16", "no-bom"])
def test_re_saved_copies_read_alike(name: str) -> None:
    assert messages(name)["text"].null_count() == 0
    assert messages(name).height == 2


def test_roles_come_from_the_newest_title() -> None:
    members = sqtool.load(HERE / "titles.txt").members.collect()
    roles = dict(members.select("member_id", "role").drop_nulls().iter_rows())
    assert roles == {"10000001": "owner"}


def test_a_join_notice_belongs_to_the_next_person_of_that_name() -> None:
    frame = messages("joins-by-name").filter(pl.col("event") == "invite")
    assert frame["target_ids"].to_list() == [["10021"], ["10022"]]


BODY = st.text(
    st.sampled_from([*"读书a1 \n\r[]@(:-2017", "🎸", "\u2028", "\x85"]), max_size=30
).filter(lambda s: "\r\n" not in s and not s.endswith("\r") and not s.startswith("\n"))
RECORD = st.tuples(
    st.integers(0, 23), st.integers(0, 59), st.sampled_from(["小林(10001)", "阿强(10002)"]), BODY
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORD, min_size=1, max_size=12), st.integers(16, 400))
def test_cutting_the_file_into_blocks_anywhere_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[int, int, str, str]], size: int
) -> None:
    path: Path = tmp_path_factory.mktemp("qq") / "x.txt"
    text = "".join(
        f"2017-03-01 {h}:{m:02d}:00 {who}\r\n{body}\r\n\r\n" for h, m, who, body in records
    )
    path.write_bytes(text.encode("utf-8-sig"))
    frames = []
    with pytest.MonkeyPatch.context() as patch:
        for block in (size, 1 << 20):
            patch.setattr(export_module, "BLOCK_BYTES", block)
            batches = [b.messages for b in parse(Export(path), IssueLog()) if b.messages.width]
            frames.append(pl.concat(batches))
    assert_frame_equal(frames[0], frames[1])
    assert frames[0].height == len(records)
    assert frames[0]["text"].fill_null("").to_list() == [
        "" if body == "" else body for *_, body in records
    ]


@pytest.mark.parametrize("block", [60, 97, 250])
def test_line_ends_of_old_macs_are_read_alike_however_blocks_fall(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = messages("old-mac")
    monkeypatch.setattr(export_module, "BLOCK_BYTES", block)
    assert_frame_equal(messages("old-mac"), whole)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("消息分组:我的群\n消息对象:短头群\n\n", "短头群"),
        ("=====\n消息对象：短头群\n=====\n\n", "短头群"),
        (f"{BANNER}\n消息分组:我的群\n{'=' * 64}\n消息对象: 短头群 \n{'=' * 64}\n\n", "短头群"),
        ("消息对象:\n\n", "x"),
    ],
)
def test_a_head_that_was_cut_down_names_the_chat_and_is_no_lost_record(
    head: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.txt"
    records = "2017-03-01 8:06:11 小林(10001)\n早\n\n2017-03-01 18:06:11 阿强(10002)\n晚上好\n"
    path.write_text(head + records, "utf-8")
    found = sqtool.load(path)
    assert found.chats.collect()["name"].to_list() == [name]
    assert found.messages.collect().height == 2
    assert found.issues.is_empty()


def test_other_words_above_the_first_record_count_as_lost(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("消息对象:短头群\n我记的\n\n2017-03-01 8:06:11 小林(10001)\n早\n", "utf-8")
    found = sqtool.load(path, format="qq-txt")
    assert found.issues.select("code", "rows").rows() == [("text-before-first-record", 1)]
