"""Console logs of QQ bots: go-cqhttp, and NapCat, whose lines lack the year.

QQ 机器人的控制台日志：go-cqhttp；NapCat（行内没有年份）。

Among start-up lines and errors stand messages and notices of several groups. go-cqhttp prints a
message whole, as a CQ string, with its id; what follows on further lines belongs to it. NapCat
prints only the first line of each piece of text and no ids of messages, and takes the year from the
name of its file. Private messages are chats of their own. A bot may have been down: a gap is not
silence.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from sqtool.errors import UsageError
from sqtool.export import Export
from sqtool.i18n import t
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
from sqtool.parsers._botlog import Read, read_gocq, read_napcat
from sqtool.parsers._qq_texts import with_kinds
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._undated import period_of_name, years_of
from sqtool.parsers._wechat import SELF
from sqtool.schema import KIND

_ESC: Final = r"\x1b\[[0-9;]*m"
_LEVEL: Final = rf"\[(?:{_ESC})*[A-Za-z]+(?:{_ESC})*\]"
_GOCQ_STAMP: Final = r"\[(?<date>\d{4}-\d\d-\d\d) (?<clock>\d\d:\d\d:\d\d)\] " + _LEVEL + ": "
_NAPCAT_STAMP: Final = (
    r"(?:(?<year>\d{4})-)?(?<day>\d\d-\d\d) (?<time>\d\d:\d\d:\d\d)(?:\.\d+)? " + _LEVEL + " "
)
_HEADER: Final = rf"^(?:{_ESC})*(?:{_GOCQ_STAMP}|{_NAPCAT_STAMP})"
_GOCQ = re.compile(
    rf"^(?:{_ESC})*{_GOCQ_STAMP.replace('(?<', '(?P<')}"
    r"(?:收到群 .*\(\d+\) 内 .*\(\d+\) 的消息: |收到好友 .*\(\d+\) 的消息: |群 .*\(\d+\) 内 )",
    re.MULTILINE,
)
_NAPCAT = re.compile(
    rf"^(?:{_ESC})*{_NAPCAT_STAMP.replace('(?<', '(?P<')}"
    r".*?(?:接收 <-|发送 ->) (?:群聊|私聊|临时消息) ",
    re.MULTILINE,
)
_LOGGED_IN = re.compile(r"^登录成功 欢迎使用: (.*?)\s*$")
_CHAT: Final = {
    "chat": pl.String(), "title": pl.String(), "private": pl.Boolean(), "own": pl.Boolean()
}  # fmt: skip
_SCHEMA: Final = {name: RAW_MESSAGES.get(name, _CHAT.get(name)) for name in Read._fields}
_STAMPS: Final = ("date", "clock", "year", "day", "time")


def sniff(export: Export) -> Match:
    """Look for a line of either program that holds a message."""
    text = export.head_text
    if _GOCQ.search(text):
        return Match(Confidence.CERTAIN, "log lines of go-cqhttp (收到群 … 的消息)")
    if _NAPCAT.search(text):
        return Match(Confidence.CERTAIN, "log lines of NapCat (接收 <- 群聊)")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages and notices by chat; clock times.

    Raises:
        UsageError: If lines lack the year and the file name does not give it.
    """
    frames: list[pl.DataFrame] = []
    passed_over, name = 0, None
    for found in read_transcript(export, issues, _HEADER):
        said = found["content"].str.replace_all(_ESC, "").to_list()
        full = found["date"].is_not_null().to_list()
        read = [
            (read_gocq if dated else read_napcat)(line)
            for line, dated in zip(said, full, strict=True)
        ]
        known = pl.Series([one is not None for one in read], dtype=pl.Boolean)
        if name is None:
            name = next((m[1] for line in said if (m := _LOGGED_IN.match(line))), None)
        passed_over += found.height - int(known.sum())
        rows = pl.DataFrame([one for one in read if one is not None], schema=_SCHEMA, orient="row")
        frames.append(
            pl.concat([found.filter(known).select("line", *_STAMPS), rows], how="horizontal")
        )
    if passed_over:
        detail = f"{passed_over} log lines of the program itself: passed over"
        issues.add("not-chat-events", export.title, rows=0, detail=detail)
    rows = pl.concat(frames) if frames else pl.DataFrame()
    if not rows.height:
        return
    rows = _with_times(_with_kinds(rows, export, issues), export, issues)
    yield from _chats(rows, name)


def _with_kinds(rows: pl.DataFrame, export: Export, issues: IssueLog) -> pl.DataFrame:
    """Tell the kinds of NapCat's messages; go-cqhttp's CQ strings have told theirs."""
    bare = pl.col("kind").is_null()
    if cut := rows.filter(bare & pl.col("text").str.ends_with(" ...")).height:
        detail = f"{cut} messages of several lines: NapCat printed only the first line"
        issues.add("text-cut", export.title, rows=0, detail=detail)
    read = with_kinds(rows.filter(bare)).with_columns(pl.col("kind").cast(KIND))
    return pl.concat([rows.filter(~bare), read]).sort("line")


def _with_times(rows: pl.DataFrame, export: Export, issues: IssueLog) -> pl.DataFrame:
    no_year = pl.col("day").is_not_null() & pl.col("year").is_null()
    short = rows.filter(no_year)
    if short.height:
        period = period_of_name(export.stem)
        if period is None:
            what = t("the lines have no year, and the file name has none",
                     "行里没有年份,文件名里也没有")  # fmt: skip
            hint = t("rename the file like", "请把文件改名,例如") + " 2025-03-01.log"
            raise UsageError(what, where=export.title, hint=hint)
        parts = short.select(pl.col("day").str.split("-").list.to_struct(fields=["m", "d"]))
        parts = parts.unnest("day").cast(pl.Int32)
        years = years_of(parts["m"], parts["d"], period).cast(pl.String)
        filled = short.select("line").with_columns(_year=years)
        rows = rows.join(filled, on="line", how="left", maintain_order="left").with_columns(
            year=pl.coalesce("year", "_year")
        )
        detail = "year from the file name"
        issues.add("date-from-file-name", export.title, rows=0, detail=detail)
    stamp = pl.coalesce(
        pl.format("{} {}", "date", "clock"), pl.format("{}-{} {}", "year", "day", "time")
    )
    wall = stamp.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    return rows.with_columns(wall_at=wall)


def _chats(rows: pl.DataFrame, name: str | None) -> Iterator[RawBatch]:
    own = rows.filter("own")
    self_ids = own["sender_id"].drop_nulls().unique()
    self_id = self_ids[0] if len(self_ids) == 1 else None
    names = own["sender_name"].drop_nulls()
    self_name = name or (names[-1] if len(names) else None) or (SELF if own.height else None)
    rows = rows.with_columns(
        sender_name=pl.when("own")
        .then(pl.coalesce("sender_name", pl.lit(self_name)))
        .otherwise("sender_name"),
        sender_id=pl.when("own")
        .then(pl.coalesce("sender_id", pl.lit(self_id)))
        .otherwise("sender_id"),
    )
    for (key, private), mine in rows.group_by("chat", "private", maintain_order=True):
        titles = mine["title"].drop_nulls()
        title = titles.filter(titles != "")
        yield RawBatch(
            RawChat(
                key=f"private:{key}" if private else str(key),
                strong=True,
                platform="qq",
                name=title[-1] if len(title) else str(key),
                kind="private" if private else "group",
                self_id=self_id,
                self_name=self_name,
                has_replies=True,
                has_mentions=True,
            ),
            mine.select(name for name in RAW_MESSAGES if name in mine.columns),
        )


PARSER = Parser(
    name="qq-botlog",
    title="console log of go-cqhttp or NapCat",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "message-ids",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "leaves",
        "recalls",
    ),
    obtain=(
        "go-cqhttp or NapCat: the files in its logs folder; keep their names.",
        "go-cqhttp、NapCat:logs 文件夹里的日志文件,请保留原文件名。",
    ),
)
