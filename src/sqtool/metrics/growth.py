"""Joins, leaves, and how many newcomers spoke within three days.

进群与退群、新人 3 日开口率。

Reads: join, invite, QR, leave and removed notices; messages for what became of the joiners;
members for the roster; moves between dated member lists. Bots are left out.

Activation: day 0 is the local day of the join; activated = spoke on days 0–2; both counts are only
over joins with T ≥ day 3.

Caveats: a log that never shows a join (or a leave) says nothing about joins (or leaves): null, not
0. Members at the start of a week are worked back from the roster, so the leave rate needs one.
Where fewer than ``joins_linked_share`` of the joins known only by name could be tied to a member,
activation is null: cannot tell. What only the difference of two member
lists tells has tables and columns of its own (``roster_``); net and leave rate hold both. A week or
period has such a figure only if lists span it, give or take a day; a longer span between two lists
is in ``lists`` alone, not shared out among weeks.
"""

from datetime import UTC, timedelta

import polars as pl

from sqtool.context import Context
from sqtool.metrics._base import Metric, Table
from sqtool.metrics._days import BY_MEMBER, calendar, human_days, iso_week, log_starts
from sqtool.metrics._exprs import how_many, inside, local_date, people, ratio, rows_in
from sqtool.metrics._growth_columns import (
    ACTIVATION,
    JOINS,
    LEAVERS,
    LISTED,
    LISTS,
    SUMMARY,
    WEEKLY,
)
from sqtool.metrics._joins import (
    at_t,
    join_fates,
    join_rows,
    leave_rows,
    linkage,
    member_names,
    members_changes,
    recorded,
)
from sqtool.metrics._lists import list_moves, list_pairs, of_period, of_weeks
from sqtool.metrics._tables import shaped
from sqtool.schema import Dataset


def _roster(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id, roster: people on it at T without bots; chats without a roster are missing."""
    return (
        people(data, at_t(ctx))
        .filter(pl.col("in_roster").is_not_null())
        .group_by("chat_id")
        .agg(roster=(pl.col("in_roster") & ~pl.col("is_bot")).sum().cast(pl.Int64))
    )


def _told(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Make counts 0 where nothing happened, null where nothing can say; add net and rate.

    Net and rate are of notices and lists together.
    """
    came, gone = _both("joins"), _both("leaves")
    return frame.with_columns(
        pl.when("has_joins").then(pl.col("^joins.*$").fill_null(0)),
        pl.when("has_leaves").then(pl.col("leaves").fill_null(0)),
    ).with_columns(net=came - gone, leave_share=ratio(gone, pl.col("members_at_start")))


def _both(what: str) -> pl.Expr:
    """What notices and lists tell, null where neither does: no act is in both."""
    noticed, listed = pl.col(what), pl.col(f"roster_{what}")
    either = noticed.is_not_null() | listed.is_not_null()
    return pl.when(either).then(noticed.fill_null(0) + listed.fill_null(0))


def weekly(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return joins and leaves of every ISO week of the log up to the review period (``WEEKLY``)."""
    key = ["chat_id", "start_on"]
    way = pl.col("way")
    joins = (
        join_fates(data, ctx)
        .group_by("chat_id", start_on=pl.col("joined_on").dt.truncate("1w"))
        .agg(
            joins=rows_in(),
            joins_invite=how_many(way == "invite"),
            joins_qr=how_many(way == "qr"),
            joins_other=how_many(way == "other"),
            due=how_many("due"),
            activated=how_many("activated"),
        )
    )
    leaves = (
        leave_rows(data, ctx)
        .group_by("chat_id", start_on=local_date(ctx, "left_at").dt.truncate("1w"))
        .agg(leaves=rows_in())
    )
    # Members at a week's start = the roster less all that happened since, also after the last week.
    last_week = ctx.day - timedelta(days=ctx.day.weekday())
    moved_week = pl.min_horizontal(local_date(ctx, "at").dt.truncate("1w"), pl.lit(last_week))
    moved = (
        members_changes(data, ctx)
        .group_by("chat_id", start_on=moved_week)
        .agg(pl.col("change").sum())
    )
    since = pl.col("change").fill_null(0).cum_sum(reverse=True).over("chat_id")
    weeks = (
        calendar(data, ctx, "1w")
        .join(joins, on=key, how="left")
        .join(leaves, on=key, how="left")
        .join(moved, on=key, how="left")
        .join(of_weeks(data, ctx), on=key, how="left")
        .join(_roster(data, ctx), on="chat_id", how="left")
        .join(recorded(data, ctx), on="chat_id", how="left")
        .join(linkage(data, ctx).select("chat_id", "can_tell"), on="chat_id", how="left")
        .sort(key)
        .with_columns(
            pl.when("has_joins").then(pl.col("due").fill_null(0)),
            pl.when("has_joins", "can_tell").then(pl.col("activated").fill_null(0)),
            members_at_start=pl.col("roster") - since,
            week=iso_week("start_on"),
        )
        .with_columns(activation_share=ratio(pl.col("activated"), pl.col("due")))
    )
    return shaped(_told(weeks), WEEKLY, "chat_id", "start_on")


def joins(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every join up to the end of the review period, newest first (``JOINS``)."""
    rows = (
        join_fates(data, ctx)
        .join(member_names(data, "member_id", "display_name"), on=BY_MEMBER, how="left")
        .join(
            member_names(data, "inviter_id", "inviter_name"),
            on=["chat_id", "inviter_id"],
            how="left",
        )
        .with_columns(
            days_to_first=(pl.col("first_message_on") - pl.col("joined_on")).dt.total_days()
        )
    )
    return shaped(rows, JOINS, "chat_id", "joined_at", "member_id", descending=["joined_at"])


def _moves(data: Dataset, ctx: Context, standing: Context) -> pl.LazyFrame:
    """chat_id, joins, leaves, net, members_at_start, leave_share, partial of one period."""
    start = standing.period.start.astimezone(UTC)
    joins = join_rows(data, standing).filter(pl.col("joined_at") >= start)
    leaves = leave_rows(data, standing).filter(pl.col("left_at") >= start)
    since = members_changes(data, ctx).filter(pl.col("at") >= start)
    begun = pl.col("log_start_at").is_not_null()
    return _told(
        recorded(data, ctx)
        .join(log_starts(data, standing), on="chat_id", how="left")
        .join(joins.group_by("chat_id").agg(joins=rows_in()), on="chat_id", how="left")
        .join(leaves.group_by("chat_id").agg(leaves=rows_in()), on="chat_id", how="left")
        .join(since.group_by("chat_id").agg(pl.col("change").sum()), on="chat_id", how="left")
        .join(of_period(data, standing), on="chat_id", how="left")
        .join(_roster(data, ctx), on="chat_id", how="left")
        .with_columns(
            has_joins=pl.col("has_joins") & begun,
            has_leaves=pl.col("has_leaves") & begun,
            members_at_start=pl.when(begun).then(pl.col("roster") - pl.col("change").fill_null(0)),
            partial=pl.col("log_start_at") >= start,
        )
    )


def summary(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return joins and leaves of the period and of the one before, one row a chat (``SUMMARY``)."""
    both = _moves(data, ctx, ctx).join(
        _moves(data, ctx, ctx.before()), on="chat_id", how="left", suffix="_last"
    )
    return shaped(both, SUMMARY, "chat_id")


def activation(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat: of the joins old enough, how many spoke in time (``ACTIVATION``).

    For the joins of the period, of the one before (``_last``) and of the whole log (``_all``), all
    judged at the same moment, the end of the review period.
    """
    windows = {
        "": inside(ctx.period, ctx, "joined_at"),
        "_last": inside(ctx.previous, ctx, "joined_at"),
        "_all": pl.lit(True),
    }
    counts = (
        join_fates(data, ctx)
        .group_by("chat_id")
        .agg(
            *(how_many("due", among).alias(f"due{end}") for end, among in windows.items()),
            *(
                how_many("activated", among).alias(f"activated{end}")
                for end, among in windows.items()
            ),
        )
    )
    rows = (
        linkage(data, ctx)
        .join(counts, on="chat_id", how="left")  # no join on record: null, not 0
        .with_columns(pl.when("can_tell").then(pl.col("^activated.*$")))
        .with_columns(
            ratio(pl.col(f"activated{end}"), pl.col(f"due{end}")).alias(f"activation_share{end}")
            for end in windows
        )
    )
    return shaped(rows, ACTIVATION, "chat_id")


def leavers(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every leave up to the end of the review period, newest first (``LEAVERS``).

    ``joined_at`` and ``inviter_id`` are of the last join before it, where the log shows one;
    messages and active days count up to the local day of the leave.
    """
    key = [*BY_MEMBER, "left_at"]
    leaves = leave_rows(data, ctx).with_columns(left_on=local_date(ctx, "left_at"))
    came = leaves.select(key).join(
        join_rows(data, ctx).select(*BY_MEMBER, "joined_at", "joined_on", "inviter_id"),
        on=BY_MEMBER,
    )
    before = (
        came.filter(pl.col("joined_at") <= pl.col("left_at"))
        .group_by(key)
        .agg(pl.all().sort_by("joined_at").last())
    )
    back = came.filter(pl.col("joined_at") > pl.col("left_at")).select(key).unique()
    wrote = (
        leaves.select(*key, "left_on")
        .join(human_days(data, ctx), on=BY_MEMBER)
        .filter(pl.col("day") <= pl.col("left_on"))
        .group_by(key)
        .agg(
            pl.col("messages").sum(),
            active_days=rows_in(),
            last_message_on=pl.col("day").max(),
        )
    )
    rows = (
        leaves.join(before, on=key, how="left")
        .join(wrote, on=key, how="left")
        .join(back.with_columns(came_back=pl.lit(True)), on=key, how="left")
        .join(member_names(data, "member_id", "display_name"), on=BY_MEMBER, how="left")
        .with_columns(
            pl.col("messages", "active_days").fill_null(0),
            pl.col("came_back").fill_null(False),
            tenure_days=(pl.col("left_on") - pl.col("joined_on")).dt.total_days(),
        )
    )
    return shaped(rows, LEAVERS, "chat_id", "left_at", "member_id", descending=["left_at"])


def lists(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return what every two successive member lists tell, oldest first (``LISTS``).

    ``members_before`` is worked back from the roster. The leave rate is null where names went and
    came that could not be matched; the counts are of the others.
    """
    pairs = list_pairs(data, ctx)
    key = ["chat_id", "until"]
    changes = members_changes(data, ctx)

    def since(moment: str) -> pl.LazyFrame:
        later = pairs.select(*key, since=moment).join(changes, on="chat_id")
        return (
            later.filter(pl.col("at") > pl.col("since"))
            .group_by(key)
            .agg(pl.col("change").sum().alias(f"since_{moment}"))
        )

    days = local_date(ctx, "until") - local_date(ctx, "after")
    matched = (pl.col("names_new") + pl.col("names_gone")) == 0
    rows = (
        pairs.join(since("after"), on=key, how="left")
        .join(since("until"), on=key, how="left")
        .join(_roster(data, ctx), on="chat_id", how="left")
        .with_columns(
            days=days.dt.total_days(),
            members_before=pl.col("roster") - pl.col("since_after").fill_null(0),
            members_after=pl.col("roster") - pl.col("since_until").fill_null(0),
        )
        .with_columns(
            roster_leave_share=pl.when(matched).then(
                ratio(pl.col("leaves"), pl.col("members_before"))
            )
        )
        .rename({"joins": "roster_joins", "leaves": "roster_leaves"})
    )
    return shaped(rows, LISTS, "chat_id", "until")


def listed(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return who came and who went between two lists, newest first (``LISTED``).

    Messages count up to the end of the review period.
    """
    wrote = (
        human_days(data, ctx)
        .group_by(BY_MEMBER)
        .agg(pl.col("messages").sum(), last_message_on=pl.col("day").max())
    )
    rows = (
        list_moves(data, ctx)
        .join(wrote, on=BY_MEMBER, how="left")
        .join(member_names(data, "member_id", "display_name"), on=BY_MEMBER, how="left")
        .with_columns(pl.col("messages").fill_null(0))
    )
    return shaped(
        rows, LISTED, "chat_id", "until", "event", "messages", "member_id",
        descending=["until", "messages"],
    )  # fmt: skip


METRIC = Metric(
    name="growth",
    en="Growth",
    zh="成员增减",
    tables=(
        Table("weekly", "Joins and leaves by week", "每周进退群", WEEKLY, weekly),
        Table("summary", "Period against the one before", "本期对比上期", SUMMARY, summary),
        Table("activation", "Activation of newcomers", "新人开口", ACTIVATION, activation),
        Table("joins", "Who joined", "进群名单", JOINS, joins),
        Table("leavers", "Who left", "退群名单", LEAVERS, leavers),
        Table("lists", "Between two member lists", "两次名单之间", LISTS, lists),
        Table("listed", "Who moved between two lists", "名单变化", LISTED, listed),
    ),
)
