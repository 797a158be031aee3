"""The store holds one truth: the whole log, however it was cut, in whatever order it came."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqtool
from sqtool.demo import write_demo
from sqtool.issues import IssueLog
from sqtool.parsers._base import RawChat, raw_frame
from sqtool.parts import Part, moments
from sqtool.reading import Request, read_parts
from sqtool.spool import Rows, Spool
from sqtool.store import importing
from sqtool.store._digest import digest_of
from tests._cuts import (
    DAY,
    START,
    TZ,
    assert_adds_up,
    assert_same,
    by_parts,
    content,
    counts,
    format_of,
    imported,
    text_pieces,
    versions,
)
from tests._golden import cases

FEW = settings(max_examples=max(5, settings().max_examples // 3))
"""An example is several imports."""

KEPT_APART = ("joins_named", "joins_linked", "roster_source")
"""What a file written by sqtool counted before its joins were tied to members: it holds for the
whole file and nobody can tell how much of it for a piece, so the store counts anew."""


@pytest.fixture
def other_bytes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let files pass for other ones, as a copy saved again by another program would be."""
    known, times = digest_of, itertools.count(1)

    def again() -> None:
        number = next(times)
        monkeypatch.setattr(importing, "digest_of", lambda *a: f"{known(*a)} {number}")

    return again


# --- every fixture --------------------------------------------------------------------------------

QUICK = {
    "chatlab-json", "discord-csv", "line-txt", "qq-mht", "qq-onebot", "qq-qce-json", "qq-txt",
    "slack-export", "sqtool-parquet", "telegram-json", "wechat-keeper-json", "wechat-paste",
    "wechat-weflow-json", "whatsapp-txt", "zulip-export",
}  # fmt: skip
"""Formats that differ in what the store must take care of: the first fixture of each."""


def _cases() -> list[Any]:
    seen: set[str] = set()
    found = []
    for case in cases():
        quick = format_of(case) in QUICK - seen
        seen.add(format_of(case))
        marks = [] if quick else [pytest.mark.slow]
        found.append(pytest.param(case, id=f"{format_of(case)}/{case.name}", marks=marks))
    return found


def _how(case: Path) -> dict[str, Any]:
    return {"format": format_of(case) if case.is_file() else None, "allow_private": True}


@pytest.mark.parametrize("case", _cases())
def test_the_store_holds_what_the_file_holds_and_the_same_once_more_adds_nothing(
    case: Path, tmp_path: Path, other_bytes: Callable[[], None]
) -> None:
    whole = sqtool.load(case, **_how(case))
    apart = KEPT_APART if format_of(case).startswith("sqtool") else ()
    wanted = [
        whole.chats.collect().drop("source", *apart),
        whole.members.collect(),
        whole.messages.collect(),
    ]
    store = tmp_path / "store"
    first = imported(store, case, **_how(case))
    assert_same(content(store, *apart), wanted)
    assert_adds_up(first)
    before = versions(store)
    other_bytes()
    again = imported(store, case, **_how(case))
    assert not again.same_files
    assert [(new, enriched) for new, _, enriched, _ in counts(again)] == [(0, 0)] * len(again.chats)
    assert_adds_up(again)
    assert versions(store) == before
    assert_same(content(store, *apart), wanted)


# --- any cut of any log ---------------------------------------------------------------------------


def whole_of(*cases: Path) -> list[Part]:
    """Return what files hold, each chat known by an id: which is one chat is not the question."""
    requests = [Request(str(case), **_how(case)) for case in cases]
    parts = [part for asked in requests for part in read_parts(asked, IssueLog(), Spool())[0]]
    return [
        replace(part, chat=replace(part.chat, strong=True, known=None), file=part.file or "a")
        for part in parts
    ]


def times_of(parts: list[Part]) -> list[datetime]:
    """Return the moments at which something happens, each once."""
    found = [
        frame.select(at=moments(frame, TZ))["at"] for part in parts for frame in part.rows.frames()
    ]
    return pl.concat(found).drop_nulls().unique().sort().to_list()


def piece(parts: list[Part], first: datetime, last: datetime, name: str) -> list[Part]:
    """Return what an export of a span of time holds."""
    done = []
    for part in parts:
        frames = [
            frame.filter(moments(frame, TZ).is_between(first, last)) for frame in part.rows.frames()
        ]
        rows = Rows(Spool())
        for frame in frames:
            rows.add(frame)
        if rows.height:
            done.append(replace(part, rows=rows, file=name, _newest={}))
    return done


@st.composite
def cuts(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Draw spans (as shares of a log) that cover it, overlapping, in any order, some repeated."""
    inner = sorted(draw(st.lists(st.floats(0, 1), min_size=1, max_size=3)))
    bounds = [0.0, *inner, 1.0]
    spans = [
        (max(0.0, low - draw(st.floats(0, 0.3))), high) for low, high in itertools.pairwise(bounds)
    ]
    spans += draw(st.lists(st.sampled_from(spans), max_size=1))
    return draw(st.permutations(spans))


def assert_cuts_make_the_whole(
    tmp: Path, parts: list[Part], spans: list[tuple[float, float]]
) -> None:
    times = times_of(parts)
    folder = tmp / f"{random.Random(repr(spans)).random()}"
    by_parts(folder / "whole", parts)
    for number, (low, high) in enumerate(spans):
        last = len(times) - 1
        first, end = times[round(low * last)], times[round(high * last)]
        mine = piece(parts, first, end, f"piece {number}")
        if mine:
            result = by_parts(folder / "pieces", mine)
            assert all(chat.new >= 0 for chat in result.chats)
    assert_same(content(folder / "pieces"), content(folder / "whole"))


CUT = [
    "discord-json", "line-txt", "qq-mht", "qq-onebot", "qq-qce-json", "qq-txt", "telegram-json",
    "wechat-keeper-json", "wechat-weflow-json", "whatsapp-txt",
]  # fmt: skip


def _logs() -> list[Path]:
    firsts = {format_of(case): case for case in reversed(cases()) if format_of(case) in CUT}
    return [firsts[name] for name in CUT]


@FEW
@given(st.sampled_from(_logs()), cuts())
def test_any_cut_of_a_log_in_any_order_makes_the_same_store(
    tmp_path_factory: pytest.TempPathFactory, case: Path, spans: list[tuple[float, float]]
) -> None:
    assert_cuts_make_the_whole(tmp_path_factory.mktemp("cut"), whole_of(case), spans)


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(c, id=f"{format_of(c)}/{c.name}") for c in cases()])
def test_every_log_can_be_cut(case: Path, tmp_path: Path) -> None:
    chance = random.Random(case.name)
    inner = sorted(chance.random() for _ in range(3))
    spans = [
        (max(0.0, low - chance.random() * 0.3), high)
        for low, high in itertools.pairwise([0.0, *inner, 1.0])
    ]
    chance.shuffle(spans)
    try:
        parts = whole_of(case)
    except sqtool.SqtoolError:
        pytest.fail("a fixture that nothing reads belongs into another folder")
    if times_of(parts):
        assert_cuts_make_the_whole(tmp_path, parts, [*spans, spans[0]])


PEOPLE = ["安", "波", "曹"]
Event = tuple[int, int, str]  # seconds since the one before, who, what


@st.composite
def logs(draw: st.DrawFn) -> list[Part]:
    """Draw a log in which people join by name, change it, repeat, recall, quote and mention."""
    gaps = st.sampled_from([0, 1, 30, 61, 3_600, DAY])
    what = st.sampled_from(["嗯", "嗯", "photo", "quote", "mention", "join", "recall", "rename"])
    events: list[Event] = draw(
        st.lists(st.tuples(gaps, st.integers(0, 2), what), min_size=6, max_size=25)
    )
    ids, numbered, by_minute = (draw(st.booleans()) for _ in range(3))
    names = dict(enumerate(PEOPLE))
    rows: list[dict[str, object]] = []
    second = 7
    for number, (gap, who, does) in enumerate(events):
        second += gap
        at = START + timedelta(seconds=second - second % 60 if by_minute else second)
        row: dict[str, object] = {"sent_at": at, "kind": "text"}
        if numbered:
            row["message_id"] = f"m{number}"
        if does in ("join", "recall"):
            who_name = {"target_names": [names[who]]} if does == "join" else {}
            row |= {"kind": "system", "event": does, "actor_name": None, **who_name}
            if does == "recall":
                row["actor_name"] = names[who]
        else:
            row |= {"sender_id": f"id{who}" if ids else None, "sender_name": names[who]}
            if does == "rename":
                names[who] += "新"
            if does == "photo":
                row["kind"] = "image"
            else:
                row["text"] = f"@{names[(who + 1) % 3]} 来吗" if does == "mention" else "嗯"
            if does == "quote":
                row |= {"quoted_sender": names[(who + 2) % 3], "quoted_text": "嗯"}
        rows.append(row)
    shown = {name for row in rows for name in row}
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in shown}
    chat = RawChat(key="1", strong=True, platform="qq", name="群", kind="group")
    format = "wechat-paste" if by_minute else "qq-txt"
    return [Part(chat, Rows.of(raw_frame(columns)), "a", format)]


@FEW
@given(logs(), cuts())
def test_renames_repeats_and_notices_come_out_alike_however_the_log_was_cut(
    tmp_path_factory: pytest.TempPathFactory, parts: list[Part], spans: list[tuple[float, float]]
) -> None:
    assert_cuts_make_the_whole(tmp_path_factory.mktemp("log"), parts, spans)


def test_weekly_exports_of_the_demo_in_any_order_are_the_demo(tmp_path: Path) -> None:
    (log,) = write_demo(tmp_path, weeks=4, formats=["qq-txt"])
    imported(tmp_path / "whole", log)
    pieces = text_pieces(log, tmp_path, [(0, 8), (7, 15), (14, 30), (3, 12)])
    for turn, order in enumerate([(0, 1, 2, 3), (2, 3, 0, 1, 3), (1, 0, 2, 2)]):
        store = tmp_path / f"pieces{turn}"
        for number in order:
            assert_adds_up(imported(store, pieces[number]))
        assert_same(content(store), content(tmp_path / "whole"))
