"""Which parts of files are one chat.

The platform's own id decides where files carry it. Elsewhere there is a title, or only a file name:
two chats may share it, so such parts are one chat only if their times overlap or adjoin and half of
the smaller circle of senders is in both; else they stay apart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.identity import clean_name
from sqtool.issues import IssueLog
from sqtool.parsers._undated import without_dates
from sqtool.parts import Part, moments
from sqtool.schema import WEAK_ID

ADJOINING: Final = timedelta(days=7)
"""So long may a group be silent between the end of one export and the beginning of the next."""
SHARED_SENDERS: Final = 0.5
"""This share of the smaller set of senders must be in both."""

_COPY: Final = re.compile(r"\s*(?:[-_ ]*(?:副本|copy|复件)\s*\d*|[（(]\d+[)）])\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class _Company:
    """When a part happens, and who speaks in it."""

    first: datetime | None
    last: datetime | None
    ids: frozenset[str]
    names: frozenset[str]


def group_parts(parts: Sequence[Part], tz: ZoneInfo, issues: IssueLog) -> dict[str, list[Part]]:
    """Put the parts of one chat together.

    Args:
        parts: All parts, in the order of the files.
        tz: Zone of wall clocks.
        issues: Told of chats that share a name and were kept apart.

    Returns:
        Parts by chat id: ``platform:key``; further chats of one name are ``… (2)``.
    """
    groups: dict[str, list[Part]] = {}
    for part in parts:
        if part.chat.strong:
            groups.setdefault(f"{part.chat.platform}:{part.chat.key}", []).append(part)
    names: dict[tuple[str, str], list[str]] = {}
    for chat_id, mine in groups.items():
        for name in {tidy_name(part.chat.name) for part in mine}:
            names.setdefault((mine[0].chat.platform, name), []).append(chat_id)
    known: dict[int, _Company] = {}
    weak = [part for part in parts if not part.chat.strong]
    titles = [tidy_name(part.chat.key) for part in weak]
    for part, title in zip(weak, titles, strict=True):
        rivals = names.setdefault((part.chat.platform, title), [])
        several = len(rivals) > 0 or titles.count(title) > 1
        if several and id(part) not in known:
            known[id(part)] = _company(part, tz)
        for chat_id in rivals:
            for other in groups[chat_id]:
                if id(other) not in known:
                    known[id(other)] = _company(other, tz)
        best = max(
            rivals,
            key=lambda chat_id: _shared(part, groups[chat_id], known),
            default=None,
        )
        if best is not None and _shared(part, groups[best], known) >= SHARED_SENDERS:
            groups[best].append(part)
            continue
        chat_id = _free(f"{part.chat.platform}:{title}", groups)
        groups[chat_id] = [part]
        if any(other.file != part.file for rival in rivals for other in groups[rival]):
            detail = f"same name, other people or times: kept apart; --chat '{chat_id}' picks it"
            issues.add("same-name-apart", part.file, rows=0, detail=detail)
        rivals.append(chat_id)
    return groups


def tidy_name(key: str) -> str:
    """Return a title or file stem without dates and marks of copies; itself if nothing is left."""
    bare = without_dates(_COPY.sub("", key.strip())).strip()
    return bare or key.strip() or key


def _free(name: str, groups: dict[str, list[Part]]) -> str:
    free, number = name, 1
    while free in groups:
        number += 1
        free = f"{name} ({number})"
    return free


def _shared(part: Part, others: list[Part], known: dict[int, _Company]) -> float:
    """Return the share of senders that the part has in common with its likeliest neighbour."""
    if any(other.file == part.file for other in others):
        return 0.0  # what a file keeps apart is apart
    mine = known[id(part)]
    return max((_share(mine, known[id(other)]) for other in others), default=0.0)


def _share(one: _Company, two: _Company) -> float:
    if one.first is None or one.last is None or two.first is None or two.last is None:
        return 0.0
    if one.first > two.last + ADJOINING or two.first > one.last + ADJOINING:
        return 0.0
    by_id = bool(one.ids and two.ids)
    a, b = (one.ids, two.ids) if by_id else (one.names, two.names)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def _company(part: Part, tz: ZoneInfo) -> _Company:
    firsts: list[datetime] = []
    lasts: list[datetime] = []
    ids: set[str] = set()
    names: set[str] = set()
    for frame in part.rows.frames():
        times = frame.select(at=moments(frame, tz))["at"].drop_nulls()
        if len(times):
            firsts.append(times.min())  # type: ignore[arg-type]
            lasts.append(times.max())  # type: ignore[arg-type]
        said = frame.filter(pl.col("kind") != "system")
        for column, found in (("sender_id", ids), ("sender_name", names)):
            if column in said.columns:
                found.update(said.select(clean_name(pl.col(column)).unique())[column].drop_nulls())
    strong = {sender for sender in ids if not sender.startswith(WEAK_ID)}
    return _Company(
        min(firsts, default=None), max(lasts, default=None), frozenset(strong), frozenset(names)
    )
