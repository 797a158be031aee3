"""A page to look at, in one file: charts, tables to sort and search, light and dark, on paper too.

网页:单个离线文件,可交互图表、可排序筛选的表格,深浅色,手机可读,可打印。
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sqtool.i18n import Lang
from sqtool.render._base import Renderer, Style
from sqtool.render._escape import clean, display_width
from sqtool.render._format import column_cells, is_numeric, spark
from sqtool.render._vega import config, spec
from sqtool.reports._blocks import Result, as_report
from sqtool.reports._model import (
    Block,
    Cell,
    Chart,
    Column,
    Quantity,
    Report,
    Spark,
    Table,
)

MOST_ROWS: Final = 1_000
"""Of a list at the end of the page: a phone should open it. A cut is announced."""
_SENTENCE: Final = 24
"""Columns of text from which a cell is given room."""
_SEARCHED: Final = 12
"""Tables longer than this get a field to search in."""
_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "search": "筛选…", "theme": "深色 / 浅色", "lists": "附表", "rows": "行",
        "contents": "目录", "none": "没有符合的行",
        "cut": "共 {total} 行,这里是前 {shown} 行;全部见各命令的 --csv",
        "sort": "点击排序", "script": "图表需要浏览器脚本;表格里有同样的数字。",
    },
    "en": {
        "search": "Filter…", "theme": "Dark / light", "lists": "Lists", "rows": "rows",
        "contents": "Contents", "none": "No row matches",
        "cut": "{shown} of {total} rows; each command has all of them, with --csv",
        "sort": "click to sort", "script": "Charts need scripts; the tables hold the same figures.",
    },
}  # fmt: skip


@dataclass(frozen=True)
class _TableCell:
    """A cell as the page shows it.

    Args:
        shown: The text, not yet escaped.
        key: What it is sorted by, if that is not the text.
        bars: Heights (0–100) of a sparkline; None is a gap.
        tone: Class of a judgement.
    """

    shown: str
    key: str | None = None
    bars: tuple[int | None, ...] = ()
    tone: str = ""

    @property
    def wide(self) -> bool:
        """Whether it needs room: a narrow window scrolls rather than stack word upon word."""
        return display_width(self.shown) > _SENTENCE


@dataclass(frozen=True)
class _Table:
    """A table as the page shows it.

    Args:
        key: Its key.
        title: Above it; may be empty.
        heads: Titles of the columns, and whether they hold numbers.
        rows: The cells.
        total: How many rows there are, shown or not.
        searched: It gets a field to search in.
    """

    key: str
    title: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[_TableCell, ...], ...]
    total: int
    searched: bool


def render(report: Report, style: Style) -> str:
    """Return the report as one page that asks nobody for anything."""
    charts = [b for s in report.sections for b in s.blocks if isinstance(b, Chart)]
    specs = {chart.key: spec(chart) for chart in charts}
    data = {"specs": specs, "light": config("light"), "dark": config("dark")} if specs else None
    scripts = [_part("page.js")]
    if data is not None:
        scripts.insert(0, _part("vega.js"))
    template = _environment().get_template("page.html")
    return str(
        template.render(
            report=report,
            words=_WORDS[report.lang],
            lang="zh-CN" if report.lang == "zh" else "en",
            css=_part("page.css"),
            data=None if data is None else _json(data),
            scripts=scripts,
            policy=_policy(scripts),
            block=_Blocks(report.lang, style),
            lists=[_Blocks(report.lang, style).table(t, most=MOST_ROWS) for t in report.tables],
        )
    )


def _policy(scripts: Sequence[str]) -> str:
    """Return what the page may do: run its own scripts by their hashes, and ask nobody.

    Vega compiles its expressions, which needs ``unsafe-eval``; the expressions are ours alone.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'"
        for s in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes} 'unsafe-eval'; style-src 'unsafe-inline';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _json(data: Any) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


@cache
def _part(name: str) -> str:
    return (files("sqtool.render") / "page" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Any:
    from jinja2 import DictLoader, Environment, StrictUndefined

    made = Environment(
        loader=DictLoader({"page.html": _part("page.html")}), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["clean"] = clean
    return made


class _Blocks:
    """Blocks as the template takes them: finished texts, nothing to decide any more."""

    def __init__(self, lang: Lang, style: Style) -> None:
        self.lang = lang
        self.style = style

    def kind(self, block: Block) -> str:
        """Return the name of the template's part."""
        return block.type

    def table(self, table: Table, most: int | None = None) -> _Table:
        """Return a table with formatted cells, the same as in Markdown."""
        rows = table.rows if most is None else table.rows[:most]
        columns = [
            self._column([row[i] for row in rows], column) for i, column in enumerate(table.columns)
        ]
        return _Table(
            key=table.key,
            title=clean(table.title),
            heads=tuple((clean(c.title), is_numeric(c)) for c in table.columns),
            rows=tuple(zip(*columns, strict=True)) if rows else (),
            total=len(table.rows),
            searched=len(table.rows) > _SEARCHED,
        )

    def _column(self, values: Sequence[Cell], column: Column) -> list[_TableCell]:
        shown = column_cells(values, column, self.lang, guarded=self.style.guard)
        return [
            _TableCell(text, _sort_key(value), _bars(value), _tone(value, column))
            for value, text in zip(values, shown, strict=True)
        ]


def _sort_key(value: Cell) -> str | None:
    match value:
        case bool() | None:
            return None
        case int() | float():
            return repr(value)
        case Quantity():
            return None if value.value is None else repr(value.value)
        case datetime() | date():
            return value.isoformat()
        case Spark():
            known = [v for v in value.values if v is not None]
            return repr(known[-1]) if known else None
        case _:
            return None


def _bars(value: Cell) -> tuple[int | None, ...]:
    if not isinstance(value, Spark):
        return ()
    top = max((v for v in value.values if v is not None), default=0) or 1
    if not spark(value.values):
        return ()
    return tuple(None if v is None else max(4, round(v / top * 100)) for v in value.values)


_TONES: Final = {
    "high": "bad", "dead": "bad", "ads": "bad", "zombie": "bad", "cooling": "warn",
    "medium": "warn", "warming": "good", "steady": "good",
}  # fmt: skip


def _tone(value: Cell, column: Column) -> str:
    """Return the class of a judgement's code: colour beside the word, never instead of it."""
    if column.labels and isinstance(value, str):
        return _TONES.get(value, "")
    return ""


def _result(result: Result, style: Style) -> str:
    return render(as_report(result, rows=style.rows), style)


RENDERER = Renderer(name="html", suffix=".html", report=render, result=_result)
