"""Layers of the members, from staff and core down to the silent, and who moved.

成员金字塔:运营、核心、活跃、普通、潜水、沉默各几人,谁升谁降。

Definition: the first rule that fits, at the end of the review period.

- staff: configured, by role, the exporting account, or a bot
- core: active in enough of the last four weeks (``Settings.pyramid.core_weeks``); of these, by
  engagement score, until half of the score of all who are not staff is held or max(3, 5 % of those
  who ever spoke) is reached
- active: spoke in at least 2 of the last 4 weeks (blocks of 7 local days)
- occasional: spoke in the last 28 days
- lapsed: spoke before, not in the last 28 days
- silent: never seen speaking; only where a roster or a join notice tells of them

Reads: messages, members, join notices. Leavers are gone and in no layer. With a roster, people seen
but not on it are counted apart, so the layers add up to the roster. Moves are shown only for people
known at the end of both periods. Shares of fewer than ``min_cases_share`` are null.
"""

from functools import reduce

import polars as pl

from sqtool.context import Context
from sqtool.metrics._base import Column, Metric, Table
from sqtool.metrics._days import BY_MEMBER
from sqtool.metrics._exprs import days_ago, local_date, people, ratio, up_to
from sqtool.metrics._score import PARTS, acts, core, message_days, scored
from sqtool.metrics._shared import shared
from sqtool.metrics._tables import (
    CHAT,
    count,
    flag,
    ident,
    instant,
    label,
    number,
    person,
    shaped,
    share,
)
from sqtool.schema import Dataset

LAYERS = ("staff", "core", "active", "occasional", "lapsed", "silent")
_ROW_ORDER = {layer: place for place, layer in enumerate((*LAYERS, "unlisted"))}
_LAYER = label("layer", "layer", "层", "layer")

LAYER_ROWS = (
    CHAT,
    _LAYER,
    count("members", "members", "人数"),
    share("share", "share", "占比"),
    share("messages_share", "share of messages, 28 days", "近 28 天消息占比"),
    count("members_previous", "members before", "上期人数"),
    count("change", "change", "增减"),
)
MEMBER_ROWS = (
    CHAT,
    ident("member_id", "member id", "成员编号"),
    person("display_name", "member", "成员"),
    _LAYER,
    flag("is_newcomer", "newcomer", "新人"),
    flag("is_listed", "on the roster", "在名单上"),
    number("score", "engagement score", "参与分"),
    number("points_active_days", "points: active days", "分:活跃天"),
    number("points_messages", "points: messages", "分:消息"),
    number("points_substantial", "points: substantial messages", "分:长消息、链接、文件"),
    number("points_repliers", "points: people who replied", "分:回应的人"),
    number("points_newcomers", "points: newcomers answered", "分:接待新人"),
    number("points_questions", "points: questions first answered", "分:首答"),
    number("points_invitees", "points: invitees' first messages", "分:邀请来的人开口"),
    count("active_days_28", "active days, 28 days", "近 28 天活跃天数"),
    count("messages_28", "messages, 28 days", "近 28 天消息"),
    count("weeks_active_4", "weeks active of 4", "近 4 周活跃周数"),
    instant("last_message_at", "last message", "最后发言"),
    label("previous_layer", "layer before", "上期层", "layer"),
)
MOVE_ROWS = (
    CHAT,
    ident("member_id", "member id", "成员编号"),
    person("display_name", "member", "成员"),
    label("from_layer", "from", "原层", "layer"),
    label("to_layer", "to", "现层", "layer"),
    count("steps", "steps up", "上升级数"),
    count("active_days_28", "active days, 28 days", "近 28 天活跃天数"),
    count("active_days_28_previous", "active days before", "上期活跃天数"),
    count("messages_28", "messages, 28 days", "近 28 天消息"),
    count("messages_28_previous", "messages before", "上期消息"),
    number("score_change", "change of score", "参与分变化"),
    Column("reasons", pl.List(pl.String()), "text", "why", "原因"),
)


def present(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return everyone in the chat at ``ctx.at`` as far as is known, leavers left out."""
    newcomer = days_ago(ctx, local_date(ctx, "joined_at")) <= ctx.settings.pyramid.newcomer_days
    gone = (pl.col("left_at") <= ctx.at).fill_null(False)
    return (
        people(data, ctx)
        .filter(~gone | pl.col("in_roster").fill_null(False))
        .with_columns(
            joined_by_now=(pl.col("joined_at") <= ctx.at).fill_null(False),
            joined_later=(pl.col("joined_at") > ctx.at).fill_null(False),
            recent=newcomer,
        )
    )  # fmt: skip


@shared
def placed(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return everybody's layer with the score behind it, at ``ctx.at``.

    Returns:
        chat_id, member_id, display_name, layer, is_bot, is_listed (null without a roster),
        is_newcomer (null where nobody knows), score and its parts, active_days_28, messages_28,
        weeks_active_4, last_message_at.
    """
    days = acts(data, ctx)
    score = scored(days, ctx.settings.points)
    last = (
        days.filter(pl.col("messages") > 0)
        .group_by(BY_MEMBER)
        .agg(last_message_at=pl.col("last_at").max(), first_on=pl.col("day").min())
    )
    known = (
        present(data, ctx)
        .join(score, on=BY_MEMBER, how="left")
        .join(last, on=BY_MEMBER, how="left")
        .with_columns(
            pl.col("active_days", "active_days_28", "messages_28", "weeks_active_4").fill_null(0)
        )
    )
    seen = (
        last.join(people(data, ctx).select(BY_MEMBER), on=BY_MEMBER)
        .group_by("chat_id")
        .agg(seen=pl.len())
    )
    chosen = core(
        known.filter(~pl.col("is_staff"), ~pl.col("is_bot"), pl.col("score").is_not_null()).join(
            seen, on="chat_id"
        ),
        ctx.settings.pyramid,
    ).with_columns(is_core=pl.lit(True))
    spoke = pl.col("active_days") > 0
    told_of = pl.col("in_roster").fill_null(False) | pl.col("joined_by_now")
    rules = (
        (pl.col("is_staff") | pl.col("is_bot"), "staff"),
        (pl.col("is_core").fill_null(False), "core"),
        (pl.col("weeks_active_4") >= ctx.settings.pyramid.active_weeks, "active"),
        (pl.col("active_days_28") > 0, "occasional"),
        (spoke, "lapsed"),
        (told_of, "silent"),
    )
    layer = pl.coalesce(pl.when(rule).then(pl.lit(name)) for rule, name in rules)
    long_known = days_ago(ctx, pl.col("first_on")) > ctx.settings.pyramid.newcomer_days
    by_replies = pl.col("has_replies") | pl.col("has_mentions")
    return (
        known.join(chosen, on=BY_MEMBER, how="left")
        .filter(spoke | ~pl.col("joined_later"))
        .join(data.chats.select("chat_id", "has_replies", "has_mentions"), on="chat_id", how="left")
        .with_columns(
            pl.col("score", *PARTS).fill_null(0.0),
            layer=layer,
            is_listed=pl.col("in_roster"),
            is_newcomer=pl.when(pl.col("joined_by_now"))
            .then("recent")
            .otherwise(pl.when(long_known).then(pl.lit(False))),
        )
        .with_columns(points_repliers=pl.when(by_replies).then("points_repliers"))
        .filter(pl.col("layer").is_not_null())
    )


def member_layers(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return chat_id, member_id, layer of everyone present at ``ctx.at``, bots as staff."""
    return placed(data, ctx).select(*BY_MEMBER, "layer")


def _before(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the layers at the end of the previous period, of chats that had begun by then."""
    then = ctx.before()
    begun = data.messages.filter(up_to(then)).select("chat_id").unique()
    return placed(data, then).join(begun, on="chat_id", how="semi")


def layers(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Compute one row per chat and layer, empty ones too; ``unlisted`` only with a roster."""
    row = pl.when(~pl.col("is_listed")).then(pl.lit("unlisted")).otherwise("layer").alias("layer")
    now = placed(data, ctx).with_columns(row)
    previous = _before(data, ctx).with_columns(row)
    sizes = now.group_by("chat_id", "layer").agg(
        members=pl.len().cast(pl.Int64),
        messages=pl.col("messages_28").filter(~pl.col("is_bot")).sum(),
    )
    before = previous.group_by("chat_id", "layer").agg(members_previous=pl.len().cast(pl.Int64))
    days = message_days(data, ctx)
    written = (
        days.filter(days_ago(ctx, pl.col("day")) < 28)
        .group_by("chat_id")
        .agg(written=pl.col("messages").sum())
    )
    had_begun = previous.select("chat_id").unique().with_columns(begun=pl.lit(True))
    known = now.group_by("chat_id").agg(
        staff_known=pl.col("staff_known").any(),
        # Silent people are known of where a roster or a join notice names them.
        silent_known=(pl.col("is_listed").is_not_null() | pl.col("joined_by_now")).any(),
        total=(pl.col("is_listed").fill_null(True)).sum(),
    )
    least = ctx.settings.min_cases_share
    staff_unknown = (pl.col("layer") == "staff") & ~pl.col("staff_known")
    unknown = staff_unknown | ((pl.col("layer") == "silent") & ~pl.col("silent_known"))
    frame = pl.LazyFrame({"layer": list(_ROW_ORDER), "place": list(_ROW_ORDER.values())})
    return shaped(
        known.join(data.chats.select("chat_id", "has_roster"), on="chat_id", how="left")
        .join(frame, how="cross")
        .filter((pl.col("layer") != "unlisted") | pl.col("has_roster").fill_null(False))
        .join(sizes, on=["chat_id", "layer"], how="left")
        .join(before, on=["chat_id", "layer"], how="left")
        .join(had_begun, on="chat_id", how="left")
        .join(written, on="chat_id", how="left")
        .with_columns(
            pl.col("messages", "written").fill_null(0),
            members=pl.when(~unknown).then(pl.col("members").fill_null(0)),
            members_previous=pl.when(~unknown, pl.col("begun").fill_null(False)).then(
                pl.col("members_previous").fill_null(0)
            ),
        )
        .with_columns(
            share=pl.when(pl.col("total") >= least, pl.col("layer") != "unlisted").then(
                ratio(pl.col("members"), pl.col("total"))
            ),
            messages_share=pl.when(pl.col("written") >= least, ~staff_unknown).then(
                ratio(pl.col("messages"), pl.col("written"))
            ),
            change=pl.col("members") - pl.col("members_previous"),
        ),
        (*LAYER_ROWS, count("place", "place", "位次")),
        "chat_id", "place", "layer",
    ).drop("place")  # fmt: skip


def members(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Compute one row per chat and member, highest layer and score first."""
    previous = _before(data, ctx).select(*BY_MEMBER, previous_layer="layer")
    rows = (
        placed(data, ctx)
        .join(previous, on=BY_MEMBER, how="left")
        .with_columns(
            place=pl.col("layer").replace_strict(_ROW_ORDER, return_dtype=pl.Int64),
            points_newcomers=pl.lit(None, pl.Float64),
            points_questions=pl.lit(None, pl.Float64),
        )
    )
    return shaped(
        rows, (*MEMBER_ROWS, count("place", "place", "位次")),
        "chat_id", "place", "score", "active_days_28", "messages_28", "member_id",
        descending=["score", "active_days_28", "messages_28"],
    ).drop("place")  # fmt: skip


def _reasons(ctx: Context) -> pl.Expr:
    """Say what changed, in the language of the run: active days, then messages."""
    zh = ctx.lang == "zh"
    pairs = (
        ("active_days_28", "近 28 天活跃 {} 天(上期 {} 天)",
         "active days in 28: {}, a period ago {}"),
        ("messages_28", "近 28 天 {} 条消息(上期 {} 条)",
         "messages in 28 days: {}, a period ago {}"),
    )  # fmt: skip
    said = [
        pl.when(pl.col(key) != pl.col(f"{key}_previous")).then(
            pl.format(chinese if zh else english, pl.col(key), pl.col(f"{key}_previous"))
        )
        for key, chinese, english in pairs
    ]
    weeks = pl.format("近 4 周有 {} 周发言" if zh else "spoke in {} of 4 weeks", "weeks_active_4")
    some = reduce(lambda a, b: a | b, (text.is_not_null() for text in said))
    return pl.concat_list(*said, pl.when(~some).then(weeks)).list.drop_nulls()


def moves(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Compute one row per member whose layer changed, most steps first.

    Only people known at the end of both periods and not missing from a roster.
    """
    compared = ["layer", "active_days_28", "messages_28", "score"]
    before = _before(data, ctx).select(*BY_MEMBER, pl.col(compared).name.suffix("_previous"))
    place = {c: pl.col(c).replace_strict(_ROW_ORDER, return_dtype=pl.Int64)
             for c in ("layer", "layer_previous")}  # fmt: skip
    rows = (
        placed(data, ctx)
        .filter(pl.col("is_listed").fill_null(True))
        .join(before, on=BY_MEMBER)
        .filter(pl.col("layer") != pl.col("layer_previous"))
        .with_columns(
            from_layer="layer_previous",
            to_layer="layer",
            steps=place["layer_previous"] - place["layer"],
            score_change=(pl.col("score") - pl.col("score_previous")).round_sig_figs(9),
            reasons=_reasons(ctx),
        )
        .with_columns(size=pl.col("steps").abs(), by=pl.col("score_change").abs())
    )
    hidden = (count("size", "size", "幅度"), number("by", "by", "分差"))
    return shaped(
        rows, (*MOVE_ROWS, *hidden), "chat_id", "size", "by", "member_id",
        descending=["size", "by"],
    ).drop("size", "by")  # fmt: skip


METRIC = Metric(
    name="pyramid",
    en="Member pyramid",
    zh="成员金字塔",
    tables=(
        Table("layers", "Layers", "分层", LAYER_ROWS, layers),
        Table("members", "Members by layer", "成员分层", MEMBER_ROWS, members),
        Table("moves", "Moves between layers", "升降", MOVE_ROWS, moves),
    ),
)
