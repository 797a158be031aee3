"""Elements as QQNT_Export (Tealina28) labels them: ``[文本]``, ``[图片]``, ``[提示]`` and so on."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from sqtool.parsers._base import RawChat

QUOTED: Final = "[被引用的消息]"
"""What stands before the label of a quoted element."""
LABELS: Final = "文本|图片|文件|语音|视频|表情|提示|红包|通话|动态消息|应用消息"
DIRECTIONS: Final = {"收": False, "发": True, "转发": True, "未知": None}
"""What private chats print for a sender: whether the exporting account wrote it."""
OWN_NAME: Final = "我"

_KINDS: Final = {
    "[图片]": "image", "[文件]": "file", "[语音]": "voice", "[视频]": "video",
    "[红包]": "red_packet", "[通话]": "call", "[动态消息]": "share",
}  # fmt: skip
_CARD: Final = "[应用消息]"
_NO_PROMPT: Final = frozenset(["（无提示信息）", "（无效的消息格式）", "（空消息）"])
_SIZE: Final = re.compile(r" (?:[\d.]+ (?:Bytes?|[KMGT]iB)|None)$")
_FACE_ID: Final = re.compile(r"-\d*$")
_GROUP: Final = re.compile(r"\d{5,12}")

Element = tuple[str | None, str | None]
"""Label and value."""


class Said(NamedTuple):
    """What a record says.

    Args:
        kind: A kind.
        text: The author's own part, or the wording of a notice.
        quoted: The quoted part; empty if something without text is quoted.
    """

    kind: str
    text: str | None
    quoted: str | None = None


def read_elements(elements: Iterable[Element]) -> Said:
    """Read the elements of one record."""
    texts: list[str] = []
    faces: list[str] = []
    notices: list[str] = []
    quoted: str | None = None
    other: tuple[str, str | None] | None = None
    for label, value in elements:
        if label is not None and label.startswith(QUOTED):
            shown = value if label == f"{QUOTED}[文本]" else None
            quoted = (quoted or "") + (shown or "")
        elif label == "[文本]":
            texts.append(value or "")
        elif label == "[表情]":
            faces.append(_FACE_ID.sub("", value or ""))
            texts.append(faces[-1])
        elif label == "[提示]":
            notices.append(value or "")
        elif label is not None and label.startswith(_CARD):
            # The program's own mistake: a card is a text, not a pair.
            title = label.removeprefix(_CARD) or value
            other = other or ("share", None if title in _NO_PROMPT else title or None)
        elif label in _KINDS:
            other = other or (_KINDS[label], _title(label, value))
    if notices:
        return Said("system", "".join(notices).strip() or None)
    if other is not None and other[0] in ("share", "red_packet", "call"):
        return Said(*other, quoted)
    if faces and len(faces) == len(texts) and other is None:
        return Said("sticker", None, quoted)
    text = "".join(texts)
    if text.strip():
        return Said("text", text, quoted)
    return Said(*(other or ("other" if quoted is None else "text", None)), quoted)


def _title(label: str, value: str | None) -> str | None:
    if not value:
        return None
    if label == "[文件]":
        return _SIZE.sub("", value) or None
    if label == "[动态消息]":
        return value.partition("\n")[0] or None
    return value.strip() or None if label == "[红包]" else None


def chat_of(stem: str, *, private: bool) -> RawChat:
    """Return the facts of a chat: the file is named after it, or by its number."""
    number = _GROUP.fullmatch(stem) is not None and not private
    return RawChat(
        key=stem,
        strong=number,
        platform="qq",
        name=stem,
        kind="private" if private else "group",
        self_name=OWN_NAME if private else None,
        has_replies=True,
        has_mentions=False,
    )
