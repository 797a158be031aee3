"""Making a store where there is none."""

from pathlib import Path
from typing import Final

import polars as pl
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import TableNotFoundError

from sqtool.store._failures import foreign, lost
from sqtool.store._place import Place
from sqtool.store._state import IMPORTS, open_table
from sqtool.store._tables import BUCKET, BUCKETED, CHANGES, CONTENT, stored_schema

_SETTINGS: Final = {
    # The row of ``imports`` may name a version that is years old.
    "delta.enableExpiredLogCleanup": "false",
}
_MESSAGES: Final = {
    # Statistics are for finding chats and times; of texts they would fill the log.
    "delta.dataSkippingStatsColumns": "chat_id,sent_at,ordinal",
}
_LOG: Final = "_delta_log"


def check_free(place: Place) -> None:
    """Make sure that a store can be made here; what others put here is never touched.

    Raises:
        UsageError: If something else is where a table would be.
        UnreadableError: If there are tables with content, and nothing that says what holds.
    """
    if place.folder is None:
        return
    for name in (*CONTENT, IMPORTS):
        path = place.folder / name
        if not path.exists():
            continue
        if not path.is_dir():
            raise foreign(place, name)
        try:
            table = open_table(place, name)
        except TableNotFoundError:
            # A creation that died leaves a log without an entry, and nothing beside it.
            if any(entry.name != _LOG for entry in path.iterdir()):
                raise foreign(place, name) from None
            continue
        _check(place, name, table)


def create_tables(place: Place) -> DeltaTable:
    """Make the tables that are not there; a creation may have died half-way.

    Returns:
        The table ``imports``, without a row.

    Raises:
        UnreadableError: If there are tables with content, and nothing that says what holds.
    """
    for name in CONTENT:
        write_deltalake(
            place.table(name),
            pl.DataFrame(schema=stored_schema(name)),
            mode="ignore",
            partition_by=[BUCKET] if name in BUCKETED else None,
            configuration=_SETTINGS | (_MESSAGES if name == "messages" else {}),
        )
        _check(place, name, open_table(place, name))
    write_deltalake(
        place.table(IMPORTS), pl.DataFrame(schema=CHANGES), mode="ignore", configuration=_SETTINGS
    )
    return open_table(place, IMPORTS)


def _check(place: Place, name: str, table: DeltaTable) -> None:
    columns = CHANGES.names() if name == IMPORTS else stored_schema(name).names()
    if [field.name for field in table.schema().fields] != columns:
        raise foreign(place, name)
    if name != IMPORTS and table.version() != 0:
        raise lost(place)


def exists(folder: Path) -> bool:
    """Whether there may be a store in a folder; cheap, and writes nothing."""
    return (folder / IMPORTS / _LOG).is_dir()
