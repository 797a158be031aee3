"""Every threshold with its name and default; what ``口径`` prints and flags may override.

The defaults are those of ``docs/metrics.md``. Shares are 0–1, times are days unless named.
"""

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Points(_Frozen):
    """What a member-day earns towards the engagement score, before decay.

    Messages, repliers and the half-life are those that made the core hold most of the next 28 days'
    messages (``benchmarks/pyramid_core.py``).
    """

    active_day: float = 1.0
    message: float = 0.3
    messages_a_day: int = 50
    substantial: float = 0.3
    substantial_characters: int = 40
    replier: float = 0.3
    invitee: float = 1.0
    half_life_days: float = 21.0


class Pyramid(_Frozen):
    """Cuts between the layers; ``core_weeks`` as measured by ``benchmarks/pyramid_core.py``."""

    core_weeks: int = 2
    active_weeks: int = 2
    weeks: int = 4
    core_score_share: float = 0.5
    core_at_least: int = 3
    core_cap_share: float = 0.05
    newcomer_days: int = 14


class Churn(_Frozen):
    """Bands of the probability of silence."""

    high: float = 0.7
    medium: float = 0.4
    window_days: int = 28
    contact_active_days: int = 14


class Verdict(_Frozen):
    """The rules behind 死群, 僵尸群, 降温 and the other verdicts."""

    thin_span_days: int = 14
    thin_messages: int = 50
    thin_messages_span_days: int = 28
    dead_silent_days: int = 14
    zombie_staff_share: float = 0.9
    zombie_top2_share: float = 0.9
    zombie_top2_members: int = 10
    zombie_speaking_share: float = 0.05
    zombie_weeks: int = 4
    trend_change: float = 0.25
    trend_weeks_before: int = 4
    trend_weeks: int = 8
    trend_full_weeks: int = 5
    window_days: int = 28


class Conversation(_Frozen):
    """Who answered whom, and what was left unanswered.

    The three limits of inferred replies are those that ``scripts/evaluate_replies.py`` measured:
    an exchange of two people, and the first answer to somebody who broke a silence.
    """

    window_days: int = 28
    edge_days: int = 112
    exchange_minutes: int = 10
    opening_minutes: int = 5
    quiet_minutes: int = 30


class Inviters(_Frozen):
    """When an invitee counts as kept, and what an invitation earns; all of it ours."""

    week_day: int = 7
    month_day: int = 30
    window_days: int = 7
    take_back_days: int = 7
    invitee_points: float = 1.0
    spoke_points: float = 1.0
    month_points: float = 1.0


class Settings(_Frozen):
    """All settings of a run."""

    min_cases_share: int = 10
    min_cases_median: int = 5
    joins_linked_share: float = 0.8
    activation_days: int = 3
    points: Points = Points()
    pyramid: Pyramid = Pyramid()
    churn: Churn = Churn()
    verdict: Verdict = Verdict()
    conversation: Conversation = Conversation()
    inviters: Inviters = Inviters()
