"""For reading on a terminal: aligned tables, colours where wanted, any width.

在终端里阅读:对齐的表格,按窗口宽度排版。
"""

import io
from collections.abc import Iterable
from typing import assert_never

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text as RichText

from sqtool.i18n import Lang
from sqtool.render._base import Renderer, Style
from sqtool.render._drawn import draw, drawable
from sqtool.render._escape import clean, display_width
from sqtool.render._format import column_cells, is_numeric
from sqtool.render._wrap import break_points, wrap
from sqtool.reports._blocks import Result, as_report
from sqtool.reports._model import Block, Chart, Column, Facts, Items, Note, Report, Table, Text

GAP = 2
_ASCII_BOX = box.Box(str(box.SIMPLE_HEAD).replace("─", "-"), ascii=True)
_HEADER_WIDTH = 10  # a longer header may wrap rather than widen a column of numbers
_NARROWEST = (16, 12, 8)  # text columns give way in these steps before a column is left out
_SENTENCE = 36  # … but a column of whole sentences is left out before it gets narrower than this
_FIRM_WIDTH = 24
_FIRM = frozenset({"date", "datetime", "spark", "flag", "label"})
_SPAN = {"plain": "", "strong": "bold", "code": "cyan"}
_TONE = {"plain": "", "lead": "", "quiet": "dim", "warning": "bold red"}
_COLON: dict[Lang, str] = {"zh": ":", "en": ": "}


def render(report: Report, style: Style) -> str:
    """Return the report for a terminal of ``style.width`` columns, ending in a newline.

    Everything is set as ``rich.Text``, never as markup: names may contain ``[/x]``.
    """
    console = Console(
        file=io.StringIO(),
        width=style.width,
        force_terminal=style.color,
        no_color=not style.color,
        color_system="standard" if style.color else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    _line(console, RichText(clean(report.title), "bold"))
    if report.subtitle:
        _line(console, _text(report.subtitle, "dim"))
    for section in report.sections:
        console.print()
        if section.title:
            _line(console, RichText(clean(section.title), "bold cyan"))
        shown_blocks = [b for b in section.blocks if not isinstance(b, Chart) or drawable(b)]
        for number, block in enumerate(shown_blocks):
            if number:
                console.print()
            _block(console, block, report.lang, style)
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO given above
    return "\n".join(line.rstrip() for line in shown.splitlines()) + "\n"


def _block(console: Console, block: Block, lang: Lang, style: Style) -> None:
    match block:
        case Table():
            _table(console, block, lang, style)
        case Note():
            mark = "" if block.tone != "lead" else "> " if style.ascii else "▎ "
            _line(console, _text(block.text, _TONE[block.tone]), mark)
        case Items():
            marks = [f"{i}. " if block.ordered else "- " for i in range(1, len(block.items) + 1)]
            for mark, item in zip(marks, block.items, strict=True):
                _line(console, _text(item), mark, hanging=True)
        case Facts():
            for name, value in block.items:
                head = RichText(clean(name) + _COLON[lang], "bold")
                _line(console, RichText.assemble(head, _text(value)), hanging=True)
        case Chart():
            draw(console, block, style)
        case _:
            assert_never(block)


def _text(text: Text, base: str = "") -> RichText:
    shown = RichText(style=base)
    for span in text:
        shown.append(clean(span.text), _SPAN[span.style])
    return shown


def _line(console: Console, text: RichText, mark: str = "", *, hanging: bool = False) -> None:
    """Print a paragraph, each line behind its mark (or, hanging, only the first)."""
    room = max(console.width - display_width(mark), 8)
    lines = text.divide(break_points(text.plain, room))
    for number, line in enumerate(lines):
        line.rstrip()
        head = mark if number == 0 or not hanging else " " * display_width(mark)
        console.print(RichText.assemble(head, line), soft_wrap=True)


def _table(console: Console, table: Table, lang: Lang, style: Style) -> None:
    if table.title:
        _line(console, RichText(clean(table.title), "bold"))
    columns = [
        column_cells(
            [row[i] for row in table.rows], c, lang, guarded=style.guard, ascii=style.ascii
        )
        for i, c in enumerate(table.columns)
    ]
    widths = _widths(table.columns, columns, console.width)
    shown = RichTable(
        box=_ASCII_BOX if style.ascii else box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),  # the box adds one
        header_style="bold",
    )
    for column, width in zip(table.columns, widths, strict=False):
        shown.add_column(
            _wrapped(clean(column.title), width),
            width=width,
            justify="right" if is_numeric(column) else "left",
            no_wrap=True,
        )
    for cells in zip(*columns[: len(widths)], strict=True):
        shown.add_row(*map(_wrapped, cells, widths))
    console.print(shown)
    left_out = table.columns[len(widths) :]
    if left_out:
        _line(console, RichText(_too_wide(left_out, lang), "dim"))


def _wrapped(value: str, width: int) -> RichText:
    # Rich breaks at spaces only, which tears Chinese sentences apart.
    return RichText("\n".join(wrap(value, width)))


def _widths(columns: Iterable[Column], cells: list[list[str]], room: int) -> list[int]:
    """Return the widths of the columns that fit, from the left; text columns wrap if they must."""
    columns = list(columns)
    natural: list[int] = []
    least: list[int] = []  # 0: may wrap
    for column, values in zip(columns, cells, strict=True):
        longest = max((display_width(v) for v in values), default=0)
        header = display_width(clean(column.title))
        # Evidence in a column of mixed figures is a sentence, and wraps like one.
        is_firm = (is_numeric(column) or column.unit in _FIRM) and longest <= _FIRM_WIDTH
        natural.append(max(longest, header, 1))
        least.append(max(longest, min(header, _HEADER_WIDTH), 1) if is_firm else 0)
    for narrowest in _NARROWEST:
        need = [
            m or min(n, _SENTENCE if c.unit == "sentence" else narrowest)
            for n, m, c in zip(natural, least, columns, strict=True)
        ]
        if sum(need) + GAP * (len(need) - 1) <= room:
            break
    while len(need) > 1 and sum(need) + GAP * (len(need) - 1) > room:
        need.pop()
    need[0] = min(need[0], room) if need else 0
    spare = room - sum(need) - GAP * (len(need) - 1)
    while spare > 0:
        hungry = [i for i, width in enumerate(need) if width < natural[i]]
        if not hungry:
            break
        # Fair shares: short texts get their line, the rest goes to sentences, headers come last.
        need[min(hungry, key=lambda i: (least[i] > 0, need[i]))] += 1
        spare -= 1
    return need


def _too_wide(left_out: tuple[Column, ...], lang: Lang) -> str:
    titles = [clean(column.title) for column in left_out]
    if lang == "zh":
        return f"… 右边还有 {len(titles)} 列放不下:{'、'.join(titles)}(加宽窗口,或写入文件)"
    return (
        f"… {len(titles)} more columns do not fit: {', '.join(titles)} (widen the window, or write"
        " to a file)"
    )


def _result(result: Result, style: Style) -> str:
    return render(as_report(result, rows=style.rows), style)


RENDERER = Renderer(name="terminal", suffix=".txt", report=render, result=_result)
