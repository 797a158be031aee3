"""The records of a OneBot log: gathered event by event, put in order once the last one is read.

Only then is it known which reactions a message got and what several bots saw. Until then the frames
wait; they are a tenth of the file's size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MEMBERS, RawBatch, RawChat, raw_frame
from sqtool.parsers._json_items import instants, text_of
from sqtool.parsers._onebot import parts_of, read_parts
from sqtool.parsers._onebot_notices import NOBODY, happened
from sqtool.parsers._qq_senders import ANONYMOUS_ID, SYSTEM_IDS
from sqtool.parsers._wechat import oldest_first

_PASSED_OVER: Final = frozenset(["meta_event", "request"])
_REACTIONS: Final = frozenset(["group_msg_emoji_like", "reaction"])
_ROLES: Final = frozenset(["owner", "admin", "member"])
_FRAME_ROWS: Final = 65_536


class Event(msgspec.Struct, gc=False):
    """One event: the union of the keys in use. ``data`` and ``messages`` make it an answer."""

    time: Any = None
    self_id: Any = None
    post_type: Any = None
    message_type: Any = None
    notice_type: Any = None
    sub_type: Any = None
    message_id: Any = None
    group_id: Any = None
    group_name: Any = None
    guild_id: Any = None
    channel_id: Any = None
    user_id: Any = None
    target_id: Any = None
    operator_id: Any = None
    sender_id: Any = None
    anonymous: Any = None
    message: Any = None
    raw_message: Any = None
    sender: Any = None
    card_new: Any = None
    likes: Any = None
    is_add: Any = None
    code: Any = None
    emoji_likes_list: Any = None
    data: Any = None
    messages: Any = None
    retcode: Any = None


_Row = tuple[Any, ...]
_COLUMNS: Final = (
    "line", "message_id", "sender_id", "sender_name", "kind", "text", "reply_to_id",
    "quoted_sender", "quoted_text", "mention_ids", "reactions", "event", "actor_id", "actor_name",
    "target_ids",
)  # fmt: skip


@dataclass
class EventLog:
    """The records of one file, and what is learnt while they pass by."""

    export: Export
    issues: IssueLog
    bot: str | None = None  # the first: its message ids stand as they are
    names: dict[str, str] = field(default_factory=dict)
    people: dict[str, dict[str, tuple[str | None, str | None]]] = field(default_factory=dict)
    reactions: dict[tuple[str, str], dict[tuple[str | None, str], bool]] = field(
        default_factory=dict
    )
    passed_over: int = 0
    anonymous: int = 0
    _rows: list[_Row] = field(default_factory=list)
    _keys: list[tuple[str, str | None, Any]] = field(default_factory=list)
    _frames: list[pl.DataFrame] = field(default_factory=list)

    def add(self, events: list[Event], numbers: Sequence[int]) -> None:
        """Take decoded events, and the line or number of each."""
        for event, number in zip(events, numbers, strict=True):
            answer = event.data.get("messages") if isinstance(event.data, dict) else event.messages
            if isinstance(answer, list):
                self._page(answer, number)
            else:
                self._one(event, number)
            if len(self._rows) >= _FRAME_ROWS:
                self._flush()

    def _page(self, messages: list[Any], number: int) -> None:
        for place, message in enumerate(messages, 1):
            try:
                event = msgspec.convert(message, Event, strict=False)
            except msgspec.ValidationError:
                self._bad(place)
                continue
            # In a file of one answer a message is told by its place, else by its line.
            self._one(event, place if number == 1 else number)

    def _bad(self, number: int) -> None:
        self.issues.add("bad-record", self.export.title, number, detail="not a OneBot event")

    def _one(self, event: Event, number: int) -> None:
        kind = text_of(event.post_type)
        own = text_of(event.self_id)
        self.bot = self.bot or own
        if kind == "notice":
            self._notice(event, number)
        elif kind in ("message", "message_sent") or (kind is None and event.message_type):
            self._message(event, number)
        elif kind in _PASSED_OVER or event.retcode is not None or event.data is not None:
            self.passed_over += 1
        else:
            self._bad(number)

    def _id(self, event: Event, value: Any) -> str | None:
        found = text_of(value)
        if found in NOBODY or found is None:
            return None
        own = text_of(event.self_id)
        return found if own in (None, self.bot) else f"{own}:{found}"

    def _message(self, event: Event, number: int) -> None:
        chat = _chat_of(event)
        if chat is None:
            self._bad(number)
            return
        if name := text_of(event.group_name):
            self.names[chat] = name
        sender = event.sender if isinstance(event.sender, dict) else {}
        user = text_of(event.user_id) or text_of(sender.get("user_id"))
        said = read_parts(parts_of(event.message, event.raw_message))
        kind, shown = said.kind, _shown(sender, user)
        masked = isinstance(event.anonymous, dict) or user == ANONYMOUS_ID
        if user in SYSTEM_IDS or text_of(event.sub_type) == "notice":
            kind, user, shown = "system", None, None
        elif masked or text_of(event.sub_type) == "anonymous":
            self.anonymous += 1
            user = None
            shown = text_of(event.anonymous.get("name")) if masked and event.anonymous else shown
        elif user is not None:
            self._meet(chat, user, sender)
        self._keys.append((chat, text_of(event.self_id), event.time))
        self._rows.append(
            (
                number, self._id(event, event.message_id), user, shown, kind, said.text,
                self._id(event, said.reply_to), said.quoted_sender, said.quoted_text,
                said.mentions, _likes(event.emoji_likes_list), None, None, None, None,
            )
        )  # fmt: skip

    def _meet(self, chat: str, user: str, sender: dict[str, Any]) -> None:
        here = self.people.setdefault(chat, {})
        nickname, role = here.get(user, (None, None))
        said = text_of(sender.get("role"))
        here[user] = (
            text_of(sender.get("nickname")) or nickname,
            said if said in _ROLES else role,
        )

    def _notice(self, event: Event, number: int) -> None:
        group = text_of(event.group_id)
        if group in NOBODY or group is None:
            self.passed_over += 1
            return
        if text_of(event.notice_type) in _REACTIONS:
            self._reaction(group, event)
            return
        found = happened(event)
        if found is None:
            self.passed_over += 1
            return
        if name := text_of(event.group_name):
            self.names[group] = name
        self._keys.append((group, text_of(event.self_id), event.time))
        self._rows.append(
            (
                number, None, None, None, "system", None, None, None, None, None, None,
                found.event, found.actor, found.name, list(found.targets) or None,
            )
        )  # fmt: skip

    def _reaction(self, group: str, event: Event) -> None:
        """Remember who put which emoji on a message; it belongs to the message's own record."""
        message = self._id(event, event.message_id)
        if message is None:
            return
        who = text_of(event.user_id) or text_of(event.operator_id)
        likes = event.likes if isinstance(event.likes, list) else [{"emoji_id": event.code}]
        added = event.is_add is not False and text_of(event.sub_type) != "remove"
        found = self.reactions.setdefault((group, message), {})
        for like in likes:
            if isinstance(like, dict):
                found[who, text_of(like.get("emoji_id")) or ""] = added

    def _flush(self) -> None:
        if not self._rows:
            return
        columns: dict[str, object] = dict(
            zip(_COLUMNS, map(list, zip(*self._rows, strict=True)), strict=True)
        )
        chats, bots, times = zip(*self._keys, strict=True)
        frame = raw_frame({"sent_at": instants(times), **columns})
        self._frames.append(
            frame.with_columns(
                _chat=pl.Series(chats, dtype=pl.String), _bot=pl.Series(bots, dtype=pl.String)
            )
        )
        self._rows.clear()
        self._keys.clear()

    def finish(self) -> Iterator[RawBatch]:
        """Yield the records chat by chat, reactions put to their messages."""
        self._flush()
        for count, code, detail in (
            (self.passed_over, "not-chat-events", "heartbeats, requests and the like: passed over"),
            (self.anonymous, "anonymous-sender", "messages of people who cannot be told apart"),
        ):
            if count:
                self.issues.add(code, self.export.title, rows=0, detail=f"{count} {detail}")
        if not self._frames:
            return
        rows, self._frames = self._with_reactions(pl.concat(self._frames)), []
        rows = self._once(rows)
        own = rows["_bot"].drop_nulls().unique(maintain_order=True)
        for (chat,), mine in rows.group_by("_chat", maintain_order=True):
            batch = oldest_first(mine.drop("_chat", "_bot"))
            yield RawBatch(self._chat(str(chat), own[0] if len(own) == 1 else None), batch)

    def _with_reactions(self, rows: pl.DataFrame) -> pl.DataFrame:
        if not self.reactions:
            return rows
        counted = [
            (group, message, sum(found.values()))
            for (group, message), found in self.reactions.items()
        ]
        schema = {"_chat": pl.String, "message_id": pl.String, "_seen": pl.UInt32}
        seen = pl.DataFrame(counted, schema=schema, orient="row")
        rows = rows.join(seen, on=["_chat", "message_id"], how="left", maintain_order="left")
        lost = seen.join(rows, on=["_chat", "message_id"], how="anti").height
        if lost:
            detail = f"reactions to {lost} messages that are not in the file: passed over"
            self.issues.add("reactions-without-message", self.export.title, rows=0, detail=detail)
        return rows.with_columns(reactions=pl.max_horizontal("reactions", "_seen")).drop("_seen")

    def _once(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Keep once what several bots in one file saw: of a chat the most talkative one's rows."""
        if rows["_bot"].n_unique() < 2:
            return rows
        same = ["_chat", "sent_at", "sender_id", "kind", "text", "event", "actor_id", "_whom"]
        rows = rows.with_row_index("_place").with_columns(
            _whom=pl.col("target_ids").list.join(","),
            _share=pl.len().over("_chat", "_bot"),
        )
        rows = rows.with_columns(_again=pl.int_range(pl.len()).over(*same, "_bot"))
        kept = (
            rows.sort("_share", "_place", descending=[True, False])
            .unique([*same, "_again"], keep="first", maintain_order=True)
            .sort("_place")
        )
        if twice := rows.height - kept.height:
            detail = "seen by several bots: kept once"
            self.issues.add("several-bots", self.export.title, rows=twice, detail=detail)
        return kept.drop("_place", "_whom", "_share", "_again")

    def _chat(self, chat: str, own: str | None) -> RawChat:
        private = chat.startswith(_PRIVATE)
        return RawChat(
            key=chat,
            strong=True,
            platform="qq",
            name=self.names.get(chat, chat),
            kind="private" if private else "group",
            self_id=own,
            members=self._members(chat),
            has_replies=True,
            has_mentions=True,
        )

    def _members(self, chat: str) -> pl.DataFrame | None:
        mine = self.people.get(chat)
        if not mine:
            return None
        nothing: list[None] = [None] * len(mine)
        return pl.DataFrame(
            {
                "member_id": list(mine),
                "display_name": nothing,  # the newest name shown is found in the messages
                "account_name": [nickname for nickname, _ in mine.values()],
                "role": [role for _, role in mine.values()],
                "joined_at": nothing,
                "is_bot": nothing,
            },
            schema=RAW_MEMBERS,
        )


_PRIVATE: Final = "private:"


def _chat_of(event: Event) -> str | None:
    """Return the key of the chat: a group's number, or the other person's with a prefix."""
    kind = text_of(event.message_type)
    if kind == "private":
        user, own = text_of(event.user_id), text_of(event.self_id)
        other = text_of(event.target_id) if user == own else user
        return f"{_PRIVATE}{other or user}"
    if kind == "guild":
        return f"{text_of(event.guild_id)}-{text_of(event.channel_id)}"
    group = text_of(event.group_id)
    return None if group in NOBODY else group


def _shown(sender: dict[str, Any], user: str | None) -> str | None:
    """Return the card, else the nickname; None where both are empty or only the number."""
    for key in ("card", "nickname"):
        name = text_of(sender.get(key))
        if name and name.strip() and name != user:
            return name
    return None


def _likes(given: Any) -> int | None:
    """Add up the reactions that a page of history shows on a message."""
    if not isinstance(given, list):
        return None
    counts = [text_of(one.get("likes_cnt")) for one in given if isinstance(one, dict)]
    return sum(int(count[:6]) for count in counts if count and count.isascii() and count.isdigit())
