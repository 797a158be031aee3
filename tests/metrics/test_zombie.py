"""Verdicts of ``zombie``: each rule at its threshold, worked out by hand."""

from statistics import median
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.context import Context
from sqtool.metrics._trend import theil_sen
from sqtool.metrics.zombie import RULES
from sqtool.schema import Dataset
from tests._chat import at, chat, only_row, table, together

LIVELY = "d1..d42 09:00 ann: hi\nd1..d42 10:00 bob: hi\nd1..d42 11:00 cid: hi"
# One day a week: 12, 11, 10, 9, 8 messages, then 5; three speakers each week.
FADING = "\n".join(
    f"d{7 * week + 3} 09:00 ann x{n - 2}: hi\n"
    f"d{7 * week + 3} 10:00 bob: hi\nd{7 * week + 3} 11:00 cid: hi"
    for week, n in enumerate((12, 11, 10, 9, 8, 5))
)


def _verdict(data: Dataset, ctx: Context) -> dict[str, Any]:
    return only_row("zombie", "verdict", data, ctx)


def _states(data: Dataset, ctx: Context) -> dict[str, str]:
    rows = table("zombie", "rules", data, ctx)
    assert rows["rule"].to_list() == list(RULES)
    return dict(zip(rows["rule"], rows["state"], strict=True))


def _condition(data: Dataset, ctx: Context, name: str) -> tuple[str, Any, Any]:
    row = table("zombie", "conditions", data, ctx).filter(condition=name).to_dicts()[0]
    return row["state"], row["value"], row["threshold"]


def test_a_steady_chat_fires_no_rule_and_shows_all() -> None:
    data = chat(LIVELY)
    assert _verdict(data, at("d42"))["verdict"] == "steady"
    assert _verdict(data, at("d42"))["action"] == "keep"
    assert _states(data, at("d42")) == {
        "thin": "not_fired", "dead": "not_fired", "ads": "not_tested", "zombie": "not_fired",
        "check_in": "not_tested", "cooling": "not_fired", "warming": "not_fired",
        "steady": "fired",
    }  # fmt: skip


def test_under_14_days_there_is_too_little_data() -> None:
    busy = "d1 09:00 ann x60: hi\nd1..d15 10:00 bob: hi\nd1..d15 11:00 cid: hi"
    assert _verdict(chat(busy), at("d14"))["verdict"] == "thin"  # 13 days
    fifteen = at("d15", period=Context(as_of=at("d21").as_of).period)
    assert _condition(chat(busy), fifteen, "thin_span") == ("not_fired", 14.0, 14.0)
    assert _verdict(chat(busy), fifteen)["verdict"] != "thin"


def test_under_50_messages_it_takes_28_days() -> None:
    few = "d1..d35 09:00 ann: hi\nd1..d35/5 10:00 bob: hi"  # d21: 21 + 5; d28: 28 + 6; d35: 35 + 7
    assert _verdict(chat(few), at("d21"))["verdict"] == "thin"
    assert _condition(chat(few), at("d28"), "thin_messages") == ("fired", 34.0, 50.0)  # 27 days
    assert _condition(chat(few), at("d35"), "thin_messages") == ("not_fired", 42.0, 50.0)


def test_a_chat_without_messages_has_too_little_data() -> None:
    row = _verdict(chat("d1 09:00 +bob"), at("d42"))
    assert (row["verdict"], row["span_days"], row["messages"]) == ("thin", None, 0)
    assert row["evidence"] == "还没有消息"
    assert _states(chat("d1 09:00 +bob"), at("d42"))["dead"] == "not_tested"


def test_fourteen_days_without_a_member_is_dead_even_if_staff_go_on() -> None:
    data = chat(
        "d1..d28 09:00 ann: hi\nd1..d28 10:00 bob: hi\nd1..d42 11:00 boss x2: news",
        roles={"boss": "owner"},
    )
    row = _verdict(data, at("d42"))
    assert (row["verdict"], row["silent_days"], row["action"]) == ("dead", 14, "close")
    shorter = _condition(data, at("d35"), "dead_silence")
    assert shorter == ("not_fired", 7.0, 14.0)


def test_the_same_chat_is_not_dead_if_nobody_is_known_to_be_staff() -> None:
    data = chat("d1..d28 09:00 ann: hi\nd1..d28 10:00 bob: hi\nd1..d42 11:00 boss x2: news")
    assert _condition(data, at("d42"), "dead_silence")[0] == "not_fired"
    rules = table("zombie", "rules", data, at("d42", lang="en")).filter(rule="dead")
    assert "staff unknown" in rules["evidence"].item()


def test_a_chat_where_only_staff_ever_wrote_is_dead() -> None:
    data = chat("d1..d42 09:00 boss x2: news\nd2 09:00 +bob", me="boss")
    row = _verdict(data, at("d42"))
    assert (row["verdict"], row["silent_days"]) == ("dead", None)
    assert row["evidence"] == "从未见到运营以外的人发言"


def test_bots_do_not_keep_a_chat_alive() -> None:
    data = chat("d1..d28 09:00 ann x2: hi\nd1..d42 10:00 robo: beep", bots="robo")
    assert _verdict(data, at("d42"))["verdict"] == "dead"


@pytest.mark.parametrize(("staff", "verdict"), [(9, "zombie"), (8, "steady")])
def test_staff_writing_ninety_per_cent_make_a_zombie(staff: int, verdict: str) -> None:
    data = chat(f"d1..d42 09:00 boss x{staff}: hi\nd1..d42 10:00 ann: hi", roles={"boss": "admin"})
    row = _verdict(data, at("d42"))
    assert row["verdict"] == verdict
    assert row["staff_share"] == (0.9 if staff == 9 else 0.888888889)


@pytest.mark.parametrize(("others", "verdict"), [(8, "zombie"), (7, "steady")])
def test_two_writing_ninety_per_cent_make_a_zombie_of_ten_known_members(
    others: int, verdict: str
) -> None:
    people = ",".join("cdefghij"[:others])
    data = chat(f"d1 08:00 +{people}\nd1..d42 09:00 ann x5: hi\nd1..d42 10:00 bob x5: hi")
    row = _verdict(data, at("d42"))
    assert (row["verdict"], row["known_members"], row["top2_share"]) == (verdict, others + 2, 1.0)


def test_known_members_are_those_seen_and_not_gone_or_the_number_the_export_states() -> None:
    moves = "d1 08:00 +cid,dot,eve\nd2 08:00 -cid\nd3 08:00 ann -dot\nd4 08:00 +dot\n"
    lines = moves + "d1..d42 09:00 ann x2: hi"
    assert _verdict(chat(lines), at("d42"))["known_members"] == 3  # ann, dot, eve
    assert _verdict(chat(lines, member_count=40), at("d42"))["known_members"] == 40
    assert _verdict(chat(lines, member_count=1), at("d42"))["known_members"] == 3
    assert _verdict(chat(lines, roster="ann zed"), at("d42"))["known_members"] == 2


def test_under_five_per_cent_speaking_in_each_of_four_weeks_makes_a_zombie() -> None:
    roster = " ".join(f"m{i}" for i in range(40))  # 5 % of 40 is two people
    quiet = "d1..d42 09:00 m0 x3: hi\nd1..d42 10:00 x x2: not listed\nd1..d42 11:00 y x2: nor is he"
    row = _verdict(chat(quiet, roster=roster), at("d42"))
    assert (row["verdict"], row["speaking_share"]) == ("zombie", 0.025)
    once_two = quiet + "\nd20 12:00 m1: hi"  # d15–d21 is the oldest of the four weeks
    assert _verdict(chat(once_two, roster=roster), at("d42"))["speaking_share"] == 0.05
    assert _verdict(chat(once_two, roster=roster), at("d42"))["verdict"] == "steady"
    earlier = quiet + "\nd14 12:00 m1: hi"
    assert _verdict(chat(earlier, roster=roster), at("d42"))["verdict"] == "zombie"


def test_what_cannot_be_known_is_not_tested() -> None:
    data = chat(LIVELY)
    assert _condition(data, at("d42"), "zombie_staff") == ("not_tested", None, 0.9)
    assert _condition(data, at("d42"), "zombie_speaking") == ("not_tested", None, 0.05)
    young = chat(LIVELY, roster="ann bob cid")
    assert _condition(young, at("d21"), "zombie_speaking")[0] == "not_tested"  # three weeks of log
    assert _condition(young, at("d28"), "zombie_speaking")[0] == "not_fired"


def test_a_quarter_under_the_mean_and_a_falling_trend_is_cooling() -> None:
    row = _verdict(chat(FADING), at("d42"))
    # 5 ÷ mean(8, 9, 10, 11) − 1. The log starts on d3, so five weeks are full: 11, 10, 9, 8, 5; six
    # of their ten pairs have slope −1, the others are steeper.
    assert (row["verdict"], row["action"]) == ("cooling", "revive")
    assert (row["messages_7"], row["messages_before"]) == (5, 9.5)
    assert (row["messages_change"], row["messages_slope"]) == (-0.473684211, -1.0)
    assert (row["speakers_change"], row["speakers_slope"]) == (0.0, 0.0)
    states = {
        name: _condition(chat(FADING), at("d42"), name)[0]
        for name in ("cooling_messages", "cooling_speakers", "warming_messages")
    }
    assert states == {
        "cooling_messages": "fired",
        "cooling_speakers": "not_fired",
        "warming_messages": "not_fired",
    }


def test_the_mirror_image_is_warming() -> None:
    growing = "\n".join(
        f"d{7 * week + 3} 09:00 ann x{n - 2}: hi\n"
        f"d{7 * week + 3} 10:00 bob: hi\nd{7 * week + 3} 11:00 cid: hi"
        for week, n in enumerate((8, 9, 10, 11, 12, 15))
    )
    row = _verdict(chat(growing), at("d42"))
    assert (row["verdict"], row["action"]) == ("warming", "keep")
    assert (row["messages_change"], row["messages_slope"]) == (0.428571429, 1.0)  # 15 ÷ 10.5


def test_a_single_bad_week_without_a_trend_is_not_cooling() -> None:
    data = chat(
        "d1..d35 09:00 ann: hi\nd1..d39 10:00 bob: hi\nd1..d39 11:00 cid: hi"
    )  # 21 a week, then 8
    row = _verdict(data, at("d42"))
    assert row["messages_change"] == -0.619047619
    assert row["messages_slope"] == 0.0
    assert _condition(data, at("d42"), "cooling_messages")[0] == "not_fired"


def test_trends_need_five_full_weeks() -> None:
    full = chat("d8 00:00 ann: first\n" + FADING.split("\n", 3)[3])
    assert _verdict(full, at("d42"))["full_weeks"] == 5
    assert _states(full, at("d42"))["cooling"] == "fired"
    later = chat("d9 00:00 ann: first\n" + FADING.split("\n", 3)[3])
    assert _verdict(later, at("d42"))["full_weeks"] == 4
    assert _states(later, at("d42"))["cooling"] == "not_tested"
    assert _verdict(later, at("d42"))["messages_change"] is None


def test_verdicts_come_worst_first_and_a_zombie_among_others_is_merged() -> None:
    staffed = "d1..d42 09:00 boss x9: hi\nd1..d42 10:00 ann: hi"
    alone = chat(staffed, chat_id="z", roles={"boss": "owner"})
    assert _verdict(alone, at("d42"))["action"] == "revive"
    chats = together(
        chat(LIVELY, chat_id="a"),
        chat(FADING, chat_id="b"),
        chat("d40 09:00 ann: hi", chat_id="c"),
        chat("d1..d20 09:00 ann x5: hi", chat_id="d"),
        alone,
    )
    rows = table("zombie", "verdict", chats, at("d42"))
    assert rows.select("chat_id", "verdict", "action").rows() == [
        ("d", "dead", "close"),
        ("z", "zombie", "merge"),
        ("b", "cooling", "revive"),
        ("c", "thin", "keep"),
        ("a", "steady", "keep"),
    ]
    assert rows["health"].is_null().all()


def test_exactly_one_rule_decides_and_its_evidence_is_the_verdicts() -> None:
    chats = together(chat(LIVELY, chat_id="a"), chat(FADING, chat_id="b"))
    rules = table("zombie", "rules", chats, at("d42"))
    deciding = rules.filter(pl.col("is_verdict")).select("chat_id", "rule", "evidence")
    verdicts = table("zombie", "verdict", chats, at("d42")).sort("chat_id")
    assert deciding.rows() == verdicts.select("chat_id", "verdict", "evidence").rows()
    assert rules["evidence"].is_not_null().all()


def test_evidence_is_a_sentence_in_the_language_of_the_run() -> None:
    zh, en = (_verdict(chat(FADING), at("d42", lang=lang))["evidence"] for lang in ("zh", "en"))
    assert zh == (
        "近 7 天消息 5,前 4 周均值 9.5(−47.4 %),5 周趋势每周 −1;"
        "发言人数 3,前 4 周均值 3(0 %),5 周趋势每周 0(门槛 −25 %)"
    )
    assert en == (
        "messages of 7 days 5 against a mean of 9.5 (−47.4 %), trend over 5 weeks −1 a week; "
        "speakers 3 against a mean of 3 (0 %), trend over 5 weeks 0 a week (threshold −25 %)"
    )


def test_thresholds_come_from_the_settings() -> None:
    ctx = at("d42")
    strict = ctx.settings.model_copy(
        update={"verdict": ctx.settings.verdict.model_copy(update={"trend_change": 0.5})}
    )
    assert _verdict(chat(FADING), at("d42", settings=strict))["verdict"] == "steady"


def _slope(newest_first: list[float]) -> float | None:
    frame = pl.DataFrame({"y": [newest_first]}, schema={"y": pl.List(pl.Float64)})
    got: float | None = frame.select(theil_sen(pl.col("y"), 8)).item()
    return got


def test_theil_sen_is_worked_out_by_hand() -> None:
    # Oldest first 1, 3, 2, 10: slopes 2, 0.5, 3, −1, 3.5, 8; the median is (2 + 3) ÷ 2.
    assert _slope([10, 2, 3, 1]) == 2.5
    assert _slope([5, 7]) == -2.0
    assert _slope([5]) is None
    assert _slope([]) is None


@settings(deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=2, max_size=8))
def test_theil_sen_is_the_median_of_all_pairwise_slopes(newest_first: list[int]) -> None:
    y = newest_first[::-1]
    slopes = [(y[j] - y[i]) / (j - i) for j in range(len(y)) for i in range(j)]
    assert _slope([float(v) for v in newest_first]) == pytest.approx(median(slopes), rel=1e-8)


@settings(deadline=None)
@given(st.integers(-50, 50), st.integers(2, 8))
def test_a_straight_line_has_its_own_slope(step: int, weeks: int) -> None:
    assert _slope([float(-step * i) for i in range(weeks)]) == step
