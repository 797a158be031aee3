"""Words for what a format can tell (``parsers._base.Fact``), English and Chinese."""

from typing import Final

FACTS: Final[dict[str, tuple[str, str]]] = {
    "ids": ("member ids", "成员编号"),
    "chat-id": ("chat id", "群编号"),
    "message-ids": ("message ids", "消息编号"),
    "zone": ("exact times", "准确时刻"),
    "seconds": ("seconds", "精确到秒"),
    "replies": ("replies", "回复引用"),
    "mentions": ("mentions", "@ 提及"),
    "reactions": ("reactions", "表情回应"),
    "joins": ("joins", "进群"),
    "leaves": ("leaves", "退群"),
    "recalls": ("recalls", "撤回"),
    "members": ("member list", "成员名单"),
}
