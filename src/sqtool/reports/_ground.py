"""口径: what the figures stand on. Every number in the review carries this ground."""

import polars as pl

from sqtool.config import changed, said
from sqtool.numerals import per_cent
from sqtool.reports._figures import Figures
from sqtool.reports._labels import label
from sqtool.reports._model import Note, Section, Span, Text, text


def build(figures: Figures) -> Section:
    """Build the small print: period, T, zone, list, rows used and skipped, thresholds."""
    sentences = [
        _time(figures),
        _rows(figures),
        _people(figures),
        _links(figures),
        _limits(figures),
        _thresholds(figures),
    ]
    joiner = " " if figures.lang == "en" else ""
    body = joiner.join(sentence for sentence in sentences if sentence)
    return Section(
        key="ground",
        title=figures.tr("How this was counted", "口径"),
        blocks=(Note(text=text(body, _changed(figures)), tone="quiet"),),
    )


def _time(figures: Figures) -> str:
    ctx, tr = figures.ctx, figures.tr
    local = ctx.as_of.astimezone(ctx.zone)
    source = {
        "flag": tr("given with --as-of", "由 --as-of 指定"),
        "export": tr("the moment of the export", "导出时刻"),
        "newest": tr("the newest message", "最新一条消息"),
    }[ctx.as_of_source]
    return tr(
        f"As of {local:%Y-%m-%d %H:%M} ({source}), time zone {ctx.tz}; a day is a calendar day"
        " there, a week runs Monday to Sunday, 'the last 28 days' end on the period's last day.",
        f"数据截至 {local:%Y-%m-%d %H:%M}({source}),时区 {ctx.tz};一天按当地日历日,"
        "一周为周一至周日,「近 28 天」止于本期最后一天。",
    )


def _rows(figures: Figures) -> str:
    tr, imports, issues = figures.tr, figures.data.imports, figures.data.issues
    used = (
        figures.data.messages.filter(
            pl.col("sent_at") <= figures.ctx.as_of, pl.col("kind") != "system"
        )
        .select(pl.len())
        .collect()
        .item()
    )
    said = tr(f"{used:,} messages used", f"用到 {used:,} 条消息")
    notices = (
        figures.data.messages.filter(
            pl.col("sent_at") <= figures.ctx.as_of, pl.col("kind") == "system"
        )
        .select(pl.len())
        .collect()
        .item()
    )
    said += tr(f" and {notices:,} notices", f"、{notices:,} 条系统提示")
    if imports.height:
        duplicates = int(imports["rows_duplicate"].fill_null(0).sum())
        skipped = int(imports["rows_skipped"].fill_null(0).sum())
        said += tr(f"; {duplicates:,} duplicates", f";重复 {duplicates:,} 条")
        codes = (
            issues.filter(pl.col("rows") > 0)
            .group_by("code")
            .agg(pl.col("rows").sum())
            .sort("rows", "code", descending=[True, False])
        )
        listed = tr(", ", "、").join(f"{code} {rows:,}" for code, rows in codes.iter_rows())
        said += tr(f", {skipped:,} skipped", f",跳过 {skipped:,} 条")
        said += (
            f" ({listed})" if listed and figures.lang == "en" else f"({listed})" if listed else ""
        )
    return said + tr(".", "。")


def _people(figures: Figures) -> str:
    tr, lang, chat = figures.tr, figures.lang, figures.chat
    said = []
    if not chat["has_roster"]:
        said.append(
            tr(
                "No member list: people who never spoke are unknown, shares are among those seen.",
                "没有成员名单:从未发言的人未知,占比只算见过的人。",
            )
        )
    else:
        source = label("roster_source", chat["roster_source"], lang)
        said.append(tr(f"Member list: {source}.", f"成员名单:{source}。"))
    members = figures.table("pyramid.members")
    if members.filter(pl.col("layer") == "staff").is_empty():
        said.append(
            tr(
                "Staff unknown: nobody is counted as staff (name them with --staff).",
                "运营身份未知:没有人被算作运营(可用 --staff 指定)。",
            )
        )
    weak = members.filter(pl.col("member_id").str.starts_with("name:")).height
    if weak:
        said.append(
            tr(
                f"{weak} members are known by name only; equal names count as one.",
                f"{weak} 位成员只有名字没有编号,同名会算作一人。",
            )
        )
    return (" " if lang == "en" else "").join(said)


def _links(figures: Figures) -> str:
    tr, chat = figures.tr, figures.chat
    said = []
    replies = (
        figures.data.messages.filter(
            pl.col("sent_at") <= figures.ctx.as_of, pl.col("reply_to_member").is_not_null()
        )
        .select(pl.len())
        .collect()
        .item()
    )
    if chat["has_replies"]:
        said.append(tr(f"Replies: {replies:,} true quotes.", f"回复关系:真实引用 {replies:,} 条。"))
    else:
        said.append(
            tr("This format records no replies.", "这种导出不记录引用回复,相关得分只来自 @ 提及。")
        )
    named, linked = chat["joins_named"] or 0, chat["joins_linked"] or 0
    if named:
        share = per_cent(linked / named, figures.lang)
        said.append(
            tr(
                f"{named:,} joiners are known by name only, {linked:,} ({share}) of them tied to a"
                " member who spoke.",
                f"进群提示中 {named:,} 人只有名字,其中 {linked:,} 人({share})对上了发过言的成员。",
            )
        )
    return (" " if figures.lang == "en" else "").join(said)


def _limits(figures: Figures) -> str:
    return figures.tr(
        "Not in this version: questions, topics, content, events, ads, health score.",
        "本版未含:提问与响应、话题、内容、活动、广告、健康分。",
    )


def _thresholds(figures: Figures) -> str:
    settings = figures.ctx.settings
    churn, verdict, pyramid = settings.churn, settings.verdict, settings.pyramid
    lang = figures.lang
    return figures.tr(
        f"Thresholds: high risk from {per_cent(churn.high, lang)}, medium from"
        f" {per_cent(churn.medium, lang)}; cooling and warming from"
        f" {per_cent(verdict.trend_change, lang)} against the four weeks before; core: active in at"
        f" least {pyramid.core_weeks} of {pyramid.weeks} weeks; shares of fewer than"
        f" {settings.min_cases_share} cases are not shown as shares.",
        f"阈值:高风险 ≥ {per_cent(churn.high, lang)},中 ≥ {per_cent(churn.medium, lang)};"
        f"降温/升温为较前 4 周均值变化 ≥ {per_cent(verdict.trend_change, lang)};"
        f"核心需近 {pyramid.weeks} 周至少 {pyramid.core_weeks} 周活跃;"
        f"少于 {settings.min_cases_share} 例的比例不显示。",
    )


def _changed(figures: Figures) -> Text:
    """Name the thresholds that are not the usual ones: they make figures incomparable."""
    own, tr = changed(figures.ctx.settings), figures.tr
    if not own:
        return ()
    parts: list[str | Span] = []
    for key, value, usual in own:
        now, was = said(value), said(usual)
        parts += [tr(", ", "、") if parts else "", Span(text=key, style="code")]
        parts.append(tr(f" = {now} ({was})", f" = {now}({was})"))
    head = tr(
        " Changed in the settings (default in brackets): ", "设置里改过的阈值(括号内为默认值):"
    )
    return text(head, *parts, tr(".", "。"))
