"""Who is in a chat: everybody who spoke, was named in an event, or stands on a list."""

import polars as pl

from sqtool.identity import clean_name, is_join
from sqtool.parsers._base import RawChat
from sqtool.schema import LEAVE_EVENTS, MEMBERS, WEAK_ID

_QQ_SERVICE = r"^2854\d{6}$"
"""Official QQ bots (Q群管家 and its kin)."""


def members_of(
    chat_id: str,
    chat: RawChat,
    notices: pl.DataFrame,
    senders: pl.DataFrame,
    shown: pl.DataFrame,
    names: pl.DataFrame,
) -> pl.DataFrame:
    """Build the member table of one chat.

    Args:
        chat_id: The chat.
        chat: Facts from the export (own account, members it carries).
        notices: sent_at, event, actor_id, target_ids of its notices.
        senders: Result of ``shown_names``.
        shown: id, name pairs that notices show.
        names: Result of ``name_index``; ties the own name to an id.

    Returns:
        ``MEMBERS``, sorted by id; ``in_roster`` is null until a roster is applied.
    """
    named = pl.col("sender_name").str.strip_chars() != ""
    spoke = (
        senders.sort("last_ordinal")
        .group_by(member_id="sender_id")
        .agg(seen_name=pl.col("sender_name").filter(named).last())
    )
    events = notices.lazy().filter(pl.col("event").is_not_null())
    targets = (
        events.filter(pl.col("target_ids").list.len() > 0)
        .select("sent_at", "event", member_id="target_ids")
        .explode("member_id", empty_as_null=False)
        .filter(pl.col("member_id").is_not_null())
    )
    leaving = pl.col("event").cast(pl.String).is_in(list(LEAVE_EVENTS))
    moves = (
        targets.group_by("member_id")
        .agg(
            event_joined=pl.col("sent_at").filter(is_join()).max(),
            event_left=pl.col("sent_at").filter(leaving).max(),
        )
        .collect()
    )
    actors = (
        events.filter(pl.col("actor_id").is_not_null())
        .select(member_id="actor_id")
        .unique()
        .collect()
    )
    event_names = (
        shown.filter(pl.col("id").is_not_null())
        .group_by(member_id="id")
        .agg(event_name=pl.col("name").last())
    )
    listed = (
        chat.members
        if chat.members is not None
        else pl.DataFrame(schema={n: MEMBERS[n] for n in _LISTED})
    ).select(_LISTED)
    ids = pl.concat(
        [f.select("member_id") for f in (spoke, moves, actors, event_names, listed)]
    ).unique()
    own = _own_id(chat, names)
    table = ids
    for frame in (spoke, moves, event_names, listed):
        table = table.join(frame, on="member_id", how="left")
    weak_name = pl.when(pl.col("member_id").str.starts_with(WEAK_ID)).then(
        pl.col("member_id").str.strip_prefix(WEAK_ID)
    )
    return (
        table.with_columns(
            chat_id=pl.lit(chat_id),
            display_name=pl.coalesce(
                "display_name", "seen_name", "event_name", "account_name", weak_name
            ),
            joined_at=pl.max_horizontal("event_joined", "joined_at"),
            left_at=pl.when(
                pl.col("event_joined").is_null() | (pl.col("event_left") > pl.col("event_joined"))
            ).then(pl.col("event_left")),
            is_bot=pl.col("is_bot").fill_null(False)
            | ((pl.lit(chat.platform) == "qq") & pl.col("member_id").str.contains(_QQ_SERVICE)),
            is_self=pl.lit(None, pl.Boolean) if own is None else pl.col("member_id") == own,
            in_roster=pl.lit(None, pl.Boolean),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in MEMBERS.items())
        .sort("member_id")
    )


_LISTED = ["member_id", "display_name", "account_name", "role", "joined_at", "is_bot"]


def _own_id(chat: RawChat, names: pl.DataFrame) -> str | None:
    """The exporting account's id: as stated, else whom its name means, else its weak id."""
    if chat.self_id or not chat.self_name:
        return chat.self_id
    name = pl.select(clean_name(pl.lit(chat.self_name))).item()
    known = names.filter(pl.col("name") == name)["member_id"].drop_nulls().to_list()
    return known[0] if known else f"{WEAK_ID}{name}"
