"""What the operator tells the store beside exports: member lists, aliases, tags."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.aliases import ALIASES, apply_aliases
from sqtool.issues import IssueLog
from sqtool.pipeline import read_lists
from sqtool.schema import TAGS
from sqtool.snapshots import SNAPSHOTS, snapshot
from sqtool.store._change import Change, changing
from sqtool.store._place import Place
from sqtool.store.store import Store
from sqtool.tag_files import put_together


def import_rosters(
    place: Place, chat_id: str, files: Sequence[str | Path], tz: ZoneInfo
) -> pl.DataFrame:
    """Keep member lists of a chat; the same file of the same day takes the place of the older one.

    Args:
        place: The store.
        chat_id: The chat.
        files: The lists, as ``[DATE=]FILE``; without any date one is of the chat's newest moment.
        tz: Zone of dates.

    Returns:
        ``ISSUES``.

    Raises:
        SqtoolError: As ``read_roster`` does, or if the store cannot be written.
    """
    issues = IssueLog()
    with changing(place) as change:
        store = Store(place, change.history)
        row = store.chats.filter(pl.col("chat_id") == chat_id).row(0, named=True)
        moments = [row[name] for name in ("exported_at", "last_at") if row[name] is not None]
        newest: datetime = max(moments)
        frames = [snapshot(roster, chat_id, newest, file)
                  for file, roster in read_lists(files, tz, issues)]  # fmt: skip
        lists = pl.concat([pl.DataFrame(schema=SNAPSHOTS), *frames])
        key = ["chat_id", "taken_at", "file"]
        kept = store.scan("rosters").collect().join(lists, on=key, how="anti")
        change.replace("rosters", pl.concat([kept, lists]).sort(*key, "member_id", "display_name"))
        change.finish("roster")
    return issues.frame()


def rosters(store: Store, chats: Sequence[str] | None, tz: ZoneInfo) -> pl.DataFrame:
    """Return the member lists of some chats, or of all.

    Returns:
        chat_id, name, taken_on (local date), file, people, columns (the keeper's own, joined).
    """
    names = store.chats.select("chat_id", "name")
    return (
        store.scan("rosters", chats)
        .collect()
        .group_by("chat_id", "taken_at", "file")
        .agg(
            people=pl.len().cast(pl.Int64),
            columns=pl.col("extra_columns").explode().drop_nulls().unique(maintain_order=True),
        )
        .join(names, on="chat_id")
        .sort("chat_id", "taken_at", "file")
        .select(
            "chat_id",
            "name",
            pl.col("taken_at").dt.convert_time_zone(str(tz)).dt.date().alias("taken_on"),
            "file",
            "people",
            pl.col("columns").list.join(", "),
        )
    )


def put_aliases(place: Place, aliases: pl.DataFrame) -> pl.DataFrame:
    """Keep aliases beside those there are; an id that has one already gets the new one.

    Args:
        place: The store.
        aliases: ``ALIASES``.

    Returns:
        All aliases of the store.

    Raises:
        UsageError: If they lead in a circle, or the store cannot be written.
    """
    with changing(place) as change:
        key = ["chat_id", "other_id"]
        known = _aliases(change).join(aliases, on=key, how="anti", nulls_equal=True)
        return _keep_aliases(change, pl.concat([known, aliases.select(ALIASES.names())]))


def split_aliases(place: Place, ids: Sequence[str]) -> pl.DataFrame:
    """Take back the aliases of some ids: they are persons of their own again.

    Args:
        place: The store.
        ids: The ids that had become another.

    Returns:
        The aliases taken back.
    """
    with changing(place) as change:
        known = _aliases(change)
        gone = pl.col("other_id").is_in(list(ids))
        if known.filter(gone).height:
            _keep_aliases(change, known.filter(~gone))
        return known.filter(gone)


def put_tags(place: Place, tags: pl.DataFrame) -> pl.DataFrame:
    """Keep tags of chats; an empty value takes one away.

    Args:
        place: The store.
        tags: ``TAGS``.

    Returns:
        All tags of the store.
    """
    with changing(place) as change:
        known = Store(place, change.history).scan("tags").collect()
        kept = put_together(known, tags).filter(pl.col("value") != "")
        change.replace("tags", kept.select(TAGS.names()))
        change.finish("tag")
        return kept


def _aliases(change: Change) -> pl.DataFrame:
    return Store(change.place, change.history).scan("aliases").collect()


def _keep_aliases(change: Change, aliases: pl.DataFrame) -> pl.DataFrame:
    kept = aliases.unique(maintain_order=True).sort(ALIASES.names())
    # A circle is refused before it is kept.
    apply_aliases(Store(change.place, change.history).dataset([]), kept)
    change.replace("aliases", kept)
    change.finish("alias")
    return kept
