"""The report as data: what every renderer sees, and what ``-o x.json`` writes.

Text is plain text in spans, never markup: nicknames and texts are hostile, so each renderer
escapes what it writes, and emphasis is a property, not a character.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sqtool.i18n import Lang
from sqtool.metrics._base import Unit

SCHEMA_VERSION = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Frozen):
    """A run of plain text."""

    text: str
    style: Literal["plain", "strong", "code"] = "plain"


Text = tuple[Span, ...]


def text(*parts: "str | Span | Iterable[Span]") -> Text:
    """Build a text from strings, spans and other texts."""
    spans: list[Span] = []
    for part in parts:
        if isinstance(part, str):
            spans.append(Span(text=part))
        elif isinstance(part, Span):
            spans.append(part)
        else:
            spans.extend(part)
    return tuple(s for s in spans if s.text)


def strong(value: str) -> Span:
    """Emphasised text."""
    return Span(text=value, style="strong")


def plain(value: Text) -> str:
    """The text without its styles."""
    return "".join(span.text for span in value)


class Column(_Frozen):
    """A column of a block table; ``unit`` is how renderers format its plain values."""

    key: str
    title: str
    unit: Unit | Literal["spark", "mixed"]
    labels: dict[str, str] = {}


class Quantity(_Frozen):
    """A value that carries its own unit, for tables whose rows are different metrics.

    Args:
        value: None is unknown.
        unit: How to format it.
        signed: Show a plus sign.
        note: Shown instead of the value (``too few``) or behind it.
    """

    value: float | int | None
    unit: Unit
    signed: bool = False
    note: str = ""


class Spark(_Frozen):
    """A short series drawn small; None is a gap."""

    values: tuple[float | None, ...]


Cell = None | bool | int | float | str | date | datetime | tuple[str, ...] | Quantity | Spark


class Table(_Frozen):
    """Rows and columns."""

    type: Literal["table"] = "table"
    key: str
    title: str = ""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Note(_Frozen):
    """A paragraph. ``lead`` is the headline, ``quiet`` the small print."""

    type: Literal["note"] = "note"
    text: Text
    tone: Literal["plain", "lead", "quiet", "warning"] = "plain"


class Items(_Frozen):
    """A list of short texts."""

    type: Literal["items"] = "items"
    ordered: bool = False
    items: tuple[Text, ...]


class Facts(_Frozen):
    """Label–value pairs."""

    type: Literal["facts"] = "facts"
    items: tuple[tuple[str, Text], ...]


Draw = Literal["lines", "heat", "cohort", "layers", "scatter", "graph", "timeline"]
"""Kinds of pictures; the columns each takes, by key:

- lines: ``x`` (number, text or date), ``y``, ``series``
- heat: ``x``, ``y`` (texts or whole numbers, in the order of the rows), ``value``
- cohort: the same, the value written into its cell
- layers: ``layer``, ``members``, ``up``, ``down``
- scatter: ``x``, ``y``, ``group``, ``name``, ``why``
- graph: lines ``x y x2 y2 size group name why`` and points with the same keys, ``x2``, ``y2`` null
- timeline: ``x`` (date), ``y``, ``series``; with ``name`` an event from ``x`` to ``x2``, ``y`` null
"""


class Chart(_Frozen):
    """A picture: which kind, and its data as rows. Renderers draw it or leave it out.

    Args:
        key: Stable English.
        draw: The kind.
        title: Above it.
        columns: Keys as the kind wants them; titles are what axes and hints say.
        rows: The data.
        about: What is to be seen, in a sentence, for those who do not see it.
    """

    type: Literal["chart"] = "chart"
    key: str
    draw: Draw
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    about: str = ""


Block = Annotated[Table | Note | Items | Facts | Chart, Field(discriminator="type")]


class Section(_Frozen):
    """A headed part of a report; ``key`` is stable English."""

    key: str
    title: str
    blocks: tuple[Block, ...]


class Report(_Frozen):
    """A finished report: renderers write it, nobody computes any more.

    Args:
        schema_version: Of this model.
        kind: ``weekly``, or the name of a metric.
        lang: Language of its words.
        title: Above everything.
        subtitle: Below it: period, zone, as of.
        sections: What is read from top to bottom.
        tables: The whole lists behind the sections (附表), for formats one can search and sort in.
    """

    schema_version: int = SCHEMA_VERSION
    kind: str
    lang: Lang
    title: str
    subtitle: Text = ()
    sections: tuple[Section, ...]
    tables: tuple[Table, ...] = ()
