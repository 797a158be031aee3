"""Whom a name means: names are hints, ids are people.

A name stands for a member only where exactly one known person ever carried it. Nobody is merged
because two names are equal.
"""

import polars as pl

from sqtool.schema import JOIN_EVENTS, WEAK_ID


def clean_name(expr: pl.Expr) -> pl.Expr:
    """Trim a shown name and bring it to NFC, for comparing; the name itself stays as it is."""
    return expr.str.strip_chars().str.normalize("NFC")


def weak_id(name: pl.Expr) -> pl.Expr:
    """The id of somebody of whom only a (clean, non-empty) name is known."""
    return pl.when(name != "").then(pl.lit(WEAK_ID) + name)


def shown_names(rows: pl.DataFrame) -> pl.DataFrame:
    """Return who showed which name, from when to when: one pass over the rows for all who ask.

    Args:
        rows: sender_id (null on notices), sender_name, sent_at, ordinal.

    Returns:
        sender_id, sender_name, first_at, last_ordinal.
    """
    return (
        rows.lazy()
        .filter(pl.col("sender_id").is_not_null())
        .group_by("sender_id", "sender_name")
        .agg(first_at=pl.col("sent_at").min(), last_ordinal=pl.col("ordinal").max())
        .collect()
    )


def without_remarks(rows: pl.DataFrame, members: pl.DataFrame | None) -> pl.DataFrame:
    """Show people by the name they gave themselves, where an export shows a private remark.

    Group nickname before account name before remark: a name that equals the member's remark gives
    way to the name the export's list knows for them.

    Args:
        rows: sender_id, sender_name.
        members: ``RAW_MEMBERS`` of the export, perhaps with ``remark``, or None.

    Returns:
        The same rows in the same order.
    """
    if members is None or "remark" not in members.columns:
        return rows
    own = pl.coalesce("display_name", "account_name")
    private = members.select(
        sender_id="member_id", _remark=clean_name(pl.col("remark")), _own=own
    ).filter(pl.col("_remark") != "", clean_name(pl.col("_own")) != pl.col("_remark"))
    if private.is_empty():
        return rows
    return (
        rows.with_columns(_remark=clean_name(pl.col("sender_name")))
        .join(private, on=["sender_id", "_remark"], how="left", maintain_order="left")
        .with_columns(sender_name=pl.coalesce("_own", "sender_name"))
        .drop("_remark", "_own")
    )


def name_index(senders: pl.DataFrame, members: pl.DataFrame | None) -> pl.DataFrame:
    """Return which names ever stood for whom.

    Args:
        senders: Result of ``shown_names``.
        members: ``RAW_MEMBERS`` of the export, or None.

    Returns:
        name, member_id (null if several people carried the name), people.
    """
    pairs = [
        senders.select(
            clean_name(pl.col("sender_name")).alias("name"), pl.col("sender_id").alias("id")
        )
    ]
    if members is not None:
        pairs.extend(
            members.select(clean_name(pl.col(shown)).alias("name"), pl.col("member_id").alias("id"))
            for shown in ("display_name", "account_name", "remark")
            if shown in members.columns
        )
    return (
        pl.concat(pairs)
        .filter(pl.col("name") != "", pl.col("id").is_not_null())
        .unique()
        .group_by("name")
        .agg(people=pl.len(), member_id=pl.col("id").first())
        .with_columns(member_id=pl.when(pl.col("people") == 1).then("member_id"))
    )


def link_joins(joins: pl.DataFrame, senders: pl.DataFrame) -> pl.DataFrame:
    """Tie join notices that carry only a name to members (metrics.md, "Named joins").

    A notice belongs to the member whose first message under exactly that name comes after it and
    before the next join of that name, if there is exactly one; else to the one id that had already
    carried the name; else to nobody known.

    Args:
        joins: row (a key), name (clean), sent_at; one row per joiner.
        senders: Result of ``shown_names``.

    Returns:
        row, linked_id (null where nobody is known).
    """
    wanted = joins.select("name").unique()
    firsts = (
        senders.with_columns(name=clean_name(pl.col("sender_name")))
        .group_by("sender_id", "name")
        .agg(pl.col("first_at").min())
        .join(wanted, on="name", how="semi")
    )
    timed = joins.sort("name", "sent_at", "row").with_columns(
        next_at=pl.col("sent_at").shift(-1).over("name")
    )
    pairs = timed.join(firsts, on="name", how="left")
    after = (pl.col("first_at") >= pl.col("sent_at")) & (
        pl.col("next_at").is_null() | (pl.col("first_at") < pl.col("next_at"))
    )
    before = pl.col("first_at") < pl.col("sent_at")
    return (
        pairs.group_by("row")
        .agg(
            after=pl.col("sender_id").filter(after).unique(),
            before=pl.col("sender_id").filter(before).unique(),
        )
        .select(
            "row",
            linked_id=pl.when(pl.col("after").list.len() == 1)
            .then(pl.col("after").list.first())
            .when(pl.col("before").list.len() == 1)
            .then(pl.col("before").list.first()),
        )
    )


def is_join(column: str = "event") -> pl.Expr:
    """The event is a way of joining."""
    return pl.col(column).cast(pl.String).is_in(list(JOIN_EVENTS))
