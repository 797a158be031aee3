"""Every chat: how big, how long, how stale, and what is known about it.

全部群一览:人数、消息、起止日期、多久没人说话、有没有名单。
"""

from sqtool.cli._base import Command, Example
from sqtool.cli._metric import show
from sqtool.cli._options import Reading, TableWriting, Tagging
from sqtool.cli._takes import takes


@takes
def chats(reading: Reading, tagging: Tagging, writing: TableWriting) -> int | None:
    """List the chats."""
    return show("chats", reading, writing, None, tagging)


COMMAND = Command(
    chats,
    (
        Example("sqtool chats exports/", "look at them here", "在终端查看"),
        Example(
            "sqtool chats exports/ --excel -o chats.csv",
            "add columns (city, team …) and give it back with --tags",
            "加上城市、团队等列,再用 --tags 读回来",
        ),
    ),
)
