"""Charts as Vega-Lite specifications: one for the page, the picture file and the notebook.

Plain dictionaries: building them costs nothing, and a test holds them to the schema that Altair
ships. Colours are not in here but in ``config``, so that one specification does for light and dark.
Names reach a picture as text only, never as markup and never as part of an expression.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, Literal

from sqtool.render._escape import clean, shorten
from sqtool.reports._model import Cell, Chart, Column, Draw, Quantity, Spark

Theme = Literal["light", "dark"]
Spec = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the language; nobody fetches it."""
FONT: Final = (
    'system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
)
WIDTH: Final = 680
"""Of a picture file; on a page a chart is as wide as its place."""
_NAME_WIDTH = 24
_INK: Final[dict[Theme, dict[str, str]]] = {
    "light": {
        "ground": "#ffffff", "ink": "#1f2933", "soft": "#616e7c", "line": "#e4e7eb",
        "low": "#e6f4f1", "high": "#0b7a6f", "bar": "#5fb3a8",
    },
    "dark": {
        "ground": "#171c22", "ink": "#e4e7eb", "soft": "#9aa5b1", "line": "#323f4b",
        "low": "#14332f", "high": "#4fd1bf", "bar": "#2b8a7e",
    },
}  # fmt: skip
_BANDS: Final[dict[Theme, list[str]]] = {
    "light": ["#c2281b", "#d98a06", "#5fb3a8"],
    "dark": ["#ff8f84", "#f7c66b", "#3d9487"],
}
"""High, medium, low: the words stand beside them."""
_SERIES: Final[dict[Theme, list[str]]] = {
    "light": ["#0b7a6f", "#9aa5b1", "#d97706", "#c2410c", "#4f46e5", "#0284c7", "#a21caf"],
    "dark": ["#4fd1bf", "#7b8794", "#fbbf24", "#fb7185", "#a5b4fc", "#7dd3fc", "#f0abfc"],
}


def config(theme: Theme) -> Spec:
    """Return the looks of all charts in a theme."""
    ink = _INK[theme]
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "title": {"color": ink["ink"], "anchor": "start", "fontSize": 13},
        "axis": {
            "labelColor": ink["soft"], "titleColor": ink["soft"], "gridColor": ink["line"],
            "domainColor": ink["line"], "tickColor": ink["line"], "labelFontSize": 11,
            "titleFontSize": 11, "titleFontWeight": "normal",
        },
        "legend": {
            "labelColor": ink["soft"], "titleColor": ink["soft"], "orient": "top",
            "titleFontWeight": "normal", "labelLimit": 240,
        },
        "text": {"color": ink["ink"], "fontSize": 11},
        "rule": {"color": ink["soft"]},
        "bar": {"color": ink["bar"]},
        "range": {
            "category": _SERIES[theme],
            "ordinal": _BANDS[theme],
            "heatmap": [ink["low"], ink["high"]],
            "ramp": [ink["low"], ink["high"]],
        },
    }  # fmt: skip


def spec(chart: Chart) -> Spec:
    """Return the specification of a chart, with its data inside and no colours of a theme.

    Args:
        chart: The chart; its titles are in the language of the report.
    """
    columns = {column.key: column for column in chart.columns}
    rows = [
        {
            key: _plain(value, column.labels)
            for (key, column), value in zip(columns.items(), row, strict=True)
        }
        for row in chart.rows
    ]
    drawn = _DRAW[chart.draw](_Parts(columns, rows))
    return {
        "$schema": SCHEMA,
        "description": clean(chart.about or chart.title),
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": rows},
        **drawn,
    }


class _Parts:
    """What the kinds of pictures are made of."""

    def __init__(self, columns: dict[str, Column], rows: list[Spec]) -> None:
        self.columns = columns
        self.titles = {key: clean(column.title) for key, column in columns.items()}
        self.shares = {key for key, column in columns.items() if column.unit == "share"}
        self.rows = rows

    def labels(self, key: str) -> dict[str, str]:
        """Return the words of a column of codes, in their order."""
        return self.columns[key].labels

    def field(self, key: str, kind: str, **more: Any) -> Spec:
        """Return an encoding of a column with its title and form."""
        made: Spec = {"field": key, "type": kind, "title": self.titles.get(key, key), **more}
        return made

    def figure(self, key: str, **axis: Any) -> Spec:
        """Return a quantitative encoding; shares read as per cent."""
        form = {"format": ".0%"} if key in self.shares else {}
        return self.field(key, "quantitative", axis={**form, **axis})

    def hints(self, *keys: str) -> list[Spec]:
        """Return what hovering shows."""
        shown = []
        for key in keys:
            if key in self.titles:
                form = {"format": ".1%"} if key in self.shares else {}
                kind = "quantitative" if self._numeric(key) else "nominal"
                shown.append(self.field(key, kind, **form))
        return shown

    def order(self, key: str) -> list[Any]:
        """Return the values of a column, each once, as they come."""
        return list(dict.fromkeys(row[key] for row in self.rows if row[key] is not None))

    def _numeric(self, key: str) -> bool:
        known = [row[key] for row in self.rows if row[key] is not None]
        return bool(known) and all(isinstance(v, (int, float)) for v in known)

    def position(self, key: str) -> Spec:
        """Return the encoding of a place on the x axis: a date, a number or words."""
        values = self.order(key)
        if values and all(isinstance(v, str) and _is_date(v) for v in values):
            return self.field(
                key, "temporal", scale={"type": "utc"}, axis={"format": "%m-%d", "grid": False}
            )
        if self._numeric(key):
            return self.field(key, "quantitative", axis={"grid": False, "tickMinStep": 1})
        return self.field(key, "nominal", sort=values, axis={"labelAngle": 0, "grid": False})


def _lines(parts: _Parts) -> Spec:
    series = parts.order("series")
    colour = parts.field("series", "nominal", sort=series, legend={"title": None})
    if len(series) < 2:
        colour["legend"] = None
    return {
        "height": 190,
        "mark": {"type": "line", "point": {"size": 36}, "strokeWidth": 2.4},
        "encoding": {
            "x": parts.position("x"),
            "y": parts.figure("y", tickCount=4),
            "color": colour,
            "tooltip": parts.hints("x", "series", "y"),
        },
    }


def _cells(parts: _Parts, *, written: bool) -> Spec:
    place = {
        "x": parts.field(
            "x", "ordinal", sort=parts.order("x"), axis={"labelAngle": 0, "labelOverlap": True}
        ),
        "y": parts.field("y", "ordinal", sort=parts.order("y")),
    }
    form = {"format": ".0%"} if "value" in parts.shares else {}
    colour = parts.field(
        "value", "quantitative", legend=None if written else {"title": None, **form}
    )
    square: Spec = {
        "mark": {"type": "rect", "cornerRadius": 2},
        "encoding": {"color": colour, "tooltip": parts.hints("y", "x", "value", "n")},
    }
    layers = [square]
    if written:
        layers.append(
            {
                "mark": {"type": "text", "fontSize": 10},
                "encoding": {"text": parts.field("value", "quantitative", **form)},
            }
        )
    return {"height": 24 * len(parts.order("y")), "encoding": place, "layer": layers}


def _heat(parts: _Parts) -> Spec:
    return _cells(parts, written=False)


def _cohort(parts: _Parts) -> Spec:
    return _cells(parts, written=True)


def _layers(parts: _Parts) -> Spec:
    order = parts.order("layer")
    row = parts.field("layer", "nominal", sort=order, title=None)
    # Written in the data, not in an expression: names of layers are words of ours, but still.
    for one in parts.rows:
        members = one.get("members") or 0
        moves = [f"↑{one['up']}"] if one.get("up") else []
        moves += [f"↓{one['down']}"] if one.get("down") else []
        one["half"], one["other"] = members / 2, -members / 2
        one["said"] = "  ".join([f"{members:,}", *moves])
    # On the bar where it is wide enough, beside it where not: beside it is always legible.
    return {
        "height": 30 * len(order),
        "encoding": {"y": row},
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadius": 3, "height": 22},
                "encoding": {
                    "x": {"field": "other", "type": "quantitative", "axis": None},
                    "x2": {"field": "half"},
                    "tooltip": parts.hints("layer", "members", "share", "up", "down"),
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {
                    "x": {"field": "half", "type": "quantitative"},
                    "text": {"field": "said", "type": "nominal"},
                },
            },
        ],
    }


def _scatter(parts: _Parts) -> Spec:
    bands = list(parts.labels("group").values())
    return {
        "height": 260,
        "mark": {"type": "circle", "opacity": 0.75, "size": 70},
        "encoding": {
            "x": parts.field(
                "x", "quantitative", scale={"type": "sqrt"}, axis={"grid": False, "tickCount": 6}
            ),
            "y": {**parts.figure("y", tickCount=5), "scale": {"domain": [0, 1]}},
            "color": parts.field(
                "group",
                "nominal",
                scale={"domain": bands, "range": "ordinal"},
                legend={"title": None},
            ),
            "tooltip": parts.hints("name", "y", "x", "why"),
        },
    }


def _graph(parts: _Parts) -> Spec:
    lines = [row for row in parts.rows if row["x2"] is not None]
    points = [row for row in parts.rows if row["x2"] is None]
    bare = {"axis": None, "scale": {"zero": False, "nice": False, "padding": 28}}
    place = {
        "x": {"field": "x", "type": "quantitative", **bare},
        "y": {"field": "y", "type": "quantitative", **bare},
    }
    groups = list(dict.fromkeys(row["group"] for row in points))
    colour = parts.field("group", "nominal", sort=groups, legend={"title": None})
    if len([g for g in groups if g is not None]) < 2:
        colour["legend"] = None
    height = min(max(240, 14 * len({row["y"] for row in points})), 620)
    return {
        "height": height,
        "encoding": place,
        "layer": [
            {
                "data": {"values": lines},
                "mark": {"type": "rule", "opacity": 0.35},
                "encoding": {
                    "x2": {"field": "x2"},
                    "y2": {"field": "y2"},
                    "strokeWidth": {
                        "field": "size", "type": "quantitative", "legend": None,
                        "scale": {"range": [0.6, 4]},
                    },
                },
            },
            {
                "data": {"values": points},
                "mark": {"type": "circle", "opacity": 0.95},
                "encoding": {
                    "size": {
                        "field": "size", "type": "quantitative", "legend": None,
                        "scale": {"range": [40, 420]},
                    },
                    "color": colour,
                    "tooltip": parts.hints("name", "group", "size", "why"),
                },
            },
            {
                "data": {"values": points},
                "mark": {"type": "text", "dy": -13, "fontSize": 10},
                "encoding": {"text": {"field": "name", "type": "nominal"}},
            },
        ],
    }  # fmt: skip


def _timeline(parts: _Parts) -> Spec:
    spans = [row for row in parts.rows if row["y"] is None]
    values = [row for row in parts.rows if row["y"] is not None]
    day = {"scale": {"type": "utc"}, "axis": {"format": "%m-%d", "grid": False}}
    return {
        "height": 200,
        "encoding": {"x": parts.field("x", "temporal", title=None, **day)},
        "layer": [
            {
                "data": {"values": spans},
                "mark": {"type": "rect", "opacity": 0.18},
                "encoding": {
                    "x2": {"field": "x2"},
                    "color": {"value": "#d97706"},
                    "tooltip": parts.hints("name", "x", "x2"),
                },
            },
            {
                "data": {"values": values},
                "mark": {"type": "line", "interpolate": "monotone", "strokeWidth": 2},
                "encoding": {
                    "y": parts.figure("y", tickCount=4),
                    "color": parts.field("series", "nominal", legend=None),
                    "tooltip": parts.hints("x", "y"),
                },
            },
            {
                "data": {"values": spans},
                "mark": {"type": "text", "align": "left", "baseline": "top", "dx": 3, "limit": 150},
                "encoding": {
                    "y": {"value": 2},
                    "text": {"field": "name", "type": "nominal"},
                },
            },
        ],
    }


_DRAW: Final[dict[Draw, Callable[[_Parts], Spec]]] = {
    "lines": _lines,
    "heat": _heat,
    "cohort": _cohort,
    "layers": _layers,
    "scatter": _scatter,
    "graph": _graph,
    "timeline": _timeline,
}


def _is_date(value: str) -> bool:
    return len(value) == 10 and value[4] == value[7] == "-"


def _plain(value: Cell, labels: dict[str, str]) -> Any:
    """Return a value as JSON holds it; texts on one line, without what steers."""
    match value:
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case str():
            return shorten(clean(labels.get(value, value)).strip(), _NAME_WIDTH * 5)
        case tuple():
            return ";".join(clean(v) for v in value)
        case Quantity():
            return value.value
        case Spark():
            return None
        case _:
            return value
