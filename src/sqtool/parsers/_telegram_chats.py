"""The chats of a Telegram account export, one after the other, each as a JSON object of its own.

An account export holds its chats three brackets deep (``chats``, ``list``, one object each), people
who trim it by hand leave a bare array of them. Such files are gigabytes: every chat is handed on in
pieces, as if it were a file.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np

from sqtool.parsers._json_scan import Brackets, pieces

_LISTS: Final = re.compile(rb'"(?:chats|left_chats)"\s*:\s*$')
_KEY_BYTES: Final = 200
_IN_ARRAY, _IN_ACCOUNT = 1, 3  # brackets around a chat


def split_chats(blocks: Iterable[bytes]) -> Iterator[Iterator[bytes]]:
    """Yield the bytes of one chat after the other.

    Args:
        blocks: The file: an account export, or an array of chats.

    Yields:
        An iterator of pieces per chat; it must be used up before the next chat is asked for.
    """
    for _, parts in groupby(_stretches(blocks), key=itemgetter(0)):
        yield (piece for _, piece in parts)


def _stretches(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the pieces that belong to chats, with the number of the chat."""
    brackets = Brackets()
    level, number, wanted, inside = 0, 0, False, False
    before = b""
    for piece in pieces(blocks):
        at, depth, opens = brackets.scan(piece)
        if not level and len(at):
            level = _IN_ARRAY if piece[at[0]] == 0x5B else _IN_ACCOUNT
            wanted = level == _IN_ARRAY
        start = 0
        edges = np.flatnonzero((depth == level) | ((depth == 1) & (level == _IN_ACCOUNT)))
        for i in edges.tolist():
            place, is_open = int(at[i]), bool(opens[i])
            if depth[i] < level:
                key = (before + piece[:place])[-_KEY_BYTES:]
                wanted = is_open and _LISTS.search(key) is not None
            elif is_open and wanted:
                inside, start = True, place
                number += 1
            elif inside:
                yield number, piece[start : place + 1]
                inside = False
        if inside:
            yield number, piece[start:]
        before = (before + piece)[-_KEY_BYTES:]
