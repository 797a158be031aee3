"""chatlog's table of messages, as CSV or as a sheet: no type, no own flag, one row a message."""

from collections.abc import Iterator

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RawBatch, RawChat
from sqtool.parsers._chatlog import check_senders, read_contents
from sqtool.parsers._wechat import (
    OWN_RECALL,
    SELF,
    can_be_id,
    from_clock,
    oldest_first,
    same_as_id,
    talker_kind,
)
from sqtool.schema import EVENT

COLUMNS = ("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content")
_MOST_ROWS = 200_000


def read_table_rows(rows: pl.DataFrame, export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield rows by chat; clock times, contents read by the rules of ``_chatlog``.

    Args:
        rows: ``COLUMNS`` and ``line``.
        export: The file.
        issues: Told of rows without a time, and of doubtful senders.
    """
    rows = rows.with_columns(wall_at=from_clock(rows["Time"]))
    for line in rows.filter(pl.col("wall_at").is_null())["line"]:
        issues.add("bad-timestamp", export.title, line)
    rows = rows.filter(pl.col("wall_at").is_not_null())
    own = pl.col("Sender").fill_null("") == SELF
    # A recall of one's own stands under one's id here, where other rows have text.
    recalled = (can_be_id(pl.col("Sender")) & pl.col("Content").str.contains(OWN_RECALL)).fill_null(
        False
    )
    messages = read_contents(
        rows.select(
            "line",
            "wall_at",
            "Talker",
            "TalkerName",
            content=pl.col("Content").fill_null(""),
            sender_id=pl.when(~own & (pl.col("Sender") != "")).then("Sender"),
            sender_name=pl.when(own).then(pl.lit(SELF)).otherwise("SenderName"),
            own=own | recalled,
            event=pl.when(recalled).then(pl.lit("recall")).cast(EVENT),
            actor_id=pl.when(recalled).then("Sender"),
            actor_name=pl.when(recalled).then(same_as_id(pl.col("SenderName"), pl.col("Sender"))),
        )
    )
    messages = check_senders(messages, export.title, issues)
    for (talker,), mine in messages.group_by("Talker", maintain_order=True):
        names = mine["TalkerName"].drop_nulls()
        yield RawBatch(
            _chat(talker, names[-1] if len(names) else None, export),
            oldest_first(mine.drop("Talker", "TalkerName")),
        )


def note_limit(rows: int, export: Export, issues: IssueLog) -> None:
    """Say that a file may lack messages: wetrace stops at 200,000."""
    if rows >= _MOST_ROWS:
        detail = f"wetrace writes at most {_MOST_ROWS} rows: the file may end before the chat does"
        issues.add("row-limit", export.title, rows=0, detail=detail)


def _chat(talker: object, name: str | None, export: Export) -> RawChat:
    key = talker if isinstance(talker, str) else None
    return RawChat(
        key=key or name or export.stem,
        strong=key is not None,
        platform="wechat",
        name=name or key or export.stem,
        kind=talker_kind(key or ""),
        has_replies=True,
        has_mentions=True,
    )
