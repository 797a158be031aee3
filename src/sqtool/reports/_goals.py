"""Targets of the operator's own beside the figures: what was to be reached, and whether it was."""

from dataclasses import dataclass

from sqtool.config import AT_MOST
from sqtool.metrics._base import Unit
from sqtool.numerals import per_cent, quantity
from sqtool.reports._figures import Figures, told

_UNITS: dict[str, Unit] = {
    "messages": "count", "wau": "count", "dau": "number", "speaking_share": "share",
    "joins": "count", "leaves": "count", "activation_share": "share", "staff_share": "share",
    "unanswered_share": "share", "first_reply_minutes": "number", "health": "number",
}  # fmt: skip


@dataclass(frozen=True)
class Goal:
    """A target.

    Args:
        key: Its name in the settings.
        wanted: What is to be reached.
        actual: The figure of the week; None is unknown, or too few cases.
    """

    key: str
    wanted: float
    actual: float | None

    @property
    def met(self) -> bool | None:
        """Whether it was reached; None where nobody knows."""
        if self.actual is None:
            return None
        return self.actual <= self.wanted if self.key in AT_MOST else self.actual >= self.wanted


def goals(figures: Figures) -> dict[str, Goal]:
    """Return the targets of the chat by name; none but for a whole week, which they are about."""
    wanted = figures.ctx.settings.targets.of(figures.chat["name"], figures.chat["chat_id"])
    if not wanted or not comparable(figures):
        return {}
    actual = _actual(figures)
    return {key: Goal(key, value, actual.get(key)) for key, value in wanted.items()}


def comparable(figures: Figures) -> bool:
    """Whether the period is an ISO week that is over and lies wholly in the log."""
    partial = bool(figures.row("activity.summary").get("partial"))
    return "-W" in figures.ctx.period.label and not figures.ctx.period.running and not partial


def shown(goal: Goal, figures: Figures) -> str:
    """Return the target as the table has it: ``50 ✗``, ``≤ 20 % ✓``, or bare where unknown."""
    sign = "≤ " if goal.key in AT_MOST else ""
    mark = {True: " ✓", False: " ✗", None: ""}[goal.met]
    value, unit = goal.wanted, _UNITS[goal.key]
    if unit == "share" and round(value * 100, 9).is_integer():
        return sign + per_cent(value, figures.lang) + mark
    return sign + quantity(int(value) if value.is_integer() else value, unit, figures.lang) + mark


def _actual(figures: Figures) -> dict[str, float | None]:
    now, growth = figures.row("activity.summary"), figures.row("growth.summary")
    activation = figures.row("growth.activation")
    least = figures.ctx.settings.min_cases_share
    return {
        "messages": now.get("messages"),
        "wau": now.get("speakers"),
        "dau": now.get("dau"),
        "speaking_share": now.get("speaking_share") if (now.get("roster") or 0) >= least else None,
        "staff_share": now.get("staff_share"),
        "joins": told(growth, "joins"),
        "leaves": told(growth, "leaves"),
        "activation_share": activation.get("activation_share")
        if activation.get("can_tell") and (activation.get("due") or 0) >= least
        else None,
    }
