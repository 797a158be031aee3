"""QCE in its other forms (chunks, text, workbook, page), and dumps of the QQ NT database."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests._golden import EXPORTS

import sqtool
import sqtool.export as export_module
from sqtool.detect import survey
from sqtool.errors import UsageError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import (
    _json_scan,
    qq_ntdb,
    qq_ntexport_txt,
    qq_qce_chunks,
    qq_qce_html,
    qq_qce_json,
    qq_qce_txt,
    qq_qce_xlsx,
)
from sqtool.parsers._base import Confidence, Parser
from sqtool.parsers._ntexport import read_elements
from sqtool.parsers._qce_html import read_piece
from sqtool.parsers._qce_text import Printed, read_body, read_printed
from sqtool.sources import find_exports

CHUNKS, TEXT, PAGES = (EXPORTS / f"qq-qce-{name}" for name in ("chunks", "txt", "html"))
V6 = CHUNKS / "v6.d" / "group_示例群_20001_20250301_120000123_chunked_jsonl"
NEWEST_FIRST = CHUNKS / "v5-newest-first.d" / "group_20001_20250302_100000_chunked_jsonl"


def read(parser: Parser, path: Path) -> tuple[pl.DataFrame, list[tuple[str, int | None, int]]]:
    issues = IssueLog()
    frames = [batch.messages for batch in parser.parse(Export(path), issues)]
    rows = [frame for frame in frames if frame.height]
    told = issues.frame().select("code", "line", "rows").rows()
    return pl.concat(rows) if rows else pl.DataFrame(), told


# --- chunks --------------------------------------------------------------------------------------


def manifest(folder: Path, **chunked: Any) -> Path:
    path = folder / "manifest.json"
    known = json.loads(path.read_bytes())
    known["chunked"].update(chunked)
    path.write_text(json.dumps(known), encoding="utf-8")
    return path


@pytest.fixture
def v6(tmp_path: Path) -> Path:
    return Path(shutil.copytree(V6, tmp_path / V6.name))


def test_a_manifest_owns_its_chunks_and_the_pictures_beside_them() -> None:
    names = [export.name for export in qq_qce_chunks.owns(Export(V6 / "manifest.json"))]
    assert names == ["c000001.jsonl", "c000002.jsonl", "avatars.json"]
    (found,) = [f for f in survey(find_exports([str(V6)])) if f.parser is not None]
    assert found.export.name == "manifest.json"


def test_the_manifest_alone_leads_to_the_whole_chat() -> None:
    assert sqtool.load(V6 / "manifest.json").messages.collect().height == 9


def test_batches_written_newest_first_come_out_in_order_of_time() -> None:
    rows, told = read(qq_qce_chunks.PARSER, NEWEST_FIRST / "manifest.json")
    # 3 and 4, and 5 and 6, share a second: the earlier batch was written later.
    assert [key[-1] for key in rows["message_id"]] == list("1234567")
    assert told == []


def test_a_path_that_leads_out_of_the_folder_is_not_followed(v6: Path) -> None:
    (v6.parent / "secret.jsonl").write_bytes((V6 / "chunks" / "c000001.jsonl").read_bytes())
    shutil.rmtree(v6 / "chunks")
    for path in ("../secret.jsonl", str(v6.parent / "secret.jsonl"), "C:\\secret.jsonl"):
        lead = manifest(v6, chunks=[{"relativePath": path, "count": 3}])
        rows, told = read(qq_qce_chunks.PARSER, lead)
        assert rows.is_empty()
        assert told == [("missing-chunk", None, 0)]


def test_windows_separators_and_a_lost_list_still_lead_to_the_chunks(v6: Path) -> None:
    entries = [{"relativePath": f"chunks\\c00000{n}.jsonl"} for n in (1, 2)]
    assert read(qq_qce_chunks.PARSER, manifest(v6, chunks=entries))[0].height == 9
    assert read(qq_qce_chunks.PARSER, manifest(v6, chunks=None)) [0].height == 9  # fmt: skip


def test_a_chunk_that_holds_fewer_messages_than_stated_is_told_once(v6: Path) -> None:
    chunk = v6 / "chunks" / "c000002.jsonl"
    chunk.write_bytes(b"".join(chunk.read_bytes().splitlines(keepends=True)[:-2]))
    rows, told = read(qq_qce_chunks.PARSER, v6 / "manifest.json")
    assert rows.height == 7
    assert told == [("count-mismatch", None, 0)]


def test_chunks_that_lie_beside_their_manifest_are_read_once(v6: Path) -> None:
    for chunk in (v6 / "chunks").iterdir():
        shutil.move(chunk, v6 / chunk.name)
    data = sqtool.load(v6)
    assert data.messages.collect().height == 9
    assert data.imports.height == 1
    assert data.issues.is_empty()


def test_a_uid_is_the_number_that_any_chunk_ties_it_to() -> None:
    rows, _ = read(qq_qce_chunks.PARSER, V6 / "manifest.json")
    assert rows.filter(text="换手机了")["sender_id"].to_list() == ["10005"]


def test_a_chunk_alone_takes_its_chat_from_the_manifest_above_it() -> None:
    (batch, *_) = qq_qce_chunks.parse(Export(V6 / "chunks" / "c000001.jsonl"), IssueLog())
    assert (batch.chat.key, batch.chat.name, batch.chat.strong) == ("20001", "示例群", True)


def test_lines_of_other_tools_are_no_chunk(tmp_path: Path) -> None:
    for line in ('{"id":1,"timestamp":2}', '{"_type":"message","sender":"x"}', "[1]", ""):
        path = tmp_path / "x.jsonl"
        path.write_text(line + "\n", encoding="utf-8")
        assert qq_qce_chunks.sniff(Export(path)).confidence == Confidence.NO


ITEMS = st.lists(st.text('a"\\[]{},:\n ', max_size=12), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(texts=ITEMS, piece=st.integers(40, 900))
def test_single_json_is_read_alike_however_it_is_cut(
    texts: list[str], piece: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "group_20001_20250301_080503.json"
    sender = {"uid": "u_1", "uin": "10001", "name": "小林"}
    items = [
        {"id": str(n), "timestamp": 1740787503000 + n, "sender": sender, "content": {"text": text}}
        for n, text in enumerate(texts)
    ]
    lines = ",\n".join("    " + json.dumps(i, ensure_ascii=False) for i in items)
    path.write_text(f'{{\n  "chatInfo":{{}},\n  "messages":[\n{lines}\n  ]\n}}', encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json_scan, "PIECE_BYTES", piece)
        rows, told = read(qq_qce_json.PARSER, path)
    assert rows["message_id"].to_list() == [item["id"] for item in items]
    assert rows["text"].to_list() == [text or None for text in texts]
    assert not told


# --- text ----------------------------------------------------------------------------------------

MAIN = TEXT / "group_示例群_20001_20250302_100000123.txt"


@pytest.mark.parametrize("block", [300, 701, 1500])
def test_the_text_is_read_alike_however_its_blocks_fall(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(qq_qce_txt.PARSER, MAIN)
    monkeypatch.setattr(export_module, "BLOCK_BYTES", block)
    cut = read(qq_qce_txt.PARSER, MAIN)
    assert_frame_equal(cut[0], whole[0])
    assert cut[1] == whole[1] == []


@pytest.mark.parametrize("time", ["2025-03-01", "08:05:03", "3天前", "刚刚"])
def test_times_that_are_not_whole_are_refused_with_a_hint(tmp_path: Path, time: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(f"小林:\n时间: {time}\n内容: 早\n\n\n阿强:\n时间: {time}\n内容: 早", "utf-8")
    with pytest.raises(UsageError) as refusal:
        read(qq_qce_txt.PARSER, path)
    assert refusal.value.hint


def test_an_export_of_no_messages_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    rule = "=" * 47
    path.write_text(
        "[QQChatExporter V5 / https://github.com/shuakami/qq-chat-exporter]\n\n聊天名称: 示例群\n"
        f"聊天类型: 群聊\n\n\n{rule}\n              导出完成\n{rule}\n总计导出 0 条消息\n",
        "utf-8",
    )
    rows, told = read(qq_qce_txt.PARSER, path)
    assert rows.is_empty()
    assert told == []


@pytest.mark.parametrize("block", [200, 333, 700])
def test_the_streaming_mode_is_read_alike_however_its_blocks_fall(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = TEXT / "streaming-mode.txt"
    whole = read(qq_qce_txt.PARSER, path)
    monkeypatch.setattr(export_module, "BLOCK_BYTES", block)
    cut = read(qq_qce_txt.PARSER, path)
    assert_frame_equal(cut[0], whole[0])
    assert cut[1] == whole[1] == []


def test_the_streaming_mode_loses_no_record_and_glues_none(tmp_path: Path) -> None:
    lines = ["[QQChatExporter V4 / Streaming Mode]", "聊天名称: 示例群", "聊天类型: 群聊", ""]
    for number in range(1, 501):
        lines.append(f"[#{number}] 2025/3/{number % 28 + 1} {number % 24:02}:05:03 阿强")
        # Every tenth message holds the header of an earlier one.
        lines.append(f"第{number}句" if number % 10 else "[#4] 2025/3/5 04:05:03 阿强\n粘贴的")
    path = tmp_path / "x.txt"
    path.write_text("\n".join(lines), "utf-8")
    rows, told = read(qq_qce_txt.PARSER, path)
    assert rows.height == 500
    assert rows["wall_at"].null_count() == 0
    assert rows["text"].str.starts_with("[#4] ").sum() == 50
    assert told == []


def test_a_number_far_ahead_is_a_part_left_out_only_if_the_count_goes_on_from_it(
    tmp_path: Path,
) -> None:
    header = "[#{}] 2025/3/1 08:00:0{} 阿强\n第{}句\n"
    numbers = [1, 2, 90, 3, 7, 8]
    path = tmp_path / "x.txt"
    records = (header.format(number, place, number) for place, number in enumerate(numbers))
    path.write_text("[QQChatExporter V4 / Streaming Mode]\n" + "".join(records), "utf-8")
    rows, _ = read(qq_qce_txt.PARSER, path)
    assert rows["text"].str.split("\n").list.first().to_list() == [
        "第1句", "第2句", "第3句", "第7句", "第8句"
    ]  # fmt: skip


def test_blocks_quoted_in_one_message_do_not_make_the_rest_stand_close(tmp_path: Path) -> None:
    block = "小林:\n时间: 2025-03-01 08:00:0{}\n内容: {}"
    pasted = "\n".join(block.format(number, "旧") for number in range(3))
    path = tmp_path / "x.txt"
    parts = [block.format(number, "新" if number else pasted) for number in range(4)]
    path.write_text("\n\n\n".join(parts), "utf-8")
    rows, told = read(qq_qce_txt.PARSER, path)
    assert rows.height == 4
    assert told == []


@pytest.mark.parametrize("name", ["streaming-mode.txt", MAIN.name])
def test_files_put_one_behind_the_other_keep_their_chats_and_their_last_records(
    name: str, tmp_path: Path
) -> None:
    text = (TEXT / name).read_text("utf-8")
    title = re.findall("^聊天名称: (.*)$", text, re.MULTILINE)[0]
    alone = sqtool.load(TEXT / name).messages.collect()
    path = tmp_path / "x.txt"
    path.write_text(f"{text}\n{text.replace(f'聊天名称: {title}', '聊天名称: 另一群')}", "utf-8")
    found = sqtool.load(path)
    assert set(found.chats.collect()["name"]) == {title, "另一群"}
    assert found.issues.is_empty()
    for _, rows in found.messages.collect().group_by("chat_id"):
        assert rows.sort("ordinal")["text"].to_list() == alone["text"].to_list()


def test_the_line_of_a_record_is_where_its_name_stands(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(
        "小林:\n时间: 2025-03-01 08:00:00\n内容: 早\n\n\n阿强:\n时间: 无\n内容: 早\n", "utf-8"
    )
    rows, _ = read(qq_qce_txt.PARSER, path)
    assert rows["line"].to_list() == [1, 6]
    assert rows["wall_at"].null_count() == 1


def test_lines_like_those_of_the_tail_stay_in_the_text_where_nothing_backs_them() -> None:
    rows, _ = read(qq_qce_txt.PARSER, MAIN)
    assert rows["text"].to_list()[14] == "两点:\n提及: 这一行是我写的\n回复: 这一行也是"


def test_a_sentence_that_speaks_of_a_recall_is_no_recall() -> None:
    assert read_printed("阿强", "阿强 撤回了一条消息").kind == "system"
    assert read_printed("阿强", "阿强 撤回了 小林 的消息（发错了）").kind == "system"
    assert read_printed("小林", "阿强 撤回了一条消息").kind == "text"
    assert read_printed("阿强", "阿强 撤回了一条消息？").kind == "text"


def test_bodies_tell_their_kind() -> None:
    assert read_body("恭喜发财", type="type_10") == Printed("red_packet", "恭喜发财")
    assert read_body("[回复 阿强: 早]\n好") == Printed("text", "好", "阿强", "早")
    assert read_body("[图片:a[1].jpg]", resources=[("image", "a[1].jpg")]) == Printed("image", None)
    assert read_body("[不是图片]") == Printed("text", "[不是图片]")
    assert read_body("") == Printed("text", None)


# --- workbook and page ---------------------------------------------------------------------------


def test_a_workbook_says_by_its_z_whether_its_times_are_exact() -> None:
    folder = EXPORTS / "qq-qce-xlsx"
    new, _ = read(qq_qce_xlsx.PARSER, folder / "group_示例群_20001_20250301_120000123.xlsx")
    old, told = read(qq_qce_xlsx.PARSER, folder / "group_20001_20250302_100000.xlsx")
    assert new["wall_at"].null_count() == new.height
    assert new["sent_at"].null_count() == 1
    assert old["sent_at"].null_count() == old.height
    assert old["wall_at"].null_count() == 0
    assert told == [("count-mismatch", None, 0)]


def test_the_private_remark_on_a_page_is_not_taken_for_the_name() -> None:
    rows, _ = read(qq_qce_html.PARSER, PAGES / "group_示例群_20001_20250302_100000123.html")
    assert "强哥(同事)" not in rows["sender_name"].to_list()


def test_a_page_that_is_cut_off_yields_what_is_whole(tmp_path: Path) -> None:
    source = (PAGES / "group_示例群_20001_20250302_100000123.html").read_bytes()
    path = tmp_path / "group_示例群_20001_20250302_100000123.html"
    path.write_bytes(source[: source.index("看这个".encode())])
    rows, told = read(qq_qce_html.PARSER, path)
    assert rows.height == 7
    assert told == [("count-mismatch", None, 0)]


def test_markup_that_somebody_typed_is_text() -> None:
    page = (
        '<div class="message other" id="msg-1"><span class="sender">小林</span>'
        '<span class="time">2025/03/01 08:00:00</span><div class="content">'
        '<span class="text-content">&lt;div class=&quot;message other&quot;&gt; &amp;lt;</span>'
        "</div></div>"
    )
    (one,) = read_piece(page.encode())
    assert one.said.text == '<div class="message other"> &lt;'


# --- QQ NT ---------------------------------------------------------------------------------------


def test_what_looks_like_a_header_counts_only_before_a_label(tmp_path: Path) -> None:
    path = tmp_path / "群.txt"
    text = "第一行\n\n2025-03-01 08:00:10 阿强\n不是他说的\n\n最后一行"
    path.write_text(f"2025-03-01 08:00:00 小林\n[文本]\n{text}\n\n"
                    "2025-03-01 08:01:00 阿强\n[文本]\n[图片]\n\n", "utf-8")  # fmt: skip
    rows, told = read(qq_ntexport_txt.PARSER, path)
    assert rows["text"].to_list() == [text, "[图片]"]
    assert rows["line"].to_list() == [1, 10]
    assert told == []


def test_elements_of_a_record_are_put_together() -> None:
    assert read_elements([("[文本]", "看"), ("[图片]", "a 1 KiB"), ("[文本]", "这")])[:2] == (
        "text",
        "看这",
    )
    assert read_elements([("[文件]", "a.txt None")])[:2] == ("file", "a.txt")
    assert read_elements([("[应用消息]（空消息）", None)]) == ("share", None, None)
    assert read_elements([]) == ("other", None, None)


def test_numbers_beyond_the_exact_range_of_floats_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    row = {"40001": 7476000000000000003, "40011": 2, "40033": 10001, "40050": 1740787503}
    path.write_text(json.dumps([row | {"40020": "u_1"}]), encoding="utf-8")
    rows, told = read(qq_ntdb.PARSER, path)
    assert rows["message_id"].to_list() == ["7476000000000000003"]
    assert told == [("no-bodies", None, 0)]


def test_a_dump_of_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "group_member3.csv"
    path.write_text("60001,1000,1002,20002\n20001,u_1,10001,小林\n", encoding="utf-8")
    assert qq_ntdb.sniff(Export(path)).confidence == Confidence.NO
