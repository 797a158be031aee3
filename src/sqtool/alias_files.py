"""Alias lists as files: which id becomes which, as people write it and as ``alias`` prints it."""

import csv
import io
from pathlib import Path
from typing import Final

import polars as pl

from sqtool.aliases import ALIASES
from sqtool.errors import UnreadableError, UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.parsers._xlsx import read_sheet

_HEADERS: Final = {
    "chat_id": "chat_id|chat|chatid|group|group_id|群|群号|群id|群编号|群名|群名称".split("|"),
    "member_id": (
        "member_id|member|memberid|id|keep|stays|成员id|成员|编号|保留|保留id|主号|主id|qq号|wxid"
    ).split("|"),
    "other_id": (
        "other_id|otherid|other|alias|becomes|old_id|别名|别名id|另一id|另一个id|其他id|小号|旧号"
        "|合并id|合并"
    ).split("|"),
}
_GUARDED: Final = ("'=", "'+", "'-", "'@", "'\t")
"""How a cell begins that was written so that a spreadsheet does not take it for a formula."""

ALIAS_FILE: Final = pl.Schema({**ALIASES, "where": pl.String()})


def read_aliases(path: Path) -> pl.DataFrame:
    """Read a list of aliases: CSV, TSV or Excel.

    There must be a column for the id that stays and one for the id that becomes it; one for the
    chat, if the row is only about one; all others are passed over. Cells may hold names
    (``aliases.with_ids``).

    Returns:
        ``ALIAS_FILE``: ``ALIASES`` and where each row stands.

    Raises:
        UnreadableError: If the file cannot be read.
        UsageError: If a column is missing, or a row lacks one of the two ids or makes an id its
            own alias.
    """
    numbered = _rows(path)
    header = ["".join(cell.lower().split()).strip("\ufeff\"'") for cell in numbered[0][1]]
    places = {
        kind: next((header.index(name) for name in names if name in header), None)
        for kind, names in _HEADERS.items()
    }
    if places["member_id"] is None or places["other_id"] is None:
        raise UsageError(
            t("no columns with the two ids", "找不到两个编号所在的列"),
            where=path.name,
            hint=t("name the columns member_id and other_id", "列名请用:保留、别名(可再加:群)"),
        )
    columns: dict[str, list[str | None]] = {name: [] for name in ALIAS_FILE}
    for line, row in numbered[1:]:
        values = {kind: _cell(row, place) for kind, place in places.items()}
        if not any(values.values()):
            continue
        where = f"{path.name}:{line}"
        if not values["member_id"] or not values["other_id"]:
            raise UsageError(t("one of the two ids is missing", "两个编号缺了一个"), where=where)
        if values["member_id"] == values["other_id"]:
            raise UsageError(t("an id cannot become itself", "编号不能变成它自己"), where=where)
        for kind, value in values.items():
            columns[kind].append(value or None)
        columns["where"].append(where)
    return pl.DataFrame(columns, schema=ALIAS_FILE)


def write_aliases(aliases: pl.DataFrame) -> str:
    """Return aliases as CSV; ``read_aliases`` reads it back."""
    return aliases.select(ALIASES.names()).write_csv()


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows with their numbers; the first is the header, empty ones are left out."""
    if not path.is_file():
        raise UnreadableError(t("no such alias file", "没有这个别名文件"), where=str(path))
    export = Export(path)
    if export.head.startswith(b"PK\x03\x04"):
        sheet = read_sheet(export).fill_null("")
        cells = sheet.drop("line").rows()
        rows = list(zip(sheet["line"].to_list(), map(list, cells), strict=True))
    else:
        text = export.read_text()
        first = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = [(reader.line_num, row) for row in reader]
    filled = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    return filled or [(1, [])]


def _cell(row: list[str], place: int | None) -> str:
    value = row[place].strip() if place is not None and place < len(row) else ""
    return value[1:] if value.startswith(_GUARDED) else value
