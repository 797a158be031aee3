"""Every chat: how big, how long, how stale, and what is known about it.

全部群一览:人数、消息、起止日期、多久没人说话、有没有名单。

Reads: chats, members, messages, tags. Everything stands at T, not at the end of the review period:
this is a list of what there is. A message is any row that is not a notice; bots are left out. Known
members are the roster, else the people seen and not gone, or the number the export states if that
is higher, as in the verdict. ``stale_days`` counts local days from the last message to T.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._base import Metric, Table
from sqtool.metrics._joins import at_t
from sqtool.metrics._tables import (
    count,
    flag,
    ident,
    label,
    local_day,
    person,
    shaped,
    span_days,
    words,
)
from sqtool.metrics._tags import tag_lists
from sqtool.metrics._verdict_facts import known
from sqtool.schema import Dataset

CHATS = (
    person("name", "chat", "群名"),
    count("members", "members", "成员"),
    count("messages", "messages", "消息"),
    local_day("first_on", "first message", "首条消息"),
    local_day("last_on", "last message", "最近消息"),
    span_days("stale_days", "days without a message", "无消息天数"),
    flag("has_roster", "member list", "有名单"),
    words("platform", "platform", "平台"),
    label("kind", "kind", "类型", "chat"),
    words("format", "format", "格式"),
    words("tags", "tags", "标签"),
    ident("chat_id", "chat id", "群 ID"),
)


def compute(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return one row per chat, by name (``CHATS``); chats without a name come last."""
    facts = known(data, at_t(ctx)).drop("name")
    about = data.chats.select("chat_id", "name", "platform", "kind", "format", "has_roster")
    today = ctx.as_of.astimezone(ctx.zone).date()
    rows = (
        about.join(facts, on="chat_id", how="left")
        .join(tag_lists(data), on="chat_id", how="left")
        .with_columns(
            members="known_members",
            stale_days=(pl.lit(today) - pl.col("last_on")).dt.total_days(),
        )
    )
    return by_name(rows, data, ctx)


def by_name(rows: pl.LazyFrame, data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the rows of ``CHATS`` in their order: name, id."""
    return shaped(rows, CHATS, "name", "chat_id")


METRIC = Metric(
    name="chats",
    en="Chats",
    zh="群列表",
    tables=(Table("chats", "By name", "按群名", CHATS, compute, whole=by_name),),
)
