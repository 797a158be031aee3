"""T, review periods and their neighbours: no clock is ever read."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from sqtool import Context, SqtoolError
from sqtool.context import FIRST_YEAR, last_ended_week, period_before, steady_offset, week_period
from sqtool.metrics._exprs import local_date
from tests._chat import chat


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        ("2026-03-15T14:41", date(2026, 3, 9), date(2026, 3, 15)),  # Sunday evening ends its week
        ("2026-03-14T15:59", date(2026, 3, 2), date(2026, 3, 8)),  # Saturday 23:59 in Shanghai
        ("2026-03-14T16:01", date(2026, 3, 9), date(2026, 3, 15)),  # Sunday 00:01 in Shanghai
        ("2026-03-16T03:00", date(2026, 3, 9), date(2026, 3, 15)),  # Monday morning
    ],
)
def test_the_default_period_is_the_last_week_that_had_ended(
    as_of: str, first: date, last: date
) -> None:
    period = last_ended_week(at(as_of), "Asia/Shanghai")
    assert (period.first_on, period.last_on) == (first, last)


def test_a_log_that_begins_after_the_last_ended_week_is_shown_as_it_runs() -> None:
    # d1 is a Monday; the export ends on Wednesday, and the week before holds nothing.
    data = chat("d1 09:00 ann: hi\nd3 09:00 ann: hi")
    ctx = Context.of(data)
    assert ctx.period.running
    assert ctx.period.first_on == date(2024, 1, 1)
    with pytest.raises(SqtoolError, match="2024-01-01 to 2024-01-03"):
        Context.of(data, week="2023-W52")


def test_a_running_week_is_compared_up_to_the_same_weekday_and_clock() -> None:
    now = at("2026-03-12T04:30")  # Thursday 12:30 in Shanghai
    period = week_period("this", now, "Asia/Shanghai")
    assert period.running
    before = period_before(period, now)
    assert before.first_on == date(2026, 3, 2)
    assert before.end.isoformat() == "2026-03-05T12:30:00.000001+08:00"


def test_look_back_stands_at_the_end_of_an_earlier_week() -> None:
    ctx = Context(
        at("2026-03-16T03:00"),
        period=week_period("2026-W09", at("2026-03-16T03:00"), "UTC"),
        tz="UTC",
    )
    assert ctx.day == date(2026, 3, 1)
    assert ctx.previous.label == "2026-W08"
    assert ctx.before().day == date(2026, 2, 22)


def test_the_previous_week_of_the_first_one_lies_in_the_year_before() -> None:
    period = week_period("2026-W01", at("2026-03-16T03:00"), "Asia/Shanghai")
    assert period_before(period, at("2026-03-16T03:00")).label == "2025-W52"


@pytest.mark.parametrize("week", ["2026-W60", "next", "W10", "2026-10"])
def test_a_word_that_is_no_week_is_refused_with_a_hint(week: str) -> None:
    with pytest.raises(SqtoolError, match="2026-W10"):
        week_period(week, at("2026-03-16T03:00"), "UTC")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(SqtoolError, match="Mars/Olympus"):
        last_ended_week(at("2026-03-16T03:00"), "Mars/Olympus")


def test_days_follow_the_zone_over_a_summer_time_change() -> None:
    # New York put its clocks forward on 2026-03-08: the week is an hour shorter.
    period = week_period("2026-W10", at("2026-03-20T00:00"), "America/New_York")
    hours = (period.end.astimezone(UTC) - period.start.astimezone(UTC)).total_seconds() / 3600
    assert hours == 7 * 24 - 1
    assert period.last_on == date(2026, 3, 8)


@pytest.mark.parametrize(
    "tz", ["Asia/Shanghai", "Asia/Tokyo", "UTC", "America/New_York", "Asia/Kolkata"]
)
def test_local_days_are_those_of_the_zone(tz: str) -> None:
    start = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(hours=61 * n, minutes=n % 60) for n in range(15_000)]
    ctx = Context(as_of=moments[-1], tz=tz)
    days = pl.DataFrame({"sent_at": moments}).select(day=local_date(ctx))["day"].to_list()
    assert days == [moment.astimezone(ctx.zone).date() for moment in moments]


def test_only_a_zone_that_never_changed_has_a_steady_offset() -> None:
    assert steady_offset("Asia/Shanghai") == timedelta(hours=8)
    assert steady_offset("Europe/Moscow") is None
    assert steady_offset("America/New_York") is None
