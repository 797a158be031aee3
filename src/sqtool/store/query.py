"""SQL over the store's tables, by polars."""

import polars as pl

from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.store._state import IMPORTS
from sqtool.store._tables import CHANGES, CONTENT, stored_schema
from sqtool.store.store import Store


def tables() -> dict[str, pl.Schema]:
    """Return the tables that can be asked for, with their columns."""
    shown = {name: stored_schema(name) for name in CONTENT}
    return {**shown, IMPORTS: CHANGES}


def run(store: Store, query: str) -> pl.DataFrame:
    """Run a query.

    Args:
        store: The store.
        query: One SELECT (polars' SQL).

    Returns:
        The rows; kinds and events are strings, times UTC.

    Raises:
        UsageError: If it is not SQL, or names what is not there.
    """
    scans = {name: store.raw(name) for name in CONTENT}
    try:
        with pl.SQLContext({**scans, IMPORTS: store.history.rows.lazy()}) as context:
            return context.execute(query).collect()
    except pl.exceptions.PolarsError as error:
        raise UsageError(
            t("the query failed", "查询失败"), hint=str(error).split("\n", 1)[0]
        ) from error
