"""Discord, saved by DiscordChatExporter as JSON.

DiscordChatExporter 导出的 Discord 频道 JSON。

One file is one channel, thread or group; the parts of a partitioned export (``[part 2]``) are whole
files that share the channel's id. Times carry an offset. A reply names the message it answers; a
pinged reply also lists its author among the mentions without any ``@`` in the text, and that is not
counted as a mention. Unnamed record types are numbers in a string. Discord writes joins only into
the server's system channel, and leaves only in group messages.
"""

from collections.abc import Iterator
from dataclasses import replace

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
from sqtool.parsers._discord_rows import Message, User, frame_of, members_of
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import moment, text_of
from sqtool.parsers._json_peek import outline


def sniff(export: Export) -> Match:
    """Look for the outermost keys guild, channel and messages."""
    seen = outline(export)
    if seen.root == "object" and seen.has("guild", "channel") and seen.is_array("messages"):
        return Match(Confidence.CERTAIN, "keys guild, channel, messages: DiscordChatExporter JSON")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block; then the people."""
    chat = _chat(export)
    people: dict[str, User] = {}
    for part in read_object(export, issues, arrays={"messages": Message}):
        messages: list[Message] = part.value
        for message in messages:
            if message.author is not None and (author := text_of(message.author.id)):
                people[author] = message.author
        yield RawBatch(chat, frame_of(messages, part.records))
    if people:
        yield RawBatch(replace(chat, members=members_of(people)), pl.DataFrame(schema=RAW_MESSAGES))


def _chat(export: Export) -> RawChat:
    seen = outline(export)
    channel = seen.value("channel")
    channel = channel if isinstance(channel, dict) else {}
    kind, name = text_of(channel.get("type")) or "", text_of(channel.get("name")) or export.stem
    direct = kind.startswith("Direct")
    guild = None if direct else text_of(seen.text("guild", "name"))
    key = text_of(channel.get("id"))
    return RawChat(
        key=key or name,
        strong=key is not None,
        platform="discord",
        name=f"{guild} / {name}" if guild else name,
        kind="private" if kind == "DirectTextChat" else "group",
        exported_at=moment(seen.value("exportedAt")),
        has_replies=True,
        has_mentions=True,
    )


PARSER = Parser(
    name="discord-json",
    title="DiscordChatExporter JSON",
    platform="discord",
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
        "reactions",
        "joins",
        "leaves",
    ),
    obtain=(
        "DiscordChatExporter: export the channel as JSON.",
        "DiscordChatExporter:导出频道,格式选 JSON。",
    ),
)
