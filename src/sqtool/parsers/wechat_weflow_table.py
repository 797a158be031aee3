r"""WeFlow: text of early January 2026, columns set apart by tabs.

WeFlow 2026 年 1 月初的 TXT,用制表符分列。

The first line names the columns: ``序号 时间 发送者身份 消息类型 内容``, optionally with
``发送者昵称``, ``发送者微信ID``, ``发送者备注``. Newlines of a message are blanks here. Quotes have
no meaning of their own: a notice begins with one. Own rows are headed ``我``.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, RAW_MESSAGES, Confidence, Match, Parser, RawBatch
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat import QUOTED_NOTICE, SELF
from sqtool.parsers._wechat_text import TextChat, first_lines, timed, wechat_chat
from sqtool.parsers._weflow import with_kinds, with_texts
from sqtool.parsers.wechat_weflow_txt import chat_of_name

_NAMES = ("序号", "时间", "发送者身份", "消息类型", "内容")
_ID = "发送者微信ID"
_VALUE = "[^\t]*"
_VALUES = {"序号": "[0-9]+", "内容": ".*"}
_NOBODY = ("系统", "系统消息", "未知", "对方", "")


def sniff(export: Export) -> Match:
    """Recognise the names of the columns, with tabs between them."""
    if set(_names(export)) >= set(_NAMES):
        return Match(Confidence.CERTAIN, "first line 序号, 时间 … 内容 with tabs between")
    return NO_MATCH


def _names(export: Export) -> list[str]:
    first = (first_lines(export, 1) or [""])[0]
    return [name.strip() for name in first.split("\t")]


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times.

    Raises:
        UnreadableError: If there are no names of columns.
    """
    names = _names(export)
    if not set(names) >= set(_NAMES):
        raise UnreadableError(t("no WeFlow column names", "没有 WeFlow 的列名"), where=export.title)
    kind, name = chat_of_name(export)
    facts = replace(wechat_chat(name=name, kind=kind), self_name=SELF)
    chat = TextChat.of(export, facts, own_known=_ID not in names)
    own_ids: set[str] = set()
    columns = [f"(?P<c{n}>{_VALUES.get(one, _VALUE)})" for n, one in enumerate(names)]
    header = "^" + "\t".join(columns) + "$"
    renamed = {f"c{n}": one for n, one in enumerate(names)}
    for frame in read_transcript(export, issues, header, heading=True):
        frame = frame.rename(renamed)
        more = frame.filter(pl.col("content").str.strip_chars() != "")
        for line, lost in more.select("line", pl.col("content").str.count_matches("\n")).rows():
            issues.add("bad-row", export.title, line + 1, rows=lost + 1, detail="not in columns")
        rows = timed(frame.rename({"时间": "at"}), export, issues)
        if _ID in names:
            own_ids.update(rows.filter(pl.col("发送者身份") == SELF)[_ID].drop_nulls())
        yield chat.batch(_read(rows, name))
    own_ids.discard("")
    if len(own_ids) == 1:
        yield RawBatch(replace(chat.chat, self_id=own_ids.pop(), self_name=None), pl.DataFrame())


def _read(rows: pl.DataFrame, room: str) -> pl.DataFrame:
    null = pl.lit(None, pl.String)
    have = rows.columns
    identity = pl.col("发送者身份")
    nickname = pl.col("发送者昵称") if "发送者昵称" in have else null
    own = identity == SELF
    person = ~identity.is_in(_NOBODY)
    shown = pl.coalesce(pl.when(nickname != "").then(nickname), pl.when(person).then(identity))
    label = pl.col("消息类型")
    content = pl.col("内容")
    notice = (label != "系统消息") & content.str.contains(QUOTED_NOTICE)
    sender = pl.col(_ID) if _ID in have else null
    rows = rows.select(
        "line",
        "wall_at",
        sender_id=pl.when(sender != "").then(sender),
        sender_name=pl.when(own | (shown != room)).then(shown),
        content=content,
        quoted_sender=null,
        quoted_text=null,
        mention_ids=pl.lit(None, pl.List(pl.String)),
        _title=null,
        _label=pl.when(notice).then(pl.lit("系统消息")).otherwise(label),
        _type=pl.lit(None, pl.Int64),
        _sub=pl.lit(None, pl.Int64),
    )
    rows = with_texts(with_kinds(rows))
    return rows.select(name for name in RAW_MESSAGES if name in rows.columns)


PARSER = Parser(
    name="wechat-weflow-table",
    title="WeFlow text in columns",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "seconds", "replies", "mentions", "joins", "recalls"),
    obtain=(
        "WeFlow of early January 2026: export the group as TXT.",
        "2026 年 1 月初的 WeFlow:导出群聊,格式选 TXT。",
    ),
)
