"""What the store holds: the newest row of ``imports`` names the versions of all other tables."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from sqtool.errors import UnreadableError, UsageError
from sqtool.i18n import t
from sqtool.store._place import Place
from sqtool.store._tables import CHANGES, SCHEMA_VERSION

IMPORTS: Final = "imports"
UNDO: Final = "undo"
COMPACT: Final = "compact"
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

    def states(self, count: int | None = None) -> list[State]:
        """Return the states that an undo may lead to, the present one first."""
        numbers = self.done()[::-1]
        wanted = numbers if count is None else numbers[: count + 1]
        rows = {row["id"]: row for row in self.rows.iter_rows(named=True)}
        return [self.state, *(_state(rows[number]) for number in wanted)]


def _state(row: dict[str, Any]) -> State:
    return State(row["id"], row["at"], row["what"], json.loads(row["versions"]))


def open_table(place: Place, name: str, version: int | None = None) -> DeltaTable:
    """Open a table, at a version or at its newest."""
    return DeltaTable(place.table(name), version=version, storage_options=None)


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
        raise UnreadableError(
            t("the store cannot be read", "无法读取存储库"),
            where=place.address,
            hint=str(error).split("\n", 1)[0],
        ) from error
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
