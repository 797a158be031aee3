"""chatlog (WeChat): plain text of its API and web page, saved as a file.

chatlog(微信)的纯文本聊天记录（接口或网页另存为文件）。

A record is a header ``name(id) TIME``, the content, a blank line. The time depends on the query:
within a day ``HH:MM:SS``, within a year ``MM-DD HH:MM:SS``, else with the year; what is missing is
taken from the file name. Own rows are headed ``name(我)`` or ``我``; so are recalls by others.
"""

import re
from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from sqtool.errors import UnreadableError, UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._chatlog import check_senders, read_contents
from sqtool.parsers._csv import read_header
from sqtool.parsers._undated import period_of_name, without_dates, years_of
from sqtool.parsers._wechat import (
    ID_SHAPE,
    SELF,
    SYSTEM_SENDER,
    Company,
    chat_of_path,
    oldest_first,
    talker_kind,
)
from sqtool.slices import strings

_TIME = r"(?:(?:(\d{4})-)?(\d\d)-(\d\d) )?([01]\d|2[0-3]):([0-5]\d):([0-5]\d)"
# A name may begin with a blank; two stand before the lines of forwarded messages.
_HEADER = rf"^(?:|( ?[^ ].*?)) {_TIME}$"
_PARTS = ("who", "year", "month", "day", "hour", "minute", "second")
_NAME_ID = r"^(.*)\(([^()]*)\)$"
_LABEL = r"^(.*) \[(?:(.*)\()?(\d+@[a-z.]*chatroom)\)?\]$"
_ID = rf"(?:{ID_SHAPE[1:-1]}|{SELF})"
_BRACKETED = rf"^.*\({_ID}\)(?: \[.*\])?$"
_ROOM = r" \[(?:.*\()?\d+@[a-z.]*chatroom\)?\]"
_BARE_ID = r"(?:wxid_|gh_)[-_A-Za-z0-9]+"
_KNOWN = rf"^(?:.*\({_ID}?\)(?: \[.*\])?|{SELF}|{SYSTEM_SENDER}|{_BARE_ID}|{_ROOM})$"
_UNMISTAKABLE = re.compile(
    rf"^(?:.*\((?:wxid_[-_A-Za-z0-9]+|gh_\w+|{SELF})\)(?: \[.*\])?|{SELF}|{SYSTEM_SENDER})$"
)
_COLON = 0x3A
_NEVER = 10**14  # later than every time, as a number of 14 digits
_USUALLY = 0.8
_SOME = 0.1


def sniff(export: Export) -> Match:
    """Look for lines ``name(id) TIME``; without any id, for names and times behind blank lines."""
    lines = export.head_text.replace("\r\n", "\n").split("\n")
    header = re.compile(_HEADER)
    found = [
        (match[1] or "", number == 0 or not lines[number - 1])
        for number, line in enumerate(lines)
        if (match := header.match(line)) and not line.startswith("> ")
        if not (match[1] or "")[:1].isspace() or re.match(_KNOWN, match[1])
    ]
    first = next((line for line in lines if line.strip()), "")
    begins = bool(header.match(first))
    sure = sum(bool(_UNMISTAKABLE.match(who)) for who, _ in found)
    # Absent: a table around such lines (quotes inside the cells of a CSV look like them).
    if not begins and sum(behind for _, behind in found) < 2:
        return NO_MATCH
    if {"Talker", "聊天对象ID", "talker", "StrContent"} & set(read_header(export).names):
        return NO_MATCH
    if sure:
        return Match(Confidence.CERTAIN, f"{sure} lines that end in (WeChat id) and a clock time")
    named = sum(bool(re.match(_BRACKETED, who)) for who, _ in found)
    if named:
        return Match(Confidence.LIKELY, f"{named} lines that end in an id in brackets and a time")
    apart = sum(behind for _, behind in found)
    # Absent: QQ numbers in brackets, and anything before the first header.
    other = any(re.search(r"\(\d{5,11}\)$|<[^<>\s]+@[^<>\s]+>$", who) for who, _ in found)
    if apart >= 2 and apart >= _USUALLY * len(found) and begins and not other:
        return Match(Confidence.WEAK, f"{apart} lines of a name and a time behind blank lines")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records by chat; clock times completed from the file name.

    Raises:
        UnreadableError: If there is no header line.
        UsageError: If the times lack a year or day and the file name does not give it.
    """
    buffer = export.read_bytes(issues)
    # Re-saved on Windows, or put together of such files and others.
    if buffer.count(b"\r\n") > _SOME * buffer.count(b"\n"):
        buffer = buffer.replace(b"\r\n", b"\n")
    heads = _headers(buffer, export, issues)
    heads = _with_times(heads, export, issues)
    people = heads.select("who", "has_ids").unique().with_columns(_people())
    records = heads.join(
        people, on="who", how="left", maintain_order="left", nulls_equal=True
    ).select(
        "line", "wall_at", "own", "sender_id", "sender_name", "talker", "talker_name", "content"
    )
    own_names = records.filter("own")["sender_name"].drop_nulls()
    own_names = own_names.filter(own_names != SELF)
    self_name = own_names[-1] if len(own_names) else SELF
    records = records.with_columns(
        sender_name=pl.when(pl.col("own") & (pl.col("sender_name") == SELF))
        .then(pl.lit(self_name))
        .otherwise("sender_name")
    )
    has_own = bool(records["own"].any())
    labelled = records["talker"].null_count() < records.height
    messages = check_senders(read_contents(records), export.title, issues)
    room, title = chat_of_path(export)
    for (talker,), mine in messages.group_by("talker", maintain_order=True):
        key = talker if isinstance(talker, str) else None if labelled else room
        named = mine["talker_name"].drop_nulls()
        name = named[-1] if len(named) else without_dates(title) or key or export.stem
        company = Company({name}, own_known=has_own)
        company.add(mine, pl.col("sender_name") == self_name)
        kind = talker_kind(key) if key else company.kind
        if talker is None and labelled:
            kind = "private"  # chatlog labels the groups of such a file, and nothing else
        yield RawBatch(
            RawChat(
                key=key or name,
                strong=key is not None,
                platform="wechat",
                name=name,
                kind=kind,
                self_name=self_name if has_own else None,
                has_replies=True,
                has_mentions=True,
            ),
            oldest_first(mine.drop("talker", "talker_name")),
        )


def _headers(buffer: bytes, export: Export, issues: IssueLog) -> pl.DataFrame:
    """Return one row per record: line, the parts of its header, content; has_ids (of the file)."""
    text = np.frombuffer(buffer, np.uint8)
    breaks = np.flatnonzero(text == 0x0A)
    starts = np.concatenate(([0], breaks + 1))
    ends = np.append(breaks, len(buffer))
    # The colons of the clock, at their places before the end, rule out nearly every other line.
    at = np.flatnonzero(ends - starts >= len(" 00:00:00"))
    at = at[(text[ends[at] - 3] == _COLON) & (text[ends[at] - 6] == _COLON)]
    lines = strings(buffer, starts[at], ends[at])
    fits = lines.str.contains(_HEADER) & ~lines.str.starts_with("> ")
    at, lines = at[fits.to_numpy()], lines.filter(fits)
    parts = lines.str.extract_groups(_HEADER).struct.rename_fields(list(_PARTS))
    found = pl.DataFrame({"at": at}).with_columns(parts.struct.unnest())
    found = found.with_columns(
        apart=pl.Series((at == 0) | (ends[at - 1] == starts[at - 1])),
        known=pl.col("who").str.contains(_KNOWN).fill_null(True),
        dated=pl.col("month").is_not_null(),
    )
    has_ids = bool(found["who"].str.contains(_BRACKETED).any())
    found = _real(found, has_ids)
    if found.is_empty():
        raise UnreadableError(t("no chatlog record", "没有 chatlog 记录"), where=export.title)
    at = found["at"].to_numpy()
    if buffer[: starts[at[0]]].strip():
        issues.add("text-before-records", export.title, 1, rows=0, detail="not read")
    body_starts = np.minimum(ends[at] + 1, len(buffer))
    body_ends = np.append(starts[at[1:]] - 1, len(buffer))
    content = strings(buffer, body_starts, np.maximum(body_starts, body_ends))
    # One blank line ends a record; the last one may end in more.
    content = content.str.strip_suffix("\n")
    last = pl.Series([content[-1].rstrip("\n")])
    return found.with_columns(
        line=pl.col("at").cast(pl.UInt32) + 1,
        content=content.head(-1).append(last),
        has_ids=pl.lit(has_ids),
    )


def _real(found: pl.DataFrame, has_ids: bool) -> pl.DataFrame:
    """Drop lines of messages that only look like headers.

    Headers stand behind a blank line (unless a file has lost these). Where the others have ids, one
    without must also look like them and fit in time between its neighbours: that is the 4.x defect
    of a sender that is a word of the text.
    """
    model = found.filter("known") if has_ids else found
    if model.height and model["apart"].sum() >= _USUALLY * model.height:
        found, model = found.filter("apart"), model.filter("apart")
    shape = pl.col("dated") == (model["dated"].sum() * 2 >= model.height)
    if not has_ids:
        return found.filter(pl.col("known") | shape)
    parts = [pl.col(name).cast(pl.Int64).fill_null(0) for name in _PARTS[1:]]
    clock = pl.lit(0, pl.Int64)
    for part in parts:
        clock = clock * 100 + part
    fixed = pl.when("known").then(clock)
    before, after = fixed.forward_fill().fill_null(0), fixed.backward_fill().fill_null(_NEVER)
    between = clock.is_between(pl.min_horizontal(before, after), pl.max_horizontal(before, after))
    return found.filter(pl.col("known") | (pl.col("apart") & between & shape))


def _with_times(heads: pl.DataFrame, export: Export, issues: IssueLog) -> pl.DataFrame:
    """Add ``wall_at``; a record whose day cannot be known becomes an issue."""
    heads = heads.with_columns(pl.col(_PARTS[1:]).cast(pl.Int32)).with_row_index("place")
    no_year = pl.col("dated") & pl.col("year").is_null()
    short = heads.filter(no_year)
    clocks = heads.filter(~pl.col("dated"))
    if short.height or clocks.height:
        period = period_of_name(export.stem) or _period_of(heads)
        if period is None or (clocks.height == heads.height and period[0] != period[1]):
            raise _missing(export, day=bool(clocks.height))
        years = short.select("place", found=years_of(short["month"], short["day"], period))
        heads = heads.join(years, on="place", how="left", maintain_order="left").with_columns(
            year=pl.coalesce("year", "found")
        )
        if period[0] == period[1]:
            heads = heads.with_columns(
                pl.col(name).fill_null(getattr(period[0], name)) for name in _PARTS[1:4]
            )
        detail = "day from the file name" if clocks.height else "year from the file name"
        issues.add("date-from-file-name", export.title, rows=0, detail=detail)
    text = pl.format("{}-{}-{} {}:{}:{}", *_PARTS[1:])
    wall = text.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    heads = heads.with_columns(wall_at=wall)
    for line in heads.filter(pl.col("wall_at").is_null())["line"]:
        issues.add("bad-timestamp", export.title, line, detail="no such day, or none given")
    return heads.filter(pl.col("wall_at").is_not_null())


def _period_of(heads: pl.DataFrame) -> tuple[date, date] | None:
    """The days of the records that have a year, in files pasted together of several queries."""
    days = heads.filter(pl.col("year").is_not_null())
    keys = days.select(pl.struct("year", "month", "day").alias("key"))["key"].sort()
    try:
        return (date(**keys[0]), date(**keys[-1])) if len(keys) else None
    except ValueError:
        return None


def _missing(export: Export, *, day: bool) -> UsageError:
    what = t("the times have no year, and the file name has none", "时间里没有年份，文件名里也没有")
    if day:
        what = t("the times have no date, and the file name gives no one day",
                 "时间里没有日期，文件名里也没有写明是哪一天")  # fmt: skip
    suffix = export.suffix or ".txt"
    hint = t("rename the file like", "请把文件改名，例如") + f" <name>_2026-03-05{suffix}"
    return UsageError(what, where=export.title, hint=hint)


def _people() -> list[pl.Expr]:
    """Return the sender, whether it is oneself, and the chat, as the header names them."""
    who = pl.coalesce(pl.col("who").str.extract(_LABEL, 1), pl.col("who"))
    who = pl.when(who != "").then(who)  # a notice, behind the label of its chat
    bracket = who.str.extract(_NAME_ID, 2)
    split = who.str.contains(rf"\({_ID}?\)$")
    own = ((who == SELF) | (split & (bracket == SELF))).fill_null(False)
    name = pl.when(split).then(who.str.extract(_NAME_ID, 1)).otherwise(who)
    # Without a name chatlog prints the id alone; where no header has an id, what stands is a name.
    no_blank = pl.col("has_ids") & ~who.str.contains(" ")
    bare_id = ~split & ~own & (who.str.contains(r"^(?:wxid_|gh_)") | no_blank)
    is_system = who == SYSTEM_SENDER
    return [
        own.alias("own"),
        pl.when(own)
        .then(None)
        .when(split & (bracket != ""))
        .then(bracket)
        .when(bare_id | is_system)
        .then(who)
        .alias("sender_id"),
        pl.when(~bare_id & ~is_system & (name != "")).then(name).alias("sender_name"),
        pl.col("who").str.extract(_LABEL, 3).alias("talker"),
        pl.col("who").str.extract(_LABEL, 2).alias("talker_name"),
    ]


PARSER = Parser(
    name="wechat-chatlog-txt",
    title="chatlog text",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "chatlog: save the web page or API answer of a query as text.",
        "chatlog:把查询结果的网页或接口文本另存为 txt。",
    ),
)
