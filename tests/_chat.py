"""A mini-language for tiny datasets: what a test needs to say about a chat, one line a notice.

d1 is Monday 2024-01-01; times are Asia/Shanghai::

    d1 09:00 ann: hi                 a message (``ann x20: hi`` is twenty, a second apart)
    d1..d28/7 09:00 ann: hi          the same on d1, d8, d15, d22 (no ``/7``: every day)
    d1 09:01 bob>ann: hi             a true reply to ann; ``@ann`` in a text is a mention
    d1 09:02 ann: [image]            a message of another kind, without text
    d2 09:00 +bob,cid                bob and cid join        d2 09:00 ann +bob    ann invites bob
    d2 09:00 ann ~bob                bob scans ann's QR code
    d9 09:00 -bob                    bob leaves              d9 09:00 ann -bob    ann removes bob

The member id is the word as written; the shown name is the same word with a capital.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.context import Context
from sqtool.metrics import METRICS
from sqtool.schema import CHATS, JOIN_EVENTS, KINDS, LEAVE_EVENTS, MEMBERS, MESSAGES, Dataset

TZ = "Asia/Shanghai"
DAY_ONE = datetime(2024, 1, 1, tzinfo=ZoneInfo(TZ))

_LINE = re.compile(
    r"d(?P<first>-?\d+)(?:\.\.d(?P<last>-?\d+))?(?:/(?P<step>\d+))?\s+(?P<clock>\d\d:\d\d(?::\d\d)?)\s+"
    r"(?:(?P<who>[\w:@.]+?)(?:>(?P<to>[\w:@.]+))?(?:\s+x(?P<times>\d+))?:\s(?P<text>.*)"
    r"|(?P<actor>[\w:@.]+)?\s*(?P<sign>[-+~])(?P<targets>[\w:@.,]+))$"
)
_EVENTS = {("+", False): "join", ("+", True): "invite", ("~", False): "qr_join",
           ("~", True): "qr_join", ("-", False): "leave", ("-", True): "removed"}  # fmt: skip


def moment(when: str) -> datetime:
    """Return ``d3 09:00`` as an aware UTC moment; ``d3`` alone is its last second."""
    day, _, clock = when.partition(" ")
    hour, minute, second, *_ = (*(int(part) for part in (clock or "23:59:59").split(":")), 0, 0)
    start = DAY_ONE.replace(tzinfo=None) + timedelta(days=int(day[1:]) - 1)
    wall = start.replace(hour=hour, minute=minute, second=second)
    return wall.replace(tzinfo=DAY_ONE.tzinfo).astimezone(UTC)


def _records(lines: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for line in filter(None, (raw.split("#")[0].strip() for raw in lines.splitlines())):
        found = _LINE.match(line)
        if found is None:
            raise ValueError(f"not a line of the mini-language: {line}")
        first, last = int(found["first"]), int(found["last"] or found["first"])
        for day in range(first, last + 1, int(found["step"] or 1)):
            start = moment(f"d{day} {found['clock']}")
            for i in range(int(found["times"] or 1)):
                row: dict[str, object] = {"sent_at": start + timedelta(seconds=i)}
                if found["who"]:
                    words = found["text"]
                    bare = words.strip("[]") if words.startswith("[") else ""
                    row |= {
                        "sender_id": found["who"],
                        "sender_name": found["who"].capitalize(),
                        "kind": bare if bare in KINDS else "text",
                        "text": None if bare in KINDS else words,
                        "reply_to_member": found["to"],
                        "mention_ids": re.findall(r"@(\w+)", words) or None,
                    }
                else:
                    row |= {
                        "kind": "system",
                        "event": _EVENTS[found["sign"], found["actor"] is not None],
                        "actor_id": found["actor"],
                        "target_ids": found["targets"].split(","),
                    }
                rows.append(row)
    return sorted(rows, key=lambda row: str(row["sent_at"]))  # aware UTC: text order is time order


def chat(
    lines: str,
    *,
    chat_id: str = "c",
    roster: str | None = None,
    roles: dict[str, str] | None = None,
    me: str | None = None,
    bots: str = "",
    known: str = "",
    joined: dict[str, str] | None = None,
    **facts: object,
) -> Dataset:
    """Build a dataset of one chat.

    Args:
        lines: The mini-language, see the module.
        chat_id: Its id.
        roster: Ids on the roster, separated by blanks; None is no roster.
        roles: Role by id (owner, admin, member).
        me: The exporting account; None is unknown.
        bots: Ids that are bots.
        known: Ids known by other means (named in a rename …).
        joined: Moment of joining by id, for joins that only the roster knows.
        facts: Other columns of ``CHATS``.
    """
    rows = _records(lines)
    spoke: dict[str, None] = {}
    last_join: dict[str, datetime] = {k: moment(v) for k, v in (joined or {}).items()}
    last_leave: dict[str, datetime] = {}
    for row in rows:
        targets = row.get("target_ids") or []
        assert isinstance(targets, list)
        at = row["sent_at"]
        assert isinstance(at, datetime)
        for who in (row.get("sender_id"), row.get("actor_id"), *targets):
            if who:
                spoke[str(who)] = None
        for target in targets:
            if row["event"] in JOIN_EVENTS:
                last_join[target] = at
                last_leave.pop(target, None)
            elif row["event"] in LEAVE_EVENTS:
                last_leave[target] = at
    listed = None if roster is None else roster.split()
    everyone = sorted({*spoke, *(listed or []), *known.split(), *(roles or {}), *(joined or {})})
    members = [
        {
            "chat_id": chat_id,
            "member_id": who,
            "display_name": who.capitalize(),
            "role": (roles or {}).get(who),
            "joined_at": last_join.get(who),
            "left_at": last_leave.get(who),
            "is_bot": who in bots.split(),
            "is_self": None if me is None else who == me,
            "in_roster": None if listed is None else who in listed,
        }
        for who in everyone
    ]
    about = {
        "chat_id": chat_id, "platform": "qq", "name": f"chat {chat_id}", "kind": "group",
        "self_id": me, "has_roster": listed is not None,
        "roster_source": None if listed is None else "file", "joins_named": 0, "joins_linked": 0,
        "has_replies": False, "has_mentions": False, "source": "test", "format": "test",
    } | facts  # fmt: skip
    numbered = [
        {"chat_id": chat_id, "message_id": f"{chat_id}{i}", "ordinal": i} | row
        for i, row in enumerate(rows)
    ]
    return Dataset(
        pl.LazyFrame([about], schema=CHATS),
        pl.LazyFrame(members, schema=MEMBERS),
        pl.LazyFrame(numbered, schema=MESSAGES),
    )


def together(*datasets: Dataset) -> Dataset:
    """Return several chats as one dataset, sorted as the contract says."""
    return Dataset(
        pl.concat([d.chats for d in datasets]).sort("chat_id"),
        pl.concat([d.members for d in datasets]).sort("chat_id", "member_id"),
        pl.concat([d.messages for d in datasets]).sort("chat_id", "sent_at", "ordinal"),
        extras=pl.concat([d.extras for d in datasets]),
        moves=pl.concat([d.moves for d in datasets]),
    )


def at(when: str, **settings: object) -> Context:
    """Return the context of a run whose T is ``d28 23:59``; a Sunday ends its week (d7, d14 …)."""
    return Context(as_of=moment(when), tz=TZ, **settings)  # type: ignore[arg-type]


def table(metric: str, key: str, data: Dataset, ctx: Context) -> pl.DataFrame:
    """Return a table of a metric, collected."""
    return METRICS.get(metric).table(key).compute(data, ctx).collect()


def only_row(metric: str, key: str, data: Dataset, ctx: Context) -> dict[str, Any]:
    """Return the single row of a table, by column."""
    rows = table(metric, key, data, ctx).to_dicts()
    assert len(rows) == 1
    return rows[0]
