"""The weekly review of one chat: thirteen sections at most, each earned by the data.

一个群的周报:每一句都由数据按规则得出。

Sections with nothing to say are left out; what cannot be computed says why. The same dataset and
context give the same report.
"""

from collections.abc import Callable

import polars as pl

from sqtool.context import Context
from sqtool.metrics.churn import METRIC as CHURN
from sqtool.metrics.inviters import METRIC as INVITERS
from sqtool.metrics.pyramid import METRIC as PYRAMID
from sqtool.numerals import short_date, weekday
from sqtool.reports import (
    _actions,
    _ground,
    _headline,
    _layers,
    _newcomers,
    _overview,
    _silence,
    _verdict,
)
from sqtool.reports._blocks import block, result_table
from sqtool.reports._figures import Figures, collect
from sqtool.reports._labels import label
from sqtool.reports._lang import chat_lang
from sqtool.reports._model import Report, Section, Table, Text, strong, text
from sqtool.reports._say import name, people
from sqtool.schema import Dataset

_NUMERALS = "一二三四五六七八九十"

_BODY: tuple[Callable[[Figures], Section | None], ...] = (
    _overview.build,
    _verdict.build,
    _layers.build,
    _silence.build,
    _newcomers.build,
)


def build(data: Dataset, ctx: Context | None = None) -> Report:
    """Build the weekly review.

    Args:
        data: A dataset of exactly one chat.
        ctx: Period and thresholds; worked out from the data if missing.

    Returns:
        The report model; renderers write it.
    """
    ctx = ctx or Context.of(data, lang=chat_lang(data))
    figures = collect(data, ctx)
    actions = _actions.plan(figures)
    body = [section for make in _BODY if (section := make(figures)) is not None]
    if figures.lang == "zh":
        body = [
            section.model_copy(update={"title": f"{numeral}、{section.title}"})
            for numeral, section in zip(_NUMERALS, body, strict=False)
        ]
    closing = [_actions.build(figures, actions), _ground.build(figures)]
    sections = [_headline.build(figures, actions), *body, *(s for s in closing if s is not None)]
    kind = (
        figures.tr("weekly review", "周报")
        if _overview.is_week(figures)
        else figures.tr("review", "复盘")
    )
    title = f"{name(figures.chat['name'], figures.lang)} {kind}"
    return Report(
        kind="weekly",
        lang=figures.lang,
        title=title,
        subtitle=_subtitle(figures),
        sections=tuple(sections),
        tables=_lists(figures),
    )


def _lists(figures: Figures) -> tuple[Table, ...]:
    """Return the whole lists of which the sections show the beginning, if these show them."""
    old_enough = figures.log_days >= figures.ctx.settings.churn.window_days
    wanted = (
        (CHURN, "risk", old_enough),
        (PYRAMID, "moves", figures.had_layers),
        (INVITERS, "inviters", True),
    )
    made = []
    for metric, key, is_shown in wanted:
        if not is_shown:
            continue
        table = metric.table(key)
        frame = figures.table(f"{metric.name}.{key}")
        if frame.height:
            columns = [c.key for c in table.columns if c.key != "chat_id"]
            result = result_table(table, frame, figures.ctx)
            made.append(block(result, figures.lang, columns=columns, title=True))
    return tuple(made)


def _subtitle(figures: Figures) -> Text:
    ctx, tr, lang = figures.ctx, figures.tr, figures.lang
    first, last = ctx.period.first_on, ctx.period.last_on
    before = f"{short_date(ctx.previous.first_on)}–{short_date(ctx.previous.last_on)}"
    local = ctx.as_of.astimezone(ctx.zone)
    chat = figures.chat
    listed = tr("no member list", "没有成员名单")
    if chat["has_roster"]:
        counted = figures.table("pyramid.layers").filter(pl.col("layer") != "unlisted")
        source = label("roster_source", chat["roster_source"], lang)
        total = people(int(counted["members"].sum()), lang)
        listed = tr(f"member list: {total} ({source})", f"名单:{total}({source})")
    running = tr(" (running)", "(未结束)") if ctx.period.running else ""
    parts = (
        tr(f"against {before}", f"对比 {before}"),
        tr(f"time zone {ctx.tz}", f"时区 {ctx.tz}"),
        tr(f"as of {local:%m-%d %H:%M}", f"数据截至 {local:%m-%d %H:%M}"),
        listed,
    )
    span = f"{first}({weekday(first, lang)})– {short_date(last)}({weekday(last, lang)})"
    if lang == "en":
        span = f"{weekday(first, lang)} {first} – {weekday(last, lang)} {short_date(last)}"
    return text(strong(span + running), " · ", " · ".join(parts))
