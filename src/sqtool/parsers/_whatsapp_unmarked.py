"""Notices of a WhatsApp log whose invisible marks an editor or a chat program has taken away.

With its mark a notice of an iPhone is told from a message for certain. Without one only the wording
is left, and people do write such sentences: it counts where WhatsApp would say it of the very
person the line is headed by, or where it is the sentence about encryption.
"""

import re
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.parsers._notices import read_notices
from sqtool.slices import Memory

_EVENTS: Final = ("join", "invite", "leave", "removed", "rename", "admin", "pinned")
"""What WhatsApp tells of; what other programs word as a notice is a message here."""

_ENCRYPTED: Final = (
    "Messages and calls are end-to-end encrypted",
    "Messages to this chat and calls are now secured with end-to-end encryption",
    "Messages to this group are now secured with end-to-end encryption",
    "消息和通话已进行端到端加密",
    "訊息與通話已受端對端加密保護",
    "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt",
    "Los mensajes y las llamadas están cifrados de extremo a extremo",
    "Les messages et les appels sont chiffrés de bout en bout",
    "As mensagens e ligações são protegidas com a criptografia de ponta a ponta",
    "I messaggi e le chiamate sono crittografati end-to-end",
    "Berichten en oproepen worden end-to-end versleuteld",
    "Сообщения и звонки защищены сквозным шифрованием",
    "Mesajlar ve aramalar uçtan uca şifrelidir",
    "Pesan dan panggilan terenkripsi secara end-to-end",
)
"""The first sentence of the notice, whole: its words alone people use in talking about it."""

_GOES_ON: Final = (
    "WhatsApp", "Only people in this chat", "只有此聊天", "只有此對話", "Nur Personen in diesem",
    "Solo las personas", "Seules les personnes", "Somente as pessoas", "Solo le persone",
    "Alleen personen",
)  # fmt: skip
"""What the rest of it holds, if there is any: somebody's comment on the sentence does not."""

_SENTENCE: Final = (
    "(?s)^(?:" + "|".join(map(re.escape, _ENCRYPTED)) + r")[.。]"
    r"(?:[^\n]*(?:" + "|".join(map(re.escape, _GOES_ON)) + r")[^\n?？!！]*)?$"
)


def is_bracketed(buffer: Memory, starts: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which records have the header of an iPhone, by the first byte of each."""
    found: NDArray[np.bool_] = np.frombuffer(buffer, np.uint8)[starts] == ord("[")
    return found


def says_encrypted(bodies: pl.Series) -> NDArray[np.bool_]:
    """Tell which bodies begin as the sentence about encryption does."""
    return bodies.str.contains_any(list(_ENCRYPTED)).to_numpy()


def may_be_notice(bodies: pl.Series, who: pl.Series) -> NDArray[np.bool_]:
    """Tell cheaply which bodies are worth a closer look: those that hold their sender's name.

    Args:
        bodies: What the records say.
        who: Name of the sender, null for nobody.
    """
    rows = pl.DataFrame({"body": bodies, "who": who})
    # Numbers are written with other blanks than names are kept with.
    plain = pl.col("body").str.replace_all("[\u00a0\u202f]", " ")
    named = rows.select(plain.str.contains(pl.col("who"), literal=True).fill_null(False))
    return named.to_series().to_numpy()


def is_notice(said: pl.Series, who: pl.Series, unmarked: pl.Series) -> pl.Series:
    """Tell notices among bodies without a mark.

    Args:
        said: The bodies, as ``clean_wording`` has them.
        who: Name of the sender.
        unmarked: Whether a notice may have lost its mark (Boolean).

    Returns:
        Boolean, no nulls. True for the sentence about encryption, in any log; where marks may be
        lost, for one line of a known wording whose actor or target the sender is.
    """
    rows = pl.DataFrame({"said": said, "who": who, "unmarked": unmarked})
    rows = rows.with_row_index("row")
    maybe = rows.filter("unmarked", ~pl.col("said").str.contains("\n", literal=True))
    read = read_notices(maybe["said"])
    own = pl.concat([maybe, read], how="horizontal").filter(
        pl.col("event").is_in(_EVENTS),
        (pl.col("actor_name") == pl.col("who")).fill_null(False)
        | pl.col("target_names").list.contains(pl.col("who")).fill_null(False),
    )
    encrypted = pl.col("said").str.contains(_SENTENCE).fill_null(False)
    return rows.select(encrypted | pl.col("row").is_in(own["row"].implode())).to_series()
