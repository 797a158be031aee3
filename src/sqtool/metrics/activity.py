"""Messages, speakers, DAU/WAU/MAU, speaking share and how few people carry the chat.

消息数、发言人数、DAU/WAU/MAU、发言率,以及消息集中在多少人手里。

Reads: messages, members, chats. A message is any row that is not a notice; bots are left out,
staff are counted. Everything stands at the end of the review period or at T, whichever is first.

Caveats: a block of time in which the log starts, or that is not over at T, is marked partial and
gets no change figure. One roster serves both periods. Without a roster the speaking share is
unknown; ``seen_speaking_share`` says it among those seen. The staff share is unknown where nobody
is known to be staff. Stickiness and the change of MAU need a log that covers the 28 days.
"""

from datetime import UTC, timedelta

import polars as pl

from sqtool.context import Context
from sqtool.metrics._base import Column, Metric, Table
from sqtool.metrics._days import (
    BY_MEMBER,
    bots,
    calendar,
    human_days,
    iso_week,
    log_starts,
)
from sqtool.metrics._exprs import is_message, local_date, local_time, people, ratio, rounded, up_to
from sqtool.metrics._joins import join_rows
from sqtool.metrics._rosters import block_rosters
from sqtool.metrics._spread import absence_factor, gini, top_tenth_share
from sqtool.metrics._tables import (
    CHAT,
    count,
    flag,
    label,
    local_day,
    number,
    shaped,
    share,
    span_days,
    words,
)
from sqtool.schema import Dataset

MONTH_DAYS = 28

_MESSAGES = count("messages", "messages", "消息")
_SPEAKERS = count("speakers", "speakers", "发言人数")
_DAU = number("dau", "daily speakers (DAU)", "日均发言人数(DAU)")
_PER_SPEAKER = number("messages_per_speaker", "messages per speaker", "人均消息")
_STAFF = share("staff_share", "staff's share of messages", "运营消息占比")
_SPEAKING = share("speaking_share", "speaking share (roster)", "发言率(名单)")
_ROSTER = count("roster", "people on the roster", "名单人数")
_NEW = count("new_speakers", "first seen speaking", "首次见到发言")
_PARTIAL = flag("partial", "partial", "不完整")
_START = local_day("start_on", "from", "起")

WEEKLY = (
    CHAT, words("week", "week", "周"), _START, _MESSAGES, _SPEAKERS, _DAU, _PER_SPEAKER,
    _SPEAKING, _ROSTER, _STAFF, _NEW,
    share("messages_change", "messages, change", "消息变化"),
    share("speakers_change", "speakers, change", "发言人数变化"),
    _PARTIAL,
)  # fmt: skip

MONTHLY = (
    CHAT, words("month", "month", "月"), _START, _MESSAGES, _SPEAKERS, _DAU, _PER_SPEAKER, _STAFF,
    _NEW, _PARTIAL,
)  # fmt: skip

DAILY = (CHAT, local_day("date", "date", "日期"), _MESSAGES, _SPEAKERS)

HOURS = (
    CHAT, label("weekday", "weekday", "星期", "weekday"), count("hour", "hour", "时"),
    span_days("days", "days seen", "观察天数"), _MESSAGES, _SPEAKERS,
)  # fmt: skip

_COUNTS = (
    _MESSAGES, _SPEAKERS, _DAU,
    count("wau", "speakers in 7 days (WAU)", "7 天发言人数(WAU)"),
    count("mau", "speakers in 28 days (MAU)", "28 天发言人数(MAU)"),
    _PER_SPEAKER, _NEW,
    count("absence_factor", "fewest people making half", "撑起一半消息的最少人数"),
)  # fmt: skip
_SHARES = (
    share("stickiness", "stickiness (DAU ÷ MAU)", "黏性(DAU ÷ MAU)"),
    _SPEAKING,
    share("seen_speaking_share", "speaking share (of those seen)", "发言率(见过的人)"),
    share("gini", "Gini over speakers", "基尼系数(发言者)"),
    share("gini_roster", "Gini over the roster", "基尼系数(名单)"),
    share("top_tenth_share", "share of the top 10 %", "前 10 % 占比"),
    _STAFF,
)  # fmt: skip


def _with_previous(column: Column, diff: str, en: str, zh: str) -> tuple[Column, ...]:
    last = Column(
        f"{column.key}_last",
        column.dtype,
        column.unit,
        f"{column.en}, before",
        f"{column.zh}(上期)",
    )
    return column, last, share(f"{column.key}_{diff}", f"{column.en}, {en}", f"{column.zh}{zh}")


SUMMARY = (
    CHAT,
    words("period", "period", "本期"),
    words("period_last", "period before", "上期"),
    flag("partial", "partial", "本期不完整"),
    flag("partial_last", "period before partial", "上期不完整"),
    flag("running", "still running", "未结束"),
    _ROSTER,
    count("seen", "people seen", "见过的人数"),
    *(c for column in _COUNTS for c in _with_previous(column, "change", "change", "变化")),
    *(c for column in _SHARES for c in _with_previous(column, "points", "difference", "差")),
)


def _standing(data: Dataset, ctx: Context) -> pl.LazyFrame:
    return people(data, ctx).select(*BY_MEMBER, "is_staff", "in_roster")


def _about_chats(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id, staff_known, roster (bots left out; null without a roster)."""
    counted = (
        people(data, ctx)
        .group_by("chat_id")
        .agg(
            staff_known=pl.col("staff_known").any(),
            listed=(pl.col("in_roster").fill_null(False) & ~pl.col("is_bot")).sum(),
        )
    )
    return (
        data.chats.select("chat_id", "has_roster")
        .join(counted, on="chat_id", how="left")
        .select(
            "chat_id",
            staff_known=pl.col("staff_known").fill_null(False),
            roster=pl.when("has_roster").then(pl.col("listed").fill_null(0).cast(pl.Int64)),
        )
    )


def _blocks(data: Dataset, ctx: Context, every: str) -> pl.LazyFrame:
    """The figures of every ISO week or month, silent ones as zeros."""
    days = human_days(data, ctx).with_columns(start_on=pl.col("day").dt.truncate(every))
    key = ["chat_id", "start_on"]
    counts = (
        days.group_by(*BY_MEMBER, "start_on")
        .agg(pl.col("messages").sum(), member_days=pl.len())
        .join(_standing(data, ctx), on=BY_MEMBER, how="left")
        .group_by(key)
        .agg(
            pl.col("messages").sum(),
            pl.col("member_days").sum().cast(pl.Int64),
            speakers=pl.len().cast(pl.Int64),
            staff_messages=pl.col("messages").filter(pl.col("is_staff")).sum(),
            roster_speakers=pl.col("in_roster").fill_null(False).sum().cast(pl.Int64),
        )
    )
    newcomers = (
        days.group_by(BY_MEMBER)
        .agg(pl.col("start_on").min())
        .group_by(key)
        .agg(new_speakers=pl.len().cast(pl.Int64))
    )
    known = pl.col("staff_known")
    blocks = calendar(data, ctx, every)
    return (
        blocks.join(counts, on=key, how="left")
        .join(newcomers, on=key, how="left")
        .join(_about_chats(data, ctx).drop("roster"), on="chat_id", how="left")
        .join(block_rosters(data, ctx, blocks, every), on=key, how="left")
        .with_columns(
            pl.col(
                "messages", "speakers", "member_days", "staff_messages", "roster_speakers",
                "new_speakers",
            ).fill_null(0)
        )
        .with_columns(
            dau=ratio(pl.col("member_days"), pl.col("days")),
            messages_per_speaker=ratio(pl.col("messages"), pl.col("speakers")),
            speaking_share=ratio(pl.col("roster_speakers"), pl.col("roster")),
            staff_share=pl.when(known).then(ratio(pl.col("staff_messages"), pl.col("messages"))),
        )
    )  # fmt: skip


def weekly(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the figures of every ISO week of the log up to the review period (``WEEKLY``).

    ``start_on`` is a local Monday. Changes are this ÷ week before − 1; null where one of the two
    is partial or the week before had none.
    """
    before = ["messages", "speakers", "partial"]
    blocks = _blocks(data, ctx, "1w").sort("chat_id", "start_on")
    compared = blocks.with_columns(
        pl.col(name).shift(1).over("chat_id").alias(f"{name}_before") for name in before
    ).with_columns(
        pl.when(~pl.col("partial"), ~pl.col("partial_before"))
        .then(_change(pl.col(name), pl.col(f"{name}_before")))
        .alias(f"{name}_change")
        for name in ("messages", "speakers")
    )
    return shaped(compared.with_columns(week=iso_week("start_on")), WEEKLY, "chat_id", "start_on")


def monthly(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the figures of every month of the log up to the review period (``MONTHLY``)."""
    months = _blocks(data, ctx, "1mo").with_columns(month=pl.col("start_on").dt.strftime("%Y-%m"))
    return shaped(months, MONTHLY, "chat_id", "start_on")


def daily(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return messages and speakers of every local day of the log (``DAILY``), silent days as 0."""
    counts = (
        human_days(data, ctx)
        .group_by("chat_id", date="day")
        .agg(pl.col("messages").sum(), speakers=pl.len())
    )
    days = (
        calendar(data, ctx, "1d")
        .select("chat_id", date="start_on")
        .join(counts, on=["chat_id", "date"], how="left")
        .with_columns(pl.col("messages", "speakers").fill_null(0))
    )
    return shaped(days, DAILY, "chat_id", "date")


def hours(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the last 28 days by weekday and hour of the local clock (``HOURS``).

    Every chat has 7 × 24 rows. ``days`` is how many days of that weekday the log covers; where it
    is 0, messages and speakers are unknown.
    """
    recent = local_date(ctx) > ctx.day - timedelta(days=MONTH_DAYS)
    key = ["chat_id", "weekday", "hour"]
    counts = (
        data.messages.filter(is_message(), up_to(ctx), recent)
        .select("chat_id", member_id="sender_id", at=local_time(ctx))
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
        .group_by("chat_id", weekday=pl.col("at").dt.weekday(), hour=pl.col("at").dt.hour())
        .agg(messages=pl.len(), speakers=pl.col("member_id").n_unique())
    )
    start = pl.max_horizontal("log_start_on", pl.lit(ctx.day - timedelta(days=MONTH_DAYS - 1)))
    seen = (
        log_starts(data, ctx)
        .select("chat_id", day=pl.date_ranges(start, pl.lit(ctx.day)))
        .explode("day")
        .group_by("chat_id", weekday=pl.col("day").dt.weekday())
        .agg(days=pl.len())
    )
    weekdays = pl.LazyFrame({"weekday": pl.Series(range(1, 8), dtype=pl.Int8)})
    clock = pl.LazyFrame({"hour": pl.Series(range(24), dtype=pl.Int8)})
    grid = (
        data.chats.select("chat_id")
        .join(weekdays, how="cross")
        .join(clock, how="cross")
        .join(seen, on=["chat_id", "weekday"], how="left")
        .join(counts, on=key, how="left")
        .with_columns(pl.col("days").fill_null(0))
        .with_columns(pl.when(pl.col("days") > 0).then(pl.col("messages", "speakers").fill_null(0)))
    )
    return shaped(grid, HOURS, "chat_id", "weekday", "hour")


def figures(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat: the counts and shares of the review period.

    Returns:
        chat_id, observed (the log had begun by the period's end; else every figure is null),
        partial (it begins inside the period), covers_month (it covers the last 28 days), roster,
        seen, and the keys of ``SUMMARY`` without ``_last``, ``_change``, ``_points``.
    """
    start = ctx.period.start.astimezone(UTC)
    own = pl.col("messages")
    in_week = pl.col("day") > ctx.day - timedelta(days=7)
    in_month = pl.col("day") > ctx.day - timedelta(days=MONTH_DAYS)
    days = human_days(data, ctx)
    members = (
        days.group_by(BY_MEMBER)
        .agg(
            messages=pl.col("in_period").sum(),
            member_days=(pl.col("in_period") > 0).sum().cast(pl.Int64),
            is_new=pl.col("first_at").min() >= start,
            in_week=in_week.any(),
            month_days=in_month.sum().cast(pl.Int64),
        )
        .join(_standing(data, ctx), on=BY_MEMBER, how="left")
        .join(_about_chats(data, ctx), on="chat_id", how="left")
        .with_columns(roster_messages=pl.when("in_roster").then("messages").otherwise(0))
    )
    counted = members.group_by("chat_id").agg(
        own.sum(),
        pl.col("member_days", "month_days").sum(),
        speakers=(own > 0).sum(),
        new_speakers=(pl.col("is_new") & (own > 0)).sum(),
        wau=pl.col("in_week").sum(),
        mau=(pl.col("month_days") > 0).sum(),
        absence_factor=absence_factor("messages"),
        gini=gini("messages"),
        gini_roster=gini("roster_messages", pl.col("roster").first()),
        top_tenth_share=top_tenth_share("messages"),
        staff_messages=own.filter(pl.col("is_staff")).sum(),
        roster_speakers=(pl.col("roster_messages") > 0).sum(),
    )
    spoke_or_joined = pl.concat([days.select(BY_MEMBER), join_rows(data, ctx).select(BY_MEMBER)])
    seen = spoke_or_joined.unique().group_by("chat_id").agg(seen=pl.len())
    counts = [c.key for c in _COUNTS if c.dtype == pl.Int64()]
    covered_from = pl.max_horizontal("log_start_on", pl.lit(ctx.period.first_on))
    covered = (pl.lit(ctx.day) - covered_from).dt.total_days() + 1
    parts = [*counts, "member_days", "month_days", "roster_speakers", "staff_messages", "seen"]
    return (
        _about_chats(data, ctx)
        .join(log_starts(data, ctx), on="chat_id", how="left")
        .join(counted, on="chat_id", how="left")
        .join(seen, on="chat_id", how="left")
        .with_columns(observed=pl.col("log_start_at").is_not_null())
        .with_columns(
            pl.when("observed").then(pl.col(parts).cast(pl.Int64).fill_null(0)),
            partial=pl.col("log_start_at") >= start,
            covers_month=pl.col("log_start_on") <= ctx.day - timedelta(days=MONTH_DAYS - 1),
        )
        .with_columns(
            dau=pl.when(covered > 0).then(ratio(pl.col("member_days"), covered)),
            stickiness=pl.when("covers_month").then(
                ratio(pl.col("month_days"), MONTH_DAYS * pl.col("mau"))
            ),
            messages_per_speaker=ratio(own, pl.col("speakers")),
            speaking_share=ratio(pl.col("roster_speakers"), pl.col("roster")),
            seen_speaking_share=ratio(pl.col("speakers"), pl.col("seen")),
            staff_share=pl.when("staff_known").then(ratio(pl.col("staff_messages"), own)),
        )
    )


def _change(this: pl.Expr, last: pl.Expr) -> pl.Expr:
    return ratio(this - last, last)  # this ÷ last − 1 without losing a digit


def summary(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat: the review period against the one before (``SUMMARY``).

    ``X_change`` is X ÷ X_last − 1 and ``X_points`` is X − X_last; both are null where one of the
    periods is partial. ``X_last`` is null where the log had not begun.
    """
    both = figures(data, ctx).join(
        figures(data, ctx.before()), on="chat_id", how="left", suffix="_last"
    )
    whole = ~pl.col("partial") & ~pl.col("partial_last")
    compared = both.with_columns(
        *(
            pl.when(whole)
            .then(_change(pl.col(c.key), pl.col(f"{c.key}_last")))
            .alias(f"{c.key}_change")
            for c in _COUNTS
        ),
        *(
            pl.when(whole)
            .then(rounded(pl.col(c.key) - pl.col(f"{c.key}_last")))
            .alias(f"{c.key}_points")
            for c in _SHARES
        ),
        period=pl.lit(ctx.period.label),
        period_last=pl.lit(ctx.previous.label),
        running=pl.lit(ctx.period.running),
    ).with_columns(mau_change=pl.when("covers_month_last").then("mau_change"))
    return shaped(compared, SUMMARY, "chat_id")


METRIC = Metric(
    name="activity",
    en="Activity",
    zh="活跃度",
    tables=(
        Table("weekly", "Activity by week", "每周活跃", WEEKLY, weekly),
        Table("summary", "Period against the one before", "本期对比上期", SUMMARY, summary),
        Table("daily", "Activity by day", "每日活跃", DAILY, daily),
        Table("hours", "Activity by weekday and hour", "星期与时段", HOURS, hours),
        Table("monthly", "Activity by month", "每月活跃", MONTHLY, monthly),
    ),
)
