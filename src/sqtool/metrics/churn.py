"""Who may go silent: probability, reasons, and who should talk to them.

流失预警:谁可能在接下来 28 天不再说话、为什么、该由谁去聊。

Definition: the probability that a member who spoke in the last 28 days writes nothing in the next
28, from a scorecard fitted on public groups (``docs/model-card-churn.md``), moved to the chat's own
level by its earlier snapshots. Staff, bots and leavers are left out; people with one active day
ever are listed apart (``once``). Sorted by probability × engagement score: what the group would
lose.

- reasons: the families of inputs that push the member's logit above the median of the chat's
  members, strongest first
- contact: the staff or core member, active in the last 14 days, with the most replies and mentions
  exchanged; else the inviter; else the most active of the staff; else nobody
- ``follow_up``: everybody of high or medium risk on the list of the period before, recomputed as of
  then, and whether they have spoken since

Reads: messages, members, join notices; layers and score come from ``pyramid``. Caveats: the card
knows active days only, not what was said; the public groups were interest groups, none a shop's.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._base import Column, Metric, Table
from sqtool.metrics._churn_card import (
    Card,
    inputs,
    level_shift,
    past_snapshots,
    shipped_card,
    sigmoid,
)
from sqtool.metrics._churn_reasons import reasons
from sqtool.metrics._contacts import contacts
from sqtool.metrics._days import BY_MEMBER, human_days
from sqtool.metrics._exprs import days_ago, people, rounded, up_to
from sqtool.metrics._score import message_days
from sqtool.metrics._shared import shared
from sqtool.metrics._tables import (
    CHAT,
    count,
    flag,
    ident,
    instant,
    label,
    local_day,
    number,
    person,
    shaped,
    share,
    span_days,
    words,
)
from sqtool.metrics.pyramid import placed, present
from sqtool.schema import Dataset

REGULAR_DAYS = 4
"""Whoever was active on so many days, ever, is a regular: the people churn is measured on."""

MEMBER = (
    CHAT,
    ident("member_id", "member id", "成员编号"),
    person("display_name", "member", "成员"),
)
_PROBABILITY = share("probability", "silent in the next 28 days", "28 天内沉默概率")
_BAND = label("band", "risk", "风险", "band")

RISK = (
    *MEMBER,
    label("layer", "layer", "层", "layer"),
    _PROBABILITY,
    _BAND,
    span_days("days_silent", "days silent", "已沉默"),
    Column("median_gap_days", pl.Float64(), "days", "own median gap", "平时间隔"),
    count("active_days_28", "active days, 28 days", "近 28 天活跃天数"),
    count("active_days_112", "active days, 112 days", "近 112 天活跃天数"),
    number("score", "engagement score", "参与分"),
    Column("reasons", pl.List(pl.String()), "text", "why", "原因"),
    ident("contact_id", "contact id", "联系人编号"),
    person("contact_name", "who should talk", "谁去聊"),
    words("contact_why", "why they", "为什么是他"),
    words("last_topic", "last topic", "最后在聊"),
)
ONCE = (
    *MEMBER,
    local_day("spoke_on", "spoke on", "发言日"),
    span_days("days_since", "days since", "距今"),
    count("messages", "messages", "消息"),
    _PROBABILITY,
)
FOLLOW_UP = (
    *MEMBER,
    count("place", "place on the list", "名单位次"),
    _PROBABILITY,
    _BAND,
    flag("spoke_again", "spoke again", "又发言了"),
    count("messages_since", "messages since", "此后消息"),
    instant("last_message_at", "last message", "最后发言"),
    flag("has_left", "left", "已退群"),
)
SUMMARY = (
    CHAT,
    count("population", "spoke in 28 days", "近 28 天发言成员"),
    count("high", "high risk", "高风险"),
    count("medium", "medium risk", "中风险"),
    count("low", "low risk", "低风险"),
    count("one_timers", "spoke on one day only", "只说过一次"),
    count("named_before", "named a period ago", "上期名单人数"),
    count("spoke_again", "of these, spoke again", "其中又发言"),
    number("level_shift", "shift to the group's level", "按本群水平修正"),
    count("level_cases", "cases behind the shift", "修正依据样本"),
    count("card_version", "card version", "打分卡版本"),
    count("card_groups", "groups checked", "检验群数"),
    number("card_auc", "AUC", "AUC"),
    number("card_ece", "calibration error", "概率误差"),
)


def _assessed(data: Dataset, ctx: Context, card: Card) -> pl.LazyFrame:
    """Return everyone who spoke in the last 28 days with inputs, logit and the chat's shift.

    Staff are still in: they are part of the group's rhythm, as in the tables behind the card.
    """
    days = human_days(data, ctx).select(*BY_MEMBER, "day", "messages")
    starts = days.group_by("chat_id").agg(first_day=pl.col("day").min(), at=pl.lit(ctx.day))
    earlier = past_snapshots(card.level, starts)
    wanted = pl.concat([starts.select("chat_id", "at"), earlier.select("chat_id", "at")])
    scored = inputs(days, wanted).with_columns(logit=card.logit())
    past = earlier.join(scored, on=["chat_id", "at"])
    shift = level_shift(card.level, past).select("chat_id", "shift", "past_cases")
    return (
        scored.filter(pl.col("at") == ctx.day)
        .join(shift, on="chat_id", how="left")
        .with_columns(pl.col("shift").fill_null(0.0), pl.col("past_cases").fill_null(0))
        .with_columns(probability=rounded(sigmoid(pl.col("logit") + pl.col("shift"))))
    )


def _gaps(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return each member's median gap between active days; null under ``min_cases_median`` gaps."""
    gap = pl.col("day").sort().diff().dt.total_days().drop_nulls()
    return (
        message_days(data, ctx)
        .group_by(BY_MEMBER)
        .agg(gaps=gap.len(), median_gap_days=gap.median())
        .with_columns(
            median_gap_days=pl.when(pl.col("gaps") >= ctx.settings.min_cases_median).then(
                rounded(pl.col("median_gap_days"))
            )
        )
        .drop("gaps")
    )


@shared
def assessed(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the members the card speaks about: in the chat, neither staff nor bot.

    Reads no texts and asks for no layers: this is what a portfolio of many chats can afford.

    Returns:
        chat_id, member_id, the ``INPUTS``, logit, shift, past_cases, probability, band.
    """
    high, medium = ctx.settings.churn.high, ctx.settings.churn.medium
    p = pl.col("probability")
    there = present(data, ctx).filter(~pl.col("is_staff"), ~pl.col("is_bot")).select(BY_MEMBER)
    return (
        _assessed(data, ctx, shipped_card())
        .join(there, on=BY_MEMBER, how="semi")
        .with_columns(
            band=pl.when(p >= high).then(pl.lit("high"))
            .when(p >= medium).then(pl.lit("medium"))
            .otherwise(pl.lit("low"))
        )
    )  # fmt: skip


@shared
def _population(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return ``assessed`` with layer, score and the loss expected of each."""
    standing = placed(data, ctx).select(
        *BY_MEMBER, "display_name", "layer", "score", "last_message_at"
    )
    loss = rounded(pl.col("probability") * pl.col("score"))
    return assessed(data, ctx).join(standing, on=BY_MEMBER).with_columns(loss=loss)


def regulars_at_risk(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return how many regulars of each chat are at high or medium risk, as the review counts them.

    Regulars are members with at least ``REGULAR_DAYS`` active days ever. Null while the log is
    shorter than the window the probability is about; chats nobody wrote in are missing.

    Returns:
        chat_id, regulars, at_risk.
    """
    window = ctx.settings.churn.window_days
    regular = pl.col("active_days") >= REGULAR_DAYS
    counted = (
        assessed(data, ctx)
        .filter(regular)
        .group_by("chat_id")
        .agg(
            regulars=pl.len().cast(pl.Int64), at_risk=(pl.col("band") != "low").sum().cast(pl.Int64)
        )
    )
    begun = human_days(data, ctx).group_by("chat_id").agg(first_on=pl.col("day").min())
    long = days_ago(ctx, pl.col("first_on")) + 1 >= window
    return begun.join(counted, on="chat_id", how="left").select(
        "chat_id", *(pl.when(long).then(pl.col(n).fill_null(0)) for n in ("regulars", "at_risk"))
    )


def _listed(data: Dataset, ctx: Context) -> pl.LazyFrame:
    return _population(data, ctx).filter(pl.col("active_days") > 1)


def risk(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Compute one row per member at risk of silence, the greatest expected loss first.

    One-day speakers are in ``once``; everybody else of the population is here, low risk included.
    """
    everyone = _population(data, ctx).join(_gaps(data, ctx), on=BY_MEMBER, how="left")
    rows = (
        everyone.filter(pl.col("active_days") > 1)
        .join(reasons(everyone, ctx), on=BY_MEMBER, how="left")
        .join(contacts(data, ctx), on=BY_MEMBER, how="left")
        .with_columns(last_topic=pl.lit(None, pl.String))
    )
    return shaped(
        rows, (*RISK, number("loss", "expected loss", "预期损失")), "chat_id", "loss", "member_id",
        descending=["loss"],
    ).drop("loss")  # fmt: skip


def once(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Compute one row per member whose only active day ever lies in the last 28, newest first."""
    total = message_days(data, ctx).group_by(BY_MEMBER).agg(pl.col("messages").sum())
    rows = (
        _population(data, ctx)
        .filter(pl.col("active_days") == 1)
        .join(total, on=BY_MEMBER)
        .with_columns(
            spoke_on=pl.lit(ctx.day) - pl.duration(days="days_silent"), days_since="days_silent"
        )
    )
    return shaped(rows, ONCE, "chat_id", "days_since", "member_id")


def follow_up(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Compute what became of the last list: one row per member of high or medium risk on it.

    ``place`` is the member's place on that list; a report that showed the first few keeps to those.
    """
    then = ctx.before()
    since = (
        data.messages.filter(up_to(ctx), pl.col("sent_at") > then.at, pl.col("kind") != "system")
        .group_by("chat_id", member_id="sender_id")
        .agg(messages_since=pl.len().cast(pl.Int64), newest=pl.col("sent_at").max())
    )
    gone = people(data, ctx).select(
        *BY_MEMBER, has_left=(pl.col("left_at") <= ctx.at).fill_null(False)
    )
    rows = (
        _listed(data, then)
        .filter(pl.col("band") != "low")
        .sort("chat_id", "loss", "member_id", descending=[False, True, False])
        .with_columns(place=pl.int_range(pl.len()).over("chat_id") + 1)
        .join(since, on=BY_MEMBER, how="left")
        .join(gone, on=BY_MEMBER, how="left")
        .with_columns(
            pl.col("messages_since").fill_null(0),
            spoke_again=pl.col("messages_since").is_not_null(),
            last_message_at=pl.coalesce("newest", "last_message_at"),
        )
    )
    return shaped(rows, FOLLOW_UP, "chat_id", "place", "member_id")


def summary(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Compute one row per chat: how many in each band, and what the card is worth."""
    card = shipped_card()
    more = pl.col("active_days") > 1
    counts = (
        _population(data, ctx)
        .group_by("chat_id")
        .agg(
            population=pl.len(),
            one_timers=(~more).sum(),
            level_shift=pl.col("shift").first(),
            level_cases=pl.col("past_cases").first(),
            **{band: ((pl.col("band") == band) & more).sum() for band in ("high", "medium", "low")},
        )
    )
    followed = (
        follow_up(data, ctx)
        .group_by("chat_id")
        .agg(named_before=pl.len(), spoke_again=pl.col("spoke_again").sum())
    )
    zero = ["population", "one_timers", "high", "medium", "low", "named_before", "spoke_again"]
    rows = (
        data.chats.select("chat_id")
        .join(counts, on="chat_id", how="left")
        .join(followed, on="chat_id", how="left")
        .with_columns(
            pl.col(*zero, "level_cases").fill_null(0),
            pl.col("level_shift").fill_null(0.0),
            card_version=pl.lit(card.version),
            card_groups=pl.lit(int(card.measured["groups"])),
            card_auc=pl.lit(float(card.measured["auc"])),
            card_ece=pl.lit(float(card.measured["ece"])),
        )
    )
    return shaped(rows, SUMMARY, "chat_id")


METRIC = Metric(
    name="churn",
    en="Churn risk",
    zh="流失预警",
    tables=(
        Table("risk", "Members at risk", "流失预警名单", RISK, risk),
        Table("once", "Spoke on one day only", "只说过一次", ONCE, once),
        Table("follow_up", "What became of the last list", "上期名单的后续", FOLLOW_UP, follow_up),
        Table("summary", "Summary", "汇总", SUMMARY, summary),
    ),
)
