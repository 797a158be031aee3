"""How often inferred replies are right, on logs that carry true ones, beside a naive baseline.

    python scripts/evaluate_replies.py FOLDER

FOLDER holds ``threads.parquet``: chat, n (order), sent_at, member, reply_to_n (null: no mark).
The marks are hidden, replies are inferred, and compared where a mark is known and leads to another
person. A marked message is a hard case: people mark a reply where it is not plain whom it answers.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from sqtool.context import Context
from sqtool.metrics._edges import inferred

MINUTES = 3
"""The baseline: the previous different speaker within so many minutes."""


def read(folder: Path) -> pl.DataFrame:
    """Return the messages in the shape that replies are inferred from, with the truth beside."""
    rows = pl.read_parquet(folder / "threads.parquet").select(
        "sent_at",
        "reply_to_n",
        chat_id="chat",
        member_id=pl.col("member").cast(pl.String),
        ordinal="n",
    )
    answered = rows.select("chat_id", reply_to_n="ordinal", truth="member_id")
    return rows.join(answered, on=["chat_id", "reply_to_n"], how="left").sort(
        "chat_id", "sent_at", "ordinal"
    )


def guessed(rows: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Return the marked messages with what the rule and the baseline say."""
    nobody = pl.LazyFrame(schema={"chat_id": pl.String, "ordinal": pl.UInt32})
    ours = inferred(rows.lazy(), nobody, ctx).select("chat_id", "ordinal", rule="to_id").collect()
    changed = pl.col("member_id") != pl.col("member_id").shift().over("chat_id")
    # Of every line the turn before it: the last line of another person.
    naive = (
        rows.with_columns(
            naive=pl.when(changed).then(pl.col("member_id").shift()).forward_fill().over("chat_id"),
            at=pl.when(changed).then(pl.col("sent_at").shift()).forward_fill().over("chat_id"),
        )
        .with_columns(near=(pl.col("sent_at") - pl.col("at")).dt.total_seconds() <= 60 * MINUTES)
        .with_columns(naive_near=pl.when("near").then("naive"))
    )
    return naive.join(ours, on=["chat_id", "ordinal"], how="left").filter(
        pl.col("truth").is_not_null(), pl.col("truth") != pl.col("member_id")
    )


def main() -> None:
    """Print precision and coverage of each, by chat."""
    rows = read(Path(sys.argv[1]))
    marked = guessed(rows, Context(as_of=datetime(2030, 1, 1, tzinfo=UTC)))
    names = {"rule": "ours", "naive_near": f"previous ≤ {MINUTES} min", "naive": "previous"}
    for (chat,), part in marked.sort("chat_id").group_by("chat_id", maintain_order=True):
        print(f"{chat}: {part.height} messages marked as replies to somebody else")
        for column, name in names.items():
            said = part.filter(pl.col(column).is_not_null())
            right = said.filter(pl.col(column) == pl.col("truth")).height
            print(
                f"  {name:16} precision {right / max(1, said.height):.3f}"
                f"  coverage {said.height / part.height:.3f}"
            )


if __name__ == "__main__":
    main()
