"""One person under several ids: what becomes what, what is joined, and that it can be undone."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from xlsxwriter import Workbook

import sqtool
from sqtool import SqtoolError
from sqtool.alias_files import read_aliases, write_aliases
from sqtool.aliases import ALIASES, apply_aliases, with_ids
from sqtool.issues import IssueLog
from sqtool.schema import EXTRAS, MOVES, Dataset
from tests._chat import at, chat, moment, table, together

LINES = """
d1 09:00 ann: hi
d2 09:00 bob: @ann @cid hello
d3 09:00 +ann,cid
d4 09:00 bob>ann: yes
d5 09:00 ann +dan
d6 09:00 cid x2: me again
"""


def aliases(*rows: tuple[str | None, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ALIASES, orient="row")


def frames(data: Dataset) -> list[pl.DataFrame]:
    return [
        data.chats.collect(), data.members.collect(), data.messages.collect(), data.extras,
        data.moves, data.issues, data.imports, data.tags,
    ]  # fmt: skip


def assert_equal(one: Dataset, other: Dataset) -> None:
    for left, right in zip(frames(one), frames(other), strict=True):
        assert_frame_equal(left, right)


def senders(data: Dataset) -> list[str | None]:
    return data.messages.collect()["sender_id"].to_list()


# --- ids in messages and chats -------------------------------------------------------------------


def test_an_id_becomes_the_other_wherever_messages_name_it() -> None:
    got = apply_aliases(chat(LINES, me="ann"), aliases((None, "cid", "ann")))
    messages = got.messages.collect()
    assert messages["sender_id"].to_list() == ["cid", "bob", None, "bob", None, "cid", "cid"]
    # Whom a message mentioned by both ids is mentioned once; so with those who joined.
    assert messages["mention_ids"].to_list()[1] == ["cid"]
    assert messages["target_ids"].drop_nulls().to_list() == [["cid"], ["dan"]]
    assert messages["reply_to_member"].drop_nulls().to_list() == ["cid"]
    assert messages["actor_id"].drop_nulls().to_list() == ["cid"]
    assert got.chats.collect()["self_id"].item() == "cid"
    # What was shown stays as it was.
    assert messages["sender_name"].to_list()[0] == "Ann"


def test_a_chain_is_followed_to_its_end_whatever_the_order_of_the_rows() -> None:
    rows = [(None, "bob", "ann"), (None, "cid", "bob"), (None, "dan", "cid")]
    for order in (rows, rows[::-1], [rows[1], rows[2], rows[0]]):
        got = apply_aliases(chat(LINES), aliases(*order))
        assert {*senders(got)} == {"dan", None}
        assert got.members.collect()["member_id"].to_list() == ["dan"]


def test_a_circle_is_refused_with_the_rows_that_make_it() -> None:
    rows = aliases(("c", "bob", "ann"), (None, "cid", "bob"), (None, "ann", "cid"))
    told = rows.with_columns(where=pl.Series([f"a.csv:{n}" for n in (2, 3, 4)]))
    with pytest.raises(SqtoolError, match=r"circle .*a\.csv:2, a\.csv:3, a\.csv:4") as caught:
        apply_aliases(chat(LINES), told)
    assert "ann" not in str(caught.value)
    # The circle closes in chat c only: elsewhere the two general rows are a chain.
    with pytest.raises(SqtoolError, match="circle"):
        apply_aliases(chat(LINES), rows)
    apply_aliases(chat(LINES), rows.tail(2))


def test_one_id_cannot_become_two() -> None:
    with pytest.raises(SqtoolError, match="two different ones"):
        apply_aliases(chat(LINES), aliases((None, "bob", "ann"), (None, "cid", "ann")))
    twice = aliases((None, "bob", "ann"), (None, "bob", "ann"))
    assert senders(apply_aliases(chat(LINES), twice))[0] == "bob"


def test_a_row_may_be_about_one_chat_only() -> None:
    two = together(chat(LINES), chat("d1 09:00 ann: hi\nd2 09:00 bob: @ann hi", chat_id="d"))
    got = apply_aliases(two, aliases(("c", "cid", "ann"))).messages.collect()
    assert got["sender_id"].to_list()[:2] == ["cid", "bob"]
    assert got["mention_ids"].to_list()[1] == ["cid"]
    there = got.filter(chat_id="d")
    assert there["sender_id"].to_list() == ["ann", "bob"]
    assert there["mention_ids"].to_list() == [None, ["ann"]]
    # A row for all chats holds beside it, and the chain runs through both.
    both = apply_aliases(two, aliases(("c", "cid", "ann"), (None, "eve", "cid")))
    assert senders(both)[0] == "eve"
    assert both.messages.collect().filter(chat_id="d")["sender_id"].to_list() == ["ann", "bob"]


# --- members, extras, moves ----------------------------------------------------------------------


def test_rows_of_members_are_joined_with_the_newest_name_and_the_last_join() -> None:
    lines = "d1 09:00 +old\nd2 09:00 old: hi\nd5 09:00 -old\nd6 09:00 +new\nd9 09:00 new: hi"
    data = chat(lines, roster="new", roles={"old": "admin"}, bots="old", me="new")
    got = apply_aliases(data, aliases((None, "new", "old"))).members.collect().row(0, named=True)
    assert got["display_name"] == "New"
    assert (got["joined_at"], got["left_at"]) == (moment("d6 09:00"), None)
    assert (got["role"], got["is_bot"], got["is_self"]) == ("admin", True, True)
    assert got["in_roster"] is True
    # The other way round the id differs, the name is still that of the later messages.
    back = apply_aliases(data, aliases((None, "old", "new"))).members.collect().row(0, named=True)
    assert {**back, "member_id": "new"} == got


def test_a_leave_after_the_last_join_counts_for_the_person() -> None:
    data = chat("d1 09:00 +old\nd2 09:00 +new\nd5 09:00 -new\nd6 09:00 old: hi")
    got = apply_aliases(data, aliases((None, "old", "new"))).members.collect().row(0, named=True)
    assert (got["joined_at"], got["left_at"]) == (moment("d2 09:00"), moment("d5 09:00"))


def test_what_is_unknown_of_both_stays_unknown() -> None:
    got = apply_aliases(chat(LINES), aliases((None, "cid", "ann"))).members.collect()
    row = got.filter(member_id="cid").row(0, named=True)
    assert (row["in_roster"], row["is_self"], row["role"], row["left_at"]) == (None,) * 4


def test_own_columns_keep_one_value_and_moves_no_double() -> None:
    extras = pl.DataFrame(
        [("c", "ann", "paid", "yes"), ("c", "ann", "course", "B"), ("c", "cid", "paid", "no"),
         ("c", "bob", "paid", None), ("c", "cid", "expiry", None), ("c", "ann", "expiry", "2027")],
        schema=EXTRAS, orient="row",
    )  # fmt: skip
    days = (moment("d1"), moment("d8"))
    moves = pl.DataFrame(
        [("c", "ann", "join", *days), ("c", "cid", "join", *days)], schema=MOVES, orient="row"
    )
    plain = chat(LINES)
    data = Dataset(plain.chats, plain.members, plain.messages, extras=extras, moves=moves)
    got = apply_aliases(data, aliases((None, "cid", "ann")))
    assert got.extras.rows() == [
        ("c", "cid", "course", "B"), ("c", "cid", "paid", "no"), ("c", "bob", "paid", None),
        ("c", "cid", "expiry", "2027"),
    ]  # fmt: skip
    assert got.moves.rows() == [("c", "cid", "join", *days)]


def test_metrics_see_one_person() -> None:
    got = apply_aliases(chat(LINES), aliases((None, "cid", "ann")))
    rows = table("members", "members", got, at("d7")).filter(member_id="cid")
    row = rows.row(0, named=True)
    # One message as ann, two as cid, on two days.
    assert (row["messages"], row["active_days"], row["earlier_names"]) == (3, 2, "Ann")
    worn = table("members", "names", got, at("d7")).filter(member_id="cid")
    assert worn.select("name", "messages").rows() == [("Ann", 1), ("Cid", 2)]


IDS = ("ann", "bob", "cid", "dan", "eve")
ROWS = st.lists(
    st.tuples(st.sampled_from([None, "c", "d"]), st.integers(0, 3), st.integers(1, 4)), max_size=4
)


def _forest(rows: list[tuple[str | None, int, int]]) -> pl.DataFrame:
    """Ids become later ones only, and each once: no circle, no fork."""
    step: dict[str, tuple[str | None, str, str]] = {}
    for scope, first, ahead in rows:
        step.setdefault(IDS[first], (scope, IDS[min(first + ahead, 4)], IDS[first]))
    return aliases(*step.values())


TWO = together(
    chat(LINES, roster="ann dan", roles={"bob": "owner"}, me="bob"),
    chat("d1 09:00 eve: @ann hi\nd1 10:00 dan>eve: ho\nd3 09:00 dan -ann", chat_id="d"),
)


@given(rows=ROWS, seed=st.randoms(use_true_random=False))
def test_twice_is_once_and_the_order_of_rows_does_not_matter(
    rows: list[tuple[str | None, int, int]],
    seed: object,
) -> None:
    before = frames(TWO)
    listed = _forest(rows)
    once = apply_aliases(TWO, listed)
    assert_equal(apply_aliases(once, listed), once)
    mixed = listed.to_dicts()
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    assert_equal(apply_aliases(TWO, pl.DataFrame(mixed, schema=ALIASES)), once)
    # Nothing is baked in: without the rows the people are as they were.
    assert_equal(apply_aliases(TWO, listed.clear()), TWO)
    for left, right in zip(before, frames(TWO), strict=True):
        assert_frame_equal(left, right)
    gone = set(listed.filter(pl.col("chat_id").is_null())["other_id"])
    assert not gone & set(once.members.collect()["member_id"])
    assert once.messages.select(pl.len()).collect().item() == len(before[2])


# --- from a file ---------------------------------------------------------------------------------

LOG = (
    "2017-03-01 9:00:00 系统消息(10000)\r\n小林加入本群。\r\n\r\n"
    "2017-03-01 9:05:00 小林(10001)\r\n大家好\r\n\r\n"
    "2017-03-02 9:00:00 小林<lin@example.com>\r\n@阿强 在吗\r\n\r\n"
    "2017-03-03 9:00:00 阿强(10002)\r\n@小林 在\r\n\r\n"
    "2017-03-04 9:00:00 林林<lin@example.com>\r\n改名了\r\n\r\n"
)


def _log(folder: Path, text: str) -> Path:
    path = folder / "读书会一群.txt"
    path.write_text(text, "utf-8", newline="")
    return path


def test_an_alias_gives_what_a_file_with_one_id_would_give(tmp_path: Path) -> None:
    listed = tmp_path / "别名.csv"
    listed.write_text("保留,别名\n10001,lin@example.com\n10001,name:小林\n", "utf-8")
    apart = sqtool.load(_log(tmp_path, LOG))
    # Two accounts carried the name that joined: the notice could mean either.
    assert apart.members.collect()["member_id"].to_list() == [
        "10001", "10002", "lin@example.com", "name:小林",
    ]  # fmt: skip
    merged = sqtool.load(_log(tmp_path, LOG), aliases=listed)
    whole = sqtool.load(_log(tmp_path, LOG.replace("<lin@example.com>", "(10001)")))
    assert_frame_equal(merged.members.collect(), whole.members.collect())
    # 小林 was two people, so that the mention in the log meant neither of them.
    alike = pl.exclude("mention_ids")
    assert_frame_equal(
        merged.messages.select(alike).collect(), whole.messages.select(alike).collect()
    )
    assert merged.members.collect()["display_name"].to_list() == ["林林", "阿强"]


def test_names_stand_for_the_one_person_who_carried_them(tmp_path: Path) -> None:
    data = sqtool.load(_log(tmp_path, LOG))
    found = with_ids(data, aliases(("读书会一群", "阿强", "林林")))
    assert found.rows() == [(data.chats.collect()["chat_id"].item(), "10002", "lin@example.com")]
    assert with_ids(data, aliases((None, "10002", "阿强"))).is_empty()
    where = aliases((None, "阿强", "小林")).with_columns(where=pl.lit("别名.csv:2"))
    with pytest.raises(SqtoolError, match=r"别名\.csv:2: 3 people carried this name"):
        with_ids(data, where)


def test_rows_about_nobody_here_are_noted_and_do_nothing(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("chat,member_id,other_id\n,10001,99999\n别的群,10002,10001\n", "utf-8")
    data = sqtool.load(_log(tmp_path, LOG), aliases=listed)
    assert data.issues.select("code", "file", "line", "rows").rows() == [
        ("alias-unknown", "list.csv", 2, 0), ("alias-unknown", "list.csv", 3, 0),
    ]  # fmt: skip
    assert_frame_equal(data.members.collect(), sqtool.load(_log(tmp_path, LOG)).members.collect())


def test_a_chat_name_that_several_chats_have_is_refused() -> None:
    two = together(chat(LINES, name="夜跑"), chat(LINES, chat_id="d", name="夜跑"))
    with pytest.raises(SqtoolError, match="2 chats have this name"):
        with_ids(two, aliases(("夜跑", "ann", "bob")))
    issues = IssueLog()
    assert with_ids(two, aliases(("d", "ann", "bob")), issues)["chat_id"].to_list() == ["d"]
    assert issues.frame().is_empty()


# --- the lists themselves ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "chat_id,member_id,other_id,names,evidence,n\nqq:1,10001,10002,小林,changed_account,3\n",
        "\ufeff群;成员 ID;另一 ID;名字\r\nqq:1;\t10001;10002;小林\r\n",
        "旧号\t主号\t群号\n10002\t10001\tqq:1\n\t\t\n",
    ],
)
def test_usual_headers_are_recognised(tmp_path: Path, text: str) -> None:
    path = tmp_path / "别名.csv"
    path.write_text(text, "utf-8", newline="")
    assert read_aliases(path).rows() == [("qq:1", "10001", "10002", "别名.csv:2")]


def test_workbooks_and_gb18030_are_read(tmp_path: Path) -> None:
    book = tmp_path / "别名.xlsx"
    with Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["保留", "别名"])
        sheet.write_row(1, 0, ["小林", "'+1 202-555-0100"])
    assert read_aliases(book).rows() == [(None, "小林", "+1 202-555-0100", "别名.xlsx:2")]
    plain = tmp_path / "别名.csv"
    plain.write_bytes("保留,别名\n小林,林林\n".encode("gb18030"))
    assert read_aliases(plain).rows() == [(None, "小林", "林林", "别名.csv:2")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,name\n1,2\n", r"a\.csv: no columns with the two ids"),
        ("", r"a\.csv: no columns with the two ids"),
        ("member_id,other_id\n1,2\n3,\n", r"a\.csv:3: one of the two ids is missing"),
        ("member_id,other_id\n1,2\n\n3,3\n", r"a\.csv:4: an id cannot become itself"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(SqtoolError, match=said):
        read_aliases(path)
    with pytest.raises(SqtoolError, match="no such alias file"):
        read_aliases(tmp_path / "b.csv")


CELLS = st.text(st.sampled_from("a1小,\";' =+@:"), min_size=1, max_size=6).filter(
    lambda cell: cell.strip() == cell and cell[0] != "'"
)


@given(
    rows=st.lists(
        st.tuples(st.none() | CELLS, CELLS, CELLS).filter(lambda row: row[1] != row[2]), max_size=5
    )
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("aliases") / "a.csv"
    path.write_text(write_aliases(aliases(*rows)), "utf-8", newline="")
    assert_frame_equal(read_aliases(path).drop("where"), aliases(*rows))
