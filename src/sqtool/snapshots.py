"""Member lists of several days: who is on the newest, and what only their differences tell.

A log of WeChat shows no leaves, and no log shows everything. Two complete lists do: who is on the
second and not on the first has come, who is missing has gone. What the log shows itself is not told
again.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from sqtool.identity import is_join
from sqtool.issues import IssueLog
from sqtool.listed import listed_people
from sqtool.schema import (
    EXTRAS,
    INSTANT,
    JOIN_EVENTS,
    LEAVE_EVENTS,
    MEMBERS,
    MOVES,
    WEAK_ID,
    Dataset,
)

SNAPSHOTS = pl.Schema(
    {
        "chat_id": pl.String(),
        "taken_at": INSTANT,  # a list of a day is one of its end
        "file": pl.String(),  # its name
        "complete": pl.Boolean(),  # the whole list: who is not on it was not there
        "member_id": pl.String(),  # as listed; null where the list shows only a name
        "display_name": pl.String(),
        "account_name": pl.String(),
        "role": pl.String(),  # owner | admin | member, or null
        "joined_at": INSTANT,
        "is_bot": pl.Boolean(),
        "extra_columns": pl.List(pl.String()),  # the keeper's own columns …
        "extra_values": pl.List(pl.String()),  # … and their values, in step
    }
)
"""One row per listed person as the list shows them; rows of the same chat and moment are one list.
Plain types only: strings, µs instants, booleans, lists of strings."""

CLOCK: Final = timedelta(days=1)
"""A list tells its day rather than its minute: what the log shows within a day before may have
happened after it."""


def snapshot(roster: pl.DataFrame, chat_id: str, taken_at: datetime, file: str) -> pl.DataFrame:
    """Return a list that was read as ``SNAPSHOTS``.

    Args:
        roster: ``ROSTER``.
        chat_id: The chat it belongs to.
        taken_at: Its moment, aware, where the list does not tell.
        file: Name of the file.
    """
    moment = pl.lit(taken_at).dt.convert_time_zone("UTC").cast(INSTANT)
    return roster.select(
        chat_id=pl.lit(chat_id, pl.String()),
        taken_at=pl.coalesce("taken_at", moment),
        file=pl.lit(file, pl.String()),
        complete=pl.lit(True),
        member_id="id",
        display_name=pl.coalesce("name", "account_name"),
        account_name="account_name",
        role="role",
        joined_at="joined_at",
        is_bot="is_bot",
        extra_columns="extra_columns",
        extra_values="extra_values",
    ).match_to_schema(SNAPSHOTS)


def apply_snapshots(data: Dataset, snapshots: pl.DataFrame, at: datetime | None = None) -> Dataset:
    """Put member lists beside the log.

    The newest complete list up to ``at`` is the roster: it says who is in, and goes before the log
    for role, date of joining and bots; where all lists are later, the first of them serves. Who is
    only on earlier lists is known, and not in.

    Args:
        data: The chats; chats without a list stay as they are.
        snapshots: ``SNAPSHOTS``; of lists that are not complete nothing is taken.
        at: Aware; None takes all lists.

    Returns:
        The dataset with members, chats, extras and moves of the lists; issues name how many people
        could not be matched.
    """
    issues = IssueLog()
    usable = _usable(snapshots, at).join(
        data.chats.select("chat_id").collect(), on="chat_id", how="semi"
    )
    if usable.is_empty():
        return data
    people = listed_people(usable, data)
    compared = _moves(people, data, issues)
    newest = people.filter(pl.col("taken_at") == pl.col("taken_at").max().over("chat_id"))
    _tell_unclear(newest, issues)
    chats = newest.select("chat_id").unique().lazy()
    known = data.members.join(chats, on="chat_id", how="semi").collect()
    members = _members(known, people, newest, compared)
    others = data.members.join(chats, on="chat_id", how="anti")
    extras = (
        newest.select("chat_id", "member_id", "extra_columns", "extra_values")
        .explode("extra_columns", "extra_values")
        .filter(pl.col("extra_columns").is_not_null())
        .select("chat_id", "member_id", column="extra_columns", value="extra_values")
        .match_to_schema(EXTRAS)
    )
    is_listed = pl.col("chat_id").is_in(newest["chat_id"].unique().implode())
    return replace(
        data,
        chats=data.chats.with_columns(
            has_roster=pl.col("has_roster") | is_listed,
            roster_source=pl.when(is_listed).then(pl.lit("file")).otherwise("roster_source"),
        ),
        members=pl.concat([others, members.lazy()]).sort("chat_id", "member_id"),
        issues=pl.concat([data.issues, issues.frame()]),
        extras=pl.concat([_without(data.extras, newest), extras]),
        moves=pl.concat([_without(data.moves, newest), compared]),
    )


def moves(snapshots: pl.DataFrame, data: Dataset, issues: IssueLog | None = None) -> pl.DataFrame:
    """Return what successive complete lists of each chat tell and the log does not.

    A difference is told where no order of events fits both: somebody on the second list and not on
    the first, without a join in the log between; missing, without a leave; still there after a
    leave; missing after a join. The first list tells nothing. Between lists without ids a name that
    goes while another comes may be one person renamed: both are ``name_gone`` and ``name_new``,
    unless the list dates the joining between the two.

    Args:
        snapshots: ``SNAPSHOTS``.
        data: The chats.
        issues: Receives one note per pair of lists in which names could not be matched.

    Returns:
        ``MOVES``, sorted by chat, list, event, id.
    """
    complete = _usable(snapshots, None)
    log = issues if issues is not None else IssueLog()
    return _moves(listed_people(complete, data), data, log)


def _usable(snapshots: pl.DataFrame, at: datetime | None) -> pl.DataFrame:
    complete = snapshots.filter("complete")
    if at is None:
        return complete
    in_time = pl.col("taken_at") <= at.astimezone(UTC)
    first = pl.col("taken_at") == pl.col("taken_at").min()
    return complete.filter(in_time | (~in_time.any().over("chat_id") & first.over("chat_id")))


def _without(frame: pl.DataFrame, newest: pl.DataFrame) -> pl.DataFrame:
    return frame.join(newest, on="chat_id", how="anti")


def _tell_unclear(newest: pl.DataFrame, issues: IssueLog) -> None:
    unclear = newest.filter("unclear").group_by("chat_id", "file").len().sort("chat_id", "file")
    for file, names in unclear.select("file", "len").iter_rows():
        detail = f"several known members carry the name: {names} listed on their own"
        issues.add("roster-name-ambiguous", file, rows=0, detail=detail)


def _members(
    known: pl.DataFrame, people: pl.DataFrame, newest: pl.DataFrame, compared: pl.DataFrame
) -> pl.DataFrame:
    """Return ``MEMBERS`` of the chats with a list."""
    key = ["chat_id", "member_id"]
    last = (
        people.sort("taken_at")
        .group_by(key)
        .agg(
            listed_name=pl.col("display_name").drop_nulls().last(),
            listed_account=pl.col("account_name").drop_nulls().last(),
        )
    )
    now = newest.select(
        *key,
        listed_role="role",
        listed_joined="joined_at",
        listed_bot="is_bot",
        listed_at="taken_at",
        listed=True,
    )
    gone = (
        compared.filter(pl.col("member_id").is_not_null())
        .sort("until")
        .group_by(key)
        .agg(pl.col("event", "until").last())
        .filter(event="leave")
        .select(*key, gone_by="until")
    )
    everyone = (
        known.join(last, on=key, how="full", coalesce=True)
        .join(now, on=key, how="left")
        .join(gone, on=key, how="left")
    )
    tells_self = pl.col("is_self").is_not_null().any().over("chat_id")
    here = pl.col("listed").fill_null(False)
    return everyone.with_columns(
        display_name=pl.coalesce("display_name", "listed_name"),
        account_name=pl.coalesce("account_name", "listed_account"),
        role=pl.coalesce("listed_role", "role"),
        joined_at=pl.coalesce("listed_joined", "joined_at"),
        # Who is on the list is not out, unless the log shows them leaving later.
        left_at=pl.when(~here)
        .then(pl.max_horizontal("gone_by", "left_at"))
        .when(pl.col("left_at") > pl.col("listed_at"))
        .then("left_at"),
        is_bot=pl.col("is_bot").fill_null(False) | pl.col("listed_bot").fill_null(False),
        is_self=pl.when(tells_self).then(pl.col("is_self").fill_null(False)),
        in_roster=here,
    ).select(pl.col(name).cast(dtype) for name, dtype in MEMBERS.items())


def _moves(people: pl.DataFrame, data: Dataset, issues: IssueLog) -> pl.DataFrame:
    lists = _pairs(people)
    pairs = lists.filter(pl.col("after").is_not_null())
    if pairs.is_empty():
        return pl.DataFrame(schema=MOVES)
    key = ["chat_id", "number", "member_id"]
    on = people.join(lists.select("chat_id", "taken_at", "number"), on=["chat_id", "taken_at"])
    there = on.select(*key, here=True, by_id_here="by_id", listed_joined="joined_at")
    before = on.select("chat_id", pl.col("number") + 1, "member_id", was=True, by_id_before="by_id")
    noticed = _noticed(pairs, data)
    facts = (
        pl.concat([there.select(key), before.select(key), noticed.select(key)])
        .unique()
        .join(there, on=key, how="left")
        .join(before, on=key, how="left")
        .join(noticed, on=key, how="left")
        .join(pairs.select("chat_id", "number", "after", "until"), on=["chat_id", "number"])
        .with_columns(pl.col("here", "was", "came_late", "went_late").fill_null(False))
    )
    quiet = pl.col("then_in").is_null()
    may_be_in = pl.col("came_late") | pl.col("then_in").fill_null(False)
    may_be_in = may_be_in | (quiet & (pl.col("was") | pl.col("in_at_first").fill_null(False)))
    may_be_out = pl.col("went_late") | ~pl.col("then_in").fill_null(True)
    may_be_out = may_be_out | (quiet & ~(pl.col("was") & pl.col("in_at_first").fill_null(True)))
    told = facts.with_columns(
        event=pl.when(pl.col("here") & ~may_be_in)
        .then(pl.lit("join"))
        .when(~pl.col("here") & ~may_be_out)
        .then(pl.lit("leave")),
        after=pl.coalesce("then_at", "after"),
    ).filter(pl.col("event").is_not_null())
    told = _renamed(told, pairs, issues)
    compared = pairs.select("chat_id", "after", "until").with_columns(
        pl.lit(None, pl.String()).alias(name) for name in ("member_id", "event")
    )
    return (
        pl.concat([told.select(MOVES.names()), compared.select(MOVES.names())])
        .match_to_schema(MOVES)
        .sort("chat_id", "until", "event", "member_id", nulls_last=True)
    )


def _pairs(people: pl.DataFrame) -> pl.DataFrame:
    """Return chat_id, taken_at, number, after (the list before, null at first), until, file."""
    return (
        people.group_by("chat_id", "taken_at")
        .agg(pl.col("file").min())
        .sort("chat_id", "taken_at")
        .with_columns(
            number=pl.int_range(pl.len()).over("chat_id"),
            after=pl.col("taken_at").shift(1).over("chat_id"),
            until="taken_at",
        )
    )


def _noticed(pairs: pl.DataFrame, data: Dataset) -> pl.DataFrame:
    """Return what the log shows between two lists.

    Returns:
        chat_id, number, member_id; then_in, then_at (the last notice after the first list and well
        before the second: a join? when?), in_at_first (the last just before the first list),
        came_late, went_late (any just before the second).
    """
    event = pl.col("event").cast(pl.String)
    notices = (
        data.messages.filter(event.is_in([*JOIN_EVENTS, *LEAVE_EVENTS]))
        .select("chat_id", "sent_at", "ordinal", "target_ids", joins=is_join())
        .explode("target_ids")
        .filter(pl.col("target_ids").is_not_null())
        .rename({"target_ids": "member_id"})
        .join(pairs.lazy().select("chat_id", "number", "after", "until"), on="chat_id")
        .filter(pl.col("sent_at") > pl.col("after") - CLOCK, pl.col("sent_at") <= pl.col("until"))
        .sort("sent_at", "ordinal")
        .collect()
    )
    at, joins = pl.col("sent_at"), pl.col("joins")
    late = at > pl.col("until") - CLOCK
    between = (at > pl.col("after")) & ~late
    return notices.group_by("chat_id", "number", "member_id").agg(
        then_in=joins.filter(between).last(),
        then_at=at.filter(between).last(),
        in_at_first=joins.filter(at <= pl.col("after")).last(),
        came_late=(joins & late).any(),
        went_late=(~joins & late).any(),
    )


def _renamed(told: pl.DataFrame, pairs: pl.DataFrame, issues: IssueLog) -> pl.DataFrame:
    """Turn into names what may be one person under two names."""
    pair = ["chat_id", "number"]
    joins, leaves = pl.col("event") == "join", pl.col("event") == "leave"
    weak = pl.col("member_id").str.starts_with(WEAK_ID)
    dated = (
        (pl.col("listed_joined") > pl.col("after") - CLOCK)
        & (pl.col("listed_joined") <= pl.col("until"))
    ).fill_null(False)
    # Of somebody gone before the next list only the log knows, by id or by name.
    by_id = pl.when(joins).then("by_id_here").otherwise(pl.coalesce("by_id_before", ~weak))
    told = told.with_columns(by_id=by_id, dated=joins & dated)
    new = joins & ~pl.col("dated")

    def any_of(expr: pl.Expr) -> pl.Expr:
        return expr.any().over(pair)

    alike = (
        pl.when(new & pl.col("by_id"))
        .then(any_of(leaves & ~pl.col("by_id")))
        .when(new)
        .then(any_of(leaves))
        .when(leaves & pl.col("by_id"))
        .then(any_of(new & ~pl.col("by_id")))
        .when(leaves)
        .then(any_of(new))
        .otherwise(pl.lit(False))
    )
    told = told.with_columns(
        event=pl.when(alike & joins)
        .then(pl.lit("name_new"))
        .when(alike)
        .then(pl.lit("name_gone"))
        .otherwise("event")
    )
    counts = (
        told.filter(pl.col("event").str.starts_with("name_"))
        .group_by(pair)
        .agg(new=(pl.col("event") == "name_new").sum(), gone=(pl.col("event") == "name_gone").sum())
        .join(pairs, on=pair)
        .sort(pair)
    )
    for file, fresh, gone in counts.select("file", "new", "gone").iter_rows():
        detail = (
            f"{gone} gone and {fresh} new since the list before, without ids:"
            " who was renamed, who left and who joined cannot be told"
        )
        issues.add("list-names-not-matched", file, rows=0, detail=detail)
    return told
