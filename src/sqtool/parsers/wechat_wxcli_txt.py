r"""wx-cli: plain text (WeChat 4.x; command line).

wx-cli 导出的文本(微信 4.x,命令行工具)。

The first line is ``=== name[群] (n 条) ===``. A record is ``[YYYY-MM-DD HH:MM] name: text``;
notices have no name, only their mark, ``[系统]`` or ``[撤回]``. There are no ids and no seconds.
"""

import re
from collections.abc import Iterator

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat_text import TextChat, first_lines, heads_of, timed, wechat_chat
from sqtool.parsers._wxcli import NOTICE_MARK
from sqtool.parsers._wxcli_text import check_count, read_printed

_HEADER = r"^\[(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d)\] "
_TITLE = re.compile(r"^=== (.*?)(\[[^\[\]]*\])? \((\d+) 条\) ===$")
_NAMED = r"^([^\n]*?): ((?s:.*))$"


def sniff(export: Export) -> Match:
    """Look for the title line, and for a record below it."""
    title = _TITLE.match((first_lines(export, 1) or [""])[0])
    if title and (heads_of(export, _HEADER).found or title[3] == "0"):
        return Match(Confidence.CERTAIN, "first line === name (n 条) ===, as wx-cli writes it")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times to the minute."""
    title = _TITLE.match((first_lines(export, 1) or [""])[0])
    name = title[1] if title else ""
    kind = "unknown" if not title else "group" if title[2] == "[群]" else "private"
    chat = TextChat.of(export, wechat_chat(key=name, name=name, kind=kind))
    found = 0
    for frame in read_transcript(export, issues, _HEADER, first="[", heading=True):
        found += frame.height
        content = pl.col("content")
        named = ~content.str.contains(NOTICE_MARK) & content.str.contains(_NAMED)
        rows = timed(frame, export, issues).with_columns(
            sender_name=pl.when(named).then(content.str.extract(_NAMED, 1)),
            content=pl.when(named).then(content.str.extract(_NAMED, 2)).otherwise(content),
        )
        yield chat.batch(read_printed(rows))
    check_count(export, issues, int(title[3]) if title else None, found)


PARSER = Parser(
    name="wechat-wxcli-txt",
    title="wx-cli text",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("replies", "mentions", "joins", "recalls"),
    obtain=(
        "wx-cli: wx export GROUP --format txt -n 1000000 (JSON tells more).",
        "wx-cli:wx export 群名 --format txt -n 1000000(JSON 更完整)。",
    ),
)
