"""The records of a WhatsApp log as columns: kinds, texts, notices, mentions."""

from collections.abc import Iterator
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
from sqtool.slices import Offsets, strings

_ROWS: Final = 300_000
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
        self._unmarked = bracketed and not any(_LRM in piece.buffer for piece in self._pieces)
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
        """Bring records into columns."""
        senders = np.concatenate([piece.senders for piece in pieces])
        body = pl.concat([piece.bodies() for piece in pieces], rechunk=False)
        spoken = senders != NOBODY
        senders[~spoken] = len(self._names) - 1
        unmarked = self._without_marks(pieces, body, senders)
        looked = np.concatenate([_odd(piece) for piece in pieces]) | unmarked
        first = max(0, _FIRST_NOTICES - self._passed)
        looked[:first] |= says_encrypted(body[:first])
        self._passed += len(senders)
        odd = np.flatnonzero(looked & spoken)
        unsaid = np.flatnonzero(~spoken)
        who = self._names.gather(senders[odd])
        read = read_odd(body.gather(odd), who, pl.Series(unmarked[odd]))
        wordings = pl.DataFrame({"text": body.gather(unsaid)})
        wordings = wordings.select(clean_wording(pl.col("text")))
        self._learn(read.with_columns(who=who), wordings["text"])
        codes = np.full(len(senders), KINDS.index("text"), np.uint8)
        codes[odd] = read["kind"].cast(KIND).to_physical().to_numpy()
        codes[unsaid] = KINDS.index("system")
        # Notices are nobody's, but who deleted a message of his own is known.
        recall = (read["deleted"] & read["admin"].is_null()).to_numpy()
        notice = (read["kind"] == "system").to_numpy() & ~recall
        senders[odd[notice]] = len(self._names) - 1
        recalled = np.zeros(len(senders), np.uint8)
        recalled[odd[recall]] = 1
        rewritten = np.concatenate((odd, unsaid))
        words = _spread(pl.concat([read["text"], wordings["text"]]), rewritten, len(senders))
        stays = np.ones(len(senders), np.bool_)
        stays[rewritten] = False
        mentions = self._mentions(body, pieces, codes)
        spoke = np.zeros(len(self._names), np.bool_)
        spoke[senders] = True
        self.speakers.update(self._names.filter(pl.Series(spoke)).drop_nulls())
        return pl.DataFrame(
            {
                "line": pl.Series(np.concatenate([piece.lines for piece in pieces])),
                "wall_at": pl.concat([piece.wall for piece in pieces]),
                "sender_id": self._ids.gather(senders),
                "sender_name": self._names.gather(senders),
                "kind": pl.Series(KINDS, dtype=KIND).gather(codes),
                "text": body.zip_with(pl.Series(stays), words),
                "event": pl.Series([None, "recall"], dtype=EVENT).gather(recalled),
                **mentions,
            }
        ).with_columns(pl.col("line").cast(pl.UInt32))

    def _without_marks(
        self, pieces: list[Piece], body: pl.Series, senders: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """Tell the records that may be notices in a log that has lost its invisible marks."""
        if not self._unmarked:
            return np.zeros(len(senders), np.bool_)
        found = np.concatenate([is_bracketed(piece.buffer, piece.starts) for piece in pieces])
        rows = np.flatnonzero(found)
        found[rows] = may_be_notice(body.gather(rows), self._names.gather(senders[rows]))
        return found

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
        self, body: pl.Series, pieces: list[Piece], codes: NDArray[np.uint8]
    ) -> dict[str, pl.Series]:
        """Return who is mentioned: names between invisible marks, or numbers without their plus."""
        at: list[NDArray[np.int64]] = []
        before = 0
        for piece in pieces:
            places = np.flatnonzero(np.frombuffer(piece.buffer, np.uint8) == ord("@"))
            at.append(_holding(places, piece.texts, piece.stops) + before)
            before += len(piece.texts)
        rows = np.concatenate(at)
        rows = rows[codes[rows] != KINDS.index("system")]
        if not len(rows):
            return {}
        found = pl.DataFrame({"row": rows, "body": body.gather(rows)})
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
    return pl.concat([values, pl.Series([None], dtype=values.dtype)]).gather(place)


def _odd(piece: Piece) -> NDArray[np.bool_]:
    """Tell the records that look like something else than a plain text from outside."""
    data = np.frombuffer(piece.buffer, np.uint8)
    texts, stops = piece.texts, piece.stops
    odd: NDArray[np.bool_] = (stops == texts) | (data[texts] == ord("<")) | _ENDS[data[stops - 1]]
    odd |= _ENDS[data[np.minimum(piece.ends, stops) - 1]]
    if _LRM in piece.buffer:
        marks = np.flatnonzero(data == _LRM[0])
        marks = marks[(data[marks + 1] == _LRM[1]) & (data[marks + 2] == _LRM[2])]
        odd[_holding(marks, texts, stops)] = True
    at = piece.buffer.find(_PLACE)
    while at >= 0:
        odd[_holding(np.array([at]), texts, stops)] = True
        at = piece.buffer.find(_PLACE, at + 1)
    size = stops - texts
    mixed = _mixed(size, data[texts], data[stops - 1])
    maybe = np.flatnonzero(_SENTENCES[mixed] & (size <= _LONGEST))
    said = strings(piece.buffer, texts[maybe].astype(np.int64), stops[maybe].astype(np.int64))
    odd[maybe[said.str.to_lowercase().is_in(WHOLE).to_numpy()]] = True
    return odd


def _holding(
    places: NDArray[np.int64], texts: NDArray[np.int32], stops: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the records whose text holds one of these offsets."""
    rows = np.searchsorted(texts, places, side="right") - 1
    rows = rows[(rows >= 0) & (places < stops[rows])]
    return np.asarray(rows[np.diff(rows, prepend=-1) > 0], np.int64)
