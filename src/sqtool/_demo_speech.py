"""How the made-up reading club talks: phrases filled in, and seldom the same twice."""

import random
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqtool import _demo_texts as words
from sqtool._demo_people import END, EVER, Member
from sqtool._demo_texts import PHRASES

MENTION = "\x00{}\x00"
"""How a mention stands in a text: the member's number, or ``all``."""


class Speech:
    """Everything said so far, and what may be said next.

    Args:
        members: Everybody, by number.
        rng: Where all chance comes from.
    """

    def __init__(self, members: list[Member], rng: random.Random) -> None:
        self.members = members
        self.rng = rng
        self.said: set[str] = set()
        self.used: dict[str, datetime] = {}

    def scene(self, at: datetime, whom: int = 0, **more: str) -> dict[str, str]:
        """Fix what a conversation is about, so that its lines belong together.

        Args:
            at: Its beginning.
            whom: The member ``{at}`` mentions.
            more: Further slots.
        """
        rng = self.rng
        book = self._book(at.date())
        if rng.random() < 0.18:
            book = rng.choice(words.BOOKS)
        others = [other.title for other in words.BOOKS if other is not book]
        other, book2 = rng.sample(others, 2)
        who, who2 = rng.sample([0, 1, 2, 3, 4, 5, 7, 9], 2)
        return {
            "book": book.title, "p": rng.choice(book.people), "s": rng.choice(book.scenes),
            "ch": self._chapter(book, at.date()), "other": other, "book2": book2,
            "who": self.members[who].name(at), "who2": self.members[who2].name(at),
            "hour": rng.choice(("八点半", "20:30", "晚上八点半")), "age": str(rng.randrange(5, 12)),
            "wd": "一二三四五六日"[at.weekday()], "all": MENTION.format("all"),
            "cents": str(rng.randrange(0, 4)), "cents2": str(rng.randrange(1, 99)),
            "title": book.title, "mark": "", "at": MENTION.format(whom),
        } | more  # fmt: skip

    def say(self, options: Sequence[str], scene: dict[str, str]) -> str:
        """Fill one of the phrases; a longer sentence is not said twice if it can be helped."""
        text = ""
        for _ in range(14):
            text = self._choose(self.rng.choice(options))
            text = re.sub(r"\{(\w+)\}", lambda m: self._slot(m[1], scene), text)
            if text not in self.said:
                break
        if len(text) > 7:
            self.said.add(text)
        return text.strip()

    def _choose(self, phrase: str) -> str:
        """Settle every ``(a|b)``, the innermost first."""
        chosen = 1
        while chosen:
            phrase, chosen = re.subn(
                r"\(([^()]*)\)", lambda m: self.rng.choice(m[1].split("|")), phrase
            )
        return phrase

    def rested(self, phrases: Sequence[str], at: datetime, days: int = 12) -> list[str]:
        """Return the phrases not heard for some days, shuffled."""
        rested = [p for p in phrases if abs(at - self.used.get(p, EVER)) > timedelta(days=days)]
        self.rng.shuffle(rested)
        return rested

    def topic(self, topics: list[words.Topic], at: datetime) -> words.Topic:
        """Pick a topic, the longest unheard ones first."""
        least = sorted(topics, key=lambda topic: self.used.get(topic.opening[0], EVER))
        topic = self.rng.choice(least[: max(1, len(least) // 2)])
        self.used[topic.opening[0]] = at
        return topic

    def dressed(self, phrase: str) -> list[str]:
        """Return other ways to begin or end a phrase."""
        if phrase[0] in "(哈嗯对" or len(phrase) < 5:
            return []
        starts = self.rng.sample(["嗯嗯，", "哈哈，", "其实", "话说", "我想想，"], 2)
        return [starts[0] + phrase, starts[1] + phrase, phrase + "～"]

    def _book(self, day: date) -> words.Book:
        back = (END.date() - day).days // 7
        order = (2, 0, 6, 1, 4, 3, 7, 5)  # a fortnight each; the big sign-up falls on the fourth
        return words.BOOKS[order[back // 2 % len(order)]]

    def _chapter(self, book: words.Book, day: date) -> str:
        back = (END.date() - day).days % 14
        reached = (14 - back) / 14 * book.units + self.rng.uniform(-1.5, 0.5)
        return f"第{min(book.units, max(1, round(reached)))}{book.unit}"

    def _slot(self, name: str, scene: dict[str, str]) -> str:
        rng = self.rng
        if name in scene:
            return scene[name]
        if name == "remark":
            book = next(book for book in words.BOOKS if book.title == scene["title"])
            return self._choose(rng.choice(book.remarks))
        drawn: dict[str, Sequence[str]] = {
            "feel": PHRASES["feelings"],
            "face": words.FACES,
            "city": PHRASES["cities"],
            "job": PHRASES["jobs"],
            "page": PHRASES["news_pages"],
            "quote": PHRASES["news_quotes"],
            "weather": PHRASES["weathers"],
            "n": ("10", "15", "20", "25", "30", "30", "35", "40", "45", "60"),
        }
        if name in drawn:
            return rng.choice(drawn[name])
        low, high = {"k": (7, 15), "k2": (2, 9), "day": (3, 60), "code": (1000, 9999)}[name]
        return str(rng.randrange(low, high))
