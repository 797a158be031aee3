"""Russian notices: WhatsApp. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _I = ", ", " и "
_OWN = ("Вы", "вы", "вас")


def _verb(stem: str) -> str:
    """Return a past tense in every gender and spelling: добавил, добавила, добавил(-а)."""
    return rf"{stem}(?:и|а)?(?:\(-?а\))?"


RULES = (
    Rule(
        "recall",
        "удал",
        rf"(?<actor>Вы) {_verb('удалил')} (?:данное|это) сообщение{{END}}",
        own=_OWN,
    ),
    Rule("recall", "сообщение", r"(?:Данное|Это) сообщение удалено{END}"),
    Rule(
        "join",
        "присоедин",
        r"{T} присоединил(?:ся|ась|ись)?(?:\(-?(?:а|л)?ась\))? .*",
        own=_OWN,
    ),
    Rule("join", "вступил", rf"{{T}} {_verb('вступил')} в группу.*", own=_OWN),
    Rule("invite", "добавил", rf"{{A}} {_verb('добавил')} {{T}}{{END}}", _COMMA, True, _I, _OWN),
    Rule("removed", "удалил", rf"{{A}} {_verb('удалил')} {{T}}{{END}}", _COMMA, True, _I, _OWN),
    Rule("leave", "вышел", r"{T} (?:вышел|вышла|вышли)(?:\(-?(?:ла|шла)\))?{END}", own=_OWN),
    Rule("leave", "вышла", r"{T} вышла{END}"),
    Rule("leave", "вышли", r"{T} вышли{END}", own=_OWN),
    Rule("leave", "покинул", rf"{{T}} {_verb('покинул')} группу{{END}}", own=_OWN),
    Rule(
        "rename", "изменил", rf"{{A}} {_verb('изменил')} (?:тему|название)(?: .*)?{{END}}", own=_OWN
    ),
    Rule("admin", "админ", r"{T} (?:теперь|стал(?:а|и)?) (?:является )?админ.*", own=_OWN),
    Rule("pinned", "закрепил", rf"{{A}} {_verb('закрепил')} сообщение{{END}}", own=_OWN),
)
