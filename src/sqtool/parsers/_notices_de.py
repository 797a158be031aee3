"""German notices: WhatsApp. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _UND = ", ", " und "
_DU = ("Du", "du", "dich")

RULES = (
    Rule("recall", "gelöscht", r"(?<actor>Du) hast diese Nachricht gelöscht{END}", own=_DU),
    Rule("recall", "gelöscht", r"Diese Nachricht wurde gelöscht{END}"),
    Rule(
        "join",
        "beigetreten",
        r"{T} (?:ist|bist) .*(?:Gruppe|[Ll]ink|Community).* ?beigetreten{END}",
        own=_DU,
    ),
    Rule("invite", "hinzugefügt", r"{T} (?:wurde|wurdest|wurden) hinzugefügt{END}", own=_DU),
    Rule(
        "invite",
        "hinzugefügt",
        r"{A} (?:hat|hast) {T} hinzugefügt{END}",
        _COMMA,
        True,
        _UND,
        _DU,
    ),
    Rule("removed", "entfernt", r"{T} (?:wurde|wurdest|wurden) entfernt{END}", own=_DU),
    Rule("removed", "entfernt", r"{A} (?:hat|hast) {T} entfernt{END}", _COMMA, True, _UND, _DU),
    Rule("leave", "verlassen", r"{T} (?:hat|hast) die Gruppe verlassen{END}", own=_DU),
    Rule(
        "rename",
        "geändert",
        r"{A} (?:hat|hast) den (?:Betreff|Gruppennamen)(?: .*)? geändert{END}",
        own=_DU,
    ),
    Rule("admin", "Admin", r"{T} (?:ist|bist) jetzt (?:ein |eine )?(?:Gruppen-?)?Admin.*", own=_DU),
    Rule(
        "pinned",
        "Nachricht",
        r"{A} (?:hat|hast) eine Nachricht (?:angeheftet|fixiert){END}",
        own=_DU,
    ),
)
