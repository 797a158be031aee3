"""Small pieces of sentences that several sections of the review share."""

from collections.abc import Iterable

from sqtool.i18n import Lang
from sqtool.reports._model import Span, Text, strong, text

_SHOWN = 24


def name(value: str | None, lang: Lang) -> str:
    """Return a name fit for a sentence: one line, at most 24 characters, never empty."""
    shown = " ".join((value or "").split())
    if not shown:
        return "(无名)" if lang == "zh" else "(no name)"
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def names(values: Iterable[str | None], lang: Lang, *, most: int = 5) -> str:
    """Return names in a row; what does not fit is counted, not dropped silently."""
    listed = [name(value, lang) for value in values]
    shown = ("、" if lang == "zh" else ", ").join(listed[:most])
    if len(listed) <= most:
        return shown
    rest = len(listed) - most
    return f"{shown} 等 {len(listed)} 人" if lang == "zh" else f"{shown} and {rest} more"


def people(count: int, lang: Lang) -> str:
    """Return ``3 人`` or ``3 people``."""
    if lang == "zh":
        return f"{count:,} 人"
    return "1 person" if count == 1 else f"{count:,} people"


def labelled(label: str, *rest: str | Span | Text) -> Text:
    """Return a text that opens with an emphasised label."""
    return text(strong(label), *rest)
