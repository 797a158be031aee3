"""Dutch notices: WhatsApp. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _EN = ", ", " en "
_OWN = ("Je", "je", "jou", "U", "u")
_HAS = "(?:heeft|hebt|hebben)"

RULES = (
    Rule("recall", "bericht", r"(?<actor>Je|U) hebt dit bericht verwijderd{END}", own=_OWN),
    Rule("recall", "bericht", r"Dit bericht (?:is|werd) verwijderd{END}"),
    Rule("join", "link", r"{T} .*(?:uitnodigingslink|groepslink).*", own=_OWN),
    Rule("invite", "toegevoegd", rf"{{A}} {_HAS} {{T}} toegevoegd{{END}}", _COMMA, True, _EN, _OWN),
    Rule("invite", "toegevoegd", r"{T} (?:is|bent|zijn|werd) toegevoegd{END}", own=_OWN),
    Rule(
        "removed", "verwijderd", rf"{{A}} {_HAS} {{T}} verwijderd{{END}}", _COMMA, True, _EN, _OWN
    ),
    Rule("removed", "verwijderd", r"{T} (?:is|bent|zijn|werd) verwijderd{END}", own=_OWN),
    Rule("leave", "verlaten", rf"{{T}} {_HAS} de groep verlaten{{END}}", own=_OWN),
    Rule("leave", "vertrokken", r"{T} (?:is|bent) vertrokken{END}", own=_OWN),
    Rule(
        "rename",
        "gewijzigd",
        rf"{{A}} {_HAS} (?:het onderwerp|de groepsnaam) (?:.* )?gewijzigd.*",
        own=_OWN,
    ),
    Rule("admin", "beheerder", r"{T} (?:is|bent) nu (?:een )?(?:groeps)?beheerder.*", own=_OWN),
    Rule("pinned", "bericht", rf"{{A}} {_HAS} een bericht vastgezet{{END}}", own=_OWN),
)
