"""What a OneBot v11 message says, whether it comes as segments or as a CQ string.

The same segments are stored by bot frameworks and, as CQ strings, printed into console logs.
"""

import re
from typing import Any, Final, NamedTuple

from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_scan import loads
from sqtool.schema import MENTION_ALL

Part = tuple[str, dict[str, Any]]
"""A segment: its type and its data."""

_CODE = re.compile(r"\[CQ:([A-Za-z0-9_.-]+)((?:,[^\[\]]*)?)\]")
_ESCAPES: Final = (("&#91;", "["), ("&#93;", "]"), ("&#44;", ","), ("&amp;", "&"))
_EVERYONE: Final = "@全体成员"

_MEDIA: Final = {
    "image": "image", "cardimage": "image", "flash": "image",
    "record": "voice", "voice": "voice", "audio": "voice", "tts": "voice",
    "video": "video", "shortvideo": "video",
    "file": "file", "onlinefile": "file", "flashtransfer": "file",
    "mface": "sticker", "marketface": "sticker", "bface": "sticker", "sface": "sticker",
    "dice": "sticker", "rps": "sticker", "poke": "sticker", "shake": "sticker",
    "sticker": "sticker", "emoji": "sticker",
}  # fmt: skip
_WHOLE: Final = {
    "forward": "forward", "node": "forward", "longmsg": "forward",
    "json": "share", "xml": "share", "lightapp": "share", "miniapp": "share", "music": "share",
    "gift": "share", "share": "link", "contact": "contact", "location": "location",
    "redbag": "red_packet", "wallet": "red_packet",
}  # fmt: skip
_SILENT: Final = frozenset(["anonymous", "keyboard", "inline_keyboard", "ignore"])
_MENTIONS: Final = frozenset(["at", "mention", "mention_user", "mention_all", "mention_everyone"])
_QUOTES: Final = frozenset(["reply", "quote", "reference"])
_STICKER_IMAGES: Final = frozenset(["1", "2", "3", "4", "7"])  # sub_type of an image segment
_APPS: Final = (
    ("multimsg", "forward"),
    ("tencent.map", "location"),
    ("contact", "contact"),
    ("redpacket", "red_packet"),
)
_BRIEF = re.compile(r'\bbrief="([^"]*)"')
_BRACKET = re.compile(r"^\[[^\[\]]*\]\s*")


class Said(NamedTuple):
    """What a message says.

    Args:
        kind: A kind, never ``system``.
        text: The author's own part; None for a bare placeholder.
        reply_to: Id of the message answered.
        quoted_sender: Who said the quoted part, where the message tells it.
        quoted_text: The quoted part, where the message tells it.
        mentions: Ids mentioned, or None.
    """

    kind: str
    text: str | None
    reply_to: str | None = None
    quoted_sender: str | None = None
    quoted_text: str | None = None
    mentions: list[str] | None = None


def parts_of(message: Any, raw: Any = None) -> list[Part]:
    """Return the segments of a message in either notation.

    Args:
        message: A list of segments, one segment, or a CQ string.
        raw: The CQ string beside it, used where ``message`` holds nothing.
    """
    if isinstance(message, str):
        return from_cq(message)
    found: list[Part] = []
    for one in message if isinstance(message, list) else [message]:
        if isinstance(one, str):
            found += from_cq(one)
        elif isinstance(one, dict) and isinstance(kind := one.get("type"), str):
            data = one.get("data")
            found.append((kind, data if isinstance(data, dict) else {}))
    return found or (from_cq(raw) if isinstance(raw, str) else [])


def from_cq(text: str) -> list[Part]:
    """Read a CQ string: ``[CQ:type,key=value]`` between escaped text."""
    if "[CQ:" not in text:
        return [("text", {"text": unescaped(text)})] if text else []
    found: list[Part] = []
    done = 0
    for code in _CODE.finditer(text):
        if code.start() > done:
            found.append(("text", {"text": unescaped(text[done : code.start()])}))
        pairs = (pair.partition("=") for pair in code[2].split(",") if pair)
        found.append((code[1], {key: unescaped(value) for key, _, value in pairs}))
        done = code.end()
    if done < len(text):
        found.append(("text", {"text": unescaped(text[done:])}))
    return found


def unescaped(text: str) -> str:
    """Undo the escapes of a CQ string."""
    if "&" in text:
        for escape, character in _ESCAPES:
            text = text.replace(escape, character)
    return text


def read_parts(parts: list[Part]) -> Said:
    """Read kind, own text, quote and mentions out of segments."""
    if len(parts) == 1 and parts[0][0] == "text":  # most messages
        return Said("text", text_of(parts[0][1].get("text")))
    words: list[str] = []
    mentions: list[str] = []
    quote: dict[str, Any] | None = None
    media: Part | None = None
    whole: Part | None = None
    for part in parts:
        kind, data = part
        if kind == "text":
            words.append(text_of(data.get("text")) or "")
        elif kind in _MENTIONS:
            who, shown = _mention(kind, data)
            if who is not None:
                mentions.append(who)
            words.append(shown)
        elif kind in _QUOTES:
            quote = quote or data
        elif kind == "face":
            words.append(_face(data))
            media = media or ("sticker", data)
        elif kind == "markdown":
            words.append(text_of(data.get("content")) or "")
        elif kind in _WHOLE:
            whole = whole or part
        elif kind not in _SILENT:
            media = media or part
    own = "".join(words)
    about = _quote(quote) if quote is not None else (None, None, None)
    ids = list(dict.fromkeys(mentions)) or None
    if whole is not None:
        kind, title = _card(*whole)
        return Said(kind, title or (own if own.strip() else None), *about, ids)
    if own.strip():
        return Said("text", own, *about, ids)
    if media is not None:
        return Said(*_placeholder(*media), *about, ids)
    return Said("text" if words or quote is not None else "other", None, *about, ids)


def _mention(kind: str, data: dict[str, Any]) -> tuple[str | None, str]:
    """Return the id mentioned and what the message shows for it."""
    who = next((v for k in ("qq", "user_id", "id", "target") if (v := text_of(data.get(k)))), None)
    if who == "all" or kind in ("mention_all", "mention_everyone"):
        return MENTION_ALL, _EVERYONE
    name = text_of(data.get("name")) or text_of(data.get("text"))
    shown = f"@{(name or who or '').removeprefix('@')}"
    return (None if who == "0" else who), shown if shown != "@" else ""


def _face(data: dict[str, Any]) -> str:
    raw = data.get("raw")
    shown = text_of(raw.get("faceText")) if isinstance(raw, dict) else None
    return shown or ""


def _quote(data: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    target = next((v for k in ("id", "message_id") if (v := text_of(data.get(k)))), None)
    return (
        None if target == "0" else target,
        text_of(data.get("qq")) or text_of(data.get("user_id")),
        text_of(data.get("text")),
    )


def _placeholder(kind: str, data: dict[str, Any]) -> tuple[str, str | None]:
    known = _MEDIA.get(kind, "other")
    if known == "image":
        kind_of_image = text_of(data.get("sub_type")) or text_of(data.get("subType"))
        shown = text_of(data.get("summary")) or ""
        if kind_of_image in _STICKER_IMAGES or "表情" in shown:
            known = "sticker"
    name = text_of(data.get("name")) or text_of(data.get("file")) if known == "file" else None
    return known, name


def _card(kind: str, data: dict[str, Any]) -> tuple[str, str | None]:
    """Return kind and title of what is a message of its own: a card, a place, a red packet."""
    known = _WHOLE[kind]
    if kind in ("json", "lightapp", "miniapp"):
        return _app(data.get("data"))
    if kind == "xml":
        brief = _BRIEF.search(text_of(data.get("data")) or "")
        return known, _BRACKET.sub("", brief[1]) or None if brief else None
    if known in ("forward", "contact"):
        return known, None
    title = next((v for k in ("title", "content", "name") if (v := text_of(data.get(k)))), None)
    return known, title


def _app(content: Any) -> tuple[str, str | None]:
    if isinstance(content, str):
        try:
            content = loads(content.encode())
        except ValueError:
            return "share", None
    if not isinstance(content, dict):
        return "share", None
    app = text_of(content.get("app")) or ""
    kind = next((kind for word, kind in _APPS if word in app), "share")
    prompt = text_of(content.get("prompt")) or text_of(content.get("desc")) or ""
    return kind, None if kind in ("forward", "contact") else _BRACKET.sub("", prompt) or None
