"""The QQ NT plug-in qqMessageSave: what its JSON, TXT and CSV files share.

It reads the list of contacts off the window: only what stood there as a chat's last message is
kept, without ids, without seconds, all chats mixed. A line without ``name：`` counts as private
there, and so do the notices of a group: these are told by a "sender" that is a group's title.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RawBatch, RawChat
from sqtool.parsers._json_items import instants
from sqtool.parsers._notices import read_notices
from sqtool.parsers._qq_texts import with_kinds
from sqtool.parsers._wechat import from_clock, oldest_first
from sqtool.schema import INSTANT, KIND

GROUP: Final = "群消息"
PRIVATE: Final = "私聊消息"
ROWS: Final = pl.Schema(
    {
        "line": pl.UInt32(),
        "type": pl.String(),
        "group": pl.String(),
        "sender": pl.String(),
        "time": pl.String(),
        "content": pl.String(),
        "captured": pl.String(),
    }
)
"""What the files are read into."""

_NAME_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)")
_SEEN: Final = r"^(\d{4})(\d\d)(\d\d) (?:(昨天|前天) ?)?(\d{1,2}:\d\d(?::\d\d)?)$"
_BADGES: Final = r"^(?:\[(?:有人@我|@全体成员|有全体消息|特别关心|新消息|草稿|\d+条)\]\s*)+"
_NOTHING: Final = "表情"  # written by the plug-in where the window showed no text


def batches(
    rows: pl.DataFrame, export: Export, issues: IssueLog, *, written: datetime | None = None
) -> Iterator[RawBatch]:
    """Yield the records by chat.

    Args:
        rows: ``ROWS``, in file order.
        export: The file.
        issues: Told that the export is lossy, and of rows that are neither group nor private.
        written: Moment of the export, where the file tells it.
    """
    for line in rows.filter(~pl.col("type").is_in([GROUP, PRIVATE]).fill_null(False))["line"]:
        issues.add("bad-record", export.title, line, detail="neither of a group nor private")
    rows = rows.filter(pl.col("type").is_in([GROUP, PRIVATE]))
    if rows.is_empty():
        return
    detail = "read off the list of chats: most messages are missing, people are only names"
    issues.add("lossy-export", export.title, rows=0, detail=detail)
    rows = oldest_first(_with_times(rows))
    titles = rows.filter(type=GROUP)["group"].drop_nulls().unique().to_list()
    stray = (pl.col("type") == PRIVATE) & pl.col("sender").is_in(titles)
    notice = pl.Series(read_notices(rows["content"])["event"] != "other")
    rows = rows.with_columns(
        _group=pl.when(stray).then("sender").otherwise("group"),
        _notice=stray & notice,
        text=pl.when(pl.col("content") != _NOTHING).then("content"),
        sender_name=pl.when(~stray).then(pl.col("sender").str.replace(_BADGES, "")),
    )
    if unknown := rows.filter(stray & ~pl.col("_notice")).height:
        detail = f"{unknown} messages of a group stand there without a sender"
        issues.add("sender-unknown", export.title, rows=0, detail=detail)
    rows = with_kinds(rows.with_columns(_all=pl.col("content"))).with_columns(
        kind=pl.when("_notice")
        .then(pl.lit("system"))
        .when(pl.col("content") == _NOTHING)
        .then(pl.lit("sticker"))
        .otherwise("kind")
        .cast(KIND),
        text=pl.when("_notice").then("_all").otherwise("text"),
        _key=pl.coalesce("_group", pl.format("private:{}", "sender"), pl.lit("private:")),
    )
    for (key,), mine in rows.group_by("_key", maintain_order=True):
        name = str(key)
        private = mine["_group"].null_count() == mine.height
        chat = RawChat(
            key=name,
            strong=False,
            platform="qq",
            name=name.removeprefix("private:") if private else name,
            kind="private" if private else "group",
            exported_at=written or _written(export.stem),
        )
        yield RawBatch(
            chat, mine.select("line", "sent_at", "wall_at", "sender_name", "kind", "text")
        )


def _with_times(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the day the plug-in saw a message and the clock the window showed."""
    shown = rows["time"].str.strip_chars()
    parts = shown.str.extract_groups(_SEEN).struct.rename_fields(
        ["year", "month", "day", "ago", "clock"]
    )
    seen = parts.struct.unnest().select(
        at=pl.format("{}-{}-{} {}", "year", "month", "day", "clock"), ago="ago"
    )
    days = pl.col("ago").replace_strict({"昨天": 1, "前天": 2}, default=0, return_dtype=pl.Int64)
    wall = seen.with_columns(wall=from_clock(seen["at"])).select(
        pl.col("wall") - pl.duration(days=days)
    )
    clock = pl.select(pl.coalesce(wall.to_series(), from_clock(shown))).to_series()
    rows = rows.with_columns(wall_at=clock)
    # The moment of reading is later than the message, but better than none.
    late = pl.when(pl.col("wall_at").is_null()).then("captured")
    captured = rows.select(late.alias("captured"))["captured"]
    exact = instants(captured.to_list()) if captured.str.contains("T").any() else None
    return rows.with_columns(
        sent_at=exact if exact is not None else pl.lit(None, INSTANT),
        wall_at=pl.when(pl.lit(exact is None))
        .then(pl.coalesce("wall_at", from_clock(captured)))
        .otherwise("wall_at"),
    )


def _written(stem: str) -> datetime | None:
    found = _NAME_STAMP.search(stem)
    try:
        return datetime(*(int(part) for part in found.groups())) if found else None  # type: ignore[arg-type]  # noqa: DTZ001 - a printed clock has no zone
    except ValueError:
        return None
