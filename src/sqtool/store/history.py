"""What was done to the store, and taking it back."""

import json
from collections.abc import Sequence

import polars as pl

from sqtool.errors import UnreadableError, UsageError
from sqtool.i18n import t
from sqtool.store._change import changing
from sqtool.store._place import Place
from sqtool.store._state import MIGRATE, QUIET, UNDO, History
from sqtool.store.store import Store


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
        undone = done[done.index(oldest) :]
        if any(what[number] == MIGRATE for number in undone):
            raise _too_old(place, t("the store was migrated since", "此后存储库已升级"))
        row = history.rows.filter(pl.col("id") == target).row(0, named=True)
        try:
            change.take_back(json.loads(row["versions"]))
        except UnreadableError as error:
            since = t("files of before are gone since the store was tidied up",
                      "整理存储库后,此前的文件已不在")  # fmt: skip
            raise _too_old(place, since) from error
        change.finish(UNDO, undoes=undone)
        return history.rows.filter(pl.col("id").is_in(real[:count])).sort("id", descending=True)


def changes(store: Store) -> pl.DataFrame:
    """Return all changes, newest first, with a column ``undone``."""
    history: History = store.history
    done: Sequence[int] = history.done()
    undone = ~pl.col("id").is_in(list(done)) & (pl.col("what") != UNDO)
    return history.rows.with_columns(undone=undone).sort("id", descending=True)


def _too_old(place: Place, reason: str) -> UsageError:
    return UsageError(
        t(f"so many changes cannot be undone: {reason}", f"无法撤销这么多次修改:{reason}"),
        where=place.address,
        hint="sqtool imports",
    )
