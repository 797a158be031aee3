"""Changing the store: one writer at a time, and all of a change or nothing of it.

Each table is committed by itself, so the row of ``imports`` comes last and readers go by it. A
writer that dies leaves tables that are ahead of that row; the next writer takes them back first.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from filelock import FileLock, Timeout

from sqtool import __version__
from sqtool.errors import UnreadableError, UsageError
from sqtool.files import unwritable
from sqtool.i18n import t
from sqtool.store._place import Place
from sqtool.store._state import IMPORTS, KEPT_STATES, History, open_table, read_history
from sqtool.store._tables import (
    BUCKET,
    BUCKETED,
    CHANGES,
    CONTENT,
    SCHEMA_VERSION,
    bucket_of,
    stored_schema,
    to_stored,
)

WAIT_SECONDS: Final = 600
"""How long another writer is waited for. A dead one's lock is free at once."""
_ROWS_A_GROUP: Final = 8_192
"""Reading one chat decodes such groups whole: small ones (``benchmarks/store.py``)."""
_MOST_IDS: Final = 1_000
_LOCK, _WRITING = "lock", "writing"
_WRITER: Final = WriterProperties(
    compression="ZSTD", compression_level=1, max_row_group_size=_ROWS_A_GROUP
)
_SETTINGS: Final = {
    # The row of ``imports`` may name a version that is years old.
    "delta.enableExpiredLogCleanup": "false",
}
_MESSAGES: Final = {
    # Statistics are for finding chats and times; of texts they would fill the log.
    "delta.dataSkippingStatsColumns": "chat_id,sent_at,ordinal",
}


class Change:
    """A change under way; see ``changing``.

    Args:
        place: The store.
        history: What it held before.
    """

    def __init__(self, place: Place, history: History) -> None:
        self.place = place
        self.history = history
        self._tables: dict[str, DeltaTable] = {}

    def table(self, name: str) -> DeltaTable:
        """Return a table as this change has left it."""
        if name not in self._tables:
            self._tables[name] = open_table(self.place, name)
        return self._tables[name]

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows to a table."""
        if frame.height:
            self._write(name, to_stored(name, frame), mode="append")

    def replace(self, name: str, frame: pl.DataFrame, predicate: str | None = None) -> None:
        """Put rows in the place of all, or of those a predicate names."""
        self._write(name, to_stored(name, frame), mode="overwrite", predicate=predicate)

    def forget(self, name: str, chats: Sequence[str]) -> None:
        """Remove the rows of some chats."""
        if name in BUCKETED:
            places = {bucket_of(chat_id) for chat_id in chats}
            runs = [
                (f"{BUCKET} = {number} AND ", [c for c in chats if bucket_of(c) == number])
                for number in sorted(places)
            ]
        else:
            runs = [("", list(chats))]
        for where, ids in runs:
            for start in range(0, len(ids), _MOST_IDS):
                listed = ", ".join(quoted(one) for one in ids[start : start + _MOST_IDS])
                self.table(name).delete(f"{where}chat_id IN ({listed})", writer_properties=_WRITER)

    def versions(self) -> dict[str, int]:
        """Return the version of every table as this change leaves it."""
        known = dict(self.history.state.versions)
        known.update((name, table.version()) for name, table in self._tables.items())
        return known

    def finish(self, what: str, *, undoes: Sequence[int] = (), **facts: Any) -> int:
        """Make the change the truth, by its row in ``imports``; return its number."""
        number = self.history.state.id + 1
        versions = facts.pop("versions", None) or self.versions()
        log = open_table(self.place, IMPORTS)
        if log.version() != self.history.version:
            raise _overtaken(self.place)
        _record(log, number, what, versions, undoes=undoes, **facts)
        return number

    def _write(self, name: str, frame: pl.DataFrame, **how: Any) -> None:
        table = self.table(name)
        write_deltalake(table, frame, writer_properties=_WRITER, **how)
        table.update_incremental()


def quoted(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _record(
    log: DeltaTable, number: int, what: str, versions: dict[str, int], **facts: Any
) -> None:
    row = dict.fromkeys(CHANGES.names(), None) | {
        "id": number,
        "at": datetime.now(UTC),
        "what": what,
        "undoes": list(facts.pop("undoes", ())) or None,
        "versions": json.dumps(versions, sort_keys=True),
        "schema": SCHEMA_VERSION,
        "program": __version__,
        **facts,
    }
    frame = pl.DataFrame([row], schema=CHANGES)
    try:
        # Never tried again on top of somebody else's row: that one names other versions.
        write_deltalake(
            log, frame, mode="append", commit_properties=CommitProperties(max_commit_retries=0)
        )
    except CommitFailedError as error:
        raise _overtaken(Place(log.table_uri)) from error


def _overtaken(place: Place) -> UsageError:
    return UsageError(
        t("another process changed the store meanwhile; nothing was imported",
          "另一个进程同时修改了存储库,本次未写入"),
        where=place.address,
        hint=t("run the command again", "请重新运行"),
    )  # fmt: skip


@contextmanager
def changing(place: Place, *, create: bool = False, any_schema: bool = False) -> Iterator[Change]:
    """Open the store for one change; at most one process is inside at a time.

    Args:
        place: The store.
        create: Whether to make one where there is none.
        any_schema: Whether an older schema is accepted.

    Raises:
        UsageError: If there is no store, it cannot be written, or another writer takes too long.
    """
    folder = place.folder
    if folder is not None and create:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(str(folder), error) from error
    if folder is not None and not folder.is_dir():
        raise no_store(place)
    try:
        with _locked(folder):
            history = read_history(place, any_schema=any_schema)
            if history is None:
                if not create:
                    raise no_store(place)
                history = _create(place)
            elif _left_behind(place, history):
                _recover(place, history)
            with _marked(folder):
                yield Change(place, history)
    except (OSError, DeltaError) as error:
        raise _failed(place, error) from error


def no_store(place: Place) -> UsageError:
    """Return the error for a store that is not there."""
    return UsageError(
        t("there is no store yet", "还没有存储库"),
        where=place.address,
        hint=t("sqtool import FILE... makes one", "先用 sqtool import 文件… 导入"),
    )


@contextmanager
def _locked(folder: Path | None) -> Iterator[None]:
    if folder is None:
        # Object stores have no locks: the row of ``imports`` is only written on top of the one
        # that was read, and who comes second is told to try again.
        yield
        return
    try:
        with FileLock(folder / _LOCK, timeout=WAIT_SECONDS):
            yield
    except Timeout as error:
        raise UsageError(
            t("another import is still running", "另一个导入还在进行"), where=str(folder)
        ) from error


@contextmanager
def _marked(folder: Path | None) -> Iterator[None]:
    """Leave a mark while writing: the next writer sees that one died, and tidies up."""
    if folder is None:
        yield
        return
    mark = folder / _WRITING
    mark.touch()
    yield
    # Not in a finally: after a failure there is something to tidy up.
    mark.unlink(missing_ok=True)


def _left_behind(place: Place, history: History) -> bool:
    if place.folder is not None and (place.folder / _WRITING).exists():
        return True
    versions = history.state.versions
    return any(open_table(place, name).version() != versions[name] for name in CONTENT)


def _recover(place: Place, history: History) -> None:
    """Take tables back to what the newest change says, and remove files nobody knows of."""
    dirty = place.folder is not None and (place.folder / _WRITING).exists()
    for name in CONTENT:
        table = open_table(place, name)
        if table.version() != history.state.versions[name]:
            table.restore(history.state.versions[name])
        if dirty:
            sweep(place, name, history)
    if dirty and place.folder is not None:
        (place.folder / _WRITING).unlink(missing_ok=True)


def sweep(place: Place, name: str, history: History) -> None:
    """Delete the files of a table that no state in reach needs."""
    table = open_table(place, name)
    kept = {state.versions[name] for state in history.states(KEPT_STATES)}
    table.vacuum(
        retention_hours=0,
        dry_run=False,
        enforce_retention_duration=False,
        full=True,
        keep_versions=sorted(kept | {table.version()}),
    )


def _create(place: Place) -> History:
    """Make the tables that are not there; a creation may have died half-way.

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
        if open_table(place, name).version() != 0:
            raise UnreadableError(
                t("the store has lost its list of imports", "存储库缺少导入记录"),
                where=place.address,
            )
    write_deltalake(
        place.table(IMPORTS), pl.DataFrame(schema=CHANGES), mode="ignore", configuration=_SETTINGS
    )
    _record(open_table(place, IMPORTS), 0, "create", dict.fromkeys(CONTENT, 0))
    history = read_history(place)
    assert history is not None
    return history


def _failed(place: Place, error: OSError | DeltaError) -> UsageError:
    if isinstance(error, TableNotFoundError):
        return no_store(place)
    if isinstance(error, OSError):
        return unwritable(place.address, error)
    reason = str(error).split("\n", 1)[0]
    return UsageError(
        t("the store cannot be written", "无法写入存储库"), where=place.address, hint=reason
    )
