"""Numbers of ``retention``, worked out by hand."""

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.context import Context
from sqtool.schema import Dataset
from tests._chat import at, chat, moment, table, together

# Joined in week 1: bob (d2) speaks on days 0, 7, 15; cid (d4) speaks on day 6; dot never.
JOINERS = """
d1 08:00 ann: hi
d2 09:00 +bob
d2 10:00 bob: day 0
d9 10:00 bob: day 7
d17 10:00 bob: day 15
d4 09:00 ann +cid,dot
d10 09:00 cid: day 6
"""


def _cells(data: Dataset, key: str, ctx: Context, cohort: str) -> list[tuple[int, Any, Any]]:
    rows = table("retention", key, data, ctx).filter(cohort=cohort)
    assert rows["k"].to_list() == list(range(9))
    return [row for row in rows.select("members", "retained", "share").rows() if row[0]]


def test_weekly_cells_count_members_whose_window_is_over() -> None:
    # T = Sunday d28, not over yet: bob's week 3 (d23–d29) and cid's and dot's (d25–d31) are open.
    assert _cells(chat(JOINERS), "join_weekly", at("d28"), "2024-W01") == [
        (3, 2, 0.666666667),  # week 0: bob on day 0, cid on day 6
        (3, 1, 0.333333333),  # week 1: bob on day 7
        (3, 1, 0.333333333),  # week 2: bob on day 15
    ]


def test_a_window_is_over_the_day_after_its_last_day() -> None:
    data = chat("d1 08:00 ann: hi\nd3 09:00 +bob")
    for day, over in (("d9", 0), ("d10", 1)):  # week 0 is d3–d9
        ctx = Context.of(data, as_of=moment(f"{day} 12:00"), week="this")
        week0 = table("retention", "join_weekly", data, ctx).to_dicts()[0]
        assert week0["members"] == over
        assert week0["size"] == 1


def test_a_window_that_ends_with_a_past_review_period_is_over() -> None:
    data = chat("d1 09:00 ann: hi")
    ctx = Context.of(data, as_of=moment("d10"), week="2024-W01")
    assert _cells(data, "first_weekly", ctx, "2024-W01") == [(1, 1, 1.0)]


def test_a_cell_without_members_is_unknown() -> None:
    last = table("retention", "join_weekly", chat(JOINERS), at("d28")).filter(k=8).to_dicts()[0]
    assert (last["members"], last["retained"], last["share"]) == (0, None, None)


def test_cohorts_by_first_message_start_from_the_first_day_seen() -> None:
    data = chat(JOINERS)
    # ann (d1), bob (d2) in week 1; cid (d10) in week 2.
    assert _cells(data, "first_weekly", at("d28"), "2024-W01") == [
        (2, 2, 1.0),
        (2, 1, 0.5),
        (2, 1, 0.5),
    ]
    assert _cells(data, "first_weekly", at("d28"), "2024-W02") == [(1, 1, 1.0), (1, 0, 0.0)]
    marks = table("retention", "first_weekly", data, at("d28")).filter(k=0)["log_start"]
    assert marks.to_list() == [True, False]


def test_a_return_is_not_a_new_cohort_member() -> None:
    data = chat("""
d1 08:00 +bob
d3 09:00 -bob
d9 09:00 +bob
d2 08:00 cid: here before any notice
d10 09:00 +cid
d11 09:00 +dot
""")
    sizes = table("retention", "join_weekly", data, at("d14")).filter(k=0)
    assert sizes["cohort"].to_list() == ["2024-W01", "2024-W02"]
    assert sizes["size"].to_list() == [1, 1]


def test_bounded_retention_counts_the_very_day() -> None:
    rows = table("retention", "bounded", chat(JOINERS), at("d28")).filter(base="join")
    # Day 1: nobody; day 7: bob; day 14: nobody (bob's is day 15); day 30 is not reached.
    assert rows.select("n", "members", "retained", "share").rows() == [
        (1, 3, 0, 0.0),
        (7, 3, 1, 0.333333333),
        (14, 3, 0, 0.0),
        (30, 0, None, None),
    ]


def test_rolling_retention_needs_28_days_after_day_n() -> None:
    data = chat(JOINERS)
    # N = 7 needs T ≥ day 35: on d37 only bob (d2) is there; he spoke on day 15.
    rows = table("retention", "rolling", data, Context.of(data, as_of=moment("d37"), week="this"))
    assert rows.filter(base="join").select("n", "members", "retained").rows() == [
        (1, 3, 2),
        (7, 1, 1),
        (14, 0, None),
        (30, 0, None),
    ]


def test_with_too_few_named_joins_linked_nobody_can_tell_who_stayed() -> None:
    data = chat(JOINERS, joins_named=10, joins_linked=7)
    cells = table("retention", "join_weekly", data, at("d28"))
    assert cells["retained"].is_null().all()
    assert cells["share"].is_null().all()
    assert cells["size"].to_list() == [3] * 9
    assert table("retention", "first_weekly", data, at("d28"))["retained"].sum() > 0


def test_bots_are_in_no_cohort() -> None:
    data = chat(JOINERS + "d2 12:00 +robo\nd3 09:00 robo: beep", bots="robo")
    for key in ("join_weekly", "first_weekly", "bounded", "rolling"):
        assert table("retention", key, data, at("d28")).equals(
            table("retention", key, chat(JOINERS), at("d28"))
        ), key


def test_chats_of_one_run_do_not_touch_each_other() -> None:
    one, two = chat(JOINERS, chat_id="a"), chat("d8 08:00 +bob\nd9 09:00 bob: hi", chat_id="b")
    for key in ("join_weekly", "first_weekly", "bounded", "rolling"):
        both = table("retention", key, together(one, two), at("d28"))
        alone = [table("retention", key, d, at("d28")) for d in (one, two)]
        assert both.equals(pl.concat(alone)), key


@settings(deadline=None, max_examples=25)
@given(st.sets(st.tuples(st.integers(1, 60), st.sampled_from(["ann", "bob", "cid"])), min_size=1))
def test_rolling_retention_falls_with_n_among_the_same_members(spoke: set[tuple[int, str]]) -> None:
    data = chat("\n".join(f"d{day} 09:00 {who}: hi" for day, who in sorted(spoke)))
    rows = table("retention", "rolling", data, at("d119")).filter(base="first")  # all windows over
    assert rows["members"].n_unique() == 1
    assert rows["retained"].to_list() == sorted(rows["retained"].to_list(), reverse=True)
