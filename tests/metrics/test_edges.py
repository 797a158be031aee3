"""Who answered whom, by hand; responders against counting one by one."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.metrics._edges import EDGES, edges
from sqtool.metrics._responses import responders
from sqtool.schema import MENTION_ALL, Dataset
from tests._chat import at, chat, moment, together

CTX = at("d7")


def drawn(lines: str, **facts: object) -> list[tuple[object, ...]]:
    rows = edges(chat(lines, **facts), CTX).collect()  # type: ignore[arg-type]
    assert rows.schema == EDGES
    return rows.select("ordinal", "member_id", "to_id", "to_ordinal", "basis").rows()


def test_two_who_take_turns_answer_each_other_once_a_turn() -> None:
    lines = """
    d1 09:00 ann: one
    d1 09:01 bob x3: two
    d1 09:05 ann: three
    """
    # bob's three lines are one turn; ann broke the silence, so he answered her.
    assert drawn(lines) == [
        (1, "bob", "ann", 0, "inferred"),
        (4, "ann", "bob", 3, "inferred"),
    ]


def test_in_a_crowd_nothing_is_inferred() -> None:
    lines = """
    d1 09:00 ann: one
    d1 09:01 bob: two
    d1 09:02 cid: three
    d1 09:03 ann: four
    """
    assert drawn(lines) == [(1, "bob", "ann", 0, "inferred")]


def test_an_exchange_ends_after_ten_minutes_and_an_opening_after_five() -> None:
    assert drawn("d1 09:00 ann: a\nd1 09:05 bob: b\nd1 09:15 ann: c") == [
        (1, "bob", "ann", 0, "inferred"),
        (2, "ann", "bob", 1, "inferred"),
    ]
    assert drawn("d1 09:00 ann: a\nd1 09:05:01 bob: b\nd1 09:15:02 ann: c") == []


def test_who_follows_a_broken_silence_answers_only_if_it_was_long() -> None:
    assert drawn("d1 09:00 cid: x\nd1 09:31 ann: a\nd1 09:32 bob: b") == [
        (2, "bob", "ann", 1, "inferred")
    ]
    assert drawn("d1 09:00 cid: x\nd1 09:20 ann: a\nd1 09:22 bob: b") == []


def test_true_replies_go_before_mentions_and_both_before_a_guess() -> None:
    lines = """
    d1 09:00 cid: one
    d1 12:00 ann: two
    d1 12:01 bob>cid: three @ann @cid
    d1 12:02 ann: @bob four
    """
    assert drawn(lines) == [
        (2, "bob", "ann", None, "mention"),
        (2, "bob", "cid", None, "reply"),
        (3, "ann", "bob", None, "mention"),
    ]


def _answering(data: Dataset, **columns: pl.Expr) -> Dataset:
    return replace(data, messages=data.messages.with_columns(**columns))


def test_the_message_answered_is_found_by_its_id_or_by_the_words_quoted() -> None:
    lines = """
    d1 09:00 ann: when?
    d1 10:00 ann: when?
    d1 11:00 ann: bye
    d1 12:00 bob>ann: now
    """
    data = chat(lines)
    last = pl.col("ordinal") == 3
    by_id = _answering(data, reply_to_id=pl.when(last).then(pl.lit("c0")))
    by_words = _answering(data, quoted_text=pl.when(last).then(pl.lit("when?")))
    for known, place, when in ((by_id, 0, "d1 09:00"), (by_words, 1, "d1 10:00")):
        (row,) = edges(known, CTX).collect().to_dicts()
        assert (row["to_ordinal"], row["to_sent_at"], row["basis"]) == (
            place, moment(when), "reply",
        )  # fmt: skip


def test_an_answer_to_somebody_unknown_is_not_taken_for_one_to_the_neighbour() -> None:
    data = chat("d1 09:00 ann: a\nd1 09:01 bob: b")
    unknown = pl.when(pl.col("ordinal") == 1).then(pl.lit("somebody"))
    assert edges(_answering(data, quoted_sender=unknown), CTX).collect().is_empty()


def test_a_call_to_everybody_is_an_answer_to_nobody() -> None:
    data = chat("d1 09:00 ann: a\nd1 09:10 bob: b")
    everybody = pl.when(pl.col("ordinal") == 1).then(pl.lit([MENTION_ALL]))
    assert edges(_answering(data, mention_ids=everybody), CTX).collect().is_empty()


def test_bots_are_neither_seen_nor_in_the_way() -> None:
    lines = """
    d1 09:00 ann: a
    d1 09:01 robo: beep
    d1 09:02 bob: b
    d1 09:03 bob>robo: thanks @robo
    """
    assert drawn(lines, bots="robo") == [(2, "bob", "ann", 0, "inferred")]


def test_only_the_days_asked_for_are_read_and_chats_are_kept_apart() -> None:
    one, two = (
        chat("d1 09:00 ann: a\nd1 09:01 bob: b\nd6 09:00 ann: a\nd6 09:01 bob: b", chat_id=c)
        for c in "xy"
    )
    rows = edges(together(one, two), CTX, 3).collect()
    assert rows.select("chat_id", "ordinal").rows() == [("x", 3), ("y", 3)]
    assert edges(together(one, two), CTX).collect().height == 4


def test_responders_are_the_distinct_others_within_the_hours() -> None:
    data = chat(
        """
        d1 09:00 ann: post
        d1 09:00 bob: at once
        d1 09:30 robo: beep
        d1 10:00 ann: me again
        d1 10:30 bob x2: more
        d1 11:00 cid: just in time
        d1 11:01 dot: too late
        d7 23:00 ann: post
        """,
        bots="robo",
    )
    posts = data.messages.filter(pl.col("ordinal").is_in([0, 8])).select(
        "chat_id", "ordinal", "sent_at", "sender_id"
    )
    rows = responders(posts, data, CTX).collect()
    assert rows.select("responders", "responses", "is_over").rows() == [
        (2, 4, True),
        (0, 0, False),
    ]


def test_a_post_of_nobody_counts_everybody_and_no_posts_give_no_rows() -> None:
    data = chat("d1 09:00 +zoe\nd1 09:30 ann: hi\nd1 10:30 bob: hi")
    posts = data.messages.filter(pl.col("kind") == "system").select(
        "chat_id", "ordinal", "sent_at", "sender_id"
    )
    assert responders(posts, data, CTX, 1).collect()["responders"].to_list() == [1]
    assert responders(posts.clear(), data, CTX).collect().is_empty()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 600), st.sampled_from("abcd"), st.sampled_from("xy")),
             min_size=1, max_size=40),
)  # fmt: skip
def test_counting_with_arrays_is_counting_one_by_one(
    said: list[tuple[int, str, str]],
) -> None:
    chats = []
    for chat_id in "xy":
        own = sorted((minute, who) for minute, who, where in said if where == chat_id)
        chats.append(
            chat(
                "\n".join(f"d1 {m // 60:02d}:{m % 60:02d} {who}: hi" for m, who in own),
                chat_id=chat_id,
            )
        )
    data = together(*chats)
    rows = data.messages.select("chat_id", "ordinal", "sent_at", "sender_id").collect()
    got = responders(rows.lazy(), data, CTX).collect()
    for post, row in zip(rows.rows(), got.to_dicts(), strict=True):
        after = [
            r[3] for r in rows.rows()
            if r[0] == post[0] and (r[2], r[1]) > (post[2], post[1])
            and r[2] <= post[2] + timedelta(hours=2) and r[3] != post[3]
        ]  # fmt: skip
        assert (row["responders"], row["responses"]) == (len(set(after)), len(after))
