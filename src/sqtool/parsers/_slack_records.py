"""What Slack stores: accounts, channels, messages. Everything may be missing."""

from typing import Any

import msgspec


class Profile(msgspec.Struct, gc=False):
    """How a person is shown."""

    display_name: Any = None
    real_name: Any = None
    name: Any = None


class User(msgspec.Struct, gc=False):
    """One account of the workspace."""

    id: Any = None
    name: Any = None
    real_name: Any = None
    is_bot: Any = None
    is_admin: Any = None
    is_owner: Any = None
    profile: Profile | None = None


class Channel(msgspec.Struct, gc=False):
    """One conversation; ``members`` are those at the time of the export."""

    id: Any = None
    name: Any = None
    members: list[Any] | None = None


class Comment(msgspec.Struct, gc=False):
    """Words about a file, in old exports."""

    comment: Any = None
    user: Any = None


class File(msgspec.Struct, gc=False):
    """A file sent along."""

    mimetype: Any = None
    name: Any = None
    title: Any = None
    initial_comment: Comment | None = None


class Card(msgspec.Struct, gc=False):
    """What a bot wrote beside its text, or the preview of a link; or who a bot is."""

    title: Any = None
    text: Any = None
    pretext: Any = None
    fallback: Any = None
    name: Any = None


class Reaction(msgspec.Struct, gc=False):
    """One emoji, and who chose it: the list may be shorter than the count."""

    count: Any = None
    users: list[Any] | None = None


class Room(msgspec.Struct, gc=False):
    """A call."""

    created_by: Any = None


class Message(msgspec.Struct, gc=False):
    """One record of a day's file."""

    ts: Any = None
    subtype: Any = None
    user: Any = None
    bot_id: Any = None
    username: Any = None
    text: Any = None
    thread_ts: Any = None
    inviter: Any = None
    team: Any = None
    blocks: Any = None
    bot_profile: Card | None = None
    user_profile: Profile | None = None
    comment: Comment | None = None
    room: Room | None = None
    file: File | None = None
    files: list[File] | None = None
    attachments: list[Card] | None = None
    reactions: list[Reaction] | None = None


class SoundMessage(Message, gc=False):
    """The same, with the tree of the text left undecoded: it is seldom needed."""

    blocks: msgspec.Raw = msgspec.Raw(b"null")
