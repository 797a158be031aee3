"""Draw the pictures of the README from the demo group: what a terminal shows, as PNG.

rich draws the command's own output as SVG; headless Chromium turns that into a PNG, so that Chinese
looks the same wherever it is seen. Needs a font with Chinese characters.

Usage: python scripts/screenshots.py [--out docs/images] [--browser chromium]
"""

import argparse
import io
import re
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sqtool import Context, load, weekly_review
from sqtool.demo import write_demo
from sqtool.i18n import Lang
from sqtool.render._base import Style
from sqtool.render.terminal import render

_WIDTH = 104
_LINES = 46
_FONT = "'Noto Sans Mono CJK SC', 'DejaVu Sans Mono', monospace"


def terminal_svg(shown: str, title: str) -> str:
    """Return coloured terminal output as an SVG window."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown), highlight=False, soft_wrap=False)
    svg = console.export_svg(title=title)
    return svg.replace("Fira Code", _FONT.split(",", maxsplit=1)[0].strip("'"))


def to_png(svg: str, path: Path, browser: str) -> None:
    """Have the browser draw the SVG at twice its size."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if box is None:
        raise ValueError("the SVG has no viewBox")
    width, height = (round(float(side)) for side in box.groups())
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f"<style>body{{margin:0}}</style>{svg}", encoding="utf-8")
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--disable-background-networking", "--no-first-run", "--disable-sync",
            f"--user-data-dir={folder}/profile", "--force-device-scale-factor=1.5",
            f"--window-size={width},{height}", f"--screenshot={path.resolve()}", page.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Write report-zh.png and report-en.png."""
    args = argparse.ArgumentParser()
    args.add_argument("--out", type=Path, default=Path("docs/images"))
    args.add_argument("--browser", default="chromium")
    given = args.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = load(write_demo(Path(folder), formats=("wechat-weflow-json",)))
        languages: tuple[Lang, ...] = ("zh", "en")
        for lang in languages:
            report = weekly_review(data, Context.of(data, lang=lang))
            shown = render(report, Style(width=_WIDTH, color=True)).splitlines()[:_LINES]
            path = given.out / f"report-{lang}.png"
            command = "sqtool report reading-club.json" + (" --lang en" if lang == "en" else "")
            to_png(terminal_svg("\n".join(shown), command), path, given.browser)
            print(path, path.stat().st_size // 1024, "KB")


if __name__ == "__main__":
    main()
