"""One line of a bot's console log: a message, a notice, or nothing of a chat."""

import re
from typing import Final, NamedTuple

from sqtool.parsers._notices import SELF
from sqtool.parsers._onebot import from_cq, read_parts
from sqtool.schema import MENTION_ALL


class Read(NamedTuple):
    """What a line says.

    Args:
        chat: Id of the group, or of the other person.
        title: Its name, where the line shows it.
        private: Whether it is a one-to-one chat.
        own: Whether the bot itself said it.
    """

    chat: str
    title: str | None
    private: bool = False
    message_id: str | None = None
    sender_id: str | None = None
    sender_name: str | None = None
    kind: str | None = None
    text: str | None = None
    reply_to_id: str | None = None
    quoted_sender: str | None = None
    quoted_text: str | None = None
    mention_ids: list[str] | None = None
    event: str | None = None
    actor_id: str | None = None
    actor_name: str | None = None
    target_ids: list[str | None] | None = None
    target_names: list[str | None] | None = None
    own: bool = False


_GROUP: Final = r"(?P<title>.*?)\((?P<chat>\d+)\)"


def _who(name: str) -> str:
    return rf"(?P<{name}_name>.*?)(?:\((?P<{name}>\d+)\))?"


_SAID = re.compile(
    rf"(?:收到群 {_GROUP} 内 (?P<name>.*?)\((?P<user>\d+)\)"
    r"|收到好友 (?P<friend>.*?)\((?P<peer>\d+)\)"
    r"|收到来自群 .*?\(\d+\) 内 (?P<stranger>.*?)\((?P<temp>\d+)\)"
    r"|发送群 (?P<to>.*?)\((?P<to_chat>\d+)\)|发送好友 (?P<to_friend>.*?)\((?P<to_peer>\d+)\)"
    r") 的(?:临时会话)?消息: (?P<text>.*?)(?: ?\((?P<id>-?\d+)\))?\s*$",
    re.DOTALL,
)
_HAPPENED: Final = tuple(
    (event, re.compile(rf"^{pattern}[.。]?\s*$", re.DOTALL))
    for event, pattern in (
        ("recall", rf"群 {_GROUP} 内 {_who('actor')} 撤回了 {_who('target')} 的消息: .*"),
        ("poke", rf"群 {_GROUP} 内 {_who('actor')} 戳了戳 {_who('target')}"),
        ("mute", rf"群 {_GROUP} 内 {_who('target')} 被 {_who('actor')} 禁言了 -?\d+ 秒"),
        ("mute", rf"群 {_GROUP} 内 {_who('target')} 被 {_who('actor')} 解除禁言"),
        ("mute", rf"群 {_GROUP} 被 {_who('actor')} (?:开启|解除)全员禁言"),
        (
            "red_packet_received",
            rf"群 {_GROUP} 内 {_who('target')} 的红包被抢完, {_who('actor')} 是运气王",
        ),
        ("other", rf"群 {_GROUP} 内 {_who('actor')} 上传了文件: .*"),
        ("other", rf"群 {_GROUP} 的 {_who('actor')} 更新了名片 .*"),
        ("join", rf"新成员 {_who('target')} 进入了群 {_GROUP}"),
        ("removed", rf"成员 {_who('target')} 被 {_who('actor')} T出了群 {_GROUP}"),
        ("leave", rf"成员 {_who('target')} 离开了群 {_GROUP}"),
        ("join", rf"(?P<bot>Bot)进入了群 {_GROUP}"),
        ("leave", rf"(?P<bot>Bot)退出了群 {_GROUP}"),
        ("removed", rf"(?P<bot>Bot)被 {_who('actor')} T出了群 {_GROUP}"),
    )
)
_TELLING: Final = ("消息: ", "群 ")


def read_gocq(line: str) -> Read | None:
    """Read what stands behind the level of a go-cqhttp line; None if it is nothing of a chat."""
    if not any(word in line for word in _TELLING):
        return None
    if found := _SAID.match(line):
        return _message(found)
    for event, pattern in _HAPPENED:
        if found := pattern.match(line):
            return _notice(event, found)
    return None


def _message(found: re.Match[str]) -> Read:
    said = read_parts(from_cq(found["text"]))
    chat, own = found["chat"] or found["to_chat"], False
    other = found["peer"] or found["temp"] or found["to_peer"]
    name = found["friend"] or found["stranger"] or found["to_friend"]
    who: tuple[str | None, str | None] = (other, name or None)
    if chat is not None:
        who = (found["user"], found["name"] or None)
    if found["to_chat"] or found["to_peer"]:
        who, own = (None, None), True
    return Read(
        chat=chat or other,
        title=found["title"] or found["to"] if chat else name,
        private=chat is None,
        message_id=found["id"] if found["id"] != "0" else None,
        sender_id=who[0],
        sender_name=who[1],
        kind=said.kind,
        text=said.text,
        reply_to_id=said.reply_to,
        quoted_sender=said.quoted_sender,
        quoted_text=said.quoted_text,
        mention_ids=said.mentions,
        own=own,
    )


def _notice(event: str, found: re.Match[str]) -> Read:
    part = found.groupdict()
    actor, target = part.get("actor"), part.get("target")
    shown = part.get("target_name") or None
    bot = part.get("bot") is not None
    shown = SELF if bot else shown
    has_target = (target or shown) and (event != "recall" or target != actor)
    return Read(
        found["chat"],
        found["title"],
        kind="system",
        event=event,
        actor_id=actor,
        actor_name=part.get("actor_name") or None,
        target_ids=[target] if has_target else None,
        target_names=[shown] if has_target else None,
    )


_NAPCAT = re.compile(
    r"^(?:(?P<own_name>.*?) \| )?(?P<way>接收 <-|发送 ->) "
    r"(?:群聊 \[(?P<title>.*?)\((?P<chat>\d+)\)\](?: \[(?P<name>.*?)\((?P<user>\d+)\)\])?"
    r"|(?:私聊|临时消息) \((?P<peer>\d+)\))(?: (?P<text>.*))?$",
    re.DOTALL,
)
_MENTION = re.compile(r"(@[^@\n]{0,60}?) \((\d{5,11})\)")
_ALL: Final = "@全体成员"
_FACE = re.compile(r"\[表情 (/[^\[\]\n]+)\]")


def read_napcat(line: str) -> Read | None:
    """Read what stands behind the level of a NapCat line; None if it is nothing of a chat."""
    found = _NAPCAT.match(line)
    if found is None:
        return None
    own = found["way"] == "发送 ->"
    text, quoted_sender, quoted = _without_quote((found["text"] or "").rstrip("\r\n"))
    ids = [number for _, number in _MENTION.findall(text)]
    if _ALL in text:
        ids.append(MENTION_ALL)
    text = _FACE.sub(r"\1", _MENTION.sub(r"\1", text))
    private = found["peer"] is not None
    return Read(
        chat=found["chat"] or found["peer"],
        title=found["title"],
        private=private,
        sender_id=found["user"] if not private else None if own else found["peer"],
        sender_name=found["name"] or (found["own_name"] if own else None),
        text=text or None,
        quoted_sender=quoted_sender,
        quoted_text=quoted,
        mention_ids=list(dict.fromkeys(ids)) or None,
        own=own,
    )


_QUOTE: Final = "[回复消息 "
_QUOTED = re.compile(r"^\[.*?\((\d+)\)\] ?(.*)$", re.DOTALL)


def _without_quote(text: str) -> tuple[str, str | None, str | None]:
    """Cut ``[回复消息 [name(id)] words]`` off; brackets inside it are in pairs, as a rule."""
    if not text.startswith(_QUOTE):
        return text, None, None
    depth, end = 0, text.rfind("]")
    for place, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if not depth:
            end = place
            break
    inside, own = text[len(_QUOTE) : end], text[end + 1 :].removeprefix(" ")
    found = _QUOTED.match(inside)
    return (own, found[1], found[2] or None) if found else (own, None, None)
