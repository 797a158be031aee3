"""English notices: WeChat's English interface, and Telegram, WhatsApp, LINE and Slack.

The first rule that fits wins.
"""

from sqtool.parsers._notices_rule import Rule

_COMMA = ", "

RULES = (
    Rule("recall", "recalled a message", r"{A} (?:has )?recalled a message.*"),
    Rule("recall", "unsent a message", r"{A} unsent a message.*"),
    Rule("recall", "deleted this message", r"{A} deleted this message.*"),
    Rule("recall", "unsent", r"Message unsent.*"),
    Rule("recall", "was deleted", r"This message was deleted(?: by admin {A})?\.?$"),
    Rule(
        "qr_join",
        "QR",
        r"{T} joined (?:the )?group chat via the QR [Cc]ode shared by {A}\.?$",
        _COMMA,
    ),
    Rule(
        "qr_join",
        "QR",
        r"{T} joined (?:the )?group chat via the QR [Cc]ode (?<actor>you) shared{END}",
        _COMMA,
    ),
    Rule(
        "invite",
        " invited ",
        r"{A} invited {T} to (?:the|a) group chat(?: with (?<present>.*)|{END})",
        _COMMA,
    ),
    Rule("invite", " invited ", r"{A} invited {T} to the group{END}", _COMMA, last_and=True),
    Rule("invite", " invited ", r"{A} invited {T}$", _COMMA, last_and=True),
    Rule("invite", " added ", r"{A} added {T} to the group{END}", _COMMA),
    Rule("invite", "were added", r"{T} were added{END}"),
    Rule("invite", "was added", r"{T} was added{END}"),
    Rule("invite", " added ", r"{A} added {T}$", _COMMA, last_and=True),
    Rule("invite", "Added ", r"Added {T} to the group{END}"),
    Rule("join", " joined", r"{T} joined group by link from {A}{END}"),
    Rule("join", " joined", r"{T} joined group by request{END}"),
    Rule("join", " joined", r"{T} joined (?:using|from|via) .*(?:link|community){END}"),
    Rule("join", " joined", r"{T} joined using your invite{END}"),
    Rule("join", " joined", r"{T} joined{END}"),
    Rule(
        "join", " joined", r"{T} (?:has )?joined the (?:group chat|group|chat|channel|server){END}"
    ),
    Rule("removed", " removed", r"{A} removed {T} from the group(?: chat)?{END}", _COMMA),
    Rule(
        "removed",
        " removed",
        r"{T} (?:was|were) removed(?: from the group(?: chat)?)?(?: by {A})?{END}",
    ),
    Rule("removed", " removed ", r"{A} removed {T}$", _COMMA, last_and=True),
    Rule("removed", "Removed ", r"Removed {T} from the group{END}"),
    Rule("leave", " left", r"{T} (?:has )?left(?: the (?:group chat|group|chat|channel))?{END}"),
    Rule("rename", " changed the ", r"{A} changed the (?:group name|subject)(?: .*)?{END}"),
    Rule("poke", " tickled ", r"{A} (?:tickled|patted|nudged|poked) {T}{END}"),
    Rule("poke", " nudged ", r"{A} nudged {T}{END}"),
    Rule("admin", "now an admin", r"(?<targets>You)['’]re now an admin{END}"),
    Rule("admin", "now an admin", r"{T} (?:is|are) now an admin{END}"),
    Rule("pinned", " pinned ", r"{A} pinned .*"),
    Rule("announcement", "announcement", r"{A} made an announcement{END}"),
)
