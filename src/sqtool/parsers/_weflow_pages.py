"""What the pages of WeFlow and EchoTrace have in common: the facts on top, marks without a type.

A page gives no type of a message: what it is shows in the mark printed in its place.
"""

from datetime import datetime
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RawChat
from sqtool.parsers._page import Page
from sqtool.parsers._wechat import ANY_NOTICE, chat_of_path, talker_kind

_KIND: Final = (
    ("voice", r"^\[语音消息(?: - 转文字失败)?\] ?((?s:.*))$"),
    ("video", r"^\[视频消息\]()$"),
    ("location", r"^\[位置消息\]()$"),
    ("call", r"^\[(?:通话消息|(?:语音|视频)?通话)\] ?((?s:.*))$"),
    ("contact", r"^\[名片\] ?((?s:.*))$"),
    ("link", r"^\[图文(?:消息)?\] ?((?s:.*))$"),
    ("transfer", r"^\[转账收款\] ?((?s:.*))$"),
    ("sticker", r"^\[表情包?[:：] ?([^\[\]\n]*)\]$"),
    ("system", r"^\[(?:系统消息|拍一拍|撤回消息)\]()$"),
    ("other", r"^\[(?:不支持的消息类型|检测到解析错误.{1,20}|未知消息类型(?:\(\d+\))?)\]()$"),
)
"""Marks that only these tools print; the common ones are read with those of all text exports."""


def own_marks() -> tuple[pl.Expr, pl.Expr]:
    """Return kind and text of a ``content`` that is a mark of these tools; null if it is not."""
    content = pl.col("content")
    fits = [content.str.contains(pattern) for _, pattern in _KIND]
    kind = pl.coalesce(
        pl.when(fit).then(pl.lit(name)) for fit, (name, _) in zip(fits, _KIND, strict=True)
    )
    said = pl.coalesce(content.str.extract(pattern, 1) for _, pattern in _KIND)
    return kind, pl.when(said != "").then(said)


def is_notice(own: pl.Expr, room: pl.Expr) -> pl.Expr:
    """A row headed by the room is a notice; one's own is if it is worded like one.

    Args:
        own: Whether the row is the exporting account's (recalls by others are given to it).
        room: Whether the row is headed by the room.
    """
    return room | (own & pl.col("content").str.contains(ANY_NOTICE))


def chat_of(export: Export, page: Page, *, room: str | None, exported_at: str | None) -> RawChat:
    """Return the facts of a page.

    Args:
        export: The file.
        page: Its beginning.
        room: Id of the chat, where the page tells it.
        exported_at: The printed moment of the export.
    """
    path_room, path_title = chat_of_path(export)
    key = room or path_room
    name = page.title or path_title
    kind = "unknown"
    if label := page.find(r"<span>(群聊|私聊|单聊|好友)</span>"):
        kind = "group" if label == "群聊" else "private"
    return RawChat(
        key=key or name,
        strong=key is not None,
        platform="wechat",
        name=name,
        kind=talker_kind(key) if key and kind == "unknown" else kind,
        exported_at=_clock(exported_at),
        has_mentions=True,
    )


def check_count(stated: str | None, found: int, export: Export, issues: IssueLog) -> None:
    """Note where a page states another number of messages than it holds."""
    if stated and stated.isdigit() and int(stated) != found:
        detail = f"the file states {int(stated)} messages and holds {found}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)


def _clock(printed: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(printed) if printed else None
    except ValueError:
        return None
