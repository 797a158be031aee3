"""The contract of the project: what a normalised chat looks like.

Everything before this (exports, parsers, normalising) ends here, everything after it (metrics,
reports) starts here. Unknown is null, never 0 and never an empty string.
"""

from dataclasses import dataclass, field, replace

import polars as pl

KINDS = (
    "text", "image", "voice", "video", "file", "sticker", "link", "location", "red_packet",
    "transfer", "call", "share", "forward", "contact", "system", "other",
)  # fmt: skip
EVENTS = (
    "join", "invite", "qr_join", "leave", "removed", "rename", "recall", "poke", "mute", "admin",
    "owner", "announcement", "red_packet_received", "pinned", "other",
)  # fmt: skip
JOIN_EVENTS = ("join", "invite", "qr_join")
LEAVE_EVENTS = ("leave", "removed")

KIND = pl.Enum(KINDS)
EVENT = pl.Enum(EVENTS)
INSTANT = pl.Datetime("us", "UTC")

MENTION_ALL = "@all"
"""The id in ``mention_ids`` that stands for everyone (@所有人, @全体成员)."""

WEAK_ID = "name:"
"""Prefix of a member id that is only a name: formats without ids, joiners known by name."""

MESSAGES = pl.Schema(
    {
        "chat_id": pl.String(),
        "message_id": pl.String(),  # the platform's own id, as text; null where the format has none
        "sent_at": INSTANT,  # local days are derived, never stored
        "sender_id": pl.String(),  # null on system rows: who acted is actor_id
        "sender_name": pl.String(),  # name as shown at that moment
        "ordinal": pl.UInt32(),  # place in the chat: order among equal times
        "kind": KIND,
        "text": pl.String(),  # the author's own part, byte-exact; null for a bare placeholder
        "reply_to_id": pl.String(),  # message_id of the message answered, where it can be resolved
        "reply_to_member": pl.String(),  # sender_id of the message answered, where known
        "quoted_sender": pl.String(),
        "quoted_text": pl.String(),
        "mention_ids": pl.List(pl.String()),
        "reactions": pl.UInt32(),  # emoji reactions it got; null where the format shows none
        "event": EVENT,  # null unless kind == "system"
        "actor_id": pl.String(),  # who invited, removed, recalled, poked, renamed
        "target_ids": pl.List(pl.String()),  # who joined, was removed, left, was poked
    }
)
"""One row per message or notice, sorted by chat, time, ordinal."""

FOUND = pl.Schema(
    {
        "source": pl.String(),  # name of the format
        "numbering": pl.UInt32(),  # in a chat: message ids are compared among equal ones only
        "by_minute": pl.Boolean(),  # the time lacks its seconds
        "found_event": EVENT,
        "found_actor_id": pl.String(),
        "found_actor_name": pl.String(),
        "found_target_ids": pl.List(pl.String()),
        "found_target_names": pl.List(pl.String()),
        "found_mention_ids": pl.List(pl.String()),
        "found_mention_names": pl.List(pl.String()),
        "found_reply_to_id": pl.String(),
    }
)
"""What the file itself said where ``MESSAGES`` holds what it was found to mean. With these beside
it a row can be normalised again when more of its chat is known: the store keeps them."""

MEMBERS = pl.Schema(
    {
        "chat_id": pl.String(),
        "member_id": pl.String(),
        "display_name": pl.String(),  # newest non-empty name shown in this chat
        "account_name": pl.String(),
        "role": pl.String(),  # owner | admin | member, or null
        "joined_at": INSTANT,  # last known join
        "left_at": INSTANT,  # last known leave with no join after it
        "is_bot": pl.Boolean(),
        "is_self": pl.Boolean(),  # the exporting account; null where the export does not say
        "in_roster": pl.Boolean(),  # null where the chat has no roster
    }
)
"""Everybody who spoke, was named in an event, or is on the roster; sorted by chat, id."""

CHATS = pl.Schema(
    {
        "chat_id": pl.String(),
        "platform": pl.String(),
        "name": pl.String(),
        "kind": pl.String(),  # group | private | unknown
        "exported_at": INSTANT,
        "self_id": pl.String(),
        "has_roster": pl.Boolean(),
        "roster_source": pl.String(),  # file | export | events, null where has_roster is false
        "member_count": pl.UInt32(),  # as stated by the export, where it states one
        "joins_named": pl.UInt32(),  # join notices that carry a name and no id
        "joins_linked": pl.UInt32(),  # … of which were tied to a member
        "has_replies": pl.Boolean(),  # the format carries replies or quotes
        "has_mentions": pl.Boolean(),  # the format carries mentions that resolve to ids
        "source": pl.String(),  # file name(s)
        "format": pl.String(),
    }
)

ISSUES = pl.Schema(
    {
        "code": pl.String(),  # stable kebab-case
        "file": pl.String(),
        "line": pl.UInt32(),  # 1-based line or record, null if the whole file
        "rows": pl.UInt32(),  # rows lost by it; 0 for a note about rows that were kept
        "detail": pl.String(),  # never message text, never names
    }
)

IMPORTS = pl.Schema(
    {
        "file": pl.String(),
        "format": pl.String(),
        "evidence": pl.String(),
        "encoding": pl.String(),  # null for binary files
        "chats": pl.UInt32(),
        "rows_in": pl.UInt32(),  # records found in the file
        "rows_kept": pl.UInt32(),
        "rows_duplicate": pl.UInt32(),
        "rows_skipped": pl.UInt32(),  # rows in issues
        # Of chats that were not asked for; null if no chat was picked.
        # in = kept + duplicate + skipped + other chats
        "rows_other_chats": pl.UInt32(),
    }
)

TAGS = pl.Schema({"chat_id": pl.String(), "tag": pl.String(), "value": pl.String()})
"""What the operator says of chats (city, course, team …); one value per chat and tag."""

EXTRAS = pl.Schema(
    {
        "chat_id": pl.String(),
        "member_id": pl.String(),
        "column": pl.String(),
        "value": pl.String(),
    }
)
"""Columns of member lists that are the operator's own (course, paid, expiry …)."""

MOVES = pl.Schema(
    {
        "chat_id": pl.String(),
        "member_id": pl.String(),
        "event": pl.String(),  # join | leave | name_new | name_gone | null: see below
        "after": INSTANT,  # last known otherwise: the list before, or a notice since
        "until": INSTANT,  # the list that shows the difference
    }
)
"""Joins and leaves that only two member lists of different days tell; events in the log are not
here. ``name_new`` and ``name_gone``: lists without ids where somebody joined, left or was renamed.
A row without member and event stands for every pair of lists compared, also where nothing differs.
"""

FLAT = ("chat_id", "chat_name", *(n for n in MESSAGES if n not in ("chat_id", "ordinal")))
"""The columns of messages written as one plain table; lists are JSON arrays."""

PARQUET_KEY = "sqtool"
"""Under this key a Parquet file of messages holds its chats and members, as JSON."""
PARQUET_VERSION = 1


@dataclass(frozen=True)
class Dataset:
    """Normalised chats: the only thing metrics ever see.

    Args:
        chats: ``CHATS``, one row per chat.
        members: ``MEMBERS``.
        messages: ``MESSAGES``, sorted by chat, time, ordinal.
        issues: ``ISSUES``: everything that was skipped or is doubtful.
        imports: ``IMPORTS``, one row per file read.
        tags: ``TAGS``.
        extras: ``EXTRAS``.
        moves: ``MOVES``.
    """

    chats: pl.LazyFrame
    members: pl.LazyFrame
    messages: pl.LazyFrame
    issues: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ISSUES))
    imports: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=IMPORTS))
    tags: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TAGS))
    extras: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EXTRAS))
    moves: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MOVES))

    @classmethod
    def empty(cls) -> "Dataset":
        """Return a dataset of no chats."""
        return cls(
            pl.LazyFrame(schema=CHATS), pl.LazyFrame(schema=MEMBERS), pl.LazyFrame(schema=MESSAGES)
        )

    def only(self, chat_id: str) -> "Dataset":
        """Return the same dataset with one chat left in it (issues and imports stay whole)."""
        keep = pl.col("chat_id") == chat_id
        return replace(
            self,
            chats=self.chats.filter(keep),
            members=self.members.filter(keep),
            messages=self.messages.filter(keep),
            tags=self.tags.filter(keep),
            extras=self.extras.filter(keep),
            moves=self.moves.filter(keep),
        )
