"""The columns of the tables of ``growth``."""

from sqtool.metrics._base import Column
from sqtool.metrics._tables import (
    CHAT,
    count,
    flag,
    ident,
    instant,
    label,
    local_day,
    person,
    share,
    span_days,
    words,
)

_JOINS = count("joins", "joins", "进群")
_LISTED_JOINS = count("roster_joins", "joins that only lists tell", "名单新增")
_LISTED_LEAVES = count("roster_leaves", "leaves that only lists tell", "名单减少")
_AFTER, _UNTIL = instant("after", "after", "起"), instant("until", "until the list of", "止(名单)")
_LEFT_BY = instant("left_by", "gone from the list of", "名单显示已退")
_LEAVES = count("leaves", "leaves", "退群")
_NET = count("net", "net", "净增")
_START_MEMBERS = count("members_at_start", "members at the start", "期初人数")
_RATE = share("leave_share", "leave rate", "退群率")
_DUE = count("due", "joins at least 3 days old", "满 3 天的进群")
_ACTIVATED = count("activated", "spoke within 3 days", "3 天内开口")
_ACTIVATION = share("activation_share", "activation in 3 days", "3 日开口率")
_MEMBER = ident("member_id", "member", "成员 ID")
_NAME = person("display_name", "name", "成员")

WEEKLY = (
    CHAT, words("week", "week", "周"), local_day("start_on", "from", "起"), _JOINS, _LEAVES, _NET,
    _START_MEMBERS, _RATE,
    count("joins_invite", "joins by invitation", "邀请进群"),
    count("joins_qr", "joins by QR code", "扫码进群"),
    count("joins_other", "joins, other", "其他进群"),
    _LISTED_JOINS, _LISTED_LEAVES,
    _DUE, _ACTIVATED, _ACTIVATION, flag("partial", "partial", "不完整"),
)  # fmt: skip

JOINS = (
    CHAT, _MEMBER, _NAME, instant("joined_at", "joined", "进群时间"),
    local_day("joined_on", "joined on", "进群日"), label("way", "way", "方式", "way"),
    ident("inviter_id", "inviter", "邀请人 ID"), person("inviter_name", "inviter", "邀请人"),
    flag("rejoin", "was there before", "再次进群"), flag("due", "at least 3 days old", "满 3 天"),
    flag("activated", "spoke within 3 days", "3 天内开口"),
    instant("first_message_at", "first message", "首次发言"),
    span_days("days_to_first", "days to the first message", "几天后开口"),
    local_day("last_message_on", "last message on", "最近发言日"),
    flag("still_active", "spoke in the last 28 days", "近 28 天发过言"),
    instant("left_at", "left", "退群时间"), _LEFT_BY,
)  # fmt: skip

LISTS = (
    CHAT, _AFTER, _UNTIL, span_days("days", "days", "天数"),
    count("members_before", "members before", "前一名单人数"),
    count("members_after", "members after", "后一名单人数"), _LISTED_JOINS, _LISTED_LEAVES,
    share("roster_leave_share", "leave rate that only lists tell", "名单退群率"),
    count("names_new", "new names, not matched", "对不上的新名字"),
    count("names_gone", "missing names, not matched", "对不上的消失名字"),
)  # fmt: skip

LISTED = (
    CHAT, _MEMBER, _NAME, label("event", "what", "变化", "listed"), _AFTER, _UNTIL,
    count("messages", "messages", "消息"),
    local_day("last_message_on", "last message on", "最近发言日"),
)  # fmt: skip


def _twice(column: Column) -> tuple[Column, Column]:
    before = Column(
        f"{column.key}_last",
        column.dtype,
        column.unit,
        f"{column.en}, before",
        f"{column.zh}(上期)",
    )
    return column, before


SUMMARY = (
    CHAT,
    *(c for pair in map(_twice, (_JOINS, _LEAVES, _NET, _START_MEMBERS, _RATE)) for c in pair),
    *(c for pair in map(_twice, (_LISTED_JOINS, _LISTED_LEAVES)) for c in pair),
    flag("partial", "partial", "本期不完整"),
    flag("partial_last", "period before partial", "上期不完整"),
)

ACTIVATION = (
    CHAT,
    *(c for pair in map(_twice, (_DUE, _ACTIVATED, _ACTIVATION)) for c in pair),
    count("due_all", "joins at least 3 days old, all", "满 3 天的进群(全部)"),
    count("activated_all", "spoke within 3 days, all", "3 天内开口(全部)"),
    share("activation_share_all", "activation, all", "3 日开口率(全部)"),
    count("joins_named", "joins known by name only", "只有名字的进群"),
    count("joins_linked", "of them tied to a member", "其中对上成员的"),
    share("linked_share", "share tied to a member", "对上成员的比例"),
    flag("can_tell", "enough to tell", "足以判断"),
)  # fmt: skip

LEAVERS = (
    CHAT, _MEMBER, _NAME, instant("left_at", "left", "退群时间"),
    local_day("left_on", "left on", "退群日"), label("how", "how", "方式", "leaving"),
    ident("by_id", "removed by", "移出者 ID"), instant("joined_at", "joined", "进群时间"),
    span_days("tenure_days", "days in the chat", "在群天数"),
    ident("inviter_id", "inviter", "邀请人 ID"), count("messages", "messages", "消息"),
    span_days("active_days", "active days", "活跃天数"),
    local_day("last_message_on", "last message on", "最近发言日"),
    flag("came_back", "came back", "又回来了"),
)  # fmt: skip
