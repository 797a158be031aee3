"""QQ chat exporter (QCE) text, v4 to v6, with or without its banner.

QCE(qq-chat-exporter)导出的 TXT,v4–v6,有无文件头均可。

There are names only: people of one name are one, and a person who took another name is two. How a
record begins is told in ``_qce_blocks``; messages may hold the same lines, so the number of records
is checked against the one that the file states. Files may stand one behind the other. Group titles
in front of names are cut off. Recalls are told by their wording, other notices by their sender.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import polars as pl

from sqtool.errors import UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat, raw_frame
from sqtool.parsers._json_items import lists
from sqtool.parsers._qce_blocks import TIGHT, Record, layout_of, without_next_head
from sqtool.parsers._qce_chat import chat_of
from sqtool.parsers._qce_text import is_nobody, read_printed

_TAIL: Final = re.compile(
    r"(?P<own>.*?)(?:\n资源: \d+ 个文件(?P<files>(?:\n  - [a-z_]+: [^\n]*)*))?"
    r"(?:\n提及: (?P<names>[^\n]*))?(?:\n回复: (?P<reply>.*))?",
    re.DOTALL,
)
_TAIL_MARKS: Final = ("\n资源: ", "\n提及: ", "\n回复: ")
_FILE: Final = re.compile(r"\n  - ([a-z_]+): ([^\n]*)")
_TITLE: Final = re.compile(r"^\[[^\[\]\n]{1,20}\] (?=\S)")
_REPLY_TIME: Final = re.compile(r"^\d\d-\d\d \d\d:\d\d ?")
_FACT: Final = re.compile(r"^(聊天名称|聊天类型|导出时间|消息总数): *(.*?) *$", re.MULTILINE)
_NO_FULL_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d(?::\d\d)?|\d+(?:天|小时|分钟)前|刚刚")
_BLOCK: Final = r"[^\n]*:\n时间: [^\n]+\n(?:内容|类型): "
_BANNER: Final = "[QQChatExporter V"
_BATCH_ROWS: Final = 100_000


def sniff(export: Export) -> Match:
    """Look for the banner, the two facts at the top, or blocks of name, time and content."""
    head = export.head_text.replace("\r\n", "\n").lstrip()
    if head.startswith(_BANNER):
        return Match(Confidence.CERTAIN, "banner of QQChatExporter")
    facts = re.search(r"^聊天名称: .*\n聊天类型: (?:群聊|私聊|临时会话|未知类型)$", head, re.M)
    if facts is not None:
        return Match(Confidence.CERTAIN, "lines 聊天名称 and 聊天类型 of a QCE text")
    if re.search(rf"(?:(?<=\n\n\n)|\A){_BLOCK}", head):
        return Match(Confidence.LIKELY, "blocks of name, 时间 and 内容 as in a QCE text")
    if len(re.findall(rf"^{_BLOCK}", head, re.M)) >= 2:
        return Match(Confidence.WEAK, "blocks of name, 时间 and 内容, without their empty lines")
    return NO_MATCH


@dataclass
class _Found:
    """What was read of a file so far."""

    facts: dict[str, str] = field(default_factory=dict)
    records: int = 0
    footer: int | None = None
    stated_before: int = 0  # by the heads of files that stand in front of this one


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records, in file order."""
    found = _Found()
    for rows in _batches(export, issues, found):
        if found.records == 0:
            _check_times(export, rows)
        found.records += len(rows)
        yield RawBatch(_chat(export, found), _frame(rows))
    stated = found.facts.get("消息总数") or found.footer
    if stated is not None and str(stated).isdigit():
        total = int(stated) + found.stated_before
        if total != found.records:
            detail = f"the file states {total} messages and holds {found.records}"
            issues.add("count-mismatch", export.title, rows=0, detail=detail)


def _batches(export: Export, issues: IssueLog, found: _Found) -> Iterator[list[Record]]:
    rest, line = b"", 1
    crlf = b"\r\n" in export.head
    layout = layout_of(export.head_text.replace("\r\n", "\n"))
    if layout is TIGHT:
        detail = "one empty line between the records, or none: pasted blocks count as records"
        issues.add("empty-lines-lost", export.title, rows=0, detail=detail)
    number = 0
    blocks = export.blocks(issues)
    block = next(blocks, None)
    while block is not None:
        following = next(blocks, None)
        if crlf and block.endswith(b"\r") and following is not None:
            block, following = block[:-1], b"\r" + following
        buffer = rest + (block.replace(b"\r\n", b"\n") if crlf else block)
        starts, numbers = layout.starts(buffer, number)
        if line == 1 and (starts or following is None):
            before = buffer[: starts[0] if starts else None].decode()
            found.facts.update((key, value) for key, value in _FACT.findall(before) if value)
            if before.strip() and not found.facts and starts:
                issues.add("text-before-records", export.title, 1, rows=0, detail="not read")
        ends = [*starts[1:], len(buffer)] if starts else []
        if following is not None:
            starts, ends = starts[:-1], ends[:-1]
        rows: list[Record] = []
        at = 0
        for start, end in zip(starts, ends, strict=True):
            line += buffer.count(b"\n", at, start)
            at = start
            text = buffer[start:end].decode()
            if following is None and end == len(buffer):
                text, found.footer = layout.without_footer(text)
            text, head = without_next_head(text)
            rows.append(layout.record(line, text))
            if len(rows) == _BATCH_ROWS or head:
                yield rows
                rows = []
            if head:
                said = found.facts.get("消息总数", "0")
                found.stated_before += int(said) if said.isdigit() else 0
                found.facts = {key: value for key, value in _FACT.findall(head) if value}
        if rows:
            yield rows
        number = numbers[len(starts) - 1] if starts else number
        end = ends[-1] if ends else 0
        line += buffer.count(b"\n", at, end)
        # What comes next must still be seen to follow two empty lines.
        rest = buffer[end:]
        block = following


def _check_times(export: Export, rows: list[Record]) -> None:
    """Refuse a file in which no time is whole: it was an option of the export."""
    if all(_NO_FULL_TIME.fullmatch(time) for _, _, time, _, _ in rows):
        raise UsageError(
            t("the times are not whole: only a date, a clock time or “3天前”",
              "时间不完整:只有日期、只有钟点,或是“3天前”"),
            where=export.title,
            hint=t("export again with the full time format", "请用完整的时间格式重新导出"),
        )  # fmt: skip


def _frame(rows: list[Record]) -> pl.DataFrame:
    lines, names, times, types, contents = zip(*rows, strict=True)
    people = [_TITLE.sub("", name) for name in names]
    read = [
        _read(name, text, kind) for name, text, kind in zip(people, contents, types, strict=True)
    ]
    kinds, texts, authors, quotes, mentions = zip(*read, strict=True)
    # Some systems print midnight as hour 24 of the day that begins.
    clock = pl.Series(times, dtype=pl.String).str.replace(" 24:", " 00:", literal=True)
    clock = clock.str.replace_all("/", "-", literal=True)
    shown = [None if is_nobody(name) or not name.strip() else name for name in people]
    return raw_frame(
        {
            "line": lines,
            "wall_at": clock.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False),
            "sender_name": [
                None if kind == "system" else name for name, kind in zip(shown, kinds, strict=True)
            ],
            "kind": kinds,
            "text": texts,
            "quoted_sender": authors,
            "quoted_text": quotes,
            "mention_names": lists(mentions),
        }
    )


def _read(
    name: str, content: str, kind: str | None
) -> tuple[str, str | None, str | None, str | None, list[str] | None]:
    own, files, mentions, reply = content, None, None, None
    if "\n" in content and any(mark in content for mark in _TAIL_MARKS):
        own, files, mentions, reply = _without_tail(content)
    found = read_printed(name, own, type=_word(kind), resources=files, reply=reply)
    return found.kind, found.text, found.quoted_sender, found.quoted_text, mentions


def _without_tail(
    content: str,
) -> tuple[
    str, list[tuple[str, str]] | None, list[str] | None, tuple[str | None, str | None] | None
]:
    """Take off the lines that tell of files, mentions and the message answered.

    A message may hold such lines itself. Mentions are believed where there is an ``@``, a reply
    where the text begins like one; QCE writes both.
    """
    match = _TAIL.fullmatch(content)
    assert match is not None, "every part of the tail may be missing"
    own, files, names, reply = match.group("own", "files", "names", "reply")
    answers = reply is not None and own.startswith("[回复")
    if reply is not None and not answers:
        return content, None, None, None
    named = names is not None and "@" in own
    if names is not None and not named:
        return content, None, None, None
    author = quoted = None
    if answers:
        author, _, quoted = _REPLY_TIME.sub("", reply).partition(" - ")
    return (
        own,
        [(kind, file) for kind, file in _FILE.findall(files)] if files else None,
        [one for one in names.split(", ") if one] if named else None,
        (author.strip() or None, quoted or None) if author is not None else None,
    )


_NUMBERS: Final = {"5": "system"}


def _word(kind: str | None) -> str | None:
    """Return the type word; v5 may print a number of QQ NT."""
    return _NUMBERS.get(kind, None if kind.isdigit() else kind) if kind else None


def _chat(export: Export, found: _Found) -> RawChat:
    facts = found.facts
    info = {"name": facts.get("聊天名称"), "type": facts.get("聊天类型")}
    return chat_of([export.stem], info, exported_at=_moment(facts.get("导出时间")))


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text.replace("/", "-"), "%Y-%m-%d %H:%M:%S") if text else None  # noqa: DTZ007 - a printed clock has no zone
    except ValueError:
        return None


PARSER = Parser(
    name="qq-qce-txt",
    title="QQ chat exporter (QCE) text",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("chat-id", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "qq-chat-exporter (QCE) beside QQ NT: export the group as TXT; JSON tells far more.",
        "在 QQ NT 上用 qq-chat-exporter(QCE)导出 TXT;JSON 的信息多得多。",
    ),
)
