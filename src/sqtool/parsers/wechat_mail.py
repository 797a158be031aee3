r"""WeChat's own way out: selected messages sent as mail (Android, iOS), saved as text.

微信自带的「邮件」转发:多选聊天记录发到邮箱后另存的文本。

The first line says ``<group> 微信群上的聊天记录如下``. Days stand between em dashes; a record
is ``name``, two blanks, ``HH:MM``, and the text below, set apart by empty lines. There are no ids,
no notices and no seconds. A mail holds about a hundred messages: files may have several after one
another, of several chats.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._undated import period_of_name
from sqtool.parsers._wechat_text import (
    TextChat,
    forward_filled,
    heads_of,
    read_texts,
    timed,
    wechat_chat,
)

_DAY = r"[—─]{3,}\s*(?P<day>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2})日?\s*[—─]{3,}"
_GROUP = r"(?P<group>.*?)\s?微信群上的聊天记录如下.{0,8}"
_QUOTED_GROUP = r"微信群[\"“](?P<quoted>.*)[\"”]的聊天记录如下.{0,8}"
_PRIVATE = r"(?P<private>.+? 和 .+) 在微信上的聊天记录如下.{0,8}"
_INTRO = rf"(?:{_QUOTED_GROUP}|{_PRIVATE}|{_GROUP})"
_RECORD = r"(?P<who>\S.*?)(?P<gap>[ \u00a0]{2})(?P<at>\d{1,2}:\d\d)"
_COPIED = r"(?P<who>\S.*?)(?P<gap>[ \u00a0]{1,2})(?P<at>\d{1,2}:\d\d)"
"""A record of a mail copied from a page, where two blanks are shown as one."""
_NAMES = ("group", "quoted", "private")


def sniff(export: Export) -> Match:
    """Look for the sentence of the first line, else for days between dashes over names."""
    heads = heads_of(export, _header(_record(export))).found
    intro = any(head[name] for head in heads for name in _NAMES)
    days = sum(head["day"] is not None for head in heads)
    records = sum(head["who"] is not None for head in heads)
    if intro and records:
        return Match(Confidence.CERTAIN, "first line says 聊天记录如下, as WeChat's mails do")
    if days and records and heads[0]["day"] is not None:
        return Match(Confidence.LIKELY, f"{days} days between em dashes over names and times")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records by chat, in file order; clock times to the minute."""
    # Only lines of a name and a time say whether empty lines still stand above them.
    record = _record(export)
    apart = record == _COPIED or heads_of(export, _alone(record)).stand_apart
    frames = read_transcript(export, issues, _header(record), heading=True)
    period = period_of_name(export.stem)
    day = str(period[0]) if period and period[0] == period[1] else None
    chats: dict[str, TextChat] = {}
    for frame in forward_filled(_named(_joined(frames, apart)), ("chat", "day")):
        above = pl.when(pl.col("day") != "").then("day").otherwise(pl.lit(day, pl.String))
        records = frame.filter(pl.col("who").is_not_null()).with_columns(
            at=pl.concat_str(above.str.replace_all("[年月./]", "-"), "at", separator=" "),
            chat=pl.col("chat").fill_null(""),
        )
        rows = timed(records, export, issues)
        for (title,), mine in rows.group_by("chat", maintain_order=True):
            key = str(title)
            if key not in chats:
                chats[key] = _chat(export, key)
            yield chats[key].batch(read_texts(_read(mine)))


def _alone(record: str) -> str:
    return rf"^{record}[ \t]*$"


def _header(record: str) -> str:
    return rf"^(?:{_DAY}|{_INTRO}|{record})[ \t]*$"


def _record(export: Export) -> str:
    """Return the pattern of the lines of a name and a time."""
    if heads_of(export, _alone(_RECORD)).found:
        return _RECORD
    return _COPIED if heads_of(export, _alone(_COPIED)).apart else _RECORD


def _joined(frames: Iterator[pl.DataFrame], apart: bool) -> Iterator[pl.DataFrame]:
    """Put lines that only look like headers back into the message they stand in."""
    for frame in frames:
        # Right below a heading a record needs no empty line.
        below = pl.col("who").shift(1).is_null()
        said = pl.col("who").is_not_null() & ~pl.col("apart") & ~below
        if not apart or not frame.select(said.any()).item():
            yield frame
            continue
        line = pl.format("{}{}{}\n{}", "who", "gap", "at", "content")
        begins = (~said).cast(pl.UInt32).cum_sum().alias("_record")
        glued = (
            frame.with_columns(begins, content=pl.when(said).then(line).otherwise("content"))
            .group_by("_record", maintain_order=True)
            .agg(pl.exclude("content").first(), pl.col("content").str.join("\n"))
        )
        yield glued.select(frame.columns)


def _named(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Add ``chat``: the title a mail begins with; a new mail has its own days."""
    for frame in frames:
        title = pl.coalesce(
            pl.col("group").fill_null(pl.col("quoted")),
            pl.format("{}{}", pl.lit(_TWO), pl.col("private")),
        )
        yield frame.with_columns(
            chat=title, day=pl.when(title.is_not_null()).then(pl.lit("")).otherwise("day")
        )


_TWO = "\0"
"""Marks the title of a private chat on its way to ``_chat``."""


def _chat(export: Export, title: str) -> TextChat:
    kind = "private" if title.startswith(_TWO) else "group" if title else "unknown"
    name = title.removeprefix(_TWO).strip()
    facts = replace(wechat_chat(key=name, name=name, kind=kind), has_replies=False)
    return TextChat.of(export, facts)


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "line",
        "wall_at",
        sender_name=pl.col("who"),
        content=pl.col("content").str.strip_chars("\n"),
        system=pl.lit(False),
    )


PARSER = Parser(
    name="wechat-mail",
    title="WeChat messages sent as mail",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("mentions",),
    obtain=(
        "WeChat on a phone: select messages, forward them as mail, save the mail as text.",
        "手机微信:多选消息,转发到邮箱,把邮件存成文本。",
    ),
)
