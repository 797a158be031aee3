"""What sqtool itself wrote: messages already in the schema, with or without chats and members."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MESSAGES, RawBatch, RawChat
from sqtool.schema import CHATS, EVENTS, INSTANT, JOIN_EVENTS, KINDS, MEMBERS, WEAK_ID

_TEXTS = (
    "chat_id", "chat_name", "sent_at", "kind", "event", "mention_ids", "target_ids", "reactions",
    "message_id", "sender_id", "sender_name", "text", "reply_to_id", "quoted_sender", "quoted_text",
    "actor_id",
)  # fmt: skip
_WORKED_OUT = ("joins_named", "joins_linked", "has_replies", "has_mentions", "roster_source",
               "has_roster")  # fmt: skip
_TIME = "%Y-%m-%dT%H:%M:%S%.f%:z"


class OwnFile:
    """Gathers what is known of the chats of one file while its rows pass by.

    Args:
        export: The file.
        issues: Told of rows without a chat, a time or a kind that exists.
        chats: Rows of ``CHATS`` by chat id, where the file has them.
        members: ``MEMBERS``, likewise.
    """

    def __init__(
        self,
        export: Export,
        issues: IssueLog,
        chats: Mapping[str, Mapping[str, Any]] | None = None,
        members: pl.DataFrame | None = None,
    ) -> None:
        self.export, self.issues = export, issues
        self.facts = chats or {}
        self.members = members
        self.chats: dict[str, RawChat] = {}
        self.joins: dict[str, list[int]] = {}

    def texts(self, frame: pl.DataFrame) -> Iterator[RawBatch]:
        """Yield the rows of a plain table by chat.

        Args:
            frame: String columns of ``FLAT`` (a missing one is null), and ``line``.
        """
        missing = [name for name in _TEXTS if name not in frame.columns]
        frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
        blank = pl.col(pl.String) == ""
        frame = frame.with_columns(pl.when(~blank).then(pl.col(pl.String)).name.keep())
        good = pl.col("chat_id").is_not_null() & pl.col("kind").is_in(KINDS).fill_null(False)
        for line in frame.filter(~good)["line"]:
            self.issues.add(
                "bad-record", self.export.title, line, detail="no chat, or no such kind"
            )
        rows = frame.filter(good).with_columns(
            sent_at=moments("sent_at"),
            event=pl.when(pl.col("event").is_in(EVENTS)).then("event"),
            mention_ids=_list("mention_ids"),
            target_ids=_list("target_ids"),
            reactions=pl.col("reactions")
            .cast(pl.Float64, strict=False)
            .cast(pl.UInt32, strict=False),
        )
        yield from self.rows(rows)

    def rows(self, rows: pl.DataFrame) -> Iterator[RawBatch]:
        """Yield rows that have the types of the schema by chat."""
        names = ["chat_id", "chat_name"] if "chat_name" in rows.columns else ["chat_id"]
        for keys, mine in rows.group_by(names, maintain_order=True):
            chat_id, *shown = (str(key) if key is not None else None for key in keys)
            yield RawBatch(self._chat(chat_id or "", next(iter(shown), None)), self._raw(mine))

    def close(self) -> Iterator[RawBatch]:
        """Yield what is known only at the end: how many joins could be tied to members."""
        for chat_id, chat in self.chats.items():
            if chat_id not in self.facts:
                named, linked = self.joins.get(chat_id, [0, 0])
                known: dict[str, object] = {"joins_named": named, "joins_linked": linked}
                yield RawBatch(replace(chat, known=known), pl.DataFrame())

    def _chat(self, chat_id: str, name: str | None) -> RawChat:
        if chat_id not in self.chats:
            self.chats[chat_id] = self._new_chat(chat_id, name)
        return self.chats[chat_id]

    def _new_chat(self, chat_id: str, name: str | None) -> RawChat:
        facts = self.facts.get(chat_id, {})
        platform, _, key = chat_id.partition(":")
        listed = None
        if self.members is not None:
            listed = self.members.filter(pl.col("chat_id") == chat_id).select(
                "member_id", "display_name", "account_name", "role", "joined_at", "is_bot",
                listed=pl.col("in_roster").fill_null(False),
            )  # fmt: skip
        known = {name: facts.get(name) for name in _WORKED_OUT}
        return RawChat(
            key=key or chat_id,
            strong=True,
            platform=facts.get("platform") or (platform if key else "unknown"),
            name=facts.get("name") or name or key or chat_id,
            kind=facts.get("kind") or "group",
            exported_at=facts.get("exported_at"),
            self_id=facts.get("self_id"),
            member_count=facts.get("member_count"),
            members=listed,
            members_complete=bool(facts.get("has_roster")),
            has_replies=True if not facts else bool(facts.get("has_replies")),
            has_mentions=True if not facts else bool(facts.get("has_mentions")),
            known=known if facts else None,
        )

    def _raw(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return raw rows; people known by name alone are names again."""
        weak = pl.element().str.starts_with(WEAK_ID)
        joined = rows.filter(pl.col("event").cast(pl.String).is_in(list(JOIN_EVENTS)))
        people = joined["target_ids"].explode().drop_nulls()
        if len(people):
            counts = self.joins.setdefault(str(rows["chat_id"][0]), [0, 0])
            counts[0] += len(people)
            counts[1] += int((~people.str.starts_with(WEAK_ID)).sum())
        rows = rows.with_columns(
            target_names=pl.col("target_ids").list.eval(
                pl.when(weak).then(pl.element().str.strip_prefix(WEAK_ID))
            ),
            target_ids=pl.col("target_ids").list.eval(pl.when(~weak).then(pl.element())),
        )
        keep = [name for name in RAW_MESSAGES if name in rows.columns]
        return rows.select(pl.col(name).cast(RAW_MESSAGES[name]) for name in keep)


def moments(name: str) -> pl.Expr:
    """Read times as the writers print them."""
    return (
        pl.col(name)
        .str.to_datetime(_TIME, time_unit="us", time_zone="UTC", strict=False)
        .cast(INSTANT)
        .alias(name)
    )


def chats_of(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return rows of ``CHATS``, whose values may be texts, by chat id."""
    found = {}
    for row in rows:
        facts = {name: _typed(row.get(name), dtype) for name, dtype in CHATS.items()}
        if facts.get("chat_id"):
            found[str(facts["chat_id"])] = facts
    return found


def members_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return ``MEMBERS`` from rows whose values may be texts."""
    typed = [
        {name: _typed(row.get(name), dtype) for name, dtype in MEMBERS.items()} for row in rows
    ]
    return pl.DataFrame(typed, schema=MEMBERS)


def _typed(value: Any, dtype: pl.DataType) -> Any:
    if value is None or value == "":
        return None
    if isinstance(dtype, pl.Datetime):
        return datetime.fromisoformat(value)
    if dtype == pl.Boolean:
        return str(value).lower() == "true"
    if dtype.is_integer():
        return int(float(value))
    return value


def _list(name: str) -> pl.Expr:
    broken = ~pl.col(name).str.contains(r"^\[.*\]$")
    text = pl.when(broken).then(None).otherwise(pl.col(name))
    return text.str.json_decode(pl.List(pl.String)).alias(name)
