"""What QCE prints of a message where it writes no elements: text, workbook, page.

The rendered text is all there is: what it says of kind, quote and files is read as from JSON.
"""

import re
from typing import Final, NamedTuple

from sqtool.parsers._qce import (
    PSEUDO_NAMES,
    Content,
    Message,
    Reply,
    Resource,
    Said,
    said,
)

# The words of v6, and the numbers of v5 that say more than the text does.
_TYPES: Final = (
    ("[转发消息", "forward"),
    ("[卡片消息", "json"),
    ("[JSON消息]", "json"),
    ("[位置消息]", "location"),
    ("[红包", "type_10"),
    ("钱包/红包消息", "type_10"),
    ("红包/钱包消息", "type_10"),
    ("通话 - ", "type_19"),
)
_TYPED: Final = frozenset(start[0] for start, _ in _TYPES)
_EMPTY: Final = {
    "[系统消息]": "system", "[表情消息]": "sticker", "[无文本内容]": "other", "[空消息]": "other",
    "[market_face]": "sticker", "[face]": "sticker", "[image]": "image", "[video]": "video",
    "[audio]": "voice", "[file]": "file", "[wallet]": "red_packet", "[json]": "share",
    "[forward]": "forward", "[system]": "system",
}  # fmt: skip
"""What is printed for a message without any text."""
_RESOURCES: Final = re.compile(r"\[(image|video|audio|file)(?:、\w+)*消息\]")
_RESOURCE_KINDS: Final = {"image": "image", "video": "video", "audio": "voice", "file": "file"}
_NOBODY: Final = PSEUDO_NAMES - {""}
_QUOTE_OF: Final = re.compile(r"^\[回复 ([^\n]*?): ")
_RECALL: Final = re.compile(r" 撤回了(?:一条消息| .+ 的消息)(?:（.*）)?", re.DOTALL)


class Printed(NamedTuple):
    """A message understood.

    Args:
        kind: A kind; ``system`` for notices.
        text: The author's own part, or the wording of a notice.
        quoted_sender: Name in a quote.
        quoted_text: The quoted or forwarded part.
    """

    kind: str
    text: str | None
    quoted_sender: str | None = None
    quoted_text: str | None = None


def is_nobody(name: str | None) -> bool:
    """Whether QCE prints this for a name where QQ named nobody: blanks are somebody's name."""
    return name is None or name in _NOBODY


def read_printed(
    name: str | None,
    text: str,
    *,
    type: str | None = None,
    resources: list[tuple[str, str]] | None = None,
    reply: tuple[str | None, str | None] | None = None,
) -> Printed:
    """Read one record, where notices are told only by type, sender or wording.

    Args:
        name: Sender's name as printed.
        text: Rendered text.
        type: Type word (``text``, ``system``, ``type_10`` …), where it is printed.
        resources: As in ``read_body``.
        reply: As in ``read_body``.
    """
    if type == "system" or is_nobody(name) or _is_recall(name, text):
        return Printed("system", None if _EMPTY.get(text) == "system" else text or None)
    return read_body(text, type=type, resources=resources, reply=reply)


def read_body(
    text: str,
    *,
    type: str | None = None,
    resources: list[tuple[str, str]] | None = None,
    reply: tuple[str | None, str | None] | None = None,
) -> Printed:
    """Read what somebody said.

    Args:
        text: Rendered text.
        type: Type word, where it is printed.
        resources: Kind and file name of each attached file, where they are printed.
        reply: Name and text of the message answered, where they are printed apart.
    """
    # Most messages are plain text.
    bare = reply is None and not resources and "[" not in text
    if bare and type in (None, "text", "reply") and text[:1] not in _TYPED:
        return Printed("text", text or None)
    quotes = reply is not None or text.startswith("[回复")
    if text in _EMPTY:
        return Printed(_EMPTY[text], None)
    if (attached := _RESOURCES.fullmatch(text)) is not None:
        return Printed(_RESOURCE_KINDS[attached[1]], None)
    author, quoted = reply or (None, None)
    if quotes and author is None and (found := _QUOTE_OF.match(text)):
        author = found[1] or None
    answered = Reply(content=quoted) if quotes else None
    # Of what v5 numbers, text and replies are no kinds.
    kind = _typed(text) or (type if type not in ("text", "reply", "type_1", "type_3") else None)
    return _full(text, kind, resources, answered, author)


def _full(
    text: str,
    type: str | None,
    resources: list[tuple[str, str]] | None = None,
    reply: Reply | None = None,
    author: str | None = None,
) -> Printed:
    files = [Resource(type=kind, filename=file) for kind, file in resources or ()]
    content = Content(text=text, resources=files or None, reply=reply)
    found: Said = said(Message(timestamp=None, content=content, type=type))
    return Printed(found.kind, found.text, author if reply is not None else None, found.quoted)


def _typed(text: str) -> str | None:
    return next((kind for start, kind in _TYPES if text.startswith(start)), None)


def _is_recall(name: str | None, text: str) -> bool:
    """Whether a text is the tip of a recall, which is printed as if its author had said it."""
    if not name or "撤回了" not in text or not text.startswith(name):
        return False
    return _RECALL.fullmatch(text, len(name)) is not None
