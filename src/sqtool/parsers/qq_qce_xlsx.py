"""QQ chat exporter (QCE) workbook, v4 to v6.

QCE(qq-chat-exporter)导出的 Excel,v4–v6。

Columns are found by their names: they changed over time. Times with a zone are exact (v6), others
are a wall clock. A person is the QQ number; where the sheet has no such column (before v5.5.17),
the number or uid that the sheet of senders gives for the name. Mentions are text only, and of a
quote v6 leaves nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, raw_frame
from sqtool.parsers._qce import PSEUDO_IDS
from sqtool.parsers._qce_chat import chat_of
from sqtool.parsers._qce_text import Printed, is_nobody, read_printed
from sqtool.parsers._xlsx import Table, find_table, read_table, sheet_heads
from sqtool.schema import INSTANT

_NEEDED: Final = ("时间", "发送者", "消息类型")
_CONTENTS: Final = ("消息内容", "内容")
"""The streaming mode of v4 has a name of its own for the column."""
_TELLING: Final = ("是否撤回", "资源数量")
_TYPES: Final = {
    "文本": "text", "图片": "image", "视频": "video", "音频": "audio", "文件": "file",
    "表情": None, "@提及": "text", "回复": "reply", "系统消息": "system", "未知": None,
}  # fmt: skip
_RESOURCE: Final = re.compile(r"(?:^| )\[(\w+): ((?:(?! \[\w+: ).)*)\]$", re.DOTALL)
_EXACT: Final = r"(?:Z|[+-]\d\d:\d\d)$"


def sniff(export: Export) -> Match:
    """Look for the header of the sheet of messages."""
    if _table(export, *_TELLING) is None:
        return NO_MATCH
    return Match(Confidence.CERTAIN, "columns 消息类型, 是否撤回 and 资源数量 of a QCE workbook")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the sheet of messages."""
    table = _table(export)
    if table is None:
        return
    rows = read_table(export, table)
    rows = rows.rename(dict.fromkeys(_CONTENTS[1:], _CONTENTS[0]), strict=False)
    rows = rows.filter(pl.any_horizontal(pl.col(*_NEEDED, _CONTENTS[0]).is_not_null()))
    stated = _stated(export)
    if stated is not None and stated != rows.height:
        detail = f"the workbook states {stated} messages and holds {rows.height}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)
    numbers = pl.col("发送者QQ号").replace(dict.fromkeys(PSEUDO_IDS))
    if "发送者QQ号" not in rows.columns:
        known = _ids(export)
        old, new = list(known), list(known.values())
        numbers = pl.col("发送者").replace_strict(old, new, default=None, return_dtype=pl.String)
    rows = rows.with_columns(_id=numbers)
    yield RawBatch(chat_of([export.stem], {}), _frame(rows))


def _table(export: Export, *telling: str) -> Table | None:
    found = (find_table(export, *_NEEDED, content, *telling) for content in _CONTENTS)
    return next((table for table in found if table is not None), None)


def _frame(rows: pl.DataFrame) -> pl.DataFrame:
    names = rows["发送者"].to_list()
    counts = [None] * rows.height
    if "资源数量" in rows.columns:
        counts = rows["资源数量"].cast(pl.Float64, strict=False).cast(pl.Int64).to_list()
    cells = zip(names, rows["消息内容"].to_list(), rows["消息类型"].to_list(), counts, strict=True)
    read = [_read(name, text or "", kind, count) for name, text, kind, count in cells]
    time = rows["时间"].str.strip_chars()
    exact = time.str.contains(_EXACT).fill_null(value=False)
    sent = time.set(~exact, None).str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    clock = time.set(exact, None).str.replace_all("/", "-", literal=True)
    # Some systems print midnight as hour 24 of the day that begins.
    clock = clock.str.replace(r"[ T]24:", " 00:").str.to_datetime(
        "%Y-%m-%d %H:%M:%S", time_unit="us", strict=False
    )
    recalls = [p.kind == "system" and "撤回" in (p.text or "") for p in read]
    notices = [p.kind == "system" for p in read]
    return raw_frame(
        {
            "line": rows["line"],
            "sent_at": sent.cast(INSTANT),
            "wall_at": clock,
            # The person on a notice is sure to be the one who acted only on a recall.
            "sender_id": [
                who if recall or not notice else None
                for who, recall, notice in zip(rows["_id"].to_list(), recalls, notices, strict=True)
            ],
            "sender_name": [
                name if not notice and not is_nobody(name) else None
                for name, notice in zip(names, notices, strict=True)
            ],
            "kind": [p.kind for p in read],
            "text": [p.text for p in read],
            "quoted_sender": [p.quoted_sender for p in read],
            "quoted_text": [p.quoted_text for p in read],
        }
    )


def _read(name: str | None, text: str, label: str | None, count: int | None) -> Printed:
    files: list[tuple[str, str]] = []
    # Behind the text stands each attached file once more, as [kind: name].
    for _ in range(count or 0):
        if (found := _RESOURCE.search(text)) is None:
            break
        files.insert(0, (found[1], found[2]))
        text = text[: found.start()]
    return read_printed(name, text, type=_TYPES.get(label or "", label), resources=files or None)


def _stated(export: Export) -> int | None:
    """Return how many messages the sheet of statistics counts."""
    for sheet in sheet_heads(export):
        for row in sheet.rows:
            if row[0] == "消息总数" and len(row) > 1 and row[1].isdigit():
                return int(row[1])
    return None


def _ids(export: Export) -> dict[str, str]:
    """Return the number, else the uid, of names in the sheet of senders."""
    table = find_table(export, "排名", "发送者", "UID")
    if table is None:
        return {}
    try:
        rows = read_table(export, table)
    except UnreadableError:
        return {}
    found: dict[str, str] = {}
    columns = [name for name in ("QQ号", "UID") if name in rows.columns]
    for row in rows.select("发送者", *columns).iter_rows():
        key = next((key for key in row[1:] if key and key not in PSEUDO_IDS), None)
        if row[0] and key and not is_nobody(row[0]):
            found.setdefault(row[0], key)
    return found


PARSER = Parser(
    name="qq-qce-xlsx",
    title="QQ chat exporter (QCE) Excel",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "qq-chat-exporter (QCE) beside QQ NT: export the group as Excel; JSON tells more.",
        "在 QQ NT 上用 qq-chat-exporter(QCE)导出 Excel;JSON 的信息更多。",
    ),
)
