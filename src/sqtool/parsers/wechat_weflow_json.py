"""WeFlow detailed JSON and its Arkme variant (WeChat 3.9 and 4.x).

WeFlow 导出的详细 JSON,以及 Arkme JSON。

Times are exact. The shown name follows a setting of the exporting user and may be a private remark;
the Arkme variant also carries group nicknames and nicknames, which are taken instead. Notices have
the room as sender, recalls the revoker or the exporting user: nobody is taken for the sender of a
notice unless its wording names them. ``groupMembers`` are those who appear, not the whole group.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
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
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import instants, moment, numbers, text_of, texts
from sqtool.parsers._json_peek import head_values, outline
from sqtool.parsers._wechat import clean_notices, is_quote, kind_of, same_as_id, with_mentions
from sqtool.schema import INSTANT, KIND, MENTION_ALL

_KIND_BY_LABEL: Final = {
    "文本消息": "text", "图片消息": "image", "语音消息": "voice", "名片消息": "contact",
    "视频消息": "video", "动画表情": "sticker", "位置消息": "location", "链接消息": "link",
    "通话消息": "call", "系统消息": "system", "引用消息": "text", "音乐消息": "share",
    "群公告": "share", "转账消息": "transfer", "文件消息": "file", "聊天记录": "forward",
    "小程序消息": "share", "红包消息": "red_packet",
}  # fmt: skip
_GROUP, _PRIVATE = frozenset(["群聊", "group"]), frozenset(["私聊", "private"])
_MARK = r"^\[(?:链接|小程序|文件|位置|音乐|视频号|视频号直播|笔记|红包)\] ?"
"""What stands before a title; the marks of 接龙 and 群公告 stay: they say what the text is."""
_FORWARDED = r"^\[(?:转发的)?聊天记录\]"
_AT_LIST = re.compile(r"<atuserlist>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</atuserlist>", re.DOTALL)


class Message(msgspec.Struct, gc=False):
    """One record."""

    createTime: Any
    content: Any = None
    localType: Any = None
    type: Any = None
    isSend: Any = None
    senderUsername: Any = None
    senderDisplayName: Any = None
    senderID: Any = None
    source: Any = None
    platformMessageId: Any = None
    replyToMessageId: Any = None
    appMsgType: Any = None
    quotedSender: Any = None
    quotedContent: Any = None
    linkTitle: Any = None


def sniff(export: Export) -> Match:
    """Look for the outermost key weflow beside messages."""
    seen = outline(export)
    if seen.root != "object" or "weflow" not in seen or not seen.is_array("messages"):
        return NO_MATCH
    if "chatlab" in seen or "chatInfo" in seen:
        return NO_MATCH
    form = "Arkme" if _is_arkme(seen.value("weflow")) or "senders" in seen else "detailed"
    return Match(Confidence.CERTAIN, f"keys weflow and messages: WeFlow {form} JSON")


def _is_arkme(facts: Any) -> bool:
    return isinstance(facts, dict) and facts.get("format") == "arkme-json"


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records, in file order, block by block."""
    facts = head_values(export, ["weflow", "session"])
    session = facts.get("session")
    session = session if isinstance(session, dict) else {}
    chat = _chat(export, session, facts.get("weflow"))
    senders: dict[str, tuple[str | None, str | None]] = {}
    seen = outline(export)
    if _is_arkme(facts.get("weflow")) or "senders" in seen:
        whole = head_values(export, ["senders"])
        senders = _senders(whole.get("senders"))
    own: dict[str, int] = {}
    found, lost = 0, issues.rows_lost()
    for part in read_object(export, issues, arrays={"messages": Message}, values=("groupMembers",)):
        if part.key == "groupMembers":
            chat = replace(chat, members=_members(part.value))
            continue
        frame = _frame(part.value, part.records, senders)
        found += frame.height
        for sender in frame.filter(pl.col("_own"), pl.col("kind") != "system")["sender_id"]:
            if sender is not None:
                own[sender] = own.get(sender, 0) + 1
        yield RawBatch(chat, frame.drop("_own"))
    # The flag for one's own messages is a guess of the exporter: it must point to one person.
    self_id = next(iter(own)) if len(own) == 1 else None
    if len(own) > 1:
        detail = f"messages of {len(own)} people are flagged as sent by oneself: flag unused"
        issues.add("self-flag-ignored", export.title, rows=0, detail=detail)
    stated, found = session.get("messageCount"), found + issues.rows_lost() - lost
    if isinstance(stated, int) and stated != found:
        detail = f"the file states {stated} messages and holds {found}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)
    yield RawBatch(replace(chat, self_id=self_id), pl.DataFrame())


def _chat(export: Export, session: dict[str, Any], weflow: Any) -> RawChat:
    room = text_of(session.get("wxid"))
    label = session.get("type")
    kind = "group" if label in _GROUP or (room or "").endswith("chatroom") else "unknown"
    if label in _PRIVATE or (kind == "unknown" and room):
        kind = "private"
    # The remark is the exporting user's private name for the chat.
    names = [text_of(session.get(key)) for key in ("nickname", "displayName")]
    name = next((one for one in names if one), None)
    return RawChat(
        key=room or name or export.stem,
        strong=room is not None,
        platform="wechat",
        name=name or room or export.stem,
        kind=kind,
        exported_at=moment(weflow.get("exportedAt")) if isinstance(weflow, dict) else None,
        has_replies=True,
        has_mentions=True,
    )


def _shown(person: dict[str, Any]) -> str | None:
    names = (text_of(person.get(key)) for key in ("groupNickname", "nickname", "displayName"))
    return next((name for name in names if name and name.strip()), None)


def _senders(value: Any) -> dict[str, tuple[str | None, str | None]]:
    """Return id and name by the number that Arkme messages carry."""
    people = value if isinstance(value, list) else []
    return {
        number: (text_of(person.get("wxid")), _shown(person))
        for person in people
        if isinstance(person, dict) and (number := text_of(person.get("senderID")))
    }


def _members(value: Any) -> pl.DataFrame | None:
    people = [p for p in value if isinstance(p, dict)] if isinstance(value, list) else []
    keyed = {key: person for person in people if (key := text_of(person.get("wxid")))}
    if not keyed:
        return None
    return pl.DataFrame(
        {
            "member_id": list(keyed),
            "display_name": [_shown(person) for person in keyed.values()],
            "account_name": [text_of(person.get("nickname")) for person in keyed.values()],
            "role": pl.Series([None] * len(keyed), dtype=pl.String),
            "joined_at": pl.Series([None] * len(keyed), dtype=INSTANT),
            "is_bot": pl.Series([None] * len(keyed), dtype=pl.Boolean),
        },
        schema=RAW_MEMBERS,
    )


def _frame(
    messages: list[Message],
    records: Sequence[int],
    senders: dict[str, tuple[str | None, str | None]],
) -> pl.DataFrame:
    """Bring decoded records into ``RAW_MESSAGES`` columns, plus ``_own``."""
    ids, names = [m.senderUsername for m in messages], [m.senderDisplayName for m in messages]
    if senders:
        refs = [senders.get(text_of(m.senderID) or "", (None, None)) for m in messages]
        ids = [own or ref[0] for own, ref in zip(ids, refs, strict=True)]
        names = [ref[1] or own for own, ref in zip(names, refs, strict=True)]
    rows = pl.DataFrame(
        {
            "line": records,
            "sent_at": instants([m.createTime for m in messages]),
            "message_id": texts([m.platformMessageId for m in messages]),
            "sender_id": texts(ids),
            "sender_name": texts(names),
            "content": texts([m.content for m in messages]),
            "reply_to_id": texts([m.replyToMessageId for m in messages]),
            "quoted_sender": texts([m.quotedSender for m in messages]),
            "quoted_text": texts([m.quotedContent for m in messages]),
            "mention_ids": [_mentioned(m.source) for m in messages],
            "_type": numbers([m.localType for m in messages]),
            "_sub": numbers([m.appMsgType for m in messages]),
            "_label": texts([m.type for m in messages]),
            "_title": texts([m.linkTitle for m in messages]),
            "_own": [m.isSend in (1, "1", True) for m in messages],
        },
        schema_overrides={
            "line": pl.UInt32,
            "mention_ids": pl.List(pl.String),
            "_own": pl.Boolean,
        },
    )
    rows = _with_kinds(rows)
    return _with_texts(rows)


def _mentioned(source: Any) -> list[str] | None:
    if not isinstance(source, str) or "<atuserlist>" not in source:
        return None
    found = _AT_LIST.search(source)
    ids = [one.strip() for one in found[1].split(",")] if found else []
    ids = [MENTION_ALL if one == "notify@all" else one for one in ids if one]
    return list(dict.fromkeys(ids)) or None


def _with_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    by_label = pl.col("_label").replace_strict(
        _KIND_BY_LABEL, default="other", return_dtype=pl.String
    )
    by_code = kind_of(pl.col("_type"), pl.col("_sub")).cast(pl.String)
    # An app message without a sub-type says less than its label.
    vague = pl.col("_type").is_null() | ((pl.col("_type") == 49) & pl.col("_sub").is_null())
    kind = pl.when(vague).then(by_label).otherwise(by_code)
    kind = (
        pl.when(pl.col("_label") == "系统消息")
        .then(pl.lit("system"))
        .when((kind == "link") & pl.col("content").str.contains(_FORWARDED))
        .then(pl.lit("forward"))
        .otherwise(kind)
    )
    return rows.with_columns(
        kind=kind.cast(KIND),
        _quote=is_quote(pl.col("_type"), pl.col("_sub")).fill_null(False)
        | (pl.col("_label") == "引用消息").fill_null(False),
    )


def _with_texts(rows: pl.DataFrame) -> pl.DataFrame:
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
        quoted_text=pl.when(kind == "forward").then(content).otherwise("quoted_text"),
    )
    rows = _without_quotes(rows)
    # Who recalled is told by the wording; the sender given counts only if that names them.
    named = pl.col("text").str.contains("撤回", literal=True) & pl.col("text").str.contains(
        pl.concat_str(pl.lit('"'), "sender_name", pl.lit('"')), literal=True
    )
    person = ~pl.col("sender_id").str.contains("chatroom", literal=True)
    rows = rows.with_columns(
        sender_id=pl.when(person & (~system | named.fill_null(False))).then("sender_id"),
        sender_name=pl.when(~system).then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
        text=pl.when(system).then(clean_notices(rows["text"])).otherwise("text"),
        mention_ids=pl.when(~system).then("mention_ids"),
    )
    rows = with_mentions(rows)
    rows = rows.with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in ("text", "quoted_text")
    )
    keep = [name for name in RAW_MESSAGES if name in rows.columns]
    return rows.select(*(pl.col(name).cast(RAW_MESSAGES[name]) for name in keep), "_own")


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


PARSER = Parser(
    name="wechat-weflow-json",
    title="WeFlow detailed JSON",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "message-ids",
        "zone",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "recalls",
    ),
    obtain=(
        "WeFlow: export the group as JSON (detailed).",
        "WeFlow:导出群聊,格式选 JSON(详细)。",
    ),
)
