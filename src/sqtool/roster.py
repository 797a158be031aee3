"""The member list: given by the operator, carried by the export, or rebuilt from joins and leaves.

A log shows only who spoke. Everything about silent members depends on a list, and every report says
which one it used.
"""

from typing import Final

import polars as pl

from sqtool.identity import clean_name, weak_id
from sqtool.issues import IssueLog
from sqtool.schema import MEMBERS

JOINED_SPEAKERS_SHARE: Final = 0.8
"""A list rebuilt from events is used if this share of the speakers has a join record: then the log
reaches back to the beginning; below that it would leave out most old members."""


def apply_roster(
    members: pl.DataFrame, chat_id: str, roster: pl.DataFrame, file: str, issues: IssueLog
) -> pl.DataFrame:
    """Mark who is on the list, and add those who were never seen.

    A listed person is matched by id, else by a name that exactly one known person carries; a name
    that several carry is an issue and stays apart.

    Args:
        members: ``MEMBERS`` of one chat.
        chat_id: The chat.
        roster: ``ROSTER``.
        file: Its name, for issues.
        issues: Receives ambiguous rows.
    """
    by_name = (
        members.select(key=clean_name(pl.col("display_name")), member_id="member_id")
        .vstack(members.select(key=clean_name(pl.col("account_name")), member_id="member_id"))
        .filter(pl.col("key") != "")
        .unique()
        .group_by("key")
        .agg(people=pl.len(), named=pl.col("member_id").first())
    )
    known = members.select(member_id="member_id", is_known=pl.lit(True))
    matched = (
        roster.with_columns(key=clean_name(pl.col("name")))
        .join(known, left_on="id", right_on="member_id", how="left")
        .join(by_name, on="key", how="left")
        .with_columns(
            member_id=pl.when(pl.col("is_known"))
            .then("id")
            .when(pl.col("people") == 1)
            .then("named")
            .otherwise(pl.coalesce("id", weak_id(pl.col("key"))))
        )
    )
    unclear = matched.filter(pl.col("is_known").is_null(), pl.col("people") > 1)
    for line in unclear["line"]:
        detail = "several known members carry this name: listed on its own"
        issues.add("roster-name-ambiguous", file, line, rows=0, detail=detail)
    listed = matched.unique("member_id", keep="first", maintain_order=True).select(
        "member_id", listed_name="name", listed_role="role", listed_joined="joined_at", listed=True
    )
    everyone = members.join(listed, on="member_id", how="full", coalesce=True)
    return (
        everyone.with_columns(
            chat_id=pl.lit(chat_id),
            display_name=pl.coalesce("display_name", "listed_name"),
            role=pl.coalesce("listed_role", "role"),
            joined_at=pl.coalesce("listed_joined", "joined_at"),
            is_bot=pl.col("is_bot").fill_null(False),
            is_self=pl.when(members["is_self"].is_not_null().any()).then(
                pl.col("is_self").fill_null(False)
            ),
            in_roster=pl.col("listed").fill_null(False),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in MEMBERS.items())
        .sort("member_id")
    )


def roster_of_export(members: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Mark as listed the members of the export's own complete list.

    Args:
        members: ``MEMBERS`` of one chat.
        listed: The export's list; where it has a column ``listed``, only those.

    Without a column ``listed``, somebody who left after the last join is not a member: some formats
    have to list everybody who ever spoke.
    """
    if "listed" in listed.columns:
        here = pl.col("member_id").is_in(listed.filter("listed")["member_id"].implode())
    else:
        known = pl.col("member_id").is_in(listed["member_id"].implode())
        here = known & pl.col("left_at").is_null()
    return members.with_columns(in_roster=here)


def roster_of_events(members: pl.DataFrame, speakers: pl.DataFrame) -> pl.DataFrame | None:
    """Rebuild the list from joins and leaves, if the log reaches back far enough.

    Args:
        members: ``MEMBERS`` of one chat.
        speakers: member_id of everybody who spoke.

    Returns:
        The members with ``in_roster`` = known and not gone; None if fewer than
        ``JOINED_SPEAKERS_SHARE`` of the speakers have a join record.
    """
    known = speakers.join(
        members.filter(pl.col("joined_at").is_not_null()), on="member_id", how="semi"
    )
    if speakers.is_empty() or known.height < JOINED_SPEAKERS_SHARE * speakers.height:
        return None
    return members.with_columns(in_roster=pl.col("left_at").is_null())
