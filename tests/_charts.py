"""A report with every kind of chart, and a name in every place of it where a name can be."""

from datetime import date, timedelta

from sqtool.i18n import Lang
from sqtool.reports._labels import labels
from sqtool.reports._model import Chart, Column, Note, Report, Section, Spark, Table, text

DAY = date(2026, 3, 9)


def _columns(**titles: str) -> tuple[Column, ...]:
    units = {
        "y": "share", "value": "share", "members": "count", "size": "number", "x2": "number",
    }  # fmt: skip
    return tuple(
        Column(key=key, title=title, unit=units.get(key, "text")) for key, title in titles.items()
    )


def charts(name: str, lang: Lang = "zh") -> list[Chart]:
    """Return one chart of each kind."""
    bands = Column(key="group", title="风险", unit="label", labels=labels("band", lang))
    days = [DAY + timedelta(days=i) for i in range(14)]
    graph = _columns(x="x", y="y", x2="x2", y2="y2", size=name, group="组", name="成员", why="原因")
    return [
        Chart(
            key="lines", draw="lines", title=name, about=name,
            columns=_columns(x="日", y=name, series="时期"),
            rows=tuple((day, i / 20, name) for i, day in enumerate(days)),
        ),
        Chart(
            key="heat", draw="heat", title=name, about=name,
            columns=_columns(x="时", y="星期", value=name),
            rows=tuple((h, d, h / 24) for d in (name, "周二") for h in range(24)),
        ),
        Chart(
            key="cohort", draw="cohort", title=name,
            columns=_columns(x="周", y="批次", value="留存", n="人数"),
            rows=tuple((k, c, 1 / (k + 1), 3) for c in (name, "W2", "W3") for k in range(4)),
        ),
        Chart(
            key="layers", draw="layers", title=name,
            columns=_columns(layer="层", members="人数", share="占比", up="升入", down="降入"),
            rows=((name, 3, 0.3, 1, 0), ("活跃", 70, 0.5, 0, 2), ("普通", 0, None, 0, 0)),
        ),
        Chart(
            key="scatter", draw="scatter", title=name,
            columns=(*_columns(x="参与分", y="概率"), bands, *_columns(name="成员", why="原因")),
            rows=((1.0, 0.9, "high", name, name), (9.0, 0.1, "low", "乙", "")),
        ),
        Chart(
            key="graph", draw="graph", title=name, columns=graph,
            rows=(
                (0.0, 0.0, 1.0, 1.0, 2.0, None, None, None),
                (0.0, 0.0, None, None, 3.0, name, name, name),
                (1.0, 1.0, None, None, 1.0, "乙", "乙", None),
            ),
        ),
        Chart(
            key="timeline", draw="timeline", title=name,
            columns=_columns(x="日", y="消息", x2="止", series="数", name="活动"),
            rows=(
                *((day, i / 20, None, "消息", None) for i, day in enumerate(days)),
                (days[2], None, days[5], None, name),
            ),
        ),
    ]  # fmt: skip


def page(name: str, lang: Lang = "zh") -> Report:
    """Return a report with charts, a table to sort and search in, and a list at the end."""
    columns = (
        Column(key="member", title=name, unit="name"),
        Column(key="days", title="天", unit="days"),
        Column(key="band", title="风险", unit="label", labels=labels("band", lang)),
        Column(key="weeks", title="近 8 周", unit="spark"),
    )
    rows = tuple(
        (
            name if i == 7 else f"成员{i}",
            None if i == 3 else (i * 7) % 20,
            band,
            Spark(values=(1, i)),
        )
        for i, band in enumerate(["high", "medium", "low"] * 5)
    )
    table = Table(key="t", title=name, columns=columns, rows=rows)
    return Report(
        kind="weekly",
        lang=lang,
        title=name,
        subtitle=text(name),
        sections=(
            Section(key="head", title="", blocks=(Note(text=text(name), tone="lead"),)),
            Section(key="a", title=name, blocks=(table, *charts(name, lang))),
        ),
        tables=(table,),
    )
