"""System notices: what happened, who did it, whom it befell.

The wording is read by one grammar (``parsers/_notices``); who is meant by a name is decided here.
"""

import unicodedata
from dataclasses import dataclass

import polars as pl

from sqtool.identity import clean_name, is_join, link_joins, weak_id
from sqtool.parsers._base import RawChat
from sqtool.parsers._notices import SELF, read_notices
from sqtool.schema import EVENT

NOTICE = (
    "ordinal", "sent_at", "kind", "text", "event", "actor_id", "actor_name", "target_ids",
    "target_names",
)  # fmt: skip
"""The columns of a notice that are read here."""

_FOUND = {
    "ordinal": pl.UInt32(),
    "event": EVENT,
    "actor_id": pl.String(),
    "target_ids": pl.List(pl.String()),
}


@dataclass(frozen=True)
class Events:
    """What the notices of a chat say.

    Args:
        found: ordinal, event, actor_id, target_ids; one row per notice.
        shown: id, name pairs that notices show (members present, joiners, actors).
        named: Joiners known only by name.
        linked: How many of these could be tied to a member.
    """

    found: pl.DataFrame
    shown: pl.DataFrame
    named: int
    linked: int


def read_events(
    rows: pl.DataFrame, names: pl.DataFrame, chat: RawChat, senders: pl.DataFrame
) -> Events:
    """Read the notices of a chat into event, actor and targets.

    Args:
        rows: Raw rows with ordinal; notices have kind ``system``.
        names: Result of ``name_index``.
        chat: Facts of the chat; the own account stands for 你 and You.
        senders: Result of ``shown_names``; ties joiners known by name to members.
    """
    system = rows.filter(pl.col("kind") == "system")
    if system.is_empty():
        return Events(
            pl.DataFrame(schema=_FOUND),
            pl.DataFrame(schema={"id": pl.String, "name": pl.String}),
            0,
            0,
        )
    read = _put_together(read_notices(system["text"].fill_null("")), names)
    structured = system["event"].is_not_null()
    system = system.select(
        "ordinal", "sent_at", "event", "actor_id", "actor_name", "target_ids", "target_names"
    ).with_columns(
        event=pl.when(structured).then(pl.col("event")).otherwise(read["event"]),
        actor_name=pl.when(structured).then(pl.col("actor_name")).otherwise(read["actor_name"]),
        actor_id=pl.when(structured)
        .then(pl.col("actor_id"))
        .otherwise(pl.coalesce(read["actor_id"], pl.col("actor_id"))),
        target_ids=pl.when(structured).then(pl.col("target_ids")).otherwise(read["target_ids"]),
        target_names=pl.when(structured)
        .then(pl.col("target_names"))
        .otherwise(read["target_names"]),
        present=read["present_names"],
    )
    own = pl.lit(chat.self_id or (f"name:{chat.self_name}" if chat.self_name else None), pl.String)
    targets = _explode_targets(system).with_columns(
        id=pl.when(pl.col("name") == SELF).then(own).otherwise(pl.col("id"))
    )
    by_name = targets.filter(pl.col("id").is_null(), pl.col("name") != SELF, pl.col("name") != "")
    joins = by_name.filter(is_join())
    linked = link_joins(joins, senders)
    resolved = (
        by_name.join(linked, on="row", how="left")
        .join(names, on="name", how="left")
        .select(
            "row",
            resolved=pl.when(is_join())
            .then(pl.coalesce("linked_id", weak_id(pl.col("name"))))
            .otherwise(_meant()),
        )
    )
    targets = (
        targets.join(resolved, on="row", how="left")
        .with_columns(id=pl.coalesce("id", "resolved"))
        .sort("row")
    )
    actors = (
        system.select("ordinal", "actor_id", name=clean_name(pl.col("actor_name")))
        .join(names, on="name", how="left")
        .select(
            "ordinal",
            actor=pl.when(pl.col("name") == SELF)
            .then(own)
            .otherwise(pl.coalesce("actor_id", _meant())),
        )
    )
    lists = targets.group_by("ordinal").agg(targets=pl.col("id").drop_nulls())
    found = (
        system.select("ordinal", "event")
        .join(actors, on="ordinal", how="left")
        .join(lists, on="ordinal", how="left")
        .select(
            "ordinal",
            "event",
            actor_id="actor",
            target_ids=pl.when(pl.col("targets").list.len() > 0).then("targets"),
        )
    )
    present = (
        system.select(name=pl.col("present").explode())
        .select(name=clean_name(pl.col("name")))
        .filter(pl.col("name").is_not_null(), pl.col("name") != "", pl.col("name") != SELF)
        .join(names, on="name", how="left")
        .select(id=_meant(), name="name")
    )
    shown = pl.concat(
        [
            present,
            targets.filter(pl.col("name") != "", pl.col("name") != SELF).select("id", "name"),
            system.filter(pl.col("actor_id").is_not_null(), pl.col("actor_name") != SELF).select(
                id="actor_id", name=clean_name(pl.col("actor_name"))
            ),
        ]
    ).filter(pl.col("id").is_not_null())
    return Events(found, shown, joins.height, linked["linked_id"].count())


_MARKS = ("、", ", ", " and ")
"""What stands between the names of a notice; a name may hold it, too."""


def _put_together(read: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Undo the splitting of names that hold the mark between names, where they are known.

    Pieces that are all known names themselves stay apart.
    """
    known = set(names["name"])
    whole = {name for name in known if any(mark in name for mark in _MARKS)}
    if not whole:
        return read
    lists = read.select("target_ids", "target_names", "present_names").iter_rows()
    done = [(*_joined(ids, of, known), _joined(None, there, known)[1]) for ids, of, there in lists]
    return read.with_columns(
        pl.Series(name, [row[n] for row in done], dtype=pl.List(pl.String))
        for n, name in enumerate(("target_ids", "target_names", "present_names"))
    )


def _joined(
    ids: list[str | None] | None, pieces: list[str | None] | None, known: set[str]
) -> tuple[list[str | None] | None, list[str | None] | None]:
    """Return ids and names with runs of pieces replaced by the (longest) name they are."""
    if pieces is None or len(pieces) < 2:
        return ids, pieces
    ids = ids or [None] * len(pieces)
    found: tuple[list[str | None], list[str | None]] = ([], [])
    start = 0
    while start < len(pieces):
        for stop in range(len(pieces), start + 1, -1):
            run = [piece for piece in pieces[start:stop] if piece is not None]
            name = next((n for m in _MARKS if (n := _clean(m.join(run))) in known), None)
            one = len(run) == stop - start and not any(ids[start : stop - 1])
            if one and name is not None and not known.issuperset(map(_clean, run)):
                break
        else:
            stop, name = start + 1, pieces[start]
        found[0].append(ids[stop - 1])
        found[1].append(name)
        start = stop
    return found


def _clean(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())


def _meant() -> pl.Expr:
    """The person a name means: the one who carried it; a weak id if nobody did; null if several."""
    unknown = pl.col("people").is_null()
    return pl.when(unknown).then(weak_id(pl.col("name"))).otherwise(pl.col("member_id"))


def _explode_targets(system: pl.DataFrame) -> pl.DataFrame:
    """Return one row per target: row (a key), ordinal, sent_at, event, id, name (clean)."""
    ids, shown = pl.col("target_ids"), pl.col("target_names")
    longest = pl.max_horizontal(ids.list.len().fill_null(0), shown.list.len().fill_null(0))
    slots = system.with_columns(slot=pl.int_ranges(0, longest)).explode("slot", empty_as_null=True)
    return (
        slots.filter(pl.col("slot").is_not_null())
        .select(
            "ordinal",
            "sent_at",
            "event",
            id=ids.list.get(pl.col("slot"), null_on_oob=True),
            name=clean_name(shown.list.get(pl.col("slot"), null_on_oob=True)).fill_null(""),
        )
        .with_row_index("row")
    )
