"""JSON: the model behind a report, or a metric's tables with what they stand on.

JSON:报告背后的数据,或指标的全部表格及其口径。
"""

import io
import json

import polars as pl

from sqtool.render._base import Renderer, Style
from sqtool.reports._blocks import Result
from sqtool.reports._model import Report


def iso_instants(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with instants as ISO 8601 text with their offset; null stays null."""
    return frame.with_columns(
        pl.col(name).dt.strftime(
            "%Y-%m-%dT%H:%M:%S%.f%:z" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S%.f"
        )
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime)
    )


def row_lines(frame: pl.DataFrame) -> str:
    """Return one JSON object per line, ending in a newline unless there is none."""
    buffer = io.BytesIO()
    iso_instants(frame).write_ndjson(buffer)
    return buffer.getvalue().decode("utf-8")


def render(report: Report, style: Style) -> str:
    """Return the report model; ``schema_version`` tells its shape."""
    return report.model_dump_json(indent=2) + "\n"


def _result(result: Result, style: Style) -> str:
    head = json.dumps(result.facts, ensure_ascii=False)
    tables = [
        f"{json.dumps(table.key)}: [" + _rows(row_lines(table.frame)) + "]"
        for table in result.tables
    ]
    opening = head[:-1] + (", " if result.facts else "")
    return opening + '"tables": {\n' + ",\n".join(tables) + "\n}}\n"


def _rows(lines: str) -> str:
    body = lines.rstrip("\n")
    return "\n" + body.replace("\n", ",\n") + "\n" if body else ""


RENDERER = Renderer(name="json", suffix=".json", report=render, result=_result)
