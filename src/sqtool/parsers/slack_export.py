"""Slack workspace export: lists of people and channels, a folder per channel, a file per day.

Slack 工作区导出:users.json、channels.json 与每个频道一个文件夹(按天分文件)。

``channels.json`` (or the next of its siblings) leads and reads everything beside it; a day's file
handed over alone is read as its channel. Folders carry the channel's name, which the lists turn
into its id. ``ts`` is time and message id in one and stays a string. What happened is told by the
subtype alone: the sentences are in the language of the workspace. Threads are flat; a reply that
was also sent to the channel may be stored twice under one ``ts``.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final, TypeVar

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
from sqtool.parsers._json import read_array
from sqtool.parsers._json_folder import Places, folder_of, read_arrays
from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_peek import outline
from sqtool.parsers._slack_people import Speakers, Workspace
from sqtool.parsers._slack_records import Channel, Message, SoundMessage, User
from sqtool.parsers._slack_rows import frame

T = TypeVar("T")

_USERS: Final = "users.json"
_LISTS: Final = ("channels.json", "groups.json", "mpims.json", "dms.json")
_LEADS: Final = (*_LISTS, _USERS)
"""Who leads if it is there; in this order."""
_OTHERS: Final = (
    "canvases.json", "file_conversations.json", "huddle_transcripts.json",
    "integration_logs.json", "lists.json", "org_users.json",
)  # fmt: skip
_DAY: Final = re.compile(r"\d{4}-\d\d(?:-\d\d)?(?:\D.*)?\.json")
_TS: Final = re.compile(rb'"ts"\s*:\s*"\d{9,10}\.\d{6}"')
_ID: Final = re.compile(r"[CDG][A-Z0-9]{7,}")
_BATCH: Final = 50_000


def sniff(export: Export) -> Match:
    """Look for a list of channels or people with days beside it, or for the records of a day."""
    if outline(export).root != "array":
        return NO_MATCH
    if export.name in _LEADS:
        if _is_list(export) and _lead_of(export) == export.name and _days(export):
            evidence = f"{export.name} of a Slack export, with folders of days beside it"
            return Match(Confidence.CERTAIN, evidence)
        return NO_MATCH
    seen = outline(export)
    if seen.item_keys() >= {"type", "ts"} and _TS.search(seen.fragments[""]):
        return Match(Confidence.LIKELY, "array of records with type and ts: a day of Slack")
    return NO_MATCH


def owns(export: Export) -> list[Export]:
    """Return the other lists, and all days of all channels."""
    if export.name not in _LEADS:
        return []
    names = (name for name in (*_LEADS, *_OTHERS) if name != export.name)
    return [*(one for name in names if (one := export.beside(name))), *_days(export)]


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages channel by channel; after each its people."""
    if export.name not in _LEADS:
        yield from _channel(export, folder_of(export), [export], _workspace(export, "../"), issues)
        return
    workspace = _workspace(export, "")
    known = set(workspace.channels)
    days = [day for day in _days(export) if folder_of(day) in known or _DAY.fullmatch(day.name)]
    for folder, files in groupby(days, folder_of):
        yield from _channel(export, folder, list(files), workspace, issues)


def _is_list(export: Export) -> bool:
    keys = outline(export).item_keys()
    if export.name == _USERS:
        return "id" in keys and bool(keys & {"profile", "team_id", "real_name"})
    return "id" in keys and bool(keys & {"members", "created", "creator", "is_archived"})


def _lead_of(export: Export) -> str | None:
    for name in _LEADS:
        one = export if name == export.name else export.beside(name)
        if one is not None and _is_list(one):
            return name
    return None


def _days(export: Export) -> list[Export]:
    return export.all_beside("*/*.json")


def _workspace(export: Export, above: str) -> Workspace:
    workspace = Workspace()
    for user in _entries(export, above + _USERS, User):
        workspace.add_user(user)
    for name in _LISTS:
        for channel in _entries(export, above + name, Channel):
            workspace.add_channel(channel, private=name == "dms.json")
    return workspace


def _entries(export: Export, path: str, item: type[T]) -> Iterator[T]:
    file = export if path == export.name else export.beside(path)
    if file is not None:
        for items, _ in read_array(file, IssueLog(), item):
            yield from items


def _channel(
    lead: Export, folder: str, days: list[Export], workspace: Workspace, issues: IssueLog
) -> Iterator[RawBatch]:
    """Yield the messages of one channel, some ten thousand at a time."""
    chat = _chat(folder, workspace)
    speakers = Speakers(workspace)
    messages: list[Message] = []
    places = Places()

    def batch() -> RawBatch:
        rows = frame(messages, places.records, speakers)
        rows = places.with_times(rows, lead, issues)
        messages.clear()
        places.clear()
        return RawBatch(chat, rows)

    for day, items, numbers in read_arrays(lead, days, issues, Message, quick=SoundMessage):
        if not chat.strong and (team := text_of(items[0].team) if items else None):
            # Names of channels are unique in a workspace.
            chat = replace(chat, key=f"{team}/{folder}", strong=True)
        messages += items
        places.add(day, numbers)
        if len(messages) >= _BATCH:
            yield batch()
    if messages:
        yield batch()
    listed = workspace.channels.get(folder, Channel()).members
    members = speakers.members(listed)
    known = replace(chat, members=members, members_complete=listed is not None)
    yield RawBatch(known, pl.DataFrame(schema=RAW_MESSAGES))


def _chat(folder: str, workspace: Workspace) -> RawChat:
    channel = workspace.channels.get(folder, Channel())
    key = text_of(channel.id) or (folder if _ID.fullmatch(folder) else None)
    listed = [one for one in channel.members or () if isinstance(one, str)]
    people = ", ".join(workspace.names.get(one, one) for one in listed)
    private = key in workspace.private
    return RawChat(
        key=key or folder,
        strong=key is not None,
        platform="slack",
        name=text_of(channel.name) or (people if private else "") or folder,
        kind="private" if private else "group",
        member_count=len(listed) or None,
        has_replies=True,
        has_mentions=True,
    )


PARSER = Parser(
    name="slack-export",
    title="Slack workspace export",
    platform="slack",
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
        "recalls",
        "members",
    ),
    obtain=(
        "Slack: Settings, Import/export data, Export; hand over the zip as it is.",
        "Slack:工作区设置的「导入/导出数据」中导出;直接给出 zip。",
    ),
)
