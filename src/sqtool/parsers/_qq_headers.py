"""Finding the record headers of a QQ text log, as arrays over bytes.

A Python loop over two million headers takes seconds; the same tests as array expressions over the
candidate positions take a fraction of one. Only odd candidates meet a regular expression.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sqtool.slices import Offsets

_DATE: Final = 10  # bytes of "YYYY-MM-DD"
_DATE_AND_HOUR: Final = 14  # bytes of "YYYY-MM-DD HH:" at most
_REST_OF_CLOCK: Final = 7  # bytes of ":MM:SS "
_ODD_STAMP = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2}) (上午|下午|凌晨|早上|中午|晚上)? ?(\d{1,2}):(\d\d):(\d\d)"
    r"(?: ([AP]M))? "
)
_AFTERNOON: Final = frozenset({"下午", "晚上", "PM"})
_NOON: Final = "中午"
_AFTER_CRLF = re.compile(rb"\r\n\r\n\d{4}[-/]\d")
_AFTER_LF = re.compile(rb"(?<!\r)\n\n\d{4}[-/]\d")
_STAMPED: Final = (
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2} (?:(?:上午|下午|凌晨|早上|中午|晚上) ?)?\d{1,2}:\d\d:\d\d [^\r\n]"
)
_STAMPED_LINE = re.compile(_STAMPED)
_ID_LAST: Final = r"[^\r\n]*[)>][ \t]*\r?$"
_MIXED: Final = 0.25
_MIXED_AT_LEAST: Final = 3
"""From this share and number of headers behind the other line end on, two files were joined."""

_PLAIN_DATE: Final = re.compile(rb"\d{4}-\d\d-\d\d")
_EPOCH: Final = date(1970, 1, 1).toordinal()
_NO_DATE: Final = -(10**9)


@dataclass(frozen=True)
class Headers:
    """Header lines found in a buffer, in order.

    Args:
        starts: First byte of each header.
        senders: First byte of its sender part.
        ends: First byte after the header line (its newline).
        wall_us: Clock time as microseconds since 1970 on the same clock.
        refused: First byte of each line at a header's place whose date or time cannot be.
    """

    starts: Offsets
    senders: Offsets
    ends: Offsets
    wall_us: Offsets
    refused: Offsets

    def without(self, these: NDArray[np.bool_]) -> "Headers":
        """Return the others; these count as refused."""
        kept = ~these
        refused = np.concatenate((self.refused, self.starts[these]))
        return Headers(
            self.starts[kept], self.senders[kept], self.ends[kept], self.wall_us[kept], refused
        )


def newline_of(head: str) -> tuple[bytes, bool]:
    """Return what ends the lines of an export, and whether a conversion doubled its CRs.

    The line end is what stands before most of the dates. One CRLF proves nothing: a body that ends
    in a bare CR makes one in a copy that has only LF.
    """
    if head.count("\r\r\n") * 2 > head.count("\n"):
        return b"\r\n", True
    data = head.encode("utf-8", "replace")
    crlf, lf = len(_AFTER_CRLF.findall(data)), len(_AFTER_LF.findall(data))
    if crlf == lf:
        return b"\r\n" if "\r\n" in head else b"\n", False
    return b"\r\n" if crlf > lf else b"\n", False


def without_cr(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Make LF of CRLF: the export's own CRLF stays where a conversion doubled its CR (FTP, git)."""
    held = b""
    for block in blocks:
        whole = held + block
        held = b"\r" if whole.endswith(b"\r") else b""
        yield whole[: len(whole) - len(held)].replace(b"\r\n", b"\n")
    if held:
        yield held


def mended(blocks: Iterator[bytes], head: str) -> tuple[Iterator[bytes], bytes, bool]:
    """Undo what conversions and editors did to the lines of an export.

    Args:
        blocks: The file.
        head: Its beginning.

    Returns:
        The blocks, what ends their lines, and whether the empty lines before the headers were lost.
    """
    if "\n" not in head:
        # Line ends of old Macs: what a bare CR meant inside a message is lost.
        blocks, head = (block.replace(b"\r", b"\n") for block in blocks), head.replace("\r", "\n")
    newline, doubled = newline_of(head)
    if doubled:
        blocks, head = without_cr(blocks), head.replace("\r\n", "\n")
    blocks = _of_one_kind(blocks, newline)
    lines = head.split(newline.decode())
    found = [number for number, line in enumerate(lines) if _STAMPED_LINE.match(line)]
    behind = sum(not lines[number - 1].strip("\r") for number in found[1:])
    if len(found) < 2 or behind * 2 >= len(found) - 1:
        return blocks, newline, False
    numbered = sum(lines[number].rstrip().endswith((")", ">")) for number in found)
    header = _STAMPED + (_ID_LAST if numbered * 2 > len(found) else "")
    return _spaced(blocks, newline, header), newline, True


def _of_one_kind(blocks: Iterator[bytes], newline: bytes) -> Iterator[bytes]:
    """Give the blocks of a file that was put together of CRLF and LF copies the same line ends."""
    other = b"\n" if newline == b"\r\n" else b"\r\n"
    patterns = {b"\n": _AFTER_LF, b"\r\n": _AFTER_CRLF}
    held = b""
    for block in blocks:
        whole = held + block
        held = b"\r" if whole.endswith(b"\r") else b""
        whole = whole[: len(whole) - len(held)]
        odd = len(patterns[other].findall(whole))
        if odd >= _MIXED_AT_LEAST and odd > _MIXED * (odd + len(patterns[newline].findall(whole))):
            whole = re.sub(rb"\r?\n", newline, whole)
        yield whole
    if held:
        yield held


def _spaced(blocks: Iterator[bytes], newline: bytes, header: str) -> Iterator[bytes]:
    """Give every line that may be a header one empty line before it."""
    before = re.compile(rf"^(?:[ \t]*\r?\n)*(?={header})".encode(), re.MULTILINE)
    held = b""
    for block in blocks:
        whole = held + block
        end = whole.rfind(b"\n") + 1
        held = whole[end:]
        yield before.sub(newline, whole[:end])
    yield before.sub(newline, held)


def find_headers(buffer: bytes, newline: bytes) -> Headers:
    """Find every line that may be a header: after an empty line, with a valid date and time.

    Args:
        buffer: UTF-8; its first byte starts a line that follows an empty one.
        newline: ``CRLF``, or ``LF`` for copies that lost the difference.
    """
    data = np.frombuffer(buffer, np.uint8)
    line_ends = _line_ends(data, newline)
    starts = _candidates(data, line_ends, newline)
    # What follows the last newline is a line, too.
    line_ends = np.append(line_ends, len(data))
    valid, wall, senders, looks_dated = _plain_stamps(data, starts)
    refused: list[int] = []
    for row in np.flatnonzero(looks_dated & ~valid):
        line = buffer[starts[row] : starts[row] + 80].split(newline, 1)[0]
        stamp = _odd_stamp(line.decode("utf-8", "ignore"))
        if stamp is None:
            if re.match(rb"\d{4}[-/]\d", line):
                refused.append(int(starts[row]))
            continue
        wall[row], taken = stamp
        senders[row] = starts[row] + taken
        valid[row] = True
    starts, senders, wall = starts[valid], senders[valid], wall[valid]
    ends = line_ends[np.searchsorted(line_ends, starts)]
    # "2017-03-01 8:00:00 " at the very end of a file may lack what follows.
    return Headers(starts, np.minimum(senders, ends), ends, wall, np.array(refused, np.int64))


def _line_ends(data: NDArray[np.uint8], newline: bytes) -> Offsets:
    ends: Offsets = np.flatnonzero(data == 10)
    if newline == b"\n":
        return ends
    ends = ends[ends > 0] - 1
    return np.asarray(ends[data[ends] == 13], np.int64)


def _candidates(data: NDArray[np.uint8], line_ends: Offsets, newline: bytes) -> Offsets:
    step = len(newline)
    after_empty = line_ends[1:][np.diff(line_ends) == step] + step
    starts = np.concatenate((np.zeros(1, np.int64), after_empty))
    # An empty first line makes byte 0 the start of nothing, and the next line a candidate.
    if len(line_ends) and line_ends[0] == 0:
        starts = np.concatenate((np.full(1, step, np.int64), after_empty))
    starts = starts[starts < len(data)]
    first = data[starts]
    return np.asarray(starts[(first >= 48) & (first <= 57)], np.int64)


def _windows(padded: NDArray[np.uint8], starts: Offsets, width: int) -> NDArray[np.uint8]:
    """Return the ``width`` bytes behind every start, one row a start."""
    return np.lib.stride_tricks.sliding_window_view(padded, width)[starts]


def _plain_stamps(
    data: NDArray[np.uint8], starts: Offsets
) -> tuple[NDArray[np.bool_], Offsets, Offsets, NDArray[np.bool_]]:
    """Read ``YYYY-MM-DD H:MM:SS``; return valid, microseconds, its end, begins with a year."""
    blank, colon = np.uint8(ord(" ")), np.uint8(ord(":"))
    padding = np.full(_DATE_AND_HOUR + _REST_OF_CLOCK, blank, np.uint8)
    padded = np.concatenate((data, padding))
    head = _windows(padded, starts, _DATE_AND_HOUR)
    days, looks_dated = _dates(head[:, :_DATE])
    one = head[:, 12] == colon  # hours below ten have one digit
    after_hour = starts + np.where(one, 12, 13)
    tail = _windows(padded, after_hour, _REST_OF_CLOCK)
    # uint8 on purpose: everything below "0" wraps to a large number and fails the digit test.
    tens, units = head[:, 11] - np.uint8(48), head[:, 12] - np.uint8(48)
    minute_10, minute_1, second_10, second_1 = (tail[:, n] - np.uint8(48) for n in (1, 2, 4, 5))
    ok = (days != _NO_DATE) & (head[:, 10] == blank) & (tens < 10) & (one | (units < 10))
    ok &= (tail[:, 0] == colon) & (tail[:, 3] == colon) & (tail[:, 6] == blank)
    ok &= (minute_10 < 6) & (minute_1 < 10) & (second_10 < 6) & (second_1 < 10)
    hour = np.where(one, tens, tens.astype(np.int32) * 10 + units)
    ok &= hour < 24
    minutes = hour * 60 + minute_10.astype(np.int32) * 10 + minute_1
    seconds = minutes * 60 + second_10.astype(np.int32) * 10 + second_1
    wall = (days * 86_400 + seconds) * 1_000_000
    return ok, wall, after_hour + _REST_OF_CLOCK, looks_dated


def _dates(shown: NDArray[np.uint8]) -> tuple[Offsets, NDArray[np.bool_]]:
    """Read ``YYYY-MM-DD``; return days since 1970 (or ``_NO_DATE``), begins with a year.

    Neighbours mostly share their date, so only the first of each run is read.
    """
    changes = np.ones(len(shown), np.bool_)
    changes[1:] = (shown[1:] != shown[:-1]).any(axis=1)
    firsts = np.flatnonzero(changes)
    read = [_date(bytes(row)) for row in shown[firsts]]
    lengths = np.diff(np.append(firsts, len(shown)))
    days = np.repeat(np.array([day for day, _ in read], np.int64), lengths)
    dated = np.repeat(np.array([year for _, year in read], np.bool_), lengths)
    return days, dated


def _date(shown: bytes) -> tuple[int, bool]:
    if not shown[:4].isdigit():
        return _NO_DATE, False
    if not _PLAIN_DATE.fullmatch(shown):
        return _NO_DATE, True
    try:
        day = date.fromisoformat(shown.decode("ascii"))
    except ValueError:
        return _NO_DATE, True
    return day.toordinal() - _EPOCH, True


def _odd_stamp(line: str) -> tuple[int, int] | None:
    """Read slashes, 上午/下午 and AM/PM; return microseconds and the bytes taken."""
    found = _ODD_STAMP.match(line)
    if found is None:
        return None
    year, month, day, part, hour, minute, second, half = found.groups()
    clock = clock_hour(int(hour), half or part)
    try:
        moment = datetime(int(year), int(month), int(day), clock, int(minute), int(second))  # noqa: DTZ001 - a wall clock
    except ValueError:
        return None
    seconds = round((moment - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - same clock
    return seconds * 1_000_000, len(found.group().encode())


def clock_hour(hour: int, half: str | None) -> int:
    """Return the hour 0–23 of a 12-hour clock; without a half of the day the hour is as it is."""
    if half is None or hour > 12:
        return hour
    if half == _NOON:
        return hour if hour >= 10 else hour + 12
    return hour % 12 + (12 if half in _AFTERNOON else 0)
