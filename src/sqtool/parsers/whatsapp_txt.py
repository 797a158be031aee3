"""WhatsApp: a chat exported as text on Android or on an iPhone.

手机 WhatsApp 导出的聊天文本(安卓、iPhone,或含 _chat.txt 的压缩包)。

Dates and clocks are written as the phone's region does, in local time without a zone; which number
is the day is found out from the whole file. People are the names of the exporting user's address
book, or numbers. Notices have no sender on Android; on an iPhone they have one and begin with an
invisible mark. There are no ids of messages, no replies and no reactions; who leaves is told to the
admins only, so leaves are few.
"""

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
    RawChat,
)
from sqtool.parsers._notices import read_notices
from sqtool.parsers._whatsapp_clock_first import date_first
from sqtool.parsers._whatsapp_headers import heads_in, usual_style
from sqtool.parsers._whatsapp_media import ATTACHED, MEDIA_OMITTED
from sqtool.parsers._whatsapp_rows import Log
from sqtool.parsers._whatsapp_words import EDITED, ENCRYPTED, TITLES

_MARK_BEHIND: Final = re.compile(r"^\u200e?\[[^\]\n]*\] [^\n:]*: \u200e", re.MULTILINE)
_SURE: Final = (*MEDIA_OMITTED, *(f"({word})" for word in ATTACHED), *(f"<{w}>" for w in EDITED))
_TITLE: Final = re.compile(
    "|".join(re.escape(start) for start in (*TITLES, *(t.replace(" ", "_") for t in TITLES)))
)
_CHINESE_TITLE: Final = re.compile(r"[与與](.+)的[ _]?WhatsApp[ _]?(?:聊天|對話|对话)")
_COPY: Final = re.compile(r"[ _]?\(\d{1,2}\)$")
_ANYWHERE: Final = {"other", "recall", "pinned"}
"""Events that a talk of two knows, too."""
_CREATED: Final = re.compile(
    r"(?:created (?:the )?group|hat die Gruppe|creó el grupo|Creaste el grupo|criou o grupo"
    r"|a créé le groupe|ha creato il gruppo|heeft de groep|создал\S* группу|创建了(?:此)?群组"
    r"|建立了(?:此)?群組|יצר(?:[/.]ה|ת)? את הקבוצה)\s*[\"'“„«「‘](.+?)[\"'”“»」’]"
)


def sniff(export: Export) -> Match:
    """Look for record headers, and for WhatsApp's own sentences behind them."""
    text = export.head_text
    if export.suffix in (".json", ".html", ".csv", ".xlsx"):
        return NO_MATCH
    text = date_first(text)
    style = usual_style(text)
    if style is None:
        return NO_MATCH
    lines = [line for line, head in heads_in(text) if head.style == style]
    said = [line for line in lines if ": " in line[12:]]
    if not said and not any(piece in text for piece in ENCRYPTED):
        return NO_MATCH
    lower = text.lower()
    if any(piece in text for piece in ENCRYPTED) or any(word in lower for word in _SURE):
        return Match(Confidence.CERTAIN, f"{len(lines)} dated lines and a sentence of WhatsApp's")
    if _MARK_BEHIND.search(text) or _titled(export) is not None or export.name == "_chat.txt":
        return Match(Confidence.CERTAIN, f"{len(lines)} dated lines and WhatsApp's marks or name")
    if len(said) < 2 or len(said) < len(lines) / 2:
        return NO_MATCH
    if style.end.startswith(":") or (style.year == 0 and style.first == "-"):
        # Other programs write that, too.
        return Match(Confidence.WEAK, f"{len(lines)} lines with date, clock and a name")
    return Match(Confidence.LIKELY, f"{len(lines)} lines with date, clock and a name")


def _titled(export: Export) -> str | None:
    """Return the name of the chat that the name of the file, archive or folder holds."""
    names = [export.stem, export.path.stem, export.folder]
    for name in names:
        start = _TITLE.match(name)
        chinese = _CHINESE_TITLE.fullmatch(_COPY.sub("", name))
        found = name[start.end() :] if start else chinese[1] if chinese else ""
        found = _COPY.sub("", found)
        if found:
            spaced = "_" in (start.group() if start else "")
            return found.replace("_", " ").strip() if spaced else found.strip()
    return None


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, once the order of the dates is known."""
    log = Log(export, issues)
    chat: RawChat | None = None
    for frame in log.frames():
        chat = chat or _chat(export, log)
        yield RawBatch(chat, frame)
    if chat is not None:
        facts = replace(chat, kind=_kind(chat.name, log), self_name=log.self_name)
        yield RawBatch(facts, pl.DataFrame(schema=RAW_MESSAGES))


def _chat(export: Export, log: Log) -> RawChat:
    """Name the chat: by its file, else by its first notices, else by its folder."""
    created = (_CREATED.search(text) for text in log.first_notices)
    title = (
        _titled(export)
        or next((found[1] for found in created if found), None)
        or log.encrypted_by
        or (export.folder if export.name == "_chat.txt" else export.stem)
    )
    return RawChat(
        key=title, strong=False, platform="whatsapp", name=title, kind="unknown", has_mentions=True
    )


def _kind(title: str, log: Log) -> str:
    """Tell a group from a talk of two: the file does not say, its notices and people do."""
    events = read_notices(pl.Series(log.first_notices, dtype=pl.String))["event"]
    if set(events.cast(pl.String)) - _ANYWHERE or len(log.speakers) > 2:
        return "group"
    if title in log.speakers or log.encrypted_by in log.speakers:
        return "private"
    return "group" if log.encrypted_by else "unknown"


PARSER = Parser(
    name="whatsapp-txt",
    title="WhatsApp text export",
    platform="whatsapp",
    sniff=sniff,
    parse=parse,
    carries=("ids", "seconds", "mentions", "joins", "leaves", "recalls"),
    obtain=(
        "WhatsApp on the phone: open the group, its name, Export chat, without media.",
        "手机 WhatsApp:打开群,点群名,选「导出聊天」,不含媒体。",
    ),
)
