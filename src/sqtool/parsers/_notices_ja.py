"""Japanese notices of WhatsApp, beside those it shares with LINE. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_OWN = ("あなた",)

RULES = (
    Rule("recall", "メッセージ", r"このメッセージは削除されました{END}"),
    Rule("recall", "削除", r"(?<actor>あなた)[はが]このメッセージを削除しました{END}", own=_OWN),
    Rule("invite", "追加", r"{A}[がは]{T}を追加しました{END}", own=_OWN),
    Rule("invite", "追加されました", r"{T}[がは](?:グループに)?追加されました{END}", own=_OWN),
    Rule("join", "参加", r"{T}[がは].*リンク.*参加しました{END}", own=_OWN),
    Rule("rename", "変更", r"{A}[がは](?:件名|グループの名前)を.*変更しました.*", own=_OWN),
    Rule("admin", "管理者", r"{T}[がは](?:グループの)?管理者になりました{END}", own=_OWN),
    Rule("pinned", "ピン", r"{A}[がは]メッセージをピン.*", own=_OWN),
)
