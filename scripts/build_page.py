"""Build the scripts that HTML reports carry: Vega, Vega-Lite and Vega-Embed in one file.

Bundling takes seconds, so it is done here, once for each version, and the result is shipped:

    uv run python scripts/build_page.py
"""

from importlib.metadata import version
from pathlib import Path

import vl_convert

PLACE = Path(__file__).parent.parent / "src" / "sqtool" / "render" / "page" / "vega.js"
HEAD = (
    "/* Vega {vega}, Vega-Lite {lite}, Vega-Embed {embed}: BSD-3-Clause, University of Washington"
    " Interactive Data Lab and others; bundled with vl-convert {made}. */\n"
)
# In a function of its own: names at the top of a classic script are everybody's.
WRAP = "(() => {{\n{bundle}\n}})();\n"


def main() -> None:
    """Write the bundle."""
    lite = vl_convert.get_vegalite_versions()[-1]
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=lite)
    head = HEAD.format(
        vega=vl_convert.get_vega_version(),
        lite=lite,
        embed=vl_convert.get_vega_embed_version(),
        made=version("vl-convert-python"),
    )
    if "</script" in bundle.lower() or "<!--" in bundle:
        raise SystemExit("the bundle would end the element it stands in")
    PLACE.write_text(head + WRAP.format(bundle=bundle), encoding="utf-8")
    print(f"{PLACE.name}: {PLACE.stat().st_size:,} bytes, {head.strip()}")


if __name__ == "__main__":
    main()
