"""Notices that stand in a copied QQ window without a header: below the message before them.

They have no time of their own, so they take the time of that message. Somebody may type the same
words: only whole lines behind an empty line, at the end of what was copied as one message, count.
"""

from typing import Final

import polars as pl

_NAME: Final = r"[^\n，。！？,!?：:]{1,40}"
_NAMES: Final = r"[^\n，。！？,!?：:]{1,200}"
_GROUP: Final = "(?:本群|群聊|该群)。?"
_NOTICE: Final = (
    rf"(?:{_NAME}撤回了一条(?:成员)?消息(?:[ ,，]*重新编辑)?|{_NAME}邀请{_NAMES}加入了?{_GROUP}"
    rf"|{_NAME}加入了?{_GROUP}|{_NAME}退出了?{_GROUP}|{_NAME}被[^\n]{{0,40}}移出了?{_GROUP}"
    r"|你和[^\n]{1,40}有\d+个共同好友，点击添加好友。?)"
)
_BREAK: Final = r"[ \t\r]*\n"
_TOLD: Final = rf"(?s)^(.*?)[ \t\r]*((?:(?:^|\n){_BREAK}\s*{_NOTICE}[ \t\r]*)+)\s*$"


def with_bare_notices(rows: pl.DataFrame) -> pl.DataFrame:
    """Make records of the notices at the end of messages.

    Args:
        rows: ``text`` (String) and what else the records have.

    Returns:
        The rows and, behind each, its notices; ``bare_notice`` (Boolean) tells them apart.
    """
    parts = rows["text"].str.extract_groups(_TOLD).struct.unnest()
    rows = rows.with_columns(
        bare_notice=False, _row=pl.int_range(pl.len()), _own=parts["1"], _told=parts["2"]
    )
    told = rows.filter(pl.col("_told").is_not_null())
    if told.is_empty():
        return rows.drop("_row", "_own", "_told")
    rows = rows.with_columns(text=pl.coalesce("_own", "text"))
    told = told.with_columns(text=pl.col("_told").str.split("\n"), bare_notice=True).explode("text")
    told = told.with_columns(pl.col("text").str.strip_chars()).filter(pl.col("text") != "")
    both = pl.concat([rows, told]).sort("_row", maintain_order=True)
    return both.drop("_row", "_own", "_told")
