"""A dataset without the people in it: pseudonyms for everybody, and texts that name nobody.

All numbers, times, kinds and roles stay, so every metric says of the pseudonyms what it said of the
people. What is replaced, and what is left out because nobody can know what it holds:

* ids and names of members and chats, file names, ids of messages: pseudonyms;
* texts, quotes, tags, details of issues: every id and every name that anybody ever showed is
  replaced; numbers, mail, WeChat ids, and addresses behind the host become marks (``masking``);
* the wording of notices, cards of contacts, places: left out; what a notice tells stays in its own
  columns;
* the operator's own columns: those that hold names, numbers or addresses of people are left out.

A name that nobody bore in the chats read (a real name among friends) cannot be known, and stays.
"""

from collections.abc import Iterable

import polars as pl

from sqtool.cover import Cover
from sqtool.pseudonyms import Pseudonyms
from sqtool.schema import Dataset
from sqtool.shown import shown_in


def anonymise(data: Dataset, key: bytes) -> Dataset:
    """Return the dataset with pseudonyms.

    Args:
        data: Any chats.
        key: 16 to 64 secret bytes; the same key gives the same pseudonyms.

    Returns:
        All tables with the same rows and numbers, sorted by the new ids; ``messages`` is read once,
        and kept. Nothing but the key leads back.
    """
    messages = data.messages.collect()
    frames = (data.members.collect(), data.chats.collect())
    shown = [shown_in(messages.lazy()), *_ids_in(data)]
    cover = Cover.of(shown, *frames, key)
    return Dataset(
        cover.chats(frames[1]).sort("chat_id").lazy(),
        cover.members(frames[0]).sort("chat_id", "member_id").lazy(),
        cover.messages(messages).sort("chat_id", "sent_at", "ordinal").lazy(),
        cover.issues(data.issues),
        cover.imports(data.imports),
        cover.tags(data.tags),
        cover.extras(data.extras),
        cover.moves(data.moves),
    )


def _ids_in(data: Dataset) -> list[pl.DataFrame]:
    none = pl.lit(None, pl.String)
    return [
        data.tags.select("chat_id", member_id=none, name=none),
        data.extras.select("chat_id", "member_id", name=none),
        data.moves.select("chat_id", "member_id", name=none),
    ]


def covered_names(given: Iterable[str], data: Dataset, key: bytes) -> tuple[str, ...]:
    """Return the covered ids of the members that the user named.

    Args:
        given: Names or ids, as with ``--staff``.
        data: The dataset as it was read.
        key: See ``anonymise``.
    """
    wanted = list(given)
    one = pl.col("member_id").is_in(wanted) | pl.col("display_name").is_in(wanted)
    ids = data.members.filter(one).select(pl.col("member_id").unique().sort()).collect()
    return tuple(Pseudonyms(key).member(who) for who in ids["member_id"])
