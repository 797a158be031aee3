"""Short ways to declare columns, and the last step of every table: its shape and its order."""

from collections.abc import Sequence

import polars as pl

from sqtool.metrics._base import Column
from sqtool.schema import INSTANT


def ident(key: str, en: str, zh: str) -> Column:
    """An id."""
    return Column(key, pl.String(), "id", en, zh)


def person(key: str, en: str, zh: str) -> Column:
    """The name of a person or a chat."""
    return Column(key, pl.String(), "name", en, zh)


def words(key: str, en: str, zh: str) -> Column:
    """Text of our own making."""
    return Column(key, pl.String(), "text", en, zh)


def sentence(key: str, en: str, zh: str) -> Column:
    """Text of our own making that needs room."""
    return Column(key, pl.String(), "sentence", en, zh)


def label(key: str, en: str, zh: str, labels: str) -> Column:
    """A code with a translation."""
    return Column(key, pl.String(), "label", en, zh, labels)


def count(key: str, en: str, zh: str) -> Column:
    """A whole number of things."""
    return Column(key, pl.Int64(), "count", en, zh)


def span_days(key: str, en: str, zh: str) -> Column:
    """A whole number of local days."""
    return Column(key, pl.Int64(), "days", en, zh)


def number(key: str, en: str, zh: str) -> Column:
    """A number that is not a count."""
    return Column(key, pl.Float64(), "number", en, zh)


def share(key: str, en: str, zh: str) -> Column:
    """A share (0–1), or a relative change."""
    return Column(key, pl.Float64(), "share", en, zh)


def local_day(key: str, en: str, zh: str) -> Column:
    """A local date."""
    return Column(key, pl.Date(), "date", en, zh)


def instant(key: str, en: str, zh: str) -> Column:
    """A moment, UTC."""
    return Column(key, INSTANT, "datetime", en, zh)


def flag(key: str, en: str, zh: str) -> Column:
    """Yes, no, or unknown."""
    return Column(key, pl.Boolean(), "flag", en, zh)


CHAT = ident("chat_id", "chat", "群")


def shaped(
    frame: pl.LazyFrame, columns: Sequence[Column], *order: str, descending: Sequence[str] = ()
) -> pl.LazyFrame:
    """Return the declared columns with the declared types, in a total order.

    Args:
        frame: Holds every declared column.
        columns: The table's columns.
        order: Columns to sort by, ending in an id; nulls come last.
        descending: Those of ``order`` that run downwards.
    """
    return frame.sort(
        *order, descending=[key in descending for key in order], nulls_last=True
    ).select(pl.col(c.key).cast(c.dtype) for c in columns)
