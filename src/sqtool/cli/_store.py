"""Words about changes of the store."""

from typing import Any, Final

import polars as pl

from sqtool.i18n import t
from sqtool.metrics._base import Column, Unit

_SHOWN: Final = 3


def told(row: dict[str, Any]) -> str:
    """Return one line on a change: a row of ``CHANGES``."""
    parts = [f"{row['id']} {row['what']}"]
    if row["new"] is not None:
        parts.append(t(f"{row['new']:,} messages", f"{row['new']:,} 条消息"))
    if row["files"]:
        parts.append(named(row))
    return ": ".join(parts[:1]) + (": " + "; ".join(parts[1:]) if parts[1:] else "")


def named(row: dict[str, Any]) -> str:
    """Return the first files of a change, and how many more there are."""
    files, count = row["files"] or [], row["files_read"] or 0
    return ", ".join(files[:_SHOWN]) + (f" … (+{count - _SHOWN})" if count > _SHOWN else "")


def state_of(row: dict[str, Any]) -> str:
    """Return whether a change is in force, undone, or takes others back."""
    if row["undoes"]:
        numbers = ", ".join(str(number) for number in row["undoes"])
        return t(f"took back {numbers}", f"撤销了 {numbers}")
    return t("undone", "已撤销") if row["undone"] else t("in force", "有效")


def as_columns(frame: pl.DataFrame) -> tuple[Column, ...]:
    """Declare the columns of any frame, so that renderers know how to write them."""
    return tuple(
        Column(key, dtype, _unit(key, dtype), key, key) for key, dtype in frame.schema.items()
    )


def _unit(key: str, dtype: pl.DataType) -> Unit:
    if isinstance(dtype, pl.Datetime):
        return "datetime"
    if dtype == pl.Date:
        return "date"
    if dtype.is_integer():
        return "count"
    if dtype.is_numeric():
        return "number"
    if dtype == pl.Boolean:
        return "flag"
    return "id" if key.endswith("_id") else "text"
