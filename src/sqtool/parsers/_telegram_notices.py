"""The notices of Telegram's HTML pages: always English, names without quotes.

Names are free text: one may hold " invited " or " and ". People known from the chat are looked for
first. Who joins or leaves alone is written as inviting or removing himself.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple

from sqtool.parsers._telegram_page import DELETED

_NOBODY: Final = DELETED | {"Group"}
_VERBS: Final = (
    (" invited ", "invite", "join"),
    (" removed ", "removed", "leave"),
)
_BY_LINK: Final = re.compile(r"(.+) joined group by link from (.+)", re.DOTALL)
_BY_REQUEST: Final = re.compile(r"(.+) joined group by request", re.DOTALL)
_CREATED: Final = re.compile(r"(.+?) created group «.*» with members (.+)", re.DOTALL)
_OTHERS: Final = (
    (re.compile(r"(.+) changed group title to «.*»", re.DOTALL), "rename"),
    (re.compile(r"(.+) pinned (?:this|a) message", re.DOTALL), "pinned"),
    (re.compile(r"(.+) created topic «.*»", re.DOTALL), "topic"),
    (re.compile(r"(.+) (?:removed|changed) group photo", re.DOTALL), "other"),
    (re.compile(r"(.+) invited (.+) to the (?:voice|video) chat", re.DOTALL), "other"),
)


class Notice(NamedTuple):
    """What a notice says.

    Args:
        event: Name in ``schema.EVENTS``.
        actor: Who acted.
        targets: Whom it befell; None in place of a name for a deleted account.
        is_topic: Whether it opens a topic: messages in it refer to it without answering.
    """

    event: str
    actor: str | None = None
    targets: list[str | None] | None = None
    is_topic: bool = False


def read_notice(text: str, known: Collection[str]) -> Notice:
    """Read a notice.

    Args:
        text: Its wording.
        known: Names of people in the chat.
    """
    if found := _BY_LINK.fullmatch(text):
        return Notice("join", _name(found[2]), [_name(found[1])])
    if found := _BY_REQUEST.fullmatch(text):
        return Notice("join", None, [_name(found[1])])
    if found := _CREATED.fullmatch(text):
        return Notice("invite", _name(found[1]), _names(found[2], known))
    for pattern, event in _OTHERS:
        if found := pattern.fullmatch(text):
            if event == "topic":
                return Notice("other", _name(found[1]), is_topic=True)
            return Notice(event, _name(found[1]))
    options = [
        (text[: found.start()], text[found.end() :], event, alone)
        for verb, event, alone in _VERBS
        for found in re.finditer(verb, text)
    ]
    if not options:
        return Notice("other")
    # The likeliest reading: both sides equal, both known, one known, the first verb.
    actor, rest, event, alone = min(
        options,
        key=lambda it: (it[0] != it[1], -(it[0] in known) - (it[1] in known), len(it[0])),
    )
    if actor == rest:
        return Notice(alone, None, [_name(actor)])
    return Notice(event, _name(actor), _names(rest, known))


def _names(listed: str, known: Collection[str]) -> list[str | None]:
    """Take a list apart: ``A, B and C``."""
    if listed in known:
        return [_name(listed)]
    head, joint, last = listed.rpartition(" and ")
    names = [*head.split(", "), last] if joint else listed.split(", ")
    return [_name(name) for name in names]


def _name(shown: str) -> str | None:
    return None if shown in _NOBODY else shown
