"""LINE's days and clocks: the day is a line of its own, and so may be a line of a message."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._line_words import AFTERNOON, MORNING, SAVED, SAVED_YEAR_LAST

_NUMBERS: Final = re.compile(r"\d+")
_WEEKDAYS: Final = {
    name: at for at, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
}
_BUDDHIST_FROM: Final = 2400
_USUALLY: Final = 0.8
_MOST_STRAYS: Final = 5


def moment_of(line: str) -> datetime | None:
    """Return the moment of the second line, where it is one and says which number is the day."""
    if found := SAVED.search(line):
        year, month, day, hour, minute = (int(found[n]) for n in (1, 2, 3, 5, 6))
        half = found[4]
    elif found := SAVED_YEAR_LAST.search(line):
        month, day, year, hour, minute = (int(found[n]) for n in (1, 2, 3, 4, 5))
        half = found[6]
        if max(month, day) <= 12 and month != day:  # it could be either
            return None
        month, day = min(month, day), max(month, day)
    else:
        return None
    if half:
        hour = hour % 12 + 12 * bool(re.fullmatch(AFTERNOON, half))
    try:
        return datetime(_common_year(year), month, day, hour, minute)  # noqa: DTZ001
    except ValueError:
        return None


def _common_year(year: int) -> int:
    return year - 543 if year > _BUDDHIST_FROM else year


def with_days(
    rows: pl.DataFrame, export: Export, saved: datetime | None, issues: IssueLog
) -> pl.DataFrame:
    """Give every record its clock time; day lines are then no rows any more."""
    rows = rows.with_row_index("place")
    if "sender" not in rows.columns:
        rows = rows.with_columns(sender=pl.lit(None, pl.String))
    days = _days(rows, export.date_order, saved)
    is_day = rows["place"].is_in(list(days))
    # A line that looks like a day and is none belongs to the message before it.
    own = is_day | rows["date"].is_null()
    if not own.all():
        whole = pl.concat_str("date", pl.when(pl.col("content") != "").then("content"),
                              separator="\n", ignore_nulls=True)  # fmt: skip
        rows = (
            rows.with_columns(content=pl.when(own).then("content").otherwise(whole))
            .group_by(own.cast(pl.UInt32).cum_sum().alias("record"), maintain_order=True)
            .agg(pl.exclude("content").first(), pl.col("content").str.join("\n"))
        )
    day = pl.col("place").replace_strict(days, default=None, return_dtype=pl.Date)
    # Phones leave a line empty before a day, and so do files at their end.
    before_gap = pl.col("date").shift(-1).is_not_null() | (pl.int_range(pl.len()) == pl.len() - 1)
    content = pl.col("content")
    rows = rows.with_columns(
        day=day.forward_fill(),
        content=pl.when(before_gap).then(content.str.strip_chars_end("\r\n")).otherwise(content),
    ).filter(pl.col("date").is_null())
    for line in rows.filter(pl.col("day").is_null())["line"]:
        issues.add("bad-timestamp", export.title, line, detail="no day is given before it")
    rows = rows.filter(pl.col("day").is_not_null())
    clock = pl.col("clock").str.extract_groups(r"(\d{1,2}):(\d\d)").struct.rename_fields(["h", "m"])
    hour = clock.struct.field("h").cast(pl.Int32)
    half = pl.col("clock").str.contains(f"{AFTERNOON}|{MORNING}")
    later = pl.col("clock").str.contains(AFTERNOON)
    hour = pl.when(half).then(hour % 12 + 12 * later.cast(pl.Int32)).otherwise(hour)
    minute = clock.struct.field("m").cast(pl.Int32)
    good = (hour < 24) & (minute < 60)
    rows = rows.with_columns(
        wall_at=pl.when(good).then(pl.col("day").dt.combine(pl.time(hour % 24, minute % 60)))
    )
    return rows.select("line", "wall_at", "sender", "content")


def _days(rows: pl.DataFrame, order: str | None, saved: datetime | None) -> dict[int, date]:
    """Return the lines that begin a day (by place): those that never step backwards.

    No day is after the one on which the file was saved (and its clock may be another zone's).
    Phones leave a line empty before a day: where most have one, the others are words of a message.
    """
    lines = rows.filter(pl.col("date").is_not_null())
    if lines["apart"].sum() >= _USUALLY * lines.height:
        lines = lines.filter(pl.col("apart") | (pl.col("place") == 0))
    # And the next line is that of a message: a day that words follow is quoted by somebody.
    alone = lines["content"].str.strip_chars() == ""
    if 2 * alone.sum() >= lines.height:
        lines = lines.filter(alone)
    shapes = [[int(n) for n in _NUMBERS.findall(text)] for text in lines["date"]]
    last = [parts for parts in shapes if parts[0] < 100]  # year last
    by_day = order == "dmy" or any(parts[0] > 12 for parts in last)
    if order is None and not by_day:
        by_day = _weekdays_say_so(lines["date"], shapes)
    latest = saved.date() + timedelta(days=1) if saved else date.max
    found = [
        (place, day)
        for place, parts in zip(lines["place"], shapes, strict=True)
        if (day := _day(parts, by_day=by_day)) is not None and day <= latest
    ]
    rising = _rising([day for _, day in found])
    if len(found) - len(rising) >= max(_MOST_STRAYS, (1 - _USUALLY) * len(found)):
        return dict(found)  # several files pasted together: no messages have so many days in them
    return dict(found[n] for n in rising)


def _weekdays_say_so(texts: Iterable[str], shapes: list[list[int]]) -> bool:
    """Whether more of the English weekdays are right if the day comes before the month."""
    fits = 0
    for text, parts in zip(texts, shapes, strict=True):
        named = _WEEKDAYS.get(text.lstrip()[:3])
        for by_day in (True, False) if named is not None and parts[0] < 100 else ():
            day = _day(parts, by_day=by_day)
            fits += (1 if by_day else -1) * (day is not None and day.weekday() == named)
    return fits > 0


def _day(parts: list[int], *, by_day: bool) -> date | None:
    year, month, day = parts if parts[0] >= 100 else (parts[2], parts[0], parts[1])
    if parts[0] < 100 and by_day:
        month, day = day, month
    try:
        return date(_common_year(year), month, day)
    except ValueError:
        return None


def _rising(days: list[date]) -> list[int]:
    """Return the places of a longest run of days of which none is before the one before it."""
    ends: list[date] = []  # the smallest day with which a run of this length can end
    at: list[int] = []
    before: list[int | None] = []
    for place, day in enumerate(days):
        length = bisect_right(ends, day)
        before.append(at[length - 1] if length else None)
        ends[length : length + 1] = [day]
        at[length : length + 1] = [place]
    run: list[int] = []
    step = at[-1] if at else None
    while step is not None:
        run.append(step)
        step = before[step]
    return run[::-1]
