"""The weekly review of one chat: what changed, who to talk to, what to do next.

一个群的周报:变化在哪、该找谁聊、下周做什么。
"""

from sqtool.cli._base import Command, Example
from sqtool.cli._options import Reading, Writing, takes


@takes
def report(reading: Reading, writing: Writing) -> int | None:
    """Build the review and write it."""
    from sqtool.cli._input import finish, read
    from sqtool.cli._output import Output

    output = Output.of("report", writing, tables=False)
    data, ctx = read(reading, writing, one_chat=True)
    from sqtool.reports.weekly import build  # all metrics: not before the options are checked

    output.report(build(data, ctx))
    return finish(reading, writing, data)


COMMAND = Command(
    report,
    (
        Example("sqtool report chat.txt", "read it here", "在终端阅读"),
        Example("sqtool report chat.txt -o week.md", "a file to forward", "写成可以转发的文件"),
        Example(
            "sqtool report exports/ --chat 3群 --roster 名单.xlsx",
            "one of several chats, silent members counted",
            "多个群里选一个,并用名单数出没说过话的人",
        ),
        Example("sqtool report chat.txt --week 2026-W10", "an earlier week", "更早的一周"),
    ),
)
