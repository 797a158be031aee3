"""Who brought whom as a tree: one parent each, no circles, how deep."""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._days import BY_MEMBER
from sqtool.metrics._joins import join_fates, member_names
from sqtool.metrics._shared import shared
from sqtool.metrics._tables import CHAT, count, ident, instant, label, person, shaped
from sqtool.schema import Dataset

TREE = (
    CHAT,
    ident("root_id", "root", "源头 ID"),
    ident("parent_id", "parent", "邀请人 ID"),
    person("parent_name", "parent", "邀请人"),
    ident("child_id", "child", "被邀请人 ID"),
    person("child_name", "child", "被邀请人"),
    count("depth", "level", "层级"),
    instant("joined_at", "joined", "进群时间"),
    label("way", "way", "方式", "way"),
    label("fate", "fate", "去向", "fate"),
)


@shared
def edges(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return who was first brought by whom.

    Whoever had been there before (a notice, a message of an earlier day, an invitation of their
    own) hangs on nobody, so that no circle can come about.

    Returns:
        chat_id, child_id, parent_id, joined_at, ordinal.
    """
    brought = join_fates(data, ctx).filter(pl.col("inviter_id").is_not_null())
    moment = pl.struct("joined_at", "ordinal")
    first_act = (
        brought.group_by("chat_id", pl.col("inviter_id").alias("member_id"))
        .agg(pl.col("joined_at", "ordinal").sort_by("joined_at", "ordinal").first())
        .rename({"joined_at": "act_at", "ordinal": "act_ordinal"})
    )
    before = (pl.col("act_at") < pl.col("joined_at")) | (
        (pl.col("act_at") == pl.col("joined_at")) & (pl.col("act_ordinal") < pl.col("ordinal"))
    )
    return (
        brought.filter(~pl.col("rejoin"))
        .join(first_act, on=BY_MEMBER, how="left")
        .filter(~before.fill_null(False))
        .group_by(BY_MEMBER)
        .agg(pl.col("inviter_id", "joined_at", "ordinal").sort_by(moment).first())
        .select(
            "chat_id", "joined_at", "ordinal", child_id="member_id", parent_id="inviter_id"
        )
    )  # fmt: skip


@shared
def _depths(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """chat_id, child_id, root_id, depth: 1 for those whom a root brought."""
    # Each round doubles the distance jumped: as many joins as the depth has binary digits.
    up = edges(data, ctx).select(
        "chat_id", "child_id", root_id="parent_id", depth=pl.lit(1, pl.Int64)
    )
    while True:
        here = up.collect()
        further = here.lazy().select("chat_id", root_id="child_id", beyond="root_id", more="depth")
        jumped = here.lazy().join(further, on=["chat_id", "root_id"], how="left").collect()
        if jumped["beyond"].is_null().all():
            return here.lazy()
        up = jumped.lazy().select(
            "chat_id",
            "child_id",
            root_id=pl.coalesce("beyond", "root_id"),
            depth=pl.col("depth") + pl.col("more").fill_null(0),
        )


def _fate() -> pl.Expr:
    return (
        pl.when(~pl.col("can_tell"))
        .then(pl.lit("unknown"))
        .when("left_early")
        .then(pl.lit("left_early"))
        .when("left")
        .then(pl.lit("left"))
        .when("still_active")
        .then(pl.lit("active"))
        .when("spoke")
        .then(pl.lit("quiet"))
        .otherwise(pl.lit("silent"))
    )


def tree(data: Dataset, ctx: Context, fates: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per person brought by somebody (``TREE``), from each root outwards.

    Args:
        data: The chats.
        ctx: Where the metric stands.
        fates: What became of each join: can_tell, left_early, left, still_active, spoke.
    """
    told = fates.select(
        "chat_id", "joined_at", "ordinal", "way", child_id="member_id", fate=_fate()
    )
    rows = (
        edges(data, ctx)
        .join(_depths(data, ctx), on=["chat_id", "child_id"], how="left")
        .join(told, on=["chat_id", "child_id", "joined_at", "ordinal"], how="left")
        .join(member_names(data, "child_id", "child_name"), on=["chat_id", "child_id"], how="left")
        .join(
            member_names(data, "parent_id", "parent_name"), on=["chat_id", "parent_id"], how="left"
        )
    )
    return shaped(rows, TREE, "chat_id", "root_id", "depth", "joined_at", "child_id")
