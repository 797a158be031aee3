"""What a metric is: named tables, each a pure function of a dataset and a context."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from sqtool.context import Context
from sqtool.i18n import Lang
from sqtool.schema import Dataset

Unit = Literal[
    "count", "number", "share", "days", "date", "datetime", "text", "sentence", "id", "name",
    "label", "flag",
]  # fmt: skip
"""How renderers format a column: share is 0–1 shown as per cent; label is a code with a
translation; name is a person's or chat's name (hostile); flag is a boolean; sentence is text that a
narrow window leaves out rather than stack word upon word."""


@dataclass(frozen=True)
class Column:
    """One column of a metric table.

    Args:
        key: Stable English snake_case: CSV header, JSON key.
        dtype: Polars type.
        unit: How to format it.
        en: English title.
        zh: Chinese title.
        labels: For ``label`` columns: the namespace of its codes in ``reports/_labels.py``.
    """

    key: str
    dtype: pl.DataType
    unit: Unit
    en: str
    zh: str
    labels: str = ""

    def title(self, lang: Lang) -> str:
        """Title in the language asked for."""
        return self.zh if lang == "zh" else self.en


Rows = Callable[[Dataset, Context], pl.LazyFrame]
"""Rows worked out of chats: pure and lazy."""
Whole = Callable[[pl.LazyFrame, Dataset, Context], pl.LazyFrame]
"""A table from the rows of all chats, in whatever order the chats come; of the dataset it may look
at chats and tags. The last step, and the only one that sees all chats at once."""


def chat_by_chat(rows: pl.LazyFrame, data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the chats by id, the rows of each in the order they have."""
    return rows.sort("chat_id", maintain_order=True)


@dataclass(frozen=True)
class Table:
    """One table of a metric.

    Args:
        key: Name for ``--table``.
        en: English title.
        zh: Chinese title.
        columns: All columns, in order; the frame's schema equals them, also when empty.
        compute: Pure and lazy; the result is in a total order (every sort ends in an id).
        whole: Puts the rows of batches of chats, one below the other, into the table of all of
            them: the order, if it is not by chat, or a sum. A row of a batch depends on its own
            chat and the context only (whose ``other_chats`` says how many are in other batches).
        each: The rows it starts from; None is ``compute``.
        needs: Field of ``Context`` that must be set, else the table is empty and not shown; where
            it is set, this is the table that was asked for.
    """

    key: str
    en: str
    zh: str
    columns: tuple[Column, ...]
    compute: Rows
    needs: Literal["by"] | None = None
    whole: Whole = chat_by_chat
    each: Rows | None = None

    @property
    def rows(self) -> Rows:
        """What is worked out for every batch of chats."""
        return self.each or self.compute

    def ending(self, whole: Whole) -> "Table":
        """Return the same rows with another last step."""
        rows = self.rows

        def compute(data: Dataset, ctx: Context) -> pl.LazyFrame:
            return whole(rows(data, ctx), data, ctx)

        return replace(self, compute=compute, each=rows, whole=whole)

    @property
    def schema(self) -> pl.Schema:
        """The declared schema."""
        return pl.Schema({c.key: c.dtype for c in self.columns})

    def title(self, lang: Lang) -> str:
        """Title in the language asked for."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Definition:
    """How one figure or judgement is worked out: what ``sqtool explain`` prints.

    In the words, ``{verdict.trend_change}`` stands for the setting of that name as it is in force,
    so that the page and the code cannot differ.

    Args:
        key: The figure: a column's key, or the name of a judgement.
        en: The formula in English.
        zh: The formula in Chinese.
        source: Where it comes from (``CHAOSS``, ``Amplitude``); ``ours`` if no standard exists.
        inputs: Columns of ``table`` whose values, for one member or chat, show the figure worked
            out, in the order of the formula.
        table: Key of the table that has them; None is the metric's main table.
        caveat_en: What it cannot tell, if anything.
        caveat_zh: The same in Chinese.
    """

    key: str
    en: str
    zh: str
    source: str
    inputs: tuple[str, ...] = ()
    table: str | None = None
    caveat_en: str = ""
    caveat_zh: str = ""


@dataclass(frozen=True)
class Metric:
    """A metric: its first table is what the command shows when none is asked for as CSV.

    Args:
        name: Command name; equals the file name.
        en: English title.
        zh: Chinese title.
        tables: One or more; the first is the main one.
        definitions: How its figures are worked out.
    """

    name: str
    en: str
    zh: str
    tables: tuple[Table, ...]
    definitions: tuple[Definition, ...] = ()

    def table(self, key: str | None = None) -> Table:
        """Return a table by key, or the main one.

        Raises:
            KeyError: If there is no such table.
        """
        if key is None:
            return self.tables[0]
        for table in self.tables:
            if table.key == key:
                return table
        raise KeyError(key)

    def title(self, lang: Lang) -> str:
        """Title in the language asked for."""
        return self.zh if lang == "zh" else self.en
