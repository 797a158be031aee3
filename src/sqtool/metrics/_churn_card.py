"""The churn scorecard: its inputs from day counts, the shipped card, its logit as an expression.

流失打分卡:由每日发言数算出各项输入,读取随包附带的打分卡,合成一个 polars 表达式。

The card is ``churn_card.toml``, written by ``scripts/fit_churn.py``; how it was fitted and how well
it does is in ``docs/model-card-churn.md``. Fitting and applying share the code in this file.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, reduce
from importlib.resources import files
from operator import add, mul
from typing import Any

import polars as pl

from sqtool.metrics._exprs import rounded

WINDOW = 28
"""Days looked back for the population and ahead for the label; the card holds for these only."""

SNAPSHOT = ("chat_id", "at")
FAMILIES = ("silence", "activity", "history", "group")
INPUTS = {
    "days_silent": "days since the last message",
    "active_days": "days with a message, ever",
    "active_weeks": "blocks of 7 days back from the snapshot with a message, ever",
    "active_days_28": "days with a message in the last 28",
    "decayed_days": "active days, each counting half per 56 days of age",
    "busy": "how far ln(1 + decayed_days) lies above 2 (about 6.4 days), else 0",
    "known_days": "days since the first message, that day included, at most 28",
    "pace_28": "active_days_28 per 28 known_days",
    "missed_days": "days_silent x active_days_28 / known_days: active days gone by in silence",
    "one_day": "1 if active on one day ever, else 0",
    "group_last_week": "ln((1 + speakers of the last 7 days) / (1 + those of the last 28))",
}
"""What a term may be made of; all from day counts, so any format has them."""

_BUSY_FROM = 2.0
_HALF_LIFE = 56

_FACTOR = re.compile(r"(log1p\()?(\w+)\)?")


@dataclass(frozen=True)
class Term:
    """One line of the card.

    Args:
        family: Whose reason it is: ``silence``, ``activity``, ``history`` or ``group``.
        product: Inputs, or ``log1p(input)``, multiplied with each other.
        weight: Points per unit, on the logit scale.
    """

    family: str
    product: tuple[str, ...]
    weight: float

    def value(self) -> pl.Expr:
        """The product, without the weight."""
        return reduce(mul, (_factor(text) for text in self.product))


@dataclass(frozen=True)
class Level:
    """How the card is moved to a group's own level.

    Args:
        past_snapshots: How many earlier snapshots, 28 days apart, are looked at.
        first_day: A snapshot counts from this day of the chat on.
        least_members: … and only with at least so many speakers.
        prior_variance: Variance of the shift between groups: the smaller, the stronger the shrink.
    """

    past_snapshots: int
    first_day: int
    least_members: int
    prior_variance: float


@dataclass(frozen=True)
class Card:
    """A scorecard: logit = intercept + Σ weight × product, plus the group's own shift.

    Args:
        version: Counts up whenever an input or a weight changes.
        intercept: Logit where every term is 0.
        terms: The lines.
        level: The correction to the group's level.
        measured: Figures of the leave-one-group-out check, as printed by the fitting script.
    """

    version: int
    intercept: float
    terms: tuple[Term, ...]
    level: Level
    measured: dict[str, float]

    def family(self, name: str) -> pl.Expr:
        """What the terms of one family add to the logit."""
        return reduce(add, (t.weight * t.value() for t in self.terms if t.family == name))

    def logit(self) -> pl.Expr:
        """The logit before the group's shift, from a frame with the ``INPUTS``."""
        parts = (t.weight * t.value() for t in self.terms)
        return rounded(reduce(add, parts, pl.lit(self.intercept)))


def _factor(text: str) -> pl.Expr:
    found = _FACTOR.fullmatch(text)
    if found is None or found[2] not in INPUTS:
        raise ValueError(f"not an input of the churn card: {text}")
    column = pl.col(found[2]).cast(pl.Float64)
    return column.log1p() if found[1] else column


def sigmoid(logit: pl.Expr) -> pl.Expr:
    """Probability of a logit."""
    return 1 / (1 + (-logit).exp())


def parse_card(text: str) -> Card:
    """Read a card.

    Args:
        text: The TOML.

    Raises:
        ValueError: If a family or an input is unknown.
    """
    raw: dict[str, Any] = tomllib.loads(text)
    terms = tuple(Term(t["family"], tuple(t["product"]), t["weight"]) for t in raw["term"])
    for term in terms:
        if term.family not in FAMILIES:
            raise ValueError(f"not a family of the churn card: {term.family}")
        term.value()
    return Card(raw["version"], raw["intercept"], terms, Level(**raw["level"]), raw["measured"])


@cache
def shipped_card() -> Card:
    """Return the card that comes with the package."""
    path = files("sqtool.metrics").joinpath("churn_card.toml")
    return parse_card(path.read_text(encoding="utf-8"))


def inputs(days: pl.LazyFrame, snapshots: pl.LazyFrame) -> pl.LazyFrame:
    """Work out the card's inputs at snapshots: only what happened up to a snapshot enters them.

    Args:
        days: chat_id, member_id, day (local date), messages: one row per active day of a member.
        snapshots: chat_id, at (local date).

    Returns:
        chat_id, at, member_id and the ``INPUTS`` of everyone who spoke in the 28 days that end with
        ``at``; ``active_days_112``; ``active_days_28_before`` (the 28 days before these); and
        ``returned``: wrote again in the 28 days after ``at`` (the label, meaningless where they
        are not over).
    """
    age, past = pl.col("age"), pl.col("age") >= 0
    known = pl.col("known_days")
    speakers = {w: (pl.col("days_silent") < w).sum().over(SNAPSHOT) for w in (7, WINDOW)}
    counted = ["active_days", "active_days_28", "active_days_28_before", "active_days_112"]
    since_before = (pl.col("at") - pl.col("day_before")).dt.total_days().cast(pl.Int32)
    # Numbers for members: a row per member-day and snapshot is grouped by it. Sorted, because the
    # plan may run twice and must number them alike.
    key = ["chat_id", "member_id"]
    members = days.select(key).unique().sort(key).with_row_index("who")
    return (
        days.join(members, on=key)
        .select("chat_id", "who", "day")
        .sort("who", "day")
        .with_columns(
            day_before=pl.when(pl.col("who") == pl.col("who").shift()).then(pl.col("day").shift())
        )
        .join(snapshots, on="chat_id")
        .select(
            "who",
            "at",
            "day",
            "day_before",
            age=(pl.col("at") - pl.col("day")).dt.total_days().cast(pl.Int32),
        )
        .filter(age >= -WINDOW)
        # Worked out by row first: plain sums are what a group-by does fast.
        .select(
            "at",
            "who",
            days_silent=pl.when(past).then(age),
            tenure_days=pl.when(past).then(age),
            # Days come in order: a new block of 7 begins where the day before is in another one.
            active_weeks=past & (age // 7 != since_before // 7).fill_null(True),
            returned=~past,
            active_days=past,
            active_days_28=past & (age < 28),
            active_days_28_before=age.is_between(28, 55),
            active_days_112=past & (age < 112),
            decayed_days=pl.when(past).then(0.5 ** (age / _HALF_LIFE)).otherwise(0.0),
        )
        .group_by("who", "at")
        .agg(
            pl.col("days_silent").min().cast(pl.Int64),
            pl.col("tenure_days").max().cast(pl.Int64),
            pl.col("returned").any(),
            pl.col("active_weeks", *counted).sum().cast(pl.Int64),
            rounded(pl.col("decayed_days").sum()),
        )
        .filter(pl.col("days_silent") < WINDOW)
        .join(members, on="who")
        .drop("who")
        .with_columns(
            busy=rounded((pl.col("decayed_days").log1p() - _BUSY_FROM).clip(lower_bound=0)),
            known_days=pl.min_horizontal(pl.col("tenure_days") + 1, WINDOW),
            one_day=(pl.col("active_days") == 1).cast(pl.Int64),
            group_last_week=rounded(speakers[7].log1p() - speakers[WINDOW].log1p()),
        )
        .with_columns(
            pace_28=rounded(pl.col("active_days_28") / known * WINDOW),
            missed_days=rounded(pl.col("days_silent") * pl.col("active_days_28") / known),
        )
    )


def past_snapshots(level: Level, starts: pl.LazyFrame) -> pl.LazyFrame:
    """Return the snapshots before ``at`` whose following 28 days are over at ``at``.

    Args:
        level: The card's correction.
        starts: chat_id, at, first_day (date of the chat's first message).

    Returns:
        chat_id, at (of the earlier snapshot), now (the given ``at``).
    """
    back = [WINDOW * k for k in range(1, level.past_snapshots + 1)]
    return (
        starts.with_columns(now="at", back=pl.lit(back, dtype=pl.List(pl.Int64)))
        .explode("back")
        .with_columns(at=pl.col("at") - pl.duration(days="back"))
        .filter((pl.col("at") - pl.col("first_day")).dt.total_days() >= level.first_day)
        .select("chat_id", "at", "now")
    )


def level_shift(level: Level, past: pl.LazyFrame) -> pl.LazyFrame:
    """Return how far each group's logits have to move to meet its own past.

    One Newton step from 0 of the penalised likelihood: Σ (silent − p) ÷ (Σ p (1 − p) + 1 ÷ prior
    variance). With little past the shift stays near 0.

    Args:
        level: The card's correction.
        past: chat_id, now, at, logit, returned: the members of the earlier snapshots.

    Returns:
        chat_id, now, shift, past_cases; chats without a usable past are missing.
    """
    p = sigmoid(pl.col("logit"))
    return (
        past.filter(pl.len().over("chat_id", "now", "at") >= level.least_members)
        .group_by("chat_id", "now")
        .agg(
            over=((~pl.col("returned")).cast(pl.Float64) - p).sum(),
            weight=(p * (1 - p)).sum(),
            past_cases=pl.len().cast(pl.Int64),
        )
        .select(
            "chat_id",
            "now",
            "past_cases",
            shift=rounded(pl.col("over") / (pl.col("weight") + 1 / level.prior_variance)),
        )
    )
