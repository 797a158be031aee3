"""CSV exports, however large: read piece by piece, every field a string exactly as written."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog

_SEPARATORS = (",", "\t", ";")
_SPARE = 4
"""Columns beyond the header: old exporters wrote more values than names."""

_FIELD_LIMIT = 2**31 - 1  # the largest that Windows takes


@dataclass(frozen=True)
class CsvHeader:
    """The first row of a CSV.

    Args:
        names: Column names, trimmed; an unnamed column is ``""``.
        separator: What stands between values: Excel's "Unicode text" uses tabs.
    """

    names: tuple[str, ...]
    separator: str


def read_header(export: Export) -> CsvHeader:
    """Read the first row from the head of a file; never raises for odd content."""
    first = export.head_text.lstrip("\r\n").partition("\n")[0].rstrip("\r")[:4096]
    separator = max(_SEPARATORS, key=first.count)
    try:
        values = next(csv.reader([first], delimiter=separator), [])
    except csv.Error:
        values = []
    return CsvHeader(tuple(value.strip() for value in values), separator)


def read_rows(export: Export, issues: IssueLog, header: CsvHeader) -> Iterator[pl.DataFrame]:
    """Yield the rows after the header, in file order, some 100,000 at a time.

    Args:
        export: The file.
        issues: Told of undecodable bytes, and of a file that ends inside a quoted value
            (``truncated-csv``; the row is yielded as far as it goes).
        header: Result of ``read_header``.

    Yields:
        Frames of one String column per header name, ``extra_1`` … for values beyond the header, and
        ``line`` (UInt32, 1-based line on which the row starts). Text is byte-exact: only the
        doubled quotes of the dialect are undone. An empty unquoted value is null. Blank lines and
        repeated headers (several files pasted into one) are no rows.
    """
    names = [*_unique(header.names), *(f"extra_{n + 1}" for n in range(_SPARE))]
    line = 1
    for piece in _pieces(export, issues):
        frame, lines = _parse(piece, names, header.separator)
        if piece.count(b'"') % 2 and len(lines) and (cut := _torn(piece, lines[-1], header)):
            detail = f"ends inside a quoted value: the last record has {cut} lines and no end"
            issues.add("truncated-csv", export.title, line + lines[-1], rows=0, detail=detail)
        frame = frame.with_columns(line=(lines + line).cast(pl.UInt32))
        line += piece.count(b"\n")
        frame = frame.filter(~pl.all_horizontal(pl.exclude("line").is_null()))
        yield _without_headers(frame, header)


def _torn(piece: bytes, begin: int, header: CsvHeader) -> int:
    """Return how many lines the last record has if its last quote is never closed, else 0.

    A stray quote in the middle of a value makes the number of quotes odd as well, and harms nobody.
    """
    tail = piece.split(b"\n", begin)[-1]
    csv.field_size_limit(_FIELD_LIMIT)
    text = io.StringIO(tail.decode("utf-8", "replace"), newline="")
    try:
        for _ in csv.reader(text, delimiter=header.separator, strict=True):
            pass
    except csv.Error as error:
        return tail.count(b"\n") + 1 if "unexpected end" in str(error) else 0
    return 0


def _without_headers(frame: pl.DataFrame, header: CsvHeader) -> pl.DataFrame:
    """Drop the header, wherever it stands: users paste files together."""
    place, name = next(((p, n) for p, n in enumerate(header.names) if n), (0, ""))
    if not name:
        return frame
    first = frame.to_series(place).str.strip_chars("\ufeff ") == name
    if not first.any():
        return frame
    same = pl.all_horizontal(
        pl.nth(n).str.strip_chars("\ufeff\r ").eq_missing(value)
        for n, value in enumerate(header.names)
        if value
    )
    return frame.filter(~same)


def _unique(names: tuple[str, ...]) -> list[str]:
    # Unnamed columns (the row index of a data frame) and doubles must not clash.
    return [
        name if name and name not in names[:place] else f"unnamed_{place}"
        for place, name in enumerate(names)
    ]


def _pieces(export: Export, issues: IssueLog) -> Iterator[bytes]:
    """Yield runs of whole records; the header is in the first."""
    rest = b""
    for block in export.blocks(issues):
        piece = rest + block
        cut = _record_end(piece)
        rest = piece[cut:]
        if cut:
            yield piece[:cut]
    if rest:
        yield rest


def _record_end(piece: bytes) -> int:
    """Return the place behind the last newline that is outside quotes (0 if there is none)."""
    inside = piece.count(b'"') % 2
    end = len(piece)
    while (newline := piece.rfind(b"\n", 0, end)) >= 0:
        inside = (inside + piece.count(b'"', newline, end)) % 2
        if not inside:
            return newline + 1
        end = newline
    return 0


def _parse(piece: bytes, names: list[str], separator: str) -> tuple[pl.DataFrame, pl.Series]:
    """Return the rows of a piece, and on which line of it (from 0) each starts."""
    # A header of our own gives the reader all columns; rows may fill fewer. It takes multi-line
    # fields, doubled quotes, rows that end in CR LF and lone CRs inside text as they are.
    head = separator.join(f"c{n}" for n in range(len(names))).encode()
    schema = {f"c{n}": pl.String for n in range(len(names))}
    try:
        frame = pl.read_csv(head + b"\n" + piece, separator=separator, schema=schema)
    except pl.exceptions.PolarsError:
        # It refuses stray quotes (hand-edited or torn files) and rows longer than the schema.
        return _parse_leniently(piece, names, separator)
    frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
    lines = piece.count(b"\n") + (not piece.endswith(b"\n"))
    if frame.height == lines:
        return frame, pl.select(pl.int_range(lines, dtype=pl.UInt32)).to_series()
    within = pl.all().str.count_matches("\n", literal=True).fill_null(0).cast(pl.UInt32)
    taken = frame.select(pl.sum_horizontal(within) + 1).to_series()
    if taken.sum() != lines:  # every newline is inside a field or between rows, or rows went astray
        return _parse_leniently(piece, names, separator)
    return frame, taken.cum_sum() - taken


def _parse_leniently(
    piece: bytes, names: list[str], separator: str
) -> tuple[pl.DataFrame, pl.Series]:
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(piece.decode(), newline=""), delimiter=separator)
    columns: list[list[str | None]] = [[] for _ in names]
    lines: list[int] = []
    done = 0
    for row in reader:
        lines.append(done)
        done = reader.line_num
        width = len(row)
        for place, column in enumerate(columns):
            column.append(row[place] or None if place < width else None)
    data = dict(zip(names, columns, strict=True))
    frame = pl.DataFrame(data, schema=dict.fromkeys(names, pl.String))
    return frame, pl.Series(lines, dtype=pl.UInt32)
