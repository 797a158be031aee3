"""The weekly review of one chat: what changed, who to talk to, what to do next.

一个群的周报:变化在哪、该找谁聊、下周做什么。
"""

from dataclasses import replace
from typing import Annotated

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import option
from sqtool.cli._options import Reading, ReviewWriting, Tagging
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t


@takes
def report(
    reading: Reading,
    tagging: Tagging,
    writing: ReviewWriting,
    all_: Annotated[
        bool,
        option(
            "--all",
            en="A review of every chat and the portfolio, into a folder (-o DIR).",
            zh="每个群一份周报,加上全部群总表,写入文件夹(-o 文件夹)。",
        ),
    ] = False,
) -> int | None:
    """Build the review and write it."""
    from sqtool.cli._input import finish, read
    from sqtool.cli._output import Output

    if all_:
        return _all(reading, tagging, writing)
    if tagging.tags is not None:
        raise UsageError(t("--tags goes with --all", "--tags 要和 --all 一起用"))
    output = Output.of("report", writing, tables=False)
    data, ctx = read(reading, writing, one_chat=True)
    from sqtool.reports.weekly import build  # all metrics: not before the options are checked

    output.report(build(data, ctx))
    return finish(reading, writing, data)


def _all(reading: Reading, tagging: Tagging, writing: ReviewWriting) -> int:
    from sqtool.cli._input import finish, read
    from sqtool.cli._output import Output
    from sqtool.cli._stored import open_store
    from sqtool.cli._tags import given_tags, tagged

    if writing.output in (None, "", "-"):
        raise UsageError(
            t("--all writes into a folder", "--all 要写入文件夹"), hint="--all -o reviews/"
        )
    if not reading.source:
        open_store(reading.store)  # complain before making the folder
    given_tags(tagging)
    output = Output.of("report", replace(writing, output=f"{writing.output}/"), tables=False)
    data, ctx = read(reading, writing)
    data = tagged(data, tagging, writing)
    from sqtool.cli._reviews import write_all

    failed = write_all(data, ctx, output)
    return finish(reading, writing, data) or failed


COMMAND = Command(
    report,
    (
        Example("sqtool report chat.txt", "read it here", "在终端阅读"),
        Example("sqtool report chat.txt -o week.html", "a page to forward", "写成可以转发的网页"),
        Example(
            "sqtool report chat.txt -o week.md", "Markdown, charts beside", "写成 Markdown,图在旁边"
        ),
        Example(
            "sqtool report exports/ --chat 3群 --roster 名单.xlsx",
            "one of several chats, silent members counted",
            "多个群里选一个,并用名单数出没说过话的人",
        ),
        Example(
            "sqtool report exports/ --all -o reviews/",
            "every chat, and all of them in one table",
            "每个群一份,另附全部群总表",
        ),
        Example("sqtool report chat.txt --week 2026-W10", "an earlier week", "更早的一周"),
    ),
)
