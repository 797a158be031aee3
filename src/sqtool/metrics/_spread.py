"""How unevenly messages are spread over people; inputs are one row per person, grouped by chat."""

import polars as pl

from sqtool.metrics._exprs import ratio


def _posted(messages: str) -> pl.Expr:
    own = pl.col(messages)
    return own.filter(own > 0).cast(pl.Int64)


def gini(messages: str, people: pl.Expr | None = None) -> pl.Expr:
    """Gini coefficient of messages per person: 0 all alike, towards 1 all by one.

    With x sorted upwards, G = (2 Σ i·xᵢ ÷ Σ x − (n + 1)) ÷ n.

    Args:
        messages: Column of counts; people without messages are left out …
        people: … unless the number of people is given: then the silent ones count as zeros.

    Returns:
        An aggregation; null where nobody posted.
    """
    ascending = _posted(messages).sort()
    posters = ascending.len().cast(pl.Int64)
    n = posters if people is None else people.cast(pl.Int64)
    rank = pl.int_range(1, posters + 1) + (n - posters)
    return ratio(2 * (ascending * rank).sum() - (n + 1) * ascending.sum(), n * ascending.sum())


def top_tenth_share(messages: str) -> pl.Expr:
    """Share of the messages written by the top 10 % of the speakers, rounded up to whole people."""
    descending = _posted(messages).sort(descending=True)
    return ratio(descending.head((descending.len() + 9) // 10).sum(), descending.sum())


def absence_factor(messages: str) -> pl.Expr:
    """Contributor Absence Factor: the fewest people who wrote half of the messages.

    After CHAOSS; whole numbers throughout, so exactly half is half. 0 where nobody posted.
    """
    descending = _posted(messages).sort(descending=True)
    return (2 * (descending.cum_sum() - descending) < descending.sum()).sum()
