"""The ChatLab interchange format 0.0.2: header, members and messages as JSON lines of bytes.

Written by its validator's rules: seconds, unique ids, an absent value is left out and never null
(``content`` excepted), every sender but ``SYSTEM`` is a member.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import polars as pl

from sqtool.normalise import Normalised
from sqtool.schema import WEAK_ID
from sqtool.writers._base import Losses
from sqtool.writers._wordings import with_wordings

VERSION: Final = "0.0.2"
_CODES: Final = {
    "text": 0, "image": 1, "voice": 2, "video": 3, "file": 4, "sticker": 5, "link": 7,
    "location": 8, "red_packet": 20, "transfer": 21, "call": 23, "share": 24, "forward": 26,
    "contact": 27, "system": 80, "other": 99,
}  # fmt: skip
_PLACEHOLDERS: Final = {
    "image": "[图片]", "voice": "[语音]", "video": "[视频]", "file": "[文件]", "sticker": "[表情]",
    "link": "[链接]", "location": "[位置]", "red_packet": "[红包]", "transfer": "[转账]",
    "call": "[通话]", "share": "[分享]", "contact": "[名片]",
}  # fmt: skip
_REPLY: Final = 25
_RECALL: Final = 81
_SYSTEM: Final = "SYSTEM"
_SYSTEM_NAME: Final = "系统消息"
_NOBODY: Final = "unknown"
_PLATFORMS: Final = {"wechat": "weixin"}
_OPTIONAL: Final = ("platformMessageId", "replyToMessageId")


def header(chat: Normalised) -> dict[str, object]:
    """Return the values of ``chatlab`` and ``meta``.

    A chat without an export moment is dated by its newest message: the same input gives the same
    bytes.
    """
    facts = chat.chat
    moment = facts["exported_at"] or chat.newest()
    stamp = int(moment.timestamp()) if isinstance(moment, datetime) else 0
    name = str(facts["name"] or "").strip() or str(facts["chat_id"])
    platform = str(facts["platform"])
    meta: dict[str, object] = {
        "name": name,
        "platform": _PLATFORMS.get(platform, platform),
        "type": "private" if facts["kind"] == "private" else "group",
    }
    if chat.strong:
        meta["groupId"] = str(facts["chat_id"]).split(":", 1)[1]
    if facts["self_id"] in set(_listed(chat)["member_id"]):
        meta["ownerId"] = facts["self_id"]
    return {
        "chatlab": {"version": VERSION, "exportedAt": max(0, stamp), "generator": "sqtool"},
        "meta": meta,
    }


def members(chat: Normalised, losses: Losses) -> list[dict[str, object]]:
    """Return the members: those on the list, and everybody who speaks."""
    table = _listed(chat)
    rows: list[dict[str, object]] = []
    for row in table.iter_rows(named=True):
        key = row["member_id"]
        shown = (row["display_name"] or "").strip()
        account = (row["account_name"] or "").strip()
        one: dict[str, object] = {"platformId": key, "accountName": account or shown or key}
        if shown and account and shown != account:
            one["groupNickname"] = shown
        if row["role"] in ("owner", "admin"):
            one["roles"] = [{"id": row["role"]}]
        rows.append(one)
    silent_rows = _of_nobody(chat)
    if silent_rows:
        # Every sender must be a member: nobody is one, too.
        rows.append({"platformId": _NOBODY, "accountName": _NOBODY})
        losses.add(
            silent_rows,
            f"messages of nobody known: their sender is “{_NOBODY}”",
            f"条不知是谁发的消息:发送者写作 {_NOBODY}",
        )
    if not rows:
        # A list of members must not be empty, even where there are notices alone.
        rows.append({"platformId": _SYSTEM, "accountName": _SYSTEM_NAME})
    _tell_list(chat, losses)
    unlisted = chat.members.height - table.height
    losses.add(unlisted, "people only named in notices", "只在系统消息里出现的人")
    losses.add(
        int((table["joined_at"].is_not_null() & table["in_roster"].fill_null(False)).sum()),
        "dates of joining (except where a notice tells them)",
        "入群时间(系统消息里有的除外)",
    )
    losses.add(int(table["is_bot"].fill_null(False).sum()), "bot marks", "机器人标记")
    return rows


def _of_nobody(chat: Normalised) -> int:
    """How many messages have no sender."""
    nobody = pl.col("sender_id").is_null() & (pl.col("kind").cast(pl.String) != "system")
    return sum(
        chunk.columns("sender_id", "kind").filter(nobody).select(pl.len()).collect().item()
        for chunk in chat.chunks
    )


def _tell_list(chat: Normalised, losses: Losses) -> None:
    """Say what readers cannot know of the list of members, and of the chat.

    They take a list for complete if it names somebody who never speaks.
    """
    listed = pl.col("in_roster").fill_null(False)
    spoke = pl.col("member_id").is_in(chat.speakers["member_id"].implode())
    own = pl.col("is_self").fill_null(False)
    counts = chat.members.select(
        silent=(listed & ~spoke & ~own).sum(),
        strangers=(spoke & ~listed & pl.col("left_at").is_null()).sum(),
        listed=listed.sum(),
    ).row(0, named=True)
    if chat.chat["has_roster"] and chat.chat["roster_source"] != "events":
        if counts["silent"]:
            losses.add(
                counts["strangers"], "speakers who are not on the list", "个不在名单上的发言人"
            )
        else:
            losses.add(counts["listed"], "places on the member list", "个成员名单上的位置")
    facts = int(chat.chat["member_count"] is not None)
    facts += chat.chat["self_id"] is not None and chat.chat["self_id"] not in set(
        _listed(chat)["member_id"]
    )
    losses.add(facts, "facts of the chat (own account, member count)", "项群信息(本人账号、人数)")


def _listed(chat: Normalised) -> pl.DataFrame:
    spoke = pl.col("member_id").is_in(chat.speakers["member_id"].implode())
    return chat.members.filter(spoke | pl.col("in_roster").fill_null(False))


def messages(chat: Normalised, losses: Losses) -> Iterator[pl.Series]:
    """Yield the messages as JSON objects, chunk by chunk, in order."""
    known = set(_listed(chat)["member_id"])
    names = chat.members.select("member_id", "display_name")
    seen = pl.Series(dtype=pl.UInt64)
    for chunk in chat.chunks:
        rows = chunk.read()
        chunk.drop()
        _tell(rows, losses)
        rows = _records(with_wordings(rows, names), known)
        ids = rows["platformMessageId"]
        # Tools number differently: the same number may be another message of another tool.
        fresh = ids.is_first_distinct() & ~ids.hash().is_in(seen.implode())
        losses.add(
            int((ids.is_not_null() & ~fresh).sum()), "message ids used twice", "个重复的消息编号"
        )
        if len(chat.chunks) > 1:
            seen = pl.concat([seen, ids.drop_nulls().hash()])
        rows = rows.with_columns(platformMessageId=pl.when(fresh).then("platformMessageId"))
        yield _encoded(rows)


def _records(rows: pl.DataFrame, known: set[str]) -> pl.DataFrame:
    kind = pl.col("kind").cast(pl.String)
    system = kind == "system"
    # A recall may carry the member who made it; other notices have the reserved sender.
    recall = system & (pl.col("event").cast(pl.String) == "recall").fill_null(False)
    by_member = recall & pl.col("actor_id").is_in(list(known)).fill_null(False)
    answers = pl.col("reply_to_id").is_not_null() & (kind == "text")
    quoted = _quoted()
    code = (
        pl.when(recall)
        .then(_RECALL)
        .when(answers | (quoted & (kind == "text")))
        .then(_REPLY)
        .otherwise(kind.replace_strict(_CODES, return_dtype=pl.Int64))
    )
    said = (
        pl.when(kind == "forward")
        .then(pl.coalesce("quoted_text", "text"))
        .when(quoted & (kind == "text"))
        .then(
            pl.format("[回复 {}：{}]\n{}", pl.col("quoted_sender").fill_null(""), "quoted_text",
                      pl.col("text").fill_null(""))
        )
        .otherwise("text")
    )  # fmt: skip
    placeholder = kind.replace_strict(_PLACEHOLDERS, default=None, return_dtype=pl.String)
    name = pl.coalesce(
        pl.when(pl.col("sender_name").str.strip_chars() != "").then("sender_name"), "sender_id"
    )
    weak = pl.col("sender_id").str.strip_prefix(WEAK_ID)
    return rows.select(
        platformMessageId=pl.when(pl.col("message_id").str.strip_chars() != "").then("message_id"),
        replyToMessageId=pl.when(~system).then("reply_to_id"),
        sender=pl.when(by_member)
        .then("actor_id")
        .when(system)
        .then(pl.lit(_SYSTEM))
        .otherwise(pl.col("sender_id").fill_null(_NOBODY)),
        accountName=pl.when(by_member)
        .then("actor_id")
        .when(system)
        .then(pl.lit(_SYSTEM_NAME))
        .otherwise(pl.coalesce(name, weak, pl.lit(_NOBODY))),
        timestamp=pl.col("sent_at").dt.epoch("s"),
        type=code,
        content=pl.coalesce(said, placeholder),
    )


def _quoted() -> pl.Expr:
    """A quote that has no id to point with is written as converters do: in front of the text."""
    return (
        pl.col("reply_to_id").is_null()
        & pl.col("quoted_text").is_not_null()
        & ~pl.col("quoted_text").str.contains("]", literal=True)
        & ~pl.col("quoted_sender").fill_null("").str.contains(r"[:：\]]")
    ).fill_null(False)


def _encoded(rows: pl.DataFrame) -> pl.Series:
    """Return each row as JSON; null optional values are left out.

    Rows with the same absent values are encoded together: there are four such groups at most.
    """
    rows = rows.with_row_index("row")
    parts = []
    for (no_id, no_reply), mine in rows.group_by(
        *(pl.col(name).is_null() for name in _OPTIONAL), maintain_order=True
    ):
        absent = {
            name for name, missing in zip(_OPTIONAL, (no_id, no_reply), strict=True) if missing
        }
        fields = [name for name in mine.columns if name not in absent and name != "row"]
        parts.append(mine.select("row", text=pl.struct(fields).struct.json_encode()))
    if not parts:
        return pl.Series(dtype=pl.String)
    return pl.concat(parts).sort("row")["text"]


def _tell(rows: pl.DataFrame, losses: Losses) -> None:
    kind = pl.col("kind").cast(pl.String)
    system = kind == "system"
    typed = pl.col("text").str.contains("@", literal=True).fill_null(False)
    fraction = pl.col("sent_at").dt.microsecond() != 0
    written = _quoted() & (kind == "text")
    no_place = pl.col("quoted_text").is_not_null() & ~written
    own_words = pl.col("quoted_text").is_not_null() & pl.col("text").is_not_null()
    counts = rows.select(
        reactions=(pl.col("reactions") > 0).sum(),
        mentions=(pl.col("mention_ids").is_not_null() & ~typed & ~system).sum(),
        fraction=fraction.sum(),
        quotes=(no_place & (kind != "forward")).sum(),
        comments=(own_words & (kind == "forward")).sum(),
    ).row(0, named=True)
    losses.add(counts["reactions"], "messages with reactions", "条消息的表情回应")
    losses.add(counts["mentions"], "mentions by id alone", "条仅有编号的 @ 提及")
    losses.add(counts["fraction"], "times finer than a second", "个精确到秒以下的时间")
    losses.add(counts["quotes"], "quoted passages", "段引用原文")
    losses.add(counts["comments"], "words beside a forwarded record", "条转发记录旁的附言")
    structured = rows.filter(system, pl.col("event").cast(pl.String) != "other")
    losses.add(
        structured.height,
        "notices beyond their wording: people are named, not numbered",
        "条系统消息的结构:只保留文字,其中的人只剩名字",
    )


def line(record: dict[str, object]) -> bytes:
    """Return a record as one line of JSON."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
