"""Time the portfolio of a store: batch after batch in this process, or on workers of Ray.

The chats are those of ``benchmarks/portfolio.py``, put into a store as they are. Prints seconds and
the peak memory of the process with all it starts (private and its share of what is shared), and
whether both engines gave the same rows. Linux only, for the memory.

Usage: python benchmarks/scale.py [--chats 300] [--messages 2000] [--workers 2] [--engine ray]
"""

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType

import polars as pl

from portfolio import dataset
from sqtool import scale
from sqtool.context import Context
from sqtool.metrics.portfolio import METRIC
from sqtool.schema import Dataset
from sqtool.store._change import Change, changing
from sqtool.store._place import Place
from sqtool.store._tables import CONTENT
from sqtool.store.store import Store

AT_ONCE = 500
"""Chats made up and written at a time."""


def keep(change: Change, data: Dataset) -> None:
    """Put invented chats into a store."""
    messages = data.messages.collect()
    spans = messages.group_by("chat_id").agg(
        messages=pl.len(), first_at=pl.col("sent_at").min(), last_at=pl.col("sent_at").max()
    )
    chats = data.chats.collect().join(spans, on="chat_id", how="left")
    frames = {
        "chats": chats.with_columns(key="chat_id", strong=pl.lit(True)),
        "members": data.members.collect(),
        "messages": messages,
        "tags": data.tags,
    }
    for name, frame in frames.items():
        schema = CONTENT[name]
        missing = [pl.lit(None, schema[c]).alias(c) for c in schema if c not in frame.columns]
        change.append(
            name, frame.with_columns(missing).select(pl.col(c).cast(schema[c]) for c in schema)
        )


class Memory:
    """The highest memory of this process and all below it, seen twice a second."""

    def __enter__(self) -> "Memory":
        self.peak = 0.0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            self.peak = max(self.peak, sum(map(_size, _tree(os.getpid()))) / 1024)


def _tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:  # gone meanwhile
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            below.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += below.get(one, [])
    return found


def _size(pid: int) -> int:
    """Return kilobytes: private ones and a fair share of shared ones."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    """Print seconds and peak memory of each engine."""
    args = argparse.ArgumentParser()
    args.add_argument("--chats", type=int, default=300)
    args.add_argument("--messages", type=int, default=2_000)
    args.add_argument("--workers", type=int, default=2)
    args.add_argument("--rows", type=int, default=scale.ROWS, help="most messages of a batch")
    args.add_argument("--engine", action="append", choices=["polars", "ray"])
    args.add_argument("--store", help="made if it is not there, and kept")
    asked = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(asked.store or str(Path(folder) / "store"))
        if not Path(place.address).exists():
            with changing(place, create=True) as change:
                for first in range(0, asked.chats, AT_ONCE):
                    some = min(AT_ONCE, asked.chats - first)
                    keep(change, dataset(some, asked.messages, first=first))
                change.finish("import", files="[]", chats=asked.chats)
        store = Store.open(place.address)
        newest = store.chats["last_at"].max()
        ctx = Context.of(Dataset.empty(), as_of=newest)  # type: ignore[arg-type]
        print(f"{store.chats.height:,} chats, {store.chats['messages'].sum():,} messages")
        found = []
        for name in asked.engine or ["polars", "ray"]:
            with Memory() as memory:
                start = time.perf_counter()
                with scale.engine_of(name, workers=asked.workers) as engine:
                    opened = time.perf_counter()
                    found += scale.compute_all(store, METRIC.tables, ctx, engine, rows=asked.rows)
                    worked = time.perf_counter()
            print(
                f"{name:8} {worked - opened:7.2f} s, start {opened - start:.2f} s, stop"
                f" {time.perf_counter() - worked:.2f} s; peak {memory.peak:,.0f} MB"
            )
        if len(found) == 2 * len(METRIC.tables):
            half = len(METRIC.tables)
            same = all(a.equals(b) for a, b in zip(found[:half], found[half:], strict=True))
            print("the same rows" if same else "OTHER ROWS")


if __name__ == "__main__":
    main()
