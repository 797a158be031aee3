"""Telegram service messages: the ``action`` of a record as event, actor and targets.

Who joined, was added or removed is given by name; only the acting account has an id. A person who
joins or leaves by himself is written as one who invites or removes himself.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

EVENT_BY_ACTION: Final = {
    "edit_group_title": "rename",
    "pin_message": "pinned",
    "invite_members": "invite",
    "create_group": "invite",
    "remove_members": "removed",
    "join_group_by_link": "join",
    "join_group_by_request": "join",
}
"""Everything else, new actions of each release included, is ``other``."""

CALL: Final = "phone_call"
"""In a private chat: a message of the caller, not a notice."""

_NO_PERSON: Final = "Group"
"""Stands for the inviter where the link was the group's own."""

_ALONE: Final = {"invite": "join", "removed": "leave"}


class Service(NamedTuple):
    """What a service message says.

    Args:
        event: Name in ``schema.EVENTS``.
        actor_id: Id of who acted.
        actor_name: Name of who acted.
        target_ids: Ids of those it befell, where known.
        target_names: Their names; as long as the ids.
    """

    event: str
    actor_id: str | None
    actor_name: str | None
    target_ids: list[str | None] | None
    target_names: list[str | None] | None


def read_service(
    action: str | None,
    actor_id: str | None,
    actor: str | None,
    members: Sequence[str | None] | None,
    inviter: str | None,
) -> Service:
    """Read one service message.

    Args:
        action: Its ``action``.
        actor_id: Id of the acting account.
        actor: Its name, null for a deleted account.
        members: Names of those concerned, null for deleted accounts.
        inviter: Whose invite link was used; ``Group`` if it was nobody's in particular.
    """
    event = EVENT_BY_ACTION.get(action or "", "other")
    if event == "join":
        by = None if inviter == _NO_PERSON else inviter
        return Service(event, None, by, [actor_id], [actor])
    if event not in _ALONE:
        return Service(event, actor_id, actor, None, None)
    names = list(members or [])
    if action != "create_group" and names == [actor]:
        return Service(_ALONE[event], None, None, [actor_id], [actor])
    if not names:
        return Service("other" if action == "create_group" else event, actor_id, actor, None, None)
    # One of several may be the actor himself: the one whose id is known.
    ids = [actor_id if name is not None and name == actor else None for name in names]
    return Service(event, actor_id, actor, ids, names)
