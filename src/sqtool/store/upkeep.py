"""Keeping the store in shape: fewer and sorted files, no files nobody needs, the present schema."""

from collections.abc import Callable
from typing import Final

import polars as pl

from sqtool.store._change import Change, changing, sweep
from sqtool.store._place import Place
from sqtool.store._state import COMPACT, IMPORTS, open_table, read_history
from sqtool.store._tables import BUCKET, BUCKETED, BUCKETS, CONTENT, SCHEMA_VERSION, from_stored

MIGRATE: Final = "migrate"
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
            if name in BUCKETED:
                for number in range(BUCKETS):
                    _rewrite_bucket(change, name, number)
            elif len(change.table(name).file_uris()) > 1:
                change.table(name).optimize.compact()
        change.finish(COMPACT)
    # The state before is in reach of an undo, so its files stay until it is out of reach.
    with changing(place) as change:
        for name in CONTENT:
            sweep(place, name, change.history)
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
    """Return table, rows, files and bytes of each table as it is now."""
    history = read_history(place)
    rows = []
    for name in CONTENT:
        if history is None:
            break
        table = open_table(place, name, history.state.versions[name])
        adds = pl.DataFrame(table.get_add_actions(flatten=True))
        count, size = adds["num_records"].sum(), adds["size_bytes"].sum()
        rows.append((name, count or 0, adds.height, size or 0))
    return pl.DataFrame(
        rows,
        schema={"table": pl.String, "rows": pl.Int64, "files": pl.Int64, "bytes": pl.Int64},
        orient="row",
    )


def _rewrite_bucket(change: Change, name: str, number: int) -> None:
    table = change.table(name)
    files = table.file_uris([(BUCKET, "=", str(number))])
    if len(files) < 2:
        return
    order = ["chat_id", "ordinal"] if name == "messages" else ["chat_id"]
    rows = from_stored(name, pl.scan_delta(table).filter(pl.col(BUCKET) == number))
    change.replace(name, rows.collect().sort(order, maintain_order=True), f"{BUCKET} = {number}")


def _files(place: Place) -> int:
    folder = place.folder
    if folder is not None:
        return sum(1 for name in CONTENT for _ in (folder / name).rglob("*.parquet"))
    history = read_history(place)
    versions = history.state.versions if history is not None else {}
    return sum(len(open_table(place, name, v).file_uris()) for name, v in versions.items())
