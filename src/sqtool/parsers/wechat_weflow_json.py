"""WeFlow detailed JSON (WeChat 3.9 and 4.x).

WeFlow 导出的详细 JSON。

Times are exact. The shown name follows a setting of the exporting user and may be a private remark.
Notices have the room as sender, recalls the revoker or the exporting user: nobody is taken for the
sender of a notice unless its wording names them.
"""

from collections.abc import Iterator
from dataclasses import replace

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json_items import moment
from sqtool.parsers._json_peek import Outline, head_values, outline
from sqtool.parsers._weflow_json import RECORD_KEYS, read_records, session_chat


def _its_own(seen: Outline) -> bool:
    """Whether the records look like WeFlow's, and like nobody else's."""
    keys = seen.item_keys("messages")
    return keys >= RECORD_KEYS and "senderAvatarKey" in keys and "exportInfo" not in seen


def sniff(export: Export) -> Match:
    """Look for the outermost key weflow beside messages, and for none of the Arkme variant.

    Where the outline ends before that key, the avatar keys of the records tell as much.
    """
    seen = outline(export)
    if seen.root != "object" or not seen.is_array("messages"):
        return NO_MATCH
    if "weflow" not in seen and not ("session" in seen and _its_own(seen)):
        return NO_MATCH
    if "chatlab" in seen or "chatInfo" in seen or seen.text("weflow", "format") == "arkme-json":
        return NO_MATCH
    if "senders" in seen or "senderID" in seen.item_keys("messages"):
        return NO_MATCH
    return Match(Confidence.CERTAIN, "keys weflow and messages: WeFlow detailed JSON")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block."""
    facts = head_values(export, ["weflow", "session"])
    weflow, session = facts.get("weflow"), facts.get("session")
    session = session if isinstance(session, dict) else {}
    exported = moment(weflow.get("exportedAt")) if isinstance(weflow, dict) else None
    chat = replace(session_chat(export, session), exported_at=exported)
    yield from read_records(export, issues, chat, stated=session.get("messageCount"))


PARSER = Parser(
    name="wechat-weflow-json",
    title="WeFlow detailed JSON",
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
        "WeFlow: export the group as JSON (detailed).",
        "WeFlow:导出群聊,格式选 JSON(详细)。",
    ),
)
