"""Which number of a date is the day: decided once for all headers of one style, never line by line.

An order that makes impossible dates is out. Of those left, the right one steps back in time least:
logs are nearly in order, and a wrong order jumps back each month. Then the one that needs the
shorter time for the chat, then what is usual where a date is written like that.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sqtool.parsers._whatsapp_headers import Style, as_days
from sqtool.slices import Offsets

ORDERS: Final = ("dmy", "mdy", "ymd")
_SPELLED: Final = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
_FOUNDED: Final = 14245  # 2009-01-01: there is no older message
_CLEARLY: Final = 2
_SHORTER: Final = 3


@dataclass(frozen=True)
class Dates:
    """Dates read in one order.

    Args:
        days: Since 1970.
        ok: Which of them exist.
        order: The order.
        reason: Why it was taken; empty where nothing had to be decided.
        unsure: Whether the other order is as likely.
    """

    days: Offsets
    ok: NDArray[np.bool_]
    order: str
    reason: str = ""
    unsure: bool = False

    @property
    def note(self) -> str:
        """What to tell the user."""
        start = "unsure: " if self.unsure else ""
        end = "; --date-order says otherwise" if self.unsure else ""
        return f"{start}dates are read as {_SPELLED[self.order]}: {self.reason}{end}"


@dataclass(frozen=True)
class _Reading:
    """The dates of one order, and what speaks against it."""

    order: str
    days: Offsets
    ok: NDArray[np.bool_]
    impossible: int
    back: int
    span: int


def read_dates(numbers: NDArray[np.int16], style: Style, given: str | None) -> Dates:
    """Decide the order of the dates of one style and read them.

    Args:
        numbers: The three numbers of every header, in file order.
        style: Their style.
        given: The order, where the user says it.
    """
    # Neighbours share their date: only the first of each run is looked at.
    changes = np.ones(len(numbers), np.bool_)
    changes[1:] = False
    for column in numbers.T:
        changes[1:] |= column[1:] != column[:-1]
    firsts = numbers[changes].astype(np.int64)
    lengths = np.diff(np.append(np.flatnonzero(changes), len(numbers)))
    if style.year == 0:
        options: tuple[str, ...] = ("ymd",)
    elif style.year == 2:
        options = (given,) if given in ("dmy", "mdy") else ("dmy", "mdy")
    else:
        options = (given,) if given in ORDERS else ORDERS
    readings = [_reading(firsts, lengths, order) for order in options]
    best, reason, unsure = _best(readings, style)
    if len(options) == 1:
        reason = "" if style.year == 0 else "as told"
    return Dates(
        np.repeat(best.days, lengths), np.repeat(best.ok, lengths), best.order, reason, unsure
    )


def _reading(firsts: Offsets, lengths: Offsets, order: str) -> _Reading:
    year, month, day = (firsts[:, order.index(part)] for part in "ymd")
    days, ok = as_days(year, month, day)
    sound = ok & (days >= _FOUNDED)
    known = days[sound]
    steps = np.diff(known)
    span = int(known.max() - known.min()) if len(known) else 0
    impossible = int(lengths[~sound].sum())
    return _Reading(order, days, ok, impossible, int((steps < -1).sum()), span)


def _best(readings: list[_Reading], style: Style) -> tuple[_Reading, str, bool]:
    """Return the reading to take, the reason, and whether it is a guess."""
    least = min(reading.impossible for reading in readings)
    left = [reading for reading in readings if reading.impossible == least]
    if len(left) == 1:
        others = min((r.impossible for r in readings if r is not left[0]), default=0)
        reason = f"{others} dates are impossible otherwise"
        return left[0], reason + (f", {least} are so all the same" if least else ""), False
    left.sort(key=lambda reading: reading.back)
    if left[1].back >= _CLEARLY * left[0].back + _CLEARLY:
        return left[0], f"{left[0].back} steps back in time, otherwise {left[1].back}", False
    left.sort(key=lambda reading: reading.span)
    if left[1].span > _SHORTER * left[0].span and left[1].span > _SHORTER:
        return left[0], f"{left[0].span} days from end to end, otherwise {left[1].span}", False
    usual = "mdy" if style.halves and style.first == "/" else "dmy"
    taken = next((reading for reading in left if reading.order == usual), left[0])
    return taken, "no number above 12, and this is usual in such a style", True
