"""PyWxDump (WeChat 3.x): JSON, with the names in users.json beside it.

PyWxDump(微信 3.x)：JSON，名字在旁边的 users.json 里。

An array of records, in one file or several. Up to version 3.0 the text was in ``content``. Red
packets are of type 未知. Times are local.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json import read_array
from sqtool.parsers._json_items import texts
from sqtool.parsers._json_peek import outline
from sqtool.parsers._json_scan import loads
from sqtool.parsers._pywxdump import Chats, read_users, users_beside


class Item(msgspec.Struct, gc=False):
    """One record."""

    MsgSvrID: Any = None
    type_name: Any = None
    is_sender: Any = None
    talker: Any = None
    room_name: Any = None
    msg: Any = None
    content: Any = None
    CreateTime: Any = None


def sniff(export: Export) -> Match:
    """Look at the keys of the first record."""
    seen = outline(export)
    keys = seen.item_keys() if seen.root == "array" else frozenset()
    if keys >= {"MsgSvrID", "type_name", "talker", "room_name", "CreateTime"}:
        return Match(Confidence.CERTAIN, "array of records with MsgSvrID, type_name, room_name")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records by chat, block by block; clock times."""
    chats = Chats(export, issues, read_users(export, issues))
    for items, numbers in read_array(export, issues, Item):
        yield from chats.batches(_columns(items, numbers))


def _columns(items: list[Item], numbers: Sequence[int]) -> pl.DataFrame:
    said = [i.msg if i.msg is not None else _inner(i.content) for i in items]
    return pl.DataFrame(
        {
            "line": pl.Series(numbers, dtype=pl.UInt32),
            "MsgSvrID": texts([i.MsgSvrID for i in items]),
            "type_name": texts([i.type_name for i in items]),
            "is_sender": texts([int(i.is_sender in (1, "1", True)) for i in items]),
            "talker": texts([i.talker for i in items]),
            "room_name": texts([i.room_name for i in items]),
            "msg": texts(said),
            "CreateTime": texts([i.CreateTime for i in items]),
        }
    )


def _inner(content: Any) -> Any:
    """Return the text inside the old ``content``: an object, or one written as a text."""
    if isinstance(content, str) and content.lstrip().startswith("{"):
        try:
            found = loads(content.encode())
        except ValueError:
            return content
        return found.get("msg", content) if isinstance(found, dict) else content
    return content.get("msg") if isinstance(content, dict) else content


PARSER = Parser(
    name="wechat-pywxdump-json",
    title="PyWxDump JSON",
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
        "PyWxDump: export the group as JSON; keep users.json in the same folder.",
        "PyWxDump:导出群聊,格式选 JSON;users.json 要留在同一文件夹。",
    ),
    owns=users_beside,
)
