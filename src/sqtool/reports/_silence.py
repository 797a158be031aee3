"""流失预警: who may go silent, why, and who should talk to them."""

import polars as pl

from sqtool.numerals import number, per_cent, share
from sqtool.reports import _charts
from sqtool.reports._figures import Figures
from sqtool.reports._labels import label
from sqtool.reports._model import (
    Block,
    Cell,
    Column,
    Note,
    Quantity,
    Section,
    Span,
    Table,
    Text,
    strong,
    text,
)
from sqtool.reports._say import name, names, people

SHOWN = 8
QUIET_DAYS, QUIET_GAPS = 7, 5
"""Out of rhythm: silent for a week at least, and five times as long as usual."""

CHECKED_FROM_DAY = 120
"""The scorecard was fitted and checked on snapshots from this day of a chat on."""


def at_risk(figures: Figures) -> pl.DataFrame:
    """Return the members to contact, those the group would miss most first.

    High or medium risk; and, whatever their probability, core and active members whose silence is
    far beyond their own rhythm: somebody who wrote daily and has been quiet for two weeks is worth
    a word even if most such people come back. Nobody while the log is shorter than the window the
    probability is about.
    """
    risk = figures.table("churn.risk")
    if figures.log_days < figures.ctx.settings.churn.window_days:
        return risk.clear()
    return risk.filter(pl.col("band").is_in(["high", "medium"]) | _out_of_rhythm())


def _out_of_rhythm() -> pl.Expr:
    carries = pl.col("layer").is_in(["core", "active"])
    quiet = pl.col("days_silent") >= pl.max_horizontal(
        QUIET_DAYS, QUIET_GAPS * pl.col("median_gap_days")
    )
    return (carries & pl.col("median_gap_days").is_not_null() & quiet).fill_null(False)


def build(figures: Figures) -> Section | None:
    """Build the section; it opens with what became of the last list."""
    tr, lang = figures.tr, figures.lang
    summary = figures.row("churn.summary")
    risk = figures.table("churn.risk")
    if not summary or (risk.is_empty() and figures.table("churn.once").is_empty()):
        return None
    title = tr("Churn risk", "流失预警")
    window = figures.ctx.settings.churn.window_days
    if figures.log_days < window:
        words = tr(
            f"The log spans {figures.log_days} days; who goes silent can be judged after {window}.",
            f"记录只有 {figures.log_days} 天,满 {window} 天后才能判断谁在沉默。",
        )
        return Section(key="churn", title=title, blocks=(Note(text=text(words)),))
    blocks: list[Block] = []
    followed = _follow_up(figures)
    if followed:
        blocks.append(Note(text=followed))
    listed = at_risk(figures).head(SHOWN)
    if listed.height:
        title = tr(
            f"Churn risk: contact these {listed.height} first",
            f"流失预警:先联系这 {listed.height} 位",
        )
        blocks.append(_table(figures, listed))
        if (listed["band"] == "low").any():
            words = tr(
                "Low and listed all the same: core and active members silent for five times their"
                " usual gap.",
                "概率低也列出的,是沉默超过平时间隔 5 倍的核心和活跃成员。",
            )
            blocks.append(Note(text=text(words), tone="quiet"))
    else:
        words = tr(
            "Nobody with high or medium risk among those who spoke in the last 28 days, and nobody"
            " far out of rhythm.",
            "近 28 天发过言的成员里,没有高、中风险,也没有人远超自己的平时间隔。",
        )
        blocks.append(Note(text=text(words)))
    unseen = at_risk(figures).slice(SHOWN).filter(pl.col("band") == "high")
    if unseen.height:
        who = names(unseen["display_name"].to_list(), lang, most=6)
        words = tr(f"High risk, but with less to lose: {who}.", f"高风险、但参与较少的:{who}。")
        blocks.append(Note(text=text(words)))
    picture = _charts.risk(figures)
    if picture is not None:
        blocks.append(picture)
    blocks.append(Note(text=_totals(figures)))
    blocks.append(Note(text=text(_model_words(figures)), tone="quiet"))
    return Section(key="churn", title=title, blocks=tuple(blocks))


def _table(figures: Figures, listed: pl.DataFrame) -> Table:
    tr, lang = figures.tr, figures.lang
    columns = (
        Column(key="member", title=tr("Member", "成员"), unit="name"),
        Column(
            key="probability",
            title=tr("Silent in the next 28 days", "28 天内沉默概率"),
            unit="text",
        ),
        Column(key="days_silent", title=tr("Silent for", "已沉默"), unit="days"),
        Column(key="median_gap_days", title=tr("Usual gap", "平时间隔"), unit="mixed"),
        Column(key="reasons", title=tr("Why", "为什么"), unit="text"),
        Column(key="contact", title=tr("Who should talk", "谁去聊"), unit="text"),
    )
    joiner = tr("; ", ";")
    rows: list[tuple[Cell, ...]] = []
    for row in listed.iter_rows(named=True):
        band = label("band", row["band"], lang)
        contact: Cell = None
        if row["contact_name"] is not None:
            why = row.get("contact_why")
            contact = name(row["contact_name"], lang) + (tr(f" ({why})", f"({why})") if why else "")
        rows.append(
            (
                row["display_name"] or row["member_id"],
                f"{_chance(row['probability'], row['band'], figures)} {band}",
                row["days_silent"],
                Quantity(value=row["median_gap_days"], unit="days"),
                joiner.join((row["reasons"] or [])[:3]) or None,
                contact,
            )
        )
    return Table(key="at_risk", columns=columns, rows=tuple(rows))


def _chance(probability: float, band: str, figures: Figures) -> str:
    """Whole per cent; one decimal where rounding would carry it over the edge of its band."""
    cuts = figures.ctx.settings.churn
    edge = {"low": cuts.medium, "medium": cuts.high}.get(band)
    if edge is not None and round(probability * 100) >= edge * 100:
        return share(probability, figures.lang)
    return per_cent(probability, figures.lang)


def _follow_up(figures: Figures) -> Text | None:
    tr, lang = figures.tr, figures.lang
    listed = figures.table("churn.follow_up")
    days = (figures.ctx.period.first_on - figures.ctx.previous.first_on).days
    if listed.is_empty() or figures.log_days - days < figures.ctx.settings.churn.window_days:
        return None  # a period ago the log was too short for a list
    back = listed.filter(pl.col("spoke_again"))
    head = tr(
        f"Of the {listed.height} at high or medium risk a period ago, ",
        f"上期高、中风险 {listed.height} 位,",
    )
    if back.is_empty():
        return text(head, tr("none has spoken again.", "还没有人回来。"))
    who = names(back["display_name"].to_list(), lang)
    return text(
        head,
        strong(tr(f"{back.height} spoke again", f"{back.height} 位已回来")),
        tr(f" ({who}).", f"({who})。"),
    )


def _totals(figures: Figures) -> Text:
    tr, lang = figures.tr, figures.lang
    risk = figures.table("churn.risk")
    shown = min(SHOWN, at_risk(figures).height)
    counts = {
        band: risk.filter(pl.col("band") == band).height for band in ("high", "medium", "low")
    }
    once = figures.table("churn.once").height
    parts: list[Text | str] = [
        tr(
            f"High {counts['high']}, medium {counts['medium']}, low {counts['low']}",
            f"高风险 {counts['high']} 人,中 {counts['medium']} 人,低 {counts['low']} 人",
        )
    ]
    hidden = at_risk(figures).height - shown
    if hidden > 0:
        said = tr(
            f"{shown} of the {shown + hidden} to watch are shown, the rest are in ",
            f"需要留意的 {shown + hidden} 人里列出 {shown} 人,其余见 ",
        )
        parts.append(text(said, Span(text="sqtool churn", style="code")))
    if once:
        parts.append(
            tr(
                f"{people(once, lang)} spoke on one day only and are not listed",
                f"另有 {once} 位「只说过一次」,不逐一列出",
            )
        )
    joined: list[Text | str] = []
    for part in parts:
        joined.extend((tr("; ", ";"), part) if joined else (part,))
    return text(*joined, tr(".", "。"))


def _model_words(figures: Figures) -> str:
    summary = figures.row("churn.summary")
    auc, ece = summary.get("card_auc"), summary.get("card_ece")
    groups = summary.get("card_groups")
    if auc is None or ece is None:
        return ""
    said = figures.tr(
        f"The probability is a fitted scorecard: checked group by group on {groups} public chats it"
        f" had never seen, it ranks right {number(auc, decimals=2)} of the time (AUC) and is"
        f" off by {number(ece * 100, decimals=1)} points on average.",
        f"概率来自打分卡:在 {groups} 个公开群上逐群留出检验,"
        f"排序正确率(AUC){number(auc, decimals=2)},概率误差 {number(ece * 100, decimals=1)} 点。",
    )
    if figures.log_days < CHECKED_FROM_DAY:
        said += figures.tr(
            f" The check was on chats of at least {CHECKED_FROM_DAY} days; this log has"
            f" {figures.log_days}: take it as a hint.",
            f"检验用的群都满 {CHECKED_FROM_DAY} 天,本群只有 {figures.log_days} 天,仅供参考。",
        )
    return said
