"""Portuguese notices: WhatsApp, in Brazil and in Portugal. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _E = ", ", " e "
_VOCE = ("Você", "você", "te")

RULES = (
    Rule("recall", "mensagem", r"(?<actor>Você) apagou esta mensagem{END}", own=_VOCE),
    Rule("recall", "ensagem", r"(?:E[sr]ta|Essa) mensagem foi (?:apagada|eliminada){END}"),
    Rule("recall", "Mensagem apagada", r"Mensagem apagada{END}"),
    Rule("join", "entrou", r"{T} entrou .*(?:link|ligação|comunidade|convite).*", own=_VOCE),
    Rule("join", "aderiu", r"{T} aderiu .*", own=_VOCE),
    Rule("invite", "adicionad", r"{T} foi adicionad(?:o|a|\(a\)|o\(a\)){END}", own=_VOCE),
    Rule("invite", "adicionou", r"{A} adicionou {T}{END}", _COMMA, True, _E, _VOCE),
    Rule("removed", "removid", r"{T} foi removid(?:o|a|o\(a\)){END}", own=_VOCE),
    Rule("removed", "removeu", r"{A} removeu {T}{END}", _COMMA, True, _E, _VOCE),
    Rule("leave", "saiu", r"{T} saiu(?: do grupo)?{END}", own=_VOCE),
    Rule("rename", "mudou", r"{A} mudou o (?:nome|assunto)(?: do grupo)?(?: .*)?{END}", own=_VOCE),
    Rule(
        "rename", "alterou", r"{A} alterou o (?:nome|assunto)(?: do grupo)?(?: .*)?{END}", own=_VOCE
    ),
    Rule("admin", "admin", r"{T} agora é (?:um |uma )?admin.*", own=_VOCE),
    Rule("pinned", "mensagem", r"{A} fixou uma mensagem{END}", own=_VOCE),
)
