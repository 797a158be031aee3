"""Who should talk to a member: who knows them best, else who invited them, else the staff.

该由谁去聊:互动最多的运营或核心成员,其次邀请人,再次运营。

The first that exists: the staff or core member, active in the last 14 days, with the most replies
and mentions exchanged over the whole log (either way, true ones only); the inviter, if still there;
the member of staff with the most active days in the last 28.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER
from sqtool.metrics._exprs import days_ago
from sqtool.metrics._joins import join_rows
from sqtool.metrics._score import addressed, message_days
from sqtool.metrics.pyramid import placed
from sqtool.schema import Dataset


def contacts(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return whom to ask to talk to each member, at ``ctx.at``.

    Returns:
        chat_id, member_id, contact_id, contact_name, contact_why (words in the language of the
        run); null where there is nobody.
    """
    zh = ctx.lang == "zh"
    standing = placed(data, ctx).filter(~pl.col("is_bot"))
    age = days_ago(ctx, pl.col("day"))
    active = (
        message_days(data, ctx)
        .filter(age < ctx.settings.churn.contact_active_days)
        .select(BY_MEMBER)
        .unique()
    )
    able = (
        standing.filter(pl.col("layer").is_in(["staff", "core"]))
        .join(active, on=BY_MEMBER, how="semi")
        .select("chat_id", contact_id="member_id")
    )
    turned = addressed(data, ctx).select("chat_id", "member_id", contact_id="to_id")
    both = pl.concat(
        [turned, turned.select("chat_id", member_id="contact_id", contact_id="member_id")]
    )
    exchanged = (
        both.join(able, on=["chat_id", "contact_id"])
        .group_by(*BY_MEMBER, "contact_id")
        .agg(times=pl.len())
        .sort("times", "contact_id", descending=[True, False])
        .unique(BY_MEMBER, keep="first", maintain_order=True)
        .select(
            *BY_MEMBER,
            met_id="contact_id",
            met_why=pl.format("互动 {} 次" if zh else "exchanges: {}", "times"),
        )
    )
    there = standing.select("chat_id", invited_by="member_id")
    inviters = (
        join_rows(data, ctx)
        .filter(pl.col("inviter_id").is_not_null())
        .sort("joined_at", "ordinal")
        .unique(BY_MEMBER, keep="last", maintain_order=True)
        .select(*BY_MEMBER, invited_by="inviter_id")
        .join(there, on=["chat_id", "invited_by"], how="semi")
    )
    staff = (
        standing.filter(pl.col("layer") == "staff")
        .sort("active_days_28", "messages_28", "member_id", descending=[True, True, False])
        .unique("chat_id", keep="first", maintain_order=True)
        .select("chat_id", staff_id="member_id")
    )
    why = pl.coalesce(
        "met_why",
        pl.when(pl.col("invited_by").is_not_null()).then(
            pl.lit("邀请人" if zh else "invited them")
        ),
        pl.when(pl.col("staff_id").is_not_null()).then(pl.lit("运营" if zh else "staff")),
    )
    names = standing.select("chat_id", contact_id="member_id", contact_name="display_name")
    return (
        standing.select(BY_MEMBER)
        .join(exchanged, on=BY_MEMBER, how="left")
        .join(inviters, on=BY_MEMBER, how="left")
        .join(staff, on="chat_id", how="left")
        .select(
            *BY_MEMBER,
            contact_id=pl.coalesce("met_id", "invited_by", "staff_id"),
            contact_why=why,
        )
        .join(names, on=["chat_id", "contact_id"], how="left")
    )
