r"""WeChatMsg / MemoTrace (留痕): text for AI models (``<name>_chat.txt``).

留痕 WeChatMsg / MemoTrace 的「AI 对话」文本(``<名>_chat.txt``)。

Days stand between twenty asterisks, and below them ``name:`` and texts joined by blanks. The name
is written where the direction changes between oneself and the others: in a group nobody knows who
of the others spoke, and such a file is refused. In a private chat a row is all that one side said
at a stretch. Only the day is known: every row has the first minute of its day.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat_text import TextChat, heads_of, read_texts, timed, wechat_chat

_HEADER = r"^\*{20}(?P<at>\d{4}-\d\d-\d\d)\*{20}$"
# Every text ends in a blank, also the last before a change of direction.
_TURN = re.compile(r"(?:\A\n*|(?<= \n))([^:\n]{1,64}):")
_FILE_TAIL = "_chat"
_SIDES = 2


def sniff(export: Export) -> Match:
    """Look for a day between twenty asterisks."""
    days = len(heads_of(export, _HEADER).found)
    if days:
        return Match(
            Confidence.CERTAIN, f"{days} days between twenty asterisks: MemoTrace's AI text"
        )
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield what each side said at a stretch; days only.

    Raises:
        UnreadableError: If more than two people speak.
    """
    name = export.stem.removesuffix(_FILE_TAIL)
    facts = replace(wechat_chat(name=name, kind="private"), has_replies=False)
    chat = TextChat.of(export, facts)
    turns: set[str] = set()
    last: str | None = None
    for frame in read_transcript(export, issues, _HEADER, first="*", heading=True):
        rows = _turns(frame, last)
        turns.update(rows["sender_name"].drop_nulls())
        last = rows["sender_name"][-1] if rows.height else last
        if len(turns) > _SIDES:
            raise UnreadableError(
                t("AI text of a group does not say who spoke", "群聊的 AI 文本看不出是谁说的"),
                where=export.title,
                hint=t("export the group as CSV or TXT", "请把群聊导出为 CSV 或 TXT"),
            )
        yield chat.batch(read_texts(timed(rows, export, issues)))
    detail = "only days are known, and each row holds all that one side said at a stretch"
    issues.add("day-precision", export.title, rows=0, detail=detail)


def _turns(frame: pl.DataFrame, last: str | None) -> pl.DataFrame:
    """Cut each day where the direction changes; ``last`` is who spoke before."""
    lines: list[int] = []
    days: list[str] = []
    names: list[str | None] = []
    said: list[str] = []
    for line, day, content in frame.select("line", "at", "content").iter_rows():
        starts = list(_TURN.finditer(content))
        first = starts[0].start() if starts else len(content)
        if content[:first].strip():
            starts = [*_TURN.finditer(content, first)]
            lines.append(line + 1)
            days.append(day)
            names.append(last)  # the same side goes on from the day before
            said.append(content[:first])
        ends = [turn.start() for turn in starts[1:]] + [len(content)]
        for turn, end in zip(starts, ends, strict=False):
            lines.append(line + 1 + content.count("\n", 0, turn.start(1)))
            days.append(day)
            names.append(turn[1])
            said.append(content[turn.end() : end])
        last = names[-1] if names else last
    return pl.DataFrame(
        {
            "line": pl.Series(lines, dtype=pl.UInt32),
            "at": [f"{day} 00:00:00" for day in days],
            "sender_name": pl.Series(names, dtype=pl.String),
            "content": pl.Series(said, dtype=pl.String).str.strip_chars(" \n"),
            "system": [False] * len(lines),
        },
        schema_overrides={"at": pl.String, "system": pl.Boolean},
    )


PARSER = Parser(
    name="wechat-memotrace-ai",
    title="WeChatMsg / MemoTrace (留痕) AI text of a private chat",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=(),
    obtain=(
        "MemoTrace: the AI text of a private chat (a group needs CSV or TXT).",
        "留痕 MemoTrace:私聊的「AI 对话」文本(群聊请用 CSV 或 TXT)。",
    ),
)
