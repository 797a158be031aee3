"""What stands above the first record of a QQ text export: banner, section lines, or less.

People cut the head down, and other tools print parts of it: the name is taken from what is there.
"""

import re
from typing import Final

BANNER: Final = "消息记录（此消息记录为文本格式，不支持重新导入）"
_OBJECT: Final = re.compile(r"^消息对象[:：][ \t]*(.*?)[ \t]*$", re.MULTILINE)
_HEAD_LINE: Final = re.compile(
    rf"^(?:{re.escape(BANNER)}|=+|消息(?:分组|对象)[:：].*|)[ \t]*$", re.MULTILINE
)
LOOSE_HEAD: Final = re.compile(r"^消息分组[:：].*\n+(?:=+\r*\n+)?消息对象[:：]", re.MULTILINE)
"""The two lines that name a chat, with or without the rules between them."""


def read_head(before: bytes) -> tuple[str | None, bool]:
    """Read the lines above the first record of a file that has no whole section head.

    Args:
        before: UTF-8, any line ends.

    Returns:
        The chat's name, and whether there are words that belong to no head.
    """
    text = before.decode().replace("\r", "\n")
    named = _OBJECT.findall(text)
    return (named[-1] or None) if named else None, bool(_HEAD_LINE.sub("", text).strip())
