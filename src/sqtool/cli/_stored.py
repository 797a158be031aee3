"""Commands without SOURCE read the store."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import polars as pl

from sqtool.cli._options import Reading
from sqtool.context import zone
from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parts import instant
from sqtool.schema import Dataset
from sqtool.store._place import Place
from sqtool.store._state import read_history
from sqtool.store.store import Store

_SHOWN = 20
_FEW = 20


@dataclass(frozen=True)
class Stored:
    """Chats of the store.

    Args:
        store: The store.
        ids: The chats asked for.
        data: Those chats.
        sample: The largest of them: what language they speak is not asked of thousands.
        now: T.
        source: Where T comes from, if not from the user.
    """

    store: Store
    ids: list[str]
    data: Dataset
    sample: Dataset
    now: datetime
    source: Literal["export", "newest"] | None


def stored(reading: Reading, as_of: datetime | None, *, one_chat: bool) -> Stored:
    """Return chats of the store.

    Args:
        reading: Which store, which chats, more member lists and aliases.
        as_of: T as the user gave it.
        one_chat: Whether exactly one chat is needed.

    Raises:
        UsageError: If there is no store, no such chat, or one must be chosen.
    """
    store = open_store(reading.store)
    ids = chosen_chats(store, reading)
    if (one_chat or reading.roster) and len(ids) != 1:
        raise _choose(store, ids)
    where = zone(reading.tz)
    latest, source = store.latest()
    now = latest if as_of is None else instant(as_of, where) or latest
    lists, issues = None, IssueLog()
    if reading.roster:
        from sqtool.pipeline import read_lists
        from sqtool.snapshots import snapshot

        found = read_lists(reading.roster, where, issues)
        lists = pl.concat([snapshot(roster, ids[0], now, file) for file, roster in found])
    every = len(ids) == store.chats.height
    data = store.dataset(None if every else ids, now=now, tz=where, lists=lists)
    if reading.aliases is not None:
        from sqtool.alias_files import read_aliases
        from sqtool.aliases import apply_aliases, with_ids

        named = Path(reading.aliases)
        data = apply_aliases(data, with_ids(data, read_aliases(named), issues, named.name))
    largest = store.chats.filter(pl.col("chat_id").is_in(ids)).sort("messages", "chat_id").tail(1)
    sample = data if len(ids) < _FEW else store.dataset(largest["chat_id"].to_list())
    return Stored(store, ids, data, sample, now, source if as_of is None else None)


def open_store(given: str | None) -> Store:
    """Open the store.

    Raises:
        UsageError: If there is none: the user may not know of stores at all.
    """
    place = Place.of(given)
    history = read_history(place)
    if history is not None:
        return Store(place, history)
    if given is not None:
        return Store.open(given)
    raise UsageError(
        t("no export file given", "没有给出导出文件"),
        hint=t(
            "give a file, folder or zip, or try: sqtool demo",
            "请给出文件、文件夹或 zip;想先试试:sqtool demo",
        ),
    )


def chosen_chats(store: Store, reading: Reading) -> list[str]:
    """Return the ids of the chats asked for; private ones only if they are wanted.

    Raises:
        UsageError: If there is no such chat, or only private ones.
    """
    ids = store.chats["chat_id"].to_list() if reading.chat is None else store.find(reading.chat)
    if reading.allow_private:
        return ids
    private = set(store.chats.filter(pl.col("kind") == "private")["chat_id"])
    groups = [chat_id for chat_id in ids if chat_id not in private]
    if ids and not groups:
        raise UsageError(
            t("this is a private (one-to-one) chat", "这是私聊记录,不是群聊"),
            hint=t("sqtool is for groups; --allow-private reads it all the same",
                   "sqtool 用于群聊;确实要读请加 --allow-private"),
        )  # fmt: skip
    return groups


def _choose(store: Store, ids: list[str]) -> UsageError:
    rows = store.chats.filter(pl.col("chat_id").is_in(ids)).sort(
        "messages", "chat_id", descending=[True, False]
    )
    shown = "; ".join(
        f"{name} [{chat_id}] {count}"
        for chat_id, name, count in rows.select("chat_id", "name", "messages")
        .head(_SHOWN)
        .iter_rows()
    )
    more = f" … (+{len(ids) - _SHOWN})" if len(ids) > _SHOWN else ""
    return UsageError(
        t(
            f"{len(ids)} chats in the store; one is needed",
            f"存储库里有 {len(ids)} 个群,需要选一个",
        ),
        hint=t("use --chat NAME: ", "请用 --chat 选一个:") + shown + more,
    )
