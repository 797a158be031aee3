"""MemoTrace 2.x / 3.x (留痕): CSV with Chinese headings.

留痕 MemoTrace 2.x / 3.x：中文表头的 CSV。

There are no ids and no own flag: people are their shown names. The group's id is only in the name
of the folder, ``<title>(<id>)``. Notices have the group's name as sender. Times are local.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._memotrace import NAMES, read_messages
from sqtool.parsers._wechat import Company, chat_of_path, from_clock, oldest_first, talker_kind


def sniff(export: Export) -> Match:
    """Recognise the header by its set of names."""
    if set(read_header(export).names) >= set(NAMES):
        return Match(Confidence.CERTAIN, "CSV header with 消息ID, 类型, 发送人, 时间, 内容")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times."""
    header = read_header(export)
    if not set(header.names) >= set(NAMES):
        raise UnreadableError(
            t("no MemoTrace CSV header", "没有 MemoTrace 的 CSV 表头"), where=export.title
        )
    room, title = chat_of_path(export)
    company = Company({title}, own_known=False)
    for frame in read_rows(export, issues, header):
        rows = frame.with_columns(wall_at=from_clock(frame["时间"]))
        for line in rows.filter(pl.col("wall_at").is_null())["line"]:
            issues.add("bad-timestamp", export.title, line)
        messages = read_messages(rows.filter(pl.col("wall_at").is_not_null()))
        company.add(messages, pl.lit(False))
        chat = RawChat(
            key=room or title,
            strong=room is not None,
            platform="wechat",
            name=title,
            kind=talker_kind(room) if room else company.kind,
            has_replies=True,
            has_mentions=True,
        )
        yield RawBatch(chat, oldest_first(messages))


PARSER = Parser(
    name="wechat-memotrace-csv",
    title="MemoTrace (留痕) CSV",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "replies", "mentions", "joins", "recalls", "message-ids"),
    obtain=(
        "MemoTrace 2.x / 3.x: export the group as CSV.",
        "留痕 MemoTrace 2.x / 3.x:导出群聊,格式选 CSV。",
    ),
)
