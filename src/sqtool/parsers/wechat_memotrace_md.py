"""MemoTrace 2.x / 3.x (留痕): Markdown.

留痕 MemoTrace 2.x / 3.x 导出的 Markdown 文本。

A message is ``**HH:MM:SS name**: text``; its day stands in a heading above. Notices are quoted
lines with their whole time. What people typed is escaped, so a bare ``[文件]`` is the exporter's.
The quoted part of a reply has no sender. Red packets, music and notes are not exported at all.
"""

import re
from collections.abc import Iterator

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat_text import TextChat, read_texts, timed, wechat_chat

_CLOCK = r"\d\d:\d\d:\d\d"
_HEADER = (
    r"^(?:#{2,4} (?P<day>\d{4}(?:-\d\d(?:-\d\d)?)?)$"
    rf"|\*\*(?P<clock>{_CLOCK}) (?P<who>.*?)\*\*: ?"
    rf"|> (?P<moment>(?:\d{{4}}-\d\d-\d\d )?{_CLOCK}) )"
)
_ESCAPED = r"\\([\\`*_{}\[\]()#+\-.!|])"
_QUOTE = r"(?s)^(.*?) \n> (.*)$"
_LINK = r"(?s)^\[((?:[^\[\]\\]|\\.)*)\]\(\S*\)$"
_CARD = r"(?s)^【小程序】: (.*?)：\[(.*)\]\(\S*\)$"
_DAY = re.compile(r"^#### \d{4}-\d\d-\d\d\r?$", re.MULTILINE)
_SAID = re.compile(rf"^(?:\*\*{_CLOCK} .*?\*\*:|> (?:\d{{4}}-\d\d-\d\d )?{_CLOCK} )", re.MULTILINE)


def sniff(export: Export) -> Match:
    """Look for a day as a fourth-level heading, and messages with bold times below it."""
    text = export.head_text
    found = len(_SAID.findall(text))
    if _DAY.search(text) and found:
        return Match(Confidence.CERTAIN, f"headings with days, and {found} bold or quoted times")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages of the one chat; clock times of the days above them."""
    chat = TextChat.of(export, wechat_chat())
    day: str | None = None
    for frame in read_transcript(export, issues, _HEADER, first="#*>", apart=True):
        # An exported day is a full date; headings of years and months say nothing.
        rows = frame.with_columns(
            day=pl.when(pl.col("day").str.len_chars() == len("2026-03-05"))
            .then("day")
            .forward_fill()
            .fill_null(pl.lit(day, pl.String))
        )
        day = rows["day"][-1]
        rows = rows.filter(pl.col("clock").is_not_null() | pl.col("moment").is_not_null())
        messages = read_texts(timed(_read(rows), export, issues))
        yield chat.batch(messages)


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    clock = pl.coalesce("moment", "clock")
    content = pl.col("content").str.strip_suffix("\n")
    rows = rows.with_columns(content=content, system=pl.col("moment").is_not_null())
    reply = pl.col("content").str.contains(_QUOTE) & ~pl.col("system")
    content = pl.col("content")
    kind = (
        pl.when("system")
        .then(pl.lit("system"))
        # A bracket that somebody typed is escaped.
        .when(reply | content.str.starts_with(r"\["))
        .then(pl.lit("text"))
        .when(content.str.starts_with("![图片]("))
        .then(pl.lit("image"))
        .when(content.str.contains(r"^\[语音\] ?"))
        .then(pl.lit("voice"))
        .when(content.str.contains(r"^\[表情包\]\["))
        .then(pl.lit("sticker"))
        .when(content.str.strip_chars() == "[视频]")
        .then(pl.lit("video"))
        .when(content.str.contains(_CARD))
        .then(pl.lit("share"))
        .when(content.str.contains(_LINK))
        .then(pl.lit("link"))
    )
    said = (
        pl.when(pl.col("_kind") == "voice")
        .then(_plain(content.str.replace(r"^\[语音\] ?", "")))
        .when(pl.col("_kind") == "link")
        .then(_plain(content.str.extract(_LINK, 1)))
        .when(pl.col("_kind") == "sticker")
        .then(_plain(content.str.extract(r"^\[表情包\]\[(.+)\]$", 1)))
        .when(pl.col("_kind") == "share")
        .then(content.str.extract(_CARD, 2))
    )
    rows = rows.with_columns(_kind=kind).with_columns(_said=said)
    return rows.select(
        "line",
        "system",
        "_kind",
        "_said",
        at=pl.when(clock.str.len_chars() > len("20:15:03"))
        .then(clock)
        .otherwise(pl.format("{} {}", "day", clock)),
        sender_name=_plain(pl.col("who")),
        content=pl.when(reply).then(content.str.extract(_QUOTE, 1)).otherwise(_plain(content)),
        quoted_text=pl.when(reply).then(_plain(content.str.extract(_QUOTE, 2))),
    )


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_ESCAPED, "$1")


PARSER = Parser(
    name="wechat-memotrace-md",
    title="MemoTrace (留痕) Markdown",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "MemoTrace 2.x / 3.x: export the group as Markdown.",
        "留痕 MemoTrace 2.x / 3.x:导出群聊,格式选 Markdown。",
    ),
)
