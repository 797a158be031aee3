"""Read files of one JSON value a line, however large."""

from collections.abc import Iterator
from typing import Any, TypeVar

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._json_items import BAD, ItemDecoder
from sqtool.parsers._json_scan import pieces

T = TypeVar("T")


def read_lines(
    export: Export, issues: IssueLog, item: type[T]
) -> Iterator[tuple[list[T], list[int]]]:
    """Stream a file of one JSON value a line; blank lines and ``#`` comments are passed over.

    Args:
        export: The file.
        issues: Told ``bad-record`` for each line that cannot be read, ``truncated-json`` for a
            last one that is cut off.
        item: The msgspec type of a line.

    Yields:
        Runs of values, and the 1-based line of each.
    """
    decoder = ItemDecoder(item)
    rest, line = b"", 1
    for piece in pieces(export.blocks(issues)):
        whole, newline, tail = piece.rpartition(b"\n")
        if newline:
            yield _lines(rest + whole, line, decoder, export.title, issues, last=False)
            line += whole.count(b"\n") + 1
            rest = tail
        else:
            rest += piece
    if rest.strip():
        yield _lines(rest, line, decoder, export.title, issues, last=True)


def _lines(
    text: bytes, first: int, decoder: ItemDecoder[T], title: str, issues: IssueLog, *, last: bool
) -> tuple[list[T], list[int]]:
    wanted = [
        (number, line)
        for number, line in enumerate(text.split(b"\n"), first)
        if line[:1] == b"{" or (line.strip() and not line.lstrip().startswith(b"#"))
    ]
    values: list[T] = []
    numbers: list[int] = []
    todo = [(0, len(wanted))]
    while todo:
        low, high = todo.pop()
        good: list[Any] | None = decoder.batch(b",".join(line for _, line in wanted[low:high]))
        if good is None or len(good) != high - low:
            if high - low > 1:
                middle = (low + high) // 2
                todo += [(middle, high), (low, middle)]
                continue
            number, line = wanted[low]
            good = decoder.loosely(line)
            if good is None or len(good) != 1 or good[0] is BAD:
                cut = last and good is None
                code = "truncated-json" if cut else "bad-record"
                detail = "the file ends inside a record" if cut else "not a record"
                issues.add(code, title, number, detail=detail)
                continue
        values += good
        numbers += [number for number, _ in wanted[low:high]]
    return values, numbers
