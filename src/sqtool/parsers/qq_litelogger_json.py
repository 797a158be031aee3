"""qqMessageSave (LiteLoader plug-in for QQ NT): JSON.

qqMessageSave（LiteLoader 插件）导出的 JSON。

An object with ``messages`` and ``filterRules``; what the records lack is told in ``_litelogger``.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import moment, texts
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._litelogger import ROWS, batches


class Item(msgspec.Struct, gc=False):
    """One record."""

    sender: Any
    time: Any
    content: Any = None
    type: Any = None
    groupName: Any = None
    captureTime: Any = None


def sniff(export: Export) -> Match:
    """Look for messages and filterRules, and for the keys of a record."""
    seen = outline(export)
    if seen.root != "object" or not seen.is_array("messages"):
        return NO_MATCH
    if "filterRules" in seen:
        return Match(Confidence.CERTAIN, "keys messages and filterRules of qqMessageSave")
    keys = seen.item_keys("messages")
    if keys >= {"type", "sender", "time", "content"} and keys & {"groupName", "captureTime"}:
        return Match(Confidence.LIKELY, "messages with groupName, sender, time, content")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records by chat; clock times to the minute."""
    frames = [pl.DataFrame(schema=ROWS)]
    for part in read_object(export, issues, arrays={"messages": Item}):
        items = part.value
        frames.append(
            pl.DataFrame(
                {
                    "line": pl.Series(part.records, dtype=pl.UInt32),
                    "type": texts([item.type for item in items]),
                    "group": texts([item.groupName for item in items]),
                    "sender": texts([item.sender for item in items]),
                    "time": texts([item.time for item in items]),
                    "content": texts([item.content for item in items]),
                    "captured": texts([item.captureTime for item in items]),
                },
                schema=ROWS,
            )
        )
    written = moment(head_values(export, ["exportTime"]).get("exportTime"))
    yield from batches(pl.concat(frames), export, issues, written=written)


PARSER = Parser(
    name="qq-litelogger-json",
    title="qqMessageSave JSON",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("mentions", "joins", "recalls"),
    obtain=(
        "LiteLoader plug-in qqMessageSave: settings, export JSON. Most messages are missing in it.",
        "LiteLoader 插件 qqMessageSave:设置页,导出 JSON。它只记下一小部分消息。",
    ),
)
