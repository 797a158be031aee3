"""Who is meant by a name in a WhatsApp log: contacts by name, everybody else by number."""

import re
from typing import Final, NamedTuple

_MARKS: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NUMBER: Final = re.compile(r"\+\d[\d ().\-‐‑]{5,24}")


class Person(NamedTuple):
    """A sender.

    Args:
        id: The number, digits only behind the ``+``; None for a contact.
        name: As shown, without invisible marks and the ``~`` of unknown contacts.
    """

    id: str | None
    name: str | None


def read_person(shown: str) -> Person:
    """Read the sender part of a header, or a name in a mention."""
    name = _MARKS.sub("", shown).replace("\u00a0", " ").replace("\u202f", " ").strip()
    if name.startswith("~") and name[1:].strip():
        name = name[1:].strip()
    if _NUMBER.fullmatch(name):
        return Person("+" + re.sub(r"\D", "", name), name)
    return Person(None, name or None)
