"""Who a QQ log line is by: number, e-mail or only a name; titles in front of the name."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

SYSTEM_IDS: Final = frozenset({"10000", "1000000"})
ANONYMOUS_ID: Final = "80000000"

# Blanks behind the bracket come from editors.
_NUMBER = re.compile(r"^(.*)\((\d{5,11})\)[ \t]*$", re.DOTALL)
_MAIL = re.compile(
    r"^(.*)(?:<([^<>\s]+@[^<>\s]+|\+?\d{5,15})>|\(([^()\s]+@[^()\s]+)\))[ \t]*$", re.DOTALL
)
_ROLES: Final = {"群主": "owner", "管理员": "admin"}
# Only what QQ itself writes is cut off; 【…】 may as well be the beginning of a member's card.
# QQ NT prints the level and a title of any wording in one bracket: 【LV2 群友】.
_TITLE = re.compile(
    r"^【(?:(群主|管理员|潜水|冒泡|吐槽|活跃|话唠|传说)|LV\d{1,3}(?: ([^【】]{1,20}))?)】",
    re.IGNORECASE,
)


class Sender(NamedTuple):
    """A sender as found in a header.

    Args:
        id: Number, or e-mail / login in lower case; None if the header shows only a name.
        name: Shown name without known titles; None if empty.
        role: owner or admin by title; None says nothing.
    """

    id: str | None
    name: str | None
    role: str | None


@lru_cache(maxsize=100_000)
def read_sender(shown: str) -> Sender:
    """Read the sender part of a header: the last bracket group is the id.

    Args:
        shown: Everything behind the time.
    """
    key: str | None = None
    name = shown
    if found := _NUMBER.match(shown):
        name, key = found.groups()
    elif found := _MAIL.match(shown):
        name, login, mail = found.groups()
        key = (login or mail).lower()
    role = None
    while title := _TITLE.match(name):
        role = _ROLES.get(title.group(1) or title.group(2), role)
        name = name[title.end() :]
    # A name that equals the number means that the client did not know the name.
    return Sender(key, name if name.strip() and name != key else None, role)
