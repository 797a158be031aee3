"""Telegram records as columns: kinds, texts, times, and what service messages say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import polars as pl
from msgspec import UNSET

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MESSAGES
from sqtool.parsers._json_items import lists, text_of, texts
from sqtool.parsers._telegram_events import CALL, read_service
from sqtool.schema import EVENT, INSTANT, KIND

_LATEST: Final = 4_102_444_800  # 2100-01-01
_OFFSET: Final = r"(?:Z|[+-]\d\d:?\d\d)$"
_MOST_REACTIONS: Final = 10**9
_KIND_BY_MEDIA: Final = {
    "sticker": "sticker", "animation": "sticker", "voice_message": "voice",
    "video_message": "video", "video_file": "video", "audio_file": "file",
}  # fmt: skip


class Entity(msgspec.Struct, gc=False):
    """A part of a text that is more than text."""

    type: str | None = None
    text: str = ""
    user_id: int | str | None = None


class Reaction(msgspec.Struct, gc=False):
    """One emoji and how many chose it."""

    count: int = 0


class Poll(msgspec.Struct, gc=False):
    """A poll, or a list of things to do."""

    question: Any = None
    title: Any = None


class Message(msgspec.Struct, gc=False, rename={"from_": "from"}):
    """One record."""

    id: int | str | None = None
    type: str | None = None
    date: str | None = None
    date_unixtime: int | str | None = None
    from_: str | None = None
    from_id: int | str | None = None
    text: str | list[str | Entity] | None = None
    reply_to_message_id: int | str | None = None
    reply_to_peer_id: Any = None
    forwarded_from: Any = UNSET
    reactions: list[Reaction] | None = None
    photo: Any = None
    file: Any = None
    media_type: str | None = None
    file_name: Any = None
    contact_information: Any = None
    location_information: Any = UNSET
    poll: Poll | None = None
    todo_list: Poll | None = None
    game_title: Any = None
    actor: str | None = None
    actor_id: int | str | None = None
    action: str | None = None
    members: list[str | None] | None = None
    inviter: Any = None
    title: Any = None
    information_text: Any = None


@dataclass
class Seen:
    """What earlier records of a chat tell about later ones."""

    export: Export
    issues: IssueLog
    topics: set[int | str | None] = field(default_factory=set)
    channels: dict[str, str | None] = field(default_factory=dict)


def message_frame(messages: list[Message], lines: Sequence[int], seen: Seen) -> pl.DataFrame:
    """Bring decoded records into ``RAW_MESSAGES`` columns."""
    messages, lines = _supported(messages, lines, seen)
    senders = texts([m.from_id for m in messages])
    if not senders.str.starts_with("user").all():
        senders = pl.Series([account_id(m.from_id) for m in messages], dtype=pl.String)
    columns: dict[str, Any] = {
        "line": pl.Series(lines, dtype=pl.UInt32),
        "message_id": texts([m.id for m in messages]),
        "sender_id": senders,
        "sender_name": texts([m.from_ for m in messages]),
        "kind": [_kind(m) for m in messages],
        "text": texts([_joined(m.text) if type(m.text) is list else m.text for m in messages]),
        "reply_to_id": _replies(messages, seen),
        "mention_ids": lists(
            [_mentioned(m.text) if type(m.text) is list else None for m in messages]
        ),
        "reactions": [
            min(sum([max(r.count, 0) for r in m.reactions]), _MOST_REACTIONS)
            if m.reactions
            else None
            for m in messages
        ],
        "_from": texts([None if m.forwarded_from is UNSET else m.forwarded_from for m in messages]),
    }
    overrides = {"kind": KIND, "reactions": RAW_MESSAGES["reactions"]}
    frame = pl.DataFrame(columns | _times(messages), schema_overrides=overrides)
    frame = pl.concat([frame, _services(messages), _words(messages)], how="horizontal")
    _note_channels(frame, seen)
    return _with_forwards(frame)


def _supported(
    messages: list[Message], lines: Sequence[int], seen: Seen
) -> tuple[list[Message], Sequence[int]]:
    """Set aside the records that Telegram Desktop could not show: they have not even a date."""
    unread = [place for place, m in enumerate(messages) if m.type == "unsupported"]
    if not unread:
        return messages, lines
    detail = "Telegram Desktop did not support this message: it has no date and no content"
    for place in unread:
        seen.issues.add("unsupported-record", seen.export.title, lines[place], detail=detail)
    gone = set(unread)
    kept = [place for place in range(len(messages)) if place not in gone]
    return [messages[place] for place in kept], [lines[place] for place in kept]


def account_id(value: object) -> str | None:
    """Return an account id as newer exports write it; older ones have the bare number."""
    shown = text_of(value)
    return f"user{shown}" if shown and shown.isdigit() else shown


def _times(messages: list[Message]) -> dict[str, pl.Series]:
    exact = texts([m.date_unixtime for m in messages]).cast(pl.Int64, strict=False)
    exact = exact.set((exact <= 0) | (exact > _LATEST), None) * 1_000_000
    found = {"sent_at": exact.cast(INSTANT)}
    if exact.null_count():
        shown = texts([m.date for m in messages])
        clock = shown.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
        if clock.null_count() > shown.null_count():
            # Other programs write the same records with a blank, or with an offset.
            spaced = shown.str.replace(" ", "T", literal=True)
            there = spaced.str.contains(_OFFSET)
            instant = spaced.str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC")
            exact = exact.zip_with(exact.is_not_null() | ~there, instant.cast(pl.Int64))
            found["sent_at"] = exact.cast(INSTANT)
            clock = clock.zip_with(
                clock.is_not_null(),
                spaced.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us"),
            )
        found["wall_at"] = clock
    return found


def _joined(parts: str | list[str | Entity] | None) -> str | None:
    """Return a text of several parts as one; nothing stands between them."""
    if parts is None or isinstance(parts, str):
        return parts
    return "".join([part.text if isinstance(part, Entity) else part for part in parts])


def _mentioned(parts: list[str | Entity]) -> list[str] | None:
    """Return the ids of people mentioned who have no @name; an @name is only text here."""
    found = [
        account_id(part.user_id)
        for part in parts
        if type(part) is Entity and part.type == "mention_name"
    ]
    return list(dict.fromkeys([one for one in found if one])) if found else None


def _replies(messages: list[Message], seen: Seen) -> pl.Series:
    """Return whom each message answers, in this chat: not in another, not the topic it is in."""
    topics = seen.topics
    topics.update(m.id for m in messages if m.action == "topic_created")
    answers = [None if m.reply_to_peer_id else m.reply_to_message_id for m in messages]
    if topics:
        answers = [None if answer in topics else answer for answer in answers]
    return texts(answers)


def _kind(m: Message) -> str:
    if m.type == "service":
        return "call" if m.action == CALL else "system"
    if m.forwarded_from is not UNSET:
        return "forward"
    if m.photo is not None:
        return "image"
    if m.file is not None or m.media_type is not None:
        return _KIND_BY_MEDIA.get(m.media_type, "file") if m.media_type else "file"
    if m.text:
        # A text with something odd beside it stays a text: it is what the sender said.
        return "share" if m.poll or m.game_title else "text"
    if m.contact_information is not None:
        return "contact"
    if m.location_information is not UNSET:
        return "location"
    return "share" if m.poll or m.todo_list or m.game_title else "other"


def _services(messages: list[Message]) -> pl.DataFrame:
    """Return the columns of service messages, null where a record is none."""
    rows = [place for place, m in enumerate(messages) if m.type == "service"]
    read = [
        read_service(
            m.action, account_id(m.actor_id), text_of(m.actor), m.members, text_of(m.inviter)
        )
        for m in map(messages.__getitem__, rows)
    ]
    found = pl.DataFrame(
        {
            "row": pl.Series(rows, dtype=pl.UInt32),
            "event": pl.Series([one.event for one in read], dtype=EVENT),
            "actor_id": pl.Series([one.actor_id for one in read], dtype=pl.String),
            "actor_name": pl.Series([one.actor_name for one in read], dtype=pl.String),
            "target_ids": lists([one.target_ids for one in read]),
            "target_names": lists([one.target_names for one in read]),
        }
    )
    every = pl.DataFrame({"row": pl.int_range(len(messages), dtype=pl.UInt32, eager=True)})
    return every.join(found, on="row", how="left", maintain_order="left").drop("row")


def _words(messages: list[Message]) -> pl.DataFrame:
    """Return what stands for a text in records that have none."""
    words: list[str | None] = [None] * len(messages)
    for place, m in enumerate(messages):
        if m.action is not None or m.information_text is not None:
            action, title = text_of(m.action), text_of(m.title)
            named = f"{action}: {title}" if action and title else action
            words[place] = named or text_of(m.information_text)
        elif m.poll is not None or m.todo_list is not None:
            asked = m.poll or m.todo_list
            words[place] = text_of(asked.question) or text_of(asked.title) if asked else None
        elif m.game_title is not None or (m.file is not None and m.media_type is None):
            words[place] = text_of(m.game_title) or text_of(m.file_name)
    return pl.DataFrame({"_words": pl.Series(words, dtype=pl.String)})


def _note_channels(frame: pl.DataFrame, seen: Seen) -> None:
    """Remember channels that post, and groups in whose name anonymous admins do."""
    posts = frame.filter(pl.col("sender_id").str.starts_with("user").not_())
    seen.channels.update(posts.select("sender_id", "sender_name").unique().iter_rows())


def _with_forwards(frame: pl.DataFrame) -> pl.DataFrame:
    """Set apart what the sender did not write, and give rows without text their words."""
    kind = pl.col("kind").cast(pl.String)
    call = (kind == "call") & pl.col("actor_id").is_not_null()
    forward = kind == "forward"
    said = pl.coalesce("text", "_words")
    return frame.with_columns(
        text=pl.when(~forward & (kind != "call")).then(said),
        quoted_text=pl.when(forward).then(said),
        quoted_sender=pl.when(forward).then("_from"),
        sender_id=pl.when(call).then("actor_id").otherwise("sender_id"),
        sender_name=pl.when(call).then("actor_name").otherwise("sender_name"),
        event=pl.when(~call).then("event"),
        actor_id=pl.when(~call).then("actor_id"),
        actor_name=pl.when(~call).then("actor_name"),
    ).drop("_from", "_words")


def known_people(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Return name and id of everybody whose name nobody else in the chat has.

    Names are those of the export moment: one person has one name in the whole file.
    """
    pairs = [
        pairs.drop_nulls().unique()
        for frame in frames
        for pairs in (
            frame.select(name="sender_name", id="sender_id"),
            frame.select(name="actor_name", id="actor_id"),
            frame.select(name="target_names", id="target_ids").drop_nulls().explode("name", "id"),
        )
    ]
    pairs.append(pl.DataFrame(schema={"name": pl.String, "id": pl.String}))
    one = pl.col("id").n_unique() == 1
    return pl.concat(pairs).group_by("name").agg(pl.col("id").first(), one=one).filter("one")


def with_known_ids(frame: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Say who is meant where a service message gives only a name."""

    def known(name: pl.Expr) -> pl.Expr:
        return name.replace_strict(
            people["name"], people["id"], default=None, return_dtype=pl.String
        )

    named = frame.with_row_index("row").filter(pl.col("event").is_not_null())
    targets = (
        named.select("row", id="target_ids", name="target_names")
        .drop_nulls("name")
        .explode("id", "name")
        .group_by("row", maintain_order=True)
        .agg(target_ids=pl.coalesce("id", known(pl.col("name"))))
    )
    found = named.select("row", actor_id=pl.coalesce("actor_id", known(pl.col("actor_name")))).join(
        targets, on="row", how="left"
    )
    return (
        frame.drop("actor_id", "target_ids")
        .with_row_index("row")
        .join(found, on="row", how="left", maintain_order="left")
        .drop("row")
    )
