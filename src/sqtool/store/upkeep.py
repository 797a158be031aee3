"""Keeping the store in shape: fewer and sorted files, no files nobody needs, the present schema."""

import math
from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from sqtool.store._change import ROWS_A_FILE, Change, changing
from sqtool.store._failures import hushed, no_store
from sqtool.store._place import Place
from sqtool.store._state import COMPACT, IMPORTS, MIGRATE, open_table, read_history
from sqtool.store._tables import (
    BUCKET,
    BUCKETED,
    BUCKETS,
    CONTENT,
    SCHEMA_VERSION,
    SORTED,
    from_stored,
)
from sqtool.store._tidy import sweep

_ROWS_A_PIECE: Final = 500_000
"""So many rows are read and sorted at a time, however large a bucket is."""
Migration = Callable[[Change], None]
MIGRATIONS: Final[dict[int, Migration]] = {}
"""What brings the tables from a schema version to the next one, by the version it starts from."""


def compact(place: Place) -> tuple[int, int]:
    """Rewrite the tables in few, sorted files, and delete those that no undo needs any more.

    Args:
        place: The store.

    Returns:
        Number of data files before and after, superseded ones included.

    Raises:
        UsageError: If there is no store, or it cannot be written.
    """
    with changing(place) as change:
        before = _files(place)
        for name in CONTENT:
            for number in range(BUCKETS) if name in BUCKETED else [None]:
                _rewrite(change, name, number)
        if change.versions() != change.history.state.versions:
            change.finish(COMPACT)
    # The state before is in reach of an undo, so its files stay until it is out of reach.
    with changing(place) as change, hushed():
        sweep(place, change.history)
        for name in CONTENT:
            change.table(name).create_checkpoint()
        # After the sweep: somebody may just be reading the files of before.
        log = open_table(place, IMPORTS)
        log.optimize.compact()
        log.create_checkpoint()
    return before, _files(place)


def migrate(place: Place) -> tuple[int, int]:
    """Bring a store of an older sqtool to the present schema.

    Args:
        place: The store.

    Returns:
        Version before and after.

    Raises:
        UsageError: If there is no store, or it is of a newer sqtool.
    """
    with changing(place, any_schema=True) as change:
        before = int(change.history.rows["schema"][-1])
        for version in range(before, SCHEMA_VERSION):
            MIGRATIONS[version](change)
        if before < SCHEMA_VERSION:
            change.finish(MIGRATE)
        return before, SCHEMA_VERSION


def describe(place: Place) -> pl.DataFrame:
    """Return table, rows, files and bytes of each table as it is now.

    Raises:
        UsageError: If there is no store.
    """
    history = read_history(place)
    if history is None:
        raise no_store(place)
    rows = []
    for name, version in history.state.versions.items():
        table = open_table(place, name, version)
        adds = pl.DataFrame(table.get_add_actions(flatten=True))
        count, size = adds["num_records"].sum(), adds["size_bytes"].sum()
        rows.append((name, count or 0, adds.height, size or 0))
    return pl.DataFrame(
        rows,
        schema={"table": pl.String, "rows": pl.Int64, "files": pl.Int64, "bytes": pl.Int64},
        orient="row",
    )


def _rewrite(change: Change, name: str, number: int | None) -> None:
    """Rewrite a bucket, or a table without buckets, in order and in as few files as it needs."""
    table = change.table(name)
    files = pl.DataFrame(table.get_add_actions(flatten=True))
    where = None
    if number is not None:
        files = files.filter(pl.col(f"partition.{BUCKET}") == number)
        where = f"{BUCKET} = {number}"
    if files.height <= math.ceil((files["num_records"].sum() or 0) / ROWS_A_FILE):
        return
    # What is being replaced is read as it was, piece by piece.
    before = pl.scan_delta(open_table(change.place, name, table.version()))
    waiting, begun = pl.DataFrame(schema=CONTENT[name]), False
    for piece in (*_in_order(before, name, number), None):
        if piece is not None:
            waiting = pl.concat([waiting, piece])
        while waiting.height >= ROWS_A_FILE or (piece is None and waiting.height):
            rows, waiting = waiting.head(ROWS_A_FILE), waiting.slice(ROWS_A_FILE)
            if begun:
                change.append(name, rows)
            else:
                change.replace(name, rows, where)
                begun = True


def _in_order(rows: pl.LazyFrame, name: str, number: int | None) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table, or of one of its buckets, in the order they are kept in."""
    order = [one for one in (SORTED.get(name), "chat_id", "ordinal") if one in CONTENT[name]]
    if number is None:
        yield from_stored(name, rows).collect().sort(order, maintain_order=True)
        return
    rows = rows.filter(pl.col(BUCKET) == number)
    counts = rows.group_by("chat_id").len().collect().sort("chat_id")
    for first, last, share in _pieces(counts, cut="ordinal" in order):
        mine = rows.filter(pl.col("chat_id").is_between(pl.lit(first), pl.lit(last)))
        if share is not None:
            mine = mine.filter(pl.col("ordinal") // _ROWS_A_PIECE == share)
        yield from_stored(name, mine).collect().sort(order, maintain_order=True)


def _pieces(counts: pl.DataFrame, *, cut: bool) -> Iterator[tuple[str, str, int | None]]:
    """Yield runs of chats with so many rows in all; of a chat with more the shares one by one."""
    run: list[str] = []
    held = 0
    for chat_id, count in counts.iter_rows():
        # A chat that is cut ends the run before it, too.
        if run and held + count > _ROWS_A_PIECE:
            yield run[0], run[-1], None
            run, held = [], 0
        if cut and count > _ROWS_A_PIECE:
            shares = math.ceil(count / _ROWS_A_PIECE)
            yield from ((chat_id, chat_id, share) for share in range(shares))
        else:
            run.append(chat_id)
            held += count
    if run:
        yield run[0], run[-1], None


def _files(place: Place) -> int:
    folder = place.folder
    if folder is not None:
        return sum(1 for name in CONTENT for _ in (folder / name).rglob("part-*.parquet"))
    history = read_history(place)
    versions = history.state.versions if history is not None else {}
    return sum(len(open_table(place, name, v).file_uris()) for name, v in versions.items())
