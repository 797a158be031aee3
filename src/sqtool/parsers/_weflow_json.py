"""The JSON of WeFlow and its kin: one object with the chat's facts and ``messages``.

EchoTrace came before WeFlow, CipherTalk and the HTTP interface after it: the records are the same
but for a few keys, the heads differ. Times are exact. Who a notice is about is told by its wording,
never by its sender, and the flag for one's own messages is a guess of the exporter.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MEMBERS, RAW_MESSAGES, RawBatch, RawChat
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import instants, numbers, text_of, texts
from sqtool.parsers._wechat import oldest_first, talker_kind
from sqtool.parsers._wechat_xml import read_quotes
from sqtool.parsers._weflow import with_kinds, with_texts
from sqtool.schema import INSTANT, MENTION_ALL

_GROUP, _PRIVATE = frozenset(["群聊", "group"]), frozenset(["私聊", "private"])
_AT_LIST = re.compile(r"<atuserlist>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</atuserlist>", re.DOTALL)

_BARE_FORWARD = r"^\[(?:转发的)?聊天记录\]$"

Names = Mapping[str, tuple[str | None, str | None]]
"""Id and name of a sender, by the number that records carry instead."""


class Message(msgspec.Struct, gc=False):
    """One record: the union of the keys in use."""

    createTime: Any = None
    content: Any = None
    parsedContent: Any = None
    rawContent: Any = None
    localType: Any = None
    type: Any = None
    isSend: Any = None
    isSelf: Any = None
    senderUsername: Any = None
    sender: Any = None
    senderDisplayName: Any = None
    groupNickname: Any = None
    accountName: Any = None
    senderID: Any = None
    source: Any = None
    platformMessageId: Any = None
    serverId: Any = None
    replyToMessageId: Any = None
    appMsgType: Any = None
    quotedSender: Any = None
    quotedContent: Any = None
    linkTitle: Any = None


RECORD_KEYS: Final = frozenset(["createTime", "localType", "content", "senderUsername"])
"""What every record of a session file holds."""


def session_chat(export: Export, session: dict[str, Any]) -> RawChat:
    """Return the facts that the ``session`` object states.

    Args:
        export: The file.
        session: The object; empty where it is damaged.
    """
    room = text_of(session.get("wxid"))
    label = session.get("type")
    kind = "group" if label in _GROUP or session.get("isGroup") is True else "unknown"
    if kind == "unknown" and room:
        kind = "group" if talker_kind(room) == "group" else "private"
    if label in _PRIVATE:
        kind = "private"
    # The remark is the exporting user's private name for the chat.
    names = [text_of(session.get(key)) for key in ("nickname", "displayName")]
    name = next((one for one in names if one), None)
    return RawChat(
        key=room or name or export.stem,
        strong=room is not None,
        platform="wechat",
        name=name or room or export.stem,
        kind=kind,
        has_replies=True,
        has_mentions=True,
    )


def read_records(
    export: Export,
    issues: IssueLog,
    chat: RawChat,
    *,
    senders: Names | None = None,
    stated: Any = None,
) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block; at last what only the whole file tells.

    Args:
        export: The file.
        issues: Told what is lost, a wrong count and a self flag that cannot be true.
        chat: The facts known so far.
        senders: People by their number, where records give only that.
        stated: How many messages the file says it holds.
    """
    own: dict[str, int] = {}
    found, strangers, lost = 0, 0, issues.rows_lost()
    beside = ("groupMembers", "exportTime")
    for part in read_object(export, issues, arrays={"messages": Message}, values=beside):
        if part.key == "groupMembers":
            chat = replace(chat, members=_members(part.value))
        elif part.key == "exportTime":
            chat = replace(chat, exported_at=_clock(part.value))
        else:
            frame = _frame(part.value, part.records, senders or {})
            if senders is not None:
                strangers += sum(text_of(m.senderID) not in senders for m in part.value)
            found += frame.height
            for sender in frame.filter(pl.col("_own"), pl.col("kind") != "system")["sender_id"]:
                if sender is not None:
                    own[sender] = own.get(sender, 0) + 1
            yield RawBatch(chat, oldest_first(frame.drop("_own")))
    if strangers:
        detail = f"{strangers} records refer to a sender that the list of senders does not hold"
        issues.add("unknown-sender", export.title, rows=0, detail=detail)
    # The flag for one's own messages is a guess of the exporter: it must point to one person.
    if chat.self_id is None and len(own) == 1:
        chat = replace(chat, self_id=next(iter(own)))
    if len(own) > 1:
        detail = f"messages of {len(own)} people are flagged as sent by oneself: flag unused"
        issues.add("self-flag-ignored", export.title, rows=0, detail=detail)
    found += issues.rows_lost() - lost
    if isinstance(stated, int) and stated != found:
        detail = f"the file states {stated} messages and holds {found}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)
    yield RawBatch(chat, pl.DataFrame())


def shown_name(person: dict[str, Any]) -> str | None:
    """Return the name others see; a remark is the exporting user's own."""
    keys = ("groupNickname", "nickname", "originalName", "displayName")
    names = (text_of(person.get(key)) for key in keys)
    return next((name for name in names if name and name.strip()), None)


def _members(value: Any) -> pl.DataFrame | None:
    people = [p for p in value if isinstance(p, dict)] if isinstance(value, list) else []
    keyed = {
        key: person
        for person in people
        if (key := text_of(person.get("wxid")) or text_of(person.get("username")))
    }
    if not keyed:
        return None
    return pl.DataFrame(
        {
            "member_id": list(keyed),
            "display_name": [shown_name(person) for person in keyed.values()],
            "account_name": [
                text_of(p.get("nickname")) or text_of(p.get("originalName")) for p in keyed.values()
            ],
            "role": pl.Series([None] * len(keyed), dtype=pl.String),
            "joined_at": pl.Series([None] * len(keyed), dtype=INSTANT),
            "is_bot": pl.Series([None] * len(keyed), dtype=pl.Boolean),
            "remark": [text_of(person.get("remark")) for person in keyed.values()],
        },
        schema={**RAW_MEMBERS, "remark": pl.String()},
    )


def _clock(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _frame(messages: list[Message], records: Sequence[int], senders: Names) -> pl.DataFrame:
    """Bring decoded records into ``RAW_MESSAGES`` columns, plus ``_own``."""
    ids = [m.senderUsername or m.sender for m in messages]
    names = [m.groupNickname or m.senderDisplayName or m.accountName for m in messages]
    if senders:
        refs = [senders.get(text_of(m.senderID) or "", (None, None)) for m in messages]
        ids = [own or ref[0] for own, ref in zip(ids, refs, strict=True)]
        names = [ref[1] or own for own, ref in zip(names, refs, strict=True)]
    rows = pl.DataFrame(
        {
            "line": records,
            "sent_at": instants([m.createTime for m in messages]),
            "message_id": texts([m.platformMessageId or m.serverId or None for m in messages]),
            "sender_id": texts(ids),
            "sender_name": texts(names),
            "content": texts([m.content or m.parsedContent for m in messages]),
            "reply_to_id": texts([m.replyToMessageId or None for m in messages]),
            "quoted_sender": texts([m.quotedSender for m in messages]),
            "quoted_text": texts([m.quotedContent for m in messages]),
            "mention_ids": [_mentioned(m.source) for m in messages],
            "_type": numbers([m.localType for m in messages]),
            "_sub": numbers([m.appMsgType for m in messages]),
            "_label": texts([m.type for m in messages]),
            "_title": texts([m.linkTitle for m in messages]),
            "_raw": texts([m.rawContent for m in messages]),
            "_own": [any(f in (1, "1", True) for f in (m.isSend, m.isSelf)) for m in messages],
        },
        schema_overrides={
            "line": pl.UInt32,
            "mention_ids": pl.List(pl.String),
            "_own": pl.Boolean,
        },
    )
    # Rows that the exporter could not attribute are filed under the room: that is nobody.
    room = pl.col("sender_id").str.contains("chatroom", literal=True).fill_null(False)
    rows = rows.with_columns(sender_name=pl.when(~room).then("sender_name"))
    rows = with_texts(read_quotes(with_kinds(rows), "_raw")).with_columns(
        quoted_text=pl.when(~pl.col("quoted_text").str.contains(_BARE_FORWARD)).then("quoted_text")
    )
    keep = [name for name in RAW_MESSAGES if name in rows.columns]
    return rows.select(*(pl.col(name).cast(RAW_MESSAGES[name]) for name in keep), "_own")


def _mentioned(source: Any) -> list[str] | None:
    if not isinstance(source, str) or "<atuserlist>" not in source:
        return None
    found = _AT_LIST.search(source)
    ids = [one.strip() for one in found[1].split(",")] if found else []
    ids = [MENTION_ALL if one == "notify@all" else one for one in ids if one]
    return list(dict.fromkeys(ids)) or None
