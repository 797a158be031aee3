"""Notices of LINE in all its languages: complete, for LINE glues them to names.

``line_txt`` takes what fits one of these for a notice, so they must leave no room for what people
write. The first rule that fits wins. The Thai ones have not been seen in a file.
"""

from sqtool.parsers._notices_rule import Rule

_COMMA = ", "

RULES = (
    # English
    Rule("recall", "unsent", r"(?:{A} unsent a message|Message unsent)\.?$"),
    Rule("join", " joined the ", r"{T} joined the (?:group|chat)\.?$", _COMMA),
    Rule("invite", " to the group", r"{A} (?:invited|added) {T} to the group\.?$", _COMMA),
    Rule("leave", " left the ", r"{T} left the (?:group|chat)\.?$", _COMMA),
    Rule("removed", " from the group", r"{A} removed {T} from the group\.?$", _COMMA),
    Rule("rename", " changed the group name", r"{A} changed the group name to .+"),
    Rule("announcement", " an announcement", r"{A} made an announcement\.?$"),
    # Japanese
    Rule("recall", "送信を取り消しました", r"(?:{A}が)?メッセージの送信を取り消しました。?$"),
    Rule(
        "join", "参加しました", r"{T}が(?:グループに|トークに|オープンチャットに)?参加しました。?$"
    ),
    Rule("invite", "招待しました", r"{A}が{T}を(?:グループに)?招待しました。?$"),
    Rule("invite", "追加しました", r"{A}が{T}をグループに追加しました。?$"),
    Rule("removed", "退会させました", r"{A}が{T}をグループから退会させました。?$"),
    Rule("removed", "削除しました", r"{A}が{T}を(?:グループから)?削除しました。?$"),
    Rule("leave", "退", r"{T}が(?:グループを|グループから|トークから)?退[会出]しました。?$"),
    Rule("rename", "グループ名", r"{A}がグループ名を.+に変更しました。?$"),
    Rule("announcement", "アナウンス", r"{A}がアナウンスしました。?$"),
    Rule("other", "ノートを投稿", r"{A}がノートを投稿しました。?$"),
    # Chinese
    Rule("recall", "已收回", r"{A}已收回(?:訊息|消息)。?$"),
    Rule("recall", "撤回了一条消息", r"{A}撤回了一条消息。?$"),
    Rule("invite", "邀請", r"{A}邀請{T}加入(?:群組|聊天|社群)?。?$"),
    Rule("invite", "已新增", r"{A}已新增{T}至群組。?$"),
    Rule("invite", "添加至群", r"{A}已将{T}添加至群。?$"),
    Rule("join", "加入", r"{T}(?:已加入(?:群組|该群|聊天|社群)|加入聊天|加入社群)。?$"),
    Rule("removed", "退出", r"{A}已[將将]{T}(?:強制|强制)?退出(?:群組|群组|社群)。?$"),
    Rule("leave", "退出", r"{T}已退出(?:群組|群组|社群)。?$"),
    Rule("leave", "退群", r"{T}已退群。?$"),
    Rule("leave", "離開", r"{T}(?:已)?離開(?:聊天|群組|社群)。?$"),
    Rule("rename", "名稱", r"{A}已將群組名稱改為.+"),
    Rule("announcement", "公告", r"(?:{A})?已設定公告。?$"),
    Rule("announcement", "通告", r"{A}发布了通告。?$"),
    Rule("other", "記事本", r"(?:{A})?已(?:新增新的|分享)記事本。?$"),
    Rule("other", "違反社群服務條款", r"(?:{A})?的訊息可能已違反社群服務條款而遭刪除。?$"),
    Rule("other", "人數上限", r"(?:{A})?已將聊天室的人數上限設為\s?\d+\s?人。?$"),
    # Thai
    Rule("recall", "ยกเลิกข้อความ", r"{A} ?(?:ได้)?ยกเลิกข้อความ(?:แล้ว)?$"),
    Rule("invite", "เชิญ", r"{A} ?(?:ได้)?เชิญ ?{T} ?เข้าร่วมกลุ่ม(?:แล้ว)?$", _COMMA),
    Rule("removed", "ออกจากกลุ่ม", r"{A} ?(?:ได้)?ลบ ?{T} ?ออกจากกลุ่ม(?:แล้ว)?$", _COMMA),
    Rule("join", "เข้าร่วมกลุ่ม", r"{T} ?(?:ได้)?เข้าร่วมกลุ่ม(?:แล้ว)?$", _COMMA),
    Rule("leave", "ออกจากกลุ่ม", r"{T} ?(?:ได้)?ออกจากกลุ่ม(?:แล้ว)?$", _COMMA),
)
