"""The list of chats: counted by hand, standing at T."""

from dataclasses import replace

import polars as pl

from sqtool.schema import TAGS
from tests._chat import at, chat, table, together


def test_the_list_stands_at_t_and_not_at_the_end_of_the_review_period() -> None:
    # d10 is a Wednesday: the last week that ended is d1–d7.
    data = chat("d2 09:00 ann x3: hi\nd8 23:50 bob: hi\nd8 23:55 robo: beep", bots="robo")
    row = table("chats", "chats", data, at("d10 12:00")).row(0, named=True)
    assert (row["messages"], row["members"], row["stale_days"]) == (4, 2, 2)
    assert (str(row["first_on"]), str(row["last_on"])) == ("2024-01-02", "2024-01-08")


def test_chats_come_by_name_and_the_nameless_last() -> None:
    data = together(
        chat("", chat_id="a", name="二群", roster="kim lee", kind="private"),
        chat("d1 09:00 ann: hi", chat_id="b", name=None, member_count=40),
        chat("d1 09:00 ann: hi", chat_id="c", name="一群"),
        chat("d1 09:00 ann: hi\nd2 09:00 ann -bob", chat_id="d", name="一群"),
    )
    tags = pl.DataFrame([("c", "team", "x"), ("c", "city", "y")], schema=TAGS, orient="row")
    rows = table("chats", "chats", replace(data, tags=tags), at("d7"))
    shown = rows.select("chat_id", "members", "messages", "stale_days", "has_roster", "tags")
    assert shown.rows() == [
        ("c", 1, 1, 6, False, "city=y, team=x"),
        ("d", 1, 1, 6, False, None),  # bob is gone
        ("a", 2, 0, None, True, None),
        ("b", 40, 1, 6, False, None),  # as the export states
    ]
