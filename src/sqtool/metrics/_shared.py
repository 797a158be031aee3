"""Tables that many metrics start from, worked out once for a dataset and a context."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import polars as pl

from sqtool.context import Context
from sqtool.schema import Dataset

P = ParamSpec("P")
Build = Callable[Concatenate[Dataset, Context, P], pl.LazyFrame]


def shared(build: Build[P]) -> Build[P]:
    """Compute a table at its first use and keep it with the dataset.

    For the small tables in the middle (who wrote how much on which day): each is a pass over all
    messages, and a review draws on them twenty times. Sharing only the plan is not enough: polars
    runs each table's plan on its own. The result is as lazy for the caller as any other. Further
    arguments (a number of days) must be hashable: each value is a table of its own.
    """

    @wraps(build)
    def table(data: Dataset, ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> pl.LazyFrame:
        kept: dict[object, pl.LazyFrame] = vars(data).setdefault("_shared", {})
        key = (build.__module__, build.__qualname__, ctx, args, tuple(sorted(kwargs.items())))
        if key not in kept:
            kept[key] = build(data, ctx, *args, **kwargs).collect().lazy()
        return kept[key]

    return table
