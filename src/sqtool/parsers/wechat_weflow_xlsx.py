"""WeFlow (WeChat 4.x): Excel workbook, with all columns or the compact ones.

WeFlow(微信 4.x)：Excel 工作簿，完整列或精简列。

The third row names the tool, the version and the moment of the export. With all columns people have
ids and up to four names; the compact table has the shown name only. Times are local.
"""

from collections.abc import Iterator

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._weflow_sheet import chat_sheet, parse_sheet


def sniff(export: Export) -> Match:
    """Look for the rows 会话信息 and 导出工具 above the table, or for columns of its own."""
    head = chat_sheet(export)
    if head is None:
        return NO_MATCH
    if "导出工具" in head.facts:
        return Match(Confidence.CERTAIN, "sheet with 会话信息, 导出工具, 发送者身份 (WeFlow)")
    if "群昵称" in head.table.names or "发送者昵称" not in head.table.names:
        return Match(Confidence.CERTAIN, "sheet with 会话信息 and WeFlow's columns")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times."""
    return parse_sheet(export, issues, has_replies=True)


PARSER = Parser(
    name="wechat-weflow-xlsx",
    title="WeFlow Excel",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "WeFlow: export the group as Excel.",
        "WeFlow:导出群聊,格式选 Excel。",
    ),
)
