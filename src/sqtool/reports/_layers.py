"""成员金字塔: layer sizes, their share of the messages, and who moved."""

from collections import Counter

import polars as pl

from sqtool.reports import _charts
from sqtool.reports._figures import Figures, Row
from sqtool.reports._labels import label
from sqtool.reports._model import (
    Block,
    Cell,
    Column,
    Items,
    Note,
    Quantity,
    Section,
    Table,
    Text,
    strong,
    text,
)
from sqtool.reports._say import name, people

SHOWN_MOVES = 3
_RANK = {
    "staff": 0, "core": 1, "active": 2, "occasional": 3, "lapsed": 4, "silent": 5, "unlisted": 6,
}  # fmt: skip


def build(figures: Figures) -> Section | None:
    """Build the section; without a roster it says that silent members are unknown."""
    layers = figures.table("pyramid.layers")
    if layers.is_empty():
        return None
    tr, lang = figures.tr, figures.lang
    columns = (
        Column(key="layer", title=tr("Layer", "层"), unit="text"),
        Column(key="members", title=tr("Members", "人数"), unit="count"),
        Column(key="share", title=tr("Share", "占比"), unit="share"),
        Column(
            key="messages_share", title=tr("Messages, 28 days", "近 28 天消息占比"), unit="share"
        ),
        Column(key="members_previous", title=tr("Before", "上期人数"), unit="count"),
        Column(key="change", title=tr("Change", "增减"), unit="mixed"),
    )
    shown = layers.filter((pl.col("members") > 0) | (pl.col("members_previous").fill_null(0) > 0))
    rows: list[tuple[Cell, ...]] = [
        (
            label("layer", row["layer"], lang),
            row["members"],
            row["share"],
            row["messages_share"],
            row["members_previous"],
            Quantity(value=row["change"], unit="count", signed=True),
        )
        for row in shown.iter_rows(named=True)
    ]
    # Columns about a time that the log does not cover would hold nothing but dashes.
    kept = len(columns) if figures.had_layers else len(columns) - 2
    blocks: list[Block] = [
        Table(key="layers", columns=columns[:kept], rows=tuple(row[:kept] for row in rows))
    ]
    picture = _charts.pyramid(figures)
    if picture is not None:
        blocks.append(picture)
    moves = _moves(figures) if figures.had_layers else []
    if moves:
        blocks.append(Items(items=tuple(moves)))
    if not figures.chat["has_roster"]:
        words = tr(
            "Without a member list, people who never spoke and have no join notice are unknown;"
            " give one with --roster.",
            "没有成员名单:从未发言又没有进群提示的人不在表内,可用 --roster 提供。",
        )
        blocks.append(Note(text=text(words), tone="quiet"))
    return Section(key="pyramid", title=tr("Member pyramid", "成员金字塔"), blocks=tuple(blocks))


def _moves(figures: Figures) -> list[Text]:
    tr, lang = figures.tr, figures.lang
    moves = figures.table("pyramid.moves")
    # Biggest first, in and out of the core before all others, as many down as up.
    ordered = sorted(
        moves.iter_rows(named=True),
        key=lambda row: "core" not in (row["from_layer"], row["to_layer"]),
    )
    risen = [row for row in ordered if row["steps"] > 0][:SHOWN_MOVES]
    fallen = [row for row in ordered if row["steps"] <= 0][:SHOWN_MOVES]
    notable = [*risen, *fallen]
    shown = {row["member_id"] for row in notable}
    others = [row for row in ordered if row["member_id"] not in shown]
    rest = Counter((row["from_layer"], row["to_layer"]) for row in others)
    items = [
        text(
            "↑ " if _RANK[row["to_layer"]] < _RANK[row["from_layer"]] else "↓ ",
            strong(name(row["display_name"], lang)),
            tr(": ", ":"),
            f"{label('layer', row['from_layer'], lang)} → {label('layer', row['to_layer'], lang)}",
            _why(row, figures),
        )
        for row in notable
    ]
    if rest:
        kinds = sorted(rest.items(), key=lambda pair: (-pair[1], pair[0]))
        parts = [
            f"{label('layer', a, lang)} → {label('layer', b, lang)} {people(n, lang)}"
            for (a, b), n in kinds[:5]
        ]
        more = sum(n for _, n in kinds[5:])
        if more:
            parts.append(tr(f"other moves {people(more, lang)}", f"其他变动 {people(more, lang)}"))
        items.append(text(tr("Also: ", "另有:"), tr(", ", "、").join(parts)))
    return items


def _why(row: Row, figures: Figures) -> str:
    now, before = row.get("active_days_28"), row.get("active_days_28_previous")
    if now is None or before is None:
        return ""
    return figures.tr(
        f" (active on {now} of the last 28 days, {before} a period ago)",
        f"(近 28 天活跃 {now} 天,上期 {before} 天)",
    )
