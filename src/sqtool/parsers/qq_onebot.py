"""OneBot v11 events (NapCat, LLOneBot, Lagrange, go-cqhttp): a bot's log, or a page of history.

OneBot v11 事件（NapCat、LLOneBot、Lagrange、go-cqhttp）：机器人的事件日志，或拉取的群历史消息。

One event a line, an array of events, or the answer of ``get_group_msg_history``. Several groups and
private chats stand in one file; heartbeats and requests belong to none. Times are exact, ids are QQ
numbers. Message ids are those of one bot: where several bots wrote the file, the others' ids are
told apart and what several saw is kept once. A bot may have been down: a gap is not silence.
"""

import re
from collections.abc import Iterator, Sequence

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json import read_array, read_object
from sqtool.parsers._json_lines import read_lines
from sqtool.parsers._json_peek import Outline, outline
from sqtool.parsers._onebot_log import Event, EventLog

_LINE = re.compile(
    r'^\s*\{[^\n]*"post_type" ?: ?"(?:message|message_sent|notice|request|meta_event)"',
    re.MULTILINE,
)


def sniff(export: Export) -> Match:
    """Look for events one a line, in an array, or in the answer of a history request."""
    if _LINE.search(export.head_text):
        return Match(Confidence.CERTAIN, "lines are OneBot events (post_type)")
    seen = outline(export)
    if seen.root == "array":
        return _shape(seen.item_keys(), "array of OneBot")
    if seen.root == "object" and (seen.is_array("messages") or "data" in seen):
        return _shape(_answer_keys(seen), "an answer that holds OneBot")
    keys = frozenset(seen.fragments) | frozenset(seen.scalars)
    return _shape(keys, "lines of OneBot") if seen.root == "object" else NO_MATCH


def _shape(keys: frozenset[str], what: str) -> Match:
    if keys >= {"post_type", "self_id"}:
        return Match(Confidence.CERTAIN, f"{what} events (post_type, self_id)")
    if keys >= {"message_type", "group_id"} and keys & {"user_id", "sender"}:
        return Match(Confidence.LIKELY, f"{what} messages (message_type, group_id)")
    return NO_MATCH


def _answer_keys(seen: Outline) -> frozenset[str]:
    if seen.is_array("messages"):
        return seen.item_keys("messages")
    inner = seen.fragments.get("data", b"")
    at = inner.find(b'"messages"')
    items = inner[at:].partition(b"[")[2] if at >= 0 else b""
    return Outline("array", {"": items}).item_keys()


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of every chat, once the last event is read."""
    log = EventLog(export, issues)
    for events, numbers in _events(export, issues):
        log.add(events, numbers)
    yield from log.finish()


def _events(export: Export, issues: IssueLog) -> Iterator[tuple[list[Event], Sequence[int]]]:
    head = export.head_text.lstrip()
    first = head.partition("\n")[0].rstrip()
    if head.startswith("["):
        yield from read_array(export, issues, Event)
    elif head.startswith("{") and "\n" in head and not first.endswith("}"):
        # An answer laid out over many lines.
        for part in read_object(export, issues, arrays={"messages": Event}, values=("data",)):
            if part.key == "messages":
                yield part.value, part.records
            else:
                yield [Event(data=part.value)], [1]
    else:
        yield from read_lines(export, issues, Event)


PARSER = Parser(
    name="qq-onebot",
    title="OneBot v11 events",
    platform="qq",
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
        "reactions",
        "joins",
        "leaves",
        "recalls",
    ),
    obtain=(
        "NapCat, LLOneBot, Lagrange, go-cqhttp: log the events, or save get_group_msg_history.",
        "NapCat、LLOneBot、Lagrange、go-cqhttp:把事件逐行存盘,或保存 get_group_msg_history 结果。",
    ),
)
