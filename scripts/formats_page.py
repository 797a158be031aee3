"""Write docs/formats.md from what the parsers declare.

Usage: python scripts/formats_page.py docs/formats.md
"""

import sys
from itertools import groupby
from pathlib import Path

from sqtool.cli._facts import FACTS
from sqtool.parsers import PARSERS

_FAMILIES = {
    "qq": "QQ",
    "wechat": "WeChat 微信",
    "wecom": "WeCom 企业微信",
    "telegram": "Telegram",
    "whatsapp": "WhatsApp",
    "discord": "Discord",
    "slack": "Slack",
    "line": "LINE",
    "zulip": "Zulip",
    "any": "Any messenger",
}
_HEAD = """# Formats

What can be read, how to get such a file, and what it can tell. `sqtool formats NAME` shows the
same, `sqtool detect FILE` says which one a file is. This page is written by
`scripts/formats_page.py`.

能读取的格式、怎样得到这样的文件、里面有什么。

Each line names what the format carries: **ids** people have ids that survive a change of name;
**chat** the chat has an id; **msg** messages have ids; **zone** times are exact moments (else a
wall clock, read in `--tz`); **sec** to the second; **re** replies or quotes; **@** mentions that
can be tied to members; **react** emoji reactions; **join**; **leave** of people who went by
themselves; **recall**; **list** a list of members, those who never spoke included.
"""
_SHORT = (
    "ids",
    "chat",
    "msg",
    "zone",
    "sec",
    "re",
    "@",
    "react",
    "join",
    "leave",
    "recall",
    "list",
)


def page() -> str:
    """Return the page."""
    lines = [_HEAD]
    order = list(_FAMILIES)
    parsers = sorted(PARSERS, key=lambda p: (order.index(p.platform), p.name))
    for platform, members in groupby(parsers, key=lambda p: p.platform):
        lines += [f"## {_FAMILIES[platform]}", ""]
        for parser in members:
            carries = " ".join(
                short for short, fact in zip(_SHORT, FACTS, strict=True) if fact in parser.carries
            )
            lines += [
                f"- **`{parser.name}`** {parser.title}: {carries}  ",
                f"  {parser.obtain[0]}  ",
                f"  {parser.obtain[1]}",
            ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8", newline="\n")
