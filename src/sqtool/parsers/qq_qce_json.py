"""QQ chat exporter (QCE) single JSON, v4 to v6, and the NoneBot add-on.

QCE(qq-chat-exporter)导出的单文件 JSON,v4–v6,含 NoneBot 插件版。

Times are exact. A person is the QQ number where any record of the file ties the uid to one, else
the uid: that is known only at the end, so the (small) frames wait for it. Names shown are the group
card, else the nickname, never the exporter's private remark. ``participantCount`` is not taken
over: it counts members in some versions and speakers in others. The members handed over are those
seen, not the group's list.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json import read_object
from sqtool.parsers._json_peek import Outline, outline
from sqtool.parsers._qce import Message
from sqtool.parsers._qce_chat import chat_of
from sqtool.parsers._qce_rows import Rows


class Chunk(msgspec.Struct, gc=False):
    """An export inside an export: the ``chunks`` option of v4."""

    messages: list[Message]
    chatInfo: Any = None


def sniff(export: Export) -> Match:
    """Look for the outermost keys chatInfo and messages, or chunkInfo and chunks."""
    seen = outline(export)
    if seen.root != "object":
        return NO_MATCH
    if seen.has("chunkInfo", "metadata") and seen.is_array("chunks"):
        return Match(Confidence.CERTAIN, "keys metadata, chunkInfo and chunks of a QCE export")
    if "chatInfo" not in seen or not seen.is_array("messages"):
        return NO_MATCH
    shape = _shape(seen)
    tool = seen.text("metadata", "name").split(" / ")[0]
    named = "QQChatExporter" in tool or tool == "exporter"
    if shape or named or seen.has("metadata", "statistics"):
        by = f" by {tool}" if named else ""
        return Match(Confidence.CERTAIN, f"keys chatInfo and messages{shape}{by}")
    return NO_MATCH


def _shape(seen: Outline) -> str:
    keys = seen.item_keys("messages")
    if {"messageId", "sender", "content"} <= keys:
        return ", messages of QCE shape B"
    if {"id", "timestamp", "sender", "content"} <= keys:
        return ", messages of QCE shape A"
    return ""


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, once the last one is read."""
    rows = Rows()
    info: dict[str, Any] = {}
    stated: int | None = None
    lost = issues.rows_lost()
    for part in read_object(
        export,
        issues,
        arrays={"messages": Message, "chunks": Chunk},
        values=("chatInfo", "chunkInfo", "statistics"),
    ):
        if part.key == "messages":
            rows.add(part.value, part.records)
        elif part.key == "chunks":
            for chunk in part.value:
                if isinstance(chunk.chatInfo, dict):
                    info = info or chunk.chatInfo
                rows.add(chunk.messages)
        elif isinstance(part.value, dict):
            if part.key == "chatInfo":
                info = part.value
            else:
                total = part.value.get("totalMessages")
                stated = total if isinstance(total, int) else stated
    found = rows.records + issues.rows_lost() - lost
    if stated is not None and stated != found:
        detail = f"the file states {stated} messages and holds {found}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)
    frames = rows.finish(export, issues)
    chat = chat_of([export.stem], info, rows)
    if not rows.records:
        yield RawBatch(chat, pl.DataFrame())
    for frame in frames:
        yield RawBatch(chat, frame)


PARSER = Parser(
    name="qq-qce-json",
    title="QQ chat exporter (QCE) JSON",
    platform="qq",
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
        "leaves",
        "recalls",
    ),
    obtain=(
        "qq-chat-exporter (QCE) beside QQ NT: export the group as JSON.",
        "在 QQ NT 上用 qq-chat-exporter(QCE)把群聊导出为 JSON。",
    ),
)
