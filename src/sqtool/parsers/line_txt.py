"""LINE chat history as text: phones and computers, in the languages of the app.

LINE 聊天记录文本:手机与电脑版,各种界面语言。

Clocks are local, to the minute, and the day is a line of its own. Phones set columns apart by tabs
and put quotes around a message of several lines; computers use single blanks, glue names to the
words of a notice and write no heading: there the names are learned from what returns, and the file
is marked with an issue. There are no ids, replies or reactions, and an account that is gone has a
name that several share.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._line_days import moment_of, with_days
from sqtool.parsers._line_words import (
    CLOCK,
    DATE,
    HINTS,
    KIND_BY_WORD,
    NOBODY,
    Names,
    notice_by,
    read_notice,
    title_of,
)
from sqtool.parsers._transcript import read_transcript
from sqtool.schema import EVENT, KIND

_DATE_LINE: Final = re.compile(rf"^{DATE}\s*$", re.MULTILINE)
_PHONE: Final = re.compile(rf"^{CLOCK}\t", re.MULTILINE)
_COMPUTER: Final = re.compile(rf"^{CLOCK} \S", re.MULTILINE)
_SPREAD: Final = re.compile(rf"^{CLOCK} {{2,}}\S", re.MULTILINE)
_PHONE_HEADER: Final = rf"^(?:(?P<date>{DATE})\s*$|(?P<clock>{CLOCK})\t(?:(?P<sender>[^\t\n]*)\t)?)"
_SPREAD_HEADER: Final = (
    rf"^(?:(?P<date>{DATE})\s*$|(?P<clock>{CLOCK})(?:\t| {{2,}})"
    r"(?:(?P<sender>[^\t\n]*?)(?:\t| {2,}))?)"
)
"""A phone's columns whose tabs somebody's editor turned into blanks."""
_COMPUTER_HEADER: Final = rf"^(?:(?P<date>{DATE})\s*$|(?P<clock>{CLOCK}) )"
_PLACEHOLDER: Final = r"^\[([^\[\]\n]{2,30})\]"
_BARE_TITLE: Final = re.compile(r"Chat history (?:with|in) \S")
"""What is left of the first line where ``[LINE]`` was cut off."""
_OF_GROUPS: Final = ("join", "invite", "leave", "removed")
_TITLED: Final = ("file", "location", "contact", "share")
_LONGEST_NOTICE: Final = 200


def sniff(export: Export) -> Match:
    """Look for LINE's first line, or for a day's line followed by lines of a clock and a tab."""
    text = export.head_text
    first = next((line for line in text.split("\n", 4)[:4] if line.strip()), "").strip()
    days, phone = len(_DATE_LINE.findall(text)), len(_PHONE.findall(text))
    phone += len(_SPREAD.findall(text))
    computer = len(_COMPUTER.findall(text))
    if first.startswith("[LINE]"):
        if days and phone + computer:
            return Match(Confidence.CERTAIN, "first line [LINE], days and clocks")
        return Match(Confidence.LIKELY, "first line [LINE]")
    if _BARE_TITLE.match(first) and days and phone + computer:
        return Match(Confidence.LIKELY, "a title of LINE's, days and clocks")
    if not _DATE_LINE.match(first):
        return NO_MATCH
    if phone:
        return Match(Confidence.LIKELY, f"a day's line, then {phone} of a clock and a tab")
    if computer:
        return Match(Confidence.LIKELY, f"a day's line, then {computer} of a clock and a blank")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat."""
    head = export.head_text
    tabs, spread = len(_PHONE.findall(head)), len(_SPREAD.findall(head))
    phone = tabs + spread >= len(_COMPUTER.findall(head))
    header = _COMPUTER_HEADER if not phone else _SPREAD_HEADER if spread > tabs else _PHONE_HEADER
    frames = list(read_transcript(export, issues, header, heading=True))
    if not frames:
        return
    lines = head.split("\n", 4)[:4]
    saved = next((moment for line in lines if (moment := moment_of(line))), None)
    rows = with_days(pl.concat(frames), export, saved, issues)
    rows = _from_phone(rows) if phone else _from_computer(rows, export, issues)
    rows = _with_kinds(rows, bare=not phone)
    yield RawBatch(_chat(export, lines, saved, rows), rows)


def _chat(export: Export, lines: list[str], saved: datetime | None, rows: pl.DataFrame) -> RawChat:
    lines = [f"[LINE] {line}" if _BARE_TITLE.match(line) else line for line in lines]
    titles = (title_of(line) for line in lines if line.startswith("[LINE]"))
    title, with_one = next(titles, None) or title_of(export.stem) or (export.stem, False)
    people = rows["sender_name"].drop_nulls().n_unique()
    notices = rows.filter(pl.col("kind") == "system")["text"].drop_nulls().unique()
    group = people > 2 or any(
        notice.event in _OF_GROUPS for text in notices if (notice := read_notice(text))
    )
    return RawChat(
        key=title,
        strong=False,
        platform="line",
        name=title,
        kind="group" if group else "private" if with_one else "unknown",
        exported_at=saved,
        has_mentions=True,
    )


# --- senders and notices -------------------------------------------------------------------------


def _from_phone(rows: pl.DataFrame) -> pl.DataFrame:
    """Read columns: who wrote, what; an empty sender is LINE itself."""
    several = pl.col("content").str.contains("\n", literal=True)
    quoted = several & pl.col("content").str.contains(r'(?s)^".*"$')
    inner = pl.col("content").str.slice(1).str.head(-1)
    # Some versions double the quotes inside, others leave them.
    doubled = ~inner.str.replace_all('""', "").str.contains('"', literal=True)
    inner = pl.when(doubled).then(inner.str.replace_all('""', '"')).otherwise(inner)
    rows = rows.with_columns(
        sender_name=pl.when(pl.col("sender").str.strip_chars() != "").then("sender"),
        text=pl.when(quoted).then(inner).otherwise("content"),
    ).with_columns(system=pl.col("sender_name").is_null(), event=pl.lit(None, EVENT))
    # Some versions put the person of a notice into the column of senders.
    maybe = rows.with_row_index("place").filter(
        ~pl.col("system"),
        pl.col("text").str.len_bytes() < _LONGEST_NOTICE,
        pl.col("text").str.contains_any(HINTS),
    )
    found = {
        place: notice.event
        for place, sender, text in maybe.select("place", "sender_name", "text").iter_rows()
        if (notice := notice_by(sender.strip(), text)) is not None
    }
    if not found:
        return rows
    at = pl.int_range(pl.len(), dtype=pl.UInt32)
    event = at.replace_strict(found, default=None, return_dtype=EVENT)
    return rows.with_columns(event=event, system=pl.col("system") | event.is_not_null())


def _from_computer(rows: pl.DataFrame, export: Export, issues: IssueLog) -> pl.DataFrame:
    """Split lines into names and texts, as far as the file itself teaches its names."""
    said = rows["content"].to_list()
    first_lines = [text.split("\n", 1)[0] for text in said]
    names = Names(first_lines)
    hinted = rows["content"].str.contains_any(HINTS)
    system = [
        text.startswith("☎") or (hint and names.notice(text) is not None)
        for text, hint in zip(said, hinted, strict=True)
    ]
    senders, texts = names.split(said)
    if not all(system):
        detail = "names and texts are not set apart: names are learned from what returns"
        issues.add("names-guessed", export.title, rows=0, detail=detail)
    read = pl.DataFrame(
        {"sender_name": senders, "split": texts, "system": system},
        schema={"sender_name": pl.String, "split": pl.String, "system": pl.Boolean},
    )
    return rows.hstack(read).with_columns(
        sender_name=pl.when(~pl.col("system")).then("sender_name"),
        text=pl.when("system").then("content").otherwise("split"),
        event=pl.lit(None, EVENT),
    )


# --- kinds ---------------------------------------------------------------------------------------


def _with_kinds(rows: pl.DataFrame, *, bare: bool) -> pl.DataFrame:
    """Tell placeholders from texts.

    Args:
        rows: sender_name, text, system, event (of notices whose person is the sender).
        bare: Whether placeholders may come without brackets.
    """
    text, system = pl.col("text"), pl.col("system")
    word = text.str.extract(_PLACEHOLDER)
    rest = text.str.replace(_PLACEHOLDER, "").str.strip_chars()
    by_word = word.replace_strict(KIND_BY_WORD, default=None, return_dtype=pl.String)
    kind: pl.Expr = pl.when((rest == "") | by_word.is_in(_TITLED)).then(by_word)
    if bare:
        by_text = text.replace_strict(KIND_BY_WORD, default=None, return_dtype=pl.String)
        kind = pl.coalesce(kind, by_text)
    emoji = text == "(emoji)"
    kind = (
        pl.when(text.str.starts_with("☎"))
        .then(pl.lit("call"))
        .when(system)
        .then(pl.lit("system"))
        .when(emoji)
        .then(pl.lit("sticker"))
        .when(text.str.strip_chars() == "")
        .then(pl.lit("other"))
        .otherwise(kind)
        .fill_null("text")
    )
    gone = pl.col("sender_name").str.strip_chars().is_in(list(NOBODY))
    event = pl.when(kind == "system").then("event")
    own = pl.concat_list(pl.col("sender_name").str.strip_chars())
    goes = event.cast(pl.String).is_in(["join", "leave"])
    kept = (
        pl.when(kind.is_in(["text", "system"]))
        .then(text)
        .when(kind.is_in(_TITLED) & word.is_not_null())
        .then(rest)
    )
    return rows.select(
        "line",
        "wall_at",
        kind=kind.cast(KIND),
        text=pl.when(kept != "").then(kept),
        sender_name=pl.when((kind != "system") & ~gone).then("sender_name"),
        event=event,
        actor_name=pl.when(event.is_not_null() & ~goes).then("sender_name"),
        target_names=pl.when(goes).then(own),
    )


PARSER = Parser(
    name="line-txt",
    title="LINE text",
    platform="line",
    sniff=sniff,
    parse=parse,
    carries=("mentions", "joins", "leaves", "recalls"),
    obtain=(
        "LINE: chat menu, Settings, Export chat history (phone) or Save chat (computer).",
        "LINE:聊天选单 → 设定 → 传送聊天记录(手机),或 储存聊天(电脑)。",
    ),
)
