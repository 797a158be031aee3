"""The member list that an export carries, or that is rebuilt from joins and leaves.

A log shows only who spoke. Everything about silent members depends on a list, and every report says
which one it used. Lists given by the operator are ``snapshots``.
"""

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.normalise import Normalised
from sqtool.parts import Part, newest_first

JOINED_SPEAKERS_SHARE: Final = 0.8
"""A list rebuilt from events is used if this share of the speakers has a join record: then the log
reaches back to the beginning; below that it would leave out most old members."""


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


def own_roster(one: Normalised, parts: list[Part], tz: ZoneInfo) -> Normalised:
    """Apply the member list of the export, else the one that joins and leaves add up to."""
    lists = [
        p.chat.members
        for p in newest_first(parts, tz)
        if p.chat.members is not None and p.chat.members_complete
    ]
    if lists:
        known = parts[0].chat.known if len(parts) == 1 else None
        source = (known or {}).get("roster_source") or "export"
        one.chat.update(has_roster=True, roster_source=source)
        return replace(one, members=roster_of_export(one.members, lists[0]))
    rebuilt = roster_of_events(one.members, one.speakers)
    if rebuilt is None:
        return one
    one.chat.update(has_roster=True, roster_source="events")
    return replace(one, members=rebuilt)
