"""EchoTrace: the HTML page.

EchoTrace 导出的 HTML 网页。

The messages are JSON in a script: time, name, text, and in later versions the sender's id as key of
the avatar. Types are not given. Notices have the room as sender; a recall does not say who.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
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
from sqtool.parsers._json import read_array
from sqtool.parsers._json_items import instants, texts
from sqtool.parsers._page import page_of
from sqtool.parsers._wechat import ANY_NOTICE, SELF, is_room, oldest_first, same_as_id
from sqtool.parsers._wechat_text import read_texts
from sqtool.parsers._weflow_pages import chat_of, check_count, is_notice, own_marks

_ARRAY: Final = re.compile(rb"const messagesData\s*=\s*(?=\[)")
_SNIFFED: Final = re.compile(r"id=\"messages-container\".*?const messagesData\s*=\s*\[", re.DOTALL)
_ROOM: Final = r'微信ID</span>\s*<span class="info-value">([^<]+)</span>'
_STATED: Final = r"<span>共 (\d+) 条消息</span>"
_EXPORTED: Final = r"<span>导出时间: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)</span>"
_NOBODY: Final = "群成员"
_RECALL: Final = "撤回了一条消息"


class Item(msgspec.Struct, gc=False):
    """One record."""

    timestamp: Any
    content: Any = None
    isSend: Any = None
    senderName: Any = None
    avatarKey: Any = None


def sniff(export: Export) -> Match:
    """Look for the variable messagesData below the list it fills."""
    if _SNIFFED.search(page_of(export).text):
        return Match(Confidence.CERTAIN, "a page with messagesData for messages-container")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages of the one chat."""
    page = page_of(export)
    chat = chat_of(export, page, room=page.find(_ROOM), exported_at=page.find(_EXPORTED))
    found, lost = 0, issues.rows_lost()
    for items, records in read_array(export, issues, Item, behind=_ARRAY):
        rows, chat = _read(items, records, chat)
        found += rows.height
        yield RawBatch(chat, oldest_first(rows))
    check_count(page.find(_STATED), found + issues.rows_lost() - lost, export, issues)


def _read(items: list[Item], records: Sequence[int], chat: RawChat) -> tuple[pl.DataFrame, RawChat]:
    """Bring records into ``RAW_MESSAGES`` columns; return what they tell of the chat as well."""
    kind, said = own_marks()
    own = pl.col("_own")
    rows = pl.DataFrame(
        {
            "line": pl.Series(records, dtype=pl.UInt32),
            "sent_at": instants([i.timestamp for i in items]),
            "sender_id": texts([i.avatarKey for i in items]),
            "sender_name": texts([i.senderName for i in items]),
            "content": texts([i.content for i in items]).fill_null(""),
            "_own": pl.Series([i.isSend in (1, "1", True) for i in items], dtype=pl.Boolean),
        }
    ).with_columns(_kind=kind, _said=said)
    room = is_room(pl.col("sender_id")).fill_null(False)
    nobody = pl.col("sender_id").is_null() & (pl.col("sender_name") == _NOBODY)
    worded = pl.col("content").str.contains(ANY_NOTICE) | (pl.col("content") == _RECALL)
    rows = rows.with_columns(
        system=is_notice(own, room) | (nobody.fill_null(False) & worded),
        sender_name=pl.when(own)
        .then(pl.col("sender_name").fill_null(SELF))
        .when(pl.col("sender_name") != _NOBODY)
        .then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
        # A mark without words, such as a pat, says nothing more.
        content=pl.when(pl.col("_kind") == "system").then(None).otherwise("content"),
    )
    mine = rows.filter(own, ~pl.col("system"))
    if mine.height:
        ids = mine["sender_id"].drop_nulls().unique()
        chat = replace(
            chat,
            self_id=ids[0] if len(ids) == 1 else chat.self_id,
            self_name=None if len(ids) else mine["sender_name"][-1],
        )
    messages = read_texts(rows)
    return messages.select(name for name in RAW_MESSAGES if name in messages.columns), chat


PARSER = Parser(
    name="wechat-echotrace-html",
    title="EchoTrace HTML",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "zone", "seconds", "mentions", "joins", "recalls"),
    obtain=(
        "EchoTrace: export the group as HTML.",
        "EchoTrace:导出群聊,格式选 HTML。",
    ),
)
