"""What the store holds: the newest row of ``imports`` names the versions of all other tables."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.store._failures import damaged, failed, is_failure
from sqtool.store._place import Place
from sqtool.store._tables import CHANGES, SCHEMA_VERSION

IMPORTS: Final = "imports"
UNDO: Final = "undo"
COMPACT: Final = "compact"
MIGRATE: Final = "migrate"
QUIET: Final = ("create", COMPACT, MIGRATE)
"""Changes that leave the content as it was: an undo passes over them."""
KEPT_STATES: Final = 10
"""So many changes can be undone after the store was tidied up."""


@dataclass(frozen=True)
class State:
    """A moment of the store.

    Args:
        id: Number of the change that led to it.
        at: When that was.
        what: What it was.
        versions: Version of each table.
    """

    id: int
    at: datetime
    what: str
    versions: dict[str, int]


@dataclass(frozen=True)
class History:
    """All changes, oldest first.

    Args:
        rows: ``CHANGES``.
        version: Version of the table they were read from.
    """

    rows: pl.DataFrame
    version: int

    @property
    def state(self) -> State:
        """What holds now."""
        return _state(self.rows.row(-1, named=True))

    def done(self) -> list[int]:
        """Return the ids of the changes in force, oldest first: those not undone."""
        stack: list[int] = []
        for number, undone in self.rows.select("id", "undoes").iter_rows():
            if undone:
                stack = [one for one in stack if one not in undone]
            else:
                stack.append(number)
        return stack

    def states(self, undos: int) -> list[State]:
        """Return the states that so many undos may lead to, the present one first."""
        rows = {row["id"]: row for row in self.rows.iter_rows(named=True)}
        found = [self.state]
        for number in reversed(self.done()):
            found.append(_state(rows[number]))
            if rows[number]["what"] in QUIET:
                continue
            if not undos:
                break
            undos -= 1
        return found


def _state(row: dict[str, Any]) -> State:
    return State(row["id"], row["at"], row["what"], json.loads(row["versions"]))


class _LocalTable(DeltaTable):
    """A table in a folder of any name: delta-rs gives ``%20`` for a space in the paths of files."""

    def file_uris(self, *filters: Any, **more: Any) -> list[str]:
        return [unquote(uri) for uri in super().file_uris(*filters, **more)]


def open_table(
    place: Place, name: str, version: int | None = None, *, whole: bool = True
) -> DeltaTable:
    """Open a table, at a version or at its newest.

    Args:
        place: The store.
        name: The table.
        version: What a row of ``imports`` says; the newest if None.
        whole: Whether to make sure that the files of the version are there.

    Raises:
        UnreadableError: If a version that should be there is not, or files of it are missing.
        TableNotFoundError: If there is no such table, and no version was given.
    """
    kind = DeltaTable if place.folder is None else _LocalTable
    try:
        table = kind(place.table(name), version=version)
    except BaseException as error:
        if version is None and isinstance(error, TableNotFoundError):
            raise
        # What cannot be opened is not there, or its log is cut off.
        if isinstance(error, DeltaError):
            reason = t(f"the table {name} cannot be opened", f"无法打开数据表 {name}")
            raise damaged(place, reason) from error
        raise failed(place, error) if is_failure(error) else error from error
    if version is not None and whole and place.folder is not None:
        missing = sum(not os.path.exists(path) for path in table.file_uris())  # noqa: PTH110
        if missing:
            reason = t(
                f"{missing} files of the table {name} are missing",
                f"数据表 {name} 缺少 {missing} 个文件",
            )
            raise damaged(place, reason)
    return table


def read_history(place: Place, *, any_schema: bool = False) -> History | None:
    """Return the changes of a store; None if there is no store.

    Raises:
        UnreadableError: If the folder holds something else, or its tables are damaged.
        UsageError: If the store was written by a newer sqtool, or must be migrated first.
    """
    try:
        table = open_table(place, IMPORTS)
        rows = pl.scan_delta(table).select(CHANGES.names()).collect().sort("id")
    except TableNotFoundError:
        return None
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = t(f"the table {IMPORTS} cannot be read", f"无法读取数据表 {IMPORTS}")
        raise damaged(place, reason) from error
    if rows.is_empty():
        return None
    schema = rows["schema"][-1]
    if schema > SCHEMA_VERSION:
        raise UsageError(
            t("written by a newer sqtool", "由更新版本的 sqtool 写成"),
            where=place.address,
            hint=t("update sqtool", "请升级 sqtool"),
        )
    if schema < SCHEMA_VERSION and not any_schema:
        raise UsageError(
            t("written by an older sqtool", "由旧版本的 sqtool 写成"),
            where=place.address,
            hint="sqtool store migrate",
        )
    return History(rows, table.version())
