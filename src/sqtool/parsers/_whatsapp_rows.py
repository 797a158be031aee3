"""The records of a WhatsApp log as columns: kinds, texts, notices, mentions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._whatsapp_bodies import WHOLE, clean_wording, read_odd
from sqtool.parsers._whatsapp_log import NOBODY, Piece, read_pieces
from sqtool.parsers._whatsapp_people import read_person
from sqtool.parsers._whatsapp_unmarked import is_bracketed, may_be_notice, says_encrypted
from sqtool.parsers._whatsapp_words import ENCRYPTED
from sqtool.schema import EVENT, KIND, KINDS
from sqtool.slices import Offsets

_ROWS: Final = 1_000_000
_FIRST_NOTICES: Final = 200
_LRM: Final = b"\xe2\x80\x8e"
_PLACE: Final = b"https://maps.google.com/?q="
_ENDS: Final = np.zeros(256, np.bool_)
"""What a placeholder, or its first line, may end with (9A ends a wide colon)."""
_ENDS[[*b"<>):", 0x9A]] = True
_SENTENCES: Final = np.zeros(1 << 16, np.bool_)
"""Length, first and last byte, mixed, of sentences that WhatsApp writes instead of a message."""
_LONGEST: Final = max(len(one.encode()) for one in WHOLE)


def _mixed(size: NDArray[np.int32], first: NDArray[np.uint8], last: NDArray[np.uint8]) -> Offsets:
    mixed = (size.astype(np.int64) << 9) ^ (first.astype(np.int64) << 4) ^ last
    return np.asarray(mixed & 0xFFFF, np.int64)


for _one in WHOLE:
    for _form in (_one, _one[0].upper() + _one[1:]):
        _bytes = np.frombuffer(_form.encode(), np.uint8)
        _SENTENCES[_mixed(np.array([len(_bytes)], np.int32), _bytes[:1], _bytes[-1:])] = True
_ISOLATED: Final = "@\u2068[^\u2069\n]*\u2069"
_NUMBERED: Final = r"@\d{7,15}"


class Log:
    """A log: its records in columns, and what is learnt while they pass by.

    Args:
        export: The file.
        issues: Told of the order of the dates, and of what was not read.
    """

    def __init__(self, export: Export, issues: IssueLog) -> None:
        self._pieces, shown = read_pieces(export, issues)
        people = [read_person(name) for name in shown]
        # The last one stands for nobody.
        self._names = pl.Series([*(p.name for p in people), None], dtype=pl.String)
        self._ids = pl.Series([*(p.id for p in people), None], dtype=pl.String)
        self.speakers: set[str] = set()
        """Names of those who said something."""
        self.encrypted_by: str | None = None
        """On an iPhone the notice of encryption is by the chat: a group or a contact."""
        self.first_notices: list[str] = []
        self._own: set[str] = set()
        bracketed = any(is_bracketed(piece.buffer, piece.starts).any() for piece in self._pieces)
        self._unmarked = bracketed and all(piece.buffer.find(_LRM, 0) < 0 for piece in self._pieces)
        self._passed = 0

    @property
    def self_name(self) -> str | None:
        """The exporting user's name, where a deleted message tells it."""
        return next(iter(self._own)) if len(self._own) == 1 else None

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield the records as ``RAW_MESSAGES`` columns, in file order; can be asked for once."""
        # A step costs as much for a hundred rows as for thousands.
        group: list[Piece] = []
        while self._pieces:
            group.append(self._pieces.pop(0))
            if not self._pieces or sum(len(piece.starts) for piece in group) >= _ROWS:
                yield self._frame(group)
                group = []

    def _frame(self, pieces: list[Piece]) -> pl.DataFrame:
        """Bring records into columns; the pieces are used up."""
        looks = [_look(piece, *self._doubtful(piece)) for piece in pieces]
        _know_sentences(looks)
        senders = np.concatenate([piece.senders for piece in pieces])
        lines = np.concatenate([piece.lines.view(np.uint32) for piece in pieces])
        wall = pl.concat([piece.wall for piece in pieces])
        pieces.clear()
        odd, odd_bodies = _all([(look.body, look.odd) for look in looks])
        unsaid, wordings = _all([(look.body, look.unsaid) for look in looks])
        called, calling = _all([(look.body, look.called) for look in looks])
        unmarked = np.concatenate([look.unmarked for look in looks])[odd]
        senders[unsaid] = len(self._names) - 1
        who = self._names.gather(pl.Series(senders[odd]))
        read = read_odd(odd_bodies, who, pl.Series(unmarked))
        wordings = pl.DataFrame({"text": wordings}).select(clean_wording(pl.col("text")))["text"]
        self._learn(read.with_columns(who=who), wordings)
        codes = np.full(len(senders), KINDS.index("text"), np.uint8)
        codes[odd] = read["kind"].cast(KIND).to_physical().to_numpy()
        codes[unsaid] = KINDS.index("system")
        # Notices are nobody's, but who deleted a message of his own is known.
        recall = (read["deleted"] & read["admin"].is_null()).to_numpy()
        notice = (read["kind"] == "system").to_numpy() & ~recall
        senders[odd[notice]] = len(self._names) - 1
        recalled = np.zeros(len(senders), np.uint8)
        recalled[odd[recall]] = 1
        mentions = self._mentions(calling, called, codes)
        text = _texts(looks, read["text"], wordings)
        spoke = np.zeros(len(self._names), np.bool_)
        spoke[senders] = True
        self.speakers.update(self._names.filter(pl.Series(spoke)).drop_nulls())
        whose = pl.Series(senders)
        return pl.DataFrame(
            {
                "line": pl.Series(lines),
                "wall_at": wall,
                "sender_id": self._ids.gather(whose),
                "sender_name": self._names.gather(whose),
                "kind": pl.Series(KINDS, dtype=KIND).gather(pl.Series(codes)),
                "text": text,
                "event": pl.Series([None, "recall"], dtype=EVENT).gather(pl.Series(recalled)),
                **mentions,
            }
        )

    def _doubtful(self, piece: Piece) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell the records that may be notices in a log that has lost its invisible marks.

        Returns:
            Whether each may be one; whether each of the first says what is said of encryption.
        """
        first = max(0, _FIRST_NOTICES - self._passed)
        self._passed += len(piece.texts)
        crypt = says_encrypted(piece.bodies()[:first]) if first else np.zeros(0, np.bool_)
        if not self._unmarked:
            return np.zeros(len(piece.texts), np.bool_), crypt
        found = is_bracketed(piece.buffer, piece.starts)
        rows = np.flatnonzero(found)
        who = np.where(piece.senders == NOBODY, len(self._names) - 1, piece.senders)[rows]
        said = piece.bodies().gather(pl.Series(rows))
        found[rows] = may_be_notice(said, self._names.gather(pl.Series(who)))
        return found, crypt

    def _learn(self, read: pl.DataFrame, wordings: pl.Series) -> None:
        self._own.update(read.filter("by_self")["who"].drop_nulls())
        notices = read.filter(pl.col("kind") == "system", ~pl.col("deleted"))
        if not self.first_notices:
            first = pl.concat([wordings.head(_FIRST_NOTICES), notices["text"].head(_FIRST_NOTICES)])
            self.first_notices = first.drop_nulls().to_list()
        if self.encrypted_by is None:
            crypt = notices.filter(pl.col("text").str.contains_any(list(ENCRYPTED)))["who"]
            self.encrypted_by = next(iter(crypt.drop_nulls()), None)

    def _mentions(
        self, bodies: pl.Series, rows: NDArray[np.int64], codes: NDArray[np.uint8]
    ) -> dict[str, pl.Series]:
        """Return who is mentioned: names between invisible marks, or numbers without their plus.

        Args:
            bodies: What the records say that hold an ``@``.
            rows: Which records these are.
            codes: Kinds of all records.
        """
        said = codes[rows] != KINDS.index("system")
        if not said.any():
            return {}
        found = pl.DataFrame({"row": rows, "body": bodies}).filter(pl.Series(said))
        names = found.select("row", name=pl.col("body").str.extract_all(_ISOLATED))
        names = names.explode("name", empty_as_null=False)
        different = names["name"].unique()
        people = [read_person(name[1:]) for name in different]
        ids, plain = ([getattr(p, part) for p in people] for part in ("id", "name"))
        names = names.with_columns(
            id=pl.col("name").replace_strict(different, ids, return_dtype=pl.String),
            name=pl.col("name").replace_strict(different, plain, return_dtype=pl.String),
        )
        phones = self._ids.drop_nulls()
        numbers = found.filter(pl.col("body").str.contains(_NUMBERED)) if len(phones) else found[:0]
        numbers = (
            numbers.select("row", id=pl.col("body").str.extract_all(_NUMBERED))
            .explode("id", empty_as_null=False)
            .with_columns(id=pl.lit("+") + pl.col("id").str.strip_prefix("@"))
            .filter(pl.col("id").is_in(phones.implode()))
        )
        by_id = pl.concat([names.filter(pl.col("id").is_not_null()).select("row", "id"), numbers])
        by_name = names.filter(pl.col("id").is_null()).select("row", "name")
        return {
            column: _listed(pairs, len(codes))
            for column, pairs in (("mention_ids", by_id), ("mention_names", by_name))
            if pairs.height
        }


def _listed(pairs: pl.DataFrame, height: int) -> pl.Series:
    """Return a column of so many rows that lists what belongs to each; pairs are row and value."""
    pairs = pairs.unique(maintain_order=True).sort("row", maintain_order=True)
    rows = pairs["row"].to_numpy()
    first = np.flatnonzero(np.diff(rows, prepend=-1) > 0)
    if len(first) == len(rows):
        lists = pairs.select(pl.concat_list(pl.nth(1))).to_series()
    else:
        lists = pairs.group_by("row", maintain_order=True).agg(pl.nth(1)).to_series(1)
    return _spread(lists, rows[first], height)


def _spread(values: pl.Series, rows: NDArray[np.int64], height: int) -> pl.Series:
    """Return a column of so many rows: the values where they belong, null elsewhere."""
    place = np.full(height, len(values), np.uint32)
    place[rows] = np.arange(len(values), dtype=np.uint32)
    every = pl.concat([values, pl.Series([None], dtype=values.dtype)], rechunk=True)
    return every.gather(pl.Series(place))


@dataclass
class _Look:
    """What the records of a piece are seen to be without reading them.

    Args:
        body: What each says, sharing the buffer's memory.
        odd: Those that somebody sent and that look like something else than a plain text.
        maybe: Others that somebody sent and that may be one of WhatsApp's sentences.
        unsaid: Those that nobody sent.
        called: Those that hold an ``@``.
        unmarked: Whether each may be a notice that has lost its mark (Boolean).
    """

    body: pl.Series
    odd: NDArray[np.int64]
    maybe: NDArray[np.int64]
    unsaid: NDArray[np.int64]
    called: NDArray[np.int64]
    unmarked: NDArray[np.bool_]


def _look(piece: Piece, unmarked: NDArray[np.bool_], crypt: NDArray[np.bool_]) -> _Look:
    data = np.frombuffer(piece.buffer, np.uint8)
    said = piece.senders != NOBODY
    odd = _odd(piece, data) | unmarked
    odd[: len(crypt)] |= crypt
    odd &= said
    size = piece.stops - piece.texts
    mixed = _mixed(size, data[piece.texts], data[piece.stops - 1])
    return _Look(
        body=piece.bodies(),
        odd=np.flatnonzero(odd),
        maybe=np.flatnonzero(_SENTENCES[mixed] & (size <= _LONGEST) & said & ~odd),
        unsaid=np.flatnonzero(~said),
        called=_holding(np.flatnonzero(data == ord("@")), piece.texts, piece.stops),
        unmarked=unmarked,
    )


def _know_sentences(looks: list[_Look]) -> None:
    """Count among the odd ones what is a sentence of WhatsApp's: one question for all pieces."""
    _, bodies = _all([(look.body, look.maybe) for look in looks])
    known = bodies.str.to_lowercase().is_in(WHOLE).to_numpy()
    done = 0
    for look in looks:
        here = look.maybe[known[done : done + len(look.maybe)]]
        done += len(look.maybe)
        look.odd = np.sort(np.concatenate((look.odd, here)))


def _all(picked: list[tuple[pl.Series, NDArray[np.int64]]]) -> tuple[NDArray[np.int64], pl.Series]:
    """Return which rows were picked, numbered through all pieces, and their bodies."""
    firsts = np.cumsum([0, *(len(body) for body, _ in picked)])[:-1]
    numbers = [rows + first for (_, rows), first in zip(picked, firsts, strict=True)]
    bodies = [body.gather(pl.Series(rows)) for body, rows in picked]
    return np.concatenate(numbers), pl.concat(bodies, rechunk=True)


def _texts(looks: list[_Look], odd: pl.Series, unsaid: pl.Series) -> pl.Series:
    """Return the bodies with those read instead of the odd and the unsaid ones; uses up looks."""
    done: list[pl.Series] = []
    odd_done = unsaid_done = 0
    # Piece by piece: the whole would be in memory three times.
    while looks:
        look = looks.pop(0)
        count, others, more = len(look.body), len(look.odd), len(look.unsaid)
        place = np.arange(count, dtype=np.uint32)
        place[look.odd] = np.arange(count, count + others, dtype=np.uint32)
        place[look.unsaid] = np.arange(count + others, count + others + more, dtype=np.uint32)
        here = [look.body, odd.slice(odd_done, others), unsaid.slice(unsaid_done, more)]
        done.append(pl.concat(here, rechunk=True).gather(pl.Series(place)))
        odd_done, unsaid_done = odd_done + others, unsaid_done + more
    return pl.concat(done, rechunk=True)


def _odd(piece: Piece, data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell the records that look like something else than a plain text from outside."""
    texts, stops = piece.texts, piece.stops
    odd: NDArray[np.bool_] = (stops == texts) | (data[texts] == ord("<")) | _ENDS[data[stops - 1]]
    odd |= _ENDS[data[np.minimum(piece.ends, stops) - 1]]
    marks = np.flatnonzero(data == _LRM[0])
    marks = marks[(data[marks + 1] == _LRM[1]) & (data[marks + 2] == _LRM[2])]
    if len(marks):
        odd[_holding(marks, texts, stops)] = True
    at = piece.buffer.find(_PLACE)
    while at >= 0:
        odd[_holding(np.array([at]), texts, stops)] = True
        at = piece.buffer.find(_PLACE, at + 1)
    return odd


def _holding(
    places: NDArray[np.int64], texts: NDArray[np.int32], stops: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the records whose text holds one of these offsets."""
    rows = np.searchsorted(texts, places, side="right") - 1
    rows = rows[(rows >= 0) & (places < stops[rows])]
    return np.asarray(rows[np.diff(rows, prepend=-1) > 0], np.int64)
