"""Where rows wait between two stages: in memory, or on disk once there are more than a bound.

Analysing keeps what was read; converting an archive must not. Both go through here, so that there
is one way from raw rows to the schema.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

import polars as pl

from sqtool.files import folder_for_files, unwritable

MEMORY_ROWS: Final = 400_000
"""How many rows may wait in memory where there is a bound (a row is a few hundred bytes)."""
SHORT_ROWS: Final = 20_000
"""A chat of so few rows stays in memory while it is worked on."""
CHUNK_ROWS: Final = 200_000
"""How many rows of a chat are worked on at a time where there is a bound."""


class Spool:
    """Gives out places for rows.

    Args:
        bounded: Whether rows beyond a number go to a temporary folder, which ``close`` (or the end
            of a ``with`` block) removes.
        rows: That number.
        short: A chat of so few rows stays in memory while it is worked on; a longer one is worked
            on in chunks if it has more than ``CHUNK_ROWS``.
        folder: Where to make that folder; where the system keeps such if None.
    """

    def __init__(
        self,
        *,
        bounded: bool = False,
        rows: int | None = None,
        short: int | None = None,
        folder: Path | None = None,
    ) -> None:
        self.bounded = bounded
        self._most = rows or MEMORY_ROWS
        self._short = short or SHORT_ROWS
        self._parent = folder
        self._folder: Path | None = None
        self._files = 0
        self._waiting: list[Rows] = []
        self._rows = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was written to disk."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def rows(self) -> "Rows":
        """Return an empty run of rows."""
        rows = Rows(self)
        self._waiting.append(rows)
        return rows

    def chunk(self, frame: pl.DataFrame) -> "Chunk":
        """Return a place that holds the frame; on disk if there is a bound."""
        return Chunk(frame, self.file() if self.bounded else None)

    def whole(self, frame: pl.DataFrame) -> "Chunk":
        """Return a place for all rows of a chat; thousands of short chats need no file each."""
        return Chunk(frame, None) if frame.height <= self._short else self.chunk(frame)

    @property
    def whole_rows(self) -> int:
        """How many rows a chat may have to be worked on in one piece, where there is a bound."""
        return max(CHUNK_ROWS, self._short)

    def in_one(self, height: int) -> bool:
        """Return whether a chat of so many rows is short enough to be had in memory twice."""
        return height <= SHORT_ROWS

    def join(
        self, pieces: list["Chunk"], finish: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> "Chunk":
        """Return a place for what ``finish`` makes of some pieces, once it is asked for."""
        joined = Chunk(None, self.file() if self.bounded else None)
        joined.pieces, joined.finish = pieces, finish
        return joined

    def file(self) -> Path:
        """Return the path of a new temporary file."""
        self._files += 1
        return self.folder() / f"{self._files}.arrow"

    def folder(self) -> Path:
        """Return the temporary folder."""
        if self._folder is None:
            if self._parent is not None:
                folder_for_files(self._parent)
            try:
                self._folder = Path(tempfile.mkdtemp(prefix="sqtool-", dir=self._parent))
            except OSError as error:
                raise unwritable(str(self._parent or tempfile.gettempdir()), error) from error
        return self._folder

    def _added(self, height: int) -> None:
        self._rows += height
        if not self.bounded or self._rows <= self._most:
            return
        # The longest runs first: thousands of short chats need no file each.
        for rows in sorted(self._waiting, key=lambda rows: -rows.in_memory):
            if self._rows <= self._most // 2:
                break
            self._rows -= rows.in_memory
            rows.to_disk()


class Rows:
    """Rows of one chat in file order, growing while its file is read."""

    def __init__(self, spool: Spool) -> None:
        self.height = 0
        self.in_memory = 0
        self._spool = spool
        self._places: list[Chunk] = []
        self._frames: list[pl.DataFrame] = []

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Rows":
        """Return the rows of one frame, in memory."""
        rows = cls(Spool())
        rows.add(frame)
        return rows

    def add(self, frame: pl.DataFrame) -> None:
        """Add a frame at the end; frames may lack columns that others have."""
        self._frames.append(frame)
        self.height += frame.height
        self.in_memory += frame.height
        self._spool._added(frame.height)

    def to_disk(self) -> None:
        """Write to disk what is still in memory."""
        if self._frames:
            whole = pl.concat(self._frames, how="diagonal", rechunk=False)
            self._places.append(self._spool.chunk(whole))
            self._frames.clear()
            self.in_memory = 0

    def frames(self, *, last: bool = False) -> Iterator[pl.DataFrame]:
        """Yield the rows in order; those in memory are forgotten if it is the last time."""
        for place in self._places:
            yield place.read()
        if self._frames:
            whole = pl.concat(self._frames, how="diagonal", rechunk=False)
            if last:
                self._frames.clear()
            yield whole


class Chunk:
    """A frame at rest; may be replaced by what became of it."""

    def __init__(self, frame: pl.DataFrame | None, path: Path | None) -> None:
        self.path = path
        self.height = 0
        self.pieces: list[Chunk] = []
        self.finish: Callable[[pl.DataFrame], pl.DataFrame] | None = None
        self._frame: pl.DataFrame | None = None
        if frame is not None:
            self.write(frame)

    def write(self, frame: pl.DataFrame) -> None:
        """Replace the content."""
        for piece in self.pieces:
            piece.drop()
        self.pieces, self.finish = [], None
        self.height = frame.height
        if self.path is None:
            self._frame = frame
        else:
            try:
                frame.write_ipc(self.path, compression="lz4")
            except OSError as error:  # not the file asked for is at fault, but the temporary one
                raise unwritable(str(self.path.parent), error) from error

    def read(self) -> pl.DataFrame:
        """Return the content."""
        if self.finish is not None:
            return self.finish(pl.concat([piece.read() for piece in self.pieces]))
        if self._frame is not None:
            return self._frame
        assert self.path is not None
        # Not memory-mapped: the file is overwritten with what becomes of the rows.
        return pl.read_ipc(self.path.read_bytes())

    def take(self) -> pl.DataFrame:
        """Return the content to somebody who will write what becomes of it; memory forgets it."""
        rows = self.read()
        self._frame = None
        return rows

    def columns(self, *names: str) -> pl.LazyFrame:
        """Return some columns, without reading the others from disk."""
        if self._frame is not None:
            return self._frame.lazy().select(names)
        assert self.path is not None
        source = pl.scan_ipc(self.path, glob=False)
        return source.select(names)

    def drop(self) -> None:
        """Forget the content."""
        self._frame = None
        if self.path is not None:
            self.path.unlink(missing_ok=True)
