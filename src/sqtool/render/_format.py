"""How a value reads to people: thousands, per cent, days, unknown. Used by terminal and Markdown.

Codes and raw numbers for programs are the business of CSV and JSON; nothing here is computed.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import assert_never

from sqtool.i18n import Lang
from sqtool.metrics._base import Unit
from sqtool.numerals import UNKNOWN, quantity
from sqtool.render._escape import clean, guard, shorten
from sqtool.reports._model import Cell, Column, Quantity, Spark

NAME_WIDTH = 32
TEXT_WIDTH = 600
NUMERIC = frozenset({"count", "number", "share", "days", "mixed"})

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = "_.-~=+*#"
_TO_ASCII = str.maketrans(_BARS, _ASCII_BARS)
_FLAGS: dict[Lang, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}
_BLANK: dict[Lang, str] = {"zh": "(空白)", "en": "(blank)"}
_JOIN: dict[Lang, str] = {"zh": "、", "en": ", "}


def decimals(values: Iterable[Cell]) -> int | None:
    """Return how many decimals a column of numbers needs to line up; None if all are whole."""
    sizes = [abs(v) for v in values if isinstance(v, float) and not v.is_integer()]
    if not sizes:
        return None
    return 0 if min(sizes) >= 100 else 1 if max(sizes) >= 10 else 2


def spark(values: tuple[float | None, ...], *, ascii: bool = False) -> str:
    """Return a series as small bars from zero to its highest; unknown values leave a gap."""
    bars = _ASCII_BARS if ascii else _BARS
    known = [v for v in values if v is not None]
    if not known:
        return ""
    low, high = min(0.0, *known), max(0.0, *known)
    spread = high - low
    if not spread:
        return "".join(" " if v is None else bars[0] for v in values)
    last = len(bars) - 1
    return "".join(" " if v is None else bars[int((v - low) / spread * last + 0.5)] for v in values)


def column_cells(
    values: Sequence[Cell], column: Column, lang: Lang, *, guarded: bool, ascii: bool = False
) -> list[str]:
    """Return a table column as clean lines of plain text (not yet escaped for any markup).

    Args:
        values: The cells.
        column: How to format them.
        lang: Language of words and units.
        guarded: Put ``'`` before texts a spreadsheet would run: tables get pasted into one.
        ascii: Draw sparklines without block characters.
    """
    places = decimals(values)
    return [_cell(v, column, lang, guarded=guarded, ascii=ascii, places=places) for v in values]


def _cell(
    value: Cell, column: Column, lang: Lang, *, guarded: bool, ascii: bool, places: int | None
) -> str:
    match value:
        case None:
            return "" if column.unit == "spark" else UNKNOWN
        case bool():
            return _FLAGS[lang][value]
        case int() | float():
            return quantity(value, column.unit, lang, decimals=places)
        case Quantity():
            return _quantity_cell(value, lang)
        case Spark():
            return spark(value.values, ascii=ascii)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case tuple():
            joined = _JOIN[lang].join(_text(v, "name", lang) for v in value)
            return guard(joined) if guarded else joined
        case str():
            if column.labels:
                return column.labels.get(value, clean(value))
            shown = _text(value, column.unit, lang)
            if ascii:
                shown = shown.translate(_TO_ASCII)  # a metric's own sparkline is a text
            return guard(shown) if guarded else shown
        case _:
            assert_never(value)


def _quantity_cell(value: Quantity, lang: Lang) -> str:
    note = clean(value.note)
    if value.value is None:
        return note or UNKNOWN
    shown = quantity(value.value, value.unit, lang, signed=value.signed)
    return f"{shown} {note}" if note else shown


def _text(value: str, unit: Unit | str, lang: Lang) -> str:
    shown = clean(value).strip()
    if not shown and unit == "name":
        return _BLANK[lang]
    return shorten(shown, NAME_WIDTH if unit in ("name", "id") else TEXT_WIDTH)


def is_numeric(column: Column) -> bool:
    """Whether the column is set flush right."""
    return column.unit in NUMERIC
