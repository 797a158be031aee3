"""Words for notices that came as structure: the interchange format knows only their text."""

from typing import Final

import polars as pl

from sqtool.parsers._notices import read_notices
from sqtool.schema import WEAK_ID

_WITH_ACTOR: Final = {
    "invite": '"{A}"邀请"{T}"加入了群聊',
    "qr_join": '"{T}"通过扫描"{A}"分享的二维码加入群聊',
    "removed": '"{T}"被"{A}"移出群聊',
    "poke": '"{A}" 拍了拍 "{T}"',
    "rename": '"{A}"修改群名',
    "recall": '"{A}" 撤回了一条消息',
    "mute": '"{T}"被"{A}"禁言',
    "pinned": '"{A}"置顶了一条消息',
    "announcement": '"{A}"发布了群公告',
    "admin": '"{T}"被添加为群管理员',
    "owner": '"{T}"已成为新群主',
}
_ALONE: Final = {
    "join": '"{T}"加入了群聊',
    "invite": '"{T}"加入了群聊',
    "qr_join": '"{T}"加入了群聊',
    "leave": '"{T}"退出了群聊',
    "removed": '"{T}"被移出群聊',
    "admin": '"{T}"被添加为群管理员',
    "owner": '"{T}"已成为新群主',
    "mute": '"{T}"被禁言',
    "recall": "撤回了一条消息",
}


def with_wordings(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Give every notice a text that is read back as the event it is.

    Args:
        rows: ``MESSAGES`` of one chat.
        names: member_id, display_name.

    Returns:
        The rows; notices whose own wording does not say what happened have another one.
    """
    system = pl.col("kind").cast(pl.String) == "system"
    notices = rows.with_row_index("row").filter(system, pl.col("event").is_not_null())
    if notices.is_empty():
        return rows
    read = read_notices(notices["text"].fill_null(""))
    mute = (read["event"] != notices["event"]) | (
        notices["target_ids"].is_not_null() & read["target_names"].is_null()
        & read["target_ids"].is_null()
    )  # fmt: skip
    silent = notices.filter(mute)
    if silent.is_empty():
        return rows
    called = {key: name or str(key).removeprefix(WEAK_ID) for key, name in names.iter_rows()}
    words = [
        _words(event, actor, targets, called)
        for event, actor, targets in silent.select(
            pl.col("event").cast(pl.String), "actor_id", "target_ids"
        ).iter_rows()
    ]
    told = silent.select("row", told=pl.Series(words, dtype=pl.String))
    return (
        rows.with_row_index("row")
        .join(told, on="row", how="left", maintain_order="left")
        .with_columns(text=pl.coalesce("told", "text"))
        .drop("row", "told")
    )


def _words(
    event: str, actor: str | None, targets: list[str] | None, called: dict[str, str]
) -> str | None:
    def name(key: str) -> str:
        # A quotation mark inside a name would end it.
        return called.get(key, key.removeprefix(WEAK_ID)).replace('"', "'")

    pattern = (_WITH_ACTOR if actor else _ALONE).get(event) or _ALONE.get(event)
    if pattern is None or ("{T}" in pattern and not targets):
        return None
    shown = "、".join(name(key) for key in targets or ())
    return pattern.replace("{T}", shown).replace("{A}", name(actor) if actor else "")
