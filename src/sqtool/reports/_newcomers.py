"""新人与裂变: who came, who brought them, who spoke, who left."""

from datetime import timedelta

import polars as pl

from sqtool.numerals import per_cent, short_date
from sqtool.reports import _charts
from sqtool.reports._figures import Figures
from sqtool.reports._labels import label
from sqtool.reports._model import Block, Cell, Column, Items, Note, Section, Table, Text, text
from sqtool.reports._say import labelled, names, people

SHOWN_INVITERS = 5
QUIET_DAYS = 14


def quiet_newcomers(figures: Figures) -> pl.DataFrame:
    """Return who joined in the last 14 days, has not left and has not spoken yet."""
    since = figures.ctx.day - timedelta(days=QUIET_DAYS - 1)
    return figures.table("growth.joins").filter(
        pl.col("joined_on") >= since,
        pl.col("left_at").is_null(),
        pl.col("left_by").is_null(),
        pl.col("first_message_at").is_null(),
    )


def build(figures: Figures) -> Section | None:
    """Build the section; None where the log shows neither joins nor leaves of the last weeks."""
    tr = figures.tr
    items = [item for item in (_came(figures), _activated(figures), _quiet(figures)) if item]
    items += [item for item in (_left(figures), *_between_lists(figures)) if item]
    if not items:
        return None
    blocks: list[Block] = [Items(items=tuple(items))]
    table = _inviters(figures)
    if table is not None:
        blocks.append(table)
    pictures = (_charts.inviters(figures), _charts.cohorts(figures))
    blocks.extend(picture for picture in pictures if picture is not None)
    if figures.chat["platform"] == "wechat":
        words = tr(
            "WeChat exports hold no join dates of earlier members and no leaves: joins are those"
            " with a notice in this log.",
            "微信导出没有老成员的入群时间,也看不到退群:这里只含有入群提示的人。",
        )
        if figures.table("growth.lists").height:
            words = tr(
                "WeChat exports hold no join dates of earlier members and no leaves: who left is"
                " known from the member lists alone.",
                "微信导出没有老成员的入群时间,也看不到退群:谁退了群只能由两次名单对出来。",
            )
        blocks.append(Note(text=text(words), tone="quiet"))
    return Section(
        key="newcomers", title=tr("Newcomers and invitations", "新人与裂变"), blocks=tuple(blocks)
    )


def _period_joins(figures: Figures) -> pl.DataFrame:
    period = figures.ctx.period
    return figures.table("growth.joins").filter(
        pl.col("joined_on").is_between(period.first_on, period.last_on)
    )


def _came(figures: Figures) -> Text | None:
    tr, lang = figures.tr, figures.lang
    joins = _period_joins(figures)
    if joins.is_empty():
        return None
    ways = joins.group_by("way").len().sort("len", "way", descending=[True, False])
    parts = [f"{label('way', way, lang)} {people(n, lang)}" for way, n in ways.iter_rows()]
    spoke = joins.filter(pl.col("first_message_at").is_not_null()).height
    return labelled(
        tr(f"{people(joins.height, lang)} joined", f"进群 {joins.height} 人"),
        tr(": ", ":"),
        tr(", ", "、").join(parts),
        tr(f"; {spoke} of them spoke so far.", f";其中 {spoke} 人已开口。")
        if _can_tell(figures)
        else tr(".", "。"),
    )


def _can_tell(figures: Figures) -> bool:
    return bool(figures.row("growth.activation").get("can_tell"))


def _activated(figures: Figures) -> Text | None:
    tr, lang = figures.tr, figures.lang
    row = figures.row("growth.activation")
    if not row or not figures.table("growth.joins").height:
        return None
    if not row["can_tell"]:
        linked = row.get("linked_share")
        share = "" if linked is None else per_cent(linked, lang)
        return text(
            tr(
                f"Activation: cannot tell (only {share} of the join notices could be tied to a"
                " member).",
                f"新人开口率:无法判断(进群提示只有 {share} 对得上成员)。",
            )
        )
    due, activated = row["due_all"], row["activated_all"]
    if not due:
        return None
    least = figures.ctx.settings.min_cases_share
    rate = "" if due < least or activated is None else f"({per_cent(activated / due, lang)})"
    return labelled(
        tr("Since the log began", "记录期内"),
        tr(
            f": of {due} newcomers at least 3 days old, {activated} spoke within 3 days {rate}.",
            f":满 3 天的新人 {due} 位,3 天内开口 {activated} 位{rate}。",
        ),
    )


def _quiet(figures: Figures) -> Text | None:
    tr, lang = figures.tr, figures.lang
    quiet = quiet_newcomers(figures)
    if quiet.is_empty() or not _can_tell(figures):
        return None
    who = names(quiet["display_name"].to_list(), lang, most=8)
    return labelled(
        tr("Joined in the last 14 days, not heard yet", "近 14 天进群、还没开口"),
        tr(f" ({quiet.height}): {who}.", f"({quiet.height} 人):{who}。"),
    )


def _left(figures: Figures) -> Text | None:
    tr, lang = figures.tr, figures.lang
    period = figures.ctx.period
    gone = figures.table("growth.leavers").filter(
        pl.col("left_on").is_between(period.first_on, period.last_on)
    )
    if gone.is_empty():
        return None
    who = names(gone["display_name"].to_list(), lang, most=8)
    never = gone.filter(pl.col("messages") == 0).height
    tail = tr(f"; {never} of them never spoke", f";其中 {never} 人从未发言") if never else ""
    return labelled(
        tr(f"{people(gone.height, lang)} left", f"退群 {gone.height} 人"),
        tr(f": {who}{tail}.", f":{who}{tail}。"),
    )


def _between_lists(figures: Figures) -> list[Text]:
    """Say who came and went between lists of which the second (or the middle) is in the period."""
    tr, lang, ctx = figures.tr, figures.lang, figures.ctx
    period = ctx.period
    local = [pl.col(name).dt.convert_time_zone(ctx.tz) for name in ("after", "until")]
    pairs = figures.table("growth.lists").with_columns(local)
    listed = figures.table("growth.listed").with_columns(local)
    middle = pl.col("after") + (pl.col("until") - pl.col("after")) / 2
    inside = pl.col("until").dt.date().is_between(period.first_on, period.last_on)
    inside |= middle.dt.date().is_between(period.first_on, period.last_on)
    said = []
    for row in pairs.filter(inside).iter_rows(named=True):
        moved = listed.filter(pl.col("until") == pl.lit(row["until"]))
        first, last = short_date(row["after"].date()), short_date(row["until"].date())
        facts = [
            _named(figures, moved.filter(event=event), words)
            for event, words in (
                ("leave", (" gone", "不见了")),
                ("join", (" new without a notice", "新出现(记录里没有进群提示)")),
            )
        ]
        unmatched = row["names_gone"] + row["names_new"]
        if unmatched:
            facts.append(
                tr(
                    f"{row['names_gone']} names gone and {row['names_new']} new that cannot be"
                    " matched (left, joined or renamed)",
                    f"另有 {row['names_gone']} 个名字消失、{row['names_new']} 个新出现,"
                    "对不上(退群、进群或改名)",
                )
            )
        told = [fact for fact in facts if fact] or [tr("nobody came or went", "没有人进出")]
        sizes = (row["members_before"], row["members_after"])
        counted = tr(
            f" ({people(sizes[0], lang)} before, {people(sizes[1], lang)} after)",
            f"({sizes[0]} 人 → {sizes[1]} 人)",
        )
        said.append(
            labelled(
                tr(f"Between the lists of {first} and {last}", f"{first} 与 {last} 两次名单之间"),
                tr(f"{counted}: ", f"{counted}:") + tr("; ", ";").join(told) + tr(".", "。"),
            )
        )
    return said


def _named(figures: Figures, moved: pl.DataFrame, words: tuple[str, str]) -> str:
    if moved.is_empty():
        return ""
    lang = figures.lang
    who = names(moved["display_name"].to_list(), lang, most=8)
    return figures.tr(
        f"{people(moved.height, lang)}{words[0]}: {who}", f"{moved.height} 人{words[1]}:{who}"
    )


def _inviters(figures: Figures) -> Table | None:
    tr = figures.tr
    inviters = figures.table("inviters.inviters")
    if inviters.is_empty():
        return None
    columns = (
        Column(key="inviter", title=tr("Inviter", "邀请人"), unit="name"),
        Column(key="invitees", title=tr("Invited", "邀请"), unit="count"),
        Column(key="spoke", title=tr("Spoke", "开口"), unit="count"),
        Column(key="still_active", title=tr("Active, 28 days", "近 28 天发过言"), unit="count"),
        Column(key="left", title=tr("Left", "已退群"), unit="count"),
        Column(key="invitees_in_period", title=tr("This period", "本期邀请"), unit="count"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            row["inviter_name"] or row["inviter_id"],
            row["invitees"],
            row["spoke"],
            row["still_active"],
            row["left"],
            row["invitees_in_period"],
        )
        for row in inviters.head(SHOWN_INVITERS).iter_rows(named=True)
    ]
    total = inviters.height
    title = tr(
        f"Inviters over the whole log (first {len(rows)} of {total})",
        f"邀请人(记录期内,前 {len(rows)} 位,共 {total} 位)",
    )
    return Table(key="inviters", title=title, columns=columns, rows=tuple(rows))
