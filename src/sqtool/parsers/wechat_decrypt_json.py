"""wechat-decrypt JSON (WeChat 4.x; export_messages.py).

wechat-decrypt 导出的 JSON（微信 4.x，export_messages.py）。

One file per database shard: the shards of a chat add up. ``content`` is what the database holds:
texts of groups begin with the sender's id, everything else is raw XML. ``is_received`` is true for
every record of a group, the shown name is a private remark where there is one.
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
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import instants, numbers, text_of, texts
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._wechat import (
    ID_SHAPE,
    SELF,
    clean_notices,
    kind_of,
    oldest_first,
    same_as_id,
    talker_kind,
    with_mentions,
)
from sqtool.parsers._wechat_xml import attribute, read_quotes, sub_type, title
from sqtool.schema import KIND

_PREFIX: Final = r"(?s)^([^\s:]{2,64}):\n(.*)$"


class Message(msgspec.Struct, gc=False):
    """One record."""

    server_id: Any = None
    type: Any = None
    sender_username: Any = None
    sender: Any = None
    create_time: Any = None
    content: Any = None
    is_received: Any = None


def sniff(export: Export) -> Match:
    """Look for the keys of the head and of the first record."""
    seen = outline(export)
    if seen.root != "object" or not seen.has("chat_username", "display_name"):
        return NO_MATCH
    if not seen.is_array("messages"):
        return NO_MATCH
    return Match(Confidence.CERTAIN, "keys chat_username, display_name, messages: wechat-decrypt")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block."""
    facts = head_values(export, ["chat_username", "display_name", "is_group"])
    chat = _chat(export, facts)
    own: set[str] = set()
    for part in read_object(export, issues, arrays={"messages": Message}):
        rows = _frame(part.value, part.records, is_group=chat.kind == "group")
        mine = rows.filter(pl.col("_own"), pl.col("kind") != "system")
        own.update(mine["sender_id"].drop_nulls())
        if (mine["sender_name"] == SELF).any():
            chat = replace(chat, self_name=SELF)
        yield RawBatch(chat, rows.drop("_own"))
    if len(own) == 1:
        yield RawBatch(replace(chat, self_id=own.pop()), pl.DataFrame())


def _chat(export: Export, facts: dict[str, Any]) -> RawChat:
    talker, name = text_of(facts.get("chat_username")), text_of(facts.get("display_name"))
    kind = talker_kind(talker or "")
    if facts.get("is_group") is True:
        kind = "group"
    return RawChat(
        key=talker or name or export.stem,
        strong=talker is not None,
        platform="wechat",
        name=name or talker or export.stem,
        kind=kind,
        has_replies=True,
        has_mentions=True,
    )


def _frame(messages: list[Message], records: Sequence[int], *, is_group: bool) -> pl.DataFrame:
    rows = pl.DataFrame(
        {
            "line": records,
            "sent_at": instants([m.create_time for m in messages]),
            "message_id": texts([m.server_id or None for m in messages]),
            "sender_id": texts([m.sender_username for m in messages]),
            "sender_name": texts([m.sender for m in messages]),
            "content": texts([m.content for m in messages]),
            "_type": numbers([m.type for m in messages]),
            "_received": [m.is_received is not False for m in messages],
        },
        schema_overrides={"line": pl.UInt32, "_received": pl.Boolean},
    )
    content, sender = pl.col("content"), pl.col("sender_id")
    if is_group:
        # The prefix goes only where it is the sender's id: a message may begin "通知:" itself.
        before = content.str.extract(_PREFIX, 1)
        is_id = (before == sender) | (sender.is_null() & before.str.contains(ID_SHAPE))
        rows = rows.with_columns(
            sender_id=pl.when(is_id & sender.is_null()).then(before).otherwise(sender),
            # Whom the tool does not know it calls 我.
            sender_name=pl.when((is_id & sender.is_null()).fill_null(False).not_()).then(
                "sender_name"
            ),
            content=pl.when(is_id).then(content.str.extract(_PREFIX, 2)).otherwise(content),
        )
    sub = pl.when(content.str.contains("<appmsg", literal=True)).then(sub_type(content))
    rows = rows.with_columns(kind=kind_of(pl.col("_type"), sub).cast(pl.String)).with_columns(
        reply_to_id=pl.lit(None, pl.String),
        quoted_sender=pl.lit(None, pl.String),
        quoted_text=pl.lit(None, pl.String),
    )
    return oldest_first(_with_texts(read_quotes(rows, "content")))


def _with_texts(rows: pl.DataFrame) -> pl.DataFrame:
    kind, content = pl.col("kind"), pl.col("content")
    system = kind == "system"
    is_xml = content.str.contains(r"^\s*<")
    plain_text = pl.col("_type") % 2**32 == 1
    place = pl.coalesce(attribute(content, "poiname"), attribute(content, "label"))
    rows = rows.with_columns(
        text=pl.when(system)
        .then(pl.coalesce(title(content), clean_notices(rows["content"])))
        .when(plain_text)
        .then(content)
        .when(kind == "location")
        .then(place)
        .when(kind == "red_packet")
        .then(pl.coalesce(_greeting(content), title(content)))
        .when(is_xml & kind.is_in(["text", "link", "file", "share"]))
        .then(title(content)),
        quoted_text=pl.when(kind == "forward").then(title(content)).otherwise("quoted_text"),
    ).with_columns(text=pl.when(pl.col("text") != "").then("text"))
    person = ~system & ~pl.col("sender_id").str.contains("chatroom", literal=True).fill_null(False)
    rows = rows.with_columns(
        kind=kind.cast(KIND),
        sender_id=pl.when(person).then("sender_id"),
        sender_name=pl.when(person).then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
        _own=~pl.col("_received") | (pl.col("sender_name") == SELF).fill_null(False),
    )
    rows = with_mentions(rows)
    keep = [name for name in RAW_MESSAGES if name in rows.columns]
    return rows.select(*(pl.col(name).cast(RAW_MESSAGES[name]) for name in keep), "_own")


def _greeting(xml: pl.Expr) -> pl.Expr:
    """Return what the giver of a red packet wrote; its title is the same for all."""
    said = xml.str.extract(r"<sendertitle>(?:<!\[CDATA\[)?([^\]<]*)", 1)
    return pl.when(said != "").then(said)


PARSER = Parser(
    name="wechat-decrypt-json",
    title="wechat-decrypt JSON",
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
        "wechat-decrypt: run export_messages.py; give the folder of the group (one file a shard).",
        "wechat-decrypt:运行 export_messages.py,给出该群的文件夹(每个分库一个文件)。",
    ),
)
