"""QQ for Windows / TIM message-manager export as a web archive (MHT).

旧版 QQ / TIM「消息管理器」导出的网页存档(.mht)。

One HTML page in which rows tell the day, and rows with a clock time below them are messages; the
pictures follow as base64, often gigabytes, and are not read. The MIME head is not sound, so the
page is cut out by its tags; tools that unpack the archive leave the page alone. Pictures and
emoticons look alike. Senders are printed as in the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MEMBERS,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._html import html_pieces, unescaped
from sqtool.parsers._qq_headers import clock_hour
from sqtool.parsers._qq_senders import ANONYMOUS_ID, SYSTEM_IDS, read_sender
from sqtool.parsers._qq_texts import bracket_kind
from sqtool.schema import KIND
from sqtool.slices import strings

_MARK: Final = re.compile(r"^\ufeff?\s*From: <Save by Tencent MsgMgr>", re.MULTILINE)
_PAGE: Final = re.compile(r"<title>QQ Message</title>", re.IGNORECASE)
_ROW: Final = re.compile(rb"<tr><td", re.IGNORECASE)
_END: Final = b"</html>"
_DAY: Final = r"^(?i:<tr><td)[^>]*>日期:(?:\s|&nbsp;)*([^<]+)<"
_TITLE: Final = r"(?s)^(?i:<tr><td)[^>]*><div[^>]*>(?:消息对象|MSGMGR_MSGOBJ)[:：](.*?)</div>"
_HEAD: Final = (
    r"(?s)^(?i:<tr><td)[^>]*><div[^>]*>(?:<br>|<b>|&nbsp;|\s)*"
    r"(?:消息记录|消息分组|MSGMGR_\w+|</div>)"
)
_MESSAGE: Final = (
    r"(?s)^(?i:<tr><td)[^>]*><div([^>]*)><div[^>]*>(.*?)</div>\s*"
    r"(上午|下午|凌晨|早上|中午|晚上)?\s*(\d{1,2}):(\d\d):(\d\d)(?:\s*([AaPp][Mm]))?\s*</div>\s*"
    r"<div[^>]*>(.*)</div>\s*</td>"
)
_PARTS: Final = ("style", "who", "half", "hour", "minute", "second", "meridiem", "body")
_OWN: Final = "42B475"
_YEAR_FIRST: Final = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4})")


def sniff(export: Export) -> Match:
    """Look for the first line of the archive."""
    if _MARK.search(export.head_text[:1000]):
        return Match(Confidence.CERTAIN, "begins with From: <Save by Tencent MsgMgr>")
    if _PAGE.search(export.head_text[:4000]) and _ROW.search(export.head):
        return Match(Confidence.CERTAIN, "page QQ Message out of a QQ web archive")
    return NO_MATCH


@dataclass
class _Chat:
    """One conversation, and what is learnt about it while its records pass by."""

    chat: RawChat
    names: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    own_names: set[str] = field(default_factory=set)
    roles: dict[str, str | None] = field(default_factory=dict)
    with_id: int = 0
    anonymous: int = 0

    def closed(self) -> RawBatch:
        """The chat with what only its end tells: kind, own account, roles."""
        # Discussion groups show no ids, but more than two names.
        group = self.with_id > 0 or len(self.names) > 2
        roles = {key: role for key, role in self.roles.items() if role}
        members = None
        if roles:
            rows = pl.DataFrame({"member_id": list(roles), "role": list(roles.values())})
            members = rows.select(
                pl.col(name) if name in rows.columns else pl.lit(None, dtype).alias(name)
                for name, dtype in RAW_MEMBERS.items()
            )
        chat = replace(
            self.chat,
            kind="group" if group else "private",
            members=members,
            self_id=_only(self.own),
            self_name=None if self.own else _only(self.own_names),
        )
        return RawBatch(chat, pl.DataFrame())


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


@dataclass
class _File:
    """State of one file: its chats so far, the day, how days are written."""

    export: Export
    issues: IssueLog
    titles: set[str] = field(default_factory=set)
    current: _Chat | None = None
    day: date | None = None
    order: str | None = None

    def begin(self, title: str | None) -> _Chat:
        """Start a conversation; the same title may stand over two of them."""
        name = title or self.export.stem
        key, number = name, 1
        while key in self.titles:
            number += 1
            key = f"{name} #{number}"
        self.titles.add(key)
        chat = RawChat(key=key, strong=False, platform="qq", name=key, kind="unknown")
        self.current = _Chat(chat)
        return self.current

    def close(self) -> Iterator[RawBatch]:
        """End a conversation."""
        if self.current is None:
            return
        if self.current.anonymous:
            detail = (
                f"{self.current.anonymous} messages of anonymous members, who cannot be told apart"
            )
            self.issues.add("anonymous-sender", self.export.title, rows=0, detail=detail)
        yield self.current.closed()
        self.current = None

    def read_day(self, shown: str) -> date | None:
        """Read the text of a row with a day."""
        if found := _YEAR_FIRST.search(shown):
            year, month, day = (int(part) for part in found.groups())
        elif found := _YEAR_LAST.search(shown):
            first, second, year = (int(part) for part in found.groups())
            self.order = self.order or _order(self.export)
            day, month = (first, second) if self.order == "dmy" else (second, first)
        else:
            return None
        try:
            return date(year, month, day)
        except ValueError:
            return None


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages of every conversation, piece by piece."""
    state = _File(export, issues)
    for line, piece in html_pieces(export, issues, _ROW, until=_END):
        starts = np.array([found.start() for found in _ROW.finditer(piece)], np.int64)
        if not len(starts):
            continue
        newlines = np.flatnonzero(np.frombuffer(piece, np.uint8) == 10)
        rows = pl.DataFrame(
            {
                "row": strings(piece, starts, np.append(starts[1:], len(piece))),
                "line": pl.Series(np.searchsorted(newlines, starts) + line, dtype=pl.UInt32),
            }
        )
        yield from _read(rows, state)
    yield from state.close()


def _read(rows: pl.DataFrame, state: _File) -> Iterator[RawBatch]:
    """Yield the messages of some rows of the table; conversations may begin and end among them."""
    rows = rows.with_columns(
        day=pl.col("row").str.extract(_DAY, 1),
        title=pl.col("row").str.extract(_TITLE, 1),
        said=pl.col("row").str.extract_groups(_MESSAGE).struct.rename_fields(list(_PARTS)),
    ).unnest("said")
    known = pl.any_horizontal(pl.col("day", "title", "body").is_not_null()) | pl.col(
        "row"
    ).str.contains(_HEAD)
    for line in rows.filter(~known)["line"]:
        state.issues.add("bad-record", state.export.title, line, detail="not a row as QQ writes it")
    days = rows["day"].unique().drop_nulls()
    read = pl.DataFrame(
        {"day": days, "date": [state.read_day(day) for day in days]},
        schema={"day": pl.String, "date": pl.Date},
    )
    rows = rows.join(read, on="day", how="left", maintain_order="left")
    # A day that cannot be read must not leave its messages to the day before.
    unread = pl.col("day").is_not_null() & pl.col("date").is_null()
    run = (pl.col("day").is_not_null()).cum_sum()
    first = pl.col("date").first().over(run)
    rows = rows.with_columns(
        date=pl.when(run > 0).then(first).otherwise(pl.lit(state.day, pl.Date)), _unread=unread
    )
    state.day = rows["date"][-1]
    rows = rows.with_columns(section=pl.col("title").is_not_null().cum_sum())
    for _, section in rows.group_by("section", maintain_order=True):
        title = section["title"][0]
        if title is not None:
            yield from state.close()
            state.begin(_plain_text(title))
        said = section.filter(pl.col("body").is_not_null())
        if said.height:
            chat = state.current or state.begin(None)
            yield RawBatch(chat.chat, _messages(said, chat))


def _plain_text(escaped: str) -> str:
    return str(pl.select(_text(pl.lit(escaped))).item()).strip()


def _text(body: pl.Expr) -> pl.Expr:
    """Return the text of a piece of the page: breaks, entities (one of them faulty), no tags."""
    text = body.str.replace_all(r"(?i)<br\s*/?>", "\n").str.replace_all(r"<[^<>]*>", "")
    return unescaped(text.str.replace_all("&get;", "&gt;", literal=True))


def _messages(rows: pl.DataFrame, chat: _Chat) -> pl.DataFrame:
    rows = rows.with_columns(
        wall_at=_moments(),
        shown=_text(pl.col("who")),
        text=_text(pl.col("body")),
        pictures=pl.col("body").str.contains("(?i)<img "),
        own=pl.col("style").str.contains(_OWN, literal=True),
    )
    rows = _with_senders(rows, chat)
    system = pl.col("system")
    bare = pl.col("text").str.strip_chars() == ""
    kind = (
        pl.when(system)
        .then(pl.lit("system"))
        .when(bare & pl.col("pictures"))
        .then(pl.lit("image"))
        .when(bare)
        .then(pl.lit("other"))
        .when(pl.col("text").str.starts_with("["))
        .then(bracket_kind(pl.col("text")))
        .otherwise(pl.lit("text"))
    )
    rows = rows.with_columns(kind=kind)
    worded = pl.col("kind").is_in(["text", "system", "red_packet", "share"]) & ~bare
    return rows.select(
        "line",
        "wall_at",
        pl.when(~system & (pl.col("sender_id") != ANONYMOUS_ID)).then("sender_id"),
        pl.when(~system).then("sender_name"),
        pl.col("kind").cast(KIND),
        pl.when(worded).then("text"),
    )


def _moments() -> pl.Expr:
    """Return the clock time of a row on its day; null if there is no such time."""
    half = pl.coalesce("half", pl.col("meridiem").str.to_uppercase())
    hour = pl.col("hour").cast(pl.Int64)
    hours = [
        pl.when(half == word).then(
            hour.replace_strict({h: clock_hour(h, word) for h in range(24)}, default=None)
        )
        for word in ("上午", "下午", "凌晨", "早上", "中午", "晚上", "AM", "PM")
    ]
    clock = [
        pl.coalesce(*hours, hour),
        pl.col("minute").cast(pl.Int64),
        pl.col("second").cast(pl.Int64),
    ]
    sound = (clock[0] < 24) & (clock[1] < 60) & (clock[2] < 60)
    passed = pl.duration(hours=clock[0], minutes=clock[1], seconds=clock[2])
    return pl.when(sound).then(pl.col("date").cast(pl.Datetime("us")) + passed)


def _with_senders(rows: pl.DataFrame, chat: _Chat) -> pl.DataFrame:
    """Read the senders: each different one once, however many rows carry it."""
    shown = rows["shown"].unique(maintain_order=True)
    read = [read_sender(value) for value in shown]
    table = pl.DataFrame(
        {
            "shown": shown,
            "sender_id": [sender.id for sender in read],
            "sender_name": [sender.name for sender in read],
        },
        schema=dict.fromkeys(("shown", "sender_id", "sender_name"), pl.String),
    )
    rows = rows.join(table, on="shown", how="left", maintain_order="left")
    # Window shakes and receipts of files have no sender at all.
    nobody = pl.col("shown").str.strip_chars() == ""
    rows = rows.with_columns(
        system=pl.col("sender_id").is_in(list(SYSTEM_IDS)).fill_null(False) | nobody
    )
    people = rows.filter(~pl.col("system"))
    chat.with_id += people["sender_id"].count()
    chat.anonymous += int((people["sender_id"] == ANONYMOUS_ID).sum())
    mine = people.filter("own")
    chat.own.update(mine["sender_id"].drop_nulls().unique())
    chat.own_names.update(mine["sender_name"].drop_nulls().unique())
    if len(chat.names) <= 2:
        nameless = people.filter(pl.col("sender_id").is_null())
        chat.names.update(nameless["sender_name"].drop_nulls().unique().head(3))
    # The newest row of a person says whether they still hold a role.
    for value in (
        people["shown"].unique(maintain_order=True) if shown.str.starts_with("【").any() else ()
    ):
        sender = read_sender(value)
        if sender.id is not None:
            chat.roles[sender.id] = sender.role
    return rows


def _order(export: Export) -> str:
    """Find out whether the month or the day stands first, from all days of the file."""
    if export.date_order in ("dmy", "mdy"):
        return export.date_order
    days: list[tuple[int, int, int]] = []
    again = replace(export, on_read=None)
    opening = re.compile("日期:".encode())
    for _, piece in html_pieces(again, IssueLog(), opening, until=_END):
        for shown in re.findall("日期:([^<]+)<", piece.decode()):
            if found := _YEAR_LAST.search(shown):
                first, second, year = (int(part) for part in found.groups())
                days.append((year, first, second))
    if any(second > 12 for _, _, second in days):
        return "mdy"
    if any(first > 12 for _, first, _ in days):
        return "dmy"
    swapped = [(year, second, first) for year, first, second in days]
    return "dmy" if _steps_back(swapped) < _steps_back(days) else "mdy"


def _steps_back(days: list[tuple[int, int, int]]) -> int:
    return sum(later < earlier for earlier, later in pairwise(days))


PARSER = Parser(
    name="qq-mht",
    title="QQ PC / TIM web archive (MHT)",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("ids", "seconds", "mentions", "joins", "recalls"),
    obtain=(
        "Old QQ for Windows or TIM: message manager, right-click the group, export as MHT.",
        "旧版 QQ(Windows)或 TIM:消息管理器,右键群,导出消息记录,选网页格式(mht)。",
    ),
)
