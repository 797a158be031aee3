"""Blocks of 7 local days that end on T's day, and the slope of a short series."""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER, human_days, log_starts
from sqtool.metrics._exprs import people, rounded, week_block
from sqtool.schema import Dataset


def full_weeks(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return how many blocks of 7 local days before T lie wholly on or after the log's first day.

    Returns:
        chat_id, full_weeks; 0 for a chat without rows.
    """
    length = (pl.lit(ctx.day) - pl.col("log_start_on")).dt.total_days() + 1
    return (
        data.chats.select("chat_id")
        .join(log_starts(data, ctx), on="chat_id", how="left")
        .select("chat_id", full_weeks=(length // 7).fill_null(0))
    )


def week_blocks(data: Dataset, ctx: Context, weeks: int) -> pl.LazyFrame:
    """Return the last blocks of 7 local days, bots left out, silent weeks as zeros.

    Returns:
        chat_id, block (0 = the last 7 days), messages, speakers, roster_speakers (of them on the
        roster); only blocks the log covers in full.
    """
    listed = people(data, ctx).select(*BY_MEMBER, "in_roster")
    counts = (
        human_days(data, ctx)
        .with_columns(block=week_block(ctx, pl.col("day")).cast(pl.Int64))
        .filter(pl.col("block") < weeks)
        .group_by(*BY_MEMBER, "block")
        .agg(pl.col("messages").sum())
        .join(listed, on=BY_MEMBER, how="left")
        .group_by("chat_id", "block")
        .agg(
            pl.col("messages").sum(),
            speakers=pl.len().cast(pl.Int64),
            roster_speakers=pl.col("in_roster").fill_null(False).sum().cast(pl.Int64),
        )
    )
    return (
        full_weeks(data, ctx)
        .select("chat_id", block=pl.int_ranges(0, pl.min_horizontal("full_weeks", pl.lit(weeks))))
        .explode("block")
        .filter(pl.col("block").is_not_null())
        .join(counts, on=["chat_id", "block"], how="left")
        .with_columns(pl.col("messages", "speakers", "roster_speakers").fill_null(0))
    )


def week_lists(data: Dataset, ctx: Context, weeks: int) -> pl.LazyFrame:
    """Return ``week_blocks`` as one row per chat, each series a list with the newest week first."""
    return (
        week_blocks(data, ctx, weeks)
        .group_by("chat_id")
        .agg(pl.col("messages", "speakers", "roster_speakers").sort_by("block"))
    )


def theil_sen(newest_first: pl.Expr, weeks: int) -> pl.Expr:
    """Theil–Sen slope: the median of the slopes of all pairs of points.

    Args:
        newest_first: A list column of equally spaced values, the newest first.
        weeks: The most values a list holds.

    Returns:
        Change per step forward in time; null for fewer than two values.
    """
    point = [newest_first.list.get(i, null_on_oob=True).cast(pl.Float64) for i in range(weeks)]
    slopes = [(point[i] - point[j]) / (j - i) for j in range(weeks) for i in range(j)]
    return rounded(pl.concat_list(slopes).list.drop_nulls().list.median())


_BARS = "▁▂▃▄▅▆▇█"


def spark(newest_first: pl.Expr, weeks: int) -> pl.Expr:
    """A series as small bars from zero to its highest, the newest at the right.

    Args:
        newest_first: A list column of counts, the newest first.
        weeks: The most bars.

    Returns:
        As many bars as there are values; the lowest ones if all are 0, null for an empty list.
    """
    highest = newest_first.list.head(weeks).list.max()
    point = [newest_first.list.get(i, null_on_oob=True) for i in reversed(range(weeks))]
    steps = len(_BARS) - 1
    height = [
        pl.when(highest > 0)
        .then((p / highest * steps + 0.5).floor().cast(pl.Int64))
        .otherwise(pl.when(p.is_not_null()).then(pl.lit(0, pl.Int64)))
        for p in point
    ]
    bars = [h.replace_strict(dict(enumerate(_BARS)), return_dtype=pl.String) for h in height]
    return pl.when(newest_first.list.len() > 0).then(pl.concat_str(bars, ignore_nulls=True))
