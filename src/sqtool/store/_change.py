"""Changing the store: one writer at a time, and all of a change or nothing of it.

Each table is committed by itself, so the row of ``imports`` comes last and readers go by it. A
writer that dies leaves tables that are ahead of that row; the next writer takes them back first.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
from deltalake import ColumnProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError
from filelock import FileLock, Timeout

from sqtool import __version__
from sqtool.errors import UsageError
from sqtool.files import folder_for_files
from sqtool.i18n import t
from sqtool.store._creating import check_free, create_tables, exists
from sqtool.store._durable import settle
from sqtool.store._failures import failing_clearly, hushed, is_failure, lost, no_store, overtaken
from sqtool.store._place import Place
from sqtool.store._state import IMPORTS, History, open_table, read_history
from sqtool.store._tables import (
    BUCKET,
    BUCKETED,
    CHANGES,
    CONTENT,
    SCHEMA_VERSION,
    bucket_of,
    from_stored,
    to_stored,
)
from sqtool.store._tidy import ALONE, drop_marks, recover, take_back

WAIT_SECONDS: Final = 600
"""How long another writer is waited for. A dead one's lock is free at once."""
ROWS_A_GROUP: Final = 4_096
"""Reading one chat decodes such groups whole: small ones (``benchmarks/layout.py``)."""
ROWS_A_FILE: Final = 250_000
"""So many rows are written at a time: writing a million takes a gigabyte."""
_MOST_IDS: Final = 1_000
_ASKED: Final = ("chat_id", "sent_at", "ordinal", "member_id", "file", "import_id")
"""Columns that readers narrow down by. Of others, statistics of each group only make every reading
longer: they stand in the footer, and texts are long."""
WRITING: Final[dict[str, Any]] = {
    "compression": "ZSTD",
    "compression_level": 1,
    "max_row_group_size": ROWS_A_GROUP,
    "default_column_properties": ColumnProperties(statistics_enabled="NONE"),
    "column_properties": {
        **{name: ColumnProperties(statistics_enabled="CHUNK") for name in _ASKED},
        # Both grow within a chat: told by their steps they take a fifth off the whole table.
        "sent_at": ColumnProperties(
            statistics_enabled="CHUNK", dictionary_enabled=False, encoding="DELTA_BINARY_PACKED"
        ),
        "message_id": ColumnProperties(
            statistics_enabled="NONE", dictionary_enabled=False, encoding="DELTA_BYTE_ARRAY"
        ),
    },
}
_WRITER: Final = WriterProperties(**WRITING)


class Change:
    """A change under way; see ``changing``.

    Args:
        place: The store.
        history: What it held before.
        tables: Its tables at their newest version, with just that content.
    """

    def __init__(self, place: Place, history: History, tables: dict[str, DeltaTable]) -> None:
        self.place = place
        self.history = history
        self._tables = tables
        self._begun = self.versions()
        self._files: dict[str, set[str]] = {}

    def table(self, name: str) -> DeltaTable:
        """Return a table as this change has left it."""
        return self._tables[name]

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows to a table."""
        for piece in to_stored(name, frame).iter_slices(ROWS_A_FILE):
            self._write(name, piece, mode="append")

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
                with self._committing(name) as table:
                    table.delete(
                        f"{where}chat_id IN ({listed})",
                        writer_properties=_WRITER,
                        commit_properties=ALONE,
                    )

    def take_back(self, versions: dict[str, int]) -> None:
        """Give the tables the content they had at some versions.

        Raises:
            UnreadableError: If files of those versions are gone.
        """
        for name, version in versions.items():
            with self._committing(name) as table:
                take_back(self.place, name, table, version)

    def renew(self, name: str, chats: Sequence[str], frame: pl.DataFrame) -> None:
        """Put rows in the place of those of some chats, in one commit.

        Thousands of chats grow in a week; ``forget`` takes a commit for each bucket or thousand of
        them. What shares a bucket with them is read and written again: not for messages.
        """
        rows = pl.scan_delta(self.table(name))
        predicate = None
        if name in BUCKETED:
            buckets = sorted(
                {bucket_of(chat_id) for chat_id in (*chats, *frame["chat_id"].unique())}
            )
            rows = rows.filter(pl.col(BUCKET).is_in(buckets))
            predicate = f"{BUCKET} IN ({', '.join(map(str, buckets))})"
        gone = pl.Series(list(chats), dtype=pl.String).implode()
        others = from_stored(name, rows.filter(~pl.col("chat_id").is_in(gone))).collect()
        self.replace(name, pl.concat([others, frame]), predicate)

    def versions(self) -> dict[str, int]:
        """Return the version of every table as this change leaves it."""
        return {name: table.version() for name, table in self._tables.items()}

    def finish(self, what: str, *, undoes: Sequence[int] = (), **facts: Any) -> int:
        """Make the change the truth, by its row in ``imports``; return its number."""
        number = self.history.state.id + 1
        log = open_table(self.place, IMPORTS)
        if log.version() != self.history.version:
            raise overtaken(self.place)
        for name, files in self._files.items():
            settle(self.place, name, self._tables[name], self._begun[name], files)
        row = {"undoes": list(undoes) or None, **facts}
        _record(self.place, log, number, what, self.versions(), row)
        return number

    def _write(self, name: str, frame: pl.DataFrame, **how: Any) -> None:
        with self._committing(name) as table:
            write_deltalake(table, frame, writer_properties=_WRITER, commit_properties=ALONE, **how)

    @contextmanager
    def _committing(self, name: str) -> Iterator[DeltaTable]:
        """Give a table for one commit; ours is the newest of the table then, or nothing holds."""
        table = self._tables[name]
        before = table.version()
        if name not in self._files:
            self._files[name] = set(table.file_uris())
        try:
            with hushed():
                yield table
        except CommitFailedError as error:
            raise overtaken(self.place) from error
        table.update_incremental()
        if table.version() > before + 1:
            raise overtaken(self.place)


def quoted(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _record(
    place: Place,
    log: DeltaTable,
    number: int,
    what: str,
    versions: dict[str, int],
    facts: dict[str, Any],
) -> None:
    row = dict.fromkeys(CHANGES.names(), None) | {
        "id": number,
        "at": datetime.now(UTC),
        "what": what,
        "versions": json.dumps(versions, sort_keys=True),
        "schema": SCHEMA_VERSION,
        "program": __version__,
        **facts,
    }
    frame = pl.DataFrame([row], schema=CHANGES)
    version, files = log.version(), set(log.file_uris())
    try:
        with hushed():
            write_deltalake(log, frame, mode="append", commit_properties=ALONE)
    except CommitFailedError as error:
        raise overtaken(place) from error
    except BaseException as error:
        # A disk that is full just after the row was written: then it holds all the same.
        if not is_failure(error) or not _recorded(place, number, versions):
            raise
    log.update_incremental()
    with suppress(OSError):  # it holds, be it on the disk or not yet
        settle(place, IMPORTS, log, version, files)


def _recorded(place: Place, number: int, versions: dict[str, int]) -> bool:
    with suppress(Exception):
        history = read_history(place)
        if history is not None:
            return history.state.id == number and history.state.versions == versions
    return False


@contextmanager
def changing(place: Place, *, create: bool = False, any_schema: bool = False) -> Iterator[Change]:
    """Open the store for one change; at most one process is inside at a time.

    Args:
        place: The store.
        create: Whether to make one where there is none.
        any_schema: Whether an older schema is accepted.

    Raises:
        UsageError: If there is no store, it cannot be written, or another writer takes too long.
        UnreadableError: If it is damaged.
    """
    folder = place.folder
    if folder is not None:
        if create:
            folder_for_files(folder)
            if place.lock is None or not place.lock.exists():
                _check_free(place)
        elif not exists(folder):
            raise no_store(place)
    with failing_clearly(place), _locked(place):
        history = read_history(place, any_schema=any_schema)
        if history is None:
            if not create:
                raise no_store(place)
            history = _create(place)
        tables = recover(place, history)
        with _marked(place):
            yield Change(place, history, tables)


@contextmanager
def _locked(place: Place) -> Iterator[None]:
    if place.lock is None:
        # Object stores have no locks: the row of ``imports`` is only written on top of the one
        # that was read, and who comes second is told to try again.
        yield
        return
    lock = FileLock(place.lock)
    try:
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout as error:
        raise UsageError(
            t("another import is still running", "另一个导入还在进行"), where=place.address
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _marked(place: Place) -> Iterator[None]:
    """Leave a mark while writing: the next writer sees that one died, and tidies up."""
    if place.mark is not None:
        place.mark.touch()
    try:
        yield
    except BaseException:
        # At once, for what is left of a failed import may be what fills the disk. If not even
        # that works, the mark stays for the next writer.
        with suppress(Exception):
            history = read_history(place, any_schema=True)
            if history is not None and place.folder is not None:
                recover(place, history)
        raise
    drop_marks(place)


def _check_free(place: Place) -> None:
    with failing_clearly(place):
        if read_history(place, any_schema=True) is None:
            check_free(place)


def _create(place: Place) -> History:
    check_free(place)
    with hushed():
        log = create_tables(place)
    if log.version() == 0:
        with suppress(UsageError):  # somebody else made it at the same time
            _record(place, log, 0, "create", dict.fromkeys(CONTENT, 0), {})
    history = read_history(place)
    if history is None:
        raise lost(place)
    return history
