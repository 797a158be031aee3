"""Exports of many small JSON files that one file leads to: a file a day, a file a topic."""

import codecs
import posixpath
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final, TypeVar
from zipfile import BadZipFile
from zlib import error as ZlibError

import msgspec
import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._json import read_array

T = TypeVar("T")

_SMALL: Final = 8 * 1024 * 1024
_UNREADABLE: Final = (UnreadableError, OSError, EOFError, BadZipFile, ZlibError)


def folder_of(file: Export) -> str:
    """Return the name of the folder a file lies in, without asking the file system."""
    return PurePosixPath(file.member or file.path.as_posix()).parent.name


def read_arrays(
    lead: Export,
    files: Iterable[Export],
    issues: IssueLog,
    item: type[T],
    *,
    quick: type[T] | None = None,
) -> Iterator[tuple[Export, list[T], Sequence[int]]]:
    """Stream files of one JSON array each, one after the other.

    Args:
        lead: The file that leads: rows are accounted for by it. An issue says in its detail which
            file its record number belongs to.
        files: The files, in order.
        issues: As in ``read_array``; a file that cannot be read to its end is ``damaged-file``.
        item: The msgspec type of an item.
        quick: A type that is decoded faster, for files that are as they should be.

    Yields:
        The file, a run of items, and the 1-based number of each in its file.
    """
    decoder = msgspec.json.Decoder(list.__class_getitem__(quick or item))
    for file in files:
        whole = _whole(file, decoder)
        if whole is not None:
            if whole:
                yield file, whole, range(1, len(whole) + 1)
            continue
        own = IssueLog()
        try:
            for items, records in read_array(file, own, item):
                yield file, items, records
        except _UNREADABLE as error:
            detail = f"cannot be read to its end ({type(error).__name__})"
            own.add("damaged-file", file.title, rows=0, detail=detail)
        note(lead, file, own, issues)


def _whole(file: Export, decoder: "msgspec.json.Decoder[list[T]]") -> list[T] | None:
    """Read a small file at once; None if it is large, or anything is wrong with it."""
    try:
        if file.size > _SMALL:
            return None
        with file.open() as source:
            data = source.read()
        items = decoder.decode(data.removeprefix(codecs.BOM_UTF8))
    except (*_UNREADABLE, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if file.on_read is not None:
        file.on_read(len(data))
    return items


def note(lead: Export, file: Export, own: IssueLog, issues: IssueLog) -> None:
    """Hand on the issues of one file under the name of the file that leads."""
    for code, _, line, rows, detail in own.frame().iter_rows():
        issues.add(code, lead.title, line, rows=rows, detail=f"{_place(lead, file)}{detail}")


class Places:
    """Which file and which record of it each row of a batch comes from."""

    def __init__(self) -> None:
        self._files: list[Export] = []
        self._starts: list[int] = []
        self.records: list[int] = []

    def add(self, file: Export, records: Sequence[int]) -> None:
        """Take a run of records of one file."""
        self._files.append(file)
        self._starts.append(len(self.records))
        self.records += records

    def clear(self) -> None:
        """Forget all: the next batch begins."""
        self._files.clear()
        self._starts.clear()
        self.records.clear()

    def with_times(self, rows: pl.DataFrame, lead: Export, issues: IssueLog) -> pl.DataFrame:
        """Return the rows that have a time; the others become issues that name their file.

        What comes after the parser could only say which record it was, and not of which file.
        """
        bad = rows["sent_at"].is_null()
        for row in bad.arg_true():
            file = self._files[bisect_right(self._starts, row) - 1]
            detail = f"{_place(lead, file)}no time that can be read"
            issues.add("bad-timestamp", lead.title, self.records[row], detail=detail)
        return rows.filter(~bad) if bad.any() else rows


def _place(lead: Export, file: Export) -> str:
    if file.key == lead.key:
        return ""
    return f"{posixpath.relpath(file.title, PurePosixPath(lead.title).parent)}: "
