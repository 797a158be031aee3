"""HTML exports, however large: cut between messages, each piece parsed leniently by selectolax."""

import re
from collections.abc import Iterator
from html import unescape

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog

PIECE_BYTES = 4 * 1024 * 1024
_BREAK = re.compile(rb"[ \t]*<br\s*/?>[ \t]*(?:\r?\n)?", re.IGNORECASE)


def html_pieces(
    export: Export,
    issues: IssueLog,
    opening: re.Pattern[bytes],
    size: int = PIECE_BYTES,
    *,
    until: bytes = b"",
) -> Iterator[tuple[int, bytes]]:
    """Yield the file in pieces that begin where a message opens.

    A document tree takes ten times the bytes of the page: only one piece is ever a tree.

    Args:
        export: The page.
        issues: Told of undecodable bytes.
        opening: Matches the beginning of the tag that opens a message (and nothing inside one).
        size: Bytes of a piece, about.
        until: What stands behind the last message, where much may follow it: the rest is not read.

    Yields:
        The 1-based line on which a piece begins, and the piece (valid UTF-8). The first piece is
        what stands before the first message (perhaps empty). Tags that enclose messages may be
        open at a piece's end: a lenient parser closes them.
    """
    line, rest, before = 1, b"", True
    blocks = export.blocks(issues)
    if until:
        blocks = _up_to(blocks, until)
    block = next(blocks, None)
    while block is not None:
        following = next(blocks, None)
        buffer, at = rest + block, 0
        starts = [found.start() for found in opening.finditer(buffer)]
        if before and starts:
            yield line, buffer[: starts[0]]
            line += buffer.count(b"\n", 0, starts[0])
            at, before = starts[0], False
        if not before:
            # The last message may go on in the next block.
            ends = starts if following is not None else [*starts, len(buffer)]
            for place, end in enumerate(ends):
                final = place == len(ends) - 1
                if end > at and (end - at >= size or final):
                    yield line, buffer[at:end]
                    line += buffer.count(b"\n", at, end)
                    at = end
        rest = buffer[at:]
        block = following
    if before:
        yield line, rest


def _up_to(blocks: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    held = b""
    for block in blocks:
        buffer = held + block
        found = buffer.find(end)
        if found >= 0:
            yield buffer[:found]
            return
        # The mark may be cut in two by the end of the block.
        cut = max(0, len(buffer) - len(end) + 1)
        yield buffer[:cut]
        held = buffer[cut:]
    if held:
        yield held


def breaks_to_newlines(piece: bytes, mark: bytes = b"\n") -> bytes:
    """Return a piece with every ``<br>`` (and a newline of the source behind it) as a newline."""
    return _BREAK.sub(mark, piece)


def without_tags(fragment: str) -> str:
    """Return the text of a small fragment: tags out, entities resolved, nothing else changed."""
    return unescape(re.sub(r"<[^<>]*>", "", fragment))


_ENTITIES = {
    "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#x27;": "'", "&apos;": "'",
    "&#96;": "`", "&nbsp;": " ", "&amp;": "&",
}  # fmt: skip


def unescaped(text: pl.Expr) -> pl.Expr:
    """Resolve the entities that exporters write: once, so that ``&amp;lt;`` is a typed ``&lt;``."""
    return text.str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))


def texts_of(fragment: pl.Expr) -> pl.Expr:
    """Return the text of small fragments whose texts are escaped (a column at once).

    A break is a newline, a picture its ``alt`` (inline emoji), other tags are nothing.
    """
    text = fragment.str.replace_all(r"(?i)<br\s*/?>", "\n")
    text = text.str.replace_all(r'<img\b[^<>]*\balt="([^"<>]*)"[^<>]*>', "$1")
    return unescaped(text.str.replace_all(r"<[^<>]*>", ""))
