"""Excel workbook: sheets of messages, members and chats; cells are text, ids keep every digit.

Excel 工作簿:消息、成员、群各一张表;单元格均为文本,长号码不丢位。
"""

from datetime import datetime
from typing import Any, Final

import polars as pl

from sqtool.normalise import Normalised
from sqtool.schema import CHATS, FLAT, MEMBERS
from sqtool.writers._base import Job, Losses, Writer
from sqtool.writers._flat import flat_messages

MOST_ROWS: Final = 1_048_575  # of a sheet, below the header
MOST_CHARACTERS: Final = 32_767  # of a cell
_CONTROL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"
"""XML cannot hold these."""


def _write(job: Job) -> None:
    # Imported here: only workbooks need it.
    import xlsxwriter

    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "tmpdir": str(job.spool.folder()),
    }  # fmt: skip
    book = xlsxwriter.Workbook(str(job.path), options)
    # The same input gives the same bytes: no clock.
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
    sheet = _Sheet(book, "messages", FLAT)
    chats: list[Normalised] = []
    for chat in job.chats:
        for chunk in chat.chunks:
            frame = flat_messages(chunk.read(), chat.chat, job.tz)
            chunk.drop()
            sheet = sheet.add(_fitting(frame, job.losses))
        chats.append(chat)
    people = _Sheet(book, "members", tuple(MEMBERS))
    groups = _Sheet(book, "chats", tuple(CHATS))
    for chat in chats:
        people = people.add(_fitting(_texts(chat.members), job.losses))
    facts = pl.DataFrame([chat.chat for chat in chats], schema=CHATS)
    groups.add(_fitting(_texts(facts), job.losses))
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error


class _Sheet:
    """A sheet being filled from the top; a full one is followed by another."""

    def __init__(self, book: Any, name: str, columns: tuple[str, ...], number: int = 1) -> None:
        self.book, self.name, self.columns, self.number = book, name, columns, number
        self.sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
        self.sheet.write_row(0, 0, columns)
        self.sheet.freeze_panes(1, 0)
        self.filled = 0

    def add(self, frame: pl.DataFrame) -> "_Sheet":
        """Write rows, and return the sheet that takes the next ones."""
        room = MOST_ROWS - self.filled
        for row in frame.head(room).iter_rows():
            self.filled += 1
            for place, value in enumerate(row):
                if isinstance(value, str):
                    self.sheet.write_string(self.filled, place, value)
                elif value is not None:
                    self.sheet.write_number(self.filled, place, value)
        if frame.height <= room:
            return self
        following = _Sheet(self.book, self.name, self.columns, self.number + 1)
        return following.add(frame.slice(room))


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
        if isinstance(dtype, pl.Datetime)
        else pl.col(name).cast(pl.String)
        for name, dtype in frame.schema.items()
    )


def _fitting(frame: pl.DataFrame, losses: Losses) -> pl.DataFrame:
    """Bring cells to what a workbook can hold, and count what that costs."""
    texts = pl.col(pl.String)
    counts = frame.select(
        long=pl.sum_horizontal((texts.str.len_chars() > MOST_CHARACTERS).sum()),
        odd=pl.sum_horizontal(texts.str.contains(_CONTROL).sum()),
    )
    long, odd = counts.row(0)
    if not long and not odd:
        return frame
    losses.add(
        int(long or 0),
        f"texts over {MOST_CHARACTERS:,} characters: cut",
        f"超过 {MOST_CHARACTERS:,} 字的文本:被截断",
    )
    losses.add(
        int(odd or 0), "cells with control characters: these left out", "含控制字符的单元格:已去除"
    )
    return frame.with_columns(texts.str.replace_all(_CONTROL, "").str.slice(0, MOST_CHARACTERS))


WRITER = Writer(name="xlsx", suffix=".xlsx", write=_write)
