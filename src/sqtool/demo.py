"""Write a made-up but lifelike group export to try everything on.

写一份虚构但逼真的群聊导出,用来试用全部功能。

A reading club of 180 invented people, 16 weeks up to a fixed Sunday evening: a core, newcomers who
fade, a big sign-up in the middle, adverts and a cooling group at the end. The same events are
written as QQ text and as WeChat JSON.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sqtool._demo_club import CLUB, Post, play
from sqtool._demo_people import END, EXPORTER, OWNER, Member
from sqtool._demo_speech import MENTION
from sqtool._demo_texts import FACES
from sqtool.errors import UsageError
from sqtool.i18n import t

_SHANGHAI = timezone(timedelta(hours=8))
_ROOM = "10000000001@chatroom"
_MENTION = re.compile(MENTION.format(r"(\d+|all)"))
_FACE = re.compile("|".join(re.escape(face) for face in FACES))
_LEVELS = {"core": "话唠", "active": "活跃", "occasional": "冒泡"}


def write_demo(
    folder: Path,
    *,
    weeks: int = 16,
    seed: int = 7,
    formats: Sequence[str] = ("qq-txt", "wechat-weflow-json"),
) -> list[Path]:
    """Write the demo group.

    Args:
        folder: Where to write; made if missing. Files of the same name are overwritten.
        weeks: Length of the history. Fewer than 16 is the end of the same story, more goes further
            back.
        seed: Another seed is another story; the same seed gives the same bytes everywhere.
        formats: Of ``qq-txt`` and ``wechat-weflow-json``.

    Returns:
        The files, in the order of ``formats``. Times are those of Asia/Shanghai.

    Raises:
        UsageError: If ``weeks`` is not positive or a format is not one of the two.
    """
    unknown = [name for name in formats if name not in _WRITERS]
    if unknown:
        raise UsageError(
            t(f"the demo is not written as {unknown[0]}", f"演示群不能写成 {unknown[0]}"),
            hint=t("use ", "可用 ") + ", ".join(_WRITERS),
        )
    if weeks < 1:
        raise UsageError(t("--weeks must be 1 or more", "--weeks 至少为 1"))
    members, posts = play(weeks, seed)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name in formats:
        suffix, write = _WRITERS[name]
        path = folder / f"reading-club.{suffix}"
        path.write_bytes(write(members, posts).encode("utf-8"))
        files.append(path)
    return files


def _mentions(members: list[Member], post: Post, everyone: str, after: str) -> str:
    """Return the text with its mentions as the client writes them."""

    def shown(match: re.Match[str]) -> str:
        name = everyone if match[1] == "all" else members[int(match[1])].name(post.at)
        return f"@{name}{after}"

    return _MENTION.sub(shown, post.text)


# QQ for Windows, text


def _qq_text(members: list[Member], posts: list[Post]) -> str:
    line = "=" * 64
    title = "\ufeff消息记录（此消息记录为文本格式，不支持重新导入）"
    head = [title, "", line, "消息分组:我的QQ群", line, f"消息对象:{CLUB}", line, ""]
    records = []
    for post in posts:
        clock = f"{post.at:%Y-%m-%d} {post.at.hour}:{post.at:%M:%S}"
        notice = _qq_notice(members, post)
        who = "系统消息(10000)" if notice else _qq_sender(members[post.who], post.at)
        records += [f"{clock} {who}", notice or _qq_body(members, post), ""]
    return "\r\n".join([*head, *records]) + "\r\n"


def _qq_sender(member: Member, at: datetime) -> str:
    title = "群主" if member.number == OWNER else _LEVELS.get(member.kind, "潜水")
    if member.kind == "staff" and member.number != OWNER:
        title = "管理员"
    return f"【{title}】{member.name(at)}({10001 + member.number})"


def _qq_notice(members: list[Member], post: Post) -> str:
    name = members[post.who].name(post.at)
    own = "你" if post.who == EXPORTER else name
    other = "" if post.other is None else members[post.other].name(post.at)
    return {
        "own-join": "你已经是群成员了，和大家打个招呼吧！",
        "own-invite": f"你邀请{name}加入了本群。",
        "invite": f"{other}邀请{name}加入了本群。",
        "qr": f"{name}加入本群。",
        "recall": f"{own}撤回了一条消息",
        "receipt": f"{own}领取了{'你' if post.other == EXPORTER else other}的红包。",
    }.get(post.kind, "")


def _qq_body(members: list[Member], post: Post) -> str:
    if post.kind == "red-packet":
        kind = "我发了一个“口令红包”，" if len(post.text) < 7 else ""
        return f"[QQ红包]{kind}请使用新版手机QQ查收红包。"
    if post.kind == "link":
        return f"{post.text} {post.extra[0]}"
    if post.kind in ("image", "sticker"):
        return "[图片]" if post.kind == "image" else "[表情]"
    return _FACE.sub("[表情]", _mentions(members, post, "全体成员", " "))


# WeFlow, detailed JSON


def _weflow_json(members: list[Member], posts: list[Post]) -> str:
    ids = {id(post): str(5_000_000_000_000_000_000 + 7919 * n) for n, post in enumerate(posts)}
    messages = [
        {"localId": n, **_weflow_message(members, post, ids)} for n, post in enumerate(posts, 1)
    ]
    whole = {
        "weflow": {
            "version": "1.0.3",
            "exportedAt": _epoch(END + timedelta(minutes=6)),
            "generator": "WeFlow",
        },
        "session": {
            "wxid": _ROOM,
            "nickname": CLUB,
            "remark": "",
            "displayName": CLUB,
            "type": "群聊",
            "lastTimestamp": _epoch(posts[-1].at),
            "messageCount": len(messages),
        },
        "messages": messages,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def _epoch(at: datetime) -> int:
    return int(at.replace(tzinfo=_SHANGHAI).timestamp())


def _wxid(number: int) -> str:
    # Old accounts have an id that is not wxid_….
    return f"reader_{number:03d}" if number % 7 == 5 else f"wxid_demo{number:03d}"


def _weflow_message(
    members: list[Member], post: Post, ids: dict[int, str]
) -> dict[str, str | int | None]:
    notice = _weflow_notice(members, post)
    by_room = bool(notice) and post.kind != "recall"
    sender, shown = (_ROOM, CLUB) if by_room else (_wxid(post.who), members[post.who].name(post.at))
    asked = [m for m in _MENTION.findall(post.text) if post.kind == "text"]
    listed = ",".join("notify@all" if m == "all" else _wxid(int(m)) for m in asked)
    kind, local_type = ("系统消息", 10000) if notice else _WEFLOW_TYPES[post.kind]
    quoted = post.reply_to if post.reply_to and id(post.reply_to) in ids else None
    if quoted:
        kind, local_type = "引用消息", 244813135921
    message: dict[str, str | int | None] = {
        "createTime": _epoch(post.at),
        "formattedTime": f"{post.at:%Y-%m-%d %H:%M:%S}",
        "type": kind,
        "localType": local_type,
        "content": notice or _weflow_content(members, post),
        "isSend": int(sender == _wxid(EXPORTER)),
        "senderUsername": sender,
        "senderDisplayName": shown,
        "source": f"<msgsource><atuserlist>{listed}</atuserlist></msgsource>" if listed else "",
        "senderAvatarKey": sender,
    }
    if not notice:
        message["platformMessageId"] = ids[id(post)]
    if quoted:
        name = members[quoted.who].name(quoted.at)
        text = _weflow_content(members, quoted)
        message["content"] = f"{message['content']}[引用 {name}：{text}]"
        message |= {
            "replyToMessageId": ids[id(quoted)],
            "appMsgType": "57",
            "appMsgKind": "quote",
            "quotedSender": name,
            "quotedContent": text,
        }
    if post.kind == "link":
        message |= {"appMsgType": "5", "appMsgKind": "link", "linkTitle": post.text}
        message["linkUrl"] = post.extra[0]
    return message


_WEFLOW_TYPES = {
    "text": ("文本消息", 1),
    "chain-start": ("文本消息", 1),
    "chain": ("其他消息", 227633266737),
    "image": ("图片消息", 3),
    "sticker": ("动画表情", 47),
    "link": ("链接消息", 21474836529),
    "red-packet": ("其他消息", 8594229559345),
}


def _weflow_notice(members: list[Member], post: Post) -> str:
    name = members[post.who].name(post.at)
    other = "" if post.other is None else members[post.other].name(post.at)
    by = "你" if post.other == EXPORTER else f'"{other}"'
    return {
        "own-join": f"{by}邀请你加入了群聊，群聊参与人还有：",
        "own-invite": f'你邀请"{name}"加入了群聊  ',
        "invite": f'{by}邀请"{name}"加入了群聊',
        "qr": f'" {name}"通过扫描{by}分享的二维码加入群聊',
        "recall": "你撤回了一条消息" if post.who == EXPORTER else f'"{name}" 撤回了一条消息',
        "receipt": f'你领取了"{other}"的红包'
        if post.who == EXPORTER
        else f'"{name}"领取了你的红包',
    }.get(post.kind, "")


def _weflow_content(members: list[Member], post: Post) -> str:
    if post.kind in ("image", "sticker"):
        return "[图片]" if post.kind == "image" else "[表情包]"
    if post.kind == "link":
        return f"[链接] {post.text}\n{post.extra[0]}"
    if post.kind == "chain":
        return f"[接龙] {post.text.splitlines()[1]}"
    return _mentions(members, post, "所有人", "\u2005")


_Writer = Callable[[list[Member], list[Post]], str]
_WRITERS: dict[str, tuple[str, _Writer]] = {
    "qq-txt": ("txt", _qq_text),
    "wechat-weflow-json": ("json", _weflow_json),
}
