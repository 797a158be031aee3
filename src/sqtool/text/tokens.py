"""The one way texts become words: jieba's dictionary and algorithm, cut by jieba-rs where it is.

``tokens`` cuts, ``terms`` keeps what says something. Both take a column and give a column; a text
that occurs a thousand times is cut once. The two cutters give the same words, because both see
nothing but Han characters, Latin letters and digits: they differ on punctuation inside numbers.

A word of the operator's own (``text.user_words``) is always one word, the longest first. It is
taken out before the cutting and put back after it, however a cutter would weigh it.
"""

import logging
import warnings
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources

import polars as pl

from sqtool.config import Text
from sqtool.places import cache_dir

_HAN = r"\p{Han}"
_NOT_A_WORD = r"[^\p{L}\p{M}\p{N}'’\x{100000}-\x{10fffd}]+"
_OTHER_LETTERS = r"[^\p{Han}a-z0-9\x{100000}-\x{10fffd}]+"  # among Han: no cutter knows them
_WORDS_WITHOUT_HAN = r"[\p{L}\p{M}\p{N}\x{100000}-\x{10fffd}]+(?:['’]\p{L}+)*"
_FIRST_MARK = 0x100000
_MOST_MARKS = 0xFFFD
_CHUNK_ROWS = 50_000
_Cut = Callable[[str], Iterable[str]]

_URL = (
    r"(?:https?://|www\.)[^\s\p{Han}，。！？；、）】》\x22]+"
    r"|[a-z0-9._-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"
    r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|io|me|cc|top|vip|xyz)\b(?:/[^\s\p{Han}]*)?"
)
_MENTION = r"@[^\s\x{2005}@,，。:：!！?？、]{1,30}"
_BRACKETED = r"\[[^\[\]\s]{1,12}\]"
_DIGITS = r"\p{N}+"


def cleaned(text: pl.Expr) -> pl.Expr:
    """Return the texts in lower case without what never counts as a word.

    Links, mail addresses, mentions, names of stickers (``[捂脸]``) and digits; quotes and notices
    are in columns of their own and do not get here.
    """
    return text.str.to_lowercase().str.replace_all(f"{_URL}|{_MENTION}|{_BRACKETED}", " ")


def tokens(texts: pl.Series, settings: Text) -> pl.Series:
    """Cut texts into words.

    Args:
        texts: Strings; null gives null.
        settings: ``user_words`` are kept whole.

    Returns:
        Lists of words of the same length and name, in lower case, without blanks and punctuation.
        Without Han characters a text is cut where its letters and digits end.
    """
    return _words(texts, settings, pl.col("text").str.to_lowercase(), _NOT_A_WORD)


def terms(texts: pl.Series, settings: Text) -> pl.Series:
    """Return the words that say something: no stop words, no single characters, no digits.

    Args:
        texts: Texts as they were written; null gives null.
        settings: User words (kept, whatever they look like) and further stop words.
    """
    own = [word.lower() for word in settings.user_words]
    kept = pl.element().is_in(own) | (
        ~pl.element().is_in(stop_words(settings))
        & (pl.element().str.len_chars() >= settings.least_characters)
    )
    cut = _words(texts, settings, cleaned(pl.col("text")), f"{_NOT_A_WORD}|{_DIGITS}")
    return cut.list.eval(pl.element().filter(kept))


def _words(texts: pl.Series, settings: Text, small: pl.Expr, blank: str) -> pl.Series:
    """Cut each distinct text once: made ``small``, user words marked, what is ``blank`` gone."""
    marks = _marks(settings)
    if marks:
        padded = [f" {mark} " for mark in marks.values()]
        small = small.str.replace_many(list(marks), padded, leftmost=True)
    frame = (
        pl.DataFrame({"text": texts}, schema={"text": pl.String})
        .drop_nulls()
        .unique()
        .with_columns(small=small.str.replace_all(blank, " "))
        .with_columns(has_han=pl.col("small").str.contains(_HAN))
        .sort("has_han")
    )
    plain = frame.filter(~pl.col("has_han"))["small"].str.extract_all(_WORDS_WITHOUT_HAN)
    han = frame.filter("has_han")["small"].str.replace_all(_OTHER_LETTERS, " ")
    parts = [plain] + [_cut(han.slice(i, _CHUNK_ROWS)) for i in range(0, len(han), _CHUNK_ROWS)]
    words = pl.concat(parts)
    if marks:
        back = dict(zip(marks.values(), marks, strict=True))
        words = words.list.eval(pl.element().replace(back))
    looked_up = pl.DataFrame({"text": frame["text"], "words": words})
    column = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    found = column.join(looked_up, on="text", how="left", maintain_order="left")
    return found["words"].rename(texts.name)


def stop_words(settings: Text) -> list[str]:
    """Return the words that are never counted: the list that comes with us and the settings'."""
    own = {word.lower() for word in settings.user_words}
    return sorted({*_listed(), *(word.lower() for word in settings.stop_words)} - own)


@cache
def _listed() -> frozenset[str]:
    text = resources.files("sqtool.text").joinpath("stopwords.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return frozenset(word for words in lines for word in words)


def _marks(settings: Text) -> dict[str, str]:
    """Return a character for private use for each user word, the longest word first."""
    words = sorted(
        {w.lower() for w in settings.user_words if w.strip()}, key=lambda w: (-len(w), w)
    )
    return {word: chr(_FIRST_MARK + i) for i, word in enumerate(words[:_MOST_MARKS])}


def _cut(texts: pl.Series) -> pl.Series:
    """Cut all texts in one call and give each its words back."""
    if texts.is_empty():
        return pl.Series(dtype=pl.List(pl.String))
    pieces = pl.Series("word", list(cutter()("\n".join(texts))), dtype=pl.String)
    end = pl.col("word") == "\n"
    words = (
        pl.DataFrame({"word": pieces})
        .with_columns(row=end.cum_sum())
        .filter(~pl.col("word").is_in(["\n", " "]))
        .group_by("row", maintain_order=True)
        .agg("word")
    )
    rows = pl.DataFrame({"row": range(len(texts))}, schema={"row": words.schema["row"]})
    found = rows.join(words, on="row", how="left", maintain_order="left")["word"]
    return found.fill_null(pl.lit(pl.Series([[]], dtype=pl.List(pl.String))))


@cache
def cutter() -> _Cut:
    """Return the function that cuts: that of jieba-rs, else that of jieba."""
    try:
        import rjieba
    except ImportError:
        return jieba_cutter()
    cut: _Cut = rjieba.Jieba().cut
    return cut


@cache
def jieba_cutter() -> _Cut:
    """Return jieba's own function: the reference, and what is used where jieba-rs has no wheel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its strings have escapes that Python has come to dislike
        import jieba
    # It would tell on stderr how long it took to load.
    logging.getLogger("jieba").setLevel(logging.CRITICAL)
    tokenizer = jieba.Tokenizer()
    # Else the prepared dictionary would lie in the folder for temporary files, for all to write.
    folder = cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.tmp_dir = str(folder)
    cut: _Cut = tokenizer.cut
    return cut
