"""Several files of one chat: which are one chat, and which rows are one message."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqtool
from sqtool import ordering, spool
from sqtool.chats import tidy_name
from sqtool.demo import write_demo
from sqtool.issues import IssueLog
from sqtool.normalise import normalise
from sqtool.parsers._base import RAW_MEMBERS, RawChat, raw_frame
from sqtool.parts import Part
from sqtool.reading import Request, read_chats
from sqtool.roster import own_roster
from sqtool.schema import MESSAGES
from sqtool.spool import Rows, Spool
from tests._golden import EXPORTS

TZ = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 2, 9, tzinfo=TZ)
Row = tuple[int, str, str]  # second, sender, text
BANNER = "消息记录（此消息记录为文本格式，不支持重新导入）"
NAMES = {"10001": "小林", "10002": "阿强", "10003": "米粒"}


def qq_text(rows: list[Row], title: str = "读书会") -> str:
    rule = "=" * 64
    head = f"{BANNER}\r\n\r\n{rule}\r\n消息分组:我的QQ群\r\n"
    head += f"{rule}\r\n消息对象:{title}\r\n{rule}\r\n\r\n"
    body = ""
    for second, who, text in rows:
        at = START + timedelta(seconds=second)
        body += f"{at:%Y-%m-%d} {at.hour}:{at:%M:%S} {NAMES[who]}({who})\r\n{text}\r\n\r\n"
    return head + body


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def texts(data: sqtool.Dataset) -> list[str | None]:
    return data.messages.collect()["text"].to_list()


DAY = 24 * 3600
WEEK_ONE: list[Row] = [(n * DAY, who, f"第{n}天") for n in range(7) for who in ("10001", "10002")]
WEEK_TWO: list[Row] = [
    (n * DAY, who, f"第{n}天") for n in range(6, 14) for who in ("10001", "10003")
]


def test_weekly_exports_of_one_title_are_one_chat(tmp_path: Path) -> None:
    one = write(tmp_path / "读书会_2026-03-08.txt", qq_text(WEEK_ONE))
    two = write(tmp_path / "读书会_2026-03-15.txt", qq_text(WEEK_TWO))
    data = sqtool.load([one, two])
    assert data.chats.collect()["chat_id"].to_list() == ["qq:读书会"]
    # The day both show is there once for the one who is in both.
    assert len(texts(data)) == len(WEEK_ONE) + len(WEEK_TWO) - 1
    assert data.imports["rows_duplicate"].to_list() == [0, 1]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(n * DAY, "10003", "一") for n in range(5)], "nobody speaks in both"),
        ([((n + 60) * DAY, "10001", "一") for n in range(5)], "two months lie between"),
    ],
)
def test_chats_that_only_share_a_name_stay_apart_and_a_note_says_so(
    tmp_path: Path, rows: list[Row], why: str
) -> None:
    one = write(tmp_path / "a.txt", qq_text(WEEK_ONE))
    two = write(tmp_path / "b.txt", qq_text(rows))
    data = sqtool.load([one, two])
    assert data.chats.collect()["chat_id"].to_list() == ["qq:读书会", "qq:读书会 (2)"], why
    (note,) = data.issues.filter(code="same-name-apart").iter_rows(named=True)
    assert "--chat 'qq:读书会 (2)'" in note["detail"]
    assert note["rows"] == 0
    assert sqtool.load([one, two], chat="qq:读书会 (2)").messages.collect().height == len(rows)


def test_weeks_are_one_chat_in_whatever_order_they_are_given(tmp_path: Path) -> None:
    def days(first: int, end: int) -> list[Row]:
        return [(n * DAY, who, f"第{n}天") for n in range(first, end) for who in ("10001", "10002")]

    # Between the first and the last lie two weeks: only the middle one ties them.
    spans = [days(0, 7), days(7, 21), days(21, 28)]
    files = [write(tmp_path / f"{n}.txt", qq_text(rows)) for n, rows in enumerate(spans)]
    for order in permutations(files):
        data = sqtool.load(list(order))
        assert data.chats.collect()["chat_id"].to_list() == ["qq:读书会"]
        assert len(texts(data)) == 56


def test_numbered_groups_keep_their_numbers(tmp_path: Path) -> None:
    one = write(tmp_path / "a.txt", qq_text(WEEK_ONE, "粉丝群(1)"))
    two = write(tmp_path / "b.txt", qq_text([(0, "10003", "早")], "粉丝群(2)"))
    for order in ([one, two], [two, one]):
        chats = sqtool.load(order).chats.select("chat_id", "name").collect().rows()
        assert chats == [("qq:粉丝群(1)", "粉丝群(1)"), ("qq:粉丝群(2)", "粉丝群(2)")]


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("群 - 副本 (2)", "群"),
        ("群(1) (1)", "群"),
        ("群 - Copy (3)", "群"),
        ("群_20240101_120000", "群"),
        ("群_2024-01-01 12.30.00", "群"),
        ("群_2024-01-01_2024-01-07(1)", "群"),
        ("群（2024-01-01至2024-02-01）", "群"),
        ("读书会(北京)", "读书会(北京)"),
        ("photocopy", "photocopy"),
        ("2024", "2024"),
    ],
)
def test_dates_and_marks_of_copies_are_no_part_of_a_name(name: str, tidy: str) -> None:
    assert tidy_name(name) == tidy


def test_what_one_file_keeps_apart_stays_apart(tmp_path: Path) -> None:
    both = qq_text(WEEK_ONE) + "\r\n" + qq_text(WEEK_ONE).split("\r\n\r\n", 1)[1]
    data = sqtool.load(write(tmp_path / "all.txt", both))
    assert data.chats.collect().height == 2


def test_repeats_within_a_file_are_kept_and_repeats_of_them_are_not(tmp_path: Path) -> None:
    thrice: list[Row] = [
        (0, "10001", "早"),
        (60, "10002", "1"),
        (60, "10002", "1"),
        (90, "10001", "嗯"),
    ]
    twice: list[Row] = [
        (0, "10001", "早"),
        (60, "10002", "1"),
        (90, "10001", "嗯"),
        (95, "10002", "好"),
    ]
    one = write(tmp_path / "1.txt", qq_text(thrice))
    two = write(tmp_path / "2.txt", qq_text(twice))
    assert texts(sqtool.load([one, two])) == ["早", "1", "1", "嗯", "好"]
    assert texts(sqtool.load([two, one])) == ["早", "1", "1", "嗯", "好"]


# --- formats beside each other -------------------------------------------------------------------


def part(
    rows: list[dict[str, object]], *, name: str, format: str = "qq-txt", file: str = "a"
) -> Part:
    columns: dict[str, object] = {
        key: [row.get(key) for row in rows] for key in dict.fromkeys(k for row in rows for k in row)
    }
    columns.setdefault("kind", ["text"] * len(rows))
    chat = RawChat(key=name, strong=False, platform="wechat", name=name, kind="group")
    return Part(chat, Rows.of(raw_frame(columns)), file, format)


def said(second: int, text: str, **more: object) -> dict[str, object]:
    return {"sent_at": START + timedelta(seconds=second), "text": text, **more}


def merged(*parts: Part) -> pl.DataFrame:
    return normalise("c", list(parts), TZ, IssueLog()).messages


def test_names_of_one_file_become_the_people_whose_messages_they_are_in_the_other() -> None:
    known = part(
        [
            said(n, f"句{n}", message_id=str(n), sender_id=f"wxid_{n % 2}", sender_name="甲")
            for n in range(8)
        ],
        name="群", format="wechat-chatlog-json", file="a.json",
    )  # fmt: skip
    named = part(
        [said(n, f"句{n}", sender_name=f"备注{n % 2}") for n in range(4, 12)],
        name="群", format="wechat-memotrace-csv", file="b.csv",
    )  # fmt: skip
    rows = merged(known, named)
    assert rows.height == 12
    assert rows["sender_id"].to_list() == [f"wxid_{n % 2}" for n in range(12)]
    assert rows["message_id"].null_count() == 4


def test_files_that_number_alike_are_compared_by_number_and_others_by_content() -> None:
    same = [said(n, "收到", sender_id="a", message_id=f"S{n}") for n in range(3)]
    again = [said(n, "收到", sender_id="a", message_id=f"S{n}") for n in range(2, 5)]
    other = [said(n, "收到", sender_id="a", message_id=str(n)) for n in range(1, 4)]
    one = part(same, name="群", format="wechat-chatlog-json", file="a")
    two = part(again, name="群", format="wechat-weflow-json", file="b")
    three = part(other, name="群", format="wechat-keeper-json", file="c")
    assert merged(one, two)["message_id"].to_list() == [f"S{n}" for n in range(5)]
    assert merged(one, two, three)["sent_at"].to_list() == [
        START + timedelta(seconds=n) for n in range(5)
    ]


@pytest.mark.parametrize("other", ["wechat-keeper-json", "wechat-weflow-json"])
def test_numbers_that_begin_anew_in_each_file_are_not_compared(other: str) -> None:
    def week(first: int) -> list[dict[str, object]]:
        return [
            said(first + n, f"句{first + n}", sender_id="a", message_id=str(n)) for n in range(5)
        ]

    one = part(week(0), name="群", format="wechat-keeper-json", file="a")
    two = part(week(DAY), name="群", format=other, file="b")
    assert merged(one, two).height == 10


def test_a_clock_without_seconds_is_compared_by_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Part, "by_minute", property(lambda self: self.format == "minutes"))
    exact = part(
        [said(5, "1", sender_id="a"), said(30, "1", sender_id="a"), said(70, "好", sender_id="a")],
        name="群", file="a",
    )  # fmt: skip
    coarse = part(
        [said(0, "1", sender_id="a"), said(0, "1", sender_id="a"), said(60, "好", sender_id="a"),
         said(120, "新", sender_id="a")],
        name="群", format="minutes", file="b",
    )  # fmt: skip
    rows = merged(coarse, exact)
    seconds = [(at - START).total_seconds() for at in rows["sent_at"]]
    assert list(zip(seconds, rows["text"], strict=True)) == [
        (5, "1"), (30, "1"), (70, "好"), (120, "新"),
    ]  # fmt: skip


def test_the_richer_row_wins() -> None:
    poor = part([said(0, "好", sender_id="a")], name="群", file="a")
    rich = part(
        [said(0, "好", sender_id="a", message_id="7", reply_to_id="6")],
        name="群", format="wechat-chatlog-json", file="b",
    )  # fmt: skip
    for parts in ((poor, rich), (rich, poor)):
        assert merged(*parts)["message_id"].to_list() == ["7"]


def test_a_format_with_seconds_may_have_none_in_a_file() -> None:
    exact = part([said(60 * n + 7, f"句{n}", sender_id="a") for n in range(6)], name="群", file="a")
    coarse = part([said(60 * n, f"句{n}", sender_id="a") for n in range(6)], name="群", file="b")
    for parts in ((exact, coarse), (coarse, exact)):
        rows = merged(*parts)
        assert {at.second for at in rows["sent_at"]} == {7}
        assert rows.height == 6


def test_people_known_by_name_are_the_same_in_a_converted_copy() -> None:
    named = part([said(n, f"句{n}", sender_name="小林") for n in range(3)], name="群", file="a.txt")
    copy = part(
        [said(n, f"句{n}", sender_id="name:小林", sender_name="小林") for n in range(3)],
        name="群", format="sqtool-csv", file="a.csv",
    )  # fmt: skip
    assert merged(named, copy)["sender_id"].to_list() == ["name:小林"] * 3


def test_the_newest_export_says_who_is_a_member_and_what_the_chat_is_called() -> None:
    def exported(day: int, ids: list[str]) -> Part:
        one = part([said(day, "早", sender_id="a")], name="群", file=f"{day}.json")
        people = pl.DataFrame({"member_id": ids}).with_columns(
            pl.lit(None, dtype).alias(name) for name, dtype in RAW_MEMBERS.items()
            if name != "member_id"
        )  # fmt: skip
        moment = START + timedelta(days=day)
        chat = replace(
            one.chat, name=f"群{day}", exported_at=moment, members=people, members_complete=True
        )
        return replace(one, chat=chat)

    old, new = exported(1, ["a", "b"]), exported(2, ["a", "c"])
    for parts in ([old, new], [new, old]):
        done = own_roster(normalise("c", parts, TZ, IssueLog()), parts, TZ)
        assert done.chat["name"] == "群2"
        assert done.members.filter("in_roster")["member_id"].to_list() == ["a", "c"]


# --- laws ----------------------------------------------------------------------------------------

ROWS = st.lists(
    st.tuples(
        st.integers(0, 40), st.sampled_from(sorted(NAMES)), st.sampled_from(["1", "好", "嗯 嗯"])
    ),
    min_size=1,
    max_size=30,
)


@settings(deadline=None, max_examples=20)
@given(rows=ROWS, data=st.data())
def test_overlapping_pieces_in_any_order_add_up_to_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    rows = sorted(rows)
    seconds = sorted({row[0] for row in rows})
    cut, back = data.draw(st.sampled_from(seconds)), data.draw(st.integers(0, 20))
    # Everybody speaks at both ends, so that it is plain that the pieces are one chat.
    fixed: list[Row] = [(cut, who, "在") for who in NAMES]
    rows = sorted(rows + fixed)
    pieces = [
        [row for row in rows if row[0] <= cut],
        [row for row in rows if row[0] >= cut - back],
    ]
    files = [write(folder / f"{n}.txt", qq_text(piece)) for n, piece in enumerate(pieces)]
    whole = sqtool.load(write(folder / "whole.txt", qq_text(rows)))
    order = data.draw(st.permutations([*files, files[0]]))
    found = sqtool.load(order)
    columns = ["sent_at", "sender_id", "text"]
    assert sorted(found.messages.select(columns).collect().rows()) == sorted(
        whole.messages.select(columns).collect().rows()
    )


def parts_of(sources: list[Path], *, bounded: bool) -> tuple[Any, ...]:
    issues = IssueLog()
    with Spool(bounded=bounded) as place:
        groups, _ = read_chats(
            Request([str(s) for s in sources], allow_private=True), issues, place
        )
        done = [normalise(chat, parts, TZ, issues, place) for chat, parts in groups.items()]
        return (
            [one.messages.to_dicts() for one in done],
            [one.members.to_dicts() for one in done],
            [one.chat for one in done],
            [one.duplicates for one in done],
            issues.frame().to_dicts(),
        )


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["qq-txt"], marks=pytest.mark.slow),
        ["qq-qce-json/group_20001_20250302_090000.json"],
        ["wechat-weflow-json"],
        pytest.param(["wechat-chatlog-json", "wechat-chatlog-txt"], marks=pytest.mark.slow),
    ],
    ids=lambda names: "+".join(names),
)
def test_on_disk_in_small_chunks_everything_is_as_in_memory(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [
        path
        for name in names
        for path in ([EXPORTS / name] if (EXPORTS / name).is_file() else (EXPORTS / name).iterdir())
        if ".golden." not in path.name and path.is_file()
    ]
    whole = parts_of(sources, bounded=False)
    monkeypatch.setattr(spool, "MEMORY_ROWS", 4)
    monkeypatch.setattr(ordering, "CHUNK_ROWS", 3)
    assert parts_of(sources, bounded=True) == whole


def test_a_bounded_reading_of_the_demo_group_is_the_same_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(spool, "MEMORY_ROWS", 1000)
    monkeypatch.setattr(ordering, "CHUNK_ROWS", 700)
    (path,) = write_demo(tmp_path / "demo", weeks=6, formats=["wechat-weflow-json"])
    bounded = parts_of([path], bounded=True)
    assert [p.name for p in tmp_path.iterdir()] == ["demo"]
    assert bounded == parts_of([path], bounded=False)
    assert pl.DataFrame(bounded[0][0], schema=MESSAGES).height > 1000
