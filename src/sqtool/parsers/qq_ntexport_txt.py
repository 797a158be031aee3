r"""QQNT_Export (Tealina28) text: a group or a private chat out of the QQ NT database.

QQNT_Export(Tealina28)导出的 TXT,来自 QQ NT 数据库。

A record is ``YYYY-MM-DD HH:MM:SS name``, then a label and a value for each element, then an empty
line. There are names only. Messages may hold lines that look like a header: one counts only behind
an empty line and before a label. Of a card nothing is left but two characters, by a mistake of the
program.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._ntexport import (
    DIRECTIONS,
    LABELS,
    OWN_NAME,
    QUOTED,
    Element,
    chat_of,
    read_elements,
)
from sqtool.parsers._transcript import read_transcript

_HEADER: Final = r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<name>.*)$"
_LABEL: Final = rf"(?:{re.escape(QUOTED)})?\[(?:{LABELS})\]|{re.escape(QUOTED)}|None|\["
_BEGINS: Final = rf"^(?:(?:{_LABEL})(?:\n|$)|\s*$)"
_ELEMENT: Final = re.compile(_LABEL)
_RECORD: Final = re.compile(
    r"(?:\A|\n\n)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [^\n]*\n"
    r"((?:\[被引用的消息\])?\[[^\n\]]+\])\n[^\n]+\n"
)


def sniff(export: Export) -> Match:
    """Look for headers with a label below them."""
    labels = set(_RECORD.findall(export.head_text.replace("\r\n", "\n")))
    if labels & {"[文本]", "[提示]", f"{QUOTED}[文本]"}:
        return Match(Confidence.CERTAIN, "time and name over labels like [文本] and [提示]")
    if labels & {f"[{label}]" for label in LABELS.split("|")}:
        return Match(Confidence.WEAK, "time and name over a label and a value")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records, in file order."""
    for rows in read_transcript(export, issues, _HEADER, first="12", apart=True):
        frame = _whole(rows)
        private = frame["name"].is_in(list(DIRECTIONS)).all()
        yield RawBatch(chat_of(export.stem, private=private), _frame(frame, export.stem, private))


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """Give back to a message what only looked like the header of another."""
    real = rows["content"].str.contains(_BEGINS)
    if real.all():
        return rows
    seeming = pl.format("{} {}\n{}", "time", "name", "content")
    pieces = rows.with_columns(
        _record=real.cast(pl.UInt32).cum_sum(),
        _said=pl.when(real).then("content").otherwise(seeming),
    )
    whole = pieces.group_by("_record", maintain_order=True).agg(
        pl.col("line", "time", "name").first(), content=pl.col("_said").str.join("\n")
    )
    return whole.drop("_record")


def _frame(rows: pl.DataFrame, peer: str, private: bool) -> pl.DataFrame:
    said = [read_elements(_elements(text)) for text in rows["content"].to_list()]
    names = rows["name"].to_list()
    if private:
        own = [DIRECTIONS[name] for name in names]
        names = [OWN_NAME if one else peer if one is False else None for one in own]
    system = pl.Series([one.kind == "system" for one in said], dtype=pl.Boolean)
    # Where the wording lacks who it was, the person on a recall is the one who acted.
    recall = system & pl.Series(
        [(one.text or "").startswith("撤回") for one in said], dtype=pl.Boolean
    )
    shown = pl.Series(names, dtype=pl.String)
    shown = shown.set((shown.str.strip_chars() == "").fill_null(value=False), None)
    return rows.select(
        "line",
        wall_at=pl.col("time").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False),
        sender_name=shown.set(system, None),
        kind=pl.Series([one.kind for one in said], dtype=pl.String),
        text=pl.Series([one.text for one in said], dtype=pl.String),
        quoted_text=pl.Series([one.quoted or None for one in said], dtype=pl.String),
        event=pl.Series(["recall" if one else None for one in recall], dtype=pl.String),
        actor_name=shown.set(~recall, None),
    )


def _elements(content: str) -> Iterator[Element]:
    """Split a record at its labels; what an element says may hold many lines."""
    lines = content.removesuffix("\n").split("\n") if content else []
    marks: list[int] = []
    for place, line in enumerate(lines):
        # The line behind a label is what it says, whatever it looks like.
        if (not marks or place > marks[-1] + 1) and _ELEMENT.fullmatch(line):
            marks.append(place)
    for mark, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        label, value = lines[mark], "\n".join(lines[mark + 1 : end])
        if label == "[":  # the two characters that are left of a card
            yield "[应用消息]", None
        elif label == "None":
            yield None, None
        elif label == "[提示]" and value in ("None", "('[提示]', None)"):
            yield label, None
        else:
            yield label, value


PARSER = Parser(
    name="qq-ntexport-txt",
    title="QQNT_Export text",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "QQNT_Export on the decrypted database of QQ NT: output txt; json tells who by number.",
        "用 QQNT_Export 处理解密后的 QQ NT 数据库,输出 txt;json 带 QQ 号。",
    ),
)
