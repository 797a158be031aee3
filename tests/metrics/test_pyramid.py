"""The pyramid: scores, layers and moves worked out by hand."""

import polars as pl
import pytest

from sqtool.config import Pyramid, Settings
from sqtool.metrics._score import core
from sqtool.metrics.pyramid import LAYERS
from sqtool.schema import Dataset
from tests._chat import at, chat, table, together


def layer_of(data: Dataset, when: str = "d28", **facts: object) -> dict[str, str]:
    frame = table("pyramid", "members", data, at(when, **facts))
    return dict(frame.select("member_id", "layer").iter_rows())


def points(data: Dataset, who: str, when: str = "d28") -> dict[str, object]:
    frame = table("pyramid", "members", data, at(when))
    return frame.row(by_predicate=pl.col("member_id") == who, named=True)


def sizes(data: Dataset, when: str = "d28") -> dict[str, int | None]:
    frame = table("pyramid", "layers", data, at(when))
    return dict(frame.select("layer", "members").iter_rows())


def test_the_score_adds_up_the_parts_with_a_half_life_of_21_days() -> None:
    long = "x" * 40
    data = chat(
        f"d28 09:00 ann x3: hi\nd28 10:00 ann: {long}\nd7 09:00 ann: hi\n"
        "d7 10:00 bob>ann: yes\nd7 10:01 bob>ann: yes\nd7 11:00 cid: @ann hello",
        has_replies=True,
    )
    row = points(data, "ann")
    # d28 counts in full, d7 (21 days before) half.
    assert row["points_active_days"] == pytest.approx(1 + 0.5)
    assert row["points_messages"] == pytest.approx(4 * 0.3 + 1 * 0.3 * 0.5)
    assert row["points_substantial"] == pytest.approx(0.3)
    assert row["points_repliers"] == pytest.approx(2 * 0.3 * 0.5)  # bob once, cid once
    assert row["points_invitees"] == 0
    assert row["score"] == pytest.approx(1.5 + 1.35 + 0.3 + 0.3)
    assert row["points_newcomers"] is None
    assert row["points_questions"] is None


def test_messages_beyond_50_a_day_earn_nothing() -> None:
    assert points(chat("d28 09:00 ann x60: hi"), "ann")["points_messages"] == pytest.approx(15)


def test_where_no_replies_are_recorded_their_points_are_unknown() -> None:
    assert points(chat("d28 09:00 ann: hi"), "ann")["points_repliers"] is None


def test_an_invitees_first_message_earns_the_inviter_a_point_on_its_day() -> None:
    data = chat("d1 09:00 ann +bob\nd7 09:00 bob: hi\nd8 09:00 bob: again\nd28 09:00 ann: hi")
    assert points(data, "ann")["points_invitees"] == pytest.approx(0.5)


def test_who_spoke_before_the_invitation_earns_nobody_a_point() -> None:
    data = chat("d1 09:00 bob: hi\nd2 09:00 ann +bob\nd3 09:00 bob: hi\nd28 09:00 ann: hi")
    assert points(data, "ann")["points_invitees"] == 0


LADDER = """
d1..d28 09:00 ann x5: hi
d1..d28/2 09:00 bob x5: hi
d1..d28/3 09:00 cid x5: hi
d8 09:00 dot: hi
d20 09:00 dot: hi
d25 09:00 eve: hi
d-5 09:00 fay: hi
"""


def test_each_member_gets_the_first_layer_that_fits() -> None:
    data = chat(LADDER, roster="owner ann bob cid dot eve fay gus", roles={"owner": "owner"})
    assert layer_of(data) == {
        "owner": "staff", "ann": "core", "bob": "active", "cid": "active", "dot": "active",
        "eve": "occasional", "fay": "lapsed", "gus": "silent",
    }  # fmt: skip


def test_the_core_stops_when_half_of_the_score_is_held() -> None:
    # ann 28 days of 2.5 points decayed, more than bob's 14 and cid's 10 days together.
    assert sizes(chat(LADDER))["core"] == 1


def test_the_core_is_capped_at_three_or_a_twentieth_of_those_who_spoke() -> None:
    equal = "\n".join(f"d1..d28/7 09:00 m{i:02d}: hi" for i in range(40))
    assert sizes(chat(equal))["core"] == 3
    many = "\n".join(f"d1..d28/7 09:00 m{i:03d}: hi" for i in range(80))
    assert sizes(chat(many))["core"] == 4


def test_ties_in_the_core_go_by_id() -> None:
    equal = "\n".join(f"d1..d28/7 09:00 m{i:02d}: hi" for i in range(40))
    found = layer_of(chat(equal))
    assert [who for who, layer in found.items() if layer == "core"] == ["m00", "m01", "m02"]


def test_staff_are_no_part_of_the_score_that_the_core_shares() -> None:
    data = chat(
        "d1..d28 08:00 boss x30: hi\nd1..d28/2 09:00 ann: hi\nd1..d28/2 10:00 bob: hi",
        roles={"boss": "owner"},
    )
    # ann holds exactly half of 2 equal scores: the core ends with her.
    assert layer_of(data) == {"boss": "staff", "ann": "core", "bob": "active"}


def test_a_core_member_needs_the_weeks_not_only_the_score() -> None:
    data = chat("d22..d28 09:00 ann x50: hi\nd1..d28/7 09:00 bob: hi")
    assert layer_of(data) == {"ann": "occasional", "bob": "core"}
    lax = Settings(pyramid=Pyramid(core_weeks=1))
    assert layer_of(data, settings=lax) == {"ann": "core", "bob": "active"}


def test_the_layers_come_in_order_and_add_up_to_the_roster() -> None:
    data = chat(LADDER, roster="ann bob cid dot eve fay gus hal", bots="robo", known="robo")
    frame = table("pyramid", "layers", data, at("d28"))
    assert frame["layer"].to_list() == [*LAYERS, "unlisted"]
    counted = frame.filter(pl.col("layer") != "unlisted")
    assert counted["members"].sum() == 8
    assert frame["members"].to_list()[1:] == [1, 3, 1, 1, 2, 1]  # robo is seen, not listed


def test_people_seen_but_not_on_the_roster_are_a_row_of_their_own() -> None:
    data = chat("d28 09:00 ann: hi\nd28 10:00 bob: hi", roster="ann gus")
    found = sizes(data)
    assert (found["occasional"], found["silent"], found["unlisted"]) == (1, 1, 1)


def test_without_staff_the_staff_row_is_unknown_not_zero() -> None:
    row = table("pyramid", "layers", chat(LADDER), at("d28")).row(0, named=True)
    assert row["layer"] == "staff"
    assert row["members"] is None
    assert row["share"] is None
    assert row["messages_share"] is None


def test_without_roster_and_joins_the_silent_are_unknown() -> None:
    assert sizes(chat(LADDER))["silent"] is None
    assert "unlisted" not in sizes(chat(LADDER))
    assert sizes(chat(LADDER + "d2 09:00 +zoe"))["silent"] == 1


def test_who_left_is_in_no_layer() -> None:
    data = chat(LADDER + "d29 09:00 -eve")
    assert layer_of(data, "d28")["eve"] == "occasional"
    assert "eve" not in layer_of(data, "d35")


def test_shares_of_fewer_than_ten_are_too_few() -> None:
    few = table("pyramid", "layers", chat("d28 09:00 ann x20: hi", roster="ann bob"), at("d28"))
    assert few["share"].null_count() == few.height
    enough = chat(
        "d28 09:00 ann x15: hi\nd28 10:00 bob x5: hi",
        roster="ann bob c d e f g h i j",
        roles={"ann": "owner"},
    )
    frame = table("pyramid", "layers", enough, at("d28"))
    share = dict(frame.select("layer", "share").iter_rows())
    assert (share["staff"], share["occasional"], share["silent"]) == (0.1, 0.1, 0.8)
    messages = dict(frame.select("layer", "messages_share").iter_rows())
    assert (messages["staff"], messages["occasional"]) == (0.75, 0.25)


def test_a_newcomer_joined_at_most_14_days_ago() -> None:
    data = chat("d14 09:00 +ann\nd13 09:00 +bob\nd1 09:00 cid: hi\nd28 09:00 dot: hi")
    frame = table("pyramid", "members", data, at("d28"))
    flags = dict(frame.select("member_id", "is_newcomer").iter_rows())
    # cid wrote too long ago to be new; when dot joined nobody knows.
    assert flags == {"ann": True, "bob": False, "cid": False, "dot": None}


def test_a_move_names_both_layers_and_what_changed() -> None:
    data = chat("d1..d28/7 09:00 ann: hi\nd1..d35 09:00 bob x9: hi\nd29..d35 09:00 cid: hi")
    assert table("pyramid", "moves", data, at("d91")).is_empty()  # all lapsed by d63
    rows = table("pyramid", "moves", data, at("d49", lang="en")).to_dicts()
    ann = next(row for row in rows if row["member_id"] == "ann")
    assert (ann["from_layer"], ann["to_layer"]) == ("active", "occasional")
    assert ann["steps"] == -1
    assert (ann["active_days_28"], ann["active_days_28_previous"]) == (1, 2)
    assert ann["reasons"] == [
        "active days in 28: 1, a period ago 2",
        "messages in 28 days: 1, a period ago 2",
    ]


def test_somebody_first_seen_in_the_period_has_not_moved() -> None:
    data = chat("d1..d21 09:00 ann: hi\nd22..d28 09:00 bob: hi")
    assert "bob" not in table("pyramid", "moves", data, at("d28"))["member_id"].to_list()


def test_the_biggest_moves_come_first() -> None:
    data = chat("d1..d21 09:00 ann x5: hi\nd1..d35/7 10:00 bob: hi\nd16 09:00 cid: hi\n"
                "d8 09:00 cid: hi")  # fmt: skip
    moves = table("pyramid", "moves", data, at("d49"))
    steps = moves["steps"].abs().to_list()
    assert steps == sorted(steps, reverse=True)
    assert moves.height >= 2


def test_chats_do_not_mix() -> None:
    one, two = chat(LADDER), chat("d1..d28 09:00 ann x9: hi", chat_id="z")
    both = table("pyramid", "members", together(one, two), at("d28"))
    alone = table("pyramid", "members", one, at("d28"))
    assert both.filter(pl.col("chat_id") == "c").equals(alone)


def test_the_core_of_a_frame_is_the_shortest_that_holds_the_share() -> None:
    members = pl.LazyFrame(
        {
            "chat_id": ["c"] * 4, "member_id": list("abcd"), "score": [5.0, 3.0, 1.0, 1.0],
            "active_days_28": [9] * 4, "messages_28": [9] * 4, "weeks_active_4": [4, 4, 4, 4],
            "seen": [4] * 4,
        }
    )  # fmt: skip
    cuts = Pyramid(core_score_share=0.5)
    assert core(members, cuts).collect()["member_id"].to_list() == ["a"]
    assert core(members, Pyramid(core_score_share=0.6)).collect().height == 2
