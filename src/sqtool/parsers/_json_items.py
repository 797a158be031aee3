"""Turn JSON items into values and values into columns, forgiving what exporters get wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
import polars as pl

from sqtool.parsers._json_scan import loads, mended
from sqtool.schema import INSTANT

T = TypeVar("T")

BAD: Final = object()
"""Stands for an item that is well-formed but of another shape."""

MILLISECONDS_FROM: Final = 10**11
_LATEST: Final = 4_102_444_800  # 2100-01-01; beyond it a number is no time


class ItemDecoder(Generic[T]):
    """Decodes items of one type, many at a time.

    Args:
        kind: A msgspec type.
    """

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        items = list.__class_getitem__(kind)
        self._decoder: msgspec.json.Decoder[list[T]] = msgspec.json.Decoder(items)

    def batch(self, text: bytes) -> list[T] | None:
        """Decode items separated by commas; None if any of them is not as it should be."""
        try:
            return self._decoder.decode(b"[" + text + b"]")
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            better = mended(text)
        if better == text:
            return None
        try:
            return self._decoder.decode(b"[" + better + b"]")
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return None

    def loosely(self, text: bytes) -> list[Any] | None:
        """Decode what ``batch`` refuses: ``BAD`` for an item of another shape, None if no JSON."""
        try:
            found = loads(b"[" + text + b"]")
        except ValueError:
            return None
        good: list[Any] = []
        for value in found:
            try:
                good.append(msgspec.convert(value, self._kind, strict=False))
            except (msgspec.ValidationError, RecursionError):
                good.append(BAD)
        return good


def text_of(value: Any) -> str | None:
    """Return a string or a number as text; null where there is none, or an empty one."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def texts(values: Sequence[Any]) -> pl.Series:
    """Return values as texts (String), as ``text_of`` does."""
    # Columns are nearly always of one type: then no value needs a look of its own.
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        found = pl.Series(values, dtype=pl.String)
    elif kinds == {int} and max(v or 0 for v in values) < 2**63:
        found = pl.Series(values, dtype=pl.Int64).cast(pl.String)
    else:
        found = pl.Series([text_of(v) for v in values], dtype=pl.String)
    return found.replace("", None) if (found == "").any() else found


def lists(values: Sequence[Sequence[str | None] | None]) -> pl.Series:
    """Return lists of texts (List of String); null where there is none or an empty one.

    The library makes a series of every single list, a hundred times as slow as one of all.
    """
    flat = pl.DataFrame(
        {
            "row": [row for row, value in enumerate(values) if value for _ in value],
            "text": [text for value in values if value for text in value],
        },
        schema={"row": pl.UInt32, "text": pl.String},
    )
    rows = pl.DataFrame({"row": pl.int_range(len(values), dtype=pl.UInt32, eager=True)})
    found = flat.group_by("row", maintain_order=True).agg("text")
    return rows.join(found, on="row", how="left", maintain_order="left")["text"]


def numbers(values: Sequence[Any]) -> pl.Series:
    """Return values as whole numbers (Int64); null where there is none."""
    return texts(values).cast(pl.Int64, strict=False)


def instants(values: Sequence[Any]) -> pl.Series:
    """Return times as UTC instants (µs): null where there is none, or it is 0 or impossible.

    Args:
        values: Epoch seconds, or milliseconds from 10^11 on, as numbers or digits; ISO 8601 texts
            (UTC where they name no offset).
    """
    kinds = set(map(type, values))
    if kinds == {int} and min(values) > 0 and max(values) < _LATEST * 1_000:
        found = pl.Series(values, dtype=pl.Int64)
        seconds = found < MILLISECONDS_FROM
        if not (seconds & (found >= _LATEST)).any():
            return (
                found * pl.select(pl.when(seconds).then(1_000_000).otherwise(1_000)).to_series()
            ).cast(INSTANT)
    if kinds == {type(None)}:
        return pl.Series([None] * len(values), dtype=INSTANT)
    return pl.Series([_micros(v) for v in values], dtype=pl.Int64).cast(INSTANT)


def moment(value: Any) -> datetime | None:
    """Return one time as ``instants`` does."""
    micros = _micros(value)
    return None if micros is None else datetime.fromtimestamp(micros / 1_000_000, UTC)


def _micros(value: Any) -> int | None:
    if type(value) is not int:
        if isinstance(value, str):
            value = _number(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            return None
    if value >= MILLISECONDS_FROM:
        return int(value * 1_000) if value < _LATEST * 1_000 else None
    return int(value * 1_000_000) if 0 < value < _LATEST else None


def _number(text: str) -> float | int | None:
    if text.isascii() and text.isdigit():
        return int(text[:19])
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
