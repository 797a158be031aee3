"""What the tests of the store share: importing files, or parts that no file need hold."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sqtool.parsers._base import RawChat, raw_frame
from sqtool.parts import Part
from sqtool.reading import Request
from sqtool.spool import Rows
from sqtool.store import importing
from sqtool.store._place import Place
from sqtool.store.importing import Imported, import_files
from sqtool.store.store import Store
from tests._golden import EXPORTS

TZ = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 2, 9, tzinfo=TZ)
DAY = 86_400
ORDERS = ((0, 1, 2), (2, 0, 1), (1, 2, 0))


def imported(store: Path, *files: Path, into: str | None = None, **asked: Any) -> Imported:
    return import_files(Place(str(store)), Request([str(f) for f in files], **asked), into=into)


def by_parts(store: Path, parts: list[Part], into: str | None = None) -> Imported:
    """Import what no file need hold."""

    def read(*_: object) -> tuple[list[Part], list[dict[str, object]]]:
        rows = [
            {
                "file": file,
                "format": mine[0].format,
                "evidence": "",
                "chats": len(mine),
                "rows_in": sum(part.rows.height for part in mine),
            }
            for file in dict.fromkeys(part.file for part in parts)
            if (mine := [part for part in parts if part.file == file])
        ]
        return parts, rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "read_parts", read)
        request = Request("", allow_private=True)
        return import_files(Place(str(store)), request, into=into)


def content(store: Path, *without: str) -> list[pl.DataFrame]:
    """Return chats, members and messages, in order."""
    data = Store.open(str(store)).dataset()
    return [
        data.chats.collect().sort("chat_id").drop("source", *without),
        data.members.collect().sort("chat_id", "member_id"),
        data.messages.collect().sort("chat_id", "ordinal"),
    ]


def assert_same(got: list[pl.DataFrame], wanted: list[pl.DataFrame]) -> None:
    for one, other in zip(got, wanted, strict=True):
        assert_frame_equal(one, other)


def versions(store: Path) -> dict[str, int]:
    found = Store.open(str(store)).versions
    return {name: found[name] for name in ("chats", "members", "messages", "lists")}


def counts(result: Imported) -> list[tuple[int, int, int, int]]:
    return [(one.new, one.known, one.enriched, one.total) for one in result.chats]


def assert_adds_up(result: Imported) -> None:
    told = sum(chat.new + chat.known + chat.enriched for chat in result.chats)
    files = result.imports
    assert told + files["rows_skipped"].sum() == files["rows_in"].sum()


def said(second: int, text: str | None, **more: object) -> dict[str, object]:
    return {"sent_at": START + timedelta(seconds=second), "text": text, **more}


def part(rows: list[dict[str, object]], *, file: str, format: str = "qq-txt", **facts: Any) -> Part:
    columns: dict[str, object] = {
        key: [row.get(key) for row in rows] for key in dict.fromkeys(k for row in rows for k in row)
    }
    columns.setdefault("kind", ["text"] * len(rows))
    known: dict[str, Any] = {"key": "1", "platform": "qq", "name": "群", "kind": "group"} | facts
    chat = RawChat(strong=True, **known)
    return Part(chat, Rows.of(raw_frame(columns)), file, format)


def one(result: Imported) -> tuple[int, int, int, int]:
    (counted,) = counts(result)
    assert_adds_up(result)
    return counted


def format_of(case: Path) -> str:
    return case.relative_to(EXPORTS).parts[0]


def text_pieces(log: Path, folder: Path, days: list[tuple[int, int]]) -> list[Path]:
    """Cut a QQ text at its records into exports of some days each."""
    head, *records = re.split(r"(?m)^(?=\d{4}-\d\d-\d\d )", log.read_text("utf-8-sig"))
    first = date.fromisoformat(records[0][:10])
    day = [(date.fromisoformat(record[:10]) - first).days for record in records]
    done = []
    for number, (low, high) in enumerate(days):
        mine = [text for text, at in zip(records, day, strict=True) if low <= at <= high]
        path = folder / f"{number}" / log.name
        path.parent.mkdir(parents=True)
        path.write_text(head + "".join(mine), "utf-8", newline="")
        done.append(path)
    return done
