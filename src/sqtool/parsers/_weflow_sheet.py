"""The workbook of WeFlow and of EchoTrace before it: facts of the chat above the table.

Both begin with ``会话信息`` and name the same columns; WeFlow also says in the third row which tool
wrote the file. Notices are headed by the room.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MESSAGES, RawBatch, RawChat
from sqtool.parsers._wechat import (
    SELF,
    from_clock,
    members_seen,
    oldest_first,
    same_as_id,
    talker_kind,
)
from sqtool.parsers._weflow import with_kinds, with_texts
from sqtool.parsers._xlsx import Table, find_table, read_table, sheet_heads

TITLE = "会话信息"
_NAMES = ("序号", "时间", "发送者身份", "消息类型", "内容")
_FACTS = ("微信ID", "昵称", "备注", "导出工具", "导出版本", "平台", "导出时间")
_NOBODY = ("群成员", "未知")
"""Shown where the exporter found no name."""


@dataclass(frozen=True)
class ChatSheet:
    """The head of such a workbook.

    Args:
        table: Where the messages are.
        facts: What stands above them, by its label; empty values are left out.
    """

    table: Table
    facts: dict[str, str]


def chat_sheet(export: Export) -> ChatSheet | None:
    """Return the head, or None for another file; never raises."""
    table = find_table(export, *_NAMES)
    if table is None:
        return None
    (rows,) = (sheet.rows for sheet in sheet_heads(export) if sheet.name == table.sheet)
    above = rows[: table.line - 1]
    if not above or above[0][0].strip() != TITLE:
        return None
    facts: dict[str, str] = {}
    for row in above[1:]:
        label = ""
        for cell in map(str.strip, row):
            if cell in _FACTS and cell not in facts:
                label = cell
            elif cell and label:
                facts[label], label = cell, ""
    return ChatSheet(table, facts) if "微信ID" in facts else None


def parse_sheet(export: Export, issues: IssueLog, *, has_replies: bool) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times.

    Args:
        export: The workbook.
        issues: Told of rows without a time, and of a self flag that cannot be true.
        has_replies: Whether the tool prints what a reply answers.
    """
    head = chat_sheet(export)
    if head is None:
        raise UnreadableError(t("no such sheet", "没有会话信息表"), where=export.title)
    room = head.facts["微信ID"]
    name = head.facts.get("昵称")
    chat = RawChat(
        key=room,
        strong=True,
        platform="wechat",
        name=name or head.facts.get("备注") or room,
        kind=talker_kind(room),
        exported_at=_clock(head.facts.get("导出时间")),
        has_replies=has_replies,
        has_mentions=True,
    )
    frame = read_table(export, head.table)
    rows = frame.with_columns(wall_at=from_clock(frame["时间"]))
    for line in rows.filter(pl.col("wall_at").is_null())["line"]:
        issues.add("bad-timestamp", export.title, line)
    group_name = chat.name if chat.kind == "group" else None
    messages = _read(rows.filter(pl.col("wall_at").is_not_null()), group_name)
    own = messages.filter(pl.col("_own"), pl.col("kind") != "system")
    accounts = own["sender_id"].drop_nulls().unique()
    if len(accounts) > 1:
        detail = f"messages of {len(accounts)} people are flagged as sent by oneself: flag unused"
        issues.add("self-flag-ignored", export.title, rows=0, detail=detail)
    members = members_seen(messages)
    keep = [column for column in RAW_MESSAGES if column in messages.columns]
    yield RawBatch(
        replace(
            chat,
            self_id=accounts[0] if len(accounts) == 1 else None,
            self_name=SELF if (own["sender_name"] == SELF).any() else None,
            members=members if members.height else None,
        ),
        oldest_first(messages.select(keep)),
    )


def _clock(printed: str | None) -> datetime | None:
    found = from_clock(pl.Series([printed], dtype=pl.String))[0]
    return found if isinstance(found, datetime) else None


def _read(rows: pl.DataFrame, group_name: str | None) -> pl.DataFrame:
    absent = [
        pl.lit(None, pl.String).alias(name)
        for name in ("发送者昵称", "发送者微信ID", "群昵称")
        if name not in rows.columns
    ]
    rows = rows.with_columns(absent)
    role, sender = pl.col("发送者身份"), pl.col("发送者微信ID")
    names = [pl.when(pl.col(n) != "").then(n) for n in ("群昵称", "发送者昵称", "发送者身份")]
    # The compact table has no ids: there the room is only known by its name.
    nobody = [*_NOBODY, *([group_name] if group_name else [])]
    name = pl.coalesce(names)
    rows = rows.select(
        "line",
        "wall_at",
        sender_id=pl.when(sender != "").then(sender),
        sender_name=pl.when(sender.is_not_null() | ~name.is_in(nobody)).then(name),
        content=pl.col("内容").fill_null(""),
        account_name=same_as_id(pl.col("发送者昵称"), sender),
        quoted_sender=pl.lit(None, pl.String),
        quoted_text=pl.lit(None, pl.String),
        mention_ids=pl.lit(None, pl.List(pl.String)),
        _own=(role == SELF).fill_null(False),
        _label=pl.col("消息类型").str.strip_chars(),
        _type=pl.lit(None, pl.Int64),
        _sub=pl.lit(None, pl.Int64),
        _title=pl.lit(None, pl.String),
    )
    rows = with_texts(with_kinds(rows))
    hidden = pl.col("sender_name").is_in(_NOBODY)
    return rows.with_columns(sender_name=pl.when(~hidden).then("sender_name"))
