"""Records of DiscordChatExporter's JSON, and how they become rows."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.parsers._base import RAW_MEMBERS
from sqtool.parsers._discord import CALLS, EVENT_BY_TYPE, REPLIES, SAID, acts_on_self, service_event
from sqtool.parsers._file_kinds import kind_by_name
from sqtool.parsers._json_items import instants, lists, text_of, texts
from sqtool.schema import EVENT, KIND, MENTION_ALL

_EPOCH_MS: Final = 1_420_070_400_000
_EVERYONE: Final = r"(?:^|[^\w@])@(?:everyone|here)\b"


class User(msgspec.Struct, gc=False):
    """An account."""

    id: Any = None
    name: Any = None
    nickname: Any = None
    isBot: Any = None


class Attachment(msgspec.Struct, gc=False):
    """A file sent along; of an embed only its words."""

    fileName: Any = None
    url: Any = None
    title: Any = None
    description: Any = None


class Reaction(msgspec.Struct, gc=False):
    """One emoji and how many chose it."""

    count: Any = None


class Reference(msgspec.Struct, gc=False):
    """The message a record points to."""

    messageId: Any = None
    type: Any = None


class Forwarded(msgspec.Struct, gc=False):
    """A forwarded message; it has no author."""

    content: Any = None


class Message(msgspec.Struct, gc=False):
    """One record."""

    id: Any = None
    type: Any = None
    timestamp: Any = None
    content: Any = None
    author: User | None = None
    attachments: list[Attachment] | None = None
    embeds: list[Attachment] | None = None
    stickers: list[Any] | None = None
    reactions: list[Reaction] | None = None
    mentions: list[User] | None = None
    reference: Reference | None = None
    forwardedMessage: Forwarded | None = None


def _name(user: User) -> str | None:
    return text_of(user.nickname) or text_of(user.name)


def members_of(people: dict[str, User]) -> pl.DataFrame:
    """List those who wrote: who is a bot is said nowhere else."""
    return pl.DataFrame(
        {
            "member_id": list(people),
            "display_name": [_name(user) for user in people.values()],
            "account_name": [text_of(user.name) for user in people.values()],
            "role": [None] * len(people),
            "joined_at": [None] * len(people),
            "is_bot": [user.isBot is True for user in people.values()],
        },
        schema=RAW_MEMBERS,
    )


def frame_of(messages: Sequence[Message], records: Sequence[int]) -> pl.DataFrame:
    """Return records as rows of ``RAW_MESSAGES``."""
    authors = [m.author or User() for m in messages]
    named = [m.mentions[0] if m.mentions else User() for m in messages]
    rows = pl.DataFrame(
        {
            "line": records,
            "sent_at": instants([_time(m) for m in messages]),
            "message_id": texts([m.id for m in messages]),
            "_author": texts([a.id for a in authors]),
            "_name": [_name(a) for a in authors],
            "_named": texts([u.id for u in named]),
            "_named_name": [_name(u) for u in named],
            "content": texts([m.content for m in messages]),
            "_type": texts([m.type for m in messages]),
            "_file": texts([_file(m) for m in messages]),
            "_sticker": [bool(m.stickers) for m in messages],
            "_embed": [bool(m.embeds) for m in messages],
            "_title": texts([_title(m) for m in messages]),
            "_points_to": texts([m.reference.messageId if m.reference else None for m in messages]),
            "_forward": [_is_forward(m) for m in messages],
            "quoted_text": texts(
                [m.forwardedMessage.content if m.forwardedMessage else None for m in messages]
            ),
            "_listed": [m.mentions is not None for m in messages],
            "mention_ids": lists([_mentioned(m) for m in messages]),
            "reactions": [_reactions(m) for m in messages],
        },
        schema_overrides={
            "line": pl.UInt32,
            "_name": pl.String,
            "_named_name": pl.String,
            "reactions": pl.UInt32,
        },
    )
    return _with_events(_with_kinds(rows))


def _time(message: Message) -> Any:
    if message.timestamp is None and (number := text_of(message.id)) and number.isdigit():
        return (int(number) >> 22) + _EPOCH_MS  # an id holds its moment
    return message.timestamp


def _file(message: Message) -> Any:
    first = message.attachments[0] if message.attachments else None
    return first and (text_of(first.fileName) or text_of(first.url) or "?")


def _title(message: Message) -> Any:
    first = message.embeds[0] if message.embeds else None
    return first and (text_of(first.title) or text_of(first.description))


def _is_forward(message: Message) -> bool:
    return message.forwardedMessage is not None or (
        message.reference is not None and message.reference.type == "Forward"
    )


def _reactions(message: Message) -> int | None:
    if message.reactions is None:
        return None
    counts = (r.count for r in message.reactions)
    return sum(count for count in counts if isinstance(count, int) and 0 < count < 10**9)


def _mentioned(message: Message) -> list[str] | None:
    content = message.content if isinstance(message.content, str) else ""
    if "@" not in content:
        return None
    users = message.mentions or []
    if message.type in REPLIES:
        users = [user for user in users if _is_written(user, content)]
    ids = [key for user in users if (key := text_of(user.id)) is not None]
    if "@everyone" in content or "@here" in content:
        ids += [MENTION_ALL] if re.search(_EVERYONE, content) else []
    return list(dict.fromkeys(ids)) or None


def _is_written(user: User, content: str) -> bool:
    names = [text_of(user.nickname), text_of(user.name)]
    marks = [f"@{name}" for name in names if name] + [f"<@{user.id}>", f"<@!{user.id}>"]
    return any(mark in content for mark in marks)


def _with_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    said = pl.col("_type").is_null() | pl.col("_type").is_in(SAID)
    content = pl.col("content")
    kind = (
        pl.when(~said)
        .then(pl.lit("system"))
        .when(pl.col("_type").is_in(CALLS))
        .then(pl.lit("call"))
        .when("_forward")
        .then(pl.lit("forward"))
        .when(content.is_not_null())
        .then(pl.lit("text"))
        .when(pl.col("_file").is_not_null())
        .then(kind_by_name(pl.col("_file")))
        .when("_sticker")
        .then(pl.lit("sticker"))
        .when("_embed")
        .then(pl.lit("share"))
        .otherwise(pl.lit("other"))
    )
    rows = rows.with_columns(kind=kind.cast(KIND))
    return rows.with_columns(
        text=pl.when(kind == "call")
        .then(None)
        .when(kind == "file")
        .then("_file")
        .when(kind == "share")
        .then("_title")
        .otherwise(content)
    )


def _with_events(rows: pl.DataFrame) -> pl.DataFrame:
    system = pl.col("kind") == "system"
    rows = rows.with_columns(
        event=pl.when(system)
        .then(pl.col("_type").replace_strict(EVENT_BY_TYPE, default="other"))
        .cast(EVENT)
    )
    # Who removes himself has left, who adds himself has joined.
    event, own = pl.col("event").cast(pl.String), pl.col("_named") == pl.col("_author")
    rows = rows.with_columns(
        event=pl.when((event == "removed") & (own | (service_event(pl.col("text")) == "leave")))
        .then(pl.lit("leave"))
        .when((event == "invite") & own)
        .then(pl.lit("join"))
        .otherwise(event)
        .cast(EVENT)
    )
    own, befell = acts_on_self(pl.col("event")), pl.col("event").is_in(["invite", "removed"])

    def target(author: str, named: str) -> pl.Expr:
        one = pl.when(own).then(author).when(befell).then(named)
        return pl.when(own | befell).then(pl.concat_list(one))

    return rows.select(
        "line",
        "sent_at",
        "message_id",
        "kind",
        "text",
        "quoted_text",
        "event",
        "reactions",
        sender_id=pl.when(~system).then("_author"),
        sender_name=pl.when(~system).then("_name"),
        reply_to_id=pl.when(pl.col("_type").is_in(REPLIES)).then("_points_to"),
        mention_ids=pl.when(~system).then("mention_ids"),
        # Where the format lists mentions, nothing else that looks like one is one.
        mention_names=pl.when("_listed").then(pl.lit([], pl.List(pl.String))),
        actor_id=pl.when(system & ~own).then("_author"),
        actor_name=pl.when(system & ~own).then("_name"),
        target_ids=target("_author", "_named"),
        target_names=target("_name", "_named_name"),
    )
