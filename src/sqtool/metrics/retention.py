"""How many of those who came in a week still speak weeks later, by join and by first message.

留存:按进群周与按首次发言周分组,之后各周还有多少人发言。

Reads: join and leave notices, messages, members. Bots are left out.

Definition: day 0 is a member's own local day of the join, or of the first message. Week k = days
7k … 7k+6; bounded N = spoke on day N; rolling N = spoke on day N or later. A cell counts the
members whose window is over (T ≥ the day after it; for rolling, T ≥ N + 28) and is null if there
are none. A re-join is not a new cohort member: whoever has an earlier notice or an earlier day with
messages is left out of the cohorts by join.

Caveats: "first message" means first seen: the cohort of the week in which the log starts
(``log_start``) holds old members. Cohorts by join need join notices; where too few joins known by
name could be tied to a member, nobody can tell who stayed, and retained is null.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._base import Metric, Table
from sqtool.metrics._days import BY_MEMBER, day_age, human_days, iso_week, log_starts
from sqtool.metrics._exprs import ratio
from sqtool.metrics._joins import join_fates
from sqtool.metrics._tables import (
    CHAT,
    count,
    flag,
    label,
    local_day,
    shaped,
    share,
    span_days,
    words,
)
from sqtool.schema import Dataset

WEEKS = 9
BOUNDED = (1, 7, 14, 30)
ROLLING_REST = 28

_RETAINED = (
    count("members", "members whose window is over", "窗口已满的人数"),
    count("retained", "of them spoke", "其中发言"),
    share("share", "retention", "留存率"),
)

COHORTS = (
    CHAT,
    words("cohort", "week", "周"),
    local_day("start_on", "from", "起"),
    flag("log_start", "log starts here", "记录始于本周"),
    count("size", "cohort size", "人数"),
    count("k", "weeks later", "第几周"),
    *_RETAINED,
)

DAYS = (
    CHAT,
    label("base", "cohort", "起点", "cohort"),
    span_days("n", "day", "第几天"),
    *_RETAINED,
)


def _by_join(data: Dataset, ctx: Context) -> pl.LazyFrame:
    return (
        join_fates(data, ctx)
        .filter(~pl.col("rejoin"))
        .select(*BY_MEMBER, "can_tell", day0="joined_on")
    )


def _by_first_message(data: Dataset, ctx: Context) -> pl.LazyFrame:
    return (
        human_days(data, ctx)
        .group_by(BY_MEMBER)
        .agg(day0=pl.col("day").min())
        .select(*BY_MEMBER, "day0", can_tell=pl.lit(True))
    )


def _offsets(data: Dataset, ctx: Context, members: pl.LazyFrame) -> pl.LazyFrame:
    """chat_id, member_id, offset: days after day 0 on which they spoke."""
    offset = (pl.col("day") - pl.col("day0")).dt.total_days()
    # Never negative: nobody in a cohort wrote before day 0.
    return members.join(human_days(data, ctx), on=BY_MEMBER).select(*BY_MEMBER, offset=offset)


def _cells(members: pl.LazyFrame, spoke: pl.LazyFrame, key: str, *groups: str) -> pl.LazyFrame:
    """Count members and retained; ``members`` has one row per person and window, with ``over``."""
    counted = pl.col("over")
    stayed = counted & pl.col("spoke").fill_null(False)
    return (
        members.join(spoke.with_columns(spoke=pl.lit(True)), on=[*BY_MEMBER, key], how="left")
        .group_by("chat_id", *groups, key)
        .agg(
            size=pl.len(),
            members=counted.sum().cast(pl.Int64),
            retained=stayed.sum().cast(pl.Int64),
            can_tell=pl.col("can_tell").all(),
        )
        .with_columns(retained=pl.when("can_tell", pl.col("members") > 0).then("retained"))
        .with_columns(share=ratio(pl.col("retained"), pl.col("members")))
    )


def _cohorts(data: Dataset, ctx: Context, members: pl.LazyFrame) -> pl.LazyFrame:
    spoke = (
        _offsets(data, ctx, members)
        .select(*BY_MEMBER, k=pl.col("offset") // 7)
        .filter(pl.col("k") < WEEKS)
        .unique()
    )
    windows = (
        members.with_columns(start_on=pl.col("day0").dt.truncate("1w"))
        .join(pl.LazyFrame({"k": range(WEEKS)}, schema={"k": pl.Int64}), how="cross")
        .with_columns(over=day_age(ctx, "day0") > 7 * pl.col("k") + 6)
    )
    first_week = pl.col("log_start_on").dt.truncate("1w")
    rows = (
        _cells(windows, spoke, "k", "start_on")
        .join(log_starts(data, ctx), on="chat_id", how="left")
        .with_columns(cohort=iso_week("start_on"), log_start=pl.col("start_on") == first_week)
    )
    return shaped(rows, COHORTS, "chat_id", "start_on", "k")


def join_weekly(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return weekly retention of cohorts by ISO week of the first join (``COHORTS``), k = 0 … 8."""
    return _cohorts(data, ctx, _by_join(data, ctx))


def first_weekly(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return weekly retention of cohorts by ISO week of the first message (``COHORTS``)."""
    return _cohorts(data, ctx, _by_first_message(data, ctx))


def _by_day(data: Dataset, ctx: Context, *, rolling: bool) -> pl.LazyFrame:
    days = pl.LazyFrame({"n": BOUNDED}, schema={"n": pl.Int64})
    rest = ROLLING_REST if rolling else 1
    tables = []
    for base, members in (("join", _by_join(data, ctx)), ("first", _by_first_message(data, ctx))):
        offsets = _offsets(data, ctx, members)
        hits = pl.col("offset") >= pl.col("n") if rolling else pl.col("offset") == pl.col("n")
        if rolling:
            offsets = offsets.group_by(BY_MEMBER).agg(pl.col("offset").max())
        spoke = offsets.join(days, how="cross").filter(hits).select(*BY_MEMBER, "n").unique()
        windows = members.join(days, how="cross").with_columns(
            over=day_age(ctx, "day0") >= pl.col("n") + rest
        )
        tables.append(_cells(windows, spoke, "n").with_columns(base=pl.lit(base)))
    return shaped(pl.concat(tables), DAYS, "chat_id", "base", "n")


def bounded(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the share that spoke on day 1, 7, 14 and 30, over all cohorts (``DAYS``)."""
    return _by_day(data, ctx, rolling=False)


def rolling(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the share that spoke on day N or later, of those with T ≥ N + 28 (``DAYS``)."""
    return _by_day(data, ctx, rolling=True)


METRIC = Metric(
    name="retention",
    en="Retention",
    zh="留存",
    tables=(
        Table("join_weekly", "By week of joining", "按进群周", COHORTS, join_weekly),
        Table(
            "first_weekly", "By week of the first message", "按首次发言周", COHORTS, first_weekly
        ),
        Table("bounded", "Spoke on day N", "第 N 天发言", DAYS, bounded),
        Table("rolling", "Spoke on day N or later", "第 N 天及以后发言", DAYS, rolling),
    ),
)
