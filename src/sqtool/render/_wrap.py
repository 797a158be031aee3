"""Line breaking for Chinese and English mixed: between characters there, between words here.

Light: help pages use it as well as the terminal renderer.
"""

import unicodedata
from itertools import pairwise

from sqtool.render._escape import display_width

_NOT_FIRST = frozenset("、。,.;:!?，．；：！？)）》」』】〕…%]}”’")
_NOT_LAST = frozenset("(（《「『【〔[{“‘")


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in ("W", "F")


def _may_break(before: str, after: str) -> bool:
    if before == " ":
        return True
    if after == " " or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return _is_wide(before) or _is_wide(after)


def break_points(text: str, width: int) -> list[int]:
    """Return the offsets at which to break one line of clean text so that no part is too wide.

    Args:
        text: Text without line breaks.
        width: Terminal columns, at least 2. A word longer than that is cut; spaces at a break may
            stick out and are for the caller to strip.
    """
    points: list[int] = []
    start, last_chance, used = 0, 0, 0
    for at, char in enumerate(text):
        if at > start and _may_break(text[at - 1], char):
            last_chance = at
        size = display_width(char)
        while used + size > width and char != " " and at > start:
            end = last_chance if last_chance > start else at
            points.append(end)
            start, used = end, display_width(text[end:at])
        used += size
    return points


def wrap(text: str, width: int) -> list[str]:
    """Return one line of clean text as lines of at most ``width`` columns."""
    points = [0, *break_points(text, width), len(text)]
    lines = [text[a:b].strip(" ") for a, b in pairwise(points)]
    return lines or [""]
