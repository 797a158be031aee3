"""The outline of a JSON file for sniffers: its outermost keys, streamed, not its first bytes.

Statistics or avatars may push the telling keys megabytes into the file; usually they are in the
first 64 KiB, and then nothing more is read.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from sqtool.errors import SqtoolError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._json import read_object
from sqtool.parsers._json_scan import Brackets, loads, pairs, pieces

MOST_BYTES: Final = 128 * 1024 * 1024
"""How far a sniffer reads when the beginning tells nothing."""
KEPT_BYTES: Final = 64 * 1024

TELLING_KEYS: Final = frozenset(
    "chatInfo chunkInfo weflow chatlab exportInfo schemaVersion guild talker session conversation"
    " chat_username is_group filterRules group_chat personal_information".split()
)
"""A file with one of these and an array of records needs no further reading."""
TELLING_PAIR: Final = ("type", "id")
"""So does one with both of these: Telegram names no key of its own."""
RECORD_KEYS: Final = frozenset(["messages", "chunks", "member_list"])
CHAT_LISTS: Final = frozenset(["chats", "left_chats"])
"""Behind ``about``: a whole account exported by Telegram, whose chats lie two levels deeper."""


@dataclass
class Outline:
    """What a sniffer may know of a JSON file.

    Args:
        root: ``object``, ``array``, or empty if the file does not begin like JSON.
        fragments: Of each outermost key its raw value, at most 64 KiB of an inner one; of an
            array the items from the first one on under the empty key.
        whole: Whether the end of the outermost value was seen.
    """

    root: str = ""
    fragments: dict[str, bytes] = field(default_factory=dict)
    scalars: dict[str, Any] = field(default_factory=dict)
    whole: bool = False

    def __contains__(self, key: str) -> bool:
        return key in self.fragments or key in self.scalars

    def has(self, *keys: str) -> bool:
        """Whether all these outermost keys were seen."""
        return all(key in self for key in keys)

    def is_array(self, key: str) -> bool:
        """Whether the value of this key is an array."""
        return self.fragments.get(key, b"")[:1] == b"["

    def value(self, key: str) -> Any:
        """Return a small value decoded, or None."""
        if key in self.scalars:
            return self.scalars[key]
        try:
            return loads(self.fragments.get(key, b""))
        except ValueError:
            return None

    def text(self, key: str, inner: str) -> str:
        """Return a string inside a small object, or an empty one."""
        value = self.value(key)
        found = value.get(inner) if isinstance(value, dict) else None
        return found if isinstance(found, str) else ""

    def item_keys(self, key: str = "") -> frozenset[str]:
        """Return the keys of the first item of an array (the empty key: of an outermost array)."""
        items = self.fragments.get(key, b"")
        first = items[items.find(b"{") :] if b"{" in items[:4096] else b""
        walk = _Walk()
        walk.feed(first)
        seen = walk.finish()
        return frozenset(seen.fragments) | frozenset(seen.scalars)


def head_values(export: Export, needed: Collection[str]) -> dict[str, Any]:
    """Return the values of outermost keys, wherever they stand in the file.

    Args:
        export: The file.
        needed: Keys. Only if one is not in the outline is the file gone through once more: readers
            must know whose records they read before the first of them.
    """
    seen = outline(export)
    found = {key: seen.value(key) for key in needed if key in seen}
    if all(found.get(key) is not None for key in needed):
        return found
    again = replace(export, on_read=None)
    return {part.key: part.value for part in read_object(again, IssueLog(), values=needed)}


def outline(export: Export) -> Outline:
    """Return the outline of a file; never raises. All sniffers of one file share one reading."""
    known = vars(export).get("_json_outline")  # kept where its cached properties are kept
    if not isinstance(known, Outline):
        try:
            known = _read(export)
        except (SqtoolError, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
            known = Outline()
        vars(export)["_json_outline"] = known
    return known


def _read(export: Export) -> Outline:
    head = export.head_text.encode("utf-8", "replace")
    if head.lstrip()[:1] not in (b"{", b"["):
        return Outline()
    walk = _Walk()
    for piece in pieces([head]):
        walk.feed(piece)
    if walk.done:
        return walk.finish()
    walk, done = _Walk(), 0
    for piece in pieces(replace(export, on_read=None).blocks()):
        walk.feed(piece)
        done += len(piece)
        if walk.done or done >= MOST_BYTES:
            break
    return walk.finish()


_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"(\s*:)?')


class _Walk:
    """Follows the outermost brackets."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.brackets = Brackets()
        self.pending = bytearray()  # between inner values
        self.key: str | None = None  # the inner value we are in

    @property
    def done(self) -> bool:
        seen = self.outline
        if seen.whole or seen.root == "array":
            return True
        telling = any(key in seen for key in TELLING_KEYS) or seen.has(*TELLING_PAIR)
        if "about" in seen and any(key in seen for key in CHAT_LISTS):
            return True
        return telling and any(seen.is_array(key) for key in RECORD_KEYS)

    def feed(self, piece: bytes) -> None:
        at, depth, opens = self.brackets.scan(piece)
        seen = self.outline
        start = 0
        for i in np.flatnonzero(depth <= 1).tolist():
            p, is_open = int(at[i]), bool(opens[i])
            if seen.whole or (not is_open and not seen.root):
                return
            if depth[i] <= 0 and is_open:
                start = p + 1
                seen.root = "array" if piece[p] == 0x5B else "object"
                if seen.root == "array":
                    seen.fragments[""] = piece[start : start + KEPT_BYTES]
                    return
            elif is_open:
                self._keys(piece[start:p], opened=True)
                start = p
            elif depth[i] == 1 and self.key is not None:
                self._keep(piece[start : p + 1])
                self.key = None
                start = p + 1
            elif depth[i] <= 0:
                self._keys(piece[start:p], opened=False)
                seen.whole = True
        if self.key is not None:
            self._keep(piece[start:])
        elif seen.root:
            self.pending += piece[start:]

    def finish(self) -> Outline:
        """Return the outline, with the keys of a stretch that is cut off (values unknown)."""
        if self.pending and not self.outline.whole:
            for key, colon in _STRING.findall(bytes(self.pending)):
                if colon:
                    name = key.decode("utf-8", "replace")
                    self.outline.scalars.setdefault(name, None)
            self.pending.clear()
        return self.outline

    def _keys(self, stretch: bytes, *, opened: bool) -> None:
        found = pairs(bytes(self.pending) + stretch, opened=opened) or []
        self.pending.clear()
        if opened:
            self.key = str(found.pop()[0]) if found else ""
            self.outline.fragments.setdefault(self.key, b"")
        self.outline.scalars.update(found)

    def _keep(self, fragment: bytes) -> None:
        kept = self.outline.fragments.get(self.key or "", b"")
        room = max(0, KEPT_BYTES - len(kept))
        self.outline.fragments[self.key or ""] = kept + fragment[:room]
