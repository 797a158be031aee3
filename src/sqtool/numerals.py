"""How numbers read in sentences and tables: thousands, per cent, a real minus. Nothing is computed.

Both the report's sentences and the renderers' cells use these, so that a figure looks the same in
the text and in the table below it.
"""

from datetime import date

from sqtool.i18n import Lang

UNKNOWN = "–"
MINUS = "\u2212"

_PER_CENT: dict[Lang, str] = {"zh": " %", "en": "%"}
_DAYS: dict[Lang, str] = {"zh": " 天", "en": " d"}
_WEEKDAYS: dict[Lang, tuple[str, ...]] = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def number(value: float, *, decimals: int | None = None, signed: bool = False) -> str:
    """Return a number with thousands separators and a real minus.

    Args:
        value: Any finite number.
        decimals: Digits after the point; by default as many as make three figures, none wasted.
        signed: Show a plus as well.
    """
    size = abs(value)
    if decimals is None:
        wanted = 0 if isinstance(value, int) or size >= 100 else 1 if size >= 10 else 2
        digits = f"{size:,.{wanted}f}"
        if wanted:
            digits = digits.rstrip("0").rstrip(".")
    else:
        digits = f"{size:,.{decimals}f}"
    if not digits.strip("0.,"):
        return digits  # no sign before a zero
    return (MINUS if value < 0 else "+" if signed else "") + digits


def share(value: float, lang: Lang, *, signed: bool = False) -> str:
    """Return a 0–1 share as per cent: one decimal, none for 0, 1 and for changes above 10 %."""
    percent = value * 100
    whole = percent in (0, 100) or (signed and abs(percent) >= 9.95)
    return number(percent, decimals=0 if whole else 1, signed=signed) + _PER_CENT[lang]


def per_cent(value: float, lang: Lang, *, signed: bool = False) -> str:
    """Return a 0–1 share as whole per cent, for sentences."""
    return number(round(value * 100), signed=signed) + _PER_CENT[lang]


def quantity(
    value: float | None,
    unit: str,
    lang: Lang,
    *,
    signed: bool = False,
    decimals: int | None = None,
) -> str:
    """Return a number in its unit; unknown is a dash. ``decimals`` as in ``number``."""
    if value is None:
        return UNKNOWN
    if unit == "share":
        return share(value, lang, signed=signed)
    suffix = _DAYS[lang] if unit == "days" else ""
    return number(value, decimals=decimals, signed=signed) + suffix


def short_date(day: date) -> str:
    """Return month and day: ``03-15``."""
    return f"{day:%m-%d}"


def weekday(day: date, lang: Lang) -> str:
    """Return the weekday's short name."""
    return _WEEKDAYS[lang][day.weekday()]
