"""chatlog (WeChat): JSON of its API, old and new keys, and reshaped copies of it.

chatlog(微信)接口的 JSON：新旧键名，以及常见的改写版本。

An array of messages, or an object with ``messages`` and ``talker``. Times are exact; ``seq`` is the
id. The own flag is a guess of the tool (recalls by others carry it), so notices are told by their
type before anybody becomes their sender.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._chatlog import bracket_text, check_senders, read_contents
from sqtool.parsers._chatlog_bodies import Body, body_of
from sqtool.parsers._json import read_array, read_object
from sqtool.parsers._json_items import texts
from sqtool.parsers._json_peek import outline
from sqtool.parsers._undated import without_dates
from sqtool.parsers._wechat import (
    SELF,
    SYSTEM_SENDER,
    clean_notices,
    from_clock,
    from_epoch,
    is_room,
    kind_of,
    oldest_first,
    same_as_id,
    talker_kind,
    with_mentions,
)
from sqtool.schema import INSTANT, KIND, MENTION_ALL

_OTHERS: Final = (
    "weflow", "chatlab", "chatInfo", "session", "exportInfo", "conversation", "conversations",
    "success", "hasMore", "chat_username", "schemaVersion", "is_group",
)  # fmt: skip
"""Keys of other tools' objects that hold messages, too."""
_KIND_BY_LABEL: Final = {
    "text": "text", "文本": "text", "quote": "text", "reply": "text", "refer": "text",
    "引用": "text", "image": "image", "图片": "image", "voice": "voice", "audio": "voice",
    "语音": "voice", "video": "video", "视频": "video", "emoji": "sticker", "sticker": "sticker",
    "表情": "sticker", "动画表情": "sticker", "file": "file", "文件": "file", "link": "link",
    "链接": "link", "share": "share", "分享": "share", "miniprogram": "share", "小程序": "share",
    "location": "location", "位置": "location", "card": "contact", "名片": "contact",
    "call": "call", "voip": "call", "语音通话": "call", "system": "system", "系统": "system",
    "系统消息": "system", "pat": "system", "拍一拍": "system", "transfer": "transfer",
    "转账": "transfer", "redpacket": "red_packet", "red_packet": "red_packet",
    "红包": "red_packet", "forward": "forward", "merged": "forward", "合并转发": "forward",
}  # fmt: skip


class Item(msgspec.Struct, gc=False):
    """One record: the union of the keys in use."""

    seq: Any = None
    sequence: Any = None
    id: Any = None
    time: Any = None
    createTime: Any = None
    timestamp: Any = None
    talker: Any = None
    talkerName: Any = None
    isChatRoom: Any = None
    sender: Any = None
    chatRoomSender: Any = None
    senderName: Any = None
    nickname: Any = None
    isSelf: Any = None
    isSender: Any = None
    type: Any = None
    msgType: Any = None
    subType: Any = None
    content: Any = None
    contents: Any = None
    reference: Any = None
    share: Any = None
    at_user_list: Any = None
    mentions: Any = None


def sniff(export: Export) -> Match:
    """Look at the keys of the first record, and for keys of other tools that must be absent."""
    seen = outline(export)
    if seen.root == "array":
        keys = seen.item_keys()
        if keys >= {"talker", "time"} and keys & {"senderName", "sender", "seq"}:
            return Match(Confidence.CERTAIN, "array of records with talker, time, sender")
        if keys >= {"talker", "createTime"} and keys & {"chatRoomSender", "isSender"}:
            return Match(
                Confidence.CERTAIN, "array of records with talker, createTime (before 2025-04)"
            )
        return NO_MATCH
    if seen.root != "object" or not seen.is_array("messages") or "talker" not in seen:
        return NO_MATCH
    if any(key in seen for key in _OTHERS):
        return NO_MATCH
    keys = seen.item_keys("messages")
    if keys & {"time", "timestamp", "createTime"} and keys & {"content", "sender", "msgType"}:
        return Match(Confidence.LIKELY, "keys talker and messages: a reshaped chatlog JSON")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records by chat, in file order."""
    facts: dict[str, Any] = {}
    own: dict[tuple[str, str], int] = {}
    chats: dict[str, RawChat] = {}
    for items, numbers in _records(export, issues, facts):
        rows = _columns(items, numbers, facts.get("talker"))
        lost = pl.col("sent_at").is_null() & pl.col("wall_at").is_null()
        for number in rows.filter(lost)["line"]:
            issues.add("bad-timestamp", export.title, number)
        rows = check_senders(_read(rows.filter(~lost)), export.title, issues)
        nameless = pl.col("own") & pl.col("sender_id").is_null() & (pl.col("kind") != "system")
        rows = rows.with_columns(
            sender_name=pl.when(nameless).then(pl.lit(SELF)).otherwise("sender_name")
        )
        for (talker,), mine in rows.group_by("talker", maintain_order=True):
            key = str(talker or "")
            chat = _chat(key, mine, export)
            if key in chats and chat.name in (key, chat.key):
                chat = replace(chat, name=chats[key].name)
            chats[key] = chat
            mine_own = mine.filter(pl.col("own"), pl.col("kind") != "system")
            for sender, count in mine_own.group_by("sender_id").len().drop_nulls().iter_rows():
                own[key, sender] = own.get((key, sender), 0) + count
            yield RawBatch(chat, oldest_first(mine.drop("talker", "talker_name", "room", "own")))
    accounts = {sender for _, sender in own}
    if len(accounts) == 1:
        self_id = accounts.pop()
        for chat in chats.values():
            yield RawBatch(
                replace(chat, self_id=self_id),
                pl.DataFrame(),
            )
    elif accounts:
        detail = f"messages of {len(accounts)} people are flagged as sent by oneself: flag unused"
        issues.add("self-flag-ignored", export.title, rows=0, detail=detail)


def _records(
    export: Export, issues: IssueLog, facts: dict[str, Any]
) -> Iterator[tuple[list[Item], Sequence[int]]]:
    seen = outline(export)
    if seen.root != "object":
        yield from read_array(export, issues, Item)
        return
    facts["talker"] = seen.value("talker")
    for part in read_object(export, issues, arrays={"messages": Item}):
        yield part.value, part.records


def _columns(items: list[Item], numbers: Sequence[int], talker: Any) -> pl.DataFrame:
    """Lay the records out as columns; what is nested is read by ``_chatlog_bodies``."""
    string, boolean = pl.String(), pl.Boolean()
    bodies = [body_of(i.contents, i.reference, i.share, i.content) for i in items]
    times = pl.Series(
        texts([i.time if i.time is not None else i.createTime for i in items]), dtype=string
    )
    stamps = pl.Series(texts([i.timestamp for i in items]), dtype=string)
    digits = pl.select(pl.when(times.str.contains(r"^\d+$")).then(times)).to_series()
    exact = times.str.to_datetime("%+", time_unit="us", strict=False).cast(INSTANT)
    frame = pl.DataFrame(
        {
            "line": pl.Series(numbers, dtype=pl.UInt32),
            "exact": exact,
            "stamp": from_epoch(stamps),
            "digits": from_epoch(digits),
            "clock": from_clock(times),
            "message_id": texts([_id(i) for i in items]),
            "talker": texts([i.talker or talker for i in items]),
            "talker_name": texts([i.talkerName for i in items]),
            "room": [_flag(i.isChatRoom) for i in items],
            "own": [bool(_flag(i.isSelf) or _flag(i.isSender)) for i in items],
            "sender_id": texts([i.sender or i.chatRoomSender for i in items]),
            "sender_name": texts([i.senderName or i.nickname for i in items]),
            "type": [_code(i) for i in items],
            "sub_type": [_int(i.subType) for i in items],
            "label": [i.type if isinstance(i.type, str) else None for i in items],
            "content": [i.content if isinstance(i.content, str) else "" for i in items],
            "mention_ids": [_ids(i.at_user_list) for i in items],
            "mentions": [_names(i.mentions) for i in items],
            **{name: [body[n] for body in bodies] for n, name in enumerate(Body._fields)},
        },
        schema_overrides={
            "message_id": string, "talker": string, "talker_name": string, "room": boolean,
            "own": boolean, "sender_id": string, "sender_name": string, "type": pl.Int64,
            "sub_type": pl.Int64, "label": string, "content": string,
            "mention_ids": pl.List(string), "mentions": pl.List(string),
            **dict.fromkeys(Body._fields, string),
        },
    )  # fmt: skip
    plausible = pl.col("exact").dt.year() >= 2000
    return frame.with_columns(
        sent_at=pl.coalesce("stamp", pl.when(plausible).then("exact"), "digits"),
    ).with_columns(wall_at=pl.when(pl.col("sent_at").is_null()).then("clock"))


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    labelled = (
        pl.col("label")
        .str.to_lowercase()
        .replace_strict(_KIND_BY_LABEL, default=None, return_dtype=pl.String)
    )
    kind = pl.coalesce(
        pl.when(pl.col("type").is_not_null()).then(
            kind_of(pl.col("type"), pl.col("sub_type")).cast(pl.String)
        ),
        labelled,
    )
    kind = pl.when(pl.col("sender_id") == SYSTEM_SENDER).then(pl.lit("system")).otherwise(kind)
    # In a private chat the old keys name nobody: what is not one's own is the other's.
    private = (pl.col("room") == False) | ~is_room(pl.col("talker"))  # noqa: E712
    rows = rows.with_columns(
        kind=kind,
        sender_id=pl.when(pl.col("sender_id").is_null() & private & ~pl.col("own"))
        .then("talker")
        .otherwise("sender_id"),
    )
    typed = _read_typed(rows.filter(pl.col("kind").is_not_null()))
    untyped = rows.filter(pl.col("kind").is_null())
    if untyped.height:
        # A copy that dropped the types: read the contents as those of the plain text are.
        bare = untyped.drop("kind", "quoted_sender", "quoted_text", "mention_ids")
        own = untyped["own"]
        read = read_contents(bare).with_columns(own=own)
        both = pl.concat([typed, read.select(typed.columns)])
        typed = both.sort("line")
    return typed


def _read_typed(rows: pl.DataFrame) -> pl.DataFrame:
    kind = pl.col("kind")
    system = kind == "system"
    said = kind.is_in(["text", "transfer"])
    content = pl.when(~pl.col("content").str.starts_with("<") | (pl.col("type") == 1)).then(
        "content"
    )
    rows = rows.with_columns(
        text=pl.when(system)
        .then(clean_notices(rows["content"]))
        .when(said)
        .then(pl.coalesce(content, "title"))
        .otherwise(pl.coalesce("title", bracket_text(content)))
    )
    rows = rows.with_columns(
        kind=kind.cast(KIND),
        text=pl.when(pl.col("text") != "").then("text"),
        sender_id=pl.when(~system).then("sender_id"),
        sender_name=pl.when(~system).then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
        mention_ids=pl.when(~system).then("mention_ids"),
    )
    rows = with_mentions(rows).with_columns(
        mention_names=pl.when(pl.col("mention_ids").is_null() & ~system).then(
            pl.coalesce("mentions", "mention_names")
        )
    )
    return rows.select(
        "line", "sent_at", "wall_at", "message_id", "talker", "talker_name", "room", "own",
        "sender_id", "sender_name", "kind", "text", "reply_to_id", "quoted_sender", "quoted_text",
        "mention_ids", "mention_names",
    )  # fmt: skip


def _chat(key: str, rows: pl.DataFrame, export: Export) -> RawChat:
    names, rooms = rows["talker_name"].drop_nulls(), rows["room"].drop_nulls()
    kind = talker_kind(key)
    if len(rooms):
        kind = "group" if rooms.any() else "private"
    title = without_dates(export.stem) or export.stem
    return RawChat(
        key=key or title,
        strong=bool(key),
        platform="wechat",
        name=names[-1] if len(names) else key or title,
        kind=kind,
        self_name=SELF if (rows["sender_name"] == SELF).any() else None,
        has_replies=True,
        has_mentions=True,
    )


def _id(item: Item) -> Any:
    return next(
        (v for v in (item.seq, item.sequence, item.id) if v not in (None, 0, "0", "")), None
    )


def _int(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _code(item: Item) -> int | None:
    return next((n for n in (_int(item.msgType), _int(item.type)) if n is not None), None)


def _flag(value: Any) -> bool | None:
    return None if value is None else value in (True, 1, "1", "true")


def _ids(value: Any) -> list[str] | None:
    """Read the list of mentioned ids: an array or a text with commas; everyone has its own id."""
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list):
        return None
    ids = [v.strip() for v in found if isinstance(v, str) and v.strip()]
    return [MENTION_ALL if v in ("notify@all", "@all") else v for v in ids] or None


def _names(value: Any) -> list[str] | None:
    if not isinstance(value, list):
        return None
    return [
        v.strip("@\u2005 ") for v in value if isinstance(v, str) and v.strip("@\u2005 ")
    ] or None


PARSER = Parser(
    name="wechat-chatlog-json",
    title="chatlog JSON",
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
        "chatlog: query the group with format=json and save the answer.",
        "chatlog:查询群聊,格式选 JSON,保存。",
    ),
)
