"""Tables that many metrics start from, worked out once for a dataset and a context."""

from collections.abc import Callable
from functools import wraps

import polars as pl

from sqtool.context import Context
from sqtool.schema import Dataset

Build = Callable[[Dataset, Context], pl.LazyFrame]


def shared(build: Build) -> Build:
    """Compute a table at its first use and keep it with the dataset.

    For the small tables in the middle (who wrote how much on which day): each is a pass over all
    messages, and a review draws on them twenty times. Sharing only the plan is not enough: polars
    runs each table's plan on its own. The result is as lazy for the caller as any other.
    """

    @wraps(build)
    def table(data: Dataset, ctx: Context) -> pl.LazyFrame:
        kept: dict[object, pl.LazyFrame] = vars(data).setdefault("_shared", {})
        key = (build.__module__, build.__qualname__, ctx)
        if key not in kept:
            kept[key] = build(data, ctx).collect().lazy()
        return kept[key]

    return table
