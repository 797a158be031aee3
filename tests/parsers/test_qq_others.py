"""The QQ formats of bots, copies and plug-ins: what their goldens cannot show well."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests._golden import EXPORTS

import sqtool
import sqtool.export as export_module
from sqtool.detect import detect
from sqtool.errors import SqtoolError, UnreadableError, UsageError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS
from sqtool.parsers._base import Confidence
from sqtool.parsers._botlog import read_gocq, read_napcat
from sqtool.parsers._onebot import Said, from_cq, parts_of, read_parts, unescaped
from sqtool.parsers._qq_bare import with_bare_notices
from sqtool.parsers._qq_headers import newline_of, without_cr
from sqtool.parsers._qq_senders import read_sender
from sqtool.parsers.qq_txt import parse as parse_txt


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def rows(path: Path) -> pl.DataFrame:
    return sqtool.load(path, allow_private=True).messages.collect()


def codes(path: Path) -> dict[str, int]:
    issues = sqtool.load(path, allow_private=True).issues
    return dict(issues.group_by("code").agg(pl.col("rows").sum()).iter_rows())


# --- OneBot --------------------------------------------------------------------------------------


def texts(*pieces: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=12).map("".join)


PIECE = texts(*"读a,=[]&;#1 \n", "&#91;", "&amp;")


def escaped(text: str, *, inside: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")
    return text.replace(",", "&#44;") if inside else text


@given(st.lists(st.tuples(PIECE, PIECE), max_size=4), PIECE)
def test_a_cq_string_gives_back_what_was_put_into_it(
    codes_between: list[tuple[str, str]], end: str
) -> None:
    text = "".join(
        f"{escaped(said)}[CQ:share,title={escaped(title, inside=True)}]"
        for said, title in codes_between
    )
    expected = [
        part
        for said, title in codes_between
        for part in (("text", {"text": said}), ("share", {"title": title}))
        if part[0] != "text" or said
    ]
    if end:
        expected.append(("text", {"text": end}))
    assert from_cq(text + escaped(end)) == expected


@given(PIECE)
def test_segments_and_cq_strings_say_the_same(said: str) -> None:
    segments = [
        {"type": "reply", "data": {"id": "7"}},
        {"type": "at", "data": {"qq": "10002"}},
        {"type": "text", "data": {"text": said}},
    ]
    string = f"[CQ:reply,id=7][CQ:at,qq=10002]{escaped(said)}"
    assert read_parts(parts_of(segments)) == read_parts(parts_of(string))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("你好", Said("text", "你好")),
        ("", Said("other", None)),
        ("[CQ:face,id=1]", Said("sticker", None)),
        ("看[CQ:image,file=a]图", Said("text", "看图")),
        ("[CQ:file,name=a.pdf]", Said("file", "a.pdf")),
        ("[CQ:at,qq=0]", Said("text", "@0")),
        ("[CQ:new_thing,x=1]", Said("other", None)),
        ("[CQ:json,data=没有大括号]", Said("share", None)),
        ("[CQ:reply,id=0]嗯", Said("text", "嗯")),
        ([{"type": "text"}, "你好", 5, {"data": {}}], Said("text", "你好")),
        (None, Said("other", None)),
    ],
)
def test_odd_messages_are_read_all_the_same(message: object, said: Said) -> None:
    assert read_parts(parts_of(message)) == said


def test_an_escape_is_undone_once() -> None:
    assert unescaped("&amp;#91;") == "&#91;"


def test_private_chats_of_a_bot_are_set_aside_and_counted() -> None:
    path = EXPORTS / "qq-onebot/napcat.jsonl"
    data = sqtool.load(path)
    assert data.chats.collect()["kind"].to_list() == ["group"]
    assert data.issues.filter(code="private-chat")["rows"].to_list() == [2]


def test_events_that_are_no_json_are_issues_with_their_line(tmp_path: Path) -> None:
    good = {"post_type": "message", "message_type": "group", "group_id": 1, "user_id": 10001,
            "self_id": 2, "time": 1740787500, "message_id": 1, "message": "一"}  # fmt: skip
    text = "\n".join([json.dumps(good), "{坏", "", json.dumps({**good, "message_id": 2}), "[]"])
    path = written(tmp_path, "x.jsonl", text)
    issues = sqtool.load(path).issues
    assert issues.select("code", "line", "rows").rows() == [
        ("bad-record", 2, 1),
        ("bad-record", 5, 1),
    ]
    assert rows(path).height == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"post_type": "blog", "group_id": 1}',
        '{"data": {"messages": [{"role": "user"}]}}',
        '[{"message_type": "x"}]',
        '{"message": "{\\"post_type\\": \\"message\\"}"}',
    ],
)
def test_what_only_resembles_events_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, "x.json", text)
    assert PARSERS.get("qq-onebot").sniff(Export(path)).confidence == Confidence.NO


# --- copied text ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "name", "role"),
    [
        ("【LV2 群友】阿强", "阿强", None),
        ("【LV100 群主】【作者】小林", "【作者】小林", "owner"),
        ("【LV45 管理员】米粒", "米粒", "admin"),
        ("【LV2】阿强", "阿强", None),
        ("【LV】阿强", "【LV】阿强", None),
    ],
)
def test_a_level_and_its_title_go(shown: str, name: str, role: str | None) -> None:
    sender = read_sender(shown)
    assert (sender.name, sender.role) == (name, role)


def test_times_without_a_date_need_one_in_the_file_name(tmp_path: Path) -> None:
    text = "【冒泡】阿强 9:59:54 PM\n晚安\n"
    with pytest.raises(UsageError):
        sqtool.load(written(tmp_path, "群.txt", text))
    with pytest.raises(UsageError):
        sqtool.load(written(tmp_path, "群_2020-02.txt", text))
    path = written(tmp_path, "群_2020-02-16.txt", text)
    assert rows(path)["sent_at"][0].isoformat() == "2020-02-16T13:59:54+00:00"
    assert codes(path) == {"date-from-file-name": 0}


@pytest.mark.parametrize(
    "text",
    [
        "第一组 06:30:00\n第二组 06:45:00\n",
        "跑步\n小林 06:30:00\n",
        "小林 2026/3/5 20:15\n你好\n阿强 2026/3/5 20:16\n好\n",  # WeChat: no seconds
        "[小林] 2026-03-05 20:15:03\n你好\n",
        "2026-03-05 20:15:03 小林\n你好\n",
        "小林(wxid_demo01) 20:15:03\n你好\n",
    ],
)
def test_what_only_resembles_a_copy_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, "x.txt", text)
    assert PARSERS.get("qq-paste").sniff(Export(path)).confidence == Confidence.NO


def test_a_copy_whose_days_open_with_the_day(tmp_path: Path) -> None:
    path = written(tmp_path, "x.txt", "【冒泡】阿强 2/3/2020 9:16:13 PM\n一\n")
    month_first = sqtool.load(path).messages.collect()["sent_at"][0]
    day_first = sqtool.load(path, date_order="dmy").messages.collect()["sent_at"][0]
    assert (month_first.month, day_first.month) == (2, 3)


SAID = st.lists(
    st.tuples(
        st.sampled_from(["小林(10001)", "阿强(10002)", "杰哥🎸(10003)"]),
        st.integers(0, 23),
        st.tuples(texts(*"读a1: -/\n"), st.sampled_from(["", "\n没有编号 1:02:03"])).map("".join),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=20, deadline=None)
@given(SAID, st.integers(16, 200))
def test_copies_read_alike_in_any_blocks(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, int, str]], size: int
) -> None:
    text = "".join(f"{who} 2022/03/21 {hour}:05:09\n{body}\n" for who, hour, body in said)
    path = written(tmp_path_factory.mktemp("paste"), "x.txt", text)
    parse = PARSERS.get("qq-paste").parse
    frames = []
    with pytest.MonkeyPatch.context() as patch:
        for block in (size, 1 << 20):
            patch.setattr(export_module, "BLOCK_BYTES", block)
            frames.append(pl.concat([b.messages for b in parse(Export(path), IssueLog())]))
    assert_frame_equal(frames[0], frames[1])
    assert frames[0].height == len(said)


# --- chatrecorder --------------------------------------------------------------------------------

HEADER = "id,session_persist_id,time,type,message_id,message,plain_text\n"


def test_a_table_without_its_sessions_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = written(tmp_path, "m.csv", HEADER + '1,1,2025-03-01 00:00:01,message,1,[],"一"\n')
    with pytest.raises(UnreadableError) as refusal:
        sqtool.load(path)
    assert "sessionmodel" in refusal.value.hint


def test_its_times_are_utc() -> None:
    frame = rows(EXPORTS / "qq-chatrecorder/joined-v1.json")
    assert frame["sent_at"].min() == datetime.fromisoformat("2023-07-01T00:06:11+00:00")


# --- console logs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "chat", "sender", "text"),
    [
        ("收到群 一(2)群(20001) 内 小(3)林(10001) 的消息: 好 (5) ", "20001", "10001", "好"),
        ("收到群 群(20001) 内 (10001) 的消息: 没有名字 (-5)", "20001", "10001", "没有名字"),
        ("收到群 群(20001) 内 小林(10001) 的消息: 没有编号", "20001", "10001", "没有编号"),
        ("收到群 群(20001) 内 小林(10001) 的消息: (10001) 的消息: x (5)", "20001", "10001",
         "(10001) 的消息: x"),
    ],
)  # fmt: skip
def test_a_go_cqhttp_message(line: str, chat: str, sender: str, text: str) -> None:
    read = read_gocq(line)
    assert read is not None
    assert (read.chat, read.sender_id, read.text) == (chat, sender, text)


@pytest.mark.parametrize(
    "line", ["群消息发送失败: x", "扫描到文件", "资源初始化完成, 开始处理信息. ", ""]
)
def test_a_line_of_the_program_itself_is_nothing(line: str) -> None:
    assert read_gocq(line) is None
    assert read_napcat(line) is None


def test_a_quote_in_a_napcat_line_is_not_said_by_the_replier() -> None:
    read = read_napcat(
        "书童 | 接收 <- 群聊 [群(20001)] [阿强(10002)] [回复消息 [小林(10001)] 早 [图片]] 嗯"
    )
    assert read is not None
    assert (read.text, read.quoted_sender, read.quoted_text) == ("嗯", "10001", "早 [图片]")


def test_napcat_lines_without_a_year_anywhere_ask_for_it(tmp_path: Path) -> None:
    text = "03-01 08:06:11 [info] 书童 | 接收 <- 群聊 [群(20001)] [小林(10001)] 早\n"
    with pytest.raises(UsageError):
        sqtool.load(written(tmp_path, "napcat.log", text))
    assert rows(written(tmp_path, "2025.log", text))["sent_at"][0].year == 2025


# --- old QQ text ---------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_a_doubled_conversion_is_undone_wherever_the_blocks_end(parts: list[bytes]) -> None:
    text = b"".join(parts).replace(b"\n", b"\r\n")
    cuts = range(1, max(2, len(text)), 3)
    blocks = [text[a : a + 3] for a in (0, *(c + 2 for c in cuts))] if text else []
    whole = b"".join(blocks)
    assert b"".join(without_cr(iter(blocks))) == whole.replace(b"\r\n", b"\n")


def test_only_doubled_line_ends_count_as_doubled() -> None:
    assert newline_of("a\r\r\n\r\r\n") == (b"\r\n", True)
    assert newline_of("a\r\n\r\n") == (b"\r\n", False)
    assert newline_of("a\n\n") == (b"\n", False)


def test_a_disk_whose_clock_is_behind_does_not_make_records_text(tmp_path: Path) -> None:
    text = (
        "2017-03-01 8:00:00 小林(10001)\r\n一\r\n\r\n2030-01-01 8:00:00 小林(10001)\r\n二\r\n\r\n"
    )
    path = written(tmp_path, "x.txt", text)

    def records() -> int:
        return sum(b.messages.height for b in parse_txt(Export(path), IssueLog()))

    assert records() == 1
    os.utime(path, (0, 0))
    assert records() == 2


def test_many_records_after_the_date_of_the_file_mean_that_the_date_is_wrong(
    tmp_path: Path,
) -> None:
    days = [f"2017-03-{day:02} 8:00:00 小林(10001)\r\n一\r\n\r\n" for day in range(1, 32)]
    path = written(tmp_path, "x.txt", "".join(days))
    early = datetime(2017, 3, 10, tzinfo=UTC).timestamp()
    os.utime(path, (early, early))
    assert sum(b.messages.height for b in parse_txt(Export(path), IssueLog())) == 31


def test_titles_of_any_wording_mark_the_headers_of_a_copy(tmp_path: Path) -> None:
    text = (
        "【冒泡】小林 2020-2-14 9:16:13\n一\n\n【骰子】阿强 2020-2-14 9:16:17\n二\n\n"
        "【潜水】米粒 2020-2-14 9:16:20\n三\n我 2020-2-14 9:00:00\n\n"
    )
    frame = rows(written(tmp_path, "x.txt", text))
    assert frame["text"].to_list() == ["一", "二", "三\n我 2020-2-14 9:00:00"]


def test_names_that_hold_the_mark_between_names_stay_whole(tmp_path: Path) -> None:
    banner = "消息记录（此消息记录为文本格式，不支持重新导入）\r\n\r\n"
    text = (
        "2017-03-01 8:00:00 系统消息(10000)\r\n小林邀请琴、棋、阿强加入了本群。\r\n\r\n"
        "2017-03-01 8:01:00 琴、棋(10011)\r\n大家好\r\n\r\n"
        "2017-03-01 8:02:00 阿强(10012)\r\n好\r\n\r\n"
    )
    frame = rows(written(tmp_path, "x.txt", banner + text))
    assert frame["target_ids"][0].to_list() == ["10011", "10012"]


def test_every_fixture_of_these_formats_is_found_by_its_content(tmp_path: Path) -> None:
    for name in ("qq-onebot/array.json", "qq-paste/mobile.txt", "qq-botlog/go-cqhttp.log"):
        path = tmp_path / "renamed.dat"
        path.write_bytes((EXPORTS / name).read_bytes())
        try:
            parser, _ = detect(Export(path))
        except SqtoolError as error:  # pragma: no cover
            pytest.fail(str(error))
        assert parser.name == name.split("/")[0]


# --- notices of a copied window -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "own", "notices"),
    [
        ("早\n\n阿强撤回了一条消息", "早", ["阿强撤回了一条消息"]),
        (
            "\n你撤回了一条消息 重新编辑\n\n阿强加入本群。",
            "",
            ["你撤回了一条消息 重新编辑", "阿强加入本群。"],
        ),
        (
            "早\r\n  \r\n阿强邀请老周、小红加入了本群。\r\n",
            "早",
            ["阿强邀请老周、小红加入了本群。"],
        ),
        # Typed by somebody: no empty line before it, or more behind it, or a sentence.
        ("阿强撤回了一条消息", "阿强撤回了一条消息", []),
        ("早\n阿强加入本群。", "早\n阿强加入本群。", []),
        ("早\n\n阿强加入本群。\n\n欢迎", "早\n\n阿强加入本群。\n\n欢迎", []),
        ("早\n\n欢迎，阿强加入本群。", "早\n\n欢迎，阿强加入本群。", []),
    ],
)
def test_notices_below_a_copied_message_are_records_of_their_own(
    body: str, own: str, notices: list[str]
) -> None:
    found = with_bare_notices(pl.DataFrame({"text": [body, "再见"]}))
    assert found["text"].to_list() == [own, *notices, "再见"]
    assert found["bare_notice"].to_list() == [False, *[True] * len(notices), False]
