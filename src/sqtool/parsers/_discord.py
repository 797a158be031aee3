"""What Discord's record types and English service texts mean."""

from typing import Final

import polars as pl

from sqtool.schema import EVENT

EVENT_BY_TYPE: Final = {
    "RecipientAdd": "invite", "1": "invite",
    "RecipientRemove": "removed", "2": "removed",
    "ChannelNameChange": "rename", "4": "rename",
    "ChannelIconChange": "other", "5": "other",
    "ChannelPinnedMessage": "pinned", "6": "pinned",
    "GuildMemberJoin": "join", "7": "join",
    "ThreadCreated": "other", "18": "other",
}  # fmt: skip
CALLS: Final = ("Call", "3")
REPLIES: Final = ("Reply", "19")
COMMANDS: Final = ("20", "23", "ChatInputCommand", "ContextMenuCommand")
SAID: Final = ("Default", "0", *REPLIES, *CALLS, *COMMANDS)
"""Types of what people and bots say; commands are a bot's answers to one. All else (boosts,
thread starters, moderation, whatever comes) is a notice."""

_SERVICE: Final = (
    # Whole fields; what stands in the group is a name without an id.
    (r"^Joined the server\.$", "join"),
    (r"^Left the group\.$", "leave"),
    (r"^Added (.+) to the group\.$", "invite"),
    (r"^Removed (.+) from the group\.$", "removed"),
    (r"^Pinned a message\.$", "pinned"),
    (r"^Changed the channel name: (?:.+)$", "rename"),
    (r"^Changed the channel icon\.$", "other"),
    (r"^Started a thread\.$", "other"),
)
CALL_TEXT: Final = r"^Started a call that lasted \d[\d,.]* minutes\.$"


def service_event(text: pl.Expr) -> pl.Expr:
    """Return the event (``EVENT``) that a text states; null for what people write."""
    found = pl.lit(None, pl.String)
    for pattern, event in _SERVICE:
        found = pl.when(text.str.contains(pattern)).then(pl.lit(event)).otherwise(found)
    return found.cast(EVENT)


def service_target(text: pl.Expr) -> pl.Expr:
    """Return the name that a service text gives; null where it gives none."""
    return pl.coalesce(
        text.str.extract(pattern) for pattern, event in _SERVICE if event in ("invite", "removed")
    )


def acts_on_self(event: pl.Expr) -> pl.Expr:
    """The event is one whose author is the person it befell."""
    return event.cast(pl.String).is_in(["join", "leave"])
