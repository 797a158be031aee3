"""Finding the headers of a WhatsApp log: a date and a clock in the style of the phone's region.

The style that most headers of the file's beginning have is read as arrays over bytes: a million
headers take a tenth of a second. What that does not fit meets a regular expression that knows all
styles. The three numbers of a date are left as they are: which is the day, the whole file tells.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.parsers._whatsapp_halves import AM, FAMILIES, HALF_WORDS, NOON, PM
from sqtool.slices import Memory, Offsets, strings

_MARKS: Final = "[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*"
_BLANK: Final = "[ \u00a0\u202f\u2009]"
_HALF: Final = rf"[AaPp]\.{_BLANK}?[Mm]\.|" + "|".join(
    re.escape(word) for word in sorted(HALF_WORDS, key=len, reverse=True)
)
_HEADER: Final = re.compile(
    rf"(?P<open>{_MARKS}\[?{_MARKS})"
    rf"(?P<a>\d{{1,4}})(?P<s1>{_MARKS}(?:[./-] ?|[年년] ?){_MARKS})"
    rf"(?P<b>\d{{1,2}})(?P<s2>{_MARKS}(?:[./-] ?|[月월] ?){_MARKS})"
    rf"(?P<c>\d{{1,4}})(?P<mid>(?:\.|日|일|{_BLANK}?г\.)?{_MARKS}[,،、]?{_MARKS}{_BLANK}{_MARKS}"
    rf"(?:(?:à|at|às|um|kl\.?|klo){_BLANK})?)"
    rf"(?P<before>{_HALF})?(?P<gap1>{_BLANK}?)"
    rf"(?P<h>\d{{1,2}})(?P<c1>[:.])(?P<m>\d\d)(?:(?P<c2>[:.])(?P<s>\d\d))?"
    rf"(?P<gap2>{_BLANK}?)(?P<after>{_HALF})?"
    rf"(?P<end>{_MARKS}(?:\]|{_BLANK}[-–]|:){_BLANK})"
)
_MAYBE: Final = (
    r"^[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*\[?[\u200e\u200f\u202a-\u202e]*"
    r"\d{1,4}[^\d\n]{1,9}\d{1,2}[^\d\n]{1,9}\d{1,4}[^\n]{1,24}?\d[:.]\d\d"
)
"""What cheaply rules out nearly every other line."""

_LRM: Final = b"\xe2\x80\x8e"
_LONGEST: Final = 120
_BUDDHIST_FROM: Final = 2400
ROOM: Final = 64
"""So many bytes stand behind the last one of a buffer, lest a header reads beyond the end."""

_FIRST: Final = np.zeros(256, np.bool_)
"""What a header may begin with: a digit, a bracket, an invisible mark, an eastern digit."""
_FIRST[[*range(0x30, 0x3A), 0x5B, 0xE2, 0xEF, *range(0xD9, 0xE1)]] = True


@dataclass(frozen=True)
class Style:
    """How one phone writes a header. Two headers of one style differ in digits and halves only.

    Args:
        open: ``[``, or nothing.
        first: Separator behind the first number of the date; ``second`` that behind the next.
        middle: Between date and clock.
        before: Whether the half of the day stands before the clock, and the blank behind it.
        clock: Separators in the clock; as many as numbers follow the hour.
        after: The blank before the half of the day behind the clock; None if there is none.
        family: The words for the halves of the day.
        end: Between clock and content.
        year: Place of the year, 0 or 2, where it has four digits; else None.
    """

    open: str
    first: str
    second: str
    middle: str
    before: str | None
    clock: tuple[str, ...]
    after: str | None
    family: tuple[tuple[str, int], ...]
    end: str
    year: int | None

    @property
    def halves(self) -> bool:
        """Whether the clock has twelve hours."""
        return bool(self.family)


@dataclass(frozen=True)
class Head:
    """One header read by the regular expression."""

    style: Style
    numbers: tuple[int, int, int]
    seconds: int
    taken: int  # bytes, from the start of the line


@dataclass(frozen=True)
class Headers:
    """The headers of a buffer, in order.

    Args:
        rows: Which lines of the buffer they are.
        contents: First byte behind each.
        numbers: The three numbers of the date, one row each.
        seconds: Since midnight.
        styles: Index into the list of styles; 0 is the usual one.
    """

    rows: Offsets
    contents: Offsets
    numbers: NDArray[np.int16]
    seconds: NDArray[np.int32]
    styles: NDArray[np.int16]

    def only(self, keep: NDArray[np.bool_] | slice) -> "Headers":
        """Return some of them."""
        return Headers(
            self.rows[keep], self.contents[keep], self.numbers[keep], self.seconds[keep],
            self.styles[keep],
        )  # fmt: skip


def read_head(line: str) -> Head | None:
    """Read the header at the beginning of a line, whatever its style."""
    found = _HEADER.match(line)
    if found is None:
        return None
    part = found.groupdict()
    bracket = "[" in part["open"]
    if bracket != ("]" in part["end"]):
        return None
    a, b, c = int(part["a"]), int(part["b"]), int(part["c"])
    hour, minute, second = int(part["h"]), int(part["m"]), int(part["s"] or 0)
    word = part["before"] or part["after"]
    if hour > 24 or minute > 59 or second > 59 or (part["before"] and part["after"]):
        return None
    year = 0 if len(part["a"]) == 4 else 2 if len(part["c"]) == 4 else None
    if len(part["a"]) == 3 or len(part["c"]) == 3 or not possible(a, b, c, year):
        return None
    style = Style(
        open="[" if bracket else "",
        first=part["s1"],
        second=part["s2"],
        middle=part["mid"],
        before=part["gap1"] if part["before"] else None,
        clock=tuple(mark for mark in (part["c1"], part["c2"]) if mark),
        after=part["gap2"] if part["after"] else None,
        family=_family(word),
        end=part["end"],
        year=year,
    )
    seconds = _hour(hour, dict(style.family).get(word or "", 0)) * 3600 + minute * 60 + second
    return Head(style, (a, b, c), seconds, len(found.group().encode()))


def possible(a: int, b: int, c: int, year: int | None) -> bool:
    """Whether three numbers are a date in any order."""
    if year == 0:
        return 1 <= b <= 12 and 1 <= c <= 31
    if year == 2:
        return 1 <= min(a, b) <= 12 and max(a, b) <= 31
    return sorted((a, b, c))[0] <= 12 and sorted((a, b, c))[1] <= 31


def _family(word: str | None) -> tuple[tuple[str, int], ...]:
    """Return the words that may stand where this one stands."""
    if word is None:
        return ()
    for family in FAMILIES:
        if word in family:
            return tuple(family.items())
    # a. m.: with whatever blanks this phone puts between.
    first, rest = word[0], word[1:]
    upper = first.isupper()
    return (("A" if upper else "a") + rest, AM), (("P" if upper else "p") + rest, PM)


def _hour(hour: int, half: int) -> int:
    if not half or hour > 12:
        return hour % 24
    if half == NOON:
        return hour if hour >= 10 else hour + 12
    return hour % 12 + (12 if half == PM else 0)


@lru_cache(maxsize=2)
def heads_in(text: str) -> tuple[tuple[str, Head], ...]:
    """Return the lines of a text that begin with a header, each with its header."""
    # Remembered: the beginning of a file is asked for when it is recognised and when it is read.
    found = ((line, read_head(line[:_LONGEST])) for line in text.split("\n"))
    return tuple((line, head) for line, head in found if head is not None)


def usual_style(text: str) -> Style | None:
    """Return the style that most headers of a text have."""
    counts = Counter(head.style for _, head in heads_in(text))
    return counts.most_common(1)[0][0] if counts else None


def find_headers(buffer: Memory, line_starts: Offsets, styles: list[Style]) -> Headers:
    """Find the lines of a buffer that begin with a header.

    Args:
        buffer: UTF-8, and ``ROOM`` more bytes.
        line_starts: First byte of every line.
        styles: Styles known so far, the usual one first; others are added when they are met.
    """
    data = np.frombuffer(buffer, np.uint8)
    rows = _candidates(data, line_starts)
    starts = line_starts[rows]
    ok, numbers, seconds, contents = _read_fast(data, starts, styles[0])
    odd = np.flatnonzero(~ok)
    kinds = np.zeros(len(starts), np.int16)
    if len(odd):
        ends = np.append(line_starts[1:] - 1, len(buffer) - ROOM)[rows[odd]]
        stops = _whole_characters(data, starts[odd], np.minimum(starts[odd] + _LONGEST, ends))
        lines = strings(buffer, starts[odd], stops)
        for place in np.flatnonzero(lines.str.contains(_MAYBE).to_numpy()).tolist():
            head = read_head(lines[place])
            if head is None:
                continue
            row = odd[place]
            if head.style not in styles:
                styles.append(head.style)
            kinds[row] = styles.index(head.style)
            ok[row], numbers[row], seconds[row] = True, head.numbers, head.seconds
            contents[row] = starts[row] + head.taken
    found = Headers(rows, contents, numbers, seconds, kinds)
    return found if ok.all() else found.only(ok)


def _candidates(data: NDArray[np.uint8], starts: Offsets) -> Offsets:
    """Return the lines that may begin with a header: by their first byte."""
    return np.flatnonzero(_FIRST[data[starts]])


def _whole_characters(data: NDArray[np.uint8], starts: Offsets, stops: Offsets) -> Offsets:
    """Move ends back to the beginning of a character."""
    for _ in range(3):
        inside = (data[stops] & np.uint8(0xC0)) == 0x80
        stops = np.where(inside & (stops > starts), stops - 1, stops)
    return stops


def _read_fast(
    data: NDArray[np.uint8], starts: Offsets, style: Style
) -> tuple[NDArray[np.bool_], NDArray[np.int16], NDArray[np.int32], Offsets]:
    """Read headers of one style; return valid, numbers, seconds, first byte behind."""
    at = starts.copy()
    marked = (data[at] == _LRM[0]) & (data[at + 1] == _LRM[1]) & (data[at + 2] == _LRM[2])
    at += 3 * marked
    ok = np.ones(len(at), np.bool_)

    def literal(text: str) -> None:
        nonlocal at, ok
        for byte in text.encode():
            ok &= data[at] == byte
            at = at + 1
        at = np.where(ok, at, starts)

    def digit() -> NDArray[np.uint8]:
        # uint8 on purpose: what is below "0" wraps to a large number.
        return data[at] - np.uint8(48)

    def one_or_two() -> NDArray[np.int16]:
        nonlocal at, ok
        tens = digit()
        ok &= tens < 10
        at = at + 1
        units = digit()
        two = units < 10
        at = at + two
        return np.where(two, tens.astype(np.int16) * 10 + units, tens).astype(np.int16)

    def exactly(count: int) -> NDArray[np.int16]:
        nonlocal at, ok
        value = np.zeros(len(at), np.int16)
        for _ in range(count):
            one = digit()
            ok &= one < 10
            value = value * np.int16(10) + np.where(one < 10, one, 0).astype(np.int16)
            at = at + 1
        return value

    def half() -> NDArray[np.int16]:
        nonlocal at, ok
        found = np.zeros(len(at), np.int16)
        behind = at
        for word, meaning in style.family:
            here = ok & (found == 0)
            for place, byte in enumerate(word.encode()):
                here &= data[np.where(here, at + place, 0)] == byte
            found[here] = meaning
            behind = np.where(here, at + len(word.encode()), behind)
        ok &= found > 0
        at = behind
        return found

    literal(style.open)
    year_first = style.year == 0
    a = exactly(4) if year_first else one_or_two()
    literal(style.first)
    b = one_or_two()
    literal(style.second)
    c = exactly(4) if style.year == 2 else one_or_two()
    literal(style.middle)
    halves: NDArray[np.int16] | None = None
    if style.before is not None:
        halves = half()
        literal(style.before)
    hour = one_or_two()
    seconds = np.zeros(len(at), np.int32)
    clock: list[NDArray[np.int16]] = []
    for mark in style.clock:
        literal(mark)
        clock.append(exactly(2))
        ok &= clock[-1] < 60
    if style.after is not None:
        literal(style.after)
        halves = half()
    literal(style.end)
    ok &= (hour <= 24) & _possible(a, b, c, style.year)
    hour = _hours(hour, halves)
    seconds = hour.astype(np.int32) * 3600 + clock[0].astype(np.int32) * 60
    if len(clock) > 1:
        seconds = seconds + clock[1]
    numbers = np.stack((a, b, c), axis=1)
    return ok, numbers, seconds.astype(np.int32), np.asarray(at, np.int64)


def _possible(
    a: NDArray[np.int16], b: NDArray[np.int16], c: NDArray[np.int16], year: int | None
) -> NDArray[np.bool_]:
    """Do as ``possible`` does."""
    if year == 0:
        return (b >= 1) & (b <= 12) & (c >= 1) & (c <= 31)
    low, high = np.minimum(a, b), np.maximum(a, b)
    if year == 2:
        return (low >= 1) & (low <= 12) & (high <= 31)
    return (np.minimum(low, c) <= 12) & (np.maximum(low, np.minimum(high, c)) <= 31)


def _hours(hour: NDArray[np.int16], halves: NDArray[np.int16] | None) -> NDArray[np.int16]:
    """Return hours 0 to 23, as ``_hour`` does."""
    if halves is None:
        return np.asarray(hour % 24, np.int16)
    twelve = hour % 12 + np.where(halves == PM, 12, 0)
    noon = np.where(hour >= 10, hour, hour + 12)
    read = np.where(halves == NOON, noon, twelve)
    return np.asarray(np.where(hour > 12, hour % 24, read), np.int16)


def lines_of(buffer: Memory) -> Offsets:
    """Return the first byte of every line of a buffer with ``ROOM`` bytes behind it."""
    breaks = np.flatnonzero(np.frombuffer(buffer, np.uint8)[: len(buffer) - ROOM] == 10)
    return np.concatenate((np.zeros(1, np.int64), breaks + 1))


def as_days(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> tuple[Offsets, NDArray[np.bool_]]:
    """Return days since 1970 and which of the dates exist."""
    year = np.where(year < 100, year + 2000, year)
    year = np.where(year > _BUDDHIST_FROM, year - 543, year)  # phones in Thailand count so
    fits = (month >= 1) & (month <= 12) & (day >= 1) & (year >= 1970) & (year < 2200)
    months = np.where(fits, (year - 1970) * 12 + month - 1, 0)
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    fits &= day <= following - first
    return first + day - 1, fits


def wall_clock(days: Offsets, seconds: NDArray[np.int32], ok: NDArray[np.bool_]) -> pl.Series:
    """Return clock times (Datetime), null where the date does not exist."""
    micros = (days * 86_400 + seconds) * 1_000_000
    found = pl.Series(micros, dtype=pl.Int64).cast(pl.Datetime("us"))
    return found if ok.all() else found.set(pl.Series(~ok), None)
