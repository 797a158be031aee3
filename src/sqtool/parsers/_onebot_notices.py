"""OneBot v11 notices: what happened in a group, who did it, whom it befell; ids throughout."""

from typing import Any, Final, NamedTuple

from sqtool.parsers._json_items import text_of

NOBODY: Final = frozenset(["", "0", "-1"])
_OUTSIDE: Final = frozenset(["input_status", "profile_like"])  # of a friend, not of a group


class Happened(NamedTuple):
    """One notice.

    Args:
        event: Name in ``schema.EVENTS``.
        actor: Id of who did it.
        targets: Ids of whom it befell.
        name: The actor's new name, where the notice tells one.
    """

    event: str
    actor: str | None = None
    targets: tuple[str, ...] = ()
    name: str | None = None


def person(value: Any) -> str | None:
    """Return an id, or None where the field stands for nobody."""
    found = text_of(value)
    return None if found in NOBODY else found


def happened(event: Any) -> Happened | None:
    """Read a notice of a group.

    Args:
        event: A notice with the keys of OneBot v11 and its extensions as attributes.

    Returns:
        None for what is no notice of a group.
    """
    kind, sub = text_of(event.notice_type), text_of(event.sub_type)
    user, actor = person(event.user_id), person(event.operator_id)
    other = actor if actor != user else None
    one = (user,) if user else ()
    match kind:
        case "group_increase":
            invited = sub == "invite" and other
            return Happened("invite" if invited else "join", other if invited else None, one)
        case "group_decrease":
            return _left(sub, user, actor, other)
        case "group_ban":
            return Happened("mute", actor, one)
        case "group_recall":
            # By an admin the message is another person's.
            return Happened("recall", actor or user, one if other else ())
        case "group_admin":
            return Happened("admin", None, one)
        case "group_card":
            return Happened("other", user, (), text_of(event.card_new))
        case "group_title":
            return Happened("other", None, one)
        case "essence":
            author = person(event.sender_id)
            known = "pinned" if sub != "delete" else "other"
            return Happened(known, actor or user, (author,) if author else ())
        case "notify":
            return _notify(sub, user, event)
        case "group_upload" | "group_dismiss" | "group_name_change" | "bot_offline":
            renamed = kind == "group_name_change"
            return Happened("rename" if renamed else "other", actor or user)
        case _:
            return Happened("other", actor or user)


def _left(sub: str | None, user: str | None, actor: str | None, other: str | None) -> Happened:
    one = (user,) if user else ()
    if sub == "disband":
        return Happened("other", actor or user)
    if sub in ("kick", "kick_me") or (sub != "leave" and other):
        return Happened("removed", other, one)
    return Happened("leave", None, one)


def _notify(sub: str | None, user: str | None, event: Any) -> Happened | None:
    target = person(event.target_id)
    to = (target,) if target else ()
    if sub in _OUTSIDE:
        return None
    if sub == "poke":
        return Happened("poke", user, to)
    if sub == "lucky_king":
        # The sender's packet is empty; the target got the largest share of it.
        return Happened("red_packet_received", target, (user,) if user else ())
    if sub == "group_name":
        return Happened("rename", user)
    if sub == "title":
        return Happened("other", None, (user,) if user else ())
    return Happened("other", user, to)
