"""Chats of the store as parts: what was imported, as if it came from a file once more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

from sqtool.parsers._base import RAW_MESSAGES
from sqtool.parts import Part
from sqtool.schema import MEMBERS, MESSAGES
from sqtool.spool import CHUNK_ROWS, Rows, Spool
from sqtool.store._facts import (
    LIST_ORDER,
    STORED,
    apart_of,
    facts_again,
    lists_again,
    plain_chat,
)
from sqtool.store._tables import CONTENT, LISTS
from sqtool.store.store import Store

_FOUND: Final = (
    "reply_to_id", "mention_ids", "mention_names", "event", "actor_id", "actor_name", "target_ids",
    "target_names",
)  # fmt: skip
_HOW: Final = ("source", "numbering", "by_minute")
_RAW: Final = [
    *(
        pl.col(f"found_{name}").alias(name) if name in _FOUND else pl.col(name)
        for name in RAW_MESSAGES
        if name in _FOUND or name in MESSAGES
    ),
    pl.col("ordinal"),
]


@dataclass
class Stored:
    """What the store holds of one chat.

    Args:
        facts: Its row of the table ``chats``.
        parts: Its rows, by what they were imported from, and its member lists.
        prints: A hash of each row of ``messages``, by ordinal: to see whether anything changed.
        members: Its rows of ``members``.
        lists: Its rows of ``lists``.
    """

    facts: dict[str, Any]
    parts: list[Part] = field(default_factory=list)
    prints: list[pl.Series] = field(default_factory=list)
    members: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEMBERS))
    lists: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LISTS))


def stored_chats(store: Store, chats: Sequence[str], spool: Spool) -> dict[str, Stored]:
    """Return what the store holds of some chats, by id; those it does not know are left out.

    Args:
        store: The store.
        chats: Ids.
        spool: Where the rows wait.
    """
    known = store.chats.filter(pl.col("chat_id").is_in(list(chats)))
    found = {row["chat_id"]: Stored(row) for row in known.iter_rows(named=True)}
    if not found:
        return {}
    for one in found.values():
        one.parts += facts_again(one.facts, spool)
    waiting: dict[tuple[str, str, int, bool], Rows] = {}
    for frame in _frames(store, known):
        frame = frame.with_columns(prints(frame).alias("print"))
        for (chat_id, *how), rows in frame.group_by("chat_id", *_HOW, maintain_order=True):
            source, numbering, minutes = how
            key = str(chat_id), str(source), int(str(numbering)), bool(minutes)
            if key not in waiting:
                waiting[key] = spool.rows()
            waiting[key].add(rows.select(_RAW))
        for (chat_id,), rows in frame.group_by("chat_id", maintain_order=True):
            found[str(chat_id)].prints.append(rows["print"])
    for (chat_id, source, numbering, minutes), stored in waiting.items():
        row = found[chat_id].facts
        found[chat_id].parts.append(
            Part(
                plain_chat(row), stored, STORED, source, stored=chat_id,
                numbering=numbering, minutes=minutes, told_at=row["last_at"],
            )
        )  # fmt: skip
    members = store.scan("members", list(found)).collect().sort("chat_id", "member_id")
    for (chat_id,), rows in members.group_by("chat_id", maintain_order=True):
        found[str(chat_id)].members = rows
    lists = store.scan("lists", list(found)).collect().sort("chat_id", *LIST_ORDER)
    for (chat_id,), rows in lists.group_by("chat_id", maintain_order=True):
        one = found[str(chat_id)]
        one.lists = rows
        one.parts += lists_again(one.facts, rows, spool)
    return found


_PRINTED: Final = [name for name in CONTENT["messages"] if name != "ordinal"]


def prints(frame: pl.DataFrame) -> pl.Series:
    """Return a hash of each row of ``messages``, whatever its place."""
    return frame.select(_PRINTED).hash_rows()


def outlines(store: Store, chats: Sequence[str]) -> dict[str, Part]:
    """Return chats of the store as one part each: when, and who; to find out what is one chat."""
    columns = ["chat_id", "sent_at", "kind", "sender_id", "sender_name"]
    rows = store.scan("messages", chats, columns=columns).collect()
    facts = {
        row["chat_id"]: row
        for row in store.chats.filter(pl.col("chat_id").is_in(list(chats))).iter_rows(named=True)
    }
    parts = {}
    for (chat_id,), mine in rows.group_by("chat_id", maintain_order=True):
        row, name = facts[str(chat_id)], str(chat_id)
        parts[name] = Part(
            replace(plain_chat(row), name=row["name"]),
            Rows.of(mine),
            f"{STORED} {name}",
            "",
            stored=name,
            apart=apart_of(row),
        )
    return parts


def _frames(store: Store, known: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield rows in the order of each chat: small chats together, large ones in pieces."""
    batch: list[str] = []
    held = 0
    for chat_id, count in known.select("chat_id", "messages").iter_rows():
        if count > CHUNK_ROWS:
            for start in range(0, count, CHUNK_ROWS):
                piece = pl.col("ordinal").is_between(start, start + CHUNK_ROWS - 1)
                yield store.scan("messages", [chat_id]).filter(piece).collect().sort("ordinal")
            continue
        batch.append(chat_id)
        held += count
        if held >= CHUNK_ROWS:
            yield _rows(store, batch)
            batch, held = [], 0
    if batch:
        yield _rows(store, batch)


def _rows(store: Store, chats: Sequence[str]) -> pl.DataFrame:
    return store.scan("messages", chats).collect().sort("chat_id", "ordinal")
