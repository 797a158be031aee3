"""qqMessageSave (LiteLoader plug-in for QQ NT): CSV.

qqMessageSave（LiteLoader 插件）导出的 CSV。

It is no real CSV: quotes inside values are not doubled, and a second table, of filter rules,
follows. So a record is told by how its line begins, not by its quotes.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._csv import read_header
from sqtool.parsers._litelogger import GROUP, PRIVATE, ROWS, batches
from sqtool.parsers._transcript import read_transcript

_NAMES: Final = ("Type", "Group", "Sender", "Time", "Content")
# Excel leaves the quotes out when it saves the file again.
_HEADER: Final = (
    rf'^(?:"?(?<type>{GROUP}|{PRIVATE})"?,"?(?<group>.*?)"?,"?(?<sender>.*?)"?,'
    r'"?(?<time>\d{8} [^",\n]*|\d{4}[-/][^",\n]*)"?,'
    r"|(?<frame>Type,Group,Sender,Time,Content|Filter Field,Filter Value),*\r?$)"
)


def sniff(export: Export) -> Match:
    """Recognise the header and the words of its first column."""
    if read_header(export).names[: len(_NAMES)] != _NAMES:
        return NO_MATCH
    text = export.head_text
    if GROUP in text or PRIVATE in text:
        return Match(Confidence.CERTAIN, "CSV header and record types of qqMessageSave")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records by chat; clock times to the minute."""
    frames = [pl.DataFrame(schema=ROWS)]
    for found in read_transcript(export, issues, _HEADER):
        rows = found.filter(pl.col("frame").is_null())
        content = pl.col("content").str.strip_chars_end("\r\n")
        quoted = content.str.starts_with('"') & content.str.ends_with('"')
        frames.append(
            rows.select(
                "line",
                type="type",
                group=pl.when(pl.col("group") != "").then("group"),
                sender="sender",
                time="time",
                content=pl.when(quoted)
                .then(content.str.strip_prefix('"').str.strip_suffix('"'))
                .otherwise(content),
                captured=pl.lit(None, pl.String),
            )
        )
    yield from batches(pl.concat(frames), export, issues)


PARSER = Parser(
    name="qq-litelogger-csv",
    title="qqMessageSave CSV",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("mentions", "joins", "recalls"),
    obtain=(
        "LiteLoader plug-in qqMessageSave: settings, export CSV. Most messages are missing in it.",
        "LiteLoader 插件 qqMessageSave:设置页,导出 CSV。它只记下一小部分消息。",
    ),
)
