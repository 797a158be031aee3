"""CipherTalk (WeChat 4.x): Excel workbook.

密语 CipherTalk(微信 4.x)：Excel 工作簿。

One sheet, named after the chat. Times are exact: there is a column of epoch seconds beside the
printed ones. The group's id stands where a notice is headed by the room. Replies do not say what
they answer.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MESSAGES,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._wechat import Company, from_clock, from_epoch, is_room, oldest_first
from sqtool.parsers._weflow import with_kinds, with_texts
from sqtool.parsers._xlsx import find_table, read_table

_NAMES = ("序号", "时间", "发送者", "微信ID", "消息类型", "消息内容", "原始类型代码", "时间戳")
_FORWARDED = "聊天记录详情"
"""A column that is there if anything was forwarded."""


def sniff(export: Export) -> Match:
    """Recognise the headings by their set."""
    if find_table(export, *_NAMES) is not None:
        return Match(Confidence.CERTAIN, "sheet with 微信ID, 原始类型代码, 时间戳 (CipherTalk)")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; exact times."""
    table = find_table(export, *_NAMES)
    if table is None:
        raise UnreadableError(t("no CipherTalk sheet", "没有密语的聊天记录表"), where=export.title)
    frame = read_table(export, table)
    rows = frame.with_columns(
        sent_at=from_epoch(frame["时间戳"]), wall_at=from_clock(frame["时间"])
    )
    lost = pl.col("sent_at").is_null() & pl.col("wall_at").is_null()
    for line in rows.filter(lost)["line"]:
        issues.add("bad-timestamp", export.title, line)
    rows = rows.filter(~lost)
    rooms = rows.filter(is_room(pl.col("微信ID")))["微信ID"].unique(maintain_order=True)
    room = rooms[0] if len(rooms) == 1 else None
    messages = _read(rows)
    company = Company({table.sheet}, own_known=False)
    company.add(messages, pl.lit(False))
    chat = RawChat(
        key=room or table.sheet,
        strong=room is not None,
        platform="wechat",
        name=table.sheet,
        kind="group" if len(rooms) else company.kind,
        has_mentions=True,
    )
    yield RawBatch(chat, oldest_first(messages))


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    forwarded = pl.col(_FORWARDED) if _FORWARDED in rows.columns else pl.lit(None, pl.String)
    null = pl.lit(None, pl.String)
    rows = rows.select(
        "line",
        "sent_at",
        "wall_at",
        sender_id=pl.when(pl.col("微信ID") != "").then("微信ID"),
        sender_name=pl.when(pl.col("发送者") != "").then("发送者"),
        content=pl.col("消息内容").fill_null(""),
        quoted_sender=null,
        quoted_text=null,
        mention_ids=pl.lit(None, pl.List(pl.String)),
        _label=pl.col("消息类型").str.strip_chars(),
        _type=pl.col("原始类型代码").cast(pl.Int64, strict=False),
        _sub=pl.lit(None, pl.Int64),
        _title=null,
        _forwarded=forwarded,
    )
    rows = with_texts(with_kinds(rows)).with_columns(
        quoted_text=pl.when(pl.col("kind") == "forward")
        .then(pl.coalesce("_forwarded", "quoted_text"))
        .otherwise("quoted_text")
    )
    return rows.select(name for name in RAW_MESSAGES if name in rows.columns)


PARSER = Parser(
    name="wechat-ciphertalk-xlsx",
    title="CipherTalk Excel",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "zone", "seconds", "mentions", "joins", "recalls"),
    obtain=(
        "CipherTalk: export the group as Excel.",
        "密语 CipherTalk:导出群聊,格式选 Excel。",
    ),
)
