"""The expression library: formulas are short named functions returning ``pl.Expr``."""

from datetime import UTC

import polars as pl

from sqtool.context import Context, Period, steady_offset
from sqtool.schema import Dataset

SIGNIFICANT_DIGITS = 9


def rounded(expr: pl.Expr) -> pl.Expr:
    """Round a float to 9 significant digits, before it is ranked, cut, compared or written."""
    return expr.round_sig_figs(SIGNIFICANT_DIGITS)


def ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """``part / whole`` as a float; null where ``whole`` is 0 or null."""
    return pl.when(whole != 0).then(rounded(part.cast(pl.Float64) / whole.cast(pl.Float64)))


def rows_in() -> pl.Expr:
    """How many rows a group has."""
    return pl.len().cast(pl.Int64)


def how_many(flags: str | pl.Expr, among: pl.Expr | None = None) -> pl.Expr:
    """How many are true, of those ``among`` if given."""
    column = pl.col(flags) if isinstance(flags, str) else flags
    return (column if among is None else column & among).sum().cast(pl.Int64)


def enough(share: pl.Expr, cases: str | pl.Expr, ctx: Context) -> pl.Expr:
    """Return a share; null where it is of fewer than ``min_cases_share`` cases."""
    number = pl.col(cases) if isinstance(cases, str) else cases
    return pl.when(number >= ctx.settings.min_cases_share).then(share)


def local_date(ctx: Context, column: str = "sent_at") -> pl.Expr:
    """Calendar date in the report's zone."""
    offset = steady_offset(ctx.tz)
    if offset is not None:
        return (pl.col(column) + offset).dt.date()
    return pl.col(column).dt.convert_time_zone(ctx.tz).dt.date()


def local_time(ctx: Context, column: str = "sent_at") -> pl.Expr:
    """The moment as seen on a clock in the report's zone."""
    return pl.col(column).dt.convert_time_zone(ctx.tz)


def up_to(ctx: Context, column: str = "sent_at") -> pl.Expr:
    """Rows not after the moment the metric stands at: min(T, end of the period)."""
    return pl.col(column) <= ctx.at


def inside(period: Period, ctx: Context, column: str = "sent_at") -> pl.Expr:
    """Rows inside a period and not after T."""
    # Literals in UTC like the column: polars does not compare two zones.
    return (
        (pl.col(column) >= period.start.astimezone(UTC))
        & (pl.col(column) < period.end.astimezone(UTC))
        & (pl.col(column) <= ctx.as_of)
    )


def is_message() -> pl.Expr:
    """Message = row with kind ≠ system (metrics.md §0)."""
    return (pl.col("kind") != "system") & pl.col("sender_id").is_not_null()


def days_ago(ctx: Context, day: pl.Expr) -> pl.Expr:
    """Whole local days between a date column and the day the metric stands at (0 = that day)."""
    return (pl.lit(ctx.day) - day).dt.total_days().cast(pl.Int32)


def week_block(ctx: Context, day: pl.Expr) -> pl.Expr:
    """Which block of 7 local days a date is in: 0 = the last 7 up to the anchor, 1 = before."""
    return days_ago(ctx, day) // 7


def substantial(ctx: Context) -> pl.Expr:
    """Substantial message: ≥ 40 characters of own text, or a link, or a file."""
    least = ctx.settings.points.substantial_characters
    own = (pl.col("kind") == "text") & (pl.col("text").str.len_chars() >= least)
    return own.fill_null(False) | pl.col("kind").is_in(["link", "file"])


def middle() -> pl.Expr:
    """The moment halfway between ``after`` and ``until``: where a move between two lists stands."""
    return pl.col("after") + (pl.col("until") - pl.col("after")) / 2


def listed_in_time(ctx: Context) -> pl.Expr:
    """Moves that a list up to the day of T shows (lists tell their day, not their minute)."""
    return local_date(ctx, "until") <= ctx.as_of.astimezone(ctx.zone).date()


def people(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every known person with their standing.

    Returns:
        chat_id, member_id, display_name, role, is_bot, is_staff, staff_known, in_roster (at
        ``ctx.at``, as far as dates of joining and earlier lists tell), joined_at, left_at.
        ``staff_known`` is per chat: roles, self or ``--staff`` are known; where it is false,
        ``is_staff`` is false for all and staff shares must be null.
    """
    named = pl.col("member_id").is_in(list(ctx.staff)) | pl.col("display_name").is_in(
        list(ctx.staff)
    )
    bot = pl.col("member_id").is_in(list(ctx.bots)) | pl.col("display_name").is_in(list(ctx.bots))
    own = pl.lit(False) if ctx.self_is_member else pl.col("is_self").fill_null(False)
    is_bot = pl.col("is_bot").fill_null(False) | bot.fill_null(False)
    is_staff = (
        pl.col("role").is_in(["owner", "admin"]).fill_null(False) | own | named.fill_null(False)
    )
    return (
        _listed_at(data, ctx)
        .with_columns(is_bot=is_bot)
        .with_columns(is_staff=is_staff & ~pl.col("is_bot"))
        .with_columns(
            staff_known=pl.col("is_staff").any().over("chat_id"),
            # Whoever joined later was not on the list at that moment.
            in_roster=pl.col("in_roster") & ~(pl.col("joined_at") > ctx.at).fill_null(False),
        )
        .select(
            "chat_id", "member_id", "display_name", "role", "is_bot", "is_staff", "staff_known",
            "in_roster", "joined_at", "left_at",
        )
    )  # fmt: skip


def _listed_at(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the members with ``in_roster`` as at ``ctx.at``: moves between later lists undone."""
    if data.moves.is_empty():
        return data.members
    key = ["chat_id", "member_id"]
    later = (
        data.moves.lazy()
        .filter(pl.col("member_id").is_not_null(), listed_in_time(ctx), middle() > ctx.at)
        .sort("until")
        .group_by(key)
        .agg(next_move=pl.col("event").first())
    )
    gone = pl.col("next_move").is_in(["leave", "name_gone"])
    return (
        data.members.join(later, on=key, how="left")
        .with_columns(in_roster=pl.coalesce(gone, "in_roster"))
        .drop("next_move")
    )
