"""Fewer and sorted files: all of them when asked for, what has piled up whenever something grows.

A weekly import adds a file to each bucket, and whoever reads one chat reads something of each of
them. So a bucket is rewritten once it has enough loose files, which hold a good share of it: then a
row is rewritten a few times in all, however long the store grows, and never in a long pause.
"""

import math
from collections.abc import Iterator
from itertools import chain
from typing import Final

import polars as pl

from sqtool.store._change import ROWS_A_FILE, Change
from sqtool.store._state import open_table
from sqtool.store._tables import BUCKET, BUCKETED, BUCKETS, CONTENT, SORTED, from_stored

LOOSE_FILES: Final = 8
"""So many files that are not full make a bucket worth rewriting …"""
LOOSE_SHARE: Final = 0.25
"""… if they hold this share of its rows: each row is then rewritten about four times at most …"""
TIMES_WRITTEN: Final = 6
"""… by changes that rewrite at most so many rows for each that they add …"""
SPARE_ROWS: Final = 250_000
"""… and so many more, which take about a second. One bucket is rewritten in any case."""
_GROWING: Final = ("messages", "files", "issues")
"""Tables that a change adds files to; the others it rewrites."""
_ROWS_A_PIECE: Final = 500_000
"""So many rows are read and sorted at a time, however large a bucket is."""


def rewrite(change: Change, name: str) -> None:
    """Rewrite a table in order and in as few files as it needs."""
    files = _files(change, name)
    for number in range(BUCKETS) if name in BUCKETED else [None]:
        mine = _of(files, number)
        if mine.height > math.ceil((mine["num_records"].sum() or 0) / ROWS_A_FILE):
            _rewrite(change, name, number)


def tidy(change: Change, added: int) -> bool:
    """Rewrite the buckets in which files have piled up, as a part of a change.

    Args:
        change: The change, which has written all it has to.
        added: How many messages it adds: the more, the more may be rewritten.

    Returns:
        Whether there was anything to do: then files that no undo needs can be deleted.
    """
    piles = []
    for name in _GROWING:
        files = _files(change, name)
        for number in range(BUCKETS) if name in BUCKETED else [None]:
            mine = _of(files, number)
            loose = mine.filter(pl.col("num_records") < ROWS_A_FILE)
            rows = int(mine["num_records"].sum())
            if loose.height > LOOSE_FILES and loose["num_records"].sum() >= LOOSE_SHARE * rows:
                piles.append((loose.height, rows, name, number))
    # The highest piles first; the rest is for the changes to come.
    room = TIMES_WRITTEN * added + SPARE_ROWS
    for place, (_, rows, name, number) in enumerate(sorted(piles, key=lambda one: -one[0])):
        if place and rows > room:
            continue
        room -= rows
        _rewrite(change, name, number)
    return bool(piles)


def _files(change: Change, name: str) -> pl.DataFrame:
    return pl.DataFrame(change.table(name).get_add_actions(flatten=True))


def _of(files: pl.DataFrame, number: int | None) -> pl.DataFrame:
    return files if number is None else files.filter(pl.col(f"partition.{BUCKET}") == number)


def _rewrite(change: Change, name: str, number: int | None) -> None:
    # What is being replaced is read as it was, piece by piece.
    before = pl.scan_delta(open_table(change.place, name, change.table(name).version()))
    where = None if number is None else f"{BUCKET} = {number}"
    waiting, begun = pl.DataFrame(schema=CONTENT[name]), False
    for piece in chain(_in_order(before, name, number), [None]):
        if piece is not None:
            waiting = pl.concat([waiting, piece])
        while waiting.height >= ROWS_A_FILE or (piece is None and waiting.height):
            rows, waiting = waiting.head(ROWS_A_FILE), waiting.slice(ROWS_A_FILE)
            if begun:
                change.append(name, rows)
            else:
                change.replace(name, rows, where)
                begun = True


def _in_order(rows: pl.LazyFrame, name: str, number: int | None) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table, or of one of its buckets, in the order they are kept in."""
    order = [one for one in (SORTED.get(name), "chat_id", "ordinal") if one in CONTENT[name]]
    if number is None:
        yield from_stored(name, rows).collect().sort(order, maintain_order=True)
        return
    rows = rows.filter(pl.col(BUCKET) == number)
    counts = rows.group_by("chat_id").len().collect().sort("chat_id")
    for first, last, share in _pieces(counts, cut="ordinal" in order):
        mine = rows.filter(pl.col("chat_id").is_between(pl.lit(first), pl.lit(last)))
        if share is not None:
            mine = mine.filter(pl.col("ordinal") // _ROWS_A_PIECE == share)
        yield from_stored(name, mine).collect().sort(order, maintain_order=True)


def _pieces(counts: pl.DataFrame, *, cut: bool) -> Iterator[tuple[str, str, int | None]]:
    """Yield runs of chats with so many rows in all; of a chat with more the shares one by one."""
    run: list[str] = []
    held = 0
    for chat_id, count in counts.iter_rows():
        # A chat that is cut ends the run before it, too.
        if run and held + count > _ROWS_A_PIECE:
            yield run[0], run[-1], None
            run, held = [], 0
        if cut and count > _ROWS_A_PIECE:
            shares = math.ceil(count / _ROWS_A_PIECE)
            yield from ((chat_id, chat_id, share) for share in range(shares))
        else:
            run.append(chat_id)
            held += count
    if run:
        yield run[0], run[-1], None
