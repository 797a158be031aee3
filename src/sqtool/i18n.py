"""The two languages sqtool speaks. Light: imported by ``--help``."""

import locale
import os
from typing import Literal

Lang = Literal["zh", "en"]

_override: Lang | None = None


def system_lang() -> Lang:
    """Return the language of help and errors: the flag, else that of the system, else English."""
    if _override is not None:
        return _override
    for name in ("SQTOOL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    spoken = locale.getlocale()[0] or ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def use_lang(lang: Lang | None) -> None:
    """Make ``lang`` the language of everything said from now on (``--lang``)."""
    global _override
    _override = lang


def t(en: str, zh: str) -> str:
    """Pick the wording in the language of help and errors."""
    return zh if system_lang() == "zh" else en
