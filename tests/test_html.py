"""The page: one file that asks nobody for anything, whoever's names are in it."""

import json
import re
from typing import Any

import pytest

from sqtool.render import html
from sqtool.render._base import Style
from sqtool.render._svg import svg
from sqtool.render._vega import config, spec
from sqtool.reports._model import Chart
from tests._charts import charts, page
from tests.test_render import HOSTILE

hostile = pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
kinds = pytest.mark.parametrize("chart", charts("甲"), ids=lambda c: c.draw)


def _without_bundle(shown: str) -> str:
    """Return the page without the scripts that come with it."""
    return re.sub(r"<script>.*?</script>", "", shown, flags=re.DOTALL)


def _data(shown: str) -> Any:
    (held,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', shown, re.S)
    return json.loads(held)


@hostile
def test_a_hostile_name_is_text_on_the_page_and_in_its_data(name: str) -> None:
    shown = _without_bundle(html.render(page(name), Style()))
    assert "<script>alert" not in shown
    assert not re.search(r"<(?!!|/?[a-z])", shown)  # nothing but our elements opens one
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert shown.encode("utf-8")
    assert shown.count("<script") == shown.count("</script>") == 1
    assert set(_data(shown)["specs"]) == {chart.key for chart in charts("甲")}


def test_the_page_names_no_address_to_fetch_anything_from() -> None:
    shown = _without_bundle(html.render(page("甲"), Style()))
    data = _data(shown)
    for made in data["specs"].values():
        assert made.pop("$schema").startswith("https://vega.github.io/schema/")
    left = re.sub(r'<script type="application/json".*?</script>', "", shown, flags=re.DOTALL)
    assert "://" not in left
    assert "://" not in json.dumps(data)
    assert not re.findall(r"\b(?:src|href)=\"(?!#)", left)
    assert "default-src &#39;none&#39;" in left


def test_cells_read_as_in_markdown_and_sort_by_their_values() -> None:
    shown = html.render(page("甲"), Style())
    assert '<td class="n" data-k="14">14 天</td>' in shown
    assert '<td class="n">–</td>' in shown  # unknown has nothing to sort by
    assert '<span class="tag bad">高</span>' in shown
    assert 'aria-label="▁█"' not in shown
    assert re.search(r'<svg class="spark" role="img" aria-label="[▁▂▃▄▅▆▇█ ]{2}"', shown)


def test_a_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_ROWS", 5)
    shown = html.render(page("甲"), Style())
    assert "共 15 行,这里是前 5 行" in shown


def test_a_report_without_charts_carries_no_chart_scripts() -> None:
    bare = page("甲").model_copy(update={"sections": page("甲").sections[:1]})
    shown = html.render(bare, Style())
    assert len(shown) < 60_000
    assert 'id="data"' not in shown


def test_the_same_report_gives_the_same_page() -> None:
    assert html.render(page("甲"), Style()) == html.render(page("甲"), Style())


@kinds
def test_a_chart_keeps_to_the_schema_of_its_language(chart: Chart) -> None:
    altair = pytest.importorskip("altair")
    made = spec(chart) | {"config": config("dark")}
    made.pop("$schema")
    altair.Chart.from_dict(made)  # raises if it does not


@kinds
def test_a_chart_is_a_picture_without_scripts_or_links(chart: Chart) -> None:
    shown = svg(chart)
    assert shown.startswith("<svg")
    assert "<script" not in shown
    assert "href" not in shown
    assert svg(chart) == shown


@hostile
def test_a_hostile_name_in_a_picture_is_text(name: str) -> None:
    from xml.etree import ElementTree as ET

    chart = next(c for c in charts(name) if c.draw == "graph")
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(svg(chart)).iter()}
    assert tags <= {"svg", "g", "path", "text", "rect", "line", "defs", "clipPath", "title"}


def test_heat_maps_and_layers_are_drawn_on_a_terminal_in_any_width() -> None:
    from sqtool.render import terminal
    from sqtool.render._escape import display_width

    for width in (40, 80, 120):
        for ascii_only in (False, True):
            shown = terminal.render(page("甲"), Style(width=width, ascii=ascii_only))
            assert all(display_width(line) <= width for line in shown.splitlines())
            assert ("#" if ascii_only else "█") in shown
