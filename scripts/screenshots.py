"""Draw the pictures of the README from the demo group: what a terminal shows, as PNG.

rich turns the command's own output into HTML; headless Chromium draws it, so that Chinese looks the
same wherever the picture is seen. Needs a font with Chinese characters.

Usage: python scripts/screenshots.py [--out docs/images] [--browser chromium]
"""

import argparse
import io
import subprocess
import tempfile
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from sqtool import Context, load, weekly_review
from sqtool.demo import write_demo
from sqtool.i18n import Lang
from sqtool.render._base import Style
from sqtool.render.terminal import render

_WIDTH = 104
_LINES = 46
_PAGE = """<meta charset="utf-8"><style>
body {{ margin: 0; background: #1f2430; }}
pre {{ margin: 0; padding: 14px 20px; color: #d7dae0; }}
pre {{ font: 15px/1.42 "DejaVu Sans Mono", monospace; }}
.title {{ color: #8a919e; }}
/* A wide character takes exactly two columns, as on a terminal. */
.w {{ display: inline-block; width: 1.2041em; text-align: center; }}
.w {{ font-family: "Noto Sans CJK SC"; }}
</style><pre><span class="title">$ {title}</span>

{body}</pre>"""


def terminal_page(shown: str, title: str) -> str:
    """Return coloured terminal output as an HTML page of fixed columns."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown), highlight=False)
    body = console.export_html(inline_styles=True, code_format="{code}", theme=DIMMED_MONOKAI)
    wide = "".join(
        f'<span class="w">{char}</span>' if ord(char) > 0x7F and cell_len(char) == 2 else char
        for char in body
    )
    return _PAGE.format(title=title, body=wide)


def to_png(page_html: str, path: Path, browser: str) -> None:
    """Have the browser draw the page at one and a half times its size."""
    width, height = 24 + round(_WIDTH * 9.04) + 24, 28 + round((page_html.count("\n") - 6) * 21.3)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(page_html, encoding="utf-8")
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
            to_png(terminal_page("\n".join(shown), command), path, given.browser)
            print(path, path.stat().st_size // 1024, "KB")


if __name__ == "__main__":
    main()
