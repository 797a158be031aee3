"""French notices: WhatsApp. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _ET = ", ", " et "
_VOUS = ("Vous", "vous")
_HAVE = "(?:a|avez|ont)"

RULES = (
    Rule("recall", "ce message", r"(?<actor>Vous) avez supprimé ce message{END}", own=_VOUS),
    Rule("recall", "message", r"Ce message a été supprimé{END}"),
    Rule("join", "rejoint", rf"{{T}} {_HAVE} rejoint .*", own=_VOUS),
    Rule("invite", "vous a ajouté", r"{A} (?<targets>vous) a ajouté(?:\(e\)|e)?{END}", own=_VOUS),
    Rule("invite", "été ajouté", r"{T} (?:a|avez|ont) été ajoutée?s?{END}", own=_VOUS),
    Rule("invite", "ajouté", rf"{{A}} {_HAVE} ajouté {{T}}{{END}}", _COMMA, True, _ET, _VOUS),
    Rule("removed", "été ", r"{T} (?:a|avez|ont) été (?:retiré|supprimé)e?s?{END}", own=_VOUS),
    Rule(
        "removed", " ", rf"{{A}} {_HAVE} (?:retiré|supprimé) {{T}}{{END}}", _COMMA, True, _ET, _VOUS
    ),
    Rule("leave", "quitté", rf"{{T}} {_HAVE} quitté(?: le groupe)?{{END}}", own=_VOUS),
    Rule("leave", "parti", r"{T} (?:est|êtes) partie?(?:\(e\))?{END}", own=_VOUS),
    Rule(
        "rename",
        "groupe",
        rf"{{A}} {_HAVE} (?:changé|modifié) (?:le nom|le sujet|l['’]objet) du groupe.*",
        own=_VOUS,
    ),
    Rule(
        "rename", "sujet", rf"{{A}} {_HAVE} (?:changé|modifié) (?:le sujet|l['’]objet).*", own=_VOUS
    ),
    Rule("admin", "admin", r"{T} (?:est|êtes) (?:désormais|maintenant) (?:un )?admin.*", own=_VOUS),
    Rule("pinned", "épinglé", rf"{{A}} {_HAVE} épinglé un message{{END}}", own=_VOUS),
)
