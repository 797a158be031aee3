"""HTML pages and web archives: where the data stands, what is cut, whose page it is."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool import export as export_module
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS, _exporter_pages, _html
from sqtool.parsers._base import Confidence
from sqtool.parsers._html import html_pieces, texts_of
from sqtool.parsers._json import read_array
from sqtool.parsers._page import MOST_BYTES, page_of

EXPORTS = Path(__file__).parent.parent.parent / "fixtures" / "exports"
MEMOTRACE = EXPORTS / "wechat-memotrace-html" / "cut.html"
WEFLOW = EXPORTS / "wechat-weflow-html"
MHT = EXPORTS / "qq-mht" / "示例群.mht"
EXPORTER = EXPORTS / "wechat-exporter-html" / "files.d" / "读书会一群.html"


def rows(name: str, path: Path, issues: IssueLog | None = None) -> pl.DataFrame:
    batches = PARSERS.get(name).parse(Export(path), issues or IssueLog())
    return pl.concat(
        [batch.messages for batch in batches if batch.messages.height], how="diagonal_relaxed"
    )


def winner(path: Path) -> list[str]:
    export = Export(path)
    return [p.name for p in PARSERS if p.sniff(export).confidence > Confidence.NO]


def page(data: str, before: str = "") -> str:
    return f"<!DOCTYPE html>\n<html><head><title>群</title></head>{before}<script>{data}</script>"


# --- where the data stands -----------------------------------------------------------------------


def test_data_behind_half_a_megabyte_of_styles_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    style = "<style>" + "a { b: url(data:AAAA) }\n" * 25_000 + "</style>"
    record = {"type": "1", "is_send": False, "timestamp": 1772713000, "server_id": "5",
              "display_name": "小林", "text": "在"}  # fmt: skip
    path.write_text(page(f"const chatMessages = {json.dumps([record])}", style), encoding="utf-8")
    assert path.stat().st_size > 8 * len(Export(path).head)
    assert winner(path) == ["wechat-memotrace-html"]
    assert rows("wechat-memotrace-html", path)["text"].to_list() == ["在"]


def test_a_page_is_not_looked_at_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"<html>" + b" " * (2 * MOST_BYTES))
    assert len(page_of(Export(path)).text) == MOST_BYTES


def test_what_is_no_page_is_not_read_any_further(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 200_000 + b"window.WEFLOW_DATA = [")
    assert page_of(Export(path)).text == ""
    assert winner(path) == []


@settings(deadline=None)
@given(size=st.integers(1, 400), padding=st.integers(0, 90))
def test_an_array_in_a_script_is_found_wherever_blocks_end(
    tmp_path_factory: pytest.TempPathFactory, size: int, padding: int
) -> None:
    path = tmp_path_factory.mktemp("array") / "a.html"
    path.write_text(" " * padding + 'var data = [{"a": "]"}, {"a": "["}]; x = ["')
    issues = IssueLog()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "BLOCK_BYTES", size)
        behind = re.compile(rb"var data = (?=\[)")
        found = [
            v for part, _ in read_array(Export(path), issues, dict, behind=behind) for v in part
        ]
    assert found == [{"a": "]"}, {"a": "["}]
    assert issues.frame().is_empty()


@settings(deadline=None)
@given(size=st.integers(1, 60), tail=st.integers(0, 200))
def test_nothing_behind_the_end_of_the_messages_is_read(
    tmp_path_factory: pytest.TempPathFactory, size: int, tail: int
) -> None:
    path = tmp_path_factory.mktemp("until") / "a.html"
    path.write_bytes(b"<p>a<p>b</html>" + b"<p>no" * tail)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "BLOCK_BYTES", size)
        opening = re.compile(b"<p>")
        pieces = html_pieces(Export(path), IssueLog(), opening, 1, until=b"</html>")
        assert b"".join(piece for _, piece in pieces) == b"<p>a<p>b"


def test_entities_are_resolved_once() -> None:
    given = (
        "&amp;lt;b&amp;gt; &lt;i&gt;<br />&quot;<img src='x' alt=\"[捂脸]\" /><b>x</b>&#39;&#x27;"
    )
    read = pl.DataFrame({"t": [given]}).select(texts_of(pl.col("t"))).item()
    assert read == "&lt;b&gt; <i>\n\"[捂脸]x''"


# --- large chats in several files ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["wechat-weflow-html", "wechat-exporter-html"])
def test_a_page_owns_the_files_that_hold_the_rest(name: str) -> None:
    folder = {"wechat-weflow-html": "chunks.d", "wechat-exporter-html": "files.d"}[name]
    (path,) = (EXPORTS / name / folder).glob("*.html")
    owns = PARSERS.get(name).owns
    assert owns is not None
    assert len(owns(Export(path))) == 2


def test_missing_chunks_show_in_the_count(tmp_path: Path) -> None:
    source = next((WEFLOW / "chunks.d").glob("*.html"))
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes())
    folder = tmp_path / f"{source.stem}_data"
    folder.mkdir()
    first = source.parent / folder.name / "chunk-000000.js"
    (folder / "chunk-000000.js").write_bytes(first.read_bytes())
    issues = IssueLog()
    assert rows("wechat-weflow-html", path, issues).height == 6
    assert issues.frame()["code"].to_list() == ["count-mismatch"]


@pytest.mark.parametrize(("piece", "size"), [(1, 500), (1_500, 700), (5_000, 100_000)])
def test_where_pieces_end_changes_nothing(piece: int, size: int) -> None:
    whole = rows("wechat-exporter-html", EXPORTER).drop("line")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "BLOCK_BYTES", size)
        patch.setattr(_exporter_pages, "PIECE_BYTES", piece)
        defaults = html_pieces.__defaults__
        assert defaults is not None
        patch.setattr(html_pieces, "__defaults__", (piece,))
        cut = rows("wechat-exporter-html", EXPORTER).drop("line")
    assert cut.equals(whole)
    assert defaults[0] == _html.PIECE_BYTES


# --- what only looks alike -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    ["const messages = []", "const messagesData = []", "let chatMessages = loadMessages()"],
)
def test_other_pages_with_messages_are_nobodys(tmp_path: Path, data: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(page(data), encoding="utf-8")
    assert winner(path) == []


def test_the_list_of_chats_of_wechat_exporter_is_no_chat(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(
        '<!doctype html><html><head><title>微信聊天记录</title></head><body><div class="list">'
        '<a href="a.html">读书会一群</a></div></body></html>',
        encoding="utf-8",
    )
    assert winner(path) == []


# --- single formats ------------------------------------------------------------------------------


def test_a_stray_quote_in_old_pages_costs_a_title_and_no_record(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    link = "{ type:49,sub_type:5, text:'',is_send:0,timestamp:1772713000,is_chatroom:1," \
        "displayname:'阿强',title:'it's here'},"  # fmt: skip
    text = "{ type:1, text: '好',is_send:0,timestamp:1772713001,is_chatroom:1,displayname:'小林'},"
    path.write_text(page(f"const chatMessages = [\n{link}{text}\n];"), encoding="utf-8")
    found = rows("wechat-memotrace-html", path)
    assert found.select("kind", "sender_name", "text").rows() == [
        ("link", "阿强", None),
        ("text", "小林", "好"),
    ]


@settings(deadline=None, max_examples=30)
@given(cut=st.integers(0, MHT.stat().st_size))
def test_a_web_archive_cut_anywhere_loses_only_its_end(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.mht"
    path.write_bytes(MHT.read_bytes()[:cut])
    issues = IssueLog()
    batches = list(PARSERS.get("qq-mht").parse(Export(path), issues))
    kept = sum(batch.messages.height for batch in batches)
    assert kept <= 13
    assert issues.rows_lost() <= 2


def test_pictures_behind_the_page_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mht"
    path.write_bytes(MHT.read_bytes() + b"QUJD" * 1_000_000)
    read: list[int] = []
    export = Export(path, on_read=read.append)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "BLOCK_BYTES", 10_000)
        batches = list(PARSERS.get("qq-mht").parse(export, IssueLog()))
    assert sum(batch.messages.height for batch in batches) == 13
    assert sum(read) < 40_000


def test_the_user_may_say_how_days_are_written() -> None:
    path = EXPORTS / "qq-mht" / "day-first.mht"
    parse = PARSERS.get("qq-mht").parse
    first = [
        next(iter(parse(Export(path, date_order=order), IssueLog()))).messages["wall_at"][0]
        for order in (None, "dmy", "mdy")
    ]
    assert [day.month for day in first] == [2, 2, 1]
