r"""wetrace (a relative of chatlog): plain text.

wetrace(chatlog 的近亲)导出的 TXT 文本。

A record is ``[name] YYYY-MM-DD HH:MM:SS``, the content as chatlog prints it, an empty line. Notices
are headed ``系统消息``. Only notices and quotes may show ids: people are their names. The tool
writes 200,000 rows at most.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, RAW_MESSAGES, Confidence, Match, Parser, RawBatch
from sqtool.parsers._chatlog import read_contents
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat import chat_of_path
from sqtool.parsers._wechat_text import (
    AT,
    TextChat,
    heads_of,
    is_qq,
    timed,
    wechat_chat,
    without_ids,
)

_HEADER = rf"^\[(?P<who>.*)\] (?P<at>{AT})$"
_FILE_MARK = "chat_export_"
_LIMIT = 200_000


def sniff(export: Export) -> Match:
    """Look for lines of a name in square brackets and a whole time."""
    heads = heads_of(export, _HEADER)
    if not heads.begins or any(is_qq(match["who"]) for match in heads.found):
        return NO_MATCH
    found = f"{len(heads.found)} lines of a name in square brackets and a time"
    marked = export.stem.startswith(_FILE_MARK)
    return Match(Confidence.CERTAIN if marked else Confidence.LIKELY, found)


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times."""
    _, title = chat_of_path(export)
    name = title.removeprefix(_FILE_MARK).rstrip("_")
    chat = TextChat.of(export, wechat_chat(name=name))
    apart = heads_of(export, _HEADER).stand_apart
    found = 0
    for frame in read_transcript(export, issues, _HEADER, first="[", apart=apart):
        found += frame.height
        rows = timed(frame, export, issues).select(
            "line",
            "wall_at",
            sender_id=pl.lit(None, pl.String),
            sender_name=pl.when(pl.col("who") != "").then("who"),
            content=pl.col("content").str.strip_suffix("\n"),
            own=pl.lit(False),
        )
        messages = without_ids(read_contents(rows, ids=False))
        yield chat.batch(messages.select(n for n in RAW_MESSAGES if n in messages.columns))
    if found == _LIMIT:
        detail = f"exactly {found} messages, the tool's limit: others may be missing"
        issues.add("rows-may-be-missing", export.title, rows=0, detail=detail)


PARSER = Parser(
    name="wechat-wetrace-txt",
    title="wetrace text",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "wetrace: export the group as TXT.",
        "wetrace:导出群聊,格式选 TXT。",
    ),
)
