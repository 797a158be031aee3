"""What is inside an export, without bringing it into the schema."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from sqtool.context import zone
from sqtool.detect import Found
from sqtool.issues import IssueLog
from sqtool.parts import moments


@dataclass
class Inside:
    """One chat of a file.

    Args:
        name: Its title.
        messages: Records, notices included.
        people: Different senders.
        first: Day of the oldest record in the zone asked for.
        last: Of the newest.
    """

    name: str
    messages: int = 0
    first: date | None = None
    last: date | None = None
    senders: set[str] = field(default_factory=set)

    @property
    def people(self) -> int:
        """How many different people wrote something."""
        return len(self.senders)


def chats_inside(found: Found, tz: str) -> Iterator[Inside]:
    """Yield the chats of one export, most messages first.

    Args:
        found: A file whose format is known.
        tz: Zone of wall clocks and of the times returned.

    Raises:
        SqtoolError: If the file cannot be read.
    """
    chats: dict[str, Inside] = {}
    if found.parser is None:
        return
    for batch in found.parser.parse(found.export, IssueLog()):
        chat = chats.setdefault(batch.chat.key, Inside(batch.chat.name))
        chat.name = batch.chat.name or chat.name
        rows = batch.messages
        if not rows.height:
            continue
        chat.messages += rows.height
        times = rows.select(at=moments(rows, zone(tz)))["at"].drop_nulls()
        local = times.dt.convert_time_zone(tz).dt.replace_time_zone(None)
        for moment in (local.min(), local.max()):
            if isinstance(moment, datetime):
                chat.first = min(chat.first or moment.date(), moment.date())
                chat.last = max(chat.last or moment.date(), moment.date())
        said = rows.filter(pl.col("kind") != "system")
        shown = [pl.col(n) for n in ("sender_id", "sender_name") if n in rows.columns]
        if shown:
            chat.senders.update(said.select(who=pl.coalesce(shown))["who"].drop_nulls().unique())
    yield from sorted((c for c in chats.values() if c.messages), key=lambda c: -c.messages)
