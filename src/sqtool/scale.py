"""Tables of many chats of a store, batch by batch: one after the other, or on workers of Ray.

Nothing is computed here. Every batch goes through the metric's own function (``Table.rows``) as
any dataset does; ``Table.whole`` puts the rows of all batches in order. So memory is that of the
largest batch, and an engine decides where a batch is worked out, never what comes out of it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from typing import Final, Protocol

import polars as pl

from sqtool.context import Context
from sqtool.i18n import t
from sqtool.metrics._base import Metric, Rows, Table
from sqtool.reading import Progress
from sqtool.reports._blocks import Result, as_result
from sqtool.schema import Dataset
from sqtool.store._place import Place
from sqtool.store._state import History
from sqtool.store._tables import bucket_of
from sqtool.store.store import Store

ROWS: Final = 2_000_000
"""Messages of a batch: a portfolio of so many takes about 1 GB."""
_ROUNDS: Final = 3
"""Batches for each worker, at least: with one each, all wait for the slowest."""

Prepare = Callable[[Dataset], Dataset]


def as_it_is(data: Dataset) -> Dataset:
    """Return a dataset as the store has it."""
    return data


@dataclass(frozen=True)
class Work:
    """What is the same for every batch; may be sent to other machines.

    Args:
        place: The store.
        history: Its changes.
        versions: Of its tables: all workers see this state, whatever is imported meanwhile.
        steps: What to work out.
        ctx: One T, period and language for all.
        chats: How many there are.
        prepare: What is done to a dataset before metrics see it.
    """

    place: Place
    history: History
    versions: dict[str, int]
    steps: tuple[Rows, ...]
    ctx: Context
    chats: int
    prepare: Prepare

    def batch(self, chats: Sequence[str]) -> list[pl.DataFrame]:
        """Work out one batch: the rows of each step."""
        store = Store(self.place, self.history, self.versions)
        data = self.prepare(store.dataset(chats, now=self.ctx.as_of, tz=self.ctx.zone))
        ctx = replace(self.ctx, other_chats=self.chats - len(chats))
        return pl.collect_all([step(data, ctx) for step in self.steps])


class Engine(Protocol):
    """Where batches are worked out."""

    @property
    def workers(self) -> int:
        """How many batches at a time."""

    def run(
        self, work: Work, batches: Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, list[pl.DataFrame]]]:
        """Yield place and rows of each batch, in whatever order they are done."""


class _Here:
    """In this process, one after the other: polars uses all cores for each."""

    workers = 1

    def run(
        self, work: Work, batches: Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, list[pl.DataFrame]]]:
        for place, chats in enumerate(batches):
            yield place, work.batch(chats)


def engine_of(
    name: str = "polars", *, address: str | None = None, workers: int | None = None
) -> AbstractContextManager[Engine]:
    """Open an engine.

    Args:
        name: ``polars`` or ``ray``.
        address: Of a cluster of Ray; None starts one on this machine for the time being.
        workers: Of the one on this machine; None is one per core.

    Raises:
        UsageError: If Ray is not installed, there is no cluster, or it does not start.
    """
    if name == "ray":
        from sqtool.on_ray import on_ray

        return on_ray(address, workers)
    return _here()


@contextmanager
def _here() -> Iterator[Engine]:
    yield _Here()


def batches(store: Store, rows: int = ROWS, chats: Sequence[str] | None = None) -> list[list[str]]:
    """Return the chats of a store in batches; nothing is read but the table of chats.

    Args:
        store: The store.
        rows: Most messages of a batch, unless one chat has more.
        chats: Only these; all if None.

    Returns:
        Ids of chats. Those of one bucket are together, for they lie in the same files: a batch has
        whole buckets, or is a part of one that is too large.
    """
    known = _sizes(store, chats).items()
    sized = sorted((bucket_of(chat_id), chat_id, messages) for chat_id, messages in known)
    done: list[list[str]] = []
    room = 0
    for _, mine in groupby(sized, key=lambda chat: chat[0]):
        parts = _parts([(chat_id, messages) for _, chat_id, messages in mine], rows)
        for ids, messages in parts:
            if done and len(parts) == 1 and messages <= room:
                done[-1] += ids
                room -= messages
            else:
                done.append(ids)
                room = rows - messages if len(parts) == 1 else -1
    return done


def _sizes(store: Store, chats: Sequence[str] | None) -> dict[str, int]:
    known = store.chats if chats is None else store.chats.filter(pl.col("chat_id").is_in(chats))
    return dict(known.select("chat_id", pl.col("messages").fill_null(0).cast(pl.Int64)).iter_rows())


def _parts(chats: list[tuple[str, int]], rows: int) -> list[tuple[list[str], int]]:
    """Return the chats of one bucket in parts of about the same size, with their messages."""
    count = max(1, ceil(sum(messages for _, messages in chats) / rows))
    even = sum(messages for _, messages in chats) / count
    parts: list[tuple[list[str], int]] = [([], 0)]
    for chat_id, messages in chats:
        ids, held = parts[-1]
        if ids and (held + messages > rows or (held >= even and len(parts) < count)):
            parts.append(([chat_id], messages))
        else:
            ids.append(chat_id)
            parts[-1] = (ids, held + messages)
    return parts


def compute_all(
    store: Store,
    tables: Sequence[Table],
    ctx: Context,
    engine: Engine | None = None,
    *,
    rows: int = ROWS,
    chats: Sequence[str] | None = None,
    prepare: Prepare = as_it_is,
    data: Dataset | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[pl.DataFrame]:
    """Compute tables of all chats of a store.

    Args:
        store: The store, in the state that is wanted.
        tables: Tables of any metrics.
        ctx: Worked out once, for all chats.
        engine: Where; None is this process.
        rows: Most messages of a batch.
        chats: Only these; all if None.
        prepare: Applied to the dataset of every batch (aliases, tags, pseudonyms); must treat a
            chat the same whichever others are there.
        data: The whole store, prepared, where the caller has it; never scanned for messages.
        on_progress: Told after every batch, in chats.

    Returns:
        One frame per table: what ``table.compute`` gives for all chats at once.

    Raises:
        UsageError: If a table cannot be had of these chats (no such column), or workers died.
    """
    engine = engine or _Here()
    about = prepare(store.dataset()) if data is None else data
    _try(tables, about, ctx)
    sizes = _sizes(store, chats)
    if engine.workers > 1:
        rows = max(1, min(rows, ceil(sum(sizes.values()) / engine.workers / _ROUNDS)))
    parts = batches(store, rows, chats) or [
        []
    ]  # no chats: tables without rows, of the right columns
    steps = tuple(dict.fromkeys(table.rows for table in tables))
    work = Work(store.place, store.history, store.versions, steps, ctx, len(sizes), prepare)
    found: dict[int, list[pl.DataFrame]] = {}
    done = messages = 0
    for place, frames in engine.run(work, parts):
        found[place] = frames
        done += len(parts[place])
        messages += sum(sizes[chat_id] for chat_id in parts[place])
        if on_progress is not None:
            on_progress(Progress(t("groups", "群"), done, len(sizes), messages))
    # In the order of the batches, not in the one in which they were done.
    ordered = [found[place] for place in range(len(parts))]
    together = [pl.concat(frames).lazy() for frames in zip(*ordered, strict=True)]
    return pl.collect_all(
        [table.whole(together[steps.index(table.rows)], about, ctx) for table in tables]
    )


def _try(tables: Sequence[Table], about: Dataset, ctx: Context) -> None:
    """Plan tables of no chats: what an option names wrongly is told before the work, not after."""
    none = replace(Dataset.empty(), tags=about.tags, extras=about.extras)
    for table in tables:
        table.compute(none, ctx)


def tables(
    store: Store,
    metric: Metric,
    ctx: Context,
    keys: Sequence[str] | None = None,
    *,
    engine: str = "polars",
    address: str | None = None,
    workers: int | None = None,
    rows: int = ROWS,
    chats: Sequence[str] | None = None,
    prepare: Prepare = as_it_is,
    data: Dataset | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Compute a metric's tables of all chats of a store, as ``reports._blocks.compute`` does.

    Args:
        store: As for ``compute_all``.
        metric: The metric.
        ctx: As for ``compute_all``.
        keys: The tables wanted; None is all.
        engine: ``polars`` or ``ray``.
        address: As for ``engine_of``.
        workers: As for ``engine_of``.
        rows: As for ``compute_all``.
        chats: As for ``compute_all``.
        prepare: As for ``compute_all``.
        data: As for ``compute_all``.
        on_progress: As for ``compute_all``.

    Raises:
        KeyError: If there is no table of that name.
        UsageError: As ``engine_of``, or if workers died again and again.
    """
    wanted = metric.tables if keys is None else tuple(metric.table(key) for key in keys)
    about = prepare(store.dataset()) if data is None else data
    with engine_of(engine, address=address, workers=workers) as opened:
        frames = compute_all(
            store, wanted, ctx, opened,
            rows=rows, chats=chats, prepare=prepare, data=about, on_progress=on_progress,
        )  # fmt: skip
    return as_result(replace(metric, tables=wanted), frames, about, ctx)
