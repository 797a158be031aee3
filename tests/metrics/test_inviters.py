"""Numbers of ``inviters``, worked out by hand."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from sqtool.snapshots import apply_snapshots
from tests._chat import at, chat, moment, only_row, table, together
from tests._lists import listing

# ann brings bob and cid (d2) and, by her code, dot (d9); bob brings eve (d4), eve brings fay (d5).
# bob speaks d3 and d10 (day 8: the week after day 7); cid d5 and never again; dot speaks at once.
# eve leaves on d8, four days after she came; bob leaves on d20; gus comes on d40.
LOOP = """
d1 08:00 ann: hello
d2 09:00 ann +bob,cid
d3 09:00 bob: hi
d4 09:00 bob +eve
d5 09:00 cid: hi
d5 10:00 eve: hi
d5 11:00 eve +fay
d8 10:00 -eve
d9 10:00 ann ~dot
d9 10:05 dot: hi
d10 09:00 bob: hi
d20 09:00 -bob
d40 10:00 ann +gus
d40 12:00 ann x2: hi
d40 12:30 dot: hi
"""


def test_inviters_are_listed_with_the_fate_of_their_invitees() -> None:
    rows = {
        r["inviter_id"]: r for r in table("inviters", "inviters", chat(LOOP), at("d42")).to_dicts()
    }
    assert list(rows) == ["ann", "bob", "eve"]
    ann = rows["ann"]
    assert (ann["inviter_name"], ann["invitees"], ann["spoke"]) == ("Ann", 4, 3)
    # bob (day 1) and dot (day 0) in time, cid on day 3; gus came two days ago.
    assert (ann["due"], ann["activated"]) == (3, 2)
    # Days 7–13: bob on day 8. Days 30–36: dot on day 31; gus is too new for both.
    assert (ann["due_week"], ann["active_week"]) == (3, 1)
    assert (ann["due_month"], ann["active_month"]) == (2, 0)
    assert (ann["still_active"], ann["left"], ann["left_early"], ann["pending"]) == (1, 1, 0, 1)
    assert (ann["invitees_in_period"], ann["spoke_in_period"]) == (1, 0)
    # 4 invited, 3 of them spoke; nobody's month is over who was active in it.
    assert (ann["points"], ann["points_back"]) == (7.0, 0.0)
    # bob brought eve.
    assert ann["level_2"] == 1


def test_points_are_taken_back_for_those_who_leave_within_seven_days() -> None:
    rows = {
        r["inviter_id"]: r for r in table("inviters", "inviters", chat(LOOP), at("d42")).to_dicts()
    }
    # eve spoke (2 points) and left on day 4: both are gone.
    assert (rows["bob"]["points"], rows["bob"]["points_back"]) == (0.0, 2.0)
    assert (rows["bob"]["left_early"], rows["bob"]["level_2"]) == (1, 1)
    for day, back in (("d9", 1.0), ("d10", 0.0)):
        data = chat(f"d2 09:00 ann +bob\n{day} 23:00 -bob")
        assert only_row("inviters", "inviters", data, at("d14"))["points_back"] == back


def test_a_month_later_an_active_invitee_earns_one_more_point() -> None:
    lines = "d1 09:00 ann +bob,cid\nd1 10:00 bob: hi\nd31 09:00 bob: hi\nd38 09:00 cid: hi\n-"
    data = chat(lines.removesuffix("-"))
    # Days 30–36 are d31–d37: open until d38 has come.
    open_yet = only_row("inviters", "inviters", data, at("d35"))
    assert (open_yet["due_month"], open_yet["active_month"], open_yet["points"]) == (0, 0, 3.0)
    over = only_row("inviters", "inviters", data, at("d42"))
    assert (over["due_month"], over["active_month"]) == (2, 1)
    assert over["points"] == 2 * 1 + 2 * 1 + 1


def test_someone_invited_twice_by_the_same_person_is_one_invitee() -> None:
    data = chat("d1 08:00 ann +bob\nd3 09:00 -bob\nd5 09:00 ann +bob")
    row = only_row("inviters", "inviters", data, at("d7"))
    assert (row["invitees"], row["left"], row["left_early"]) == (1, 0, 1)
    # Who goes and comes back earns nothing.
    assert (row["points"], row["points_back"]) == (0.0, 1.0)


def test_a_share_of_few_is_too_few() -> None:
    ten = ",".join(f"m{i}" for i in range(10))
    data = chat(f"d1 08:00 ann +{ten}\nd1 09:00 m1: hi")
    assert only_row("inviters", "inviters", data, at("d7"))["spoke_share"] == 0.1
    nine = chat(f"d1 08:00 ann +{ten[3:]}\nd1 09:00 m1: hi")
    row = only_row("inviters", "inviters", nine, at("d7"))
    assert (row["invitees"], row["spoke"], row["spoke_share"]) == (9, 1, None)


def test_with_too_few_named_joins_linked_nobody_can_tell_what_became_of_them() -> None:
    data = chat(LOOP, joins_named=5, joins_linked=3)
    ann = table("inviters", "inviters", data, at("d42")).row(0, named=True)
    assert (ann["invitees"], ann["due"]) == (4, 3)
    told = ("spoke", "activated", "active_week", "still_active", "left", "left_early", "points")
    assert [ann[key] for key in told] == [None] * len(told)
    assert set(table("inviters", "tree", data, at("d42"))["fate"]) == {"unknown"}


def test_where_no_leave_is_ever_shown_leaves_are_unknown() -> None:
    row = only_row("inviters", "inviters", chat("d1 08:00 ann +bob\nd1 09:00 bob: hi"), at("d14"))
    assert (row["left"], row["left_early"], row["points_back"]) == (None, None, None)
    assert row["points"] == 2.0


def test_what_became_of_an_invitee_may_be_told_by_a_list() -> None:
    log = "d1 08:00 ann: hi\nd9 10:00 ann +cid\nd20 08:00 ann: hi"
    lists = [listing("d7", "ann"), listing("d14", "ann cid"), listing("d21", "ann")]
    data = apply_snapshots(chat(log), pl.concat(lists))
    row = only_row("inviters", "inviters", data, at("d21"))
    # On the list of day 5, not on that of day 12: gone, but nobody knows whether within 7 days.
    assert (row["left"], row["left_early"]) == (1, 0)


def test_the_tree_hangs_everybody_on_the_first_who_brought_them() -> None:
    lines = LOOP + "d21 09:00 cid +bob\nd22 09:00 cid +hal\nd23 09:00 ann +hal\n"
    rows = table("inviters", "tree", chat(lines), at("d42"))
    told = rows.select("root_id", "parent_id", "child_id", "depth", "fate").rows()
    assert told == [
        ("ann", "ann", "bob", 1, "quiet"),  # left and was brought back: in at the end
        ("ann", "ann", "cid", 1, "quiet"),
        ("ann", "ann", "dot", 1, "active"),
        ("ann", "ann", "gus", 1, "silent"),
        ("ann", "bob", "eve", 2, "left_early"),
        ("ann", "cid", "hal", 2, "silent"),
        ("ann", "eve", "fay", 3, "silent"),
    ]
    assert rows.row(0, named=True)["joined_at"] == moment("d2 09:00")


def test_who_had_invited_before_hangs_on_nobody() -> None:
    data = chat("d1 09:00 ann +bob\nd2 09:00 bob +ann\nd3 09:00 bob: hi\nd4 09:00 +bob")
    rows = table("inviters", "tree", data, at("d7"))
    assert rows.select("parent_id", "child_id").rows() == [("ann", "bob")]


@given(st.lists(st.tuples(*[st.sampled_from("abcdefg")] * 2), max_size=14))
def test_a_tree_has_no_circles_and_one_parent_each(pairs: list[tuple[str, str]]) -> None:
    lines = [f"d{i // 4 + 1} 09:{i % 4:02} {a} +{b}" for i, (a, b) in enumerate(pairs) if a != b]
    rows = table("inviters", "tree", chat("\n".join(lines)), at("d7"))
    parents = dict(rows.select("child_id", "parent_id").iter_rows())
    assert len(parents) == rows.height
    for row in rows.iter_rows(named=True):
        top, depth = row["child_id"], 0
        while top in parents:
            top, depth = parents[top], depth + 1
            assert depth <= len(parents)
        assert (row["root_id"], row["depth"]) == (top, depth)


def test_sources_count_newcomers_by_the_way_they_came() -> None:
    lines = LOOP + "d41 09:00 +ida\nd41 09:30 ida: hi\nd42 09:00 +bob\n"
    rows = {r["way"]: r for r in table("inviters", "sources", chat(lines), at("d42")).to_dicts()}
    # bob's second coming is no newcomer.
    assert {way: row["people"] for way, row in rows.items()} == {"invite": 5, "other": 1, "qr": 1}
    invited = rows["invite"]
    assert (invited["spoke"], invited["left"], invited["left_early"]) == (3, 1, 1)
    assert (invited["due"], invited["activated"]) == (4, 2)
    assert (rows["other"]["people_in_period"], rows["other"]["spoke"]) == (1, 1)
    assert rows["qr"]["people_share"] is None


def test_bots_and_other_chats_stay_out_of_it() -> None:
    one = chat(LOOP + "d30 09:00 ann +robo\n", chat_id="a", bots="robo")
    two = chat("d8 08:00 bob +ann\nd9 09:00 ann: hi\nd10 09:00 -ann", chat_id="b")
    for key in ("inviters", "tree", "sources"):
        both = table("inviters", key, together(one, two), at("d42"))
        alone = [table("inviters", key, d, at("d42")) for d in (one, two)]
        assert both.equals(pl.concat(alone)), key
        assert (
            both.filter(chat_id="a")
            .drop("chat_id")
            .equals(table("inviters", key, chat(LOOP), at("d42")).drop("chat_id"))
        )
