"""WeFlow Arkme JSON: the detailed JSON with its senders in a list of their own.

WeFlow 导出的 Arkme JSON：发送者另列一表。

Records refer to ``senders`` by number. That list has group nicknames and nicknames; these are
shown, never the private remarks. ``groupMembers`` are those who appear, not the whole group.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json_items import moment, text_of
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._weflow_json import Names, read_records, session_chat, shown_name


def sniff(export: Export) -> Match:
    """Look for the format named in the head, else for records that give their sender by number."""
    seen = outline(export)
    if seen.root != "object" or "weflow" not in seen or not seen.is_array("messages"):
        return NO_MATCH
    if "chatlab" in seen or "chatInfo" in seen:
        return NO_MATCH
    named = seen.text("weflow", "format") == "arkme-json"
    if named or "senders" in seen or "senderID" in seen.item_keys("messages"):
        return Match(Confidence.CERTAIN, "keys weflow and messages: WeFlow Arkme JSON")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block."""
    # The senders stand behind the records: the file is gone through once for them alone.
    facts = head_values(export, ["weflow", "session", "senders"])
    weflow, session = facts.get("weflow"), facts.get("session")
    session = session if isinstance(session, dict) else {}
    exported = moment(weflow.get("exportedAt")) if isinstance(weflow, dict) else None
    chat = replace(session_chat(export, session), exported_at=exported)
    senders = _senders(facts.get("senders"))
    stated = session.get("messageCount")
    yield from read_records(export, issues, chat, senders=senders, stated=stated)


def _senders(value: Any) -> Names:
    people = value if isinstance(value, list) else []
    return {
        number: (text_of(person.get("wxid")), shown_name(person))
        for person in people
        if isinstance(person, dict) and (number := text_of(person.get("senderID")))
    }


PARSER = Parser(
    name="wechat-weflow-arkme",
    title="WeFlow Arkme JSON",
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
        "WeFlow: export the group as Arkme JSON.",
        "WeFlow:导出群聊,格式选 Arkme JSON。",
    ),
)
