"""Is a message a question? The rules are the lists of ``questions.toml``; here is how they join.

一条消息是不是提问:规则全在 ``questions.toml``,可读可改,这里只负责套用。
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

_RULES = Path(__file__).with_suffix(".toml")
_LEADING = r"^(\s*@\S+\s*)+"
# Blanks, emoji, stickers ([捂脸]), closing punctuation: not what the sentence ends with.
_TRAILING = r"(\[[^\[\]]{1,6}\]|[^\p{L}\p{N}?])+$"
_POLITE = r"[\s,.!]*(谢谢(大家|老师|各位|啦|了)?|多谢|感谢|thanks|thank you|thx|谢了|急|在线等)$"
LONG = 150
"""Beyond so many characters a text is an announcement or a story: only a question mark at its end,
or words that say it is a question, make it one."""


@dataclass(frozen=True)
class Rules:
    """The lists. One by one they are tried faster than joined: each keeps its literal part."""

    triggers: tuple[str, ...]
    characters: dict[str, str]
    never: tuple[str, ...]
    harmless: tuple[str, ...]
    explicit: tuple[str, ...]
    asks: tuple[str, ...]
    laughing: tuple[str, ...]


def _listed(table: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(rule for rules in table.values() for rule in rules)


@cache
def rules() -> Rules:
    """Read the rules."""
    read = tomllib.loads(_RULES.read_text(encoding="utf-8"))
    lists = ("never", "harmless", "explicit", "asks", "laughing")
    return Rules(
        triggers=tuple(read["triggers"]),
        characters=read["characters"],
        **{name: _listed(read[name]) for name in lists},
    )


def _any(text: pl.Expr, found: tuple[str, ...]) -> pl.Expr:
    return pl.any_horizontal(text.str.contains(rule) for rule in found)


def asking(frame: pl.LazyFrame, column: str = "text") -> pl.LazyFrame:
    """Return the rows whose text is a question.

    Rows without any of the triggers go first, so the expressions see few texts.

    Args:
        frame: Any rows.
        column: The text; null is no question.
    """
    known, text = rules(), pl.col(column)
    plain = (
        text.str.to_lowercase()
        .str.replace_many(known.characters)
        .str.replace(_LEADING, "")
        .str.replace(_TRAILING, "")
        .str.replace(_POLITE, "")
        .str.replace(_TRAILING, "")
    )
    left = pl.col("_plain")
    for rule in known.harmless:
        left = left.str.replace_all(rule, "·")
    short = pl.col("_plain").str.len_chars() <= LONG
    said = _any(pl.col("_left"), known.explicit)
    joking = _any(pl.col("_plain"), known.laughing)
    asks = _any(pl.col("_left"), known.asks)
    ends = pl.col("_left").str.ends_with("?")
    return (
        frame.filter(text.str.contains_any(list(known.triggers), ascii_case_insensitive=True))
        .with_columns(_plain=plain)
        .filter(~_any(pl.col("_plain"), known.never))
        .with_columns(_left=left)
        .filter(said | (pl.when(short).then(asks).otherwise(ends) & ~joking))
        .drop("_plain", "_left")
    )
