"""When and for whom a metric is computed: the only other thing it sees beside the dataset.

No metric reads a clock, the environment or the locale: the same export gives the same report
next year.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqtool.config import Settings
from sqtool.errors import UsageError
from sqtool.i18n import Lang, t

if TYPE_CHECKING:
    from sqtool.schema import Dataset

DEFAULT_TZ = "Asia/Shanghai"
FIRST_YEAR = 1992
"""Nothing older is read: there were no chat programs. (China had its last summer time in 1991.)"""
_LAST_YEAR = 2100


@dataclass(frozen=True)
class Period:
    """A span of local time, half-open.

    Args:
        start: First moment, aware, in the report's zone.
        end: First moment after it, aware.
        label: ISO week (``2026-W10``) or the two dates.
        running: The period is not over at T: compared with the week before up to the same moment.
    """

    start: datetime
    end: datetime
    label: str
    running: bool = False

    @property
    def first_on(self) -> date:
        """First local date."""
        return self.start.date()

    @property
    def last_on(self) -> date:
        """Last local date that has a moment inside the period."""
        return (self.end - timedelta(microseconds=1)).date()


@dataclass(frozen=True)
class Context:
    """Fixed facts of one run.

    Args:
        as_of: T, aware UTC (metrics.md §0): what lies after it is not looked at.
        as_of_source: ``flag``, ``export`` or ``newest``.
        tz: IANA zone of the report's days.
        period: The review period; look-back metrics use ``at`` = min(T, its end).
        previous: The period it is compared with.
        settings: Thresholds in force.
        staff: Names or ids named by the operator as staff.
        bots: Names or ids named as bots.
        self_is_member: The exporting account counts as an ordinary member.
        lang: Language of words inside tables (reasons); codes stay English.
        by: What the rows of ``members --by`` stand for: a column of the member list.
        other_chats: How many chats the run has beside those in the dataset: where chats are worked
            on one by one, or in batches, none of them is the only one.
    """

    as_of: datetime
    tz: str = DEFAULT_TZ
    as_of_source: Literal["flag", "export", "newest"] = "flag"
    period: Period = field(default=None)  # type: ignore[assignment]  # set in __post_init__
    previous: Period = field(default=None)  # type: ignore[assignment]
    settings: Settings = field(default_factory=Settings)
    staff: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    self_is_member: bool = False
    lang: Lang = "zh"
    by: str | None = None
    other_chats: int = 0

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ValueError("as_of must be aware")
        if self.period is None:
            object.__setattr__(self, "period", last_ended_week(self.as_of, self.tz))
        if self.previous is None:
            object.__setattr__(self, "previous", period_before(self.period, self.as_of))

    @property
    def zone(self) -> ZoneInfo:
        """The report's zone."""
        return zone(self.tz)

    @property
    def at(self) -> datetime:
        """The moment look-back metrics stand at: min(T, end of the period), aware UTC."""
        return min(self.as_of, self.period.end.astimezone(UTC) - timedelta(microseconds=1))

    @property
    def day(self) -> date:
        """Local date of ``at``: the last day of the last block of 7 (or 28) days."""
        return self.at.astimezone(self.zone).date()

    def before(self) -> "Context":
        """Return the same run, standing at the end of the previous period."""
        return replace(
            self, period=self.previous, previous=period_before(self.previous, self.as_of)
        )

    @classmethod
    def of(
        cls,
        data: "Dataset",
        *,
        tz: str = DEFAULT_TZ,
        as_of: datetime | None = None,
        week: str = "last",
        since: datetime | None = None,
        until: datetime | None = None,
        settings: Settings | None = None,
        staff: tuple[str, ...] = (),
        bots: tuple[str, ...] = (),
        self_is_member: bool = False,
        lang: Lang = "zh",
    ) -> "Context":
        """Work out T and the review period from the dataset and the flags.

        Args:
            data: The chats; T defaults to their export moment, else their newest message.
            tz: IANA zone.
            as_of: T given by the user (naive = in ``tz``).
            week: ``last`` (the last ISO week ended by T; the running one if the log begins after
                it), ``this``, or ``2026-W10``.
            since: Start of a period of the user's own, with ``until`` (naive = in ``tz``).
            until: First moment after it; T if missing.
            settings: Thresholds.
            staff: See the class.
            bots: See the class.
            self_is_member: See the class.
            lang: See the class.

        Raises:
            UsageError: If the zone, the week or the span makes no sense, or the week lies outside
                the log.
        """
        import polars as pl

        where = zone(tz)
        source: Literal["flag", "export", "newest"] = "flag"
        if as_of is not None:
            moment = _aware(as_of, where)
        else:
            moment, source = newest_moment(data)
        moment = moment.astimezone(UTC)
        if since is not None or until is not None:
            period = span(since, until, moment, where)
        else:
            period = week_period(week, moment, tz)
            first = data.messages.select(pl.col("sent_at").min()).collect().item()
            if week == "last" and first is not None and period.end <= first <= moment:
                # The log begins after the last ended week: the running one is all there is.
                period = week_period("this", moment, tz)
            elif first is not None and (period.start > moment or period.end <= first):
                newest = data.messages.select(pl.col("sent_at").max()).collect().item()
                days = [d.astimezone(where).date() for d in (first, min(newest, moment))]
                raise UsageError(
                    t(f"{period.label} lies outside the log", f"{period.label} 不在记录范围内"),
                    hint=t(
                        f"the log spans {days[0]} to {days[1]}", f"记录为 {days[0]} 至 {days[1]}"
                    ),
                )
        return cls(
            as_of=moment,
            tz=tz,
            as_of_source=source,
            period=period,
            settings=settings or Settings(),
            staff=staff,
            bots=bots,
            self_is_member=self_is_member,
            lang=lang,
        )


def newest_moment(data: "Dataset") -> tuple[datetime, Literal["export", "newest"]]:
    """Return T as the data tell it, aware: the moment of the export, else the newest message."""
    import polars as pl

    exported = data.chats.select(pl.col("exported_at").max()).collect().item()
    newest = data.messages.select(pl.col("sent_at").max()).collect().item()
    return newest_of(exported, newest)


def newest_of(
    exported: datetime | None, newest: datetime | None
) -> tuple[datetime, Literal["export", "newest"]]:
    """Return T from the newest export and the newest message, both aware or unknown."""
    if exported is not None and (newest is None or exported >= newest - timedelta(days=1)):
        return exported, "export"
    if newest is not None:
        return newest, "newest"
    return datetime(1970, 1, 1, tzinfo=UTC), "newest"


@lru_cache(maxsize=8)
def steady_offset(tz: str) -> timedelta | None:
    """Return the offset of a zone that has had one and the same since ``FIRST_YEAR``; else None.

    China has, and adding it is ten times as fast as asking the zone for each of two million rows.
    """
    where, moment = zone(tz), datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    offset = moment.astimezone(where).utcoffset()
    # No summer time is as short as the step.
    while moment.year <= _LAST_YEAR:
        if moment.astimezone(where).utcoffset() != offset:
            return None
        moment += timedelta(days=14)
    return offset


def zone(tz: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises:
        UsageError: If there is no such zone.
    """
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            t(f"unknown time zone: {tz}", f"没有这个时区:{tz}"),
            hint=t("use a name like Asia/Shanghai", "例如 Asia/Shanghai"),
        ) from error


def _aware(moment: datetime, where: ZoneInfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=where)


def _midnight(day: date, where: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), where)


def _iso_week(monday: date, where: ZoneInfo, as_of: datetime) -> Period:
    year, number, _ = monday.isocalendar()
    start, end = _midnight(monday, where), _midnight(monday + timedelta(days=7), where)
    # A log whose T falls on the week's Sunday counts as ended (metrics.md §0).
    running = as_of.astimezone(where).date() < monday + timedelta(days=6)
    return Period(start, end, f"{year}-W{number:02d}", running)


def last_ended_week(as_of: datetime, tz: str) -> Period:
    """Return the last ISO week that had ended by T; a T on a Sunday ends its week."""
    where = zone(tz)
    today = as_of.astimezone(where).date()
    monday = today - timedelta(days=today.weekday())
    if today.weekday() != 6:
        monday -= timedelta(days=7)
    return _iso_week(monday, where, as_of)


def week_period(week: str, as_of: datetime, tz: str) -> Period:
    """Return the period of ``last``, ``this`` or an ISO week such as ``2026-W10``.

    Raises:
        UsageError: If the word is none of these.
    """
    where = zone(tz)
    if week == "last":
        return last_ended_week(as_of, tz)
    if week == "this":
        today = as_of.astimezone(where).date()
        return _iso_week(today - timedelta(days=today.weekday()), where, as_of)
    try:
        year, number = week.upper().split("-W")
        monday = date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise UsageError(
            t(f"not a week: {week}", f"不是一个周:{week}"),
            hint=t("use last, this or 2026-W10", "可用 last、this 或 2026-W10"),
        ) from error
    return _iso_week(monday, where, as_of)


def span(
    since: datetime | None, until: datetime | None, as_of: datetime, where: ZoneInfo
) -> Period:
    """Return the half-open period of the user's own; an open start is 7 days before the end.

    Raises:
        UsageError: If it ends before it starts.
    """
    end = _aware(until, where) if until else as_of.astimezone(where) + timedelta(microseconds=1)
    start = _aware(since, where) if since else end - timedelta(days=7)
    if end <= start:
        raise UsageError(t("--until lies before --since", "--until 早于 --since"))
    last = (end - timedelta(microseconds=1)).date()
    return Period(start, end, f"{start.date()}–{last}", running=end > as_of + timedelta(seconds=1))


def period_before(period: Period, as_of: datetime) -> Period:
    """Return the period of the same length before; of a running one, cut at the same moment."""
    days = max(1, (period.last_on - period.first_on).days + 1)
    back = timedelta(days=days)
    where = period.start.tzinfo
    start = (period.start.replace(tzinfo=None) - back).replace(tzinfo=where)
    end = (period.end.replace(tzinfo=None) - back).replace(tzinfo=where)
    label = f"{start.date()}–{(end - timedelta(microseconds=1)).date()}"
    if "-W" in period.label:
        year, number, _ = start.date().isocalendar()
        label = f"{year}-W{number:02d}"
    if period.running:
        now = as_of.astimezone(where).replace(tzinfo=None)
        end = min(end, (now - back).replace(tzinfo=where) + timedelta(microseconds=1))
    return Period(start, end, label, running=False)
