"""What QQ puts in place of what is no text: placeholders in brackets, and the kinds they tell.

People type such words, too: a placeholder counts only where it is the whole of a message.
"""

from typing import Final

import polars as pl

_PACKET_ENDS: Final = (
    "请使用新版手机QQ查收红包。", "升级手机QQ最新版就能抢啦！", "请使用最新QQ PC版查收红包。",
    "你收到一个红包，请在新版手机QQ查看。",
)  # fmt: skip
_FILE: Final = r"^\[文件(?:[ :：]\s*([^\[\]\n]+))?\]$"


def bracket_kind(body: pl.Expr) -> pl.Expr:
    """Return the kind (String) of a body that begins with a bracket, as old QQ for PC prints it."""
    packet = body.str.starts_with("[QQ红包]") & pl.any_horizontal(
        body.str.ends_with(end) for end in _PACKET_ENDS
    )
    return (
        pl.when(body.str.contains(r"^(?:\[图片\]\s*)+$"))
        .then(pl.lit("image"))
        .when(body.str.contains(r"^(?:\[(?:表情|图片)\]\s*)+$"))
        .then(pl.lit("sticker"))
        .when(packet)
        .then(pl.lit("red_packet"))
        .when(body.str.contains(r"^\[闪照\]请使用"))
        .then(pl.lit("image"))
        .when(body.str.contains(r"^\[[^\[\]]+\].*请使用最新版手机QQ体验新功能$"))
        .then(pl.lit("sticker"))
        .when(body.str.contains(r"^\[群签到\]请使用|^\[发起投票\]|^\[送礼物\] "))
        .then(pl.lit("share"))
        .otherwise(pl.lit("text"))
    )


def with_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``kind`` (String) to rows by their ``text``, and leave no placeholder in it.

    Wordings of old QQ, of QQ NT and of the console logs of its bots.
    """
    text = pl.col("text").str.strip_chars()
    kind = (
        pl.when(text.is_null() | (text == ""))
        .then(pl.lit("other"))
        .when(~text.str.starts_with("["))
        .then(pl.lit("text"))
        .when(text.str.contains(r"^(?:\[(?:动画表情|表情[^\[\]]*)\]\s*)+$"))
        .then(pl.lit("sticker"))
        .when(text.str.contains(r"^\[语音[^\[\]]*\]$"))
        .then(pl.lit("voice"))
        .when(text.str.contains(r"^\[(?:视频|短视频)\]$"))
        .then(pl.lit("video"))
        .when(text.str.contains(_FILE))
        .then(pl.lit("file"))
        .when(text.str.contains(r"^\[(?:卡片消息|分享|链接|Markdown 消息)\]$"))
        .then(pl.lit("share"))
        .when(text.str.contains(r"^\[(?:转发消息|聊天记录|合并转发)\]$"))
        .then(pl.lit("forward"))
        .when(text.str.contains(r"^\[(?:QQ)?红包\]$"))
        .then(pl.lit("red_packet"))
        .when(text.str.contains(r"^\[未实现 \([^()]*\)\]$|^\[灰条消息\]$"))
        .then(pl.lit("other"))
        .otherwise(bracket_kind(text))
    )
    rows = rows.with_columns(kind=kind)
    bare = text.str.contains(r"^\[[^\[\]]*\]$") | ~pl.col("kind").is_in(["red_packet", "share"])
    return rows.with_columns(
        text=pl.when(pl.col("kind") == "text")
        .then("text")
        .when(pl.col("kind") == "file")
        .then(text.str.extract(_FILE, 1))
        .when(~bare)
        .then("text")
    )
