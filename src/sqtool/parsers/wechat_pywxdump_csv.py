"""PyWxDump (WeChat 3.x): CSV pages, with the names in users.json beside them.

PyWxDump(微信 3.x)：分页的 CSV，名字在旁边的 users.json 里。

Pages hold 5,000 records each and are named ``<room id>_<from>_<to>.csv``; the room's id joins them.
Up to version 3.0 the text was in a column ``content``, as JSON; up to 2.4.8 nothing was quoted, and
the commas and quotes of that JSON stand bare. Red packets are of type 未知. Times are local.
"""

import re
from collections.abc import Iterator

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._pywxdump import Chats, read_users, users_beside

_NAMES = ("type_name", "is_sender", "talker", "room_name", "CreateTime")
_TEXTS = frozenset(["msg", "content"])
_BARE = (
    r"^\d*,(?:(?P<MsgSvrID>\d*),)?(?P<type_name>[^,]*),(?P<is_sender>[^,]*),(?P<talker>[^,]*),"
    r"(?P<room_name>[^,]*),(?P<content>\{.*\}),(?P<CreateTime>[^,]*)\r?$"
)
"""A record of the versions that quoted nothing: JSON escapes its newlines, so it is one line."""
_HEADING = r"^id,[A-Z_a-z,]+,CreateTime\r?$"


def sniff(export: Export) -> Match:
    """Recognise the header by its set of names."""
    names = set(read_header(export).names)
    if names >= set(_NAMES) and names & _TEXTS:
        told = "MsgSvrID, type_name" if "MsgSvrID" in names else "type_name, is_sender"
        return Match(Confidence.CERTAIN, f"CSV header with {told}, room_name")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records by chat; clock times."""
    header = read_header(export)
    if not (set(header.names) >= set(_NAMES) and _TEXTS & set(header.names)):
        raise UnreadableError(
            t("no PyWxDump CSV header", "没有 PyWxDump 的 CSV 表头"), where=export.title
        )
    chats = Chats(export, issues, read_users(export, issues))
    bare = "content" in header.names and _is_bare(export)
    for rows in _read_bare(export, issues) if bare else read_rows(export, issues, header):
        said = pl.col("msg") if "msg" in rows.columns else inner_text(pl.col("content"))
        # The earliest versions had no ids of messages.
        ids = pl.col("MsgSvrID") if "MsgSvrID" in rows.columns else pl.lit(None, pl.String)
        yield from chats.batches(rows.select("line", *_NAMES, msg=said, MsgSvrID=ids))


def _is_bare(export: Export) -> bool:
    lines = export.head_text.split("\n")[1:]
    return next((re.match(_BARE, line) is not None for line in lines if line.strip()), False)


def _read_bare(export: Export, issues: IssueLog) -> Iterator[pl.DataFrame]:
    """Yield what ``read_rows`` yields, of a file that was written without quoting."""
    rest, line = b"", 1
    for block in export.blocks(issues):
        whole, newline, tail = (rest + block).rpartition(b"\n")
        rest = tail
        if newline:
            yield _bare_rows(whole, line, export, issues)
            line += whole.count(b"\n") + 1
    if rest.strip():
        yield _bare_rows(rest, line, export, issues)


def _bare_rows(text: bytes, first: int, export: Export, issues: IssueLog) -> pl.DataFrame:
    lines = pl.DataFrame({"said": text.decode().split("\n")}, schema={"said": pl.String})
    rows = lines.with_row_index("line", offset=first).filter(
        pl.col("said").str.strip_chars() != "", ~pl.col("said").str.contains(_HEADING)
    )
    read = rows.select("line", pl.col("said").str.extract_groups(_BARE).struct.unnest())
    for line in read.filter(pl.col("content").is_null())["line"]:
        issues.add("bad-record", export.title, line, detail="not a record")
    return read.filter(pl.col("content").is_not_null())


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
