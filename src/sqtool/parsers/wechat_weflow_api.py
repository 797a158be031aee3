"""WeFlow HTTP interface: the saved answer to a query for messages.

WeFlow HTTP 接口的返回：保存下来的消息列表。

One answer is one page of a chat: several of the same chat add up. Early builds give milliseconds
and other names for sender and own flag. Names of people are mostly missing.
"""

from collections.abc import Iterator
from typing import Final

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._wechat import talker_kind
from sqtool.parsers._weflow_json import read_records

_OTHERS: Final = ("weflow", "chatlab", "exportInfo", "session", "schemaVersion", "meta")


def sniff(export: Export) -> Match:
    """Look for the keys of an answer: success, talker, hasMore, messages."""
    seen = outline(export)
    if seen.root != "object" or not seen.has("success", "talker") or not seen.is_array("messages"):
        return NO_MATCH
    if any(key in seen for key in _OTHERS):
        return NO_MATCH
    keys = seen.item_keys("messages")
    if "hasMore" in seen or keys >= {"createTime", "localType"}:
        return Match(Confidence.CERTAIN, "keys success, talker, messages: an answer of WeFlow")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block."""
    facts = head_values(export, ["talker", "count", "hasMore"])
    talker = text_of(facts.get("talker"))
    if facts.get("hasMore") is True:
        detail = "one page of an answer: the chat has more messages than this file"
        issues.add("partial-export", export.title, rows=0, detail=detail)
    chat = RawChat(
        key=talker or export.stem,
        strong=talker is not None,
        platform="wechat",
        name=talker or export.stem,
        kind=talker_kind(talker or ""),
        has_replies=True,
        has_mentions=True,
    )
    yield from read_records(export, issues, chat, stated=facts.get("count"))


PARSER = Parser(
    name="wechat-weflow-api",
    title="WeFlow HTTP API JSON",
    platform="wechat",
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
    ),
    obtain=(
        "WeFlow: start the HTTP service and save /api/v1/messages of the group.",
        "WeFlow:开启 API 服务,保存该群 /api/v1/messages 的返回。",
    ),
)
