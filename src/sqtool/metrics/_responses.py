"""How many people a post moved to write: distinct others and messages in the hours after it.

帖子发出后几小时内有多少人、多少条消息接话。

Counted with sorted arrays: posts × messages are never laid out, so a busy chat with many posts
costs no more than its messages, times the logarithm of their number.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER, bots
from sqtool.metrics._exprs import is_message, up_to
from sqtool.schema import Dataset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]

_KEY = ("chat_id", "ordinal", "sent_at", "sender_id")


def responders(posts: pl.LazyFrame, data: Dataset, ctx: Context, hours: float = 2) -> pl.LazyFrame:
    """Return the posts with what came after each of them.

    Args:
        posts: chat_id, ordinal, sent_at, sender_id (null: everybody is another) and whatever else.
        data: The chats.
        ctx: Messages after ``ctx.at`` are not looked at.
        hours: How long a post may draw answers.

    Returns:
        The posts, and: responders (distinct people other than the sender, no bots, who wrote within
        the hours), responses (their messages), is_over (the hours had passed at ``ctx.at``).
    """
    asked = posts.collect()
    span = timedelta(hours=hours)
    over = asked.with_columns(is_over=pl.col("sent_at") + span <= ctx.at)
    if asked.is_empty():
        none = pl.lit(None, pl.Int64)
        return over.with_columns(responders=none, responses=none).lazy()
    first = asked.select(pl.col("sent_at").min()).item()
    newest = asked.select(pl.col("sent_at").max()).item() + span
    written = (
        data.messages.filter(
            is_message(), up_to(ctx), pl.col("sent_at") >= first, pl.col("sent_at") <= newest
        )
        .select("chat_id", "sent_at", "ordinal", member_id="sender_id")
        .join(bots(data, ctx), on=BY_MEMBER, how="anti")
        .collect()
    )
    people, messages = _counted(asked.select(_KEY), written, span)
    return over.with_columns(responders=people, responses=messages).lazy()


def _counted(
    posts: pl.DataFrame, written: pl.DataFrame, span: timedelta
) -> tuple[pl.Series, pl.Series]:
    """Return distinct others and their messages for every post, in the order of the posts."""
    import numpy as np

    both = (
        pl.concat(
            [
                written.with_columns(post=pl.lit(None, pl.Int64)),
                posts.rename({"sender_id": "member_id"})
                .select("chat_id", "sent_at", "ordinal", "member_id")
                .with_columns(post=pl.int_range(pl.len(), dtype=pl.Int64)),
            ]
        )
        # A post stands behind its own message: what follows it are the rows after.
        .sort("chat_id", "sent_at", "ordinal", "post", nulls_last=False)
        .with_columns(
            at=pl.col("sent_at").dt.timestamp("ms"),
            chat=pl.col("chat_id").rle_id().cast(pl.Int64),
            member=pl.struct("chat_id", "member_id").rank("dense").cast(pl.Int64),
            known=pl.col("member_id").is_not_null(),
        )
    )
    is_post = both["post"].is_not_null().to_numpy()
    at = both["at"].to_numpy() - int(both["at"].min())  # type: ignore[arg-type]
    width = int(at.max()) + int(span.total_seconds() * 1000) + 2
    moment = both["chat"].to_numpy() * width + at
    rows = ~is_post
    starts = np.cumsum(rows)[is_post]
    ends = np.searchsorted(
        moment[rows], moment[is_post] + int(span.total_seconds() * 1000), side="right"
    )
    ends = np.maximum(starts, ends)
    members = both["member"].to_numpy()
    writers, senders = members[rows], members[is_post]
    size = len(writers)
    # Places of each writer's messages, one writer after the other.
    order = np.lexsort((np.arange(size), writers))
    places = writers[order] * (size + 1) + order
    own = np.searchsorted(places, senders * (size + 1) + ends) - np.searchsorted(
        places, senders * (size + 1) + starts
    )
    own[~both["known"].to_numpy()[is_post]] = 0
    before = np.full(size, -1, dtype=np.int64)
    again = writers[order][1:] == writers[order][:-1]
    before[order[1:][again]] = order[:-1][again]
    # A message is its writer's first in the span if the one before lies outside; everything
    # ahead of the span has the one before ahead of it too.
    people = _smaller(before + 1, ends, starts + 1) - starts - (own > 0)
    back = np.argsort(both["post"].to_numpy()[is_post].astype(np.int64))
    return (
        pl.Series(people[back], dtype=pl.Int64),
        pl.Series((ends - starts - own)[back], dtype=pl.Int64),
    )


def _smaller(values: "Indices", ends: "Indices", bounds: "Indices") -> "Indices":
    """Return for each query how many of the first ``end`` values are below its bound.

    A wavelet matrix gone through bit by bit: n log n whatever the queries are.
    """
    import numpy as np

    found = np.zeros(len(ends), dtype=np.int64)
    low, high = np.zeros(len(ends), dtype=np.int64), ends.astype(np.int64)
    top = max(int(values.max(initial=0)), int(bounds.max(initial=0)))
    for bit in reversed(range(top.bit_length())):
        one = (values >> bit) & 1
        zeros = np.concatenate(([0], np.cumsum(1 - one)))
        zero_low, zero_high = zeros[low], zeros[high]
        up = ((bounds >> bit) & 1) == 1
        found += np.where(up, zero_high - zero_low, 0)
        low = np.where(up, low - zero_low + zeros[-1], zero_low)
        high = np.where(up, high - zero_high + zeros[-1], zero_high)
        values = np.concatenate((values[one == 0], values[one == 1]))
    return found
