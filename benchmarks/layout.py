"""Compare layouts of the store: buckets, row groups, compression, statistics, sorting.

Usage: python benchmarks/layout.py [--chats 300] [--weeks 6] [--a-week 40] [--only WORD,WORD]

Each layout holds the same weeks of ``make_archive.py``, written through the store's own code with
other constants. One varies at a time; the first line is the layout in use. ``one chat`` reads all
columns of one chat's messages (milliseconds, and megabytes that were read), ``all`` counts the
messages of every sender; both before and after ``compact``.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
from deltalake import ColumnProperties, WriterProperties

from _side_by_side import bytes_read
from make_archive import Archive, Week, append, held
from sqtool.store import _change, _compaction, _tables, upkeep
from sqtool.store._change import changing
from sqtool.store._place import Place
from sqtool.store.store import Store

_USED: dict[str, Any] = {
    "buckets": _tables.BUCKETS,
    "rows": _change.ROWS_A_GROUP,
    "level": 1,
    "stats": True,
    "steps": True,
    "sorted": True,
}
LAYOUTS: dict[str, dict[str, Any]] = {
    "in use": {},
    **{f"{n} buckets": {"buckets": n} for n in (1, 8, 16, 32, 64)},
    **{f"groups of {n}k": {"rows": n * 1_024} for n in (4, 8, 16, 64)},
    **{f"zstd {n}": {"level": n} for n in (1, 3, 9)},
    "stats of all columns": {"stats": False},
    "plain encodings": {"steps": False},
    "not sorted": {"sorted": False},
}


@contextmanager
def layout(
    buckets: int, rows: int, level: int, stats: bool, steps: bool, sorted: bool
) -> Iterator[None]:
    """Let the store write in another layout."""
    with ExitStack() as stack:
        for module in (_tables, _compaction):
            stack.enter_context(patch.object(module, "BUCKETS", buckets))
        settings = {**_change.WRITING, "compression_level": level, "max_row_group_size": rows}
        if not stats:
            settings.pop("default_column_properties")
        if not steps:
            settings["column_properties"] = {
                name: ColumnProperties(statistics_enabled="CHUNK")
                for name in settings["column_properties"]
            }
        stack.enter_context(patch.object(_change, "_WRITER", WriterProperties(**settings)))
        if not sorted:
            stack.enter_context(patch.object(_tables, "to_stored", _unsorted))
            stack.enter_context(patch.object(_change, "to_stored", _unsorted))
        yield


_SORTING = _tables.to_stored


def _unsorted(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Leave the rows of a bucket in the order of time, whatever their chat."""
    stored = _SORTING(name, frame)
    return stored.sort("sent_at") if name == "messages" else stored


def _measure(folder: Path, chat_id: str) -> str:
    """Return what reading one chat and reading all take."""
    store = Store.open(str(folder))
    taken = []
    for _ in range(3):
        began, started = bytes_read(), time.perf_counter()
        store.scan("messages", [chat_id]).collect()
        taken.append((time.perf_counter() - started, bytes_read() - began))
    started = time.perf_counter()
    store.scan("messages", columns=["sender_id"]).group_by("sender_id").len().collect()
    everything = time.perf_counter() - started
    seconds, size = min(taken)
    return f"{seconds * 1e3:6.0f} ms {size / 1e6:7.2f} MB {everything:6.2f} s"


def _try(weeks: list[Week], chat_id: str, **chosen: Any) -> str:
    folder = Path(tempfile.mkdtemp(prefix="sqtool-layout-"))
    try:
        with layout(**chosen):
            place, writing = Place.of(str(folder)), []
            for week in weeks:
                started = time.perf_counter()
                with changing(place, create=True) as change:
                    append(change, week)
                writing.append(time.perf_counter() - started)
            messages = folder / "messages"
            files, size = held(messages)
            before = _measure(folder, chat_id)
            started = time.perf_counter()
            upkeep.compact(place)
            compacting = time.perf_counter() - started
            after = _measure(folder, chat_id)
            live = upkeep.describe(place).filter(pl.col("table") == "messages")["bytes"].item()
        return (
            f"{sum(writing) / len(writing):6.1f} s {files / len(weeks):5.0f} {size:7.1f} {before}"
            f" | {compacting:6.1f} s {live / 1e6:7.1f} {after}"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print a table, a line per layout."""
    args = argparse.ArgumentParser()
    args.add_argument("--chats", type=int, default=300)
    args.add_argument("--weeks", type=int, default=6)
    args.add_argument("--a-week", type=float, default=40)
    args.add_argument("--only", default="")
    given = args.parse_args()
    archive = Archive(given.chats, given.a_week)
    weeks = list(archive.weeks(given.weeks))
    count = sum(week.messages.height for week in weeks)
    print(f"{count:,} messages of {given.chats:,} chats in {given.weeks} weeks")
    one, every = "one chat", "all"
    print(
        f"{'layout':22} {'a week':>8} {'files':>5} {'MB':>7} {one:>20} {every:>8}"
        f" | {'compact':>8} {'MB':>7} {one:>20} {every:>8}"
    )
    for name, changes in LAYOUTS.items():
        if not given.only or any(word in name for word in given.only.split(",")):
            shown = _try(weeks, archive.ids[given.chats // 3], **{**_USED, **changes})
            print(f"{name:22} {shown}", flush=True)


if __name__ == "__main__":
    main()
