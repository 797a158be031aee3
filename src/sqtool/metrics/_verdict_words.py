"""The sentences of evidence behind a verdict, built as expressions in the language of the run."""

import polars as pl

from sqtool.context import Context


def percent(value: pl.Expr, *, signed: bool = False) -> pl.Expr:
    """``31.2 %`` of a share; signed: ``−31.2 %`` or ``+31.2 %``."""
    digits = pl.format("{} %", _digits(value * 100))
    if not signed:
        return digits
    plus = pl.when(value > 0).then(pl.lit("+")).otherwise(pl.lit(""))
    return pl.when(value < 0).then(pl.lit("−")).otherwise(plus) + digits


def _number(value: pl.Expr) -> pl.Expr:
    sign = pl.when(value < 0).then(pl.lit("−")).otherwise(pl.lit(""))
    return sign + _digits(value)


def _digits(value: pl.Expr) -> pl.Expr:
    """Without sign, at most one decimal."""
    return value.abs().cast(pl.Float64).round(1).cast(pl.String).str.strip_suffix(".0")


def _limit(share: float) -> str:
    return f"{share * 100:g} %"


def _or(text: pl.Expr, otherwise: str) -> pl.Expr:
    return pl.coalesce(text, pl.lit(otherwise))


def evidence(rule: str, ctx: Context) -> pl.Expr:
    """Return the sentence for one rule, over a row of ``_verdict_facts.facts``.

    It says the same whether the rule fired or not: the values, the thresholds, and what could not
    be tested. Never null.
    """
    zh = ctx.lang == "zh"
    if rule == "thin":
        return _thin(ctx, zh=zh)
    if rule == "dead":
        return _dead(ctx, zh=zh)
    if rule == "zombie":
        return _zombie(ctx, zh=zh)
    if rule in ("cooling", "warming"):
        return _trend(rule, ctx, zh=zh)
    if rule == "steady":
        return pl.lit("其他规则都没有触发" if zh else "no other rule fired")
    return pl.lit("本版本不检验" if zh else "not tested by this version")


def _thin(ctx: Context, *, zh: bool) -> pl.Expr:
    cut = ctx.settings.verdict
    template = (
        f"首条消息距今 {{}} 天(门槛 {cut.thin_span_days} 天),共 {{}} 条消息"
        f"(不满 {cut.thin_messages_span_days} 天时门槛 {cut.thin_messages} 条)"
        if zh
        else f"first message {{}} days ago (threshold {cut.thin_span_days}), {{}} messages "
        f"(threshold {cut.thin_messages} while under {cut.thin_messages_span_days} days)"
    )
    return _or(
        pl.format(template, "span_days", "messages"), "还没有消息" if zh else "no message yet"
    )


def _dead(ctx: Context, *, zh: bool) -> pl.Expr:
    days = ctx.settings.verdict.dead_silent_days
    said = pl.format(
        f"成员最近一次发言在 {{}} 天前(门槛 {days} 天)"
        if zh
        else f"last message of a member {{}} days ago (threshold {days})",
        "silent_days",
    )
    never = "从未见到运营以外的人发言" if zh else "nobody but staff was ever seen writing"
    everyone = ";不知道谁是运营,按所有人算" if zh else "; staff unknown, everybody counted"
    note = pl.when("staff_known").then(pl.lit("")).otherwise(pl.lit(everyone))
    wrote = pl.col("messages") > 0
    nothing = pl.lit("还没有消息" if zh else "no message yet")
    return pl.when(wrote).then(_or(said, never) + note).otherwise(nothing)


def _zombie(ctx: Context, *, zh: bool) -> pl.Expr:
    cut = ctx.settings.verdict
    staff = pl.format(
        f"近 {cut.window_days} 天运营占消息的 {{}}(门槛 {_limit(cut.zombie_staff_share)})"
        if zh
        else f"staff wrote {{}} of the messages in {cut.window_days} days "
        f"(threshold {_limit(cut.zombie_staff_share)})",
        percent(pl.col("staff_share")),
    )
    top = pl.format(
        f"前 2 人占 {{}}(门槛 {_limit(cut.zombie_top2_share)},已知成员 {{}} 人,"
        f"门槛 {cut.zombie_top2_members} 人)"
        if zh
        else f"the top two wrote {{}} (threshold {_limit(cut.zombie_top2_share)}; {{}} known "
        f"members, threshold {cut.zombie_top2_members})",
        percent(pl.col("top2_share")),
        "known_members",
    )
    speaking = pl.format(
        f"近 {cut.zombie_weeks} 周发言率最高 {{}}(门槛 {_limit(cut.zombie_speaking_share)})"
        if zh
        else f"at most {{}} of the roster spoke in each of {cut.zombie_weeks} weeks "
        f"(threshold {_limit(cut.zombie_speaking_share)})",
        percent(pl.col("speaking_share")),
    )
    no_messages = pl.col("messages_28") == 0
    why_no_staff = (
        pl.when(no_messages)
        .then(
            pl.lit("近期没有消息,运营占比未检验" if zh else "no messages, staff share not tested")
        )
        .otherwise(pl.lit("不知道谁是运营,运营占比未检验" if zh else "staff unknown, not tested"))
    )
    no_top = "近期没有消息,前 2 人占比未检验" if zh else "no messages, top two not tested"
    why_no_roster = (
        pl.when(pl.col("roster").is_null())
        .then(pl.lit("没有名单,发言率未检验" if zh else "no roster, speaking share not tested"))
        .otherwise(
            pl.lit(
                f"记录不满 {cut.zombie_weeks} 周,发言率未检验"
                if zh
                else f"under {cut.zombie_weeks} weeks of log, speaking share not tested"
            )
        )
    )
    return pl.concat_str(
        pl.coalesce(staff, why_no_staff),
        _or(top, no_top),
        pl.coalesce(speaking, why_no_roster),
        separator=";" if zh else "; ",
    )


def _trend(rule: str, ctx: Context, *, zh: bool) -> pl.Expr:
    cut = ctx.settings.verdict
    weeks = pl.min_horizontal("full_weeks", pl.lit(cut.trend_weeks))
    sign = "−" if rule == "cooling" else "+"

    def part(series: str, title: str) -> pl.Expr:
        return pl.format(
            f"{title} {{}},前 {cut.trend_weeks_before} 周均值 {{}}({{}}),{{}} 周趋势每周 {{}}"
            if zh
            else f"{title} {{}} against a mean of {{}} ({{}}), trend over {{}} weeks {{}} a week",
            f"{series}_7",
            _number(pl.col(f"{series}_before")),
            percent(pl.col(f"{series}_change"), signed=True),
            weeks,
            _number(pl.col(f"{series}_slope")),
        )

    limit = (
        f"(门槛 {sign}{_limit(cut.trend_change)})"
        if zh
        else f" (threshold {sign}{_limit(cut.trend_change)})"
    )
    said = pl.concat_str(
        part("messages", "近 7 天消息" if zh else "messages of 7 days"),
        part("speakers", "发言人数" if zh else "speakers"),
        separator=";" if zh else "; ",
    ) + pl.lit(limit)
    short = pl.format(
        f"完整的周只有 {{}} 个,至少要 {cut.trend_full_weeks} 个"
        if zh
        else f"{{}} full weeks of log, needs {cut.trend_full_weeks}",
        "full_weeks",
    )
    flat = pl.lit(
        "此前几周没有消息可比" if zh else "no messages in the weeks before to compare with"
    )
    enough = pl.col("full_weeks") >= cut.trend_full_weeks
    return pl.when(enough).then(pl.coalesce(said, flat)).otherwise(short)
