"""Text copied out of a QQ chat window or its message manager: PC, QQ NT, mobile, role-play logs.

从 QQ 聊天窗口或消息管理器复制的文本：PC、QQ NT、手机，以及跑团日志。

The header of a record is a line of its own: the name first, the time last, the date often missing.
A date line (``— —  2020-2-21  — —``) holds for what follows; without one the day comes from the
file's name. Ids are rare, so people are mostly their names. Notices stand in the window without a
header: ``_qq_bare`` finds them below the message before them. Lines that only look like headers
lack what the headers of the file have (a level, an id, an empty line before) and stay text.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from sqtool.errors import UnreadableError, UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MEMBERS,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._qq_bare import with_bare_notices
from sqtool.parsers._qq_headers import clock_hour
from sqtool.parsers._qq_senders import ANONYMOUS_ID, SYSTEM_IDS, read_sender
from sqtool.parsers._qq_texts import with_kinds
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._undated import period_of_name, without_dates
from sqtool.schema import KIND

_CLOCK: Final = (
    r"(?:(?<ymd>\d{4}[-/]\d{1,2}[-/]\d{1,2}) |(?<xdy>\d{1,2}/\d{1,2}/\d{4}) )?"
    r"(?:(?<half>上午|下午|凌晨|早上|中午|晚上) ?)?"
    r"(?<hour>\d{1,2}):(?<minute>[0-5]\d):(?<second>[0-5]\d)"
    r"(?:[ \x{a0}\x{202f}](?<ap>[AP]M))?"
)
_DAY: Final = (
    r"(?:— ?—|—{2,}) *(?<day>\d{4}-\d{1,2}-\d{1,2}) *(?:— ?—|—{2,}) *"
    r"| (?<line_day>\d{4}-\d\d-\d\d) *"
)
_HEADER: Final = rf"^(?<head>(?<who>.*?\S)(?<gap> {{1,2}}){_CLOCK}(?<tail> {{0,2}})|{_DAY})\r?$"
_PYTHON = re.compile(_HEADER.replace("(?<", "(?P<").replace(r"\x{a0}\x{202f}", "\xa0\u202f"))

_LEVEL: Final = r"^【(?:潜水|冒泡|吐槽|活跃|话唠|传说|LV\d{1,3}(?: [^【】]+)?|\d{1,3})】"
_TITLED: Final = rf"^【(?:群主|管理员)】|{_LEVEL}"
_ANY_TITLE: Final = r"^【[^【】]+】"  # a member may have one of any wording instead of the level
_WITH_ID: Final = r"(?:\(\d{5,11}\)|<[^<>\s]+@[^<>\s]+>)$"
_A_DATE: Final = r"^\d{1,4}[-/]\d{1,2}(?:[-/]\d{1,4})?$"
_SOME: Final = 0.3
_MOST: Final = 0.6
_NEARLY_ALL: Final = 0.8
"""Shares of the headers of a file from which on a mark is taken to belong to all of them."""
_SURE: Final = 2
_MONTHS: Final = 12
_PADDED: Final = len("2020-05-06")


def sniff(export: Export) -> Match:
    """Look for headers with what only QQ writes: titles, QQ numbers, the blanks of mobile QQ."""
    lines = export.head_text.replace("\r\n", "\n").split("\n")
    heads, tight = [], 0
    for number, line in enumerate(lines):
        found = _PYTHON.match(line) if ":" in line else None
        if found and found["hour"]:
            heads.append(found)
            tight += number > 0 and bool(lines[number - 1].strip())
    begins = _PYTHON.match(next((line for line in lines if line.strip()), ""))
    if not heads or (begins is None and len(heads) < _SURE):
        return NO_MATCH
    signed = sum(bool(re.search(f"{_TITLED}|{_WITH_ID}", m["who"])) for m in heads)
    if signed >= _MOST * len(heads):
        return Match(Confidence.LIKELY, f"{signed} lines of a QQ title or number and a time")
    mobile = sum(len(m["gap"]) == 2 and m["tail"] == " " for m in heads)
    if mobile >= _MOST * len(heads) and (mobile >= _SURE or (begins and begins["day"])):
        return Match(Confidence.LIKELY, f"{mobile} lines of a name and a time as by mobile QQ")
    # WeChat copies have no seconds; its tools write hyphens, two digits and empty lines everywhere.
    dated = [m for m in heads if m["ymd"]]
    loose = any("/" in m["ymd"] or len(m["ymd"]) < _PADDED or len(m["hour"]) < 2 for m in dated)
    again = len({m["who"] for m in heads}) < len(heads)
    spelled = sum(bool(m["ap"] or m["half"] or m["xdy"]) for m in heads)
    if loose or (again and tight >= _MOST * (len(heads) - 1)):
        spelled += len(dated)
    if begins and spelled >= _MOST * len(heads):
        return Match(Confidence.WEAK, f"{spelled} lines of a name, a date and a time")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat; clock times.

    Raises:
        UnreadableError: If there is no header line.
        UsageError: If the times have no date and the file name gives none.
    """
    frames = list(read_transcript(export, issues, _HEADER))
    if not frames:
        raise UnreadableError(t("no copied QQ message", "没有复制的 QQ 消息"), where=export.title)
    heads = _real(pl.concat(frames))
    heads = _with_times(heads, export, issues)
    rows, roles = _with_senders(heads)
    rows = rows.with_columns(text=pl.col("content").str.strip_chars_end("\r\n"))
    rows = with_kinds(with_bare_notices(rows))
    system = pl.col("sender_id").is_in(list(SYSTEM_IDS)).fill_null(False) | pl.col("bare_notice")
    pseudo = system | (pl.col("sender_id") == ANONYMOUS_ID).fill_null(False)
    rows = rows.with_columns(
        kind=pl.when(system).then(pl.lit("system")).otherwise("kind").cast(KIND),
        sender_id=pl.when(~pseudo).then("sender_id"),
        sender_name=pl.when(~system).then("sender_name"),
    )
    people = rows.filter(~system).select(pl.coalesce("sender_id", "sender_name")).to_series()
    title = without_dates(export.stem) or export.stem
    chat = RawChat(
        key=title,
        strong=False,
        platform="qq",
        name=title,
        kind="group" if people.n_unique() > 2 else "unknown",
        members=roles,
    )
    yield RawBatch(chat, rows.select("line", "wall_at", "sender_id", "sender_name", "kind", "text"))


def _real(found: pl.DataFrame) -> pl.DataFrame:
    """Give lines that lack what the headers of the file have back to the text they stand in."""
    is_day = pl.coalesce("day", "line_day").is_not_null()
    who = pl.col("who")
    marks = {
        "numbered": who.str.contains(_WITH_ID),
        "levelled": who.str.contains(_LEVEL),
        "mobile": (pl.col("gap").str.len_bytes() == 2) & (pl.col("tail") == " "),
        # A date line may stand between a header and the empty line before it.
        "apart": pl.col("apart") | is_day.shift(1).fill_null(False),
    }
    shares = found.filter(~is_day).select(e.mean().fill_null(0).alias(n) for n, e in marks.items())
    share = shares.row(0, named=True)
    needed = []
    # Numbers and levels are shown for everybody or for nobody; offices only for those who hold one.
    if share["numbered"] >= _SOME:
        needed.append(marks["numbered"])
    elif share["levelled"] >= _SOME:
        needed.append(who.str.contains(_ANY_TITLE))
    if share["mobile"] >= _MOST:
        needed.append(marks["mobile"])
    if not needed and share["apart"] >= _NEARLY_ALL:
        needed.append(marks["apart"])
    is_head = is_day | pl.all_horizontal(~pl.col("who").str.contains(_A_DATE), *needed)
    marked = found.with_columns(_head=is_head.fill_null(False))
    if marked["_head"].all():
        return found
    # What stands before the first real header is no record.
    marked = marked.with_columns(_part=pl.col("_head").cum_sum()).filter(pl.col("_part") > 0)
    said = (
        pl.when("_head")
        .then("content")
        .when(pl.col("content") == "")
        .then("head")
        .otherwise(pl.format("{}\n{}", "head", "content"))
    )
    others = [name for name in found.columns if name != "content"]
    return marked.group_by("_part", maintain_order=True).agg(
        pl.col(others).first(), content=said.str.join("\n")
    )


def _with_times(heads: pl.DataFrame, export: Export, issues: IssueLog) -> pl.DataFrame:
    """Add ``wall_at`` from the header, the date line above it, or the file name."""
    above = pl.coalesce("day", "line_day").forward_fill()
    heads = heads.with_columns(above=above).filter(pl.col("hour").is_not_null())
    heads = heads.with_columns(
        _date=pl.coalesce(
            pl.col("ymd").str.replace_all("/", "-", literal=True),
            _year_first(heads["xdy"], export),
            "above",
        )
    )
    bare = heads["_date"].is_null()
    if bare.any():
        period = period_of_name(export.stem)
        if period is not None and period[0] == period[1]:
            heads = heads.with_columns(pl.col("_date").fill_null(period[0].isoformat()))
            detail = f"{bare.sum()} times without a date: day from the file name"
            issues.add("date-from-file-name", export.title, rows=0, detail=detail)
        elif bare.all() or heads["above"].null_count() == heads.height:
            raise _missing(export)
    heads = heads.with_columns(_half=pl.coalesce("ap", "half"))
    shown = heads.select("hour", "_half").unique(maintain_order=True)
    hours = [clock_hour(int(hour), half) for hour, half in shown.iter_rows()]
    heads = heads.join(
        shown.with_columns(_hour=pl.Series(hours, dtype=pl.Int64)),
        on=["hour", "_half"],
        how="left",
        maintain_order="left",
        nulls_equal=True,
    )
    clock = pl.format("{} {}:{}:{}", "_date", "_hour", "minute", "second")
    heads = heads.with_columns(
        wall_at=clock.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    )
    for line in heads.filter(pl.col("wall_at").is_null())["line"]:
        issues.add("bad-timestamp", export.title, line, detail="no such day, or none given")
    return heads.filter(pl.col("wall_at").is_not_null())


def _year_first(dates: pl.Series, export: Export) -> pl.Series:
    """Turn ``2/14/2020`` into ``2020-2-14``; the day stands first where a number above 12 does."""
    parts = dates.str.extract_groups(r"^(\d+)/(\d+)/(\d+)$")
    first, second, year = (parts.struct.field(str(n)) for n in (1, 2, 3))
    above_12 = (first.cast(pl.Int64) > _MONTHS).any()
    day_first = above_12 if export.date_order is None else export.date_order == "dmy"
    month, day = (second, first) if day_first else (first, second)
    return pl.select(pl.format("{}-{}-{}", year, month, day)).to_series()


def _missing(export: Export) -> UsageError:
    what = t("the times have no date, and the file name gives no one day",
             "时间里没有日期，文件名里也没有写明是哪一天")  # fmt: skip
    hint = t("rename the file like", "请把文件改名，例如") + " <name>_2020-02-21.txt"
    return UsageError(what, where=export.title, hint=hint)


def _with_senders(heads: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Read each different sender once; return the rows and the roles that titles show."""
    shown = heads["who"].unique(maintain_order=True)
    # Old clients print the level as a bare number, which grows: it would split people.
    read = [read_sender(re.sub(r"^【\d{1,3}】", "", value.strip(" "))) for value in shown]
    table = pl.DataFrame(
        {
            "who": shown,
            "sender_id": [sender.id for sender in read],
            "sender_name": [sender.name for sender in read],
            "role": [sender.role for sender in read],
        },
        schema=dict.fromkeys(("who", "sender_id", "sender_name", "role"), pl.String),
    )
    rows = heads.join(table, on="who", how="left", maintain_order="left")
    # The newest header of a person says whether they still hold a role.
    newest = rows.filter(pl.col("sender_id").is_not_null()).unique(
        "sender_id", keep="last", maintain_order=True
    )
    newest = newest.filter(pl.col("role").is_not_null()).rename({"sender_id": "member_id"})
    if newest.is_empty():
        return rows, None
    members = newest.select(
        pl.col(name) if name in ("member_id", "role") else pl.lit(None, dtype).alias(name)
        for name, dtype in RAW_MEMBERS.items()
    )
    return rows, members


PARSER = Parser(
    name="qq-paste",
    title="text copied from QQ",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("ids", "seconds", "mentions", "joins", "recalls"),
    obtain=(
        "Select messages in a QQ window, copy, paste into a text file; put the date in its name.",
        "在 QQ 聊天窗口选中消息，复制，粘贴到文本文件；没有日期时请在文件名里写上日期。",
    ),
)
