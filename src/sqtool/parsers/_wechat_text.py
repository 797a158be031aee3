"""What the text exports of WeChat share: headers in the head, clocks, the last steps to a batch."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MESSAGES, RawBatch, RawChat
from sqtool.parsers._notices import read_notices
from sqtool.parsers._undated import without_dates
from sqtool.parsers._wechat import (
    QUOTED_NOTICE,
    Company,
    chat_of_path,
    clean_notices,
    from_clock,
    oldest_first,
    talker_kind,
    with_mentions,
)
from sqtool.parsers._wechat_marks import read_marks
from sqtool.schema import KIND

AT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_QQ_ID = re.compile(r"\(\d{5,11}\)[ \t]*$|[<(][^<>()\s]+@[^<>()\s]+[>)][ \t]*$")
_USUALLY = 0.8


class Heads(NamedTuple):
    """The header lines that the head of a file shows.

    Args:
        found: Their matches.
        apart: How many are the first line or stand behind an empty one.
        begins: Whether the first line that is not blank is one.
    """

    found: list[re.Match[str]]
    apart: int
    begins: bool

    @property
    def stand_apart(self) -> bool:
        """Most headers stand behind empty lines: the others are part of messages."""
        return self.apart >= _USUALLY * len(self.found)


def heads_of(export: Export, header: str) -> Heads:
    """Find the lines of a file's head that fit a header (a pattern that Python reads as well)."""
    lines = export.head_text.replace("\r\n", "\n").split("\n")
    pattern = re.compile(header)
    found = [(match, n == 0 or not lines[n - 1]) for n, line in enumerate(lines)
             if (match := pattern.search(line))]  # fmt: skip
    first = next((line for line in lines if line.strip()), "")
    return Heads(
        [match for match, _ in found],
        sum(apart for _, apart in found),
        bool(pattern.search(first)),
    )


def first_lines(export: Export, count: int) -> list[str]:
    """Return the first lines of a file that are not blank."""
    lines = (line.strip() for line in export.head_text.split("\n"))
    return [line for line in lines if line][:count]


def is_qq(who: str | None) -> bool:
    """The name ends in a QQ number or an e-mail in brackets."""
    return bool(who and _QQ_ID.search(who))


def timed(rows: pl.DataFrame, export: Export, issues: IssueLog) -> pl.DataFrame:
    """Turn ``at`` (a printed clock) into ``wall_at``; records without a sound one become issues."""
    rows = rows.with_columns(wall_at=from_clock(rows["at"])).drop("at")
    for line in rows.filter(pl.col("wall_at").is_null())["line"]:
        issues.add("bad-timestamp", export.title, line, detail="no such time, or none given")
    return rows.filter(pl.col("wall_at").is_not_null())


def half_day_clock(at: pl.Expr) -> pl.Expr:
    """Bring ``2026年3月5日 8:15 PM`` and ``2026/3/5 下午8:15`` to the shape ``timed`` reads."""
    parts = at.str.extract_groups(
        r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日? ?(上午|下午|凌晨|早上|中午|晚上)? ?"
        r"(\d{1,2}):(\d\d)(?: ?([AaPp])\.?[Mm]\.?)?$"
    ).struct
    hour = parts[4].cast(pl.Int32, strict=False)
    late = parts[3].is_in(["下午", "晚上"]) | parts[6].str.to_uppercase().eq("P")
    early = parts[3].is_in(["上午", "凌晨", "早上"]) | parts[6].str.to_uppercase().eq("A")
    noon = (parts[3] == "中午") & hour.is_between(1, 2)
    hour = (
        pl.when((late.fill_null(False) & (hour < 12)) | noon.fill_null(False))
        .then(hour + 12)
        .when(early.fill_null(False) & (hour == 12))
        .then(0)
        .otherwise(hour)
    )
    return pl.format("{}-{}-{} {}:{}:00", parts[0], parts[1], parts[2], hour, parts[5])


def read_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring records into ``RAW_MESSAGES`` columns: notices, marks, mentions.

    Args:
        rows: ``line``, ``wall_at``, ``sender_name``, ``content``, ``system`` (Boolean), and where
            known ``sender_id``, ``quoted_sender``, ``quoted_text`` (the content is then only the
            reply), ``_kind`` (String) and ``_said`` (a title, a file name: the text of a record
            whose kind is known and not ``text``).

    Returns:
        The messages; a notice has no sender, whatever the header said.
    """
    null = pl.lit(None, pl.String)
    wanted = ("_kind", "_said", "sender_id", "quoted_sender", "quoted_text")
    rows = rows.with_columns(null.alias(name) for name in wanted if name not in rows.columns)
    notice = pl.col("system") | pl.col("content").str.contains(QUOTED_NOTICE)
    notice = notice & pl.col("quoted_sender").is_null()
    rows = rows.with_columns(_kind=pl.when(notice).then(pl.lit("system")).otherwise("_kind"))
    rows = read_marks(rows)
    system = pl.col("_kind") == "system"
    bare = pl.col("content").str.strip_chars() == ""
    nothing = pl.col("_kind").is_null() & bare & pl.col("quoted_sender").is_null()
    kind = pl.when(nothing).then(pl.lit("other")).otherwise(pl.col("_kind").fill_null("text"))
    rows = rows.with_columns(
        kind=kind.cast(KIND),
        text=pl.when(system | (kind == "text"))
        .then("content")
        .otherwise(pl.coalesce("_said", "_text")),
        quoted_text=pl.coalesce("quoted_text", "_forwarded"),
        sender_id=pl.when(~system.fill_null(False)).then("sender_id"),
        sender_name=pl.when(~system.fill_null(False)).then("sender_name"),
    )
    rows = rows.with_columns(
        text=pl.when(system).then(clean_notices(rows["text"])).otherwise("text")
    )
    empty = ("text", "quoted_text", "quoted_sender", "sender_name", "sender_id")
    rows = rows.with_columns(pl.when(pl.col(name) != "").then(name).alias(name) for name in empty)
    rows = with_mentions(rows)
    return rows.select(name for name in RAW_MESSAGES if name in rows.columns)


def without_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the notices by names alone, for formats that print ids in notices and nowhere else.

    The id would stand for a second person beside the sender of that name.

    Args:
        rows: Messages.
    """
    system = pl.col("kind") == "system"
    if not rows.select(
        (system & pl.col("text").str.contains(r"\((?:wxid_|[A-Za-z])")).any()
    ).item():
        return rows
    read = read_notices(rows.select(pl.when(system).then("text")).to_series())
    named = pl.coalesce("actor_name", "actor_id")
    return rows.with_columns(
        event=pl.when(system).then(read["event"]),
        actor_name=read.select(named).to_series(),
        target_names=read["target_names"],
    )


@dataclass
class TextChat:
    """The one chat of a text file, and what is learnt about it while its records pass by."""

    chat: RawChat
    company: Company

    @classmethod
    def of(cls, export: Export, chat: RawChat, *, own_known: bool = False) -> "TextChat":
        """Begin a chat; what ``chat`` leaves empty (key, name) is taken from the path."""
        room, title = chat_of_path(export)
        name = chat.name or without_dates(title) or export.stem
        key = chat.key or room or name
        strong = chat.strong or (not chat.key and room is not None)
        kind = chat.kind
        if kind == "unknown" and strong:
            kind = talker_kind(key)
        chat = replace(chat, key=key, strong=strong, name=name, kind=kind)
        return cls(chat, Company({name}, own_known=own_known))

    def batch(self, messages: pl.DataFrame) -> RawBatch:
        """Return the batch of some more messages."""
        own = pl.lit(False)
        if self.chat.self_name is not None:
            own = pl.col("sender_name") == self.chat.self_name
        elif self.chat.self_id is not None:
            own = pl.col("sender_id") == self.chat.self_id
        self.company.add(messages, own)
        kind = self.chat.kind if self.chat.kind != "unknown" else self.company.kind
        return RawBatch(replace(self.chat, kind=kind), oldest_first(messages))


def wechat_chat(
    *, key: str = "", strong: bool = False, name: str = "", kind: str = "unknown"
) -> RawChat:
    """Return the facts of a WeChat chat; empty ones are found out by ``TextChat.of``."""
    return RawChat(
        key=key,
        strong=strong,
        platform="wechat",
        name=name,
        kind=kind,
        has_replies=True,
        has_mentions=True,
    )


def forward_filled(
    frames: Iterator[pl.DataFrame], columns: tuple[str, ...]
) -> Iterator[pl.DataFrame]:
    """Let values of heading lines stand for all records below them, from block to block."""
    last: dict[str, str | None] = dict.fromkeys(columns)
    for frame in frames:
        filled = frame.with_columns(
            pl.col(name).forward_fill().fill_null(pl.lit(last[name], pl.String)) for name in columns
        )
        if filled.height:
            last = {name: filled[name][-1] for name in columns}
        yield filled
