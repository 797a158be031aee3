"""What member lists of different days tell of joins and leaves, and of which week they tell it.

Between two lists nobody knows the day. A move stands in the middle of its span, where it counts for
the number of members; a week (or period) gets a figure of its own only if lists span it: no pair of
them reaches more than a day out of it, and together they leave out no more than a day.
"""

from datetime import datetime, timedelta

import polars as pl

from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER, bots
from sqtool.metrics._exprs import listed_in_time, middle
from sqtool.metrics._shared import shared
from sqtool.schema import Dataset

SLACK = timedelta(days=1)
COMING = ("join", "name_new")
"""Events that put a name on the list."""


@shared
def list_pairs(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every two successive lists whose middle lies before ``ctx.at``.

    Returns:
        chat_id, after, until, middle, joins, leaves, names_new, names_gone (bots left out).
    """
    key = ["chat_id", "until"]
    seen = data.moves.lazy().filter(listed_in_time(ctx))
    event = pl.col("event")
    counts = (
        seen.filter(pl.col("member_id").is_not_null())
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
        .group_by(key)
        .agg(
            joins=(event == "join").sum(),
            leaves=(event == "leave").sum(),
            names_new=(event == "name_new").sum(),
            names_gone=(event == "name_gone").sum(),
        )
    )
    return (
        seen.filter(pl.col("member_id").is_null())
        .select(*key, "after", middle=middle())
        .filter(pl.col("middle") <= ctx.at)
        .join(counts, on=key, how="left")
        .with_columns(
            pl.col("joins", "leaves", "names_new", "names_gone").fill_null(0).cast(pl.Int64)
        )
    )


def list_moves(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return who moved between two lists, up to ``ctx.at``, bots left out.

    Returns:
        chat_id, member_id, event (as in ``MOVES``), after, until, at (the middle between).
    """
    return (
        data.moves.lazy()
        .filter(pl.col("member_id").is_not_null(), listed_in_time(ctx))
        .with_columns(at=middle())
        .filter(pl.col("at") <= ctx.at)
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
    )


def of_weeks(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return what lists tell of whole ISO weeks.

    Returns:
        chat_id, start_on (Monday), roster_joins, roster_leaves; null where names could not be
        matched; weeks that lists do not span are missing.
    """
    monday = pl.col("middle").dt.convert_time_zone(ctx.tz).dt.date().dt.truncate("1w")
    start = pl.col("start_on").cast(pl.Datetime("us"))
    pairs = list_pairs(data, ctx).with_columns(start_on=monday)
    return _spanned(pairs, ctx, ["chat_id", "start_on"], start, start + timedelta(days=7))


def of_period(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return what lists tell of the review period: chat_id, roster_joins, roster_leaves."""
    start, end = (_wall(ctx, moment) for moment in (ctx.period.start, ctx.period.end))
    here = pl.col("middle").is_between(
        pl.lit(ctx.period.start).dt.convert_time_zone("UTC"),
        pl.lit(ctx.period.end).dt.convert_time_zone("UTC"),
        closed="left",
    )
    pairs = list_pairs(data, ctx).filter(here)
    return _spanned(pairs, ctx, ["chat_id"], pl.lit(start), pl.lit(end))


def _wall(ctx: Context, moment: datetime) -> datetime:
    return moment.astimezone(ctx.zone).replace(tzinfo=None)


def _spanned(
    pairs: pl.LazyFrame, ctx: Context, key: list[str], start: pl.Expr, end: pl.Expr
) -> pl.LazyFrame:
    """Sum the pairs of each block that they span."""
    after, until = (
        pl.col(name).dt.convert_time_zone(ctx.tz).dt.replace_time_zone(None)
        for name in ("after", "until")
    )
    nothing = pl.duration(days=0)
    outside = pl.max_horizontal(start - after, nothing) + pl.max_horizontal(until - end, nothing)
    certain = pl.col("names_new", "names_gone").sum()
    return (
        pairs.with_columns(outside=outside, block=end - start)
        .filter(pl.col("outside") <= SLACK)
        .group_by(key)
        .agg(
            pl.col("joins", "leaves").sum(),
            certain,
            spanned=(pl.col("until") - pl.col("after")).sum(),
            block=pl.col("block").first(),
        )
        .filter(pl.col("spanned") >= pl.col("block") - SLACK)
        .with_columns(unclear=(pl.col("names_new") + pl.col("names_gone")) > 0)
        .select(
            *key,
            roster_joins=pl.when(~pl.col("unclear")).then("joins"),
            roster_leaves=pl.when(~pl.col("unclear")).then("leaves"),
        )
    )
