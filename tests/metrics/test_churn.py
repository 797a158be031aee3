"""Churn risk: who is listed, why, who is asked to talk, what became of the last list."""

from datetime import date

import polars as pl
import pytest

from sqtool.context import Context
from sqtool.metrics._churn_card import inputs, shipped_card, sigmoid
from sqtool.metrics._score import message_days
from sqtool.schema import Dataset
from tests._chat import at, chat, only_row, table, together

# ann was there every other day and stopped on d48; bob is steady; cid spoke once; dot is fading.
GROUP = """
d1..d48/2 09:00 ann: hi
d1..d70/2 09:00 bob: hi
d60 09:00 cid: hi
d1..d60/6 09:00 dot: hi
d1..d70 08:00 boss: morning
"""
# At d63 both are likely gone; in the week after, eve comes back.
NAMED = "d44..d47/3 09:00 eve: hi\nd38..d41/3 09:00 fay: hi\nd67 09:00 eve x2: back"
STAFF = {"boss": "owner"}


def risk(data: Dataset, when: str = "d70", **facts: object) -> dict[str, dict[str, object]]:
    rows = table("churn", "risk", data, at(when, **facts)).to_dicts()
    return {row["member_id"]: row for row in rows}


def test_staff_bots_leavers_and_one_timers_are_not_on_the_list() -> None:
    data = chat(
        GROUP + "d50..d69/3 09:00 eve: hi\nd70 09:00 -eve\nd1..d70 07:00 robo: beep",
        roles=STAFF,
        bots="robo",
    )
    assert set(risk(data)) == {"ann", "bob", "dot"}
    assert table("churn", "once", data, at("d70"))["member_id"].to_list() == ["cid"]


def test_the_probability_is_the_cards_own() -> None:
    data, ctx = chat(GROUP, roles=STAFF), at("d70")
    snapshot = pl.LazyFrame({"chat_id": ["c"], "at": [ctx.day]})
    frame = inputs(message_days(data, ctx), snapshot)
    expected = dict(
        frame.select("member_id", sigmoid(shipped_card().logit())).collect().iter_rows()
    )
    for who, row in risk(data).items():
        assert row["probability"] == pytest.approx(expected[who], rel=1e-8), who


def test_the_numbers_beside_the_probability_are_those_counted_by_hand() -> None:
    row = risk(chat(GROUP, roles=STAFF))["ann"]
    assert row["days_silent"] == 23  # last on d47
    assert row["median_gap_days"] == 2
    assert row["active_days_28"] == 3  # d43, d45, d47
    assert row["active_days_112"] == 24
    assert row["last_topic"] is None


def test_a_median_of_fewer_than_five_gaps_is_not_given() -> None:
    data = chat("d60..d64 09:00 ann: hi\nd60..d65 09:00 bob: hi")
    assert risk(data)["ann"]["median_gap_days"] is None  # 4 gaps
    assert risk(data)["bob"]["median_gap_days"] == 1  # 5 gaps


def test_the_bands_follow_the_thresholds_in_force() -> None:
    ctx = at("d70")
    data = chat(GROUP, roles=STAFF)
    p = float(str(risk(data)["ann"]["probability"]))
    churn = ctx.settings.churn
    for high, medium, band in ((p, 0.0, "high"), (1.0, p, "medium"), (1.0, 1.0, "low")):
        cuts = churn.model_copy(update={"high": high, "medium": medium})
        settings = ctx.settings.model_copy(update={"churn": cuts})
        assert risk(data, settings=settings)["ann"]["band"] == band


def test_the_greatest_expected_loss_comes_first() -> None:
    frame = table("churn", "risk", chat(GROUP, roles=STAFF), at("d70"))
    loss = (frame["probability"] * frame["score"]).to_list()
    assert len(loss) == 3
    assert loss == sorted(loss, reverse=True)


def test_the_reasons_give_the_numbers_in_the_language_of_the_run() -> None:
    data = chat(GROUP, roles=STAFF)
    chinese, english = risk(data, lang="zh")["ann"], risk(data, lang="en")["ann"]
    assert "已沉默 23 天,是平时间隔(2 天)的 12 倍" in chinese["reasons"]  # type: ignore[operator]
    assert "silent for 23 days, 2 being usual: 12 times as long" in english["reasons"]  # type: ignore[operator]


def test_fewer_active_days_than_before_are_a_reason() -> None:
    data = chat("d1..d42 09:00 ann: hi\nd50 09:00 ann: hi\nd1..d70 09:00 bob: hi\n"
                "d1..d70 10:00 cid: hi")  # fmt: skip
    # At d70 the last 28 days are d43–d70: one day; before them d15–d42: 28.
    reasons = risk(data)["ann"]["reasons"]
    assert "近 28 天只活跃 1 天(此前 28 天 28 天)" in reasons  # type: ignore[operator]


def test_nobody_stands_without_a_reason() -> None:
    everyone = risk(chat(GROUP, roles=STAFF)).values()
    assert all(row["reasons"] for row in everyone)
    steady = risk(chat("d1..d70 09:00 ann: hi\nd1..d70 10:00 bob: hi"))["ann"]
    assert steady["reasons"] == ["各项不差于群里一般成员(已沉默 0 天,近 28 天活跃 28 天)"]


def test_the_contact_is_the_active_staff_or_core_member_they_talked_with_most() -> None:
    data = chat(
        GROUP + "d40 10:00 ann>bob: yes\nd41 10:00 bob>ann: yes\nd42 10:00 ann: @bob\n"
        "d43 10:00 boss>ann: well",
        roles=STAFF,
        has_replies=True,
    )
    row = risk(data)["ann"]
    assert (row["contact_id"], row["contact_name"], row["contact_why"]) == (
        "bob", "Bob", "互动 3 次",
    )  # fmt: skip
    assert risk(data, lang="en")["ann"]["contact_why"] == "exchanges: 3"


def test_a_contact_has_to_have_spoken_in_the_last_14_days() -> None:
    talk = "d40 10:00 ann>boss: yes\nd40 11:00 boss>ann: yes\nd40 12:00 ann>helper: yes"
    lines = f"d1..d48/2 09:00 ann: hi\nd1..d56 09:00 boss: hi\nd1..d57 09:00 helper: hi\n{talk}"
    data = chat(lines, roles={"boss": "owner", "helper": "admin"}, has_replies=True)
    assert risk(data)["ann"]["contact_id"] == "helper"  # boss was last seen 14 days before d70


def test_else_the_inviter_is_asked_then_the_staff_then_nobody() -> None:
    lines = "d1 08:00 zoe +ann\nd1..d60/2 09:00 ann: hi\nd1..d60/9 09:00 zoe: hi"
    row = risk(chat(lines))["ann"]
    assert (row["contact_id"], row["contact_why"]) == ("zoe", "邀请人")
    gone = chat(lines + "\nd65 09:00 -zoe\nd1..d70 10:00 boss: hi", roles=STAFF)
    assert (risk(gone)["ann"]["contact_id"], risk(gone)["ann"]["contact_why"]) == ("boss", "运营")
    nobody = chat("d1..d60/2 09:00 ann: hi\nd1..d60/2 09:00 bob: hi")
    assert risk(nobody)["ann"]["contact_id"] is None
    assert risk(nobody)["ann"]["contact_why"] is None


def test_one_timers_show_the_day_they_spoke() -> None:
    data = chat(GROUP + "d60 10:00 cid: and again\nd20 09:00 old: hi", roles=STAFF)
    row = only_row("churn", "once", data, at("d70"))  # old spoke before the last 28 days
    assert (row["member_id"], row["spoke_on"]) == ("cid", date(2024, 2, 29))
    assert (row["days_since"], row["messages"]) == (10, 2)
    assert row["probability"] > 0.7


def test_the_follow_up_says_who_of_the_last_list_spoke_again() -> None:
    data = chat(GROUP + NAMED, roles=STAFF)
    then = at("d70").before()
    assert (then.day, at("d70").day) == (date(2024, 3, 3), date(2024, 3, 10))
    named = table("churn", "risk", data, at("d63")).filter(pl.col("band") != "low")
    frame = table("churn", "follow_up", data, at("d70"))
    assert frame["member_id"].to_list() == named["member_id"].to_list()
    assert frame["probability"].to_list() == named["probability"].to_list()
    assert frame["place"].to_list() == list(range(1, frame.height + 1))
    again = dict(frame.select("member_id", "spoke_again").iter_rows())
    assert again == {"eve": True, "fay": False}
    assert dict(frame.select("member_id", "messages_since").iter_rows()) == {"eve": 2, "fay": 0}


def test_the_summary_counts_what_the_tables_list() -> None:
    data = chat(GROUP + NAMED, roles=STAFF)
    row = only_row("churn", "summary", data, at("d70"))
    bands = table("churn", "risk", data, at("d70"))["band"].to_list()
    assert row["population"] == 5  # ann, bob, dot, eve and cid, who spoke once
    assert (row["high"], row["medium"], row["low"]) == tuple(
        bands.count(band) for band in ("high", "medium", "low")
    )
    assert row["one_timers"] == 1
    assert (row["named_before"], row["spoke_again"]) == (2, 1)
    assert row["level_shift"] == 0  # 70 days of log: no earlier snapshot to learn from
    assert row["card_auc"] == shipped_card().measured["auc"]


def _lasting(returns: bool) -> Dataset:
    """A chat of 240 days in which each block's six newcomers come back, or never do."""
    lines = ["d1..d240 08:00 host: hi"]
    for block in range(8):
        for i in range(6):
            first = 28 * block + 10 + i
            lines.append(f"d{first} 09:00 n{block}x{i}: hi")
            if returns:
                lines.append(f"d{first + 28}..d{min(first + 84, 240)}/28 09:00 n{block}x{i}: hi")
    return chat("\n".join(lines))


def test_a_group_whose_people_came_back_is_judged_milder_than_one_whose_did_not() -> None:
    loyal, fickle = (
        only_row("churn", "summary", _lasting(returns), at("d238")) for returns in (True, False)
    )
    assert loyal["level_cases"] > 0
    assert loyal["level_shift"] < 0 < fickle["level_shift"]


def test_the_shift_looks_at_nothing_after_the_moment_it_stands_at() -> None:
    data = _lasting(True)
    early = Context(as_of=at("d238").as_of, tz="Asia/Shanghai", period=at("d210").period)
    until = Dataset(
        data.chats, data.members, data.messages.filter(pl.col("sent_at") <= at("d210").at)
    )
    now = only_row("churn", "summary", data, early)
    assert now["level_shift"] == only_row("churn", "summary", until, at("d210"))["level_shift"]


def test_many_chats_are_computed_at_once_and_do_not_mix() -> None:
    one, two = chat(GROUP, roles=STAFF), chat("d50..d70/3 09:00 ann: hi", chat_id="z")
    both = table("churn", "risk", together(one, two), at("d70"))
    for data, name in ((one, "c"), (two, "z")):
        alone = table("churn", "risk", data, at("d70"))
        assert both.filter(pl.col("chat_id") == name).equals(alone)
