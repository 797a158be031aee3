"""What the store knows of a chat beside its messages, and since when.

Each fact is as the newest export has it that tells it at all. So it matters when each of them was
told: with that kept, the result does not depend on the order of the imports.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.parsers._base import RAW_MEMBERS, RawChat
from sqtool.parts import Part, instant, newest_first, told_at
from sqtool.spool import Spool
from sqtool.store._tables import LISTS

STORED: Final = "(store)"
"""What stands for the file of what comes from the store."""
LIST_ORDER: Final = ("taken_at", "as_of", "source", "complete", "member_id")

_UNSAID: Final[dict[str, str]] = {"name": "", "kind": "unknown", "key": ""}
_DATED: Final = ("name", "kind", "self_id", "self_name", "member_count", "key")
_JOINED: Final = "; "


def kept_facts(
    parts: list[Part], stored: list[dict[str, Any]], apart: frozenset[str], tz: ZoneInfo
) -> dict[str, Any]:
    """Return what the table ``chats`` has beside ``CHATS``, and facts that add up.

    Args:
        parts: All parts of the chat, those of the store included.
        stored: Rows of the table ``chats``.
        apart: Marks that the new parts have in common with other chats.
        tz: Zone of wall clocks.
    """
    parts = newest_first(parts, tz)
    strong = any(part.chat.strong for part in parts)
    facts: dict[str, Any] = {}
    since: dict[str, str | None] = {}
    for name in _DATED:
        for part in parts:
            value = getattr(part.chat, name)
            if not value or value == _UNSAID.get(name):
                continue
            if name == "key" and part.chat.strong != strong:
                continue
            at = told_at(part, tz)
            facts[name], since[name] = value, at.isoformat() if at else None
            break
    marks = set(apart).union(*(json.loads(row["told"])["apart"] for row in stored))
    told = {
        "since": since,
        "apart": sorted(marks),
        "has_replies": any(part.chat.has_replies for part in parts),
        "has_mentions": any(part.chat.has_mentions for part in parts),
    }
    files = {part.file for part in parts if part.stored is None}
    formats = {part.format for part in parts if part.format}
    return {
        "key": facts["key"],
        "strong": strong,
        "self_name": facts.get("self_name"),
        "source": _all(files, [row["source"] for row in stored]),
        "format": _all(formats, [row["format"] for row in stored]),
        "told": json.dumps(told, ensure_ascii=False, sort_keys=True),
    }


def _all(new: set[str], old: list[str]) -> str:
    return _JOINED.join(sorted(new.union(*(text.split(_JOINED) for text in old))))


def apart_of(row: dict[str, Any]) -> frozenset[str]:
    """Return the marks a chat has in common with those a file keeps apart from it."""
    return frozenset(json.loads(row["told"])["apart"])


def facts_again(row: dict[str, Any], spool: Spool) -> Iterator[Part]:
    """Yield parts without rows that tell the facts of a chat, each when it was told.

    Args:
        row: Its row of the table ``chats``.
        spool: Where the rows would wait.
    """
    told = json.loads(row["told"])
    moments: dict[str | None, list[str]] = {}
    for name, at in told["since"].items():
        moments.setdefault(at, []).append(name)
    for at, names in moments.items():
        said: dict[str, Any] = {name: row[name] for name in names}
        chat = replace(
            plain_chat(row),
            exported_at=row["exported_at"],
            has_replies=told["has_replies"],
            has_mentions=told["has_mentions"],
            **said,
        )
        when = datetime.fromisoformat(at) if at else None
        yield _without_rows(chat, when, "", row["chat_id"], spool)


def lists_again(row: dict[str, Any], lists: pl.DataFrame, spool: Spool) -> Iterator[Part]:
    """Yield the member lists of a chat as parts without rows.

    Args:
        row: Its row of the table ``chats``.
        lists: Its rows of ``LISTS``.
        spool: Where the rows would wait.
    """
    for (taken_at, as_of, source, complete), members in lists.group_by(
        *LIST_ORDER[:-1], maintain_order=True
    ):
        listed = members.select(*RAW_MEMBERS, "remark", "listed")
        if listed["listed"].is_null().all():
            listed = listed.drop("listed")
        chat = replace(plain_chat(row), members=listed, members_complete=bool(complete))
        at = taken_at or as_of
        when = at.astimezone(UTC) if isinstance(at, datetime) else None
        yield _without_rows(chat, when, str(source), row["chat_id"], spool)


def plain_chat(row: dict[str, Any]) -> RawChat:
    """Return a chat of the store that says nothing but which one it is."""
    return RawChat(
        key=row["key"], strong=row["strong"], platform=row["platform"], name="", kind="unknown"
    )


def all_lists(
    chat_id: str, parts: list[Part], stored: list[pl.DataFrame], tz: ZoneInfo
) -> pl.DataFrame:
    """Return the member lists of a chat, each once.

    Of lists that are not whole, such as of those who speak in an export, only what is the newest of
    each member: nobody can be said to have left by such a list.

    Args:
        chat_id: The chat.
        parts: All parts of the chat.
        stored: The lists that the store has.
        tz: Zone of wall clocks.
    """
    frames = [old.with_columns(chat_id=pl.lit(chat_id)) for old in stored if old.height]
    grown = len(frames) > 1
    for part in parts:
        members = part.chat.members
        if part.stored is not None or members is None or members.is_empty():
            continue
        grown = True
        missing = [name for name in ("remark", "listed") if name not in members.columns]
        members = members.with_columns(pl.lit(None, LISTS[name]).alias(name) for name in missing)
        taken_at = instant(part.chat.exported_at, tz)
        as_of = told_at(part, tz) if taken_at is None else None
        frames.append(
            members.with_columns(
                chat_id=pl.lit(chat_id),
                taken_at=pl.lit(taken_at, LISTS["taken_at"]),
                as_of=pl.lit(as_of, LISTS["as_of"]),
                source=pl.lit(part.format),
                complete=pl.lit(part.chat.members_complete),
            ).select(pl.col(name).cast(dtype) for name, dtype in LISTS.items())
        )
    if not frames:
        return pl.DataFrame(schema=LISTS)
    lists = pl.concat(frames)
    if grown:
        at = pl.coalesce("taken_at", "as_of")
        whole = pl.when(pl.col("complete")).then(pl.struct("taken_at", "as_of", "source"))
        lists = (
            lists.with_columns(_whole=whole.hash())
            .sort(at, descending=True, nulls_last=True, maintain_order=True)
            .unique(["_whole", "complete", "member_id"], keep="first", maintain_order=True)
            .drop("_whole")
        )
    return lists.sort("chat_id", *LIST_ORDER)


def _without_rows(
    chat: RawChat, at: datetime | None, source: str, chat_id: str, spool: Spool
) -> Part:
    return Part(chat, spool.rows(), STORED, source, stored=chat_id, told_at=at)
