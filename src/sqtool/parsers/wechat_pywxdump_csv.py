"""PyWxDump (WeChat 3.x): CSV pages, with the names in users.json beside them.

PyWxDump(微信 3.x)：分页的 CSV，名字在旁边的 users.json 里。

Pages hold 5,000 records each and are named ``<room id>_<from>_<to>.csv``; the room's id joins them.
Up to version 3.0 the text was in a column ``content``, as JSON. Red packets are of type 未知. Times
are local.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._pywxdump import Chats, read_users, users_beside

_NAMES = ("MsgSvrID", "type_name", "is_sender", "talker", "room_name", "CreateTime")
_TEXTS = frozenset(["msg", "content"])


def sniff(export: Export) -> Match:
    """Recognise the header by its set of names."""
    names = set(read_header(export).names)
    if names >= set(_NAMES) and names & _TEXTS:
        return Match(Confidence.CERTAIN, "CSV header with MsgSvrID, type_name, room_name")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records by chat; clock times."""
    header = read_header(export)
    if not (set(header.names) >= set(_NAMES) and _TEXTS & set(header.names)):
        raise UnreadableError(
            t("no PyWxDump CSV header", "没有 PyWxDump 的 CSV 表头"), where=export.title
        )
    chats = Chats(export, issues, read_users(export, issues))
    for rows in read_rows(export, issues, header):
        said = pl.col("msg") if "msg" in rows.columns else inner_text(pl.col("content"))
        yield from chats.batches(rows.select("line", *_NAMES, msg=said))


def inner_text(content: pl.Expr) -> pl.Expr:
    """Return the text inside the JSON of the old column ``content``; other contents as they are."""
    found = content.str.json_path_match("$.msg")
    empty = content.str.contains(r'^\s*\{.*"msg":\s*""')
    return pl.when(empty).then(None).otherwise(pl.coalesce(found, content))


PARSER = Parser(
    name="wechat-pywxdump-csv",
    title="PyWxDump CSV",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "seconds",
        "message-ids",
        "replies",
        "mentions",
        "joins",
        "recalls",
        "members",
    ),
    obtain=(
        "PyWxDump: export the group as CSV; keep users.json in the same folder.",
        "PyWxDump:导出群聊,格式选 CSV;users.json 要留在同一文件夹。",
    ),
    owns=users_beside,
)
