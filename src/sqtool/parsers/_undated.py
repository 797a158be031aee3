"""Clock times without a year or a day: the missing part comes from the file's name."""

import calendar
import re
from collections.abc import Iterator
from datetime import date

import polars as pl

_DAY = r"(?<!\d)(20\d\d)(?:[-_./年](\d\d?)[-_./月](\d\d?)日?|(\d\d)(\d\d))(?!\d)"
_MONTH = r"(?<!\d)(20\d\d)(?:[-_./年](\d\d?)月?|(\d\d))(?!\d)"
_YEAR = r"(?<!\d)(20\d\d)年?(?!\d)"

_CLOCK = rf"[\s_T\-]+(?!{_DAY})\d\d(?:[-_.:]?\d\d){{1,2}}(?!\d)"
"""A time of day that follows a date in a file name."""

_DAYS_A_MONTH = 31  # of the ordinals compared here, not of the calendar


def period_of_name(name: str) -> tuple[date, date] | None:
    """Return the first and last day that a file name speaks of, or None.

    Days (``2026-03-05``, ``20260305``, several of them) go before months, months before years.
    """
    days = list(_days(name))
    if days:
        return min(days), max(days)
    months = [(int(y), int(m or n)) for y, m, n in re.findall(_MONTH, name)]
    months = [(year, month) for year, month in months if 1 <= month <= 12]
    if months:
        (y, m), (y2, m2) = min(months), max(months)
        return date(y, m, 1), date(y2, m2, calendar.monthrange(y2, m2)[1])
    years = [int(y) for y in re.findall(_YEAR, name)]
    return (date(min(years), 1, 1), date(max(years), 12, 31)) if years else None


def day_of_name(name: str) -> date | None:
    """Return the (last) day that a file name speaks of; None if it names no day."""
    return max(_days(name), default=None)


def without_dates(name: str) -> str:
    """Return a file name without its dates: the title of the chat, or nothing."""
    bare = re.sub(rf"(?:{_DAY}(?:{_CLOCK})?|{_MONTH})", "", name)
    if bare != name:
        bare = re.sub(r"[(（\[][\s_~～\-—至到.,，]*[)）\]]", "", bare)
        bare = re.sub(r"[\s_~～\-—至到.,，]+$", "", bare)
    return re.sub(r"^[\s_~～\-—.,，]+", "", bare)


def _days(name: str) -> Iterator[date]:
    for year, *apart in re.findall(_DAY, name):
        month, day = (int(part) for part in apart if part)
        try:
            yield date(int(year), month, day)
        except ValueError:
            continue


def years_of(months: pl.Series, days: pl.Series, period: tuple[date, date]) -> pl.Series:
    """Give days without a year the year that fits the period best.

    A file is one run of time, ascending or descending. Where the months jump against that
    direction, a year has turned. (A step back within 31 days is disorder, not a new year.)

    Args:
        months: Month of each record, in file order (integers, no nulls).
        days: Day of the month.
        period: What the file name says; the run of the records is put where it overlaps it most.

    Returns:
        Int32 years, one per record.
    """
    place = months.cast(pl.Int32) * _DAYS_A_MONTH + days.cast(pl.Int32)
    if not len(place):
        return place
    steps = place.diff().fill_null(0)
    falling = int(steps.is_between(-_DAYS_A_MONTH, -1).sum())
    rising = int(steps.is_between(1, _DAYS_A_MONTH).sum())
    turns = [
        (steps < -_DAYS_A_MONTH).cast(pl.Int32).cum_sum(),
        (steps > _DAYS_A_MONTH).cast(pl.Int32).cum_sum() * -1,
    ]
    if falling != rising:
        turns = [turns[falling > rising]]
    found = [_placed(turn, place, months, days, period) for turn in turns]
    return min(found, key=lambda one: one[0])[1]


def _placed(
    offset: pl.Series,
    place: pl.Series,
    months: pl.Series,
    days: pl.Series,
    period: tuple[date, date],
) -> tuple[tuple[int, int, int], pl.Series]:
    """Return how badly the best years fit the period, and these years."""
    along = offset * 400 + place
    ends = [
        (int(offset[i]), int(months[i]), int(days[i]))
        for i in (along.arg_min() or 0, along.arg_max() or 0)
    ]
    leap = offset.filter((months == 2) & (days == 29)).unique().to_list()
    first, last = period

    def misfit(year: int) -> tuple[int, int, int]:
        start, end = (_ordinal(year + ahead, month, day) for ahead, month, day in ends)
        outside = max(0, first.toordinal() - start) + max(0, end - last.toordinal())
        return sum(not calendar.isleap(year + ahead) for ahead in leap), outside, year

    spread = range(-abs(ends[1][0]) - 1, abs(ends[0][0]) + 1)
    options = {y + shift for y in (first.year, last.year) for shift in spread}
    best = min(options, key=misfit)
    return misfit(best), offset + best


def _ordinal(year: int, month: int, day: int) -> int:
    return date(year, month, 1).toordinal() + day - 1
