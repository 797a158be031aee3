"""Which chat of the store the parts of new files belong to."""

import re
from dataclasses import dataclass, replace
from itertools import combinations
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.chats import group_parts, tidy_name
from sqtool.issues import IssueLog
from sqtool.parts import Part
from sqtool.store._facts import STORED
from sqtool.store._parts import outlines
from sqtool.store.store import Store


@dataclass(frozen=True)
class Group:
    """The new parts of one chat.

    Args:
        parts: The parts.
        absorbs: Chats of the store that turn out to be this one, its own id aside.
        apart: Marks it has in common with chats that a file keeps apart from it.
    """

    parts: list[Part]
    absorbs: tuple[str, ...] = ()
    apart: frozenset[str] = frozenset()


def group_new(store: Store, parts: list[Part], tz: ZoneInfo, issues: IssueLog) -> dict[str, Group]:
    """Find out which chat each part belongs to, by the rules of ``chats.group_parts``.

    A chat of the store keeps its id. New parts may show that two chats of the store, known by title
    only, are one; and that a chat known by title is one whose id is known now.

    Args:
        store: What was imported before.
        parts: The new parts.
        tz: Zone of wall clocks.
        issues: Told of chats that share a name and were kept apart.
    """
    near = _near(store, parts)
    stored = outlines(store, near) if near else {}
    owner = {id(part): chat_id for chat_id, part in stored.items()}
    found = IssueLog()
    grouped = group_parts([*stored.values(), *parts], tz, found)
    told = found.frame()
    issues.extend(told.filter(~pl.col("file").str.starts_with(STORED)))
    known = set(store.chats["chat_id"])
    taken = known | set(grouped)
    groups: dict[str, Group] = {}
    for chat_id, mine in grouped.items():
        new = [part for part in mine if part.stored is None]
        if not new:
            continue
        before = sorted((owner[id(part)] for part in mine if id(part) in owner), key=_by_number)
        if not any(part.chat.strong for part in mine):
            if before:
                chat_id = before[0]
            elif chat_id in known:
                chat_id = _free(chat_id, taken)
                taken.add(chat_id)
        groups[chat_id] = Group(new, tuple(one for one in before if one != chat_id))
    return _kept_apart(groups)


def _near(store: Store, parts: list[Part]) -> list[str]:
    """Return the chats of the store whose name leaves open whether a part is of them."""
    titles: dict[tuple[str, str], bool] = {}
    for part in parts:
        for name in (part.chat.name, part.chat.key):
            title = part.chat.platform, tidy_name(name)
            titles[title] = titles.get(title, False) or not part.chat.strong
    near = []
    columns = store.chats.select("chat_id", "platform", "name", "key", "strong")
    for chat_id, platform, name, key, strong in columns.iter_rows():
        shared = [titles.get((platform, tidy_name(one))) for one in (name, key)]
        # Two chats with ids of the platform are never in doubt.
        if any(loose is not None and (loose or not strong) for loose in shared):
            near.append(chat_id)
    return near


def _kept_apart(groups: dict[str, Group]) -> dict[str, Group]:
    """Mark chats of one title that stand side by side in a file: they are different for ever."""
    beside: dict[tuple[str, str, str], set[str]] = {}
    for chat_id, group in groups.items():
        for part in group.parts:
            if not part.chat.strong:
                title = part.file, part.chat.platform, tidy_name(part.chat.key)
                beside.setdefault(title, set()).add(chat_id)
    marks: dict[str, set[str]] = {}
    for ids in beside.values():
        for one, two in combinations(sorted(ids), 2):
            for chat_id in (one, two):
                marks.setdefault(chat_id, set()).add(f"{one} | {two}")
    return {
        chat_id: replace(group, apart=frozenset(marks.get(chat_id, ())))
        for chat_id, group in groups.items()
    }


def _by_number(chat_id: str) -> tuple[str, int]:
    numbered = re.fullmatch(r"(.*) \((\d+)\)", chat_id, re.DOTALL)
    return (numbered[1], int(numbered[2])) if numbered else (chat_id, 1)


def _free(chat_id: str, taken: set[str]) -> str:
    base, number = _by_number(chat_id)
    while chat_id in taken:
        number += 1
        chat_id = f"{base} ({number})"
    return chat_id
