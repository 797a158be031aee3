"""Events found in the log, and who took part: 接龙, 打卡, 红包, dated announcements, live sessions."""

from datetime import timedelta

import polars as pl

from sqtool.context import Context
from sqtool.metrics._content_types import classified
from sqtool.metrics._days import BY_MEMBER, bots
from sqtool.metrics._event_file import own_events
from sqtool.metrics._exprs import local_date, up_to
from sqtool.metrics._shared import shared
from sqtool.schema import Dataset

EVENT = ("chat_id", "kind", "key", "run")
"""What makes an event: the key is a head line, or the place of the message in the chat."""

_DATED = (
    r"[0-9]{1,2}\s*月\s*[0-9]{1,2}|[0-9]{1,2}\s*[.\/-]\s*[0-9]{1,2}|[0-9]{1,2}\s*[日号]"
    r"|(?:周|星期|礼拜)[一二三四五六日天末]|[今明后][天晚]|[0-9]{1,2}\s*[:：点]"
)


@shared
def occasions(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per act that belongs to an event.

    Returns:
        ``EVENT``, and: sent_at, day (local), member_id (null: nobody is known to have acted), name,
        entries (of the list, at that moment), message (false for a receipt of a red packet).
    """
    rule = ctx.settings.events
    rows = classified(data, ctx).with_columns(day=local_date(ctx), member_id=pl.col("sender_id"))
    shape = [
        "chat_id", "kind", "key", "run", "sent_at", "day", "member_id", "name", "entries", "message",
    ]  # fmt: skip
    line = pl.col("text").str.strip_chars().str.extract(r"^([^\n]*)")
    excerpt = line.str.slice(0, ctx.settings.content.excerpt_characters)
    lists = rows.filter(pl.col("type") == "sign_up").with_columns(
        kind=pl.lit("sign_up"), key="head", name="head", message=pl.lit(True)
    )
    posts = rows.filter(
        (pl.col("type") == "live")
        | ((pl.col("type") == "announcement") & pl.col("text").str.contains(_DATED))
    ).with_columns(
        kind=pl.col("type"), key=pl.col("ordinal").cast(pl.String), name=excerpt,
        run=pl.lit(1, pl.Int64), message=pl.lit(True), member_id=pl.lit(None, pl.String),
    )  # fmt: skip
    return (
        pl.concat(
            [
                part.select(shape)
                for part in (lists, posts, _check_ins(rows, ctx), _packets(data, rows, ctx))
            ]
        )
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
        .filter(pl.col("day") > ctx.day - timedelta(days=7 * rule.weeks))
        .sort("chat_id", "sent_at", "kind", "key", "member_id")
    )


def _check_ins(rows: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
    """Days on which enough people checked in, joined to runs."""
    rule = ctx.settings.events
    days = (
        rows.filter(pl.col("type") == "check_in")
        .group_by("chat_id", "day")
        .agg(people=pl.col("member_id").n_unique())
        .filter(pl.col("people") >= rule.least_people)
        .sort("chat_id", "day")
        .with_columns(
            starts=((pl.col("day") - pl.col("day").shift(1)).dt.total_days() > rule.run_gap_days)
            .fill_null(True)
            .over("chat_id")
        )
        .with_columns(run=pl.col("starts").cast(pl.Int64).cum_sum().over("chat_id"))
        .select("chat_id", "day", "run")
    )
    return (
        rows.filter(pl.col("type") == "check_in")
        .drop("run")
        .join(days, on=["chat_id", "day"])
        .with_columns(
            kind=pl.lit("check_in"), key=pl.lit(""), name=pl.lit(None, pl.String),
            message=pl.lit(True), entries=pl.lit(None, pl.Int64),
        )
    )  # fmt: skip


def _packets(data: Dataset, rows: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
    """Red packets that follow each other closely, with those who opened one, where that is told."""
    rule = ctx.settings.events
    gap = timedelta(minutes=rule.burst_minutes)
    opened = (
        data.messages.filter(pl.col("event") == "red_packet_received", up_to(ctx))
        .select("chat_id", "ordinal", "sent_at", member_id="actor_id", message=pl.lit(False))
        .with_columns(day=local_date(ctx))
    )
    sent = rows.filter(pl.col("type") == "red_packet").select(
        "chat_id", "ordinal", "sent_at", "member_id", "day", message=pl.lit(True)
    )
    return (
        pl.concat([sent, opened.select("chat_id", "ordinal", "sent_at", "member_id", "message", "day")], how="diagonal")
        .sort("chat_id", "sent_at", "ordinal")
        .with_columns(
            starts=(pl.col("sent_at") - pl.col("sent_at").shift(1) > gap)
            .fill_null(True)
            .over("chat_id")
        )
        .with_columns(run=pl.col("starts").cast(pl.Int64).cum_sum().over("chat_id"))
        .with_columns(packets=pl.col("message").sum().over("chat_id", "run"))
        .filter(pl.col("packets") >= rule.burst_packets)
        .with_columns(
            kind=pl.lit("red_packet"), key=pl.lit(""), name=pl.lit(None, pl.String),
            entries=pl.lit(None, pl.Int64),
        )
    )  # fmt: skip


@shared
def found(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every event, found in the log or named by the operator.

    Returns:
        ``EVENT``, and: event_id (unique within the chat, from its kind and first day), name, start_on,
        end_on, participants (null where the log does not show who took part), acts.
    """
    rule = ctx.settings.events
    own = occasions(data, ctx)
    people = pl.col("member_id").n_unique() - pl.col("member_id").is_null().any().cast(pl.UInt32)
    told = own.group_by(EVENT).agg(
        name=pl.col("name").first(),
        start_on=pl.col("day").min(),
        end_on=pl.col("day").max(),
        started_at=pl.col("sent_at").min(),
        people=people.cast(pl.Int64),
        entries=pl.col("entries").max(),
        acts=pl.col("message").sum().cast(pl.Int64),
    )
    by_list = pl.max_horizontal("people", "entries")
    shown = (
        told.with_columns(
            participants=pl.when(pl.col("kind") == "sign_up")
            .then(by_list)
            .when(pl.col("kind").is_in(["check_in", "red_packet"]))
            .then("people")
        )
        .filter(
            pl.col("kind").is_in(["announcement", "live", "red_packet"])
            | (pl.col("participants") >= rule.least_people)
        )
        .select(*EVENT, "name", "start_on", "end_on", "started_at", "participants", "acts")
    )
    if rule.file is not None:
        shown = pl.concat([shown, _named(data, ctx, own_events(rule.file))], how="diagonal_relaxed")
    first = pl.col("start_on").dt.strftime("%Y-%m-%d")
    same = pl.int_range(1, pl.len() + 1).over("chat_id", "kind", "start_on")
    return (
        shown.sort("chat_id", "start_on", "kind", "started_at", "key", "run", nulls_last=True)
        .with_columns(nth=same)
        .with_columns(
            event_id=pl.format("{}:{}", "kind", first)
            + pl.when(pl.col("nth") > 1).then(pl.format(":{}", "nth")).otherwise(pl.lit(""))
        )
        .drop("nth", "started_at")
    )


def _named(data: Dataset, ctx: Context, listed: pl.DataFrame) -> pl.LazyFrame:
    """Return the operator's events of the chats they are for, as far as they have begun."""
    begun = listed.lazy().filter(
        pl.col("start_on") <= ctx.day,
        pl.col("start_on") > ctx.day - timedelta(days=7 * ctx.settings.events.weeks),
    ).with_row_index("nr")  # fmt: skip
    chats = data.chats.select("chat_id", chat_name="name")
    here = pl.col("chat").is_null() | (pl.col("chat") == pl.col("chat_id")) | (
        pl.col("chat") == pl.col("chat_name")
    ).fill_null(False)  # fmt: skip
    return chats.join(begun, how="cross").filter(here).select(
        "chat_id", "kind", "name", "start_on", "end_on",
        key=pl.col("nr").cast(pl.String), run=pl.lit(0, pl.Int64),
        started_at=pl.lit(None, pl.Datetime("us", "UTC")),
        participants=pl.lit(None, pl.Int64), acts=pl.lit(None, pl.Int64),
    )  # fmt: skip


def participants(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return who took part in which event, as far as the log shows it.

    Returns:
        chat_id, event_id, member_id, first_on, acts.
    """
    return (
        occasions(data, ctx)
        .filter(pl.col("member_id").is_not_null())
        .join(found(data, ctx).select(*EVENT, "event_id"), on=EVENT)
        .group_by("chat_id", "event_id", "member_id")
        .agg(first_on=pl.col("day").min(), acts=pl.len().cast(pl.Int64))
    )
