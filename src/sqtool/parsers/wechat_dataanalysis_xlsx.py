"""WeChatDataAnalysis: Excel workbook, one folder a chat, in a zip or unpacked.

WeChatDataAnalysis 导出的 Excel：每个会话一个文件夹，装在压缩包里或已解压。

The sheet 消息 has the shown names only; the sheet 会话信息 has the chat's id and the moment of the
export. A message without any text is printed as JSON. Times are local.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._wechat import (
    QUOTED_NOTICE,
    Company,
    clean_notices,
    from_clock,
    oldest_first,
    talker_kind,
    with_mentions,
)
from sqtool.parsers._xlsx import find_table, read_table
from sqtool.schema import KIND

_NAMES = ("时间", "发送者", "消息类型", "内容", "本地 ID", "服务 ID")
_FACTS = ("字段", "值")
_KINDS = {
    "text": "text", "system": "system", "quote": "text", "image": "image", "voice": "voice",
    "video": "video", "emoji": "sticker", "voip": "call", "link": "link", "file": "file",
    "transfer": "transfer", "redPacket": "red_packet", "location": "location",
    "chatHistory": "forward",
}  # fmt: skip
_MASK = r"^\[[^\[\]\n]{1,8}\]$"
_MASKED_NAME = r"^成员#\d+$"
_DUMPED = r'^\{(?s:.*)"renderType":'


def sniff(export: Export) -> Match:
    """Recognise the headings of the messages."""
    if find_table(export, *_NAMES) is not None:
        return Match(Confidence.CERTAIN, "sheet with 发送者, 本地 ID, 服务 ID (WeChatDataAnalysis)")
    return NO_MATCH


def meta_beside(export: Export) -> list[Export]:
    """Return the description beside the workbook: it repeats the sheet of facts."""
    found = export.beside("meta.json")
    return [found] if found is not None else []


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times."""
    table = find_table(export, *_NAMES)
    if table is None:
        raise UnreadableError(
            t("no WeChatDataAnalysis sheet", "没有 WeChatDataAnalysis 的消息表"), where=export.title
        )
    chat = _chat(export)
    frame = read_table(export, table)
    rows = frame.with_columns(wall_at=from_clock(frame["时间"]))
    for line in rows.filter(pl.col("wall_at").is_null())["line"]:
        issues.add("bad-timestamp", export.title, line)
    messages = _read(rows.filter(pl.col("wall_at").is_not_null()), chat)
    company = Company({chat.name}, own_known=False)
    company.add(messages, pl.lit(False))
    kind = chat.kind if chat.kind != "unknown" else company.kind
    yield RawBatch(replace(chat, kind=kind), oldest_first(messages))


def _chat(export: Export) -> RawChat:
    facts: dict[str, str] = {}
    table = find_table(export, *_FACTS)
    if table is not None:
        listed = read_table(replace(export, on_read=None), table)
        facts = dict(listed.select(_FACTS).drop_nulls().iter_rows())
    room, name = facts.get("用户名"), facts.get("会话")
    kind = talker_kind(room or "")
    flag = facts.get("是否群聊", "").lower()
    if flag in ("true", "false"):
        kind = "group" if flag == "true" else "private"
    return RawChat(
        key=room or name or export.folder,
        strong=bool(room),
        platform="wechat",
        name=name or room or export.folder,
        kind=kind,
        exported_at=_exported(facts.get("导出时间")),
        has_mentions=True,
    )


def _exported(printed: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(printed) if printed else None
    except ValueError:
        return None


def _read(rows: pl.DataFrame, chat: RawChat) -> pl.DataFrame:
    content, who = pl.col("内容"), pl.col("发送者")
    kind = pl.col("消息类型").replace_strict(_KINDS, default="other", return_dtype=pl.String)
    notice = (kind == "other") & content.str.contains(QUOTED_NOTICE)
    rows = rows.with_columns(
        kind=pl.when(notice).then(pl.lit("system")).otherwise(kind).fill_null("other").cast(KIND),
        内容=pl.when((content != "") & ~content.str.contains(_DUMPED)).then(content),
    )
    kind = pl.col("kind")
    system, mark = kind == "system", content.str.contains(_MASK)
    # In privacy mode all there is of a text is a mark; elsewhere such a text is an emoji.
    hidden = mark & ((kind != "text") | who.str.contains(_MASKED_NAME))
    text = (
        pl.when(hidden | kind.is_in(["image", "voice", "video", "sticker", "forward"]))
        .then(None)
        .when(system)
        .then(clean_notices(rows["内容"]))
        .otherwise(content)
    )
    server_id = pl.col("服务 ID").str.strip_chars()
    # A member without a name is shown by its id, a notice by the room's.
    nobody = who.is_in([chat.name, chat.key]) if chat.kind == "group" else pl.lit(False)
    return with_mentions(
        rows.select(
            "line",
            "wall_at",
            "kind",
            message_id=pl.when(server_id.str.contains(r"^[1-9]\d{0,19}$")).then(server_id),
            sender_name=pl.when(~system & ~nobody & (who != "")).then(who),
            text=pl.when(text != "").then(text),
            quoted_text=pl.when((kind == "forward") & ~mark).then(content),
        )
    )


PARSER = Parser(
    name="wechat-dataanalysis-xlsx",
    title="WeChatDataAnalysis Excel",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("chat-id", "seconds", "message-ids", "mentions", "joins", "recalls"),
    obtain=(
        "WeChatDataAnalysis: export the group as Excel; give the zip or its folder.",
        "WeChatDataAnalysis:导出群聊,格式选 Excel,给出压缩包或文件夹。",
    ),
    owns=meta_beside,
)
