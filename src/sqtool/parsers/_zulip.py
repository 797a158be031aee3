"""What the two Zulip formats share: contents read into columns."""

from collections.abc import Sequence

import polars as pl

from sqtool.parsers._base import RAW_MESSAGES
from sqtool.parsers._file_kinds import kind_by_name
from sqtool.parsers._json_items import lists, texts
from sqtool.parsers._zulip_html import Words
from sqtool.schema import KIND

_PERSONAL = (
    "sender_id", "sender_name", "reply_to_id", "quoted_sender", "quoted_text", "mention_ids",
)  # fmt: skip


def columns_of(said: Sequence[Words]) -> pl.DataFrame:
    """Return contents as columns; ``_upload`` says that the text is the name of a file."""
    return pl.DataFrame(
        {
            "text": texts([words.text for words in said]),
            "_upload": [words.upload for words in said],
            "reply_to_id": [words.reply_to for words in said],
            "quoted_sender": [words.quoted_sender for words in said],
            "quoted_text": [words.quoted for words in said],
            "mention_ids": lists([[key for key, _ in words.mentioned] for words in said]),
        },
        schema_overrides={
            "_upload": pl.Boolean,
            "reply_to_id": pl.String,
            "quoted_sender": pl.String,
            "quoted_text": pl.String,
        },
    )


def with_kinds(rows: pl.DataFrame, notice: pl.Expr) -> pl.DataFrame:
    """Add ``kind``, and take from notices what only people have.

    Args:
        rows: The columns of ``columns_of`` and of the sender.
        notice: Whether a row is by the account that speaks for the server.
    """
    rows = rows.with_columns(_notice=notice.fill_null(False))
    known = pl.col("text").is_not_null() | pl.col("quoted_text").is_not_null()
    kind = (
        pl.when("_notice")
        .then(pl.lit("system"))
        .when("_upload")
        .then(kind_by_name(pl.col("text")))
        .when(known)
        .then(pl.lit("text"))
        .otherwise(pl.lit("other"))
    )
    person = ~pl.col("_notice")
    return rows.with_columns(
        kind=kind.cast(KIND),
        text=pl.when(kind.is_in(["text", "file", "system"])).then("text"),
        # What else looks like a mention is none: the format marks them.
        mention_names=pl.lit([], RAW_MESSAGES["mention_names"]),
        **{name: pl.when(person).then(name) for name in _PERSONAL if name in rows.columns},
    ).drop("_notice", "_upload")
