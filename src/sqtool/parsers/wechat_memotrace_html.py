"""WeChatMsg / MemoTrace (留痕): the HTML page, and the JSON file beside it.

留痕 WeChatMsg / MemoTrace 导出的 HTML 网页,以及同名的 .html.json。

The messages are data in a script of the page. Since version 2 they are JSON, and the same again,
without HTML escapes, in ``<page>.json``; in version 1 they are JavaScript objects without ids.
There are no ids of people: names only, and a flag for one's own messages. Times are exact.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._json_peek import outline
from sqtool.parsers._memotrace_page import read_json, read_objects
from sqtool.parsers._page import Page, page_of
from sqtool.parsers._wechat import Company, chat_of_path, oldest_first, talker_kind

_KEYS = frozenset(["type", "is_send", "timestamp", "server_id", "display_name"])
_ROOM = r'"(\d+@(?:im\.)?chatroom)"'
_DATA = re.compile(r"chatMessages\s*=\s*\[\s*(?:(?P<json>\{\s*\"|\])|\{ type:)")


def sniff(export: Export) -> Match:
    """Look for the array ``chatMessages`` of a page, or for a JSON array of such records."""
    data = _DATA.search(page_of(export).text)
    if data:
        what = "JSON" if data["json"] else "JavaScript"
        return Match(Confidence.CERTAIN, f"a page with the {what} array chatMessages")
    seen = outline(export)
    if seen.root == "array" and seen.item_keys() >= _KEYS:
        return Match(Confidence.CERTAIN, "JSON records with server_id, is_send, display_name")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages of the one chat."""
    page = page_of(export)
    path_room, title = chat_of_path(export)
    data = _DATA.search(page.text)
    # Version 2 names the chat somewhere in the scripts before the data.
    room = path_room or (Page(page.text[: data.start()]).find(_ROOM) if data else None)
    name = page.title or title.removesuffix(".html")
    company = Company({name}, own_known=True)
    chat = RawChat(
        key=room or name,
        strong=room is not None,
        platform="wechat",
        name=name,
        kind=talker_kind(room) if room else "unknown",
        has_replies=True,
        has_mentions=True,
    )
    if data and not data["json"]:
        frames = read_objects(export, issues)
    else:
        frames = read_json(export, issues, page=bool(page.text))
    for rows in frames:
        company.add(rows, pl.col("_own"))
        own = rows.filter("_own")["sender_name"].drop_nulls()
        if len(own):
            chat = replace(chat, self_name=own[-1])
        if chat.kind == "unknown":
            chat = replace(chat, kind=_kind(rows, company))
        yield RawBatch(chat, oldest_first(rows.drop("_own", "_group", strict=False)))


def _kind(rows: pl.DataFrame, company: Company) -> str:
    if "_group" in rows.columns and rows["_group"].is_not_null().any():
        return "group" if rows["_group"].any() else "private"
    return company.kind


def _owns(export: Export) -> list[Export]:
    beside = export.beside(f"{export.name}.json") if page_of(export).text else None
    return [beside] if beside is not None else []


PARSER = Parser(
    name="wechat-memotrace-html",
    title="MemoTrace / WeChatMsg (留痕) HTML",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=(
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
        "MemoTrace or WeChatMsg: export the group as HTML; keep its folder together.",
        "留痕 MemoTrace / WeChatMsg:导出群聊,格式选 HTML;文件夹不要拆开。",
    ),
    owns=_owns,
)
