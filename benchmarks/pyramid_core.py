"""How much of the next 28 days' messages the core writes, beside two sets of the same size.

Usage::

    python benchmarks/pyramid_core.py FOLDER

FOLDER holds ``activity.parquet`` (chat, member, day, messages) and ``replies.parquet`` (chat,
from_member, to_member, day). Snapshots are 28 days apart from day 120 of a chat, with at least five
speakers; a group's value is the mean over its snapshots, the figure the median over the groups. The
score and the cut are the pyramid's own code; what the tables do not hold (substantial messages,
invitations, who is staff) counts nothing.
"""

import argparse
from datetime import timedelta
from pathlib import Path

import polars as pl

from sqtool.config import Settings
from sqtool.metrics._score import core, scored

WINDOW = 28
KEYS = ("chat_id", "at")
LEAST_MEMBERS = 5


def acts(folder: Path) -> pl.DataFrame:
    """Return one row per member-day with messages, substantial, repliers and invitees."""
    wrote = pl.read_parquet(folder / "activity.parquet").select(
        pl.col("chat").alias("chat_id"), pl.col("member").alias("member_id"), "day",
        pl.col("messages").cast(pl.Int64),
    )  # fmt: skip
    drew = (
        pl.read_parquet(folder / "replies.parquet")
        .filter(pl.col("from_member") != pl.col("to_member"))
        .group_by(pl.col("chat").alias("chat_id"), pl.col("to_member").alias("member_id"), "day")
        .agg(repliers=pl.col("from_member").n_unique().cast(pl.Int64))
    )
    return (
        pl.concat([wrote, drew], how="diagonal")
        .group_by("chat_id", "member_id", "day")
        .agg(pl.col("messages", "repliers").sum())
        .with_columns(substantial=pl.lit(0, pl.Int64), invitees=pl.lit(0, pl.Int64))
    )


def snapshots(days: pl.DataFrame) -> pl.DataFrame:
    """Return the snapshots of one chat: chat_id, at."""
    first, last = days.select(first=pl.col("day").min(), last=pl.col("day").max()).row(0)
    count = ((last - first).days - 120 - WINDOW) // WINDOW + 1
    at = [first + timedelta(days=120 + WINDOW * k) for k in range(max(0, count))]
    schema = {"chat_id": pl.String(), "at": pl.Date()}
    return pl.DataFrame({"chat_id": [days["chat_id"][0]] * len(at), "at": at}, schema=schema)


def shares(days: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Return, for each snapshot of one chat, what three sets of one size wrote next.

    Returns:
        chat_id, at, size, core, pick (most messages in the last 28 days), best (most messages in
        the next 28, of those seen by then): shares of the next 28 days' messages.
    """
    dated = (
        days.lazy()
        .join(snapshots(days.filter(pl.col("messages") > 0)).lazy(), on="chat_id")
        .with_columns(age=(pl.col("at") - pl.col("day")).dt.total_days().cast(pl.Int32))
    )
    by = (*KEYS, "member_id")
    following = (
        dated.filter(pl.col("age").is_between(-WINDOW, -1))
        .group_by(by)
        .agg(next=pl.col("messages").sum())
    )
    members = scored(dated.filter(pl.col("age") >= 0), settings.points, by).with_columns(
        seen=(pl.col("active_days") > 0).sum().over(KEYS)
    )
    chosen = core(members, settings.pyramid, KEYS).with_columns(is_core=pl.lit(True))
    everyone = (
        members.join(following, on=by, how="left")
        .join(chosen, on=by, how="left")
        .with_columns(pl.col("next").fill_null(0), pl.col("is_core").fill_null(False))
        .with_columns(
            size=pl.col("is_core").sum().over(KEYS),
            by_count=pl.struct(-pl.col("messages_28"), "member_id").rank("ordinal").over(KEYS),
            by_next=pl.struct(-pl.col("next"), "member_id").rank("ordinal").over(KEYS),
        )
    )
    total = pl.col("total").first()
    written = following.group_by(KEYS).agg(total=pl.col("next").sum())
    return (
        everyone.join(written, on=KEYS)
        .group_by(KEYS)
        .agg(
            speakers=(pl.col("messages_28") > 0).sum(),
            total=total,
            size=pl.col("size").first(),
            core=pl.col("next").filter("is_core").sum() / total,
            pick=pl.col("next").filter(pl.col("by_count") <= pl.col("size")).sum() / total,
            best=pl.col("next").filter(pl.col("by_next") <= pl.col("size")).sum() / total,
        )
        .filter(pl.col("speakers") >= LEAST_MEMBERS, pl.col("total") > 0)
        .sort(KEYS)
        .collect()
    )


def measure(days: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Return each group's mean over its snapshots."""
    parts = [shares(part, settings) for _, part in days.group_by("chat_id", maintain_order=True)]
    return (
        pl.concat(parts)
        .group_by("chat_id")
        .agg(pl.len().alias("snapshots"), pl.col("size", "core", "pick", "best").mean())
        .with_columns(gain=pl.col("core") - pl.col("pick"))
        .sort("chat_id")
    )


def main() -> None:
    """Print the groups and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    groups = measure(acts(options.folder).sort("chat_id", "member_id", "day"), Settings())
    print(f"{'group':40}{'snapshots':>10}{'size':>7}{'core':>8}{'pick':>8}{'best':>8}{'gain':>9}")
    for row in groups.iter_rows(named=True):
        print(
            f"{row['chat_id']:40}{row['snapshots']:10d}{row['size']:7.1f}{row['core']:8.3f}"
            f"{row['pick']:8.3f}{row['best']:8.3f}{row['gain']:+9.3f}"
        )
    middles = groups.select(pl.col("size", "core", "pick", "best", "gain").median())
    middle = middles.row(0, named=True)
    gains = groups["gain"].to_numpy()
    print(
        f"\nmedian of {groups.height} groups: size {middle['size']:.1f}, core {middle['core']:.3f},"
        f" same-sized pick by message count {middle['pick']:.3f}, best set {middle['best']:.3f}"
    )
    print(
        f"core - pick: median {middle['gain']:+.4f}, mean {gains.mean():+.4f},"
        f" below 0 in {(gains < 0).sum()} groups"
    )


if __name__ == "__main__":
    main()
