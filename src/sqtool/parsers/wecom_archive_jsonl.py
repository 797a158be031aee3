"""WeCom message archive, decrypted: one JSON object per message, in lines or in an array.

企业微信「会话内容存档」解密后的 JSON：每条消息一个对象，一行一个或在一个数组里。

There are no names, no joins, no leaves, and a recalled message stays, with a record of its recall
behind it. ``tolist`` holds the receivers of one message: people of the chat, but not all of them.
All chats of a company may be in one file. As handed out by the server the records are encrypted:
such a file is refused, and says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MEMBERS,
    RAW_MESSAGES,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._json import read_array, read_object
from sqtool.parsers._json_items import instants, text_of, texts
from sqtool.parsers._json_lines import read_lines
from sqtool.parsers._json_peek import outline
from sqtool.parsers._wecom import KINDS, Record, people, said, without_quotes
from sqtool.schema import KIND

_ENVELOPE: Final = "chatdata"
_SEALED: Final = "encrypt_chat_msg"


def sniff(export: Export) -> Match:
    """Look at the keys of the first record."""
    keys = _first_keys(export)
    if _SEALED in keys:
        return Match(Confidence.CERTAIN, "encrypted records of the WeCom message archive")
    if keys >= {"msgid", "action"} and (keys & {"tolist", "msgtype"} or keys >= {"user", "time"}):
        return Match(Confidence.CERTAIN, "records with msgid, action, msgtype: WeCom archive")
    if keys >= {"msgid", "msgtime", "msgtype", "tolist"}:
        return Match(Confidence.LIKELY, "records with msgid, msgtime, msgtype, tolist")
    return NO_MATCH


def _first_keys(export: Export) -> frozenset[str]:
    seen = outline(export)
    if seen.root == "array":
        return seen.item_keys()
    if seen.root == "object" and seen.is_array(_ENVELOPE):
        return seen.item_keys(_ENVELOPE)
    # Of lines the outline is that of the first.
    return frozenset(seen.fragments) | frozenset(seen.scalars)


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records by chat, in file order.

    Raises:
        UnreadableError: If the records are still encrypted.
    """
    if _SEALED in _first_keys(export):
        raise UnreadableError(
            t("the archive is still encrypted", "存档还没有解密"),
            where=export.title,
            hint=t(
                "decrypt it with the private key of the company first (DecryptData of the SDK)",
                "请先用企业的私钥解密(SDK 的 DecryptData)",
            ),
        )
    chats: dict[str, RawChat] = {}
    known: dict[str, dict[str, None]] = {}
    aside: dict[str, list[int]] = {}
    for items, records in _records(export, issues):
        rows = _frame(items, records, aside, known)
        for (key,), mine in rows.group_by("_chat", maintain_order=True):
            chat = chats.setdefault(str(key), _chat(str(key), group=mine["_group"][0]))
            yield RawBatch(chat, mine.select(n for n in RAW_MESSAGES if n in mine.columns))
    for detail, lines in aside.items():
        issues.add("not-a-message", export.title, lines[0], rows=len(lines), detail=detail)
    for key, chat in chats.items():
        yield RawBatch(replace(chat, members=_members(list(known[key]))), pl.DataFrame())


def _records(export: Export, issues: IssueLog) -> Iterator[tuple[list[Record], Sequence[int]]]:
    seen = outline(export)
    if seen.root == "array":
        yield from read_array(export, issues, Record)
    elif seen.is_array(_ENVELOPE):
        for part in read_object(export, issues, arrays={_ENVELOPE: Record}):
            yield part.value, part.records
    else:
        yield from read_lines(export, issues, Record)


def _chat(key: str, *, group: bool) -> RawChat:
    return RawChat(
        key=key,
        strong=True,
        platform="wecom",
        name=key,
        kind="group" if group else "private",
        has_replies=True,
    )


def _members(ids: list[str]) -> pl.DataFrame:
    missing = {name: pl.lit(None, dtype) for name, dtype in RAW_MEMBERS.items()}
    frame = pl.DataFrame({"member_id": ids}, schema={"member_id": pl.String})
    # A robot's id begins with wb, an outside contact's with wm or wo.
    robot = pl.col("member_id").str.contains(r"^wb[-_A-Za-z0-9]{20,}$")
    return frame.with_columns(**{n: v for n, v in missing.items() if n != "member_id"}).select(
        *(pl.col(name) for name in RAW_MEMBERS if name != "is_bot"), is_bot=robot
    )


def _frame(
    items: list[Record],
    records: Sequence[int],
    aside: dict[str, list[int]],
    known: dict[str, dict[str, None]],
) -> pl.DataFrame:
    """Lay the records out as columns.

    Args:
        items: The records.
        records: Their numbers.
        aside: Gets the numbers of those that are no message of any chat, by reason.
        known: Gets the people of each chat, in the order they turn up.
    """
    kept: list[Record] = []
    lines: list[int] = []
    for item, line in zip(items, records, strict=True):
        why = None
        if item.action == "switch":
            why = "somebody changed accounts: not a message of any chat"
        elif item.encrypt_chat_msg is not None and item.msgtype is None:
            why = "still encrypted"
        elif text_of(item.sender) is None and text_of(item.roomid) is None:
            why = "neither sender nor room"
        if why is None:
            kept.append(item)
            lines.append(line)
        else:
            aside.setdefault(why, []).append(line)
    chats: list[str] = []
    groups: list[bool] = []
    for item in kept:
        there, room = people([item.sender, *people(item.tolist)]), text_of(item.roomid)
        chats.append(room or "|".join(sorted(there)))
        groups.append(room is not None)
        known.setdefault(chats[-1], {}).update(dict.fromkeys(there))
    spoken = [said(item) for item in kept]
    types = [item.msgtype if isinstance(item.msgtype, str) else "" for item in kept]
    recalls = [item.action == "recall" or item.msgtype == "revoke" for item in kept]
    rows = pl.DataFrame(
        {
            "line": lines,
            "sent_at": instants([item.msgtime for item in kept]),
            "message_id": texts([item.msgid for item in kept]),
            "sender_id": texts([item.sender for item in kept]),
            "text": [one[0] for one in spoken],
            "quoted_text": [one[1] for one in spoken],
            "_kind": [
                "system" if gone else KINDS.get(name, "other")
                for name, gone in zip(types, recalls, strict=True)
            ],
            "_recall": recalls,
            "_group": groups,
            "_chat": chats,
        },
        schema_overrides={
            "line": pl.UInt32, "text": pl.String, "quoted_text": pl.String, "_kind": pl.String,
            "_recall": pl.Boolean, "_group": pl.Boolean, "_chat": pl.String,
        },
    )  # fmt: skip
    system = pl.col("_kind") == "system"
    event = pl.when("_recall").then(pl.lit("recall")).when(system).then(pl.lit("other"))
    rows = rows.with_columns(
        kind=pl.col("_kind").cast(KIND),
        event=event.cast(RAW_MESSAGES["event"]),
        actor_id=pl.when(system).then("sender_id"),
        sender_id=pl.when(~system).then("sender_id"),
    )
    return without_quotes(rows)


PARSER = Parser(
    name="wecom-archive-jsonl",
    title="WeCom message archive",
    platform="wecom",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "message-ids", "zone", "seconds", "replies", "recalls"),
    obtain=(
        "WeCom: fetch and decrypt the message archive, one JSON object a line.",
        "企业微信:拉取「会话内容存档」并解密,每行一个 JSON。",
    ),
)
