"""Structured group tips of QQ NT, as QCE v6 keeps them: who joined, recalled, was muted, by whom.

Ids are better than the wording. Where a tip says too little, nothing is returned and the wording is
read later.
"""

import json
from typing import Any, Final, NamedTuple

from sqtool.parsers._json_items import text_of
from sqtool.parsers._notices import SELF
from sqtool.parsers._qce import PSEUDO_IDS, Element


class Who(NamedTuple):
    """A person in a tip: id (uid), name, or both."""

    id: str | None
    name: str | None


class Tip(NamedTuple):
    """What happened."""

    event: str
    actor: Who | None = None
    target: Who | None = None


_SELF: Final = Who(None, SELF)
_JOINED, _QUIT, _RENAMED, _MUTED = 1, 3, 5, 8
_OTHER_TIPS: Final = frozenset([2, 4, 6, 7, 9])  # disbanded, created, (un)blocked, recycled
_POKE, _ESSENCE, _JOIN = 1061, 2401, 51


def tip(elements: list[Element] | None, text: str) -> Tip | None:
    """Read the structured part of a notice.

    Args:
        elements: Of the record.
        text: Its wording; tells an invitation from a QR code where the tip does not.
    """
    for element in elements or ():
        original = element.data.originalData if element.data is not None else None
        if not isinstance(original, dict):
            continue
        if isinstance(group := original.get("groupElement"), dict):
            return _group(group)
        if isinstance(revoke := original.get("revokeElement"), dict):
            actor = _who(revoke.get("operatorUid"))
            target = _who(revoke.get("origMsgSenderUid"))
            if actor is not None:
                return Tip("recall", actor, target if target != actor else None)
        if isinstance(gray := original.get("jsonGrayTipElement"), dict):
            return _gray(gray, text)
    return None


def _who(uid: Any, name: Any = None) -> Who | None:
    key, shown = text_of(uid), text_of(name)
    key = None if key in PSEUDO_IDS else key
    return Who(key, shown) if key or shown else None


def _person(value: Any) -> Who | None:
    if not isinstance(value, dict):
        return None
    return _who(value.get("uid"), value.get("card") or value.get("name"))


def _number(value: Any) -> int | None:
    shown = text_of(value)
    return int(shown) if shown and shown.isascii() and shown.isdigit() else None


def _group(group: dict[str, Any]) -> Tip | None:
    kind = _number(group.get("type"))
    member = _who(group.get("memberUid"), group.get("memberNick"))
    admin = _who(group.get("adminUid"), group.get("adminNick"))
    if kind == _JOINED:
        return _joined(group.get("memberAdd"), member, admin)
    if kind == _QUIT and member is not None:
        if admin is not None and admin.id != member.id:
            return Tip("removed", admin, member)
        return Tip("leave", None, member)
    if kind == _RENAMED:
        return Tip("rename", member or admin)
    if kind == _MUTED:
        mute = group.get("shutUp")
        if isinstance(mute, dict):
            return Tip("mute", _person(mute.get("admin")) or admin, _person(mute.get("member")))
        return Tip("mute", admin, member)
    return Tip("other", admin or member) if kind in _OTHER_TIPS else None


def _joined(added: Any, member: Who | None, admin: Who | None) -> Tip | None:
    added = added if isinstance(added, dict) else {}
    for key, event in (("otherInviteOther", "invite"), ("otherAddByOtherQRCode", "qr_join")):
        pair = added.get(key)
        if isinstance(pair, dict):
            inviter, invited = _person(pair.get("inviter")), _person(pair.get("invited"))
            if inviter or invited:
                return Tip(event, inviter or admin, invited or member)
    if one := _person(added.get("otherInviteYou")):
        return Tip("invite", one, _SELF)
    if one := _person(added.get("youInviteOther")):
        return Tip("invite", _SELF, one)
    if one := _person(added.get("otherAddByYourQRCode")):
        return Tip("qr_join", _SELF, one)
    if one := _person(added.get("youAddByOtherQRCode")):
        return Tip("qr_join", one, _SELF)
    if one := _person(added.get("otherAdd")):
        return Tip("join", None, one)
    if member is None:
        return None
    if admin is not None and admin.id != member.id:
        return Tip("invite", admin, member)
    return Tip("join", None, member)


def _gray(gray: dict[str, Any], text: str) -> Tip | None:
    people = _people(gray.get("jsonStr"))
    kind = _number(gray.get("busiId"))
    if not people:
        return None
    first, second = people[0], people[1] if len(people) > 1 else None
    if kind == _POKE:
        return Tip("poke", first, second or first)
    if kind == _ESSENCE:
        return Tip("pinned", first)
    if kind == _JOIN and second is None:
        return Tip("join", None, first)
    if kind == _JOIN and second is not None and "邀请" in text:
        return Tip("invite", first, second)
    if kind == _JOIN and second is not None and "二维码" in text:
        return Tip("qr_join", second, first)
    return None


def _people(source: Any) -> list[Who]:
    if isinstance(source, str):
        try:
            source = json.loads(source)
        except (ValueError, RecursionError):
            return []
    items = source.get("items") if isinstance(source, dict) else None
    found = [
        _who(item.get("uid"), item.get("nm"))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and item.get("type") == "qq"
    ]
    return [who for who in found if who is not None]
