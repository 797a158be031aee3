"""WeChatDataAnalysis JSON: a folder a chat, in a zip or unpacked.

WeChatDataAnalysis 导出的 JSON：每个会话一个文件夹，装在压缩包里或已解压。

``messages.json`` of each folder is read, ``meta.json`` beside it holds nothing more. In privacy
mode the tool replaces names by 成员#n and contents by a mark: such messages count, without a text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
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
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import instants, moment, numbers, text_of, texts
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._wechat import (
    clean_notices,
    kind_of,
    oldest_first,
    same_as_id,
    talker_kind,
    with_mentions,
)
from sqtool.schema import KIND

_KIND_BY_RENDER: Final = {
    "text": "text", "system": "system", "quote": "text", "image": "image", "voice": "voice",
    "video": "video", "emoji": "sticker", "voip": "call", "link": "link", "file": "file",
    "transfer": "transfer", "redPacket": "red_packet", "location": "location",
    "chatHistory": "forward",
}  # fmt: skip
_MASKED_NAME: Final = r"^成员#\d+$"
_MASKED_TEXT: Final = r"^\[[^\[\]\n]{1,8}\]$"


class Message(msgspec.Struct, gc=False):
    """One record."""

    createTime: Any = None
    serverId: Any = None
    serverIdStr: Any = None
    type: Any = None
    renderType: Any = None
    isSent: Any = None
    senderUsername: Any = None
    senderDisplayName: Any = None
    content: Any = None
    title: Any = None
    quoteUsername: Any = None
    quoteServerId: Any = None
    quoteTitle: Any = None
    quoteContent: Any = None
    locationPoiname: Any = None
    locationLabel: Any = None


def sniff(export: Export) -> Match:
    """Look for schemaVersion, conversation and messages."""
    seen = outline(export)
    if seen.root != "object" or not seen.has("schemaVersion", "conversation"):
        return NO_MATCH
    if not seen.is_array("messages") or not isinstance(seen.value("conversation"), dict):
        return NO_MATCH
    return Match(
        Confidence.CERTAIN, "keys schemaVersion, conversation, messages: WeChatDataAnalysis"
    )


def owns(export: Export) -> list[Export]:
    """Return the description beside the messages: it repeats their head."""
    meta = export.beside("meta.json")
    return [meta] if meta is not None else []


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block."""
    facts = head_values(export, ["exportedAt", "conversation"])
    chat = _chat(export, facts)
    own: set[str] = set()
    for part in read_object(export, issues, arrays={"messages": Message}):
        rows = _frame(part.value, part.records)
        own.update(rows.filter(pl.col("_own"))["sender_id"].drop_nulls())
        yield RawBatch(chat, oldest_first(rows.drop("_own")))
    if len(own) == 1:
        yield RawBatch(replace(chat, self_id=own.pop()), pl.DataFrame())
    elif own:
        detail = f"messages of {len(own)} people are flagged as sent by oneself: flag unused"
        issues.add("self-flag-ignored", export.title, rows=0, detail=detail)


def _chat(export: Export, facts: dict[str, Any]) -> RawChat:
    talk = facts.get("conversation")
    talk = talk if isinstance(talk, dict) else {}
    room, name = text_of(talk.get("username")), text_of(talk.get("displayName"))
    kind = talker_kind(room or "")
    if isinstance(talk.get("isGroup"), bool):
        kind = "group" if talk["isGroup"] else "private"
    return RawChat(
        key=room or name or export.folder,
        strong=room is not None,
        platform="wechat",
        name=name or room or export.folder,
        kind=kind,
        exported_at=_exported(facts.get("exportedAt")),
        has_replies=True,
        has_mentions=True,
    )


def _exported(value: Any) -> datetime | None:
    """Read the moment of the export: a clock without a zone stays one."""
    if not isinstance(value, str) or value.isdigit():
        return moment(value)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _frame(messages: list[Message], records: Sequence[int]) -> pl.DataFrame:
    rows = pl.DataFrame(
        {
            "line": records,
            "sent_at": instants([m.createTime for m in messages]),
            "message_id": texts([_id(m.serverIdStr) or _id(m.serverId) for m in messages]),
            "sender_id": texts([m.senderUsername for m in messages]),
            "sender_name": texts([m.senderDisplayName for m in messages]),
            "content": texts([m.content for m in messages]),
            "reply_to_id": texts([_id(m.quoteServerId) for m in messages]),
            "quoted_sender": texts([m.quoteUsername or m.quoteTitle for m in messages]),
            "quoted_text": texts([m.quoteContent for m in messages]),
            "_title": texts([m.title for m in messages]),
            "_place": texts([m.locationPoiname or m.locationLabel for m in messages]),
            "_type": numbers([m.type for m in messages]),
            "_render": texts([m.renderType for m in messages]),
            "_own": [m.isSent in (True, 1) for m in messages],
        },
        schema_overrides={"line": pl.UInt32, "_own": pl.Boolean},
    )
    by_code = kind_of(pl.col("_type"), pl.lit(None, pl.Int64)).cast(pl.String)
    kind = pl.coalesce(
        pl.col("_render").replace_strict(_KIND_BY_RENDER, default=None, return_dtype=pl.String),
        by_code,
        pl.lit("other"),
    )
    # Links are what the tool calls everything shared; the code tells more, where it is whole.
    kind = pl.when((kind == "link") & (by_code == "share") & (pl.col("_type") > 2**32)).then(
        pl.lit("share")
    ).otherwise(kind)  # fmt: skip
    return _with_texts(rows.with_columns(kind=kind))


def _with_texts(rows: pl.DataFrame) -> pl.DataFrame:
    kind, content = pl.col("kind"), pl.col("content")
    system = kind == "system"
    masked = pl.col("sender_name").str.contains(_MASKED_NAME) & content.str.contains(_MASKED_TEXT)
    titled = pl.coalesce("_title", pl.when(~content.str.contains(_MASKED_TEXT)).then(content))
    rows = rows.with_columns(
        text=pl.when(system)
        .then(clean_notices(rows["content"].replace(["[系统]", "[系统消息]"], [None, None])))
        .when(masked.fill_null(False))
        .then(None)
        .when(kind == "text")
        .then(content)
        .when(kind.is_in(["link", "file", "share", "red_packet"]))
        .then(titled)
        .when(kind == "location")
        .then(pl.coalesce("_place", "_title")),
        quoted_text=pl.when(kind == "forward")
        .then(pl.when(~content.str.contains(_MASKED_TEXT)).then(content))
        .otherwise("quoted_text"),
    )
    room = pl.col("sender_id").str.contains("chatroom", literal=True).fill_null(False)
    person = ~system & ~room
    rows = rows.with_columns(
        kind=kind.cast(KIND),
        sender_id=pl.when(person).then("sender_id"),
        sender_name=pl.when(person).then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
        _own=pl.col("_own") & person,
    )
    rows = with_mentions(rows)
    keep = [name for name in RAW_MESSAGES if name in rows.columns]
    return rows.select(*(pl.col(name).cast(RAW_MESSAGES[name]) for name in keep), "_own")


def _id(value: Any) -> str | None:
    found = text_of(value)
    return None if found == "0" else found


PARSER = Parser(
    name="wechat-dataanalysis-json",
    title="WeChatDataAnalysis JSON",
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
        "WeChatDataAnalysis: export the group as JSON and give the zip.",
        "WeChatDataAnalysis:导出群聊,格式选 JSON,直接给压缩包。",
    ),
    owns=owns,
)
