"""Who answered whom: true replies and quotes, mentions, and turns that follow each other closely.

谁回应了谁:真实回复与引用、@ 提及,以及按前后发言推断的回应。

An inferred edge belongs to a *turn* (lines of one person with nobody between them), so ten lines in
a row do not weigh ten times. It is drawn in two cases only, both measured on logs that know the
true replies (``scripts/evaluate_replies.py``):

- exchange: two people take turns (A, B, A), nobody else has spoken lately, the gap is short;
- opening: somebody speaks after a silence of all others, and the next one follows shortly.

In a crowd the previous speaker is no better than a guess, so nothing is inferred there.
"""

from datetime import datetime, timedelta

import polars as pl

from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER, bots
from sqtool.metrics._exprs import is_message, up_to
from sqtool.metrics._shared import shared
from sqtool.schema import INSTANT, MENTION_ALL, Dataset

EDGES = pl.Schema(
    {
        "chat_id": pl.String(),
        "ordinal": pl.UInt32(),  # of the message that answers
        "sent_at": INSTANT,
        "member_id": pl.String(),  # who answered
        "to_id": pl.String(),  # who was answered
        "to_ordinal": pl.UInt32(),  # the message answered, null where unknown
        "to_sent_at": INSTANT,
        "basis": pl.String(),  # reply | mention | inferred
    }
)
_IN_ORDER = ("chat_id", "sent_at", "ordinal")


@shared
def edges(data: Dataset, ctx: Context, days: int | None = None) -> pl.LazyFrame:
    """Return one row per answering message and person answered (``EDGES``), up to ``ctx.at``.

    No bots on either side, nobody to themselves, "@all" left out; one row per message and person:
    a reply goes before a mention. Sorted by chat, time, ordinal, person answered.

    Args:
        data: The chats.
        ctx: Where the metric stands.
        days: How far back to read; None is ``conversation.edge_days``. Callers that ask for the
            same number share one table.
    """
    span = ctx.settings.conversation.edge_days if days is None else days
    since = ctx.at - timedelta(days=span)
    # A little more, so that the first turns of the window have somebody before them.
    rows = lines(data, ctx, since - timedelta(days=1)).collect().lazy()
    told = _told(rows)
    answering = told.select("chat_id", "ordinal").unique()
    found = pl.concat([told, inferred(rows, answering, ctx)])
    robots = bots(data, ctx)
    return (
        found.filter(
            pl.col("sent_at") > since,
            pl.col("to_id").is_not_null(),
            pl.col("to_id") != pl.col("member_id"),
            pl.col("to_id") != MENTION_ALL,
        )
        .join(robots, left_on=["chat_id", "to_id"], right_on=BY_MEMBER, how="anti")
        .select(pl.col(name).cast(dtype) for name, dtype in EDGES.items())
        .sort(*_IN_ORDER, "to_id")
    )


def lines(data: Dataset, ctx: Context, since: datetime) -> pl.LazyFrame:
    """Return the messages of people after ``since``, in order, with what tells whom they answer."""
    return (
        data.messages.filter(is_message(), up_to(ctx), pl.col("sent_at") > since)
        .select(
            "chat_id", "sent_at", "ordinal", "message_id", "reply_to_id", "reply_to_member",
            "quoted_sender", "quoted_text", "mention_ids", "text", member_id="sender_id",
        )
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
        .sort(_IN_ORDER)
    )  # fmt: skip


def _told(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the edges that the log itself tells; also those to nobody that we know."""
    answered = pl.col("reply_to_id").is_not_null() | pl.col("reply_to_member").is_not_null()
    replies = (
        rows.filter(answered | pl.col("quoted_sender").is_not_null())
        .join(_by_id(rows), on=["chat_id", "reply_to_id"], how="left")
        .join(_by_words(rows), on=["chat_id", "ordinal"], how="left")
        .with_columns(
            to_id=pl.coalesce("reply_to_member", "id_sender"),
            to_ordinal=pl.coalesce("id_ordinal", "words_ordinal"),
            to_sent_at=pl.coalesce("id_sent_at", "words_sent_at"),
            basis=pl.lit("reply"),
        )
    )
    mentions = (
        rows.filter(pl.col("mention_ids").list.len() > 0)
        .with_columns(
            to_id=pl.col("mention_ids"),
            to_ordinal=pl.lit(None, pl.UInt32),
            to_sent_at=pl.lit(None, INSTANT),
            basis=pl.lit("mention"),
        )
        .explode("to_id")
    )
    both = [frame.select(list(EDGES)) for frame in (replies, mentions)]
    return pl.concat(both).unique(
        ["chat_id", "ordinal", "to_id"], keep="first", maintain_order=True
    )


def _by_id(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the messages that others refer to by their id."""
    return (
        rows.filter(pl.col("message_id").is_not_null())
        .join(
            rows.filter(pl.col("reply_to_id").is_not_null()).select("chat_id", "reply_to_id"),
            left_on=["chat_id", "message_id"],
            right_on=["chat_id", "reply_to_id"],
            how="semi",
        )
        .unique(["chat_id", "message_id"], keep="first", maintain_order=True)
        .select(
            "chat_id",
            reply_to_id="message_id",
            id_ordinal="ordinal",
            id_sent_at="sent_at",
            id_sender="member_id",
        )
    )


def _by_words(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return, for quotes without an id, the last message before with just the words quoted."""
    quotes = rows.filter(
        pl.col("reply_to_id").is_null(),
        pl.col("reply_to_member").is_not_null(),
        pl.col("quoted_text").str.len_chars() > 0,
    ).select("chat_id", "ordinal", "sent_at", to_id="reply_to_member", words="quoted_text")
    said = (
        rows.join(
            quotes.select("chat_id", "to_id", "words"),
            left_on=["chat_id", "member_id", "text"],
            right_on=["chat_id", "to_id", "words"],
            how="semi",
        )
        .select(
            "chat_id",
            "sent_at",
            to_id="member_id",
            words="text",
            words_ordinal="ordinal",
            words_sent_at="sent_at",
        )
        .sort("sent_at", "words_ordinal")
    )
    return (
        quotes.sort("sent_at", "ordinal")
        .join_asof(
            said,
            on="sent_at",
            by=["chat_id", "to_id", "words"],
            allow_exact_matches=True,
            check_sortedness=False,
        )
        .filter(pl.col("words_ordinal") != pl.col("ordinal"))
        .select("chat_id", "ordinal", "words_ordinal", "words_sent_at")
    )


def turns(rows: pl.LazyFrame, quiet: timedelta) -> pl.LazyFrame:
    """Return the turns of sorted lines: one person, nobody between, no silence inside.

    Returns:
        chat_id, member_id, ordinal and sent_at of the first line; last_ordinal, last_at of the
        last one; in the order of time.
    """
    same = (pl.col("chat_id") == pl.col("chat_id").shift()) & (
        pl.col("member_id") == pl.col("member_id").shift()
    )
    silent = (pl.col("sent_at") - pl.col("sent_at").shift()) > quiet
    return (
        rows.with_columns(opens=(~same | silent).fill_null(True))
        .with_columns(
            last_ordinal=pl.when(pl.col("opens").shift(-1, fill_value=True)).then("ordinal"),
            last_at=pl.when(pl.col("opens").shift(-1, fill_value=True)).then("sent_at"),
        )
        .with_columns(pl.col("last_ordinal", "last_at").backward_fill())
        .filter("opens")
        .select("chat_id", "member_id", "ordinal", "sent_at", "last_ordinal", "last_at")
    )


def inferred(rows: pl.LazyFrame, answering: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
    """Return the edges that follow from who spoke when.

    Args:
        rows: ``chat_id, member_id, ordinal, sent_at``, sorted by chat, time, ordinal.
        answering: chat_id and ordinal of messages of which the log tells whom they answer.
        ctx: Its settings have the limits.
    """
    limits = ctx.settings.conversation
    exchange, opening, quiet = (
        timedelta(minutes=n)
        for n in (limits.exchange_minutes, limits.opening_minutes, limits.quiet_minutes)
    )

    def before(column: str, k: int) -> pl.Expr:
        return pl.when(pl.col("chat_id").shift(k) == pl.col("chat_id")).then(
            pl.col(column).shift(k)
        )

    gap = pl.col("sent_at") - pl.col("before_at_1")
    different = pl.col("before_1") != pl.col("member_id")
    only_two = (pl.col("before_3") == pl.col("before_1")) | (
        pl.col("sent_at") - pl.col("before_at_3") > exchange
    ).fill_null(True)
    taking_turns = (pl.col("before_2") == pl.col("member_id")) & only_two & (gap <= exchange)
    broke_silence = (pl.col("sent_at") - pl.col("before_at_2") > quiet).fill_null(True) & (
        gap <= opening
    )
    return (
        turns(rows, exchange)
        .with_columns(
            *(before("member_id", k).alias(f"before_{k}") for k in (1, 2, 3)),
            *(before("last_at", k).alias(f"before_at_{k}") for k in (1, 2, 3)),
            to_ordinal=before("last_ordinal", 1),
        )
        .filter(different & (taking_turns.fill_null(False) | broke_silence))
        .join(answering, on=["chat_id", "ordinal"], how="anti")
        .select(
            "chat_id",
            "ordinal",
            "sent_at",
            "member_id",
            "to_ordinal",
            to_id="before_1",
            to_sent_at="before_at_1",
            basis=pl.lit("inferred"),
        )
        .select(list(EDGES))
    )
