"""The first release of WeChatMsg (2023): rows of an Android database, with Chinese headings.

``用户名`` is the chat and not the sender: in groups the sender's id stands before the text, with a
colon and a line break. Nobody is named. The type codes are those of the Android client.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RawBatch, RawChat
from sqtool.parsers._csv import CsvHeader, read_rows
from sqtool.parsers._wechat import (
    ID_SHAPE,
    SELF,
    clean_notices,
    from_clock,
    is_room,
    kind_of,
    oldest_first,
    talker_kind,
    with_mentions,
)
from sqtool.parsers._wechat_xml import sub_type, title
from sqtool.schema import KIND

FIRST_NAMES = ("用户名", "消息内容", "发送时间", "消息类型", "isSend", "msgId")
_KINDS = {
    436207665: "red_packet",
    419430449: "transfer",
    1090519089: "file",
    16777265: "link",
    285212721: "link",
    1040187441: "share",
    -1879048186: "location",
    1048625: "sticker",
    570425393: "system",
    922746929: "system",  # pat
    -1879048185: "system",
}
_REPLY = 822083633
_PREFIX = r"(?s)^([^\s:]{2,64}):\n(.*)$"
_XML = r"^\s*<"


def parse_first(export: Export, issues: IssueLog, header: CsvHeader) -> Iterator[RawBatch]:
    """Yield the rows by chat; clock times."""
    for frame in read_rows(export, issues, header):
        rows = frame.with_columns(wall_at=from_clock(frame["发送时间"]))
        for line in rows.filter(pl.col("wall_at").is_null())["line"]:
            issues.add("bad-timestamp", export.title, line)
        rows = rows.filter(pl.col("wall_at").is_not_null())
        for (talker,), mine in rows.group_by("用户名", maintain_order=True):
            key = talker if isinstance(talker, str) and talker else None
            messages = _read(mine)
            chat = RawChat(
                key=key or export.stem,
                strong=key is not None,
                platform="wechat",
                name=export.stem,
                kind=talker_kind(key or ""),
                has_mentions=True,
            )
            own = (messages["sender_name"] == SELF).any()
            yield RawBatch(
                replace(chat, self_name=SELF if own else None),
                oldest_first(messages),
            )


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    talker, content = pl.col("用户名"), pl.col("消息内容").fill_null("")
    own = (pl.col("isSend") == "1").fill_null(False)
    before = content.str.extract(_PREFIX, 1)
    prefixed = is_room(talker) & ~own & before.str.contains(ID_SHAPE)
    rows = rows.with_columns(
        消息内容=pl.when(prefixed).then(content.str.extract(_PREFIX, 2)).otherwise(content),
        sender_id=pl.when(prefixed).then(before).when(~own & ~is_room(talker)).then(talker),
        _own=own,
    )
    code = pl.col("消息类型").cast(pl.Int64, strict=False).fill_null(1)
    known = code.replace_strict(_KINDS, default=None, return_dtype=pl.String)
    by_code = kind_of(pl.when(code >= 0).then(code), sub_type(content)).cast(pl.String)
    kind = pl.coalesce(pl.when(code == _REPLY).then(pl.lit("text")), known, by_code)
    rows = rows.with_columns(kind=kind.cast(KIND), _plain=code == 1)
    system, content = pl.col("kind") == "system", pl.col("消息内容")
    text = (
        pl.when(pl.col("_plain"))
        .then(content)
        .when(system)
        .then(pl.coalesce(title(content), clean_notices(rows["消息内容"])))
        .when(content.str.contains(_XML))
        .then(title(content))
    )
    return with_mentions(
        rows.select(
            "line",
            "wall_at",
            "kind",
            sender_id=pl.when(~system).then("sender_id"),
            sender_name=pl.when(pl.col("_own") & ~system).then(pl.lit(SELF)),
            text=pl.when(text != "").then(text),
        )
    )
