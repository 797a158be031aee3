"""The words of the made-up reading club, read from ``_demo_texts.toml``.

``(a|b)`` in a phrase is a choice, ``{slot}`` is filled in by ``_demo_club``.
"""

import tomllib
from importlib.resources import files
from typing import Any, NamedTuple


class Book(NamedTuple):
    """A book the club reads: what its chapters are called, and what one talks about in it."""

    title: str
    unit: str
    units: int
    people: list[str]
    scenes: list[str]
    remarks: list[str]
    why: str
    because: list[str]


class Topic(NamedTuple):
    """How a conversation begins, and what others say to it."""

    opening: list[str]
    lines: list[str]


def _load() -> dict[str, Any]:
    return tomllib.loads(files("sqtool").joinpath("_demo_texts.toml").read_text(encoding="utf-8"))


PHRASES: dict[str, Any] = _load()
NAMES: list[str] = PHRASES["names"].split()
DECORATED: dict[int, str] = {int(n): name for n, name in PHRASES["decorated"].items()}
RENAMES: dict[int, str] = {int(n): name for n, name in PHRASES["renames"].items()}
FACES: list[str] = PHRASES["faces"]
BOOKS = [Book(**book) for book in PHRASES["books"]]
QUESTIONS = [Topic(**topic) for topic in PHRASES["questions"]]
CHATTER = [Topic(**topic) for topic in PHRASES["chatter"]]
FESTIVE = [Topic(**topic) for topic in PHRASES["festive"]]
