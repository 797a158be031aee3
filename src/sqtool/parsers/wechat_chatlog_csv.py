"""chatlog (WeChat): the CSV of its API, and wetrace's with Chinese headings.

chatlog(微信)接口导出的 CSV，以及 wetrace 的中文表头版本。

No type and no own flag: both are read from the content. Times are the clock of the computer.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._chatlog_table import COLUMNS, note_limit, read_table_rows
from sqtool.parsers._csv import read_header, read_rows

_CHINESE = ("时间", "发送人昵称", "发送人ID", "聊天对象昵称", "聊天对象ID", "内容")


def sniff(export: Export) -> Match:
    """Recognise the two headings, as sets of column names."""
    names = set(read_header(export).names)
    if names >= set(COLUMNS):
        return Match(Confidence.CERTAIN, "CSV header with Time, Sender, Talker, Content (chatlog)")
    if names >= set(_CHINESE):
        return Match(Confidence.CERTAIN, "CSV header with 发送人ID, 聊天对象ID (wetrace)")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows by chat; clock times, contents read by the rules of ``_chatlog``."""
    header = read_header(export)
    columns = next((c for c in (COLUMNS, _CHINESE) if set(header.names) >= set(c)), None)
    if columns is None:
        raise UnreadableError(
            t("no chatlog CSV header", "没有 chatlog 的 CSV 表头"), where=export.title
        )
    found = 0
    for frame in read_rows(export, issues, header):
        found += frame.height
        rows = frame.select("line", **dict(zip(COLUMNS, map(pl.col, columns), strict=True)))
        yield from read_table_rows(rows, export, issues)
    if columns == _CHINESE:
        note_limit(found, export, issues)


PARSER = Parser(
    name="wechat-chatlog-csv",
    title="chatlog / wetrace CSV",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "chatlog or wetrace: query the group with format=csv and save the file.",
        "chatlog 或 wetrace:查询群聊,格式选 CSV,保存。",
    ),
)
