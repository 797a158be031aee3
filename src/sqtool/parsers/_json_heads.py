"""How the items of a JSON array begin: what finds the next one after a damaged one.

A missing quote or bracket makes an item swallow its neighbours. Items of one array begin alike
(line break, indent, first key), so the next one can be found by its beginning.
"""

from collections.abc import Callable


class ItemHead:
    """The beginning that the items of one array share; empty until it has been learnt."""

    def __init__(self) -> None:
        self.bytes = b""

    def __bool__(self) -> bool:
        return bool(self.bytes)

    @property
    def sure(self) -> bool:
        """Whether it cannot also occur inside an item: line break and indent make it so."""
        return self.bytes.startswith(b"\n")

    def learn(self, data: bytes) -> None:
        """Take the beginning from the first bytes of an array."""
        body = data.lstrip(b" \t\r\n")
        blank = data[: len(data) - len(body)]
        first_key = body.split(b'"', 2)
        if body[:1] == b"{" and len(first_key) == 3 and not first_key[0][1:].strip():
            indented = blank.rpartition(b"\n")
            head = b"\n" + indented[2] if indented[1] and indented[2] else b","
            self.bytes = head + body[: len(first_key[0]) + len(first_key[1]) + 2]

    def next_in(self, text: bytes, is_item: Callable[[bytes], bool]) -> int | None:
        """Find where another item begins inside what seems to be one.

        Args:
            text: The seeming item.
            is_item: Whether bytes can be decoded; asked only where the beginning is not sure.
        """
        if not self.bytes:
            return None
        found = text.find(self.bytes, text.find(b"{") + 1)
        while found > 0:
            following = text.find(self.bytes, found + 1)
            if self.sure or is_item(text[found : following if following > 0 else None]):
                return found
            found = following
        return None

    def occurs(self, text: bytes | bytearray, before: int) -> bool:
        """Whether another item seems to begin inside the one that ``text`` begins with.

        Args:
            text: An item without an end so far.
            before: How much of it has been looked at.
        """
        since = max(text.find(b"{") + 1, before - len(self.bytes) if self.sure else 0)
        return text.find(self.bytes, since) > 0
