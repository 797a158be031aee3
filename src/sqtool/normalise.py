"""From what parsers found to the project's schema: one chat at a time.

Times become UTC instants, people become ids, system wordings become events, quotes and mentions are
resolved to ids. Rows in = rows kept + duplicates + rows in issues.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.identity import clean_name, is_join, link_joins, name_index, weak_id
from sqtool.issues import IssueLog
from sqtool.merge import drop_duplicates
from sqtool.parsers._base import RAW_MESSAGES, RawChat
from sqtool.parsers._notices import SELF, read_notices
from sqtool.people import members_of
from sqtool.schema import INSTANT, MENTION_ALL, MESSAGES


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
    names = name_index(rows, chat.members)
    rows, present, named, linked = _with_events(rows, names, chat)
    rows = _with_mentions(rows, names)
    rows = _with_replies(rows, names)
    messages = rows.with_columns(chat_id=pl.lit(chat_id)).select(
        pl.col(name).cast(dtype) for name, dtype in MESSAGES.items()
    )
    members = members_of(chat_id, chat, messages, present, names)
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
        "joins_named": named,
        "joins_linked": linked,
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
    # A clock time that a zone never showed (spring forward) has no instant; of one shown twice the
    # first is taken.
    wall = (
        pl.col("wall_at")
        .dt.replace_time_zone(str(tz), ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
    )
    frame = frame.with_columns(
        *missing, file_no=pl.lit(number, pl.UInt32), ordinal=pl.int_range(pl.len(), dtype=pl.UInt32)
    ).with_columns(sent_at=pl.coalesce(pl.col("sent_at"), wall).cast(INSTANT))
    exported = _instant(part.chat.exported_at, tz)
    late = exported + timedelta(days=1) if exported else datetime(9000, 1, 1, tzinfo=UTC)
    checks = (
        ("bad-timestamp", pl.col("sent_at").is_null(), "no time that can be read"),
        ("time-after-export", pl.col("sent_at") > late, "more than a day after the export"),
    )
    for code, expr, detail in checks:
        if not frame.select(expr.any()).item():
            continue
        rejected = frame.filter(expr).select("line", "ordinal")
        for line, ordinal in rejected.iter_rows():
            issues.add(code, part.file, line if line is not None else ordinal + 1, detail=detail)
        frame = frame.filter(~expr)
    return frame.select(*RAW_MESSAGES, "file_no", "ordinal").drop("wall_at")


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


def _with_events(
    rows: pl.DataFrame, names: pl.DataFrame, chat: RawChat
) -> tuple[pl.DataFrame, pl.DataFrame, int, int]:
    """Read notices into event, actor and targets.

    Returns:
        The rows; name/id pairs that notices show (present members, joiners with ids); the number of
        joiners known only by name; how many of these could be tied to a member.
    """
    system = rows.filter(pl.col("kind") == "system")
    if system.is_empty():
        return rows, pl.DataFrame(schema={"id": pl.String, "name": pl.String}), 0, 0
    read = read_notices(system["text"].fill_null(""))
    structured = system["event"].is_not_null()
    system = system.select(
        "ordinal", "sent_at", "event", "actor_id", "actor_name", "target_ids", "target_names"
    ).with_columns(
        event=pl.when(structured).then(pl.col("event")).otherwise(read["event"]),
        actor_name=pl.when(structured).then(pl.col("actor_name")).otherwise(read["actor_name"]),
        actor_id=pl.when(structured)
        .then(pl.col("actor_id"))
        .otherwise(pl.coalesce(read["actor_id"], pl.col("actor_id"))),
        target_ids=pl.when(structured).then(pl.col("target_ids")).otherwise(read["target_ids"]),
        target_names=pl.when(structured)
        .then(pl.col("target_names"))
        .otherwise(read["target_names"]),
        present=read["present_names"],
    )
    own = pl.lit(chat.self_id or (f"name:{chat.self_name}" if chat.self_name else None), pl.String)
    targets = _explode_targets(system).with_columns(
        id=pl.when(pl.col("name") == SELF).then(own).otherwise(pl.col("id"))
    )
    by_name = targets.filter(pl.col("id").is_null(), pl.col("name") != SELF, pl.col("name") != "")
    joins = by_name.filter(is_join())
    linked = link_joins(joins, rows)
    resolved = (
        by_name.join(linked, on="row", how="left")
        .join(names, on="name", how="left")
        .select(
            "row",
            resolved=pl.when(is_join())
            .then(pl.coalesce("linked_id", weak_id(pl.col("name"))))
            .otherwise(_meant()),
        )
    )
    targets = (
        targets.join(resolved, on="row", how="left")
        .with_columns(id=pl.coalesce("id", "resolved"))
        .sort("row")
    )
    actors = (
        system.select("ordinal", "actor_id", name=clean_name(pl.col("actor_name")))
        .join(names, on="name", how="left")
        .select(
            "ordinal",
            actor=pl.when(pl.col("name") == SELF)
            .then(own)
            .otherwise(pl.coalesce("actor_id", _meant())),
        )
    )
    lists = targets.group_by("ordinal").agg(targets=pl.col("id").drop_nulls())
    found = (
        system.select("ordinal", found="event")
        .join(actors, on="ordinal", how="left")
        .join(lists, on="ordinal", how="left")
    )
    rows = (
        rows.join(found, on="ordinal", how="left", maintain_order="left")
        .with_columns(
            event="found",
            actor_id="actor",
            target_ids=pl.when(pl.col("targets").list.len() > 0).then("targets"),
        )
        .drop("found", "actor", "targets")
    )
    present = (
        system.select(name=pl.col("present").explode())
        .select(name=clean_name(pl.col("name")))
        .filter(pl.col("name").is_not_null(), pl.col("name") != "", pl.col("name") != SELF)
        .join(names, on="name", how="left")
        .select(id=_meant(), name="name")
    )
    shown = pl.concat(
        [
            present,
            targets.filter(pl.col("name") != "", pl.col("name") != SELF).select("id", "name"),
            system.filter(pl.col("actor_id").is_not_null(), pl.col("actor_name") != SELF).select(
                id="actor_id", name=clean_name(pl.col("actor_name"))
            ),
        ]
    ).filter(pl.col("id").is_not_null())
    return rows, shown, joins.height, linked["linked_id"].count()


def _meant() -> pl.Expr:
    """The person a name means: the one who carried it; a weak id if nobody did; null if several."""
    unknown = pl.col("people").is_null()
    return pl.when(unknown).then(weak_id(pl.col("name"))).otherwise(pl.col("member_id"))


def _explode_targets(system: pl.DataFrame) -> pl.DataFrame:
    """Return one row per target: row (a key), ordinal, sent_at, event, id, name (clean)."""
    ids, shown = pl.col("target_ids"), pl.col("target_names")
    longest = pl.max_horizontal(ids.list.len().fill_null(0), shown.list.len().fill_null(0))
    slots = system.with_columns(slot=pl.int_ranges(0, longest)).explode("slot", empty_as_null=True)
    return (
        slots.filter(pl.col("slot").is_not_null())
        .select(
            "ordinal",
            "sent_at",
            "event",
            id=ids.list.get(pl.col("slot"), null_on_oob=True),
            name=clean_name(shown.list.get(pl.col("slot"), null_on_oob=True)).fill_null(""),
        )
        .with_row_index("row")
    )


def _with_mentions(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Add the people mentioned by name: ``@name`` as the format lists it, else as typed.

    A typed mention counts where ``@`` is followed by a known name (of at most four words, the
    longest that fits) and a blank, as the clients write it.
    """
    typed = (
        rows.lazy()
        .filter(pl.col("mention_ids").is_null(), pl.col("mention_names").is_null())
        .filter(pl.col("text").str.contains("@", literal=True), pl.col("kind") != "system")
        .select(
            "ordinal",
            name=pl.col("text")
            .str.extract_all(r"@[^@\n\r]{1,60}")
            .list.eval(pl.element().str.slice(1).str.replace_all("\u2005", " ", literal=True)),
        )
        .explode("name", empty_as_null=False)
        .with_row_index("at")
        .collect()
    )
    # A name ends at a blank: what stands behind the last one is not a mention.
    words = pl.col("name").str.split(" ")
    options = pl.concat(
        [
            typed.filter(words.list.len() > n).select(
                "at", "ordinal", name=words.list.head(n).list.join(" "), length=pl.lit(n)
            )
            for n in range(1, 5)
        ]
    )
    everyone = pl.col("name").is_in(["所有人", "全体成员", "all", "everyone"])
    listed = (
        rows.lazy()
        .filter(pl.col("mention_names").list.len() > 0)
        .select("ordinal", name="mention_names")
        .explode("name", empty_as_null=False)
        .collect()
    )
    given = listed.select(
        at=pl.lit(None, options.schema["at"]), ordinal="ordinal", name="name", length=pl.lit(1)
    )
    found = (
        pl.concat([options, given])
        .with_columns(name=clean_name(pl.col("name")))
        .join(names, on="name", how="left")
        .with_columns(member_id=pl.when(everyone).then(pl.lit(MENTION_ALL)).otherwise("member_id"))
        .filter(pl.col("member_id").is_not_null())
        .sort("ordinal", "at", "length")
    )
    longest = pl.concat(
        [
            found.filter(pl.col("at").is_not_null()).group_by("at", maintain_order=True).last(),
            found.filter(pl.col("at").is_null()).select(
                "at", *(c for c in found.columns if c != "at")
            ),
        ]
    )
    lists = longest.group_by("ordinal").agg(named=pl.col("member_id").unique(maintain_order=True))
    if lists.is_empty():
        return rows
    return (
        rows.join(lists, on="ordinal", how="left", maintain_order="left")
        .with_columns(
            mention_ids=pl.when(pl.col("mention_ids").is_not_null() & pl.col("named").is_not_null())
            .then(pl.concat_list("mention_ids", "named").list.unique(maintain_order=True))
            .otherwise(pl.coalesce("mention_ids", "named"))
        )
        .drop("named")
    )


def _with_replies(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Find whom each reply answers, and which message, where the quote says it without an id."""
    quoting = rows.filter(
        pl.col("reply_to_id").is_not_null() | pl.col("quoted_sender").is_not_null(),
        pl.col("kind") != "system",
        pl.col("kind") != "forward",
    )
    if quoting.is_empty():
        return rows.with_columns(reply_to_member=pl.lit(None, pl.String))
    senders = rows.filter(pl.col("message_id").is_not_null()).select(
        reply_to_id="message_id", by_id="sender_id"
    )
    known = rows.select(id="sender_id").unique().drop_nulls()
    quoted = (
        quoting.select("ordinal", "reply_to_id", "quoted_text", "quoted_sender")
        .join(senders.unique("reply_to_id"), on="reply_to_id", how="left")
        .with_columns(name=clean_name(pl.col("quoted_sender")))
        .join(names, on="name", how="left")
        .join(known.with_columns(is_id=True), left_on="quoted_sender", right_on="id", how="left")
        .with_columns(
            reply_to_member=pl.coalesce(
                "by_id", pl.when(pl.col("is_id")).then("quoted_sender"), "member_id"
            )
        )
    )
    # Same person, same words, the newest such message before the reply.
    originals = rows.filter(
        pl.col("message_id").is_not_null(), pl.col("text").is_not_null()
    ).select(reply_to_member="sender_id", quoted_text="text", target="message_id", place="ordinal")
    by_words = (
        quoted.filter(pl.col("reply_to_id").is_null(), pl.col("quoted_text").is_not_null())
        .join(originals, on=["reply_to_member", "quoted_text"], how="inner")
        .filter(pl.col("place") < pl.col("ordinal"))
        .sort("place")
        .group_by("ordinal")
        .agg(target=pl.col("target").last())
    )
    found = quoted.select("ordinal", "reply_to_member").join(by_words, on="ordinal", how="left")
    return (
        rows.join(found, on="ordinal", how="left", maintain_order="left")
        .with_columns(reply_to_id=pl.coalesce("reply_to_id", "target"))
        .drop("target")
    )
