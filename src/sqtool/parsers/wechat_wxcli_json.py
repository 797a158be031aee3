"""wx-cli JSON (WeChat 4.x; command line).

wx-cli 导出的 JSON（微信 4.x，命令行工具）。

Without ``-n`` the tool writes the newest 500 messages only.
"""

from collections.abc import Iterator

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json import read_object
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._wxcli import HEAD_KEYS, Message, chat_of, rows_of


def sniff(export: Export) -> Match:
    """Look for the keys of the answer to a history query."""
    seen = outline(export)
    if seen.root != "object" or not seen.has("chat", "is_group") or not seen.is_array("messages"):
        return NO_MATCH
    keys = seen.item_keys("messages")
    if keys and not keys >= {"timestamp", "content", "sender"}:
        return NO_MATCH
    return Match(Confidence.CERTAIN, "keys chat, is_group, messages: wx-cli history")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order."""
    # The keys are in alphabetical order: the id of the chat stands behind the messages.
    facts = head_values(export, [*HEAD_KEYS, "count"])
    chat = chat_of(export, facts)
    found, lost = 0, issues.rows_lost()
    for part in read_object(export, issues, arrays={"messages": Message}):
        found += len(part.value)
        yield RawBatch(chat, rows_of(part.value, part.records))
    found += issues.rows_lost() - lost
    stated = facts.get("count")
    if isinstance(stated, int) and stated != found:
        detail = f"the file states {stated} messages and holds {found}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)


PARSER = Parser(
    name="wechat-wxcli-json",
    title="wx-cli JSON",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "zone", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "wx-cli: wx export GROUP --format json -n 1000000 (without -n: the newest 500 only).",
        "wx-cli:wx export 群名 --format json -n 1000000(不加 -n 只有最新 500 条)。",
    ),
)
