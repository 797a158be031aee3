"""What the codes of issues mean, in Chinese: shown beside the detail, which is English.

Only where a person reads. Tables for programs hold code and detail as they are stored.
"""

from typing import Final

from sqtool.i18n import t

TITLES: Final = {
    "alias-unknown": "别名表里的人不在记录中",
    "anonymous-sender": "匿名成员,无法区分是谁",
    "bad-encoding": "有无法解码的字节",
    "bad-record": "记录读不出来",
    "bad-roster-date": "名单里的日期读不出来",
    "bad-row": "表格行的列数不对",
    "bad-timestamp": "时间读不出来",
    "count-mismatch": "消息条数与文件写明的不符",
    "damaged-chunk": "分块文件损坏",
    "damaged-file": "文件损坏,没有读完",
    "damaged-json": "JSON 损坏",
    "damaged-table": "数据表有损坏的条目",
    "damaged-yaml": "YAML 损坏",
    "date-from-file-name": "日期取自文件名",
    "date-order": "日期里年月日的顺序是推断的",
    "day-precision": "时间只精确到天",
    "deleted-accounts": "已注销的账号,无法区分是谁",
    "empty-lines-lost": "记录之间的空行丢失",
    "header-like-text": "有些正文看着像消息头,按正文处理",
    "header-without-id": "像消息头却没有编号的行,按正文处理",
    "late-header": "文件头不在第一行,已略过",
    "line-ends-lost": "换行被转换过,粘贴的消息头可能算作记录",
    "list-names-not-matched": "两次名单的名字对不上,可能是改名",
    "lossy-export": "导出时已丢失大部分内容",
    "millisecond-times": "时间是毫秒,不是秒",
    "missing-chunk": "缺少分块文件",
    "names-guessed": "名字与正文没有分开,名字是推断的",
    "names-tied": "两份文件里的名字按相同消息对上了人",
    "no-bodies": "有消息没有正文",
    "no-session": "记录没有写明属于哪个会话",
    "no-timestamp": "有记录没有时间,取相邻消息的时间",
    "not-a-message": "不是消息的记录",
    "not-an-export": "不是能识别的导出文件,已略过",
    "not-chat-events": "与聊天无关的记录,已略过",
    "partial-export": "只是全部消息的一部分",
    "private-chat": "私聊,没有读入",
    "reactions-without-message": "表情回应的消息不在文件里",
    "recall-flag-ignored": "撤回标记不可信,没有采用",
    "replies-left-out": "导出工具略去了引用回复的消息",
    "roster-name-ambiguous": "名单里的名字对应多个成员",
    "roster-name-twice": "名单里重复的名字",
    "roster-row-without-date": "名单里没有日期的行",
    "roster-row-without-id-or-name": "名单里有的行没有编号也没有名字",
    "roster-rows-gone": "名单里已退群的人没有计入",
    "row-limit": "导出工具有条数上限,文件可能不完整",
    "rows-may-be-missing": "条数正好到工具上限,可能有缺失",
    "same-name-apart": "同名但不是一个群,分开统计",
    "self-flag-doubtful": "「自己发送」的标记可疑",
    "self-flag-ignored": "「自己发送」的标记不可信,没有采用",
    "sender-unknown": "不知是谁发的",
    "several-bots": "多个机器人看到同一条消息,只留一份",
    "suspicious-sender": "发送人编号可疑",
    "suspicious-time": "末尾一批记录时间相同,可能不是真实时间",
    "text-before-first-record": "第一条消息之前有不是记录的文字",
    "text-before-records": "第一条消息之前有文字,没有读入",
    "text-cut": "多行消息只有第一行",
    "text-times": "时间是文字,不是数字",
    "time-after-export": "时间晚于导出时间",
    "time-of-neighbour": "没有时间,取相邻消息的时间",
    "truncated-csv": "CSV 在末尾被截断",
    "truncated-json": "JSON 在末尾被截断",
    "unknown-kind": "消息类型不在格式规定之内",
    "unknown-sender": "发送人不在文件的名单里",
    "unlisted-chunk": "清单里没有的分块,已读入",
    "unsupported-record": "导出程序不支持的消息,没有内容",
}


def titled(code: str) -> str:
    """Return the code, in Chinese behind what it means."""
    return t(code, f"{TITLES[code]}({code})") if code in TITLES else code


def explained(code: str, detail: str) -> str:
    """Return the detail, in Chinese behind what the code means."""
    if code not in TITLES:
        return detail
    return t(detail, f"{TITLES[code]}({detail})" if detail else TITLES[code])
