"""Excel exports: every cell a string as Excel would show it plainly, rows in sheet order."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t

HEAD_ROWS = 20
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Sheet:
    """The beginning of a sheet.

    Args:
        name: Its name.
        rows: Its first rows; an empty cell is ``""``, and so are the cells of an empty row.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Table:
    """A table in a sheet.

    Args:
        sheet: Name of the sheet.
        line: 1-based number of its header row.
        names: The header; a column without a name is ``""``.
    """

    sheet: str
    line: int
    names: tuple[str, ...]


def sheet_heads(export: Export) -> tuple[Sheet, ...]:
    """Return the beginnings of all sheets; never raises, empty for what is no workbook.

    All sniffers of one file share one reading.
    """
    known = vars(export).get("_sheet_heads")  # kept where its cached properties are kept
    if not isinstance(known, tuple):
        known = ()
        if export.head.startswith(_ZIP) and b"xl/" in export.head:
            try:
                book = _open(export)
                known = tuple(_head(book, name) for name in book.sheet_names)
            except Exception:  # the reader's own exception types are not public
                known = ()
        vars(export)["_sheet_heads"] = known
    return known


def find_table(export: Export, *wanted: str) -> Table | None:
    """Return the first table whose header has these names; never raises.

    The header may stand below rows of facts about the file, within the first ``HEAD_ROWS``.
    """
    for sheet in sheet_heads(export):
        for line, row in enumerate(sheet.rows, 1):
            names = tuple(cell.strip() for cell in row)
            if set(names) >= set(wanted):
                return Table(sheet.name, line, names)
    return None


def read_table(export: Export, table: Table) -> pl.DataFrame:
    """Return the rows below a header, empty ones left out.

    Args:
        export: The workbook.
        table: Result of ``find_table``.

    Returns:
        A String column per name of the header, and ``line`` (UInt32, the row's 1-based number).

    Raises:
        UnreadableError: If the workbook is damaged.
    """
    frame = read_sheet(export, table.sheet)
    cells = [name for name in frame.columns if name != "line"]
    named = {
        name: cell
        for place, (name, cell) in enumerate(zip(table.names, cells, strict=False))
        if name and name not in table.names[:place]
    }
    return frame.filter(
        pl.col("line") > table.line, pl.any_horizontal(pl.col(cells).is_not_null())
    ).select("line", **{name: pl.col(cell) for name, cell in named.items()})


def read_sheet(export: Export, sheet: int | str = 0) -> pl.DataFrame:
    """Return a whole sheet.

    Args:
        export: The workbook.
        sheet: Place or name of the sheet.

    Returns:
        String columns ``c0``, ``c1`` … (an empty cell is null, numbers and dates as Excel shows
        them without a format: ``7``, ``2026-03-05 20:15:30``) and ``line`` (UInt32, the row's
        1-based number).

    Raises:
        UnreadableError: If the workbook is damaged.
    """
    try:
        frame = _load(_open(export), sheet, None)
    except Exception as error:  # as above
        raise UnreadableError(
            t("damaged or locked workbook", "工作簿已损坏或有密码"), where=export.title
        ) from error
    if export.on_read is not None:
        export.on_read(export.size)
    return frame.with_row_index("line", offset=1).with_columns(pl.col("line").cast(pl.UInt32))


def _open(export: Export) -> Any:
    # Imported here: the reader is only needed for workbooks.
    import fastexcel

    with export.open() as file:
        return fastexcel.read_excel(file.read() if export.member else str(export.path))


def _load(book: Any, sheet: int | str, rows: int | None) -> pl.DataFrame:
    loaded = book.load_sheet(sheet, header_row=None, dtypes="string", n_rows=rows)
    frame: pl.DataFrame = loaded.to_polars()
    return frame.rename({name: f"c{place}" for place, name in enumerate(frame.columns)})


def _head(book: Any, name: str) -> Sheet:
    frame = _load(book, name, HEAD_ROWS).fill_null("")
    return Sheet(name, tuple(frame.iter_rows()))
