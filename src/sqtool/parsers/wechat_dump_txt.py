r"""wechat-dump (Android databases): plain text.

wechat-dump(安卓数据库)导出的文本。

A record is ``type|name:YYYY-MM-DD HH:MM:SS:text``, with ``|img:path`` behind some; further lines
stand as they are. Types are those of the Android database. Own rows are headed ``me``. Notices are
not exported, and of a reply only its own words.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat import kind_of
from sqtool.parsers._wechat_text import AT, TextChat, heads_of, read_texts, timed, wechat_chat

_HEADER = rf"^(?P<type>-?\d{{1,12}})\|(?P<who>.*?):(?P<at>{AT}):"
_SELF = "me"
_ANDROID_KINDS = {
    16777265: "link",
    285212721: "link",
    318767153: "system",
    419430449: "transfer",
    436207665: "red_packet",
    822083633: "text",  # a reply
    1040187441: "share",  # music
    1048625: "sticker",
    1090519089: "file",
    -1879048186: "location",
    -1879048176: "location",
}
_IMAGE = r"\|img:[^\n]*$"
_MARK = r"^(?:\[[A-Z][A-Z ]*\]|[A-Z]{3,12}:) ?\n?"
_SAYS = ("link", "file", "share", "red_packet", "transfer", "location")


def sniff(export: Export) -> Match:
    """Look for lines of a type, a name and a time."""
    heads = heads_of(export, _HEADER)
    if not heads.begins:
        return NO_MATCH
    return Match(Confidence.LIKELY, f"{len(heads.found)} lines type|name:date time:")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times."""
    facts = replace(wechat_chat(), self_name=_SELF, has_replies=False)
    chat = TextChat.of(export, facts, own_known=True)
    for frame in read_transcript(export, issues, _HEADER, first="-0123456789"):
        yield chat.batch(read_texts(_read(timed(frame, export, issues))))


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("type").cast(pl.Int64)
    known = code.replace_strict(_ANDROID_KINDS, default=None, return_dtype=pl.String)
    rows = rows.with_columns(
        _kind=pl.coalesce(known, kind_of(code, pl.lit(None, pl.Int64)).cast(pl.String)),
        content=pl.col("content").str.replace(_IMAGE, ""),
    )
    text = pl.col("_kind") == "text"
    said = pl.when(pl.col("_kind").is_in(_SAYS)).then(pl.col("content").str.replace(_MARK, ""))
    return rows.select(
        "line",
        "wall_at",
        sender_name=pl.when(pl.col("who") != "").then("who"),
        content="content",
        _said=said,
        system=pl.col("_kind") == "system",
        # A text may still be a mark that the tool prints for a type it knows nothing of.
        _kind=pl.when(~text).then("_kind"),
    )


PARSER = Parser(
    name="wechat-dump-txt",
    title="wechat-dump text",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "mentions"),
    obtain=(
        "wechat-dump (Android): dump-msg.py writes a text per chat.",
        "wechat-dump(安卓):dump-msg.py 为每个会话写一个文本。",
    ),
)
