"""What WeFlow, EchoTrace and CipherTalk print for one message: labels, placeholders, quotes.

The three grew out of one another: the same labels of types, the same marks in square brackets. What
is read here is one record; sheets, JSON objects and pages only carry it.
"""

from typing import Final

import polars as pl

from sqtool.parsers._wechat import (
    QUOTED_NOTICE,
    clean_notices,
    is_quote,
    is_room,
    kind_of,
    same_as_id,
    with_mentions,
)
from sqtool.schema import KIND

_KIND_BY_LABEL: Final = {
    "文本消息": "text", "图片消息": "image", "语音消息": "voice", "名片消息": "contact",
    "视频消息": "video", "动画表情": "sticker", "位置消息": "location", "链接消息": "link",
    "通话消息": "call", "系统消息": "system", "引用消息": "text", "音乐消息": "share",
    "群公告": "share", "转账消息": "transfer", "文件消息": "file", "聊天记录": "forward",
    "小程序消息": "share", "红包消息": "red_packet",
    # EchoTrace's own
    "红包卡片": "red_packet", "转账卡片": "transfer", "卡片式链接": "link", "图文消息": "link",
    "小程序分享": "share", "聊天记录合并转发": "forward", "拍一拍消息": "system",
    "视频号直播卡片": "share",
}  # fmt: skip
_NUMBER_LABEL: Final = r"^未知类型[(（](\d{1,18})[)）]$"
_MARK: Final = r"^\[(?:链接|小程序|文件|位置|音乐|视频号|视频号直播|笔记|红包)\] ?"
"""What stands before a title; the marks of 接龙 and 群公告 stay: they say what the text is."""
_FORWARDED: Final = r"^\[(?:转发的)?聊天记录\]"
_KIND_BY_MARK: Final = {
    "红包": "red_packet", "转账": "transfer", "文件": "file", "位置": "location",
    "小程序": "share", "音乐": "share", "视频号": "share", "视频号直播": "share", "笔记": "share",
    "群公告": "share", "接龙": "share", "语音通话": "call", "视频通话": "call",
}  # fmt: skip
"""For labels that say nothing (其他消息) or call every card a link."""


def with_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``kind``, and ``_quote``: whether the record is a reply.

    Args:
        rows: ``content``, ``_label`` (the printed type), and ``_type``, ``_sub`` (the client's
            codes), null in formats that print the label only.
    """
    label, content = pl.col("_label"), pl.col("content")
    type_code = pl.coalesce("_type", label.str.extract(_NUMBER_LABEL).cast(pl.Int64, strict=False))
    by_label = label.fill_null("文本消息").replace_strict(
        _KIND_BY_LABEL, default="other", return_dtype=pl.String
    )
    by_mark = content.str.extract(r"^\[([^\[\]|\n]{1,6})\]").replace_strict(
        _KIND_BY_MARK, default=None, return_dtype=pl.String
    )
    by_code = kind_of(type_code, pl.col("_sub")).cast(pl.String)
    # An app message without a sub-type says less than its label.
    vague = type_code.is_null() | ((type_code == 49) & pl.col("_sub").is_null())
    kind = pl.when(vague).then(by_label).otherwise(by_code)
    kind = (
        pl.when((label == "系统消息").fill_null(False))
        .then(pl.lit("system"))
        .when((kind == "link") & content.str.contains(_FORWARDED))
        .then(pl.lit("forward"))
        .when(type_code.is_null() & by_mark.is_not_null() & kind.is_in(["link", "other"]))
        .then(by_mark)
        .when(type_code.is_null() & (kind == "other") & content.str.contains(QUOTED_NOTICE))
        .then(pl.lit("system"))
        .otherwise(kind)
    )
    return rows.with_columns(
        kind=kind.cast(KIND),
        _quote=is_quote(pl.col("_type"), pl.col("_sub")).fill_null(False)
        | (pl.col("_label") == "引用消息").fill_null(False),
    )


def with_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Set apart what the author said from marks, titles and quotes; take senders off notices.

    Args:
        rows: Result of ``with_kinds``, with ``sender_id``, ``sender_name``, ``quoted_sender``,
            ``quoted_text``, ``mention_ids`` and ``_title`` (of a link, where it is given apart).

    Returns:
        The rows with ``text`` and mentions; the other columns pass through.
    """
    kind, content = pl.col("kind").cast(pl.String), pl.col("content")
    system = kind == "system"
    titled = content.str.replace(_MARK, "")
    marked = content.str.contains(_MARK)
    own_part = (
        pl.when(system | (kind == "text"))
        .then(content)
        .when(kind == "link")
        .then(pl.coalesce("_title", titled.str.extract(r"^([^\n]*)")))
        .when(kind.is_in(["share", "red_packet"]))
        .then(titled)
        .when(kind.is_in(["file", "location"]) & marked)
        .then(titled)
        .when((kind == "other") & ~content.str.contains(r"^\[[^\[\]\n]*\]$"))
        .then(content)
    )
    bare = own_part.str.contains(
        r"^\[(?:链接|红包|小程序|音乐|视频号|笔记|群公告|接龙|位置|文件)\]$"
    )
    rows = rows.with_columns(
        text=pl.when(~(bare.fill_null(False) & ~system)).then(own_part),
        quoted_text=pl.when(kind == "forward")
        .then(pl.when(~content.str.contains(rf"{_FORWARDED}$")).then(content))
        .otherwise("quoted_text"),
    )
    rows = _without_quotes(rows)
    # Who recalled is told by the wording; the sender given counts only if that names them.
    named = pl.col("text").str.contains("撤回", literal=True) & pl.col("text").str.contains(
        pl.concat_str(pl.lit('"'), "sender_name", pl.lit('"')), literal=True
    )
    person = ~is_room(pl.col("sender_id"))
    rows = rows.with_columns(
        sender_id=pl.when(person & (~system | named.fill_null(False))).then("sender_id"),
        sender_name=pl.when(~system & person.fill_null(True)).then(
            same_as_id(pl.col("sender_name"), pl.col("sender_id"))
        ),
        text=pl.when(system).then(clean_notices(rows["text"])).otherwise("text"),
        mention_ids=pl.when(~system).then("mention_ids"),
    )
    rows = with_mentions(rows)
    return rows.with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in ("text", "quoted_text")
    )


def _without_quotes(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut ``[引用 名：文]`` off the end of replies; complete the quote where it was only there."""
    quoting = rows.with_row_index("_row").filter(
        pl.col("_quote"), pl.col("text").str.contains("[引用 ", literal=True)
    )
    if quoting.is_empty():
        return rows
    replies: list[str | None] = []
    senders: list[str | None] = []
    quoted: list[str | None] = []
    for text, name, words in quoting.select("text", "quoted_sender", "quoted_text").iter_rows():
        start = text.find(f"[引用 {name}：") if name else -1
        if start < 0:
            start = text.find("[引用 ")
        whole = text.endswith("]")
        head, _, tail = text[start + 4 : -1 if whole else None].partition("：")
        if name and text.startswith(f"[引用 {name}：", start):
            head, tail = name, text[start + 5 + len(name) : -1 if whole else None]
        replies.append(text[:start] if whole else text)
        senders.append(name or (head if whole and tail else None))
        quoted.append(words or (tail if whole and tail else None))
    read = pl.DataFrame(
        {"_row": quoting["_row"], "_reply": replies, "_by": senders, "_words": quoted},
        schema_overrides={"_reply": pl.String, "_by": pl.String, "_words": pl.String},
    )
    return (
        rows.with_row_index("_row")
        .join(read, on="_row", how="left", maintain_order="left")
        .with_columns(
            text=pl.coalesce("_reply", "text"),
            quoted_sender=pl.coalesce("_by", "quoted_sender"),
            quoted_text=pl.coalesce("_words", "quoted_text"),
        )
        .drop("_row", "_reply", "_by", "_words")
    )
