"""Slack's mark-up: what the author wrote, as plain text, and whom it mentions."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqtool.schema import MENTION_ALL

EVERYONE: Final = ("here", "channel", "everyone")
_MARK: Final = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_MENTION: Final = re.compile(r"<(?:@([A-Z0-9]+)|!(here|channel|everyone))(?:\|[^<>]*)?>")
_DEEPEST: Final = 12
_LINES: Final = ("rich_text", "rich_text_list")
"""Blocks whose parts stand on lines of their own."""


def mentioned(text: str) -> list[str] | None:
    """Return the ids of those mentioned, each once; None if there is nobody."""
    if "<" not in text:
        return None
    ids = [found[1] or MENTION_ALL for found in _MENTION.finditer(text)]
    return list(dict.fromkeys(ids)) or None


def plain(text: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Return the text with names for ids, labels for links, and nothing escaped.

    Args:
        text: As stored.
        people: Names by id.
        channels: Names by id.
    """
    if "<" in text:

        def shown(found: re.Match[str]) -> str:
            mark, what, label = found[1], found[2], found[3] or ""
            if mark == "@":
                return "@" + escaped(people.get(what) or label.removeprefix("@") or what)
            if mark == "#":
                return "#" + escaped(channels.get(what) or label.removeprefix("#") or what)
            if mark == "!":
                return f"@{what}" if what in EVERYONE else label
            return label or what

        text = _MARK.sub(shown, text)
    return unescaped(text)


def unescaped(text: str) -> str:
    """Undo what Slack escapes: three characters, each once."""
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escaped(text: str) -> str:
    """Write a text as Slack stores it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text_of_blocks(blocks: Any) -> str:
    """Return the words of a rich-text tree in Slack's mark-up: where ``text`` is empty."""
    return "\n".join(words for block in _listed(blocks) if (words := "".join(_words(block))))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(block: Any, depth: int = 0) -> Iterator[str]:
    if not isinstance(block, dict) or depth > _DEEPEST:
        return
    kind, inner = block.get("type"), block.get("text")
    if isinstance(inner, dict):  # section, header
        inner = inner.get("text")
        yield inner if isinstance(inner, str) else ""
    elif isinstance(inner, str):
        yield inner if kind == "mrkdwn" else escaped(inner)
    elif kind == "user":
        yield f"<@{block.get('user_id')}>"
    elif kind == "channel":
        yield f"<#{block.get('channel_id')}>"
    elif kind == "broadcast":
        yield f"<!{block.get('range')}>"
    elif kind == "emoji":
        yield f":{block.get('name')}:"
    elif kind == "link":
        yield f"<{block.get('url')}>"
    parts = ["".join(_words(part, depth + 1)) for part in _listed(block.get("elements"))]
    yield ("\n" if kind in _LINES else "").join(parts)
