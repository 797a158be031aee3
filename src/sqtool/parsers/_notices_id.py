"""Indonesian notices: WhatsApp. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA, _DAN = ", ", " dan "
_OWN = ("Anda", "anda")

RULES = (
    Rule("recall", "pesan ini", r"(?<actor>Anda) menghapus pesan ini{END}", own=_OWN),
    Rule("recall", "Pesan ini", r"Pesan ini (?:telah )?dihapus{END}"),
    Rule("join", "bergabung", r"{T} (?:telah )?bergabung .*(?:tautan|komunitas).*", own=_OWN),
    Rule("invite", "menambahkan", r"{A} menambahkan {T}{END}", _COMMA, True, _DAN, _OWN),
    Rule("invite", "ditambahkan", r"{T} (?:telah )?ditambahkan{END}", own=_OWN),
    Rule("removed", "mengeluarkan", r"{A} mengeluarkan {T}{END}", _COMMA, True, _DAN, _OWN),
    Rule("removed", "dikeluarkan", r"{T} (?:telah )?dikeluarkan{END}", own=_OWN),
    Rule("leave", "keluar", r"{T} (?:telah )?keluar(?: dari grup)?{END}", own=_OWN),
    Rule("rename", "mengubah", r"{A} mengubah (?:subjek|nama grup|judul)(?: .*)?{END}", own=_OWN),
    Rule("admin", "admin", r"{T} sekarang (?:adalah )?(?:seorang )?admin.*", own=_OWN),
    Rule("pinned", "pesan", r"{A} menyematkan (?:sebuah )?pesan{END}", own=_OWN),
)
