"""Messages as one table of plain columns, for CSV and workbooks."""

from zoneinfo import ZoneInfo

import polars as pl

from sqtool.normalise import Normalised
from sqtool.schema import FLAT
from sqtool.writers._base import Losses


def flat_messages(messages: pl.DataFrame, chat: dict[str, object], tz: ZoneInfo) -> pl.DataFrame:
    """Return messages with the columns of ``FLAT``, all String but ``reactions``.

    Args:
        messages: ``MESSAGES`` of one chat.
        chat: Its row of ``CHATS``.
        tz: Zone of the printed times; they carry their offset.
    """
    lists = {name for name, dtype in messages.schema.items() if isinstance(dtype, pl.List)}
    return messages.select(
        pl.lit(chat["name"], pl.String).alias("chat_name")
        if name == "chat_name"
        else pl.col(name).dt.convert_time_zone(str(tz)).dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
        if name == "sent_at"
        else _json_list(name)
        if name in lists
        else pl.col(name)
        if name == "reactions"
        else pl.col(name).cast(pl.String)
        for name in FLAT
    )


def _json_list(name: str) -> pl.Expr:
    """Write a list as a JSON array: ids and names may hold any separator."""
    text = pl.struct(pl.col(name).alias("v")).struct.json_encode()
    inner = text.str.strip_prefix('{"v":').str.strip_suffix("}")
    return pl.when(pl.col(name).is_not_null()).then(inner).alias(name)


def tell_facts_lost(chat: Normalised, losses: Losses) -> None:
    """Say what a table of messages alone does not hold of a chat."""
    members = chat.members
    # A list rebuilt from joins and leaves is rebuilt when the table is read.
    if chat.chat["has_roster"] and chat.chat["roster_source"] != "events":
        listed = members.filter("in_roster")
        losses.add(listed.height, "places on the member list", "个成员名单上的位置")
        losses.add(
            int(listed["joined_at"].is_not_null().sum()),
            "dates of joining (except where a notice tells them)",
            "入群时间(系统消息里有的除外)",
        )
    losses.add(
        int((members["account_name"] != members["display_name"]).sum()),
        "names of accounts beside the name in the group",
        "个群名片之外的账号昵称",
    )
    losses.add(
        int(members["role"].is_not_null().sum()), "roles of members", "成员身份(群主、管理员)"
    )
    losses.add(int(members["is_bot"].fill_null(False).sum()), "bot marks", "机器人标记")
    facts = sum(chat.chat[name] is not None for name in ("exported_at", "self_id", "member_count"))
    losses.add(
        facts,
        "facts of the chat (export moment, own account, member count)",
        "群信息(导出时刻、本人账号、人数)",
    )
