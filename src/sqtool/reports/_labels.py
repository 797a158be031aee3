"""Words for codes: the one place where a layer, a verdict or a band gets its Chinese name."""

from sqtool.i18n import Lang

_LABELS: dict[str, dict[str, tuple[str, str]]] = {
    "layer": {
        "staff": ("staff", "运营"),
        "core": ("core", "核心"),
        "active": ("active", "活跃"),
        "occasional": ("occasional", "普通"),
        "lapsed": ("lapsed", "潜水"),
        "silent": ("silent", "沉默"),
        "unlisted": ("seen, not listed", "名单外"),
    },
    "band": {"high": ("high", "高"), "medium": ("medium", "中"), "low": ("low", "低")},
    "verdict": {
        "thin": ("too little data", "资料不足"),
        "dead": ("dead", "死群"),
        "ads": ("ad-ridden", "广告群"),
        "zombie": ("zombie", "僵尸群"),
        "check_in": ("check-in", "打卡群"),
        "cooling": ("cooling", "降温"),
        "warming": ("warming", "升温"),
        "steady": ("steady", "平稳"),
    },
    "rule": {
        "fired": ("fired", "触发"),
        "not_fired": ("not fired", "未触发"),
        "not_tested": ("not tested", "未检验"),
    },
    "origin": {
        "default": ("default", "默认"),
        "file": ("file", "文件"),
        "env": ("environment", "环境变量"),
    },
    "action": {
        "close": ("close", "解散"),
        "merge": ("merge", "合并"),
        "revive": ("revive", "救活"),
        "keep": ("keep", "保持"),
    },
    "roster_source": {
        "file": ("given list", "名单文件"),
        "export": ("export", "导出自带"),
        "events": ("rebuilt from joins and leaves", "由进退群记录重建"),
    },
    "chat": {
        "group": ("group", "群聊"),
        "private": ("private", "私聊"),
        "unknown": ("unknown", "不明"),
    },
    "way": {
        "invite": ("invited", "邀请"),
        "qr": ("QR code", "扫码"),
        "other": ("other way", "未显示邀请人"),
    },
    "fate": {
        "active": ("spoke in the last 28 days", "近 28 天发过言"),
        "quiet": ("spoke, quiet since", "开过口,近来没说话"),
        "silent": ("never spoke", "从未开口"),
        "left": ("left", "已退群"),
        "left_early": ("left early", "进群不久就退"),
        "unknown": ("cannot tell", "无法判断"),
        "inviter": ("inviter", "邀请人"),
    },
    "leaving": {"leave": ("left", "主动退群"), "removed": ("removed", "被移出")},
    "listed": {
        "join": ("joined", "新增"),
        "leave": ("left", "减少"),
        "name_new": ("new name: joined or renamed", "新名字(进群或改名)"),
        "name_gone": ("name gone: left or renamed", "名字消失(退群或改名)"),
    },
    "role": {
        "owner": ("owner", "群主"),
        "admin": ("admin", "管理员"),
        "member": ("member", "成员"),
    },
    "same_person": {
        "number_notice": ("a notice says that the number changed", "系统消息说换了号码"),
        "name_only": (
            "a name without an id, and one account of that name",
            "只有名字没有编号,而群里用这个名字的只有一个号",
        ),
        "mail_number": ("e-mail and number of a QQ account, same name", "QQ 邮箱与 QQ 号,名字相同"),
        "several_chats": (
            "same names in several chats, on several days",
            "在多个群、多天用过相同的名字",
        ),
        "changed_account": (
            "same name, one wrote last before the other wrote first",
            "名字相同,一个停用之后另一个才出现",
        ),
    },
    "cohort": {"join": ("by join", "按进群"), "first": ("by first message", "按首次发言")},
    "condition": {
        "thin_span": ("days since the first message", "首条消息距今天数"),
        "thin_messages": ("messages so far", "消息总数"),
        "dead_silence": ("days without a member's message", "成员沉默天数"),
        "zombie_staff": ("staff's share of messages", "运营消息占比"),
        "zombie_top2": ("share of the top two senders", "前 2 人消息占比"),
        "zombie_speaking": ("highest weekly speaking share", "各周发言率的最高值"),
        "cooling_messages": ("messages against the 4 weeks before", "消息对比前 4 周"),
        "cooling_speakers": ("speakers against the 4 weeks before", "发言人数对比前 4 周"),
        "warming_messages": ("messages against the 4 weeks before", "消息对比前 4 周"),
        "warming_speakers": ("speakers against the 4 weeks before", "发言人数对比前 4 周"),
    },
    "weekday": {
        str(i + 1): (en, zh)
        for i, (en, zh) in enumerate(
            zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "一二三四五六日", strict=True)
        )
    },
}


def labels(namespace: str, lang: Lang) -> dict[str, str]:
    """Return code → word of one namespace, in order."""
    return {code: pair[1 if lang == "zh" else 0] for code, pair in _LABELS[namespace].items()}


def label(namespace: str, code: str | None, lang: Lang) -> str:
    """Return the word for one code; an unknown code is returned as it is, null as an empty text."""
    if code is None:
        return ""
    pair = _LABELS[namespace].get(code)
    return pair[1 if lang == "zh" else 0] if pair else code
