"""One message of a Telegram HTML page: what its elements say.

The elements of a message are the children of its body; a forwarded message is a body inside it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_STAMP: Final = re.compile(r"(\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d)(?: UTC([+-])(\d\d):?(\d\d))?\s*")
_TARGET: Final = re.compile(r"#go_to_message(-?\d+)")
_VIA: Final = re.compile(r"\s+via @\w+$")
_UNSUPPORTED: Final = "This message is not supported by this version of Telegram Desktop."
_KIND_BY_CLASS: Final = {
    "photo_wrap": "image", "sticker_wrap": "sticker", "animated_wrap": "sticker",
    "video_file_wrap": "video", "media_poll": "share", "media_photo": "image",
    "media_video": "video", "media_voice_message": "voice", "media_audio_file": "file",
    "media_file": "file", "media_contact": "contact", "media_location": "location",
    "media_live_location": "location", "media_venue": "location", "media_call": "call",
    "media_game": "share",
}  # fmt: skip
_KIND_BY_TITLE: Final = {
    "Photo": "image", "Sticker": "sticker", "Animation": "sticker", "Video file": "video",
    "Video message": "video", "Voice message": "voice", "Location": "location",
    "Live location": "location",
}  # fmt: skip
DELETED: Final = frozenset(["Deleted Account", "Deleted"])
"""Not names: what is shown of all who have deleted their accounts."""


@dataclass
class Said:
    """One message.

    Args:
        number: Its id.
        sender: Name, None where the message goes on where the one before ended.
        wall: Its clock time.
        offset: Of the clock, where the export tells it.
        kind: Kind, as in the schema.
        text: What the sender wrote.
        reply_to: Id of the message answered.
        origin: Name of whom a forwarded message is from.
        forwarded: What was forwarded.
        mentions: Names of people mentioned who have no @name.
        reactions: How many.
    """

    number: str
    sender: str | None = None
    wall: datetime | None = None
    offset: timedelta | None = None
    kind: str = "text"
    text: str | None = None
    reply_to: str | None = None
    origin: str | None = None
    forwarded: str | None = None
    mentions: list[str] = field(default_factory=list)
    reactions: int | None = None


def read_message(number: str, body: "LexborNode") -> Said:
    """Read the body of a message."""
    said = Said(number)
    media: tuple[str, str | None] | None = None
    is_forward = False
    for child in _children(body):
        names = _classes(child)
        if "date" in names and "details" in names:
            said.wall, said.offset = read_stamp(child.attributes.get("title") or "")
        elif "from_name" in names:
            said.sender = _VIA.sub("", text_of(child)) or None
        elif "forwarded" in names and "body" in names:
            is_forward = True
            said.origin, said.forwarded = _forwarded(child)
        elif "reply_to" in names:
            said.reply_to = _target(child)
        elif "text" in names:
            said.text = text_of(child) or None
            said.mentions = [
                text_of(link).removeprefix("@")
                for link in child.css("a")
                if "ShowMentionName" in (link.attributes.get("onclick") or "")
            ]
        elif "media_wrap" in names:
            media = _media(child)
        elif "reactions" in names:
            said.reactions = sum(_count(one) for one in child.css("span.reaction"))
    if media is not None:
        said.kind = media[0]
        said.text = said.text or media[1]
    if is_forward:
        said.kind = "forward"
    elif media is None and said.text is None:
        said.kind = "other"
    if said.text is not None and said.text.startswith(_UNSUPPORTED):
        said.kind, said.text = "other", None
    return said


def read_stamp(title: str) -> tuple[datetime | None, timedelta | None]:
    """Read ``01.03.2025 09:05:00 UTC+08:00``; older exports have no offset."""
    found = _STAMP.fullmatch(title)
    if found is None:
        return None, None
    sign, hours, minutes = found.groups()[1:]
    try:
        wall = datetime.strptime(found[1], "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007 - a wall clock
    except ValueError:
        return None, None
    if sign is None:
        return wall, None
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return wall, -offset if sign == "-" else offset


def text_of(node: "LexborNode") -> str:
    """Return the text of an element without the line breaks of the source around it."""
    return node.text(deep=True).strip("\n ").replace("\r", "")


def _children(node: "LexborNode") -> Iterator["LexborNode"]:
    return iter(node.iter(include_text=False))


def _classes(node: "LexborNode") -> list[str]:
    return (node.attributes.get("class") or "").split()


def _target(node: "LexborNode") -> str | None:
    link = node.css_first("a")
    found = _TARGET.search(link.attributes.get("href") or "") if link is not None else None
    return found[1] if found else None


def _forwarded(body: "LexborNode") -> tuple[str | None, str | None]:
    """Return name of the origin and what was forwarded."""
    origin, text = None, None
    for child in _children(body):
        names = _classes(child)
        if "from_name" in names:
            for date in child.css("span.date"):
                date.decompose()
            origin = _VIA.sub("", text_of(child)) or None
        elif "text" in names:
            text = text_of(child) or None
    return origin, text


def _media(wrap: "LexborNode") -> tuple[str, str | None]:
    """Return kind and title of what is sent along."""
    question = wrap.css_first("div.question")
    shown = wrap.css_first("div.title")
    title = text_of(shown) if shown is not None else None
    for node in wrap.css("a, div"):
        for name in _classes(node):
            if name in _KIND_BY_CLASS:
                kind = _KIND_BY_TITLE.get(title or "", _KIND_BY_CLASS[name])
                named = kind == "file" and name == "media_file"
                words = text_of(question) if question is not None else title if named else None
                return kind, words or None
    return _KIND_BY_TITLE.get(title or "", "other"), None


def _count(reaction: "LexborNode") -> int:
    shown = reaction.css_first("span.count")
    if shown is not None:
        digits = text_of(shown)
        return int(digits) if digits.isdecimal() and len(digits) < 9 else 0
    return len(reaction.css("div.initials")) or 1
