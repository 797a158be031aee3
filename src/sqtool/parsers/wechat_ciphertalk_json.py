"""CipherTalk detailed JSON (WeChat 4.x).

密语 CipherTalk 导出的详细 JSON（微信 4.x）。

WeFlow's records under another head. ``session.ownerId`` is the exporting user, not the owner of the
group; records may name the group nickname beside the shown name, which may be a private remark.
"""

from collections.abc import Iterator
from dataclasses import replace

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json_items import moment, text_of
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._weflow_json import read_records, session_chat


def sniff(export: Export) -> Match:
    """Look for the generator named in the head."""
    seen = outline(export)
    if seen.root != "object" or not seen.has("exportInfo", "session"):
        return NO_MATCH
    if not seen.is_array("messages") or "chatlab" in seen:
        return NO_MATCH
    if "ciphertalk" in seen.text("exportInfo", "generator").lower():
        return Match(Confidence.CERTAIN, "exportInfo names CipherTalk")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block."""
    facts = head_values(export, ["exportInfo", "session"])
    head, session = facts.get("exportInfo"), facts.get("session")
    session = session if isinstance(session, dict) else {}
    chat = replace(
        session_chat(export, session),
        exported_at=moment(head.get("exportedAt")) if isinstance(head, dict) else None,
        self_id=text_of(session.get("ownerId")),
    )
    yield from read_records(export, issues, chat, stated=session.get("messageCount"))


PARSER = Parser(
    name="wechat-ciphertalk-json",
    title="CipherTalk JSON",
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
        "CipherTalk: export the group as JSON.",
        "密语 CipherTalk:导出群聊,格式选 JSON。",
    ),
)
