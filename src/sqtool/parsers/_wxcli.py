"""What wx-cli prints for one message, in JSON and in YAML alike.

The tool gives at most 500 messages, the newest, unless ``-n`` asks for more. Times are exact in
``timestamp`` and cut to the minute in ``time``. The shown name is a private remark where the person
has no group nickname. Notices have no sender; they and quotes are cut after some 40 characters.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.parsers._base import RAW_MESSAGES, RawChat
from sqtool.parsers._json_items import instants, text_of, texts
from sqtool.parsers._wechat import (
    clean_notices,
    from_clock,
    kind_of,
    oldest_first,
    same_as_id,
    talker_kind,
    with_mentions,
)
from sqtool.schema import KIND

HEAD_KEYS: Final = ("chat", "username", "is_group")

_KIND_BY_LABEL: Final = {
    "文本": "text", "图片": "image", "语音": "voice", "名片": "contact", "视频": "video",
    "表情": "sticker", "位置": "location", "通话": "call", "系统": "system", "撤回": "system",
    "链接/文件": "link",
}  # fmt: skip
_KIND_BY_MARK: Final = {
    "文件": "file", "小程序": "share", "链接": "link", "链接/文件": "link", "引用": "text",
    "合并聊天记录": "forward", "转账": "transfer", "红包": "red_packet",
}  # fmt: skip
_MARK: Final = r"^\[([^\[\]\n]{1,8})\] ?"
QUOTE: Final = r"(?s)\n\s*\x{21b3} (?:([^:\n]{1,60}): )?(.*)$"
NOTICE_MARK: Final = r"^\[(?:系统|撤回)\] ?"


class Message(msgspec.Struct, gc=False):
    """One record."""

    timestamp: Any = None
    time: Any = None
    type: Any = None
    content: Any = None
    sender: Any = None
    sender_username: Any = None
    sender_group_nickname: Any = None
    sender_contact_display: Any = None


def chat_of(export: Export, facts: dict[str, Any]) -> RawChat:
    """Return the facts of the chat.

    Args:
        export: The file.
        facts: The outermost keys, at least ``HEAD_KEYS`` where they are there.
    """
    room, name = text_of(facts.get("username")), text_of(facts.get("chat"))
    kind = talker_kind(room or "")
    if facts.get("is_group") is True:
        kind = "group"
    elif facts.get("is_group") is False:
        kind = "private"
    return RawChat(
        key=room or name or export.stem,
        strong=room is not None,
        platform="wechat",
        name=name or room or export.stem,
        kind=kind,
        has_replies=True,
        has_mentions=True,
    )


def rows_of(messages: list[Message], records: Sequence[int]) -> pl.DataFrame:
    """Bring decoded records into ``RAW_MESSAGES`` columns, oldest first."""
    names = [m.sender_group_nickname or m.sender or m.sender_contact_display for m in messages]
    rows = pl.DataFrame(
        {
            "line": records,
            "sent_at": instants([m.timestamp for m in messages]),
            "wall_at": from_clock(texts([m.time for m in messages])),
            "sender_id": texts([m.sender_username for m in messages]),
            "sender_name": texts(names),
            "content": texts([m.content for m in messages]),
            "_label": texts([m.type for m in messages]),
        },
        schema_overrides={"line": pl.UInt32},
    )
    content, label = pl.col("content"), pl.col("_label")
    code = label.str.extract(r"^type=(\d{1,18})$", 1).cast(pl.Int64)
    mark = content.str.extract(_MARK, 1)
    by_mark = mark.replace_strict(_KIND_BY_MARK, default=None, return_dtype=pl.String)
    by_label = label.replace_strict(_KIND_BY_LABEL, default=None, return_dtype=pl.String)
    by_code = pl.when(code.is_not_null()).then(
        kind_of(code, pl.lit(None, pl.Int64)).cast(pl.String)
    )
    kind = pl.when(label == "链接/文件").then(pl.coalesce(by_mark, by_label))
    rows = rows.with_columns(_kind=pl.coalesce(kind, by_label, by_code, pl.lit("other")))
    return _with_texts(rows)


def _with_texts(rows: pl.DataFrame) -> pl.DataFrame:
    kind, content = pl.col("_kind"), pl.col("content")
    system, app = kind == "system", pl.col("_label") == "链接/文件"
    quote = app & content.str.starts_with("[引用]")
    said = content.str.replace(_MARK, "")
    notice = (
        content.str.replace(NOTICE_MARK, "")
        .replace(["[系统消息]"], [None])
        .replace(["[撤回了一条消息]"], ["撤回了一条消息"])
    )
    room = pl.col("sender_id").str.contains("chatroom", literal=True).fill_null(False)
    nobody = system | room
    rows = rows.with_columns(
        kind=kind.cast(KIND),
        text=pl.when(system)
        .then(notice)
        .when(quote)
        .then(said.str.replace(QUOTE, ""))
        .when(app & (kind != "forward"))
        .then(pl.when(~content.str.contains(r"^\[[^\[\]\n]*\]$")).then(said))
        .when(kind == "text")
        .then(content)
        .when(kind.is_in(["contact", "location", "other"]) & ~content.str.contains(r"^[\[<]"))
        .then(content),
        quoted_sender=pl.when(quote).then(content.str.extract(QUOTE, 1)),
        quoted_text=pl.when(quote)
        .then(content.str.extract(QUOTE, 2))
        .when(kind == "forward")
        .then(content),
        sender_id=pl.when(~nobody).then("sender_id"),
        sender_name=pl.when(~nobody).then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
    )
    rows = rows.with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in ("text", "quoted_text")
    ).with_columns(text=pl.when(system).then(clean_notices(rows["text"])).otherwise("text"))
    keep = [
        name for name in (*rows.columns, "mention_ids", "mention_names") if name in RAW_MESSAGES
    ]
    return oldest_first(with_mentions(rows)).select(
        pl.col(name).cast(RAW_MESSAGES[name]) for name in dict.fromkeys(keep)
    )
