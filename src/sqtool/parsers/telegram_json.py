"""Telegram Desktop: one chat or a whole account, exported as JSON.

Telegram Desktop 导出的 JSON(单个聊天,或整个账号)。

Names are those of the export moment, ids are for good. Service messages name people without ids.
Forwarded messages are not the sender's own words. Newer exports carry exact times, older ones only
the clock of the exporting computer. A message in a forum topic refers to the topic's first record
without answering it. An account export holds many chats, groups and private ones.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MEMBERS,
    RAW_MESSAGES,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._json import Part, read_array, read_blocks, read_object
from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_peek import Outline, head_values, outline
from sqtool.parsers._telegram_chats import split_chats
from sqtool.parsers._telegram_rows import (
    Message,
    Seen,
    account_id,
    known_people,
    message_frame,
    with_known_ids,
)

_PRIVATE: Final = frozenset(
    ["personal_chat", "bot_chat", "saved_messages", "replies", "verify_codes"]
)
_GROUPS: Final = frozenset(
    ["private_group", "private_supergroup", "public_supergroup", "public_group"]
)
_CHANNELS: Final = frozenset(["private_channel", "public_channel"])
_TYPES: Final = _PRIVATE | _GROUPS | _CHANNELS
_TYPE_IN_LIST: Final = re.compile(rb'"type"\s*:\s*"([a-z_]+)"\s*,\s*"id"\s*:\s*-?\d')
_RECORD_TYPE: Final = re.compile(rb'"type"\s*:\s*"(?:message|service)"')
_NUMBER: Final = re.compile(r"-?\d+")
_ROWS: Final = 50_000
_FACTS: Final = ("name", "type", "id")


def sniff(export: Export) -> Match:
    """Look for a chat's type and id before its messages, or for the chats of an account."""
    seen = outline(export)
    if seen.root == "object" and seen.has("type", "id") and seen.is_array("messages"):
        kind, number = seen.value("type"), text_of(seen.value("id"))
        if kind in _TYPES and number and _NUMBER.fullmatch(number) and _dated(seen):
            return Match(Confidence.CERTAIN, f"type {kind}, id and messages: Telegram JSON")
    if seen.root == "object" and seen.is_array("messages"):
        if _like_records(seen, "messages"):
            return Match(Confidence.LIKELY, "messages as in Telegram JSON, without its head")
    elif seen.root == "object":
        for key in ("chats", "left_chats"):
            found = _TYPE_IN_LIST.search(seen.fragments.get(key, b""))
            if found and found[1].decode() in _TYPES:
                return Match(Confidence.CERTAIN, f"{key} of Telegram types: Telegram account JSON")
    elif seen.root == "array" and {"type", "id", "messages"} <= seen.item_keys():
        found = _TYPE_IN_LIST.search(seen.fragments[""])
        if found and found[1].decode() in _TYPES:
            return Match(Confidence.CERTAIN, "array of chats with Telegram types")
    elif seen.root == "array" and _like_records(seen, ""):
        return Match(Confidence.LIKELY, "array of messages as in Telegram JSON, without a head")
    return NO_MATCH


def _like_records(seen: Outline, key: str) -> bool:
    # What people keep who take a list of messages out of its file.
    keys = seen.item_keys(key)
    return (
        {"type", "from", "text"} <= keys
        and not keys.isdisjoint({"date", "date_unixtime"})
        and _RECORD_TYPE.search(seen.fragments.get(key, b"")) is not None
    )


def _dated(seen: Outline) -> bool:
    # Every record has a date; the few that this version cannot show have nothing but id and type.
    keys = seen.item_keys("messages")
    return not keys or "date" in keys or keys == {"id", "type"}


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records of every chat, in file order."""
    seen = outline(export)
    if seen.is_array("messages"):
        facts = head_values(export, ("type", "id"))
        facts["name"] = seen.value("name")
        chat = _chat(export, facts, {})
        yield from _records(
            read_object(export, issues, arrays={"messages": Message}), chat, export, issues
        )
        return
    if seen.root == "array" and "messages" not in seen.item_keys():
        records = (Part("messages", *found) for found in read_array(export, issues, Message))
        yield from _records(records, _chat(export, {}, {}), export, issues)
        return
    own = seen.value("personal_information")
    self_id = account_id(own.get("user_id")) if isinstance(own, dict) else None
    keys: dict[str, str] = {}
    for pieces in split_chats(export.blocks(issues)):
        parts = read_blocks(
            pieces, export.title, issues, arrays={"messages": Message}, values=_FACTS
        )
        found: dict[str, Any] = {}
        for part in parts:
            if part.key == "messages":
                chat = replace(_chat(export, found, keys), self_id=self_id)
                yield from _records(_followed(part, parts), chat, export, issues)
                break
            found[part.key] = part.value
        for _ in parts:
            pass  # what follows the messages, and the end of the chat


def _followed(first: Part, rest: Iterator[Part]) -> Iterator[Part]:
    yield first
    yield from rest


def _chat(export: Export, facts: dict[str, Any], keys: dict[str, str]) -> RawChat:
    """Build the chat from name, type and id."""
    shown, label = text_of(facts.get("name")), facts.get("type")
    number = text_of(facts.get("id"))
    kind = "group" if label in _GROUPS else "private" if label in _PRIVATE else "unknown"
    key = number or shown or export.stem
    # Ids of people and of groups are counted apart: in one account two may be equal.
    if keys.setdefault(key, str(label)) != str(label):
        key = f"{label}:{key}"
    name = shown or ("Saved Messages" if label == "saved_messages" else key)
    return RawChat(
        key=key,
        strong=number is not None,
        platform="telegram",
        name=name,
        kind=kind,
        has_replies=True,
        has_mentions=True,
    )


def _records(
    parts: Iterator[Part], chat: RawChat, export: Export, issues: IssueLog
) -> Iterator[RawBatch]:
    """Yield the records of one chat in batches, then who of the senders is no person."""
    state = Seen(export, issues)
    frames: list[pl.DataFrame] = []
    messages: list[Message] = []
    lines: list[int] = []
    for part in parts:
        messages += part.value
        lines += part.records
        if len(messages) >= _ROWS:
            frames.append(message_frame(messages, lines, state))
            messages, lines = [], []
    if messages:
        frames.append(message_frame(messages, lines, state))
    people = known_people(frames)
    for frame in frames:
        yield RawBatch(chat, with_known_ids(frame, people))
    if state.channels:
        members = pl.DataFrame(
            {
                "member_id": list(state.channels),
                "display_name": list(state.channels.values()),
                "is_bot": [True] * len(state.channels),
            },
            schema_overrides={"display_name": pl.String},
        )
        members = members.select(
            pl.col(name) if name in members.columns else pl.lit(None, dtype).alias(name)
            for name, dtype in RAW_MEMBERS.items()
        )
        yield RawBatch(replace(chat, members=members), pl.DataFrame(schema=RAW_MESSAGES))


PARSER = Parser(
    name="telegram-json",
    title="Telegram Desktop JSON",
    platform="telegram",
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
        "Telegram Desktop: open the group, menu, Export chat history, format JSON.",
        "Telegram Desktop:打开群,菜单里选「导出聊天记录」,格式选 JSON。",
    ),
)
