"""All chats, worst first: verdict, evidence, size, change, members at risk, what to do.

全部群,差的在前:判定与依据、周活跃及变化、可能流失的常客、建议动作。
"""

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import option
from sqtool.cli._metric import TableOption, show
from sqtool.cli._options import Reading, Scaling, TableWriting, Tagging
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import system_lang, t

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from sqtool.context import Context
    from sqtool.metrics._base import Metric
    from sqtool.schema import Dataset

TABLES = ("portfolio", "by_tag")


@dataclass(frozen=True)
class Choosing:
    """Which chats."""

    verdict: Annotated[
        list[str] | None,
        option(
            "--verdict", en="Only chats of this verdict (repeatable): dead, zombie …",
            zh="只看这种判定的群(可重复):死群、僵尸群……", panel="chats", value="NAME",
        ),
    ] = None  # fmt: skip
    platform: Annotated[
        str | None,
        option(
            "--platform", en="Only chats of this platform: wechat, qq …",
            zh="只看这个平台的群:wechat、qq……", panel="chats", value="NAME",
        ),
    ] = None  # fmt: skip
    tag: Annotated[
        list[str] | None,
        option(
            "--tag", en="Only chats with this tag (repeatable; of one key: any).",
            zh="只看有这个标签的群(可重复;同一标签满足其一)。", panel="chats", value="KEY=VALUE",
        ),
    ] = None  # fmt: skip
    by: Annotated[
        str | None,
        option(
            "--by", en="Add the chats up by this tag, too.", zh="另按这个标签汇总。",
            panel="chats", value="KEY",
        ),
    ] = None  # fmt: skip
    top: Annotated[
        int | None,
        option(
            "--top", en="Only the worst so many.", zh="只列最差的几个。", panel="chats", value="N"
        ),
    ] = None


@takes
def portfolio(
    reading: Reading,
    tagging: Tagging,
    choosing: Choosing,
    scaling: Scaling,
    writing: TableWriting,
    table: TableOption = None,
) -> int | None:
    """Write the portfolio of the chats asked for."""
    if choosing.top is not None and choosing.top < 1:
        raise UsageError(t("--top needs at least 1", "--top 至少为 1"))
    verdicts = _verdicts(choosing.verdict or [])
    pairs = [_pair(words) for words in choosing.tag or []]

    def fitted(metric: "Metric", data: "Dataset") -> "Metric":
        return _fitted(metric, data, choosing, verdicts, pairs)

    # --top N is answered with N rows, also on a screen that would show fewer of a longer table.
    only = table or ("portfolio" if choosing.top and not choosing.by else None)
    keys = list(TABLES if choosing.by else TABLES[:1])
    return show("portfolio", reading, writing, only, tagging, fitted, keys, scaling=scaling)


def _fitted(
    metric: "Metric",
    data: "Dataset",
    choosing: Choosing,
    verdicts: list[str],
    pairs: list[tuple[str, str]],
) -> "Metric":
    """Return the metric whose tables hold the chats asked for only.

    Raises:
        UsageError: If no chat has such a platform or tag at all: more likely a typing error than a
            question.
    """
    import polars as pl

    from sqtool.metrics.portfolio import add_up, worst_first

    platforms = data.chats.select("platform").collect()["platform"].drop_nulls()
    if choosing.platform:
        _known("--platform", choosing.platform, platforms)
    for flag, key in (("--by", choosing.by), *(("--tag", key) for key, _ in pairs)):
        if key:
            _known(flag, key, data.tags["tag"])
    keep = [pl.col("verdict").is_in(verdicts)] if verdicts else []
    if choosing.platform:
        keep.append(pl.col("platform") == choosing.platform)
    for key in dict.fromkeys(key for key, _ in pairs):
        values = [value for other, value in pairs if other == key]
        having = data.tags.filter(pl.col("tag") == key, pl.col("value").is_in(values))
        keep.append(pl.col("chat_id").is_in(having["chat_id"].implode()))

    def kept(rows: "pl.LazyFrame") -> "pl.LazyFrame":
        return rows.filter(*keep) if keep else rows

    def top(rows: "pl.LazyFrame", data: "Dataset", ctx: "Context") -> "pl.LazyFrame":
        ordered = worst_first(kept(rows))
        return ordered.head(choosing.top) if choosing.top else ordered

    def by_tag(rows: "pl.LazyFrame", data: "Dataset", ctx: "Context") -> "pl.LazyFrame":
        tags = data.tags.filter(pl.col("tag") == choosing.by) if choosing.by else data.tags
        return add_up(kept(rows), tags, ctx)

    return replace(
        metric,
        tables=tuple(
            metric.table(key).ending(whole)
            for key, whole in zip(TABLES, (top, by_tag), strict=True)
        ),
    )


def _verdicts(names: list[str]) -> list[str]:
    """Return the codes of verdicts given as codes or in words of either language."""
    from sqtool.reports._labels import labels

    codes = {
        word: code for lang in ("en", "zh") for code, word in labels("verdict", lang).items()
    } | {code: code for code in labels("verdict", "en")}
    for name in names:
        if name not in codes:
            close = difflib.get_close_matches(name, codes, 1, cutoff=0.5)
            near = t(f"did you mean {close[0]}? ", f"是不是 {close[0]}?") if close else ""
            listed = list(
                labels("verdict", "zh").values()
                if system_lang() == "zh"
                else labels("verdict", "en")
            )
            raise UsageError(
                t(f"no such verdict: {name}", f"没有这种判定:{name}"),
                hint=near + t("possible: ", "可用:") + t(", ", "、").join(listed),
            )
    return [codes[name] for name in names]


def _pair(words: str) -> tuple[str, str]:
    key, mark, value = words.partition("=")
    if not mark or not key.strip() or not value.strip():
        raise UsageError(
            t(f"--tag needs KEY=VALUE: {words}", f"--tag 要写成 标签=值:{words}"),
            hint=t("like --tag city=Beijing", "例如 --tag 城市=北京"),
        )
    return key.strip(), value.strip()


def _known(flag: str, asked: str, there: "Iterable[str]") -> None:
    known = sorted(set(there))
    if asked in known:
        return
    close = difflib.get_close_matches(asked, known, 1, cutoff=0.5)
    near = t(f"did you mean {close[0]}? ", f"是不是 {close[0]}?") if close else ""
    listed = t(", ", "、").join(known[:20])
    raise UsageError(
        t(f"{flag}: no chat has {asked}", f"{flag}:没有群是 {asked}"),
        hint=near
        + (
            t("there are: ", "现有:") + listed
            if known
            else t("give tags with --tags FILE", "用 --tags 文件 给群加标签")
        ),
    )


def _tables() -> list[tuple[str, str]]:
    from sqtool.metrics.portfolio import METRIC

    return [(table.key, table.title(system_lang())) for table in METRIC.tables]


COMMAND = Command(
    portfolio,
    (
        Example("sqtool portfolio exports/", "look at it here", "在终端查看"),
        Example(
            "sqtool portfolio exports/ --tags tags.csv --by city -o all.xlsx",
            "added up by city, for a spreadsheet",
            "按城市汇总,写成 Excel",
        ),
        Example(
            "sqtool portfolio exports/ --verdict dead --verdict zombie",
            "only those to decide on",
            "只看要决定去留的群",
        ),
    ),
    _tables,
)
