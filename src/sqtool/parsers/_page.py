"""HTML pages that carry their messages in a script: how to know one, what it says of itself.

The data may stand behind half a megabyte of styles, so a look at the first 64 KiB is not enough.
"""

import re
from dataclasses import dataclass
from html import unescape

from sqtool.errors import SqtoolError
from sqtool.export import Export

MOST_BYTES = 2 * 1024 * 1024
"""How much of a page is looked at: exporters put their styles and scripts before the data."""

_PAGE = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head)\b", re.IGNORECASE | re.DOTALL
)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_SUFFIX = re.compile(r"\s*-\s*(?:微信)?聊天记录$")


@dataclass(frozen=True)
class Page:
    """The beginning of a page.

    Args:
        text: It, up to 2 MiB; empty if the file is no page.
    """

    text: str = ""

    @property
    def title(self) -> str | None:
        """The title of the chat, without what exporters write behind it."""
        found = _TITLE.search(self.text)
        title = _SUFFIX.sub("", unescape(found[1])).strip() if found else ""
        return title or None

    def find(self, pattern: str) -> str | None:
        """Return the first group of the first match, unescaped and trimmed; None if empty."""
        found = re.search(pattern, self.text)
        return unescape(found[1]).strip() or None if found else None


def page_of(export: Export) -> Page:
    """Return the beginning of a page; never raises. All sniffers of one file share one reading."""
    known = vars(export).get("_page")  # kept where its cached properties are kept
    if not isinstance(known, Page):
        try:
            known = _read(export)
        except (SqtoolError, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
            known = Page()
        vars(export)["_page"] = known
    return known


def _read(export: Export) -> Page:
    if not _PAGE.match(export.head_text):
        return Page()
    if export.size <= len(export.head):
        return Page(export.head_text)
    with export.open() as file:
        return Page(file.read(MOST_BYTES).decode(export.encoding, "replace").removeprefix("\ufeff"))
