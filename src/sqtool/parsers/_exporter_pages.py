"""The message blocks of WechatExporter's pages, as columns.

Each message is a ``div`` with a ``msgid``. The templates changed over the years: class names, an id
beside the name, text in ``pre``. Large chats hold most of their blocks as strings of a JSON array,
in the page or in files beside it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._html import PIECE_BYTES, breaks_to_newlines, html_pieces
from sqtool.parsers._json_scan import loads

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

OPENING: Final = re.compile(rb'<div class="(?:msg )?(?:chat|media)[- ][^"<>]*" msgid="')
_ARRAY: Final = re.compile(rb"(?:moreWechatMsgs|msgArray)\s*=\s*\[")
_STRING: Final = re.compile(rb'[\s,]*(?:("[^"\\]*(?:\\.[^"\\]*)*")|(\]))', re.DOTALL)
_EMOJI: Final = re.compile(rb'<img\b[^<>]*\brawemoji="([^"<>]*)"[^<>]*>')
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*$")

Columns = dict[str, list[str | None]]
NAMES: Final = ("class", "type", "id", "name", "at", "content", "title", "card")
"""``content`` is the text, ``title`` that of a link or file, ``card`` the name on a card."""


def read_page(export: Export, issues: IssueLog) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield line and blocks of the page itself, piece by piece."""
    for line, piece in html_pieces(export, issues, OPENING, until=b"moreWechatMsgs = "):
        if OPENING.match(piece):
            yield line, _blocks(piece)


def read_strings(export: Export, issues: IssueLog) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield number and blocks of the JSON array of strings in a script."""
    held: list[bytes] = []
    size, number = 0, 1
    for count, text in enumerate(_strings(export, issues), 1):
        held.append(text)
        size += len(text)
        if size >= PIECE_BYTES:
            yield number, _blocks(b"".join(held))
            held, size, number = [], 0, count + 1
    if held:
        yield number, _blocks(b"".join(held))


def _strings(export: Export, issues: IssueLog) -> Iterator[bytes]:
    buffer, at, inside, record = b"", 0, False, 0
    for block in replace(export, on_read=None).blocks():
        buffer, at = buffer[at:] + block, 0
        if not inside:
            found = _ARRAY.search(buffer)
            at = found.end() if found else max(0, len(buffer) - 200)
            inside = found is not None
        while inside and (match := _STRING.match(buffer, at)):
            at = match.end()
            if match[2]:
                return
            record += 1
            try:
                yield str(loads(match[1])).encode("utf-8", "replace")
            except ValueError:
                issues.add("bad-record", export.title, record, detail="not a string")
    if inside:
        issues.add("truncated-json", export.title, record + 1, rows=int(bool(buffer[at:].strip())),
                   detail="the file ends inside the array of messages")  # fmt: skip


def _blocks(piece: bytes) -> pl.DataFrame:
    from selectolax.lexbor import LexborHTMLParser

    text = breaks_to_newlines(_EMOJI.sub(rb"\1", piece))
    columns: Columns = {name: [] for name in NAMES}
    body = LexborHTMLParser(text.decode()).body
    for node in body.css("div[msgid]") if body is not None else ():
        for name, value in _block(node).items():
            columns[name].append(value)
    return pl.DataFrame(columns, schema=dict.fromkeys(NAMES, pl.String))


def _block(node: "LexborNode") -> dict[str, str | None]:
    facts: dict[str, str | None] = dict.fromkeys(NAMES)
    attributes = node.attributes
    facts["class"], facts["type"] = attributes.get("class"), attributes.get("msgtype")
    content: LexborNode | None = None
    for child in node.iter():
        kind = child.attributes.get("class") or ""
        if kind.startswith(("nt-box", "ntBox")):
            name = child.css_first("span")
            if name is not None:
                facts["id"], facts["name"] = name.attributes.get("wxid"), name.text()
            time = _TIME.search(child.text())
            facts["at"] = time[1] if time else None
        elif kind.startswith(("content-box", "contentBox")) or child.tag == "span":
            content = child
    if content is not None:
        facts.update(_content(content))
    return facts


def _content(node: "LexborNode") -> dict[str, str | None]:
    said: list[str] = []
    for text in node.css("span.dont-break-out, span.msg-text"):
        if "refermsg" in (text.attributes.get("class") or ""):
            return {"content": node.text().strip()}
        said.append(text.text())
    if not said and node.tag == "span":
        said.append(node.text())
    title = node.css_first("a[href] b")
    card = node.css_first(".card-name")
    tags = [tag for tag in ("audio", "video", "img.transfer-icon") if node.css_first(tag)]
    return {
        "content": said[-1] if said else None,
        "title": title.text() if title is not None else None,
        "card": card.text().strip() if card is not None else tags[0] if tags else None,
    }
