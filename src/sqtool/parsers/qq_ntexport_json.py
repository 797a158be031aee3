"""QQNT_Export (Tealina28) JSON: a group or a private chat out of the QQ NT database.

QQNT_Export(Tealina28)导出的 JSON,来自 QQ NT 数据库。

Times are a wall clock. Names shown are the card, else the nickname. There are no message ids, and a
reply names neither the message nor its author: only its words are quoted. Of a notice only the
wording is kept, mostly without the names.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, raw_frame
from sqtool.parsers._json import read_array
from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_peek import outline
from sqtool.parsers._ntexport import DIRECTIONS, OWN_NAME, Element, chat_of, read_elements
from sqtool.parsers._qce import PSEUDO_IDS


class Record(msgspec.Struct, gc=False):
    """One record."""

    time: Any
    contents: list[Any]
    sender: Any = None
    sender_qq: Any = None
    direction: Any = None


def sniff(export: Export) -> Match:
    """Look at the keys of the first record."""
    seen = outline(export)
    keys = seen.item_keys() if seen.root == "array" else frozenset()
    if keys >= {"time", "contents"} and keys & {"sender_qq", "direction"}:
        return Match(Confidence.CERTAIN, "records of time, sender_qq and contents")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records, in file order."""
    for records, numbers in read_array(export, issues, Record):
        private = any(one.direction is not None for one in records)
        yield RawBatch(
            chat_of(export.stem, private=private), _frame(records, list(numbers), export.stem)
        )


def _frame(records: list[Record], numbers: list[int], peer: str) -> pl.DataFrame:
    said = [read_elements(_pairs(one.contents)) for one in records]
    ids = [_id(one.sender_qq) for one in records]
    names = [_name(one, key, peer) for one, key in zip(records, ids, strict=True)]
    times = pl.Series([text_of(one.time) for one in records], dtype=pl.String)
    return raw_frame(
        {
            "line": numbers,
            "wall_at": times.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False),
            # The person on a notice is sure to be the one who acted only on a recall.
            "sender_id": [
                key if one.kind != "system" or "撤回" in (one.text or "") else None
                for key, one in zip(ids, said, strict=True)
            ],
            "sender_name": [
                name if one.kind != "system" else None
                for name, one in zip(names, said, strict=True)
            ],
            "kind": [one.kind for one in said],
            "text": [one.text for one in said],
            "quoted_text": [one.quoted or None for one in said],
        }
    )


def _pairs(contents: list[Any]) -> Iterator[Element]:
    for one in contents:
        if isinstance(one, str):
            yield one, None
        elif isinstance(one, list) and len(one) == 2:
            label, value = one
            # An empty notice holds its own label once more.
            yield (
                label if isinstance(label, str) else None,
                value if isinstance(value, str) else None,
            )


def _id(value: Any) -> str | None:
    key = text_of(value)
    return None if key in PSEUDO_IDS else key


def _name(record: Record, key: str | None, peer: str) -> str | None:
    if record.direction is not None:
        own = DIRECTIONS.get(text_of(record.direction) or "")
        return OWN_NAME if own else peer if own is False else None
    shown = text_of(record.sender)
    # Without any name the number stands in its place, as a number.
    return shown if isinstance(record.sender, str) and shown != key else None


PARSER = Parser(
    name="qq-ntexport-json",
    title="QQNT_Export JSON",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("ids", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "QQNT_Export on the decrypted database of QQ NT: output json.",
        "用 QQNT_Export 处理解密后的 QQ NT 数据库,输出 json。",
    ),
)
