"""qqMessageSave (LiteLoader plug-in for QQ NT): text.

qqMessageSave（LiteLoader 插件）导出的文本。

One record a line, ``[time] [group] sender: content``, then the filter rules; private records have
no group. Newlines inside a message are as they were.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._litelogger import GROUP, PRIVATE, ROWS, batches
from sqtool.parsers._transcript import read_transcript

_FIRST: Final = ("消息记录:", "Messages:")
_TITLE: Final = r"(?:[^\[\]\n]|\[[^\[\]\n]*\])+|.*?"  # brackets in pairs are part of it
_RECORD: Final = (
    r"\[(?<time>\d{8} [^\[\]\n]*|\d{4}[-/][^\[\]\n]*)\] "
    rf"(?:\[(?<group>{_TITLE})\] )?(?<sender>.*?): "
)
_HEADER: Final = rf"^(?:{_RECORD}|(?<frame>消息记录:|Messages:|过滤规则:|Filter Rules:)\r?$)"
_LINE = re.compile(rf"^{_RECORD.replace('(?<', '(?P<')}", re.MULTILINE)


def sniff(export: Export) -> Match:
    """Look for the first line and a record below it."""
    text = export.head_text
    if text.partition("\n")[0].rstrip() in _FIRST and _LINE.search(text):
        return Match(Confidence.CERTAIN, "first line and records of a qqMessageSave text")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records by chat; clock times to the minute."""
    frames = [pl.DataFrame(schema=ROWS)]
    for found in read_transcript(export, issues, _HEADER):
        rows = found.filter(pl.col("frame").is_null())
        in_group = pl.col("group").is_not_null()
        frames.append(
            rows.select(
                "line",
                type=pl.when(in_group).then(pl.lit(GROUP)).otherwise(pl.lit(PRIVATE)),
                group="group",
                sender="sender",
                time="time",
                content=pl.col("content").str.strip_chars_end("\r\n"),
                captured=pl.lit(None, pl.String),
            )
        )
    yield from batches(pl.concat(frames), export, issues)


PARSER = Parser(
    name="qq-litelogger-txt",
    title="qqMessageSave text",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("mentions", "joins", "recalls"),
    obtain=(
        "LiteLoader plug-in qqMessageSave: settings, export text. Most messages are missing in it.",
        "LiteLoader 插件 qqMessageSave:设置页,导出文本。它只记下一小部分消息。",
    ),
)
