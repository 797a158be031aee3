"""The engagement score of a member and the cut of the core: shared by pyramid, churn, benchmark.

成员参与分与核心层的划法:金字塔、流失预警与基准测试共用。

Score at T = Σ over member-days of points × 0.5^(age in whole local days ÷ half-life), each part
kept as a column of its own. Weights are ``Settings.points``, the cuts ``Settings.pyramid``.
"""

from collections.abc import Sequence

import polars as pl

from sqtool.config import Points, Pyramid
from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER, bots
from sqtool.metrics._exprs import (
    SIGNIFICANT_DIGITS,
    days_ago,
    is_message,
    local_date,
    rounded,
    substantial,
    up_to,
)
from sqtool.metrics._joins import join_rows
from sqtool.metrics._shared import shared
from sqtool.schema import MENTION_ALL, Dataset

PARTS = (
    "points_active_days", "points_messages", "points_substantial", "points_repliers",
    "points_invitees",
)  # fmt: skip
_ACTS = ("messages", "substantial", "repliers", "invitees")
_BLOCK = 7


@shared
def message_days(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat, sender and local day with messages, up to ``ctx.at``; no bots.

    Returns:
        chat_id, member_id, day, messages, substantial, last_at (UTC).
    """
    return (
        data.messages.filter(is_message(), up_to(ctx))
        .group_by("chat_id", pl.col("sender_id").alias("member_id"), local_date(ctx).alias("day"))
        .agg(
            messages=pl.len().cast(pl.Int64),
            substantial=substantial(ctx).sum().cast(pl.Int64),
            last_at=pl.col("sent_at").max(),
        )
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
    )


@shared
def addressed(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return who turned to whom by a true reply, quote or mention, one row per message and person.

    Returns:
        chat_id, member_id (who wrote), to_id, day (local); up to ``ctx.at``, nobody to themselves,
        no bots on either side, "@all" left out.
    """
    robots = bots(data, ctx)
    mentioned = pl.col("mention_ids").list.len().fill_null(0) > 0
    return (
        data.messages.filter(is_message(), up_to(ctx))
        .filter(pl.col("reply_to_member").is_not_null() | mentioned)
        .select(
            "chat_id",
            member_id="sender_id",
            to_id=pl.concat_list(
                pl.col("mention_ids").fill_null([]), pl.col("reply_to_member")
            ).list.unique(),
            day=local_date(ctx),
        )
        .explode("to_id")
        .filter(
            pl.col("to_id").is_not_null()
            & (pl.col("to_id") != MENTION_ALL)
            & (pl.col("to_id") != pl.col("member_id"))
        )
        .join(robots, on=BY_MEMBER, how="anti")
        .join(robots, left_on=["chat_id", "to_id"], right_on=BY_MEMBER, how="anti")
    )


def _first_words(data: Dataset, ctx: Context, days: pl.LazyFrame) -> pl.LazyFrame:
    """Return the days on which an invitee spoke for the first time, to the inviter's credit."""
    invited = (
        join_rows(data, ctx)
        .filter(pl.col("inviter_id").is_not_null())
        .sort("joined_at", "ordinal")
        .unique(BY_MEMBER, keep="first", maintain_order=True)
    )
    first = days.group_by(BY_MEMBER).agg(day=pl.col("day").min())
    return (
        invited.join(first, on=BY_MEMBER)
        .filter(pl.col("day") >= pl.col("joined_on"))
        .group_by("chat_id", pl.col("inviter_id").alias("member_id"), "day")
        .agg(invitees=pl.len().cast(pl.Int64))
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
    )


@shared
def acts(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return what every member did, or drew, on every local day.

    Returns:
        chat_id, member_id, day, messages, substantial, repliers (distinct people who turned to them
        that day), invitees (whose first message came that day), last_at (UTC, null where they wrote
        nothing), age (days before ``ctx.day``). A day on which a member only drew replies has 0
        messages.
    """
    days = message_days(data, ctx)
    drawn = (
        addressed(data, ctx)
        .group_by("chat_id", pl.col("to_id").alias("member_id"), "day")
        .agg(repliers=pl.col("member_id").n_unique().cast(pl.Int64))
    )
    both = pl.concat([days, drawn, _first_words(data, ctx, days)], how="diagonal")
    return (
        both.group_by(*BY_MEMBER, "day")
        .agg(pl.col(_ACTS).sum(), pl.col("last_at").max())
        .with_columns(age=days_ago(ctx, pl.col("day")))
    )


def scored(days: pl.LazyFrame, points: Points, by: Sequence[str] = BY_MEMBER) -> pl.LazyFrame:
    """Add up the score.

    Args:
        days: The keys and messages, substantial, repliers, invitees, age (whole days, not negative)
            of each member-day.
        points: The weights.
        by: The keys of a member.

    Returns:
        The keys; score and the ``PARTS`` it is the sum of; active_days (ever), active_days_28,
        messages_28, weeks_active_4 (blocks of 7 days among the last four with a message).
    """
    age, messages = pl.col("age"), pl.col("messages")
    spoke, recent = messages > 0, pl.col("age") < _BLOCK * 4
    worth = {
        "points_active_days": spoke.cast(pl.Float64) * points.active_day,
        "points_messages": messages.clip(0, points.messages_a_day) * points.message,
        "points_substantial": pl.col("substantial") * points.substantial,
        "points_repliers": pl.col("repliers") * points.replier,
        "points_invitees": pl.col("invitees") * points.invitee,
    }
    decay = 0.5 ** (age / points.half_life_days)
    weeks = [f"week_{k}" for k in range(4)]
    # Worked out by row first: plain sums are what a group-by does fast.
    rows = days.select(
        *by,
        *((value * decay).alias(key) for key, value in worth.items()),
        *((spoke & (age // _BLOCK == k)).alias(week) for k, week in enumerate(weeks)),
        active_days=spoke.cast(pl.Int64),
        active_days_28=(spoke & recent).cast(pl.Int64),
        messages_28=pl.when(recent).then(messages).otherwise(0),
    )
    return (
        rows.group_by(by)
        .agg(
            pl.col(PARTS).sum(),
            pl.col("active_days", "active_days_28", "messages_28").sum(),
            pl.col(weeks).any(),
        )
        .with_columns(pl.col(PARTS).round_sig_figs(SIGNIFICANT_DIGITS))
        .with_columns(
            score=rounded(pl.sum_horizontal(PARTS)),
            weeks_active_4=pl.sum_horizontal(weeks).cast(pl.Int64),
        )
        .drop(weeks)
    )


def core(members: pl.LazyFrame, cuts: Pyramid, by: Sequence[str] = ("chat_id",)) -> pl.LazyFrame:
    """Return the keys of the core members.

    In score order (ties: active days, messages, id) among those active in enough of the last four
    weeks, until the set share of the whole score is held or the cap is reached.

    Args:
        members: Result of ``scored`` without staff, bots and leavers, and ``seen`` (how many people
            of the group ever spoke).
        cuts: The thresholds.
        by: The keys of a group.

    Returns:
        ``by`` and member_id.
    """
    order = ["score", "active_days_28", "messages_28"]
    before = pl.col("score").cum_sum().over(by) - pl.col("score")
    cap = (pl.col("seen") * cuts.core_cap_share + 1e-9).floor().clip(lower_bound=cuts.core_at_least)
    whole = pl.col("score").sort().sum().over(by)
    return (
        members.with_columns(whole=rounded(whole))
        .filter((pl.col("weeks_active_4") >= cuts.core_weeks) & (pl.col("score") > 0))
        .sort(*by, *order, "member_id", descending=[*(False for _ in by), True, True, True, False])
        .filter(
            rounded(before) < pl.col("whole") * cuts.core_score_share,
            pl.int_range(pl.len()).over(by) < cap,
        )
        .select(*by, "member_id")
    )
