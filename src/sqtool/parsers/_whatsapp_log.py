"""Reading a WhatsApp log: cut at its headers first, understood when all of it is known.

The order of the dates, which name holds a colon and which style of header is a pasted one are
matters of the whole file. Until then a record is a handful of offsets into its block.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from mmap import mmap
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._notices import read_notices
from sqtool.parsers._whatsapp_bodies import clean_wording
from sqtool.parsers._whatsapp_clock_first import bytes_date_first, date_first, is_clock_first
from sqtool.parsers._whatsapp_dates import read_dates
from sqtool.parsers._whatsapp_headers import (
    ROOM,
    Headers,
    Style,
    find_headers,
    lines_of,
    usual_style,
    wall_clock,
)
from sqtool.slices import Memory, Offsets, strings

_CHUNK: Final = 2 * 1024 * 1024
_AHEAD: Final = 3
"""How many chunks may wait to be told apart."""
NOBODY: Final = -1
_SAME_START: Final = 40
_ENOUGH: Final = 3
_QUOTES: Final = "\"“„«「'‘"


@dataclass
class Piece:
    """The records of a stretch of the file, as offsets into it."""

    buffer: Memory  # with ROOM bytes behind the end
    end: int
    last: bool  # the end is that of the file, not of a line before another record
    starts: NDArray[np.int32]
    contents: NDArray[np.int32]  # behind the header
    ends: NDArray[np.int32]  # of the header's line
    texts: NDArray[np.int32]  # behind the sender
    lines: NDArray[np.int32]
    numbers: NDArray[np.int16]
    seconds: NDArray[np.int32]
    styles: NDArray[np.int16]
    senders: NDArray[np.int32]  # index into the names, or NOBODY
    wall: pl.Series = field(default_factory=pl.Series)

    @cached_property
    def stops(self) -> NDArray[np.int32]:
        """Where each record ends: before the newline of the next one's header."""
        end = self.end if self.last else self.end - 1
        while self.last and end and self.buffer[end - 1] == 0x0A:
            end -= 1
        stops = np.maximum(np.append(self.starts[1:] - 1, end), self.texts)
        return np.asarray(stops, np.int32)

    def bodies(self) -> pl.Series:
        """Return what each record says, sharing the buffer's memory."""
        return strings(
            self.buffer, np.asarray(self.texts, np.int64), np.asarray(self.stops, np.int64)
        )

    def only(self, keep: NDArray[np.bool_]) -> None:
        """Drop records: their lines become text of the record before."""
        for name in ("starts", "contents", "ends", "texts", "lines", "senders"):
            setattr(self, name, getattr(self, name)[keep])


class Names:
    """The different senders, numbered."""

    def __init__(self) -> None:
        self._kind = pl.Categorical(pl.Categories.random())
        # The numbers of a kind are forgotten when no column of it is left.
        self._kept = pl.Series([], dtype=self._kind)
        self._known = np.zeros(0, np.bool_)
        self.shown: list[str] = []

    def read(self, senders: pl.Series) -> NDArray[np.int32]:
        """Number a column of senders."""
        numbers = senders.cast(self._kind).to_physical().to_numpy().astype(np.int32)
        count = int(numbers.max()) + 1 if len(numbers) else 0
        if count > len(self.shown):
            grown = np.zeros(count, np.bool_)
            grown[: len(self._known)] = self._known
            self._known = grown
            self.shown += [""] * (count - len(self.shown))
        new = np.flatnonzero(~self._known[numbers])
        if len(new):
            first = np.full(count, -1, np.int64)
            # Of equal indices the last one assigned counts: the first record of each.
            first[numbers[new[::-1]]] = new[::-1]
            different = np.flatnonzero(first >= 0)
            names = senders.gather(first[different]).to_list()
            for number, name in zip(different.tolist(), names, strict=True):
                self.shown[number] = name
            self._known[different] = True
        return numbers


def read_pieces(export: Export, issues: IssueLog) -> tuple[list[Piece], list[str]]:
    """Read a log into records whose times and senders are settled.

    Args:
        export: The file.
        issues: Told of the order of the dates, and of what was not read.

    Returns:
        The records, in file order; the names that their ``senders`` number.
    """
    usual = usual_style(date_first(export.head_text))
    if usual is None:
        return [], []
    styles, names = [usual], Names()
    pieces = _pieces(export, issues, styles, names)
    if pieces:
        _read_clocks(pieces, styles, export, issues)
        _mend_names(pieces, names, dashed=not usual.open)
    return pieces, names.shown


def _pieces(export: Export, issues: IssueLog, styles: list[Style], names: Names) -> list[Piece]:
    """Cut the file at its headers and tell senders from texts."""
    # One thread behind this one, so the order stays: numpy and polars let go of the interpreter.
    with ThreadPoolExecutor(1) as second:
        told: list[Future[Piece]] = []
        for cut in _cuts(export, issues, styles):
            if len(told) >= _AHEAD:
                # What waits is larger than what becomes of it.
                told[-_AHEAD].result()
            told.append(second.submit(_piece, cut, names))
        return [one.result() for one in told]


@dataclass(frozen=True)
class _Cut:
    """A stretch of the file and its headers."""

    buffer: Memory
    end: int
    last: bool
    line: int
    starts: Offsets
    headers: Headers


def _cuts(export: Export, issues: IssueLog, styles: list[Style]) -> Iterator[_Cut]:
    """Cut the file at its headers."""
    rest, line, before = b"", 1, True
    swapped = is_clock_first(export.head_text)
    for chunk, last in _chunks(export, issues):
        size = len(rest) + len(chunk)
        # Memory of its own: the texts stay when all that was allocated between them is gone.
        buffer = mmap(-1, size + ROOM)
        buffer[: len(rest)] = rest
        buffer[len(rest) : size] = chunk
        if swapped:
            buffer[:] = bytes_date_first(buffer[:])
        starts = lines_of(buffer)
        headers = find_headers(buffer, starts, styles)
        usual = np.flatnonzero(headers.styles == 0)
        # The last record may go on in the next chunk. Pasted headers end no record for sure.
        end = size if last else int(starts[headers.rows[usual[-1]]]) if len(usual) else 0
        if before and len(usual):
            if buffer[: int(starts[headers.rows[0]])].strip():
                issues.add("text-before-records", export.title, line, rows=0, detail="not read")
            before = False
        if end < size:
            headers = headers.only(slice(int(np.searchsorted(starts[headers.rows], end))))
        if len(headers.rows):
            yield _Cut(buffer, end, last, line, starts, headers)
        line += int(np.searchsorted(starts, end, side="right")) - 1
        rest = buffer[end:size]


def _piece(cut: _Cut, names: Names) -> Piece:
    """Tell sender from text.

    A sender ends at the first colon with a blank, or at the end of a line whose blank an editor
    has cut off.
    """
    buffer, end, starts, headers = cut.buffer, cut.end, cut.starts, cut.headers
    ends = np.append(starts[1:] - 1, len(buffer) - ROOM)[headers.rows]
    data = np.frombuffer(buffer, np.uint8)
    colons = np.flatnonzero(data[:end] == 0x3A)
    behind = data[colons + 1]
    colons = colons[(behind == 0x20) | (behind == 0x0A) | (colons == end - 1)]
    contents = headers.contents
    found = np.append(colons, end)[np.searchsorted(colons, contents)]
    spoken = (found < ends) & (found > contents)
    texts = np.minimum(np.where(spoken, found + 2, contents), end)
    senders = np.full(len(ends), NOBODY, np.int32)
    senders[spoken] = names.read(strings(buffer, contents[spoken], found[spoken]))
    return Piece(
        buffer, end, cut.last, starts[headers.rows].astype(np.int32), contents.astype(np.int32),
        ends.astype(np.int32), texts.astype(np.int32), (headers.rows + cut.line).astype(np.int32),
        headers.numbers, headers.seconds, headers.styles, senders,
    )  # fmt: skip


def _chunks(export: Export, issues: IssueLog) -> Iterator[tuple[memoryview, bool]]:
    """Yield the file in small chunks, newlines as LF, and whether a chunk is the last."""
    head = export.head_text
    crlf = 2 * head.count("\r\n") > head.count("\n")
    held, ready = b"", memoryview(b"")
    for block in export.blocks(issues, _CHUNK):
        text = held + block if held else block
        if crlf:
            held = b"\r" if text.endswith(b"\r") else b""
            text = text[: len(text) - len(held)].replace(b"\r\n", b"\n")
        view = memoryview(text)
        for start in range(0, len(text), _CHUNK):
            if len(ready):
                yield ready, False
            ready = view[start : start + _CHUNK]
    if len(ready) or held:
        yield memoryview(bytes(ready) + held), True


def _read_clocks(
    pieces: list[Piece], styles: list[Style], export: Export, issues: IssueLog
) -> None:
    """Decide the order of the dates, style by style; drop headers of pasted chats."""
    used = np.concatenate([piece.styles for piece in pieces])
    numbers = np.concatenate([piece.numbers for piece in pieces])
    seconds = np.concatenate([piece.seconds for piece in pieces])
    for piece in pieces:
        # They have served, and in a large file they count.
        piece.numbers, piece.seconds = piece.numbers[:0].copy(), piece.seconds[:0].copy()
        piece.styles = piece.styles[:0].copy()
    days, ok = np.zeros(len(used), np.int64), np.zeros(len(used), np.bool_)
    for place, style in enumerate(styles):
        mine = used == place
        every = bool(mine.all())
        if not mine.any():
            continue
        dates = read_dates(numbers if every else numbers[mine], style, export.date_order)
        if every:
            days, ok = dates.days, dates.ok
        else:
            days[mine], ok[mine] = dates.days, dates.ok
        if place == 0 and dates.reason:
            issues.add("date-order", export.title, rows=0, detail=dates.note)
    keep = np.ones(len(used), np.bool_)
    if len(styles) > 1:
        keep = _own(used, days * 86_400 + seconds, ok)
        if not keep.all():
            count = int((~keep).sum())
            detail = f"{count} lines look like headers in another style: kept as text"
            issues.add("header-like-text", export.title, rows=0, detail=detail)
    at = 0
    for piece in pieces:
        here = slice(at, at + len(piece.starts))
        at = here.stop
        kept = keep[here]
        piece.wall = wall_clock(days[here][kept], seconds[here][kept], ok[here][kept])
        if not kept.all():
            piece.only(kept)


def _own(used: NDArray[np.int16], wall: Offsets, ok: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell the headers of a phone whose settings changed from those of pasted chats.

    What is pasted is older than the message it is pasted into. A run of headers in another style
    is the phone's own if it fits in time between the headers around it.
    """
    keep: NDArray[np.bool_] = used == 0
    foreign = np.flatnonzero(~keep)
    runs = np.split(foreign, np.flatnonzero(np.diff(foreign) > 1) + 1)
    for run in runs:
        first, last = run[0], run[-1]
        if not ok[run].all():
            continue
        after = first == 0 or wall[first] >= wall[first - 1]
        until = last + 1 == len(used) or wall[last] <= wall[last + 1]
        # At the end of the file nothing bounds it.
        keep[run] = after and until and (last + 1 < len(used) or len(run) > 2)
    return keep


def _mend_names(pieces: list[Piece], names: Names, *, dashed: bool) -> None:
    """Set right what the first colon of a line got wrong.

    Names may hold a colon: then all that such a person seems to say begins alike. And so may the
    notice of a new group name, which then seems to be said by somebody.
    """
    firsts: dict[int, tuple[Piece, int]] = {}
    known = np.zeros(len(names.shown), np.bool_)
    for piece in pieces:
        place = np.full(len(known), len(piece.senders), np.int32)
        spoken = np.flatnonzero(piece.senders != NOBODY)[::-1]
        place[piece.senders[spoken]] = spoken
        here = (place < len(piece.senders)) & ~known
        known |= here
        for number in np.flatnonzero(here).tolist():
            firsts[number] = (piece, int(place[number]))
    for number, (piece, row) in firsts.items():
        shown = names.shown[number]
        if dashed and any(mark in shown for mark in _QUOTES) and _is_notice(piece, row):
            for one in pieces:
                rows = np.flatnonzero(one.senders == number)
                one.senders[rows] = NOBODY
                one.texts[rows] = one.contents[rows]
        elif start := _start(piece, row):
            mine = [(one, np.flatnonzero(one.senders == number)) for one in pieces]
            if sum(len(rows) for _, rows in mine) < _ENOUGH:
                continue
            if all(_start(one, row) == start for one, rows in mine for row in rows.tolist()):
                names.shown[number] = f"{shown}: {start.decode('utf-8', 'ignore')}"
                for one, rows in mine:
                    one.texts[rows] += len(start) + 2


def _start(piece: Piece, row: int) -> bytes:
    """Return what the first line of a record begins with, up to a colon; empty if there is none."""
    begin = int(piece.texts[row])
    said = piece.buffer[begin : min(int(piece.ends[row]), begin + _SAME_START + 2)]
    start, colon, _ = said.partition(b": ")
    return start if colon else b""


def _is_notice(piece: Piece, row: int) -> bool:
    line = piece.buffer[piece.contents[row] : piece.ends[row]].decode()
    wording = pl.DataFrame({"text": [line]}).select(clean_wording(pl.col("text"))).to_series()
    return bool((read_notices(wording)["event"] != "other").all())
