"""Files of tags: both shapes, what they may call a chat, and what is wrong with them."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sqtool.errors import SqtoolError, UnreadableError, UsageError
from sqtool.metrics.chats import CHATS
from sqtool.schema import TAGS
from sqtool.tag_files import put_together, read_tags

CHATS_THERE = pl.DataFrame(
    {
        "chat_id": ["qq:100200300", "wechat:77@chatroom", "qq:5", "line:5"],
        "name": ["晨读会", "晨读会", "夜读会", None],
    }
)
EXPECTED = [("qq:100200300", "city", "北京"), ("qq:5", "city", "上海"), ("qq:5", "team", "x")]


def _read(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[tuple[str, ...]]:
    path = tmp_path / "tags.csv"
    path.write_bytes(text.encode(encoding))
    tags, _ = read_tags(path, CHATS_THERE)
    assert tags.schema == TAGS
    return tags.rows()


@pytest.mark.parametrize(
    "text",
    [
        "chat,tag,value\n100200300,city,北京\n夜读会,city,上海\nqq:5,team,x\n",
        "群,标签,值\r\n\t100200300,city,北京\r\n 夜读会 ,city,上海\r\nqq:5,team,x\r\n",
        "chat,city,team\nqq:100200300,北京,\n夜读会,上海,x\n,,\n",
        "team;群名;city\n;qq:100200300;北京\nx;夜读会;上海\n",
        "群名,群号,city,team\n晨读会,100200300,北京,\n夜读会,,上海,x\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_one_row_a_tag_or_one_column_a_tag_come_to_the_same(
    tmp_path: Path, text: str, encoding: str
) -> None:
    assert _read(tmp_path, text, encoding) == EXPECTED


def test_lines_of_unknown_chats_are_told(tmp_path: Path) -> None:
    path = tmp_path / "tags.csv"
    path.write_text('chat,note\n夜读会,"two\nlines"\nnobody,x\n\nelse,y\n', encoding="utf-8")
    tags, strangers = read_tags(path, CHATS_THERE)
    assert tags.rows() == [("qq:5", "note", "two\nlines")]
    assert strangers == [4, 6]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("city,team\nx,y\n", "tags.csv", "no column says which chat"),
        ("", "tags.csv", "no column says which chat"),
        ("chat\n夜读会\n", "tags.csv", "no column with a tag"),
        ("chat,city\n夜读会,a\n晨读会,b\n", "tags.csv:3", "2 chats have this name"),
        ("chat,city\n5,a\n", "tags.csv:2", "2 chats have this name"),
        ("chat,city\n夜读会,a\nqq:5,b\n", "tags.csv:3", "a second value"),
        ("chat,tag,value\n夜读会,city,a\n夜读会,city,b\n", "tags.csv:3", "a second value"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_quotes_nothing(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        _read(tmp_path, text)
    assert caught.value.where == where
    assert "读会" not in str(caught.value)


def test_a_workbook_and_a_missing_file_are_told(tmp_path: Path) -> None:
    book = tmp_path / "tags.xlsx"
    book.write_bytes(b"PK\x03\x04 ...")
    with pytest.raises(SqtoolError, match="CSV"):
        read_tags(book, CHATS_THERE)
    with pytest.raises(UnreadableError, match="no such tags file"):
        read_tags(tmp_path / "none.csv", CHATS_THERE)


@pytest.mark.parametrize(
    "titles", [[c.key for c in CHATS], [c.zh for c in CHATS], [c.en for c in CHATS]]
)
def test_our_own_list_with_columns_added_gives_these_only(
    tmp_path: Path, titles: list[str]
) -> None:
    path = tmp_path / "tags.csv"
    cells = ["夜读会", *["1"] * (len(titles) - 2), "\tqq:5"]
    path.write_text(f"{','.join([*titles, 'city'])}\n{','.join([*cells, 'x'])}\n", "utf-8")
    tags, _ = read_tags(path, CHATS_THERE, [frozenset(titles)])
    assert tags.rows() == [("qq:5", "city", "x")]


def test_a_newer_value_replaces_the_older() -> None:
    older = pl.DataFrame([("a", "city", "x"), ("a", "team", "y")], schema=TAGS, orient="row")
    newer = pl.DataFrame([("a", "city", "z"), ("b", "city", "x")], schema=TAGS, orient="row")
    expected = [("a", "city", "z"), ("a", "team", "y"), ("b", "city", "x")]
    both = pl.DataFrame(expected, schema=TAGS, orient="row")
    assert_frame_equal(put_together(older, newer), both)
