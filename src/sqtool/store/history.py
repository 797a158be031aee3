"""What was done to the store, and taking it back."""

import json
from collections.abc import Sequence

import polars as pl

from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.store._change import changing
from sqtool.store._place import Place
from sqtool.store._state import KEPT_STATES, UNDO, History
from sqtool.store.store import Store

QUIET = ("create", "compact", "migrate")
"""Changes that leave the content as it was: an undo passes over them."""


def undo(place: Place, count: int = 1) -> pl.DataFrame:
    """Take back the newest changes, as one more change.

    Args:
        place: The store.
        count: How many.

    Returns:
        Rows of ``CHANGES``: what was taken back, newest first.

    Raises:
        UsageError: If there are not so many, or they are too old to be taken back.
    """
    with changing(place) as change:
        history = change.history
        done = history.done()
        what = dict(history.rows.select("id", "what").iter_rows())
        real = [number for number in done[::-1] if what[number] not in QUIET]
        if len(real) < count:
            raise UsageError(
                t(
                    f"there are only {len(real)} changes to undo",
                    f"只有 {len(real)} 次修改可以撤销",
                ),
                where=place.address,
                hint="sqtool imports",
            )
        oldest = real[count - 1]
        target = done[done.index(oldest) - 1]
        if done[::-1].index(target) > KEPT_STATES:
            raise UsageError(
                t(f"only the last {KEPT_STATES} changes can be undone",
                  f"只能撤销最近 {KEPT_STATES} 次修改"),
                where=place.address,
            )  # fmt: skip
        undone = done[done.index(oldest) :]
        row = history.rows.filter(pl.col("id") == target).row(0, named=True)
        change.finish(UNDO, undoes=undone, versions=json.loads(row["versions"]))
        return history.rows.filter(pl.col("id").is_in(real[:count])).sort("id", descending=True)


def changes(store: Store) -> pl.DataFrame:
    """Return all changes, newest first, with a column ``undone``."""
    history: History = store.history
    done: Sequence[int] = history.done()
    undone = ~pl.col("id").is_in(list(done)) & (pl.col("what") != UNDO)
    return history.rows.with_columns(undone=undone).sort("id", descending=True)
