"""Play the made-up reading club: what happens from day to day.

The club is always played from its founding, 16 weeks before the end or earlier, and the tail that
was asked for is cut out: a short export is the end of a long one, as with real exports.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqtool import _demo_texts as words
from sqtool._demo_people import (
    ADMIN,
    ADVERTISERS,
    AWAY,
    END,
    EXPORTER,
    FOUNDING_WEEKS,
    OWNER,
    PEOPLE,
    Member,
    busy,
    clock,
    gather,
    weight,
)
from sqtool._demo_speech import MENTION, Speech
from sqtool._demo_texts import PHRASES

CLUB = "晨读会"

_PER_WEEK = 560
_SPRING = (date(2026, 2, 15), date(2026, 2, 22))
_CHAIN_DAY = date(2026, 1, 15)
_SMALL_CHAIN_DAY = date(2026, 3, 5)
_WEEKDAYS = (0.92, 0.95, 1.0, 1.0, 1.04, 1.1, 1.02)


@dataclass
class Post:
    """Something that stands in the log. ``kind`` says how the writers put it."""

    at: datetime
    who: int
    kind: str
    text: str = ""
    reply_to: "Post | None" = None
    other: int | None = None
    extra: tuple[str, ...] = ()
    order: int = field(default=0, compare=False)


def play(weeks: int, seed: int) -> tuple[list[Member], list[Post]]:
    """Return the members and the last ``weeks`` weeks of the log, in order of time."""
    club = _Club(max(weeks, FOUNDING_WEEKS), random.Random(seed))
    club.run()
    first = datetime.combine(END.date() - timedelta(days=7 * weeks - 1), time())
    posts = sorted(club.posts, key=lambda post: (post.at, post.order))
    return club.members, [post for post in posts if first <= post.at <= END]


class _Club:
    def __init__(self, weeks: int, rng: random.Random) -> None:
        self.rng = rng
        self.weeks = weeks
        self.first_day = END.date() - timedelta(days=7 * weeks - 1)
        self.posts: list[Post] = []
        self.members = gather(self.first_day, rng)
        self.speech = Speech(self.members, rng)
        self.weights: dict[datetime, list[float]] = {}
        self.checkers = [*range(3, 10), *range(12, 24)]

    def _somebody(self, at: datetime, but: Iterable[int] = ()) -> int:
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour not in self.weights:
            self.weights[hour] = [weight(member, hour) for member in self.members]
        weights = self.weights[hour].copy()
        for number in but:
            weights[number] = 0.0
        return self.rng.choices(range(PEOPLE), weights)[0] if any(weights) else OWNER

    def _post(self, at: datetime, who: int, kind: str, text: str = "", **more: object) -> Post:
        post = Post(at, who, kind, text, order=len(self.posts), **more)  # type: ignore[arg-type]
        self.posts.append(post)
        return post

    def _text(
        self, at: datetime, who: int, options: Sequence[str], scene: dict[str, str], **more: object
    ) -> Post:
        """Say something, sometimes as people do: in two goes, or with a face at the end."""
        rng = self.rng
        if scene["who"] == self.members[who].name(at):
            scene = scene | {"who": scene["who2"]}
        text = self.speech.say(options, scene)
        if who % 5 == 1 and len(text) > 5 and text[-1] not in "]？！～" and rng.random() < 0.3:
            text += rng.choice(("～", "～～", rng.choice(words.FACES)))
        head, comma, tail = text.partition("，")
        if comma and len(head) > 4 and len(tail) > 4 and "\n" not in text and rng.random() < 0.13:
            post = self._post(at, who, "text", head, **more)
            self._post(at + timedelta(seconds=rng.randrange(3, 14)), who, "text", tail)
            return post
        return self._post(at, who, "text", text, **more)

    def _answer(
        self, at: datetime, who: int, options: Sequence[str], scene: dict[str, str], to: Post
    ) -> Post:
        """Say something to somebody: plainly, as a quote, or with a mention."""
        how = self.rng.random()
        if how < 0.24 and to.who != who:
            return self._text(at, who, options, scene, reply_to=to)
        post = self._text(at, who, options, scene)
        if how > 0.9 and to.who != who and "\x00" not in post.text:
            post.text = MENTION.format(to.who) + post.text
        return post

    def _gap(self, mean: float) -> timedelta:
        return timedelta(seconds=4 + self.rng.expovariate(1 / mean))

    def run(self) -> None:
        """Play all days up to the end."""
        for offset in range(7 * self.weeks):
            self._day(self.first_day + timedelta(days=offset))
        self._post(END, 3, "text", "晚安各位，明天继续")

    def _day(self, day: date) -> None:
        rng = self.rng
        before = len(self.posts)
        self.weights.clear()
        jitter = rng.uniform(0.85, 1.15)
        start = 0.8 if day < self.first_day + timedelta(days=10) else 1.0
        target = _PER_WEEK / 7 * busy(day) * _WEEKDAYS[day.weekday()] * jitter * start
        self._joins(day)
        if day > self.first_day:
            self._news(day)
            self._check_ins(day)
        self._specials(day)
        while len(self.posts) - before < target:
            opens = 6 if day > self.first_day else 11
            at = datetime.combine(day, time()) + clock(rng, day, opens, 24)
            scenes = (
                (self._talk, 42), (self._question, 24), (self._chatter, 26), (self._picture, 5),
                (self._link, 3), (self._recall, 2), (self._red_packet, 1.2),
            )  # fmt: skip
            rng.choices([s for s, _ in scenes], [w for _, w in scenes])[0](at)

    def _joins(self, day: date) -> None:
        rng = self.rng
        for member in self.members[1:]:
            if member.joined.date() != day:
                continue
            kind = "own-join" if member.number == EXPORTER else "qr" if member.qr else "invite"
            if kind == "invite" and member.inviter == EXPORTER:
                kind = "own-invite"
            self._post(member.joined, member.number, kind, other=member.inviter)
            if member.kind in ("silent", "advert"):
                continue
            wait = rng.choice((0.02, 0.1, 0.5, 0.9, 1.2, 4, 6)) * rng.uniform(0.5, 1.2)
            at = member.joined + timedelta(days=wait)
            if not 7 <= at.hour < 23:
                at = at.replace(hour=rng.randrange(19, 23))
            at = max(min(at, END - timedelta(hours=1)), member.joined + timedelta(minutes=1))
            scene = self.speech.scene(at, name=member.name(at), whom=member.number)
            member.ready = at
            hello = self._text(at, member.number, PHRASES["hellos"], scene)
            seen = {member.number}
            for _ in range(rng.choice((0, 1, 1, 2, 3))):
                at += self._gap(70)
                host = self._somebody(at, seen)
                seen.add(host)
                self._answer(at, host, PHRASES["welcomes"], scene, hello)
            if len(seen) > 1 and rng.random() < 0.4:
                self._text(at + self._gap(40), member.number, PHRASES["thanks"], scene)

    def _news(self, day: date) -> None:
        rng = self.rng
        at = datetime.combine(day, time(7)) + timedelta(seconds=rng.randrange(600, 3000))
        scene = self.speech.scene(at)
        ask = self.speech.say(PHRASES["ask_of_day"], scene)
        items = rng.sample(PHRASES["news_items"], 3)
        lines = [
            f"{mark} {self.speech.say([item], scene)}"
            for mark, item in zip("①②③", items, strict=True)
        ]
        head = f"☀️晨读早报｜{day.month}月{day.day}日 周{scene['wd']}"
        text = "\n".join([head, *lines, f"今日一问：{ask}"])
        news = self._post(at, OWNER if day.weekday() < 5 else ADMIN, "text", text)
        for _ in range(rng.randrange(0, 5)):
            at += self._gap(2400)
            self._answer(at, self._somebody(at, [news.who]), PHRASES["ask_replies"], scene, news)
        if day.weekday() in (4, 6):
            at = datetime.combine(day, time(21 if day.weekday() == 6 else 12, 30)) + self._gap(900)
            pick = PHRASES["announce"][3:] if day.weekday() == 6 else PHRASES["announce"][:3]
            said = self._post(at, EXPORTER, "text", self.speech.say(pick, self.speech.scene(at)))
            for _ in range(rng.randrange(1, 5)):
                at += self._gap(150)
                self._answer(at, self._somebody(at, [EXPORTER]), PHRASES["thanks"], scene, said)

    def _check_ins(self, day: date) -> None:
        rng = self.rng
        for number in self.checkers:
            member = self.members[number]
            early = number % 4 == 0
            at = datetime.combine(day, time()) + clock(
                self.rng, day, *((6, 9) if early else (19, 24))
            )
            if rng.random() > 0.42 * busy(day) or not weight(member, at):
                continue
            member.days += 1
            scene = self.speech.scene(at, day=str(member.days), mark=f" Day{member.days}")
            self._post(at, number, "text", self.speech.say(PHRASES["check_ins"], scene))

    def _talk(self, at: datetime) -> None:
        rng = self.rng
        scene = self.speech.scene(at)
        people = [self._somebody(at)]
        book = next(book for book in words.BOOKS if book.title == scene["book"])
        if rng.random() < 0.16 and self.speech.rested([book.why], at, 5):
            self.speech.used[book.why] = at
            asked = [f"{book.title}{book.why}", book.why, f"问一下，{book.why}"]
            last = self._text(at, people[0], asked, scene)
            options = book.because
        elif rng.random() < 0.12:  # a long thought
            thought = [self.speech.say(PHRASES["opinions"], scene) for _ in range(3)]
            last = self._post(at, people[0], "text", "。".join(dict.fromkeys(thought)) + "。")
            options = PHRASES["agree"]
        else:
            last = self._text(at, people[0], PHRASES["opinions"], scene)
            options = PHRASES["agree"]
        opening = last
        for turn in range(rng.choice((0, 1, 2, 3, 3, 4, 5, 7))):
            at += self._gap(rng.choice((25, 50, 160)))
            back = turn and rng.random() < 0.3
            who = people[0] if back else self._somebody(at, [last.who])
            if rng.random() < 0.05:
                self._post(at, who, "sticker")
                continue
            lines = PHRASES[
                rng.choices(("agree", "differ", "ask_back", "opinions"), (3, 2, 1, 2))[0]
            ]
            if back:  # nobody contradicts himself
                lines = PHRASES["agree"]
            elif rng.random() < 0.4:
                lines = options
            last = self._answer(at, who, lines, scene, rng.choice((opening, last)))
            people.append(who)

    def _question(self, at: datetime) -> None:
        rng = self.rng
        scene = self.speech.scene(at)
        topic = self.speech.topic(words.QUESTIONS, at)
        asker = self._somebody(at)
        question = self._text(at, asker, topic.opening, scene)
        if rng.random() < 0.22:  # nobody answers
            return
        left = self.speech.rested(topic.lines, at)
        at += self._gap(rng.choice((60, 200, 900)))
        for option in left[: rng.choice((1, 1, 2, 3))]:
            who = self._somebody(at, [asker])
            self.speech.used[option] = at
            self._answer(at, who, [option, *self.speech.dressed(option)], scene, question)
            at += self._gap(80)
        if rng.random() < 0.6:
            self._answer(at, asker, PHRASES["thanks"], scene, question)

    def _chatter(self, at: datetime) -> None:
        rng = self.rng
        festive = _SPRING[0] <= at.date() <= _SPRING[1]
        morning, night, *others = words.CHATTER
        topics = words.FESTIVE if festive and rng.random() < 0.6 else others
        if at.hour < 9 or at.hour >= 23:
            topics = [morning if at.hour < 9 else night]
        topic = self.speech.topic(topics, at)
        scene = self.speech.scene(at)
        last = first = self._text(at, self._somebody(at), topic.opening, scene)
        left = self.speech.rested(topic.lines, at, 2 if len(topics) < 3 else 12)
        for option in left[: rng.randrange(0, len(left) + 1)]:
            at += self._gap(rng.choice((20, 45, 120)))
            self.speech.used[option] = at
            lines = [option, *self.speech.dressed(option)]
            last = self._answer(at, self._somebody(at, [last.who]), lines, scene, first)
        if rng.random() < 0.12:
            self._post(at + self._gap(30), self._somebody(at), "sticker")

    def _picture(self, at: datetime) -> None:
        scene = self.speech.scene(at)
        who = self._somebody(at)
        shot = self._post(at, who, "image")
        if self.rng.random() < 0.7:
            self._text(at + self._gap(8), who, PHRASES["image_words"], scene)
        for _ in range(self.rng.randrange(0, 4)):
            at += self._gap(60)
            self._answer(at, self._somebody(at, [who]), PHRASES["image_replies"], scene, shot)

    def _link(self, at: datetime) -> None:
        scene = self.speech.scene(at)
        who = self._somebody(at)
        page = self.rng.choice(PHRASES["links"])
        title = self.speech.say([page["title"]], scene)
        url = f"https://example.com/read/{page['page']}-{self.rng.randrange(100, 999)}"
        link = self._post(at, who, "link", title, extra=(url,))
        if self.rng.random() < 0.6:
            self._text(at + self._gap(10), who, PHRASES["link_words"], scene)
        for _ in range(self.rng.randrange(0, 3)):
            at += self._gap(300)
            self._answer(at, self._somebody(at, [who]), PHRASES["link_replies"], scene, link)

    def _recall(self, at: datetime) -> None:
        self._post(at, self._somebody(at), "recall")

    def _red_packet(self, at: datetime, who: int | None = None) -> None:
        rng = self.rng
        who = self._somebody(at) if who is None else who
        festive = _SPRING[0] <= at.date() <= _SPRING[1]
        wish = PHRASES["red_wishes"][-1] if festive else rng.choice(PHRASES["red_wishes"][:-1])
        packet = self._post(at, who, "red-packet", wish)
        if who == EXPORTER or rng.random() < 0.5:
            other = self._somebody(at, [who]) if who == EXPORTER else who
            self._post(
                at + self._gap(9), EXPORTER if who != EXPORTER else other, "receipt", other=who
            )
        for _ in range(rng.randrange(2, 6)):
            at += self._gap(14)
            self._answer(
                at, self._somebody(at, [who]), PHRASES["red_thanks"], self.speech.scene(at), packet
            )

    def _specials(self, day: date) -> None:
        rng = self.rng
        if day == _CHAIN_DAY:
            joiners = [n for n in range(3, 146) if self.members[n].joined.date() <= day]
            self._chain(day, PHRASES["chain_big"], rng.sample(joiners, 34), 1500)
        if day == _SMALL_CHAIN_DAY:
            self._chain(day, PHRASES["chain_small"], [3, 7, 5, 14, 9, 21, 36], 2600)
        if day in (_SPRING[0] + timedelta(days=1), _SPRING[0] + timedelta(days=2)):
            for who in (OWNER, EXPORTER, 4):
                self._red_packet(datetime.combine(day, time(20)) + self._gap(3000), who)
        for number, (_, back) in AWAY.items():
            if day == back:
                at = datetime.combine(day, time(20, 12)) + self._gap(200)
                scene = self.speech.scene(at, whom=number)
                post = self._text(at, number, PHRASES["back"], scene)
                for host in (3, OWNER, 9):
                    at += self._gap(50)
                    self._answer(at, host, PHRASES["back_replies"], scene, post)
        for number in ADVERTISERS:
            since = (day - self.members[number].joined.date()).days
            if since > 0 and (since + number) % 3 != 0:
                at = datetime.combine(day, time()) + clock(self.rng, day, 10, 17)
                advert = self.speech.say(PHRASES["adverts"], self.speech.scene(at))
                self._post(at, number, "text", advert)
        if day == date(2026, 3, 7):
            at = datetime.combine(day, time(15, 3, 20))
            text = "群里不发广告哈，再发就移出了。大家也别加陌生人"
            self._post(at, EXPORTER, "text", text)

    def _chain(self, day: date, head: str, people: list[int], gap: float) -> None:
        at = datetime.combine(day, time(12, 8, 30))
        lines = [f"1. {self.members[OWNER].name(at)}"]
        self._post(at, OWNER, "chain-start", f"{head}\n\n{lines[0]}")
        for number in people:
            at += self._gap(gap)
            if at.hour < 7:
                at = at.replace(hour=8)
            if weight(self.members[number], at) == 0:
                continue
            note = self.rng.choice(PHRASES["chain_notes"])
            lines.append(f"{len(lines) + 1}. {self.members[number].name(at)}{note}")
            self._post(at, number, "chain", f"{head}\n\n" + "\n".join(lines))
