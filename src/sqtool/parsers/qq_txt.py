"""QQ for Windows / TIM message-manager text export.

旧版 QQ / TIM「消息管理器」导出的文本记录(消息记录.txt)。

A record is a header line (date, time, sender), a body, and an empty line. CRLF ends the lines of
the export; a bare LF or CR is part of a message. Only a line right after an empty CRLF line, with a
valid date and time and (in a group) an id, is a header: people paste headers into messages. The
file knows no group number, no time zone and no export moment. Several chats may stand in one file.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
from sqtool.parsers._qq_headers import Headers, clock_hour, find_headers, mended
from sqtool.parsers._qq_heads import BANNER, LOOSE_HEAD, read_head
from sqtool.parsers._qq_senders import ANONYMOUS_ID, SYSTEM_IDS, read_sender
from sqtool.parsers._qq_texts import bracket_kind
from sqtool.schema import KIND, KINDS
from sqtool.slices import Offsets, strings

ID_SHARE_OF_A_GROUP: Final = 0.8
"""From this share of headers with an id on, a header without one is a pasted line."""

NO_IDS_SHARE: Final = 0.1
"""Up to this share of headers with an id, they are pasted ones and the chat has none."""

_SLACK_SECONDS: Final = 2 * 86_400
"""Between the clocks of the chat and of the disk: zones, and more."""

_MOST_FROM_THE_FUTURE: Final = 3
"""More headers of one block than this are no prank: the clock of the disk is wrong."""

_HEADER = re.compile(
    r"^\d{4}[-/]\d{1,2}[-/]\d{1,2} (?:[上下凌早中晚][午晨上] ?)?\d{1,2}:\d\d:\d\d .*"
    r"(?:\(\d{5,11}\)|<[^<>\s]+@[^<>\s]+>|\([^()\s]+@[^()\s]+\))\r*$",
    re.MULTILINE,
)
_SECTION_HEAD = re.compile(r"^={64}\r*\n消息分组:.*\r*\n={64}\r*\n消息对象:", re.MULTILINE)
_TWELVE_HOURS = re.compile(rb"^([AP]M) ")


def sniff(export: Export) -> Match:
    """Look for the banner, a section head, or record headers with QQ ids."""
    text = export.head_text
    if text.lstrip("\r\n ").startswith(BANNER):
        return Match(Confidence.CERTAIN, "first line is the QQ text-export banner")
    if _SECTION_HEAD.search(text):
        return Match(Confidence.CERTAIN, "section head 消息分组/消息对象 between lines of =")
    if LOOSE_HEAD.search(text):
        return Match(Confidence.LIKELY, "lines 消息分组 and 消息对象")
    found = len(_HEADER.findall(text))
    if found >= 2 or (found == 1 and _HEADER.match(text)):
        return Match(Confidence.LIKELY, f"{found} record headers with a QQ number or e-mail")
    return NO_MATCH


@dataclass
class _Chat:
    """One conversation, and what is learnt about it while its records pass by."""

    chat: RawChat
    needs_id: bool | None = None
    names: set[str] = field(default_factory=set)
    roles: dict[str, str | None] = field(default_factory=dict)
    with_id: int = 0
    records: int = 0
    without_id: int = 0  # lines shaped as headers, taken as body for want of an id
    anonymous: int = 0

    def closed(self) -> RawBatch:
        """The chat with what only its end tells: kind and roles."""
        # Discussion groups show no ids, but more than two names.
        with_ids = self.with_id > NO_IDS_SHARE * self.records
        group = with_ids or self.needs_id or len(self.names) > 2
        kind = "group" if group else "private"
        roles = {key: role for key, role in self.roles.items() if role}
        members = None
        if roles:
            members = pl.DataFrame(
                {"member_id": list(roles), "role": list(roles.values())},
                schema={"member_id": pl.String, "role": pl.String},
            )
            members = members.select(
                pl.col(name) if name in members.columns else pl.lit(None, dtype).alias(name)
                for name, dtype in RAW_MEMBERS.items()
            )
        return RawBatch(replace(self.chat, kind=kind, members=members), pl.DataFrame())


@dataclass
class _File:
    """State of one file: its newline, its clock, its chats so far."""

    export: Export
    issues: IssueLog
    newline: bytes
    titles: set[str] = field(default_factory=set)
    current: _Chat | None = None
    twelve_hours: bool | None = None
    refused: int = 0
    backwards: int = 0
    latest_us: int | None = None
    started: bool = False

    def begin(self, title: str | None) -> _Chat:
        """Start a conversation; the same title may stand over two of them."""
        name = title or self.export.stem
        key, number = name, 1
        while key in self.titles:
            number += 1
            key = f"{name} #{number}"
        self.titles.add(key)
        self.current = _Chat(
            RawChat(key=key, strong=False, platform="qq", name=key, kind="unknown")
        )
        return self.current


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of every conversation, block by block."""
    blocks, newline, tight = mended(export.blocks(issues), export.head_text)
    state = _File(export, issues, newline)
    rest = b""
    if tight:
        detail = "no empty lines between the records: pasted headers count as records"
        issues.add("empty-lines-lost", export.title, rows=0, detail=detail)
    block = next(blocks, None)
    while block is not None:
        following = next(blocks, None)
        buffer = rest + block if rest else block
        if not rest:
            buffer = buffer.lstrip(b"\r\n") if state.current is None else buffer
        rest = yield from _read(buffer, state, last=following is None)
        block = following
    if state.current is not None:
        yield from _close(state)
    if state.refused:
        detail = f"{state.refused} lines look like headers of an impossible date: kept as text"
        issues.add("header-like-text", export.title, rows=0, detail=detail)
    if newline == b"\n" and state.backwards:
        detail = (
            f"line ends were converted (no CRLF): {state.backwards} headers go back in time and may"
            " be pasted text"
        )
        issues.add("line-ends-lost", export.title, rows=0, detail=detail)


def _latest(export: Export, first_us: int) -> int | None:
    """Return the last moment a record can be of: two days after the file was last written.

    The clock of the disk counts only if the first record is not later than it.
    """
    written = int((export.path.stat().st_mtime + _SLACK_SECONDS) * 1_000_000)
    return written if first_us <= written else None


def _not_from_the_future(headers: Headers, state: _File) -> Headers:
    """Leave out pasted headers of a time to come: one would become the newest message."""
    if state.latest_us is None:
        return headers
    later = headers.wall_us > state.latest_us
    if later.sum() > _MOST_FROM_THE_FUTURE:
        state.latest_us = None
        return headers
    return headers.without(later)


def _read(buffer: bytes, state: _File, *, last: bool) -> Generator[RawBatch, None, bytes]:
    """Yield the complete records of a buffer and return the bytes to carry over."""
    headers = find_headers(buffer, state.newline)
    if not state.started and len(headers.starts):
        state.started = True
        state.latest_us = _latest(state.export, int(headers.wall_us[0]))
    headers = _not_from_the_future(headers, state)
    headers = _to_24_hours(buffer, headers, state)
    sections = _sections(buffer, state.newline)
    carry = b""
    if not last:
        # The last record may go on in the next block: it, and what follows, waits.
        start = max(
            headers.starts[-1] if len(headers.starts) else 0, sections[-1][0] if sections else 0
        )
        carry, end = buffer[start:], int(start)
        sections = [s for s in sections if s[0] < end]
        if not end:
            return carry
    else:
        end = len(buffer)
    state.refused += int((headers.refused < end).sum())
    spans = [(0, 0, None), *sections]
    for number, (_, begin, title) in enumerate(spans):
        until = spans[number + 1][0] if number + 1 < len(spans) else end
        if title is not None:
            if state.current is not None:
                yield from _close(state)
            state.begin(title)
        at_end = last or number + 1 < len(spans)
        batch = _records(buffer, headers, begin, until, state, at_end=at_end)
        if batch is not None:
            yield batch
    return carry


def _close(state: _File) -> Iterator[RawBatch]:
    chat = state.current
    if chat is None:
        return
    if chat.without_id:
        detail = f"{chat.without_id} lines shaped as headers carry no id: kept as text"
        state.issues.add("header-without-id", state.export.title, rows=0, detail=detail)
    if chat.anonymous:
        detail = f"{chat.anonymous} messages of anonymous members, who cannot be told apart"
        state.issues.add("anonymous-sender", state.export.title, rows=0, detail=detail)
    yield chat.closed()
    state.current = None


def _sections(buffer: bytes, newline: bytes) -> list[tuple[int, int, str | None]]:
    """Return (start, first byte of its records, title) of every full section head."""
    rule = b"=" * 64 + newline
    group = "消息分组:".encode()
    pattern = re.compile(
        b"(?:^|" + newline + b")" + rule + group + b"[^\r\n]*" + newline + rule
        + "消息对象:".encode() + b"([^\r\n]*)" + newline + rule + newline
    )  # fmt: skip
    found: list[tuple[int, int, str | None]] = []
    at = buffer.find(group)
    while at >= 0:
        start = max(0, at - len(rule) - len(newline))
        head = pattern.match(buffer, start) or (pattern.match(buffer, 0) if start == 0 else None)
        if head:
            found.append((head.start(), head.end(), head.group(1).decode().strip()))
        at = buffer.find(group, at + 1)
    return found


def _to_24_hours(buffer: bytes, headers: Headers, state: _File) -> Headers:
    """Read ``12:12:29 AM name``: English systems write it, and a name may begin like that."""
    marks = [
        _TWELVE_HOURS.match(buffer[a : a + 3])
        for a in (headers.senders if state.twelve_hours else headers.senders[:200])
    ]
    if state.twelve_hours is None and marks:
        state.twelve_hours = sum(m is not None for m in marks) >= 0.9 * len(marks)
        if state.twelve_hours:
            return _to_24_hours(buffer, headers, state)
    if not state.twelve_hours:
        return headers
    hour_us = 3_600_000_000
    wall, senders = headers.wall_us.copy(), headers.senders.copy()
    for row, mark in enumerate(marks):
        if mark:
            hour = int(wall[row] // hour_us % 24)
            wall[row] += (clock_hour(hour, mark.group(1).decode()) - hour) * hour_us
            senders[row] += 3
    return replace(headers, wall_us=wall, senders=senders)


def _records(
    buffer: bytes, headers: Headers, begin: int, until: int, state: _File, *, at_end: bool
) -> RawBatch | None:
    """Build the frame of the records between two offsets of a buffer."""
    newline = len(state.newline)
    low, high = np.searchsorted(headers.starts, [begin, until])
    rows = slice(int(low), int(high))
    starts, ends, wall = headers.starts[rows], headers.ends[rows], headers.wall_us[rows]
    shown = strings(buffer, headers.senders[rows], ends)
    chat = state.current
    before = buffer[begin : int(starts[0]) if len(starts) else until].strip(b"\r\n ")
    title, words = read_head(before) if chat is None else (None, bool(before))
    if words:
        state.issues.add("text-before-first-record", state.export.title, detail="not a record")
    if not len(starts):
        return None
    if chat is None:
        chat = state.begin(title)
    senders = _senders(shown, chat)
    keep = senders["is_header"].to_numpy()
    if not keep.all():
        chat.without_id += int((~keep).sum())
        senders = senders.filter(pl.col("is_header"))
        starts, ends, wall = starts[keep], ends[keep], wall[keep]
    if not len(starts):
        return None
    state.backwards += int((np.diff(wall) < 0).sum())
    bodies = np.minimum(ends + newline, until)
    stops = np.maximum(np.append(starts[1:], until) - 2 * newline, bodies)
    if at_end:
        # Before a section head, or at the end of the file, the number of empty lines varies.
        tail = buffer[int(bodies[-1]) : until]
        while tail.endswith(state.newline):
            tail = tail[:-newline]
        stops[-1] = bodies[-1] + len(tail)
    text = strings(buffer, bodies, stops)
    chat.records += len(starts)
    system = senders["sender_id"].is_in(list(SYSTEM_IDS)).fill_null(False)
    anonymous = (senders["sender_id"] == ANONYMOUS_ID).fill_null(False)
    chat.anonymous += int(anonymous.sum())
    pseudo = system | anonymous
    frame = pl.DataFrame({"text": text, "sender_id": senders["sender_id"]}).with_columns(
        wall_at=pl.Series(wall, dtype=pl.Int64).cast(pl.Datetime("us")),
        sender_id=pl.when(~pseudo).then(pl.col("sender_id")),
        sender_name=pl.when(~system).then(senders["sender_name"]),
        kind=_kinds(buffer, text, bodies, stops, system.to_numpy()),
    )
    bare = ~pl.col("kind").cast(pl.String).is_in(["text", "system", "red_packet", "share"])
    frame = frame.with_columns(
        text=pl.when(bare | (pl.col("text") == "")).then(None).otherwise(pl.col("text"))
    )
    return RawBatch(chat.chat, frame)


def _senders(shown: pl.Series, chat: _Chat) -> pl.DataFrame:
    """Read the sender parts: each different one once, however many records carry it."""
    unique = shown.unique(maintain_order=True)
    read = [read_sender(value) for value in unique]
    table = pl.DataFrame(
        {
            "shown": unique,
            "sender_id": [r.id for r in read],
            "sender_name": [r.name for r in read],
        },
        schema={"shown": pl.String, "sender_id": pl.String, "sender_name": pl.String},
    )
    senders = shown.to_frame("shown").join(table, on="shown", how="left", maintain_order="left")
    people = ~senders["sender_id"].is_in(list(SYSTEM_IDS)).fill_null(False)
    if chat.needs_id is None and people.any():
        share = senders.filter(people)["sender_id"].is_not_null().mean()
        chat.needs_id = isinstance(share, float) and share >= ID_SHARE_OF_A_GROUP
    is_header = senders["sender_id"].is_not_null()
    if not chat.needs_id:
        is_header = is_header | True
        if len(chat.names) <= 2:
            nameless = people & senders["sender_id"].is_null()
            chat.names.update(senders.filter(nameless)["sender_name"].drop_nulls().unique().head(3))
    chat.with_id += int((senders["sender_id"].is_not_null() & people).sum())
    if unique.str.starts_with("【").any():
        # The newest header of a person says whether they still hold a role.
        for value in shown.to_frame("s").unique(keep="last", maintain_order=True)["s"]:
            sender = read_sender(value)
            if sender.id is not None:
                chat.roles[sender.id] = sender.role
    return senders.with_columns(is_header=is_header)


def _kinds(
    buffer: bytes, text: pl.Series, bodies: Offsets, stops: Offsets, system: NDArray[np.bool_]
) -> pl.Series:
    """Tell the kinds: only bodies that begin with a bracket are looked at closely."""
    codes = np.full(len(text), KINDS.index("text"), np.uint8)
    codes[stops == bodies] = KINDS.index("other")  # an element the client could not render
    data = np.frombuffer(buffer, np.uint8)
    bracket = (stops > bodies) & (data[np.minimum(bodies, len(data) - 1)] == ord("["))
    rows = np.flatnonzero(bracket)
    if len(rows):
        kind = bracket_kind(pl.col("text"))
        found = pl.DataFrame({"text": text.gather(rows)}).select(kind.cast(KIND).to_physical())
        codes[rows] = found.to_series().to_numpy()
    codes[system] = KINDS.index("system")
    return pl.Series(KINDS, dtype=KIND).gather(pl.Series(codes))


PARSER = Parser(
    name="qq-txt",
    title="QQ PC / TIM text export",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("ids", "seconds", "mentions", "joins", "recalls"),
    obtain=(
        "Old QQ for Windows or TIM: message manager, right-click the group, export as text.",
        "旧版 QQ(Windows)或 TIM:消息管理器,右键群,导出消息记录,选文本格式。",
    ),
)
