"""Charts on a terminal: heat maps as shades, layers as bars; what takes a screen is left out."""

from rich.console import Console
from rich.text import Text as RichText

from sqtool.render._base import Style
from sqtool.render._escape import clean, display_width
from sqtool.reports._model import Chart

_SHADES = " ░▒▓█"
_ASCII_SHADES = " .:*#"
_BAR, _ASCII_BAR = "█", "#"
_WIDEST_BAR = 40


def drawable(chart: Chart) -> bool:
    """Whether a terminal shows this kind: the table beside the others says the same."""
    return chart.draw in ("heat", "layers")


def draw(console: Console, chart: Chart, style: Style) -> None:
    """Print a chart."""
    console.print(RichText(clean(chart.title), "bold"), soft_wrap=True)
    if chart.draw == "heat":
        _heat(console, chart, style)
    elif chart.draw == "layers":
        _layers(console, chart, style)


def _heat(console: Console, chart: Chart, style: Style) -> None:
    shades = _ASCII_SHADES if style.ascii else _SHADES
    xs = list(dict.fromkeys(row[0] for row in chart.rows))
    ys = list(dict.fromkeys(str(row[1]) for row in chart.rows))
    values = {(str(row[1]), row[0]): row[2] for row in chart.rows}
    known = [v for v in values.values() if isinstance(v, (int, float))]
    top = max(known, default=0) or 1
    side = max(display_width(clean(y)) for y in ys) + 1
    wide = 2 if console.width >= side + 2 * len(xs) else 1
    marks = "".join(f"{x:<{wide * 3}}" for x in xs[::3])
    console.print(RichText(" " * side + marks.rstrip(), "dim"), soft_wrap=True)
    for y in ys:
        line = RichText(clean(y) + " " * (side - display_width(clean(y))))
        for x in xs:
            value = values.get((y, x))
            share = float(value) / top if isinstance(value, (int, float)) else 0.0
            # Whatever is not nothing is seen.
            step = 0 if share <= 0 else max(1, min(len(shades) - 1, int(share * len(shades))))
            line.append(shades[step] * wide, "cyan")
        console.print(line, soft_wrap=True)


def _layers(console: Console, chart: Chart, style: Style) -> None:
    bar = _ASCII_BAR if style.ascii else _BAR
    at = {column.key: i for i, column in enumerate(chart.columns)}
    rows = [(clean(str(row[at["layer"]])), row) for row in chart.rows]
    top = max((int(row[at["members"]] or 0) for _, row in rows), default=0) or 1  # type: ignore[arg-type]
    side = max(display_width(title) for title, _ in rows) + 1
    room = max(min(_WIDEST_BAR, console.width - side - 20), 8)
    rose, fell = ("+", "-") if style.ascii else ("↑", "↓")
    for title, row in rows:
        members = int(row[at["members"]] or 0)  # type: ignore[arg-type]
        length = max(1, round(members / top * room)) if members else 0
        pad = (room - length) // 2
        said = [f"{members:,}"]
        for key, mark in (("up", rose), ("down", fell)):
            if row[at[key]]:
                said.append(f"{mark}{row[at[key]]}")
        line = RichText(title + " " * (side - display_width(title)))
        line.append(" " * pad + bar * length, "cyan")
        line.append(" " * (room - length - pad + 1) + " ".join(said))
        console.print(line, soft_wrap=True)
