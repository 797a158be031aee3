"""Numbers of ``growth``, worked out by hand."""

import polars as pl

from sqtool.context import Context
from sqtool.schema import Dataset
from sqtool.snapshots import apply_snapshots
from tests._chat import at, chat, moment, only_row, table, together
from tests._lists import listing

# Week 1 (d1–d7): bob and cid invited, bob speaks on day 1, cid on day 3 (too late).
# Week 2: dot by QR code on d9, speaks at once; bob leaves d10; eve joins d14 (Sunday).
LIFE = """
d1 08:00 ann: hello
d2 09:00 ann +bob,cid
d3 09:00 bob: hi
d5 09:00 cid: hi
d9 10:00 ann ~dot
d9 10:05 dot: hi
d10 10:00 -bob
d14 10:00 +eve
"""


def test_weekly_joins_and_leaves_are_counted_by_hand() -> None:
    weeks = table("growth", "weekly", chat(LIFE, roster="ann cid dot eve"), at("d14"))
    assert weeks["joins"].to_list() == [2, 2]
    assert weeks["joins_invite"].to_list() == [2, 0]
    assert weeks["joins_qr"].to_list() == [0, 1]
    assert weeks["joins_other"].to_list() == [0, 1]
    assert weeks["leaves"].to_list() == [0, 1]
    assert weeks["net"].to_list() == [2, 1]
    # Back from 4 on the roster: week 2 moved by +2 − 1, week 1 by +2.
    assert weeks["members_at_start"].to_list() == [1, 3]
    assert weeks["leave_share"].to_list() == [0.0, 0.333333333]
    assert weeks["partial"].to_list() == [True, False]
    assert weeks["roster_joins"].is_null().all()
    assert weeks["roster_leaves"].is_null().all()


def test_activation_counts_days_0_to_2_of_joins_with_t_at_day_3_or_later() -> None:
    weeks = table("growth", "weekly", chat(LIFE), at("d14"))
    # bob (d2 → d3) yes, cid (d2 → d5 is day 3) no; dot yes; eve joined on T's day: not due.
    assert weeks["due"].to_list() == [2, 1]
    assert weeks["activated"].to_list() == [1, 1]
    assert weeks["activation_share"].to_list() == [0.5, 1.0]


def test_a_join_is_due_exactly_on_day_3() -> None:
    data = chat("d1 08:00 ann: hi\nd4 10:00 +bob\nd6 10:00 bob: hi")
    for day, due, activated in (("d6", 0, 0), ("d7", 1, 1)):
        ctx = Context.of(data, as_of=moment(f"{day} 12:00"), week="this")
        row = only_row("growth", "activation", data, ctx)
        assert (row["due"], row["activated"]) == (due, activated)


def test_a_week_long_past_is_judged_at_its_end() -> None:
    data = chat(
        "d1 08:00 ann: hi\nd5 10:00 +bob\nd8 10:00 bob: hi\nd6 10:00 +cid\nd6 11:00 cid: hi"
    )
    row = only_row(
        "growth", "activation", data, Context.of(data, as_of=moment("d20"), week="2024-W01")
    )
    # The week ends with the first moment of d8, day 3 of bob's join; cid is on day 2 only.
    assert (row["due"], row["activated"]) == (1, 0)


def test_every_join_says_what_became_of_it() -> None:
    joins = table("growth", "joins", chat(LIFE), at("d14"))
    assert joins["member_id"].to_list() == ["eve", "dot", "bob", "cid"]
    by = {row["member_id"]: row for row in joins.to_dicts()}
    assert (by["bob"]["way"], by["bob"]["inviter_name"]) == ("invite", "Ann")
    assert (by["bob"]["activated"], by["bob"]["days_to_first"]) == (True, 1)
    assert by["bob"]["left_at"] == moment("d10 10:00")
    assert (by["cid"]["activated"], by["cid"]["days_to_first"]) == (False, 3)
    assert (by["dot"]["way"], by["dot"]["inviter_id"]) == ("qr", "ann")
    assert by["dot"]["first_message_at"] == moment("d9 10:05")
    assert (by["eve"]["way"], by["eve"]["inviter_id"]) == ("other", None)
    assert (by["eve"]["due"], by["eve"]["activated"]) == (False, None)
    assert by["eve"]["first_message_at"] is None
    assert not any(row["rejoin"] for row in by.values())


def test_still_active_means_spoke_in_the_last_28_days() -> None:
    data = chat("d1 08:00 +bob,cid\nd2 09:00 bob: hi\nd8 09:00 cid: hi\nd35 09:00 ann: hi")
    joins = {r["member_id"]: r for r in table("growth", "joins", data, at("d35")).to_dicts()}
    # d8 is the first of the 28 days that end on d35.
    assert joins["cid"]["still_active"] is True
    assert joins["bob"]["still_active"] is False


def test_a_return_is_a_join_of_its_own_marked_as_such() -> None:
    data = chat("""
d1 08:00 +bob
d2 09:00 bob: hi
d3 09:00 -bob
d10 09:00 ann +bob
d4 09:00 cid: I was here before any notice
d11 09:00 +cid
""")
    joins = table("growth", "joins", data, at("d14"))
    marks = {(r["member_id"], r["joined_on"].day): r["rejoin"] for r in joins.to_dicts()}
    assert marks == {("bob", 1): False, ("bob", 10): True, ("cid", 11): True}
    leavers = only_row("growth", "leavers", data, at("d14"))
    assert (leavers["came_back"], leavers["tenure_days"], leavers["messages"]) == (True, 2, 1)


def test_one_act_told_by_two_notices_in_the_same_moment_is_one_join() -> None:
    data = chat("d1 08:00 ann: hi\nd2 09:00 +bob\nd2 09:00 ann +bob")
    row = only_row("growth", "joins", data, at("d7"))
    assert (row["way"], row["inviter_id"]) == ("invite", "ann")


def test_a_log_that_never_shows_a_join_says_nothing_about_joins() -> None:
    data = chat("d1 08:00 ann: hi\nd9 09:00 -bob")
    week = table("growth", "weekly", data, at("d14")).to_dicts()[1]
    assert week["joins"] is None
    assert week["due"] is None
    assert week["leaves"] == 1
    assert week["net"] is None
    row = only_row("growth", "summary", chat("d1 08:00 ann: hi\nd2 09:00 +bob"), at("d14"))
    assert (row["joins"], row["joins_last"], row["leaves"], row["net"]) == (0, 1, None, None)


def test_the_leave_rate_is_unknown_without_a_roster() -> None:
    weeks = table("growth", "weekly", chat(LIFE), at("d14"))
    assert weeks["members_at_start"].is_null().all()
    assert weeks["leave_share"].is_null().all()


def test_the_period_is_set_beside_the_one_before() -> None:
    row = only_row("growth", "summary", chat(LIFE, roster="ann cid dot eve"), at("d14"))
    assert (row["joins"], row["joins_last"]) == (2, 2)
    assert (row["leaves"], row["leaves_last"]) == (1, 0)
    assert (row["members_at_start"], row["members_at_start_last"]) == (3, 1)
    assert row["leave_share"] == 0.333333333
    assert (row["partial"], row["partial_last"]) == (False, True)


def test_members_at_the_start_of_an_older_week_undo_what_came_later() -> None:
    data = chat(LIFE, roster="ann cid dot eve")
    ctx = Context.of(data, as_of=moment("d14"), week="2024-W01")
    assert only_row("growth", "summary", data, ctx)["members_at_start"] == 1
    assert table("growth", "weekly", data, ctx)["members_at_start"].to_list() == [1]


def test_someone_who_left_after_the_period_was_there_at_its_start() -> None:
    data = chat("d1 08:00 ann: hi\nd2 09:00 +bob\nd17 09:00 -bob", roster="ann")
    ctx = Context.of(data, as_of=moment("d21"), week="2024-W02")
    row = only_row("growth", "summary", data, ctx)
    assert (row["members_at_start"], row["members_at_start_last"]) == (2, 1)


def test_a_date_of_joining_that_only_the_roster_knows_moves_the_members() -> None:
    data = chat("d1 08:00 ann: hi", roster="ann bob", joined={"bob": "d9 12:00"})
    weeks = table("growth", "weekly", data, at("d14"))
    assert weeks["members_at_start"].to_list() == [1, 1]
    later = table("growth", "weekly", data, at("d21"))
    assert later["members_at_start"].to_list() == [1, 1, 2]


def test_with_too_few_named_joins_linked_nobody_can_tell_who_spoke() -> None:
    data = chat(LIFE, joins_named=5, joins_linked=3)
    row = only_row("growth", "activation", data, at("d14"))
    assert (row["linked_share"], row["can_tell"]) == (0.6, False)
    assert row["due_all"] == 3
    assert row["activated_all"] is None
    assert row["activation_share_all"] is None
    assert table("growth", "joins", data, at("d14"))["activated"].is_null().all()
    assert table("growth", "weekly", data, at("d14"))["activated"].is_null().all()
    enough = chat(LIFE, joins_named=5, joins_linked=4)
    assert only_row("growth", "activation", enough, at("d14"))["activated_all"] == 2


def test_activation_is_told_for_the_period_the_one_before_and_all() -> None:
    row = only_row("growth", "activation", chat(LIFE), at("d14"))
    assert (row["due"], row["activated"], row["activation_share"]) == (1, 1, 1.0)
    assert (row["due_last"], row["activated_last"], row["activation_share_last"]) == (2, 1, 0.5)
    assert (row["due_all"], row["activated_all"]) == (3, 2)


def test_leavers_say_how_they_went_and_what_they_had_written() -> None:
    data = chat(LIFE + "d11 09:00 cid x3: bye\nd12 09:00 ann -cid")
    leavers = table("growth", "leavers", data, at("d14")).to_dicts()
    assert [r["member_id"] for r in leavers] == ["cid", "bob"]
    cid, bob = leavers
    assert (cid["how"], cid["by_id"], cid["inviter_id"]) == ("removed", "ann", "ann")
    assert (cid["messages"], cid["active_days"], cid["tenure_days"]) == (4, 2, 10)
    assert (bob["how"], bob["by_id"], bob["came_back"]) == ("leave", None, False)


def test_bots_neither_join_nor_leave() -> None:
    data = chat(LIFE + "d12 09:00 +robo\nd13 09:00 -robo", bots="robo")
    assert table("growth", "weekly", data, at("d14")).equals(
        table("growth", "weekly", chat(LIFE), at("d14"))
    )


def test_chats_of_one_run_do_not_touch_each_other() -> None:
    one = chat(LIFE, chat_id="a", roster="ann cid dot eve")
    two = chat("d8 08:00 bob +ann\nd9 09:00 ann: hi\nd10 09:00 -ann", chat_id="b")
    for key in ("weekly", "summary", "activation", "joins", "leavers"):
        both = table("growth", key, together(one, two), at("d14"))
        alone = [table("growth", key, d, at("d14")) for d in (one, two)]
        assert both.equals(pl.concat(alone)), key


# --- what only member lists tell ------------------------------------------------------------------

WEEKS = """
d1 08:00 ann: hi
d3 09:00 bob x2: hi
d9 10:00 ann +cid
d20 08:00 ann: hi
"""


def listed(*lists: pl.DataFrame, log: str = WEEKS) -> Dataset:
    return apply_snapshots(chat(log), pl.concat(lists))


def test_lists_of_two_sundays_tell_the_week_between_them() -> None:
    # d7 and d14 are Sundays: bob and dot went, cid came by notice, eve by the list alone.
    data = listed(listing("d7", "ann bob dot"), listing("d14", "ann cid eve"))
    weeks = table("growth", "weekly", data, at("d14")).to_dicts()
    assert [w["roster_joins"] for w in weeks] == [None, 1]
    assert [w["roster_leaves"] for w in weeks] == [None, 2]
    assert (weeks[1]["joins"], weeks[1]["leaves"]) == (1, None)
    # One notice and one by the list came, two went; three were there at the start.
    assert (weeks[1]["net"], weeks[1]["members_at_start"]) == (0, 3)
    assert weeks[1]["leave_share"] == 0.666666667
    row = only_row("growth", "summary", data, at("d14"))
    assert (row["roster_joins"], row["roster_leaves"], row["net"]) == (1, 2, 0)
    assert (row["roster_leaves_last"], row["leave_share_last"]) == (None, None)


def test_lists_of_monday_mornings_tell_the_week_that_has_ended() -> None:
    data = listed(listing("d8 09:00", "ann bob"), listing("d15 09:00", "ann cid"))
    weeks = table("growth", "weekly", data, at("d15 10:00"))
    assert weeks["roster_leaves"].to_list() == [None, 1]
    assert only_row("growth", "summary", data, at("d15 10:00"))["roster_leaves"] == 1


def test_a_span_over_several_weeks_is_not_shared_out_among_them() -> None:
    # Wednesday to Wednesday, and then four weeks.
    data = listed(
        listing("d3 12:00", "ann bob"), listing("d10 09:00", "ann"), listing("d38 12:00", "ann zed")
    )
    ctx = at("d42")
    assert table("growth", "weekly", data, ctx)["roster_leaves"].is_null().all()
    rows = table("growth", "lists", data, ctx).select(
        "after", "until", "days", "members_before", "members_after", "roster_joins",
        "roster_leaves", "roster_leave_share",
    ).rows()  # fmt: skip
    # cid came by notice on d9 and is not on the list of d10, not a day later: it may be the older.
    assert rows == [
        (moment("d3 12:00"), moment("d10 09:00"), 7, 2, 1, 0, 1, 0.5),
        (moment("d10 09:00"), moment("d38 12:00"), 28, 1, 2, 1, 0, 0.0),
    ]


def test_a_week_half_of_which_lists_span_has_no_figure() -> None:
    data = listed(listing("d9 12:00", "ann bob"), listing("d12 12:00", "ann"))
    assert table("growth", "weekly", data, at("d14"))["roster_leaves"].is_null().all()
    daily = [listing(f"d{day} 12:00", "ann bob" if day < 10 else "ann") for day in range(7, 15)]
    weeks = table("growth", "weekly", listed(*daily), at("d14"))
    assert weeks["roster_leaves"].to_list() == [None, 1]


def test_names_that_cannot_be_matched_leave_the_figures_open() -> None:
    data = listed(listing("d7", "ann old", ids=False), listing("d14", "ann cid new", ids=False))
    row = table("growth", "lists", data, at("d14")).row(0, named=True)
    assert (row["names_new"], row["names_gone"], row["roster_leaves"]) == (1, 1, 0)
    assert (row["members_before"], row["members_after"]) == (2, 3)
    assert row["roster_leave_share"] is None
    week = table("growth", "weekly", data, at("d14")).row(1, named=True)
    assert (week["roster_joins"], week["roster_leaves"], week["leave_share"]) == (None, None, None)
    events = table("growth", "listed", data, at("d14"))
    assert events.select("member_id", "event").rows() == [
        ("name:Old", "name_gone"), ("name:New", "name_new"),
    ]  # fmt: skip


def test_two_equal_lists_say_that_nobody_left() -> None:
    data = listed(listing("d7", "ann"), listing("d14", "ann cid"))
    week = table("growth", "weekly", data, at("d14")).row(1, named=True)
    assert (week["leaves"], week["roster_leaves"], week["leave_share"]) == (None, 0, 0.0)


def test_who_went_between_two_lists_is_named_with_what_they_had_written() -> None:
    data = listed(listing("d7", "ann bob dot"), listing("d14", "ann cid eve"))
    rows = table("growth", "listed", data, at("d14")).select("member_id", "event", "messages")
    assert rows.rows() == [("eve", "join", 0), ("bob", "leave", 2), ("dot", "leave", 0)]


def test_what_became_of_an_invitee_may_be_told_by_a_list() -> None:
    lists = (listing("d7", "ann"), listing("d14", "ann cid"), listing("d21", "ann"))
    data = listed(*lists)
    join = only_row("growth", "joins", data, at("d21"))
    assert (join["left_at"], join["left_by"]) == (None, moment("d21"))
    # A week earlier nobody knows of it.
    assert only_row("growth", "joins", data, at("d14"))["left_by"] is None


def test_the_list_of_its_time_serves_an_earlier_period() -> None:
    data = listed(listing("d7", "ann bob zed"), listing("d14", "ann cid"))
    ctx = Context.of(data, as_of=moment("d14"), week="2024-W01")
    layers = table("pyramid", "members", data, ctx)
    assert {*layers.filter(pl.col("layer") != "unlisted")["member_id"]} == {"ann", "bob", "zed"}
    now = table("pyramid", "members", data, at("d14"))
    assert {*now.filter(pl.col("layer") != "unlisted")["member_id"]} == {"ann", "cid"}


def test_bots_on_a_list_do_not_move() -> None:
    robo = listing("d14", "ann cid robo").with_columns(is_bot=pl.col("member_id") == "robo")
    data = listed(listing("d7", "ann"), robo)
    assert table("growth", "listed", data, at("d14")).is_empty()
    assert table("growth", "lists", data, at("d14"))["roster_joins"].to_list() == [0]
