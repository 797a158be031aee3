"""Spanish notices: WhatsApp, in Spain and in Latin America. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _Y = ", ", " y "
_OWN = ("Tú", "tú", "te", "Te", "Añadiste", "Agregaste", "Eliminaste", "Saliste", "Cambiaste",
        "Te uniste", "Fijaste", "Has añadido", "Has eliminado")  # fmt: skip
_ADDED = "(?:añadió|agregó|ha añadido|ha agregado)"

RULES = (
    Rule("recall", "este mensaje", r"(?<actor>Eliminaste) este mensaje{END}", own=_OWN),
    Rule("recall", "mensaje", r"(?:Se eliminó este mensaje|Este mensaje fue eliminado){END}"),
    Rule("join", "uniste", r"(?<targets>Te uniste) .*", own=_OWN),
    Rule("join", "unió", r"{T} se unió (?:al grupo )?(?:con|usando|mediante|a través|desde).*"),
    Rule("invite", "te a", rf"{{A}} (?<targets>te) {_ADDED}{{END}}", own=_OWN),
    Rule(
        "invite",
        " a ",
        r"(?<actor>Añadiste|Agregaste|Has añadido) a {T}{END}",
        _COMMA,
        True,
        _Y,
        _OWN,
    ),
    Rule("invite", " a ", rf"{{A}} {_ADDED} a {{T}}{{END}}", _COMMA, True, _Y),
    Rule("invite", "Se ", r"Se (?:añadió|agregó) a {T}{END}", _COMMA, True, _Y),
    Rule("removed", "Eliminaste", r"(?<actor>Eliminaste) a {T}{END}", _COMMA, True, _Y, _OWN),
    Rule("removed", " a ", r"{A} (?:eliminó|ha eliminado) a {T}{END}", _COMMA, True, _Y),
    Rule("leave", "Saliste", r"(?<targets>Saliste)(?: del grupo)?{END}", own=_OWN),
    Rule("leave", "salió", r"{T} salió(?: del grupo)?{END}"),
    Rule("leave", "salido", r"{T} ha salido(?: del grupo)?{END}"),
    Rule(
        "rename",
        "Cambiaste",
        r"(?<actor>Cambiaste) el (?:asunto|nombre)(?: del grupo)? .*",
        own=_OWN,
    ),
    Rule("rename", "cambió", r"{A} cambió el (?:asunto|nombre)(?: del grupo)?(?: .*)?{END}"),
    Rule("admin", "admin", r"{T} (?:ahora es|es ahora) (?:admin|administrador).*"),
    Rule("pinned", "mensaje", r"{A} fijó un mensaje{END}"),
)
