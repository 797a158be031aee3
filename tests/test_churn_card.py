"""The shipped scorecard: its inputs worked out by hand, its arithmetic, its correction."""

from datetime import date, timedelta
from math import exp, log, log1p

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.metrics._churn_card import (
    FAMILIES,
    INPUTS,
    Level,
    inputs,
    level_shift,
    parse_card,
    past_snapshots,
    shipped_card,
    sigmoid,
)

T = date(2024, 6, 30)
CARD = """
version = 7
intercept = 0.5
[level]
past_snapshots = 2
first_day = 120
least_members = 2
prior_variance = 0.5
[measured]
groups = 3
[[term]]
family = "silence"
product = ["days_silent"]
weight = 0.25
[[term]]
family = "activity"
product = ["log1p(days_silent)", "active_days"]
weight = -2.0
"""


def days(**ages: list[int]) -> pl.LazyFrame:
    """Return day rows of one chat: for each member the ages of the active days at T."""
    rows = [("c", who, T - timedelta(days=age)) for who, listed in ages.items() for age in listed]
    schema = {"chat_id": pl.String(), "member_id": pl.String(), "day": pl.Date()}
    return pl.LazyFrame(rows, schema=schema, orient="row").with_columns(messages=pl.lit(1))


def at(*moments: date) -> pl.LazyFrame:
    return pl.LazyFrame({"chat_id": ["c"] * len(moments), "at": list(moments)})


def test_the_inputs_of_a_member_are_those_counted_by_hand() -> None:
    # Active 3, 4, 30 and 100 days before T; b keeps the group alive, d has been silent too long.
    frame = inputs(days(a=[3, 4, 30, 100], b=[0, 8], d=[28, 90]), at(T)).collect()
    assert sorted(frame["member_id"]) == ["a", "b"]
    row = frame.row(by_predicate=pl.col("member_id") == "a", named=True)
    assert row["days_silent"] == 3
    assert row["tenure_days"] == 100
    assert row["active_days"] == 4
    assert row["active_weeks"] == 3  # ages 0–6, 28–34, 98–104
    assert row["active_days_28"] == 2
    assert row["active_days_28_before"] == 1
    assert row["active_days_112"] == 4
    assert row["known_days"] == 28
    assert row["pace_28"] == 2
    assert row["missed_days"] == pytest.approx(3 * 2 / 28)
    assert row["one_day"] == 0
    assert row["decayed_days"] == pytest.approx(sum(0.5 ** (k / 56) for k in (3, 4, 30, 100)))
    assert row["busy"] == 0
    assert row["group_last_week"] == 0  # both spoke in the last 7 days
    assert row["returned"] is False


@given(st.sets(st.integers(0, 120), min_size=1), st.sets(st.integers(0, 60), min_size=1))
def test_active_weeks_are_the_blocks_of_seven_days_with_a_message(
    ages: set[int], back: set[int]
) -> None:
    moments = [T - timedelta(days=n) for n in sorted(back)]
    frame = inputs(days(a=sorted(ages)), at(*moments)).collect()
    got = {row["at"]: row["active_weeks"] for row in frame.iter_rows(named=True)}
    then = {T - timedelta(days=n): [age - n for age in ages if age >= n] for n in back}
    assert got == {
        moment: len({age // 7 for age in past})
        for moment, past in then.items()
        if past and min(past) < 28
    }


def test_a_member_is_busy_from_six_decayed_days_on() -> None:
    row = inputs(days(a=list(range(20))), at(T)).collect().row(0, named=True)
    decayed = sum(0.5 ** (age / 56) for age in range(20))
    assert row["busy"] == pytest.approx(log1p(decayed) - 2)


def test_a_newcomer_is_measured_by_the_days_since_the_first_message() -> None:
    row = inputs(days(a=[1, 6]), at(T)).collect().row(0, named=True)
    assert row["known_days"] == 7
    assert row["pace_28"] == pytest.approx(2 / 7 * 28)
    assert row["missed_days"] == pytest.approx(1 * 2 / 7)


def test_the_group_counts_who_of_the_month_spoke_in_its_last_week() -> None:
    frame = inputs(days(a=[6], b=[7], c=[20]), at(T)).collect()
    assert frame["group_last_week"].unique().to_list() == pytest.approx([log(2) - log(4)])
    assert frame["one_day"].to_list() == [1, 1, 1]


def test_returning_means_a_message_within_28_days_after_the_snapshot() -> None:
    frame = inputs(days(a=[2, -28], b=[2, -29], c=[-1]), at(T)).collect()
    assert dict(frame.select("member_id", "returned").iter_rows()) == {"a": True, "b": False}


@settings(max_examples=30, deadline=None)
@given(
    past=st.lists(st.integers(0, 200), min_size=1, max_size=12, unique=True),
    future=st.lists(st.integers(-60, -1), max_size=5, unique=True),
)
def test_nothing_after_the_snapshot_enters_an_input(past: list[int], future: list[int]) -> None:
    known = inputs(days(a=past), at(T)).collect()
    longer = inputs(days(a=past + future), at(T)).collect()
    assert longer.select(*INPUTS).equals(known.select(*INPUTS))


def test_snapshots_are_told_apart() -> None:
    earlier = T - timedelta(days=28)
    frame = inputs(days(a=[3, 30]), at(T, earlier)).collect().sort("at")
    assert frame.select("at", "days_silent", "active_days").rows() == [(earlier, 2, 1), (T, 3, 2)]


def test_a_logit_is_the_intercept_and_the_weighted_products() -> None:
    card = parse_card(CARD)
    row = pl.DataFrame({"days_silent": [3], "active_days": [2]})
    logit = 0.5 + 0.25 * 3 - 2 * log1p(3) * 2
    assert row.select(card.logit()).item() == pytest.approx(logit)
    assert row.select(sigmoid(card.logit())).item() == pytest.approx(1 / (1 + exp(-logit)))
    assert row.select(card.family("silence")).item() == 0.75


@pytest.mark.parametrize(
    ("right", "wrong"), [("log1p(days_silent)", "sqrt(days_silent)"), ('"silence"', '"luck"')]
)
def test_an_unknown_input_or_family_is_refused(right: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="churn card"):
        parse_card(CARD.replace(right, wrong))


def test_the_shipped_card_is_readable_and_meets_its_targets() -> None:
    card = shipped_card()
    assert {term.family for term in card.terms} == set(FAMILIES)
    assert card.measured["auc"] >= 0.845
    assert card.measured["auc_regulars"] >= 0.807
    assert card.measured["ece"] <= 0.02


def test_the_shipped_card_calls_a_faded_regular_riskier_than_a_steady_one() -> None:
    steady, faded = list(range(0, 112, 3)), list(range(22, 112, 3))
    frame = inputs(days(steady=steady, faded=faded, once=[20]), at(T))
    scored = frame.select("member_id", p=sigmoid(shipped_card().logit())).collect()
    p = dict(scored.iter_rows())
    assert p["steady"] < 0.1 < p["faded"] < p["once"]
    assert p["once"] > 0.7


def test_past_snapshots_start_when_the_chat_was_old_enough() -> None:
    starts = pl.LazyFrame(
        {"chat_id": ["c"], "at": [T], "first_day": [T - timedelta(days=120 + 28)]}
    )
    found = past_snapshots(Level(6, 120, 5, 0.1), starts).collect()
    assert found.rows() == [("c", T - timedelta(days=28), T)]


def test_the_shift_is_one_shrunken_newton_step() -> None:
    # Four members at logit 0 (p = ½), all silent: (4 − 2) ÷ (4 × ¼ + 1 ÷ 0.5) = 2 ÷ 3.
    past = pl.LazyFrame(
        {
            "chat_id": ["c"] * 4, "now": [T] * 4, "at": [T - timedelta(days=28)] * 4,
            "logit": [0.0] * 4, "returned": [False] * 4,
        }
    )  # fmt: skip
    rows = level_shift(Level(6, 120, 4, 0.5), past).collect()
    assert rows["shift"].to_list() == pytest.approx([2 / 3])
    assert rows["past_cases"].to_list() == [4]
    assert level_shift(Level(6, 120, 5, 0.5), past).collect().is_empty()  # too few members


def test_a_past_as_predicted_shifts_nothing() -> None:
    past = pl.LazyFrame(
        {
            "chat_id": ["c"] * 6, "now": [T] * 6, "at": [T - timedelta(days=28)] * 6,
            "logit": [0.0] * 6, "returned": [False, True] * 3,
        }
    )  # fmt: skip
    assert level_shift(Level(6, 120, 5, 0.1), past).collect()["shift"].to_list() == [0.0]
