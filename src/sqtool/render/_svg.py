"""Charts as SVG files, for pages that run no script."""

import json
import re
from itertools import count

from sqtool.render._vega import WIDTH, config, spec
from sqtool.reports._model import Chart

_ID = re.compile(r"\b(gradient_|clip)(\d+)\b")


def svg(chart: Chart) -> str:
    """Return the picture of a chart on a white ground, without links and scripts."""
    import vl_convert

    drawn = spec(chart) | {"width": WIDTH, "autosize": {"type": "pad"}}
    look = config("light") | {"background": "#ffffff", "padding": 8}
    made: str = vl_convert.vegalite_to_svg(json.dumps(drawn), config=look, show_warnings=False)
    # The ids in it count on from picture to picture: the same chart is to give the same bytes.
    numbers = count()
    own: dict[str, str] = {}
    return _ID.sub(lambda m: own.setdefault(m[0], f"{m[1]}{next(numbers)}"), made)
