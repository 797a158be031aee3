"""Writing chats: what is written is read back equal, and what does not fit is said."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

import sqtool
from sqtool import ordering, spool
from sqtool.context import Context
from sqtool.convert import Conversion, convert
from sqtool.demo import write_demo
from sqtool.errors import SqtoolError, UsageError
from sqtool.issues import IssueLog
from sqtool.metrics import METRICS
from sqtool.normalise import normalise
from sqtool.parsers._base import RawChat, raw_frame
from sqtool.parsers._chatlab import KINDS
from sqtool.parts import Part
from sqtool.reading import Request, read_chats
from sqtool.reports._blocks import compute
from sqtool.schema import CHATS, MEMBERS
from sqtool.spool import Rows, Spool
from sqtool.writers import WRITERS
from sqtool.writers._base import Job, Losses
from tests._golden import EXPORTS

FULL = EXPORTS / "sqtool-parquet" / "two-chats.parquet"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    paths = write_demo(tmp_path_factory.mktemp("demo"), weeks=10)
    return {path.suffix: path for path in paths}


def written(source: Path, name: str, folder: Path, **options: Any) -> tuple[Path, Conversion]:
    writer = WRITERS.get(name)
    path = folder / f"out{writer.suffix}"
    return path, convert(Request(str(source), **options), writer, path, into_folder=False)


def figures(data: sqtool.Dataset) -> dict[str, dict[str, list[Any]]]:
    """All tables of all metrics."""
    ctx = Context.of(data)
    return {
        f"{metric.name}/{table.key}": table.frame.to_dict(as_series=False)
        for metric in METRICS
        for table in compute(metric, data, ctx).tables
    }


@cache
def loaded(path: Path) -> sqtool.Dataset:
    return sqtool.load(path)


def messages_only(data: sqtool.Dataset) -> sqtool.Dataset:
    """The same without what only a list of members or a head of the file can tell."""
    people = data.members.with_columns(
        role=None, is_self=None, in_roster=None, account_name=None
    ).cast(MEMBERS)
    facts = data.chats.with_columns(
        exported_at=None, self_id=None, member_count=None, roster_source=None, has_roster=False
    ).cast(CHATS)
    return replace(data, members=people, chats=facts)


# The interchange format cannot say how its list of members came about.
UNTOLD = {"roster_source", "account_name", "joins_named", "joins_linked"}


@pytest.mark.parametrize("name", WRITERS.names())
@pytest.mark.parametrize("suffix", [pytest.param(".txt", marks=pytest.mark.slow), ".json"])
def test_the_demo_group_gives_equal_metrics_after_a_round_trip(
    demo: dict[str, Path], tmp_path: Path, name: str, suffix: str
) -> None:
    path, _ = written(demo[suffix], name, tmp_path)
    old, new = loaded(demo[suffix]), sqtool.load(path)
    if name == "csv":
        old, new = messages_only(old), messages_only(new)
    before, after = figures(old), figures(new)
    assert before.keys() == after.keys()
    for key, table in before.items():
        assert set(after[key]) == set(table)
        for column, values in table.items():
            if (key, column) == ("chats/chats", "format"):
                # It says which kind of file was read, and that is what a conversion changes.
                assert values == old.imports["format"].to_list()
                assert after[key][column] == new.imports["format"].to_list()
            elif column not in UNTOLD:
                assert after[key][column] == values, f"{key}.{column}"


@pytest.mark.parametrize("suffix", [".txt", ".json"])
def test_parquet_carries_everything(demo: dict[str, Path], tmp_path: Path, suffix: str) -> None:
    path, done = written(demo[suffix], "parquet", tmp_path)
    before, after = sqtool.load(demo[suffix]), sqtool.load(path)
    assert not done.losses.counts
    assert after.messages.collect().equals(before.messages.collect())
    assert after.members.collect().equals(before.members.collect())
    facts = [d.chats.drop("source", "format").collect().to_dicts() for d in (before, after)]
    assert facts[0] == facts[1]
    # Anybody can read it.
    assert pl.read_parquet(path).height == before.messages.collect().height


@pytest.mark.parametrize("name", ["csv", "parquet", "xlsx"])
def test_what_sqtool_wrote_it_writes_again_byte_for_byte_alike(tmp_path: Path, name: str) -> None:
    first, _ = written(FULL, name, tmp_path)
    (tmp_path / "again").mkdir()
    second, _ = written(first, name, tmp_path / "again")
    columns = ["chat_id", "message_id", "sent_at", "text", "mention_ids", "event", "target_ids"]
    frames = [sqtool.load(path).messages.select(columns).collect() for path in (FULL, second)]
    assert frames[0].equals(frames[1])


# --- the interchange format ----------------------------------------------------------------------


def records(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSONL file; a JSON file as if it were one."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_bytes().splitlines()]
    whole = json.loads(path.read_bytes())
    assert list(whole) == ["chatlab", "meta", "members", "messages"]
    head = {"_type": "header", "chatlab": whole["chatlab"], "meta": whole["meta"]}
    members = [{"_type": "member", **one} for one in whole["members"]]
    return [head, *members, *({"_type": "message", **one} for one in whole["messages"])]


def faults(lines: list[dict[str, Any]]) -> list[str]:
    """What the interchange format's validator calls an error."""
    found: list[str] = []

    def check(good: bool, what: str) -> None:
        if not good:
            found.append(what)

    def text(one: dict[str, Any], name: str, *, required: bool) -> None:
        if name in one or required:
            value = one.get(name)
            check(isinstance(value, str) and bool(value.strip()), f"{name} is no text")

    head, kinds = lines[0], [line["_type"] for line in lines]
    check(kinds.count("header") == 1 and kinds[0] == "header", "header")
    check(kinds == sorted(kinds, key=["header", "member", "message"].index), "order")
    check(head["chatlab"]["version"] == "0.0.2", "version")
    stamp = head["chatlab"]["exportedAt"]
    check(isinstance(stamp, int) and 0 <= stamp < 10**11, "exportedAt")
    text(head["meta"], "name", required=True)
    check(head["meta"]["type"] in ("group", "private"), "type of the chat")
    check(head["meta"]["platform"] != "wechat", "weixin is its name there")
    members = [line for line in lines if line["_type"] == "member"]
    ids = [one["platformId"] for one in members]
    check(len(ids) == len(set(ids)) > 0, "members")
    if "ownerId" in head["meta"]:
        check(head["meta"]["ownerId"] in ids, "unknown owner")
    for one in members:
        text(one, "platformId", required=True)
        text(one, "accountName", required=True)
        text(one, "groupNickname", required=False)
    messages = [line for line in lines if line["_type"] == "message"]
    check(bool(messages), "no messages")
    numbers = [one["platformMessageId"] for one in messages if "platformMessageId" in one]
    check(len(numbers) == len(set(numbers)), "double ids")
    for one in messages:
        text(one, "accountName", required=True)
        text(one, "platformMessageId", required=False)
        text(one, "replyToMessageId", required=False)
        check(type(one["timestamp"]) is int and one["timestamp"] < 10**11, "timestamp")
        check(one["type"] in KINDS, "unknown type")
        check("content" in one and isinstance(one["content"], str | None), "content")
        reserved = one["sender"] == "SYSTEM" and one["type"] in (80, 81)
        check(one["sender"] in ids or reserved, "unknown sender")
    stamps = [one["timestamp"] for one in messages]
    check(stamps == sorted(stamps), "out of order")
    return found


@pytest.mark.parametrize("name", ["json", "jsonl"])
@pytest.mark.parametrize("source", ["demo.txt", "demo.json", "full"])
def test_the_interchange_files_pass_its_validator(
    demo: dict[str, Path], tmp_path: Path, name: str, source: str
) -> None:
    if source == "full":
        path, _ = written(FULL, name, tmp_path, chat="qq:20001")
    else:
        path, _ = written(demo[Path(source).suffix], name, tmp_path)
    assert faults(records(path)) == []


def test_a_notice_that_came_as_structure_is_put_into_words_that_are_read_again(
    tmp_path: Path,
) -> None:
    path, _ = written(FULL, "jsonl", tmp_path, chat="qq:20001")
    before = sqtool.load(FULL, chat="qq:20001").messages.collect()
    after = sqtool.load(path).messages.collect()
    columns = ["kind", "event", "actor_id", "target_ids", "sender_id", "text"]
    spoken = [name for name in columns if name != "text"]
    assert after.select(spoken).equals(before.select(spoken))
    assert after["text"][0] == '"小林(班长)"邀请"米粒🌾"加入了群聊'


def test_what_the_interchange_format_cannot_hold_is_counted(tmp_path: Path) -> None:
    _, done = written(FULL, "json", tmp_path, chat="qq:20001")
    told = {en: count for (en, _), count in done.losses.counts.items()}
    assert told == {
        "facts of the chat (own account, member count)": 1,
        "speakers who are not on the list": 1,
        "people only named in notices": 1,
        "dates of joining (except where a notice tells them)": 2,
        "bot marks": 1,
        "messages with reactions": 1,
        "times finer than a second": 8,
        "notices beyond their wording: people are named, not numbered": 4,
    }


def test_a_file_of_one_chat_refuses_two_and_a_folder_takes_them(tmp_path: Path) -> None:
    writer = WRITERS.get("jsonl")
    with pytest.raises(UsageError, match="qq:20002") as refusal:
        convert(Request(str(FULL)), writer, tmp_path / "x.jsonl", into_folder=False)
    assert "--chat" in refusal.value.hint
    done = convert(Request(str(FULL)), writer, tmp_path, into_folder=True)
    assert sorted(path.name for path in done.files) == ["qq_20001.jsonl", "qq_20002.jsonl"]
    assert done.messages == 18


# --- size ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        name if name in ("jsonl", "parquet") else pytest.param(name, marks=pytest.mark.slow)
        for name in WRITERS.names()
    ],
)
def test_converting_in_small_chunks_writes_the_same_bytes(
    demo: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    whole, _ = written(demo[".json"], name, tmp_path)
    (tmp_path / "chunks").mkdir()
    monkeypatch.setattr(spool, "MEMORY_ROWS", 900)
    monkeypatch.setattr(ordering, "CHUNK_ROWS", 400)
    pieces, _ = written(demo[".json"], name, tmp_path / "chunks")
    if name == "parquet":
        assert pl.read_parquet(pieces).equals(pl.read_parquet(whole))
    else:
        assert pieces.read_bytes() == whole.read_bytes()


def test_a_conversion_that_fails_leaves_the_old_file_and_no_other(
    demo: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "out.csv"
    old.write_text("old", encoding="utf-8")
    monkeypatch.setattr("sqtool.writers.csv.flat_messages", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        written(demo[".txt"], "csv", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert old.read_text(encoding="utf-8") == "old"


SLOW = """
import sys, time
from dataclasses import replace
from pathlib import Path
import sqtool.spool as spool
import sqtool.writers.jsonl as jsonl
from sqtool.__main__ import main

spool.SHORT_ROWS = 0

def write(job):
    with job.path.open("wb") as file:
        file.write(b"half")
        file.flush()
        next(job.chats)
        Path(sys.argv[1]).touch()
        time.sleep(60)

jsonl.WRITER = replace(jsonl.WRITER, write=write)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of a Unix system")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_conversion_told_to_stop_leaves_the_old_file_and_nothing_temporary(
    tmp_path: Path, number: int, code: int
) -> None:
    spool, out, ready = tmp_path / "spool", tmp_path / "out", tmp_path / "ready"
    spool.mkdir()
    out.mkdir()
    target = out / "chat.jsonl"
    target.write_text("old")
    running = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(ready), "convert", str(EXPORTS / "qq-txt" / "sample.txt"),
         "-o", str(target)],
        env=os.environ | {"TMPDIR": str(spool)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        while not ready.exists() and running.poll() is None:
            time.sleep(0.02)
        assert list(spool.iterdir())
        assert len(list(out.iterdir())) == 2
        running.send_signal(number)
        said = running.communicate(timeout=30)
    finally:
        running.kill()
        running.wait()
    assert (running.returncode, *said) == (code, b"", b"")
    assert list(spool.iterdir()) == []
    assert [path.name for path in out.iterdir()] == ["chat.jsonl"]
    assert target.read_text() == "old"


@pytest.mark.skipif(os.name == "nt", reason="signals of a Unix system")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_read_of_a_pipe_is_removed_when_told_to_stop(
    tmp_path: Path, number: int, code: int
) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "sqtool", "activity", "-"],
        env=os.environ | {"TMPDIR": str(tmp_path)}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        while not list(tmp_path.iterdir()) and running.poll() is None:
            time.sleep(0.02)
        running.send_signal(number)
        assert running.wait(30) == code
        assert list(tmp_path.iterdir()) == []
    finally:
        running.kill()
        running.communicate()


def test_a_workbook_goes_on_on_another_sheet_and_says_what_it_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqtool.writers.xlsx.MOST_ROWS", 7)
    monkeypatch.setattr("sqtool.writers.xlsx.MOST_CHARACTERS", 60)
    source = tmp_path / "long.txt"
    record = "2026-03-05 20:15:{:02} 小林(10001)\r\n{}\r\n\r\n"
    source.write_bytes("".join(record.format(n, "长" * (n * 10 + 1)) for n in range(10)).encode())
    path, done = written(source, "xlsx", tmp_path)
    lengths = sqtool.load(path).messages.collect()["text"].str.len_chars().to_list()
    assert lengths == [1, 11, 21, 31, 41, 51, 60, 60, 60, 60]
    told = {en: count for (en, _), count in done.losses.counts.items()}
    assert told == {"texts over 60 characters: cut": 4}


# --- what goes wrong on a user's machine ---------------------------------------------------------

LINES = "2026-03-05 20:15:00 小林(10001)\r\n早\r\n\r\n2026-03-05 20:15:01 阿强(10002)\r\n好\r\n\r\n"


def small(folder: Path, name: str = "群.txt", text: str = LINES) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_a_link_stays_a_link_and_a_private_file_private(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old", encoding="utf-8")
    real.chmod(0o600)
    link.symlink_to(real)
    convert(Request(small(tmp_path)), WRITERS.get("csv"), link, into_folder=False)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert sqtool.load(real).messages.collect().height == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as beside:
        read = beside.submit(pipe.read_bytes)
        convert(Request(small(tmp_path)), WRITERS.get("jsonl"), pipe, into_folder=False)
        assert read.result().count(b"\n") == 5
    assert pipe.is_fifo()


def test_a_file_that_is_read_is_not_written_over_even_if_only_its_folder_is_named(
    tmp_path: Path,
) -> None:
    source = small(tmp_path)
    first, writer = tmp_path / "all.csv", WRITERS.get("csv")
    convert(Request(source), writer, first, into_folder=False)
    before = first.read_bytes()
    for sources in ([source, first], [tmp_path]):
        with pytest.raises(UsageError, match="overwrite"):
            convert(Request(sources), writer, first, into_folder=False)
    named = tmp_path / "qq_群.csv"
    first.rename(named)
    with pytest.raises(UsageError, match="overwrite"):
        convert(Request(named), writer, tmp_path, into_folder=True)
    assert named.read_bytes() == before


def test_a_chat_without_one_usable_message_is_not_written(tmp_path: Path) -> None:
    old = small(tmp_path, "old.txt", LINES.replace("2026", "1981"))
    with pytest.raises(SqtoolError, match="usable time"):
        written(old, "jsonl", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]
    (tmp_path / "out").mkdir()
    good = small(tmp_path)
    request = Request([old, good])
    done = convert(request, WRITERS.get("jsonl"), tmp_path / "out", into_folder=True)
    assert done.messages == 2
    assert len(done.files) == len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_notices_alone_and_messages_of_nobody_pass_the_validator(tmp_path: Path, name: str) -> None:
    notice = "2026-03-05 20:15:00 系统消息(10000)\r\n小林加入本群。\r\n\r\n"
    given = {"allow_private": True, "format": "qq-txt"}
    nobody = LINES + "2026-03-05 20:15:03  \r\n谁\r\n\r\n"
    for text, losses in ((notice, 0), (nobody, 1)):
        path, done = written(small(tmp_path, text=text), name, tmp_path, **given)
        assert faults(records(path)) == []
        assert (
            sum(count for (en, _), count in done.losses.counts.items() if "nobody" in en) == losses
        )
    lone, _ = written(small(tmp_path, text=notice), name, tmp_path, **given)
    people = sqtool.load(lone, allow_private=True).members.collect()
    assert people["member_id"].to_list() == ["name:小林"]


def test_a_list_on_which_everybody_speaks_cannot_be_told_and_is_said(tmp_path: Path) -> None:
    people = pl.DataFrame(
        {"member_id": ["10001", "10002"], "display_name": ["小林", "阿强"], "in_roster": [True] * 2}
    )
    told: dict[str, int] = {}
    for name in ("jsonl", "csv"):
        with Spool() as place:
            issues = IssueLog()
            groups, _ = read_chats(Request(small(tmp_path)), issues, place)
            ((chat_id, parts),) = groups.items()
            one = normalise(chat_id, parts, ZoneInfo("Asia/Shanghai"), issues, place)
            listed = one.members.drop("in_roster").join(
                people.select("member_id", "in_roster"), on="member_id"
            )
            one.chat.update(has_roster=True, roster_source="export")
            one = replace(one, members=listed)
            losses = Losses()
            path = tmp_path / f"x.{name}"
            WRITERS.get(name).write(Job(iter([one]), path, ZoneInfo("UTC"), place, losses))
            told |= {f"{name}: {en}": n for (en, _), n in losses.counts.items()}
    assert told == {
        "jsonl: places on the member list": 2,
        "csv: places on the member list": 2,
    }


def test_an_id_that_two_tools_gave_to_different_messages_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "CHUNK_ROWS", 2)
    monkeypatch.setattr(spool, "MEMORY_ROWS", 1)
    start = datetime(2026, 3, 5, 20, tzinfo=UTC)
    parts = [
        Part(
            RawChat(key="1", strong=True, platform="qq", name="群", kind="group"),
            Rows.of(
                raw_frame(
                    {
                        "sent_at": [start + timedelta(hours=hour + n) for n in range(3)],
                        "sender_id": ["10001"] * 3,
                        "text": [f"{file}{n}" for n in range(3)],
                        "message_id": [f"{file}{n}" for n in range(2)] + ["7"],
                        "kind": ["text"] * 3,
                    }
                )
            ),
            file,
            file,
        )
        for file, hour in (("a", 0), ("b", 10))
    ]
    with Spool(bounded=True) as place:
        one = normalise("qq:1", parts, ZoneInfo("UTC"), IssueLog(), place)
        losses, path = Losses(), tmp_path / "x.jsonl"
        WRITERS.get("jsonl").write(Job(iter([one]), path, ZoneInfo("UTC"), place, losses))
    assert faults(records(path)) == []
    assert [line["content"] for line in records(path)[2:]] == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert losses.counts["message ids used twice", "个重复的消息编号"] == 1


def test_a_workbook_leaves_out_what_xml_cannot_hold(tmp_path: Path) -> None:
    source = small(tmp_path, text=LINES.replace("早", "早\uffff\ufffe"))
    path, done = written(source, "xlsx", tmp_path)
    assert sqtool.load(path).messages.collect()["text"].to_list() == ["早", "好"]
    assert sum(done.losses.counts.values()) == 1


def test_brackets_in_a_name_are_no_glob(tmp_path: Path) -> None:
    path = tmp_path / "群 [1 of 2].parquet"
    convert(Request(small(tmp_path)), WRITERS.get("parquet"), path, into_folder=False)
    assert sqtool.load(path).messages.collect().height == 2


def test_a_long_name_of_wide_letters_still_makes_a_file(tmp_path: Path) -> None:
    fancy = "𝓡" * 100
    head = "消息记录（此消息记录为文本格式，不支持重新导入）\r\n\r\n消息对象:" + fancy + "\r\n\r\n"
    rule = "=" * 64
    head = head.replace("消息对象", f"{rule}\r\n消息分组:我的QQ群\r\n{rule}\r\n消息对象")
    head = head.rstrip() + f"\r\n{rule}\r\n\r\n"
    source = small(tmp_path, text=head + LINES)
    (tmp_path / "out").mkdir()
    done = convert(Request(source), WRITERS.get("parquet"), tmp_path / "out", into_folder=True)
    assert done.files[0].is_file()
    assert fancy[:10] in done.files[0].name
