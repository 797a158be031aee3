"""A verdict per chat: dead, zombie, cooling … the rule that fired, its evidence, what to do.

群体检:死群、僵尸群、降温等判定,触发的规则与证据,以及建议动作。

Reads: messages, members, chats. The rules and their thresholds (``verdict`` in the settings) are
ours: no standard exists. They are tried in a fixed order and the first that fires is the verdict;
every rule shows its numbers, fired or not. Bots are left out throughout; windows are local days
ending with the review period.

=========  =============================================================================
thin       first message < 14 days ago, or < 50 messages and < 28 days
dead       no message of a non-staff human for ≥ 14 days
ads        needs a later version: not tested
zombie     last 28 days: staff ≥ 90 % of messages, or the top two senders ≥ 90 % in a chat of ≥ 10
           known members; or speakers < 5 % of a known roster in each of 4 weeks
check_in   needs a later version: not tested
cooling    messages or speakers of the last 7 days ≥ 25 % under the mean of the 4 weeks before, and
           that series' Theil–Sen slope over ≤ 8 weeks < 0; needs 5 full weeks
warming    the mirror image
steady     else
=========  =============================================================================

Caveats: where nobody is known to be staff, "non-staff" is everybody and the staff share is not
tested. Known members are the roster, else the people seen and not gone, or the number the export
states if that is higher. A chat without any message is ``thin``: there is nothing to judge by.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics import _verdict_words as say
from sqtool.metrics._base import Metric, Table
from sqtool.metrics._tables import (
    CHAT,
    count,
    flag,
    label,
    number,
    person,
    shaped,
    share,
    span_days,
    words,
)
from sqtool.metrics._verdict_facts import facts
from sqtool.schema import Dataset

RULES = ("thin", "dead", "ads", "zombie", "check_in", "cooling", "warming", "steady")
WORST_FIRST = ("dead", "ads", "zombie", "cooling", "thin", "check_in", "steady", "warming")
_ACTIONS = {"dead": "close", "zombie": "merge", "ads": "revive", "cooling": "revive"}

FACTS = (
    span_days("span_days", "days since the first message", "首条消息距今天数"),
    count("messages", "messages so far", "消息总数"),
    span_days("silent_days", "days without a member's message", "成员沉默天数"),
    count("messages_28", "messages in 28 days", "近 28 天消息"),
    count("known_members", "known members", "已知成员"),
    share("staff_share", "staff's share of messages", "运营消息占比"),
    share("top2_share", "share of the top two", "前 2 人占比"),
    share("speaking_share", "highest weekly speaking share", "各周发言率最高值"),
    count("full_weeks", "full weeks of log", "完整周数"),
    count("messages_7", "messages in 7 days", "近 7 天消息"),
    number("messages_before", "weekly mean before", "此前周均消息"),
    share("messages_change", "messages, change", "消息变化"),
    number("messages_slope", "messages, trend per week", "消息趋势(每周)"),
    count("speakers_7", "speakers in 7 days", "近 7 天发言人数"),
    number("speakers_before", "weekly mean of speakers before", "此前周均发言人数"),
    share("speakers_change", "speakers, change", "发言人数变化"),
    number("speakers_slope", "speakers, trend per week", "发言人数趋势(每周)"),
)

VERDICT = (
    CHAT,
    person("name", "chat", "群名"),
    label("verdict", "verdict", "判定", "verdict"),
    words("evidence", "evidence", "依据"),
    number("health", "health", "健康分"),
    label("action", "action", "建议动作", "action"),
    *FACTS,
)

_RULE = label("rule", "rule", "规则", "verdict")
_STATE = label("state", "state", "状态", "rule")
_VALUE = number("value", "value", "数值")
_THRESHOLD = number("threshold", "threshold", "门槛")

RULE_ROWS = (
    CHAT,
    count("place", "order", "次序"),
    _RULE,
    _STATE,
    flag("is_verdict", "decides", "决定判定"),
    _VALUE,
    _THRESHOLD,
    words("evidence", "evidence", "依据"),
)

CONDITIONS = (
    CHAT,
    count("place", "order", "次序"),
    _RULE,
    label("condition", "condition", "条件", "condition"),
    _STATE,
    _VALUE,
    _THRESHOLD,
    count("n", "cases", "样本数"),
)

_PARTS = {
    "thin": ("thin_span", "thin_messages"),
    "dead": ("dead_silence",),
    "zombie": ("zombie_staff", "zombie_top2", "zombie_speaking"),
    "cooling": ("cooling_messages", "cooling_speakers"),
    "warming": ("warming_messages", "warming_speakers"),
}


def _fired(rule: str) -> pl.Expr:
    """True: fired; false: tested, none of its conditions holds; null: not tested."""
    if rule == "steady":
        others = [_fired(r).fill_null(False) for r in RULES if r != "steady"]
        return ~pl.any_horizontal(others)
    if rule not in _PARTS:
        return pl.lit(None, pl.Boolean)
    parts = [pl.col(part) for part in _PARTS[rule]]
    tested = pl.any_horizontal(p.is_not_null() for p in parts)
    return pl.when(tested).then(pl.any_horizontal(p.fill_null(False) for p in parts))


def _state(fired: pl.Expr) -> pl.Expr:
    return (
        pl.when(fired.is_null())
        .then(pl.lit("not_tested"))
        .when(fired)
        .then(pl.lit("fired"))
        .otherwise(pl.lit("not_fired"))
    )


def _decision() -> pl.Expr:
    verdict = pl.lit(RULES[-1])
    for rule in reversed(RULES[:-1]):
        verdict = pl.when(_fired(rule).fill_null(False)).then(pl.lit(rule)).otherwise(verdict)
    return verdict


def _measures(ctx: Context) -> dict[str, tuple[pl.Expr, float, pl.Expr]]:
    """Value, threshold and number of cases of each condition."""
    rule = ctx.settings.verdict
    every, recent = pl.col("messages"), pl.col("messages_28")
    trends = {
        f"{way}_{y}": (pl.col(f"{y}_change"), sign * rule.trend_change, pl.col("full_weeks"))
        for way, sign in (("cooling", -1), ("warming", 1))
        for y in ("messages", "speakers")
    }
    return {
        "thin_span": (pl.col("span_days"), rule.thin_span_days, every),
        "thin_messages": (every, rule.thin_messages, every),
        "dead_silence": (pl.col("silent_days"), rule.dead_silent_days, every),
        "zombie_staff": (pl.col("staff_share"), rule.zombie_staff_share, recent),
        "zombie_top2": (pl.col("top2_share"), rule.zombie_top2_share, recent),
        "zombie_speaking": (
            pl.col("speaking_share"), rule.zombie_speaking_share, pl.col("roster"),
        ),
        **trends,
    }  # fmt: skip


def verdict(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat, worst first (``VERDICT``): verdict, evidence, action, numbers.

    ``evidence`` is in the language of the context. ``health`` is null until its parts exist. The
    action for a zombie group is to merge it, or to revive it if it is the only chat of the run.
    """
    evidence = pl.lit(None, pl.String)
    for rule in RULES:
        told = say.evidence(rule, ctx)
        evidence = pl.when(pl.col("verdict") == rule).then(told).otherwise(evidence)
    action = pl.col("verdict").replace_strict(_ACTIONS, default="keep", return_dtype=pl.String)
    alone = (pl.len() + ctx.other_chats == 1) & (action == "merge")
    rows = (
        facts(data, ctx)
        .with_columns(verdict=_decision())
        .with_columns(
            evidence=evidence,
            health=pl.lit(None, pl.Float64),
            action=pl.when(alone).then(pl.lit("revive")).otherwise(action),
        )
    )
    return worst_first(rows, data, ctx)


def worst_first(rows: pl.LazyFrame, data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the rows of ``VERDICT`` in their order: verdict, health, id."""
    return shaped(rows.with_columns(rank=place()), VERDICT, "rank", "health", "chat_id")


def place() -> pl.Expr:
    """Return how bad the column ``verdict`` is: 0 is worst (``WORST_FIRST``)."""
    places = {code: at for at, code in enumerate(WORST_FIRST)}
    return pl.col("verdict").replace_strict(places, return_dtype=pl.Int64)


def rules(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat and rule, in the order they are tried (``RULE_ROWS``).

    ``value`` and ``threshold`` are those of the rule's condition that fired, else of its first one
    tested; all conditions are in the table ``conditions``.
    """
    measures = _measures(ctx)

    def row(place: int, rule: str) -> pl.Expr:
        value, threshold = pl.lit(None, pl.Float64), pl.lit(None, pl.Float64)
        parts = _PARTS.get(rule, ())
        for test in (pl.Expr.is_not_null, lambda part: part.fill_null(False)):
            for part in reversed(parts):
                own, cut, _ = measures[part]
                holds = test(pl.col(part))
                value = pl.when(holds).then(own.cast(pl.Float64)).otherwise(value)
                threshold = pl.when(holds).then(pl.lit(float(cut))).otherwise(threshold)
        return pl.struct(
            place=pl.lit(place, pl.Int64),
            rule=pl.lit(rule),
            state=_state(_fired(rule)),
            is_verdict=pl.col("verdict") == rule,
            value=value,
            threshold=threshold,
            evidence=say.evidence(rule, ctx),
        )

    return _exploded(
        facts(data, ctx).with_columns(verdict=_decision()),
        [row(place, rule) for place, rule in enumerate(RULES, 1)],
    ).pipe(shaped, RULE_ROWS, "chat_id", "place")


def conditions(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat and condition: value, threshold, cases (``CONDITIONS``)."""
    measures = _measures(ctx)
    rows = [
        pl.struct(
            place=pl.lit(RULES.index(rule) + 1, pl.Int64),
            rule=pl.lit(rule),
            part=pl.lit(i, pl.Int64),
            condition=pl.lit(part),
            state=_state(pl.col(part)),
            value=measures[part][0].cast(pl.Float64),
            threshold=pl.lit(float(measures[part][1])),
            n=measures[part][2].cast(pl.Int64),
        )
        for rule, parts in _PARTS.items()
        for i, part in enumerate(parts)
    ]
    return _exploded(facts(data, ctx), rows).pipe(shaped, CONDITIONS, "chat_id", "place", "part")


def _exploded(frame: pl.LazyFrame, rows: list[pl.Expr]) -> pl.LazyFrame:
    # One pass over the facts, however many rows each chat gets.
    return frame.select("chat_id", row=pl.concat_list(rows)).explode("row").unnest("row")


METRIC = Metric(
    name="zombie",
    en="Group check-up",
    zh="群体检",
    tables=(
        Table(
            "verdict", "Verdict, worst first", "判定(差的在前)", VERDICT, verdict,
            whole=worst_first,
        ),
        Table("rules", "Every rule with its evidence", "各规则与依据", RULE_ROWS, rules),
        Table(
            "conditions", "Every condition with its numbers", "各条件与数值", CONDITIONS, conditions
        ),
    ),
)  # fmt: skip
