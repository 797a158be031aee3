"""Italian notices: WhatsApp. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _E = ", ", " e "
_OWN = ("Hai", "ti", "Tu", "Sei")

RULES = (
    Rule("recall", "questo messaggio", r"(?<actor>Hai) eliminato questo messaggio{END}", own=_OWN),
    Rule("recall", "messaggio", r"Questo messaggio è stato eliminato{END}"),
    Rule("join", "link", r"{T} (?:si è unit[oa]|è entrat[oa]|ha effettuato l['’]accesso) .*link.*"),
    Rule("join", "unit", r"(?<targets>Ti) sei unit[oa] .*", own=("Ti",)),
    Rule("invite", "aggiunto", r"{A} (?<targets>ti) ha aggiunto{END}", own=_OWN),
    Rule("invite", "aggiunto", r"(?<actor>Hai) aggiunto {T}{END}", _COMMA, True, _E, _OWN),
    Rule("invite", "aggiunto", r"{A} ha aggiunto {T}{END}", _COMMA, True, _E),
    Rule("invite", "aggiunt", r"(?<targets>Sei) stat[oa] aggiunt[oa]{END}", own=_OWN),
    Rule("invite", "aggiunt", r"{T} è stat[oa] aggiunt[oa]{END}"),
    Rule("removed", "rimosso", r"(?<actor>Hai) rimosso {T}{END}", _COMMA, True, _E, _OWN),
    Rule("removed", "rimosso", r"{A} ha rimosso {T}{END}", _COMMA, True, _E),
    Rule("leave", "abbandonato", r"(?<targets>Hai) abbandonato(?: il gruppo)?{END}", own=_OWN),
    Rule("leave", "abbandonato", r"{T} ha abbandonato(?: il gruppo)?{END}"),
    Rule("rename", "cambiato", r"(?<actor>Hai) cambiato (?:l['’]oggetto|il nome) .*", own=_OWN),
    Rule("rename", "ha ", r"{A} ha (?:cambiato|modificato) (?:l['’]oggetto|il nome)(?: .*)?{END}"),
    Rule("admin", "amministrator", r"(?<targets>Sei) ora (?:un )?amministrator.*", own=_OWN),
    Rule("admin", "amministrator", r"{T} è ora (?:un )?amministrator.*"),
    Rule("pinned", "messaggio", r"{A} ha fissato un messaggio{END}"),
)
