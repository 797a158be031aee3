"""WeChat tables: workbooks, PyWxDump's pages, wechat-decrypt's shards, CSV files cut off."""

import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests._golden import EXPORTS, NOT_EXPORTS

import sqtool
from sqtool import export as export_module
from sqtool.errors import UnknownFormatError, UnreadableError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS, _chatlog_table
from sqtool.parsers._base import RAW_MEMBERS, RAW_MESSAGES, Confidence, RawChat
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._xlsx import find_table, read_table

ROOM = "10000000001@chatroom"
SHEETS = (
    "wechat-ciphertalk-xlsx",
    "wechat-dataanalysis-xlsx",
    "wechat-echotrace-xlsx",
    "wechat-memotrace-xlsx",
    "wechat-weflow-xlsx",
    "wechat-wetrace-xlsx",
)
TABLES = (*SHEETS, "wechat-decrypt-csv", "wechat-pywxdump-csv", "wechat-pywxdump-json")
FILES = [
    pytest.param(name, path, id=f"{name}/{path.name}")
    for name in TABLES
    for path in sorted((EXPORTS / name).rglob("*"))
    if path.suffix in (".xlsx", ".csv", ".json") and path.name != "users.json"
]


def read(name: str, path: Path) -> tuple[RawChat, list[dict[str, Any]], list[tuple[str, Any]]]:
    """Return the last facts, all rows, and the issues of a file."""
    log, rows, chat = IssueLog(), [], None
    for batch in PARSERS.get(name).parse(Export(path), log):
        chat = batch.chat
        rows += batch.messages.to_dicts()
    assert chat is not None
    return chat, rows, [(issue["code"], issue["line"]) for issue in log.frame().to_dicts()]


Sheet = list[list[Any]]


def book(path: Path, sheets: dict[str, Sheet]) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
    return path


@pytest.mark.parametrize(("name", "path"), FILES)
def test_columns_and_members_have_the_types_of_the_contract(name: str, path: Path) -> None:
    for batch in PARSERS.get(name).parse(Export(path), IssueLog()):
        for column, dtype in batch.messages.schema.items():
            assert dtype == RAW_MESSAGES[column]
        if batch.chat.members is not None:
            assert batch.chat.members.schema == RAW_MEMBERS


# --- workbooks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_of_something_else_is_nobodys(name: str, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"成员": [["wxid", "昵称"], ["wxid_demo01", "小林"]]})
    assert PARSERS.get(name).sniff(Export(path)).confidence == Confidence.NO
    with pytest.raises(UnreadableError):
        list(PARSERS.get(name).parse(Export(path), IssueLog()))


def test_the_messages_of_one_member_are_no_chat() -> None:
    path = NOT_EXPORTS / "weflow-one-member.xlsx"
    assert find_table(Export(path), "发送者wxid", "消息类型") is not None
    with pytest.raises(UnknownFormatError):
        sqtool.load(path)


def test_a_table_begins_below_its_header_and_leaves_out_empty_rows(tmp_path: Path) -> None:
    rows: Sheet = [
        ["会话信息"],
        ["微信ID", ROOM],
        [],
        ["序号", " 内容 ", "", "内容"],
        [1, "一"],
        [],
        [2, "二"],
    ]
    path = book(tmp_path / "a.xlsx", {"空": [], "聊天记录": rows})
    table = find_table(Export(path), "内容")
    assert table is not None
    assert (table.sheet, table.line) == ("聊天记录", 4)
    frame = read_table(Export(path), table)
    assert frame.rows() == [(5, "1", "一"), (7, "2", "二")]


def test_only_the_row_that_names_the_tool_tells_weflow_from_echotrace(tmp_path: Path) -> None:
    head = "序号 时间 发送者昵称 发送者微信ID 发送者备注 发送者身份 消息类型 内容".split()
    row = [1, "2026-03-05 20:15:30", "小林", "wxid_demo01", "", "小林", "文本消息", "早"]
    facts = [["会话信息"], ["微信ID", ROOM, "昵称", "读书会一群"]]
    tool = ["导出工具", "WeFlow", "导出版本", "1.0.3"]
    for place, (third, winner) in enumerate([([], "echotrace"), (tool, "weflow")]):
        path = book(tmp_path / f"{place}.xlsx", {"聊天记录": [*facts, third, head, row]})
        sure = {p.name for p in PARSERS if p.sniff(Export(path)).confidence == Confidence.CERTAIN}
        assert sure == {f"wechat-{winner}-xlsx"}
        chat, rows, _ = read(f"wechat-{winner}-xlsx", path)
        assert (chat.key, chat.name, chat.kind) == (ROOM, "读书会一群", "group")
        assert [r["sender_id"] for r in rows] == ["wxid_demo01"]


def test_what_weflow_sheets_file_under_the_room_is_nobodys(tmp_path: Path) -> None:
    rows: Sheet = [
        ["会话信息"],
        ["微信ID", ROOM, "", "昵称", "读书会一群"],
        ["导出工具", "WeFlow"],
        ["序号", "时间", "发送者昵称", "发送者微信ID", "群昵称", "发送者身份", "消息类型", "内容"],
        [1, "2026-03-05 20:15:30", "读书会一群", ROOM, "", "读书会一群", "文本消息", "谁说的"],
        [2, "2026-03-05 20:15:31", "群成员", "", "", "群成员", "文本消息", "谁说的"],
    ]
    _, found, _ = read("wechat-weflow-xlsx", book(tmp_path / "a.xlsx", {"聊天记录": rows}))
    assert [(r["sender_id"], r["sender_name"]) for r in found] == [(None, None), (None, None)]


def test_ids_of_memotrace_sheets_come_from_pairs_that_one_member_has() -> None:
    path = EXPORTS / "wechat-memotrace-xlsx" / "namesakes.xlsx"
    _, rows, issues = read("wechat-memotrace-xlsx", path)
    assert [r["sender_id"] for r in rows] == [None, None, *3 * ["wxid_demo01"]]
    assert issues == [("bad-timestamp", 6)]


# --- PyWxDump ------------------------------------------------------------------------------------

BARE = EXPORTS / "wechat-pywxdump-csv" / f"{ROOM}_0.csv"


@pytest.mark.parametrize("block", [90, 171, 400])
def test_records_without_quoting_are_read_alike_however_blocks_fall(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, whole, told = read("wechat-pywxdump-csv", BARE)
    monkeypatch.setattr(export_module, "BLOCK_BYTES", block)
    _, cut, told_again = read("wechat-pywxdump-csv", BARE)
    assert cut == whole
    assert told == told_again == [("bad-record", 7)]


def test_no_record_without_quoting_is_lost_to_commas_quotes_or_a_blank_line(tmp_path: Path) -> None:
    said = ['一, "二"', "}, 三 {", "a\nb\\", '","']
    lines = ["id,MsgSvrID,type_name,is_sender,talker,room_name,content,CreateTime"]
    for number in range(400):
        body = json.dumps({"src": "", "msg": said[number % 4]}, ensure_ascii=False)
        day = number % 28 + 1
        lines.append(
            f"{number},{10**15 + number},文本,0,wxid_demo01,{ROOM},{body},2024-02-{day:02} 20:15:30"
        )
        lines += [""] * (number % 7 == 0)
    path = tmp_path / f"{ROOM}_0.csv"
    path.write_text("\r\n".join([*lines, lines[0], lines[1]]), "utf-8", newline="")
    _, rows, issues = read("wechat-pywxdump-csv", path)
    assert len(rows) == 401
    assert {row["text"] for row in rows} == set(said)
    assert issues == []


PAGES = EXPORTS / "wechat-pywxdump-csv" / "pages.d"


def test_users_json_is_read_with_the_records_and_is_no_export_by_itself(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for path in sorted(PAGES.iterdir()):
            archive.write(path, f"{ROOM}/{path.name}")
    data = sqtool.load(tmp_path / "export.zip")
    assert data.issues.is_empty()
    assert data.chats.collect()["roster_source"].to_list() == ["export"]
    with pytest.raises(UnknownFormatError):
        sqtool.load(PAGES / "users.json")


@pytest.mark.parametrize("users", [b"", b"[]", b'{"wxid_demo01": 3, "a": {"extra": {}}}', b'{"a'])
def test_a_damaged_users_json_costs_the_names_and_no_message(tmp_path: Path, users: bytes) -> None:
    page = f"{ROOM}_0_5000.csv"
    (tmp_path / page).write_bytes((PAGES / page).read_bytes())
    (tmp_path / "users.json").write_bytes(users)
    chat, rows, issues = read("wechat-pywxdump-csv", tmp_path / page)
    assert len(rows) == 8
    assert {r["sender_name"] for r in rows} == {None}
    assert (chat.name, chat.members_complete) == (ROOM, False)
    assert issues in ([], [("damaged-json", None)])


def test_a_list_of_members_is_whole_only_where_the_room_lists_them_all(tmp_path: Path) -> None:
    users = json.loads((PAGES / "users.json").read_text(encoding="utf-8"))
    page = f"{ROOM}_0_5000.csv"
    (tmp_path / page).write_bytes((PAGES / page).read_bytes())
    for whole in (True, False):
        if not whole:
            del users[ROOM]["extra"]["roomWxids"]
        (tmp_path / "users.json").write_text(json.dumps(users), encoding="utf-8")
        chat, _, _ = read("wechat-pywxdump-csv", tmp_path / page)
        assert chat.members is not None
        assert chat.members_complete == whole
        assert chat.members.filter(role="owner")["member_id"].to_list() == ["wxid_demo01"]


def test_nobody_in_particular_never_says_anything() -> None:
    for path in [*PAGES.glob("*.csv"), EXPORTS / "wechat-pywxdump-csv" / f"{ROOM}_0_12.csv"]:
        _, rows, _ = read("wechat-pywxdump-csv", path)
        said = {r["sender_id"] for r in rows} | {r["sender_name"] for r in rows}
        assert not said & {"未知", "系统", ROOM, ""}


# --- wechat-decrypt ------------------------------------------------------------------------------

SHARDS = EXPORTS / "wechat-decrypt-csv" / "shards.d"


def test_the_hidden_info_file_is_found_in_zips_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for path in sorted(SHARDS.iterdir()):
            archive.write(path, f"export/读书会一群/{path.name}")
    data = sqtool.load(tmp_path / "export.zip")
    assert data.chats.collect()["chat_id"].to_list() == [f"wechat:{ROOM}"]


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25
)
@given(size=st.integers(40, 4000))
def test_where_blocks_end_changes_no_id_of_a_shard(size: int) -> None:
    path = SHARDS / "message_1.db.csv"
    whole = read("wechat-decrypt-csv", path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "BLOCK_BYTES", size)
        _, rows, issues = read("wechat-decrypt-csv", path)
    assert rows == whole[1]
    assert issues == whole[2]


def test_a_typed_beginning_is_no_id_and_stays_part_of_the_text() -> None:
    _, rows, _ = read("wechat-decrypt-csv", SHARDS / "message_1.db.csv")
    mine = [r["text"] for r in rows if r["sender_name"] == "老周"]
    assert mine[:2] == ["通知:\n明天读第三章", "notes01:\n自己打的开头"]


# --- files cut off -------------------------------------------------------------------------------

BODY = "".join(f'{n},"第{n}行\n他说""好""，\n再见",尾\r\n' for n in range(6)).encode()
HEAD = b"a,b,c\r\n"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keep=st.integers(1, len(BODY)))
def test_a_csv_cut_inside_quotes_is_told_with_the_line_and_keeps_its_rows(
    tmp_path: Path, keep: int
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(HEAD + BODY[:keep])
    log = IssueLog()
    rows = pl.concat(list(read_rows(Export(path), log, read_header(Export(path)))))
    told = log.frame().filter(code="truncated-csv")
    inside = BODY[:keep].count(b'"') % 2 == 1
    assert told.height == int(inside)
    starts = [0, *(n + 1 for n in range(keep - 1) if BODY[n - 1 : n + 1] == b"\r\n")]
    assert rows.height == len(starts)
    if inside:
        last = BODY[: starts[-1]].count(b"\n") + 2
        assert told.select("line", "rows").rows() == [(last, 0)]
        assert rows["line"][-1] == last


def test_a_stray_quote_is_no_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(HEAD + '1,5" 屏幕,x\r\n2,好,x\r\n'.encode())
    log = IssueLog()
    rows = pl.concat(list(read_rows(Export(path), log, read_header(Export(path)))))
    assert rows["b"].to_list() == ['5" 屏幕', "好"]
    assert log.frame().is_empty()


def test_a_wetrace_file_of_as_many_rows_as_it_may_hold_is_doubtful(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_chatlog_table, "_MOST_ROWS", 8)
    (sheet,) = (EXPORTS / "wechat-wetrace-xlsx").glob("*.xlsx")
    assert ("row-limit", None) in read("wechat-wetrace-xlsx", sheet)[2]
    text = EXPORTS / "wechat-chatlog-csv" / "wetrace.csv"
    assert ("row-limit", None) in read("wechat-chatlog-csv", text)[2]
    other = EXPORTS / "wechat-chatlog-csv" / f"{ROOM}_2026-03-05_2026-03-05.csv"
    assert ("row-limit", None) not in read("wechat-chatlog-csv", other)[2]
