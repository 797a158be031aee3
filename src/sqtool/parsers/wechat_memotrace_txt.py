r"""WeChatMsg 1.x and MemoTrace 2.x / 3.x (留痕): plain text.

留痕 WeChatMsg 1.x 与 MemoTrace 2.x / 3.x 的 TXT 文本。

A record is a header ``YYYY-MM-DD HH:MM:SS name``, the body, an empty line. Version 1.x prints a
notice on the header's line, in the place of the name, without a body; later versions print it under
a bare time. A quote follows the reply: ``引用:name:text``, later ``引用：name: text``. There are no
ids; version 1.x leaves out red packets, transfers, mini programs and forwards.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat import ANY_NOTICE
from sqtool.parsers._wechat_text import (
    AT,
    TextChat,
    heads_of,
    is_qq,
    read_texts,
    timed,
    wechat_chat,
)

_HEADER = rf"^(?P<at>{AT})(?: (?P<who>.*))?$"
_QUOTE = (
    r"^((?s:.+?))\n引用(?:[:：](?:未知|无效的消息)|:([^:\n]+):((?s:.*))|：([^\n]+?): ((?s:.*)))$"
)
_UNKNOWN_TYPE = r"^\d{1,15}\n\{(?s:.*)\}$"
_QUOTED_IN_TURN = r"(?s)\n引用[:：].*$"
_USUALLY = 0.8
_OTHER_TOOL = ("[文本]", "[提示]", "[被引用的消息][文本]")
"""Labels that a QQ database tool prints under such headers; this one prints no label on texts."""


def sniff(export: Export) -> Match:
    """Look for ``time name`` lines behind empty ones, and for what tells other tools' apart."""
    heads = heads_of(export, _HEADER)
    if not heads.begins or not heads.stand_apart:
        return NO_MATCH
    named = [name for match in heads.found if (name := match["who"]) is not None]
    quoted = sum(len(name) > 1 and name[0] == name[-1] in "'\"" for name in named)
    numbers = sum(is_qq(name) for name in named)
    if max(quoted, numbers) >= _USUALLY * len(heads.found):
        return NO_MATCH
    lines = export.head_text.replace("\r\n", "\n").split("\n")
    if any(line in _OTHER_TOOL for line in lines):
        return NO_MATCH
    bare = len(heads.found) - len(named)
    found = f"{len(heads.found)} lines of a date, a time and a name behind empty ones"
    if bare and any(line.startswith("【") or "引用：" in line for line in lines):
        return Match(Confidence.CERTAIN, f"{found}, bare times over notices, 【】 or 引用")
    return Match(Confidence.LIKELY if len(heads.found) > 1 else Confidence.WEAK, found)


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times."""
    chat = TextChat.of(export, wechat_chat())
    apart = heads_of(export, _HEADER).stand_apart
    for frame in read_transcript(export, issues, _HEADER, first="0123456789", apart=apart):
        rows = timed(frame, export, issues)
        yield chat.batch(read_texts(_read(rows)))


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    """Tell notices from people, and replies from quotes."""
    who, body = pl.col("who"), pl.col("content").str.strip_suffix("\n")
    rows = rows.with_columns(content=body)
    empty = pl.col("content") == ""
    # A notice of version 1.x may run over several lines: it begins in the place of the name.
    whole = pl.when(empty).then(who).otherwise(pl.concat_str("who", "content", separator="\n"))
    speakers = rows.filter(~empty, ~whole.str.contains(ANY_NOTICE))["who"].unique()
    one_line = whole.str.contains(ANY_NOTICE) | (empty & ~who.is_in(speakers.to_list()))
    one_line = (one_line & (who != "")).fill_null(False)
    rows = rows.with_columns(
        content=pl.when(one_line).then(whole).otherwise("content"),
        system=one_line | who.is_null(),
        _kind=pl.when(pl.col("content").str.contains(_UNKNOWN_TYPE)).then(pl.lit("other")),
    )
    quoting = ~pl.col("system") & pl.col("content").str.contains("\n引用", literal=True)
    parts = pl.col("content").str.extract_groups(_QUOTE).struct
    quotes = rows.with_row_index("_row").filter(quoting)
    read = quotes.select(
        "_row",
        _reply=parts[0],
        quoted_sender=pl.coalesce(parts[1], parts[3]),
        quoted_text=pl.coalesce(parts[2], parts[4]).str.replace(_QUOTED_IN_TURN, ""),
    )
    return (
        rows.with_row_index("_row")
        .join(read, on="_row", how="left", maintain_order="left")
        .with_columns(content=pl.coalesce("_reply", "content"))
        .rename({"who": "sender_name"})
        .drop("_row", "_reply")
    )


PARSER = Parser(
    name="wechat-memotrace-txt",
    title="WeChatMsg / MemoTrace (留痕) text",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "WeChatMsg / MemoTrace: export the group as TXT.",
        "留痕 WeChatMsg / MemoTrace:导出群聊,格式选 TXT。",
    ),
)
