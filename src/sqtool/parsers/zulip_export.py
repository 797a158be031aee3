"""Zulip organisation export, unpacked: realm.json and the files of messages beside it.

Zulip 组织完整导出(解压后):realm.json 与 messages-*.json。

``realm.json`` leads: it holds people, streams, subscriptions, reactions and an audit log, which
makes joins and leaves complete. A stream is a chat, its topics are threads inside it; streams have
the ids of the public archive. Direct messages are chats, too. The rendered HTML of a message tells
quotes and mentions; where it is missing, the Markdown is the text.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._json import read_object
from sqtool.parsers._json_folder import Places, note
from sqtool.parsers._json_items import instants, text_of, texts
from sqtool.parsers._json_peek import outline
from sqtool.parsers._zulip import columns_of, with_kinds
from sqtool.parsers._zulip_html import Words, read_words
from sqtool.parsers._zulip_realm import Realm, read_realm

_BATCH: Final = 50_000


class Message(msgspec.Struct, gc=False):
    """One message."""

    id: Any = None
    sender: Any = None
    recipient: Any = None
    date_sent: Any = None
    content: Any = None
    rendered_content: Any = None


def sniff(export: Export) -> Match:
    """Look for the tables of an organisation."""
    seen = outline(export)
    if seen.root == "object" and seen.has("zerver_realm", "zerver_userprofile"):
        return Match(Confidence.CERTAIN, "tables zerver_realm and zerver_userprofile: Zulip export")
    return NO_MATCH


def owns(export: Export) -> list[Export]:
    """Return the files of messages, and what is kept beside them."""
    others = ("attachment.json", "analytics.json", "migration_status.json", "user_presence.json")
    tables = (one for name in others if (one := export.beside(name)) is not None)
    records = (*export.all_beside("*/records.json"), *export.all_beside("emoji/*/records.json"))
    return [*_files(export), *tables, *records]


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all messages, some ten thousand at a time by chat; then who came and went."""
    realm = read_realm(export, issues)
    messages: list[Message] = []
    places = Places()
    for file in _files(export):
        own = IssueLog()
        for part in read_object(file, own, arrays={"zerver_message": Message}):
            messages += part.value
            places.add(file, part.records)
        note(export, file, own, issues)
        if len(messages) >= _BATCH:
            yield from _by_chat(_frame(messages, places, realm, export, issues), realm)
            messages.clear()
            places.clear()
    if messages:
        yield from _by_chat(_frame(messages, places, realm, export, issues), realm)
    for recipient, stream in realm.changed_streams():
        moves = realm.moves(stream)
        yield RawBatch(realm.with_bots(realm.chat(recipient, ""), moves["actor_id"]), moves)


def _files(export: Export) -> list[Export]:
    return export.all_beside("messages-*.json")


def _by_chat(rows: pl.DataFrame, realm: Realm) -> Iterator[RawBatch]:
    # A direct message goes to its reader: the chat is that of both.
    ends = rows.select("_recipient", "_sender").unique(maintain_order=True)
    chats: dict[str, RawChat] = {}
    keys = []
    for recipient, sender in ends.iter_rows():
        chat = realm.chat(recipient or "", sender or "")
        chats[chat.key] = chat
        keys.append(chat.key)
    rows = rows.join(
        ends.with_columns(_key=pl.Series(keys, dtype=pl.String)),
        on=["_recipient", "_sender"],
        how="left",
        maintain_order="left",
        nulls_equal=True,
    )
    for (key,), mine in rows.group_by("_key", maintain_order=True):
        chat = realm.with_bots(chats[str(key)], mine["sender_id"])
        yield RawBatch(chat, mine.drop("_key", "_recipient", "_sender"))


def _frame(
    messages: Sequence[Message], places: Places, realm: Realm, lead: Export, issues: IssueLog
) -> pl.DataFrame:
    senders = texts([m.sender for m in messages])
    ids = senders.unique().drop_nulls().to_list()
    names = {key: realm.name(key) for key in ids}
    server = [key for key in ids if realm.speaks_for_server(key)]
    counts = realm.reactions
    rows = columns_of([_words(m) for m in messages]).with_columns(
        line=pl.Series(places.records, dtype=pl.UInt32),
        sent_at=instants([m.date_sent for m in messages]),
        message_id=texts([m.id for m in messages]),
        sender_id=senders,
        sender_name=senders.replace_strict(names, default=None, return_dtype=pl.String),
        reactions=pl.Series(
            [counts[m.id] if isinstance(m.id, int) else 0 for m in messages], dtype=pl.UInt32
        ),
        _recipient=texts([m.recipient for m in messages]),
        _sender=senders,
    )
    rows = places.with_times(rows, lead, issues)
    return with_kinds(rows, pl.col("sender_id").is_in(server))


def _words(message: Message) -> Words:
    rendered = message.rendered_content
    if isinstance(rendered, str) and rendered:
        return read_words(rendered, lambda _key, _name: None)
    return Words(text_of(message.content) or "")


PARSER = Parser(
    name="zulip-export",
    title="Zulip organisation export",
    platform="zulip",
    sniff=sniff,
    parse=parse,
    owns=owns,
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
        "members",
    ),
    obtain=(
        "Zulip: Organization settings, Data exports; unpack the archive.",
        "Zulip:组织设置中的「数据导出」,先解压。",
    ),
)
