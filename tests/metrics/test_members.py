"""Numbers of ``members``, worked out by hand."""

import polars as pl
import pytest

from sqtool import SqtoolError
from sqtool.metrics._extras import extra
from sqtool.schema import Dataset
from sqtool.snapshots import apply_snapshots
from tests._chat import at, chat, moment, table, together
from tests._lists import listing

LINES = """
d1 09:00 ann x3: hi
d90 09:00 ann: hi
d112 09:00 ann x2: hi
d2 09:00 ann +bob
d100 10:00 bob: hi
d101 09:00 ann -cid
d110 09:00 +eve
"""


def _by_id(data: Dataset, when: str = "d112") -> dict[str, dict[str, object]]:
    rows = table("members", "members", data, at(when)).to_dicts()
    return {row["member_id"]: row for row in rows}


def test_windows_of_28_and_112_days_end_with_the_period() -> None:
    ann = _by_id(chat(LINES))["ann"]
    # d112 − 27 = d85 opens the 28 days; d1 is the first of the 112.
    assert (ann["messages_28"], ann["active_days_28"]) == (3, 2)
    assert (ann["messages_112"], ann["active_days_112"]) == (6, 3)
    assert (ann["messages"], ann["active_days"], ann["days_silent"]) == (6, 3, 0)
    a_week_on = _by_id(chat(LINES), "d119")["ann"]
    assert (a_week_on["messages_112"], a_week_on["active_days_112"]) == (3, 2)
    assert (a_week_on["messages"], a_week_on["days_silent"]) == (6, 7)


def test_joins_inviters_and_leaves_come_from_the_notices() -> None:
    members = _by_id(chat(LINES))
    assert members["bob"]["joined_at"] == moment("d2 09:00")
    assert (members["bob"]["inviter_id"], members["bob"]["inviter_name"]) == ("ann", "Ann")
    assert members["ann"]["joined_at"] is None
    assert members["cid"]["left_at"] == moment("d101 09:00")
    assert members["bob"]["left_at"] is None


def test_first_and_last_seen_include_notices_and_last_message_does_not() -> None:
    bob, eve = (_by_id(chat(LINES))[who] for who in ("bob", "eve"))
    assert bob["first_seen_at"] == moment("d2 09:00")
    assert bob["last_seen_at"] == bob["last_message_at"] == moment("d100 10:00")
    assert eve["first_seen_at"] == eve["last_seen_at"] == moment("d110 09:00")
    assert (eve["last_message_at"], eve["days_silent"], eve["messages"]) == (None, None, 0)


def test_someone_who_came_back_is_not_out() -> None:
    data = chat("d1 09:00 ann: hi\nd2 09:00 +bob\nd3 09:00 -bob\nd5 09:00 ann +bob")
    bob = _by_id(data, "d7")["bob"]
    assert (bob["left_at"], bob["joined_at"], bob["inviter_id"]) == (
        None,
        moment("d5 09:00"),
        "ann",
    )


def test_a_date_of_joining_may_come_from_the_roster_and_who_joins_later_is_not_there_yet() -> None:
    data = chat("d1 09:00 ann: hi", roster="ann bob cid", joined={"bob": "d3", "cid": "d9"})
    members = _by_id(data, "d7")
    assert members["bob"]["joined_at"] == moment("d3")
    assert "cid" not in members
    assert _by_id(data, "d14")["cid"]["in_roster"] is True


def test_earlier_names_are_listed_in_order_of_first_use_without_the_shown_one() -> None:
    data = chat("d1 09:00 ann: a\nd2 09:00 ann: b\nd3 09:00 ann: c\nd4 09:00 ann: d")
    worn = ["Zoe", "Bea", "Zoe", "Ann"]
    renamed = data.messages.with_columns(sender_name=pl.Series(worn))
    got = _by_id(Dataset(data.chats, data.members, renamed), "d7")["ann"]
    assert (got["display_name"], got["earlier_names"]) == ("Ann", "Zoe / Bea")
    assert _by_id(data, "d7")["ann"]["earlier_names"] is None


def test_people_first_seen_after_the_period_are_left_out() -> None:
    data = chat("d1 09:00 ann: hi\nd9 09:00 bob: hi")
    assert set(_by_id(data, "d7")) == {"ann"}
    assert set(_by_id(data, "d14")) == {"ann", "bob"}


def test_the_roster_shows_who_was_never_seen() -> None:
    members = _by_id(chat("d1 09:00 ann: hi", roster="ann zed"), "d7")
    assert members["zed"]["layer"] == "silent"
    assert (members["zed"]["first_seen_at"], members["zed"]["messages"]) == (None, 0)
    unlisted = _by_id(chat("d1 09:00 ann: hi"), "d7")["ann"]
    assert unlisted["in_roster"] is None


def test_bots_are_listed_with_what_they_wrote() -> None:
    robo = _by_id(chat("d1 09:00 ann: hi\nd1 10:00 robo x4: beep", bots="robo"), "d7")["robo"]
    assert (robo["is_bot"], robo["layer"], robo["messages"]) == (True, "staff", 4)


def test_most_active_come_first_and_ties_are_settled_by_id() -> None:
    data = chat("d1 09:00 bob: hi\nd1 09:01 ann: hi\nd2 09:00 cid x2: hi")
    assert table("members", "members", data, at("d7"))["member_id"].to_list() == [
        "cid",
        "ann",
        "bob",
    ]


def test_chats_of_one_run_do_not_touch_each_other() -> None:
    one, two = chat(LINES, chat_id="a"), chat("d100 09:00 bob: hi\nd101 09:00 +ann", chat_id="b")
    both = table("members", "members", together(one, two), at("d112"))
    assert both.equals(pl.concat([table("members", "members", d, at("d112")) for d in (one, two)]))


def test_every_name_worn_stands_with_its_first_and_last_day() -> None:
    data = chat(
        "d1 09:00 ann: a\nd2 09:00 ann: b\nd3 09:00 ann: c\nd4 09:00 bob: d\nd5 09:00 ann: e"
    )
    worn = ["Zoe", " Bea ", "Zoe", "", "Bea"]
    renamed = data.messages.with_columns(sender_name=pl.Series(worn))
    got = table("members", "names", Dataset(data.chats, data.members, renamed), at("d7"))
    first = moment("d1 09:00").date()
    days = [first.replace(day=n) for n in range(1, 6)]
    assert got.rows() == [
        ("c", "ann", "Zoe", days[0], days[2], 2), ("c", "ann", "Bea", days[1], days[4], 2),
    ]  # fmt: skip
    later = table("members", "names", data, at("d7"))
    assert later.select("member_id", "name", "messages").rows() == [
        ("ann", "Ann", 4),
        ("bob", "Bob", 1),
    ]


# --- by a column of the member list --------------------------------------------------------------

COURSES = {"ann": "写作", "bob": "写作", "cid": "阅读", "dot": "阅读"}


def _course() -> Dataset:
    log = chat("d1 09:00 ann: hi\nd37 09:00 ann x3: hi\nd37 10:00 cid: hi\nd15 09:00 bob: hi\n"
               "d38 09:00 zoe x2: hi\nd38 10:00 robo x9: beep", bots="robo")  # fmt: skip
    return apply_snapshots(log, listing("d42", "ann bob cid dot eve robo", course=COURSES))


def test_members_are_counted_by_a_column_of_the_list() -> None:
    rows = table("members", "by", _course(), at("d42", by=" Course ")).drop("chat_id").rows()
    # The week is d36–d42, the 28 days begin on d15. zoe speaks and is not on the list.
    assert rows == [
        ("写作", True, 2, 1, 0.5, 3, 2, 1.0),
        ("阅读", True, 2, 1, 0.5, 1, 1, 0.5),
        (None, True, 1, 0, 0.0, 0, 0, 0.0),
        (None, False, 1, 1, 1.0, 2, 1, 1.0),
    ]


def test_a_column_that_no_list_has_is_answered_with_those_there_are() -> None:
    with pytest.raises(SqtoolError, match=r"no column cuorse.*did you mean course.*course"):
        extra(_course(), "cuorse")
    with pytest.raises(SqtoolError, match="no list has columns of its own"):
        extra(chat("d1 09:00 ann: hi"), "course")


def test_the_values_of_a_column_are_there_for_other_metrics() -> None:
    values = dict(extra(_course(), "course").select("member_id", "value").collect().iter_rows())
    assert values == COURSES


def test_without_a_column_the_table_is_empty() -> None:
    assert table("members", "by", _course(), at("d42")).is_empty()


def test_who_is_on_the_list_no_more_left_by_its_day() -> None:
    lists = [listing("d7", "ann bob"), listing("d14", "ann cid")]
    data = apply_snapshots(chat("d1 09:00 ann: hi\nd2 09:00 ann +bob"), pl.concat(lists))
    left = {who: row["left_at"] for who, row in _by_id(data, "d14").items()}
    assert left == {"ann": None, "bob": moment("d14"), "cid": None}
