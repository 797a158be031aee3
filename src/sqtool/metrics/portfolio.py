"""All chats, worst first: verdict, evidence, size, change, members at risk, what to do.

全部群,差的在前:判定与依据、周活跃及变化、可能流失的常客、建议动作。

Nothing is computed here: every figure is another metric's, side by side.

- verdict, evidence, health, members (known), action: ``zombie``
- WAU and its change against the period before: ``activity``; leave rate of the period: ``growth``
- regulars at risk: members with at least 4 active days ever whom ``churn`` puts at high or medium
  risk; unknown while the log is under 28 days
- trend: speakers of the last blocks of 7 days that the log covers, at most 8, the newest at the
  right, from zero to the chat's own highest

Reads: messages (never their texts), members, chats, tags. ``by_tag`` adds the chats up by each tag
given to them; chats without that tag are a row of their own. Bad are 死群, 广告群, 僵尸群 and 降温.
Caveats: whoever is in two chats counts in both. The share of bad chats is null for fewer than
``min_cases_share`` chats.
"""

from dataclasses import replace

import polars as pl

from sqtool.context import Context
from sqtool.metrics import activity, growth, zombie
from sqtool.metrics._base import Metric, Table
from sqtool.metrics._exprs import ratio
from sqtool.metrics._shared import shared
from sqtool.metrics._tables import (
    count,
    ident,
    label,
    number,
    person,
    sentence,
    shaped,
    share,
    words,
)
from sqtool.metrics._tags import tag_lists
from sqtool.metrics._trend import spark, week_lists
from sqtool.metrics.churn import regulars_at_risk
from sqtool.schema import Dataset

WEEKS = 8
BAD = ("dead", "ads", "zombie", "cooling")

PORTFOLIO = (
    person("name", "chat", "群名"),
    label("verdict", "verdict", "判定", "verdict"),
    count("members", "members", "成员"),
    count("wau", "WAU", "周活跃"),
    share("wau_change", "change", "变化"),
    words("trend", "8 weeks", "近 8 周"),
    count("at_risk", "at risk", "风险常客"),
    share("leave_share", "leave rate", "退群率"),
    label("action", "action", "建议", "action"),
    words("tags", "tags", "标签"),
    ident("chat_id", "chat id", "群 ID"),
    words("platform", "platform", "平台"),
    sentence("evidence", "evidence", "依据"),
    number("health", "health", "健康分"),
)

_VERDICTS = {
    "dead": ("dead", "死群"),
    "ads": ("ad-ridden", "广告群"),
    "zombie": ("zombie", "僵尸群"),
    "cooling": ("cooling", "降温"),
    "thin": ("too little data", "资料不足"),
    "check_in": ("check-in", "打卡群"),
    "steady": ("steady", "平稳"),
    "warming": ("warming", "升温"),
}
BY_TAG = (
    words("tag", "tag", "标签"),
    words("value", "value", "值"),
    count("chats", "chats", "群数"),
    count("bad", "bad", "差的"),
    share("bad_share", "share of bad", "差群占比"),
    count("members", "members", "成员"),
    count("wau", "WAU", "周活跃"),
    *(count(code, *_VERDICTS[code]) for code in zombie.WORST_FIRST),
)


def _slim(data: Dataset) -> Dataset:
    """Return the dataset without the columns no figure here reads, its messages read once."""
    columns = [
        "chat_id", "sent_at", "sender_id", "ordinal", "kind", "event", "actor_id", "target_ids",
    ]  # fmt: skip
    return replace(data, messages=data.messages.select(columns).collect().lazy())


@shared
def portfolio(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat, worst first (``PORTFOLIO``).

    Every row depends on its own chat only, and on the context: chats may be worked out in batches
    with one context (whose ``other_chats`` says how many are in other batches), put together and
    brought in order by ``worst_first``.
    """
    slim = _slim(data)
    verdicts = zombie.verdict(slim, ctx).drop("messages")
    figures = activity.summary(slim, ctx).select("chat_id", "wau", "wau_change")
    moves = growth.summary(slim, ctx).select("chat_id", "leave_share")
    trend = week_lists(slim, ctx, WEEKS).select("chat_id", trend=spark(pl.col("speakers"), WEEKS))
    rows = (
        # A chat without a name goes by its id, rather than blank.
        verdicts.with_columns(name=pl.coalesce("name", "chat_id"), members="known_members")
        .join(data.chats.select("chat_id", "platform"), on="chat_id", how="left")
        .join(figures, on="chat_id", how="left")
        .join(moves, on="chat_id", how="left")
        .join(trend, on="chat_id", how="left")
        .join(regulars_at_risk(slim, ctx), on="chat_id", how="left")
        .join(tag_lists(data), on="chat_id", how="left")
    )
    return worst_first(rows)


def worst_first(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the rows of ``PORTFOLIO`` in their order: verdict, health, id."""
    return shaped(rows.with_columns(rank=zombie.place()), PORTFOLIO, "rank", "health", "chat_id")


def add_up(rows: pl.LazyFrame, tags: pl.DataFrame, ctx: Context) -> pl.LazyFrame:
    """Return the rows of a portfolio added up by tag and value (``BY_TAG``), the worst first.

    Args:
        rows: ``PORTFOLIO``, of as many batches as there are.
        tags: ``TAGS``; chats that are not among the rows are left out.
        ctx: Thresholds.
    """
    verdict = pl.col("verdict")
    keys = tags.lazy().select("tag").unique()
    least = ctx.settings.min_cases_share
    counted = (
        rows.select("chat_id", "verdict", "members", "wau")
        .join(keys, how="cross")
        .join(tags.lazy(), on=["chat_id", "tag"], how="left")
        .group_by("tag", "value")
        .agg(
            pl.col("members", "wau").sum(),
            chats=pl.len(),
            bad=verdict.is_in(BAD).sum(),
            **{code: (verdict == code).sum() for code in zombie.WORST_FIRST},
        )
        .with_columns(
            bad_share=pl.when(pl.col("chats") >= least).then(ratio(pl.col("bad"), pl.col("chats")))
        )
    )
    return shaped(
        counted, BY_TAG, "tag", "bad_share", "bad", "value", descending=["bad_share", "bad"]
    )


def by_tag(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per tag and value (``BY_TAG``)."""
    return _added_up(portfolio(data, ctx), data, ctx)


def _ordered(rows: pl.LazyFrame, data: Dataset, ctx: Context) -> pl.LazyFrame:
    return worst_first(rows)


def _added_up(rows: pl.LazyFrame, data: Dataset, ctx: Context) -> pl.LazyFrame:
    return add_up(rows, data.tags, ctx)


METRIC = Metric(
    name="portfolio",
    en="Portfolio",
    zh="群总表",
    tables=(
        Table(
            "portfolio", "All chats, worst first", "全部群,差的在前", PORTFOLIO, portfolio,
            whole=_ordered,
        ),
        Table("by_tag", "By tag", "按标签", BY_TAG, by_tag, whole=_added_up, each=portfolio),
    ),
)  # fmt: skip
