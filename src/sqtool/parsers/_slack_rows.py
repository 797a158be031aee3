"""Slack's records, and how they become rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.parsers._file_kinds import kind_by_media_type
from sqtool.parsers._json_items import lists, text_of, texts
from sqtool.parsers._slack_people import CALLS, Speakers
from sqtool.parsers._slack_records import Message
from sqtool.parsers._slack_text import mentioned, plain, text_of_blocks, unescaped
from sqtool.schema import EVENT, INSTANT, KIND

_SAID: Final = frozenset(
    "bot_message me_message thread_broadcast reply_broadcast file_share file_comment file_mention"
    " slackbot_response assistant_app_thread ekm_access_denied".split()
)
"""Subtypes of what people and bots say; what is not listed anywhere is a notice."""
_EVENT_BY_SUBTYPE: Final = {
    "channel_join": "join", "group_join": "join",
    "channel_leave": "leave", "group_leave": "leave",
    "channel_name": "rename", "group_name": "rename",
    "pinned_item": "pinned",
    "message_deleted": "recall",  # where the workspace keeps what was changed
    "tombstone": "recall",  # what is left of a deleted message that was answered
}  # fmt: skip
_TS: Final = r"^(\d{8,11})(?:\.(\d{1,6}))?$"


def frame(messages: Sequence[Message], records: Sequence[int], speakers: Speakers) -> pl.DataFrame:
    """Return records as rows of ``RAW_MESSAGES``, times that cannot be read as null."""
    senders = [speakers.read(m) for m in messages]
    space = speakers.workspace
    said = [_said(m, space.names, space.channel_names) for m in messages]
    rows = pl.DataFrame(
        {
            "line": records,
            "message_id": [_ts(m.ts) for m in messages],
            "_thread": [_ts(m.thread_ts) for m in messages],
            "_sender": texts([sender for sender, _ in senders]),
            "_name": texts([name for _, name in senders]),
            "kind": [kind for kind, _, _ in said],
            "text": texts([text for _, text, _ in said]),
            "mention_ids": lists([ids for _, _, ids in said]),
            "reactions": [_reactions(m) for m in messages],
            "_subtype": texts([m.subtype for m in messages]),
            "_inviter": texts([m.inviter for m in messages]),
        },
        schema_overrides={
            "line": pl.UInt32,
            "message_id": pl.String,
            "_thread": pl.String,
            "kind": KIND,
            "reactions": pl.UInt32,
        },
    )
    return _with_events(rows)


def _ts(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    # A number here was damaged by another tool: its last digits are gone, but not its second.
    return f"{value:.6f}" if isinstance(value, float) else text_of(value)


def _said(
    message: Message, people: Mapping[str, str], channels: Mapping[str, str]
) -> tuple[str, str | None, list[str] | None]:
    """Return kind, text and mentions."""
    text = message.text
    if message.subtype is None and message.file is None and isinstance(text, str) and text:
        return "text", plain(text, people, channels), mentioned(text)  # nearly all are such
    text, subtype = text_of(text), text_of(message.subtype)
    if text is None and message.blocks:
        text = text_of_blocks(_decoded(message.blocks)) or None
    if subtype in CALLS:
        return "call", None, None
    if subtype == "ekm_access_denied":
        return "other", None, None
    if subtype is not None and subtype not in _SAID:
        return "system", text and plain(text, people, channels), None
    kind = "text"
    file = message.files[0] if message.files else message.file
    if subtype == "file_comment":
        text = text_of(message.comment.comment) if message.comment else text
    elif subtype == "file_mention":
        text = None
    elif file is not None and file is message.file:
        # The text is Slack's own sentence, in the language of the workspace.
        text = text_of(file.initial_comment.comment) if file.initial_comment else None
    if text is None and file is not None:
        kind = kind_by_media_type(text_of(file.mimetype))
        text = (text_of(file.name) or text_of(file.title)) if kind == "file" else None
        return kind, text and unescaped(text), None
    if text is None and message.attachments:
        kind, card = "share", message.attachments[0]
        options = (card.title, card.pretext, card.text, card.fallback)
        text = next((words for one in options if (words := text_of(one))), None)
    if text is None:
        return ("other" if kind == "text" else kind), None, None
    return kind, plain(text, people, channels), mentioned(text)


def _decoded(value: Any) -> Any:
    if not isinstance(value, msgspec.Raw):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):  # only its brackets were checked before
        return None


def _reactions(message: Message) -> int:
    if not message.reactions:
        return 0
    return sum(
        r.count if isinstance(r.count, int) and 0 <= r.count < 10**9 else len(r.users or ())
        for r in message.reactions
    )


def _with_events(rows: pl.DataFrame) -> pl.DataFrame:
    system = pl.col("kind") == "system"
    event = pl.col("_subtype").replace_strict(
        _EVENT_BY_SUBTYPE, default="other", return_dtype=pl.String
    )
    befell = event.is_in(["join", "leave"]) & system
    added = (event == "join") & pl.col("_inviter").is_not_null()
    acts = system & ~befell & (event != "recall")
    seconds, rest = (pl.col("message_id").str.extract(_TS, n) for n in (1, 2))
    micros = rest.fill_null("").str.pad_end(6, "0").cast(pl.Int64)
    return rows.select(
        "line",
        "message_id",
        "kind",
        "text",
        "mention_ids",
        "reactions",
        sent_at=(seconds.cast(pl.Int64) * 1_000_000 + micros).cast(INSTANT),
        sender_id=pl.when(~system).then("_sender"),
        sender_name=pl.when(~system).then("_name"),
        reply_to_id=pl.when(pl.col("_thread") != pl.col("message_id"), ~system).then("_thread"),
        # What else looks like a mention is none: the format marks them.
        mention_names=pl.lit([], pl.List(pl.String)),
        event=pl.when(system & added).then(pl.lit("invite")).when(system).then(event).cast(EVENT),
        actor_id=pl.when(acts).then("_sender").when(system & added).then("_inviter"),
        actor_name=pl.when(acts).then("_name"),
        target_ids=pl.when(befell).then(pl.concat_list("_sender")),
        target_names=pl.when(befell).then(pl.concat_list("_name")),
    )
