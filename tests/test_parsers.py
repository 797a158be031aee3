"""Every fixture against every parser: one winner, the golden, and nothing lost."""

from pathlib import Path

import polars as pl
import pytest

import sqtool
from sqtool.detect import detect
from sqtool.errors import UnknownFormatError
from sqtool.export import find_exports
from sqtool.parsers import PARSERS
from sqtool.parsers._base import Confidence
from sqtool.schema import CHATS, MEMBERS, MESSAGES
from tests._golden import EXPORTS, NOT_EXPORTS, cases, golden_path, lines_of

CASES = cases()


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _format(case: Path) -> str:
    return case.relative_to(EXPORTS).parts[0]


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_exactly_the_parser_of_its_folder_wins(case: Path) -> None:
    (export, *_) = find_exports([str(case)])
    parser, match = detect(export)
    assert parser.name == _format(case)
    assert match.evidence
    others = [p for p in PARSERS if p.name != parser.name]
    assert all(p.sniff(export).confidence < match.confidence for p in others)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_what_is_read_equals_the_golden(case: Path, update_golden: bool) -> None:
    data = sqtool.load(case, allow_private=True)
    text = "".join(f"{line}\n" for line in lines_of(data))
    golden = golden_path(case)
    if update_golden:
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_bytes().decode()


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_no_row_is_lost_and_the_schemas_hold(case: Path) -> None:
    data = sqtool.load(case, allow_private=True)
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
    data = sqtool.load(case, allow_private=True)
    speakers = data.messages.select("chat_id", member_id="sender_id").drop_nulls().unique()
    missing = speakers.join(data.members, on=["chat_id", "member_id"], how="anti").collect()
    assert missing.is_empty()


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
