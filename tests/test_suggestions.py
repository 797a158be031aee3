"""Who may be one person: each kind of evidence, and what speaks against it."""

import polars as pl
import pytest

from sqtool.aliases import apply_aliases
from sqtool.reports._labels import labels
from sqtool.schema import Dataset
from sqtool.suggestions import EVIDENCE, SUGGESTIONS, suggest
from tests._chat import chat, moment, together


def called(data: Dataset, **names: str) -> Dataset:
    """Return the dataset with these names shown; ids as given, or under ``ids``."""
    return Dataset(
        data.chats,
        data.members.with_columns(
            display_name=pl.col("member_id").replace_strict(names, default=pl.col("display_name"))
        ),
        data.messages.with_columns(
            sender_name=pl.col("sender_id").replace_strict(names, default=pl.col("sender_name"))
        ),
    )


def pairs(data: Dataset) -> list[tuple[object, ...]]:
    return suggest(data).rows()


ONE_AFTER_THE_OTHER = "d1 09:00 old x2: hi\nd2 09:00 bob: hi\nd3 09:00 new x3: hi"


def test_an_account_that_begins_after_one_of_the_same_name_ended() -> None:
    data = called(chat(ONE_AFTER_THE_OTHER), old="小林 ", new="小林")
    assert pairs(data) == [("c", "new", "old", "小林", "changed_account", 5)]
    assert suggest(data).schema == SUGGESTIONS
    # Names of the member list count, too; messages under other names do not.
    listed = data.messages.with_columns(
        sender_name=pl.when(pl.col("sender_id") == "old")
        .then(pl.lit("林"))
        .otherwise("sender_name")
    )
    only_listed = Dataset(data.chats, data.members, listed)
    assert pairs(only_listed) == [("c", "new", "old", "小林", "changed_account", 3)]


@pytest.mark.parametrize(
    "more",
    [
        "d3 09:01 old: hi",  # both are in use
        "d2 12:00 bob: hi\nd3 09:00:30 old: bye",  # in one minute
        "d4 09:00 new: @old hi",  # one mentions the other
    ],
)
def test_overlap_and_mentions_speak_against_it(more: str) -> None:
    data = called(chat(f"{ONE_AFTER_THE_OTHER}\n{more}"), old="小林", new="小林")
    assert pairs(data) == []


def test_names_that_many_carry_and_bots_and_the_anonymous_say_nothing() -> None:
    lines = "\n".join(f"d{n} 09:00 {who}: hi" for n, who in enumerate("abcd", start=1))
    alike = dict.fromkeys("abcd", "微信用户")
    assert pairs(called(chat(lines), **alike)) == []
    # Of three, each becomes a later one: a before b before c, and nobody becomes two.
    three = pairs(called(chat(lines), **dict.fromkeys("abc", "小雨")))
    assert {row[2] for row in three} == {"a", "b"}
    assert len(three) == 2
    assert {row[1] for row in three} <= {"b", "c"}
    data = called(chat(ONE_AFTER_THE_OTHER, bots="old"), old="小林", new="小林")
    assert pairs(data) == []
    anonymous = chat(ONE_AFTER_THE_OTHER.replace("old", "80000000"))
    assert pairs(called(anonymous, **{"80000000": "小林", "new": "小林"})) == []


def test_a_name_without_an_id_beside_the_one_account_of_that_name() -> None:
    lines = "d1 09:00 +name:小林\nd2 09:00 10001 x4: hi\nd3 09:00 10001: hi\nd4 09:00 bob: hi"
    data = called(chat(lines), **{"name:小林": "小林", "10001": "小林"})
    assert pairs(data) == [("c", "10001", "name:小林", "小林", "name_only", 5)]
    # Two accounts carried it: it could be either; and they overlap.
    two = chat(f"{lines}\nd1 09:00 10002: hi\nd5 09:00 10002: hi")
    assert pairs(called(two, **{"name:小林": "小林", "10001": "小林", "10002": "小林"})) == []


def test_e_mail_and_number_of_one_qq_account_may_alternate() -> None:
    lines = "d1 09:00 10001: a\nd2 09:00 lin@example.com: b\nd3 09:00 10001: c"
    names = {"10001": "小林", "lin@example.com": "小林"}
    assert pairs(called(chat(lines), **names)) == [
        ("c", "10001", "lin@example.com", "小林", "mail_number", 3)
    ]
    assert pairs(called(chat(lines, platform="wechat"), **names)) == []
    twice = chat(f"{lines}\nd4 09:00 10002: d")
    got = pairs(called(twice, **names, **{"10002": "小林"}))
    # Two numbers: which one the e-mail belongs to is not known.
    assert [row[4] for row in got] == ["changed_account"]


def test_the_same_names_in_several_chats_on_several_days() -> None:
    lines = "d1 09:00 ann: a\nd1 10:00 bob: b\nd2 09:00 bob: c\nd2 10:00 ann: d"
    both = together(
        called(chat(lines), ann="3班-小林", bob="3班-小林"),
        called(chat(lines.replace("09:", "19:").replace("10:", "20:"), chat_id="d"),
               ann="林妈妈", bob="林妈妈"),
    )  # fmt: skip
    assert pairs(both) == [(None, "ann", "bob", "3班-小林 / 林妈妈", "several_chats", 8)]
    # Of one name in one chat each there are too many.
    assert pairs(both.only("c")) == []
    apart = together(
        called(chat("d1 09:00 ann: a\nd3 09:00 ann: a"), ann="小林"),
        called(chat("d2 09:00 bob: b\nd4 09:00 bob: b", chat_id="d"), bob="小林"),
    )
    assert pairs(apart) == []
    one_day = together(
        called(chat("d1 09:00 ann: a\nd1 10:00 bob: b"), ann="3班-小林", bob="3班-小林"),
        called(chat("d1 11:00 bob: a\nd1 12:00 ann: b\nd1 13:00 bob: c", chat_id="d"),
               ann="林妈妈", bob="林妈妈"),
    )  # fmt: skip
    assert pairs(one_day) == [("c", "bob", "ann", "3班-小林", "changed_account", 2)]


def test_a_notice_of_a_changed_number() -> None:
    old, new = "name:+1 202-555-0100", "name:+1 202-555-0199"
    data = chat("d1 09:00 ann: hi\nd2 09:00 bob x2: hi")
    rows = data.messages.with_columns(
        sender_id=pl.col("sender_id").replace({"ann": old, "bob": new}),
        sender_name=pl.lit("x"),
    )
    told = pl.LazyFrame(
        [{"chat_id": "c", "sent_at": moment("d3"), "kind": "system", "ordinal": 9, "event": "other",
          "text": "+1 (202) 555‑0199 changed to +1 202-555-0100. Tap to message."}]
    )  # fmt: skip
    notice = rows.collect()
    whole = pl.concat([notice, told.collect().cast({"kind": notice.schema["kind"],
        "event": notice.schema["event"], "ordinal": pl.UInt32})], how="diagonal")  # fmt: skip
    members = data.members.with_columns(
        member_id=pl.col("member_id").replace({"ann": old, "bob": new}),
        display_name=pl.lit(None, pl.String),
    )
    # The notice says which of the two is the new one, whoever wrote last.
    got = pairs(Dataset(data.chats, members, whole.lazy()))
    assert got == [("c", old, new, None, "number_notice", 1)]


def test_stronger_evidence_stands_first_and_the_table_is_a_list_of_aliases() -> None:
    lines = (
        "d1 09:00 old: hi\nd2 09:00 new: hi\nd1 10:00 +name:米粒\nd2 10:00 mia: hi\n"
        "d1 11:00 lin@example.com: hi\nd2 11:00 10001: hi"
    )
    names = {"old": "阿强", "new": "阿强", "name:米粒": "米粒", "mia": "米粒",
             "lin@example.com": "小林", "10001": "小林"}  # fmt: skip
    data = called(chat(lines), **names)
    found = suggest(data)
    assert found["evidence"].to_list() == ["name_only", "mail_number", "changed_account"]
    merged = apply_aliases(data, found).members.collect()
    assert merged["member_id"].to_list() == ["10001", "mia", "new"]
    assert suggest(apply_aliases(data, found)).is_empty()


def test_of_no_chats_nothing_is_suggested_and_every_evidence_has_its_words() -> None:
    assert suggest(Dataset.empty()).is_empty()
    assert tuple(labels("same_person", "zh")) == EVIDENCE
