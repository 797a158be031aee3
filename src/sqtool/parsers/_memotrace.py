"""What MemoTrace (留痕 2.x / 3.x) writes for one message, in its CSV and its workbook alike."""

import polars as pl

from sqtool.parsers._wechat import clean_notices, with_mentions
from sqtool.schema import KIND

NAMES = ("消息ID", "类型", "发送人", "时间", "内容")
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


def read_messages(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the rows of a table.

    Args:
        rows: The columns ``NAMES``, ``line`` and ``wall_at``.

    Returns:
        Columns of ``RAW_MESSAGES``, in the same order of rows.
    """
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
