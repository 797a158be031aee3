"""One person, several ids: the dataset as if each of them had had one id from the beginning.

Aliases are applied when a dataset is read and never written into it: take a row out of the table,
and the people are two again, exactly as they were.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import polars as pl

from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.identity import clean_name
from sqtool.issues import IssueLog
from sqtool.schema import MEMBERS, MESSAGES, Dataset

ALIASES: Final = pl.Schema(
    {
        "chat_id": pl.String(),  # only in this chat; null is wherever the id occurs
        "member_id": pl.String(),  # the id that stays
        "other_id": pl.String(),  # the id that becomes it
    }
)
"""A column ``where`` (``file:line``) may stand beside these: errors name it."""

_ONE: Final = ("sender_id", "actor_id", "reply_to_member")
_MANY: Final = ("mention_ids", "target_ids")


@dataclass(frozen=True)
class _Plan:
    """What becomes what.

    Args:
        everywhere: New id by old id, for chats without rows of their own.
        by_chat: chat_id, id, into: all that holds in the chats with rows of their own.
    """

    everywhere: dict[str, str]
    by_chat: pl.DataFrame

    @property
    def chats(self) -> list[str]:
        """The chats with rows of their own."""
        return self.by_chat["chat_id"].unique().sort().to_list()

    @property
    def ids(self) -> list[str]:
        """Every id that becomes another or is become."""
        own = {*self.by_chat["id"], *self.by_chat["into"]}
        return sorted({*self.everywhere, *self.everywhere.values(), *own})


def apply_aliases(data: Dataset, aliases: pl.DataFrame) -> Dataset:
    """Return the dataset with every alias replaced by the id that stays.

    Args:
        data: The chats.
        aliases: ``ALIASES``; chains (a becomes b, b becomes c) are followed to their end. The order
            of the rows does not matter.

    Returns:
        The same chats: ids in messages, members, chats, extras and moves replaced, members that
        became one joined in one row. What people wrote and how they were named stays. Doing it
        again changes nothing.

    Raises:
        UsageError: If aliases lead in a circle, or one id is to become two.
    """
    plan = _plan(aliases)
    if not plan.ids:
        return data
    columns = [_one(name, plan) for name in _ONE] + [_many(name, plan) for name in _MANY]
    return replace(
        data,
        chats=data.chats.with_columns(_one("self_id", plan)),
        members=_members(data, plan),
        messages=data.messages.with_columns(columns),
        extras=_extras(data.extras, plan),
        moves=data.moves.with_columns(_one("member_id", plan)).unique(maintain_order=True),
    )


def with_ids(
    data: Dataset, aliases: pl.DataFrame, issues: IssueLog | None = None, file: str = ""
) -> pl.DataFrame:
    """Return aliases whose names are replaced by the ids they mean, in this dataset.

    A cell that is no known id stands for the one person who ever carried that name (in the chat of
    the row, if it has one); a chat may be given by its name or the platform's number.

    Args:
        data: The chats, as read.
        aliases: ``ALIASES`` as people write them.
        issues: Told of rows that concern nobody here: lists are used for more than one export.
        file: The name of the list, for issues.

    Raises:
        UsageError: If several people carried a name, or several chats have it.
    """
    chats = data.chats.select("chat_id", "name").collect()
    rows = aliases.with_columns(
        pl.Series("chat_id", [_chat(row, chats) for row in aliases.to_dicts()], pl.String)
    )
    people = data.members.select("chat_id", "member_id").collect()
    known = set(people["member_id"])
    cells = {*rows["member_id"], *rows["other_id"]}
    carried = _carried(data) if cells - known else pl.DataFrame(schema=_CARRIED)
    out: list[dict[str, object]] = []
    for row in rows.to_dicts():
        here = people.filter(pl.col("chat_id") == row["chat_id"]) if row["chat_id"] else people
        ids = set(here["member_id"]) if row["chat_id"] else known
        names = carried.filter(chat_id=row["chat_id"]) if row["chat_id"] else carried
        found = {key: _person(row, key, ids, names) for key in ("member_id", "other_id")}
        if found["member_id"] == found["other_id"]:
            continue  # a name and the id it means: one person already
        if issues is not None and found["other_id"] not in ids:
            line = str(row.get("where") or "").rpartition(":")[2]
            detail = "an alias of nobody in these chats"
            number = int(line) if line.isdigit() else None
            issues.add("alias-unknown", file, number, rows=0, detail=detail)
        out.append(row | found)
    return pl.DataFrame(out, schema=rows.schema)


_CARRIED: Final = pl.Schema({"chat_id": pl.String(), "name": pl.String(), "id": pl.String()})


def _carried(data: Dataset) -> pl.DataFrame:
    """chat_id, name (clean), id: every name that somebody ever carried."""
    spoken = data.messages.select("chat_id", name="sender_name", id="sender_id").unique()
    listed = [
        data.members.select("chat_id", name=shown, id="member_id")
        for shown in ("display_name", "account_name")
    ]
    return (
        pl.concat([spoken, *listed])
        .with_columns(name=clean_name(pl.col("name")))
        .filter(pl.col("name") != "", pl.col("id").is_not_null())
        .unique()
        .collect()
    )


def _chat(row: dict[str, object], chats: pl.DataFrame) -> str | None:
    given = row["chat_id"]
    if given is None or given in chats["chat_id"]:
        return None if given is None else str(given)
    number = pl.col("chat_id").str.replace(r"^[^:]*:", "")
    found = chats.filter((number == given) | (clean_name(pl.col("name")) == given))["chat_id"]
    if len(found) > 1:
        raise UsageError(
            t(f"{len(found)} chats have this name", f"有 {len(found)} 个群叫这个名字"),
            where=str(row.get("where") or ""),
            hint=t("give the id of the chat", "请填群的编号"),
        )
    return str(found[0]) if len(found) else str(given)


def _person(row: dict[str, object], key: str, ids: set[str], names: pl.DataFrame) -> str:
    given = str(row[key])
    if given in ids:
        return given
    name = pl.select(clean_name(pl.lit(given))).item()
    found = names.filter(pl.col("name") == name)["id"].unique().sort()
    if len(found) > 1:
        raise UsageError(
            t(f"{len(found)} people carried this name", f"有 {len(found)} 个人用过这个名字"),
            where=str(row.get("where") or ""),
            hint=t("give the id", "请填编号") + f": {key}",
        )
    return str(found[0]) if len(found) else given


# --- what becomes what ---------------------------------------------------------------------------


def _plan(aliases: pl.DataFrame) -> _Plan:
    if "where" not in aliases.columns:
        aliases = aliases.with_columns(where=pl.lit(None, pl.String))
    general = aliases.filter(pl.col("chat_id").is_null())
    everywhere = _followed(general)
    tables = []
    for chat_id in aliases["chat_id"].drop_nulls().unique().sort():
        rows = aliases.filter(pl.col("chat_id").is_null() | (pl.col("chat_id") == chat_id))
        found = _followed(rows)
        tables.append(pl.DataFrame({"id": [*found], "into": [*found.values()]}, schema=_BY_CHAT))
        tables[-1] = tables[-1].select(chat_id=pl.lit(chat_id), id="id", into="into")
    empty = pl.DataFrame(schema={"chat_id": pl.String, **_BY_CHAT})
    return _Plan(everywhere, pl.concat([empty, *tables]))


_BY_CHAT: Final = {"id": pl.String, "into": pl.String}


def _followed(rows: pl.DataFrame) -> dict[str, str]:
    """Return for each id the one at the end of its chain."""
    step: dict[str, str] = {}
    where: dict[str, str] = {}
    for member, other, place in rows.select("member_id", "other_id", "where").iter_rows():
        if step.setdefault(other, member) != member:
            raise UsageError(
                t("one id is to become two different ones", "同一个编号要变成两个不同的编号"),
                where=place or "",
                hint=_places([where[other], place or ""]),
            )
        where[other] = place or where.get(other, "")
    ends: dict[str, str] = {}
    for start in sorted(step):
        path = [start]
        while path[-1] in step:
            path.append(step[path[-1]])
            if path[-1] in path[:-1]:
                raise UsageError(
                    t("the aliases lead in a circle", "别名表绕成了一圈"),
                    where=where[path[-1]],
                    hint=_places([where[one] for one in path[path.index(path[-1]) : -1]]),
                )
        ends[start] = path[-1]
    return ends


def _places(places: list[str]) -> str:
    shown = [place for place in places if place]
    return t("see ", "见 ") + ", ".join(shown) if shown else ""


# --- ids in columns ------------------------------------------------------------------------------


def _one(column: str, plan: _Plan) -> pl.Expr:
    """A column of ids, replaced."""
    # A join by chat and id: no expression can do it, and replacing in lists is slower.
    return (
        pl.struct("chat_id", column)
        .map_batches(partial(_looked_up, plan=plan), return_dtype=pl.String(), is_elementwise=True)
        .alias(column)
    )


def _many(column: str, plan: _Plan) -> pl.Expr:
    """A column of lists of ids, replaced; who was named by two ids is named once."""
    return (
        pl.struct("chat_id", column)
        .map_batches(
            partial(_lists_looked_up, plan=plan),
            return_dtype=MESSAGES[column],
            is_elementwise=True,
        )
        .alias(column)
    )


def _looked_up(pairs: pl.Series, plan: _Plan) -> pl.Series:
    frame = pairs.struct.unnest()
    column = frame.columns[1]
    return _joined(frame, column, plan).select(pl.coalesce("into", column)).to_series()


def _lists_looked_up(pairs: pl.Series, plan: _Plan) -> pl.Series:
    """Replace ids in lists; the few rows that hold one of the ids are taken apart for it."""
    frame = pairs.struct.unnest().with_row_index("row")
    column = frame.columns[2]
    held = frame.filter(pl.col(column).list.len() > 0).explode(column, empty_as_null=False)
    found = _joined(held, column, plan)
    concerned = (
        found.join(found.filter(pl.col("into").is_not_null()), on="row", how="semi")
        .group_by("row", maintain_order=True)
        .agg(new=pl.coalesce("into", column).unique(maintain_order=True))
    )
    whole = frame.join(concerned, on="row", how="left", maintain_order="left")
    return whole.select(pl.coalesce("new", column)).to_series()


def _joined(frame: pl.DataFrame, column: str, plan: _Plan) -> pl.DataFrame:
    """Add ``into``: what the id of a row becomes, null where it stays; the order is kept."""
    table = {"id": [*plan.everywhere], "into": [*plan.everywhere.values()]}
    general = pl.DataFrame(table, schema=_BY_CHAT)
    found = frame.join(general, left_on=column, right_on="id", how="left", maintain_order="left")
    if plan.by_chat.is_empty():
        return found
    own = plan.by_chat.rename({"into": "own"})
    keys = ["chat_id", column]
    return found.join(
        own, left_on=keys, right_on=["chat_id", "id"], how="left", maintain_order="left"
    ).with_columns(into=pl.when(pl.col("chat_id").is_in(plan.chats)).then("own").otherwise("into"))


# --- rows that become one ------------------------------------------------------------------------


def _members(data: Dataset, plan: _Plan) -> pl.LazyFrame:
    """Join the rows of one person, by the rules that made each of them (``people``).

    The names are those of the id that wrote last; the last join counts, and a leave with no join
    after it.
    """
    concerned = pl.col("member_id").is_in(plan.ids)
    rows = data.members.filter(concerned).collect()
    rows = rows.with_columns(into=_one("member_id", plan))
    if rows.select((pl.col("into") == pl.col("member_id")).all()).item():
        return data.members
    last = (
        data.messages.filter(pl.col("sender_id").is_in(plan.ids))
        .group_by("chat_id", member_id="sender_id")
        .agg(pl.col("sent_at").max(), pl.col("ordinal").sort_by("sent_at", "ordinal").last())
        .collect()
    )
    left, joined, role = pl.col("left_at").max(), pl.col("joined_at").max(), pl.col("role")
    one = (
        rows.join(last, on=["chat_id", "member_id"], how="left")
        .with_columns(stays=pl.col("member_id") == pl.col("into"))
        .sort(
            "chat_id", "into", "sent_at", "ordinal", "stays", "member_id",
            descending=[False, False, True, True, True, False], nulls_last=True,
        )
        .group_by("chat_id", member_id="into", maintain_order=True)
        .agg(
            pl.col("display_name", "account_name").drop_nulls().first(),
            role=pl.when((role == "owner").any()).then(pl.lit("owner"))
            .when((role == "admin").any()).then(pl.lit("admin"))
            .otherwise(role.drop_nulls().first()),
            joined_at=joined,
            left_at=pl.when(joined.is_null() | (left > joined)).then(left),
            is_bot=pl.col("is_bot").max(),
            is_self=pl.col("is_self").max(),
            in_roster=pl.col("in_roster").max(),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in MEMBERS.items())
    )  # fmt: skip
    return pl.concat([data.members.filter(~concerned), one.lazy()]).sort("chat_id", "member_id")


def _extras(extras: pl.DataFrame, plan: _Plan) -> pl.DataFrame:
    """One value per person and column: that of the id that stays, if it has one."""
    if extras.is_empty():
        return extras
    return (
        extras.with_row_index("row")
        .with_columns(old="member_id")
        .with_columns(_one("member_id", plan))
        .sort(
            pl.col("value").is_null(), pl.col("old") != pl.col("member_id"), "old",
            maintain_order=True,
        )
        .unique(["chat_id", "member_id", "column"], keep="first", maintain_order=True)
        .sort("row")
        .drop("row", "old")
    )  # fmt: skip
