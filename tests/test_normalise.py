"""From raw records to the schema: ids, replies, mentions, notices, duplicates."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.issues import IssueLog
from sqtool.normalise import Normalised, normalise
from sqtool.parsers._base import RawChat, raw_frame
from sqtool.parts import Part
from sqtool.spool import Rows

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
CHAT = RawChat(key="g", strong=True, platform="wechat", name="群", kind="group", has_replies=True)


def part(rows: list[dict[str, Any]], chat: RawChat = CHAT, file: str = "a.json") -> Part:
    """Rows a minute apart unless they say ``at`` (minutes)."""
    columns: dict[str, Any] = {}
    names = dict.fromkeys(name for row in rows for name in row if name != "at")
    for name in names:
        columns[name] = [row.get(name) for row in rows]
    columns["sent_at"] = [START + timedelta(minutes=row.get("at", i)) for i, row in enumerate(rows)]
    columns["kind"] = [row.get("kind", "text") for row in rows]
    return Part(chat, Rows.of(raw_frame(columns)), file, "test")


def run(*parts: Part, issues: IssueLog | None = None) -> Normalised:
    return normalise("c", list(parts), ZoneInfo("Asia/Shanghai"), issues or IssueLog())


def says(who: str, text: str, **more: Any) -> dict[str, Any]:
    return {"sender_id": who, "sender_name": more.pop("name", who.title()), "text": text, **more}


def notice(text: str, **more: Any) -> dict[str, Any]:
    return {"kind": "system", "text": text, **more}


def test_a_quote_finds_person_and_message_by_name_and_words() -> None:
    done = run(
        part([
            says("ann", "下周读哪本", message_id="1"),
            says("bob", "下周读哪本", message_id="2"),
            says("ann", "下周读哪本", message_id="3"),
            says("cid", "第三章", message_id="4", quoted_sender="Ann", quoted_text="下周读哪本"),
            says("dan", "好", message_id="5", quoted_sender="Nobody", quoted_text="下周读哪本"),
            says("eve", "嗯", message_id="6", reply_to_id="2"),
        ])
    ).messages  # fmt: skip
    rows = done.select("message_id", "reply_to_member", "reply_to_id").rows()
    assert rows[3:] == [("4", "ann", "3"), ("5", None, None), ("6", "bob", "2")]


def test_typed_mentions_take_the_longest_known_name_and_need_a_blank_behind_it() -> None:
    done = run(
        part([
            says("a1", "大家好", name="小林"),
            says("a2", "大家好", name="小林 (杭州)"),
            says("a3", "@小林 早", name="阿强"),
            says("a3", "@小林 (杭州) 早", name="阿强"),
            says("a3", "@小林\u2005早 @所有人 ", name="阿强"),
            says("a3", "@小林", name="阿强"),
            says("a3", "写信到 mail@example.com", name="阿强"),
        ])
    ).messages  # fmt: skip
    assert done["mention_ids"].to_list()[2:] == [["a1"], ["a2"], ["a1", "@all"], None, None]


def test_a_name_two_people_carried_means_nobody() -> None:
    done = run(
        part([
            says("a1", "早", name="豆豆"),
            says("a2", "早", name="豆豆"),
            says("a3", "@豆豆 早", name="阿强"),
            notice('"豆豆" 撤回了一条消息'),
        ])
    ).messages  # fmt: skip
    assert done["mention_ids"][2] is None
    assert done.row(3, named=True)["actor_id"] is None
    assert done.row(3, named=True)["event"] == "recall"


def test_a_name_that_looks_like_a_list_is_one_person_where_it_is_known() -> None:
    done = run(
        part([
            says("a1", "早", name="Tom and Jerry"),
            says("a2", "早", name="Ann"),
            notice("Ann invited Tom and Jerry to the group."),
            notice("Ann invited Bob, Cid and Dan to the group."),
        ])
    ).messages  # fmt: skip
    assert done["target_ids"].to_list()[2:] == [["a1"], ["name:Bob", "name:Cid", "name:Dan"]]


def test_you_in_a_notice_is_the_exporting_account() -> None:
    chat = RawChat("g", True, "wechat", "群", "group", self_id="me")
    done = run(part([notice('你邀请"米粒"加入了群聊'), says("m1", "大家好", name="米粒")], chat))
    row = done.messages.row(0, named=True)
    assert (row["event"], row["actor_id"], row["target_ids"]) == ("invite", "me", ["m1"])
    own = dict(done.members.select("member_id", "is_self").iter_rows())
    assert own == {"me": True, "m1": False}
    assert (done.chat["joins_named"], done.chat["joins_linked"]) == (1, 1)


def test_people_listed_as_present_become_members_without_a_join() -> None:
    done = run(
        part(
            [
                notice('"小林"邀请你加入了群聊，群聊参与人还有：老周、阿秀'),
                says("z", "早", name="老周"),
            ]
        )
    )
    members = done.members.select("member_id", "joined_at").rows()
    assert members == [("name:小林", None), ("name:阿秀", None), ("z", None)]


def test_a_member_who_left_and_came_back_has_not_left() -> None:
    done = run(
        part([
            notice("", event="join", target_ids=["a"]),
            notice("", event="leave", target_ids=["a"]),
            notice("", event="join", target_ids=["a"]),
            notice("", event="leave", target_ids=["b"]),
        ])
    ).members  # fmt: skip
    assert dict(done.select("member_id", pl.col("left_at").is_null()).iter_rows()) == {
        "a": True, "b": False,
    }  # fmt: skip


def test_the_newest_name_that_is_not_blank_is_shown() -> None:
    done = run(
        part([says("a", "1", name="旧名"), says("a", "2", name="新名"), says("a", "3", name=" ")])
    )
    assert done.members["display_name"].to_list() == ["新名"]


def test_equal_message_ids_are_one_message_and_equal_texts_are_not() -> None:
    rows = [says("a", "收到", message_id="1"), says("a", "收到", message_id="1", at=0),
            says("a", "1", at=5), says("a", "1", at=5)]  # fmt: skip
    done = run(part(rows))
    assert done.messages.height == 3
    assert done.duplicates == {"a.json": 1}


def test_overlapping_files_keep_the_largest_count_any_one_shows_and_the_richer_row() -> None:
    plain = [says("a", "1"), says("a", "1", at=0), says("b", "到", at=1)]
    rich = [
        says("a", "1", message_id="7"),
        says("b", "到", message_id="8", at=1),
        says("b", "新", at=2),
    ]
    done = run(part(plain, file="old.txt"), part(rich, file="new.json"))
    assert done.messages.select("text", "message_id").rows() == [
        ("1", None), ("1", "7"), ("到", "8"), ("新", None),
    ]  # fmt: skip
    assert sum(done.duplicates.values()) == 2


def test_two_ids_are_two_messages_even_between_files() -> None:
    first = [says("a", "1", message_id="10", at=0)]
    second = [says("a", "1", message_id="11", at=0), says("a", "1", message_id="12", at=0)]
    done = run(part(first, file="1.json"), part(second, file="2.json"))
    assert done.messages["message_id"].sort().to_list() == ["10", "11", "12"]


def test_a_time_more_than_a_day_after_the_export_is_an_issue() -> None:
    chat = RawChat("g", True, "qq", "群", "group", exported_at=datetime(2026, 3, 2, 9, 30))  # noqa: DTZ001
    issues = IssueLog()
    done = run(part([says("a", "1"), says("a", "2", at=60 * 26)], chat), issues=issues)
    assert done.messages.height == 1
    assert issues.frame().select("code", "line", "rows").rows() == [("time-after-export", 2, 1)]


def test_text_is_never_changed() -> None:
    text = "e\u0301 \u2028 \ufeff  =1+1\t全角ＡＢ"
    assert run(part([says("a", text)])).messages["text"][0] == text


LINES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["1", "收到", "早 安"]), st.integers(0, 6)),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(LINES, st.data())
def test_overlapping_parts_in_any_order_equal_the_whole(
    lines: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    # Cuts lie between seconds: an export never holds half of one.
    rows = sorted(
        (says(who, text, at=minute) for who, text, minute in lines), key=lambda r: r["at"]
    )
    whole = run(part(rows)).messages
    cut = data.draw(st.integers(0, 6))
    back = data.draw(st.integers(0, 6))
    pieces = [
        [r for r in rows if r["at"] <= cut],
        [r for r in rows if r["at"] > min(cut, back) or r["at"] > cut],
    ]
    parts = [part(piece, file=f"{i}.txt") for i, piece in enumerate(pieces) if piece]
    if data.draw(st.booleans()):
        parts.reverse()
    merged = run(*parts).messages
    keys = ["sent_at", "sender_id", "text"]
    assert merged.select(keys).sort(keys).rows() == whole.select(keys).sort(keys).rows()


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "[/x]", "<b>", "a|b", "\u202e倒", "(x)", "$names$"]
)
def test_hostile_names_come_through_as_they_are(name: str) -> None:
    done = run(part([says("a", "早", name=name), notice(f'"{name}" 撤回了一条消息')]))
    assert done.messages["sender_name"][0] == name
    assert done.members["display_name"].to_list()[0] == name
