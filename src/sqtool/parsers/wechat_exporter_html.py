"""WechatExporter (iTunes backup of an iPhone): the HTML pages.

WechatExporter(从 iTunes 备份导出)的 HTML 网页,长聊天的其余部分在 _files/Data/*.js。

Times are a local clock. Notices carry none: they get that of the message before. What was forwarded
stands as messages of its own below the message that forwards it, and is read as its quoted text.
"""

import glob
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MESSAGES,
    Confidence,
    Match,
    Parser,
    RawBatch,
)
from sqtool.parsers._exporter_pages import OPENING, read_page, read_strings
from sqtool.parsers._page import Page, page_of
from sqtool.parsers._wechat import (
    can_be_id,
    chat_of_path,
    from_clock,
    oldest_first,
    same_as_id,
)
from sqtool.parsers._wechat_text import TextChat, read_texts, wechat_chat

_IDS: Final = r'<body\b[^<>]*\b%s="([-_.@A-Za-z0-9]+)"'
_TITLE: Final = re.compile(r"<title>.* - (?:微信聊天记录|WeChat Chat History)</title>")
_QUOTE: Final = r"(?s)^「(.*?)：(.*)」\s*\n(?:- ){5,}-?[ \t]*\n(.*)$"
_KIND: Final = {
    "1": "text", "3": "image", "image": "image", "34": "voice", "42": "contact", "66": "contact",
    "43": "video", "62": "video", "video": "video", "47": "sticker", "48": "location",
    "50": "call", "file": "file", "channels": "share", "10000": "system", "10002": "system",
}  # fmt: skip


def sniff(export: Export) -> Match:
    """Look for the message blocks of its templates."""
    text = page_of(export).text
    found = bool(OPENING.search(text.encode("utf-8", "replace")))
    if found and ('class="nt-box"' in text or 'class="ntBox"' in text or _TITLE.search(text)):
        return Match(Confidence.CERTAIN, "message blocks with msgid, as WechatExporter writes them")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages of the one chat: of the page, of its script, of the files beside it."""
    chat = _chat(export)
    at: str | None = None
    untimed = 0
    for blocks in _timed_first(_rows(export, issues)):
        own_id = pl.when("own").then(pl.lit(chat.chat.self_id, pl.String))
        rows = blocks.with_columns(id=pl.coalesce("id", own_id))
        untimed += rows["at"].null_count()
        filled = rows.with_columns(
            at=pl.col("at").forward_fill().fill_null(pl.lit(at, pl.String)).backward_fill()
        )
        at = filled["at"][-1]
        messages = _messages(filled)
        own = filled.filter("own")
        ids, names = own["id"].drop_nulls(), own["name"].drop_nulls()
        if chat.chat.self_id is None and len(ids):
            chat.chat = replace(chat.chat, self_id=ids[-1])
        elif chat.chat.self_id is None and len(names):
            chat.chat = replace(chat.chat, self_name=names[-1])
        yield chat.batch(messages)
    if untimed:
        detail = f"{untimed} notices carry no time: they have that of the message before"
        issues.add("no-timestamp", export.title, rows=0, detail=detail)


def _chat(export: Export) -> TextChat:
    page: Page = page_of(export)
    room = page.find(_IDS % "sid") or chat_of_path(export)[0]
    chat = wechat_chat(key=room or "", strong=room is not None, name=page.title or "")
    chat = replace(chat, self_id=page.find(_IDS % "uid"), has_replies=True, has_mentions=True)
    return TextChat.of(export, chat, own_known=True)


def _owns(export: Export) -> list[Export]:
    return export.all_beside(f"{glob.escape(export.stem)}_files/Data/*.js")


def _rows(export: Export, issues: IssueLog) -> Iterator[pl.DataFrame]:
    """Yield the records of all sources, each forward with what it forwards."""
    sources = [read_page(export, issues), read_strings(export, issues)]
    sources += [read_strings(more, issues) for more in _owns(export)]
    held: pl.DataFrame | None = None
    for source in sources:
        for line, blocks in source:
            rows = blocks.with_columns(
                line=pl.lit(line, pl.UInt32),
                name=pl.when(pl.col("name").str.strip_chars() != "").then("name"),
                id=pl.when(can_be_id(pl.col("id")) & pl.col("id").str.contains("[A-Za-z0-9]")).then(
                    "id"
                ),
                own=pl.col("class").str.contains(r"\b(?:chat|media)[- ]right\b").fill_null(False),
            )
            # What the last message forwards may stand in the next piece.
            rows = rows if held is None else pl.concat([held, rows])
            whole = rows.height - 1 - int((~_is_part(rows)).reverse().arg_max() or 0)
            held = rows[whole:]
            if whole:
                yield _with_forwards(rows[:whole])
    if held is not None:
        yield _with_forwards(held)


def _is_part(rows: pl.DataFrame) -> pl.Series:
    """Tell the blocks of forwarded messages."""
    return rows["class"].str.contains(r"\bfmsg(?:tag)?\b").fill_null(False)


def _timed_first(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Keep notices at the very beginning until a message with a time follows them."""
    waiting: pl.DataFrame | None = None
    for rows in frames:
        waiting = rows if waiting is None else pl.concat([waiting, rows])
        if waiting["at"].null_count() < waiting.height:
            yield waiting
            break
    else:
        if waiting is not None:
            yield waiting
    yield from frames


def _with_forwards(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the blocks of forwarded messages out, and give their text to the one before them."""
    rows = rows.with_columns(_part=_is_part(rows)).with_columns(_place=(~pl.col("_part")).cum_sum())
    said = pl.format("{}: {}", pl.col("name").fill_null(""), pl.col("content").fill_null(""))
    inside = (
        rows.filter("_part", ~pl.col("class").str.contains(r"\bfmsgtag\b"))
        .group_by("_place")
        .agg(_forwarded=said.str.join("\n"))
    )
    marked = rows.filter("_part").select("_place").unique().with_columns(_forwards=pl.lit(True))
    return (
        rows.filter(~pl.col("_part"))
        .join(inside, on="_place", how="left", maintain_order="left")
        .join(marked, on="_place", how="left", maintain_order="left")
        .drop("_part", "_place")
    )


def _messages(rows: pl.DataFrame) -> pl.DataFrame:
    content, tag = pl.col("content"), pl.col("card")
    reply = content.str.contains(_QUOTE).fill_null(False)
    notice = pl.col("class").str.contains(r"\bchat-notice\b").fill_null(False)
    by_type = pl.col("type").replace_strict(_KIND, default=None, return_dtype=pl.String)
    # A card, a place or an app message may be no more than a mark in brackets.
    marked = content.str.contains(r"^\[").fill_null(False) & ~pl.col("type").is_in(["1"])
    kind = (
        pl.when(pl.col("_forwards"))
        .then(pl.lit("forward"))
        .when(reply)
        .then(pl.lit("text"))
        .when((tag == "audio").fill_null(False))
        .then(pl.lit("voice"))
        .when((tag == "img.transfer-icon").fill_null(False))
        .then(pl.lit("transfer"))
        .when(by_type.is_in(["contact", "location"]) & marked)
        .then(None)
        .when(by_type.is_not_null())
        .then(by_type)
        .when(tag.is_not_null() & (tag != "video"))
        .then(pl.lit("contact"))
        .when(pl.col("title").is_not_null())
        .then(pl.lit("link"))
    )
    rows = rows.with_columns(_kind=kind)
    is_card = tag.is_not_null() & ~tag.is_in(["audio", "video", "img.transfer-icon"])
    said = (
        pl.when(pl.col("_kind").is_in(["link", "file", "share"]))
        .then(pl.coalesce("title", "content"))
        .when(pl.col("_kind") == "transfer")
        .then("content")
        .when(is_card)
        .then(tag)
    )
    rows = rows.select(
        "line",
        "_kind",
        sender_id="id",
        sender_name=same_as_id(pl.col("name"), pl.col("id")),
        wall_at=from_clock(rows["at"]),
        system=notice,
        content=pl.when(reply)
        .then(content.str.extract(_QUOTE, 3))
        .otherwise(content)
        .fill_null(""),
        quoted_sender=pl.when(reply).then(content.str.extract(_QUOTE, 1)),
        quoted_text=pl.when(reply).then(content.str.extract(_QUOTE, 2)).otherwise("_forwarded"),
        _said=said,
    )
    messages = read_texts(rows)
    return oldest_first(messages.select(n for n in RAW_MESSAGES if n in messages.columns))


PARSER = Parser(
    name="wechat-exporter-html",
    title="WechatExporter HTML",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "WechatExporter (iTunes backup): export as HTML; keep page and _files folder together.",
        "WechatExporter(iTunes 备份):导出为 HTML;网页和它的 _files 文件夹放在一起。",
    ),
    owns=_owns,
)
