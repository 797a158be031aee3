"""Hebrew notices: WhatsApp. The first rule that fits wins.

Verbs come in both genders at once (הצטרף/ה); newer versions put a full stop in the slash's place.
"""

from sqtool.parsers._notices_rule import Rule

_COMMA, _VE = ", ", " ו-"
_OWN = (
    "את", "צירפת", "הוספת", "הסרת", "שינית", "יצרת", "הצטרפת", "יצאת", "עזבת", "צורפת", "הוסרת",
)  # fmt: skip
_HE = r"(?:[/.]ת?ה)?"

RULES = (
    Rule("recall", "נמחקה", r"ה?הודעה (?:הזו )?נמחקה על ידי {A}{END}"),
    Rule("recall", "נמחקה", r"(?:הודעה זו|ההודעה(?: הזו)?) נמחקה{END}"),
    Rule("join", "הצטרפת", r"(?<targets>הצטרפת)(?: .*)?{END}", own=_OWN),
    Rule("join", "הצטרפ", r"{T} הצטרפ(?:ו|ה)(?: .*)?{END}", _COMMA, True, _VE, _OWN),
    Rule("join", "הצטרף", rf"{{T}} הצטרף{_HE}(?: .*)?{{END}}", own=_OWN),
    Rule("invite", "צורפת", r"(?<targets>צורפת)(?: על ידי {A})?{END}", own=_OWN),
    Rule("invite", "צורפו", r"{T} צורפו(?: על ידי {A})?{END}", _COMMA, True, _VE, _OWN),
    Rule("invite", "צורף", rf"{{T}} צורף{_HE}(?: על ידי {{A}})?{{END}}", own=_OWN),
    Rule("invite", "צירפת", r"(?<actor>צירפת) את {T}{END}", _COMMA, True, _VE, _OWN),
    Rule("invite", "צירף", rf"{{A}} צירף{_HE} (?<targets>אותך){{END}}", own=("אותך",)),
    Rule("invite", "צירף", rf"{{A}} צירף{_HE} את {{T}}{{END}}", _COMMA, True, _VE, _OWN),
    Rule("invite", "הוספת", r"(?<actor>הוספת) את {T}{END}", _COMMA, True, _VE, _OWN),
    Rule("invite", "הוסיף", rf"{{A}} הוסיף{_HE} את {{T}}{{END}}", _COMMA, True, _VE, _OWN),
    Rule("removed", "הוסרת", r"(?<targets>הוסרת)(?: .*)?{END}", own=_OWN),
    Rule("removed", "הוסר", rf"{{T}} הוסר{_HE}(?: מהקבוצה)?{{END}}", own=_OWN),
    Rule("removed", "הסרת", r"(?<actor>הסרת) את {T}{END}", _COMMA, True, _VE, _OWN),
    Rule("removed", "הסיר", rf"{{A}} הסיר{_HE} את {{T}}{{END}}", _COMMA, True, _VE, _OWN),
    Rule("leave", "יצאת", r"(?<targets>יצאת)(?: מהקבוצה)?{END}", own=_OWN),
    Rule("leave", "יצא", rf"{{T}} יצא{_HE}(?: מהקבוצה| את הקבוצה)?{{END}}", own=_OWN),
    Rule("leave", "עזב", rf"{{T}} עזב{_HE}(?: את הקבוצה)?{{END}}", own=_OWN),
    Rule("rename", "שינית", r"(?<actor>שינית) את (?:נושא|שם) הקבוצה.*", own=_OWN),
    Rule("rename", "שינה", rf"{{A}} שינה{_HE} את (?:נושא|שם) הקבוצה.*", own=_OWN),
    Rule("rename", "שם הקבוצה", r"שם הקבוצה השתנה על ידי {A}(?: ל.*)?{END}", own=_OWN),
)
