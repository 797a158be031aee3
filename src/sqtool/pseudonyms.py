"""Pseudonyms: short codes that stand for people, chats, names and files, the same for one key.

A code is a keyed hash (BLAKE2b) of the id, so it is the same in every chat, command and week, and
nobody without the key can tell or test whom it stands for.

Codes have ten characters of 32: 50 bits. Among n people the chance that any two share one is about
n² / 2⁵¹: 1 in 2,200 for a million people, 1 in 9 billion for five hundred.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from sqtool.schema import MENTION_ALL, WEAK_ID

_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that looks like another
_LENGTH: Final = 10
_WORN_LENGTH: Final = 4
_NUMBER: Final = re.compile(r"\d{5}")
_SUFFIX: Final = re.compile(r"\.[a-z]{2,7}\Z", re.ASCII | re.IGNORECASE)

PSEUDONYM: Final = r"[UNGF]-[2-9A-HJ-NP-Z]{10}(?:\.[2-9A-HJ-NP-Z]{4})?"
"""What they look like: U for people, G for chats, N for names that several bear, F for files."""


@dataclass(frozen=True, repr=False)
class Pseudonyms:
    """Gives out the pseudonyms of one key.

    Args:
        key: 16 to 64 secret bytes.
    """

    key: bytes

    def member(self, member_id: str) -> str:
        """Return the id that stands for a member's; known by name alone stays known by name alone.

        The id that stands for everyone is nobody's and stays.
        """
        if member_id == MENTION_ALL:
            return member_id
        weak = WEAK_ID if member_id.startswith(WEAK_ID) else ""
        return weak + self.person(member_id)

    def person(self, member_id: str) -> str:
        """Return the name that stands for a member's newest: ``U-7KQ2FM3XA9``."""
        return "U-" + self._code("person", member_id)

    def worn(self, member_id: str, name: str) -> str:
        """Return what stands for another name of that member: ``U-7KQ2FM3XA9.Q4ZD``."""
        return f"{self.person(member_id)}.{self._code('worn', member_id, name)[:_WORN_LENGTH]}"

    def name(self, name: str) -> str:
        """Return what stands for a name of which nobody knows whose it is."""
        return "N-" + self._code("name", name)

    def chat(self, chat_id: str) -> str:
        """Return the id that stands for a chat's; its platform stays."""
        platform, colon, _ = chat_id.partition(":")
        return (platform + colon if colon else "") + self.group(chat_id)

    def group(self, chat_id: str) -> str:
        """Return the name that stands for a chat's."""
        return "G-" + self._code("chat", chat_id)

    def file(self, title: str) -> str:
        """Return what stands for a file; what kind of file it is stays."""
        found = _SUFFIX.search(title)
        return "F-" + self._code("file", title) + (found[0].lower() if found else "")

    def files(self, titles: str) -> str:
        """Return what stands for several files, ``a; b``."""
        return "; ".join(self.file(title) for title in titles.split("; "))

    def seed(self) -> int:
        """Return a number for hashing columns that name nobody (ids of messages)."""
        return int.from_bytes(self._digest("message")[:8], "little")

    def _code(self, *what: str) -> str:
        for again in range(256):  # a run of digits would be taken for a number, and masked
            number = int.from_bytes(self._digest(*what, *(["+"] * again)), "big")
            code = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH))
            if not _NUMBER.search(code):
                return code
        raise AssertionError  # 256 such runs one after the other

    def _digest(self, *what: str) -> bytes:
        whole = "".join(f"{len(part)}:{part}" for part in what)
        return blake2b(whole.encode(), key=self.key, digest_size=16, person=b"sqtool").digest()


def forms(name: str) -> Iterable[str]:
    """Return how a name may be written by others: its cases, where it is long enough."""
    yield name
    if len(name) >= 4:
        yield from (name.lower(), name.upper(), name.capitalize(), name.title())
