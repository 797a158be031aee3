"""Joins and leaves, one row per person: notices name several people at once.

What only two member lists tell stands among them in the middle between the lists.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from sqtool.context import Context, span
from sqtool.metrics._days import BY_MEMBER, bots, day_age, sender_days
from sqtool.metrics._exprs import days_ago, local_date, people, ratio, up_to
from sqtool.metrics._lists import COMING, list_moves, list_pairs
from sqtool.metrics._shared import shared
from sqtool.schema import INSTANT, JOIN_EVENTS, LEAVE_EVENTS, Dataset

ACTIVE_DAYS = 28
_WAYS = {"invite": "invite", "qr_join": "qr", "join": "other"}


def _notices(data: Dataset, ctx: Context, events: tuple[str, ...]) -> pl.LazyFrame:
    # Twice in the same moment is one act told twice (each of two clients prints its own wording).
    return (
        data.messages.filter(
            up_to(ctx), pl.col("event").cast(pl.String).is_in(events), pl.col("kind") == "system"
        )
        .select(
            "chat_id",
            "sent_at",
            "ordinal",
            "actor_id",
            pl.col("event").cast(pl.String),
            pl.col("target_ids").alias("member_id"),
        )
        .explode("member_id")
        .filter(pl.col("member_id").is_not_null())
        .sort(pl.col("actor_id").is_null(), "ordinal")
        .unique(["chat_id", "member_id", "sent_at"], keep="first", maintain_order=True)
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
    )


@shared
def leave_rows(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per leave up to ``ctx.at``, bots left out.

    Returns:
        chat_id, member_id, left_at, ordinal, how (leave, removed), by_id (who removed, else null).
    """
    return _notices(data, ctx, LEAVE_EVENTS).select(
        *BY_MEMBER,
        "ordinal",
        left_at="sent_at",
        how="event",
        by_id=pl.when(pl.col("actor_id") != pl.col("member_id")).then("actor_id"),
    )


@shared
def join_rows(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per join notice up to ``ctx.at``, bots left out.

    Returns:
        chat_id, member_id, joined_at (UTC), ordinal, joined_on (local), way (invite, qr, other),
        inviter_id (null unless invited or let in by somebody's QR code).
    """
    invited = pl.col("event").is_in(["invite", "qr_join"])
    return _notices(data, ctx, JOIN_EVENTS).select(
        *BY_MEMBER,
        "ordinal",
        joined_at="sent_at",
        joined_on=local_date(ctx),
        way=pl.col("event").replace_strict(_WAYS, return_dtype=pl.String),
        inviter_id=pl.when(invited & (pl.col("actor_id") != pl.col("member_id"))).then("actor_id"),
    )


@shared
def steps(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return joins and leaves in one frame, in order within each member.

    Returns:
        chat_id, member_id, at (UTC), ordinal, joins (true: a join, false: a leave), until (the
        list that shows it; null for a notice), earlier (something of the same member came before),
        next_at, next_joins and next_until (the one after, or null).
    """
    columns = [*BY_MEMBER, "at", "ordinal", "joins", "until"]
    never = pl.lit(None, INSTANT)
    joins = join_rows(data, ctx).with_columns(joins=pl.lit(True), until=never)
    leaves = leave_rows(data, ctx).with_columns(joins=pl.lit(False), until=never)
    listed = list_moves(data, ctx).with_columns(
        ordinal=pl.lit(0, pl.UInt32), joins=pl.col("event").is_in(COMING)
    )
    return (
        pl.concat(
            [
                joins.rename({"joined_at": "at"}).select(columns),
                leaves.rename({"left_at": "at"}).select(columns),
                listed.select(columns),
            ]
        )
        .sort(*BY_MEMBER, "at", "ordinal", "joins")
        .with_columns(
            earlier=pl.int_range(pl.len()).over(BY_MEMBER) > 0,
            next_at=pl.col("at").shift(-1).over(BY_MEMBER),
            next_joins=pl.col("joins").shift(-1).over(BY_MEMBER),
            next_until=pl.col("until").shift(-1).over(BY_MEMBER),
        )
    )


def linkage(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return how many joins that carry only a name could be tied to a member (metrics.md §0).

    Returns:
        chat_id, joins_named, joins_linked, linked_share (null where no join was only a name),
        can_tell (false: too few to say what became of the joiners).
    """
    return data.chats.select(
        "chat_id",
        "joins_named",
        "joins_linked",
        linked_share=ratio(pl.col("joins_linked"), pl.col("joins_named")),
    ).with_columns(
        can_tell=(pl.col("linked_share") >= ctx.settings.joins_linked_share).fill_null(True)
    )


@shared
def join_fates(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every join with what became of it.

    Returns:
        The columns of ``join_rows``, and: rejoin (the member was there before: an earlier notice,
        a difference of lists, or a message on an earlier day), first_message_at, first_message_on,
        last_message_on (from the local day of the join on; null: silent since), left_at (the leave
        that follows), left_by (the list that shows the leave, where only lists tell it),
        can_tell, due (T ≥ day 3), activated (spoke on days 0–2; null if not due or not to be
        told), still_active (spoke in the last 28 days; null if not to be told).
    """
    days = sender_days(data, ctx)
    key = [*BY_MEMBER, "joined_at"]
    joins = join_rows(data, ctx)
    spoke = (
        joins.select(*key, "joined_on")
        .join(days, on=BY_MEMBER)
        .group_by(key)
        .agg(
            spoke_before=(pl.col("day") < pl.col("joined_on")).any(),
            first_message_at=pl.col("first_at").filter(pl.col("day") >= pl.col("joined_on")).min(),
            first_message_on=pl.col("day").filter(pl.col("day") >= pl.col("joined_on")).min(),
            last_message_on=pl.col("day").filter(pl.col("day") >= pl.col("joined_on")).max(),
        )
    )
    after = (
        steps(data, ctx)
        .filter("joins", pl.col("until").is_null())
        .select(
            *BY_MEMBER,
            "earlier",
            joined_at="at",
            left_at=pl.when(~pl.col("next_joins"), pl.col("next_until").is_null()).then("next_at"),
            left_by=pl.when(~pl.col("next_joins")).then("next_until"),
        )
    )
    wait = ctx.settings.activation_days
    opened = pl.col("first_message_on") < pl.col("joined_on").dt.offset_by(f"{wait}d")
    awake = days_ago(ctx, pl.col("last_message_on")) < ACTIVE_DAYS
    return (
        joins.join(spoke, on=key, how="left")
        .join(after, on=key, how="left")
        .join(linkage(data, ctx).select("chat_id", "can_tell"), on="chat_id", how="left")
        .with_columns(
            rejoin=pl.col("earlier") | pl.col("spoke_before").fill_null(False),
            due=day_age(ctx, "joined_on") >= wait,
        )
        .with_columns(
            activated=pl.when("can_tell", "due").then(opened.fill_null(False)),
            still_active=pl.when("can_tell").then(awake.fill_null(False)),
        )
        .drop("earlier", "spoke_before")
    )


def first_spoke(
    data: Dataset, ctx: Context, windows: Mapping[str, tuple[int, int]]
) -> pl.LazyFrame:
    """Return on which day of a window after their join people first spoke.

    Args:
        data: The chats.
        ctx: Where the metric stands.
        windows: First and last day by name; day 0 is the local day of the join.

    Returns:
        chat_id, member_id, joined_at and, by name, the first day in the window with a message of
        theirs; null where there is none. Joins after which nobody spoke are missing.
    """
    after = (pl.col("day") - pl.col("joined_on")).dt.total_days()
    joins = join_rows(data, ctx).select(*BY_MEMBER, "joined_at", "joined_on")
    return (
        joins.join(sender_days(data, ctx), on=BY_MEMBER)
        .group_by(*BY_MEMBER, "joined_at")
        .agg(
            after.filter(after.is_between(first, last)).min().alias(name)
            for name, (first, last) in windows.items()
        )
    )


def recorded(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return what a log tells of: does it ever show a join, a leave; are there lists to compare.

    Returns:
        chat_id, has_joins, has_leaves, has_lists.
    """
    lists = list_pairs(data, ctx).group_by("chat_id").agg(has_lists=pl.lit(True))
    joins = join_rows(data, ctx).group_by("chat_id").agg(has_joins=pl.lit(True))
    leaves = leave_rows(data, ctx).group_by("chat_id").agg(has_leaves=pl.lit(True))
    return (
        data.chats.select("chat_id")
        .join(joins, on="chat_id", how="left")
        .join(leaves, on="chat_id", how="left")
        .join(lists, on="chat_id", how="left")
        .with_columns(pl.col("has_joins", "has_leaves", "has_lists").fill_null(False))
    )


def member_names(data: Dataset, key: str, title: str) -> pl.LazyFrame:
    """Return chat_id, id and shown name of everybody, under the names asked for."""
    return data.members.select(
        "chat_id", pl.col("member_id").alias(key), pl.col("display_name").alias(title)
    )


def at_t(ctx: Context) -> Context:
    """Return the same run standing at T, where the roster stands."""
    return replace(ctx, period=span(None, None, ctx.as_of, ctx.zone))


def members_changes(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the moments at which the number of members changed, worked back from the roster.

    A person was out before a join and in before a leave; after the last notice (or difference of
    two lists) they are as the roster says. What the roster alone knows (its date of joining) counts
    as a join. Runs up to T, where the roster stands, even if the review period ends earlier.

    Returns:
        chat_id, at (UTC), change (−1, 0, 1); only chats with a roster.
    """
    now = at_t(ctx)
    known = people(data, now).filter(~pl.col("is_bot"), pl.col("in_roster").is_not_null())
    noticed = steps(data, now)
    listed = (
        known.filter("in_roster", pl.col("joined_at") <= ctx.as_of)
        .join(noticed.select(BY_MEMBER).unique(), on=BY_MEMBER, how="anti")
        .select("chat_id", at="joined_at", change=pl.lit(1, pl.Int64))
    )
    stays = pl.col("next_joins").is_null()
    inside_after = pl.when(stays).then("in_roster").otherwise(~pl.col("next_joins"))
    inside_before = ~pl.col("joins")
    moved = noticed.join(known.select(*BY_MEMBER, "in_roster"), on=BY_MEMBER).select(
        "chat_id", "at", change=inside_after.cast(pl.Int64) - inside_before.cast(pl.Int64)
    )
    return pl.concat([moved, listed])
