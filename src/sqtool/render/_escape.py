"""Names and texts are hostile input: the rules that make them harmless, per kind of output.

Light: the command line uses ``clean`` for its own error lines.
"""

import re
import unicodedata

ELLIPSIS = "…"
FORMULA = "=+-@\t\r"
"""First characters that make a spreadsheet run a text cell."""

_JOINERS = "\u200c\u200d"  # needed by Persian and by joined emoji; harmless elsewhere
_BREAKS = {"\n", "\r", "\t", "\v", "\f", "\x85", "\u2028", "\u2029"}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&])")
_BLOCK_START = re.compile(r"^(\s*)([#+\-=])")
_BLOCK_NUMBER = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_WIDE = {"W", "F"}


def clean(text: str) -> str:
    """Return the text on one line without anything that steers a terminal or the reading order.

    Line breaks and tabs become a space; control characters (ANSI escapes lose their ESC), bidi
    marks and overrides, other invisible format characters and lone surrogates are removed. Emoji
    joined by U+200D stay whole.
    """
    if text.isprintable():
        return text
    kept = []
    for char in text:
        if char in _BREAKS:
            kept.append(" ")
        elif char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs"):
            kept.append(char)
    return "".join(kept)


def display_width(text: str) -> int:
    """Return the terminal columns a text takes: two per Chinese character, none per accent."""
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(c) in _WIDE else 1
        for c in text
        if not unicodedata.combining(c) and c not in _JOINERS
    )


def shorten(text: str, width: int) -> str:
    """Return the text cut to ``width`` columns, the cut shown as ``…``."""
    if display_width(text) <= width:
        return text
    used, end = 0, 0
    for end, char in enumerate(text):  # noqa: B007  # the index of the first that does not fit
        used += display_width(char)
        if used > width - 1:
            break
    return text[:end].rstrip(_JOINERS + " ") + ELLIPSIS


def guard(text: str) -> str:
    """Return a text cell that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] and text[0] in FORMULA else text


def markdown(text: str) -> str:
    """Return the text as Markdown that shows exactly it, inside a line or a table cell."""
    return _MARKDOWN.sub(r"\\\1", clean(text))


def markdown_start(line: str) -> str:
    """Return a finished Markdown line that cannot begin a heading, a list or a rule."""
    return _BLOCK_NUMBER.sub(r"\1\\\2", _BLOCK_START.sub(r"\1\\\2", line))


def printable(text: str) -> str:
    """Return output that is safe to send to a terminal: its lines stay, hidden controls go."""
    if "\r" in text or not text.replace("\n", "").replace("\t", "").isprintable():
        return "\n".join(
            "\t".join(clean(cell) for cell in line.split("\t")) for line in text.split("\n")
        )
    return text
