"""The made-up group: the same every time, the same in both formats, and shaped like a group."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from sqtool._demo_club import Post, play
from sqtool._demo_people import END, PEOPLE, SILENCED, Member
from sqtool.demo import write_demo
from sqtool.errors import UsageError
from sqtool.parsers._notices import read_notices
from sqtool.schema import JOIN_EVENTS

FIXTURES = Path(__file__).parent.parent / "fixtures" / "demo"
_HEADER = re.compile(r"(\d{4}-\d\d-\d\d \d{1,2}:\d\d:\d\d) (.*)\((\d+)\)")


@cache
def _play(weeks: int) -> tuple[list[Member], list[Post]]:
    return play(weeks, 7)


def _write(folder: Path, **options: int) -> tuple[bytes, bytes]:
    text, json_ = write_demo(folder, **options)  # type: ignore[arg-type]
    return text.read_bytes(), json_.read_bytes()


@cache
def _weeks_of_16() -> tuple[Counter[int], dict[int, set[int]]]:
    """Messages and speakers per week, 1 being the last."""
    _, posts = _play(16)
    said = [post for post in posts if post.kind not in _NOTICES]
    weeks = [(END.date() - post.at.date()).days // 7 + 1 for post in said]
    speakers: dict[int, set[int]] = {}
    for week, post in zip(weeks, said, strict=True):
        speakers.setdefault(week, set()).add(post.who)
    return Counter(weeks), speakers


_NOTICES = {"own-join", "own-invite", "invite", "qr", "recall", "receipt"}


def _qq_records(data: bytes) -> list[tuple[str, str, str]]:
    """Return clock, sender id and body, split as qq.md §2 says."""
    lines = data.decode("utf-8-sig").split("\r\n")
    heads = [n for n, line in enumerate(lines) if _HEADER.fullmatch(line) and lines[n - 1] == ""]
    assert all(lines[n + 2] == "" for n in heads)  # one body line, then the empty one
    found = [_HEADER.fullmatch(lines[n]) for n in heads]
    return [(m[1], m[3], lines[n + 1]) for n, m in zip(heads, found, strict=True) if m]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_story(tmp_path: Path) -> None:
    first = _write(tmp_path / "a", weeks=2)
    assert first == _write(tmp_path / "b", weeks=2)
    other = _write(tmp_path / "c", weeks=2, seed=8)
    assert first[0] != other[0]
    assert first[1] != other[1]


def test_the_fixtures_are_what_the_generator_writes_and_small_enough(tmp_path: Path) -> None:
    text, json_ = _write(tmp_path, weeks=4)
    assert (FIXTURES / "reading-club.txt").read_bytes() == text
    assert (FIXTURES / "reading-club.json").read_bytes() == json_
    assert max(len(text), len(json_)) < 1_000_000


def test_both_formats_hold_the_same_records_at_the_same_moments(tmp_path: Path) -> None:
    text, json_ = _write(tmp_path, weeks=4)
    messages = json.loads(json_)["messages"]
    records = _qq_records(text)
    assert len(records) == len(messages) > 1500
    clocks = [datetime.strptime(clock, "%Y-%m-%d %H:%M:%S") for clock, _, _ in records]  # noqa: DTZ007
    assert [f"{clock:%Y-%m-%d %H:%M:%S}" for clock in clocks] == [
        message["formattedTime"] for message in messages
    ]
    system = [who == "10000" for _, who, _ in records]
    assert system == [message["type"] == "系统消息" for message in messages]
    speakers = {who for _, who, _ in records} - {"10000"}
    ids = {m["senderUsername"] for m in messages if m["type"] != "系统消息"}
    assert len(speakers) == len(ids) > 80


def test_every_notice_is_understood_and_both_formats_tell_the_same_joins(tmp_path: Path) -> None:
    text, json_ = _write(tmp_path, weeks=16)
    notices = {
        "qq": [body for _, who, body in _qq_records(text) if who == "10000"],
        "wechat": [m["content"] for m in json.loads(json_)["messages"] if m["type"] == "系统消息"],
    }
    joiners = {}
    for platform, wordings in notices.items():
        read = read_notices(pl.Series(wordings))
        assert "other" not in read["event"].to_list()
        joins = read.filter(pl.col("event").is_in(JOIN_EVENTS))
        joiners[platform] = [name for names in joins["target_names"].to_list() for name in names]
    assert joiners["qq"] == joiners["wechat"]
    assert len(set(joiners["qq"])) == PEOPLE - 1  # the founder is the one who never joined


def test_the_text_has_the_bytes_of_a_qq_export(tmp_path: Path) -> None:
    data = _write(tmp_path, weeks=1)[0]
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    head = text.split("\r\n")[:8]
    assert head[2] == head[4] == head[6] == "=" * 64
    assert head[3] == "消息分组:我的QQ群"
    assert head[7] == ""
    assert re.search(r"\r\n\d{4}-\d\d-\d\d [6-9]:\d\d:\d\d ", text)  # hours are not padded
    assert not re.search(r"\r\n\d{4}-\d\d-\d\d 0\d:", text)
    assert re.search(r"[^\r]\n", text)  # bare LF inside messages
    assert text.endswith("\r\n\r\n")
    assert "\x00" not in text
    assert not re.search(r"[{}|]", text)  # no phrase left unfilled


def test_the_json_resolves_its_own_replies_and_mentions(tmp_path: Path) -> None:
    whole = json.loads(_write(tmp_path, weeks=4)[1])
    messages = whole["messages"]
    seen = {m["platformMessageId"]: m for m in messages if "platformMessageId" in m}
    quotes = [m for m in messages if "replyToMessageId" in m]
    assert len(quotes) > 100
    for message in quotes:
        asked = seen[message["replyToMessageId"]]
        assert asked["senderDisplayName"] == message["quotedSender"]
        assert asked["createTime"] <= message["createTime"]
        assert message["content"].endswith(f"：{message['quotedContent']}]")
    people = {m["senderUsername"] for m in messages}
    mentions = [m for m in messages if m["source"]]
    assert len(mentions) > 50
    listed = [re.findall("<atuserlist>(.*?)</atuserlist>", m["source"])[0] for m in mentions]
    mentioned = {who for ids in listed for who in ids.split(",")}
    assert "notify@all" in mentioned
    assert mentioned - people == {"notify@all"}
    assert whole["session"]["messageCount"] == len(messages)
    assert whole["weflow"]["exportedAt"] > messages[-1]["createTime"]
    own = {m["senderUsername"] for m in messages if m["isSend"]}
    assert len(own) == 1


def test_the_group_cools_down_at_the_end_by_about_a_third() -> None:
    messages, _ = _weeks_of_16()
    late = sum(messages[week] for week in (1, 2, 3)) / 3
    usual = sum(messages[week] for week in (4, 5, 6)) / 3
    assert 0.6 < late / usual < 0.78
    assert messages[3] > messages[2] > messages[1]


def test_the_sign_up_in_the_middle_brings_joins_and_speakers() -> None:
    members, posts = _play(16)
    assert len(members) == PEOPLE
    weeks = Counter((END.date() - m.joined.date()).days // 7 + 1 for m in members[1:])
    assert weeks[9] + weeks[8] == 42
    messages, speakers = _weeks_of_16()
    assert len(speakers[8]) > 1.4 * len(speakers[11])
    assert messages[8] > 1.2 * messages[11]
    assert sum(post.kind == "chain" for post in posts) > 30


def test_a_small_core_says_much_and_some_never_speak() -> None:
    members, posts = _play(16)
    said = Counter(post.who for post in posts if post.kind not in _NOTICES)
    core = sum(said[m.number] for m in members if m.kind == "core")
    assert 0.3 < core / said.total() < 0.6
    assert {m.number for m in members if m.kind == "silent"} == set(range(PEOPLE)) - set(said)
    joined = {post.who for post in posts if post.kind in _NOTICES - {"recall", "receipt"}}
    # Joiners known by name can mostly be tied to what they said.
    assert len(joined & set(said)) / len(joined) > 0.8


def test_two_regulars_fall_silent_before_the_end() -> None:
    _, posts = _play(16)
    for number, day in SILENCED.items():
        times = [post.at for post in posts if post.who == number and post.kind not in _NOTICES]
        assert times[-1].date() <= day
        assert END - times[-1] > timedelta(days=13)
        recent = {at.date() for at in times if END - at < timedelta(days=42)}
        assert len(recent) >= 5


def test_a_short_export_is_the_end_of_a_long_one(tmp_path: Path) -> None:
    long = _qq_records(_write(tmp_path / "long", weeks=16)[0])
    short = _qq_records(_write(tmp_path / "short", weeks=3)[0])
    assert long[-len(short) :] == short
    assert short[0][0] >= "2026-02-23"
    assert short[-1][0] == "2026-03-15 22:41:18"


def test_a_longer_history_starts_earlier_and_ends_the_same_evening() -> None:
    members, posts = play(20, 7)
    assert posts[0].at.date() == END.date() - timedelta(days=7 * 20 - 1)
    assert posts[-1].at == END
    assert len({m.name(END) for m in members}) == PEOPLE


def test_long_sentences_are_seldom_said_twice() -> None:
    _, posts = _play(4)
    texts = [post.text for post in posts if post.kind == "text" and len(post.text) > 9]
    assert len(set(texts)) / len(texts) > 0.93


def test_one_format_can_be_asked_for_and_an_unknown_one_is_an_error(tmp_path: Path) -> None:
    assert [f.name for f in write_demo(tmp_path, weeks=1, formats=["qq-txt"])] == [
        "reading-club.txt"
    ]
    with pytest.raises(UsageError):
        write_demo(tmp_path, formats=["line-txt"])
    with pytest.raises(UsageError):
        write_demo(tmp_path, weeks=0)
