"""The computed tables of a metric: as frames for CSV and JSON, as blocks for people to read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from sqtool.context import Context
from sqtool.i18n import Lang
from sqtool.metrics._base import Column, Metric, Table
from sqtool.reports import _model as model
from sqtool.reports._labels import labels
from sqtool.reports._profile import WIDE, profile
from sqtool.schema import Dataset


@dataclass(frozen=True)
class ResultTable:
    """One computed table.

    Args:
        key: Name for ``--table``.
        title: In the language of the result.
        columns: As declared by the metric; the frame's columns are these, in this order.
        frame: The rows; instants are in the report's zone.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    frame: pl.DataFrame


@dataclass(frozen=True)
class Result:
    """What a command that prints tables hands to a renderer.

    Args:
        name: Name of the metric or command.
        title: For people.
        lang: Language of titles and labels.
        tables: The main one first.
        facts: What the numbers stand on, plain JSON values: metric, as_of, tz, period.
        subtitle: The same for people.
    """

    name: str
    title: str
    lang: Lang
    tables: tuple[ResultTable, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    subtitle: str = ""

    def only(self, key: str) -> "Result":
        """Return the result with one table left in it."""
        return replace(self, tables=tuple(t for t in self.tables if t.key == key))


def compute(
    metric: Metric, data: Dataset, ctx: Context, keys: Iterable[str] | None = None
) -> Result:
    """Compute a metric's tables.

    Args:
        metric: The metric.
        data: The chats.
        ctx: Period, zone, thresholds, language of titles.
        keys: The tables wanted; None is all.

    Raises:
        KeyError: If there is no table of that name.
    """
    wanted = metric.tables if keys is None else tuple(metric.table(key) for key in keys)
    frames = pl.collect_all([table.compute(data, ctx) for table in wanted])
    return as_result(replace(metric, tables=wanted), frames, data, ctx)


def as_result(
    metric: Metric, frames: Iterable[pl.DataFrame], data: Dataset, ctx: Context
) -> Result:
    """Put the words of a metric to its computed tables.

    Args:
        metric: The metric, with the tables computed and no other.
        frames: One per table.
        data: The chats; only their names are looked at.
        ctx: As for ``compute``.
    """
    return Result(
        name=metric.name,
        title=metric.title(ctx.lang),
        lang=ctx.lang,
        tables=tuple(
            result_table(table, frame, ctx)
            for table, frame in zip(metric.tables, frames, strict=True)
        ),
        facts=_facts(metric, ctx),
        subtitle=_subtitle(data, ctx),
    )


def result_table(table: Table, frame: pl.DataFrame, ctx: Context) -> ResultTable:
    """Pair a frame with its declaration; instants move to the report's zone."""
    instants = [
        pl.col(name).dt.convert_time_zone(ctx.tz)
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
    ]
    frame = frame.with_columns(instants).select(c.key for c in table.columns)
    return ResultTable(table.key, table.title(ctx.lang), table.columns, frame)


def block(
    table: ResultTable,
    lang: Lang,
    *,
    rows: int | None = None,
    columns: Iterable[str] | None = None,
    title: bool = False,
) -> model.Table:
    """Turn a computed table into a report's table block.

    Args:
        table: The table.
        lang: Language of titles and labels.
        rows: Keep only the first ones; the caller announces the cut.
        columns: Keep only these, in this order.
        title: Give the block the table's title (else it has none: a heading says it).
    """
    keys = [c.key for c in table.columns] if columns is None else list(columns)
    by_key = {c.key: c for c in table.columns}
    frame = table.frame.select(keys)
    if rows is not None:
        frame = frame.head(rows)
    # Cells of a frame have the types a Cell allows: checking millions of them again is slow.
    return model.Table.model_construct(
        type="table",
        key=table.key,
        title=table.title if title else "",
        columns=tuple(_column(by_key[key], lang) for key in keys),
        rows=tuple(
            tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in frame.iter_rows()
        ),
    )


def as_report(result: Result, *, rows: int | None = None) -> model.Report:
    """Turn a metric's tables into a report for the terminal or Markdown.

    Args:
        result: The tables.
        rows: Most rows of the main table, half of that for the others; a line beside the table
            counts the rest and names the way to them.
    """
    sections = []
    fewer = rows and max(rows // 2, 1)
    for table in result.tables:
        keys = [c.key for c in table.columns]
        if "chat_id" in keys and table.frame["chat_id"].n_unique() <= 1 and len(keys) > 1:
            keys.remove("chat_id")  # one chat: its id on every row tells nothing
        blocks = _readable(table, keys, result, rows if table is result.tables[0] else fewer)
        sections.append(model.Section(key=table.key, title=table.title, blocks=tuple(blocks)))
    return model.Report(
        kind=result.name,
        lang=result.lang,
        title=result.title,
        subtitle=model.text(result.subtitle),
        sections=tuple(sections),
    )


def _readable(
    table: ResultTable, keys: list[str], result: Result, rows: int | None
) -> tuple[model.Block, ...]:
    if table.frame.is_empty():
        return (_quiet("没有数据。" if result.lang == "zh" else "Nothing to show."),)
    if table.frame.height == 1 and len(keys) > WIDE:
        columns = tuple(c for c in table.columns if c.key in keys)
        return (profile(table.key, columns, table.frame.row(0, named=True), result.lang),)
    if rows is None or table.frame.height <= rows:
        return (block(table, result.lang, columns=keys),)
    hidden = table.frame.height - rows
    if _runs_through_time(table.frame.select(keys)):
        newest = replace(table, frame=table.frame.tail(rows))
        earlier = _quiet(_more(hidden, table.key, result, ("更早的", "earlier")))
        return (earlier, block(newest, result.lang, columns=keys))
    rest = _quiet(_more(hidden, table.key, result, ("", "more")))
    return (block(table, result.lang, rows=rows, columns=keys), rest)


def _runs_through_time(frame: pl.DataFrame) -> bool:
    """Whether rows go forward in time: then the newest, at the end, are what matters."""
    return any(
        dtype.is_temporal() and frame[name].is_sorted() and frame[name].n_unique() > 1
        for name, dtype in list(frame.schema.items())[:2]
    )


def _column(column: Column, lang: Lang) -> model.Column:
    words = labels(column.labels, lang) if column.labels else {}
    return model.Column(key=column.key, title=column.title(lang), unit=column.unit, labels=words)


def _quiet(words: str) -> model.Note:
    return model.Note(text=model.text(words), tone="quiet")


def _more(hidden: int, key: str, result: Result, which: tuple[str, str]) -> str:
    option = f"--table {key}" if len(result.tables) > 1 else "--csv"
    if result.lang == "zh":
        return f"… 还有{which[0]} {hidden:,} 行:加 {option} 看全部"
    return f"… {hidden:,} {which[1]} rows: add {option} to see all"


def _facts(metric: Metric, ctx: Context) -> dict[str, Any]:
    period = ctx.period
    return {
        "metric": metric.name,
        "as_of": ctx.as_of.astimezone(ctx.zone).isoformat(),
        "as_of_source": ctx.as_of_source,
        "tz": ctx.tz,
        "period": {
            "label": period.label,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "running": period.running,
        },
    }


def _subtitle(data: Dataset, ctx: Context) -> str:
    chats = data.chats.select("name").collect()["name"].to_list()
    which = f"{chats[0]} · " if len(chats) == 1 and chats[0] else ""
    moment = f"{ctx.as_of.astimezone(ctx.zone):%Y-%m-%d %H:%M}"
    first, last = ctx.period.first_on.isoformat(), ctx.period.last_on.isoformat()
    if first[:4] == last[:4]:
        last = last[5:]
    if ctx.lang == "zh":
        return f"{which}{first} — {last} · 时区 {ctx.tz} · 数据截至 {moment}"
    return f"{which}{first} — {last} · {ctx.tz} · data up to {moment}"
