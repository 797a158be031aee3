r"""Text copied from WeChat for Windows or macOS and pasted into a file.

从电脑版微信选中、复制、粘贴成的文本。

A record is ``name YYYY/MM/DD H:MM`` (``8:15 PM`` on English systems), the text, an empty line.
There are no ids and no seconds; at most a hundred messages are copied at a time. The layout without
any time (``name:`` and the text) cannot be read.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat_text import (
    TextChat,
    half_day_clock,
    heads_of,
    is_qq,
    read_texts,
    timed,
    wechat_chat,
)

_HALF = "上午|下午|凌晨|早上|中午|晚上"
_HEADER = (
    r"^(?P<who>\S.*?)[ \u00a0]"
    r"(?P<at>\d{4}(?:/\d{1,2}/\d{1,2}|-\d{1,2}-\d{1,2}|年\d{1,2}月\d{1,2}日)"
    rf" ?(?:{_HALF})? ?\d{{1,2}}:\d\d(?: ?[AaPp][Mm])?)[ \t]*$"
)
_NO_NAMES = ("#", "##", "###", ">", "-", "*", "|")


def sniff(export: Export) -> Match:
    """Look for lines of a name, a date and a time without seconds."""
    heads = heads_of(export, _HEADER)
    if not heads.begins or not heads.stand_apart:
        return NO_MATCH
    names = [match["who"] for match in heads.found]
    if any(is_qq(name) for name in names) or any(name in _NO_NAMES for name in names):
        return NO_MATCH
    found = f"{len(names)} lines of a name, a date and a time without seconds"
    return Match(Confidence.LIKELY if len(names) > 1 else Confidence.WEAK, found)


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times to the minute."""
    chat = TextChat.of(export, replace(wechat_chat(), has_replies=False))
    apart = heads_of(export, _HEADER).stand_apart
    for frame in read_transcript(export, issues, _HEADER, apart=apart):
        rows = timed(frame.with_columns(at=half_day_clock(pl.col("at"))), export, issues)
        content = pl.col("content").str.strip_suffix("\n")
        rows = rows.with_columns(content=content, system=pl.lit(False))
        yield chat.batch(read_texts(rows.rename({"who": "sender_name"})))


PARSER = Parser(
    name="wechat-paste",
    title="WeChat for desktop, copied and pasted",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("mentions",),
    obtain=(
        "WeChat for desktop: select messages in the chat window, copy, paste into a text file.",
        "电脑版微信:在聊天窗口多选消息,复制,粘贴到文本文件。",
    ),
)
