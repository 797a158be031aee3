"""The keeper's own columns of a member list: course, paid, expiry."""

import difflib

import polars as pl

from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.schema import Dataset

SHOWN = 20


def extra(data: Dataset, column: str, *, elsewhere: bool = False) -> pl.LazyFrame:
    """Return a column of the member lists, one row per member who has a value.

    Args:
        data: The chats.
        column: Its title; blanks around it and the case of letters are irrelevant.
        elsewhere: Lists of chats that are not here may have it.

    Returns:
        chat_id, member_id, value.

    Raises:
        UsageError: Unless ``elsewhere``, if no list has such a column; the hint names those there
            are.
    """
    wanted = column.strip().casefold()
    titles = sorted(set(data.extras["column"]))
    same = [title for title in titles if title.casefold() == wanted]
    if not same and not elsewhere:
        raise _no_column(column, titles)
    # Of two titles that differ by case alone the one as written goes first.
    place = {title: number for number, title in enumerate(sorted(same, key=lambda s: s != column))}
    return (
        data.extras.lazy()
        .filter(pl.col("column").is_in(same))
        .sort(pl.col("column").replace_strict(place, default=0, return_dtype=pl.Int64))
        .unique(["chat_id", "member_id"], keep="first", maintain_order=True)
        .select("chat_id", "member_id", "value")
    )


def _no_column(column: str, titles: list[str]) -> UsageError:
    if not titles:
        hint = t("give a member list with it: --roster FILE", "请给出带这一列的名单:--roster 文件")
        return UsageError(
            t(f"no column {column}: no list has columns of its own",
              f"没有「{column}」这一列:名单里没有其他列"),
            hint=hint,
        )  # fmt: skip
    close = difflib.get_close_matches(column, titles, 1, cutoff=0.5)
    near = t(f"did you mean {close[0]}? ", f"是不是 {close[0]}?") if close else ""
    more = f" … (+{len(titles) - SHOWN})" if len(titles) > SHOWN else ""
    return UsageError(
        t(f"the member list has no column {column}", f"名单里没有「{column}」这一列"),
        hint=near + t("columns: ", "可用:") + t(", ", "、").join(titles[:SHOWN]) + more,
    )
