"""Markdown that can be pasted into a document or a chat as it is.

可直接粘贴进文档或群公告的 Markdown。
"""

from typing import assert_never
from urllib.parse import quote

from sqtool.i18n import Lang
from sqtool.render._base import Renderer, Style
from sqtool.render._escape import clean, markdown, markdown_start
from sqtool.render._format import column_cells, is_numeric
from sqtool.reports._blocks import Result, as_report
from sqtool.reports._model import (
    Block,
    Chart,
    Column,
    Facts,
    Items,
    Note,
    Report,
    Span,
    Table,
    Text,
)

_COLON: dict[Lang, str] = {"zh": ":", "en": ": "}


def render(report: Report, style: Style) -> str:
    """Return the report as GitHub-flavoured Markdown, ending in a newline."""
    parts = [f"# {markdown(report.title)}"]
    if report.subtitle:
        parts.append(_paragraph(report.subtitle))
    for section in report.sections:
        if section.title:
            parts.append(f"## {markdown(section.title)}")
        parts.extend(_block(block, report.lang, style) for block in section.blocks)
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block, lang: Lang, style: Style) -> str:
    match block:
        case Table():
            return _table(block, lang, style)
        case Note():
            return _note(block)
        case Items():
            return _items(block)
        case Facts():
            colon = _COLON[lang]
            return "\n".join(
                f"- **{markdown(name)}**{colon}{_inline(value)}" for name, value in block.items
            )
        case Chart():
            return _picture(block, style)
        case _:
            assert_never(block)


def _picture(chart: Chart, style: Style) -> str:
    if style.assets is None:
        return ""
    words = chart.title if not chart.about else f"{chart.title}: {chart.about}"
    return f"![{markdown(words)}]({quote(style.assets)}/{chart.key}.svg)"


def assets(report: Report, style: Style) -> dict[str, str]:
    """Return the pictures of a report by file name, for the folder ``style.assets``."""
    from sqtool.render._svg import svg

    charts = [b for s in report.sections for b in s.blocks if isinstance(b, Chart)]
    return {f"{chart.key}.svg": svg(chart) for chart in charts}


def _table(table: Table, lang: Lang, style: Style) -> str:
    lines = [
        _row([markdown(column.title) for column in table.columns]),
        "|" + "|".join(_rule(column) for column in table.columns) + "|",
    ]
    columns = [
        column_cells([row[i] for row in table.rows], column, lang, guarded=style.guard)
        for i, column in enumerate(table.columns)
    ]
    lines.extend(_row([markdown(value) for value in row]) for row in zip(*columns, strict=True))
    title = [f"### {markdown(table.title)}", ""] if table.title else []
    return "\n".join(title + lines)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(column: Column) -> str:
    return "--:" if is_numeric(column) else ":--" if column.unit == "spark" else "---"


def _note(note: Note) -> str:
    match note.tone:
        case "lead":
            return "> " + _paragraph(note.text)
        case "warning":
            return "> ⚠ " + _inline(note.text)
        case "plain" | "quiet":
            return _paragraph(note.text)
        case _:
            assert_never(note.tone)


def _items(block: Items) -> str:
    marks = (f"{i}. " if block.ordered else "- " for i in range(1, len(block.items) + 1))
    return "\n".join(mark + _paragraph(item) for mark, item in zip(marks, block.items, strict=True))


def _paragraph(text: Text) -> str:
    return markdown_start(_inline(text).strip())


def _inline(text: Text) -> str:
    return "".join(_span(span) for span in text)


def _span(span: Span) -> str:
    match span.style:
        case "plain":
            return markdown(span.text)
        case "strong":
            # Emphasis marks next to a space do not count as such: the spaces go outside.
            shown = clean(span.text)
            inner = shown.strip()
            if not inner:
                return shown
            before, after = shown[: len(shown) - len(shown.lstrip())], shown[len(shown.rstrip()) :]
            return f"{before}**{markdown(inner)}**{after}"
        case "code":
            return _code(clean(span.text))
        case _:
            assert_never(span.style)


def _code(text: str) -> str:
    # A fence longer than any run of backticks inside; a pipe would end a table cell.
    longest, run = 0, 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _result(result: Result, style: Style) -> str:
    return render(as_report(result, rows=style.rows), style)


RENDERER = Renderer(name="markdown", suffix=".md", report=render, result=_result, assets=assets)
