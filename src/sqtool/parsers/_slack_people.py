"""Who is who in a Slack workspace: shown names, members of channels, bots."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from sqtool.parsers._base import RAW_MEMBERS
from sqtool.parsers._json_items import text_of
from sqtool.parsers._slack_records import Card, Channel, Message, Profile, User
from sqtool.parsers._slack_text import unescaped
from sqtool.schema import WEAK_ID

CALLS: Final = ("huddle_thread", "sh_room_created")
SLACKBOT: Final = "USLACKBOT"
_NOBODY: Final = (None, "USLACKUSER", "U00", "")


@dataclass
class Workspace:
    """Who is who, and which folder is which channel.

    Args:
        users: By id.
        channels: By the name of their folder.
        private: Ids of one-to-one conversations.
    """

    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    channel_names: dict[str, str] = field(default_factory=dict)

    def add_user(self, user: User) -> None:
        """Take one entry of users.json."""
        key, name = text_of(user.id), _name(user)
        if key is not None:
            self.users[key] = user
            if name is not None:
                self.names[key] = name

    def add_channel(self, channel: Channel, *, private: bool) -> None:
        """Take one entry of channels.json or its siblings; direct messages have no name."""
        key, name = text_of(channel.id), text_of(channel.name)
        if key is None:
            return
        self.channels[key] = channel
        if name is not None:
            self.channels.setdefault(name, channel)
            self.channel_names[key] = name
        if private:
            self.private.add(key)


def _name(user: User) -> str | None:
    profile = user.profile or Profile()
    options = (profile.display_name, profile.real_name, user.real_name, user.name)
    found = next((name for one in options if (name := text_of(one))), None)
    return found and unescaped(found)


class Speakers:
    """Who of those who wrote is a bot: bots are on no list."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.bots: dict[str, str | None] = {}
        users = workspace.users
        odd = (*_NOBODY, SLACKBOT)
        self._usual = {
            key: (key, name)
            for key, name in workspace.names.items()
            if users[key].is_bot is not True and key not in odd
        }

    def read(self, message: Message) -> tuple[str | None, str | None]:
        """Return id and shown name of who wrote a message."""
        if message.subtype is None and message.bot_id is None and isinstance(message.user, str):
            usual = self._usual.get(message.user)
            if usual is not None:
                return usual
        if message.subtype == "tombstone":
            return None, None
        user = message.user if message.user not in _NOBODY else None
        if user is None and message.comment is not None:
            user = message.comment.user
        if message.subtype in CALLS and message.room is not None and user in (None, SLACKBOT):
            user = message.room.created_by
        bot, user = text_of(message.bot_id), text_of(user)
        card = message.bot_profile or Card()
        shown = text_of(message.username) or text_of(card.name)
        if user is None:
            if bot is None and shown is None:
                return None, None
            self.bots[bot or f"{WEAK_ID}{(shown or '').strip()}"] = shown
            return bot, shown
        known = self.workspace.users.get(user)
        name = self.workspace.names.get(user)
        if name is None:
            profile = message.user_profile or Profile()
            guest = text_of(profile.display_name) or text_of(profile.real_name)
            name = guest or text_of(profile.name) or shown
        by_bot = known.is_bot is True if known is not None else bot is not None
        if by_bot or user == SLACKBOT:
            self.bots[user] = name
        return user, name

    def members(self, listed: Sequence[Any] | None) -> pl.DataFrame:
        """Return ``RAW_MEMBERS``: a channel's list, and the bots that wrote."""
        ids = [key for one in listed or () if (key := text_of(one)) is not None]
        rows = []
        for key in dict.fromkeys([*ids, *self.bots]):
            user = self.workspace.users.get(key) or User()
            name = self.workspace.names.get(key) or self.bots.get(key)
            owner, admin = user.is_owner is True, user.is_admin is True
            role = "owner" if owner else "admin" if admin else "member" if key in ids else None
            is_bot = key in self.bots or user.is_bot is True or key == SLACKBOT
            rows.append((key, name, text_of(user.name), role, None, is_bot))
        return pl.DataFrame(rows, schema=RAW_MEMBERS, orient="row")
