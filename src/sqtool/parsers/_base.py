"""What a format is, and what its parser hands over.

Parsers copy, ``normalise`` decides. A parser keeps ids, names, texts and clock times as found; it
does not guess time zones, drop rows, merge people or read the wording of system notices. It never
raises for a bad record: the record becomes an issue, and the rest is read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.schema import EVENT, INSTANT, KIND

RAW_MESSAGES = pl.Schema(
    {
        "line": pl.UInt32(),  # 1-based line (text) or record number (JSON): where issues point
        "sent_at": INSTANT,  # exact formats (epoch, offset); null for wall-clock formats
        "wall_at": pl.Datetime("us"),  # wall-clock formats: the clock as printed, no zone
        "message_id": pl.String(),
        "sender_id": pl.String(),  # the platform's id; null if the format has none for this row
        "sender_name": pl.String(),  # shown name as found (untrimmed); null if none
        "kind": KIND,  # "system" for every notice, recall and pat
        "text": pl.String(),  # author's own part, byte-exact; the wording on system rows;
        #                       null where the record is only a media placeholder
        "reply_to_id": pl.String(),
        "quoted_sender": pl.String(),  # as the quote shows it: a name, or an id
        "quoted_text": pl.String(),  # the quoted or forwarded part
        "mention_ids": pl.List(pl.String()),  # ids where the format gives them; MENTION_ALL
        "mention_names": pl.List(
            pl.String()
        ),  # names, where it gives only those; normalise resolves
        "reactions": pl.UInt32(),  # how many emoji reactions the record shows
        # System rows of formats that carry structure. Left null, normalise reads the wording in
        # ``text`` through the grammar of ``_notices`` (names resolved to ids by metrics.md's rule).
        "event": EVENT,
        "actor_id": pl.String(),
        "actor_name": pl.String(),
        "target_ids": pl.List(pl.String()),
        "target_names": pl.List(pl.String()),
    }
)
"""What a parser may fill; columns it leaves out are null."""

RAW_MEMBERS = pl.Schema(
    {
        "member_id": pl.String(),
        "display_name": pl.String(),
        "account_name": pl.String(),
        "role": pl.String(),  # owner | admin | member
        "joined_at": INSTANT,
        "is_bot": pl.Boolean(),
    }
)
"""A column ``listed`` (Boolean) may be added where not everybody here is on the member list, and a
column ``remark``: what the exporting user privately calls somebody. It ties names in notices to
people and is never shown where another name is known."""


class Confidence(IntEnum):
    """How sure a sniffer is. The names are the whole scale: there is no number to tune."""

    NO = 0
    WEAK = 1
    LIKELY = 2
    CERTAIN = 3


@dataclass(frozen=True)
class Match:
    """The answer of a sniffer: how sure, and by which evidence (one sentence, no chat content)."""

    confidence: Confidence
    evidence: str = ""


NO_MATCH = Match(Confidence.NO)


@dataclass(frozen=True)
class RawChat:
    """One conversation of a file.

    Args:
        key: What tells this chat from others on the platform: the group id, else the chat's title,
            else the file stem.
        strong: Whether ``key`` is the platform's own id (files of one strong key are one chat).
        platform: ``qq``, ``wechat`` or what the interchange file names.
        name: Title for people.
        kind: ``group``, ``private`` or ``unknown``.
        exported_at: Moment of the export: aware if exact, naive if printed by a clock.
        self_id: Id of the exporting account, where the export says so.
        self_name: Its name, where there is no id.
        member_count: As stated by the export.
        members: ``RAW_MEMBERS`` carried by the export, or None.
        members_complete: Whether ``members`` is the whole member list (a roster).
        has_replies: Whether the format can carry replies or quotes.
        has_mentions: Whether the format can carry mentions that resolve to members.
        known: Columns of ``CHATS`` that were worked out before (files written by sqtool itself).
    """

    key: str
    strong: bool
    platform: str
    name: str
    kind: str
    exported_at: datetime | None = None
    self_id: str | None = None
    self_name: str | None = None
    member_count: int | None = None
    members: pl.DataFrame | None = None
    members_complete: bool = False
    has_replies: bool = False
    has_mentions: bool = False
    known: dict[str, object] | None = None


@dataclass(frozen=True)
class RawBatch:
    """A run of records of one chat, in file order.

    A file may yield many batches of a chat (large files are read piece by piece); facts known only
    at the end (members, export moment) may come with a last batch of no rows: later non-null facts
    replace earlier ones.

    Args:
        chat: The chat; batches with the same ``key`` belong together.
        messages: A frame with any of the columns of ``RAW_MESSAGES``.
    """

    chat: RawChat
    messages: pl.DataFrame


Fact = Literal[
    "ids",  # people have ids that survive a change of name
    "chat-id",  # the chat has one
    "message-ids",
    "zone",  # times are exact; without it they are a wall clock, read in --tz
    "seconds",  # times are precise to the second
    "replies",  # replies or quotes
    "mentions",  # mentions that can be tied to members
    "reactions",
    "joins",
    "leaves",  # of those who left by themselves
    "recalls",
    "members",  # a list of members, those who never spoke included
]
"""What a format may be able to tell."""


@dataclass(frozen=True)
class Parser:
    """A format that can be read.

    Args:
        name: Public name, ``platform-tool-container``; equals the file name.
        title: What users call it.
        platform: ``qq``, ``wechat``, ``any``.
        sniff: Looks at name and head only; never raises, never reads the whole file.
        parse: Yields every record of the file exactly once: rows out + rows in issues = records.
        carries: What the format can tell; the fixtures must show every item of it, and no other.
        obtain: How a user gets such a file, one sentence in English and one in Chinese.
        owns: For exports of several files: the files that ``parse`` reads beside this one, which
            then are not read on their own. None for a format of single files.
    """

    name: str
    title: str
    platform: str
    sniff: Callable[[Export], Match]
    parse: Callable[[Export, IssueLog], Iterator[RawBatch]]
    carries: tuple[Fact, ...]
    obtain: tuple[str, str]
    owns: Callable[[Export], list[Export]] | None = None


def raw_frame(columns: dict[str, object]) -> pl.DataFrame:
    """Build a raw frame from column lists, with the types of ``RAW_MESSAGES``.

    Args:
        columns: Equal-length lists (or Series) by column name.
    """
    return pl.DataFrame(columns, schema={name: RAW_MESSAGES[name] for name in columns})
