"""CSV: stable English keys in plain UTF-8, or (--excel) a file Excel opens correctly.

CSV:默认英文列名、UTF-8;加 --excel 则为 Excel 可直接打开的中文表头。
"""

import io

import polars as pl

from sqtool.i18n import Lang
from sqtool.metrics._base import Column
from sqtool.render._base import Renderer, Style
from sqtool.render._escape import FORMULA
from sqtool.reports._blocks import Result, ResultTable
from sqtool.reports._labels import labels

LIST_SEPARATOR = "; "
_LONG_ID = r"^\d{12,}$"
_FLAGS: dict[Lang, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}


def guarded(column: pl.Expr) -> pl.Expr:
    """Return a text column with ``'`` before cells that a spreadsheet would run."""
    risky = pl.any_horizontal(column.str.starts_with(first) for first in FORMULA)
    return pl.when(risky).then(pl.concat_str(pl.lit("'"), column)).otherwise(column)


def text_columns(table: ResultTable, lang: Lang, style: Style) -> pl.DataFrame:
    """Return the table with every column that is not a number as text.

    Args:
        table: The rows.
        lang: Language of labels and flags where they are worded.
        style: ``guard`` as described; ``excel`` words codes, writes instants without offset and
            puts a tab before all-digit ids Excel would round.
    """
    exprs = []
    for column in table.columns:
        expr, dtype = pl.col(column.key), table.frame.schema[column.key]
        if isinstance(dtype, pl.List):
            expr = expr.cast(pl.List(pl.String)).list.join(LIST_SEPARATOR)
            dtype = pl.String()
        elif isinstance(dtype, pl.Datetime):
            offset = "%:z" if dtype.time_zone else ""
            pattern = "%Y-%m-%d %H:%M:%S" if style.excel else f"%Y-%m-%dT%H:%M:%S%.f{offset}"
            expr = expr.dt.strftime(pattern)
        elif isinstance(dtype, pl.Enum | pl.Categorical):
            expr = expr.cast(pl.String)
            dtype = pl.String()
        if style.excel:
            expr = _worded(expr, column, dtype, lang)
        if dtype == pl.String:
            expr = _safe(expr, style)
        exprs.append(expr.alias(column.key))
    return table.frame.select(exprs)


def _worded(expr: pl.Expr, column: Column, dtype: pl.DataType, lang: Lang) -> pl.Expr:
    if dtype == pl.Boolean:
        no, yes = _FLAGS[lang]
        return pl.when(expr).then(pl.lit(yes)).when(~expr).then(pl.lit(no))
    if column.labels and dtype == pl.String:
        words = labels(column.labels, lang)
        return expr.replace_strict(list(words), list(words.values()), default=expr)
    return expr


def _safe(expr: pl.Expr, style: Style) -> pl.Expr:
    safe = guarded(expr) if style.guard else expr
    if style.excel:
        long_id = expr.str.contains(_LONG_ID)
        safe = pl.when(long_id).then(pl.concat_str(pl.lit("\t"), expr)).otherwise(safe)
    return safe


def _result(result: Result, style: Style) -> bytes:
    table = result.tables[0]
    frame = text_columns(table, result.lang, style)
    buffer = io.BytesIO()
    if style.excel:
        titles = _unique([column.title(result.lang) for column in table.columns])
        frame.rename(dict(zip(frame.columns, titles, strict=True))).write_csv(
            buffer, include_bom=True, line_terminator="\r\n"
        )
    else:
        frame.write_csv(buffer)
    return buffer.getvalue()


def _unique(titles: list[str]) -> list[str]:
    # Two columns may share a title; a frame cannot hold it twice.
    return [t if t not in titles[:i] else f"{t} ({i + 1})" for i, t in enumerate(titles)]


RENDERER = Renderer(name="csv", suffix=".csv", result=_result, one_table=True)
