"""Excel workbook: one sheet per table, with filters and real numbers, dates and per cents.

Excel 工作簿:每张表一个工作表,带筛选,数字、日期、百分比都是真正的单元格格式。
"""

import io
import re
from datetime import date, datetime
from typing import Any

import polars as pl
import xlsxwriter

from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.render._base import Renderer, Style
from sqtool.render._escape import display_width
from sqtool.render.csv import text_columns
from sqtool.reports._blocks import Result, ResultTable
from sqtool.reports._labels import labels

MOST_ROWS = 1_048_575  # of a sheet, below the header
MOST_CHARACTERS = 32_767  # of a cell
_FORMATS = {
    "count": "#,##0",
    "number": "#,##0.##",
    "share": "0.0%",
    "days": "0.0",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
}
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
# XML cannot hold these; XlsxWriter would escape them into visible junk.
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"


def _result(result: Result, style: Style) -> bytes:
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    if as_of := result.facts.get("as_of"):
        # The same input gives the same bytes: the file is dated by its data, not by the clock.
        book.set_properties({"created": datetime.fromisoformat(as_of).replace(tzinfo=None)})
    else:
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
    names: set[str] = set()
    for table in result.tables:
        _sheet(book, table, result, style, names)
    book.close()
    return buffer.getvalue()


def _sheet(book: Any, table: ResultTable, result: Result, style: Style, names: set[str]) -> None:
    if table.frame.height > MOST_ROWS:
        raise UsageError(
            t(
                f"an Excel sheet holds {MOST_ROWS:,} rows, table {table.key} has more",
                f"Excel 工作表最多 {MOST_ROWS:,} 行,表 {table.key} 超出",
            ),
            hint=t("use --csv", "请用 --csv"),
        )
    sheet = book.add_worksheet(_sheet_name(table.title or table.key, names))
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    frame = _cells(table, result, style)
    for at, column in enumerate(table.columns):
        title = column.title(result.lang)
        values = frame[column.key].to_list()
        look = book.add_format({"num_format": _FORMATS.get(column.unit, "General")})
        sheet.write_string(0, at, title, heading)
        for row, value in enumerate(values, start=1):
            match value:
                case None:
                    continue
                case bool():
                    sheet.write_boolean(row, at, value)
                case str():
                    sheet.write_string(row, at, value)
                case datetime() | date():
                    sheet.write_datetime(row, at, value, look)
                case _:
                    sheet.write_number(row, at, value, look)
        sheet.set_column(at, at, _width(title, column.unit, values[:200]))
    sheet.freeze_panes(1, 0)
    if table.columns:
        sheet.autofilter(0, 0, frame.height, len(table.columns) - 1)


def _cells(table: ResultTable, result: Result, style: Style) -> pl.DataFrame:
    # Text as in CSV (lists joined, guard on), but without its tab before ids: a cell has a type.
    # Numbers, dates and flags stay what they are.
    texts = text_columns(table, result.lang, Style(guard=style.guard))
    exprs = []
    for column in table.columns:
        dtype = table.frame.schema[column.key]
        if isinstance(dtype, pl.Datetime):
            exprs.append(table.frame[column.key].dt.replace_time_zone(None))
            continue
        cells = texts[column.key]
        if cells.dtype == pl.String:
            cells = cells.str.replace_all(_CONTROL, "").str.slice(0, MOST_CHARACTERS)
            if column.labels:
                words = labels(column.labels, result.lang)
                cells = cells.replace_strict(list(words), list(words.values()), default=cells)
        exprs.append(cells)
    return pl.DataFrame(exprs)


def _width(title: str, unit: str, values: list[Any]) -> float:
    longest = max((display_width(v) for v in values if isinstance(v, str)), default=0)
    if unit == "datetime":
        longest = 16
    elif unit == "date":
        longest = 10
    return min(max(display_width(title), longest, 6) + 3, 48)


def _sheet_name(title: str, names: set[str]) -> str:
    base = _NOT_IN_SHEET_NAMES.sub(" ", title).strip()[:28] or "table"
    name, number = base, 1
    while name.lower() in names:
        number += 1
        name = f"{base[:25]} {number}"
    names.add(name.lower())
    return name


RENDERER = Renderer(name="xlsx", suffix=".xlsx", result=_result)
