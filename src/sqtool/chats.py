"""Which parts of files are one chat.

The platform's own id decides where files carry it. Elsewhere there is a title, or only a file name:
two chats may share it, so such parts are one chat only if their times overlap or adjoin and half of
the smaller circle of senders is in both (where nobody has a name: half of the moments); else they
stay apart.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

_COPY: Final = re.compile(
    r"(?:\s*(?:[-_ ]*的?\s*(?:副本|\bcopy|复件)\s*\d*|[（(]\d+[)）]))+\s*$", re.IGNORECASE
)


@dataclass(frozen=True)
class _Company:
    """When a part happens, and who speaks in it; where nobody has a name, each moment."""

    first: datetime | None
    last: datetime | None
    ids: frozenset[str]
    names: frozenset[str]
    moments: frozenset[datetime]


def group_parts(parts: Sequence[Part], tz: ZoneInfo, issues: IssueLog) -> dict[str, list[Part]]:
    """Put the parts of one chat together, whatever the order of the files.

    Args:
        parts: All parts, in the order of the files.
        tz: Zone of wall clocks.
        issues: Told of chats that share a name and were kept apart.

    Returns:
        Parts by chat id: ``platform:key``; further chats of one name are ``… (2)``.
    """
    groups: dict[str, list[Part]] = {}
    weak: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        platform, key = part.chat.platform, part.chat.key
        if part.chat.strong:
            groups.setdefault(f"{platform}:{key}", []).append(part)
        else:
            weak.setdefault((platform, tidy_name(key)), []).append(part)
    numbered: dict[tuple[str, str], list[str]] = {}
    for chat_id, mine in groups.items():
        for name in {tidy_name(part.chat.name) for part in mine}:
            numbered.setdefault((mine[0].chat.platform, name), []).append(chat_id)
    for (platform, title), named in weak.items():
        rivals = [groups[chat_id] for chat_id in numbered.get((platform, title), ())]
        circles = [named]
        if rivals or len(named) > 1:
            circles = _circles(rivals, named, tz)
        used = Counter(key for circle in circles for key in {part.chat.key for part in circle})
        for number, circle in enumerate(circles):
            keys = {part.chat.key for part in circle}
            own = keys.pop() if len(circles) > 1 and len(keys) == 1 else title
            chat_id = _free(f"{platform}:{own if used[own] == 1 else title}", groups)
            groups[chat_id] = circle
            others = [part for mine in (*rivals, *circles[:number]) for part in mine]
            if any(part.file != circle[0].file for part in others):
                detail = (
                    f"same name, other people or times: kept apart; --chat '{chat_id}' picks it"
                )
                issues.add("same-name-apart", circle[0].file, rows=0, detail=detail)
    return groups


def _circles(rivals: list[list[Part]], named: list[Part], tz: ZoneInfo) -> list[list[Part]]:
    """Join parts of one name that are one chat, the likeliest first.

    Args:
        rivals: Chats with the platform's own id: they take parts in, and stay apart.
        named: Parts without.
        tz: Zone of wall clocks.

    Returns:
        The chats made of ``named`` alone, the oldest first.
    """
    fixed = len(rivals)
    circles = [*rivals, *([part] for part in named)]
    known = [[_company(part, tz) for part in circle] for circle in circles]
    pairs = (
        (max(_share(a, b) for a in known[one] for b in known[two]), one, two)
        for two in range(fixed, len(circles))
        for one in range(two)
        # Of what is in the store, only something new may show that it is one chat.
        if any(part.stored is None for part in (*circles[one], *circles[two]))
    )
    likely = sorted(
        (pair for pair in pairs if pair[0] >= SHARED_SENDERS), key=lambda pair: -pair[0]
    )
    place = list(range(len(circles)))
    for _, a, b in likely:
        keep, gone = sorted((place[a], place[b]))
        # What a file keeps apart is apart.
        if keep == gone or gone < fixed or _apart(circles[keep], circles[gone]):
            continue
        circles[keep] += circles[gone]
        known[keep] += known[gone]
        place = [keep if now == gone else now for now in place]
    left = [number for number in range(fixed, len(circles)) if place[number] == number]
    never = datetime.max.replace(tzinfo=UTC)
    left.sort(key=lambda number: min(company.first or never for company in known[number]))
    return [circles[number] for number in left]


def _apart(one: list[Part], two: list[Part]) -> bool:
    marks = {mark for part in one for mark in (part.file, *part.apart)}
    return any(mark in marks for part in two for mark in (part.file, *part.apart))


def _free(name: str, groups: dict[str, list[Part]]) -> str:
    free, number = name, 1
    while free in groups:
        number += 1
        free = f"{name} ({number})"
    return free


def tidy_name(key: str) -> str:
    """Return a title or file stem without dates and marks of copies; itself if nothing is left."""
    bare = without_dates(_COPY.sub("", key.strip())).strip()
    return bare or key.strip() or key


def _share(one: _Company, two: _Company) -> float:
    if one.first is None or one.last is None or two.first is None or two.last is None:
        return 0.0
    if one.first > two.last + ADJOINING or two.first > one.last + ADJOINING:
        return 0.0
    by_id = bool(one.ids and two.ids)
    a, b = (one.ids, two.ids) if by_id else (one.names, two.names)
    if not (a or b or one.ids or two.ids):
        # Nobody has a name in either: what remains is when something was said.
        return len(one.moments & two.moments) / min(len(one.moments), len(two.moments))
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def _company(part: Part, tz: ZoneInfo) -> _Company:
    firsts: list[datetime] = []
    lasts: list[datetime] = []
    ids: set[str] = set()
    names: set[str] = set()
    every: set[datetime] = set()
    for frame in part.rows.frames():
        times = frame.select(at=moments(frame, tz))["at"].drop_nulls()
        if len(times):
            firsts.append(times.min())  # type: ignore[arg-type]
            lasts.append(times.max())  # type: ignore[arg-type]
        said = frame.filter(pl.col("kind") != "system")
        for column, found in (("sender_id", ids), ("sender_name", names)):
            if column in said.columns:
                found.update(said.select(clean_name(pl.col(column)).unique())[column].drop_nulls())
        if not (ids or names):
            every.update(times)
    strong = {sender for sender in ids if not sender.startswith(WEAK_ID)}
    return _Company(
        min(firsts, default=None),
        max(lasts, default=None),
        frozenset(strong),
        frozenset(names),
        frozenset() if strong or names else frozenset(every),
    )
