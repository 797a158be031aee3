"""Where the brackets of a JSON text stand: the structure of a file without decoding it.

numpy looks at a few million bytes at once. State is carried over, so a file may come in pieces that
end anywhere except inside an escape.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PIECE_BYTES: Final = 4 * 1024 * 1024
"""How much is looked at in one go: what numpy needs beside it is about ten times as much."""

_QUOTE, _BACKSLASH = 0x22, 0x5C
_TO_BRACE = 0x20  # this bit tells { from [ and } from ]
_LONG_RUN = 16


class Brackets:
    """Finds the brackets that are not inside a string, and how deep they stand."""

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.in_string = False

    def restart(self, depth: int) -> None:
        """Go on as if a value began here, ``depth`` brackets deep."""
        self.depth = depth
        self.in_string = False

    def scan(self, piece: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Look at the next piece of the file.

        Args:
            piece: Bytes that do not end between a backslash and what it escapes.

        Returns:
            Of each bracket outside strings: its offset in the piece, the depth around it (0 for the
            brackets of the outermost value), and whether it opens.
        """
        data = np.frombuffer(piece, np.uint8)
        braces = data | np.uint8(_TO_BRACE)
        at = np.flatnonzero((data == _QUOTE) | (braces == 0x7B) | (braces == 0x7D))
        kind = data[at]
        quotes = kind == _QUOTE
        if b'\\"' in piece:
            quotes[quotes] = ~_escaped(data, at[quotes])
            # An escaped quote is no bracket either, but it is inside a string.
        inside = np.cumsum(quotes, dtype=np.int64) + self.in_string
        if len(inside):
            self.in_string = bool(inside[-1] & 1)
        outside = (kind != _QUOTE) & ((inside & 1) == 0)
        at = at[outside]
        opens = (kind[outside] | np.uint8(_TO_BRACE)) == 0x7B
        after = np.cumsum(np.where(opens, 1, -1), dtype=np.int64) + self.depth
        if len(after):
            self.depth = int(after[-1])
        return at, after - opens, opens


def _escaped(data: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether an odd number of backslashes stands before each of these offsets."""
    odd = np.zeros(len(at), np.bool_)
    row = np.arange(len(at))
    for back in range(1, _LONG_RUN + 1):
        # Runs begin inside the piece: the one before does not end within an escape.
        row = row[at[row] >= back]
        row = row[data[at[row] - back] == _BACKSLASH]
        if not len(row):
            return odd
        odd[row] ^= True
    # Longer runs are rare: they are measured all at once.
    slashes = np.flatnonzero(data == _BACKSLASH)
    begins = np.maximum.accumulate(np.where(np.diff(slashes, prepend=-2) != 1, slashes, 0))
    ends_at = np.searchsorted(slashes, at[row] - 1)
    odd[row] = (at[row] - begins[ends_at]) % 2 == 1
    return odd


def pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut blocks into pieces that a scan can digest."""
    held = b""
    for raw in blocks:
        block = held + raw if held else raw
        start = 0
        while start < len(block):
            piece = block[start : start + PIECE_BYTES]
            if (len(piece) - len(piece.rstrip(b"\\"))) % 2:
                piece = piece[:-1]
                if not piece:
                    break
            yield piece
            start += len(piece)
        held = block[start:]
    if held:
        yield held


def from_match(blocks: Iterator[bytes], pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    """Yield what follows the first match of a pattern (of at most 200 bytes), if there is one."""
    rest = b""
    for block in blocks:
        found = pattern.search(rest + block)
        if found:
            yield (rest + block)[found.end() :]
            yield from blocks
            return
        rest = (rest + block)[-200:]


_LONE_SURROGATE = re.compile(
    rb"(?<!\\)((?:\\\\)*)\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|[c-fC-F][0-9a-fA-F]{2}(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))"
)


def without_lone_surrogates(text: bytes) -> bytes:
    r"""Replace halves of characters, such as ``\ud83d`` alone, by U+FFFD.

    Names cut after so many UTF-16 units end in them; no decoder and no file can hold them.
    """
    if b"\\ud" not in text and b"\\uD" not in text:
        return text
    return _LONE_SURROGATE.sub(rb"\1\\ufffd", text)


_HEX_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\x([0-9a-fA-F]{2})")
_BARE_WORDS = re.compile(
    rb'": (?!(?:true|false|null|NaN|-?Infinity),?\r?\n)([A-Za-z(_][^"\r\n]*?)(?=,?\r?\n)'
)


def mended(text: bytes) -> bytes:
    r"""Return JSON that no decoder takes with what exporters get wrong set right.

    Half characters (see above), ``\x0C`` for ``\u000C``, and words without quotes up to the end of
    a line (``"document_id": (File not included.)``).
    """
    text = without_lone_surrogates(text)
    if b"\\x" in text:
        text = _HEX_ESCAPE.sub(rb"\1\\u00\2", text)
    return _BARE_WORDS.sub(rb'": "\1"', text)


def loads(text: bytes, **options: Any) -> Any:
    """Decode JSON leniently: control characters, NaN, and what ``mended`` sets right.

    Raises:
        ValueError: If it is no JSON at all.
    """
    try:
        try:
            return json.loads(without_lone_surrogates(text), strict=False, **options)
        except ValueError:
            better = mended(text)
            if better == text:
                raise
            return json.loads(better, strict=False, **options)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def pairs(stretch: bytes, *, opened: bool) -> list[tuple[str, Any]] | None:
    """Read what stands between two inner values of an object: ``, "a": 1, "b":``.

    Args:
        stretch: The bytes between.
        opened: Whether an inner value follows; its key comes last, with the value None.

    Returns:
        Keys and values in order, or None if it is no such thing.
    """
    body = stretch.strip(b" \t\r\n,")
    try:
        found = loads(b"{" + body + (b"null}" if opened else b"}"), object_pairs_hook=list)
    except ValueError:
        return None
    return found if isinstance(found, list) else None
