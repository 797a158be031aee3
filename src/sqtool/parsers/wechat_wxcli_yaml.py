"""wx-cli YAML (WeChat 4.x; command line).

wx-cli 导出的 YAML（微信 4.x，命令行工具）。

The keys are those of the JSON. Without ``-n`` the tool writes the newest 500 messages only.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._wxcli import Message, chat_of, rows_of
from sqtool.parsers._yaml import read_list

_CHAT: Final = re.compile(r"^chat: ", re.MULTILINE)
_GROUP: Final = re.compile(r"^is_group: (?:true|false)\s*$", re.MULTILINE)
_MESSAGES: Final = re.compile(r"^messages:", re.MULTILINE)


def sniff(export: Export) -> Match:
    """Look for the outermost keys of the answer to a history query, as lines."""
    head = export.head_text
    if head[:1] in ("{", "["):
        return NO_MATCH
    if all(key.search(head) for key in (_CHAT, _GROUP, _MESSAGES)):
        return Match(Confidence.CERTAIN, "lines chat, is_group, messages: wx-cli history in YAML")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order."""
    found, lost = 0, issues.rows_lost()
    for facts, items, records in read_list(export, issues, "messages"):
        messages = [msgspec.convert(item, Message) for item in items]
        found += len(messages)
        yield RawBatch(chat_of(export, facts), rows_of(messages, records))
        stated = facts.get("count")
        whole = found + issues.rows_lost() - lost
    if found and isinstance(stated, int) and stated != whole:
        detail = f"the file states {stated} messages and holds {whole}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)


PARSER = Parser(
    name="wechat-wxcli-yaml",
    title="wx-cli YAML",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "zone", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "wx-cli: wx export GROUP --format yaml -n 1000000 (without -n: the newest 500 only).",
        "wx-cli:wx export 群名 --format yaml -n 1000000(不加 -n 只有最新 500 条)。",
    ),
)
