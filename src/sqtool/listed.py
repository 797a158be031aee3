"""Who the people on member lists are: by id, else by a name that exactly one known person carries.

All lists of a chat are looked at together, so that a person is the same on each of them and the
order of the files is irrelevant. Nobody is guessed: who cannot be told stands on the list alone.
"""

import polars as pl

from sqtool.identity import clean_name, weak_id
from sqtool.schema import WEAK_ID, Dataset

_CHAT = "chat_id"
_SHOWN = ("display_name", "account_name")


def listed_people(snapshots: pl.DataFrame, data: Dataset) -> pl.DataFrame:
    """Return one row per person and list.

    An id that the log does not know is a person of its own where the list's other ids are known to
    the log; else (a list that numbers people its own way) a name may tell who it is. Two rows of
    one list without ids that carry the same name are one person.

    Args:
        snapshots: ``SNAPSHOTS``, of any number of chats and lists.
        data: The chats.

    Returns:
        The columns of ``SNAPSHOTS``, ``member_id`` being the id in the dataset; by_id (the list
        itself shows an id), unclear (of somebody without id: several known people carry the name);
        sorted by chat, moment, id.
    """
    rows = _in_total_order(snapshots).with_row_index("row")
    known = _known_names(data, rows.select(_CHAT).unique())
    ids = _people_of_ids(rows, known, data)
    rows = rows.rename({"member_id": "listed_id"}).join(
        ids, on=[_CHAT, "listed_id"], how="left", maintain_order="left"
    )
    told = (
        _names(rows).join(rows.select("row", "who"), on="row").filter(pl.col("who").is_not_null())
    )
    index = _index(pl.concat([known, told.select(_CHAT, "name", member_id="who")]))
    rows = rows.join(_people_of_names(rows, index), on="row", how="left", maintain_order="left")
    weak = weak_id(clean_name(pl.coalesce(*_SHOWN)))
    return (
        rows.with_columns(
            member_id=pl.coalesce("who", "named", weak),
            by_id=pl.col("who").is_not_null(),
            unclear=pl.col("who").is_null() & pl.col("several").fill_null(False),
        )
        .filter(pl.col("member_id").is_not_null())
        .sort("by_id", "row", descending=[True, False])
        .group_by(_CHAT, "taken_at", "member_id", maintain_order=True)
        .agg(
            pl.col("file", *_SHOWN, "role", "joined_at").drop_nulls().first(),
            pl.col("extra_columns", "extra_values").first(),
            pl.col("complete", "by_id", "unclear").any(),
            is_bot=pl.when(pl.col("is_bot").is_not_null().any()).then(pl.col("is_bot").any()),
        )
        .sort(_CHAT, "taken_at", "member_id")
    )


def _in_total_order(snapshots: pl.DataFrame) -> pl.DataFrame:
    """Sort by all that a row says: the same of two rows that differ always goes first."""
    lists = [pl.col(name).list.join("\n") for name in ("extra_columns", "extra_values")]
    plain = [name for name in snapshots.columns if not name.startswith("extra_")]
    return snapshots.sort(*plain, *lists, nulls_last=True)


def _names(rows: pl.DataFrame) -> pl.DataFrame:
    """Return chat_id, row, name (clean) of every name a row shows."""
    shown = [rows.select(_CHAT, "row", name=clean_name(pl.col(column))) for column in _SHOWN]
    return pl.concat(shown).filter(pl.col("name") != "").unique()


def _known_names(data: Dataset, chats: pl.DataFrame) -> pl.DataFrame:
    """Return chat_id, name, member_id of every name that people of the log ever carried."""
    mine = chats.lazy()
    members = data.members.join(mine, on=_CHAT, how="semi")
    spoke = data.messages.join(mine, on=_CHAT, how="semi").filter(pl.col("sender_id").is_not_null())
    names = [
        *(members.select(_CHAT, "member_id", name=column) for column in _SHOWN),
        spoke.select(_CHAT, member_id="sender_id", name="sender_name").unique(),
    ]
    return (
        pl.concat(names)
        .select(_CHAT, clean_name(pl.col("name")), "member_id")
        .filter(pl.col("name") != "")
        .unique()
        .collect()
    )


def _index(names: pl.DataFrame) -> pl.DataFrame:
    """Return chat_id, name, people, person (null if several carry the name)."""
    return (
        names.unique()
        .group_by(_CHAT, "name")
        .agg(people=pl.len(), person=pl.col("member_id").first())
        .with_columns(person=pl.when(pl.col("people") == 1).then("person"))
    )


def _people_of_ids(rows: pl.DataFrame, known: pl.DataFrame, data: Dataset) -> pl.DataFrame:
    """Return chat_id, listed_id, who: the person behind every id on a list."""
    with_id = rows.filter(pl.col("member_id").is_not_null())
    members = data.members.select(_CHAT, listed_id="member_id", is_known=pl.lit(True)).collect()
    ids = (
        with_id.select(_CHAT, listed_id="member_id")
        .unique()
        .join(members, on=[_CHAT, "listed_id"], how="left")
    )
    same = ids.filter("is_known").select(_CHAT, person="listed_id")
    by_name = (
        _names(with_id)
        .join(with_id.select("row", listed_id="member_id"), on="row")
        .join(ids.filter(pl.col("is_known").is_null()), on=[_CHAT, "listed_id"], how="semi")
        .join(_index(known), on=[_CHAT, "name"])
        .filter(pl.col("person").is_not_null())
        .join(same, on=[_CHAT, "person"], how="anti")
        .select(_CHAT, "listed_id", "person")
        .unique()
        .filter(
            pl.len().over(_CHAT, "listed_id") == 1,
            pl.len().over(_CHAT, "person") == 1,
        )
        .with_columns(weak=pl.col("person").str.starts_with(WEAK_ID))
    )
    # Ids of the same kind as the log's: who has another id is another person, whatever the name.
    matched = same.group_by(_CHAT).agg(by_id=pl.len())
    counted = by_name.group_by(_CHAT).agg(by_name=(~pl.col("weak")).sum())
    kinds = counted.join(matched, on=_CHAT, how="left").select(
        _CHAT, other_kind=pl.col("by_name") > pl.col("by_id").fill_null(0)
    )
    by_name = by_name.join(kinds, on=_CHAT).filter(pl.col("weak") | pl.col("other_kind"))
    return ids.join(by_name, on=[_CHAT, "listed_id"], how="left").select(
        _CHAT, "listed_id", who=pl.coalesce("person", "listed_id")
    )


def _people_of_names(rows: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    """Return row, named (null if nobody can be told), several, for the rows without an id."""
    here = rows.filter(pl.col("who").is_not_null()).select(_CHAT, "taken_at", named="who").unique()
    without = rows.filter(pl.col("listed_id").is_null())
    found = (
        _names(without)
        .join(index, on=[_CHAT, "name"])
        .group_by("row")
        .agg(
            people=pl.col("person").drop_nulls().n_unique(),
            named=pl.col("person").drop_nulls().first(),
            several=(pl.col("people") > 1).any(),
        )
        .join(without.select("row", _CHAT, "taken_at"), on="row")
    )
    # Whom the same list shows with an id is not the one without.
    taken = found.join(here, on=[_CHAT, "taken_at", "named"], how="semi").select("row")
    free = ~pl.col("row").is_in(taken["row"].implode())
    return found.select(
        "row",
        named=pl.when(pl.col("people") == 1, free).then("named"),
        several=pl.col("several") | (pl.col("people") > 1) | ~free,
    )
