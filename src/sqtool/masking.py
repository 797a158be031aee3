"""Texts without originals: names and ids become pseudonyms, numbers and addresses fixed marks.

Names of two characters or more are replaced wherever they stand, the longest first. A name of one
character, or of up to four digits, would take every ``好`` and ``2024`` with it: it is replaced
where it names somebody, that is as a mention, at the head of a quote, or as the whole text.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from sqtool.pseudonyms import PSEUDONYM, forms

EDGE: Final = "\uffff"
"""Stands before and behind a text while it is worked on: no character anybody can type."""

_SHORT_DIGITS: Final = 4
_AFTER_MENTION: Final = (" ", "\u2005", "\u00a0", "\u3000", "\t", "\n", "\r", EDGE)
_MARKS: Final = (
    # Addresses first: their parts look like mail and numbers. Scheme and host stay.
    (r"([A-Za-z][A-Za-z0-9+.\-]*://)[^\s/?#@]+@", "${1}"),
    (r"([A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#\p{Han}]*)[/?#][^\s\p{Han}]+", "${1}/…"),
    (
        r"((?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,})(?::\d+)?[/?][^\s\p{Han}]+",
        "${1}/…",
    ),
    (r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+", "[mail]"),
    (r"(?i)(?:wxid|(?-u:\b)gh)_[0-9a-z_\-]+", "[id]"),
    (
        r"(?i)(微信号?|v信|(?-u:\b)(?:vx|wx|wechat|weixin|qq))([\s:：]*)[a-z][a-z0-9_\-]{5,19}",
        "${1}${2}[id]",
    ),
    (r"\+\d{1,3}(?:[\s\-().]{0,2}\d){6,14}", "[tel]"),
    (r"1[3-9]\d[\s\-]?\d{4}[\s\-]?\d{4}", "[tel]"),
    (r"\(?(?-u:\b)\d{3,4}\)?[\s\-.]\d{3,4}[\s\-.]?\d{4}(?-u:\b)", "[tel]"),
    (r"\d{5,}", "[#]"),
)
"""Pattern and mark, in this order."""
_MAY_HOLD: Final = r"(?i)[\d@/]|wxid|gh_|微信|v信|vx|wx|wechat|weixin|qq"
"""What each of the marks, and a list to sign up on, has something of."""

_SIGN_UP: Final = rf"(?m)^(\s*\d{{1,4}}\s*[.、．)）]\s*)({PSEUDONYM})?[^\n]*"
"""A line of a list to sign up on: real names that nobody ever bore in the chat."""
_SPEAKER: Final = rf"(?m)^(?:({PSEUDONYM})|[^\n:：]{{1,60}})([:：])"
"""Who said a line of a forwarded record: people of other chats."""


def is_short(name: str) -> bool:
    """Whether a name is too short to be looked for everywhere."""
    return len(name) < 2 or (len(name) <= _SHORT_DIGITS and name.isdecimal())


def patterns(known: Mapping[str, str]) -> dict[str, str]:
    """Return what to look for in texts (between edges) and what to put there, the longest first.

    Args:
        known: What stands for each name and id.
    """
    cleaned = {name.replace(EDGE, ""): stands for name, stands in known.items()}
    known = {name: stands for name, stands in cleaned.items() if name and not name.isspace()}
    short = {name: stands for name, stands in known.items() if is_short(name)}
    found = {name: stands for name, stands in known.items() if name not in short}
    for name, stands in list(found.items()):
        for form in forms(name):
            found.setdefault(form, stands)
    for name, stands in short.items():
        found.setdefault(f"{EDGE}{name}{EDGE}", f"{EDGE}{stands}{EDGE}")
        for colon in "：:":
            found.setdefault(f"「{name}{colon}", f"「{stands}{colon}")
            found.setdefault(f"[回复 {name}{colon}", f"[回复 {stands}{colon}")
        for at in "@＠":
            for after in _AFTER_MENTION:
                found.setdefault(f"{at}{name}{after}", f"{at}{stands}{after}")
    heads = {name[0] for name in short}
    for name, stands in known.items():
        # "@a b" names who is called so, not "a".
        if name not in short and name[0] in heads:
            found.setdefault(f"@{name}", f"@{stands}")
            found.setdefault(f"＠{name}", f"＠{stands}")
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def named(text: pl.Series, known: Mapping[str, str]) -> pl.Series:
    """Return texts with pseudonyms for names and ids.

    Args:
        text: String.
        known: Result of ``patterns``.
    """
    bare = text.str.replace_all(EDGE, "", literal=True)
    if not known:
        return bare
    between = bare.to_frame("t").select(pl.concat_str(pl.lit(EDGE), "t", pl.lit(EDGE)))["literal"]
    done = between.str.replace_many(list(known), list(known.values()), leftmost=True)
    return done.str.replace_all(EDGE, "", literal=True).alias(text.name)


def masked(text: pl.Series, known: Mapping[str, str]) -> pl.Series:
    """Return texts with pseudonyms for names and ids, and marks for numbers, mail and addresses.

    Args:
        text: String.
        known: Result of ``patterns``.
    """
    return _marked(named(text, known), _MARKS)


def forwarded(text: pl.Series, known: Mapping[str, str]) -> pl.Series:
    """Return forwarded records as ``masked`` does; who is not known to us loses the name."""
    return _marked(named(text, known).str.replace_all(_SPEAKER, "[${1}]${2}"), _MARKS)


def _marked(text: pl.Series, marks: Iterable[tuple[str, str]]) -> pl.Series:
    # Most texts hold nothing of the kind: only the others are gone through mark by mark.
    which = text.str.contains(_MAY_HOLD).fill_null(False).arg_true()
    if which.is_empty():
        return text
    some = text.gather(which)
    sign_up = some.str.contains("接龙", literal=True)
    some = some.str.replace_all(_SIGN_UP, "${1}[${2}]").zip_with(sign_up, some)
    for pattern, mark in marks:
        some = some.str.replace_all(pattern, mark)
    return text.scatter(which, some)
