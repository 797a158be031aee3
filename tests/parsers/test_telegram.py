"""Telegram: chats of an account, odd JSON, service messages, pages and their notices."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqtool
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import _json_scan
from sqtool.parsers._base import Confidence
from sqtool.parsers._json_scan import mended
from sqtool.parsers._telegram_chats import split_chats
from sqtool.parsers._telegram_events import read_service
from sqtool.parsers._telegram_notices import Notice, read_notice
from sqtool.parsers._telegram_page import read_stamp
from sqtool.parsers.telegram_html import PARSER as HTML
from sqtool.parsers.telegram_json import PARSER as JSON

EXPORTS = Path(__file__).parent.parent.parent / "fixtures" / "exports"


def chat(number: int, *texts: str, kind: str = "private_supergroup") -> dict[str, Any]:
    messages = [
        {"id": n, "type": "message", "date_unixtime": "1740790800", "date": "2025-03-01T09:00:00",
         "from": "小林", "from_id": "user1", "text": text}
        for n, text in enumerate(texts, 1)
    ]  # fmt: skip
    return {"name": f"群{number}", "type": kind, "id": number, "messages": messages}


def read(path: Path, value: Any, indent: int | None = 1) -> dict[str, list[str]]:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent), encoding="utf-8")
    found: dict[str, list[str]] = {}
    for batch in JSON.parse(Export(path), IssueLog()):
        found.setdefault(batch.chat.key, []).extend(batch.messages["text"].to_list())
    return found


TEXTS = st.lists(st.text('a"\\[]{},:\n中chats', min_size=1, max_size=9), max_size=4)


@settings(deadline=None, max_examples=25)
@given(chats=st.lists(TEXTS, max_size=4), piece=st.integers(1, 60),
       indent=st.sampled_from([None, 0, 1]), account=st.booleans())  # fmt: skip
def test_chats_of_an_account_are_told_apart_wherever_pieces_end(
    chats: list[list[str]], piece: int, indent: int | None, account: bool
) -> None:
    listed = [chat(n, *texts) for n, texts in enumerate(chats)]
    value: Any = listed
    if account:
        value = {"about": '"chats": [', "contacts": {"list": [{"messages": [1]}]},
                 "chats": {"about": "", "list": listed[:1]},
                 "left_chats": {"about": "", "list": listed[1:]}, "more": [{"id": 9}]}  # fmt: skip
    text = json.dumps(value, ensure_ascii=False, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json_scan, "PIECE_BYTES", piece)
        found = [json.loads(b"".join(pieces)) for pieces in split_chats([text])]
    assert found == listed


@pytest.mark.parametrize("indent", [None, 1])
def test_ids_of_people_and_groups_do_not_meet(tmp_path: Path, indent: int | None) -> None:
    same = {"about": "", "chats": {"list": [
        chat(7, "甲"), chat(7, "乙", kind="personal_chat"), chat(8, "丙"),
    ]}}  # fmt: skip
    found = read(tmp_path / "result.json", same, indent)
    assert found == {"7": ["甲"], "personal_chat:7": ["乙"], "8": ["丙"]}


def test_what_exporters_get_wrong_is_set_right_and_nothing_else() -> None:
    assert mended(rb'{"a": "\x0C\\x41\\\x0d"}') == rb'{"a": "\u000C\\x41\\\u000d"}'
    assert mended(b'{"a": stickers/a.tgs,\n"b": true,\n"c": "x: y"\n}') == (
        b'{"a": "stickers/a.tgs",\n"b": true,\n"c": "x: y"\n}'
    )


def test_a_record_of_another_shape_is_an_issue_and_the_rest_is_read(tmp_path: Path) -> None:
    value = chat(1, "一", "二", "三")
    value["messages"][1]["id"] = {"no": "id"}
    path = tmp_path / "result.json"
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    issues = IssueLog()
    frames = [batch.messages for batch in JSON.parse(Export(path), issues)]
    assert pl.concat(frames)["text"].to_list() == ["一", "三"]
    assert issues.frame().select("code", "line", "rows").rows() == [("bad-record", 2, 1)]


@pytest.mark.parametrize(
    ("action", "members", "event", "actor", "targets"),
    [
        ("invite_members", ["小林"], "join", None, ["小林"]),
        ("invite_members", ["阿强", None], "invite", "小林", ["阿强", None]),
        ("remove_members", ["小林"], "leave", None, ["小林"]),
        ("remove_members", ["阿强"], "removed", "小林", ["阿强"]),
        ("join_group_by_link", None, "join", "米粒", ["小林"]),
        ("join_group_by_request", None, "join", "米粒", ["小林"]),
        ("create_group", ["小林", "阿强"], "invite", "小林", ["小林", "阿强"]),
        ("create_group", None, "other", "小林", None),
        ("edit_group_title", None, "rename", "小林", None),
        ("pin_message", None, "pinned", "小林", None),
        ("an_action_of_next_year", None, "other", "小林", None),
        (None, None, "other", "小林", None),
    ],
)
def test_service_messages_are_events(
    action: str | None,
    members: list[str | None] | None,
    event: str,
    actor: str | None,
    targets: list[str | None] | None,
) -> None:
    read = read_service(action, "user1", "小林", members, "米粒")
    assert (read.event, read.actor_name, read.target_names) == (event, actor, targets)


def test_a_link_of_the_group_itself_makes_no_person(tmp_path: Path) -> None:
    value = chat(1, "一")
    value["messages"] += [
        {"id": 2 + n, "type": "service", "date_unixtime": "1740790900",
         "date": "2025-03-01T09:01:40", "actor": who, "actor_id": f"user{2 + n}",
         "action": "join_group_by_link", "inviter": inviter, "text": ""}
        for n, (who, inviter) in enumerate([("米粒", "Group"), ("阿强", "小林")])
    ]  # fmt: skip
    path = tmp_path / "result.json"
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    data = sqtool.load(path)
    joins = data.messages.filter(pl.col("event") == "join").collect()
    assert joins["target_ids"].to_list() == [["user2"], ["user3"]]
    assert joins["actor_id"].to_list() == [None, "user1"]
    assert sorted(data.members.collect()["member_id"]) == ["user1", "user2", "user3"]


def test_a_deleted_account_that_leaves_is_known_by_its_id() -> None:
    read = read_service("remove_members", "user6", None, [None], None)
    assert (read.event, read.target_ids, read.target_names) == ("leave", ["user6"], [None])


@pytest.mark.parametrize(
    ("name", "sure"),
    [
        ("telegram-json/sample.json", Confidence.CERTAIN),
        ("telegram-json/account.json", Confidence.CERTAIN),
        ("telegram-json/array.json", Confidence.CERTAIN),
        ("_none/telegram-like.json", Confidence.NO),
        ("_none/chat-api.json", Confidence.NO),
        ("chatlab-json/roster.json", Confidence.NO),
    ],
)
def test_only_chats_of_telegram_types_with_dates_are_taken(name: str, sure: Confidence) -> None:
    assert JSON.sniff(Export(EXPORTS / name)).confidence == sure


@pytest.mark.parametrize(
    ("title", "wall", "hours"),
    [
        ("01.03.2025 09:05:00 UTC+08:00", "2025-03-01 09:05:00", 8),
        ("01.03.2025 09:05:00 UTC-05:00", "2025-03-01 09:05:00", -5),
        ("01.03.2025 09:05:00", "2025-03-01 09:05:00", None),
        ("01.03.2025 09:05:00 ", "2025-03-01 09:05:00", None),
        ("31.02.2025 09:05:00", None, None),
        ("2025-03-01 09:05:00", None, None),
        ("", None, None),
    ],
)
def test_the_full_time_of_a_page_may_have_an_offset(
    title: str, wall: str | None, hours: int | None
) -> None:
    moment, offset = read_stamp(title)
    assert (str(moment) if moment else None) == wall
    assert (offset.total_seconds() / 3600 if offset else None) == hours


KNOWN = {"小林", "阿强", "杰哥 invited 的朋友", "Tom and Nora"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("阿澈 joined group by link from 小林", Notice("join", "小林", ["阿澈"])),
        ("阿澈 joined group by link from Group", Notice("join", None, ["阿澈"])),
        ("Deleted Account joined group by link from 小林", Notice("join", "小林", [None])),
        ("阿澈 joined group by request", Notice("join", None, ["阿澈"])),
        ("阿澈 invited 阿澈", Notice("join", None, ["阿澈"])),
        ("小林 invited 阿澈, 米粒 and 老周", Notice("invite", "小林", ["阿澈", "米粒", "老周"])),
        ("小林 invited Tom and Nora", Notice("invite", "小林", ["Tom and Nora"])),
        ("杰哥 invited 的朋友 invited 阿澈", Notice("invite", "杰哥 invited 的朋友", ["阿澈"])),
        ("小林 removed 杰哥 invited 的朋友", Notice("removed", "小林", ["杰哥 invited 的朋友"])),
        ("阿强 removed 阿强", Notice("leave", None, ["阿强"])),
        ("小林 removed group photo", Notice("other", "小林")),
        ("小林 invited 阿强 to the voice chat", Notice("other", "小林")),
        ("小林 changed group title to «A invited B»", Notice("rename", "小林")),
        ("小林 pinned this message", Notice("pinned", "小林")),
        ("小林 created topic «闲聊»", Notice("other", "小林", None, True)),
        ("小林 created group «老群» with members 小林 and 阿强",
         Notice("invite", "小林", ["小林", "阿强"])),
        ("小林 boosted the group 2 times", Notice("other")),
    ],
)  # fmt: skip
def test_notices_of_pages_are_read_with_the_people_in_mind(text: str, expected: Notice) -> None:
    assert read_notice(text, KNOWN) == expected


def test_any_page_leads_to_all_of_them_in_order() -> None:
    folder = EXPORTS / "telegram-html" / "ChatExport_2025-03-05.d"
    for name in ("messages.html", "messages2.html", "messages10.html"):
        export = Export(folder / name)
        assert HTML.owns is not None
        assert len(HTML.owns(export)) == 2
        (batch,) = list(HTML.parse(export, IssueLog()))
        assert batch.messages["message_id"].to_list()[-1] == "9002"
        assert batch.messages["message_id"].to_list()[0] == "1"


@pytest.mark.parametrize(
    ("record", "is_telegram"),
    [
        ('{"type": "message", "date": "2025-03-01T09:01:00", "from": "小林", "text": "早"}', True),
        ('{"type": "message", "date_unixtime": "1740790860", "from": "A", "text": "早"}', True),
        ('{"type": "text", "date": "2025-03-01", "from": "小林", "text": "早"}', False),
        ('{"type": "message", "from": "小林", "text": "早"}', False),
        ('{"type": "message", "date": "2025-03-01", "sender": "小林", "text": "早"}', False),
    ],
)
@pytest.mark.parametrize("frame", ["[%s]", '{"messages": [%s]}'])
def test_records_without_the_head_are_known_by_their_keys_and_types(
    tmp_path: Path, frame: str, record: str, is_telegram: bool
) -> None:
    path = tmp_path / "kept.json"
    path.write_text(frame % record, encoding="utf-8")
    assert bool(JSON.sniff(Export(path)).confidence) is is_telegram
