"""What Zulip renders: the author's own words, what is quoted, who is mentioned.

Zulip's own HTML is regular, and an archive holds a million pieces of it: patterns and a count of
open tags do what a document tree would, at a tenth of its cost.
"""

import re
from collections.abc import Callable
from html import unescape
from typing import Final, NamedTuple
from urllib.parse import unquote

from sqtool.schema import MENTION_ALL

_QUOTE: Final = re.compile(r"<blockquote\b[^<>]*>")
_MATH: Final = re.compile(r'<span class="katex"[^<>]*>')
_PREVIEW: Final = re.compile(r'<div class="[^"<>]*\bmessage_(?:inline_\w+|embed)\b[^"<>]*"[^<>]*>')
_FORMULA: Final = re.compile(r"<annotation\b[^<>]*>(.*?)</annotation>", re.DOTALL)
_ANNOUNCED: Final = re.compile(
    r"(?:<p>|<br\s*/?>\s*)<span\b[^<>]*\buser-mention\b[^<>]*>@?([^<]*)</span>[^<]*"
    r'<a\b[^<>]*\bhref="[^"]*/near/(\d+)[^"]*"[^<>]*>[^<]*</a>[^<]*</p>\s*$'
)
"""The line above a quote: who said it, and a link to it. The word for "said" is translated."""
_MENTION: Final = re.compile(r"<span\b([^<>]*\buser-mention\b[^<>]*)>([^<]*)</span>")
_USER: Final = re.compile(r'\bdata-user-id="(\d+|\*)"')
_UPLOAD: Final = re.compile(
    r'<p><a\b[^<>]*\bhref="([^"]*\buser_uploads/[^"]*)"[^<>]*>([^<]*)</a></p>\s*'
)
_INLINE: Final = re.compile(r'<img\b[^<>]*\bclass="inline-image"[^<>]*>(?:<br\s*/?>\s*)?')
"""A picture since 2025: between the words and not below them."""
_SOURCE: Final = re.compile(r'\b(?:data-original-)?src="([^"]*)"')
_BREAK: Final = re.compile(r"<br\s*/?>\n?")
_PARAGRAPH: Final = re.compile(r"</p>\s*<p>")
_EMOJI: Final = re.compile(r'<img\b[^<>]*\balt="([^"]*)"[^<>]*>')
_TAG: Final = re.compile(r"<[^<>]*>")
_GAP: Final = re.compile(r"\n{3,}")


class Words(NamedTuple):
    """What a message says.

    Args:
        text: The author's own words, or the name of the one file that is all of it.
        upload: Whether the text is the name of a file.
        reply_to: Id of the message quoted, if a quote says which it is.
        quoted_sender: Who is quoted, where that is said.
        quoted: What is quoted.
        mentioned: Id and name of those mentioned; the name is empty for everybody.
    """

    text: str
    upload: bool = False
    reply_to: str | None = None
    quoted_sender: str | None = None
    quoted: str | None = None
    mentioned: tuple[tuple[str, str], ...] = ()


def read_words(content: str, known: Callable[[str, str], object]) -> Words:
    """Read the HTML of one message.

    Args:
        content: The HTML.
        known: Told id and name of everybody shown, those only quoted included.
    """
    reply_to = quoted_sender = quoted = None
    mentioned: tuple[tuple[str, str], ...] = ()
    if "user-mention" in content:
        for key, name, _ in _people(content):
            if key != MENTION_ALL:
                known(key, name)
    if "<blockquote" in content:
        content, quotes = _without_quotes(content)
        announced = next((line for line, _ in quotes if line is not None), None)
        if announced is not None:
            quoted_sender, reply_to = unescape(announced[1]) or None, announced[2]
        # What the quoted message quoted in turn is somebody else's.
        words = (plain(_without_quotes(inner)[0]) for _, inner in quotes)
        quoted = "\n\n".join(filter(None, words)) or None
    if "user-mention" in content:
        loud = ((key, name) for key, name, silent in _people(content) if not silent)
        mentioned = tuple(dict.fromkeys(loud))
    if "message_" in content:
        content, _ = _without(content, _PREVIEW, "div")
    upload = _upload(content) if "user_uploads/" in content else None
    if upload is None and "inline-image" in content:
        content = _INLINE.sub("", content)
    text = plain(content) if upload is None else upload
    return Words(text, upload is not None, reply_to, quoted_sender, quoted, mentioned)


def _upload(content: str) -> str | None:
    """Return the name of the file that is all of a message; None if there is more."""
    link = _UPLOAD.fullmatch(content)
    if link is not None:
        address, shown = link.groups()
    else:
        image = _INLINE.search(content)
        if image is None or plain(_INLINE.sub("", content)).strip():
            return None
        source = _SOURCE.search(image[0])
        address, shown = source[1] if source else "", ""
    # A pasted picture is called so; what it is tells the address.
    return unescape(shown) if "." in shown else unquote(unescape(address).rpartition("/")[2])


def plain(html: str) -> str:
    """Return the text of rendered HTML: paragraphs set apart by empty lines, formulas as typed."""
    if "katex" in html:
        html, _ = _without(html, _MATH, "span", _formula)
    if "<br" in html:
        html = _BREAK.sub("\n", html)
    html = _PARAGRAPH.sub("\n\n", html)
    if "<img" in html:
        html = _EMOJI.sub(r"\1", html)
    return _GAP.sub("\n\n", unescape(_TAG.sub("", html))).strip("\n")


def _people(html: str) -> list[tuple[str, str, bool]]:
    """Return id, name and silence of every mention."""
    found = []
    for attributes, shown in _MENTION.findall(html):
        user = _USER.search(attributes)
        if user is not None:
            key = MENTION_ALL if user[1] == "*" else user[1]
            name = "" if key == MENTION_ALL else unescape(shown).removeprefix("@")
            found.append((key, name, "silent" in attributes))
    return found


def _formula(html: str) -> str:
    typed = _FORMULA.search(html)
    return f"$${typed[1]}$$" if typed else ""


def _without(
    html: str, opening: re.Pattern[str], tag: str, instead: Callable[[str], str] = lambda _: ""
) -> tuple[str, list[tuple[int, str]]]:
    """Cut elements out, with all they hold.

    Args:
        html: The fragment.
        opening: Matches the tag that opens one.
        tag: Its name.
        instead: What to put in its place.

    Returns:
        What is left, and of every element where it was in that and what it held.
    """
    tags = re.compile(rf"<(/?){tag}\b[^<>]*>")
    left, cut, at = "", [], 0
    while (start := opening.search(html, at)) is not None:
        depth, end, inner_end = 1, len(html), len(html)  # one that is never closed goes to the end
        for one in tags.finditer(html, start.end()):
            depth += -1 if one[1] else 1
            if depth == 0:
                inner_end, end = one.span()
                break
        left += html[at : start.start()]
        inner = html[start.end() : inner_end]
        cut.append((len(left), inner))
        left += instead(inner)
        at = end
    return left + html[at:], cut


def _without_quotes(html: str) -> tuple[str, list[tuple[re.Match[str] | None, str]]]:
    """Return what is left without quotes, and of every quote the line above it and its HTML."""
    left, cut = _without(html, _QUOTE, "blockquote")
    own, quotes, at = "", [], 0
    for place, inner in cut:
        own, at = own + left[at:place], place
        announced = _ANNOUNCED.search(own)
        if announced is not None:
            tail = "" if announced[0].startswith("<p>") else "</p>\n"
            own = own[: announced.start()] + tail
        quotes.append((announced, inner))
    return own + left[at:], quotes
