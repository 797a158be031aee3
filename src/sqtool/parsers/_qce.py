"""Messages of qq-chat-exporter (QCE): both shapes, what they say, who says it.

Shape A ("clean": ``id``, numeric ``timestamp``) and shape B ("parsed": ``messageId``, ISO
``timestamp``) are read by one type: every version may hold either.
"""

import re
from typing import Any, Final, NamedTuple

import msgspec

from sqtool.parsers._json_items import text_of
from sqtool.schema import MENTION_ALL

_NO_UIDS: Final = ("未知", "未知uid未知", "unknown", "undefined", "null", "system")
PSEUDO_IDS: Final = frozenset(["", "0", "10000", "1000000", *_NO_UIDS])
"""What stands for a person where QQ named none."""
PSEUDO_NAMES: Final = frozenset(["", "0", "系统消息", "未知用户", "未知"])


class Sender(msgspec.Struct, gc=False):
    """Who a record is by, as written."""

    uid: Any = None
    uin: Any = None
    name: Any = None
    nickname: Any = None
    groupCard: Any = None
    remark: Any = None
    role: Any = None


class Data(msgspec.Struct, gc=False):
    """The parts of an element that are of use."""

    text: Any = None
    name: Any = None
    filename: Any = None
    duration: Any = None
    subType: Any = None
    uid: Any = None
    uin: Any = None
    messageId: Any = None
    referencedMessageId: Any = None
    senderUin: Any = None
    senderName: Any = None
    content: Any = None
    timestamp: Any = None
    title: Any = None
    summary: Any = None
    description: Any = None
    originalData: Any = None


class Element(msgspec.Struct, gc=False):
    """One piece of a message."""

    type: str | None = None
    data: Data | None = None


class Mention(msgspec.Struct, gc=False):
    """One mention."""

    uid: Any = None
    name: Any = None
    type: Any = None


class Resource(msgspec.Struct, gc=False):
    """One attached file."""

    type: Any = None
    filename: Any = None
    fileName: Any = None


class Reply(msgspec.Struct, gc=False):
    """The message answered (shape B)."""

    messageId: Any = None
    referencedMessageId: Any = None
    senderUin: Any = None
    senderName: Any = None
    content: Any = None
    timestamp: Any = None


class Content(msgspec.Struct, gc=False):
    """What a message holds."""

    text: Any = None
    elements: list[Element] | None = None
    mentions: list[Mention] | None = None
    resources: list[Resource] | None = None
    reply: Reply | None = None


class Receiver(msgspec.Struct, gc=False):
    """Where a message of shape B was sent."""

    uid: Any = None
    type: Any = None


class Message(msgspec.Struct, gc=False):
    """One record of either shape."""

    timestamp: Any
    content: Content
    sender: Sender | None = None
    id: Any = None
    messageId: Any = None
    type: Any = None
    messageType: Any = None
    system: bool | None = None
    isSystemMessage: bool | None = None
    recalled: bool | None = None
    isRecalled: bool | None = None
    receiver: Receiver | None = None


class Person(NamedTuple):
    """A sender understood.

    Args:
        id: QQ number, else uid; None for a pseudo-sender.
        name: Group card, else nickname; never the exporter's private remark.
        by_bot_tool: The record is of the NoneBot add-on, whose uid is made up from the number.
    """

    id: str | None
    name: str | None
    by_bot_tool: bool


def person(sender: Sender | None) -> Person:
    """Read a sender."""
    if sender is None:
        return Person(None, None, False)
    uid, uin = text_of(sender.uid), text_of(sender.uin)
    uin = None if uin in PSEUDO_IDS else uin
    uid = None if uid in PSEUDO_IDS else uid
    key = uin or uid
    nickname = text_of(sender.nickname)
    name = plain_card(text_of(sender.groupCard), uin) or plain_card(nickname, uin)
    if name is None:
        shown = plain_card(text_of(sender.name), uin)
        if shown not in (text_of(sender.remark), uin, uid) and shown not in PSEUDO_NAMES:
            name = shown
    return Person(key, name, uin is not None and uid == f"u_{uin}")


def plain_card(card: str | None, uin: str | None) -> str | None:
    """Cut ``(10001)`` off a card that an old PC QQ wrote; None if only blanks are left."""
    if card and uin and card.endswith(f"({uin})"):
        card = card[: -len(uin) - 2]
    return card if card and card.strip() else None


# --- kind and text -------------------------------------------------------------------------------

_MEDIA: Final = {
    "image": ("image", "图片"),
    "video": ("video", "视频"),
    "file": ("file", "文件"),
    "audio": ("voice", "语音"),
    "voice": ("voice", "语音"),
    "market_face": ("sticker", ""),
    "giphy": ("sticker", ""),
}
_WHOLE: Final = {
    "forward": "forward",
    "json": "share",
    "wallet": "red_packet",
    "location": "location",
    "av_record": "call",
}
_BY_TYPE: Final = {
    "file": "file", "video": "video", "audio": "voice", "forward": "forward", "json": "share",
    "location": "location", "type_6": "voice", "type_7": "share", "type_8": "file",
    "type_9": "video", "type_10": "red_packet", "type_11": "forward", "type_17": "location",
    "type_19": "call", "type_25": "location",
    3: "file", 6: "voice", 7: "video", 8: "forward", 10: "red_packet", 11: "share", 19: "call",
    25: "location",
}  # fmt: skip
"""Kinds by the type word (shape A: words or the numbers of v5) or number (shape B: QQ NT)."""
_QUIET: Final = frozenset(["text", "face", "at", "reply", "system"])
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]*\]")
_CARD = re.compile(r"^\[卡片消息: (.*)\]$", re.DOTALL)
_ANY_MEDIA = re.compile(r"\[(图片|视频|文件|语音)(?:[:： ][^\[\]\n]*)?\]")
_BY_WORD: Final = {"图片": "image", "视频": "video", "文件": "file", "语音": "voice"}
_WALLET_WORDS: Final = frozenset(["钱包/红包消息", "红包/钱包消息", "[红包]", "[红包消息]"])


class Said(NamedTuple):
    """What a message says.

    Args:
        kind: A kind, never ``system``.
        text: The author's own part; None for a bare placeholder.
        reply: The element that names the message answered.
        quoted: The quoted or forwarded part.
    """

    kind: str
    text: str | None
    reply: Data | Reply | None = None
    quoted: str | None = None


def said(message: Message) -> Said:
    """Read kind, own text and quote of a message that is no notice."""
    content = message.content
    elements = content.elements or ()
    text = text_of(content.text) or ""
    # Most messages are plain text.
    if not content.resources and content.reply is None and message.type in ("text", None):
        for element in elements:
            if element.type not in ("text", "face", "at"):
                break
        else:
            if message.messageType in (None, 2, 5):
                return Said("text", text or None)
    reply: Data | Reply | None = content.reply
    whole = None
    media: list[tuple[str, Data | None]] = []
    odd = False
    for element in elements:
        kind = element.type
        if kind == "reply":
            reply = element.data
        elif kind in _WHOLE:
            whole = whole or element
        elif kind in _MEDIA:
            media.append((kind, element.data))
        elif kind not in _QUIET:
            odd = True
    if not elements:
        media = [
            (kind, Data(filename=resource.filename or resource.fileName))
            for resource in content.resources or ()
            if (kind := text_of(resource.type) or "") in _MEDIA
        ]
    text, quoted = _without_quote(text, reply)
    if whole is not None:
        return _whole(_WHOLE[str(whole.type)], whole.data, text, reply, quoted)
    if not elements and not media and (alone := _ANY_MEDIA.fullmatch(text.strip())):
        return _whole(_BY_WORD[alone[1]], None, text, reply, quoted)
    for kind, data in media:
        text = _without_placeholder(text, kind, data)
    if text.strip() and not (odd and _PLACEHOLDER.fullmatch(text.strip())):
        by_type = None if elements else _BY_TYPE.get(_type(message))
        if by_type is None or media:
            return Said("text", text, reply, quoted)
        return _whole(by_type, None, text, reply, quoted)
    if media:
        kind, data = media[0]
        if kind == "image" and data is not None and data.subType == "sticker":
            kind = "market_face"
        name = text_of(data.filename) if kind == "file" and data is not None else None
        return Said(_MEDIA[kind][0], name, reply, quoted)
    return Said("other" if odd else _BY_TYPE.get(_type(message), "text"), None, reply, quoted)


def _type(message: Message) -> str | int:
    kind = message.type if message.type is not None else message.messageType
    return kind if isinstance(kind, str | int) else ""


def _whole(
    kind: str, data: Data | None, text: str, reply: Data | Reply | None, quoted: str | None
) -> Said:
    """Read a message that is one card, red packet, forward or place."""
    bare = text.strip()
    if kind == "forward":
        return Said(kind, None, reply, text or None)
    if kind == "share":
        title = text_of(data.title) or text_of(data.summary) if data else None
        card = _CARD.match(bare)
        title = title or (card[1] if card else None) or (None if _is_bare(bare) else bare)
        return Said(kind, title, reply, quoted)
    if kind == "red_packet":
        greeting = (text_of(data.summary) if data else None) or bare
        if "转账" in greeting:
            kind = "transfer"
        return Said(kind, None if greeting in _WALLET_WORDS else greeting or None, reply, quoted)
    if kind == "file":
        named = re.match(r"^\[文件: ?(.*)\]$", bare, re.DOTALL)
        return Said(kind, named[1] if named else None, reply, quoted)
    return Said(kind, None if _is_bare(bare) else bare, reply, quoted)


def _is_bare(text: str) -> bool:
    return not text or _PLACEHOLDER.fullmatch(text) is not None or text.startswith("通话 - ")


def _without_placeholder(text: str, kind: str, data: Data | None) -> str:
    """Take out what stands in the text for one picture or file; exactly, if its name is known."""
    word = _MEDIA[kind][1]
    if data is not None:
        name = text_of(data.filename) or text_of(data.name) or ""
        options = [f"[{word}:{name}]", f"[{word}: {name}]"]
        if kind in ("audio", "voice"):
            length = text_of(data.duration) or ""
            options += [f"[{word}:{length}秒]", f"[{word} {length}秒]"]
        if not word and name:
            options = [f"[{name}]", name]
        for option in options:
            if option in text:
                return text.replace(option, "", 1)
    return _ANY_MEDIA.sub("", text, count=1)


def _without_quote(text: str, reply: Data | Reply | None) -> tuple[str, str | None]:
    """Cut the quoted message off the front of a reply."""
    if reply is None:
        return text, None
    content = text_of(reply.content)
    if text.startswith("[回复消息]"):
        return text.removeprefix("[回复消息]"), content
    if text.startswith("[回复 "):
        exact = f": {content}]\n"
        if content is not None and exact in text:
            return text[text.index(exact) + len(exact) :], content
        head, end, own = text.partition("]\n")
        if end:
            return own, content or head.partition(": ")[2] or None
        if text.endswith("]"):  # nothing but the quote
            return "", content or text[:-1].partition(": ")[2] or None
    return text, content


# --- mentions ------------------------------------------------------------------------------------

_TYPED_NUMBER = re.compile(r"@(\d{5,11})(?!\d)")


def mentions(message: Message, by_bot_tool: bool) -> tuple[list[str] | None, list[str] | None]:
    """Return the ids a message mentions, and the names of those it mentions without an id."""
    ids: list[str] = []
    names: list[str] = []
    content = message.content
    found: list[Mention | Data] = [
        element.data
        for element in content.elements or ()
        if element.type == "at" and element.data is not None
    ]
    numbers = {text_of(one.uid): text_of(one.uin) for one in found if isinstance(one, Data)}
    for one in [*(content.mentions or ()), *found]:
        uid = text_of(one.uid)
        if uid == "all" or getattr(one, "type", None) == "all":
            ids.append(MENTION_ALL)
            continue
        uin = numbers.get(uid) if uid else text_of(getattr(one, "uin", None))
        key = uid if uin is None or uin in PSEUDO_IDS else uin
        if key is not None and key not in PSEUDO_IDS:
            ids.append(key.removeprefix("u_") if by_bot_tool else key)
        elif name := text_of(one.name):
            names.append(name.removeprefix("@"))
    if by_bot_tool:
        ids += _TYPED_NUMBER.findall(text_of(content.text) or "")
    return (list(dict.fromkeys(ids)) or None), (list(dict.fromkeys(names)) or None)
