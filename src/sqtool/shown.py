"""Who showed which name: what must be known of a dataset before it can be covered."""

from collections.abc import Set
from typing import Final

import polars as pl

from sqtool.identity import clean_name
from sqtool.pseudonyms import Pseudonyms
from sqtool.schema import MENTION_ALL, WEAK_ID

SHOWN_BY: Final = (
    "chat_id", "sender_id", "sender_name", "quoted_sender", "reply_to_member", "actor_id",
    "mention_ids", "target_ids",
)  # fmt: skip
"""The columns of messages that say who is who."""

SHOWN = pl.Schema({"chat_id": pl.String(), "member_id": pl.String(), "name": pl.String()})
"""Who showed which name where; member_id or name may be null."""


def shown_in(messages: pl.LazyFrame) -> pl.DataFrame:
    """Return ``SHOWN``: every id and every name in messages, once.

    Args:
        messages: ``MESSAGES``, or its columns ``SHOWN_BY``.
    """
    chat, name = pl.col("chat_id"), pl.lit(None, pl.String).alias("name")
    lists = [
        messages.select(chat, pl.col(ids).alias("member_id"))
        .explode("member_id", empty_as_null=False)
        .select(chat, "member_id", name)
        .unique()
        for ids in ("mention_ids", "target_ids")
    ]
    plain = [
        messages.select(chat, pl.col(ids).alias("member_id"), name).unique()
        for ids in ("reply_to_member", "actor_id")
    ]
    said = messages.select(
        chat, pl.col("sender_id").alias("member_id"), pl.col("sender_name").alias("name")
    ).unique()
    quoted = messages.select(
        chat, pl.lit(None, pl.String).alias("member_id"), pl.col("quoted_sender").alias("name")
    ).unique()
    return pl.concat([said, quoted, *plain, *lists]).collect()


def names_in_texts(
    worn: pl.DataFrame, ids: Set[str], chats: pl.DataFrame, pseudonyms: Pseudonyms
) -> dict[str, str]:
    """Return what stands for each name and id in texts: a person, where it can be only one."""
    weak = [(who, who.removeprefix(WEAK_ID)) for who in sorted(ids) if who.startswith(WEAK_ID)]
    columns = pl.Schema({"member_id": pl.String(), "name": pl.String()})
    pairs = pl.concat(
        [worn.select(*columns), pl.DataFrame(weak, schema=columns, orient="row")]
    ).with_columns(clean=clean_name(pl.col("name")))
    owners = pairs.group_by("clean").agg(
        pl.col("member_id").drop_nulls().unique(), pl.col("name").unique()
    )
    found: dict[str, str] = {}
    titled = chats.select("chat_id", "name", clean=clean_name(pl.col("name"))).sort("chat_id")
    for chat_id, name, clean in titled.iter_rows():
        for title in (name, clean, chat_id.partition(":")[2], chat_id):
            if title:
                found[title] = pseudonyms.group(chat_id)
    for clean, people, written in owners.sort("clean").iter_rows():
        stands = pseudonyms.person(people[0]) if len(people) == 1 else pseudonyms.name(clean)
        found.update(dict.fromkeys((clean, *written), stands))
    for who in sorted(ids - {MENTION_ALL}):
        if not who.startswith(WEAK_ID):
            found[who] = pseudonyms.person(who)
    return found
