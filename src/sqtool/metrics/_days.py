"""Who wrote how much on which local day: the small table most figures start from.

They stand at ``ctx.at``, the end of the review period: a running week is compared with the week
before up to the same moment, which may lie inside a day.
"""

from datetime import UTC

import polars as pl

from sqtool.context import Context
from sqtool.metrics._exprs import is_message, local_date, people, up_to
from sqtool.metrics._shared import shared
from sqtool.schema import Dataset

BY_MEMBER = ("chat_id", "member_id")


@shared
def sender_days(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat, sender and local day with messages, up to ``ctx.at``; bots as well.

    Returns:
        chat_id, member_id, day (local), messages, in_period (those not before the period's start),
        first_at, last_at (UTC).
    """
    return (
        data.messages.filter(is_message(), up_to(ctx))
        .group_by("chat_id", pl.col("sender_id").alias("member_id"), local_date(ctx).alias("day"))
        .agg(
            messages=pl.len().cast(pl.Int64),
            in_period=(pl.col("sent_at") >= ctx.period.start.astimezone(UTC)).sum().cast(pl.Int64),
            first_at=pl.col("sent_at").min(),
            last_at=pl.col("sent_at").max(),
        )
    )


def bots(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return chat_id and member_id of every bot."""
    return people(data, ctx).filter(pl.col("is_bot")).select(BY_MEMBER)


def human_days(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return ``sender_days`` without bots."""
    return sender_days(data, ctx).join(bots(data, ctx), on=BY_MEMBER, how="anti")


@shared
def log_starts(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return where each chat's log begins: its first row of any kind, up to ``ctx.at``.

    Returns:
        chat_id, log_start_at (UTC), log_start_on (local date); chats without a row are missing.
    """
    return (
        data.messages.filter(up_to(ctx))
        .group_by("chat_id")
        .agg(log_start_at=pl.col("sent_at").min())
        .with_columns(log_start_on=local_date(ctx, "log_start_at"))
    )


def calendar(data: Dataset, ctx: Context, every: str) -> pl.LazyFrame:
    """Return every day, ISO week or month of each chat from its log's start to ``ctx.day``.

    Args:
        data: The chats.
        ctx: Where the metric stands.
        every: ``1d``, ``1w`` (Mondays) or ``1mo``.

    Returns:
        chat_id, log_start_on, start_on (first date of the block), days (its local days that the
        log has seen), partial (the log starts in it, or it is not over at T). Blocks in which
        nobody wrote are there too: silence is known, not missing.
    """
    first = pl.col("log_start_on").dt.truncate(every)
    last_day = pl.col("start_on").dt.offset_by(every).dt.offset_by("-1d")
    seen_from = pl.max_horizontal("start_on", "log_start_on")
    seen_to = pl.min_horizontal(last_day, pl.lit(ctx.day))
    return (
        log_starts(data, ctx)
        .with_columns(start_on=pl.date_ranges(first, pl.lit(ctx.day), interval=every))
        .explode("start_on")
        .select(
            "chat_id",
            "log_start_on",
            "start_on",
            days=(seen_to - seen_from).dt.total_days() + 1,
            partial=(pl.col("log_start_on") >= pl.col("start_on")) | (last_day > ctx.day),
        )
    )


def iso_week(day: str) -> pl.Expr:
    """``2026-W10`` of a date column."""
    return pl.col(day).dt.strftime("%G-W%V")


def day_age(ctx: Context, day: str) -> pl.Expr:
    """Which day since ``day`` has been reached at min(T, end of the period): 0 is ``day`` itself.

    A window whose last day is n is over when this is at least n + 1. The end of a period is the
    first moment of the day after it, so a week that is wholly past T leaves no window open.
    """
    reached = min(ctx.as_of, ctx.period.end).astimezone(ctx.zone).date()
    return (pl.lit(reached) - pl.col(day)).dt.total_days()
