"""The churn card's reasons in words: what pushes a member above the others of the group.

流失原因:把一个人推到群里中位数以上的输入,用平常话说出来。
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._churn_card import shipped_card
from sqtool.metrics._days import BY_MEMBER
from sqtool.metrics._exprs import rounded

_MIN_PUSH = 0.05
"""A family that moves the logit by less than this over the median is no reason."""

_SHORT_HISTORY_WEEKS = 8
"""Whoever was active in more weeks has a history; that others have a longer one is no reason."""


def _times(ctx: Context) -> pl.Expr:
    """The silence as a multiple of the own gap, in words; null where it is nothing to speak of."""
    gap, times = pl.col("median_gap_days"), pl.col("days_silent") / pl.col("median_gap_days")
    zh = ctx.lang == "zh"
    plain = pl.when(gap == gap.floor()).then(gap.cast(pl.Int64).cast(pl.String))
    said = pl.coalesce(plain, gap.round(1).cast(pl.String))
    phrase = "已沉默 {} 天,是平时间隔({} 天)的 {} 倍" if zh else (
        "silent for {} days, {} being usual: {} times as long"
    )  # fmt: skip
    return pl.when(times >= 2).then(
        pl.format(phrase, "days_silent", said, times.round(0).cast(pl.Int64))
    )


def _phrases(ctx: Context) -> dict[str, pl.Expr]:
    """Each family's reason in words, with the member's own numbers."""
    zh = ctx.lang == "zh"

    def say(chinese: str, english: str, *columns: str) -> pl.Expr:
        return pl.format(chinese if zh else english, *columns)

    silent = say("已沉默 {} 天", "days silent: {}", "days_silent")
    now, before = pl.col("active_days_28"), pl.col("active_days_28_before")
    new = pl.when(pl.col("known_days") < 28).then(
        say("{} 天前才第一次发言,活跃 {} 天", "first spoke {} days ago, active on {}",
            "tenure_days", "active_days_28")
    )  # fmt: skip
    fewer = pl.when(before > now).then(
        say("近 28 天只活跃 {} 天(此前 28 天 {} 天)", "active days in the last 28: {}, before: {}",
            "active_days_28", "active_days_28_before")
    )  # fmt: skip
    few = say("近 28 天活跃 {} 天", "active days in the last 28: {}", "active_days_28")
    return {
        "silence": pl.coalesce(_times(ctx), silent),
        "activity": pl.coalesce(new, fewer, few),
        "history": pl.when(pl.col("active_weeks") < _SHORT_HISTORY_WEEKS).then(
            say("记录里只有 {} 周说过话(共 {} 天)", "weeks active in this log: {} (days: {})",
                "active_weeks", "active_days")
        ),
    }  # fmt: skip


def reasons(population: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
    """Say what pushes each member's logit above the median of the chat, strongest first.

    The group's own term is the same for all, so it is never a reason. Where nothing pushes, the
    one reason says so: no probability stands without a word.

    Args:
        population: Everybody the card speaks about, with the ``INPUTS`` and median_gap_days.
        ctx: Whose language is spoken.

    Returns:
        chat_id, member_id, reasons (a list of texts, never empty).
    """
    card = shipped_card()
    zh = ctx.lang == "zh"
    phrases = _phrases(ctx)
    push = {
        name: rounded(card.family(name) - card.family(name).median().over("chat_id"))
        for name in phrases
    }
    typical = pl.format(
        "各项不差于群里一般成员(已沉默 {} 天,近 28 天活跃 {} 天)" if zh
        else "no worse than the group's middle (days silent: {}, active days in the last 28: {})",
        "days_silent", "active_days_28",
    )  # fmt: skip
    long = pl.concat(
        [
            population.select(*BY_MEMBER, push=push[name], place=pl.lit(place), text=phrases[name])
            for place, name in enumerate(phrases)
        ]
    )
    found = (
        long.filter(pl.col("push") >= _MIN_PUSH, pl.col("text").is_not_null())
        .sort(*BY_MEMBER, "push", "place", descending=[False, False, True, False])
        .group_by(BY_MEMBER, maintain_order=True)
        .agg(found="text")
    )
    return population.join(found, on=BY_MEMBER, how="left").select(
        *BY_MEMBER, reasons=pl.coalesce("found", pl.concat_list(typical))
    )
