"""MemoTrace 2.x / 3.x (留痕): CSV with Chinese headings.

留痕 MemoTrace 2.x / 3.x：中文表头的 CSV。

There are no ids and no own flag: people are their shown names. The group's id is only in the name
of the folder, ``<title>(<id>)``. Notices have the group's name as sender. Times are local.
"""

from collections.abc import Iterator

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._wechat import (
    Company,
    chat_of_path,
    clean_notices,
    from_clock,
    oldest_first,
    talker_kind,
    with_mentions,
)
from sqtool.schema import KIND

_NAMES = ("消息ID", "类型", "发送人", "时间", "内容")
_KINDS = {
    "文本": "text",
    "图片": "image",
    "视频": "video",
    "语音": "voice",
    "表情包": "sticker",
    "音视频通话": "call",
    "文件": "file",
    "位置分享": "location",
    "分享链接": "link",
    "红包": "red_packet",
    "转账": "transfer",
    "引用消息": "text",
    "合并转发的聊天记录": "forward",
    "小程序": "share",
    "视频号": "share",
    "音乐分享": "share",
    "收藏笔记": "share",
    "个人/公众号名片": "contact",
    "企业微信名片": "contact",
    "系统消息": "system",
    "拍一拍": "system",
    "未知类型": "other",
}
_MARK = r"^【[^】\n]{1,12}】[:：]?\s*"
_TITLE = r"(?m)^标题[:：]\s*(.*)$"
_FILE_NAME = r"^(.+?\.[A-Za-z0-9]{1,8})(?: .*)?$"
_QUOTE = r"^((?s:.*?))(?:^|\n)引用[:：](?:([^\n]+?)(?:: |：)((?s:.*))|(?s:.*))$"


def sniff(export: Export) -> Match:
    """Recognise the header by its set of names."""
    if set(read_header(export).names) >= set(_NAMES):
        return Match(Confidence.CERTAIN, "CSV header with 消息ID, 类型, 发送人, 时间, 内容")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times."""
    header = read_header(export)
    if not set(header.names) >= set(_NAMES):
        raise UnreadableError(
            t("no MemoTrace CSV header", "没有 MemoTrace 的 CSV 表头"), where=export.title
        )
    room, title = chat_of_path(export)
    company = Company({title}, own_known=False)
    for frame in read_rows(export, issues, header):
        rows = frame.with_columns(wall_at=from_clock(frame["时间"]))
        for line in rows.filter(pl.col("wall_at").is_null())["line"]:
            issues.add("bad-timestamp", export.title, line)
        messages = _read(rows.filter(pl.col("wall_at").is_not_null()))
        company.add(messages, pl.lit(False))
        chat = RawChat(
            key=room or title,
            strong=room is not None,
            platform="wechat",
            name=title,
            kind=talker_kind(room) if room else company.kind,
            has_replies=True,
            has_mentions=True,
        )
        yield RawBatch(chat, oldest_first(messages))


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    kind = (
        pl.col("类型").str.strip_chars().replace_strict(_KINDS, default="other").fill_null("other")
    )
    rows = rows.with_columns(kind=kind.cast(KIND))
    system = pl.col("kind") == "system"
    content = pl.col("内容")
    quoting = pl.col("类型") == "引用消息"
    rows = rows.with_columns(
        text=pl.when(system)
        .then(clean_notices(rows["内容"]))
        .when(quoting & content.str.contains(_QUOTE))
        .then(content.str.extract(_QUOTE, 1))
        .when(pl.col("kind") == "text")
        .then("内容")
        .otherwise(_label()),
        quoted_sender=pl.when(quoting).then(content.str.extract(_QUOTE, 2)),
        quoted_text=pl.when(quoting)
        # What the quoted message quoted in turn is somebody else's.
        .then(content.str.extract(_QUOTE, 3).str.replace(r"(?s)\n引用[:：].*$", ""))
        .when(pl.col("kind") == "forward")
        .then(content.str.replace(_MARK, "").str.strip_chars("\n")),
        message_id=pl.col("消息ID").str.strip_chars("\t '"),
    )
    named = pl.col("发送人") != ""
    return with_mentions(
        rows.select(
            "line",
            "wall_at",
            "kind",
            message_id=pl.when(pl.col("message_id").str.contains(r"^[1-9]\d{0,19}$")).then(
                "message_id"
            ),
            sender_name=pl.when(~system & named).then("发送人"),
            **{
                name: pl.when(pl.col(name) != "").then(name)
                for name in ("text", "quoted_sender", "quoted_text")
            },
        )
    )


def _label() -> pl.Expr:
    """Return what a media record says besides its kind: a title, a file name, a greeting."""
    content = pl.col("内容")
    bare = content.str.replace(_MARK, "")
    kind = pl.col("kind")
    nothing = kind.is_in(["image", "video", "forward"]) | (pl.col("类型") == "未知类型")
    return (
        pl.when(nothing)
        .then(None)
        .when(kind.is_in(["link", "share"]))
        .then(pl.coalesce(content.str.extract(_TITLE, 1), bare))
        .when(kind == "file")
        .then(pl.coalesce(bare.str.extract(_FILE_NAME, 1), bare))
        .otherwise(bare)
    )


PARSER = Parser(
    name="wechat-memotrace-csv",
    title="MemoTrace (留痕) CSV",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("seconds", "replies", "mentions", "joins", "recalls", "message-ids"),
    obtain=(
        "MemoTrace 2.x / 3.x: export the group as CSV.",
        "留痕 MemoTrace 2.x / 3.x:导出群聊,格式选 CSV。",
    ),
)
