r"""wx-cli: Markdown, its default (WeChat 4.x; command line).

wx-cli 默认导出的 Markdown(微信 4.x,命令行工具)。

``# name（群聊）``, ``> 导出 n 条消息``, then for each record a heading ``### YYYY-MM-DD HH:MM`` and
``**name**: text``; further lines of a text begin with ``> ``. There are no ids and no seconds.
"""

import re
from collections.abc import Iterator

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat_text import TextChat, first_lines, forward_filled, timed, wechat_chat
from sqtool.parsers._wxcli_text import check_count, read_printed

_HEADER = r"^(?:### (?P<at>\d{4}-\d\d-\d\d \d\d:\d\d)$|\*\*(?P<who>.*?)\*\*: )"
_TITLE = re.compile(r"^# (.*?)(（[^（）]*）)?$")
_COUNT = re.compile(r"^> 导出 (\d+) 条消息")
_KINDS = {"（群聊）": "group", "（私聊）": "private", None: "private"}


def sniff(export: Export) -> Match:
    """Look for the title and the count below it."""
    lines = first_lines(export, 2)
    if len(lines) == 2 and _TITLE.match(lines[0]) and _COUNT.match(lines[1]):
        return Match(Confidence.CERTAIN, "a title and > 导出 n 条消息, as wx-cli writes them")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times to the minute."""
    lines = [*first_lines(export, 2), "", ""]
    title, count = _TITLE.match(lines[0]), _COUNT.match(lines[1])
    name = title[1] if title else ""
    kind = _KINDS.get(title[2], "unknown") if title else "unknown"
    chat = TextChat.of(export, wechat_chat(key=name, name=name, kind=kind))
    found = 0
    frames = read_transcript(export, issues, _HEADER, first="#*", heading=True)
    for frame in forward_filled(frames, ("at",)):
        content = pl.col("content").str.strip_chars("\n").str.replace_all(r"(?m)^> ?", "")
        rows = frame.with_columns(content=content, sender_name=pl.col("who"))
        # A heading with nothing but names below it is no record; what has no name is a notice.
        rows = rows.filter(pl.col("who").is_not_null() | (pl.col("content") != ""))
        found += rows.height
        yield chat.batch(read_printed(timed(rows, export, issues)))
    check_count(export, issues, int(count[1]) if count else None, found)


PARSER = Parser(
    name="wechat-wxcli-md",
    title="wx-cli Markdown",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("replies", "mentions", "joins", "recalls"),
    obtain=(
        "wx-cli: wx export GROUP -n 1000000 (Markdown is the default; JSON tells more).",
        "wx-cli:wx export 群名 -n 1000000(默认就是 Markdown;JSON 更完整)。",
    ),
)
