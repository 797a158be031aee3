"""Every metric is a command, built from the registry by name: a new one needs no edit here."""

import difflib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import option
from sqtool.cli._options import Reading, Scaling, TableWriting, Tagging
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import system_lang, t
from sqtool.metrics import METRICS

if TYPE_CHECKING:
    from sqtool.metrics._base import Metric
    from sqtool.reports._blocks import Result
    from sqtool.schema import Dataset

TableOption = Annotated[
    str | None,
    option(
        "--table", en="Only this table (default as CSV: the first).",
        zh="只要这张表(CSV 默认第一张)。", value="NAME",
    ),
]  # fmt: skip
ByOption = Annotated[
    str | None,
    option(
        "--by", en="Group by this column of the member list (with --roster).",
        zh="按成员名单里的这一列分组(配合 --roster)。", value="COLUMN",
    ),
]  # fmt: skip

_GROUPED = ("members",)
"""Metrics with a table by something of the user's; knowing it from them would import them."""


def metric_command(name: str) -> Command:
    """Return the command of a metric; the metric itself is imported when it runs."""

    def run(
        reading: Reading,
        scaling: Scaling,
        writing: TableWriting,
        table: TableOption = None,
        by: ByOption = None,
    ) -> int | None:
        return show(name, reading, writing, table, Tagging(), by=by, scaling=scaling)

    def plain(
        reading: Reading, scaling: Scaling, writing: TableWriting, table: TableOption = None
    ) -> int | None:
        return run(reading, scaling, writing, table)

    own: Callable[..., int | None] = run if name in _GROUPED else plain
    return Command(takes(own), _examples(name), lambda: _tables(name))


def show(
    name: str,
    reading: Reading,
    writing: TableWriting,
    table: str | None,
    tagging: Tagging,
    fitted: "Callable[[Metric, Dataset], Metric]" = lambda metric, _: metric,
    keys: list[str] | None = None,
    by: str | None = None,
    scaling: Scaling | None = None,
) -> int | None:
    """Read the chats and write a metric's tables.

    Args:
        name: Of the metric.
        reading: What to read.
        writing: Form and place.
        table: The only table wanted.
        tagging: What is said of the chats.
        fitted: Returns the metric to be written instead, once the chats are known.
        keys: The tables wanted if none is named; None is all.
        by: A column of the member list to group by.
        scaling: Where the chats of a store are worked out.

    Returns:
        The exit code.
    """
    from sqtool.cli._input import finish, read_more
    from sqtool.cli._output import Output
    from sqtool.cli._tags import given_tags, tagged
    from sqtool.reports._blocks import compute

    metric = METRICS.get(name)
    asked = {"by"} if by is not None else set()
    possible = [one.key for one in metric.tables if one.needs is None or one.needs in asked]
    if table is None:
        table = next((one.key for one in metric.tables if one.needs in asked), None)
    if table is not None and table not in possible:
        raise _no_table(name, table, possible)
    if scaling is not None:
        scaling.check(reading)
    output = Output.of(name, writing, tables=True)
    given_tags(tagging)
    data, ctx, kept = read_more(reading, writing)
    data, ctx = tagged(data, tagging, writing), replace(ctx, by=by)
    metric = fitted(metric, data)

    def work(wanted: list[str]) -> "Result":
        if kept is None or not _many(reading, tagging):
            return compute(metric, data, ctx, wanted)
        from sqtool import scale
        from sqtool.cli._tell import ProgressBar

        chosen = scaling or Scaling()
        with ProgressBar(quiet=writing.quiet) as progress:
            return scale.tables(
                kept.store, metric, ctx, wanted, engine=chosen.engine or "polars",
                address=chosen.address, chats=kept.ids, data=data, on_progress=progress,
            )  # fmt: skip

    output.tables(keys or possible, work, only=table)
    return finish(reading, writing, data)


def _many(reading: Reading, tagging: Tagging) -> bool:
    """Whether the chats of the store are as they lie there, so that they can go batch by batch."""
    own = (reading.chat, reading.roster, reading.aliases, tagging.tags)
    return not reading.anonymise and not any(own)


def _no_table(name: str, table: str, keys: list[str]) -> UsageError:
    close = difflib.get_close_matches(table, keys, 1, cutoff=0.5)
    hint = t(f"did you mean {close[0]}? ", f"是不是 {close[0]}?") if close else ""
    return UsageError(
        t(f"{name} has no table {table}", f"{name} 没有表 {table}"),
        hint=hint + t(f"tables: {', '.join(keys)}", f"可用:{'、'.join(keys)}"),
    )


def _tables(name: str) -> list[tuple[str, str]]:
    return [(table.key, table.title(system_lang())) for table in METRICS.get(name).tables]


def _examples(name: str) -> tuple[Example, ...]:
    grouped = Example(
        f"sqtool {name} chat.txt --roster list.xlsx --by course",
        "by a column of the member list",
        "按成员名单里的一列(如课程)分组",
    )
    return (
        Example(f"sqtool {name} chat.txt", "look at it here", "在终端查看"),
        Example(
            f"sqtool {name} chat.txt --excel -o {name}.csv",
            "a list Excel opens correctly",
            "导出 Excel 能直接打开的表",
        ),
        Example(f"sqtool {name} exports/ --json", "for other programs", "供其他程序使用"),
        *([grouped] if name in _GROUPED else []),
    )
