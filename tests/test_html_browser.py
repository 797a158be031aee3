"""The page in a real browser: nothing fails, nothing is asked for, tables sort, charts draw."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqtool.i18n import Lang
from sqtool.render import html
from sqtool.render._base import Style
from tests._charts import page
from tests.test_render import HOSTILE

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

CHROMIUM = os.environ.get("SQTOOL_CHROMIUM") or shutil.which("chromium") or ""
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("no chromium")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


def _open(browser: Any, path: Path, *, width: int, scheme: str) -> tuple[Any, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown = context.new_page()
    told: list[str] = []
    shown.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    shown.on("pageerror", lambda error: told.append(f"error: {error}"))
    shown.on("dialog", lambda dialog: told.append("dialog"))
    shown.on("request", lambda request: told.append(request.url))
    shown.goto(path.as_uri())
    shown.wait_for_selector("html[data-ready=yes]", timeout=120_000)
    told.remove(path.as_uri())
    return shown, told


def _write(folder: Path, name: str, lang: Lang = "zh") -> Path:
    path = folder / "week.html"
    path.write_bytes(html.render(page(name, lang), Style()).encode("utf-8"))
    return path


@pytest.mark.parametrize("width", [390, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_charts_draw_and_nobody_is_asked(
    browser: Any, tmp_path: Path, width: int, scheme: str, lang: Lang
) -> None:
    shown, told = _open(browser, _write(tmp_path, "甲", lang), width=width, scheme=scheme)
    assert told == []
    drawn = shown.evaluate(
        "[...document.querySelectorAll('[data-chart]')].map(e => [e.dataset.chart,"
        " e.querySelectorAll('svg path, svg line, svg text').length])"
    )
    assert len(drawn) == 7
    assert all(marks > 3 for _, marks in drawn), drawn
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate("document.documentElement.classList.contains('dark')") == (
        scheme == "dark"
    )
    shown.click("#theme")
    shown.wait_for_function("document.querySelectorAll('[data-chart] svg').length === 7")
    assert told == []


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_does_nothing(browser: Any, tmp_path: Path, name: str) -> None:
    shown, told = _open(browser, _write(tmp_path, name), width=700, scheme="light")
    assert told == []
    scripts = shown.evaluate("document.querySelectorAll('script').length")
    assert scripts == 3  # two of ours and the data
    points = shown.locator("[data-chart=scatter] svg .mark-symbol path")
    points.first.hover()
    hint = shown.locator("#vg-tooltip-element")
    hint.wait_for(state="visible")
    assert hint.locator("script, img, a").count() == 0
    assert told == []


def test_tables_sort_by_value_and_search(browser: Any, tmp_path: Path) -> None:
    shown, told = _open(browser, _write(tmp_path, "甲"), width=1100, scheme="light")
    days = "[...document.querySelector('[data-table] tbody').rows].map(r => r.cells[1].dataset.k)"
    head = shown.locator("[data-table] th button").nth(1)
    head.click()
    found = shown.evaluate(days)
    assert found[-1] is None  # unknown comes last, whichever way
    figures = [float(v) for v in found[:-1]]
    assert figures == sorted(figures, reverse=True)
    head.click()
    found = shown.evaluate(days)
    assert found[-1] is None
    assert [float(v) for v in found[:-1]] == sorted(figures)
    shown.locator(".search").first.fill("成员1")
    visible = shown.locator("section#a [data-table] tbody tr:visible")
    assert visible.count() == 6  # 成员1, 成员10 … 成员14
    shown.locator(".search").first.fill("没有这个人")
    assert shown.locator("section#a .none").is_visible()
    assert told == []


def test_on_paper_the_page_is_light_and_within_its_width(browser: Any, tmp_path: Path) -> None:
    shown, told = _open(browser, _write(tmp_path, "甲"), width=1100, scheme="dark")
    shown.emulate_media(media="print", color_scheme="dark")
    content = shown.pdf(format="A4")
    assert content.startswith(b"%PDF")
    assert shown.locator("#theme").is_hidden()
    assert told == []
