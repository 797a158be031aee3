"""PyWxDump's records, in CSV and JSON alike, and the ``users.json`` that names the people in them.

Records hold ids and no names. The room's entry in ``users.json`` lists its members with the names
they have in the group; older exports have no such file.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MEMBERS, RawBatch, RawChat
from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_scan import loads
from sqtool.parsers._wechat import (
    SELF,
    clean_notices,
    from_clock,
    from_epoch,
    is_room,
    oldest_first,
    talker_kind,
    with_mentions,
)
from sqtool.schema import KIND

USERS: Final = "users.json"
_KINDS: Final = {
    "文本": "text", "图片": "image", "语音": "voice", "添加好友": "system",
    "推荐公众号": "contact", "名片": "contact", "视频": "video", "动画表情": "sticker",
    "位置": "location", "文件": "file", "粘贴的文本": "text", "(分享)音乐": "share",
    "(分享)卡片式链接": "link", "用户上传的GIF表情": "sticker", "位置共享": "location",
    "合并转发的聊天记录": "forward", "(分享)笔记": "share", "(分享)小程序": "share",
    "(分享)视频号名片": "share", "(分享)视频号视频": "share", "接龙": "share",
    "引用回复": "text", "视频号直播或直播回放": "share", "群公告": "share", "转账": "transfer",
    "赠送红包封面": "share", "语音通话": "call", "系统通知": "system", "拍一拍": "system",
    "邀请加群": "system",
    # Tools that write this table from other chats.
    "文字": "text", "text": "text", "image": "image", "voice": "voice", "video": "video",
    "sticker": "sticker", "file": "file", "link": "link", "location": "location",
    "system": "system",
}  # fmt: skip
_RECALL: Final = "消息撤回"
_NOBODY: Final = ("未知", "系统", "")
_QUOTE: Final = r"^((?s:.*?))\n*\[引用\]\([^()\n]*\)([^\n:]*):((?s:.*))$"
_NESTED: Final = r"(?s)\n+\[引用\]\([^()\n]*\).*$"
_SPOKEN: Final = r"翻译结果[:：]((?s:.*))$"
_INSIDE: Final = r"\[((?s:.*))\]$"
_FIRST_LINE: Final = r"^\s*([^\n]*)"


@dataclass
class Users:
    """What ``users.json`` tells.

    Args:
        names: Nickname by id; of rooms the title.
        rooms: By room id: the group nicknames of its members, and all facts of the room.
    """

    names: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict)


def users_beside(export: Export) -> list[Export]:
    """Return ``users.json`` of the same folder, if there is one."""
    found = export.beside(USERS)
    return [found] if found is not None else []


def read_users(export: Export, issues: IssueLog) -> Users:
    """Read ``users.json``; a damaged one is a note, and tells nothing."""
    users = Users()
    for file in users_beside(export):
        try:
            listed = loads(file.read_bytes())
        except ValueError:
            issues.add("damaged-json", file.title, rows=0, detail="names cannot be read")
            continue
        entries = listed if isinstance(listed, dict) else {}
        for key, entry in entries.items():
            if not isinstance(entry, dict):
                continue
            name = text_of(entry.get("nickname"))
            if name:
                users.names[key] = name
            extra = entry.get("extra")
            if isinstance(extra, dict):
                users.rooms[key] = _room(extra, users.names), extra
    return users


def _room(extra: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    """Return the names that people have in a room; their nicknames join ``names``."""
    people = extra.get("wxid2userinfo")
    shown: dict[str, str] = {}
    for wxid, person in (people if isinstance(people, dict) else {}).items():
        if not isinstance(person, dict):
            continue
        nickname = text_of(person.get("nickname"))
        if nickname:
            names.setdefault(wxid, nickname)
        shown[wxid] = text_of(person.get("roomNickname")) or ""
    return shown


@dataclass
class Chats:
    """The chats of one file while its records pass by.

    Args:
        export: The file.
        issues: Told of records without a time.
        users: Names and members.
    """

    export: Export
    issues: IssueLog
    users: Users

    def batches(self, rows: pl.DataFrame) -> list[RawBatch]:
        """Return records as batches, one per chat.

        Args:
            rows: ``line`` and as texts ``MsgSvrID``, ``type_name``, ``is_sender``, ``talker``,
                ``room_name``, ``msg``, ``CreateTime``.
        """
        clock, exact = from_clock(rows["CreateTime"]), from_epoch(rows["CreateTime"])
        rows = rows.with_columns(wall_at=clock, sent_at=exact)
        lost = pl.col("wall_at").is_null() & pl.col("sent_at").is_null()
        for line in rows.filter(lost)["line"]:
            self.issues.add("bad-timestamp", self.export.title, line)
        rows = rows.filter(~lost)
        return [
            self._batch(str(room or ""), mine)
            for (room,), mine in rows.group_by("room_name", maintain_order=True)
        ]

    def _batch(self, room: str, rows: pl.DataFrame) -> RawBatch:
        shown, extra = self.users.rooms.get(room, ({}, {}))
        names = self.users.names | {wxid: name for wxid, name in shown.items() if name}
        own = (pl.col("is_sender").is_in(["1", "true"])).fill_null(False)
        accounts = rows.filter(own, ~pl.col("talker").is_in([SELF, *_NOBODY]), ~is_room(_TALKER))
        selves = rows.filter(pl.col("talker") == SELF)
        members = self._members(shown, extra)
        messages = _read(rows, names)
        chat = RawChat(
            key=room or self.export.stem,
            strong=bool(room),
            platform="wechat",
            name=self.users.names.get(room) or room or self.export.stem,
            kind=talker_kind(room),
            self_id=accounts["talker"][-1] if accounts.height else None,
            self_name=SELF if selves.height else None,
            members=members,
            members_complete=members is not None and _listed(extra),
            has_replies=True,
            has_mentions=True,
        )
        return RawBatch(chat, oldest_first(messages))

    def _members(self, shown: dict[str, str], extra: dict[str, Any]) -> pl.DataFrame | None:
        everybody = extra.get("roomWxids")
        ids = [w for w in everybody if isinstance(w, str)] if isinstance(everybody, list) else []
        keys = [key for key in dict.fromkeys([*ids, *shown]) if key]
        if not keys:
            return None
        owner = extra.get("owner")
        owner = owner.get("wxid") if isinstance(owner, dict) else owner
        nicknames = [self.users.names.get(key) for key in keys]
        return pl.DataFrame(
            {
                "member_id": keys,
                "display_name": [
                    shown.get(key) or nickname
                    for key, nickname in zip(keys, nicknames, strict=True)
                ],
                "account_name": nicknames,
                "role": ["owner" if key == owner else None for key in keys],
                "joined_at": [None] * len(keys),
                "is_bot": [None] * len(keys),
            },
            schema=RAW_MEMBERS,
        )


_TALKER: Final = pl.col("talker")


def _listed(extra: dict[str, Any]) -> bool:
    """Whether the list of members is the whole one."""
    everybody = extra.get("roomWxids")
    return isinstance(everybody, list) and bool(everybody)


def _read(rows: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    label, content = pl.col("type_name").str.strip_chars(), pl.col("msg").fill_null("")
    kind = label.replace_strict(_KINDS, default="other", return_dtype=pl.String)
    kind = pl.when(label.str.starts_with(_RECALL)).then(pl.lit("system")).otherwise(kind)
    rows = rows.with_columns(kind=kind.fill_null("other").cast(KIND), _label=label)
    kind, quoting = pl.col("kind"), pl.col("_label") == "引用回复"
    # Types the tool cannot read have their own name as text.
    bare = (content == pl.col("_label")).fill_null(False) & (pl.col("_label") != "文本")
    text = (
        pl.when(kind == "system")
        .then(clean_notices(rows["msg"]))
        .when(bare | kind.is_in(["image", "video", "sticker", "forward"]))
        .then(None)
        .when(quoting & content.str.contains(_QUOTE))
        .then(content.str.extract(_QUOTE, 1))
        .when(kind == "voice")
        .then(content.str.extract(_SPOKEN))
        .when(kind == "call")
        .then(content.str.extract(_INSIDE))
        .when(kind.is_in(["link", "share"]))
        .then(content.str.extract(_FIRST_LINE))
        .otherwise(content)
    )
    quoted = content.str.extract(_QUOTE, 3).str.replace(_NESTED, "")
    server_id = pl.col("MsgSvrID").str.strip_chars("\t '")
    known = ~_TALKER.is_in([SELF, *_NOBODY]) & ~is_room(_TALKER) & (kind != "system")
    sender = pl.when(known).then("talker")
    name = sender.replace_strict(names, default=None, return_dtype=pl.String)
    rows = rows.with_columns(
        text=text,
        quoted_sender=pl.when(quoting).then(content.str.extract(_QUOTE, 2)),
        quoted_text=pl.when(quoting).then(quoted).when((kind == "forward") & ~bare).then(content),
        message_id=pl.when(server_id.str.contains(r"^[1-9]\d{0,19}$")).then(server_id),
        sender_id=sender,
        sender_name=pl.when((_TALKER == SELF) & (kind != "system"))
        .then(pl.lit(SELF))
        .otherwise(name),
    )
    filled = [
        pl.when(pl.col(name) != "").then(name).alias(name)
        for name in ("text", "quoted_sender", "quoted_text")
    ]
    return with_mentions(
        rows.select(
            "line", "sent_at", "wall_at", "message_id", "sender_id", "sender_name", "kind", *filled
        )
    )
