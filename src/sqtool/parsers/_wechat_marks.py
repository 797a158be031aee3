"""What text exports of WeChat print in place of a medium: one closed list of marks in brackets.

``[图片]``, ``[文件]name``, ``【分享链接】`` and lines, ``[图片: x.jpg(请在附件中查看)]``. Anything
else in brackets is an emoji, or somebody's typing.
"""

import re
from typing import Final

import polars as pl

_LABELS: Final = {
    "image": "图片 Photo Image Picture",
    "video": "视频 Video",
    "voice": "语音 语音转文字 Audio Voice",
    "sticker": "表情 表情包 动画表情 GIF表情 Emoji Sticker",
    "call": "通话 音视频通话 语音通话 视频通话 语音/视频通话 视频/语音通话",
    "contact": "名片 个人名片 公众号名片 企业微信名片 个人/公众号名片",
    "location": "位置 位置分享 地理位置 实时位置共享 Location",
    "file": "文件 File",
    "link": "链接 分享链接 链接/文件 Link",
    "share": "小程序 视频号 视频号直播 音乐 音乐分享 笔记 收藏笔记 群公告 接龙 分享 红包封面",
    "red_packet": "红包 Red_Packet RED_ENVELOPE",
    "transfer": "转账 发起转账 Transfer MONEY_TRANSFER",
    "forward": "聊天记录 合并转发 合并转发的聊天记录 转发的聊天记录 合并聊天记录",
    "other": "其他消息 未知类型",
}
_KIND_BY_LABEL: Final = {
    label.replace("_", " "): kind for kind, labels in _LABELS.items() for label in labels.split()
}
_ALL = "|".join(re.escape(label) for label in sorted(_KIND_BY_LABEL, key=len, reverse=True))
_MARK = (
    rf"^\s{{0,12}}(\[|【)({_ALL})(?:(?:[:：|] ?| )([^\n\]】]*))?(?:\]|】)"
    r"[:：]?[ ]?((?s:.*))$"
)
_MEASURE = r"^(?:\d+(?:\.\d+)? ?(?:s|秒|\"|″)?|local_id=\d+)$"
_TITLE = r"(?m)^ *(?:标题[:：]|title:) *(.*)$"
_FILE_NAME = r"^(.+?\.[A-Za-z0-9]{1,8})(?: .*)?$"
_MAIL_NOTE = r"\s*[(（]请在附件中查看[)）]$"


def read_marks(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the records that are a mark.

    Args:
        rows: ``content``, and ``_kind`` (String), null where nothing is known yet.

    Returns:
        The rows with ``_kind`` filled for marks, ``_text`` (a title, a file name, a greeting; null
        if there is none), and ``_forwarded`` (the messages inside a forward).
    """
    content = pl.col("content")
    maybe = rows.with_row_index("_row").filter(
        pl.col("_kind").is_null(), content.str.contains(r"^\s{0,12}[\[【]")
    )
    parts = content.str.extract_groups(_MARK).struct.rename_fields(
        ["_open", "_label", "_inside", "_after"]
    )
    found = (
        maybe.select("_row", parts.alias("_parts")).unnest("_parts").drop_nulls("_label")
    ).with_columns(
        _found=pl.col("_label").replace_strict(_KIND_BY_LABEL, return_dtype=pl.String),
        _after=pl.col("_after").str.strip_chars(),
        _inside=pl.col("_inside").str.replace(_MAIL_NOTE, ""),
    )
    kind, after = pl.col("_found"), pl.col("_after")
    # People type "[图片]" in front of a sentence; nobody types 【】, and a title may follow others.
    bare = kind.is_in(["image", "video", "sticker", "voice", "call", "contact", "other"])
    sure = (pl.col("_open") == "【") | (pl.col("_label") == "语音转文字") | ~bare
    measured = after.str.contains(_MEASURE)
    found = found.filter(sure | (after == "") | measured)
    said = pl.when(~measured & (after != "")).then(after)
    inside = pl.when(~pl.col("_inside").str.contains(_MEASURE)).then("_inside")
    text = (
        pl.when(kind.is_in(["image", "video", "forward", "other"]))
        .then(None)
        .when(kind.is_in(["link", "share"]))
        .then(pl.coalesce(said.str.extract(_TITLE, 1), inside, said))
        .when(kind == "file")
        .then(pl.coalesce(inside, said.str.extract(_FILE_NAME, 1), said))
        .otherwise(pl.coalesce(inside, said))
    )
    read = found.select(
        "_row", "_found", _text=text, _forwarded=pl.when(kind == "forward").then(said)
    )
    return (
        rows.with_row_index("_row")
        .join(read, on="_row", how="left", maintain_order="left")
        .with_columns(_kind=pl.coalesce("_kind", "_found"))
        .drop("_row", "_found")
    )
