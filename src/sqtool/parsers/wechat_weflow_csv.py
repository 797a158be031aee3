"""WeFlow: CSV for WeClone (training of language models).

WeFlow：供 WeClone 训练用的 CSV。

People are their shown names; one's own rows are flagged. Times are exact (UTC). Replies that quote
a message are not in the file: activity read from it is too low, and a note says so. Notices come
as texts headed by the group's name.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._wechat import QUOTED_NOTICE, from_clock
from sqtool.parsers._wechat_text import TextChat, read_texts, wechat_chat
from sqtool.parsers.wechat_weflow_txt import chat_of_name
from sqtool.schema import INSTANT

_NAMES = ("MsgSvrID", "type_name", "is_sender", "talker", "msg", "CreateTime")
_KINDS = {
    "image": "image",
    "sticker": "sticker",
    "video": "video",
    "voice": "voice",
    "location": "location",
    "file": "file",
    "system": "system",
}
_TELLING = r"^\[(?:文件|位置|语音转文字)\]"
"""Marks with something behind them that is not a path."""
_ABOUT_THE_GROUP = "群聊|群名|群主|群管理员"


def sniff(export: Export) -> Match:
    """Recognise the header by its names, and that PyWxDump's room_name is absent."""
    names = set(read_header(export).names)
    if names >= set(_NAMES) and "room_name" not in names:
        return Match(Confidence.CERTAIN, "CSV header with MsgSvrID, type_name and no room_name")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; exact times."""
    header = read_header(export)
    if not set(header.names) >= set(_NAMES):
        raise UnreadableError(
            t("no WeFlow CSV header", "没有 WeFlow 的 CSV 表头"), where=export.title
        )
    kind, name = chat_of_name(export)
    facts = replace(wechat_chat(name=name, kind=kind), has_replies=False)
    chat = TextChat.of(export, facts, own_known=True)
    rooms = {name} if kind == "group" else set()
    own: set[str] = set()
    for frame in read_rows(export, issues, header):
        rows = frame.with_columns(_times(frame))
        lost = pl.col("sent_at").is_null() & pl.col("wall_at").is_null()
        for line in rows.filter(lost)["line"]:
            issues.add("bad-timestamp", export.title, line)
        rows = rows.filter(~lost)
        messages = _read(rows, rooms)
        mine = (pl.col("is_sender") == "1") & ~pl.col("talker").is_in(list(rooms))
        own.update(rows.filter(mine)["talker"].drop_nulls())
        if len(own) == 1:
            chat.chat = replace(chat.chat, self_name=next(iter(own)))
        yield chat.batch(messages)
    if len(own) > 1:
        detail = f"messages of {len(own)} names are flagged as sent by oneself: the first counts"
        issues.add("self-flag-doubtful", export.title, rows=0, detail=detail)
    detail = "the tool leaves out all replies that quote a message"
    issues.add("replies-left-out", export.title, rows=0, detail=detail)


def _times(rows: pl.DataFrame) -> list[pl.Series]:
    """Return ``sent_at``, and ``wall_at`` for what a spreadsheet program made of the times."""
    printed = rows["CreateTime"]
    exact = printed.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False)
    clock = from_clock(rows.select(pl.when(exact.is_null()).then(printed)).to_series())
    return [exact.cast(INSTANT).alias("sent_at"), clock.alias("wall_at")]


def _read(rows: pl.DataFrame, rooms: set[str]) -> pl.DataFrame:
    """Tell notices from texts; ``rooms`` learns the name that heads them."""
    who, content = pl.col("talker"), pl.col("msg").fill_null("")
    notice = content.str.contains(QUOTED_NOTICE) & content.str.contains(_ABOUT_THE_GROUP)
    rooms.update(rows.filter(notice)["talker"].drop_nulls())
    kind = pl.col("type_name").replace_strict(_KINDS, default=None, return_dtype=pl.String)
    server_id = pl.col("MsgSvrID").str.strip_chars("\t '")
    return read_texts(
        rows.select(
            "line",
            "sent_at",
            "wall_at",
            message_id=pl.when(server_id.str.contains(r"^[1-9]\d{0,19}$")).then(server_id),
            sender_name=who,
            content=content,
            system=who.is_in(list(rooms)).fill_null(False) | (kind == "system").fill_null(False),
            _kind=pl.when(~content.str.contains(_TELLING)).then(kind),
        )
    )


PARSER = Parser(
    name="wechat-weflow-csv",
    title="WeFlow CSV (WeClone)",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("zone", "seconds", "message-ids", "mentions", "joins", "recalls"),
    obtain=(
        "WeFlow: export the group as CSV (WeClone).",
        "WeFlow:导出群聊,格式选 WeClone CSV。",
    ),
)
