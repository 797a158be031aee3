"""Keeping the store in shape: fewer and sorted files, no files nobody needs, the present schema."""

from collections.abc import Callable
from typing import Final

import polars as pl

from sqtool.store._change import Change, changing
from sqtool.store._compaction import rewrite
from sqtool.store._failures import hushed, no_store
from sqtool.store._place import Place
from sqtool.store._state import COMPACT, IMPORTS, MIGRATE, open_table, read_history
from sqtool.store._tables import CONTENT, SCHEMA_VERSION
from sqtool.store._tidy import sweep

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
            rewrite(change, name)
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


def _files(place: Place) -> int:
    folder = place.folder
    if folder is not None:
        return sum(1 for name in CONTENT for _ in (folder / name).rglob("part-*.parquet"))
    history = read_history(place)
    versions = history.state.versions if history is not None else {}
    return sum(len(open_table(place, name, v).file_uris()) for name, v in versions.items())
