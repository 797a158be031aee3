"""本周一览: each figure, this period against the one before, and the last eight weeks."""

from datetime import date

import polars as pl

from sqtool.metrics._base import Unit
from sqtool.metrics._holidays import holidays
from sqtool.reports import _charts
from sqtool.reports._figures import Figures, Row, told
from sqtool.reports._goals import Goal, goals, shown
from sqtool.reports._model import (
    Block,
    Cell,
    Column,
    Note,
    Quantity,
    Section,
    Span,
    Spark,
    Table,
    Text,
    text,
)

WEEKS = 8
_BOTH = "joins/leaves"


def build(figures: Figures) -> Section:
    """Build the section; a figure that is not known has a dash, one of too few cases says so."""
    tr, now = figures.tr, figures.row("activity.summary")
    rows: list[tuple[Cell, ...]] = [
        _plain(figures, now, "messages", "count", tr("Messages", "消息"), "messages"),
        _plain(figures, now, "speakers", "count", tr("Speakers", "发言人数"), "speakers"),
        _plain(figures, now, "dau", "number", tr("Daily speakers (DAU)", "日均发言(DAU)"), "dau"),
        _plain(
            figures, now, "messages_per_speaker", "number",
            tr("Messages per speaker", "人均消息"), "messages_per_speaker",
        ),
        _speaking(figures, now),
    ]  # fmt: skip
    keys = ["messages", "wau", "dau", "", "speaking_share"]
    for key, row in _movement(figures):
        rows.append(row)
        keys.append(key)
    if now.get("staff_share") is not None:
        keys.append("staff_share")
        rows.append(
            _plain(
                figures, now, "staff_share", "share",
                tr("Staff's share of messages", "运营发言占比"), "staff_share", points=True,
            )
        )  # fmt: skip
    wanted = goals(figures)
    if wanted:
        rows = [(*row, _target(figures, wanted, key)) for row, key in zip(rows, keys, strict=True)]
    columns: tuple[Column, ...] = (
        Column(key="metric", title=tr("Metric", "指标"), unit="text"),
        Column(key="this", title=_period_title(figures, this=True), unit="mixed"),
        Column(key="last", title=_period_title(figures, this=False), unit="mixed"),
        Column(key="change", title=tr("Change", "变化"), unit="mixed"),
        Column(key="weeks", title=tr("Last 8 weeks", "近 8 周"), unit="spark"),
    )
    if wanted:
        columns = (*columns, Column(key="target", title=tr("Target", "目标"), unit="text"))
    blocks: list[Block] = [Table(key="overview", columns=columns, rows=tuple(rows))]
    unjudged = _unjudged(figures, wanted)
    if unjudged:
        blocks.append(Note(text=unjudged, tone="quiet"))
    if now.get("partial") or now.get("partial_last"):
        begin = figures.days["day"].min()
        since = begin.isoformat() if isinstance(begin, date) else "–"
        words = tr(
            f"The log begins on {since}: not both periods are whole, so no change figures.",
            f"记录从 {since} 开始,两期不都完整,不计算变化。",
        )
        blocks.append(Note(text=text(words), tone="quiet"))
    holidays = _holiday_note(figures)
    if holidays:
        blocks.append(Note(text=text(holidays), tone="quiet"))
    blocks.extend(c for c in (_charts.trend(figures), _charts.heat(figures)) if c is not None)
    return Section(key="overview", title=_title(figures), blocks=tuple(blocks))


def is_week(figures: Figures) -> bool:
    """Whether the period is an ISO week."""
    return "-W" in figures.ctx.period.label


def _title(figures: Figures) -> str:
    week = is_week(figures)
    return figures.tr(
        "The week at a glance" if week else "The period at a glance",
        "本周一览" if week else "本期一览",
    )


def _period_title(figures: Figures, *, this: bool) -> str:
    week = is_week(figures)
    if this:
        return figures.tr("This week" if week else "This period", "本周" if week else "本期")
    return figures.tr("Last week" if week else "Period before", "上周" if week else "上期")


def _plain(
    figures: Figures,
    now: Row,
    key: str,
    unit: Unit,
    title: str,
    series: str,
    *,
    points: bool = False,
) -> tuple[Cell, ...]:
    this, last = now.get(key), now.get(f"{key}_last")
    change: Cell = None
    if points:
        difference = now.get(f"{key}_points")
        if difference is not None:
            change = _points(figures, difference)
    elif now.get(f"{key}_change") is not None:
        change = Quantity(value=now[f"{key}_change"], unit="share", signed=True)
    return (
        title,
        Quantity(value=this, unit=unit),
        Quantity(value=last, unit=unit),
        change,
        _spark(figures, "activity.weekly", series),
    )


def _points(figures: Figures, difference: float) -> Quantity:
    """A difference of two shares, in percentage points."""
    return Quantity(
        value=round(difference * 100, 1), unit="number", signed=True, note=figures.tr("pts", "点")
    )


def _speaking(figures: Figures, now: Row) -> tuple[Cell, ...]:
    tr = figures.tr
    least = figures.ctx.settings.min_cases_share
    known = now.get("speaking_share") is not None
    key = "speaking_share" if known else "seen_speaking_share"
    title = (
        tr("Speaking share", "发言率")
        if known
        else tr("Speaking share, among those seen", "发言率(仅见过的人)")
    )
    if (now.get("roster" if known else "seen") or 0) < least:
        few = Quantity(value=None, unit="share", note=tr("too few", "样本太少"))
        return (title, few, None, None, None)
    row = _plain(figures, now, key, "share", title, "speaking_share", points=True)
    return row if known else (*row[:4], None)


def _movement(figures: Figures) -> list[tuple[str, tuple[Cell, ...]]]:
    """进群 / 退群 and the activation of newcomers; left out where the log holds no such notice."""
    tr = figures.tr
    growth, activation = figures.row("growth.summary"), figures.row("growth.activation")
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    joins, leaves = told(growth, "joins"), told(growth, "leaves")
    if joins is not None or leaves is not None:
        net = growth.get("net")
        note = tr("net", "净") if net is not None else ""
        row = (
            tr("Joined / left", "进群 / 退群"),
            _pair(joins, leaves),
            _pair(told(growth, "joins", "_last"), told(growth, "leaves", "_last")),
            f"{note} {_signed(net)}" if net is not None else None,
            _spark(figures, "growth.weekly", "joins"),
        )
        rows.append((_BOTH, row))
    if activation.get("can_tell") and activation.get("due") is not None:
        least = figures.ctx.settings.min_cases_share
        few = min(activation["due"] or 0, activation.get("due_last") or 0) < least
        change: Cell = tr("too few", "样本太少") if few else None
        now, last = activation.get("activation_share"), activation.get("activation_share_last")
        if not few and now is not None and last is not None:
            change = _points(figures, now - last)
        spoke = (
            tr("Newcomers who spoke within 3 days", "新人 3 日开口"),
            _part(activation.get("activated"), activation["due"]),
            _part(activation.get("activated_last"), activation.get("due_last")),
            change,
            None,
        )
        rows.append(("activation_share", spoke))
    return rows


def _target(figures: Figures, wanted: dict[str, Goal], key: str) -> Cell:
    """Return what was to be reached in a row; joins and leaves share one."""
    if key == _BOTH:
        both = [wanted.get("joins"), wanted.get("leaves")]
        said = ["–" if goal is None else shown(goal, figures) for goal in both]
        return " / ".join(said) if any(both) else None
    return shown(wanted[key], figures) if key in wanted else None


def _unjudged(figures: Figures, wanted: dict[str, Goal]) -> Text:
    """Name the targets of which nothing can be said, and why."""
    tr, chat = figures.tr, figures.chat
    if not wanted and figures.ctx.settings.targets.of(chat["name"], chat["chat_id"]):
        return text(
            tr(
                "Targets are about whole weeks: none is shown for this period.",
                "目标按整周定,本期不对照。",
            )
        )
    unknown = sorted(key for key, goal in wanted.items() if goal.met is None)
    if not unknown:
        return ()
    listed = [Span(text=key, style="code") for key in unknown]
    gap = tr(", ", "、")
    parts = [part for one in listed for part in (gap, one)][1:]
    head = tr(
        "Targets that cannot be judged (unknown, or too few cases): ",
        "无法判断的目标(数据没有,或样本太少):",
    )
    return text(head, *parts, tr(".", "。"))


def _pair(first: int | None, second: int | None) -> str:
    return " / ".join("–" if value is None else f"{value:,}" for value in (first, second))


def _part(part: int | None, whole: int | None) -> str | None:
    return None if part is None or not whole else f"{part:,}/{whole:,}"


def _signed(value: int) -> str:
    return f"+{value:,}" if value > 0 else f"\u2212{-value:,}" if value < 0 else "0"


def _spark(figures: Figures, table: str, column: str) -> Spark | None:
    """The last eight whole ISO weeks up to the period's end."""
    frame = figures.table(table)
    if column not in frame.columns:
        return None
    last = figures.ctx.period.last_on
    values = (
        frame.filter(pl.col("start_on") <= last)
        .sort("start_on")
        .select(pl.when(~pl.col("partial")).then(pl.col(column).cast(pl.Float64)))
        .to_series()
        .tail(WEEKS)
        .to_list()
    )
    return Spark(values=tuple(values)) if sum(v is not None for v in values) >= 2 else None


def _holiday_note(figures: Figures) -> str:
    """Name the public holidays inside the two periods, as far as the log covers them."""
    tr, now = figures.tr, figures.row("activity.summary")
    periods = [(figures.ctx.period, tr("this period", "本期"))]
    if not now.get("partial_last"):
        periods.append((figures.ctx.previous, tr("the one before", "上期")))
    said = []
    for period, when in periods:
        found = holidays(period, figures.lang)
        if found is None:
            return tr(
                "The holiday calendar does not know this year yet.", "假期表还没有这一年的安排。"
            )
        if found:
            listed = tr(", ", "、").join(found)
            said.append(tr(f"Public holidays in {when}: {listed}", f"{when}含假期:{listed}"))
    return tr("; ", ";").join(said) + tr(".", "。") if said else ""
