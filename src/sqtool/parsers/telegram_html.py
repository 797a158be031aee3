"""Telegram Desktop: one chat, exported as HTML pages.

Telegram Desktop 导出的 HTML 网页(messages.html、messages2.html……)。

The pages of a thousand messages each are one chat; the first has no number and leads to the others.
There are no ids of people, only their names at the export. A message that follows another of the
same person shows no name. Notices have no time of their own: they are given that of the message
before them on the same day. Who has deleted the account cannot be told from others who did.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

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
from sqtool.parsers._html import breaks_to_newlines, html_pieces
from sqtool.parsers._json_items import lists
from sqtool.parsers._telegram_notices import read_notice
from sqtool.parsers._telegram_page import DELETED, Said, read_message, text_of
from sqtool.schema import INSTANT, KIND

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_OPENING: Final = re.compile(rb'<div\b[^<>]*\bclass="message (?:service|default)\b')
_PAGE: Final = re.compile(r"messages\d{0,6}\.html")
_DAY: Final = "%d %B %Y"


def sniff(export: Export) -> Match:
    """Look for the title of Telegram's pages and a message."""
    text = export.head_text
    if "<title>Exported Data</title>" not in text or "page_wrap" not in text:
        return NO_MATCH
    if re.search(r'class="message (?:service|default)\b', text):
        return Match(Confidence.CERTAIN, "page Exported Data with messages: Telegram HTML")
    return NO_MATCH


def _pages(export: Export) -> list[Export]:
    """Return all pages of the chat, in order; whichever is asked for leads to the others."""
    if not _PAGE.fullmatch(export.name):
        return [export]
    beside = (page for page in export.all_beside("messages*.html") if _PAGE.fullmatch(page.name))
    pages = [page for page in beside if page.key == export.key or sniff(page).confidence]
    return sorted(pages, key=lambda page: int(page.stem.removeprefix("messages") or 1))


def _owns(export: Export) -> list[Export]:
    return [page for page in _pages(export) if page.key != export.key]


@dataclass
class _Chat:
    """What the pages say, in order; ``None`` for the time of a notice."""

    title: str | None = None
    day: datetime | None = None
    sender: str | None = None
    deleted: int = 0
    said: list[Said] = field(default_factory=list)
    days: list[datetime | None] = field(default_factory=list)
    notices: dict[int, str] = field(default_factory=dict)

    def add(self, node: "LexborNode") -> None:
        """Take in one message element."""
        names = (node.attributes.get("class") or "").split()
        number = (node.attributes.get("id") or "").removeprefix("message")
        body = next((n for n in node.iter() if "body" in (n.attributes.get("class") or "")), None)
        if body is None:
            return
        if "service" in names:
            text = text_of(body)
            if number.startswith("-"):
                self.day = _day(text) or self.day
                return
            self.notices[len(self.said)] = text
            self.said.append(Said(number, kind="system"))
        else:
            said = read_message(number, body)
            if "joined" in names and said.sender is None:
                said.sender = self.sender
            self.sender = said.sender
            if said.sender in DELETED:
                said.sender = None
                self.deleted += 1
            self.said.append(said)
        self.days.append(self.day)


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _DAY)  # noqa: DTZ007 - the clock of the export
    except ValueError:
        return None


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages of all pages, in order."""
    # Imported here: nothing else of the program parses HTML.
    from selectolax.lexbor import LexborHTMLParser

    chat = _Chat()
    for page in _pages(export):
        for _, piece in html_pieces(page, issues, _OPENING):
            tree = LexborHTMLParser(breaks_to_newlines(piece))
            header = tree.css_first("div.page_header div.text.bold")
            if header is not None and chat.title is None:
                chat.title = text_of(header) or None
            for node in tree.css("div.message"):
                chat.add(node)
    if chat.deleted:
        detail = f"{chat.deleted} messages of deleted accounts, which cannot be told apart"
        issues.add("deleted-accounts", export.title, rows=0, detail=detail)
    yield RawBatch(_facts(export, chat), _frame(chat))


def _facts(export: Export, chat: _Chat) -> RawChat:
    people = {said.sender for said in chat.said if said.sender is not None}
    title = chat.title or (export.folder if _PAGE.fullmatch(export.name) else export.stem)
    group = len(people) > 2 or any(
        read_notice(text, people).event in _IN_GROUPS for text in chat.notices.values()
    )
    kind = "group" if group else "private" if title in people else "unknown"
    return RawChat(
        key=title,
        strong=False,
        platform="telegram",
        name=title,
        kind=kind,
        has_replies=True,
        has_mentions=True,
    )


_IN_GROUPS: Final = frozenset(["join", "invite", "leave", "removed", "rename"])


def _frame(chat: _Chat) -> pl.DataFrame:
    people = {said.sender for said in chat.said if said.sender is not None}
    notices = {place: read_notice(text, people) for place, text in chat.notices.items()}
    topics = {chat.said[place].number for place, one in notices.items() if one.is_topic}
    said = chat.said
    known = [notices.get(place) for place in range(len(said))]
    frame = pl.DataFrame(
        {
            "line": pl.int_range(1, len(said) + 1, dtype=pl.UInt32, eager=True),
            "message_id": [one.number or None for one in said],
            "sender_name": [one.sender for one in said],
            "kind": [one.kind for one in said],
            "text": [chat.notices.get(place, one.text) for place, one in enumerate(said)],
            "reply_to_id": [None if one.reply_to in topics else one.reply_to for one in said],
            "quoted_sender": [one.origin for one in said],
            "quoted_text": [one.forwarded for one in said],
            "mention_names": lists([one.mentions for one in said]),
            "reactions": [one.reactions for one in said],
            "event": [one and one.event for one in known],
            "actor_name": [one and one.actor for one in known],
            "target_names": lists([one and one.targets for one in known]),
            "_wall": [one.wall for one in said],
            "_offset": [one.offset for one in said],
            "_day": chat.days,
        },
        schema_overrides={
            **{name: dtype for name, dtype in RAW_MESSAGES.items() if not dtype.is_nested()},
            "kind": KIND,
            "_wall": pl.Datetime("us"),
            "_offset": pl.Duration("us"),
            "_day": pl.Datetime("us"),
        },
    )
    return _with_times(frame)


def _with_times(frame: pl.DataFrame) -> pl.DataFrame:
    """Give notices the time of the message before, else of the one behind, of the same day.

    Where a day has only notices, it is its beginning.
    """
    notice = pl.col("kind") == "system"
    before, behind = pl.col("_wall").forward_fill(), pl.col("_wall").backward_fill()
    same = pl.col("_day").is_null() | (before.dt.truncate("1d") == pl.col("_day"))
    later = behind.dt.truncate("1d") == pl.col("_day")
    wall = pl.when(same.fill_null(False)).then(before).when(later).then(behind)
    frame = frame.with_columns(
        _wall=pl.when(notice).then(wall.otherwise("_day")).otherwise("_wall"),
        _offset=pl.when(notice)
        .then(pl.coalesce(pl.col("_offset").forward_fill(), pl.col("_offset").backward_fill()))
        .otherwise("_offset"),
    )
    exact = (pl.col("_wall") - pl.col("_offset")).dt.replace_time_zone("UTC").cast(INSTANT)
    return frame.with_columns(
        sent_at=exact, wall_at=pl.when(pl.col("_offset").is_null()).then("_wall")
    ).drop("_wall", "_offset", "_day")


PARSER = Parser(
    name="telegram-html",
    title="Telegram Desktop HTML",
    platform="telegram",
    sniff=sniff,
    parse=parse,
    carries=(
        "message-ids",
        "zone",
        "seconds",
        "replies",
        "mentions",
        "reactions",
        "joins",
        "leaves",
    ),
    obtain=(
        "Telegram Desktop: open the group, menu, Export chat history, format HTML.",
        "Telegram Desktop:打开群,菜单里选「导出聊天记录」,格式选 HTML。",
    ),
    owns=_owns,
)
