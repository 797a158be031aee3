"""The language a review is written in, if nobody asks for one: that of the chat."""

import polars as pl

from sqtool.i18n import Lang
from sqtool.schema import Dataset

_SAMPLE = 2_000


def chat_lang(data: Dataset) -> Lang:
    """Return the language of the chat: zh where most letters of its newest texts are Han."""
    newest = (
        data.messages.filter(pl.col("text").is_not_null(), pl.col("kind") == "text")
        .tail(_SAMPLE)
        .select("text")
    )
    han, latin = (
        newest.select(
            pl.col("text").str.count_matches(r"\p{Han}").sum(),
            latin=pl.col("text").str.count_matches(r"[A-Za-z]+").sum(),
        )
        .collect()
        .row(0)
    )
    # One Han character says about as much as one Latin word.
    return "zh" if (han or 0) >= (latin or 0) else "en"
