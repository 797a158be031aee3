"""What an import adds to the store: rows, facts, member lists, and how it counts them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import sqtool
from sqtool import ordering, spool
from sqtool.demo import write_demo
from sqtool.errors import UsageError
from sqtool.parsers._base import RAW_MEMBERS
from sqtool.parts import Part
from sqtool.reading import Request
from sqtool.store import _parts, importing
from sqtool.store._place import Place
from sqtool.store.importing import ChatResult, import_files
from sqtool.store.store import Store
from tests._cuts import (
    DAY,
    ORDERS,
    START,
    assert_adds_up,
    assert_same,
    by_parts,
    content,
    counts,
    format_of,
    imported,
    one,
    part,
    said,
    text_pieces,
    versions,
)
from tests._golden import cases
from tests.test_merge import Row, qq_text, write

# --- which chat is it -----------------------------------------------------------------------------


def days(first: int, end: int, who: tuple[str, ...] = ("10001", "10002")) -> list[Row]:
    return [(n * DAY, one, f"第{n}天") for n in range(first, end) for one in who]


def files(folder: Path, *logs: list[Row]) -> list[Path]:
    return [write(folder / f"{n}" / "群.txt", qq_text(rows)) for n, rows in enumerate(logs)]


def test_what_only_a_later_export_ties_together_is_one_chat_of_one_id(tmp_path: Path) -> None:
    pieces = files(tmp_path, days(0, 7), days(6, 22), days(21, 28))
    (whole,) = files(tmp_path / "all", days(0, 28))
    imported(tmp_path / "whole", whole)
    for order in ORDERS:
        store = tmp_path / "".join(map(str, order))
        for number in order:
            assert_adds_up(imported(store, pieces[number]))
        assert_same(content(store), content(tmp_path / "whole"))
        assert Store.open(str(store)).scan("messages").collect()["chat_id"].n_unique() == 1


def test_too_few_in_common_are_two_chats_unless_the_user_says_otherwise(tmp_path: Path) -> None:
    known, strangers = files(tmp_path, days(0, 7), days(6, 14, ("10003",)))
    apart, joined = tmp_path / "apart", tmp_path / "joined"
    for store in (apart, joined):
        imported(store, known)
    imported(apart, strangers)
    assert Store.open(str(apart)).chats["chat_id"].to_list() == ["qq:读书会", "qq:读书会 (2)"]
    result = imported(joined, strangers, into="读书会")
    assert Store.open(str(joined)).chats["chat_id"].to_list() == ["qq:读书会"]
    assert counts(result) == [(8, 0, 0, 22)]


def test_groups_of_one_name_and_the_same_people_in_one_file_never_become_one(
    tmp_path: Path,
) -> None:
    def week(first: int) -> Path:
        morning = qq_text(days(first, first + 7))
        evening = qq_text([(at + 40_000, who, "晚") for at, who, _ in days(first, first + 7)])
        both = morning + "\r\n" + evening.split("\r\n\r\n", 1)[1]
        return write(tmp_path / f"{first}" / "全部.txt", both)

    store = tmp_path / "store"
    for first in (0, 6, 12):
        imported(store, week(first))
    chats = Store.open(str(store)).chats
    assert chats["chat_id"].to_list() == ["qq:读书会", "qq:读书会 #2"]
    assert chats["messages"].to_list() == [38, 38]


def test_an_ambiguous_name_is_not_guessed_and_a_private_chat_is_no_part_of_a_group(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store"
    logs = days(0, 7), days(60, 67, ("10003",)), days(0, 8)
    first, second, later = files(tmp_path, *logs)
    imported(store, first)
    imported(store, second)
    with pytest.raises(UsageError, match="several chats"):
        imported(store, later, into="读书会")
    private = part([said(1, "嗨", sender_id="a")], file="p", kind="private")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "read_parts", lambda *_: ([private], []))
        with pytest.raises(UsageError, match="private"):
            import_files(Place(str(store)), Request(""), into="qq:读书会")


# --- files that tell more, or less ----------------------------------------------------------------


def test_a_richer_export_fills_in_and_the_poorer_one_takes_nothing_away(tmp_path: Path) -> None:
    def plain(n: int) -> dict[str, object]:
        return said(n, "好", sender_id="1", sender_name="小林")

    def told(n: int) -> dict[str, object]:
        return plain(n) | {"message_id": f"m{n}", "reply_to_id": f"m{n - 1}" if n else None}

    poor = part([plain(n) for n in range(0, 6)], file="a.txt")
    rich = part([told(n) for n in range(2, 8)], file="b.json", format="qq-qce-json")
    # Four of the six are in both.
    ways = {
        "poor first": ([poor, rich], [(6, 0, 0, 6), (2, 0, 4, 8)]),
        "rich first": ([rich, poor], [(6, 0, 0, 6), (2, 4, 0, 8)]),
    }
    for name, (parts, wanted) in ways.items():
        assert [one(by_parts(tmp_path / name, [each])) for each in parts] == wanted
    assert_same(content(tmp_path / "poor first"), content(tmp_path / "rich first"))
    rows = content(tmp_path / "poor first")[2]
    assert rows["message_id"].to_list() == [None, None, *(f"m{n}" for n in range(2, 8))]
    for parts in ([poor], [rich], [poor, rich]):
        assert [c[0] + c[2] for c in counts(by_parts(tmp_path / "poor first", parts))] == [0]


def test_photos_of_one_second_stay_as_many_whoever_numbers_them(tmp_path: Path) -> None:
    def photos(tool: str, rich: int | None) -> Part:
        rows = [
            said(5, None, sender_id="a", message_id=f"{tool}{n}", kind="image",
                 reactions=2 if n == rich else None)
            for n in range(4)
        ]  # fmt: skip
        return part(rows, file=tool, format=f"wechat-{tool}-json")

    store = tmp_path / "store"
    assert one(by_parts(store, [photos("chatlog", None)])) == (4, 0, 0, 4)
    # The second of the other tool's carries more and takes the place of its like.
    assert one(by_parts(store, [photos("weflow", 1)])) == (0, 3, 1, 4)
    later = part(
        [said(9, "早", sender_id="a", message_id="x")], file="c", format="wechat-keeper-json"
    )
    assert one(by_parts(store, [later])) == (1, 0, 0, 5)
    for tool in ("chatlog", "weflow"):
        before = versions(store)
        assert one(by_parts(store, [photos(tool, 1 if tool == "weflow" else None)])) == (0, 4, 0, 5)
        assert versions(store) == before


def test_numbers_that_begin_anew_in_each_export_are_known_again(tmp_path: Path) -> None:
    def week(first: int) -> Part:
        rows = [
            said(first + n, f"句{first + n}", sender_id="a", message_id=str(n)) for n in range(5)
        ]
        return part(rows, file="a", format="wechat-keeper-json")

    store = tmp_path / "store"
    for first, new in ((0, 5), (DAY, 5), (DAY, 0), (2 * DAY, 5), (0, 0), (DAY, 0)):
        assert one(by_parts(store, [week(first)]))[:3] == (new, 5 - new, 0)
    assert content(store)[2].height == 15


def test_a_phone_that_prints_no_seconds_beside_one_that_does(tmp_path: Path) -> None:
    def week(days: range, *, seconds: bool) -> Part:
        rows = [said(n * DAY + (13 if seconds else 0), "在", sender_name="阿强") for n in days]
        return part(rows, file="a", format="whatsapp-txt", platform="whatsapp")

    coarse, exact = week(range(0, 12), seconds=False), week(range(4, 9), seconds=True)
    later = week(range(8, 14), seconds=True)
    for order in ORDERS:
        store = tmp_path / "".join(map(str, order))
        for n in order:
            one(by_parts(store, [(coarse, exact, later)[n]]))
        times = content(store)[2]["sent_at"].to_list()
        assert [(at - START).total_seconds() % DAY for at in times] == [0] * 4 + [13] * 10


def test_who_is_who_is_learnt_name_by_name(tmp_path: Path) -> None:
    def names(rows: range) -> Part:
        return part([said(n * 60, f"句{n}", sender_name=f"名{n % 2}") for n in rows], file="n.csv")

    def known(rows: list[int], file: str) -> Part:
        return part(
            [said(n * 60, f"句{n}", sender_id=f"id{n % 2}", message_id=f"m{n}") for n in rows],
            file=file, format="wechat-chatlog-json",
        )  # fmt: skip

    store = tmp_path / "store"
    # The first file has nobody but id0 in common with the names, the second id1.
    for each in (names(range(12)), known([0, 2, 4], "a"), known([1, 3, 5], "b")):
        by_parts(store, [each])
    assert content(store)[2]["sender_id"].to_list() == [f"id{n % 2}" for n in range(12)]


# --- facts and lists ------------------------------------------------------------------------------


def test_each_fact_is_as_the_newest_export_tells_it_whatever_came_first(tmp_path: Path) -> None:
    def week(n: int, **facts: Any) -> Part:
        rows = [said(n * DAY, "早", sender_id="a"), said(n * DAY + 5, "好", sender_id="b")]
        return part(rows, file=f"{n}", name=f"群{n}", **facts)

    # The exports do not say when they were made: the one that reaches further is the newer one.
    weeks = [
        week(0, member_count=5, self_id="a"), week(1, member_count=7), week(2, self_id="b"), week(3)
    ]  # fmt: skip
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)):
        store = tmp_path / "".join(map(str, order))
        for n in order:
            by_parts(store, [weeks[n]])
        (chat,) = content(store)[0].iter_rows(named=True)
        assert (chat["name"], chat["member_count"], chat["self_id"]) == ("群3", 7, "b")


def roster(*names: str) -> pl.DataFrame:
    rows = [{"member_id": name[0], "display_name": name} for name in names]
    return pl.DataFrame(rows, schema=RAW_MEMBERS)


@pytest.mark.parametrize("dated", [True, False])
def test_the_newest_member_list_counts_and_whole_ones_are_kept(tmp_path: Path, dated: bool) -> None:
    def week(n: int, members: pl.DataFrame) -> Part:
        at = START + timedelta(days=n, hours=1) if dated else None
        rows = [said(n * DAY, "早", sender_id="a")]
        return part(rows, file=f"{n}", exported_at=at, members=members, members_complete=True)

    weeks = [
        week(0, roster("a1", "b1")), week(1, roster("a2", "b2", "c2")), week(2, roster("a3", "c3"))
    ]  # fmt: skip
    for order in ORDERS:
        store = tmp_path / "".join(map(str, order))
        for n in (*order, order[0]):
            by_parts(store, [weeks[n]])
        members = content(store)[1].select("member_id", "display_name", "in_roster").rows()
        assert members == [("a", "a3", True), ("b", "b2", False), ("c", "c3", True)]
        assert Store.open(str(store)).scan("lists").collect().height == 7


def test_lists_of_those_who_speak_are_kept_once_for_each(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for n in (2, 0, 1):
        rows = [said(n * DAY, "早", sender_id="a")]
        by_parts(store, [part(rows, file=f"{n}", members=roster(f"a{n}", "b"))])
    lists = Store.open(str(store)).scan("lists").collect().sort("member_id")
    assert lists.select("display_name").to_series().to_list() == ["a2", "b"]


# --- many, and large ------------------------------------------------------------------------------


def test_large_chats_in_small_pieces_come_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (log,) = write_demo(tmp_path, weeks=3, formats=["qq-txt"])
    imported(tmp_path / "whole", log)
    monkeypatch.setattr(spool, "MEMORY_ROWS", 400)
    monkeypatch.setattr(spool, "SHORT_ROWS", 50)
    for module in (spool, ordering, _parts):
        monkeypatch.setattr(module, "CHUNK_ROWS", 300)
    monkeypatch.setattr(importing, "_ROWS_A_FILE", 500)
    pieces = text_pieces(log, tmp_path, [(7, 14), (0, 8), (13, 22)])
    for file in (*pieces, pieces[0]):
        assert_adds_up(imported(tmp_path / "pieces", file))
    assert_same(content(tmp_path / "pieces"), content(tmp_path / "whole"))


def test_many_chats_of_one_file_are_each_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def week(n: int, chats: range) -> list[Part]:
        return [
            part([said((n + d) * DAY, f"{n + d}", sender_id="a") for d in range(8)], file=f"{n}",
                 key=str(key), name=f"群{key}")
            for key in chats
        ]  # fmt: skip

    monkeypatch.setattr(importing, "_CHATS_AT_ONCE", 3)
    monkeypatch.setattr(_parts, "CHUNK_ROWS", 20)
    store = tmp_path / "store"
    assert counts(by_parts(store, week(0, range(7)))) == [(8, 0, 0, 8)] * 7
    # A week later there is one chat more, and two days were told before.
    found = {c.chat_id: c for c in by_parts(store, week(6, range(1, 8))).chats}
    old = {f"qq:{n}": ChatResult(f"qq:{n}", f"群{n}", 6, 2, 0, 14) for n in range(1, 7)}
    assert found == old | {"qq:7": ChatResult("qq:7", "群7", 8, 0, 0, 8)}


def test_only_the_chat_asked_for_comes_in_and_private_ones_are_left_out(tmp_path: Path) -> None:
    case = next(case for case in cases() if format_of(case) == "telegram-json")
    asked = sqtool.load(case, allow_private=True).chats.collect()
    groups = asked.filter(pl.col("kind") != "private")["chat_id"].to_list()
    result = imported(tmp_path / "one", case, chat=groups[0])
    assert [chat.chat_id for chat in result.chats] == groups[:1]
    imported(tmp_path / "all", case)
    store = Store.open(str(tmp_path / "all"))
    assert store.chats["chat_id"].to_list() == sorted(groups)


@pytest.mark.parametrize("name", ["我的 群", "50% #1"])
def test_the_store_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    for n, new in ((0, 1), (0, 0), (1, 1)):
        row = said(n, "早", sender_id="a")
        assert one(by_parts(tmp_path / name, [part([row], file="a")]))[0] == new


def test_what_was_skipped_is_told_by_the_store(tmp_path: Path) -> None:
    late = said(DAY * 9, "未来", sender_id="a")
    rows = part([said(0, "早", sender_id="a"), late], file="a", exported_at=START)
    result = by_parts(tmp_path / "store", [rows])
    assert one(result) == (1, 0, 0, 1)
    issues = Store.open(str(tmp_path / "store")).scan("issues").collect()
    assert issues.select("import_id", "code", "rows").rows() == [(1, "time-after-export", 1)]
