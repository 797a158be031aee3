"""One file that another tool wrote: its name, its first bytes, its text whatever the encoding."""

import codecs
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from sqtool.errors import UnreadableError
from sqtool.i18n import t
from sqtool.issues import IssueLog

HEAD_BYTES = 64 * 1024
BLOCK_BYTES = 32 * 1024 * 1024

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Export:
    """A readable export file: on disk, inside a zip, or from standard input.

    Args:
        path: The file on disk (for a zip member: the archive).
        member: Name inside the archive, if any.
        label: What to call it in messages.
        on_read: Told the number of bytes of each block read (progress).
        date_order: ``dmy``, ``mdy`` or ``ymd``, where the user says how its dates are written.
    """

    path: Path
    member: str | None = None
    label: str = ""
    on_read: Callable[[int], None] | None = None
    date_order: str | None = None

    @property
    def name(self) -> str:
        """File name without folders."""
        return PurePosixPath(self.member).name if self.member else self.path.name

    @property
    def stem(self) -> str:
        """File name without its last suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """Last suffix in lower case, with the dot."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def folder(self) -> str:
        """Name of the containing folder; some tools put the group id there."""
        if self.member:
            return PurePosixPath(self.member).parent.name or self.path.stem
        return self.path.resolve().parent.name

    @property
    def key(self) -> tuple[Path, str | None]:
        """What tells this file from every other."""
        return self.path.resolve(), self.member

    @property
    def depth(self) -> int:
        """How many folders deep the file lies."""
        return len(PurePosixPath(self.label or self.path.as_posix()).parts)

    @property
    def title(self) -> str:
        """The file as the user knows it; used in issues and errors."""
        return self.label or self.name

    @cached_property
    def size(self) -> int:
        """Bytes, uncompressed."""
        if self.member is None:
            return self.path.stat().st_size
        return _archive(self.path, self.path.stat().st_mtime_ns).getinfo(self.member).file_size

    def beside(self, relative: str) -> "Export | None":
        """Return a file of the same export by its path relative to this file's folder, or None."""
        if self.member is None:
            path = self.path.parent / relative
            return self._near(path, None) if path.is_file() else None
        wanted = posixpath.normpath(PurePosixPath(self.member).parent / relative)
        return self._near(self.path, wanted) if wanted in _members(self.path) else None

    def all_beside(self, pattern: str) -> list["Export"]:
        """Return the files of the same export that fit a glob, 2 before 10.

        Args:
            pattern: Relative to this file's folder, ``/`` between folders (``chunks/*.jsonl``).
        """
        if self.member is None:
            found = [p for p in self.path.parent.glob(pattern) if p.is_file()]
            return [self._near(p, None) for p in sorted(found, key=lambda p: by_number(str(p)))]
        folder = PurePosixPath(self.member).parent
        inside = [
            name
            for name in _members(self.path)
            if PurePosixPath(name).is_relative_to(folder)
            and _fits(PurePosixPath(name).relative_to(folder), pattern)
        ]
        return [self._near(self.path, name) for name in sorted(inside, key=by_number)]

    def _near(self, path: Path, member: str | None) -> "Export":
        here = PurePosixPath(self.member) if self.member else PurePosixPath(self.path.as_posix())
        there = PurePosixPath(member) if member else PurePosixPath(path.as_posix())
        # The label ends in as much of the path as the user gave; what lies near ends alike.
        above = PurePosixPath(self.title).parent
        inner = posixpath.relpath(there, here.parent)
        return replace(self, path=path, member=member, label=posixpath.normpath(above / inner))

    def open(self) -> BinaryIO:
        """Open for reading bytes, from the start.

        Raises:
            UnreadableError: If the file cannot be opened.
        """
        try:
            if self.member is None:
                return self.path.open("rb")
            return cast(
                BinaryIO, _archive(self.path, self.path.stat().st_mtime_ns).open(self.member)
            )
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise UnreadableError(
                t("cannot be opened", "打不开"), where=self.title, hint=type(error).__name__
            ) from error

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB as stored."""
        with self.open() as file:
            return file.read(HEAD_BYTES)

    @cached_property
    def encoding(self) -> str:
        """Python codec name guessed from BOM and head: UTF-8, UTF-16 or GB18030."""
        head = self.head
        for bom, codec in _BOMS:
            if head.startswith(bom):
                return codec
        if len(head) >= 4 and 0 in head[:512]:
            even, odd = head[0:512:2].count(0), head[1:512:2].count(0)
            # A stray NUL does not make UTF-16: there every newline and digit has one.
            if max(even, odd) > 4 * min(even, odd) + 4:
                return "utf-16-be" if even > odd else "utf-16-le"
        try:
            # The head may end inside a character: an incremental decoder does not mind.
            codecs.getincrementaldecoder("utf-8")("strict").decode(head)
        except UnicodeDecodeError:
            # A damaged UTF-8 file has many sound characters, GB18030 read as UTF-8 next to none.
            text = head.decode("utf-8", "replace")
            sound = sum(char > "\u07ff" for char in text) - text.count("\ufffd")
            return "utf-8" if sound > 10 * text.count("\ufffd") else "gb18030"
        return "utf-8"

    @cached_property
    def head_text(self) -> str:
        """The head as text, without BOM; undecodable bytes become U+FFFD."""
        text = codecs.getincrementaldecoder(self.encoding)("replace").decode(self.head)
        return text.removeprefix("\ufeff")

    def blocks(self, issues: IssueLog | None = None, size: int | None = None) -> Iterator[bytes]:
        """Yield the file as valid UTF-8 in blocks of about so many bytes (32 MiB), without BOM.

        Newlines are left as they are. Blocks end at character boundaries, not at line ends. Bytes
        that the encoding does not allow become U+FFFD and are counted in one issue.
        """
        codec = self.encoding
        done = 0
        replaced = 0
        with self.open() as file:
            size = min(size or BLOCK_BYTES, self.size + 1)
            if codec in ("utf-8", "utf-8-sig"):
                rest = b""
                ascii_so_far = True
                if self.head.startswith(codecs.BOM_UTF8):
                    self._read(file, len(codecs.BOM_UTF8))
                while True:
                    piece = self._read(file, size)
                    block = rest + piece
                    cut = _incomplete_end(block) if piece else 0
                    block, rest = (block[:-cut], block[-cut:]) if cut else (block, b"")
                    try:
                        _check_utf8(block)
                    except UnicodeDecodeError as error:
                        # A byte-order mark, or one sound character before, settles the encoding.
                        untold = (
                            codec == "utf-8" and ascii_so_far and block[: error.start].isascii()
                        )
                        if untold and not self._valid_utf8_after(block, error.start):
                            # An ASCII beginning hid a GB18030 file.
                            file.seek(0)
                            codec = "gb18030"
                            break
                        else:
                            text = block.decode("utf-8", "replace")
                            replaced += text.count("\ufffd") - block.count(b"\xef\xbf\xbd")
                            block = text.encode("utf-8")
                    ascii_so_far = ascii_so_far and block.isascii()
                    done += len(block)
                    if block:
                        yield block
                    if not piece:
                        break
            if codec not in ("utf-8", "utf-8-sig"):
                decoder = codecs.getincrementaldecoder(codec)("replace")
                skip, first = done, True
                while True:
                    piece = self._read(file, size)
                    text = decoder.decode(piece, final=not piece)
                    if first:
                        text, first = text.removeprefix("\ufeff"), False
                    if skip:  # what was yielded before the encoding was known was ASCII
                        text, skip = text[skip:], max(0, skip - len(text))
                    replaced += text.count("\ufffd")
                    if text:
                        yield text.encode("utf-8", "replace")
                    if not piece:
                        break
        if replaced and issues is not None:
            issues.add(
                "bad-encoding", self.title, rows=0, detail=f"{replaced} undecodable bytes replaced"
            )

    def _read(self, file: BinaryIO, size: int | None = None) -> bytes:
        # A buffer of the size asked for is set aside whatever the file has: small files are many.
        piece = file.read(min(BLOCK_BYTES, self.size + 1) if size is None else size)
        if self.on_read is not None:
            self.on_read(len(piece))
        return piece

    @staticmethod
    def _valid_utf8_after(block: bytes, start: int) -> bool:
        # A damaged UTF-8 file has multi-byte characters elsewhere; a GB18030 one has none valid.
        rest = block[start : start + 4096].decode("utf-8", "ignore")
        bad = block[start : start + 4096].decode("utf-8", "replace").count("\ufffd")
        return sum(c > "\u07ff" for c in rest) > bad

    def read_text(self, issues: IssueLog | None = None) -> str:
        """Return the whole file as text, newlines untouched, without BOM."""
        return b"".join(self.blocks(issues)).decode("utf-8")

    def read_bytes(self, issues: IssueLog | None = None) -> bytes:
        """Return the whole file as valid UTF-8 without BOM."""
        return b"".join(self.blocks(issues))


def by_number(name: str) -> list[tuple[str, int]]:
    """Return a sort key by which ``part 2`` comes before ``part 10``."""
    # Without its suffix: "page.html" is the first of "page2.html".
    stem, _, suffix = name.rpartition(".") if "." in name else (name, "", "")
    parts = re.split(r"(\d+)", f"{stem}/{suffix}" if "/" in suffix else stem)
    return [(text, int(number or 0)) for text, number in zip_longest(parts[::2], parts[1::2])]


@lru_cache(maxsize=4)
def _archive(path: Path, changed: int) -> zipfile.ZipFile:
    """Open a zip once: an export may have a file a day in it, and each would read the index."""
    return zipfile.ZipFile(path, metadata_encoding="gb18030")


def _members(path: Path) -> frozenset[str]:
    try:
        archive = _archive(path, path.stat().st_mtime_ns)
    except (OSError, zipfile.BadZipFile):
        return frozenset()
    return frozenset(info.filename for info in archive.infolist() if not info.is_dir())


def _fits(path: PurePosixPath, pattern: str) -> bool:
    wanted = PurePosixPath(pattern).parts
    return len(path.parts) == len(wanted) and all(
        fnmatchcase(part, glob) for part, glob in zip(path.parts, wanted, strict=True)
    )


def _incomplete_end(block: bytes) -> int:
    """Return how many bytes at the end belong to a character that goes on in the next block."""
    for back in range(1, min(4, len(block) + 1)):
        byte = block[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < length else 0
        if byte < 0x80:
            return 0
    return 0


def _check_utf8(block: bytes) -> None:
    """Do as ``block.decode()`` does to invalid bytes, at a tenth of its cost."""
    # Imported here: everything that reads exports uses polars, but naming one does not.
    import polars as pl

    from sqtool.slices import whole

    try:
        whole(block).cast(pl.String)
    except pl.exceptions.PolarsError:
        block.decode("utf-8")
