"""Every message gets a sender id, no notice any: worked out once for each different sender."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.events import NOTICE
from sqtool.identity import clean_name, shown_names, weak_id
from sqtool.parsers._base import RawChat

_COLUMNS: Final = ("sender_id", "sender_name")
_DENSE: Final = 4_000_000
"""Up to so many pairs of an id and a name are counted in a table instead of being sorted."""


@dataclass(frozen=True)
class Senders:
    """Who sent the messages of a chat.

    Args:
        notices: The notices (``NOTICE``); their ``actor_id`` is the sender where nothing else is
            known (a recall tip carries who recalled).
        shown: Result of ``shown_names``.
        people: The different sender_id and sender_name; None if those of the rows stay.
        numbers: Which of the people each row is by; beyond the last one where nobody is.
    """

    notices: pl.DataFrame
    shown: pl.DataFrame
    people: pl.DataFrame | None = None
    numbers: NDArray[np.uint32] | None = None

    @property
    def replaced(self) -> tuple[str, ...]:
        """The columns that ``beside`` does not need: a million rows of each are 16 MB."""
        return () if self.people is None else _COLUMNS

    def beside(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with their senders, notices without."""
        if self.people is not None and self.numbers is not None:
            every = pl.concat([self.people, self.people.clear(1)], rechunk=True)
            place = pl.Series(self.numbers)
            return rows.with_columns(every[name].gather(place) for name in _COLUMNS)
        if self.notices.is_empty():
            return rows
        said = pl.col("kind") != "system"
        return rows.with_columns(pl.when(said).then(pl.col(name)).alias(name) for name in _COLUMNS)


def senders_of(rows: pl.DataFrame, chat: RawChat) -> Senders:
    """Give every message a sender id, weak where only a name is known.

    Args:
        rows: Raw rows, in the order of time, ``ordinal`` counting them from 0.
        chat: Facts of the chat; the own name stands for the own id.
    """
    system = rows["kind"] == "system"
    notices = rows.select(*NOTICE, "sender_id").filter(system)
    # Notices as well: whose one is must not hang on which messages stand beside it.
    named = pl.col("sender_id").is_null() & pl.col("sender_name").is_not_null()
    if not rows.select(named.any()).item():
        said = rows.select("sender_id", "sender_name", "sent_at", "ordinal").filter(~system)
        return Senders(_acted(notices), shown_names(said))
    numbers, people, firsts, lasts = _numbered(rows, ~system.to_numpy())
    name = clean_name(pl.col("sender_name"))
    weak = weak_id(name)
    if chat.self_id and chat.self_name:
        weak = pl.when(name == chat.self_name).then(pl.lit(chat.self_id)).otherwise(weak)
    people = people.with_columns(sender_id=pl.coalesce("sender_id", weak))
    silent = np.flatnonzero(system.to_numpy())
    who = people["sender_id"].gather(pl.Series(numbers[silent]))
    notices = _acted(notices.with_columns(sender_id=who))
    spoke = firsts < rows.height
    shown = (
        people.filter(pl.Series(spoke))
        .with_columns(
            first_at=rows["sent_at"].gather(pl.Series(firsts[spoke])),
            last_ordinal=pl.Series(lasts[spoke]).cast(pl.UInt32),
        )
        .filter(pl.col("sender_id").is_not_null())
        .group_by("sender_id", "sender_name")
        .agg(pl.col("first_at").min(), pl.col("last_ordinal").max())
    )
    numbers[silent] = people.height
    return Senders(notices, shown, people, numbers)


def _acted(notices: pl.DataFrame) -> pl.DataFrame:
    return notices.with_columns(actor_id=pl.coalesce("actor_id", "sender_id")).select(NOTICE)


def _numbered(
    rows: pl.DataFrame, spoken: NDArray[np.bool_]
) -> tuple[NDArray[np.uint32], pl.DataFrame, NDArray[np.int64], NDArray[np.int64]]:
    """Number the different pairs of sender_id and sender_name.

    Returns:
        The number of every row; the pairs; the first and the last spoken row of each (the first is
        beyond the end where there is none).
    """
    # Kinds of its own: the numbers of one are forgotten when no column of it is left.
    kinds = {name: pl.Categorical(pl.Categories.random()) for name in _COLUMNS}
    coded = rows.select(pl.col(name).cast(kind).to_physical() for name, kind in kinds.items())
    counts = [int(one or 0) + 1 for one in coded.select(pl.all().max()).row(0)]
    ids, names = (
        coded[name].fill_null(count).to_numpy()
        for name, count in zip(_COLUMNS, counts, strict=True)
    )
    size = (counts[0] + 1) * (counts[1] + 1)
    if size <= max(_DENSE, rows.height):
        pairs = ids * np.uint32(counts[1] + 1) + names
    else:
        both = ids.astype(np.int64) * (counts[1] + 1) + names
        different, pairs = np.unique(both, return_inverse=True)
        size = len(different)
        del both, different
    del coded, ids, names
    # Of equal indices the last one assigned counts: the first row of each.
    examples = np.full(size, -1, np.int32)
    examples[pairs[::-1]] = np.arange(rows.height, dtype=np.int32)[::-1]
    found = np.flatnonzero(examples >= 0)
    place = np.zeros(size, np.uint32)
    place[found] = np.arange(len(found), dtype=np.uint32)
    numbers = place[pairs]
    del pairs
    people = rows.select(pl.col(_COLUMNS).gather(pl.Series(examples[found])))
    said = np.flatnonzero(spoken)
    mine = numbers[said]
    firsts = np.full(len(found), rows.height, np.int64)
    lasts = np.zeros(len(found), np.int64)
    firsts[mine[::-1]] = said[::-1]
    lasts[mine] = said
    return numbers, people, firsts, lasts
