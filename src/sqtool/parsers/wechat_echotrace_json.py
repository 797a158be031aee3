"""EchoTrace JSON (WeChat 4.x; the tool WeFlow grew out of).

EchoTrace 导出的 JSON（微信 4.x，WeFlow 的前身）。

The records are WeFlow's without ids of messages. Quotes hold the reply only, recalls do not say by
whom, notices are filed under the room as 群成员. The moment of the export stands at the end.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._weflow_json import RECORD_KEYS, read_records, session_chat

_OTHERS: Final = (
    "weflow", "chatlab", "exportInfo", "chatInfo", "talker", "conversation", "schemaVersion",
)  # fmt: skip

_NOT_ITS_OWN: Final = frozenset(["senderAvatarKey", "platformMessageId"])
"""Keys of records of tools that came later, whose own head may stand at the end of a file."""


def sniff(export: Export) -> Match:
    """Look for a WeFlow session without the name of another tool."""
    seen = outline(export)
    if seen.root != "object" or "session" not in seen or not seen.is_array("messages"):
        return NO_MATCH
    if any(key in seen for key in _OTHERS) or not seen.text("session", "wxid"):
        return NO_MATCH
    keys = seen.item_keys("messages")
    if not keys:
        return Match(Confidence.WEAK, "key session with a wxid, no messages")
    if keys >= RECORD_KEYS and not keys & _NOT_ITS_OWN:
        return Match(Confidence.CERTAIN, "keys session and messages, no other head: EchoTrace")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block."""
    session = head_values(export, ["session"]).get("session")
    session = session if isinstance(session, dict) else {}
    chat = replace(session_chat(export, session), has_replies=False)
    yield from read_records(export, issues, chat, stated=session.get("messageCount"))


PARSER = Parser(
    name="wechat-echotrace-json",
    title="EchoTrace JSON",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "zone", "seconds", "mentions", "joins", "recalls"),
    obtain=(
        "EchoTrace: export the group as JSON.",
        "EchoTrace:导出群聊,格式选 JSON。",
    ),
)
