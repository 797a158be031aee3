"""What the operator says of chats (city, course, team …), as metric tables show it."""

import polars as pl

from sqtool.schema import Dataset

BETWEEN = ", "


def tag_lists(data: Dataset) -> pl.LazyFrame:
    """Return the tags of each chat in one text: ``k=v, k=v``, by key.

    Returns:
        chat_id, tags; chats without a tag are missing.
    """
    pair = pl.concat_str("tag", pl.lit("="), "value")
    return (
        data.tags.lazy()
        .sort("chat_id", "tag", "value")
        .group_by("chat_id")
        .agg(tags=pair.str.join(BETWEEN))
    )
