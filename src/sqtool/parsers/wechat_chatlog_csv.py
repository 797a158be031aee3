"""chatlog (WeChat): the CSV of its API, and wetrace's with Chinese headings.

chatlog(微信)接口导出的 CSV，以及 wetrace 的中文表头版本。

No type and no own flag: both are read from the content. Times are the clock of the computer.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._chatlog import check_senders, read_contents
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._wechat import SELF, from_clock, oldest_first, talker_kind

_ENGLISH = ("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content")
_CHINESE = ("时间", "发送人昵称", "发送人ID", "聊天对象昵称", "聊天对象ID", "内容")


def sniff(export: Export) -> Match:
    """Recognise the two headings, as sets of column names."""
    names = set(read_header(export).names)
    if names >= set(_ENGLISH):
        return Match(Confidence.CERTAIN, "CSV header with Time, Sender, Talker, Content (chatlog)")
    if names >= set(_CHINESE):
        return Match(Confidence.CERTAIN, "CSV header with 发送人ID, 聊天对象ID (wetrace)")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows by chat; clock times, contents read by the rules of ``_chatlog``."""
    header = read_header(export)
    columns = next((c for c in (_ENGLISH, _CHINESE) if set(header.names) >= set(c)), None)
    if columns is None:
        raise UnreadableError(
            t("no chatlog CSV header", "没有 chatlog 的 CSV 表头"), where=export.title
        )
    for frame in read_rows(export, issues, header):
        rows = frame.select("line", **dict(zip(_ENGLISH, map(pl.col, columns), strict=True)))
        rows = rows.with_columns(wall_at=from_clock(rows["Time"]))
        for line in rows.filter(pl.col("wall_at").is_null())["line"]:
            issues.add("bad-timestamp", export.title, line)
        rows = rows.filter(pl.col("wall_at").is_not_null())
        own = pl.col("Sender").fill_null("") == SELF
        messages = read_contents(
            rows.select(
                "line",
                "wall_at",
                "Talker",
                "TalkerName",
                content=pl.col("Content").fill_null(""),
                sender_id=pl.when(~own & (pl.col("Sender") != "")).then("Sender"),
                sender_name=pl.when(own).then(pl.lit(SELF)).otherwise("SenderName"),
                own=own,
            )
        )
        messages = check_senders(messages, export.title, issues)
        for (talker,), mine in messages.group_by("Talker", maintain_order=True):
            names = mine["TalkerName"].drop_nulls()
            yield RawBatch(
                _chat(talker, names[-1] if len(names) else None, export),
                oldest_first(mine.drop("Talker", "TalkerName")),
            )


def _chat(talker: object, name: str | None, export: Export) -> RawChat:
    key = talker if isinstance(talker, str) else None
    return RawChat(
        key=key or name or export.stem,
        strong=key is not None,
        platform="wechat",
        name=name or key or export.stem,
        kind=talker_kind(key or ""),
        has_replies=True,
        has_mentions=True,
    )


PARSER = Parser(
    name="wechat-chatlog-csv",
    title="chatlog / wetrace CSV",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "chatlog or wetrace: query the group with format=csv and save the file.",
        "chatlog 或 wetrace:查询群聊,格式选 CSV,保存。",
    ),
)
