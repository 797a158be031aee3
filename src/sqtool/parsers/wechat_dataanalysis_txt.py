r"""WeChatDataAnalysis: plain text, a folder a chat, in a zip or unpacked.

WeChatDataAnalysis 导出的 TXT:每个会话一个文件夹,装在压缩包里或已解压。

``会话: name (id)`` and other facts, then records ``[YYYY-MM-DD HH:MM:SS] name(id): text`` and
notices ``[…] [系统] text``; further lines stand as they are. In privacy mode names are ``成员#n``.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat import same_as_id, talker_kind
from sqtool.parsers._wechat_text import AT, TextChat, first_lines, read_texts, timed, wechat_chat

_HEADER = rf"^\[(?P<at>{AT})\] "
_TALKER = re.compile(r"^会话[:：] ?(.*?)(?: ?\(([^()\s]+)\))?$")
_ACCOUNT = re.compile(r"^账号[:：] ?(\S+)$")
_EXPORTED = re.compile(r"^导出时间[:：] ?(\S.*)$")
_AVATAR = r"(?: \[avatar=[^\]\n]*\])?"
_WITH_ID = rf"^([^\n]*?)\(([-_.@A-Za-z0-9]+)\){_AVATAR}: ?((?s:.*))$"
_BARE = rf"^([^:\n]+?){_AVATAR}: ?((?s:.*))$"
_SYSTEM = r"^\[系统\] ?"
_MASKED_NAME = r"^成员#\d+$"
_MASKED_TEXT = r"^\[(?:文本|系统|系统消息)\]$"
_SPOKEN = r"^\[语音\](?s:.*?) 转写=((?s:.*))$"
_PATH = r"^(\[(?:图片|视频|语音|表情|动画表情|文件)\]) \S*/\S+$"


def sniff(export: Export) -> Match:
    """Look for the facts at the top."""
    lines = first_lines(export, 8)
    if not lines or not lines[0].startswith("会话: "):
        return NO_MATCH
    if any(_ACCOUNT.match(line) or _EXPORTED.match(line) for line in lines[1:]):
        return Match(Confidence.CERTAIN, "first lines 会话, 账号, 导出时间 of WeChatDataAnalysis")
    return NO_MATCH


def owns(export: Export) -> list[Export]:
    """Return the description beside the messages: it repeats their head."""
    meta = export.beside("meta.json")
    return [meta] if meta is not None else []


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records of the one chat, block by block; clock times."""
    lines = first_lines(export, 8)
    talker = next((found for line in lines if (found := _TALKER.match(line))), None)
    account = next((found[1] for line in lines if (found := _ACCOUNT.match(line))), None)
    room = talker[2] if talker else None
    name = (talker[1] if talker else "") or room or export.folder
    chat = TextChat.of(
        export,
        replace(
            wechat_chat(
                key=room or name,
                strong=room is not None,
                name=name,
                kind=talker_kind(room) if room else "unknown",
            ),
            has_replies=False,
            self_id=account,
            exported_at=_moment(lines),
        ),
        own_known=account is not None,
    )
    for frame in read_transcript(export, issues, _HEADER, first="[", heading=True):
        yield chat.batch(read_texts(_read(timed(frame, export, issues))))


def _moment(lines: list[str]) -> datetime | None:
    printed = next((found[1] for line in lines if (found := _EXPORTED.match(line))), "")
    try:
        return datetime.fromisoformat(printed)
    except ValueError:
        return None


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    content = pl.col("content")
    system = content.str.contains(_SYSTEM)
    said = pl.when(~system).then(content)
    full, bare = (said.str.extract_groups(p).struct for p in (_WITH_ID, _BARE))
    rows = rows.select(
        "line",
        "wall_at",
        sender_id=full[1],
        sender_name=pl.coalesce(full[0], bare[0]).str.strip_chars_end(" "),
        content=pl.when(system)
        .then(content.str.replace(_SYSTEM, ""))
        .otherwise(pl.coalesce(full[2], bare[1], content)),
        system=system,
    )
    masked = pl.col("sender_name").str.contains(_MASKED_NAME).fill_null(False)
    hidden = (masked | pl.col("system")) & pl.col("content").str.contains(_MASKED_TEXT)
    return rows.with_columns(
        sender_name=same_as_id(pl.col("sender_name"), pl.col("sender_id")),
        # Hidden in privacy mode: the message counts, its text is not known.
        content=pl.when(hidden)
        .then(pl.lit(""))
        .otherwise(
            pl.col("content").str.replace(_SPOKEN, "[语音转文字]$1").str.replace(_PATH, "$1")
        ),
        _kind=pl.when(hidden).then(pl.lit("text")),
    )


PARSER = Parser(
    name="wechat-dataanalysis-txt",
    title="WeChatDataAnalysis text",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "mentions", "joins", "recalls"),
    obtain=(
        "WeChatDataAnalysis: export the group as TXT and give the zip (JSON tells more).",
        "WeChatDataAnalysis:导出群聊,格式选 TXT,直接给压缩包(JSON 更完整)。",
    ),
    owns=owns,
)
