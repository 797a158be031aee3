"""What an event moved: the days after it against the same weekdays of the weeks before it.

Day 0 is the first day of the event; its own messages are the event and count on neither side. With
position p = 1 … 7 for the days after, the weeks before hold the same positions, so every weekday is
compared with itself, also while the days after are not over.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER, day_age, human_days, log_starts
from sqtool.metrics._event_runs import found, participants
from sqtool.metrics._exprs import local_date, people, ratio, rounded, up_to
from sqtool.metrics._shared import shared
from sqtool.schema import LEAVE_EVENTS, Dataset

BY_EVENT = ("chat_id", "event_id")
# Quantiles 0.975 of Student's t by degrees of freedom: so few weeks tell little of their spread.
_T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365}
_NORMAL = 1.96
_STRATA = (2, 4, 8, 15)
"""Active days in the 28 days before from which another class of like members begins."""


@shared
def event_days(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return each event's days, from four weeks before to four weeks after its first day.

    Returns:
        chat_id, event_id, day, offset (0 = first day), week (1 = the week before the event, 2 = the
        one before that …; null from day 0 on), position (1–7: which day of its week), messages,
        speakers (0 where nobody wrote); only days that the log covers.
    """
    rule = ctx.settings.events
    counts = (
        human_days(data, ctx)
        .group_by("chat_id", "day")
        .agg(pl.col("messages").sum(), speakers=pl.len().cast(pl.Int64))
    )
    before = max(7 * rule.weeks_before, rule.chart_days)
    after = max(rule.back_days, rule.chart_days, rule.after_days)
    offset = pl.col("offset")
    week = pl.when(offset < 0).then((-1 - offset) // 7 + 1)
    return (
        found(data, ctx)
        .select(*BY_EVENT, "start_on")
        .with_columns(offset=pl.int_ranges(-before, after + 1))
        .explode("offset")
        .with_columns(day=pl.col("start_on") + pl.duration(days=pl.col("offset")))
        .join(log_starts(data, ctx).select("chat_id", "log_start_on"), on="chat_id")
        .filter(pl.col("day") >= pl.col("log_start_on"), pl.col("day") <= ctx.day)
        .join(counts, on=["chat_id", "day"], how="left")
        .select(
            *BY_EVENT, "start_on", "day", "offset",
            week=week, position=(offset - 1) % 7 + 1,
            messages=pl.col("messages").fill_null(0), speakers=pl.col("speakers").fill_null(0),
        )
    )  # fmt: skip


def _speakers(data: Dataset, ctx: Context, days: pl.LazyFrame) -> pl.LazyFrame:
    """Distinct speakers of each event's week, over the days given."""
    return (
        days.select(*BY_EVENT, "week", "day")
        .join(human_days(data, ctx).select(*BY_MEMBER, "day"), on=["chat_id", "day"])
        .group_by(*BY_EVENT, "week")
        .agg(speakers=pl.col("member_id").n_unique().cast(pl.Int64))
    )


@shared
def effects(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return what each event moved in its chat.

    Returns:
        chat_id, event_id, days_after, weeks_before (whole weeks there are), and for messages and
        speakers: ``…_after``, ``…_usual`` (mean of the weeks before), ``…_change``, ``…_low``,
        ``…_high``; back_after (days), above (still above usual at T).
    """
    rule = ctx.settings.events
    days = event_days(data, ctx)
    age = day_age(ctx, "start_on")
    # A day counts when it is over.
    reached = (age - 1).clip(0, rule.after_days)
    weeks = (
        log_starts(data, ctx)
        .select("chat_id", "log_start_on")
        .join(found(data, ctx).select(*BY_EVENT, "start_on"), on="chat_id")
        .select(
            *BY_EVENT,
            weeks_before=((pl.col("start_on") - pl.col("log_start_on")).dt.total_days() // 7).clip(
                0, rule.weeks_before
            ),
            days_after=reached.cast(pl.Int64),
        )
    )
    after = days.filter(pl.col("offset") > 0, pl.col("offset") <= rule.after_days).with_columns(
        week=pl.lit(0, pl.Int64)
    )
    windows = (
        pl.concat([days.filter(pl.col("week") <= rule.weeks_before), after], how="diagonal_relaxed")
        .join(weeks, on=BY_EVENT)
        .filter(
            pl.col("position") <= pl.col("days_after"), pl.col("week") <= pl.col("weeks_before")
        )
    )
    frame = pl.DataFrame({"week": range(rule.weeks_before + 1)}, schema={"week": pl.Int64}).lazy()
    by_week = (
        weeks.join(frame, how="cross")
        .filter(pl.col("week") <= pl.col("weeks_before"))
        .join(
            windows.group_by(*BY_EVENT, "week").agg(pl.col("messages").sum()),
            on=[*BY_EVENT, "week"], how="left",
        )
        .join(_speakers(data, ctx, windows), on=[*BY_EVENT, "week"], how="left")
        .with_columns(pl.col("messages", "speakers").fill_null(0))
    )  # fmt: skip
    enough = (pl.col("days_after") > 0) & (pl.col("weeks_before") >= rule.least_weeks_before)
    total = by_week.group_by(BY_EVENT).agg(
        pl.col("days_after", "weeks_before").first(),
        *(
            part
            for name in ("messages", "speakers")
            for part in (
                pl.col(name).filter(pl.col("week") == 0).sum().alias(f"{name}_after"),
                pl.col(name).filter(pl.col("week") > 0).mean().alias(f"{name}_usual"),
                pl.col(name).filter(pl.col("week") > 0).var().alias(f"{name}_var"),
            )
        ),
    )
    enough = enough & (pl.col("messages_usual") >= rule.least_messages)
    for name in ("messages", "speakers"):
        total = total.with_columns(_interval(name, enough))
    return (
        total.with_columns(few=~enough)
        .join(_back(days, ctx), on=BY_EVENT, how="left")
        .with_columns(rounded(pl.col("messages_usual", "speakers_usual")))
    )


def _interval(name: str, enough: pl.Expr) -> list[pl.Expr]:
    """Change against usual with a 95 % interval.

    The log of the ratio of two counts has variance φ ÷ after + φ ÷ (usual × weeks); φ is variance ÷
    mean of the weeks before, at least 1 (a Poisson count), and Student's t allows for their number.
    """
    after, usual = pl.col(f"{name}_after").cast(pl.Float64), pl.col(f"{name}_usual")
    weeks = pl.col("weeks_before")
    spread = pl.max_horizontal(pl.col(f"{name}_var") / usual, pl.lit(1.0))
    width = (weeks - 1).replace_strict(_T, default=_NORMAL, return_dtype=pl.Float64) * (
        spread / after + spread / (usual * weeks)
    ).sqrt()
    known = enough & (usual > 0)
    inside = known & (after > 0)
    change = after / usual
    return [
        rounded(pl.when(known).then(change - 1)).alias(f"{name}_change"),
        rounded(pl.when(inside).then(change * (-width).exp() - 1)).alias(f"{name}_low"),
        rounded(pl.when(inside).then(change * width.exp() - 1)).alias(f"{name}_high"),
    ]


def _back(days: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
    """First of two days running, after the event, with no more messages than these weekdays have."""
    rule = ctx.settings.events
    usual = (
        days.filter(pl.col("week") <= rule.weeks_before)
        .group_by(*BY_EVENT, "position")
        .agg(usual=pl.col("messages").mean(), known=pl.len())
        .filter(pl.col("known") >= rule.least_weeks_before)
    )
    return (
        days.filter(pl.col("offset") > 0, pl.col("offset") <= rule.back_days)
        .join(usual, on=[*BY_EVENT, "position"])
        .sort(*BY_EVENT, "offset")
        .with_columns(low=pl.col("messages") <= pl.col("usual"))
        .with_columns(
            settled=pl.col("low") & pl.col("low").shift(-1).over(BY_EVENT).fill_null(False)
        )
        .group_by(BY_EVENT)
        .agg(back_after=pl.col("offset").filter("settled").min().cast(pl.Int64))
    )


@shared
def control(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return participants beside others who had been as active before.

    Active days in the 7 days after, against a quarter of those in the 28 before: of participants,
    and of people in the same class of earlier active days who did not take part, weighted as the
    participants are. Only people with at least one active day before.

    Returns:
        chat_id, event_id, matched, others, matched_change, others_change, difference (in active
        days), difference_low, difference_high (95 %, normal).
    """
    rule = ctx.settings.events
    before = 7 * rule.weeks_before
    least = ctx.settings.min_cases_median
    over = day_age(ctx, "start_on") > rule.after_days
    events = found(data, ctx).filter(over).select(*BY_EVENT, "start_on")
    offset = (pl.col("day") - pl.col("start_on")).dt.total_days()
    staff = people(data, ctx).filter(pl.col("is_staff")).select(BY_MEMBER)
    members = (
        human_days(data, ctx)
        .join(staff, on=BY_MEMBER, how="anti")
        .select(*BY_MEMBER, "day")
        .join(events, on="chat_id")
        .with_columns(offset=offset)
        .filter(pl.col("offset") >= -before, pl.col("offset") <= rule.after_days)
        .group_by(*BY_EVENT, "member_id")
        .agg(
            earlier=(pl.col("offset") < 0).sum().cast(pl.Int64),
            later=(pl.col("offset") > 0).sum().cast(pl.Int64),
        )
        .filter(pl.col("earlier") > 0)
        .with_columns(
            stratum=pl.sum_horizontal((pl.col("earlier") >= cut).cast(pl.Int64) for cut in _STRATA)
        )
        .join(
            participants(data, ctx).select(*BY_EVENT, "member_id", took_part=pl.lit(True)),
            on=[*BY_EVENT, "member_id"], how="left",
        )
        .with_columns(pl.col("took_part").fill_null(False))
    )  # fmt: skip
    inside, outside = pl.col("took_part"), ~pl.col("took_part")
    strata = (
        members.group_by(*BY_EVENT, "stratum")
        .agg(
            n=inside.sum().cast(pl.Int64),
            m=outside.sum().cast(pl.Int64),
            later=pl.col("later").filter(inside).mean(),
            earlier=pl.col("earlier").filter(inside).mean(),
            spread=pl.col("later").filter(inside).var(),
            later_other=pl.col("later").filter(outside).mean(),
            earlier_other=pl.col("earlier").filter(outside).mean(),
            spread_other=pl.col("later").filter(outside).var(),
        )
        # Two of each at least: one person has no spread.
        .filter(pl.col("n") >= 2, pl.col("m") >= 2)
        .with_columns(weight=pl.col("n") / pl.col("n").sum().over(BY_EVENT))
        .sort(*BY_EVENT, "stratum")
    )
    weight = pl.col("weight")
    quarter = rule.after_days / before
    variance = weight**2 * (pl.col("spread") / pl.col("n") + pl.col("spread_other") / pl.col("m"))
    sums = strata.group_by(BY_EVENT).agg(
        matched=pl.col("n").sum(),
        others=pl.col("m").sum(),
        after=(weight * pl.col("later")).sum(),
        usual=(weight * pl.col("earlier")).sum() * quarter,
        after_other=(weight * pl.col("later_other")).sum(),
        usual_other=(weight * pl.col("earlier_other")).sum() * quarter,
        error=variance.sum().sqrt(),
    )
    enough = (pl.col("matched") >= least) & (pl.col("others") >= least)
    gap = pl.col("after") - pl.col("after_other")
    width = _NORMAL * pl.col("error")
    return sums.select(
        *BY_EVENT,
        "matched",
        "others",
        matched_change=pl.when(enough).then(
            ratio(pl.col("after") - pl.col("usual"), pl.col("usual"))
        ),
        others_change=pl.when(enough).then(
            ratio(pl.col("after_other") - pl.col("usual_other"), pl.col("usual_other"))
        ),
        difference=rounded(pl.when(enough).then(gap)),
        difference_low=rounded(pl.when(enough).then(gap - width)),
        difference_high=rounded(pl.when(enough).then(gap + width)),
    )


@shared
def woken(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return how many wrote again, or for the first time, and how many left.

    Returns:
        chat_id, event_id, woken (in the chat for 28 days and silent for as long, wrote on day 0–7),
        leaves (on day 0–7; null where no leave was ever seen).
    """
    rule = ctx.settings.events
    before = 7 * rule.weeks_before
    events = found(data, ctx).select(*BY_EVENT, "start_on")
    offset = (pl.col("day") - pl.col("start_on")).dt.total_days()
    joined = people(data, ctx).select(*BY_MEMBER, joined_on=local_date(ctx, "joined_at"))
    rows = (
        human_days(data, ctx)
        .select(*BY_MEMBER, "day")
        .join(events, on="chat_id")
        .with_columns(offset=offset)
        .filter(pl.col("offset") <= rule.after_days)
        .group_by(*BY_EVENT, "start_on", "member_id")
        .agg(
            first=pl.col("offset").min(),
            lately=((pl.col("offset") < 0) & (pl.col("offset") >= -before)).any(),
            wrote=(pl.col("offset") >= 0).any(),
        )
        .filter("wrote", ~pl.col("lately"))
        .join(joined, on=BY_MEMBER, how="left")
        .filter(
            (pl.col("first") < -before)
            | ((pl.col("start_on") - pl.col("joined_on")).dt.total_days() > before)
        )
        .group_by(BY_EVENT)
        .agg(woken=pl.len().cast(pl.Int64))
    )
    gone = data.messages.filter(pl.col("event").is_in(LEAVE_EVENTS), up_to(ctx)).select(
        "chat_id", day=local_date(ctx), left=pl.col("target_ids").list.len().fill_null(1)
    )
    seen = gone.select("chat_id").unique().with_columns(seen=True)
    left = (
        gone.join(events, on="chat_id")
        .filter(offset >= 0, offset <= rule.after_days)
        .group_by(BY_EVENT)
        .agg(leaves=pl.col("left").sum().cast(pl.Int64))
    )
    # Silence is only seen in a log that is longer than it.
    long = log_starts(data, ctx).select("chat_id", "log_start_on")
    silent_seen = (pl.col("start_on") - pl.col("log_start_on")).dt.total_days() >= before
    return (
        events.join(rows, on=BY_EVENT, how="left")
        .join(left, on=BY_EVENT, how="left")
        .join(seen, on="chat_id", how="left")
        .join(long, on="chat_id", how="left")
        .select(
            *BY_EVENT,
            woken=pl.when(silent_seen).then(pl.col("woken").fill_null(0)),
            leaves=pl.when("seen").then(pl.col("leaves").fill_null(0)),
        )
    )
