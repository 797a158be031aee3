"""Zulip public archive (zulip-archive): a folder per stream, a JSON file per topic.

Zulip 公开归档(zulip-archive):stream_index.json 与每个话题一个 JSON 文件。

``stream_index.json`` leads: the names of streams are only there. A stream is a chat, its topics are
threads inside it; a topic's file handed over alone is read, too. Contents are rendered HTML.
Senders have no ids, only names, but mentions show id and name: whoever is mentioned anywhere under
exactly one id is known by it, and so keeps together under several names. The Notification Bot
speaks for the server: its notes are notices.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote, unquote

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
from sqtool.parsers._json_folder import Places, folder_of, read_arrays
from sqtool.parsers._json_items import instants, moment, text_of, texts
from sqtool.parsers._json_peek import outline
from sqtool.parsers._zulip import columns_of, with_kinds
from sqtool.parsers._zulip_html import read_words
from sqtool.schema import WEAK_ID

_INDEX: Final = "stream_index.json"
_KEYS: Final = frozenset(["content", "id", "sender_full_name", "timestamp"])
_NOTICES_BY: Final = "Notification Bot"
_BOTS: Final = ("Welcome Bot", "Reminder Bot", "Email Gateway")
_NUMBERED: Final = re.compile(r"^(\d+)-(.*)$", re.DOTALL)
_NUMBERED_ONCE: Final = re.compile(r"^(\d+)(\D.*)$", re.DOTALL)
"""Before 2020 nothing stood between id and name."""
_BATCH: Final = 50_000


class Message(msgspec.Struct, gc=False):
    """One message of a topic."""

    id: Any = None
    content: Any = None
    sender_full_name: Any = None
    timestamp: Any = None


def sniff(export: Export) -> Match:
    """Look for the index of streams, or for the four keys of a message."""
    seen = outline(export)
    if seen.root == "object" and b'"topic_data"' in seen.fragments.get("streams", b""):
        return Match(Confidence.CERTAIN, "streams with topic_data: the index of a Zulip archive")
    if seen.root == "array" and seen.item_keys() >= _KEYS:
        return Match(Confidence.CERTAIN, "array with sender_full_name: a topic of a Zulip archive")
    return NO_MATCH


def owns(export: Export) -> list[Export]:
    """Return the topics of all streams."""
    return export.all_beside("*/*.json") if _is_index(export) else []


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield stream by stream, once all are read: any of them may tell who somebody is."""
    lead = _is_index(export)
    index = export if lead else export.beside(f"../{_INDEX}")
    streams, saved = _streams(index) if index is not None else ({}, None)
    people = _People()
    files = owns(export) if lead else [export]
    read: list[tuple[RawChat, list[pl.DataFrame]]] = []
    for folder, topics in groupby(files, folder_of):
        chat = replace(_chat(folder, streams), exported_at=moment(saved))
        read.append((chat, list(_stream(export, list(topics), people, issues))))
    ids = people.ids()
    for chat, frames in read:
        if frames:
            rows = pl.concat(frames).with_columns(
                sender_id=pl.col("sender_name").replace_strict(
                    ids, default=None, return_dtype=pl.String
                )
            )
            members = _bots(rows["sender_name"], ids)
            # Topics are apart in the files; ids rise with time over all of them.
            yield RawBatch(replace(chat, members=members), rows.sort("_number").drop("_number"))


def _is_index(export: Export) -> bool:
    return outline(export).root == "object"


def _streams(index: Export) -> tuple[dict[str, tuple[str | None, str]], Any]:
    """Return id and name of streams by the name of their folder, and when the index was written."""
    parts = read_object(index, IssueLog(), values=("streams", "time"))
    values = {part.key: part.value for part in parts}
    listed = values.get("streams")
    streams: dict[str, tuple[str | None, str]] = {}
    for name, facts in listed.items() if isinstance(listed, dict) else ():
        key = text_of(facts.get("id")) if isinstance(facts, dict) else None
        streams[_folder_name(name)] = key, name
        if key is not None:
            streams[key] = key, name
    return streams, values.get("time")


def _folder_name(stream: str) -> str:
    """Return a stream's name as the archive writes it: percent-encoding with dots."""
    return quote(stream, safe="").replace(".", "%2E").replace("%", ".")


def _chat(folder: str, streams: dict[str, tuple[str | None, str]]) -> RawChat:
    numbered = _NUMBERED.match(folder)
    if numbered is None and (once := _NUMBERED_ONCE.match(folder)) and once[1] in streams:
        numbered = once
    known = streams.get(numbered[1]) if numbered else None
    known = known or streams.get(folder)
    key, name = known or (numbered[1] if numbered else None, "")
    return RawChat(
        key=key or folder,
        strong=key is not None,
        platform="zulip",
        name=name or unquote((numbered[2] if numbered else folder).replace(".", "%")),
        kind="group",
        has_replies=True,
        has_mentions=True,
    )


class _People:
    """Who is shown under which id."""

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}

    def add(self, key: str, name: str) -> None:
        self._ids.setdefault(name, set()).add(key)

    def ids(self) -> dict[str, str]:
        """Return the id of every name that stands for one."""
        return {name: next(iter(ids)) for name, ids in self._ids.items() if len(ids) == 1}


def _stream(
    lead: Export, topics: list[Export], people: _People, issues: IssueLog
) -> Iterator[pl.DataFrame]:
    messages: list[Message] = []
    places = Places()
    for topic, items, numbers in read_arrays(lead, topics, issues, Message):
        messages += items
        places.add(topic, numbers)
        if len(messages) >= _BATCH:
            yield places.with_times(_frame(messages, places.records, people), lead, issues)
            messages.clear()
            places.clear()
    if messages:
        yield places.with_times(_frame(messages, places.records, people), lead, issues)


def _frame(messages: Sequence[Message], records: Sequence[int], people: _People) -> pl.DataFrame:
    said = [
        read_words(m.content if isinstance(m.content, str) else "", people.add) for m in messages
    ]
    ids = texts([m.id for m in messages])
    rows = columns_of(said).with_columns(
        line=pl.Series(records, dtype=pl.UInt32),
        sent_at=instants([m.timestamp for m in messages]),
        message_id=ids,
        sender_name=texts([m.sender_full_name for m in messages]),
        _number=ids.cast(pl.Int64, strict=False),
    )
    return with_kinds(rows, pl.col("sender_name") == _NOTICES_BY)


def _bots(names: pl.Series, ids: dict[str, str]) -> pl.DataFrame:
    found = names.filter(names.is_in(list(_BOTS))).unique(maintain_order=True).to_list()
    rows = [(ids.get(name, f"{WEAK_ID}{name}"), name, None, None, None, True) for name in found]
    return pl.DataFrame(rows, schema=RAW_MEMBERS, orient="row")


PARSER = Parser(
    name="zulip-archive",
    title="Zulip public archive",
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
    ),
    obtain=(
        "Zulip: the zulip_json folder that the zulip-archive tool writes.",
        "Zulip:zulip-archive 工具写出的 zulip_json 文件夹。",
    ),
)
