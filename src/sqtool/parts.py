"""One chat as one file has it, and its times as instants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.context import FIRST_YEAR
from sqtool.identity import clean_name
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS
from sqtool.parsers._base import RAW_MESSAGES, RawChat
from sqtool.schema import INSTANT, WEAK_ID
from sqtool.spool import Rows

_MOST_DAYS = 40_000
_LAST_YEAR = 2100
"""No chat comes from the next century."""


@dataclass(frozen=True)
class Part:
    """One chat as one file has it.

    Args:
        chat: Facts of the chat.
        rows: Frames of ``RAW_MESSAGES`` columns, in file order.
        file: The file's title, for issues.
        format: Name of the format.
        stored: Id of the chat of the store that the rows come from, if they do: they are one source
            together, whatever they were imported from, and bring their ``ordinal`` (place in the
            chat).
        numbering: Of stored rows: message ids are compared among parts of one numbering only.
        minutes: Of stored rows: whether their times were found to lack seconds.
        told_at: When the facts of the chat were told, where the export's moment does not say it.
        apart: Parts that have one of these marks in common are not one chat.
    """

    chat: RawChat
    rows: Rows
    file: str
    format: str
    stored: str | None = None
    numbering: int = 0
    minutes: bool = False
    told_at: datetime | None = None
    apart: frozenset[str] = frozenset()
    _newest: dict[str, datetime | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def by_minute(self) -> bool:
        """Whether the format prints no seconds."""
        known = self.minutes or self.format not in PARSERS.names()
        return self.minutes if known else "seconds" not in PARSERS.get(self.format).carries


def instant(moment: datetime | None, tz: ZoneInfo) -> datetime | None:
    """Return a moment in UTC; a naive one is a wall clock in ``tz``."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).astimezone(UTC)


def told_at(part: Part, tz: ZoneInfo) -> datetime | None:
    """Return since when what a part says of its chat holds.

    That is the moment of the export; where it is not told, the newest message: the export cannot be
    older, and of two the one that reaches further is the later one.
    """
    known = part.told_at or instant(part.chat.exported_at, tz)
    if known is not None:
        return known
    if "at" not in part._newest:
        tops = [frame.select(moments(frame, tz).max()).item() for frame in part.rows.frames()]
        part._newest["at"] = max((top for top in tops if top is not None), default=None)
    return part._newest["at"]


def newest_first(parts: Sequence[Part], tz: ZoneInfo) -> list[Part]:
    """Return parts by the moment they speak of; those without any come last, as given."""
    if len(parts) == 1:
        return list(parts)
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(parts, key=lambda part: told_at(part, tz) or never, reverse=True)


def timed(
    part: Part, number: int, tz: ZoneInfo, issues: IssueLog, *, last: bool = False
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a part with instants; rows without a usable time are set aside as issues.

    Args:
        part: The rows.
        number: What to call the file: column file_no.
        tz: Zone of wall clocks.
        issues: Receives the rows left out.
        last: Whether the part's rows are not needed again.

    Yields:
        All columns of ``RAW_MESSAGES`` but wall_at, file_no, and ordinal (place in the file).
    """
    done = 0
    for frame in part.rows.frames(last=last):
        height = frame.height
        ready = _with_times(frame, done, part, number, tz, issues)
        del frame
        yield ready
        done += height


def _with_times(
    frame: pl.DataFrame, first: int, part: Part, number: int, tz: ZoneInfo, issues: IssueLog
) -> pl.DataFrame:
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in RAW_MESSAGES.items()
        if name not in frame.columns and name != "sent_at"
    ]
    if part.stored is None:
        missing.append(pl.int_range(first, first + pl.len(), dtype=pl.UInt32).alias("ordinal"))
    frame = frame.with_columns(sent_at=moments(frame, tz)).with_columns(
        *missing, file_no=pl.lit(number, pl.UInt32)
    )
    if part.chat.self_id and part.chat.self_name:
        own = pl.col("sender_id").is_null() & (
            clean_name(pl.col("sender_name")) == part.chat.self_name
        )
        frame = frame.with_columns(
            sender_id=pl.when(own).then(pl.lit(part.chat.self_id)).otherwise("sender_id")
        )
    weak = pl.col("sender_id").cast(pl.String).str.starts_with(WEAK_ID).any()
    if frame.select(weak).item():
        frame = frame.with_columns(**_names_again())
    # What is in the store has been checked, against the export it came with.
    exported = instant(part.chat.exported_at, tz) if part.stored is None else None
    if exported and exported.year < FIRST_YEAR:
        exported = None  # a writer that had no clock
    late = exported + timedelta(days=1) if exported else datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)
    early = pl.col("sent_at") < datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    checks = (
        ("bad-timestamp", pl.col("sent_at").is_null(), "no time that can be read"),
        ("bad-timestamp", early, f"before {FIRST_YEAR}"),
        (
            "time-after-export" if exported else "bad-timestamp",
            pl.col("sent_at") > late,
            "more than a day after the export" if exported else f"after {_LAST_YEAR}",
        ),
    )
    failed = frame.select(expr.any().alias(str(n)) for n, (_, expr, _) in enumerate(checks)).row(0)
    for (code, expr, detail), fails in zip(checks, failed, strict=True):
        if not fails:
            continue
        rejected = frame.filter(expr).select("line", "ordinal")
        for line, ordinal in rejected.iter_rows():
            issues.add(code, part.file, line if line is not None else ordinal + 1, detail=detail)
        frame = frame.filter(~expr)
    raw = [pl.col(name).cast(dtype) for name, dtype in RAW_MESSAGES.items() if name != "wall_at"]
    return frame.select(*raw, "file_no", "ordinal")


def _names_again() -> dict[str, pl.Expr]:
    """Files that were converted give people known by name alone an id; it is that name again.

    So they are the same people as in the file the converted one was made of.
    """
    who, shown = pl.col("sender_id"), pl.col("sender_name")
    name = who.str.strip_prefix(WEAK_ID)
    weak = (
        (pl.col("kind") != "system")
        & who.str.starts_with(WEAK_ID)
        & (shown.is_null() | (clean_name(shown) == name))
    ).fill_null(False)
    return {
        "sender_id": pl.when(~weak).then(who),
        "sender_name": pl.when(weak).then(pl.coalesce(shown, name)).otherwise(shown),
    }


def moments(frame: pl.DataFrame, tz: ZoneInfo) -> pl.Expr:
    """Return the instant of a row: exact where the format gives it, else the clock in the zone.

    A clock time that the zone never showed (spring forward) has no instant; of one shown twice the
    first is taken.
    """
    wall = pl.col("wall_at")
    exact = pl.col("sent_at") if "sent_at" in frame.columns else pl.lit(None, INSTANT)
    if frame.schema.get("wall_at", pl.Null()) == pl.Null():
        return exact.cast(INSTANT)
    offset = _only_offset(frame["wall_at"], tz)
    if offset is not None:
        read = (wall - offset).dt.replace_time_zone("UTC")
    else:
        read = wall.dt.replace_time_zone(
            str(tz), ambiguous="earliest", non_existent="null"
        ).dt.convert_time_zone("UTC")
    if "sent_at" not in frame.columns:
        return read.cast(INSTANT)
    return pl.coalesce(exact, read).cast(INSTANT)


def _only_offset(wall: pl.Series, tz: ZoneInfo) -> timedelta | None:
    """Return the zone's offset if it is one and the same around all the times; else None.

    China has had one for thirty years, and a subtraction is ten times as fast as asking the zone
    for each of two million rows.
    """
    first, last = wall.min(), wall.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return None
    if first.year < FIRST_YEAR or last.year > _LAST_YEAR:
        return None  # nonsense among the times: it is set aside later, row by row
    days = (last - first).days + 3
    if days > _MOST_DAYS:
        return None
    start = first.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    offsets = {(start + timedelta(days=n)).replace(tzinfo=tz).utcoffset() for n in range(days + 1)}
    return offsets.pop() if len(offsets) == 1 else None
