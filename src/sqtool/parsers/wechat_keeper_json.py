"""chatlog-keeper JSON (WeChat): all chats in one array.

chatlog-keeper 导出的 JSON（微信）：所有会话在同一个数组里。

Times are epoch seconds as floats. Types are cut to 16 bits, so what kind of app message it is must
be read off the mark in front; quotes stand before the reply, in brackets. Contents that the tool
could not read are left out by it.
"""

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
from sqtool.parsers._json_items import instants, numbers, texts
from sqtool.parsers._json_peek import outline
from sqtool.parsers._wechat import (
    clean_notices,
    kind_of,
    oldest_first,
    same_as_id,
    talker_kind,
    with_mentions,
)
from sqtool.schema import KIND

_KIND_BY_MARK: Final = {
    "文件": "file", "链接": "link", "小程序": "share", "视频号": "share", "卡片": "share",
    "合并转发": "forward", "转账": "transfer", "红包": "red_packet", "引用": "text",
    "位置": "location", "语音": "voice", "视频": "video", "图片": "image",
}  # fmt: skip
_MARK: Final = r"^\[([^\s:：|\[\]#]{2,4})"
_TITLE: Final = r"(?s)^\[[^\s:：|\[\]]{2,4}(?: [^:\[\]]*)?: (.*?)(?: \| [^\]]*)?\]$"
_LINK: Final = r"^\[链接[^\]]*\] ?(.*?)(?: — .*)?(?: \([^()\s]*\))?(?: ⏵ .*)?$"
_INNER: Final = r"(?:[^\[\]]|\[[^\[\]]*\])*"
_ANCHOR: Final = r"(?:\x{21b3}svrid:\d+(?: @\d{4}-\d\d-\d\d)?|@\d{4}-\d\d-\d\d)"
_ANCHORED: Final = rf"(?s)^\[引用(.*)\] {_ANCHOR}(?: (.*))?$"
_QUOTE: Final = rf"(?s)^\[引用({_INNER})\](?: (.*))?$"
"""The quote and the reply. Behind the quote its number and date may stand; without these its end
can only be told from its brackets."""


class Message(msgspec.Struct, gc=False):
    """One record."""

    ts: Any = None
    sender: Any = None
    sender_wxid: Any = None
    chat_room: Any = None
    conversation_id: Any = None
    content: Any = None
    msg_type: Any = None
    is_self: Any = None
    account_id: Any = None
    server_id: Any = None
    conversation_type: Any = None
    is_group_chat: Any = None


def sniff(export: Export) -> Match:
    """Look at the keys of the first record."""
    seen = outline(export)
    if seen.root != "array" or not seen.item_keys() >= {"ts", "conversation_id", "sender_wxid"}:
        return NO_MATCH
    return Match(Confidence.CERTAIN, "array of records with ts, conversation_id, sender_wxid")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records by chat, in file order."""
    strangers: list[int] = []
    for items, records in read_array(export, issues, Message):
        rows = _frame(items, records)
        strangers += rows.filter("_stranger")["line"].to_list()
        rows = rows.drop("_stranger")
        for (key,), mine in rows.group_by("_chat", maintain_order=True):
            chat = _chat(str(key) if key is not None else None, mine, export)
            messages = mine.select(name for name in RAW_MESSAGES if name in mine.columns)
            yield RawBatch(chat, oldest_first(messages))
    if strangers:
        detail = f"{len(strangers)} records have a row number for a sender; first one given"
        issues.add("suspicious-sender", export.title, strangers[0], rows=0, detail=detail)


def _chat(key: str | None, rows: pl.DataFrame, export: Export) -> RawChat:
    names, groups = rows["_name"].drop_nulls(), rows["_group"].drop_nulls()
    kind = talker_kind(key or "")
    if len(groups):
        kind = "group" if groups.any() else "private"
    accounts = rows["_account"].drop_nulls().unique()
    chat = RawChat(
        key=key or export.stem,
        strong=key is not None,
        platform="wechat",
        name=names[-1] if len(names) else key or export.stem,
        kind=kind,
        has_replies=True,
        has_mentions=True,
    )
    own = rows.filter(pl.col("_own"))["sender_id"].drop_nulls().unique()
    # The account is the name of a folder, which newer clients give a suffix.
    found = own if len(own) == 1 else accounts
    return replace(chat, self_id=found[0]) if len(found) == 1 else chat


def _frame(items: list[Message], records: Sequence[int]) -> pl.DataFrame:
    rows = pl.DataFrame(
        {
            "line": records,
            "sent_at": instants([m.ts for m in items]),
            "message_id": texts([m.server_id or None for m in items]),
            "sender_id": texts([m.sender_wxid for m in items]),
            "sender_name": texts([m.sender for m in items]),
            "content": texts([m.content for m in items]),
            "_type": numbers([m.msg_type for m in items]),
            "_chat": texts([m.conversation_id for m in items]),
            "_name": texts([m.chat_room for m in items]),
            "_account": texts([m.account_id for m in items]),
            "_own": [m.is_self is True for m in items],
            "_group": [_is_group(m) for m in items],
        },
        schema_overrides={"line": pl.UInt32, "_own": pl.Boolean, "_group": pl.Boolean},
    )
    content, code = pl.col("content"), pl.col("_type")
    mark = content.str.extract(_MARK, 1).replace_strict(
        _KIND_BY_MARK, default=None, return_dtype=pl.String
    )
    by_code = kind_of(code, pl.lit(None, pl.Int64)).cast(pl.String)
    kind = pl.when(code == 49).then(pl.coalesce(mark, pl.lit("share"))).otherwise(by_code)
    # Without a contact the tool puts the number of a database row where the id should be.
    stranger = pl.col("sender_id").str.contains(r"^\d{1,6}$").fill_null(False)
    return _with_texts(rows.with_columns(kind=kind, _stranger=stranger & (kind != "system")))


def _is_group(item: Message) -> bool | None:
    if isinstance(item.is_group_chat, bool):
        return item.is_group_chat
    return {"group": True, "private": False}.get(str(item.conversation_type))


def _with_texts(rows: pl.DataFrame) -> pl.DataFrame:
    kind, content = pl.col("kind"), pl.col("content")
    system = kind == "system"
    quote = (pl.col("_type") == 49) & content.str.starts_with("[引用")
    anchored, plain = content.str.contains(_ANCHORED), content.str.contains(_QUOTE)
    inner, reply = (
        pl.when(anchored)
        .then(content.str.extract(_ANCHORED, group))
        .otherwise(content.str.extract(_QUOTE, group))
        for group in (1, 2)
    )
    rows = rows.with_columns(
        text=pl.when(system)
        .then(clean_notices(rows["content"]).str.replace(r"^\[系统\] ", ""))
        .when(quote)
        .then(pl.when(anchored | plain).then(reply).otherwise(content))
        .when(pl.col("_type") == 1)
        .then(content)
        .when(kind == "link")
        .then(content.str.extract(_LINK, 1))
        .when(kind.is_in(["file", "share", "location"]))
        .then(content.str.extract(_TITLE, 1)),
        quoted_sender=pl.when(quote).then(inner.str.extract(r"^ ([^:]{1,60})", 1)),
        quoted_text=pl.when(quote)
        .then(inner.str.extract(r"(?s)^[^:]*: (.*)$", 1))
        .when(kind == "forward")
        .then(content),
    ).with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in ("text", "quoted_text")
    )
    room = pl.col("sender_id").str.contains("chatroom", literal=True).fill_null(False)
    person = ~system & ~room & ~pl.col("_stranger")
    rows = rows.with_columns(
        kind=kind.cast(KIND),
        sender_id=pl.when(person).then("sender_id"),
        sender_name=pl.when(person).then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
        _own=pl.col("_own") & person,
    )
    return with_mentions(rows)


PARSER = Parser(
    name="wechat-keeper-json",
    title="chatlog-keeper JSON",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "message-ids",
        "zone",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "recalls",
    ),
    obtain=(
        "chatlog-keeper: export WeChat as JSON (wechat_messages.json), then --chat picks a group.",
        "chatlog-keeper:导出微信为 JSON(wechat_messages.json),再用 --chat 选群。",
    ),
)
