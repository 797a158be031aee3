"""Two files of one chat are one chat: which rows are the same message.

Same message id; else, between files, the same sender, second (minute, where a format prints no
seconds), kind and whitespace-normalised text, keeping the largest count that any one file shows
(some clients repeat identical records on purpose). Of two equal rows the one that carries more
stays.

Two tools may number the same messages differently, and one may count anew in each export: ids are
compared only among files in which the same ones are of the same times. A file that shows only names
beside one that shows ids: the rows both have say whose name is whose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import polars as pl

from sqtool.identity import clean_name

LEAST_EQUAL_ROWS: Final = 2
"""So many rows must be equal in two files before a name of one is an id of the other …"""
LEAST_EQUAL_SHARE: Final = 0.5
"""… and they must be this share of the rows of that name which the other file has at all."""

SAME_TIME: Final = timedelta(minutes=1)
"""A number is of the same message in two files if the times are so near; half of the shared ones
must be, or both count their own messages from 1."""

_FACTS = (
    "message_id", "reply_to_id", "quoted_text", "mention_ids", "text", "event",
    "reactions",
)  # fmt: skip
_ONE: Final = 0


@dataclass(frozen=True)
class Sources:
    """The files of a chat, compared.

    Args:
        files: Their titles, by file_no.
        systems: Which files number messages alike: the same number for these.
        by_minute: Whether the times of a file lack seconds.
        ties: file_no, name (clean), tied_id: names of files without ids that are known people.
        origins: What to count and to order the rows of a file by: its number; for all that comes
            from one chat of the store the same one, whatever it was imported from.
        numbers: What the store calls the system of each file.
        held: The origin whose rows are different messages for certain: the chat of the store.
        several: Whether there is more than one file with rows.
    """

    files: Sequence[str]
    systems: Sequence[int]
    by_minute: Sequence[bool]
    ties: pl.DataFrame
    origins: Sequence[int]
    numbers: Sequence[int]
    held: int | None = None
    several: bool = True

    def origin(self) -> pl.Expr:
        """The origin of a row, from its file_no."""
        return pl.lit(pl.Series(self.origins, dtype=pl.UInt32)).gather(pl.col("file_no"))


NO_TIES = pl.DataFrame(schema={"file_no": pl.UInt32, "name": pl.String, "tied_id": pl.String})


def compare(
    files: Sequence[str],
    formats: Sequence[str],
    by_minute: Sequence[bool],
    outlines: Sequence[pl.DataFrame],
    origins: Sequence[int],
    kept: Sequence[int | None],
) -> Sources:
    """Find out how the files of a chat relate.

    Args:
        files: Their titles.
        formats: Name of the format of each.
        by_minute: Whether its times lack seconds.
        outlines: Of each the result of ``outline``.
        origins: See ``Sources``.
        kept: What the store calls the system of each that comes from it.
    """
    ids = [
        frame.select("id_hash", "sent_at").drop_nulls().unique("id_hash", maintain_order=True)
        for frame in outlines
    ]
    systems = _systems(formats, ids, origins, kept)
    named = [number for number, frame in enumerate(outlines) if frame["unknown"].any()]
    with_ids = [n for n, frame in enumerate(outlines) if frame["sender_id"].is_not_null().any()]
    ties = [
        _ties(
            outlines[number],
            outlines[known],
            minutes=by_minute[number] or by_minute[known],
        ).with_columns(file_no=pl.lit(number, pl.UInt32))
        for number in named
        for known in with_ids
        if origins[number] != origins[known]
    ]
    tied = pl.concat([NO_TIES, *(frame.select(NO_TIES.columns) for frame in ties)])
    return Sources(
        files,
        systems,
        by_minute,
        tied.unique(["file_no", "name"], keep="first", maintain_order=True),
        origins,
        _numbers(systems, [frame.height > 0 for frame in ids], origins, kept),
        next((o for o, number in zip(origins, kept, strict=True) if number is not None), None),
    )


def _systems(
    formats: Sequence[str],
    ids: Sequence[pl.DataFrame],
    origins: Sequence[int],
    kept: Sequence[int | None],
) -> list[int]:
    """Return which files number messages alike; what the store told apart stays apart."""
    systems = list(range(len(formats)))
    # The numberings of a chat of the store that are in a system.
    held: list[dict[int, int]] = []
    firsts: dict[tuple[int, int], int] = {}
    for number, told in enumerate(kept):
        if told is not None:
            systems[number] = firsts.setdefault((origins[number], told), number)
        held.append({} if told is None else {origins[number]: told})
    for later in range(len(formats)):
        for earlier in range(later):
            old, new = systems[later], systems[earlier]
            if old == new or ids[later].is_empty() or ids[earlier].is_empty():
                continue
            if any(held[new].get(chat, told) != told for chat, told in held[old].items()):
                continue
            shared = ids[later].join(ids[earlier], on="id_hash")
            agree = (pl.col("sent_at") - pl.col("sent_at_right")).abs() <= SAME_TIME
            alike = shared.select(agree.mean()).item()
            if formats[later] == formats[earlier] if alike is None else alike >= LEAST_EQUAL_SHARE:
                systems = [new if system == old else system for system in systems]
                held[new] |= held[old]
    return systems


def _numbers(
    systems: Sequence[int],
    with_ids: Sequence[bool],
    origins: Sequence[int],
    kept: Sequence[int | None],
) -> list[int]:
    """Return what the store shall call the systems: as before; new ones get the next number."""
    first = next((o for o, told in zip(origins, kept, strict=True) if told is not None), None)
    names: dict[int, int] = {}
    for system, origin, told in zip(systems, origins, kept, strict=True):
        if told is not None and origin == first:
            names.setdefault(system, told)
    free = max(names.values(), default=-1) + 1
    for system, numbering in zip(systems, with_ids, strict=True):
        if numbering and system not in names:
            names[system] = free
            free += 1
    return [names.get(system, 0) for system in systems]


def outline(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what ``compare`` needs of rows.

    Returns:
        sender_id, sent_at, id_hash, name (clean), unknown (there is but a name), said (a hash).
    """
    return rows.filter(pl.col("kind") != "system").select(
        "sender_id",
        "sent_at",
        id_hash=pl.when(pl.col("message_id").is_not_null()).then(pl.col("message_id").hash()),
        name=clean_name(pl.col("sender_name")),
        unknown=pl.col("sender_id").is_null() & pl.col("sender_name").is_not_null(),
        said=pl.struct(pl.col("kind").to_physical(), _words()).hash(),
    )


def _ties(named: pl.DataFrame, known: pl.DataFrame, *, minutes: bool) -> pl.DataFrame:
    """Return name, tied_id: whose rows the rows of a name are in the other file."""
    time = pl.col("sent_at").dt.truncate("1m" if minutes else "1s")
    # What two people said at the same time tells nothing.
    sides = [
        frame.select(who.alias(name), time.alias("at"), "said").unique(["at", "said"], keep="none")
        for frame, who, name in (
            (named, pl.when("unknown").then("name"), "name"),
            (known, pl.col("sender_id"), "sender_id"),
        )
    ]
    equal = sides[0].join(sides[1].drop_nulls(), on=["at", "said"]).drop_nulls("name")
    counts = equal.group_by("name", "sender_id").len().sort("len", "sender_id", descending=True)
    best = counts.group_by("name", maintain_order=True).agg(
        tied_id=pl.col("sender_id").first(), most=pl.col("len").first(), all=pl.col("len").sum()
    )
    sure = (pl.col("most") >= LEAST_EQUAL_ROWS) & (
        pl.col("most") >= LEAST_EQUAL_SHARE * pl.col("all")
    )
    return best.filter(sure).select("name", "tied_id")


def drop_duplicates(rows: pl.DataFrame, sources: Sources) -> tuple[pl.DataFrame, dict[int, int]]:
    """Leave out rows that are another row again.

    Args:
        rows: Raw rows with file_no and ordinal.
        sources: The files they come from.

    Returns:
        The rows that stay, in their order, and how many of each file_no were duplicates.
    """
    repeated = rows["message_id"].drop_nulls().is_duplicated().any()
    if not sources.several and not repeated:
        return rows, {}
    before = rows.group_by("file_no").len()
    minutes = pl.col("file_no").is_in([n for n, yes in enumerate(sources.by_minute) if yes])
    systems = pl.Series(sources.systems, dtype=pl.UInt32)
    whole = rows
    rows = rows.with_row_index("_place").with_columns(
        _facts=richness() + (~minutes).cast(pl.UInt8),
        _system=pl.lit(systems).gather(pl.col("file_no")) if sources.several else pl.lit(_ONE),
        _from=sources.origin() if sources.several else pl.lit(_ONE),
    )
    if sources.several:
        mixed = any(sources.by_minute)
        side = minutes if mixed else pl.lit(False)
        rows = rows.with_columns(_side=side, _second=_key("1s"))
        if mixed:
            rows = rows.with_columns(_minute=_key("1m"))
    # What is compared is sorted again and again: without texts it is a tenth as large.
    rows = rows.select("file_no", "ordinal", "message_id", pl.col("^_.*$"))
    if sources.several:
        rows = rows.with_columns(_held=_places(rows, sources.held, ["_side", "_second"]))
        if "_minute" in rows.columns:
            rows = rows.with_columns(_held_too=_places(rows, sources.held, ["_minute"]))
    best = rows.sort(_BEST, descending=_BEST_DOWN)
    with_id = best.filter(pl.col("message_id").is_not_null())
    without = best.filter(pl.col("message_id").is_null())
    if sources.several:
        best = _once(rows, with_id, without)
    else:
        best = pl.concat([_first_of(with_id, ["_system", "message_id"]), without])
    kept = whole.select(pl.all().gather(best["_place"].sort()))
    after = kept.group_by("file_no").len()
    counts = before.join(after, on="file_no", how="left", suffix="_kept").with_columns(
        lost=pl.col("len") - pl.col("len_kept").fill_null(0)
    )
    lost = dict(counts.filter(pl.col("lost") > 0).select("file_no", "lost").iter_rows())
    return kept, lost


def richness() -> pl.Expr:
    """How many facts a row carries."""
    facts = [pl.col(name) for name in _FACTS]
    # On a notice the one who acted may stand in either place.
    who = pl.coalesce("sender_id", "actor_id")
    return pl.sum_horizontal(fact.is_not_null().cast(pl.UInt8) for fact in (who, *facts))


def _once(rows: pl.DataFrame, with_id: pl.DataFrame, without: pl.DataFrame) -> pl.DataFrame:
    """Return every message once: as many of equal rows as the file with most of them shows.

    Of equal rows the first of one file is the first of another, the second the second …: each row
    has a place among those equal to it. A row of the store keeps the one it has there.
    """
    own = rows.filter(pl.col("message_id").is_not_null())
    # A file that repeats a message with its id repeats a record, not the message.
    own = own.unique(["_from", "message_id"])
    own_ids = own.group_by("_from", "_side", "_second").agg(ids=pl.len())
    ids = _placed(_first_of(with_id, ["_system", "message_id"]), ["_system", "_side", "_second"])
    # The rows of a file that have no id come after those of the same file that have one.
    rest = without.sort("_from", "ordinal").join(
        own_ids, on=["_from", "_side", "_second"], how="left", maintain_order="left"
    )
    rank = _ranks(rest, ["_from", "_side", "_second"])
    rest = rest.with_columns(
        _again=pl.coalesce("_held", rank + pl.col("ids").fill_null(0).cast(pl.Int64))
    ).drop("ids")
    # Files with seconds agree among themselves first …
    both = _first_of(pl.concat([ids, rest]), ["_side", "_second", "_again"])
    if "_minute" not in both.columns:
        return both
    # … then each minute is compared as a whole.
    both = both.drop("_again", "_held").rename({"_held_too": "_held"}).sort("_from", "ordinal")
    return _first_of(_placed(both, ["_side", "_minute"]), ["_minute", "_again"])


_BEST: Final = ["_facts", "_from", "ordinal"]
_BEST_DOWN: Final = [True, False, False]


def _first_of(rows: pl.DataFrame, same: list[str]) -> pl.DataFrame:
    """Of rows that are one message return the one that carries most, with the place of any."""
    held = [
        name
        for name in ("_held", "_held_too")
        if name in rows.columns and rows[name].null_count() < rows.height
    ]
    rows = rows.with_columns(pl.col(name).max().over(same) for name in held)
    rows = rows.sort(_BEST, descending=_BEST_DOWN)
    return rows.unique(same, keep="first", maintain_order=True)


def _places(rows: pl.DataFrame, held: int | None, same: list[str]) -> pl.Series:
    """The place of a row of the store among those equal to it; null for all others."""
    places = pl.Series([None], dtype=pl.Int64).new_from_index(0, rows.height)
    if held is None:
        return places
    stored = rows.with_row_index("_row").filter(pl.col("_from") == held).sort("ordinal")
    at = stored["_row"]
    return places.scatter(at, _ranks(stored, same))


def _ranks(rows: pl.DataFrame, same: list[str]) -> pl.Series:
    """The how-manieth each row is, from 0, of those equal to it, in the order of the rows."""
    ranks = pl.zeros(rows.height, dtype=pl.Int64, eager=True)
    # Nearly all stand alone: a window over each of them takes ten times as long.
    several = rows.select(pl.struct(same).is_duplicated()).to_series()
    if not several.any():
        return ranks
    many = rows.select(same).filter(several)
    found = many.select(pl.int_range(pl.len(), dtype=pl.Int64).over(same)).to_series()
    return ranks.scatter(several.arg_true(), found)


def _placed(rows: pl.DataFrame, same: list[str]) -> pl.DataFrame:
    """Give rows places among those equal to them: the free ones, in order, to those without."""
    held = pl.col("_held").is_not_null()
    rank = pl.int_range(pl.len(), dtype=pl.Int64).over([held, *same])
    several = rows.select(several=pl.struct(same).is_duplicated())["several"]
    if not several.any():
        return rows.with_columns(_again=pl.col("_held").fill_null(0))
    single = rows.filter(~several).with_columns(_again=pl.col("_held").fill_null(0))
    many = rows.filter(several).sort("_held", nulls_last=True, maintain_order=True)
    # Behind n places taken below it, the first free place moves up by n.
    many = (
        many.with_columns(_rank=rank)
        .with_columns(
            _free=pl.col("_held").fill_null(0)
            + pl.when(held).then(-1).otherwise(1) * pl.col("_rank")
        )
        .sort("_free", ~held, maintain_order=True)
        .with_columns(_taken=held.cast(pl.Int64).cum_sum().over(same))
        .with_columns(_again=pl.coalesce("_held", pl.col("_rank") + pl.col("_taken")))
        .drop("_rank", "_free", "_taken")
    )
    return pl.concat([single, many])


def _words() -> pl.Expr:
    """The text without regard to blanks; of a notice without wording, what it says."""
    text = pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars()
    whom = pl.coalesce("target_ids", "target_names", pl.lit([], pl.List(pl.String)))
    notice = pl.concat_str(
        pl.col("event").cast(pl.String), whom.list.join(" ", ignore_nulls=True), separator=" "
    )
    return pl.coalesce(text, notice)


def _key(step: str) -> pl.Expr:
    """What equal rows of two files have in common, as a hash."""
    system = pl.col("kind") == "system"
    # Whose notice it is depends on the tool.
    who = pl.when(~system).then(pl.coalesce("sender_id", clean_name(pl.col("sender_name"))))
    time = pl.col("sent_at").dt.truncate(step)
    return pl.struct(who.alias("who"), time, "kind", _words().alias("words")).hash()
