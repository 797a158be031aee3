"""Messages in the pages of QCE: the old simple page and the modern one, piece by piece.

A page renders elements, not text: pictures, files, quotes and cards are found by their classes, and
what is left is the author's text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqtool.parsers._qce import PSEUDO_IDS
from sqtool.parsers._qce_text import Printed, is_nobody, read_body

MESSAGE: Final = re.compile(
    rb'<div class="(?:message (?:self|other|system)\b|message" data-message-id=|'
    rb"system-message-container\b)"
)
"""How the tag that opens a message begins."""
_MESSAGES: Final = "div.message, div.system-message-container"
_LINE_BREAK: Final = re.compile(rb"<br ?/?>")
_NUMBER: Final = re.compile(r"[?&]nk=(\d{5,12})(?!\d)")
_TIME: Final = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d? \d\d?:\d\d:\d\d")
_EMPTY: Final = "[空消息]"
_ICONS: Final = (
    (re.compile(r"📷 (.+\.\w{2,5}|图片)", re.DOTALL), "image"),
    (re.compile(r"🎬 (.+\.\w{2,5}|视频)", re.DOTALL), "video"),
    (re.compile(r"🎤 (\[语音:.*秒\])"), "audio"),
    (re.compile(r"📎 (.+\.\w{1,8}|文件)", re.DOTALL), "file"),
)
"""What stands for a file that was not exported."""
_PLACEHOLDER: Final = re.compile(r"\[(图片|视频|语音|文件): ?(.*)\]", re.DOTALL)
_WORDS: Final = {"图片": "image", "视频": "video", "语音": "audio", "文件": "file"}


class Shown(NamedTuple):
    """One message of a page.

    Args:
        id: Its id.
        uid: Sender's uid (or number, where there is no uid).
        number: Sender's QQ number.
        name: Name shown.
        time: Clock time as printed.
        own: Whether the exporting account wrote it.
        said: What it says.
        reply_to: Id of the message answered.
        mentions: Names mentioned.
    """

    id: str | None
    uid: str | None
    number: str | None
    name: str | None
    time: str | None
    own: bool
    said: Printed
    reply_to: str | None = None
    mentions: list[str] | None = None


def read_piece(piece: bytes) -> Iterator[Shown]:
    """Yield the messages of a piece of a page."""
    # Imported here: the parser is only needed for pages.
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_LINE_BREAK.sub(b"\n", piece).decode())
    for node in tree.css(_MESSAGES):
        classes = (node.attributes.get("class") or "").split()
        if "system-message-container" in classes:
            yield _notice(node)
        elif "system" in classes:
            text = _text(node.css_first(".message-content")).strip()
            said = Printed("system", text or None)
            yield Shown(node.attributes.get("data-message-id"), None, None, None, None, False, said)
        elif (content := node.css_first(".content, .message-content")) is not None:
            yield _message(node, content, own="self" in classes)


def _notice(node: Any) -> Shown:
    texts = [_text(one) for one in node.css(".system-message")]
    stamp = node.css_first(".system-message-time")
    whole = _text(node)
    time = _TIME.search(_text(stamp)) if stamp is not None else None
    if time is None:
        time = next(iter(list(_TIME.finditer(whole))[-1:]), None)
    text = "".join(texts).strip() or whole.replace(time[0] if time else "", "").strip()
    said = Printed("system", text or None)
    return Shown(None, None, None, None, time[0] if time else None, False, said)


def _message(node: Any, content: Any, *, own: bool) -> Shown:
    attributes = node.attributes
    uid = attributes.get("data-sender-uid")
    number = name = None
    avatar = node.css_first(".avatar img")
    if avatar is not None and (found := _NUMBER.search(avatar.attributes.get("src") or "")):
        number = found[1]
        # The picture bears the card; the line beside it the exporter's private remark, if any.
        name = avatar.attributes.get("alt")
    name = name or _text(node.css_first(".sender, .message-sender"))
    stamp = _TIME.search(_text(node.css_first(".time, .message-time")))
    if name in (uid, number) or is_nobody(name) or not name.strip():
        name = None
    body = _Body()
    body.read(content)
    key = attributes.get("data-message-id") or (attributes.get("id") or "").removeprefix("msg-")
    return Shown(
        key or None,
        None if uid is None or uid in PSEUDO_IDS else uid,
        number,
        name,
        stamp[0] if stamp else None,
        own,
        body.said(),
        body.reply_to,
        body.mentions or None,
    )


@dataclass
class _Body:
    """The parts of a message."""

    parts: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    reply: tuple[str | None, str | None] | None = None
    reply_to: str | None = None
    whole: Printed | None = None

    def read(self, node: Any) -> None:
        """Take the parts that stand in a node."""
        for child in node.iter(include_text=True):
            if child.tag == "-text":
                self.parts.append(child.text_content or "")
                continue
            classes = (child.attributes.get("class") or "").split()
            if not self._taken(child, classes):
                self.read(child)

    def _taken(self, node: Any, classes: list[str]) -> bool:
        attributes = node.attributes
        if "reply-content" in classes:
            self._answer(node)
        elif "text-content" in classes or "resource-placeholder" in classes:
            self._text(_text(node), printed="resource-placeholder" in classes)
        elif "at-mention" in classes or "mention" in classes:
            said = _text(node)
            self.parts.append(said)
            self.mentions.append(said.strip().removeprefix("@"))
        elif "market-face" in classes:
            self.files.append(("market_face", attributes.get("alt") or ""))
        elif node.tag == "img":
            self.files.append(("image", attributes.get("alt") or ""))
        elif node.tag in ("audio", "video"):
            found = _PLACEHOLDER.fullmatch(_text(node))
            self.files.append((node.tag, found[2] if found else ""))
        elif "message-file" in classes:
            self.files.append(("file", attributes.get("download") or ""))
        elif "message-audio-fallback" in classes:
            self.files.append(("audio", ""))
        elif "json-card" in classes:
            title = _text(node.css_first(".json-title")).strip()
            self.whole = Printed("share", None if title == "JSON消息" else title or None)
        elif "forward-card" in classes:
            lines = (_text(one).strip() for one in node.css(".forward-card-line"))
            self.whole = Printed("forward", None, None, "\n".join(lines) or None)
        elif "audio-download-link" not in classes:
            return False
        return True

    def _text(self, text: str, *, printed: bool) -> None:
        for pattern, kind in _ICONS:
            if (found := pattern.fullmatch(text)) is not None:
                self.files.append((kind, found[1]))
                return
        if printed and (found := _PLACEHOLDER.fullmatch(text)) is not None:
            self.files.append((_WORDS[found[1]], found[2]))
        elif text.startswith("📍 ") and not self.parts:
            self.whole = Printed("location", text.removeprefix("📍 "))
        elif text.startswith("📝 ") and all(p.startswith("[转发消息") for p in self.parts):
            self.whole = Printed("forward", None, None, text.removeprefix("📝 "))
        elif text != _EMPTY:
            self.parts.append(text)

    def _answer(self, node: Any) -> None:
        name = _text(node.css_first("strong")).strip().removesuffix(":")
        quote = node.css_first(".reply-content-text")
        text = _text(quote) if quote is not None else _text(node).partition(":")[2]
        self.reply = (name if name not in ("", "用户") else None), text.strip() or None
        target = (node.attributes.get("data-reply-to") or "").removeprefix("msg-")
        self.reply_to = target if target not in PSEUDO_IDS else None

    def said(self) -> Printed:
        """Return what all of it says."""
        if self.whole is not None:
            return self.whole
        text = "".join(self.parts)
        # The simple page puts its own indentation around the text.
        text = text.strip() if text[:1] == "\n" else text
        return read_body(text, resources=self.files or None, reply=self.reply)


def _text(node: Any) -> str:
    return "" if node is None else str(node.text(deep=True))
