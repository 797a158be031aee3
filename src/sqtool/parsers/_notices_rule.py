"""What a rule of the notice grammar is, and how its pattern is spelled out.

A pattern is written once with ``{A}`` (who acted), ``{T}`` (whom it befell), ``{G}`` (the group)
and ``{END}`` (what clients hang on at the end), and compiled twice: *strict* wants names in quotes
or a pronoun, *bare* takes any text. Strict forms are all tried first, so that a nickname in quotes
may hold a verb of the grammar. Names without quotes cannot be told apart for certain: the shortest
name that lets the rest match wins.
"""

from typing import NamedTuple

QUOTES = '"“”「」'
SELF_WORDS = ("你", "您", "我", "You", "you")
ROLE_WORDS = ("管理员", "群管理员", "群主", "群主或管理员", "系统")
"""Actors that are nobody in particular."""

_QUOTED = f"[{QUOTES}].*?[{QUOTES}]"
_STRICT = "|".join((_QUOTED, *SELF_WORDS, *ROLE_WORDS, "自己"))
_GROUP = "(?:群聊|本群|该群|此群|群组|群組|群|聊天)"
_END = (
    r"(?:[，,]并附带了\d+条聊天记录)?[。.!！]?\s*"
    r"(?:(?:\$revoke\$|撤销|重新编辑|去确认|（[^（）]*）|\([^()]*\))\s*)*[。.]?$"
)


class Rule(NamedTuple):
    """One wording.

    Args:
        event: Name in ``schema.EVENTS``.
        has: A piece every such text holds; looked for first because that is cheap.
        pattern: Regular expression of the trimmed text, from its start.
        separator: What stands between the names of one list.
        last_and: Whether the last name of a list follows ``joint``.
        joint: What stands before the last name of a list.
        own: Words of the pattern's language, caught as a name, that mean the exporting account: a
            pronoun, or a verb that holds it.
    """

    event: str
    has: str
    pattern: str
    separator: str = "、"
    last_and: bool = False
    joint: str = " and "
    own: tuple[str, ...] = ()

    def strict(self) -> str:
        """Return the pattern that wants quotes or a pronoun around every name."""
        targets = rf"(?:你|您|我|you)(?:和| and )(?:{_QUOTED})|{_STRICT}"
        return self._spell(_STRICT, targets)

    def bare(self) -> str:
        """Return the pattern that takes any text for a name."""
        return self._spell(".+?", ".+?")

    def _spell(self, actor: str, targets: str) -> str:
        pattern = self.pattern.replace("{A}", f"(?<actor>{actor})")
        pattern = pattern.replace("{T}", f"(?<targets>{targets})")
        # Names may hold newlines.
        return "(?s)^" + pattern.replace("{G}", _GROUP).replace("{END}", _END)
