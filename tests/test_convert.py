"""Writing chats: what is written is read back equal, and what does not fit is said."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import sqtool
from sqtool import ordering, spool
from sqtool.context import Context
from sqtool.convert import Conversion, convert
from sqtool.demo import write_demo
from sqtool.errors import UsageError
from sqtool.metrics import METRICS
from sqtool.parsers._chatlab import KINDS
from sqtool.pipeline import Request
from sqtool.reports._blocks import compute
from sqtool.schema import CHATS, MEMBERS
from sqtool.writers import WRITERS
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
@pytest.mark.parametrize("suffix", [".txt", ".json"])
def test_the_demo_group_gives_equal_metrics_after_a_round_trip(
    demo: dict[str, Path], tmp_path: Path, name: str, suffix: str
) -> None:
    path, _ = written(demo[suffix], name, tmp_path)
    old, new = sqtool.load(demo[suffix]), sqtool.load(path)
    if name == "csv":
        old, new = messages_only(old), messages_only(new)
    before, after = figures(old), figures(new)
    assert before.keys() == after.keys()
    for key, table in before.items():
        assert set(after[key]) == set(table)
        for column, values in table.items():
            if column not in UNTOLD:
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
        return [json.loads(line) for line in path.read_bytes().decode().splitlines()]
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


@pytest.mark.parametrize("name", WRITERS.names())
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
