"""下周行动: at most five, each who / what / why, ranked by what they could change.

Every action is a rule over the figures; the expected effect is a share of a week's messages or
speakers, estimated from the numbers named in its reason. Nothing is proposed that the log does not
show.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from sqtool.numerals import number, per_cent, short_date, weekday
from sqtool.reports._figures import Figures, told
from sqtool.reports._labels import label
from sqtool.reports._model import Items, Section, Text, strong, text
from sqtool.reports._newcomers import QUIET_DAYS, quiet_newcomers
from sqtool.reports._say import name, names, people
from sqtool.reports._silence import SHOWN, at_risk

MOST = 5
CONTACTS = 5
FEW_CARRY = 2
STAFF_TALKS = 0.5
STANDS_OUT = 0.05
"""By how much a weekday must have fallen more than the week to be named."""
MINOR = 0.01
"""Effect of what only makes the next review better: never the one thing to do first."""


@dataclass(frozen=True)
class Action:
    """One thing to do.

    Args:
        who: Name or role.
        what: What to do, with names and a day.
        why: The numbers it rests on.
        effect: Expected effect as a share of a week's messages or speakers.
    """

    who: str
    what: str
    why: str
    effect: float


def plan(figures: Figures) -> list[Action]:
    """Return the actions of the coming week, the most promising first."""
    rules = (_decide, _talk, _welcome, _spread, _revive, _step_back, _thank, _ask_leavers, _list)
    found = [action for rule in rules if (action := rule(figures)) is not None]
    return sorted(found, key=lambda a: (-a.effect, a.what))[:MOST]


def build(figures: Figures, actions: list[Action]) -> Section | None:
    """Build the section of the planned actions."""
    if not actions:
        return None
    tr = figures.tr
    items = tuple(sentence(action, figures) for action in actions)
    return Section(
        key="actions",
        title=tr("Next week's actions", "下周行动"),
        blocks=(Items(ordered=True, items=items),),
    )


def sentence(action: Action, figures: Figures) -> Text:
    """Return the action as one sentence."""
    if figures.lang == "en":
        return text(strong(action.who), ": ", action.what, ". Why: ", action.why, ".")
    return text(strong(action.who), " ", action.what, ":", action.why, "。")


def _by_wednesday(figures: Figures) -> str:
    day = figures.ctx.day
    target: date = day + timedelta(days=(2 - day.weekday()) % 7 or 7)
    named, dated = weekday(target, figures.lang), short_date(target)
    return figures.tr(f"by {named} {dated}", f"{named}({dated})前")


def _staff(figures: Figures) -> str:
    members = figures.table("pyramid.members")
    staff = members.filter(pl.col("layer") == "staff").sort(
        "messages_28", "member_id", descending=[True, False]
    )
    if staff.height:
        return name(staff["display_name"][0], figures.lang)
    return figures.tr("The operator", "运营")


def _decide(figures: Figures) -> Action | None:
    """死群 and 僵尸群: a decision comes before everything else."""
    row = figures.row("zombie.verdict")
    if not row or row["verdict"] not in ("dead", "zombie"):
        return None
    tr, lang = figures.tr, figures.lang
    action = label("action", row["action"], lang)
    return Action(
        tr("Whoever is in charge", "负责人"),
        tr(
            f"decide on this group, the rule suggests: {action}",
            f"决定这个群的去留,按规则建议{action}",
        ),
        figures.evidence() or label("verdict", row["verdict"], lang),
        effect=10.0,
    )


def _talk(figures: Figures) -> Action | None:
    tr, lang = figures.tr, figures.lang
    risk = at_risk(figures).head(SHOWN)
    if risk.is_empty():
        return None
    shares = _message_shares(figures)
    first = risk.head(CONTACTS)
    held = sum(shares.get(member, 0.0) for member in first["member_id"])
    lost = sum(
        p * shares.get(member, 0.0)
        for member, p in first.select("member_id", "probability").iter_rows()
    )
    contacts = (
        first.filter(pl.col("contact_name").is_not_null())
        .group_by("contact_id", "contact_name")
        .len()
        .sort("len", "contact_id", descending=[True, False])
    )
    if contacts.is_empty():
        who = _staff(figures)
    elif contacts.height <= 2:
        who = tr(" and ", "、").join(name(n, lang) for n in contacts["contact_name"])
    else:
        lead = name(contacts["contact_name"][0], lang)
        who = tr(
            f"{lead} and {contacts.height - 1} other contacts",
            f"{lead}等 {contacts.height} 位联系人",
        )
    listed = names(first["display_name"].to_list(), lang, most=3)
    silent = _range(first["days_silent"].min(), first["days_silent"].max())
    return Action(
        who,
        tr(f"talk to {listed} {_by_wednesday(figures)}", f"{_by_wednesday(figures)}私聊 {listed}"),
        tr(
            f"silent for {silent} days, {per_cent(held, lang)} of the last 28 days' messages were"
            " theirs: what the group would miss most (probability × engagement)",
            f"已沉默 {silent} 天,占近 28 天消息的 {per_cent(held, lang)},"
            "按概率 × 参与分是群里最大的损失",
        ),
        effect=max(lost, 0.02),
    )


def _range(low: object, high: object) -> str:
    return f"{low}" if low == high else f"{low}–{high}"


def _message_shares(figures: Figures) -> dict[str, float]:
    members = figures.table("pyramid.members").select("member_id", "messages_28")
    total = members["messages_28"].sum() or 1
    return {member: float((count or 0) / total) for member, count in members.iter_rows()}


def _welcome(figures: Figures) -> Action | None:
    tr, lang = figures.tr, figures.lang
    activation = figures.row("growth.activation")
    quiet = quiet_newcomers(figures)
    if quiet.is_empty() or not activation.get("can_tell"):
        return None
    recent = figures.table("growth.joins").filter(
        pl.col("joined_on") > figures.ctx.day - timedelta(days=QUIET_DAYS),
        pl.col("left_at").is_null(),
    )
    inviters = (
        quiet.filter(pl.col("inviter_name").is_not_null())
        .group_by("inviter_id", "inviter_name")
        .len()
        .sort("len", "inviter_id", descending=[True, False])
    )
    by_inviters = inviters.height and inviters["len"].sum() >= quiet.height / 2
    who = _staff(figures)
    if by_inviters:
        who = tr(", ", "、").join(name(n, lang) for n in inviters["inviter_name"].head(2))
        who += tr(" (who invited them)", "(邀请人)")
    speakers = figures.row("activity.summary").get("speakers") or 1
    rate = activation.get("activation_share_all")
    usual = ""
    if rate is not None and activation["due_all"] >= figures.ctx.settings.min_cases_share:
        usual = tr(
            f" (usually {per_cent(rate, lang)} speak within 3 days)",
            f"(以往 3 天内开口 {per_cent(rate, lang)})",
        )
    return Action(
        who,
        tr(
            f"greet {names(quiet['display_name'].to_list(), lang, most=4)} by name with an easy"
            " question",
            f"点名欢迎 {names(quiet['display_name'].to_list(), lang, most=4)},抛一个好接的问题",
        ),
        tr(
            f"of {people(recent.height, lang)} who joined in the last 14 days {quiet.height} have"
            f" not spoken{usual}",
            f"近 14 天进群 {recent.height} 人,{quiet.height} 人还没开口{usual}",
        ),
        effect=quiet.height * (0.3 if rate is None else rate) / speakers / 2,
    )


def _spread(figures: Figures) -> Action | None:
    """The group rests on one or two people: give others something to do."""
    tr, lang = figures.tr, figures.lang
    now = figures.row("activity.summary")
    few = now.get("absence_factor")
    if few is None or few > FEW_CARRY or (now.get("speakers") or 0) < 2 * FEW_CARRY + 1:
        return None
    members = figures.table("pyramid.members")
    next_in_line = members.filter(pl.col("layer") == "active").sort(
        "score", "member_id", descending=[True, False]
    )
    if next_in_line.is_empty():
        return None
    listed = names(next_in_line["display_name"].head(3).to_list(), lang)
    return Action(
        _staff(figures),
        tr(f"give {listed} a topic of their own to lead", f"请 {listed} 各带一个话题"),
        tr(
            f"{people(few, lang)} wrote half of this period's messages; these are the next by"
            " engagement",
            f"本期一半消息出自 {few} 人,他们是参与分排在后面的活跃成员",
        ),
        effect=0.15 / few,
    )


def _revive(figures: Figures) -> Action | None:
    """The weekday that fell most against the four weeks before, if the group is cooling."""
    if figures.row("zombie.verdict").get("verdict") != "cooling":
        return None
    tr, lang = figures.tr, figures.lang
    anchor = figures.ctx.day
    counts = dict(figures.days.group_by("day").agg(pl.col("messages").sum()).iter_rows())
    # A day that T cuts short cannot be compared with whole ones.
    whole = figures.ctx.as_of.astimezone(figures.ctx.zone).date() > anchor
    week = []
    for back in range(0 if whole else 1, 7):
        day = anchor - timedelta(days=back)
        usual = sum(counts.get(day - timedelta(weeks=w), 0) for w in range(1, 5)) / 4
        week.append((usual - counts.get(day, 0), day, usual, counts.get(day, 0)))
    best = max(week, key=lambda entry: (entry[0], entry[1]))
    total, before = sum(entry[3] for entry in week), sum(entry[2] for entry in week)
    if best[0] <= 0 or not best[2] or best[0] / best[2] < (before - total) / before + STANDS_OUT:
        return None
    loss, day, usual, now = best
    coming = day + timedelta(weeks=1)
    return Action(
        _staff(figures),
        tr(
            f"start something on {weekday(coming, lang)} {short_date(coming)}",
            f"下{weekday(coming, lang)}({short_date(coming)})发起一次活动或话题",
        ),
        tr(
            f"{weekday(day, lang)} fell most: {now:,} messages against {number(usual)} on the same"
            " day of the four weeks before",
            f"本{weekday(day, lang)}掉得最多,只有 {now:,} 条,前 4 周同日平均 {number(usual)} 条",
        ),
        effect=loss / max(total, 1) / 2,
    )


def _step_back(figures: Figures) -> Action | None:
    tr, lang = figures.tr, figures.lang
    share = figures.row("activity.summary").get("staff_share")
    if share is None or share < STAFF_TALKS:
        return None
    return Action(
        _staff(figures),
        tr("ask more, announce less", "少发通知,多向成员提问"),
        tr(
            f"staff wrote {per_cent(share, lang)} of this period's messages",
            f"本期消息 {per_cent(share, lang)} 出自运营",
        ),
        effect=(share - STAFF_TALKS) / 2 + 0.03,
    )


def _thank(figures: Figures) -> Action | None:
    tr, lang = figures.tr, figures.lang
    risen = figures.table("pyramid.moves").filter(
        (pl.col("to_layer") == "core")
        | ((pl.col("to_layer") == "active") & (pl.col("from_layer") != "core"))
    )
    if risen.is_empty() or not figures.had_layers:
        return None
    row = risen.row(0, named=True)
    who = name(row["display_name"], lang)
    to, before = (label("layer", row[key], lang) for key in ("to_layer", "from_layer"))
    days = row.get("active_days_28")
    why = tr(f"moved from {before} to {to}", f"从{before}升到{to}")
    if days is not None:
        why += tr(f", active on {days} of the last 28 days", f",近 28 天活跃 {days} 天")
    return Action(
        _staff(figures),
        tr(f"thank {who} in the group", f"在群里感谢 {who}"),
        why,
        effect=0.015,
    )


def _ask_leavers(figures: Figures) -> Action | None:
    tr = figures.tr
    growth = figures.row("growth.summary")
    leaves, net = told(growth, "leaves"), growth.get("net")
    joins = told(growth, "joins")
    if not leaves or net is None or leaves < 3 or net >= 0:
        return None
    return Action(
        _staff(figures),
        tr("ask two or three of those who left why", "问两三位退群的人原因"),
        tr(
            f"{leaves} left, {joins} joined",
            f"本期退群 {leaves} 人,进群 {joins} 人",
        ),
        effect=-net / max(figures.row("activity.summary").get("seen") or 1, 1),
    )


def _list(figures: Figures) -> Action | None:
    ended = figures.row("zombie.verdict").get("verdict") in ("dead", "zombie")
    if figures.chat["has_roster"] or ended:
        return None
    tr = figures.tr
    return Action(
        _staff(figures),
        tr(
            "export the member list and pass it with --roster",
            "导出群成员名单,下次用 --roster 一起提供",
        ),
        tr(
            "without it nobody can say how many members never spoke",
            "没有名单,就不知道有多少人从未发言",
        ),
        effect=MINOR,
    )
