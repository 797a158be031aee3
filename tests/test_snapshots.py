"""Member lists of several days: the newest is the roster, differences are joins and leaves."""

import random
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import sqtool
from sqtool import SqtoolError
from sqtool.issues import IssueLog
from sqtool.schema import EXTRAS, MEMBERS, MOVES, Dataset
from sqtool.snapshots import SNAPSHOTS, apply_snapshots, moves
from tests._chat import chat, moment, together
from tests._golden import EXPORTS
from tests._lists import listing

QUIET = "d1 08:00 ann: hi\nd20 08:00 bob: hi"


def told(data: Dataset, *lists: pl.DataFrame) -> set[tuple[str, str, str]]:
    """Return (event, member, day of the list) of every move."""
    found = moves(pl.concat(lists), data).filter(pl.col("event").is_not_null())
    days = found["until"].dt.convert_time_zone("Asia/Shanghai").dt.day()
    return set(zip(found["event"], found["member_id"], (f"d{day}" for day in days), strict=True))


def listed(data: Dataset) -> list[str]:
    """Return the ids on the roster."""
    return data.members.collect().filter("in_roster")["member_id"].to_list()


def test_two_lists_tell_who_came_and_who_went() -> None:
    lists = (listing("d7", "ann bob"), listing("d14", "ann cid"))
    assert told(chat(QUIET), *lists) == {("join", "cid", "d14"), ("leave", "bob", "d14")}
    found = moves(pl.concat(lists), chat(QUIET))
    assert found.schema == MOVES
    assert found["after"].unique().to_list() == [moment("d7")]
    # The pair itself is on record: nothing else could tell "nobody" from "not known".
    assert found.filter(pl.col("member_id").is_null()).height == 1


def test_the_first_list_tells_nothing_and_nobody_is_no_move() -> None:
    assert moves(listing("d7", "ann bob"), chat(QUIET)).is_empty()
    same = moves(pl.concat([listing("d7", "ann"), listing("d14", "ann")]), chat(QUIET))
    assert same.select("member_id", "event", "after", "until").rows() == [
        (None, None, moment("d7"), moment("d14"))
    ]


def test_who_is_on_the_list_again_has_joined_again() -> None:
    lists = [listing("d7", "ann bob"), listing("d14", "ann"), listing("d21", "ann bob")]
    assert told(chat(QUIET), *lists) == {("leave", "bob", "d14"), ("join", "bob", "d21")}


def test_what_the_log_shows_is_not_told_again() -> None:
    log = chat(QUIET + "\nd9 10:00 ann +cid\nd10 10:00 -bob\nd11 09:00 -dot\nd12 09:00 +dot")
    lists = (listing("d7", "ann bob dot"), listing("d14", "ann cid dot eve"))
    assert told(log, *lists) == {("join", "eve", "d14")}


def test_a_leave_after_the_join_and_a_join_after_the_leave_are_told_with_the_notice_as_start() -> (
    None
):
    log = chat(QUIET + "\nd9 10:00 +cid\nd10 10:00 -bob")
    found = moves(pl.concat([listing("d7", "ann bob"), listing("d14", "ann bob")]), log)
    rows = found.filter(pl.col("event").is_not_null()).select("event", "member_id", "after").rows()
    # cid came by notice and is not on the list; bob left by notice and is on it.
    assert rows == [("join", "bob", moment("d10 10:00")), ("leave", "cid", moment("d9 10:00"))]


def test_what_happened_on_the_day_of_a_list_may_be_before_or_after_it() -> None:
    # The lists are of d7 and d14: at which hour, nobody knows.
    log = chat(QUIET + "\nd7 20:00 +cid\nd7 21:00 -bob\nd14 20:00 +dot\nd14 21:00 -eve")
    assert told(log, listing("d7", "ann bob eve"), listing("d14", "ann cid eve")) == set()
    assert told(log, listing("d7", "ann cid eve"), listing("d14", "ann cid dot")) == set()
    # Two days before is another matter.
    late = chat(QUIET + "\nd12 20:00 +dot")
    assert told(late, listing("d7", "ann"), listing("d14", "ann")) == {("leave", "dot", "d14")}


def test_lists_without_ids_match_the_one_person_who_ever_carried_the_name() -> None:
    log = chat(QUIET + "\nd2 09:00 cid: hi")
    lists = (listing("d7", "ann bob", ids=False), listing("d14", "ann bob cid", ids=False))
    assert told(log, *lists) == {("join", "cid", "d14")}
    data = apply_snapshots(log, pl.concat(lists))
    assert listed(data) == ["ann", "bob", "cid"]


def test_a_name_that_goes_while_another_comes_is_neither_a_join_nor_a_leave() -> None:
    issues = IssueLog()
    lists = [listing("d7", "ann old", ids=False), listing("d14", "ann new", ids=False)]
    found = moves(pl.concat(lists), chat(QUIET), issues)
    assert found.select("event", "member_id").rows() == [
        ("name_gone", "name:Old"), ("name_new", "name:New"), (None, None),
    ]  # fmt: skip
    frame = issues.frame()
    assert frame.select("code", "file", "rows").rows() == [("list-names-not-matched", "d14.csv", 0)]
    assert frame["detail"].item().startswith("1 gone and 1 new")


def test_names_alone_tell_a_leave_where_nobody_is_new_but_by_a_notice() -> None:
    log = chat(QUIET + "\nd10 10:00 +name:Cid")
    lists = (listing("d7", "ann bob old", ids=False), listing("d14", "ann bob cid", ids=False))
    assert told(log, *lists) == {("leave", "name:Old", "d14")}


def test_a_date_of_joining_between_the_lists_makes_a_new_name_a_join() -> None:
    before = listing("d7", "ann old", ids=False)
    after = listing("d14", "ann new", ids=False, joined={"new": "d9"})
    assert told(chat(QUIET), before, after) == {
        ("join", "name:New", "d14"), ("leave", "name:Old", "d14"),
    }  # fmt: skip
    older = listing("d14", "ann new", ids=False, joined={"new": "d2"})
    assert {event for event, _, _ in told(chat(QUIET), before, older)} == {"name_new", "name_gone"}


def test_a_renamed_member_with_an_id_has_not_moved() -> None:
    before = listing("d7", "ann bob")
    after = before.with_columns(
        taken_at=pl.lit(moment("d14")), display_name=pl.lit("New name")
    ).match_to_schema(SNAPSHOTS)
    assert told(chat(QUIET), before, after) == set()


def test_equal_names_are_not_merged_where_the_list_knows_the_ids() -> None:
    # zed carries Bob's name; bob himself is gone.
    after = listing("d14", "ann zed").with_columns(
        display_name=pl.col("display_name").replace("Zed", "Bob")
    )
    data = chat(QUIET)
    assert told(data, listing("d7", "ann bob"), after) == {
        ("leave", "bob", "d14"), ("join", "zed", "d14"),
    }  # fmt: skip
    assert listed(apply_snapshots(data, after)) == ["ann", "zed"]


def test_ids_of_another_kind_are_matched_by_name() -> None:
    other = listing("d14", "ann bob").with_columns(member_id="u_" + pl.col("member_id"))
    assert listed(apply_snapshots(chat(QUIET), other)) == ["ann", "bob"]


def test_the_newest_complete_list_up_to_t_is_the_roster() -> None:
    lists = pl.concat(
        [
            listing("d7", "ann bob", role={"bob": "admin"}),
            listing("d14", "ann cid", role={"ann": "owner"}, course={"ann": "A"}),
            listing("d15", "ann", complete=False),
            listing("d28", "zed"),
        ]
    )
    data = apply_snapshots(chat(QUIET), lists, moment("d20"))
    members = {row["member_id"]: row for row in data.members.collect().to_dicts()}
    assert {who: row["in_roster"] for who, row in members.items()} == {
        "ann": True, "bob": False, "cid": True,
    }  # fmt: skip
    assert (members["ann"]["role"], members["bob"]["role"]) == ("owner", None)
    assert (members["cid"]["display_name"], members["bob"]["left_at"]) == ("Cid", moment("d14"))
    assert data.extras.rows() == [("c", "ann", "course", "A")]
    assert data.extras.schema == EXTRAS
    assert data.members.collect_schema() == MEMBERS
    about = data.chats.collect().row(0, named=True)
    assert (about["has_roster"], about["roster_source"]) == (True, "file")
    assert set(data.moves["until"]) == {moment("d14")}


def test_where_every_list_is_later_than_t_the_first_serves() -> None:
    lists = pl.concat([listing("d28", "ann zed"), listing("d35", "ann")])
    data = apply_snapshots(chat(QUIET), lists, moment("d20"))
    assert listed(data) == ["ann", "zed"]
    assert data.moves.is_empty()


def test_chats_without_a_list_stay_as_they_are() -> None:
    one, two = chat(QUIET, chat_id="a", roster="ann"), chat(QUIET, chat_id="b")
    both = together(one, two)
    data = apply_snapshots(both, pl.concat([listing("d7", "ann bob", chat_id="b")]))
    assert_frame_equal(
        data.only("a").members.collect(), both.only("a").members.collect(), check_exact=True
    )
    assert data.only("b").members.collect()["in_roster"].to_list() == [True, True]
    assert apply_snapshots(both, listing("d7", "ann", chat_id="zzz")) is both


words = st.lists(st.sampled_from("ann bob cid dot eve".split()), min_size=1, unique=True)


@given(st.lists(words, min_size=1, max_size=4), st.lists(st.booleans(), min_size=4, max_size=4),
       st.randoms(use_true_random=False))  # fmt: skip
def test_order_and_repetition_of_lists_change_nothing(
    lists: list[list[str]], with_ids: list[bool], chance: random.Random
) -> None:
    log = chat(QUIET + "\nd9 10:00 ann +cid\nd10 10:00 -bob\nd16 09:00 +name:Dot")
    frames = [
        listing(f"d{7 * n}", " ".join(people), ids=ids, course={"ann": str(n)})
        for n, (people, ids) in enumerate(zip(lists, with_ids, strict=False), start=1)
    ]
    again = [*frames, *chance.choices(frames, k=2)]
    chance.shuffle(again)
    mixed = pl.concat(again).sample(fraction=1, shuffle=True, seed=chance.randrange(1000))
    plain, other = (apply_snapshots(log, one) for one in (pl.concat(frames), mixed))
    assert_frame_equal(other.members.collect(), plain.members.collect(), check_exact=True)
    assert_frame_equal(other.moves, plain.moves, check_exact=True)
    assert_frame_equal(other.extras.sort(pl.all()), plain.extras.sort(pl.all()), check_exact=True)
    assert_frame_equal(other.issues, plain.issues, check_exact=True)


@given(st.lists(words, min_size=2, max_size=5))
def test_moves_and_notices_together_lead_from_list_to_list(lists: list[list[str]]) -> None:
    log = chat(QUIET + "\nd9 10:00 ann +cid\nd10 10:00 -bob\nd16 09:00 ann +dot\nd24 09:00 -ann")
    frames = [listing(f"d{7 * n}", " ".join(p)) for n, p in enumerate(lists, start=1)]
    found = moves(pl.concat(frames), log).filter(pl.col("event").is_not_null())
    notices = [("d9 10:00", "cid", 1), ("d10 10:00", "bob", -1), ("d16 09:00", "dot", 1),
               ("d24 09:00", "ann", -1)]  # fmt: skip
    for n, (first, second) in enumerate(pairwise(lists), start=1):
        start, end = moment(f"d{7 * n}"), moment(f"d{7 * n + 7}")
        for who in "ann bob cid dot eve".split():
            state = who in first
            for when, target, step in notices:
                if target == who and start < moment(when) <= end:
                    state = step > 0
            mine = found.filter(pl.col("member_id") == who, pl.col("until") == end)
            for event in mine["event"]:
                assert state == (event == "leave")
                state = event == "join"
            assert state == (who in second)


def test_snapshots_are_written_to_delta_and_read_back(tmp_path: Path) -> None:
    lists = listing("d7", "ann bob", joined={"ann": "d2"}, course={"ann": "A"}, paid={"bob": "1"})
    lists.write_delta(tmp_path / "lists")
    assert_frame_equal(pl.read_delta(str(tmp_path / "lists")), lists, check_exact=True)


# --- from files ----------------------------------------------------------------------------------

LOG = EXPORTS / "qq-txt" / "joins-by-name.txt"


def lists_in(folder: Path, **texts: str) -> list[str]:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return [str(folder / f"{name}.csv") for name in texts]


def days(data: Dataset) -> list[str]:
    """Return the local moments of the lists compared."""
    pairs = data.moves.filter(pl.col("member_id").is_null()).sort("until")
    local = pl.col("after", "until").dt.convert_time_zone("Asia/Shanghai").dt.to_string("%F %R")
    return [*pairs.select(local)["after"].head(1), *pairs.select(local)["until"]]


FIRST, SECOND = "QQ号,群昵称\n10001,小林\n10021,豆豆\n", "QQ号,群昵称\n10001,小林\n10077,新人\n"


def test_the_day_stands_before_the_file_or_in_its_name(tmp_path: Path) -> None:
    one, two = lists_in(tmp_path, 名单=FIRST, 群成员20170302=SECOND)
    data = sqtool.load(LOG, roster=[f"2017-03-01={one}", two], as_of=moment("d1"))
    assert days(data) == ["2017-03-01 23:59", "2017-03-02 23:59"]
    moved = data.moves.filter(pl.col("event").is_not_null()).select("event", "member_id").rows()
    assert moved == [("join", "10077"), ("leave", "10021")]
    clock = sqtool.load(LOG, roster=[f"2017-03-01 09:30={one}", two], as_of=moment("d1"))
    assert days(clock) == ["2017-03-01 09:30", "2017-03-02 23:59"]


def test_a_column_may_tell_several_days_in_one_file(tmp_path: Path) -> None:
    text = (
        "名单日期,QQ号,群昵称,课程,到期\n2017-03-01,10001,小林,写作课,\n2017-03-01,10021,豆豆,,\n"
        "2017/3/2,10001,小林,读书课,2018-01-01\n某天,10001,小林,,\n"
    )
    (path,) = lists_in(tmp_path, 名单=text)
    data = sqtool.load(LOG, roster=path, as_of=moment("d1"))
    assert days(data) == ["2017-03-01 23:59", "2017-03-02 23:59"]
    assert data.extras.rows() == [
        (data.chats.collect()["chat_id"].item(), "10001", "课程", "读书课"),
        (data.chats.collect()["chat_id"].item(), "10001", "到期", "2018-01-01"),
    ]
    assert data.issues.select("code", "line", "rows").rows() == [("roster-row-without-date", 5, 1)]
    with pytest.raises(SqtoolError, match="has a column with its date"):
        sqtool.load(LOG, roster=f"2017-03-01={path}")


def test_an_undated_list_is_of_the_newest_export(tmp_path: Path) -> None:
    one, two = lists_in(tmp_path, 旧名单=FIRST, 新名单=SECOND)
    data = sqtool.load(LOG, roster=[f"2017-01-01={one}", two])
    newest = data.messages.select(pl.col("sent_at").max()).collect().item()
    assert data.moves["until"].unique().to_list() == [newest]
    assert listed(data) == ["10001", "10077"]


def test_the_same_files_in_another_order_and_twice_give_the_same(tmp_path: Path) -> None:
    one, two = lists_in(tmp_path, 名单20170101=FIRST, 新名单=SECOND)
    plain, mixed = sqtool.load(LOG, roster=[one, two]), sqtool.load(LOG, roster=[two, one, two])
    assert_frame_equal(mixed.members.collect(), plain.members.collect(), check_exact=True)
    assert_frame_equal(mixed.moves, plain.moves, check_exact=True)


def test_an_earlier_t_has_the_list_of_its_day(tmp_path: Path) -> None:
    one, two = lists_in(tmp_path, 名单20170301=FIRST, 名单20170401=SECOND)
    then = moment("d1").replace(year=2017, month=3, day=5)
    assert listed(sqtool.load(LOG, roster=[one, two], as_of=then)) == ["10001", "10021"]


def test_roles_say_who_is_staff_and_who_is_a_bot(tmp_path: Path) -> None:
    text = (
        "QQ号,群昵称,身份\n1,甲,群主\n2,乙,运营\n3,丙,机器人\n"
        "4,丁,成员/管理员\n5,戊,普通成员\n6,己,\n"
    )
    (path,) = lists_in(tmp_path, 名单=text)
    members = sqtool.load(LOG, roster=path).members.collect().filter("in_roster")
    assert members.select("member_id", "role", "is_bot").rows() == [
        ("1", "owner", False), ("2", "admin", False), ("3", "member", True), ("4", "admin", False),
        ("5", "member", False), ("6", None, False),
    ]  # fmt: skip


def test_who_has_a_date_of_leaving_is_not_on_the_list_and_an_empty_list_is_refused(
    tmp_path: Path,
) -> None:
    gone, none = lists_in(tmp_path, a="QQ号,退群时间\n10001,\n10021,2017-01-02\n", b="QQ号,昵称\n")
    data = sqtool.load(LOG, roster=gone)
    assert listed(data) == ["10001"]
    with pytest.raises(SqtoolError, match="nobody is on the list"):
        sqtool.load(LOG, roster=none)


def test_a_name_that_stands_twice_on_a_list_without_ids_is_one_person_and_said(
    tmp_path: Path,
) -> None:
    (path,) = lists_in(tmp_path, 名单="昵称\n小林\n潜水员\n潜水员\n")
    data = sqtool.load(LOG, roster=path)
    assert listed(data) == ["10001", "name:潜水员"]
    issues = data.issues.select("code", "detail").rows()
    assert [code for code, _ in issues] == ["roster-name-twice"]
    assert issues[0][1].startswith("1 name ")
