r"""WeFlow: plain text (since January 2026).

WeFlow 导出的 TXT 文本(2026 年 1 月起)。

A record is a header ``YYYY-MM-DD HH:MM:SS 'name'``, the content, an empty line. There are no ids.
Notices are headed by the name of the group, recalls by whoever recalled; a quote stands at the end
of the reply, ``[引用 name：text]``. Some converters put the name in double quotes.
"""

import re
from collections.abc import Iterator

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._undated import without_dates
from sqtool.parsers._wechat import ANY_NOTICE, QUOTED_NOTICE
from sqtool.parsers._wechat_text import (
    AT,
    TextChat,
    heads_of,
    read_texts,
    timed,
    wechat_chat,
)

_QUOTES = ("'", '"')
_ANY_HEADER = rf"^(?P<at>{AT})(?: (?P<who>.*))?$"
_REPLY = r"^((?s:.*?))\[引用 ([^\n：]+?)：((?s:.*))\]$"
# With the media saved beside the text, the path of a file stands for it.
_SAVED = (
    r"^(?:[^\s/]+/)*(images|voices|videos|emojis|files)/"
    r"(?:[^\n/]+/)*([^\n/]+\.[0-9A-Za-z]{2,5})$"
)
_SAVED_KINDS = {
    "images": "image", "voices": "voice", "videos": "video", "emojis": "sticker", "files": "file",
}  # fmt: skip
_ABOUT_THE_GROUP = r"群聊|群名|群主|群管理员"
_LABEL = re.compile(r"^(群聊|私聊|公众号)_(.+)$")
_KINDS = {"群聊": "group", "私聊": "private", "公众号": "private"}
_USUALLY = 0.8


def sniff(export: Export) -> Match:
    """Look for ``time 'name'`` lines."""
    heads = heads_of(export, _ANY_HEADER)
    if not heads.begins:
        return NO_MATCH
    mark = _quote_mark(export)
    quoted = sum(bool(_in_quotes(match["who"], mark)) for match in heads.found)
    if quoted < _USUALLY * len(heads.found):
        return NO_MATCH
    evidence = f"{quoted} lines of a date, a time and a name in quotes"
    return Match(Confidence.CERTAIN if mark == "'" else Confidence.LIKELY, evidence)


def _in_quotes(who: str | None, mark: str) -> bool:
    return who is not None and len(who) > 1 and who[0] == who[-1] == mark


def _quote_mark(export: Export) -> str:
    """Return the quotes that the names of a file stand in."""
    heads = heads_of(export, _ANY_HEADER).found
    return max(_QUOTES, key=lambda mark: sum(_in_quotes(head["who"], mark) for head in heads))


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times."""
    kind, name = chat_of_name(export)
    chat = TextChat.of(export, wechat_chat(name=name, kind=kind))
    mark = _quote_mark(export)
    header = rf"^(?P<at>{AT}) {mark}(?P<who>.*){mark}$"
    apart = heads_of(export, header).stand_apart
    rooms = {name} if kind == "group" else set()
    for frame in read_transcript(export, issues, header, first="0123456789", apart=apart):
        yield chat.batch(read_texts(_read(timed(frame, export, issues), rooms)))


def chat_of_name(export: Export) -> tuple[str, str]:
    """Return kind and name of the chat as WeFlow names its files: ``群聊_<name>_<dates>``."""
    label = _LABEL.match(export.stem)
    if label is None:
        return "unknown", ""
    return _KINDS[label[1]], without_dates(label[2]) or label[2]


def _read(rows: pl.DataFrame, rooms: set[str]) -> pl.DataFrame:
    """Tell notices from people, and replies from quotes; ``rooms`` learns the group's name."""
    who, content = pl.col("who"), pl.col("content")
    rows = rows.with_columns(content=content.str.strip_suffix("\n"))
    notice = content.str.contains(QUOTED_NOTICE)
    rooms.update(rows.filter(notice, content.str.contains(_ABOUT_THE_GROUP))["who"].drop_nulls())
    room = who.is_in(list(rooms)).fill_null(False)
    reply = ~notice & content.str.ends_with("]") & content.str.contains("[引用 ", literal=True)
    parts = pl.when(reply).then(content).str.extract_groups(_REPLY).struct
    folder = content.str.extract(_SAVED, 1)
    return rows.with_columns(
        _kind=folder.replace_strict(_SAVED_KINDS, default=None, return_dtype=pl.String),
        _said=pl.when(folder == "files").then(content.str.extract(_SAVED, 2)),
        sender_name=pl.when(~room).then(who),
        # What the group itself is said to have sent is a notice, unless it is a medium.
        system=notice | (room & (content.str.contains(ANY_NOTICE) | ~content.str.contains(r"^\["))),
        content=pl.coalesce(parts[0], content),
        quoted_sender=parts[1],
        quoted_text=parts[2],
    )


PARSER = Parser(
    name="wechat-weflow-txt",
    title="WeFlow text",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "WeFlow: export the group as TXT.",
        "WeFlow:导出群聊,格式选 TXT。",
    ),
)
