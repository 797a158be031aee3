"""What several parsers read with: transcripts, pages, sheets, and files that lie together."""

import re
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool import export as export_module
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._html import breaks_to_newlines, html_pieces
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._xlsx import read_sheet, sheet_heads

HEADER = r"^\[(?P<at>\d\d:\d\d)\] (?P<who>[^:\n]*): "


def records(path: Path, header: str = HEADER) -> list[tuple[int, str, str, str]]:
    frames = list(read_transcript(Export(path), IssueLog(), header, first="["))
    if not frames:
        return []
    table = pl.concat(frames)
    return table.select("line", "at", "who", "content").rows()


def test_a_record_is_its_header_line_and_the_lines_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("[08:00] 甲: 一\n二\n\n[08:01] 乙: \n[08:02] 甲: 三\n".encode())
    assert records(path) == [
        (1, "08:00", "甲", "一\n二\n"),
        (4, "08:01", "乙", ""),
        (5, "08:02", "甲", "三"),
    ]


def test_a_header_of_its_own_line_leaves_the_lines_below_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("甲 08:00\n一\n乙 08:01\n\n丙 08:02".encode())
    frames = read_transcript(Export(path), IssueLog(), r"^(?P<who>\S+) (?P<at>\d\d:\d\d)$")
    assert pl.concat(list(frames)).select("who", "content").rows() == [
        ("甲", "一"),
        ("乙", ""),
        ("丙", ""),
    ]


BODIES = st.lists(st.text(st.sampled_from("a甲\n\r[: "), max_size=8), max_size=12)


@settings(deadline=None)
@given(bodies=BODIES, size=st.integers(1, 40), crlf=st.booleans())
def test_where_blocks_end_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[str], size: int, crlf: bool
) -> None:
    path = tmp_path_factory.mktemp("blocks") / "a.txt"
    text = "".join(f"[08:0{n % 10}] 人{n}: {body}\n" for n, body in enumerate(bodies))
    path.write_bytes((text.replace("\n", "\r\n") if crlf else text).encode())
    whole = records(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "BLOCK_BYTES", size)
        assert records(path) == whole
    assert len(whole) == len(bodies)


@settings(deadline=None)
@given(count=st.integers(0, 6), size=st.integers(1, 60), piece=st.integers(1, 60))
def test_pages_are_cut_between_messages_and_nowhere_else(
    tmp_path_factory: pytest.TempPathFactory, count: int, size: int, piece: int
) -> None:
    path = tmp_path_factory.mktemp("pages") / "a.html"
    messages = [f'<div class="m">第{n}\n</div>\n' for n in range(count)]
    path.write_text("<html>\n" + "".join(messages), encoding="utf-8")
    opening = re.compile(rb'<div class="m"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "BLOCK_BYTES", size)
        pieces = list(html_pieces(Export(path), IssueLog(), opening, piece))
    assert b"".join(part for _, part in pieces) == path.read_bytes()
    assert pieces[0][1] == b"<html>\n"
    for number, (line, part) in enumerate(pieces):
        before = b"".join(other for _, other in pieces[:number])
        assert line == before.count(b"\n") + 1
        assert not number or part.startswith(b'<div class="m"')


def test_a_break_is_one_newline() -> None:
    assert breaks_to_newlines(b"a<br>b<br/>\nc<BR />d") == b"a\nb\nc\nd"


def test_a_sheet_is_read_as_text_with_its_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("聊天记录")
        sheet.write_row(0, 0, ["会话信息"])
        sheet.write_row(3, 0, ["序号", 7, 1.5])
    assert sheet_heads(Export(path))[0].rows[3] == ("序号", "7", "1.5")
    frame = read_sheet(Export(path))
    assert frame.filter(pl.col("c0") == "序号")["line"].to_list() == [4]
    (path.with_suffix(".txt")).write_text("PK", encoding="utf-8")
    assert sheet_heads(Export(path.with_suffix(".txt"))) == ()


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_files_that_lie_together_are_found_by_number(tmp_path: Path, zipped: bool) -> None:
    names = ["群/manifest.json", "群/chunks/c_2.jsonl", "群/chunks/c_10.jsonl", "别/c_3.jsonl"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    lead = Export(tmp_path / names[0], label="e/群/manifest.json")
    if zipped:
        with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
            for name in names:
                archive.write(tmp_path / name, name)
        lead = Export(tmp_path / "e.zip", names[0], label="e/群/manifest.json")
    found = lead.all_beside("chunks/*.jsonl")
    assert [e.read_text() for e in found] == names[1:3]
    assert found[0].title == "e/群/chunks/c_2.jsonl"
    other = lead.beside("../别/c_3.jsonl")
    assert other is not None
    assert other.read_text() == names[3]
    assert lead.beside("nothing.json") is None
