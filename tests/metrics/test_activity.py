"""Numbers of ``activity``, worked out by hand."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.context import Context, Period
from sqtool.metrics._holidays import holidays
from sqtool.metrics._spread import absence_factor, gini, top_tenth_share
from tests._chat import TZ, at, chat, moment, only_row, table, together

# Week 1 holds the log's start (partial); week 2: ann 2 a day, bob once on d8; week 3: ann 1 a day.
THREE_WEEKS = """
d3..d7 09:00 ann: hi
d8..d14 09:00 ann x2: hi
d8 10:00 bob: hi
d15..d21 09:00 ann: hi
d16 10:00 cid: new here
d16 11:00 bob x2: hi
"""


def test_weeks_are_counted_by_hand() -> None:
    weeks = table("activity", "weekly", chat(THREE_WEEKS, roster="ann bob cid dot"), at("d21"))
    assert weeks["week"].to_list() == ["2024-W01", "2024-W02", "2024-W03"]
    assert weeks["start_on"].to_list() == [date(2024, 1, 1), date(2024, 1, 8), date(2024, 1, 15)]
    assert weeks["messages"].to_list() == [5, 15, 10]
    assert weeks["speakers"].to_list() == [1, 2, 3]
    # Member-days 5 over the 5 days seen; 7 + 1 over 7; 7 + 1 + 1 over 7.
    assert weeks["dau"].to_list() == [1.0, 1.14285714, 1.28571429]
    assert weeks["messages_per_speaker"].to_list() == [5.0, 7.5, 3.33333333]
    assert weeks["speaking_share"].to_list() == [0.25, 0.5, 0.75]
    assert weeks["new_speakers"].to_list() == [1, 1, 1]


def test_a_week_in_which_the_log_starts_is_partial_and_gives_no_change() -> None:
    weeks = table("activity", "weekly", chat(THREE_WEEKS), at("d21"))
    assert weeks["partial"].to_list() == [True, False, False]
    # Week 2 has only a partial week to be compared with; week 3: 10 ÷ 15 − 1.
    assert weeks["messages_change"].to_list() == [None, None, -0.333333333]
    assert weeks["speakers_change"].to_list() == [None, None, 0.5]


def test_a_silent_week_is_a_row_of_zeros() -> None:
    weeks = table("activity", "weekly", chat("d1 09:00 ann: hi\nd15 09:00 ann: hi"), at("d21"))
    assert weeks["messages"].to_list() == [1, 0, 1]
    assert weeks["speakers"].to_list() == [1, 0, 1]
    assert weeks["messages_per_speaker"].to_list() == [1.0, None, 1.0]


def test_the_period_is_set_against_the_one_before() -> None:
    row = only_row("activity", "summary", chat(THREE_WEEKS), at("d21"))
    assert (row["period"], row["period_last"]) == ("2024-W03", "2024-W02")
    assert (row["messages"], row["messages_last"], row["messages_change"]) == (10, 15, -0.333333333)
    assert (row["speakers"], row["speakers_last"], row["speakers_change"]) == (3, 2, 0.5)
    assert (row["wau"], row["mau"], row["new_speakers"]) == (3, 3, 1)
    # 7 + 2 + 1 messages: ann alone makes half; Gini = 2·(1·1 + 2·2 + 3·7) ÷ (3·10) − 4/3.
    assert row["absence_factor"] == 1
    assert row["gini"] == pytest.approx(52 / 30 - 4 / 3, abs=1e-9)
    assert row["top_tenth_share"] == 0.7


def test_a_partial_period_before_shows_its_figures_but_no_change() -> None:
    row = only_row("activity", "summary", chat(THREE_WEEKS), at("d14"))
    assert (row["messages"], row["messages_last"]) == (15, 5)
    assert row["partial_last"]
    assert row["messages_change"] is None
    assert row["gini_points"] is None


def test_before_the_log_began_nothing_is_known_rather_than_zero() -> None:
    row = only_row("activity", "summary", chat("d10 09:00 ann: hi"), at("d14"))
    assert row["messages"] == 1
    assert row["partial"]
    assert row["messages_last"] is None
    assert row["speakers_last"] is None
    assert row["messages_change"] is None


def test_a_silent_period_of_a_known_chat_is_zero() -> None:
    row = only_row("activity", "summary", chat("d1 09:00 ann: hi"), at("d21"))
    assert (row["messages"], row["speakers"], row["dau"], row["wau"]) == (0, 0, 0.0, 0)
    assert row["gini"] is None
    assert row["messages_change"] is None  # 0 ÷ 0


def test_a_running_week_is_compared_with_the_week_before_up_to_the_same_moment() -> None:
    data = chat("""
d1 09:00 ann: start
d8..d14 09:00 ann: hi
d10 13:00 ann x50: after the moment
d15..d17 09:00 ann x2: hi
""")
    now = moment("d17 12:00")
    row = only_row("activity", "summary", data, Context.of(data, as_of=now, week="this"))
    # Wednesday noon: 2 × 3 messages against those of Mon, Tue, Wed morning of the week before.
    assert (row["messages"], row["messages_last"], row["messages_change"]) == (6, 3, 1.0)
    assert (row["dau"], row["dau_last"]) == (1.0, 1.0)
    assert row["running"]
    weeks = table("activity", "weekly", data, Context.of(data, as_of=now, week="this"))
    assert weeks["partial"].to_list() == [True, False, True]


def test_the_speaking_share_counts_listed_people_only_and_needs_a_roster() -> None:
    listed = only_row("activity", "summary", chat(THREE_WEEKS, roster="ann dot eve fay"), at("d21"))
    assert (listed["roster"], listed["speaking_share"]) == (4, 0.25)
    # Gini over the roster: one of four wrote everything.
    assert listed["gini_roster"] == 0.75
    bare = only_row("activity", "summary", chat(THREE_WEEKS), at("d21"))
    assert bare["roster"] is None
    assert bare["speaking_share"] is None
    assert bare["gini_roster"] is None
    assert (bare["seen"], bare["seen_speaking_share"]) == (3, 1.0)


def test_a_joiner_who_never_spoke_is_among_those_seen() -> None:
    row = only_row("activity", "summary", chat(THREE_WEEKS + "d20 09:00 +eve"), at("d21"))
    assert (row["seen"], row["seen_speaking_share"]) == (4, 0.75)


def test_the_staff_share_is_unknown_where_nobody_is_known_to_be_staff() -> None:
    known = chat(THREE_WEEKS, roles={"ann": "owner"})
    assert only_row("activity", "summary", known, at("d21"))["staff_share"] == 0.7
    assert only_row("activity", "summary", chat(THREE_WEEKS), at("d21"))["staff_share"] is None
    assert table("activity", "weekly", chat(THREE_WEEKS), at("d21"))["staff_share"].is_null().all()


def test_staff_may_be_named_by_id_or_by_shown_name() -> None:
    for name in ("bob", "Bob"):
        row = only_row("activity", "summary", chat(THREE_WEEKS), at("d21", staff=(name,)))
        assert row["staff_share"] == 0.2


def test_the_exporting_account_is_staff_unless_it_is_said_to_be_a_member() -> None:
    data = chat(THREE_WEEKS, me="ann")
    assert only_row("activity", "summary", data, at("d21"))["staff_share"] == 0.7
    member = at("d21", self_is_member=True)
    assert only_row("activity", "summary", data, member)["staff_share"] is None


def test_bots_are_left_out_everywhere() -> None:
    without = chat(THREE_WEEKS)
    with_bot = chat(THREE_WEEKS + "d8..d21 12:00 robo x9: beep\nd20 09:00 +robo", bots="robo")
    for key in ("weekly", "summary", "hours", "monthly"):
        left, right = (table("activity", key, d, at("d21")) for d in (without, with_bot))
        assert left.equals(right), key


def test_stickiness_is_the_mean_daily_speakers_over_28_days_by_mau() -> None:
    data = chat("d1..d28 09:00 ann: hi\nd22..d28 10:00 bob: hi")
    row = only_row("activity", "summary", data, at("d28"))
    # (28 + 7) ÷ 28 ÷ 2
    assert (row["mau"], row["stickiness"]) == (2, 0.625)
    # A log of 27 days does not cover the window.
    assert (
        only_row("activity", "summary", chat("d2..d28 09:00 ann: hi"), at("d28"))["stickiness"]
        is None
    )


def test_days_are_local_dates() -> None:
    days = table("activity", "daily", chat("d1 23:59 ann: hi\nd2 00:01 ann: hi"), at("d7"))
    assert days.head(3).rows() == [
        ("c", date(2024, 1, 1), 1, 1),
        ("c", date(2024, 1, 2), 1, 1),
        ("c", date(2024, 1, 3), 0, 0),
    ]


def test_hours_cover_28_days_and_say_how_many_days_were_seen() -> None:
    data = chat("d20 21:00 ann x3: hi\nd27 21:30 bob: hi\nd28 08:00 ann: hi")
    hours = table("activity", "hours", data, at("d28"))
    assert hours.height == 7 * 24
    saturday_night = hours.row(by_predicate=(pl.col("weekday") == "6") & (pl.col("hour") == 21))
    assert saturday_night == ("c", "6", 21, 2, 4, 2)
    # The log starts on Saturday d20: one Friday since, two Saturdays and Sundays.
    assert hours.filter(hour=0)["days"].to_list() == [1, 1, 1, 1, 1, 2, 2]
    young = table("activity", "hours", chat("d28 08:00 ann: hi"), at("d28"))
    assert young.filter(weekday="1")["messages"].is_null().all()
    assert young.filter(weekday="7")["messages"].sum() == 1


def test_months_are_calendar_months() -> None:
    months = table(
        "activity", "monthly", chat("d31 09:00 ann: hi\nd32 09:00 ann x2: hi"), at("d70")
    )
    assert months["month"].to_list() == ["2024-01", "2024-02", "2024-03"]
    assert months["messages"].to_list() == [1, 2, 0]
    assert months["partial"].to_list() == [True, False, True]


def test_chats_of_one_run_do_not_touch_each_other() -> None:
    one, two = chat(THREE_WEEKS, chat_id="a", roster="ann"), chat("d9 09:00 ann: hi", chat_id="b")
    for key in ("weekly", "summary", "daily", "hours", "monthly"):
        both = table("activity", key, together(one, two), at("d21"))
        alone = [table("activity", key, d, at("d21")) for d in (one, two)]
        assert both.equals(pl.concat(alone)), key


def _spread(counts: list[int]) -> tuple[float | None, float | None, int]:
    frame = pl.DataFrame({"m": counts}, schema={"m": pl.Int64})
    return frame.select(
        g=gini("m"), t=top_tenth_share("m"), a=absence_factor("m").cast(pl.Int64)
    ).row(0)


def test_spread_is_worked_out_by_hand() -> None:
    # 1, 1, 2, 4: mean absolute difference Σ|x−y| = 2·(0+1+3+1+3+2) = 20; ÷ (2·4·8) = 0.3125.
    assert _spread([4, 1, 2, 1]) == (0.3125, 0.5, 1)
    assert _spread([5, 5, 5, 5]) == (0.0, 0.25, 2)
    assert _spread([7]) == (0.0, 1.0, 1)
    assert _spread([]) == (None, None, 0)
    # 11 speakers: 10 % is 1.1, so two people.
    assert _spread([10, 9, *[1] * 9])[1] == pytest.approx(19 / 28)


posts = st.lists(st.integers(1, 500), min_size=1, max_size=30)


@settings(deadline=None)
@given(posts, st.integers(2, 9))
def test_multiplying_every_count_leaves_the_spread_unchanged(counts: list[int], by: int) -> None:
    assert _spread(counts) == _spread([n * by for n in counts])


@settings(deadline=None)
@given(posts)
def test_gini_is_half_the_relative_mean_difference(counts: list[int]) -> None:
    n, total = len(counts), sum(counts)
    differences = sum(abs(a - b) for a in counts for b in counts)
    assert _spread(counts)[0] == pytest.approx(differences / (2 * n * total), rel=1e-8, abs=1e-12)


@settings(deadline=None)
@given(posts, st.integers(0, 40))
def test_silent_people_on_the_roster_count_as_zeros(counts: list[int], silent: int) -> None:
    everyone = [*counts, *[0] * silent]
    n, total = len(everyone), sum(everyone)
    differences = sum(abs(a - b) for a in everyone for b in everyone)
    got = pl.DataFrame({"m": everyone}).select(gini("m", pl.lit(n))).item()
    assert got == pytest.approx(differences / (2 * n * total), rel=1e-8, abs=1e-12)


@settings(deadline=None)
@given(posts)
def test_the_absence_factor_is_the_fewest_people_making_half(counts: list[int]) -> None:
    fewest, descending = _spread(counts)[2], sorted(counts, reverse=True)
    assert 2 * sum(descending[:fewest]) >= sum(counts)
    assert 2 * sum(descending[: fewest - 1]) < sum(counts)


def _week(year: int, month: int, day: int) -> Period:
    zone = ZoneInfo(TZ)
    start = datetime(year, month, day, tzinfo=zone)
    return Period(start, datetime(year, month, day + 7, tzinfo=zone), "a week")


def test_public_holidays_are_named_in_both_languages() -> None:
    assert holidays(_week(2025, 1, 24), "zh") == ("春节",)
    assert holidays(_week(2025, 10, 1), "en") == ("National Day", "Mid-autumn Festival")
    assert holidays(_week(2025, 3, 10), "zh") == ()


def test_a_working_week_end_is_not_a_holiday() -> None:
    # 2025-02-08 is a Saturday worked in lieu of the Spring Festival, which ended on 02-04.
    assert holidays(_week(2025, 2, 5), "zh") == ()


def test_a_year_the_calendar_does_not_know_is_unknown() -> None:
    assert holidays(_week(1999, 10, 1), "zh") is None
