"""The ChatLab interchange format, 0.0.1 and 0.0.2: what its JSON and JSONL files share.

``members`` counts as the group's whole member list only if it names somebody who never speaks,
other than the exporting user, and the writer is not one known to list people from forwarded
messages (WeFlow): many writers list only those who speak. ``ownerId`` is the exporting user, not
the group's owner: that is a role.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MEMBERS, RAW_MESSAGES, RawBatch, RawChat
from sqtool.parsers._json_items import (
    MILLISECONDS_FROM,
    instants,
    moment,
    numbers,
    text_of,
    texts,
)
from sqtool.parsers._notices import read_notices
from sqtool.parsers._wechat import clean_notices, same_as_id, with_mentions
from sqtool.schema import EVENT, INSTANT, KIND

KINDS: Final = {
    0: "text", 1: "image", 2: "voice", 3: "video", 4: "file", 5: "sticker", 7: "link",
    8: "location", 20: "red_packet", 21: "transfer", 22: "system", 23: "call", 24: "share",
    25: "text", 26: "forward", 27: "contact", 80: "system", 81: "system", 99: "other",
}  # fmt: skip
_POKE, _REPLY, _RECALL = 22, 25, 81
_PLATFORMS: Final = {"weixin": "wechat", "wx": "wechat"}
_SYSTEM_SENDERS: Final = ("SYSTEM", "system", "System", "系统消息", "系统")
_MEDIA: Final = ("image", "voice", "video", "sticker", "call", "contact", "transfer")
_PLACEHOLDER = (
    r"^(?:[\[【][^\[\]【】\n]{1,40}[\]】].{0,80}"
    r"|\S+\.(?:jpe?g|png|gif|webp|mp4|mov|mp3|wav|silk|amr|m4a))$"
)
_MARK = r"^\[(?:链接|小程序|文件|位置|红包)\] ?"


class Record(msgspec.Struct, gc=False, rename={"line": "_type"}):
    """A message, a member or a header: what each has is told by ``_type`` or by where it stands."""

    line: Any = None
    chatlab: Any = None
    meta: Any = None
    platformId: Any = None
    accountName: Any = None
    groupNickname: Any = None
    roles: Any = None
    sender: Any = None
    timestamp: Any = None
    type: Any = None
    content: Any = None
    platformMessageId: Any = None
    replyToMessageId: Any = None
    chatRecords: Any = None


@dataclass
class ChatLabFile:
    """What is learnt of one file while its records pass by."""

    export: Export
    issues: IssueLog
    chat: RawChat
    by_weflow: bool = False
    members: dict[str, tuple[str | None, str | None, str | None]] = field(default_factory=dict)
    speakers: set[str] = field(default_factory=set)
    milliseconds: int = 0
    as_text: int = 0
    unknown: int = 0

    def batch(self, messages: list[Any], records: Sequence[int]) -> RawBatch:
        """Turn decoded messages into a batch."""
        return RawBatch(self.chat, self._frame(messages, records))

    def add_members(self, people: Iterable[Any]) -> None:
        """Take members; a later mention of the same one completes an earlier one."""
        for one in people:
            key = text_of(one.platformId)
            if key is None or key in _SYSTEM_SENDERS:
                continue
            nickname, account, role = self.members.get(key, (None, None, None))
            self.members[key] = (
                text_of(one.groupNickname) or nickname,
                text_of(one.accountName) or account,
                _role(one.roles) or role,
            )

    def close(self) -> RawBatch:
        """Return the facts known only at the end, and note what was odd."""
        for count, code, detail in (
            (self.milliseconds, "millisecond-times", "times are in milliseconds, not in seconds"),
            (self.as_text, "text-times", "times are texts, not numbers"),
            (self.unknown, "unknown-kind", "messages have a type the format does not define"),
        ):
            if count:
                self.issues.add(code, self.export.title, rows=0, detail=f"{count} {detail}")
        chat = self.chat
        silent = set(self.members) - self.speakers - {chat.self_id, *_SYSTEM_SENDERS}
        frame = self._member_frame() if self.members else None
        complete = bool(silent) and not self.by_weflow
        chat = replace(chat, members=frame, members_complete=complete)
        return RawBatch(chat, pl.DataFrame())

    def _member_frame(self) -> pl.DataFrame:
        shown = list(self.members.values())
        return pl.DataFrame(
            {
                "member_id": list(self.members),
                "display_name": [nickname for nickname, _, _ in shown],
                "account_name": [
                    account if account != key else None
                    for key, (_, account, _) in self.members.items()
                ],
                "role": [role for _, _, role in shown],
                "joined_at": pl.Series([None] * len(shown), dtype=INSTANT),
                "is_bot": pl.Series([None] * len(shown), dtype=pl.Boolean),
            },
            schema=RAW_MEMBERS,
        )

    def _frame(self, messages: list[Any], records: Sequence[int]) -> pl.DataFrame:
        stamps = [m.timestamp for m in messages]
        self.as_text += list(map(type, stamps)).count(str)
        self.milliseconds += sum(type(s) is int and s >= MILLISECONDS_FROM for s in stamps)
        names = [m.groupNickname or m.accountName for m in messages]
        rows = pl.DataFrame(
            {
                "line": pl.Series(records, dtype=pl.UInt32),
                "sent_at": instants(stamps),
                "message_id": texts([m.platformMessageId for m in messages]),
                "sender_id": texts([m.sender for m in messages]),
                "sender_name": texts(names),
                "content": texts([m.content for m in messages]),
                "reply_to_id": texts([m.replyToMessageId for m in messages]),
                "_type": numbers([m.type for m in messages]),
                "_forwarded": pl.Series([bool(m.chatRecords) for m in messages], dtype=pl.Boolean),
            }
        )
        rows = self._with_kinds(rows)
        spoke = rows.filter(pl.col("kind") != "system")["sender_id"].drop_nulls().unique()
        self.speakers.update(spoke.to_list())
        return _with_texts(rows, self.chat.platform)

    def _with_kinds(self, rows: pl.DataFrame) -> pl.DataFrame:
        code, content = pl.col("_type"), pl.col("content")
        self.unknown += rows.filter(~code.is_in(list(KINDS)) | code.is_null()).height
        kind = code.replace_strict(KINDS, default="other", return_dtype=pl.String)
        kind = pl.when(pl.col("_forwarded")).then(pl.lit("forward")).otherwise(kind)
        if self.by_weflow:
            # It has no code of its own for these.
            kind = (
                pl.when((code == 7) & content.str.contains(r"^\[(?:转发的)?聊天记录\]"))
                .then(pl.lit("forward"))
                .when((code == 7) & content.str.contains(r"^(?:恭喜发财，大吉大利|\[红包\].*)$"))
                .then(pl.lit("red_packet"))
                .when((code == 99) & content.str.starts_with("[转账]"))
                .then(pl.lit("transfer"))
                .otherwise(kind)
            )
        sender = pl.col("sender_id")
        nobody = sender.is_in(_SYSTEM_SENDERS) | sender.str.ends_with("@chatroom")
        if self.chat.strong and self.chat.kind == "group":
            nobody |= sender == self.chat.key
        nobody |= sender.is_null() & pl.col("sender_name").is_in(_SYSTEM_SENDERS)
        nobody = nobody.fill_null(False)
        return rows.with_columns(
            kind=pl.when(nobody).then(pl.lit("system")).otherwise(kind).cast(KIND),
            sender_id=pl.when(~nobody).then("sender_id"),
        )


def _role(roles: Any) -> str | None:
    ids = [r.get("id") for r in roles if isinstance(r, dict)] if isinstance(roles, list) else []
    return next((role for role in ("owner", "admin") if role in ids), "member" if ids else None)


def chatlab_file(export: Export, issues: IssueLog, chatlab: Any, meta: Any) -> ChatLabFile:
    """Start a file from its header.

    Args:
        export: The file.
        issues: Of the run.
        chatlab: Value of ``chatlab``; anything but an object says nothing.
        meta: Value of ``meta``, likewise.
    """
    head = chatlab if isinstance(chatlab, dict) else {}
    meta = meta if isinstance(meta, dict) else {}
    group, name = text_of(meta.get("groupId")), text_of(meta.get("name"))
    platform = text_of(meta.get("platform")) or "unknown"
    kind = meta.get("type")
    chat = RawChat(
        key=group or name or export.stem,
        strong=group is not None,
        platform=_PLATFORMS.get(platform.lower(), platform.lower()),
        name=name or group or export.stem,
        kind=kind if kind in ("group", "private") else "unknown",
        exported_at=moment(head.get("exportedAt")),
        self_id=text_of(meta.get("ownerId")),
        has_replies=True,
    )
    writer = f"{text_of(head.get('generator'))} {text_of(head.get('description'))}"
    return ChatLabFile(export, issues, chat, by_weflow="weflow" in writer.lower())


def _with_texts(rows: pl.DataFrame, platform: str) -> pl.DataFrame:
    kind, content, code = pl.col("kind").cast(pl.String), pl.col("content"), pl.col("_type")
    system = kind == "system"
    rows = rows.with_columns(
        text=pl.when(kind == "forward")
        .then(None)
        .when(kind.is_in(_MEDIA) & content.str.contains(_PLACEHOLDER))
        .then(None)
        .when(kind.is_in(["link", "share", "file", "location", "red_packet"]))
        .then(content.str.replace(_MARK, ""))
        .otherwise(content),
        quoted_text=pl.when(kind == "forward").then(content),
        quoted_sender=pl.lit(None, pl.String),
    )
    bare = kind.is_in(["link", "file", "location", "red_packet", "share", "other"]) & pl.col(
        "text"
    ).str.contains(r"^\[[^\[\]\n]{1,12}\]$")
    rows = rows.with_columns(text=pl.when(~bare.fill_null(False)).then("text"))
    rows = _without_quotes(rows)
    if platform == "wechat":
        rows = rows.with_columns(
            text=pl.when(system).then(clean_notices(rows["text"])).otherwise("text")
        )
        rows = with_mentions(rows)
    recalls = (code == _RECALL) & system
    rows = rows.with_columns(_poked=_unread_pokes(rows))
    poke = pl.col("_poked") & system
    real = pl.col("sender_id").is_not_null()
    # A recall without a person is read from its wording, if it has one.
    told = recalls & (real | ~pl.col("text").str.contains(r"撤回|收回|recalled").fill_null(False))
    event = pl.when(told).then(pl.lit("recall")).when(poke).then(pl.lit("poke"))
    acts = recalls | (code == _POKE)
    named = pl.col("text").str.contains("撤回", literal=True) & pl.col("text").str.contains(
        pl.col("sender_name"), literal=True
    )
    rows = rows.with_columns(
        event=event.cast(EVENT),
        actor_id=pl.when(told | poke).then("sender_id"),
        sender_id=pl.when(~system | acts | named.fill_null(False)).then("sender_id"),
        sender_name=pl.when(~system).then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
    )
    rows = rows.with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in ("text", "quoted_text")
    )
    keep = [name for name in RAW_MESSAGES if name in rows.columns]
    return rows.select(pl.col(name).cast(RAW_MESSAGES[name]) for name in keep)


def _unread_pokes(rows: pl.DataFrame) -> pl.Series:
    """Whether a row is a poke whose wording does not tell so."""
    poke = rows["_type"] == _POKE
    wordings = rows["text"].filter(poke.fill_null(False)).fill_null("")
    if wordings.is_empty():
        return pl.repeat(False, rows.height, eager=True)
    unread = wordings.filter(read_notices(wordings)["event"] != "poke").unique()
    return poke.fill_null(False) & rows["text"].fill_null("").is_in(unread.implode())


_QUOTE_FRONT = r"^\[回复 ((?s:.*?))[:：] ?((?s:.*?))\]\n?((?s:.*))$"
_QUOTE_BACK = r"^((?s:.*))\[引用 ([^：\n]*)：((?s:.*))\]$"


def _without_quotes(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut the quote that converters leave in the text of a reply (type 25)."""
    text = pl.col("text")
    reply = pl.col("_type") == _REPLY
    front = reply & text.str.contains(_QUOTE_FRONT)
    back = reply & ~front & text.str.contains(_QUOTE_BACK)
    return rows.with_columns(
        text=pl.when(front)
        .then(text.str.extract(_QUOTE_FRONT, 3))
        .when(back)
        .then(text.str.extract(_QUOTE_BACK, 1))
        .otherwise(text),
        quoted_sender=pl.when(front)
        .then(text.str.extract(_QUOTE_FRONT, 1))
        .when(back)
        .then(text.str.extract(_QUOTE_BACK, 2))
        .otherwise("quoted_sender"),
        quoted_text=pl.when(front)
        .then(text.str.extract(_QUOTE_FRONT, 2))
        .when(back)
        .then(text.str.extract(_QUOTE_BACK, 3))
        .otherwise("quoted_text"),
    )
