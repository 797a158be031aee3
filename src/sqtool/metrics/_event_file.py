"""The operator's own events: a CSV of name, start, end, kind, and perhaps chat."""

from datetime import date
from pathlib import Path

import polars as pl

from sqtool.errors import UsageError
from sqtool.i18n import t

OWN = pl.Schema(
    {
        "chat": pl.String(),  # name or id; null is every chat
        "name": pl.String(),
        "start_on": pl.Date(),
        "end_on": pl.Date(),
        "kind": pl.String(),
    }
)
_TITLES = {
    "name": "name", "名称": "name", "活动": "name", "start": "start", "开始": "start", "日期": "start",
    "date": "start", "end": "end", "结束": "end", "kind": "kind", "类型": "kind", "chat": "chat",
    "群": "chat", "群名": "chat",
}  # fmt: skip


def own_events(path: Path) -> pl.DataFrame:
    """Return the events of a file (``OWN``); a missing end is the start, a missing kind ``own``.

    Raises:
        UsageError: If it cannot be read, lacks a column, or holds a day that is none.
    """
    hint = t(
        "a CSV in UTF-8 with the columns name,start,end,kind and days like 2026-03-05",
        "要一个 UTF-8 的 CSV:name,start,end,kind(名称,开始,结束,类型),日期写成 2026-03-05",
    )
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = pl.read_csv(text.encode(), infer_schema=False)
    except (OSError, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        what = t(f"cannot read the list of events: {path}", f"读不了活动清单:{path}")
        raise UsageError(what, hint=hint) from error
    titles = {title: _TITLES.get(title.strip().lower()) for title in raw.columns}
    known = {title: name for title, name in titles.items() if name}
    frame = raw.select(
        pl.col(title).str.strip_chars().replace("", None).alias(name)
        for title, name in known.items()
    )
    missing = [name for name in ("name", "start") if name not in frame.columns]
    if missing:
        what = t(f"{path.name} has no column {missing[0]}", f"{path.name} 没有 {missing[0]} 这一列")
        raise UsageError(what, hint=hint)
    rows = []
    for line, row in enumerate(frame.iter_rows(named=True), 2):
        if not any(row.values()):
            continue
        start = _day(row["start"])
        end = _day(row["end"]) if row.get("end") else start
        if row["name"] is None or start is None or end is None or end < start:
            what = t(
                f"{path.name}, line {line}: no name, or not a day",
                f"{path.name} 第 {line} 行:缺名称,或日期不对",
            )
            raise UsageError(what, hint=hint)
        rows.append((row.get("chat"), row["name"], start, end, row.get("kind") or "own"))
    return pl.DataFrame(rows, schema=OWN, orient="row")


def _day(text: str | None) -> date | None:
    try:
        return date(*(int(part) for part in (text or "").replace("/", "-").split("-")))
    except (ValueError, TypeError):
        return None
