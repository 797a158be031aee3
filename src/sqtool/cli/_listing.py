"""Commands that print one small table of words, in the same forms as a metric's tables."""

from collections.abc import Sequence
from typing import cast

import polars as pl

from sqtool.cli._options import Writing
from sqtool.cli._output import Output
from sqtool.i18n import Lang, system_lang
from sqtool.metrics._base import Column
from sqtool.reports._blocks import Result, ResultTable


def listing(
    name: str,
    title: tuple[str, str],
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str | None]],
    writing: Writing,
) -> None:
    """Write rows of text as a table.

    Args:
        name: Of the command; key of the table.
        title: In English and Chinese.
        columns: Key (also the English title) and Chinese title of each.
        rows: The texts.
        writing: Form and place.
    """
    lang: Lang = cast(Lang, writing.lang) if writing.lang else system_lang()
    text = pl.String()
    declared = tuple(Column(key, text, "text", key, zh) for key, zh in columns)
    frame = pl.DataFrame(rows, schema={c.key: c.dtype for c in declared}, orient="row")
    heading = title[1] if lang == "zh" else title[0]
    table = ResultTable(name, "", declared, frame)
    result = Result(name, heading, lang, (table,))
    Output.of(name, writing, tables=True).tables([name], lambda _: result)
