"""From what parsers found to the project's schema: one chat at a time.

Times become UTC instants, people become ids, system wordings become events, quotes and mentions are
resolved to ids. Rows in = rows kept + duplicates + rows in issues.

A chat is worked on in runs of time. What must be known of all of it (who carried which name, the
notices, the messages that others answer) is little and stays in memory; the rows need not.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.events import Events, read_events
from sqtool.identity import clean_name, name_index, without_remarks
from sqtool.issues import IssueLog
from sqtool.merge import NO_TIES, Sources, compare, drop_duplicates, outline
from sqtool.ordering import in_order, nothing
from sqtool.parsers._base import RawChat
from sqtool.parts import Part, instant, newest_first, timed
from sqtool.people import members_of
from sqtool.references import is_quoting, mentions, replies
from sqtool.schema import FOUND, MESSAGES
from sqtool.senders import senders_of
from sqtool.spool import Chunk, Spool

LEAST_FULL_MINUTES: Final = 4
"""So many messages on the full minute and no other: that is no chance."""
_FOUND = ("event", "actor_id", "target_ids")
"""What notices are read into."""
_SETTLED = ("line", "file_no", "actor_name", "target_names", *_FOUND)
"""What nobody asks for any more once the notices are taken out."""
_ORIGINAL = ("message_id", "sender_id", "text", "ordinal")


@dataclass(frozen=True)
class Normalised:
    """One chat in the project's schema, and how many rows went where.

    Args:
        chat: One row of ``CHATS`` as a dict.
        members: ``MEMBERS``.
        chunks: ``MESSAGES``, sorted, in runs of time.
        speakers: member_id of everybody who spoke.
        duplicates: Rows left out as duplicates, by file.
        strong: Whether the chat's id is the platform's own.
    """

    chat: dict[str, object]
    members: pl.DataFrame
    chunks: tuple[Chunk, ...]
    speakers: pl.DataFrame
    duplicates: dict[str, int]
    strong: bool

    @property
    def messages(self) -> pl.DataFrame:
        """All messages in one frame."""
        frames = [chunk.read() for chunk in self.chunks]
        return pl.concat(frames, rechunk=False) if frames else pl.DataFrame(schema=MESSAGES)

    def newest(self) -> datetime | None:
        """The time of the newest message; to be asked before chunks are dropped."""
        if not self.chunks:
            return None
        last = self.chunks[-1].columns("sent_at").max().collect().item()
        return last if isinstance(last, datetime) else None


def normalise(
    chat_id: str,
    parts: list[Part],
    tz: ZoneInfo,
    issues: IssueLog,
    spool: Spool | None = None,
    *,
    with_found: bool = False,
    last: bool = False,
) -> Normalised:
    """Bring one chat, from one or several files, into the project's schema.

    Args:
        chat_id: Its id in the dataset.
        parts: What each file holds of it.
        tz: Zone of formats that print a wall clock.
        issues: Receives every row that is left out.
        spool: Where rows wait; in memory if None.
        with_found: Whether the chunks shall have the columns of ``FOUND``, too.
        last: Whether the rows of the parts are not needed again: they then make room.
    """
    spool = spool or Spool()
    chat = _facts(parts, tz)
    short = spool.in_one(sum(part.rows.height for part in parts))
    timely = None
    if short:
        timely = [list(timed(part, n, tz, issues, last=last)) for n, part in enumerate(parts)]
    sources = _sources(parts, tz, timely)
    if sources.ties.height:
        detail = f"{sources.ties.height} names are people of another file: equal messages say so"
        for number in sources.ties["file_no"].unique().sort():
            issues.add("names-tied", sources.files[number], rows=0, detail=detail)
    chunks, left_out = in_order(parts, sources, tz, issues, spool, timely, last=last)
    known = [_settle(chunk, sources, chat, keep=with_found) for chunk in chunks]
    found = _from_files(parts, sources, chunks) if with_found else None
    senders = _all_senders(known)
    names = name_index(senders, chat.members)
    firsts = [0, *accumulate(one.height for one in known)][:-1]
    notices = [_from(first, one.notices) for first, one in zip(firsts, known, strict=True)]
    events = read_events(pl.concat(notices), names, chat, senders)
    said = pl.concat(notices).select("ordinal", "sent_at").join(events.found, on="ordinal")
    originals = _originals(chunks, firsts)
    has_mentions = any(part.chat.has_mentions for part in parts)
    for first, chunk in zip(firsts, chunks, strict=True):
        rows = _from(first, chunk.take())
        messages = _finish(rows, chat_id, events, originals, names, senders, found)
        has_mentions = has_mentions or messages["mention_ids"].is_not_null().any()
        chunk.write(messages)
    duplicates: dict[str, int] = {}
    for counts in (left_out, *(one.duplicates for one in known)):
        for number, count in sorted(counts.items()):
            file = sources.files[number]
            duplicates[file] = duplicates.get(file, 0) + count
    facts: dict[str, object] = {
        "chat_id": chat_id,
        "platform": chat.platform,
        "name": chat.name,
        "kind": chat.kind,
        "exported_at": instant(chat.exported_at, tz),
        "self_id": chat.self_id,
        "has_roster": False,
        "roster_source": None,
        "member_count": chat.member_count,
        "joins_named": events.named,
        "joins_linked": events.linked,
        "has_replies": any(part.chat.has_replies for part in parts),
        "has_mentions": has_mentions,
        "source": "; ".join(dict.fromkeys(part.file for part in parts)),
        "format": "; ".join(dict.fromkeys(part.format for part in parts)),
    }
    if len(parts) == 1 and parts[0].chat.known:
        facts.update(parts[0].chat.known)
    members = members_of(chat_id, chat, said, senders, events.shown, names)
    speakers = senders.select(member_id="sender_id").unique()
    return Normalised(facts, members, tuple(chunks), speakers, duplicates, chat.strong)


@dataclass(frozen=True)
class _Known:
    """What is remembered of a chunk: its size, its senders, its notices."""

    height: int
    senders: pl.DataFrame
    notices: pl.DataFrame
    duplicates: dict[int, int]


def _sources(parts: list[Part], tz: ZoneInfo, timely: list[list[pl.DataFrame]] | None) -> Sources:
    files = [part.file for part in parts]
    formats = [part.format for part in parts]
    by_minute = [part.by_minute for part in parts]
    if sum(part.rows.height > 0 for part in parts) <= 1:
        numbers = [part.numbering for part in parts]
        alike = [0] * len(parts)
        return Sources(files, alike, by_minute, NO_TIES, alike, numbers, None, several=False)
    firsts: dict[str, int] = {}
    for number, part in enumerate(parts):
        if part.stored is not None:
            firsts.setdefault(part.stored, number)
    origins = [firsts.get(part.stored or "", number) for number, part in enumerate(parts)]
    quiet = IssueLog()  # the rows set aside are reported when they are read for good
    empty = outline(nothing())
    outlines = [
        pl.concat([empty, *(outline(rows) for rows in frames)])
        for frames in timely or (timed(part, n, tz, quiet) for n, part in enumerate(parts))
    ]
    # Of the store's rows it is known: several files together may look otherwise than each of them.
    by_minute = [
        known or (part.stored is None and _full_minutes(rows))
        for part, known, rows in zip(parts, by_minute, outlines, strict=True)
    ]
    kept = [part.numbering if part.stored is not None else None for part in parts]
    return compare(files, formats, by_minute, outlines, origins, kept)


def _full_minutes(rows: pl.DataFrame) -> bool:
    """Whether the times lack seconds, in a format that prints them in some versions only."""
    odd = pl.col("sent_at") != pl.col("sent_at").dt.truncate("1m")
    return rows.height >= LEAST_FULL_MINUTES and not rows.select(odd.any()).item()


def _settle(chunk: Chunk, sources: Sources, chat: RawChat, *, keep: bool) -> _Known:
    """Make the rows of a chunk final: no duplicates, in order, every message with a sender."""
    rows = chunk.take()
    if sources.ties.height:
        rows = (
            rows.with_columns(name=clean_name(pl.col("sender_name")))
            .join(sources.ties, on=["file_no", "name"], how="left", maintain_order="left")
            .with_columns(sender_id=pl.coalesce("sender_id", "tied_id"))
            .drop("name", "tied_id")
        )
    rows, duplicates = drop_duplicates(rows, sources)
    if sources.several or not rows["sent_at"].is_sorted():
        rows = rows.sort("sent_at", sources.origin(), "ordinal")
    rows = rows.with_columns(ordinal=pl.int_range(pl.len(), dtype=pl.UInt32))
    rows = without_remarks(rows, chat.members)
    senders = senders_of(rows, chat)
    rows = rows.drop(*senders.replaced, *(() if keep else _SETTLED))
    if keep:
        acted = senders.notices.select("ordinal", acted="actor_id")
        rows = rows.join(acted, on="ordinal", how="left", maintain_order="left")
        rows = rows.drop("actor_id").rename({"acted": "actor_id"})
    chunk.write(senders.beside(rows))
    return _Known(rows.height, senders.shown, senders.notices, duplicates)


def _from(first: int, rows: pl.DataFrame) -> pl.DataFrame:
    """Number rows, which are numbered within their chunk, through the whole chat."""
    return rows.with_columns(pl.col("ordinal") + pl.lit(first, pl.UInt32)) if first else rows


def _all_senders(known: list[_Known]) -> pl.DataFrame:
    if len(known) == 1:
        return known[0].senders
    frames, first = [], 0
    for one in known:
        frames.append(one.senders.with_columns(pl.col("last_ordinal") + pl.lit(first, pl.UInt32)))
        first += one.height
    return (
        pl.concat(frames)
        .group_by("sender_id", "sender_name")
        .agg(pl.col("first_at").min(), pl.col("last_ordinal").max())
    )


def _originals(chunks: list[Chunk], firsts: list[int]) -> pl.DataFrame | None:
    """Return the messages that messages of other chunks may answer; None for a single chunk."""
    if len(chunks) == 1:
        return None
    quoting = pl.concat(
        [
            chunk.columns("reply_to_id", "quoted_sender", "quoted_text", "kind")
            .filter(is_quoting())
            .select("reply_to_id", "quoted_text")
            .unique()
            .collect()
            for chunk in chunks
        ]
    )
    ids = quoting.select(message_id="reply_to_id").drop_nulls().unique()
    words = quoting.filter(pl.col("reply_to_id").is_null()).select(text="quoted_text")
    words = words.drop_nulls().unique()
    found = []
    for first, chunk in zip(firsts, chunks, strict=True):
        told = chunk.columns(*_ORIGINAL).filter(pl.col("message_id").is_not_null())
        rows = _from(first, told.collect())
        by_id = rows.join(ids, on="message_id", how="semi")
        by_words = rows.join(words, on="text", how="semi")
        # What only an id asks for is kept without its text.
        found += [by_id.with_columns(text=pl.lit(None, pl.String)), by_words]
    return pl.concat(found)


def _finish(
    rows: pl.DataFrame,
    chat_id: str,
    events: Events,
    originals: pl.DataFrame | None,
    names: pl.DataFrame,
    senders: pl.DataFrame,
    found: pl.DataFrame | None,
) -> pl.DataFrame:
    schema = dict(MESSAGES)
    if found is not None:
        of_file = [pl.lit(one).gather(pl.col("file_no")).alias(one.name) for one in found]
        said = {
            name: pl.col(name.removeprefix("found_")) for name in FOUND if name.startswith("found_")
        }
        rows = rows.with_columns(*of_file, **said).drop(_SETTLED)
        schema |= dict(FOUND)
    answers = replies(rows, rows if originals is None else originals, names, senders)
    named = mentions(rows, names)
    rows = rows.drop("mention_names")
    rows = _with_findings(rows, events.found, named, answers)
    return rows.with_columns(chat_id=pl.lit(chat_id)).select(
        pl.col(name).cast(dtype) for name, dtype in schema.items()
    )


def _from_files(parts: list[Part], sources: Sources, chunks: list[Chunk]) -> pl.DataFrame:
    """Return by file_no what ``FOUND`` has of the file a row comes from."""
    minutes = list(sources.by_minute)
    if not sources.several:
        said = pl.col("kind") != "system"
        times = (chunk.columns("sent_at", "kind").filter(said).collect() for chunk in chunks)
        whole = _full_minutes(pl.concat(times))
        minutes = [known or whole for known in minutes]
    schema = {name: FOUND[name] for name in ("source", "numbering", "by_minute")}
    formats = [part.format for part in parts]
    return pl.DataFrame([formats, list(sources.numbers), minutes], schema=schema)


def _facts(parts: list[Part], tz: ZoneInfo) -> RawChat:
    """Join what the files say of the chat: the newest export that says it wins, members add up."""
    first = parts[0].chat
    chats = [part.chat for part in newest_first(parts, tz)]
    frames = [c.members for c in chats if c.members is not None]
    members = (
        pl.concat(frames, how="diagonal").unique("member_id", keep="first", maintain_order=True)
        if frames
        else None
    )
    exported = [at for c in chats if (at := instant(c.exported_at, tz)) is not None]
    return RawChat(
        key=first.key,
        strong=any(c.strong for c in chats),
        platform=first.platform,
        name=next((c.name for c in chats if c.name), first.key),
        kind=next((c.kind for c in chats if c.kind != "unknown"), "unknown"),
        exported_at=max(exported, default=None),
        self_id=next((c.self_id for c in chats if c.self_id), None),
        self_name=next((c.self_name for c in chats if c.self_name), None),
        member_count=next((c.member_count for c in chats if c.member_count), None),
        members=members,
        members_complete=any(c.members_complete for c in chats),
    )


def _with_findings(
    rows: pl.DataFrame, events: pl.DataFrame, named: pl.DataFrame, answers: pl.DataFrame
) -> pl.DataFrame:
    """Put what notices, mentions and quotes turned out to mean beside the rows.

    It is found for few rows, and their ordinals say where these are.
    """
    first = rows.item(0, "ordinal") if rows.height else 0
    found = events.select("ordinal", *_FOUND).filter(
        pl.col("ordinal").is_between(first, first + rows.height, closed="left")
    )
    for more in (named, answers):
        found = found.join(more, on="ordinal", how="full", coalesce=True)
    places = found["ordinal"].to_numpy().astype(np.int64) - first
    own = rows.select(pl.col("mention_ids", "reply_to_id").gather(pl.Series(places)))
    found = found.with_columns(own)
    both = pl.col("mention_ids").is_not_null() & pl.col("named").is_not_null()
    mentioned = found.filter(pl.col("named").is_not_null()).select(
        "ordinal",
        value=pl.when(both)
        .then(pl.concat_list("mention_ids", "named").list.unique(maintain_order=True))
        .otherwise("named"),
    )
    answered = found.filter(pl.col("reply_to_id").is_null(), pl.col("target").is_not_null())
    where = _where(places, found.height, rows.height)
    return rows.with_columns(
        *(_spread(found[name], where) for name in (*_FOUND, "reply_to_member")),
        _replaced(rows, "mention_ids", mentioned),
        _replaced(rows, "reply_to_id", answered.select("ordinal", value="target")),
    )


def _where(places: NDArray[np.int64], count: int, height: int) -> pl.Series:
    """Return for so many rows which of so many values stands there: beyond the last for none."""
    where = np.full(height, count, np.uint32)
    where[places] = np.arange(count, dtype=np.uint32)
    return pl.Series(where)


def _spread(values: pl.Series, where: pl.Series) -> pl.Expr:
    """Return a column with the values where they belong, null elsewhere."""
    if values.null_count() == len(values):
        # A literal takes no memory, however many rows there are.
        return pl.lit(None, values.dtype).alias(values.name)
    return pl.lit(pl.concat([values, values.clear(1)], rechunk=True).gather(where))


def _replaced(rows: pl.DataFrame, name: str, values: pl.DataFrame) -> pl.Expr:
    """Return a column with other values (ordinal, value) in some rows."""
    if values.is_empty():
        return pl.col(name)
    places = values["ordinal"].to_numpy().astype(np.int64) - rows.item(0, "ordinal")
    if rows.select(pl.col(name).is_null().all()).item():
        where = _where(places, values.height, rows.height)
        return _spread(values["value"].alias(name), where)
    place = np.arange(rows.height, dtype=np.uint32)
    place[places] = np.arange(rows.height, rows.height + values.height, dtype=np.uint32)
    every = pl.concat([rows[name], values["value"].alias(name)], rechunk=True)
    return pl.lit(every.gather(pl.Series(place)))
