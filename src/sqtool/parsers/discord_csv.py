"""Discord, saved by DiscordChatExporter as CSV, with the old and the new header.

DiscordChatExporter 导出的 Discord 频道 CSV（新旧表头均可）。

There are no message ids (those of some later builds are passed over: the format does not promise
them), no record types and no replies. The channel's id is only in the file name. New files print
the time with its offset; before 2020 it is a clock without zone, to the minute, and the separator
is ``;``, with one more at the end of each line. Notices are English sentences that anybody could
have typed: only a field that is exactly one of them, with nothing attached, is read as a notice.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._discord import CALL_TEXT, acts_on_self, service_event, service_target
from sqtool.parsers._file_kinds import kind_by_name
from sqtool.schema import INSTANT, KIND

_NAMES: Final = ("Author", "Date", "Content", "Attachments")
_BEFORE: Final = ("", "Unnamed: 0", "MessageID")
"""Columns that may stand before: the row index of a data frame, the ids of some later builds."""
_CHANNEL: Final = re.compile(r"^(.*?) ?\[(\d{15,20})\]")
_REACTION: Final = r"\((\d{1,9})\)(?:,|$)"
_OFFSET: Final = r"(?:Z|[+-]\d\d:\d\d)$"
_AM_PM: Final = r"[AP]M$"
_MONTH_NAME: Final = ("%d-%b-%y %I:%M %p", "%d-%b-%Y %I:%M %p", "%d-%b-%y %H:%M")
_PLAIN: Final = (
    # What the languages of the exporter do to a date, undone.
    (r"[\u00a0\u2009\u202f]", " "),
    (r"(?i)上午|午前|오전|a\. ?m\.", "AM"),
    (r"(?i)下午|午後|오후|p\. ?m\.", "PM"),
    (r" ([AP]M) ?([\d:]+)$", " $2 $1"),
    (r" (\d{1,2})\.(\d\d)$", " $1:$2"),
    (r"^(\d{4})[-/.] ?(\d{1,2})[-/.] ?(\d{1,2})\.? ", "$1-$2-$3 "),
    (r"^(\d{1,2})[-.] ?(\d{1,2})[-.] ?(\d{4}) ", "$1/$2/$3 "),
)
_CLOCKS: Final = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")


def sniff(export: Export) -> Match:
    """Recognise the header by its names, in their order."""
    names = read_header(export).names
    while names[:1] and names[0] in _BEFORE:
        names = names[1:]
    if names[:4] == _NAMES or (names[:1] == ("AuthorID",) and names[1:5] == _NAMES):
        return Match(Confidence.CERTAIN, "CSV header Author, Date, Content, Attachments")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one channel.

    Raises:
        UnreadableError: If the header is another one.
    """
    header = read_header(export)
    if not set(header.names) >= set(_NAMES):
        raise UnreadableError(
            t("no DiscordChatExporter CSV header", "没有 DiscordChatExporter 的 CSV 表头"),
            where=export.title,
        )
    found = _CHANNEL.match(export.stem)
    name = (found[1] if found else "") or export.stem
    chat = RawChat(
        key=found[2] if found else name,
        strong=found is not None,
        platform="discord",
        name=name,
        kind="unknown" if name.startswith("Direct Messages") else "group",
    )
    order = export.date_order
    for frame in read_rows(export, issues, header):
        if "AuthorID" not in frame.columns:
            frame = frame.with_columns(AuthorID=pl.lit(None, pl.String))
        frame = frame.with_columns(Date=_plain(pl.col("Date")))
        order = order or _order_of(frame["Date"])
        yield RawBatch(chat, _read(frame, order))


def _plain(date: pl.Expr) -> pl.Expr:
    date = date.str.strip_chars()
    for pattern, written in _PLAIN:
        date = date.str.replace_all(pattern, written)
    return date


def _order_of(dates: pl.Series) -> str | None:
    """Return whether 3/12/2019 begins with the day or the month; None if nothing tells."""
    parts = dates.str.extract_groups(r"^(\d{1,2})/(\d{1,2})/\d{4} ").struct.unnest()
    first, second = (parts.to_series(n).cast(pl.Int32) for n in range(2))
    if (first > 12).any():
        return "dmy"
    if (second > 12).any() or dates.str.contains(_AM_PM).any():
        return "mdy"  # in capitals behind such a date only Americans write them
    return None


def _read(rows: pl.DataFrame, order: str | None) -> pl.DataFrame:
    date = pl.col("Date")
    exact = date.str.contains(_OFFSET)
    days = "%m/%d/%Y" if order == "mdy" else "%d/%m/%Y"
    numbers = (f"{day} {clock}" for day in ("%Y-%m-%d", days) for clock in _CLOCKS)
    layouts = (*_MONTH_NAME, *numbers)
    wall = pl.coalesce(
        date.str.to_datetime(layout, time_unit="us", strict=False) for layout in layouts
    )
    text = pl.when(pl.col("Content") != "").then("Content")
    files = pl.when(pl.col("Attachments") != "").then("Attachments")
    rows = rows.select(
        "line",
        sent_at=pl.when(exact)
        .then(date.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False))
        .cast(INSTANT),
        wall_at=pl.when(~exact).then(wall),
        text=text,
        _id=pl.when(pl.col("AuthorID").str.contains(r"^\d+$")).then("AuthorID"),
        _name=pl.when(pl.col("Author") != "").then("Author"),
        # Addresses are joined by commas, which they may hold themselves: the first one tells.
        _file=files.str.extract(r"^(.*?)(?:,https?://|$)").str.extract(r"([^/]*)$"),
        _call=text.str.contains(CALL_TEXT) & files.is_null(),
        event=pl.when(files.is_null()).then(service_event(text)),
        reactions=_reactions(pl.col("Reactions") if "Reactions" in rows.columns else None),
    )
    return _with_kinds(rows)


def _reactions(shown: pl.Expr | None) -> pl.Expr:
    """Add up ``👍 (2),🎉 (1)``; null where the file has no such column."""
    if shown is None:
        return pl.lit(None, pl.UInt32)
    counts = shown.fill_null("").str.extract_all(_REACTION)
    numbers = counts.list.eval(pl.element().str.extract(r"(\d+)").cast(pl.UInt32))
    return numbers.list.sum().cast(pl.UInt32)


def _with_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    system = pl.col("event").is_not_null()
    kind = (
        pl.when(system)
        .then(pl.lit("system"))
        .when("_call")
        .then(pl.lit("call"))
        .when(pl.col("text").is_not_null())
        .then(pl.lit("text"))
        .when(pl.col("_file").is_not_null())
        .then(kind_by_name(pl.col("_file")))
        .otherwise(pl.lit("other"))  # embeds are not saved: what bots say is often empty
    )
    own, named = acts_on_self(pl.col("event")), service_target(pl.col("text"))
    return rows.select(
        "line",
        "sent_at",
        "wall_at",
        "event",
        "reactions",
        kind=kind.cast(KIND),
        text=pl.when(kind == "file")
        .then(pl.col("_file").str.replace(r"[?#].*$", ""))
        .when(kind != "call")
        .then("text"),
        sender_id=pl.when(~system).then("_id"),
        sender_name=pl.when(~system).then("_name"),
        actor_id=pl.when(system & ~own).then("_id"),
        actor_name=pl.when(system & ~own).then("_name"),
        target_ids=pl.when(own).then(pl.concat_list("_id")),
        target_names=pl.when(own)
        .then(pl.concat_list("_name"))
        .when(system & named.is_not_null())
        .then(pl.concat_list(named)),
    )


PARSER = Parser(
    name="discord-csv",
    title="DiscordChatExporter CSV",
    platform="discord",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "zone", "seconds", "reactions", "joins", "leaves"),
    obtain=(
        "DiscordChatExporter: export the channel as CSV (JSON tells more).",
        "DiscordChatExporter:导出频道,格式选 CSV(JSON 信息更全)。",
    ),
)
