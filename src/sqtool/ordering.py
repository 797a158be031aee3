"""The rows of a chat in the order of time, in chunks that fit into memory."""

from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.issues import IssueLog
from sqtool.merge import Sources, richness
from sqtool.parsers._base import RAW_MESSAGES
from sqtool.parts import Part, timed
from sqtool.spool import CHUNK_ROWS, Chunk, Spool


def in_order(
    parts: list[Part],
    sources: Sources,
    tz: ZoneInfo,
    issues: IssueLog,
    spool: Spool,
    timely: list[list[pl.DataFrame]] | None = None,
    *,
    last: bool = False,
) -> tuple[list[Chunk], dict[int, int]]:
    """Return the rows of all parts, cut at full hours, so that no chunk is too large.

    Args:
        parts: The files' rows.
        sources: How their messages are numbered.
        tz: Zone of wall clocks.
        issues: Receives rows without a usable time.
        spool: Where the rows wait; one without a bound gives one chunk.
        timely: What ``timed`` makes of each part, where they are few enough to have it at hand.
        last: Whether the rows of the parts are not needed again.

    Returns:
        Chunks with the columns of ``RAW_MESSAGES`` but wall_at, and file_no, ordinal (place in the
        file); within a chunk in file order. A message id is in one chunk only: the second value
        says how many rows of each file_no were left out for that.
    """
    frames = (
        frame
        for number, part in enumerate(parts)
        for frame in timed(part, number, tz, issues, last=last)
    )
    if timely is not None or not spool.bounded or _all(parts) <= spool.whole_rows:
        at_hand = list(frames) if timely is None else [one for mine in timely for one in mine]
        whole = pl.concat(at_hand, rechunk=False) if at_hand else nothing()
        return [spool.whole(whole)], {}
    resting: list[tuple[Chunk, pl.DataFrame]] = []
    for frame in frames:
        for start in range(0, frame.height, CHUNK_ROWS):
            piece = frame.slice(start, CHUNK_ROWS)
            resting.append((spool.chunk(piece), piece.group_by(hour=_hour()).len()))
    bounds = _bounds([hours for _, hours in resting])
    places: list[list[Chunk]] = [[] for _ in range(len(bounds) + 1)]
    for chunk, counts in resting:
        found = np.unique(np.searchsorted(bounds, counts["hour"].to_numpy(), side="right"))
        if len(found) == 1:
            places[found[0]].append(chunk)
            continue
        rows = chunk.read()
        chunk.drop()
        where = np.searchsorted(bounds, rows.select(_hour())["sent_at"].to_numpy(), side="right")
        for place in found:
            places[place].append(spool.chunk(rows.filter(pl.Series(where == place))))
    filled = [chunks for chunks in places if chunks]
    again = _elsewhere(filled, sources)
    left_out = {} if again is None else dict(again.group_by("file_no").len().iter_rows())
    return [_joined(chunks, again, spool) for chunks in filled], left_out


def _all(parts: list[Part]) -> int:
    return sum(part.rows.height for part in parts)


def nothing() -> pl.DataFrame:
    """Return no rows, with the columns that ``timed`` gives."""
    schema = {name: dtype for name, dtype in RAW_MESSAGES.items() if name != "wall_at"}
    return pl.DataFrame(schema={**schema, "file_no": pl.UInt32, "ordinal": pl.UInt32})


def _hour() -> pl.Expr:
    return pl.col("sent_at").dt.truncate("1h").dt.epoch("us")


def _bounds(counts: list[pl.DataFrame]) -> NDArray[np.int64]:
    """Return the hours at which chunks after the first begin."""
    hours = pl.concat(counts).group_by("hour").agg(pl.col("len").sum()).sort("hour")
    bounds, filled = [], 0
    for hour, count in hours.iter_rows():
        if filled and filled + count > CHUNK_ROWS:
            bounds.append(hour)
            filled = 0
        filled += count
    return np.array(bounds, np.int64)


def _elsewhere(places: list[list[Chunk]], sources: Sources) -> pl.DataFrame | None:
    """Return the rows (file_no, ordinal) whose message is told better in another chunk.

    Equal messages have equal times, so nearly all duplicates meet inside a chunk; an id may yet
    come again at another time.
    """
    systems = pl.Series(sources.systems, dtype=pl.UInt32)
    told = pl.concat(
        [
            chunk.columns("message_id", "file_no")
            .filter(pl.col("message_id").is_not_null())
            .select(
                place=pl.lit(place, pl.UInt32),
                key=pl.struct("message_id", pl.lit(systems).gather(pl.col("file_no"))).hash(),
            )
            .unique()
            .collect()
            for place, chunks in enumerate(places)
            for chunk in chunks
        ]
    )
    several = told.unique().filter(pl.col("key").is_duplicated()).select("key").unique()
    if several.is_empty():
        return None
    rows = pl.concat(
        [
            chunk.read()
            .with_columns(
                place=pl.lit(place, pl.UInt32),
                system=pl.lit(systems).gather(pl.col("file_no")),
                facts=richness(),
            )
            .with_columns(key=pl.struct("message_id", "system").hash())
            .join(several, on="key", how="semi")
            .select("key", "message_id", "system", "place", "facts", "file_no", "ordinal")
            for place, chunks in enumerate(places)
            for chunk in chunks
        ]
    )
    first = rows.sort("facts", sources.origin(), "ordinal", descending=[True, False, False])
    best = first.unique(["message_id", "system"], keep="first", maintain_order=True)
    kept = best.select("message_id", "system", kept="place")
    return rows.join(kept, on=["message_id", "system"]).filter(pl.col("place") != pl.col("kept"))


def _joined(chunks: list[Chunk], again: pl.DataFrame | None, spool: Spool) -> Chunk:
    def finish(rows: pl.DataFrame) -> pl.DataFrame:
        if again is not None:
            rows = rows.join(again, on=["file_no", "ordinal"], how="anti", maintain_order="left")
        return rows.sort("file_no", "ordinal")

    return chunks[0] if len(chunks) == 1 and again is None else spool.join(chunks, finish)
