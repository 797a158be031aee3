"""Whom a message turns to: mentions and replies, from names and quotes to ids."""

import polars as pl

from sqtool.identity import clean_name
from sqtool.schema import MENTION_ALL

_REPLIES = {"ordinal": pl.UInt32(), "reply_to_member": pl.String(), "target": pl.String()}


def mentions(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return the people mentioned by name, as the format lists them, else as typed.

    A typed mention counts where ``@`` is followed by a known name (of at most four words, the
    longest that fits) and a blank, as the clients write it.
    """
    typed = (
        rows.lazy()
        .filter(pl.col("mention_ids").is_null(), pl.col("mention_names").is_null())
        .filter(pl.col("text").str.contains("@", literal=True), pl.col("kind") != "system")
        .select(
            "ordinal",
            name=pl.col("text")
            .str.extract_all(r"@[^@\n\r]{1,60}")
            .list.eval(pl.element().str.slice(1).str.replace_all("\u2005", " ", literal=True)),
        )
        .explode("name", empty_as_null=False)
        .with_row_index("at")
        .collect()
    )
    # A name ends at a blank: what stands behind the last one is not a mention.
    words = pl.col("name").str.split(" ")
    options = pl.concat(
        [
            typed.filter(words.list.len() > n).select(
                "at", "ordinal", name=words.list.head(n).list.join(" "), length=pl.lit(n)
            )
            for n in range(1, 5)
        ]
    )
    everyone = pl.col("name").is_in(["所有人", "全体成员", "all", "everyone"])
    listed = (
        rows.lazy()
        .filter(pl.col("mention_names").list.len() > 0)
        .select("ordinal", name="mention_names")
        .explode("name", empty_as_null=False)
        .collect()
    )
    given = listed.select(
        at=pl.lit(None, options.schema["at"]), ordinal="ordinal", name="name", length=pl.lit(1)
    )
    found = (
        pl.concat([options, given])
        .with_columns(name=clean_name(pl.col("name")))
        .join(names, on="name", how="left")
        .with_columns(member_id=pl.when(everyone).then(pl.lit(MENTION_ALL)).otherwise("member_id"))
        .filter(pl.col("member_id").is_not_null())
        .sort("ordinal", "at", "length")
    )
    longest = pl.concat(
        [
            found.filter(pl.col("at").is_not_null()).group_by("at", maintain_order=True).last(),
            found.filter(pl.col("at").is_null()).select(
                "at", *(c for c in found.columns if c != "at")
            ),
        ]
    )
    return longest.group_by("ordinal").agg(named=pl.col("member_id").unique(maintain_order=True))


def is_quoting() -> pl.Expr:
    """The row answers or quotes another."""
    return (
        (pl.col("reply_to_id").is_not_null() | pl.col("quoted_sender").is_not_null())
        & (pl.col("kind") != "system")
        & (pl.col("kind") != "forward")
    )


def replies(
    rows: pl.DataFrame, originals: pl.DataFrame, names: pl.DataFrame, senders: pl.DataFrame
) -> pl.DataFrame:
    """Return whom each reply answers, and which message.

    Args:
        rows: Rows, some of which are quoting.
        originals: message_id, sender_id, text, ordinal of all rows that these may answer.
        names: Result of ``name_index``.
        senders: Result of ``shown_names``.

    Returns:
        ordinal, reply_to_member, target (the message found by its words, where the quote gives no
        id).
    """
    quoting = rows.filter(is_quoting())
    if quoting.is_empty():
        return pl.DataFrame(schema=_REPLIES)
    originals = originals.filter(pl.col("message_id").is_not_null())
    answered = originals.select(reply_to_id="message_id", by_id="sender_id")
    known = senders.select(id="sender_id").unique()
    quoted = (
        quoting.select("ordinal", "reply_to_id", "quoted_text", "quoted_sender")
        .join(answered.unique("reply_to_id"), on="reply_to_id", how="left")
        .with_columns(name=clean_name(pl.col("quoted_sender")))
        .join(names, on="name", how="left")
        .join(known.with_columns(is_id=True), left_on="quoted_sender", right_on="id", how="left")
        .with_columns(
            reply_to_member=pl.coalesce(
                "by_id", pl.when(pl.col("is_id")).then("quoted_sender"), "member_id"
            )
        )
    )
    # Same person, same words, the newest such message before the reply.
    said = originals.filter(pl.col("text").is_not_null()).select(
        reply_to_member="sender_id", quoted_text="text", target="message_id", place="ordinal"
    )
    by_words = (
        quoted.filter(pl.col("reply_to_id").is_null(), pl.col("quoted_text").is_not_null())
        .join(said, on=["reply_to_member", "quoted_text"], how="inner")
        .filter(pl.col("place") < pl.col("ordinal"))
        .sort("place")
        .group_by("ordinal")
        .agg(target=pl.col("target").last())
    )
    return quoted.select("ordinal", "reply_to_member").join(by_words, on="ordinal", how="left")
