"""Pseudonyms: whose they are nobody can tell, and every figure is the same."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sqtool.anonymise import anonymise, covered_names
from sqtool.context import Context
from sqtool.masking import forwarded, masked, patterns
from sqtool.metrics import METRICS
from sqtool.pseudonyms import PSEUDONYM, Pseudonyms
from sqtool.schema import (
    CHATS,
    EXTRAS,
    IMPORTS,
    ISSUES,
    MEMBERS,
    MENTION_ALL,
    MESSAGES,
    MOVES,
    TAGS,
    Dataset,
)  # fmt: skip
from tests._chat import at, chat, moment, table, together

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
P = Pseudonyms(KEY)
TABLES = [(metric.name, one.key) for metric in METRICS for one in metric.tables]
NAMED = re.compile(rf"{PSEUDONYM}|M-[BCDFGHJKLM]+|\[(?:#|id|tel|mail)\]")


def mask(text: str, **known: str) -> str:
    return str(masked(pl.Series([text]), patterns(known)).item())


# --- pseudonyms ----------------------------------------------------------------------------------


def test_a_pseudonym_never_changes_for_a_key() -> None:
    # Written down once: a change here would cut every archive from its past.
    assert P.person("10001") == "U-TJT9LHA8KP"
    assert P.chat("qq:读书会") == "qq:G-FTZX3CJ9QK"
    assert Pseudonyms(OTHER).person("10001") != P.person("10001")


def test_pseudonyms_say_what_they_stand_for_and_look_like_no_number() -> None:
    people = [P.person(str(number)) for number in range(20_000)]
    assert len(set(people)) == 20_000
    assert all(re.fullmatch(PSEUDONYM, one) for one in people)
    assert not [one for one in people if re.search(r"\d{5}", one)]


def test_known_by_name_alone_stays_known_by_name_alone() -> None:
    assert P.member("name:小林") == "name:" + P.person("name:小林")
    assert P.member("小林") == P.person("小林") != P.person("name:小林")
    assert P.member(MENTION_ALL) == MENTION_ALL


def test_a_file_keeps_its_kind_alone() -> None:
    assert re.fullmatch(r"F-[2-9A-Z]{10}\.txt", P.file("我的群.TXT"))
    assert re.fullmatch(r"F-[2-9A-Z]{10}", P.file("群.小林的备份"))
    assert P.files("a.txt; b.txt") == f"{P.file('a.txt')}; {P.file('b.txt')}"


# --- texts ---------------------------------------------------------------------------------------


def test_the_longest_name_that_stands_there_is_replaced() -> None:
    known = {"小林": "U-A", "小林同学": "U-B", "林同": "U-C"}
    assert mask("问小林同学,小林意", **known) == "问U-B,U-A意"


def test_a_long_latin_name_is_found_in_any_case_and_a_short_one_as_it_is_written() -> None:
    known = {"Alice": "U-A", "Bo": "U-B"}
    assert mask("alice ALICE Alice Bo bo", **known) == "U-A U-A U-A U-B bo"


def test_a_name_of_one_character_is_replaced_only_where_it_names_somebody() -> None:
    known = {"好": "U-A"}
    assert mask("好的,今天好累", **known) == "好的,今天好累"
    assert mask("好", **known) == "U-A"
    assert mask("@好 来吗", **known) == "@U-A 来吗"
    assert mask("来吗 @好", **known) == "来吗 @U-A"
    assert mask("@好\u2005@好\u2005在", **known) == "@U-A\u2005@U-A\u2005在"
    assert mask("@好吃的", **known) == "@好吃的"
    assert mask("「好：几点」\n八点", **known) == "「U-A：几点」\n八点"


def test_a_name_of_a_few_digits_is_like_one_of_one_character() -> None:
    assert mask("2024 年见", **{"2024": "U-A"}) == "2024 年见"
    assert mask("@2024 你好", **{"2024": "U-A"}) == "@U-A 你好"


def test_a_mention_of_a_long_name_that_begins_like_a_short_one_is_whole() -> None:
    assert mask("@好 人 在吗", **{"好": "U-A", "好 人": "U-B"}) == "@U-B 在吗"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("打 13812345678 找我", "打 [tel] 找我"),
        ("打 138-1234-5678", "打 [tel]"),
        ("call +49 151 2345 6789 now", "call [tel] now"),
        ("写信到 some.one+x@mail.example.com 吧", "写信到 [mail] 吧"),
        ("加wxid_ab12cd34 或gh_0f0f0f", "加[id] 或[id]"),
        ("电话0571-1234567转", "电话[tel]转"),
        ("微信:reader_007", "微信:[id]"),
        ("群号 123456,QQ 10001", "群号 [#],QQ [#]"),
        ("全角１３８００", "全角[#]"),
        ("https://me:secret@example.com", "https://example.com"),
        ("看 https://example.com/u/somebody?id=7 这里", "看 https://example.com/… 这里"),
        ("看https://example.com/u/ab看完", "看https://example.com/…看完"),
        ("t.example.me/somebody", "t.example.me/…"),
        ("2026-03-01 20:00 到 21:30,共 1200 字", "2026-03-01 20:00 到 21:30,共 1200 字"),
        ("#接龙\n1. 王小明 两份\n2、李四", "#接龙\n1. []\n2、[]"),
        ("1. 先读第一章\n2. 再打卡", "1. 先读第一章\n2. 再打卡"),
        ("", ""),
    ],
)
def test_what_points_at_somebody_becomes_a_mark(text: str, left: str) -> None:
    assert mask(text) == left


def test_a_sign_up_list_keeps_whom_we_know() -> None:
    who = P.person("ann")
    assert mask("接龙\n1. 小林 一份", 小林=who) == f"接龙\n1. [{who}]"


def test_a_forwarded_record_loses_the_names_of_strangers() -> None:
    who = P.person("ann")
    text = "小林: 几点\n王大明：八点\n好"
    known = patterns({"小林": who})
    assert forwarded(pl.Series([text]), known).item() == f"[{who}]: 几点\n[]：八点\n好"


# --- the dataset ---------------------------------------------------------------------------------

BUSY = """
d1 08:00 boss: welcome
d1..d84/2 09:00 boss: morning @ann
d1..d84/3 20:00 ann x3: a message
d1..d84/3 20:05 bob>ann: an answer
d2..d80/4 21:00 cid x2: a longer message that says rather more than forty characters do
d2..d80/6 21:30 cid: thirty-nine characters, and Bobby at it
d3 10:00 boss +dot,eve
d5..d60/5 22:00 dot>bob: [image]
d9 11:00 dot +fay
d11 12:00 fay: hi
d30 12:00 -fay
d40 12:00 ann ~gus
d41 12:00 gus x2: hello
d58 09:00 +name:newcomer
d70 12:00 boss -eve
d79 12:00 ann +hal
d80..d84 12:00 hal x2: hello @bob
d1..d84 07:00 robo: beep
"""


@cache
def _busy() -> Dataset:
    return together(
        chat(
            BUSY,
            chat_id="qq:a",
            roster="boss ann bob cid dot gus hal ina name:newcomer",
            roles={"boss": "owner"},
            bots="robo",
            joins_named=2,
            joins_linked=2,
            has_replies=True,
            has_mentions=True,
        ),
        chat(
            "d20..d50/6 09:00 ann x4: hi\nd21 10:00 kim: hi\nd22 09:00 +kim",
            chat_id="qq:b",
            joins_named=5,
            joins_linked=1,
        ),
        chat("d81 09:00 ann: only now", chat_id="qq:d", me="ann"),
        chat("", chat_id="qq:e", roster="kim"),
    )


def _swap(data: Dataset, key: bytes = KEY) -> dict[str, str]:
    """What stands for each id and name of a dataset whose people keep one name each."""
    p = Pseudonyms(key)
    swap = {}
    for who, name in data.members.select("member_id", "display_name").collect().iter_rows():
        swap[name] = p.person(who)
        swap[who] = p.member(who)
    for chat_id, name in data.chats.select("chat_id", "name").collect().iter_rows():
        swap[name], swap[chat_id] = p.group(chat_id), p.chat(chat_id)
    return swap


CONTEXTS = {
    "ended": at("d84 23:59", staff=("Cid",), bots=("hal",)),
    "running": Context.of(_busy(), as_of=moment("d83 12:00"), week="this", lang="en"),
    "past": Context.of(_busy(), as_of=moment("d84"), week="2024-W07"),
}


@pytest.mark.parametrize("ctx", CONTEXTS.values(), ids=CONTEXTS.keys())
@pytest.mark.parametrize(("metric", "key"), TABLES)
def test_every_metric_says_the_same_of_pseudonyms(metric: str, key: str, ctx: Context) -> None:
    data = _busy()
    hidden = replace(
        ctx,
        staff=covered_names(ctx.staff, data, KEY),
        bots=covered_names(ctx.bots, data, KEY),
    )
    swap = _swap(data)
    plain = table(metric, key, data, ctx).with_columns(pl.col(pl.String).replace(swap))
    got = table(metric, key, anonymise(data, KEY), hidden)
    assert_frame_equal(got, plain, check_row_order=False, check_exact=True)


def test_several_people_of_one_name_stay_several_people() -> None:
    data = chat("d1 09:00 u1: hi\nd1 09:01 u2: hi Sam\nd1 09:02 u3: bye Kit")
    names = pl.col("sender_id").replace({"u1": "Sam", "u2": "Sam", "u3": "Kit"})
    data = replace(data, messages=data.messages.with_columns(sender_name=names))
    rows = anonymise(data, KEY).messages.collect()
    assert rows["sender_id"].to_list() == [P.person(who) for who in ("u1", "u2", "u3")]
    # Which Sam is meant nobody knows; there is one Kit.
    assert rows["text"].to_list() == ["hi", f"hi {P.name('Sam')}", f"bye {P.person('u3')}"]


def test_an_earlier_name_is_another_pseudonym_of_the_same_person() -> None:
    data = chat("d1 09:00 u1: hi\nd2 09:00 u1: hi Oldname")
    shown = pl.Series(["Oldname", "U1"])
    data = replace(data, messages=data.messages.collect().with_columns(sender_name=shown).lazy())
    rows = anonymise(data, KEY).messages.collect()
    first, second = rows["sender_name"]
    assert second == P.person("u1")
    assert re.fullmatch(rf"{second}\.[2-9A-Z]{{4}}", first)
    assert rows["text"][1] == f"hi {P.person('u1')}"


def test_a_person_has_one_pseudonym_in_every_chat_and_run() -> None:
    both = anonymise(_busy(), KEY).members.collect()
    alone = anonymise(_busy().only("qq:b"), KEY).members.collect()
    ann = P.person("ann")
    assert both.filter(member_id=ann).height == 3
    assert ann in alone["member_id"]


@pytest.mark.parametrize(
    ("length", "name"), [(39, "Bo"), (39, "Bobby"), (40, "Bobby"), (41, "A" * 30)]
)
def test_a_text_stays_on_its_side_of_a_long_message(length: int, name: str) -> None:
    text = name.ljust(length, ".")
    data = chat(f"d1 09:00 u1: {text}")
    data = replace(data, members=data.members.with_columns(display_name=pl.lit(name)))
    (covered,) = anonymise(data, KEY).messages.collect()["text"]
    assert name not in covered
    assert (len(covered) >= 40) == (length >= 40)


def test_answers_still_point_at_their_message() -> None:
    data = chat("d1 09:00 ann: hi\nd1 09:01 bob: hello")
    pointing = pl.Series([None, "c0"], dtype=pl.String)
    data = replace(data, messages=data.messages.collect().with_columns(reply_to_id=pointing).lazy())
    rows = anonymise(data, KEY).messages.collect()
    assert rows["reply_to_id"].to_list() == [None, rows["message_id"][0]]
    assert rows["message_id"][0] != rows["message_id"][1]
    assert not rows["message_id"].str.contains(r"\d").any()


def test_notices_cards_and_places_lose_their_words_and_keep_their_columns() -> None:
    data = chat("d1 09:00 ann: [contact]\nd1 09:01 ann: [location]\nd1 09:02 ann +bob")
    data = replace(data, messages=data.messages.with_columns(text=pl.lit("王大明")))
    rows = anonymise(data, KEY).messages.collect()
    assert rows["text"].null_count() == 3
    notice = rows.row(2, named=True)
    assert (notice["event"], notice["actor_id"]) == ("invite", P.person("ann"))
    assert notice["target_ids"] == [P.person("bob")]


def test_columns_of_the_operator_that_hold_personal_data_are_left_out() -> None:
    columns = {
        "手机号": "13812345678", "真实姓名": "王大明", "contact": "13912345678", "课程": "三期",
        "mail": "a@b.example", "带教": "Ann", "到期": "20260301", "实付": "12800",
        "备用": "QQ 123456",
    }  # fmt: skip
    extras = pl.DataFrame(
        [("qq:d", "ann", column, value) for column, value in columns.items()], EXTRAS, orient="row"
    )
    tags = pl.DataFrame([("qq:d", "owner", "Ann"), ("qq:d", "city", "杭州")], TAGS, orient="row")
    covered = anonymise(replace(_busy(), extras=extras, tags=tags), KEY)
    assert dict(covered.extras.select("column", "value").iter_rows()) == {
        "课程": "三期", "带教": P.person("ann"), "到期": "20260301", "实付": "12800",
        "备用": "QQ [#]",
    }  # fmt: skip
    assert dict(covered.tags.select("tag", "value").iter_rows()) == {
        "city": "杭州", "owner": P.person("ann"),
    }  # fmt: skip


def test_a_note_that_names_a_chat_names_its_pseudonym() -> None:
    detail = "same name, other people or times: kept apart; --chat 'qq:晨'读' picks it"
    issues = pl.DataFrame([("same-name-apart", "晨读.txt", None, 0, detail)], ISSUES, orient="row")
    covered = anonymise(replace(_busy(), issues=issues), KEY).issues.row(0, named=True)
    assert covered["file"] == P.file("晨读.txt")
    assert covered["detail"].endswith("--chat '" + P.chat("qq:晨'读") + "' picks it")


def test_a_dataset_of_nothing_stays_one_of_nothing() -> None:
    covered = anonymise(Dataset.empty(), KEY)
    for frame, schema in (
        (covered.chats, CHATS), (covered.members, MEMBERS), (covered.messages, MESSAGES),
    ):  # fmt: skip
        assert frame.collect().schema == schema


# --- whatever is in it ---------------------------------------------------------------------------

# No capitals, no ASCII mark: what pseudonyms and marks are made of cannot be looked for.
_LETTERS = st.characters(
    codec="utf-8", categories=("Ll", "Lo", "Nd", "Zs", "So", "Po"), exclude_characters="#[]@…-:;"
)
_NAME = st.text(_LETTERS, min_size=2, max_size=9).filter(
    lambda name: len(name.strip()) > 1 and not name.strip().isdecimal()
)
_ID = st.one_of(st.from_regex(r"\A[1-9]\d{4,10}\Z"), st.from_regex(r"\Awxid_[a-z0-9]{6,12}\Z"))


@st.composite
def _datasets(draw: st.DrawFn) -> tuple[Dataset, list[str]]:
    names = draw(st.lists(_NAME, min_size=3, max_size=6, unique=True))
    ids = draw(st.lists(_ID, min_size=2, max_size=4, unique=True))
    ids += [f"name:{names[0]}", MENTION_ALL]
    words = st.lists(
        st.one_of(st.sampled_from([*names, *ids[:-2]]), st.text(max_size=6), st.just("@"))
    ).map("".join)
    name, who = st.sampled_from(names), st.sampled_from(ids[:-1])
    maybe = st.one_of(st.none(), who)
    lists = st.one_of(st.none(), st.lists(st.sampled_from(ids), max_size=3))
    kinds = st.sampled_from(["text", "system", "forward", "link", "contact", "file"])
    chat_ids = [f"qq:{names[-1]}", f"qq:{ids[0]}"]
    rows = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "chat_id": st.sampled_from(chat_ids), "message_id": st.one_of(st.none(), who),
                    "sender_id": maybe, "sender_name": st.one_of(st.none(), name, st.just(" ")),
                    "kind": kinds, "text": st.one_of(st.none(), words), "reply_to_id": maybe,
                    "reply_to_member": maybe,
                    "quoted_sender": st.one_of(st.none(), name, who, st.just("")),
                    "quoted_text": st.one_of(st.none(), words), "mention_ids": lists,
                    "actor_id": maybe, "target_ids": lists,
                }
            ),
            max_size=8,
        )
    )  # fmt: skip
    when = datetime(2024, 1, 1, tzinfo=UTC)
    messages: list[dict[str, object]] = [
        {"sent_at": when, "ordinal": n, **row} for n, row in enumerate(rows)
    ]
    members: list[dict[str, object]] = [
        {"chat_id": chat_ids[0], "member_id": one, "display_name": draw(name),
         "account_name": draw(st.one_of(st.none(), name))}
        for one in ids[:-1]
    ]  # fmt: skip
    chats: list[dict[str, object]] = [
        {"chat_id": one, "platform": "qq", "name": draw(name), "self_id": draw(maybe),
         "source": f"{draw(name)}.txt", "format": "test"}
        for one in chat_ids
    ]  # fmt: skip
    file, text = draw(name), draw(words)
    data = Dataset(
        pl.LazyFrame(chats, CHATS),
        pl.LazyFrame(members, MEMBERS),
        pl.LazyFrame(messages, MESSAGES).sort("chat_id", "ordinal"),
        pl.DataFrame([("code", file, 1, 0, text)], ISSUES, orient="row"),
        pl.DataFrame([{"file": file, "format": "test", "rows_in": 1}], IMPORTS),
        pl.DataFrame([(chat_ids[0], text, draw(name))], TAGS, orient="row"),
        pl.DataFrame([(chat_ids[0], ids[0], draw(name), text)], EXTRAS, orient="row"),
        pl.DataFrame([(chat_ids[0], ids[0], "join", when, when)], MOVES, orient="row"),
    )
    tables = (
        (messages, ("sender_name", "quoted_sender")),
        (members, ("display_name", "account_name")),
        (chats, ("name",)),
    )
    shown = {
        str(row[column] or "").strip()
        for table_rows, columns in tables
        for row in table_rows
        for column in columns
    }
    return data, [*sorted(shown - {""}), *ids[:-2]]


def everything(data: Dataset) -> str:
    frames = [
        data.chats.collect(), data.members.collect(), data.messages.collect(), data.issues,
        data.imports, data.tags, data.extras, data.moves,
    ]  # fmt: skip
    return "\n".join(
        str(value)
        for frame in frames
        for column in frame.select(pl.col(pl.String), pl.col(pl.List(pl.String)).list.join("\n"))
        for value in column.drop_nulls()
    )


@given(_datasets())
def test_no_original_is_left_in_any_column(drawn: tuple[Dataset, list[str]]) -> None:
    data, originals = drawn
    covered = anonymise(data, KEY)
    text = NAMED.sub("\n", everything(covered))
    assert [word for word in originals if word in text] == []
    assert covered.messages.collect().height == data.messages.collect().height
    assert_frame_equal(
        covered.messages.collect(), anonymise(data, KEY).messages.collect(), check_exact=True
    )


def test_what_is_shown_of_pseudonyms_and_keys_shows_no_key() -> None:
    assert KEY.hex() not in repr(P)
    assert str(KEY) not in repr(P)
