"""WhatsApp headers whose clock stands before the date: ``[10:30, 15/1/2024] Name: text``.

Messages copied from WhatsApp on the web or a computer look like that, and Vietnamese phones write
so. Clock and date change places, which takes not a byte more or less: lines and offsets stay, and
everything else reads the usual header.
"""

import re
from typing import Final

from sqtool.parsers._whatsapp_halves import HALF_WORDS
from sqtool.parsers._whatsapp_headers import heads_in

# Groups, not classes: the same pattern is compiled for bytes.
_BLANK: Final = "(?: |\u00a0|\u202f|\u2009)"
_MARK: Final = "(?:\u200e|\u200f)?"
_HALF: Final = (
    rf"(?:[AaPp]\.{_BLANK}?[Mm]\.|"
    + "|".join(re.escape(word) for word in sorted(HALF_WORDS, key=len, reverse=True))
    + ")"
)
_CLOCK: Final = rf"(?:{_HALF}{_BLANK}?)?\d{{1,2}}[:.]\d\d(?:[:.]\d\d)?(?:{_BLANK}?{_HALF})?"
_DATE: Final = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
_DASH: Final = "(?:-|\u2013)"
_END: Final = rf"{_MARK}(?:\]|{_BLANK}{_DASH}){_BLANK}"
_HEADER: Final = rf"(?m)^({_MARK}(?:\[{_MARK})?)({_CLOCK})(,?{_BLANK})({_DATE})(?={_END})"
_IN_TEXT: Final = re.compile(_HEADER)
_IN_BYTES: Final = re.compile(_HEADER.encode())


def is_clock_first(text: str) -> bool:
    """Whether more headers of a text begin with the clock than with the date."""
    found = len(_IN_TEXT.findall(text))
    return found > 0 and found > sum(1 for _ in heads_in(text))


def date_first(text: str) -> str:
    """Return a text with date and clock of such headers exchanged; any other text as it is."""
    return _IN_TEXT.sub(r"\1\4\3\2", text) if is_clock_first(text) else text


def bytes_date_first(buffer: bytes) -> bytes:
    """Exchange date and clock in a part of a file known to have such headers; as long as before."""
    return _IN_BYTES.sub(rb"\1\4\3\2", buffer)
