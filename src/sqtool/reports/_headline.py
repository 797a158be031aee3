"""一句话: what changed most, where it comes from, what to do first; built by rule."""

from collections import Counter
from datetime import date, timedelta

import polars as pl

from sqtool.numerals import per_cent
from sqtool.reports._actions import MINOR, Action
from sqtool.reports._figures import Figures
from sqtool.reports._labels import label
from sqtool.reports._model import Note, Section, Span, Text, strong, text
from sqtool.reports._overview import is_week
from sqtool.reports._say import people

NEW_DAYS = 28
ENOUGH_LOST = 5


def build(figures: Figures, actions: list[Action]) -> Section:
    """Build the opening paragraph."""
    parts: list[str | Span | Text] = [_state(figures)]
    for more in (_where_lost(figures), _core(figures)):
        if more:
            parts.extend((" " if figures.lang == "en" else "", more))
    wait = _wait(figures)
    if wait:
        parts.append(wait)
    elif actions and actions[0].effect > MINOR:
        first = actions[0]
        lead = figures.tr(" First thing to do: ", "最该做的一件事:")
        parts.append(strong(lead))
        blank = figures.tr(": ", "")
        parts.append(f"{first.who}{blank}{first.what}{figures.tr('.', '。')}")
    blocks = [Note(text=text(*parts), tone="lead")]
    unseen = _after_the_log(figures)
    if unseen:
        blocks.append(Note(text=text(unseen), tone="warning"))
    return Section(key="headline", title="", blocks=tuple(blocks))


def _after_the_log(figures: Figures) -> str:
    """Warn where T was set by hand to later than what the file holds."""
    ctx = figures.ctx
    newest = figures.days["day"].max()
    if ctx.as_of_source != "flag" or not isinstance(newest, date) or newest >= ctx.day:
        return ""
    return figures.tr(
        f"The newest message in this log is of {newest}. Whether the group was silent after it or"
        " the export ends there, the file does not say.",
        f"记录里最新一条消息是 {newest} 的;之后是群里没人说话,还是导出到此为止,文件里看不出来。",
    )


def _state(figures: Figures) -> Text:
    tr, lang = figures.tr, figures.lang
    now = figures.row("activity.summary")
    verdict = figures.row("zombie.verdict").get("verdict", "steady")
    word = label("verdict", verdict, lang)
    when = _when(figures)
    openings = {
        "thin": tr("Too little to judge yet", "资料还少,先不下结论"),
        "dead": tr("This group is dead", "这个群已成死群"),
        "zombie": tr("This is a zombie group", "这是一个僵尸群"),
        "cooling": tr(f"{when} the group cooled", f"{when}在降温"),
        "warming": tr(f"{when} the group warmed up", f"{when}在升温"),
        "steady": tr(f"{when} the group was steady", f"{when}平稳"),
    }
    if verdict == "steady" and figures.trend_untested:
        # Nothing fired, but the rules about ups and downs could not be tried: that is not steady.
        weeks = figures.ctx.settings.verdict.trend_full_weeks
        openings["steady"] = tr(
            f"{when} (too young to call a trend: under {weeks} whole weeks)",
            f"{when}(不足 {weeks} 个完整周,不判断升温降温)",
        )
    opening = strong(openings.get(verdict, word) + tr(": ", ":"))
    messages, speakers = now.get("messages") or 0, now.get("speakers") or 0
    counts = tr(
        f"{messages:,} messages{_change(figures, 'messages')} by {people(speakers, lang)}"
        f"{_change(figures, 'speakers')}.",
        f"消息 {messages:,} 条{_change(figures, 'messages')},发言 {speakers:,} 人"
        f"{_change(figures, 'speakers')}。",
    )
    if verdict in ("dead", "zombie"):
        return text(opening, figures.evidence(), tr(". ", "。"), counts)
    return text(opening, counts)


def _wait(figures: Figures) -> str:
    """While there is too little to judge: from which day on there is enough."""
    if figures.row("zombie.verdict").get("verdict") != "thin":
        return ""
    rule = figures.ctx.settings.verdict
    wanted = rule.thin_span_days
    if figures.log_days > wanted:
        wanted = rule.thin_messages_span_days
    # The rules ask for n days since the first message: the day after n days of log.
    day = figures.ctx.day + timedelta(days=wanted + 1 - figures.log_days)
    return figures.tr(
        f" A verdict is possible from {day} on.", f"到 {day}(记录满 {wanted} 天)再下判断。"
    )


def _when(figures: Figures) -> str:
    week = is_week(figures)
    return figures.tr("This week" if week else "In this period", "本周" if week else "本期")


def _change(figures: Figures, key: str) -> str:
    now = figures.row("activity.summary")
    change, last = now.get(f"{key}_change"), now.get(f"{key}_last")
    if change is None or last is None:
        return ""
    before = figures.tr(f"{last:,} before", f"上期 {last:,}")
    return figures.tr(
        f" ({per_cent(change, figures.lang, signed=True)}, {before})",
        f"({per_cent(change, figures.lang, signed=True)},{before})",
    )


def _where_lost(figures: Figures) -> str:
    """Among those who spoke last period and not in this one: is one kind of member half of them?"""
    ctx, tr, lang = figures.ctx, figures.tr, figures.lang
    if ctx.period.running:
        return ""
    spoke = [
        set(
            figures.days.filter(pl.col("day").is_between(period.first_on, period.last_on))[
                "member_id"
            ]
        )
        for period in (ctx.period, ctx.previous)
    ]
    members = figures.table("pyramid.members")
    ordinary = set(members.filter(pl.col("layer") != "staff")["member_id"])
    lost = (spoke[1] - spoke[0]) & ordinary
    came = len((spoke[0] - spoke[1]) & ordinary)
    if len(lost) < ENOUGH_LOST or len(lost) <= came:
        return ""
    since = ctx.day - timedelta(days=NEW_DAYS)
    joined = set(figures.table("growth.joins").filter(pl.col("joined_on") > since)["member_id"])
    layer = dict(members.select("member_id", "previous_layer").iter_rows())
    kinds = Counter("new" if m in joined else layer.get(m) or "unknown" for m in lost)
    kind, count = min(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
    head = tr(
        f"{people(len(lost), lang)} spoke in the period before and not in this one",
        f"上期发言、本期没发言的有 {len(lost)} 人",
    )
    if count * 2 < len(lost) or kind == "unknown" or (kind != "new" and not figures.had_layers):
        return head + tr(".", "。")
    who = (
        tr("newcomers of the last 28 days", "近 28 天进群的新人")
        if kind == "new"
        else tr(
            f"of the {label('layer', kind, lang)} layer",
            f"原「{label('layer', kind, lang)}」层的成员",
        )
    )
    return head + tr(f", {count} of them {who}.", f",其中 {count} 人是{who}。")


def _core(figures: Figures) -> str:
    tr, lang = figures.tr, figures.lang
    rows = figures.table("pyramid.layers").filter(pl.col("layer") == "core")
    if rows.is_empty() or not rows["members"][0]:
        return ""
    row = rows.row(0, named=True)
    share = row["messages_share"]
    if share is None:
        return ""
    return tr(
        f"A core of {people(row['members'], lang)} carries {per_cent(share, lang)} of the last 28"
        " days' messages.",
        f"核心 {row['members']} 人撑起近 28 天 {per_cent(share, lang)} 的消息。",
    )
