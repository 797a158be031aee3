"""MemoTrace 2.x / 3.x (留痕): Excel workbook with the messages and the list of members.

留痕 MemoTrace 2.x / 3.x：Excel 工作簿，含聊天记录和成员信息。

The columns of the messages are those of the CSV. Here remark and nickname are those of the contact,
the same pair as on the sheet of members: a pair that only one member has gives the sender's id. The
group's id is only in the name of the folder. Times are local.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MEMBERS,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._memotrace import NAMES, read_messages
from sqtool.parsers._wechat import (
    Company,
    chat_of_path,
    from_clock,
    oldest_first,
    same_as_id,
    talker_kind,
)
from sqtool.parsers._xlsx import find_table, read_table

_CONTACT = ("备注", "昵称")
_MEMBER = ("wxid", "群昵称", "昵称")
_OF_A_FRIEND = "电话"
"""A heading on the sheet of a private chat, which shows the one contact."""


def sniff(export: Export) -> Match:
    """Recognise the headings of the messages, on whichever sheet."""
    if find_table(export, *NAMES) is not None:
        return Match(Confidence.CERTAIN, "sheet with 消息ID, 类型, 发送人, 时间, 内容")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times."""
    table = find_table(export, *NAMES)
    if table is None:
        raise UnreadableError(t("no MemoTrace sheet", "没有留痕的聊天记录表"), where=export.title)
    frame = read_table(export, table)
    rows = frame.with_columns(wall_at=from_clock(frame["时间"]))
    for line in rows.filter(pl.col("wall_at").is_null())["line"]:
        issues.add("bad-timestamp", export.title, line)
    rows = rows.filter(pl.col("wall_at").is_not_null())
    people, is_group = _people(export)
    messages = read_messages(rows)
    if people is not None and set(rows.columns) >= set(_CONTACT):
        said = pl.col("kind") != "system"
        messages = messages.with_columns(sender_id=_ids(rows, people)).with_columns(
            sender_id=pl.when(said).then("sender_id")
        )
    room, title = chat_of_path(export)
    company = Company({title}, own_known=False)
    company.add(messages, pl.lit(False))
    chat = RawChat(
        key=room or title,
        strong=room is not None,
        platform="wechat",
        name=title,
        kind=talker_kind(room) if room else "group" if is_group else company.kind,
        members=people.select(RAW_MEMBERS.names()) if people is not None else None,
        members_complete=people is not None and is_group,
        has_replies=True,
        has_mentions=True,
    )
    yield RawBatch(chat, oldest_first(messages))


def _people(export: Export) -> tuple[pl.DataFrame | None, bool]:
    """Return the sheet of members (``RAW_MEMBERS`` and its own names), and whether of a group."""
    table = find_table(export, *_MEMBER)
    if table is None:
        return None, False
    listed = read_table(replace(export, on_read=None), table).filter(pl.col("wxid") != "")
    if listed.is_empty():
        return None, False
    known = listed.select(
        *(pl.col(name).fill_null("") for name in _MEMBER),
        member_id="wxid",
        display_name=same_as_id(pl.col("群昵称"), pl.col("wxid")),
        account_name=same_as_id(pl.col("昵称"), pl.col("wxid")),
    )
    others = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in RAW_MEMBERS.items()
        if name not in known.columns
    ]
    known = known.unique("wxid", keep="first", maintain_order=True).with_columns(others)
    return known, _OF_A_FRIEND not in table.names


def _ids(rows: pl.DataFrame, people: pl.DataFrame) -> pl.Series:
    """Return the id of the only member whose pair of names a row shows."""
    pairs = people.select("wxid", **dict(zip(_CONTACT, map(pl.col, _MEMBER[1:]), strict=True)))
    pairs = pairs.unique(_CONTACT, keep="none")
    shown = rows.select(pl.col(name).fill_null("") for name in _CONTACT)
    return shown.join(pairs, on=_CONTACT, how="left", maintain_order="left")["wxid"]


PARSER = Parser(
    name="wechat-memotrace-xlsx",
    title="MemoTrace (留痕) Excel",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "recalls",
        "message-ids",
        "members",
    ),
    obtain=(
        "MemoTrace 2.x / 3.x: export the group as Excel.",
        "留痕 MemoTrace 2.x / 3.x:导出群聊,格式选 Excel。",
    ),
)
