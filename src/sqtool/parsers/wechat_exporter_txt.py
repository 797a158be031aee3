r"""WechatExporter (BlueMatthew, from iTunes backups): plain text.

WechatExporter(BlueMatthew,iTunes 备份)导出的文本。

The first line is ``<chat> - 微信聊天记录``. A record is ``name (YYYY-MM-DD HH:MM:SS):text``;
further lines stand as they are. Notices are bare lines, and replies that quote are printed without
sender and time: both take the time of the record above them. A transfer lacks its newline, so the
next record follows on its line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat import ANY_NOTICE, ID_SHAPE, talker_kind
from sqtool.parsers._wechat_text import (
    AT,
    TextChat,
    first_lines,
    heads_of,
    is_qq,
    read_texts,
    timed,
    wechat_chat,
)

_TITLE = " - 微信聊天记录"
_HEADER = rf"^(?P<who>.*?) \((?P<at>{AT})\):"
_GLUED = re.compile(rf" \(({AT})\):")
_AMOUNT = re.compile(r"^微信转账\s*[￥¥]?\s*\d+(?:\.\d{1,2})?")
_SYSTEM_PREFIX = r"^系统消息[:：]"
_NOTICE = re.compile(rf"^系统消息[:：]|{ANY_NOTICE}")
_RULE = r"」\n- (?:- ?)+\n"
_SAID = r"((?:(?!^「).)*?)"
# What the quoted message quoted in turn is somebody else's.
_QUOTE = re.compile(
    rf"「([^\n：]+)：(?:「[^\n：]+：(?:(?!^「).)*?{_RULE})?{_SAID}{_RULE}", re.DOTALL | re.MULTILINE
)
_MORE = rf"(?m)^(?:「|系统消息[:：]|{ANY_NOTICE[1:-1]}$)|^微信转账.* \({AT}\):"
"""What a content of several records looks like: only these are looked at one by one."""


def sniff(export: Export) -> Match:
    """Look for the title line and for records of a name and a time in brackets."""
    heads = heads_of(export, _HEADER)
    title = (first_lines(export, 1) or [""])[0]
    if title.endswith(_TITLE.strip()):
        return Match(Confidence.CERTAIN, "first line ends in - 微信聊天记录")
    if len(heads.found) > 1 and not any(is_qq(match["who"]) for match in heads.found):
        found = f"{len(heads.found)} lines of a name, a time in brackets and a colon"
        return Match(Confidence.LIKELY, found)
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times."""
    title = (first_lines(export, 1) or [""])[0]
    name = title.removesuffix(_TITLE.strip()).strip() if title.endswith(_TITLE.strip()) else ""
    named = wechat_chat(name=name)
    if re.match(ID_SHAPE, name) and ("@" in name or name.startswith("wxid_")):
        named = wechat_chat(key=name, strong=True, name=name, kind=talker_kind(name))
    elif name:
        named = wechat_chat(key=name, name=name)
    chat = TextChat.of(export, named)
    before = _before_the_first(export, titled=bool(name))
    known: set[str] = set()
    untimed = 0
    for frame in read_transcript(export, issues, _HEADER, heading=True):
        known.update(frame["who"])
        rows = _apart(frame, known, before)
        untimed += rows.height - frame.height
        before = []
        yield chat.batch(read_texts(_read(timed(rows, export, issues))))
    if untimed:
        detail = f"{untimed} notices, quotes or glued records have the time of a neighbour"
        issues.add("no-timestamp", export.title, rows=0, detail=detail)


def _before_the_first(export: Export, *, titled: bool) -> list[tuple[int, str]]:
    """Return the lines (number, text) between the title and the first record: notices."""
    lines = export.head_text.replace("\r\n", "\n").split("\n")
    header = re.compile(_HEADER)
    until = next((n for n, line in enumerate(lines) if header.match(line)), 0)
    found = [(n + 1, line) for n, line in enumerate(lines[:until]) if line.strip()]
    return found[1:] if titled else found


@dataclass
class _Parts:
    """Columns of the records found inside contents."""

    row: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    who: list[str | None] = field(default_factory=list)
    at: list[str] = field(default_factory=list)
    content: list[str] = field(default_factory=list)
    quoted_sender: list[str | None] = field(default_factory=list)
    quoted_text: list[str | None] = field(default_factory=list)
    system: list[bool] = field(default_factory=list)

    def add(
        self, place: tuple[int, int, str], who: str | None, content: str, *, system: bool = False
    ) -> None:
        """Add a record; a quote at the beginning of its content is set apart."""
        row, line, at = place
        quote = _QUOTE.match(content)
        self.row.append(row)
        self.line.append(line)
        self.at.append(at)
        self.who.append(who)
        self.system.append(system)
        self.quoted_sender.append(quote[1] if quote else None)
        self.quoted_text.append(quote[2] if quote else None)
        self.content.append(content[quote.end() :] if quote else content)


def _apart(frame: pl.DataFrame, known: set[str], before: list[tuple[int, str]]) -> pl.DataFrame:
    """Give the notices, quotes and records that stand inside contents rows of their own.

    Args:
        frame: Records as the headers part them.
        known: Names of senders.
        before: Notices above the first record: they take its time.
    """
    null = pl.lit(None, pl.String)
    rows = frame.with_row_index("row").select(
        "row",
        "line",
        "who",
        "at",
        "content",
        quoted_sender=null,
        quoted_text=null,
        system=pl.col("content").str.contains(_SYSTEM_PREFIX),
    )
    several = rows.filter(pl.col("content").str.contains(_MORE))
    parts = _Parts()
    for line, text in before:
        parts.add((0, line, rows["at"][0]), None, text, system=True)
    for row, line, who, at, content in several.select(
        "row", "line", "who", "at", "content"
    ).iter_rows():
        _split((row, line, at), who, content, known, parts)
    found = pl.DataFrame(parts.__dict__, schema=rows.schema)
    rest = rows.join(several.select("row"), on="row", how="anti")
    return pl.concat([found, rest]).sort("row", "line", maintain_order=True).drop("row")


def _split(
    place: tuple[int, int, str], who: str | None, content: str, known: set[str], parts: _Parts
) -> None:
    """Cut one content into its records."""
    row, line, at = place
    transfer, glued = content.startswith("微信转账"), _GLUED.search(content.partition("\n")[0])
    if transfer and glued:
        own, name = _name_at_end(content[: glued.start()], known)
        parts.add(place, who, own)
        _split((row, line, glued[1]), name, content[glued.end() :], known, parts)
        return
    lines = content.split("\n")
    starts, at_line, offset = [0], 0, 0
    quote = _QUOTE.match(content)
    skip = content.count("\n", 0, quote.end()) if quote else 0
    offsets = []
    for text in lines:
        offsets.append(offset)
        offset += len(text) + 1
    notices = {0} if who is None and _NOTICE.search(lines[0]) else set()
    for at_line in range(1, len(lines)):
        if at_line < skip:
            continue
        quote = _QUOTE.match(content, offsets[at_line])
        if quote:
            starts.append(at_line)
            skip = at_line + content.count("\n", quote.start(), quote.end())
        elif _NOTICE.search(lines[at_line]):
            starts.append(at_line)
            notices.add(at_line)
        elif starts[-1] in notices and lines[at_line].strip():
            starts.append(at_line)  # nothing but another notice follows a notice
            notices.add(at_line)
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        said = "\n".join(lines[start:stop])
        is_notice = start in notices or bool(re.match(_SYSTEM_PREFIX, said))
        sender = who if start == 0 else None
        parts.add((row, line + start, at), sender, said, system=is_notice)


def _name_at_end(glued: str, known: set[str]) -> tuple[str, str | None]:
    """Part a transfer from the name of the next record's sender, which follows it at once."""
    names = [name for name in known if name and glued.endswith(name)]
    if names:
        name = max(names, key=len)
        return glued.removesuffix(name), name
    amount = _AMOUNT.match(glued)
    return (amount[0], glued[amount.end() :] or None) if amount else (glued, None)


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    transfer = pl.col("content").str.contains(r"^微信转账(?:\s|[￥¥]|$)")
    return rows.rename({"who": "sender_name"}).with_columns(
        content=pl.when("system")
        .then(pl.col("content").str.replace(_SYSTEM_PREFIX, "").str.strip_chars("\n"))
        .when(transfer)
        .then(pl.col("content").str.replace("^微信转账", "[转账]"))
        .otherwise("content"),
    )


PARSER = Parser(
    name="wechat-exporter-txt",
    title="WechatExporter text",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "WechatExporter (iPhone backup): export the group as text.",
        "WechatExporter(iPhone 备份):导出群聊,格式选文本。",
    ),
)
