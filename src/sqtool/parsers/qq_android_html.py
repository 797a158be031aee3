"""Old Android database of QQ, turned into HTML by QQ-History-Backup or qqmessageoutput.

旧版安卓 QQ 数据库导出的 HTML(QQ-History-Backup、qqmessageoutput)。

The whole page is one line. The first tool prints ``name(number)``, its own account as 我, and the
group's number in the file name; the second prints numbers only, and its texts are not escaped.
Notices are in neither.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._html import html_pieces, unescaped
from sqtool.parsers._qq_senders import SYSTEM_IDS, read_sender
from sqtool.parsers._qq_texts import with_kinds
from sqtool.parsers._wechat import SELF, from_clock
from sqtool.schema import KIND

_AT: Final = rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"
_LEFT: Final = (
    rb"<p align='left'><font color=\"blue\"><b>(.*?)</b></font>-----<font color=\"green\">"
    + _AT + rb"</font></br>"
)  # fmt: skip
_RIGHT: Final = (
    rb"<p align='right'><font color=\"green\">" + _AT
    + rb"</font>-----<font color=\"blue\"><b>(.*?)</(?:font|b)></(?:font|b)></br>"
)  # fmt: skip
_BARE: Final = (
    rb"<font color=\"blue\">" + _AT + rb"</font>-----<font color=\"green\">(\d+)</font></br>"
)
_HEADER: Final = re.compile(rb"(?:" + rb"|".join((_LEFT, _RIGHT, _BARE)) + rb")", re.DOTALL)
_FILE: Final = re.compile(r"^(群聊|私聊)-(.*)-(\d{5,11})$", re.DOTALL)
_TAIL: Final = r"(?s)^(.*?)(?:</br>){0,2}(?:</p>)?\s*(?:</div>)?\s*$"
_PICTURES: Final = r"(?i)<img\b[^<>]*>"
_EMOTICON: Final = r'(?i)<img\b[^<>]*(?:emoticon/|alt="\d{1,3}")'
_MEDIA: Final = {"emoticon": "sticker", "img": "image", "audio": "voice", "video": "video"}
_UNREAD: Final = r"^\[(?:decode error|unknown msg_type -?\d+|解码失败\(-?\d+\)|戳一戳)\]$"
_UNKNOWN: Final = "？？？未知？？？"


def sniff(export: Export) -> Match:
    """Look for the coloured head of a message."""
    found = _HEADER.search(export.head_text.encode("utf-8", "replace"))
    if found:
        return Match(Confidence.CERTAIN, "messages headed by blue and green text and -----")
    return NO_MATCH


def _kind(people: set[str], number: str | None) -> str:
    """Tell a chat of two by who speaks, where the file name is only a number."""
    if len(people) > 2 or (people and number not in people):
        return "group"
    return "private" if number else "unknown"


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages of the one chat."""
    named = _FILE.match(export.stem)
    number = named[3] if named else export.stem if re.fullmatch(r"\d{5,11}", export.stem) else None
    title = named[2] if named else export.stem
    people: set[str] = set()
    for line, piece in html_pieces(export, issues, _HEADER):
        heads = list(_HEADER.finditer(piece))
        if not heads:
            continue
        rows = _rows(piece, heads, line)
        people.update(rows["sender_id"].drop_nulls().unique())
        kind = _kind(people, number)
        if named:
            kind = "group" if named[1] == "群聊" else "private"
        yield RawBatch(
            RawChat(
                key=number or title,
                strong=number is not None,
                platform="qq",
                name=title,
                kind=kind,
                self_name=SELF
                if rows.select((pl.col("sender_name") == SELF).any()).item()
                else None,
            ),
            rows,
        )


def _rows(piece: bytes, heads: list[re.Match[bytes]], line: int) -> pl.DataFrame:
    ends = [*(head.start() for head in heads[1:]), len(piece)]
    lines, before, at = [], line, 0
    for head in heads:
        before += piece.count(b"\n", at, head.start())
        at = head.start()
        lines.append(before)
    rows = pl.DataFrame(
        {
            "line": lines,
            "at": [(head[2] or head[3] or head[5]).decode() for head in heads],
            "shown": [(head[1] or head[4] or b"").decode() for head in heads],
            "number": [head[6].decode() if head[6] else None for head in heads],
            "body": [piece[h.end() : end].decode() for h, end in zip(heads, ends, strict=True)],
        },
        schema={"line": pl.UInt32, **dict.fromkeys(("at", "shown", "number", "body"), pl.String)},
    )
    bare = pl.col("number").is_not_null()
    body = pl.col("body").str.extract(_TAIL, 1)
    rows = rows.with_columns(
        wall_at=from_clock(rows["at"]),
        shown=unescaped(pl.col("shown")),
        media=pl.when(body.str.contains(_EMOTICON))
        .then(pl.lit("emoticon"))
        .otherwise(body.str.extract(r"(?i)<(img|audio|video)\b")),
        text=pl.when(bare).then(body).otherwise(unescaped(body.str.replace_all(_PICTURES, ""))),
    )
    rows = _with_senders(rows)
    text = pl.col("text").str.strip_chars()
    rows = with_kinds(rows.with_columns(text=pl.when(text != "").then("text")))
    unread = rows["text"].str.contains(_UNREAD).fill_null(False)
    by_media = pl.col("media").replace_strict(_MEDIA, default=None, return_dtype=pl.String)
    alone = pl.col("text").is_null() & (pl.col("kind") == "other") & by_media.is_not_null()
    kind = (
        pl.when("nobody")
        .then(pl.lit("system"))
        .when(unread)
        .then(pl.lit("other"))
        .when(alone)
        .then(by_media)
        .otherwise("kind")
    )
    return rows.select(
        "line",
        "wall_at",
        "sender_id",
        "sender_name",
        kind=kind.cast(KIND),
        text=pl.when(~unread).then("text"),
    )


def _with_senders(rows: pl.DataFrame) -> pl.DataFrame:
    shown = rows["shown"].unique()
    read = [read_sender(value) for value in shown]
    table = pl.DataFrame(
        {"shown": shown, "_id": [s.id for s in read], "_name": [s.name for s in read]},
        schema=dict.fromkeys(("shown", "_id", "_name"), pl.String),
    )
    rows = rows.join(table, on="shown", how="left", maintain_order="left")
    number = pl.coalesce("number", "_id")
    nobody = number.is_in(list(SYSTEM_IDS)).fill_null(False)
    named = pl.col("_name").is_not_null() & (pl.col("_name") != _UNKNOWN) & ~nobody
    return rows.with_columns(
        nobody=nobody,
        sender_id=pl.when(~nobody).then(number),
        sender_name=pl.when(named).then("_name"),
    )


PARSER = Parser(
    name="qq-android-html",
    title="QQ Android database as HTML",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "mentions"),
    obtain=(
        "QQ-History-Backup or qqmessageoutput: turn the group in an old Android database to HTML.",
        "QQ-History-Backup 或 qqmessageoutput:把旧版安卓 QQ 数据库里的群导出成 HTML。",
    ),
)
