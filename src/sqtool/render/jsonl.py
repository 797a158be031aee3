"""JSON Lines: one object per row, for streaming into other programs.

JSON Lines:每行一个对象,便于接入其他程序。
"""

from sqtool.render._base import Renderer, Style
from sqtool.render.json import row_lines
from sqtool.reports._blocks import Result


def _result(result: Result, style: Style) -> str:
    return row_lines(result.tables[0].frame)


RENDERER = Renderer(name="jsonl", suffix=".jsonl", result=_result, one_table=True)
