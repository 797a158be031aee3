"""Messages, members and chats as a workbook, as sqtool convert writes it.

sqtool convert 写出的 Excel 工作簿。
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._flat import OwnFile, chats_of, members_of
from sqtool.parsers._xlsx import Sheet, read_sheet, sheet_heads
from sqtool.schema import FLAT

_SHEET = "messages"


def sniff(export: Export) -> Match:
    """Look for a sheet of messages with our columns."""
    for sheet in sheet_heads(export):
        if sheet.name == _SHEET and sheet.rows and set(FLAT) <= set(sheet.rows[0]):
            return Match(Confidence.CERTAIN, "a sheet with the columns that sqtool convert writes")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows by chat, sheet by sheet."""
    sheets = [sheet for sheet in sheet_heads(export) if sheet.rows]
    chats = [row for sheet in _named(sheets, "chats") for row in _body(export, sheet).to_dicts()]
    people = [row for sheet in _named(sheets, "members") for row in _body(export, sheet).to_dicts()]
    own = OwnFile(export, issues, chats_of(chats), members_of(people) if people else None)
    for sheet in _named(sheets, _SHEET):
        yield from own.texts(_body(export, sheet))
    yield from own.close()


def _named(sheets: list[Sheet], name: str) -> list[Sheet]:
    return [sheet for sheet in sheets if sheet.name.split(" ")[0] == name]


def _body(export: Export, sheet: Sheet) -> pl.DataFrame:
    titles = {f"c{place}": title for place, title in enumerate(sheet.rows[0]) if title}
    frame = read_sheet(replace(export, on_read=None), sheet.name)
    return frame.filter(pl.col("line") > 1).rename(titles)


PARSER = Parser(
    name="sqtool-xlsx",
    title="sqtool workbook",
    platform="any",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids", "chat-id", "message-ids", "zone", "seconds", "replies", "mentions", "reactions",
        "joins", "leaves", "recalls", "members",
    ),
    obtain=("sqtool convert … -o messages.xlsx", "sqtool convert … -o messages.xlsx"),
)  # fmt: skip
