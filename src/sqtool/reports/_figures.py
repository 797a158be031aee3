"""Every table the weekly review draws on, computed in one go."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from sqtool.context import Context
from sqtool.i18n import Lang
from sqtool.metrics import activity, churn, growth, inviters, pyramid, retention, zombie
from sqtool.metrics._days import human_days
from sqtool.schema import Dataset

Row = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """The figures of one chat.

    Args:
        data: The dataset (one chat).
        ctx: Period, thresholds, language.
        chat: The chat's row.
        tables: Metric tables by ``metric.table``, collected.
        days: Member-days: member_id, day, messages (bots left out).
    """

    data: Dataset
    ctx: Context
    chat: Row
    tables: dict[str, pl.DataFrame]
    days: pl.DataFrame

    @property
    def lang(self) -> Lang:
        """Language of the review."""
        return self.ctx.lang

    def tr(self, en: str, zh: str) -> str:
        """Pick the wording in the review's language."""
        return zh if self.ctx.lang == "zh" else en

    def table(self, key: str) -> pl.DataFrame:
        """Return one metric table."""
        return self.tables[key]

    def row(self, key: str) -> Row:
        """Return the only row of a table of one row a chat; empty if there is none."""
        frame = self.tables[key]
        return frame.row(0, named=True) if frame.height else {}

    @property
    def log_days(self) -> int:
        """Local days the log spans up to the end of the period, both ends counted; 0 if empty."""
        span = self.row("zombie.verdict").get("span_days")
        return 0 if span is None else int(span) + 1

    @property
    def had_layers(self) -> bool:
        """Whether the log covered the look-back of the layers a period ago: else no moves."""
        days = (self.ctx.period.first_on - self.ctx.previous.first_on).days
        return self.log_days - days >= 7 * self.ctx.settings.pyramid.weeks

    @property
    def trend_untested(self) -> bool:
        """Whether there are too few whole weeks to tell cooling, warming and steady apart."""
        rules = self.tables["zombie.rules"].filter(pl.col("rule").is_in(["cooling", "warming"]))
        return bool(rules.height) and bool((rules["state"] == "not_tested").all())

    def evidence(self) -> str:
        """Return the sentence of the rule that decides the verdict; empty if there is none."""
        decides = self.tables["zombie.rules"].filter(pl.col("is_verdict"))
        return str(decides["evidence"][0] or "") if decides.height else ""


def told(growth: Row, what: str, which: str = "") -> int | None:
    """Return joins or leaves that notices and lists tell together; None where neither does.

    Args:
        growth: Row of ``growth.summary``.
        what: ``joins`` or ``leaves``.
        which: ``_last`` for the period before.
    """
    known = [growth.get(f"{part}{what}{which}") for part in ("", "roster_")]
    return sum(n or 0 for n in known) if any(n is not None for n in known) else None


_NEEDED = {
    "activity": (activity, ("summary", "weekly", "daily", "hours")),
    "growth": (
        growth,
        (
            "summary",
            "weekly",
            "activation",
            "joins",
            "leavers",
            "lists",
            "listed",
        ),
    ),
    "inviters": (inviters, ("inviters", "tree")),
    "pyramid": (pyramid, ("layers", "moves", "members")),
    "churn": (churn, ("risk", "once", "follow_up", "summary")),
    "zombie": (zombie, ("verdict", "rules")),
    "retention": (retention, ("join_weekly", "first_weekly")),
}


def collect(data: Dataset, ctx: Context) -> Figures:
    """Compute all tables of a chat, sharing what they have in common."""
    lazy: dict[str, pl.LazyFrame] = {
        f"{name}.{key}": module.METRIC.table(key).compute(data, ctx)
        for name, (module, keys) in _NEEDED.items()
        for key in keys
    }
    lazy["days"] = human_days(data, ctx).select("member_id", "day", "messages")
    lazy["chat"] = data.chats
    done = dict(zip(lazy, pl.collect_all(list(lazy.values())), strict=True))
    days = done.pop("days")
    chat = done.pop("chat").row(0, named=True)
    return Figures(data, ctx, chat, done, days)
