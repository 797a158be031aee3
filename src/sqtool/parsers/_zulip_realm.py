"""The tables of a Zulip organisation export: people, streams, who is in them, who came and went."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MEMBERS, RawChat, raw_frame
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import instants, text_of

NOTICES_BY: Final = "notification-bot"
"""How the address of the account begins that speaks for the server."""

_PERSON, _STREAM = 1, 2  # else a group of direct messages
_EVENTS: Final = {301: "join", 302: "join", 303: "leave"}
_BY_OTHERS: Final = {"join": "invite", "leave": "removed"}
_ROLES: Final = {100: "owner", 200: "admin"}


class User(msgspec.Struct, gc=False):
    """An account."""

    id: Any = None
    full_name: Any = None
    email: Any = None
    is_bot: Any = None
    is_active: Any = None
    role: Any = None


class Stream(msgspec.Struct, gc=False):
    """A channel."""

    id: Any = None
    name: Any = None


class Recipient(msgspec.Struct, gc=False):
    """Where a message can go: a person, a stream, several people."""

    id: Any = None
    type: Any = None
    type_id: Any = None


class Subscription(msgspec.Struct, gc=False):
    """Somebody in a recipient."""

    user_profile: Any = None
    recipient: Any = None
    active: Any = None


class Reaction(msgspec.Struct, gc=False):
    """One emoji of one person."""

    message: Any = None


class Change(msgspec.Struct, gc=False):
    """An entry of the audit log."""

    event_type: Any = None
    event_time: Any = None
    modified_user: Any = None
    acting_user: Any = None
    modified_stream: Any = None


TABLES: Final[dict[str, Any]] = {
    "zerver_userprofile": User,
    "zerver_userprofile_mirrordummy": User,
    "zerver_userprofile_crossrealm": User,
    "zerver_stream": Stream,
    "zerver_recipient": Recipient,
    "zerver_subscription": Subscription,
    "zerver_reaction": Reaction,
    "zerver_realmauditlog": Change,
}


@dataclass
class Realm:
    """Everything that messages refer to, by id as text."""

    users: dict[str, User] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)
    recipients: dict[str, tuple[int, str]] = field(default_factory=dict)
    inside: dict[str, list[str]] = field(default_factory=dict)
    reactions: Counter[int] = field(default_factory=Counter)
    changes: dict[str, list[tuple[int, Change]]] = field(default_factory=dict)
    _chats: dict[tuple[str, str], RawChat] = field(default_factory=dict)
    _bots: dict[str, dict[str, None]] = field(default_factory=dict)

    def name(self, user: str) -> str | None:
        """Return how a person is shown; service accounts have only an address."""
        known = self.users.get(user, User())
        return text_of(known.full_name) or (text_of(known.email) or "").partition("@")[0] or None

    def speaks_for_server(self, user: str) -> bool:
        """Whether what this account says is a notice."""
        known = self.users.get(user, User())
        return (text_of(known.email) or "").startswith(NOTICES_BY)

    def chat(self, recipient: str, sender: str) -> RawChat:
        """Return the chat that a message to this recipient belongs to."""
        kind, target = self.recipients.get(recipient, (_STREAM, recipient))
        both = recipient, sender if kind == _PERSON else ""
        if both not in self._chats:
            self._chats[both] = self._chat(recipient, kind, target, sender)
        return self._chats[both]

    def changed_streams(self) -> list[tuple[str, str]]:
        """Return recipient and id of the streams that somebody joined or left."""
        return [
            (recipient, stream)
            for recipient, (kind, stream) in self.recipients.items()
            if kind == _STREAM and stream in self.changes
        ]

    def _chat(self, recipient: str, kind: int, target: str, sender: str) -> RawChat:
        inside = self.inside.get(recipient, [])
        if kind == _STREAM:
            key, name = target, self.streams.get(target, target)
        elif kind == _PERSON:
            inside = sorted({sender, target})
            key = f"dm-{'-'.join(inside)}"
            name = self._names(inside)
        else:
            key, name = f"group-{target}", self._names(inside)
        return RawChat(
            key=key,
            strong=True,
            platform="zulip",
            name=name or key,
            kind="group" if kind == _STREAM or len(inside) > _STREAM else "private",
            members=self._members(inside) if kind != _PERSON else None,
            members_complete=kind != _PERSON and recipient in self.inside,
            has_replies=True,
            has_mentions=True,
        )

    def _names(self, users: list[str]) -> str:
        return ", ".join(name for user in users if (name := self.name(user)))

    def _members(self, inside: list[str]) -> pl.DataFrame:
        rows = []
        for key in dict.fromkeys(inside):
            user = self.users.get(key, User())
            role = _ROLES.get(user.role, "member") if isinstance(user.role, int) else None
            rows.append((key, self.name(key), None, role, None, user.is_bot is True))
        return pl.DataFrame(rows, schema=RAW_MEMBERS, orient="row")

    def with_bots(self, chat: RawChat, senders: pl.Series) -> RawChat:
        """Return a chat with the bots that were seen in it so far: they are seldom on its list."""
        seen = self._bots.setdefault(chat.key, {})
        for key in senders.drop_nulls().unique(maintain_order=True):
            if self.users.get(key, User()).is_bot is True:
                seen[key] = None
        if not seen:
            return chat
        listed = chat.members["member_id"].to_list() if chat.members is not None else []
        return replace(chat, members=self._members([*listed, *seen]))

    def moves(self, stream: str) -> pl.DataFrame:
        """Return who joined and left a stream, as notices without words."""
        entries = self.changes.get(stream, [])
        events, actors, targets = [], [], []
        for _, change in entries:
            event = _EVENTS[change.event_type]
            target, actor = text_of(change.modified_user), text_of(change.acting_user)
            other = actor is not None and actor != target
            events.append(_BY_OTHERS[event] if other else event)
            actors.append(actor if other else None)
            targets.append(target)
        return raw_frame(
            {
                "line": [number for number, _ in entries],
                "sent_at": instants([change.event_time for _, change in entries]),
                "kind": ["system"] * len(entries),
                "event": events,
                "actor_id": actors,
                "actor_name": [self.name(actor) if actor else None for actor in actors],
                "target_ids": [[target] if target else None for target in targets],
                "target_names": [[self.name(target)] if target else None for target in targets],
            }
        )


def read_realm(export: Export, issues: IssueLog) -> Realm:
    """Read realm.json.

    Args:
        export: The file.
        issues: Told how many entries of it cannot be read; no message is lost by that.
    """
    realm, own = Realm(), IssueLog()
    subscriptions: list[Subscription] = []
    for part in read_object(export, own, arrays=TABLES):
        for number, one in zip(part.records, part.value, strict=True):
            if isinstance(one, User) and (key := text_of(one.id)):
                crossing = part.key == "zerver_userprofile_crossrealm"
                one.is_bot = True if crossing else one.is_bot
                realm.users[key] = one
            elif isinstance(one, Stream) and (key := text_of(one.id)):
                realm.streams[key] = text_of(one.name) or key
            elif isinstance(one, Recipient) and (key := text_of(one.id)):
                kind = one.type if isinstance(one.type, int) else 0
                realm.recipients[key] = (kind, text_of(one.type_id) or key)
            elif isinstance(one, Reaction) and isinstance(one.message, int):
                realm.reactions[one.message] += 1
            elif isinstance(one, Subscription) and one.active is not False:
                subscriptions.append(one)
            elif isinstance(one, Change) and isinstance(one.event_type, int):
                stream = text_of(one.modified_stream)
                if stream is not None and one.event_type in _EVENTS:
                    realm.changes.setdefault(stream, []).append((number, one))
    for one in subscriptions:
        user, recipient = text_of(one.user_profile), text_of(one.recipient)
        if user and recipient and realm.users.get(user, User()).is_active is not False:
            realm.inside.setdefault(recipient, []).append(user)
    if own.rows_lost():
        detail = f"{own.rows_lost()} entries of people, streams or changes cannot be read"
        issues.add("damaged-table", export.title, rows=0, detail=detail)
    return realm
