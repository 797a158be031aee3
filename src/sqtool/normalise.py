"""From what parsers found to the project's schema: one chat at a time.

Times become UTC instants, people become ids, system wordings become events, quotes and mentions are
resolved to ids. Rows in = rows kept + duplicates + rows in issues.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.events import read_events
from sqtool.identity import clean_name, name_index, shown_names, weak_id
from sqtool.issues import IssueLog
from sqtool.merge import drop_duplicates
from sqtool.parsers._base import RAW_MESSAGES, RawChat
from sqtool.people import members_of
from sqtool.references import mentions, replies
from sqtool.schema import INSTANT, MESSAGES

_MOST_DAYS = 40_000
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
"""No chat is older than chat programs, and none comes from the next century."""


@dataclass(frozen=True)
class Part:
    """One chat as one file has it.

    Args:
        chat: Facts of the chat.
        messages: ``RAW_MESSAGES`` columns, in file order.
        file: The file's title, for issues.
        format: Name of the format.
    """

    chat: RawChat
    messages: pl.DataFrame
    file: str
    format: str


@dataclass(frozen=True)
class Normalised:
    """One chat in the project's schema, and how many rows went where.

    Args:
        chat: One row of ``CHATS`` as a dict.
        members: ``MEMBERS``.
        messages: ``MESSAGES``, sorted.
        duplicates: Rows left out as duplicates, by file.
    """

    chat: dict[str, object]
    members: pl.DataFrame
    messages: pl.DataFrame
    duplicates: dict[str, int]


def normalise(chat_id: str, parts: list[Part], tz: ZoneInfo, issues: IssueLog) -> Normalised:
    """Bring one chat, from one or several files, into the project's schema.

    Args:
        chat_id: Its id in the dataset.
        parts: What each file holds of it.
        tz: Zone of formats that print a wall clock.
        issues: Receives every row that is left out.
    """
    chat = _facts(parts)
    frames = [_with_times(part, number, tz, issues) for number, part in enumerate(parts)]
    rows = pl.concat(frames) if len(frames) > 1 else frames[0]
    rows, duplicates = drop_duplicates(rows, [part.file for part in parts])
    if len(frames) > 1 or not rows["sent_at"].is_sorted():
        rows = rows.sort("sent_at", "file_no", "ordinal")
    rows = rows.with_columns(ordinal=pl.int_range(pl.len(), dtype=pl.UInt32))
    rows = _with_senders(rows, chat)
    senders = shown_names(rows)
    names = name_index(senders, chat.members)
    events = read_events(rows, names, chat, senders)
    rows = _with_findings(rows, events.found, mentions(rows, names), replies(rows, names))
    messages = rows.with_columns(chat_id=pl.lit(chat_id)).select(
        pl.col(name).cast(dtype) for name, dtype in MESSAGES.items()
    )
    members = members_of(chat_id, chat, messages, senders, events.shown, names)
    facts: dict[str, object] = {
        "chat_id": chat_id,
        "platform": chat.platform,
        "name": chat.name,
        "kind": chat.kind,
        "exported_at": _instant(chat.exported_at, tz),
        "self_id": chat.self_id,
        "has_roster": False,
        "roster_source": None,
        "member_count": chat.member_count,
        "joins_named": events.named,
        "joins_linked": events.linked,
        "has_replies": any(part.chat.has_replies for part in parts),
        "has_mentions": any(part.chat.has_mentions for part in parts)
        or messages["mention_ids"].is_not_null().any(),
        "source": "; ".join(dict.fromkeys(part.file for part in parts)),
        "format": "; ".join(dict.fromkeys(part.format for part in parts)),
    }
    return Normalised(facts, members, messages, duplicates)


def _facts(parts: list[Part]) -> RawChat:
    """Join what the files say of the chat: the first that says something wins, members add up."""
    chats = [part.chat for part in parts]
    first = chats[0]
    frames = [c.members for c in chats if c.members is not None]
    members = (
        pl.concat(frames).unique("member_id", keep="last", maintain_order=True) if frames else None
    )
    exported = [c.exported_at for c in chats if c.exported_at is not None]
    return RawChat(
        key=first.key,
        strong=first.strong,
        platform=first.platform,
        name=next((c.name for c in chats if c.name), first.key),
        kind=next((c.kind for c in chats if c.kind != "unknown"), "unknown"),
        exported_at=max(exported, key=lambda d: d.replace(tzinfo=None)) if exported else None,
        self_id=next((c.self_id for c in chats if c.self_id), None),
        self_name=next((c.self_name for c in chats if c.self_name), None),
        member_count=next((c.member_count for c in chats if c.member_count), None),
        members=members,
        members_complete=any(c.members_complete for c in chats),
    )


def _instant(moment: datetime | None, tz: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).astimezone(UTC)


def _with_times(part: Part, number: int, tz: ZoneInfo, issues: IssueLog) -> pl.DataFrame:
    """Complete the columns, make times instants, and set rows without a usable time aside."""
    frame = part.messages
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in RAW_MESSAGES.items()
        if name not in frame.columns
    ]
    frame = frame.with_columns(
        *missing, file_no=pl.lit(number, pl.UInt32), ordinal=pl.int_range(pl.len(), dtype=pl.UInt32)
    ).with_columns(sent_at=_moments(frame, tz))
    exported = _instant(part.chat.exported_at, tz)
    late = exported + timedelta(days=1) if exported else datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)
    early = pl.col("sent_at") < datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
    checks = (
        ("bad-timestamp", pl.col("sent_at").is_null(), "no time that can be read"),
        ("bad-timestamp", early, f"before {_FIRST_YEAR}"),
        (
            "time-after-export" if exported else "bad-timestamp",
            pl.col("sent_at") > late,
            "more than a day after the export" if exported else f"after {_LAST_YEAR}",
        ),
    )
    for code, expr, detail in checks:
        if not frame.select(expr.any()).item():
            continue
        rejected = frame.filter(expr).select("line", "ordinal")
        for line, ordinal in rejected.iter_rows():
            issues.add(code, part.file, line if line is not None else ordinal + 1, detail=detail)
        frame = frame.filter(~expr)
    return frame.select(*RAW_MESSAGES, "file_no", "ordinal").drop("wall_at")


def _moments(frame: pl.DataFrame, tz: ZoneInfo) -> pl.Expr:
    """The instant of a row: exact where the format gives it, else the clock read in the zone.

    A clock time that the zone never showed (spring forward) has no instant; of one shown twice the
    first is taken.
    """
    wall, exact = pl.col("wall_at"), pl.col("sent_at")
    if frame.schema.get("wall_at", pl.Null()) == pl.Null():
        return exact.cast(INSTANT)
    offset = _only_offset(frame["wall_at"], tz)
    if offset is not None:
        read = (wall - offset).dt.replace_time_zone("UTC")
    else:
        read = wall.dt.replace_time_zone(
            str(tz), ambiguous="earliest", non_existent="null"
        ).dt.convert_time_zone("UTC")
    return pl.coalesce(exact, read).cast(INSTANT)


def _only_offset(wall: pl.Series, tz: ZoneInfo) -> timedelta | None:
    """Return the zone's offset if it is one and the same around all the times; else None.

    China has had one for thirty years, and a subtraction is ten times as fast as asking the zone
    for each of two million rows.
    """
    first, last = wall.min(), wall.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return None
    if first.year < _FIRST_YEAR or last.year > _LAST_YEAR:
        return None  # nonsense among the times: it is set aside later, row by row
    days = (last - first).days + 3
    if days > _MOST_DAYS:
        return None
    start = first.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    offsets = {(start + timedelta(days=n)).replace(tzinfo=tz).utcoffset() for n in range(days + 1)}
    return offsets.pop() if len(offsets) == 1 else None


def _with_senders(rows: pl.DataFrame, chat: RawChat) -> pl.DataFrame:
    """Give every message a sender id (weak where only a name is known), no notice any."""
    system = pl.col("kind") == "system"
    if rows.select((pl.col("sender_id").is_null() & ~system).any()).item():
        name = clean_name(pl.col("sender_name"))
        weak = weak_id(name)
        if chat.self_id and chat.self_name:
            weak = pl.when(name == chat.self_name).then(pl.lit(chat.self_id)).otherwise(weak)
        rows = rows.with_columns(sender_id=pl.coalesce(pl.col("sender_id"), weak))
    # The person on a system row is the one who acted (a recall tip carries who recalled).
    return rows.with_columns(
        actor_id=pl.when(system).then(pl.coalesce(pl.col("actor_id"), pl.col("sender_id"))),
        sender_id=pl.when(~system).then(pl.col("sender_id")),
        sender_name=pl.when(~system).then(pl.col("sender_name")),
    )


def _with_findings(
    rows: pl.DataFrame, events: pl.DataFrame, named: pl.DataFrame, answers: pl.DataFrame
) -> pl.DataFrame:
    """Put what notices, mentions and quotes turned out to mean beside the rows, in one join."""
    found = events.select(
        "ordinal", found_event="event", found_actor="actor_id", targets="target_ids"
    )
    for more in (named, answers):
        found = found.join(more, on="ordinal", how="full", coalesce=True)
    both = pl.col("mention_ids").is_not_null() & pl.col("named").is_not_null()
    return (
        rows.drop("event", "actor_id", "target_ids")
        .join(found, on="ordinal", how="left", maintain_order="left")
        .with_columns(
            event="found_event",
            actor_id="found_actor",
            target_ids="targets",
            mention_ids=pl.when(both)
            .then(pl.concat_list("mention_ids", "named").list.unique(maintain_order=True))
            .otherwise(pl.coalesce("mention_ids", "named")),
            reply_to_id=pl.coalesce("reply_to_id", "target"),
        )
    )
