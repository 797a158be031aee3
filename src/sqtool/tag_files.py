"""Files that say what the operator knows of chats: city, course, team and the like.

Two shapes of CSV: one row a tag (``chat,tag,value``), or one row a chat with a column for each tag.
A chat is named by its id, with or without the platform in front, or by its name.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from sqtool.errors import UnreadableError, UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.schema import TAGS

_CHAT: Final = (
    "chat_id", "chatid", "chat id", "群id", "群 id", "群号", "群号码", "chat", "群", "群名",
    "群名称", "群聊", "群聊名称", "name", "chat_name", "chat name",
)  # fmt: skip
"""Titles of columns that say which chat, ids first."""
_TAG: Final = ("tag", "key", "标签", "标签名")
_VALUE: Final = ("value", "值", "标签值", "取值")


def read_tags(
    path: Path, chats: pl.DataFrame, lists: Sequence[frozenset[str]] = ()
) -> tuple[pl.DataFrame, list[int]]:
    """Read a CSV of tags.

    Args:
        path: The file; UTF-8, UTF-16 or GB18030.
        chats: chat_id and name of the chats there are.
        lists: Titles of lists we write ourselves: a file that has all titles of one is that list
            with columns added, and only these are tags.

    Returns:
        ``TAGS`` of these chats, by chat and tag, and the lines whose chat is none of them. Empty
        cells say nothing.

    Raises:
        UnreadableError: If the file is missing or no text.
        UsageError: If it has no column of chats or no tags, a name fits several chats, or a chat
            is given two values of one tag.
    """
    lines = _lines(path)
    _, header = next(lines, (1, []))
    titles = [title.strip().casefold() for title in header]
    own = [titles.index(title) for title in _CHAT if title in titles]
    if not own:
        raise UsageError(
            t("no column says which chat", "找不到群名或群号这一列"),
            where=path.name,
            hint=t("columns: chat,tag,value, or chat and one per tag",
                   "列名请用:群,标签,值;或 群 加每个标签一列"),
        )  # fmt: skip
    long = [next((titles.index(w) for w in words if w in titles), None) for words in (_TAG, _VALUE)]
    folded = [{title.casefold() for title in one} for one in lists]
    ours = next((one for one in folded if one <= set(titles)), set[str]())
    columns = [
        (place, title.strip())
        for place, title in enumerate(header)
        if place not in own and title.strip() and title.strip().casefold() not in ours
    ]
    if not columns:
        raise UsageError(
            t("no column with a tag", "没有标签列"),
            where=path.name,
            hint=t("columns: chat,city,team", "列名例如:群,城市,团队"),
        )
    known = _ids(chats)
    found: dict[tuple[str, str], str] = {}
    strangers: list[int] = []
    for number, row in lines:
        named = [cell for place in own if (cell := _cell(row, place))]
        if not any(cell.strip() for cell in row):
            continue
        ids: set[str] = next((known[cell] for cell in named if cell in known), set())
        if len(ids) > 1:
            raise UsageError(
                t(f"{len(ids)} chats have this name", f"有 {len(ids)} 个群叫这个名字"),
                where=f"{path.name}:{number}",
                hint=t("name it by its id (sqtool chats)", "请改用群号(见 sqtool chats)"),
            )
        if not ids:
            strangers.append(number)
            continue
        (chat_id,) = ids
        tag_at, value_at = long
        if tag_at is not None and value_at is not None:
            pairs = [(_cell(row, tag_at), _cell(row, value_at))]
        else:
            pairs = [(title, _cell(row, place)) for place, title in columns]
        for tag, value in pairs:
            if tag and value and found.setdefault((chat_id, tag), value) != value:
                raise UsageError(
                    t("a second value of a tag for the same chat", "同一个群的同一标签有两个值"),
                    where=f"{path.name}:{number}",
                    hint=t("one value per chat and tag", "每个群每个标签只能有一个值"),
                )
    rows = [(chat_id, tag, value) for (chat_id, tag), value in sorted(found.items())]
    return pl.DataFrame(rows, schema=TAGS, orient="row"), strangers


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the number of their line."""
    if not path.is_file():
        raise UnreadableError(t("no such tags file", "没有这个标签文件"), where=str(path))
    export = Export(path)
    if export.head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UsageError(
            t("tags are read from CSV", "标签文件要 CSV 格式"),
            where=path.name,
            hint=t("save the sheet as CSV", "请在 Excel 中另存为 CSV"),
        )
    text = export.read_text()
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise UnreadableError(
            t("cannot read the tags", "标签文件读不了"), where=f"{path.name}:{reader.line_num}"
        ) from error


def _cell(row: list[str], place: int) -> str:
    # Excel keeps long ids whole behind a tab, as our own --excel does.
    return row[place].strip() if place < len(row) else ""


def _ids(chats: pl.DataFrame) -> dict[str, set[str]]:
    """Return the chats by everything they may be called; an id goes before a name."""
    by_id: dict[str, set[str]] = {}
    by_name: dict[str, set[str]] = {}
    for chat_id, name in chats.select("chat_id", "name").iter_rows():
        by_id.setdefault(chat_id, set()).add(chat_id)
        by_id.setdefault(chat_id.split(":", 1)[-1], set()).add(chat_id)
        if name and name.strip():
            by_name.setdefault(name.strip(), set()).add(chat_id)
    return by_name | by_id


def put_together(tags: pl.DataFrame, newer: pl.DataFrame) -> pl.DataFrame:
    """Return both frames of ``TAGS``, the newer value where both have one."""
    older = tags.join(newer, on=["chat_id", "tag"], how="anti")
    return pl.concat([older, newer]).sort("chat_id", "tag")
