"""Time the portfolio of many chats: verdict, activity, leaves and churn of all of them in one go.

The chats are invented: members with their own rhythm over 52 weeks, some chats fading, some silent
for weeks, some with a member list, joins and leaves in all. Prints seconds (and those of work on
all cores, which a busy machine does not stretch) and the peak memory of the process, the dataset
itself included.

Usage: python benchmarks/portfolio.py [--chats 1000] [--messages 2000] [--rounds 3] [--steps]
"""

import argparse
import resource
import sys
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from sqtool.context import Context
from sqtool.metrics.portfolio import METRIC
from sqtool.schema import CHATS, EVENT, INSTANT, KIND, MEMBERS, MESSAGES, Dataset

WEEKS = 52
MEMBERS_A_CHAT = 60
NOTICES = 0.02
"""Share of rows that are joins and leaves."""
AS_OF = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)  # a Sunday
_TEXTS = ("好的", "今天读到第三章了,比前两章难一些", "有没有人一起打卡?", "收到 " * 12, "/微笑")
_ENDS = (*(1.0,) * 8, 0.97, 0.6)
"""The part of the year in which a chat is alive, drawn for each."""


def dataset(chats: int, messages: int, seed: int = 1, first: int = 0) -> Dataset:
    """Return invented chats, normalised, in memory.

    Args:
        chats: How many.
        messages: Rows of each, notices included.
        seed: Of the random numbers.
        first: Number of the first chat, where a batch of many is made.
    """
    rng = np.random.default_rng((seed, first))
    rows = chats * messages
    chat = np.repeat(np.arange(chats), messages)
    # Few write most: the square of a uniform number leans towards the first members.
    member = (rng.random(rows) ** 2 * MEMBERS_A_CHAT).astype(np.int64)
    place = rng.random(rows)
    fades = rng.random(chats) < 0.3
    place = np.where(fades[chat], place**1.6, place) * rng.choice(_ENDS, chats)[chat]
    seconds = np.sort(chat + place, kind="stable") - chat
    notice = rng.random(rows) < NOTICES
    base = int((AS_OF - timedelta(weeks=WEEKS)).timestamp() * 1_000_000)
    sent = base + (seconds * WEEKS * 7 * 86_400).astype(np.int64) * 1_000_000
    frame = pl.DataFrame(
        {
            "chat": chat,
            "member": member,
            "sent_at": pl.Series(sent, dtype=pl.Int64).cast(INSTANT),
            "notice": notice,
            "leaves": rng.random(rows) < 0.4,
            "words": rng.integers(0, len(_TEXTS), rows),
            "ordinal": np.tile(np.arange(messages, dtype=np.uint32), chats),
        }
    )
    ids = pl.Series([f"qq:{700_000_000 + first + i}" for i in range(chats)])
    people = pl.Series([str(10_000_000 + i) for i in range(MEMBERS_A_CHAT)])
    who = pl.lit(people).gather(pl.col("member"))
    said = ~pl.col("notice")
    event = pl.when("leaves").then(pl.lit("leave")).otherwise(pl.lit("join"))
    built = frame.lazy().select(
        chat_id=pl.lit(ids).gather(pl.col("chat")),
        message_id=pl.lit(None, pl.String),
        sent_at="sent_at",
        sender_id=pl.when(said).then(who),
        sender_name=pl.when(said).then(pl.lit("成员 ") + who),
        ordinal="ordinal",
        kind=pl.when(said).then(pl.lit("text")).otherwise(pl.lit("system")).cast(KIND),
        text=pl.when(said).then(pl.lit(pl.Series(_TEXTS)).gather(pl.col("words"))),
        event=pl.when(~said).then(event).cast(EVENT),
        target_ids=pl.when(~said).then(pl.concat_list(who)),
    )
    missing = [pl.lit(None, dtype).alias(n) for n, dtype in MESSAGES.items() if n not in _BUILT]
    written = built.with_columns(missing).select(MESSAGES.names()).cast(MESSAGES).collect()
    listed = np.arange(chats) % 2 == 0
    members = pl.DataFrame(
        {"chat": np.repeat(np.arange(chats), MEMBERS_A_CHAT),
         "member": np.tile(np.arange(MEMBERS_A_CHAT), chats)}
    ).select(
        chat_id=pl.lit(ids).gather(pl.col("chat")),
        member_id=who,
        display_name=pl.lit("成员 ") + who,
        role=pl.when(pl.col("member") == 0).then(pl.lit("owner")),
        is_bot=pl.lit(False),
        is_self=pl.lit(None, pl.Boolean),
        in_roster=pl.when(pl.lit(pl.Series(listed)).gather(pl.col("chat"))).then(pl.lit(True)),
    )  # fmt: skip
    about = pl.DataFrame(
        {"chat_id": ids, "name": [f"读书会 {first + i} 群" for i in range(chats)],
         "has_roster": listed}
    ).with_columns(
        platform=pl.lit("qq"), kind=pl.lit("group"), exported_at=pl.lit(AS_OF, INSTANT),
        has_replies=pl.lit(False), has_mentions=pl.lit(False), format=pl.lit("made-up"),
        joins_named=pl.lit(0, pl.UInt32), joins_linked=pl.lit(0, pl.UInt32),
    )  # fmt: skip
    tags = pl.DataFrame(
        {"chat_id": ids, "tag": ["city"] * chats, "value": [f"city {i % 20}" for i in range(chats)]}
    )
    return Dataset(_as(about, CHATS), _as(members, MEMBERS), written.lazy(), tags=tags)


_BUILT = frozenset(
    ["chat_id", "message_id", "sent_at", "sender_id", "sender_name", "ordinal", "kind", "text",
     "event", "target_ids"]
)  # fmt: skip


def _as(frame: pl.DataFrame, schema: pl.Schema) -> pl.LazyFrame:
    missing = [
        pl.lit(None, dtype).alias(n) for n, dtype in schema.items() if n not in frame.columns
    ]
    key = [name for name in ("chat_id", "member_id") if name in schema]
    return frame.with_columns(missing).select(schema.names()).cast(schema).sort(key).lazy()


def _fresh(data: Dataset) -> Dataset:
    """Return the dataset without what earlier metrics left with it."""
    return Dataset(data.chats, data.members, data.messages, tags=data.tags)


def _peak() -> float:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (2**30 if sys.platform == "darwin" else 2**20)


def main() -> None:
    """Print seconds and peak memory."""
    args = argparse.ArgumentParser()
    args.add_argument("--chats", type=int, default=1_000)
    args.add_argument("--messages", type=int, default=2_000)
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--steps", action="store_true", help="each table on its own, too")
    asked = args.parse_args()
    start = time.perf_counter()
    data = dataset(asked.chats, asked.messages)
    print(f"{asked.chats:,} chats x {asked.messages:,} messages, {WEEKS} weeks")
    print(f"made up in         {time.perf_counter() - start:6.2f} s, peak {_peak():.2f} GB")
    ctx = Context.of(data)
    if asked.steps:
        _steps(data, ctx)
    for _ in range(asked.rounds):
        start, worked = time.perf_counter(), time.process_time()
        rows = METRIC.table().compute(_fresh(data), ctx).collect()
        took, worked = time.perf_counter() - start, time.process_time() - worked
        print(f"portfolio          {took:6.2f} s ({worked:.2f} s of work), peak {_peak():.2f} GB")
    for verdict, count in rows["verdict"].value_counts().sort("verdict").iter_rows():
        print(f"  {verdict:10} {count:,}")


def _steps(data: Dataset, ctx: Context) -> None:
    from sqtool.metrics import METRICS

    for name, key in (
        ("zombie", "verdict"), ("activity", "summary"), ("growth", "summary"),
        ("churn", "summary"), ("chats", "chats"),
    ):  # fmt: skip
        start = time.perf_counter()
        METRICS.get(name).table(key).compute(_fresh(data), ctx).collect()
        print(f"{name + ' ' + key:18} {time.perf_counter() - start:6.2f} s alone")


if __name__ == "__main__":
    main()
