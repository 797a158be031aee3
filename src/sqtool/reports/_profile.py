"""A table of one wide row turned on its side: a figure per line, period beside period before."""

from typing import Any

from sqtool.i18n import Lang
from sqtool.metrics._base import Column
from sqtool.reports import _model as model
from sqtool.reports._labels import label

WIDE = 8
"""A single row of more columns than this reads better as lines."""

_BEFORE, _CHANGE, _POINTS = "_last", "_change", "_points"
_POINTS_NOTE: dict[Lang, str] = {"zh": "点", "en": "pts"}
_TITLES: dict[Lang, tuple[str, str, str, str]] = {
    "zh": ("指标", "本期", "上期", "变化"),
    "en": ("figure", "period", "before", "change"),
}
_ONE_VALUE: dict[Lang, str] = {"zh": "值", "en": "value"}


def profile(key: str, columns: tuple[Column, ...], row: dict[str, Any], lang: Lang) -> model.Table:
    """Turn a row into lines.

    Args:
        key: Of the table.
        columns: What to show, in order. Where there is ``x_last``, the value of ``x`` in the
            period before, it joins the line of ``x``, and so do ``x_change``, its relative change,
            and ``x_points``, its difference in percentage points.
        row: Values by column key.
        lang: Language of titles and labels.
    """
    known = {column.key for column in columns}
    joined = {c.key for c in columns if _base(c.key) + _BEFORE in known}
    titles = _TITLES[lang]
    rows: list[tuple[model.Cell, ...]] = []
    for column in columns:
        if column.key in joined:
            continue
        line: list[model.Cell] = [column.title(lang), _cell(row[column.key], column, lang)]
        if joined:
            before = column.key + _BEFORE
            line.append(_cell(row[before], column, lang) if before in known else "")
            line.append(_change(column.key, row, lang) if before in known else "")
        rows.append(tuple(line))
    heads = titles if joined else (titles[0], _ONE_VALUE[lang])
    keys = ("figure", "value", "before", "change")
    units: tuple[Any, ...] = ("text", "mixed", "mixed", "mixed")
    return model.Table(
        key=key,
        columns=tuple(
            model.Column(key=k, title=t, unit=u)
            for k, t, u in zip(keys, heads, units, strict=False)
        ),
        rows=tuple(rows),
    )


def _base(key: str) -> str:
    for suffix in (_BEFORE, _CHANGE, _POINTS):
        if key.endswith(suffix):
            return key.removesuffix(suffix)
    return ""


def _change(key: str, row: dict[str, Any], lang: Lang) -> model.Cell:
    if key + _POINTS in row:
        points = row[key + _POINTS]
        if points is None:
            return None
        note = _POINTS_NOTE[lang]
        return model.Quantity(value=round(points * 100, 1), unit="number", signed=True, note=note)
    if key + _CHANGE not in row:
        return ""
    if row[key + _CHANGE] is None:
        return None
    return model.Quantity(value=row[key + _CHANGE], unit="share", signed=True)


def _cell(value: Any, column: Column, lang: Lang) -> model.Cell:
    if isinstance(value, list):
        return tuple(str(v) for v in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return model.Quantity(value=value, unit=column.unit)
    if column.labels and isinstance(value, str):
        return label(column.labels, value, lang)
    cell: model.Cell = value
    return cell
