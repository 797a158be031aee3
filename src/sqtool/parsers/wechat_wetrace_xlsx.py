"""wetrace (WeChat): Excel workbook.

wetrace(微信)：Excel 工作簿。

The rows of its CSV under shorter headings; contents are those of chatlog. Times are local.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._chatlog_table import COLUMNS, note_limit, read_table_rows
from sqtool.parsers._xlsx import find_table, read_table

_NAMES = ("时间", "发送人", "发送人ID", "聊天对象", "聊天对象ID", "内容")


def sniff(export: Export) -> Match:
    """Recognise the headings by their set."""
    if find_table(export, *_NAMES) is not None:
        return Match(Confidence.CERTAIN, "sheet with 发送人ID, 聊天对象ID (wetrace)")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows by chat; clock times."""
    table = find_table(export, *_NAMES)
    if table is None:
        raise UnreadableError(
            t("no wetrace sheet", "没有 wetrace 的聊天记录表"), where=export.title
        )
    frame = read_table(export, table)
    rows = frame.select("line", **dict(zip(COLUMNS, map(pl.col, _NAMES), strict=True)))
    yield from read_table_rows(rows, export, issues)
    note_limit(rows.height, export, issues)


PARSER = Parser(
    name="wechat-wetrace-xlsx",
    title="wetrace Excel",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "wetrace: export the group as Excel.",
        "wetrace:导出群聊,格式选 Excel。",
    ),
)
