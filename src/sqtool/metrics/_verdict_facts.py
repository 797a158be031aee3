"""The numbers every verdict rule looks at, and which of its conditions hold: one row per chat."""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER, human_days
from sqtool.metrics._exprs import days_ago, people, ratio, rounded
from sqtool.metrics._joins import join_rows, leave_rows
from sqtool.metrics._trend import full_weeks, theil_sen, week_lists
from sqtool.schema import Dataset

_SERIES = ("messages", "speakers")


def _present(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id, member_id, gone of everybody whom a notice names as joining or leaving."""
    joins = join_rows(data, ctx).group_by(BY_MEMBER).agg(pl.col("joined_at").max())
    leaves = leave_rows(data, ctx).group_by(BY_MEMBER).agg(pl.col("left_at").max())
    left, joined = pl.col("left_at"), pl.col("joined_at")
    return joins.join(leaves, on=BY_MEMBER, how="full", coalesce=True).select(
        *BY_MEMBER, gone=left.is_not_null() & (joined.is_null() | (left > joined))
    )


def _counts(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id and what the messages say: span, silence, shares of the last 28 days, people seen."""
    recent = days_ago(ctx, pl.col("day")) < ctx.settings.verdict.window_days
    own = pl.col("messages_28")
    return (
        human_days(data, ctx)
        .group_by(BY_MEMBER)
        .agg(
            pl.col("messages").sum(),
            messages_28=(pl.col("messages") * recent).sum(),
            first_on=pl.col("day").min(),
            last_on=pl.col("day").max(),
        )
        .join(_present(data, ctx), on=BY_MEMBER, how="full", coalesce=True)
        .join(people(data, ctx).select(*BY_MEMBER, "is_staff"), on=BY_MEMBER, how="left")
        .with_columns(
            pl.col("is_staff", "gone").fill_null(False),
            pl.col("messages", "messages_28").fill_null(0),
        )
        .group_by("chat_id")
        .agg(
            pl.col("messages").sum(),
            own.sum(),
            pl.col("first_on").min(),
            pl.col("last_on").max(),
            span_days=days_ago(ctx, pl.col("first_on").min()),
            silent_days=days_ago(ctx, pl.col("last_on").filter(~pl.col("is_staff")).max()),
            staff_28=(own * pl.col("is_staff")).sum(),
            top2_28=own.sort(descending=True).head(2).sum(),
            seen=(~pl.col("gone")).sum().cast(pl.Int64),
        )
    )


def _about_chats(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id, name, member_count, staff_known, roster (people on it; null without one)."""
    counted = (
        people(data, ctx)
        .group_by("chat_id")
        .agg(
            staff_known=pl.col("staff_known").any(),
            listed=(pl.col("in_roster").fill_null(False) & ~pl.col("is_bot")).sum(),
        )
    )
    return (
        data.chats.select("chat_id", "name", "has_roster", "member_count")
        .join(counted, on="chat_id", how="left")
        .with_columns(
            pl.col("staff_known").fill_null(False),
            pl.col("member_count").cast(pl.Int64),
            roster=pl.when("has_roster").then(pl.col("listed").fill_null(0).cast(pl.Int64)),
        )
    )


def known(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat: how much was written, from when to when, by how many known people.

    Returns:
        chat_id, name, staff_known, roster, messages, messages_28, span_days, silent_days, staff_28,
        top2_28, seen, first_on, last_on (local dates of messages), known_members: the roster, else
        the people seen and not gone, or the number the export states if that is higher.
    """
    return (
        _about_chats(data, ctx)
        .join(_counts(data, ctx), on="chat_id", how="left")
        .with_columns(
            pl.col("messages", "messages_28").fill_null(0),
            known_members=pl.coalesce(
                "roster", pl.max_horizontal(pl.col("seen").fill_null(0), "member_count")
            ),
        )
    )


def _weeks(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id and what the blocks of 7 days say: this one, the mean before, the slope."""
    rule = ctx.settings.verdict
    named = {y: pl.col(y) for y in _SERIES}
    return week_lists(data, ctx, max(rule.trend_weeks, rule.zombie_weeks)).select(
        "chat_id",
        *(y.list.first().alias(f"{name}_7") for name, y in named.items()),
        *(
            rounded(y.list.slice(1, rule.trend_weeks_before).list.mean()).alias(f"{name}_before")
            for name, y in named.items()
        ),
        *(theil_sen(y, rule.trend_weeks).alias(f"{name}_slope") for name, y in named.items()),
        most_speakers=pl.col("roster_speakers").list.head(rule.zombie_weeks).list.max(),
    )


def facts(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat: the numbers every rule looks at, and which conditions hold.

    Returns:
        chat_id, name, staff_known, roster, the keys of ``zombie.FACTS``, and a boolean for each
        condition (namespace ``condition`` of the labels), null where it was not tested.
    """
    rule = ctx.settings.verdict
    own = pl.col("messages_28")
    enough = pl.col("full_weeks") >= max(rule.trend_full_weeks, rule.trend_weeks_before + 1)
    numbers = (
        known(data, ctx)
        .join(full_weeks(data, ctx), on="chat_id", how="left")
        .join(_weeks(data, ctx), on="chat_id", how="left")
        .with_columns(
            *(
                pl.when(enough)
                .then(ratio(pl.col(f"{y}_7") - pl.col(f"{y}_before"), pl.col(f"{y}_before")))
                .alias(f"{y}_change")
                for y in _SERIES
            ),
            pl.when(enough).then(pl.col("^.*_(before|slope)$")),
            staff_share=pl.when("staff_known").then(ratio(pl.col("staff_28"), own)),
            top2_share=ratio(pl.col("top2_28"), own),
            speaking_share=pl.when(pl.col("full_weeks") >= rule.zombie_weeks).then(
                ratio(pl.col("most_speakers"), pl.col("roster"))
            ),
        )
    )
    only_staff_wrote = pl.when(pl.col("messages") > 0).then(True)
    return numbers.with_columns(
        thin_span=(pl.col("span_days") < rule.thin_span_days).fill_null(True),
        thin_messages=(
            (pl.col("messages") < rule.thin_messages)
            & (pl.col("span_days") < rule.thin_messages_span_days).fill_null(True)
        ),
        dead_silence=pl.coalesce(pl.col("silent_days") >= rule.dead_silent_days, only_staff_wrote),
        zombie_staff=pl.col("staff_share") >= rule.zombie_staff_share,
        zombie_top2=pl.when(pl.col("top2_share").is_not_null()).then(
            (pl.col("top2_share") >= rule.zombie_top2_share)
            & (pl.col("known_members") >= rule.zombie_top2_members)
        ),
        zombie_speaking=pl.col("speaking_share") < rule.zombie_speaking_share,
        **{f"cooling_{y}": _trending(y, -rule.trend_change) for y in _SERIES},
        **{f"warming_{y}": _trending(y, rule.trend_change) for y in _SERIES},
    )


def _trending(series: str, limit: float) -> pl.Expr:
    # Without a change there is nothing to test, whatever the slope: null and false is false.
    change, slope = pl.col(f"{series}_change"), pl.col(f"{series}_slope")
    beyond = (change <= limit) & (slope < 0) if limit < 0 else (change >= limit) & (slope > 0)
    return pl.when(change.is_not_null()).then(beyond)
