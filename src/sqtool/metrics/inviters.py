"""Who brought whom, what became of them, and the points that leaves us to give or take back.

邀请裂变:谁带来了谁,开口、留下、退群的各有多少;邀请积分与收回;邀请树与进群来源。

Reads: join, invite, QR and leave notices, messages of those who joined, moves between member lists.
Bots are left out.

Definition: an invitee counts once for each inviter, with the first join by that inviter. Points are
earned for an invitee, for their first message and for being active a month after; all of an
invitee's points are taken back if they leave within ``take_back_days``, even if they return. In the
tree everybody hangs on whoever brought them first, unless they had been there before.

Caveats: only joins that a notice tells are seen, and only inviters it names. Where too few joins
known by name could be tied to a member, fates and points are null: nobody can tell. Where neither a
notice nor two member lists ever show a leave, leaves are null, and no point can be taken back.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._base import Definition, Metric, Table
from sqtool.metrics._days import BY_MEMBER, day_age
from sqtool.metrics._exprs import enough, how_many, inside, local_date, ratio, rounded, rows_in
from sqtool.metrics._invite_tree import TREE, edges, tree
from sqtool.metrics._joins import first_spoke, join_fates, member_names, recorded
from sqtool.metrics._shared import shared
from sqtool.metrics._tables import CHAT, count, ident, label, number, person, shaped, share
from sqtool.schema import Dataset

_SPOKE = count("spoke", "spoke", "开口")
_FATES = (
    count("due", "joined at least 3 days ago", "满 3 天"),
    count("activated", "spoke within 3 days", "3 天内开口"),
    count("due_week", "joined long enough ago for a week", "满一周"),
    count("active_week", "active a week after", "一周后仍活跃"),
    count("due_month", "joined long enough ago for a month", "满一月"),
    count("active_month", "active a month after", "一月后仍活跃"),
    count("still_active", "spoke in the last 28 days", "近 28 天发过言"),
    count("left", "left", "已退群"),
    count("left_early", "left early", "进群不久就退"),
)

INVITERS = (
    CHAT,
    ident("inviter_id", "inviter", "邀请人 ID"),
    person("inviter_name", "inviter", "邀请人"),
    count("invitees", "invitees", "邀请人数"),
    _SPOKE,
    share("spoke_share", "share that spoke", "开口率"),
    *_FATES,
    number("points", "points", "积分"),
    number("points_back", "points taken back", "收回积分"),
    count("pending", "may still leave early", "待确认人数"),
    count("level_2", "brought by those they brought", "二级邀请"),
    count("invitees_in_period", "invitees in the period", "本期邀请"),
    count("spoke_in_period", "of them spoke", "本期邀请中开口"),
)

SOURCES = (
    CHAT,
    label("way", "way", "来源", "way"),
    count("people", "newcomers", "新人"),
    share("people_share", "share of newcomers", "占新人"),
    _SPOKE,
    share("spoke_share", "share that spoke", "开口率"),
    *_FATES,
    count("people_in_period", "newcomers in the period", "本期新人"),
)

_DUE = {"due": "activated", "due_week": "active_week", "due_month": "active_month"}
_TOLD = ("spoke", *_DUE.values(), "still_active", "left", "left_early")


@shared
def fates(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every join with all that a table here says of it.

    Returns:
        The columns of ``join_fates``, and as flags, null where nobody can tell: spoke, active_week,
        active_month (null also until ``due_…``), left (out at the end of the period), left_early,
        pending (there, and may still leave early).
    """
    rule = ctx.settings.inviters
    starts = {"week": rule.week_day, "month": rule.month_day}
    spans = {name: (day, day + rule.window_days - 1) for name, day in starts.items()}
    joins = join_fates(data, ctx)
    gone_at = pl.coalesce("left_at", "left_by")
    out = (
        joins.group_by(BY_MEMBER)
        .agg(left=gone_at.sort_by("joined_at").last().is_not_null())
        .join(recorded(data, ctx), on="chat_id", how="left")
        .with_columns(seen=pl.col("has_leaves") | pl.col("has_lists"))
        .select(*BY_MEMBER, "seen", left=pl.when("seen").then("left"))
    )
    gone_on = pl.coalesce(local_date(ctx, "left_at"), local_date(ctx, "left_by"))
    early = (gone_on - pl.col("joined_on")).dt.total_days() <= rule.take_back_days
    window = day_age(ctx, "joined_on") <= rule.take_back_days
    return (
        joins.join(first_spoke(data, ctx, spans), on=[*BY_MEMBER, "joined_at"], how="left")
        .join(out, on=BY_MEMBER, how="left")
        .with_columns(
            spoke=pl.col("first_message_at").is_not_null(),
            left_early=pl.when("seen").then(early.fill_null(False)),
            pending=window & gone_at.is_null(),
            **{
                f"due_{name}": day_age(ctx, "joined_on") > last for name, (_, last) in spans.items()
            },
        )
        .with_columns(
            pl.when("can_tell").then(pl.col("spoke", "left", "left_early", "pending")),
            **{
                f"active_{name}": pl.when("can_tell", f"due_{name}").then(
                    pl.col(name).is_not_null()
                )
                for name in spans
            },
        )
        .drop(*spans, "seen")
    )


def _counts(*also: str) -> list[pl.Expr]:
    """How many of each fate; null where nobody can tell."""
    told = pl.col("can_tell").all()
    counts = [how_many(key) for key in _DUE]
    for key in (*_TOLD, *also):
        # A window that is not over yet is none of none, and not unknown.
        known = told if key in _DUE.values() else pl.col(key).is_not_null().any()
        counts.append(pl.when(known).then(how_many(key)).alias(key))
    return counts


def _brought(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """One row per inviter and invitee: the first join by that inviter, and its points."""
    rule = ctx.settings.inviters
    earned = (
        rule.invitee_points
        + rule.spoke_points * pl.col("spoke").cast(pl.Float64)
        + rule.month_points * pl.col("active_month").fill_null(False).cast(pl.Float64)
    )
    return (
        fates(data, ctx)
        .filter(pl.col("inviter_id").is_not_null())
        .sort("joined_at", "ordinal")
        .unique(["chat_id", "inviter_id", "member_id"], keep="first", maintain_order=True)
        .with_columns(back=pl.when("left_early").then(earned).otherwise(0.0), earned=earned)
        .with_columns(back=pl.when(pl.col("left_early").is_not_null()).then("back"))
    )


def inviters(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per inviter, most invitees first (``INVITERS``).

    ``points`` are net of ``points_back``; ``left`` is how many were out at the period's end.
    """
    now = inside(ctx.period, ctx, "joined_at")
    tellable = pl.col("can_tell").all()
    second = (
        edges(data, ctx)
        .select("chat_id", "child_id", inviter_id="parent_id")
        .join(
            edges(data, ctx).select("chat_id", child_id="parent_id", grandchild="child_id"),
            on=["chat_id", "child_id"],
        )
        .group_by("chat_id", "inviter_id")
        .agg(level_2=rows_in())
    )
    rows = (
        _brought(data, ctx)
        .group_by("chat_id", "inviter_id")
        .agg(
            *_counts("pending"),
            invitees=rows_in(),
            invitees_in_period=how_many(now),
            spoke_in_period=pl.when(tellable).then(how_many("spoke", now)),
            points_back=pl.when(pl.col("back").is_not_null().any()).then(pl.col("back").sum()),
            points=pl.when(tellable).then((pl.col("earned") - pl.col("back").fill_null(0)).sum()),
        )
        .with_columns(
            rounded(pl.col("points", "points_back")),
            spoke_share=enough(ratio(pl.col("spoke"), pl.col("invitees")), "invitees", ctx),
        )
        .join(second, on=["chat_id", "inviter_id"], how="left")
        .with_columns(pl.col("level_2").fill_null(0))
        .join(
            member_names(data, "inviter_id", "inviter_name"),
            on=["chat_id", "inviter_id"],
            how="left",
        )
    )
    return shaped(rows, INVITERS, "chat_id", "invitees", "inviter_id", descending=["invitees"])


def grown(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per person brought by somebody, from the root outwards (``TREE``)."""
    return tree(data, ctx, fates(data, ctx))


def sources(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return by which way newcomers came and what became of them (``SOURCES``).

    Newcomers: the first join of each member, unless they had been there before.
    """
    rows = (
        fates(data, ctx)
        .filter(~pl.col("rejoin"))
        .group_by("chat_id", "way")
        .agg(
            *_counts(),
            people=rows_in(),
            people_in_period=how_many(inside(ctx.period, ctx, "joined_at")),
        )
        .with_columns(whole=pl.col("people").sum().over("chat_id"))
        .with_columns(
            people_share=enough(ratio(pl.col("people"), pl.col("whole")), "whole", ctx),
            spoke_share=enough(ratio(pl.col("spoke"), pl.col("people")), "people", ctx),
        )
    )
    return shaped(rows, SOURCES, "chat_id", "people", "way", descending=["people"])


METRIC = Metric(
    name="inviters",
    en="Inviters",
    zh="邀请裂变",
    tables=(
        Table("inviters", "Who invited", "邀请人", INVITERS, inviters),
        Table("tree", "Who brought whom", "邀请树", TREE, grown),
        Table("sources", "Ways of joining", "进群来源", SOURCES, sources),
    ),
    definitions=(
        Definition(
            "points",
            en="{inviters.invitee_points} for each invitee + {inviters.spoke_points} if they spoke"
            " + {inviters.month_points} if they are active a month after, less all points of"
            " invitees who left within {inviters.take_back_days} days (local days after the day"
            " of the join).",
            zh="每邀请一人 {inviters.invitee_points} 分,被邀请人开口再加 {inviters.spoke_points}"
            " 分,一月后仍活跃再加 {inviters.month_points} 分;进群 {inviters.take_back_days} 天内"
            "退群的,其全部积分收回。",
            source="ours",
            inputs=("invitees", "spoke", "active_month", "left_early", "points_back", "points"),
            caveat_en="Where no notice and no member list ever shows a leave, nothing can be taken"
            " back; `pending` counts invitees who may still leave early.",
            caveat_zh="记录和名单都看不到退群时,无从收回积分;「待确认人数」是还在观察期内的人。",
        ),
        Definition(
            "active_week",
            en="Spoke on one of {inviters.window_days} days from day {inviters.week_day} on (day 0"
            " is the local day of the join), counted once that window is over; active_month: the"
            " same from day {inviters.month_day} on.",
            zh="进群当天为第 0 天,从第 {inviters.week_day} 天起的 {inviters.window_days} 天内"
            "发过言,窗口结束后才计入;一月后仍活跃则从第 {inviters.month_day} 天起算。",
            source="ours",
            inputs=("due_week", "active_week", "due_month", "active_month"),
        ),
        Definition(
            "level_2",
            en="People brought by those the inviter brought. Everybody hangs on the first who"
            " brought them; who had been there before hangs on nobody.",
            zh="由其邀请来的人再邀请来的人数。每人只挂在最早带他进群的人名下;以前就在群里的不挂。",
            source="ours",
            inputs=("invitees", "level_2"),
        ),
    ),
)
