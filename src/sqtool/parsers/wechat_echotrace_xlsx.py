"""EchoTrace (WeChat 4.x): Excel workbook.

EchoTrace(微信 4.x)：Excel 工作簿。

WeFlow grew out of it and kept the layout; here the row between the facts of the chat and the table
is empty, and there is no column 群昵称. One's own rows are headed 我. Recalls do not say whose they
were, replies do not say what they answer. Times are local.
"""

from collections.abc import Iterator

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._weflow_sheet import chat_sheet, parse_sheet


def sniff(export: Export) -> Match:
    """Look for the row 会话信息 above the table, and that no tool is named."""
    head = chat_sheet(export)
    if head is None or "导出工具" in head.facts or "群昵称" in head.table.names:
        return NO_MATCH
    if "发送者昵称" not in head.table.names:
        return NO_MATCH
    return Match(Confidence.CERTAIN, "sheet with 会话信息 and no tool named (EchoTrace)")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times."""
    return parse_sheet(export, issues, has_replies=False)


PARSER = Parser(
    name="wechat-echotrace-xlsx",
    title="EchoTrace Excel",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "mentions", "joins", "recalls"),
    obtain=(
        "EchoTrace: export the group as Excel.",
        "EchoTrace:导出群聊,格式选 Excel。",
    ),
)
