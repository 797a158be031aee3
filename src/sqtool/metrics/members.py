"""Everyone known: names, layer, how active, since when, invited by whom.

成员名册:名字与曾用名、分层、活跃天数与消息数、进群时间与邀请人。

Reads: messages, members, join and leave notices; layers come from ``pyramid``.

Caveats: logs do not date the joins of old members, so ``first_seen_at`` says since when the log
knows a person. Windows of 28 and 112 local days end with the review period. Bots are listed (layer
``staff``, as in the pyramid). People first seen after the review period are left out. Grouped by a
column of the member list (``--by``), only people can be counted who are on a list.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics import pyramid
from sqtool.metrics._base import Metric, Table
from sqtool.metrics._days import BY_MEMBER, sender_days
from sqtool.metrics._exprs import days_ago, is_message, local_date, people, ratio, up_to
from sqtool.metrics._extras import extra
from sqtool.metrics._joins import join_rows, leave_rows
from sqtool.metrics._lists import list_moves
from sqtool.metrics._tables import (
    CHAT,
    count,
    flag,
    ident,
    instant,
    label,
    local_day,
    person,
    shaped,
    share,
    span_days,
    words,
)
from sqtool.schema import Dataset

WINDOWS = (28, 112)
BETWEEN_NAMES = " / "

MEMBERS = (
    CHAT,
    ident("member_id", "member", "成员 ID"),
    person("display_name", "name", "成员"),
    person("earlier_names", "earlier names", "曾用名"),
    label("layer", "layer", "分层", "layer"),
    label("role", "role", "身份", "role"),
    flag("is_staff", "staff", "运营"),
    flag("is_bot", "bot", "机器人"),
    flag("in_roster", "on the roster", "在名单中"),
    instant("first_seen_at", "first seen", "首次出现"),
    instant("last_seen_at", "last seen", "最近出现"),
    instant("last_message_at", "last message", "最近发言"),
    span_days("days_silent", "days since last message", "已沉默天数"),
    *(
        column
        for n in WINDOWS
        for column in (
            span_days(f"active_days_{n}", f"active days in {n}", f"近 {n} 天活跃天数"),
            count(f"messages_{n}", f"messages in {n} days", f"近 {n} 天消息"),
        )
    ),
    span_days("active_days", "active days", "活跃天数"),
    count("messages", "messages", "消息"),
    instant("joined_at", "joined", "进群时间"),
    ident("inviter_id", "inviter", "邀请人 ID"),
    person("inviter_name", "inviter", "邀请人"),
    instant("left_at", "left", "退群时间"),
)
NAMES = (
    CHAT,
    ident("member_id", "member", "成员 ID"),
    person("name", "name", "名字"),
    local_day("first_on", "from", "最早"),
    local_day("last_on", "to", "最晚"),
    count("messages", "messages", "消息"),
)


BY = (
    CHAT,
    words("value", "value", "取值"),
    flag("listed", "on the list", "在名单中"),
    count("members", "members", "成员"),
    count("speakers", "speakers", "发言人数"),
    share("speaking_share", "share that spoke", "发言率"),
    count("messages", "messages", "消息"),
    count("active_28", "spoke in the last 28 days", "近 28 天发过言"),
    share("active_share", "share that spoke in 28 days", "近 28 天发言率"),
)


def _seen(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id, member_id, first_noticed_at, last_noticed_at: in notices, as actor or as target."""
    notices = data.messages.filter(up_to(ctx), pl.col("kind") == "system")
    actors = notices.select("chat_id", "sent_at", member_id="actor_id")
    targets = notices.select("chat_id", "sent_at", member_id="target_ids").explode("member_id")
    return (
        pl.concat([actors, targets])
        .filter(pl.col("member_id").is_not_null())
        .group_by(BY_MEMBER)
        .agg(first_noticed_at=pl.col("sent_at").min(), last_noticed_at=pl.col("sent_at").max())
    )


def _earlier_names(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id, member_id, earlier_names: other names worn when speaking, oldest first."""
    shown = data.members.select(*BY_MEMBER, "display_name")
    return (
        data.messages.filter(is_message(), up_to(ctx), pl.col("sender_name").str.len_bytes() > 0)
        .group_by("chat_id", pl.col("sender_id").alias("member_id"), "sender_name")
        .agg(first_at=pl.col("sent_at").min(), ordinal=pl.col("ordinal").min())
        .join(shown, on=BY_MEMBER, how="left")
        .filter(pl.col("sender_name").ne_missing(pl.col("display_name")))
        .group_by(BY_MEMBER)
        .agg(
            earlier_names=pl.col("sender_name")
            .sort_by("first_at", "ordinal")
            .str.join(BETWEEN_NAMES)
        )
    )


def _activity(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id, member_id and the figures of what they wrote."""
    recent = {n: days_ago(ctx, pl.col("day")) < n for n in WINDOWS}
    return (
        sender_days(data, ctx)
        .group_by(BY_MEMBER)
        .agg(
            pl.col("messages").sum(),
            *(pl.col("messages").filter(w).sum().alias(f"messages_{n}") for n, w in recent.items()),
            *(w.sum().alias(f"active_days_{n}") for n, w in recent.items()),
            active_days=pl.len(),
            first_message_at=pl.col("first_at").min(),
            last_message_at=pl.col("last_at").max(),
            last_day=pl.col("day").max(),
        )
        .with_columns(days_silent=days_ago(ctx, pl.col("last_day")))
    )


def _membership(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """The last of each: noticed_join_at, inviter_id, noticed_leave_at, gone_by (the list)."""
    joins = (
        join_rows(data, ctx)
        .group_by(BY_MEMBER)
        .agg(pl.col("joined_at", "inviter_id").sort_by("joined_at", "ordinal").last())
        .rename({"joined_at": "noticed_join_at"})
    )
    leaves = leave_rows(data, ctx).group_by(BY_MEMBER).agg(noticed_leave_at=pl.col("left_at").max())
    gone = (
        list_moves(data, ctx)
        .group_by(BY_MEMBER)
        .agg(pl.col("event", "until").sort_by("until").last())
        .filter(pl.col("event") == "leave")
        .select(*BY_MEMBER, gone_by="until")
    )
    return joins.join(leaves, on=BY_MEMBER, how="full", coalesce=True).join(
        gone, on=BY_MEMBER, how="full", coalesce=True
    )


def compute(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per known person, most messages of the last 28 days first (``MEMBERS``).

    Times are UTC. ``joined_at`` is the last join known by the end of the review period, from
    notices, else from the roster; null for old members. ``left_at`` is set for those who are out:
    the notice, else the list that has them no more.
    ``days_silent`` counts local days, null for those never seen speaking; ``in_roster`` is null in
    a chat without a roster.
    """
    inviters = data.members.select("chat_id", inviter_id="member_id", inviter_name="display_name")
    counts = [f"{what}{end}" for what in ("messages", "active_days") for end in ("", "_28", "_112")]
    noticed_join, noticed_leave = pl.col("noticed_join_at"), pl.col("noticed_leave_at")
    listed_join = pl.when(pl.col("joined_at") <= ctx.at).then("joined_at")
    rows = (
        people(data, ctx)
        .join(_activity(data, ctx), on=BY_MEMBER, how="left")
        .join(_seen(data, ctx), on=BY_MEMBER, how="left")
        .join(_earlier_names(data, ctx), on=BY_MEMBER, how="left")
        .join(_membership(data, ctx), on=BY_MEMBER, how="left")
        .join(inviters, on=["chat_id", "inviter_id"], how="left")
        .join(pyramid.member_layers(data, ctx), on=BY_MEMBER, how="left")
        .with_columns(
            pl.col(counts).fill_null(0),
            joined_at=pl.coalesce(noticed_join, listed_join),
            first_seen_at=pl.min_horizontal("first_message_at", "first_noticed_at"),
            last_seen_at=pl.max_horizontal("last_message_at", "last_noticed_at"),
            left_at=pl.coalesce(
                pl.when(noticed_join.is_null() | (noticed > noticed_join)).then(noticed)
                for noticed in (noticed_leave, pl.col("gone_by"))
            ),
        )
        .filter(
            pl.col("in_roster").fill_null(False)
            | pl.col("first_seen_at").is_not_null()
            | pl.col("joined_at").is_not_null()
            | pl.col("role").is_not_null()
        )
    )
    return shaped(
        rows, MEMBERS, "chat_id", "messages_28", "messages", "member_id",
        descending=["messages_28", "messages"],
    )  # fmt: skip


def names(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every name that somebody wrote under, from when to when (``NAMES``).

    Local dates of the first and last message under the name, blanks around it left out; of each
    person the oldest name first. Names that only lists and notices show are not here.
    """
    name = pl.col("sender_name").str.strip_chars()
    day = local_date(ctx)
    rows = (
        data.messages.filter(is_message(), up_to(ctx), name != "")
        .group_by("chat_id", member_id="sender_id", name=name)
        .agg(first_on=day.min(), last_on=day.max(), messages=pl.len())
    )
    return shaped(rows, NAMES, "chat_id", "member_id", "first_on", "last_on", "name")


def by(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the members by a column of the member list, ``ctx.by`` (``BY``); bots left out.

    Speakers and messages are of the review period. A null value stands for listed people for whom
    the list says nothing there; those seen speaking but not listed are the last row.

    Raises:
        UsageError: If no list has such a column.
    """
    if ctx.by is None:
        return pl.LazyFrame(schema={column.key: column.dtype for column in BY})
    wrote = (
        sender_days(data, ctx)
        .group_by(BY_MEMBER)
        .agg(
            messages=pl.col("in_period").sum(),
            active=(days_ago(ctx, pl.col("day")) < WINDOWS[0]).any(),
        )
    )
    listed = pl.col("in_roster").fill_null(False)
    rows = (
        people(data, ctx)
        .filter(~pl.col("is_bot"))
        .join(extra(data, ctx.by, elsewhere=ctx.other_chats > 0), on=BY_MEMBER, how="left")
        .join(wrote, on=BY_MEMBER, how="left")
        .with_columns(
            pl.col("messages").fill_null(0),
            pl.col("active").fill_null(False),
            listed=listed,
            value=pl.when(listed).then("value"),
        )
        .filter(pl.col("listed") | pl.col("active") | (pl.col("messages") > 0))
        .group_by("chat_id", "listed", "value")
        .agg(
            members=pl.len(),
            speakers=(pl.col("messages") > 0).sum(),
            messages=pl.col("messages").sum(),
            active_28=pl.col("active").sum(),
        )
        .with_columns(
            speaking_share=ratio(pl.col("speakers"), pl.col("members")),
            active_share=ratio(pl.col("active_28"), pl.col("members")),
        )
    )
    return shaped(
        rows, BY, "chat_id", "listed", "members", "value", descending=["listed", "members"]
    )


METRIC = Metric(
    name="members",
    en="Members",
    zh="成员",
    tables=(
        Table("members", "Members", "成员", MEMBERS, compute),
        Table("names", "Names, from when to when", "曾用名与时间", NAMES, names),
        Table("by", "Members by a column of the list", "按名单的一列分组", BY, by, needs="by"),
    ),
)
