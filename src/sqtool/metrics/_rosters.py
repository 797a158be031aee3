"""The member list over time: who was on it at the end of a week or month."""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._exprs import local_date, people
from sqtool.schema import Dataset


def block_rosters(data: Dataset, ctx: Context, blocks: pl.LazyFrame, every: str) -> pl.LazyFrame:
    """Return how many people were on the list at the end of each block, as far as dated.

    Args:
        data: The chats.
        ctx: Where the metric stands.
        blocks: chat_id and start_on of every block (``calendar``).
        every: Length of a block: ``1w``, ``1mo``.

    Returns:
        chat_id, start_on, roster (bots left out; null without a roster).
    """
    listed = (
        people(data, ctx)
        .filter(pl.col("in_roster").fill_null(False), ~pl.col("is_bot"))
        .select("chat_id", joined_on=local_date(ctx, "joined_at"))
    )
    last = pl.col("start_on").dt.offset_by(every).dt.offset_by("-1d")
    there = pl.col("joined_on").is_null() | (pl.col("joined_on") <= last)
    counts = (
        blocks.select("chat_id", "start_on")
        .join(listed, on="chat_id")
        .filter(there)
        .group_by("chat_id", "start_on")
        .agg(counted=pl.len().cast(pl.Int64))
    )
    return (
        blocks.select("chat_id", "start_on")
        .join(data.chats.select("chat_id", "has_roster"), on="chat_id")
        .join(counts, on=["chat_id", "start_on"], how="left")
        .select(
            "chat_id",
            "start_on",
            roster=pl.when("has_roster").then(pl.col("counted").fill_null(0)),
        )
    )
