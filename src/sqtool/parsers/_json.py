"""Read JSON files that do not fit into memory, whatever their layout.

Pretty-printed, compact, one record per line, keys in any order, megabytes of avatars before or
after the records: the items of the wanted arrays are cut out by their brackets and decoded in
batches, everything not asked for is passed over. A damaged or cut-off file yields every record that
is whole; the rest are issues.
"""

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._json_heads import ItemHead
from sqtool.parsers._json_items import BAD, ItemDecoder
from sqtool.parsers._json_scan import Brackets, from_match, loads, pairs, pieces

T = TypeVar("T")

SUSPECT_ITEM: Final = 64 * 1024 * 1024
"""An item this long without an end may be damaged: another may have begun inside it."""
LARGEST_ITEM: Final = 256 * 1024 * 1024
"""Beyond this an item without an end is not waited for."""
MOST_RESTARTS: Final = 200
"""After so many damaged places the rest of the file is counted and not read."""

_HEAD_BYTES: Final = 4096  # the beginning of an item, up to its first key, is shorter
_BETWEEN: Final = b" \t\r\n,"
_JUNK: Final = _BETWEEN + b"}]"
_Ends = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """A piece of the outermost value.

    Args:
        key: Its key; empty for the items of an outermost array.
        value: The value, or a list of decoded items.
        records: Of items: the 1-based number of each in its array.
    """

    key: str
    value: Any
    records: Sequence[int] = ()


def read_object(
    export: Export,
    issues: IssueLog,
    *,
    arrays: Mapping[str, Any] | None = None,
    values: Collection[str] = (),
) -> Iterator[Part]:
    """Stream a file that is one JSON object.

    Args:
        export: The file.
        issues: Told ``bad-record`` (one row each), ``truncated-json`` and ``damaged-json``.
        arrays: Keys of arrays to be read item by item, with the msgspec type of an item.
        values: Keys of values to be decoded whole. All other keys are passed over.

    Yields:
        Parts in the order of the file; an array comes in many parts.
    """
    yield from read_blocks(
        export.blocks(issues), export.title, issues, arrays=arrays or {}, values=values
    )


def read_blocks(
    blocks: Iterable[bytes],
    title: str,
    issues: IssueLog,
    *,
    arrays: Mapping[str, Any],
    values: Collection[str] = (),
) -> Iterator[Part]:
    """Stream one JSON object that is a part of a file, as ``read_object`` does a whole file.

    Args:
        blocks: Its bytes, in blocks of any size.
        title: What to call the file in issues.
        issues: As in ``read_object``.
        arrays: As in ``read_object``.
        values: As in ``read_object``.
    """
    yield from _Reader(title, issues, arrays, values).parts(blocks)


def read_array(
    export: Export, issues: IssueLog, item: type[T], *, behind: re.Pattern[bytes] | None = None
) -> Iterator[tuple[list[T], Sequence[int]]]:
    """Stream a file that is one JSON array.

    Args:
        export: The file.
        issues: As in ``read_object``.
        item: The msgspec type of an item; ``dict`` for plain dictionaries.
        behind: For an array inside a script: it begins behind the first match of this pattern (of
            at most 200 bytes), and what follows its end is not read.

    Yields:
        Runs of items, and the 1-based number of each.
    """
    reader = _Reader(export.title, issues, {"": item}, ())
    blocks = export.blocks(issues)
    if behind is not None:
        reader.embedded, blocks = True, from_match(blocks, behind)
    for part in reader.parts(blocks):
        yield part.value, part.records


class _Reader:
    """State of one file: where in the outermost value the scan stands."""

    def __init__(
        self, title: str, issues: IssueLog, arrays: Mapping[str, Any], values: Collection[str]
    ) -> None:
        self.title, self.issues = title, issues
        self.decoders = {key: ItemDecoder(kind) for key, kind in arrays.items()}
        self.values = values
        self.brackets = Brackets()
        self.level = 0  # depth of the items: 1 in an array, 2 in an array of an object
        # before keys items value skip after done lost
        self.mode, self.key = "before", ""
        self.pending = bytearray()  # what the current mode has seen and not used
        self.again: bytes | None = None  # bytes to be scanned once more, after damage
        self.record = self.restarts = 0
        self.head = ItemHead()
        self.suspect_at = SUSPECT_ITEM
        self.embedded = False  # something else follows the outermost value

    def parts(self, blocks: Iterable[bytes]) -> Iterator[Part]:
        source = pieces(blocks)
        while True:
            piece = next(source, None) if self.again is None else self.again
            self.again = None
            if piece is not None:
                yield from self._piece(piece)
            elif self.mode != "items" or not self._restart(bytes(self.pending), b""):
                break
            if self.mode == "done" and self.embedded:
                break
        self._end()

    def _piece(self, piece: bytes) -> Iterator[Part]:
        if self.mode == "lost":
            self.record += piece.count(self.head.bytes)
        if self.mode in ("lost", "done"):
            return
        if self.mode == "items" and self.head.sure:
            rest = yield from self._by_indent(piece)
            if rest is not None:
                piece = rest
        at, depth, opens = self.brackets.scan(piece)
        if not self.level and len(at):
            self.level = 1 if piece[at[0]] == 0x5B else 2
        ends = at[(depth == self.level) & ~opens]
        start = 0
        outer = np.flatnonzero(depth < self.level)
        for i in outer.tolist():
            p, around, is_open = int(at[i]), int(depth[i]), bool(opens[i])
            if self.mode in ("before", "after") or around < 0:
                if self.mode == "before" and is_open:
                    self.mode = "keys"
                    start = p + 1
                    if self.level == 1:
                        start = self._open("", piece, p)
                elif self.mode == "after":
                    self._extra()
                    return
            elif is_open:
                self.pending += piece[start:p]
                found = pairs(bytes(self.pending), opened=True)
                self.pending.clear()
                if not found:
                    self._damage("keys between two values cannot be read")
                yield from self._scalars((found or [])[:-1])
                start = self._open(found[-1][0] if found else "", piece, p)
            elif around == 0 and self.level == 2:
                self.pending += piece[start:p]
                found = pairs(bytes(self.pending), opened=False)
                self.pending.clear()
                if found is None:
                    self._damage("keys after the last value cannot be read")
                yield from self._scalars(found or [])
                self.mode = "after"
                start = p + 1
            else:
                if self.mode == "items":
                    yield from self._items(piece, start, p, ends, closed=True)
                    if self.again is not None:
                        return
                elif self.mode == "value":
                    self.pending += piece[start : p + 1]
                    yield from self._value()
                self.pending.clear()
                self.mode = "after" if self.level == 1 else "keys"
                start = p + 1
        if self.mode == "items":
            yield from self._items(piece, start, len(piece), ends, closed=False)
        elif self.mode in ("keys", "value"):
            self.pending += piece[start:]
        elif self.mode == "after" and piece[start:].strip():
            self._extra()

    def _by_indent(self, piece: bytes) -> Generator[Part, None, bytes | None]:
        """Decode items up to the last that ends in an indented piece; return the rest, else None.

        No string holds a line break: the line on which an item ends is known by its indent.
        """
        head = self.head.bytes
        indent = head[: head.index(b"{")]
        cut = piece.rfind(indent + b"},")
        end = cut + len(indent) + 1
        if cut < 0:  # items of one line each: one ends where the next begins
            end = piece.rfind(b"," + head)
        if end < 0:
            return None
        good = self.decoders[self.key].batch((bytes(self.pending) + piece[:end]).lstrip(_BETWEEN))
        if good is None:
            return None
        self.pending.clear()
        self.brackets.restart(self.level)
        yield Part(self.key, good, range(self.record + 1, self.record + len(good) + 1))
        self.record += len(good)
        return piece[end:]

    def _open(self, key: str, piece: bytes, p: int) -> int:
        """Begin an inner value; return where its bytes begin."""
        self.key = key
        if key in self.decoders and piece[p] == 0x5B:
            self.mode, self.record, self.head = "items", 0, ItemHead()
            return p + 1
        self.mode = "value" if key in self.values else "skip"
        return p

    def _scalars(self, found: list[tuple[str, Any]]) -> Iterator[Part]:
        return (Part(key, value) for key, value in found if key in self.values)

    def _value(self) -> Iterator[Part]:
        text = bytes(self.pending)
        try:
            yield Part(self.key, loads(text))
        except ValueError:
            self._damage("a value beside the records cannot be read")

    def _items(
        self, piece: bytes, start: int, stop: int, ends: _Ends, *, closed: bool
    ) -> Iterator[Part]:
        """Decode the items that end in ``piece[start:stop]``; keep the rest."""
        first, last = np.searchsorted(ends, (start, stop))
        had = len(self.pending)
        if not self.head:
            self.head.learn(bytes(self.pending[:_HEAD_BYTES]) + piece[start : start + _HEAD_BYTES])
        if first < last:
            stops = ends[first:last] + (1 + had - start)
            data = bytes(self.pending) + piece[start : start + int(stops[-1]) - had]
            self.pending.clear()
            start += int(stops[-1]) - had
            values, records, resume = self._decode(data, stops)
            if values:
                yield Part(self.key, values, records)
            if resume is not None:
                self._rescan(data[resume:] + piece[start:])
                return
            had = 0
        self.pending += piece[start:stop]
        if closed:
            self._close(piece, stop)
        elif self._suspicious(had) and not self._restart(bytes(self.pending), b""):
            self.suspect_at = 2 * len(self.pending)
            if len(self.pending) > LARGEST_ITEM:
                self._give_up(bytes(self.pending))

    def _close(self, piece: bytes, stop: int) -> None:
        """Check the end of an array: what stands before it and the bracket itself."""
        rest = bytes(self.pending).strip(_JUNK)
        if rest:
            if self._restart(bytes(self.pending), piece[stop:]):
                return
            try:
                for _ in loads(b"[" + rest + b"]"):
                    self._bad("not an object")
            except ValueError:
                self._bad("not JSON")
        if piece[stop] == 0x7D:  # } where ] should be: one bracket too many in an item
            self._rescan(piece[stop + 1 :])

    def _decode(self, data: bytes, stops: _Ends) -> tuple[list[Any], list[int] | range, int | None]:
        """Decode items that end at ``stops``; halve the batch until what is bad stands alone.

        Returns:
            Values, their record numbers, and where to scan again if an item swallowed others.
        """
        values: list[Any] = []
        records: list[int] = []
        before = self.record
        todo = [(0, len(stops))]
        while todo:
            low, high = todo.pop()
            begin = int(stops[low - 1]) if low else 0
            text = data[begin : int(stops[high - 1])].lstrip(_BETWEEN)
            good = self.decoders[self.key].batch(text)
            if good is None and high - low > 1:
                middle = (low + high) // 2
                todo += [(middle, high), (low, middle)]
                continue
            if good is None:
                good = self._one_by_one(text.lstrip(_JUNK))
            if good is None:
                resume = self._next_item(data[begin : int(stops[high - 1])])
                self._bad("not JSON")
                if resume is not None:
                    return values, records, begin + resume
                continue
            for value in good:
                self.record += 1
                if value is not BAD:
                    values.append(value)
                    records.append(self.record)
        if len(values) == self.record - before:
            return values, range(before + 1, self.record + 1), None
        return values, records, None

    def _one_by_one(self, text: bytes) -> list[Any] | None:
        """Read an item that the batch refuses; None if it is damaged."""
        good = self.decoders[self.key].loosely(text)
        if good is None or (self.head.sure and self.head.bytes in text):
            return None  # or it is well-formed by chance, and has swallowed others
        for number, value in enumerate(good, self.record + 1):
            if value is BAD:
                self.issues.add("bad-record", self.title, number, detail="not a record")
        return good

    def _suspicious(self, before: int) -> bool:
        """Whether another item seems to begin inside the one that has no end yet."""
        if not self.head or not (self.head.sure or len(self.pending) > self.suspect_at):
            return False
        return self.head.occurs(self.pending, before) or len(self.pending) > LARGEST_ITEM

    def _next_item(self, text: bytes) -> int | None:
        decoder = self.decoders[self.key]
        return self.head.next_in(text, lambda item: decoder.batch(item.strip(_BETWEEN)) is not None)

    def _restart(self, text: bytes, rest: bytes) -> bool:
        """Give up the item that ``text`` begins with, if another begins in it."""
        resume = self._next_item(text)
        if resume is None:
            return False
        self._bad("not JSON")
        self._rescan(text[resume:] + rest)
        return True

    def _rescan(self, rest: bytes) -> None:
        self.pending.clear()
        self.brackets.restart(self.level)
        self.again = rest
        self.restarts += 1
        if self.restarts > MOST_RESTARTS and self.head:
            self._give_up(b"")

    def _give_up(self, rest: bytes) -> None:
        """Read no more records, only count them by their beginnings."""
        self.pending.clear()
        self.mode = "lost"
        self.record = rest.count(self.head.bytes)

    def _bad(self, detail: str) -> None:
        self.record += 1
        self.issues.add("bad-record", self.title, self.record, detail=detail)

    def _damage(self, detail: str) -> None:
        self.issues.add("damaged-json", self.title, rows=0, detail=detail)

    def _extra(self) -> None:
        if not self.embedded:
            self._damage("something follows the end of the JSON value: not read")
        self.mode = "done"

    def _end(self) -> None:
        if self.mode == "before":
            self._damage("no JSON object or array found")
        elif self.mode == "lost":
            detail = "too damaged: the rest was counted by the beginnings of records, and not read"
            self.issues.add("damaged-json", self.title, rows=self.record, detail=detail)
        elif self.mode == "items":
            partial = bool(bytes(self.pending).strip(_JUNK))
            detail = "the file ends inside a record" if partial else "the file ends too early"
            self.issues.add(
                "truncated-json", self.title, self.record + 1, rows=int(partial), detail=detail
            )
        elif self.mode not in ("after", "done"):
            self.issues.add("truncated-json", self.title, rows=0, detail="the file ends too early")
