"""Turkish notices: WhatsApp. The first rule that fits wins; the person acting comes first."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _VE = ", ", " ve "
_OWN = ("Siz", "siz", "sizi", "Sen", "seni")
_THEM = r"{T}(?: kişisini| adlı kişiyi|['’][yn]?[ıiuü])"

RULES = (
    Rule("recall", "mesaj", r"Bu mesaj(?:ı)? (?:silindi|sildiniz){END}"),
    Rule(
        "join",
        "katıldı",
        r"{T} (?:bu )?(?:grubun|gruba|topluluğun).*(?:bağlantı|davet).*katıldı.*",
        own=_OWN,
    ),
    Rule("join", "katıldı", r"{T} (?:davet )?bağlantı.*katıldı.*", own=_OWN),
    Rule("invite", "ekledi", r"{A} (?<targets>sizi|seni) (?:gruba )?ekledi{END}", own=_OWN),
    Rule("invite", "ekledi", rf"{{A}},? {_THEM} (?:gruba )?ekledi{{END}}", _COMMA, True, _VE, _OWN),
    Rule("invite", "eklendi", r"{T} (?:gruba )?eklendi{END}", own=_OWN),
    Rule(
        "removed",
        "çıkardı",
        rf"{{A}},? {_THEM} (?:gruptan )?çıkardı{{END}}",
        _COMMA,
        True,
        _VE,
        _OWN,
    ),
    Rule("removed", "çıkarıldı", r"{T} (?:gruptan )?çıkarıldı{END}", own=_OWN),
    Rule("leave", "ayrıldı", r"{T} (?:gruptan )?ayrıldı(?:nız)?{END}", own=_OWN),
    Rule("leave", "çıktı", r"{T} (?:gruptan )?çıktı(?:nız)?{END}", own=_OWN),
    Rule("rename", "değiştirdi", r"{A} (?:grubun|grup) (?:konu|ad|ism).*değiştirdi.*", own=_OWN),
    Rule("rename", "konuyu", r"{A} konuyu .*değiştirdi.*", own=_OWN),
    Rule("admin", "yönetici", r"{T} artık (?:bir )?(?:grup )?yönetici.*", own=_OWN),
    Rule("pinned", "mesaj", r"{A} bir mesaj sabitledi{END}", own=_OWN),
)
