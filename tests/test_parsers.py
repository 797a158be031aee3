"""Every fixture against every parser: one winner, the golden, and nothing lost."""

from functools import cache
from pathlib import Path

import polars as pl
import pytest

import sqtool
from sqtool.detect import survey
from sqtool.errors import UnknownFormatError
from sqtool.parsers import PARSERS
from sqtool.parsers._base import Confidence
from sqtool.schema import CHATS, JOIN_EVENTS, MEMBERS, MESSAGES, WEAK_ID
from sqtool.sources import find_exports
from tests._golden import EXPORTS, NOT_EXPORTS, cases, golden_path, lines_of

CASES = cases()


@cache
def _loaded(case: Path) -> sqtool.Dataset:
    # Several tests look at the same reading; a dataset is never changed.
    return sqtool.load(case, allow_private=True)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _format(case: Path) -> str:
    return case.relative_to(EXPORTS).parts[0]


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_exactly_the_parser_of_its_folder_wins(case: Path) -> None:
    found = [f for f in survey(find_exports([str(case)])) if f.parser is not None]
    assert found
    for answer in found:
        assert answer.parser is not None
        assert answer.parser.name == _format(case)
        assert answer.match is not None
        assert answer.match.evidence
        others = [p for p in PARSERS if p.name != answer.parser.name]
        sure = answer.match.confidence
        assert all(p.sniff(answer.export).confidence < sure for p in others)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_what_is_read_equals_the_golden(case: Path, update_golden: bool) -> None:
    data = _loaded(case)
    text = "".join(f"{line}\n" for line in lines_of(data))
    golden = golden_path(case)
    if update_golden:
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_bytes().decode()


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_no_row_is_lost_and_the_schemas_hold(case: Path) -> None:
    data = _loaded(case)
    messages = data.messages.collect()
    assert messages.schema == MESSAGES
    assert data.chats.collect_schema() == CHATS
    assert data.members.collect_schema() == MEMBERS
    totals = data.imports.select(pl.col("^rows_.*$").sum()).row(0, named=True)
    assert totals["rows_in"] == (
        totals["rows_kept"] + totals["rows_duplicate"] + totals["rows_skipped"]
    )
    assert messages.height == totals["rows_kept"]
    assert messages["sent_at"].null_count() == 0
    # Empty is never used for unknown, and notices have no sender.
    empty = messages.select(pl.any_horizontal(pl.col(pl.String) == "").any()).item()
    assert not empty
    assert messages.filter(kind="system")["sender_id"].null_count() == (
        messages.filter(kind="system").height
    )


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_everybody_who_spoke_is_a_member(case: Path) -> None:
    data = _loaded(case)
    speakers = data.messages.select("chat_id", member_id="sender_id").drop_nulls().unique()
    missing = speakers.join(data.members, on=["chat_id", "member_id"], how="anti").collect()
    assert missing.is_empty()


def _carried(data: sqtool.Dataset) -> set[str]:
    """What a file shows of the things that ``Parser.carries`` names."""
    said = data.messages.filter(pl.col("kind") != "system").collect()
    notices = data.messages.filter(pl.col("kind") == "system").collect()
    events = set(notices["event"].cast(pl.String).drop_nulls())
    chats = data.chats.collect()
    shown = {
        "ids": said["sender_id"].drop_nulls().str.starts_with(WEAK_ID).not_().any(),
        "message-ids": data.messages.collect()["message_id"].is_not_null().any(),
        # What a forward holds is no answer to anybody.
        "replies": said.filter(pl.col("kind") != "forward")
        .select(
            pl.any_horizontal(
                pl.col("reply_to_id", "reply_to_member", "quoted_text").is_not_null()
            ).any()
        )
        .item(),
        "mentions": said["mention_ids"].is_not_null().any(),
        "reactions": (said["reactions"].fill_null(0) > 0).any(),
        "joins": bool(events & set(JOIN_EVENTS)),
        "leaves": "leave" in events,
        "recalls": "recall" in events,
        "members": chats["has_roster"].any() and "export" in chats["roster_source"].to_list(),
        "seconds": (data.messages.collect()["sent_at"].dt.second() > 0).any(),
    }
    return {fact for fact, there in shown.items() if there}


@pytest.mark.parametrize("name", PARSERS.names())
def test_the_fixtures_of_a_format_show_all_it_carries_and_no_more(name: str) -> None:
    parser = PARSERS.get(name)
    shown: set[str] = set()
    for case in CASES:
        if _format(case) == name:
            shown |= _carried(_loaded(case))
    # Chat ids and zones are facts of the reading, not of a row. Some clients note a leave now and
    # then: that is read, but it is not promised.
    promised = set(parser.carries) - {"chat-id", "zone"}
    assert shown - {"leaves"} == promised - {"leaves"}
    assert shown >= promised
    assert all(parser.obtain)


@pytest.mark.parametrize("path", sorted(NOT_EXPORTS.iterdir()), ids=lambda p: p.name)
def test_files_that_are_no_exports_are_refused_with_a_reason(path: Path) -> None:
    with pytest.raises(UnknownFormatError) as refusal:
        sqtool.load(path)
    assert refusal.value.what
    assert path.name in str(refusal.value)


def test_every_parser_has_a_fixture_and_every_golden_an_export() -> None:
    assert {_format(case) for case in CASES} == set(PARSERS.names())
    goldens = set(EXPORTS.rglob("*.golden.jsonl"))
    assert goldens == {golden_path(case) for case in CASES}


@pytest.mark.parametrize("name", PARSERS.names())
def test_a_parser_is_named_as_its_file_and_sniffs_garbage_without_raising(name: str) -> None:
    parser = PARSERS.get(name)
    assert parser.name == name
    for path in NOT_EXPORTS.iterdir():
        (export,) = find_exports([str(path)])
        assert parser.sniff(export).confidence == Confidence.NO
