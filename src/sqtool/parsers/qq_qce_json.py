"""QQ chat exporter (QCE) single JSON, v4 to v6, and the NoneBot add-on.

QCE(qq-chat-exporter)导出的单文件 JSON,v4–v6,含 NoneBot 插件版。

Times are exact. A person is the QQ number where any record of the file ties the uid to one, else
the uid: that is known only at the end, so the (small) frames wait for it. Names shown are the group
card, else the nickname, never the exporter's private remark. ``participantCount`` is not taken
over: it counts members in some versions and speakers in others. The members handed over are those
seen, not the group's list.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MEMBERS,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_peek import Outline, outline
from sqtool.parsers._qce import PSEUDO_IDS, Message
from sqtool.parsers._qce_rows import Rows
from sqtool.schema import INSTANT


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
            rows.add(part.value, list(part.records))
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
    chat = _chat(export, info, rows)
    if not frames:
        yield RawBatch(chat, pl.DataFrame())
    for frame in frames:
        yield RawBatch(chat, frame)


# --- facts of the chat ---------------------------------------------------------------------------

_NUMBERED = re.compile(
    r"^(?:group|friend|private|temp)_(?:.*_)?(\d{5,12})_(?=\d{4}-?\d\d-?\d\d_)", re.DOTALL
)
_FRIENDLY = re.compile(r"\((\d{5,12})\)(?:_\d+)?(?: ?\(\d\))?$")
_STAMP = re.compile(r"_(\d{4})-?(\d\d)-?(\d\d)[_T ](\d\d)[-:]?(\d\d)[-:]?(\d\d)(\d{3})?(?!\d)")


def _chat(export: Export, info: dict[str, Any], rows: Rows) -> RawChat:
    stem = export.stem
    kind = {"group": "group", "private": "private", "temp": "private", "friend": "private"}.get(
        text_of(info.get("type")) or stem.partition("_")[0], "unknown"
    )
    in_name = _NUMBERED.match(stem) or _FRIENDLY.search(stem)
    given = [info.get("peerUin"), info.get("peerUid"), rows.group, in_name and in_name[1]]
    keys = [key for value in given if (key := text_of(value)) and key not in PSEUDO_IDS]
    number = next((key for key in keys if key.isdigit()), keys[0] if keys else None)
    name = text_of(info.get("name"))
    own = text_of(info.get("selfUin")) or ""
    own_uid = text_of(info.get("selfUid"))
    self_id = own if own not in PSEUDO_IDS else rows.numbers.get(own_uid or "", own_uid)
    return RawChat(
        key=number or name or stem,
        strong=number is not None,
        platform="qq",
        name=name or number or stem,
        kind=kind,
        exported_at=_exported_at(stem),
        self_id=self_id,
        self_name=text_of(info.get("selfName")),
        members=_members(rows),
        members_complete=False,
        has_replies=True,
        has_mentions=True,
    )


def _exported_at(stem: str) -> datetime | None:
    """Read the local time of the export out of the file name: naive."""
    found = _STAMP.search(stem)
    if found is None:
        return None
    year, month, day, hour, minute, second, milli = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, milli * 1000)  # noqa: DTZ001 - a printed clock has no zone
    except ValueError:
        return None


def _members(seen: Rows) -> pl.DataFrame:
    rows: dict[str, tuple[str | None, str | None]] = {}
    for key, (nickname, role) in seen.accounts.items():
        number = seen.numbers.get(key, key)
        old = rows.get(number, (None, None))
        rows[number] = (nickname or old[0], role or old[1])
    return pl.DataFrame(
        {
            "member_id": list(rows),
            # The newest name shown is found in the messages.
            "display_name": pl.Series([None] * len(rows), dtype=pl.String),
            "account_name": [nickname for nickname, _ in rows.values()],
            "role": [role for _, role in rows.values()],
            "joined_at": pl.Series([None] * len(rows), dtype=INSTANT),
            "is_bot": [True if key in seen.bots else None for key in rows],
        },
        schema=RAW_MEMBERS,
    )


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
