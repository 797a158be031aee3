"""Commands that print small tables of facts, in the same forms as a metric's tables."""

import sys
from collections.abc import Sequence
from typing import cast

import polars as pl

from sqtool.cli._options import Writing
from sqtool.cli._output import Output
from sqtool.i18n import Lang, system_lang
from sqtool.metrics._base import Column
from sqtool.reports._blocks import Result, ResultTable

_TYPES: dict[str, pl.DataType] = {
    "count": pl.Int64(), "datetime": pl.Datetime("us"), "date": pl.Date(), "share": pl.Float64(),
    "number": pl.Float64(),
}  # fmt: skip


def column(key: str, zh: str, unit: str = "text", en: str = "") -> Column:
    """Return a column of a listing; its key is its English title if no other is given."""
    dtype = _TYPES.get(unit, pl.String())
    return Column(key, dtype, unit, en or key.replace("_", " "), zh)  # type: ignore[arg-type]


def table(
    key: str, title: tuple[str, str], columns: Sequence[Column], rows: Sequence[Sequence[object]]
) -> ResultTable:
    """Return a table of facts.

    Args:
        key: Its name.
        title: In English and Chinese.
        columns: Results of ``column``.
        rows: Values in the order of the columns.
    """
    frame = pl.DataFrame(rows, schema={c.key: c.dtype for c in columns}, orient="row")
    return ResultTable(key, title[system_lang() == "zh"], tuple(columns), frame)


def on_screen(writing: Writing) -> bool:
    """Return whether the tables are for a person at a terminal, where width matters."""
    return sys.stdout.isatty() and writing.output in (None, "", "-")


def is_for_people(writing: Writing) -> bool:
    """Return whether the tables are written in a form to be read, not one for programs."""
    return Output.of("", writing, tables=True).renderer.name in ("terminal", "markdown")


def listing(
    name: str,
    title: tuple[str, str],
    tables: Sequence[ResultTable],
    writing: Writing,
    only: str | None = None,
) -> None:
    """Write tables of facts.

    Args:
        name: Of the command.
        title: In English and Chinese.
        tables: The main one first.
        writing: Form and place.
        only: Key of the one table wanted.
    """
    lang: Lang = cast(Lang, writing.lang) if writing.lang else system_lang()
    result = Result(name, title[lang == "zh"], lang, tuple(tables))
    Output.of(name, writing, tables=True).tables(
        [t.key for t in tables],
        lambda keys: Result(name, result.title, lang, tuple(t for t in tables if t.key in keys)),
        only=only,
    )
