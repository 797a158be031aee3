"""WeFlow: the HTML page.

WeFlow 导出的 HTML 网页(消息多时还有同名的 _data 文件夹)。

The messages are JSON in a script; each carries a piece of HTML with the name, the quote and the
text. Beyond 20,000 messages they lie in ``<page>_data/chunk-*.js``. Times are exact. People have
ids only where avatars were exported: the file of an avatar is named by the id.
"""

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

import msgspec
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
    RawChat,
)
from sqtool.parsers._html import texts_of, unescaped
from sqtool.parsers._json import read_array
from sqtool.parsers._json_items import instants, texts
from sqtool.parsers._page import page_of
from sqtool.parsers._wechat import SELF, is_room, oldest_first, same_as_id
from sqtool.parsers._wechat_text import read_texts
from sqtool.parsers._weflow_pages import chat_of, check_count, is_notice, own_marks

_ARRAY: Final = re.compile(rb"window\.WEFLOW_DATA\s*=\s*(?=\[)")
_CHUNK: Final = re.compile(rb"__WEFLOW_CHUNK_LOADED__\(\s*\d+\s*,\s*(?=\[)")
_STATED: Final = r"<span>(\d+) 条消息</span>"
_EXPORTED: Final = r"<span>(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)</span>"
_FOLDER: Final = r'"u":"\./([^"/]+)/chunk-'
_AVATAR: Final = r'^<img\b[^<>]*\bsrc="[^"<>]*avatars/([^"/<>]+)\.\w+"'
_MEDIA: Final = {
    "image": "image", "emoji": "sticker", "audio": "voice", "video": "video", "file": "file",
}  # fmt: skip


class Item(msgspec.Struct, gc=False):
    """One record."""

    t: Any
    b: Any
    i: Any = None
    s: Any = None
    a: Any = None
    p: Any = None
    r: Any = None


def sniff(export: Export) -> Match:
    """Look for the variable WEFLOW_DATA."""
    if re.search(r"window\.WEFLOW_DATA\s*=", page_of(export).text):
        return Match(Confidence.CERTAIN, "a page with window.WEFLOW_DATA")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages of the one chat, file by file."""
    page = page_of(export)
    chat = chat_of(export, page, room=None, exported_at=page.find(_EXPORTED))
    chat = replace(chat, has_replies=True)
    chunks = _owns(export)
    sources = [(chunk, _CHUNK) for chunk in chunks] or [(export, _ARRAY)]
    found, lost = 0, issues.rows_lost()
    for source, behind in sources:
        for items, records in read_array(source, issues, Item, behind=behind):
            rows, chat = _read(items, records, chat, first=not found)
            found += rows.height
            yield RawBatch(chat, oldest_first(rows))
    check_count(page.find(_STATED), found + issues.rows_lost() - lost, export, issues)


def _owns(export: Export) -> list[Export]:
    """Return the files with the messages of a large chat."""
    folder = page_of(export).find(_FOLDER)
    return export.all_beside(f"{glob.escape(unquote(folder))}/chunk-*.js") if folder else []


def _read(
    items: list[Item], records: Sequence[int], chat: RawChat, *, first: bool
) -> tuple[pl.DataFrame, RawChat]:
    """Bring records into ``RAW_MESSAGES`` columns; return what they tell of the chat as well."""
    numbers = [
        i.i if type(i.i) is int and i.i > 0 else n for i, n in zip(items, records, strict=True)
    ]
    rows = pl.DataFrame(
        {
            "line": pl.Series(numbers, dtype=pl.UInt32),
            "sent_at": instants([i.t for i in items]),
            "message_id": texts([i.p for i in items]),
            "reply_to_id": texts([i.r for i in items]),
            "_own": pl.Series([i.s in (1, "1", True) for i in items], dtype=pl.Boolean),
            "_avatar": texts([i.a for i in items]),
            "_body": texts([i.b for i in items]),
        }
    )
    rows = rows.select(
        *(name for name in rows.columns if not name.startswith("_") or name == "_own"),
        sender_id=unescaped(pl.col("_avatar").str.extract(_AVATAR, 1)),
        sender_name=_part("sender-name"),
        quoted_sender=_part("quoted-sender"),
        quoted_text=_part("quoted-text"),
        content=_part("message-text").fill_null(""),
        _media=pl.col("_body").str.extract(r'class="message-media (\w+)'),
        _file=texts_of(
            pl.col("_body").str.extract(r'(?s)class="message-media file"[^<>]*>(.*?)</a>')
        ),
        _card=pl.col("_body").str.contains('class="message-link-card"', literal=True),
    )
    own = pl.col("_own")
    if chat.kind == "private":  # then no message shows a name
        other = pl.when(own).then(pl.lit(SELF)).otherwise(pl.lit(chat.name))
        rows = rows.with_columns(sender_name=pl.coalesce("sender_name", other))
    room = is_room(pl.col("sender_id")).fill_null(False)
    headed = room | ((pl.col("sender_name") == chat.name) & ~own)
    if chat.kind == "private":
        headed = pl.lit(False)
    rows = rows.with_columns(system=is_notice(own, headed.fill_null(False)))
    rooms = rows.filter(room)["sender_id"]
    if first and len(rooms) and not chat.strong:  # later the chat has its key
        chat = replace(chat, key=rooms[0], strong=True)
    rows = _with_kinds(rows).with_columns(
        sender_name=same_as_id(pl.col("sender_name"), pl.col("sender_id"))
    )
    said = rows.filter(own, ~pl.col("system"))
    if said.height:
        ids, names = said["sender_id"].drop_nulls(), said["sender_name"].drop_nulls()
        chat = replace(
            chat,
            self_id=ids[-1] if len(ids) else chat.self_id,
            self_name=names[-1] if len(names) and not len(ids) else chat.self_name,
        )
    messages = read_texts(rows)
    return messages.select(name for name in RAW_MESSAGES if name in messages.columns), chat


def _part(name: str) -> pl.Expr:
    """Return the text of the first element of a class; nothing in it is nested."""
    return texts_of(pl.col("_body").str.extract(rf'(?s)<div class="{name}">(.*?)</div>'))


def _with_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    marked, said = own_marks()
    content = pl.col("content")
    by_media = pl.col("_media").replace_strict(_MEDIA, default=None, return_dtype=pl.String)
    reply = pl.col("quoted_text").is_not_null()
    kind = (
        pl.when(reply)
        .then(pl.lit("text"))
        .when("_card")
        .then(pl.lit("link"))
        .otherwise(pl.coalesce(by_media, marked))
    )
    # Beside a medium stands its mark, or (of a voice) what was said.
    words = pl.when(~content.str.contains(r"^\[[^\[\]\n]*\]$") & (content != "")).then(content)
    said = (
        pl.when(pl.col("_card"))
        .then(content.str.replace(r"^\[链接\] ?", ""))
        .when(pl.col("_media") == "file")
        .then("_file")
        .when(pl.col("_media") == "audio")
        .then(words)
        .when(pl.col("_media").is_null())
        .then(said)
    )
    return rows.with_columns(_kind=kind, _said=said)


PARSER = Parser(
    name="wechat-weflow-html",
    title="WeFlow HTML",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "message-ids",
        "zone",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "recalls",
    ),
    obtain=(
        "WeFlow: export the group as HTML (with avatars, so that people keep their ids).",
        "WeFlow:导出群聊,格式选 HTML(勾选头像,这样才有成员的微信 ID)。",
    ),
    owns=_owns,
)
