"""Every threshold with its name and default; what ``口径`` prints and the config file may override.

The defaults are those of ``docs/metrics.md``. Shares are 0–1, times are days unless named.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sqtool.i18n import t

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
Span = Annotated[float, Field(gt=0, le=3660)]
Count = Annotated[int, Field(ge=0)]
Days = Annotated[int, Field(ge=1, le=3660)]
Weeks = Annotated[int, Field(ge=1, le=520)]


class _Frozen(BaseModel):
    # Bounds are part of a setting: a nonsensical one is refused where it is set.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Points(_Frozen):
    """What a member-day earns towards the engagement score, before decay.

    Messages, repliers and the half-life are those that made the core hold most of the next 28 days'
    messages (``benchmarks/pyramid_core.py``).
    """

    active_day: Amount = 1.0
    message: Amount = 0.3
    messages_a_day: Count = 50
    substantial: Amount = 0.3
    substantial_characters: Count = 40
    replier: Amount = 0.3
    invitee: Amount = 1.0
    half_life_days: Span = 21.0


class Pyramid(_Frozen):
    """Cuts between the layers; ``core_weeks`` as measured by ``benchmarks/pyramid_core.py``."""

    core_weeks: Weeks = 2
    active_weeks: Weeks = 2
    weeks: Weeks = 4
    core_score_share: Share = 0.5
    core_at_least: Count = 3
    core_cap_share: Share = 0.05
    newcomer_days: Days = 14

    @model_validator(mode="after")
    def _possible(self) -> "Pyramid":
        if max(self.core_weeks, self.active_weeks) > self.weeks:
            raise ValueError(
                t("core_weeks and active_weeks cannot be above weeks",
                  "core_weeks 和 active_weeks 不能大于 weeks")
            )  # fmt: skip
        return self


class Churn(_Frozen):
    """Bands of the probability of silence."""

    high: Share = 0.7
    medium: Share = 0.4
    window_days: Days = 28
    contact_active_days: Days = 14

    @model_validator(mode="after")
    def _possible(self) -> "Churn":
        if self.medium > self.high:
            raise ValueError(t("medium cannot be above high", "medium 不能大于 high"))
        return self


class Verdict(_Frozen):
    """The rules behind 死群, 僵尸群, 降温 and the other verdicts."""

    thin_span_days: Days = 14
    thin_messages: Count = 50
    thin_messages_span_days: Days = 28
    dead_silent_days: Days = 14
    zombie_staff_share: Share = 0.9
    zombie_top2_share: Share = 0.9
    zombie_top2_members: Count = 10
    zombie_speaking_share: Share = 0.05
    zombie_weeks: Weeks = 4
    trend_change: Amount = 0.25
    trend_weeks_before: Weeks = 4
    trend_weeks: Weeks = 8
    trend_full_weeks: Weeks = 5
    window_days: Days = 28


class Goals(_Frozen):
    """What is to be reached in a week; None is no target. Which way is better: ``AT_MOST``."""

    messages: Amount | None = None
    wau: Amount | None = None
    dau: Amount | None = None
    speaking_share: Share | None = None
    joins: Amount | None = None
    leaves: Amount | None = None
    activation_share: Share | None = None
    staff_share: Share | None = None
    unanswered_share: Share | None = None
    first_reply_minutes: Amount | None = None
    health: Annotated[float, Field(ge=0, le=100)] | None = None


AT_MOST = frozenset({"leaves", "staff_share", "unanswered_share", "first_reply_minutes"})
"""Targets that are met from below; the others from above."""


class ChatGoals(Goals):
    """Targets of one chat, instead of those of all chats.

    Args:
        chat: Its name or id.
    """

    chat: str


class Targets(Goals):
    """Targets of all chats, and those of single ones: ``[targets."3群"]`` in the file."""

    chats: tuple[ChatGoals, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _by_chat(cls, given: Any) -> Any:
        """Gather the tables inside, each named after a chat."""
        if not isinstance(given, dict) or isinstance(given.get("chats"), list | tuple):
            return given
        own = [{"chat": name} | goals for name, goals in given.items() if isinstance(goals, dict)]
        flat = {key: value for key, value in given.items() if not isinstance(value, dict)}
        return flat | {"chats": own}

    def of(self, *names: str | None) -> dict[str, float]:
        """Return the targets of the chat that has one of these names: its own before the common."""
        found = self.model_dump(exclude={"chats"}, exclude_none=True)
        for chat in self.chats:
            if chat.chat in names:
                found |= chat.model_dump(exclude={"chat"}, exclude_none=True)
        return found


class Conversation(_Frozen):
    """Who answered whom, and what was left unanswered.

    The three limits of inferred replies are those that ``scripts/evaluate_replies.py`` measured:
    an exchange of two people, and the first answer to somebody who broke a silence.
    """

    window_days: Days = 28
    edge_days: Days = 112
    exchange_minutes: Count = 10
    opening_minutes: Count = 5
    quiet_minutes: Count = 30


class Inviters(_Frozen):
    """When an invitee counts as kept, and what an invitation earns; all of it ours."""

    week_day: Days = 7
    month_day: Days = 30
    window_days: Days = 7
    take_back_days: Days = 7
    invitee_points: Amount = 1.0
    spoke_points: Amount = 1.0
    month_points: Amount = 1.0


class Text(_Frozen):
    """How texts become words."""

    user_words: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    least_characters: Count = 2


class Settings(_Frozen):
    """All settings of a run."""

    min_cases_share: Count = 10
    min_cases_median: Count = 5
    joins_linked_share: Share = 0.8
    activation_days: Days = 3
    points: Points = Points()
    pyramid: Pyramid = Pyramid()
    churn: Churn = Churn()
    verdict: Verdict = Verdict()
    conversation: Conversation = Conversation()
    inviters: Inviters = Inviters()
    text: Text = Text()
    targets: Targets = Targets()


def leaves(model: BaseModel, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield path and value of every single setting; targets of single chats are none."""
    for name, value in model:
        if isinstance(value, BaseModel):
            yield from leaves(value, (*at, name))
        elif (*at, name) != ("targets", "chats"):
            yield (*at, name), value


def changed(settings: Settings) -> list[tuple[str, Any, Any]]:
    """Return key, value and default of the thresholds that differ; targets are no thresholds."""
    usual = dict(leaves(Settings()))
    return [
        (".".join(path), value, usual[path])
        for path, value in leaves(settings)
        if value != usual[path] and path[0] != "targets"
    ]


def said(value: Any) -> str:
    """Return a value as it is written down: lists with commas, nothing for what is not set."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list | tuple | frozenset):
        return ", ".join(map(said, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
