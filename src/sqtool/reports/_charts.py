"""The pictures of the review: rows picked from the tables, nothing worked out anew.

Each function returns the chart of its table, or None where there is too little to draw.
"""

from datetime import timedelta

import polars as pl

from sqtool.metrics._base import Unit
from sqtool.numerals import weekday
from sqtool.reports._figures import Figures
from sqtool.reports._labels import label, labels
from sqtool.reports._model import Cell, Chart, Column
from sqtool.reports._say import name

MOST_POINTS = 400
"""Of a scatter of members: beyond that a phone draws a cloud, slowly."""
MOST_COHORTS = 12
MOST_IN_TREE = 60
_WEEK = 7


def _column(key: str, title: str, unit: Unit = "text", **more: dict[str, str]) -> Column:
    return Column(key=key, title=title, unit=unit, **more)


def trend(figures: Figures) -> Chart | None:
    """Messages by day, this period over the one before."""
    tr, ctx, lang = figures.tr, figures.ctx, figures.lang
    counts = dict(figures.table("activity.daily").select("date", "messages").iter_rows())
    length = (ctx.period.last_on - ctx.period.first_on).days + 1
    if not 2 <= length <= 31:
        return None
    rows: list[tuple[Cell, ...]] = []
    begin = min(counts, default=ctx.period.first_on)
    today = ctx.day
    for title, period in (
        (tr("this period", "本期"), ctx.period),
        (tr("period before", "上期"), ctx.previous),
    ):
        for at in range(length):
            day = period.first_on + timedelta(days=at)
            if begin <= day <= today:
                place = weekday(day, lang) if length == _WEEK else at + 1
                rows.append((place, counts.get(day, 0), title, day.isoformat()))
    if len(rows) < 3:
        return None
    return Chart(
        key="trend",
        draw="lines",
        title=tr("Messages a day", "每日消息"),
        columns=(
            _column("x", tr("day", "日"), "text" if length == _WEEK else "count"),
            _column("y", tr("messages", "消息"), "count"),
            _column("series", tr("period", "时期")),
            _column("date", tr("date", "日期")),
        ),
        rows=tuple(rows),
        about=tr(
            "Messages of each day of this period beside the one before.",
            "本期与上期每天的消息数。",
        ),
    )


def heat(figures: Figures) -> Chart | None:
    """Messages by weekday and hour, a day on average."""
    tr, lang = figures.tr, figures.lang
    table = figures.table("activity.hours")
    if table.is_empty() or not int(table["messages"].sum()):
        return None
    monday = figures.ctx.period.first_on - timedelta(days=figures.ctx.period.first_on.weekday())
    days = [weekday(monday + timedelta(days=d), lang) for d in range(_WEEK)]
    found = {
        (int(row["weekday"]), row["hour"]): row["messages"] / row["days"]
        for row in table.iter_rows(named=True)
        if row["days"]
    }
    rows = tuple(
        (hour, days[day - 1], round(found.get((day, hour), 0.0), 2))
        for day in range(1, _WEEK + 1)
        for hour in range(24)
    )
    return Chart(
        key="hours",
        draw="heat",
        title=tr("When the group talks", "什么时候聊"),
        columns=(
            _column("x", tr("hour", "时"), "count"),
            _column("y", tr("weekday", "星期")),
            _column("value", tr("messages an hour", "每小时消息"), "number"),
        ),
        rows=rows,
        about=tr("Average messages in each hour of each weekday.", "每周各天各小时的平均消息数。"),
    )


def pyramid(figures: Figures) -> Chart | None:
    """Layers as bars, with how many rose into them and fell into them."""
    tr, lang = figures.tr, figures.lang
    layers = figures.table("pyramid.layers").filter(pl.col("members") > 0)
    if layers.height < 2:
        return None
    moves = figures.table("pyramid.moves") if figures.had_layers else None
    up, down = {}, {}
    if moves is not None:
        up = dict(moves.filter(pl.col("steps") > 0).group_by("to_layer").len().iter_rows())
        down = dict(moves.filter(pl.col("steps") < 0).group_by("to_layer").len().iter_rows())
    rows = tuple(
        (
            label("layer", row["layer"], lang), row["members"], row["share"],
            up.get(row["layer"], 0), down.get(row["layer"], 0),
        )
        for row in layers.iter_rows(named=True)
    )  # fmt: skip
    return Chart(
        key="pyramid",
        draw="layers",
        title=tr("Layers, with who rose (↑) and fell (↓) into them", "各层人数与升(↑)降(↓)入"),
        columns=(
            _column("layer", tr("layer", "层")),
            _column("members", tr("members", "人数"), "count"),
            _column("share", tr("share", "占比"), "share"),
            _column("up", tr("rose into it", "升入"), "count"),
            _column("down", tr("fell into it", "降入"), "count"),
        ),
        rows=rows,
        about=tr("How many members each layer has.", "各层的人数。"),
    )


def risk(figures: Figures) -> Chart | None:
    """Members by engagement and probability of silence."""
    tr, lang = figures.tr, figures.lang
    table = figures.table("churn.risk")
    if table.height < 5:
        return None
    joiner = ";" if lang == "zh" else "; "
    title = tr(
        "Probability of silence × engagement: top right is what the group would miss",
        "沉默概率 × 参与分:右上角是群里最该留住的人",
    )
    if table.height > MOST_POINTS:
        title += tr(
            f" (the first {MOST_POINTS} of {table.height})",
            f"(共 {table.height} 人,画出前 {MOST_POINTS} 人)",
        )
    rows = tuple(
        (
            row["score"], row["probability"], row["band"], name(row["display_name"], lang),
            joiner.join(row["reasons"] or ()),
        )
        for row in table.head(MOST_POINTS).iter_rows(named=True)
    )  # fmt: skip
    return Chart(
        key="risk",
        draw="scatter",
        title=title,
        columns=(
            _column("x", tr("engagement score", "参与分"), "number"),
            _column("y", tr("probability of 28 silent days", "28 天内沉默概率"), "share"),
            _column("group", tr("risk", "风险"), "label", labels=labels("band", lang)),
            _column("name", tr("member", "成员"), "name"),
            _column("why", tr("why", "原因")),
        ),
        rows=rows,
        about=tr(
            "Each point is a member who wrote in the last 28 days.",
            "每个点是一位近 28 天发过言的成员。",
        ),
    )


def cohorts(figures: Figures) -> Chart | None:
    """Weeks after joining (or the first message) by cohort: who still wrote."""
    tr = figures.tr
    joined = figures.table("retention.join_weekly").filter(pl.col("size") > 0)
    by_join = joined["cohort"].n_unique() >= 3
    table = joined if by_join else figures.table("retention.first_weekly")
    # Those who were there when the log begins are no cohort: nobody knows when they came.
    table = table.filter(~pl.col("log_start").fill_null(False), pl.col("share").is_not_null())
    all_of_them = table["start_on"].unique().sort(descending=True)
    newest = all_of_them.head(MOST_COHORTS)
    if len(newest) < 3:
        return None
    table = table.filter(pl.col("start_on").is_in(newest.implode())).sort("start_on", "k")
    title = (
        tr("Still writing, by week of joining", "留存:按进群周")
        if by_join
        else tr("Still writing, by week of the first message", "留存:按首次发言周")
    )
    if len(all_of_them) > len(newest):
        title += tr(f" (the newest {len(newest)})", f"(最近 {len(newest)} 批)")
    rows = tuple(
        (row["k"], f"{row['cohort']} ({row['size']})", row["share"], row["members"])
        for row in table.iter_rows(named=True)
    )
    return Chart(
        key="cohorts",
        draw="cohort",
        title=title,
        columns=(
            _column("x", tr("weeks after", "第几周"), "count"),
            _column("y", tr("cohort (members)", "批次(人数)")),
            _column("value", tr("wrote in that week", "当周发言"), "share"),
            _column("n", tr("members", "人数"), "count"),
        ),
        rows=rows,
        about=tr(
            "Share of each cohort that wrote in each later week.", "每批成员在其后各周的发言比例。"
        ),
    )


def inviters(figures: Figures) -> Chart | None:
    """Who invited whom, as a tree that grows to the right, and what became of them."""
    tr, lang = figures.tr, figures.lang
    tree = figures.table("inviters.tree")
    if tree.height < 3:
        return None
    children: dict[str, list[str]] = {}
    shown: dict[str, str | None] = {}
    fates: dict[str, str] = {}
    for row in tree.iter_rows(named=True):
        children.setdefault(row["parent_id"], []).append(row["child_id"])
        shown.setdefault(row["parent_id"], row["parent_name"])
        shown[row["child_id"]] = row["child_name"]
        fates[row["child_id"]] = row["fate"] or "unknown"
    invited = {child for each in children.values() for child in each}
    roots = sorted((r for r in children if r not in invited), key=lambda r: (-len(children[r]), r))
    places: dict[str, tuple[float, float]] = {}
    edges: list[tuple[str, str]] = []
    depth_first = [(root, 0, "") for root in reversed(roots)]
    line = 0
    while depth_first and len(places) < MOST_IN_TREE:
        person, depth, parent = depth_first.pop()
        places[person] = (float(depth), float(-line))
        if parent:
            edges.append((parent, person))
        below = children.get(person, [])
        if not below:
            line += 1
        depth_first.extend((child, depth + 1, person) for child in reversed(below))
    words = labels("fate", lang)
    rows: list[tuple[Cell, ...]] = [
        (*places[a], *places[b], 1.0, None, None, None) for a, b in edges
    ]
    rows += [
        (
            x, y, None, None, float(len(children.get(person, ())) + 1),
            fates.get(person, "inviter"), name(shown.get(person), lang), None,
        )
        for person, (x, y) in places.items()
    ]  # fmt: skip
    about = tr("Who invited whom.", "谁邀请了谁。")
    left_out = len(set(shown) - set(places))
    title = tr("Who brought whom", "谁带来了谁")
    if left_out:
        title += tr(f" ({left_out} more are not drawn)", f"(另有 {left_out} 人未画出)")
    return Chart(
        key="inviters",
        draw="graph",
        title=title,
        columns=(
            _column("x", "x", "number"),
            _column("y", "y", "number"),
            _column("x2", "x2", "number"),
            _column("y2", "y2", "number"),
            _column("size", tr("invitees + 1", "邀请数 + 1"), "number"),
            _column("group", tr("what became of them", "去向"), "label", labels=words),
            _column("name", tr("member", "成员"), "name"),
            _column("why", tr("why", "原因")),
        ),
        rows=tuple(rows),
        about=about,
    )
