"""ChatLab interchange JSONL (0.0.2): a header, members, then one message a line.

ChatLab 交换格式 JSONL(0.0.2):首行文件头,随后成员,再逐行消息。

Blank lines and ``#`` comments are passed over; members may stand anywhere, or be missing.
"""

from collections.abc import Iterator

import msgspec

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._chatlab import ChatLabFile, Record, chatlab_file
from sqtool.parsers._json_lines import read_lines


def sniff(export: Export) -> Match:
    """Look for a first line that is a header object."""
    for line in export.head_text.split("\n"):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not text.startswith("{") or '"_type"' not in text:
            return NO_MATCH
        try:
            header = msgspec.json.decode(text, type=Record)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            # An avatar may make the header longer than the head.
            whole = '"header"' in text and '"chatlab"' in text
            evidence = "first line begins like a ChatLab header"
            return Match(Confidence.LIKELY, evidence) if whole else NO_MATCH
        if header.line == "header" and isinstance(header.chatlab, dict):
            return Match(Confidence.CERTAIN, "first line is a ChatLab header")
        return NO_MATCH
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all messages, in file order, block by block; then the members."""
    file: ChatLabFile | None = None
    for values, numbers in read_lines(export, issues, Record):
        messages, lines = [], []
        for value, number in zip(values, numbers, strict=True):
            if value.line == "header":
                if file is None:
                    file = chatlab_file(export, issues, value.chatlab, value.meta)
                else:
                    detail = "a header that is not the first line: passed over"
                    issues.add("late-header", export.title, number, rows=0, detail=detail)
                continue
            if file is None:
                file = chatlab_file(export, issues, None, None)
            if value.line == "member":
                file.add_members([value])
            elif value.line == "message":
                messages.append(value)
                lines.append(number)
            else:
                issues.add("bad-record", export.title, number, detail="not a record")
        if messages and file is not None:
            yield file.batch(messages, lines)
    if file is not None:
        yield file.close()


PARSER = Parser(
    name="chatlab-jsonl",
    title="ChatLab JSONL",
    platform="any",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "message-ids",
        "zone",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "recalls",
        "members",
    ),
    obtain=(
        "ChatLab and WeFlow write it; so does sqtool convert. The bridge for Lark and DingTalk.",
        "ChatLab、WeFlow 可导出;sqtool convert 也能写。飞书、钉钉没有导出功能,可自行转成此格式。",
    ),
)
