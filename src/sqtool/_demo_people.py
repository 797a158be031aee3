"""Who is in the made-up reading club, when they joined, and how much each has to say when."""

import math
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqtool import _demo_texts as words

END = datetime(2026, 3, 15, 22, 41, 18)  # noqa: DTZ001 - the wall clock of the club, Asia/Shanghai
EVER = datetime(1, 1, 1)  # noqa: DTZ001
PEOPLE = 180
FOUNDING_WEEKS = 16
OWNER, EXPORTER, ADMIN = 0, 1, 2
ADVERTISERS = (178, 179)
SILENCED = {6: date(2026, 2, 26), 12: date(2026, 3, 1)}
"""Regulars who fall silent, and their last day."""
AWAY = {15: (date(2026, 1, 22), date(2026, 3, 11))}
"""Who is away, from the last day to the day of the return."""

# Weeks counted back from the end, 1 being the last: busier around the big sign-up, cooling at last.
_BUSY = {1: 0.53, 2: 0.69, 3: 0.84, 4: 1.0, 7: 1.12, 8: 1.32, 9: 1.22}
_JOINS = {9: 22, 8: 20, 7: 10, 6: 9, 5: 8, 4: 8, 3: 6, 2: 5, 1: 4}
_JOINS_A_WEEK = 7
# How much is said in each hour of the day.
_HOURS = (2, 0.5, 0.2, 0.1, 0.2, 1, 3, 8, 9, 6, 5, 6, 13, 9, 4, 4, 5, 6, 8, 10, 16, 19, 15, 6)
_WEEKEND = (3, 1, 0.3, 0.1, 0.1, 0.5, 1, 3, 6, 9, 11, 9, 8, 6, 6, 8, 9, 7, 7, 9, 13, 15, 12, 6)


@dataclass
class Member:
    """A person of the club.

    Args:
        number: Place in the list of names.
        kind: Part played.
        joined: Moment of joining.
        inviter: Whose invitation or code it was.
        qr: Whether by code.
        rate: How much this person says.
        names: Names shown, each from its moment on.
        ready: Says hello then, and nothing before.
        days: Check-ins so far.
    """

    number: int
    kind: str
    joined: datetime
    inviter: int | None
    qr: bool
    rate: float
    names: list[tuple[datetime, str]]
    ready: datetime
    days: int = 0

    def name(self, at: datetime) -> str:
        """Return the name shown at that moment."""
        return [name for since, name in self.names if since <= at][-1]


def gather(first_day: date, rng: random.Random) -> list[Member]:
    """Return everybody who is ever in the club, by number.

    Args:
        first_day: Day of the founding, a Monday.
        rng: Where all chance comes from.
    """
    kinds = ["staff"] * 3 + ["core"] * 7 + ["active"] * 24 + ["occasional"] * 46
    kinds += ["fading"] * 66 + ["silent"] * 32 + ["advert"] * 2
    founders = [1, 2, 3, 4, 5, 6, 8, *range(10, 24), *range(34, 48), *range(146, 155)]
    later = [n for n in range(3, PEOPLE - 2) if n not in founders]
    rng.shuffle(later)
    rates = {"core": (1.0, 1.9), "active": (0.16, 0.42), "occasional": (0.03, 0.09)}
    fixed = {OWNER: 0.95, EXPORTER: 0.75, ADMIN: 0.4}
    members = []
    moments = _join_moments(first_day, rng, founders, later)
    for number in range(PEOPLE):
        low, high = rates.get(kinds[number], (0.5, 0.8))
        rate = fixed.get(number, rng.uniform(low, high))
        name = words.DECORATED.get(number, words.NAMES[number])
        names = [(EVER, name)]
        if number in words.RENAMES:
            back = rng.randrange(5, 40)
            names.append((END - timedelta(days=back, hours=9), words.RENAMES[number]))
        joined = moments.get(number, datetime.combine(first_day, time()))
        member = Member(number, kinds[number], joined, None, False, rate, names, joined)
        members.append(member)
    hosts = [OWNER, EXPORTER, ADMIN, 3, 3, 3, 5, 7, 14, 18]
    for member in members[1:]:
        here = [h for h in hosts if members[h].joined < member.joined and h != member.number]
        member.inviter = rng.choice(here or [OWNER])
        member.qr = member.number > ADMIN and rng.random() < 0.36
    for number in (EXPORTER, ADMIN, *ADVERTISERS):
        members[number].inviter, members[number].qr = OWNER, number in ADVERTISERS
    return members


def _join_moments(
    first_day: date, rng: random.Random, founders: list[int], later: list[int]
) -> dict[int, datetime]:
    moments = {}
    for place, number in enumerate(founders):
        day = first_day + timedelta(days=0 if place < 3 else min(6, place // 9))
        hour = timedelta(hours=9, minutes=10 * place) if place < 3 else clock(rng, day)
        moments[number] = datetime.combine(day, time()) + hour
    rest = iter(later)
    for back in range((END.date() - first_day).days // 7, 0, -1):
        monday = END.date() - timedelta(days=7 * back - 1)
        for _ in range(_JOINS.get(back, _JOINS_A_WEEK if back < FOUNDING_WEEKS else 0)):
            joiner = next(rest, None)
            if joiner is None:
                break
            # The sign-up starts on a Thursday; nobody joins in the very last hours.
            day = monday + timedelta(days=rng.randrange(3, 7) if back == 9 else rng.randrange(7))
            day = min(day, END.date() - timedelta(days=1))
            moments[joiner] = datetime.combine(day, time()) + clock(rng, day)
    for number, back in zip(ADVERTISERS, (24, 11), strict=True):
        moments[number] = END - timedelta(days=back, hours=7, minutes=number % 50)
    return moments


def clock(rng: random.Random, day: date, low: int = 9, high: int = 23) -> timedelta:
    """Draw a moment of the day by the club's rhythm, between two hours."""
    table = _WEEKEND if day.weekday() >= 5 else _HOURS
    hour = rng.choices(range(low, high), table[low:high])[0]
    return timedelta(hours=hour, seconds=rng.randrange(3600))


def busy(day: date) -> float:
    """Return how busy the week of a day is; 1 is usual."""
    return _BUSY.get((END.date() - day).days // 7 + 1, 1.0)


def weight(member: Member, at: datetime) -> float:
    """Return how likely a member is to say the next thing."""
    day = at.date()
    if at <= member.ready or day > SILENCED.get(member.number, day):
        return 0.0
    away = AWAY.get(member.number)
    if away and away[0] < day < away[1]:
        return 0.0
    since = (at - member.joined).total_seconds() / 86400
    if member.kind == "fading":
        return member.rate * math.exp(-since / 5) + 0.004
    if member.kind in ("active", "occasional"):
        return member.rate * math.pow(min(1.0, busy(day)), 1.3)
    return member.rate if member.kind in ("core", "staff") else 0.0
