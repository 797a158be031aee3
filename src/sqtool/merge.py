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

_KEY = ["_who", "_time", "_kind", "_words"]
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
            from the store the same one, whatever it was imported from.
    """

    files: tuple[str, ...]
    systems: tuple[int, ...]
    by_minute: tuple[bool, ...]
    ties: pl.DataFrame
    origins: tuple[int, ...]

    @property
    def several(self) -> bool:
        """Whether there is more than one."""
        return len(self.files) > 1

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
) -> Sources:
    """Find out how the files of a chat relate.

    Args:
        files: Their titles.
        formats: Name of the format of each.
        by_minute: Whether its times lack seconds.
        outlines: Of each the result of ``outline``.
        origins: See ``Sources``.
    """
    systems = list(range(len(files)))
    ids = [
        frame.select("id_hash", "sent_at").drop_nulls().unique("id_hash", maintain_order=True)
        for frame in outlines
    ]
    for later in range(len(files)):
        for earlier in range(later):
            if systems[later] == systems[earlier] or ids[later].is_empty():
                continue
            shared = ids[later].join(ids[earlier], on="id_hash")
            agree = (pl.col("sent_at") - pl.col("sent_at_right")).abs() <= SAME_TIME
            alike = shared.select(agree.mean()).item()
            if formats[later] == formats[earlier] if alike is None else alike >= LEAST_EQUAL_SHARE:
                old, new = systems[later], systems[earlier]
                systems = [new if system == old else system for system in systems]
    with_ids = [n for n, frame in enumerate(outlines) if frame["sender_id"].is_not_null().any()]
    ties = [
        _ties(frame, outlines[known], minutes=by_minute[number] or by_minute[known]).with_columns(
            file_no=pl.lit(number, pl.UInt32)
        )
        for number, frame in enumerate(outlines)
        if number not in with_ids
        for known in with_ids
    ]
    tied = pl.concat([NO_TIES, *(frame.select(NO_TIES.columns) for frame in ties)])
    return Sources(
        tuple(files),
        tuple(systems),
        tuple(by_minute),
        tied.unique(["file_no", "name"], keep="first", maintain_order=True),
        tuple(origins),
    )


def outline(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what ``compare`` needs of rows: id_hash, sender_id, name, sent_at, said (a hash)."""
    return rows.filter(pl.col("kind") != "system").select(
        "sender_id",
        "sent_at",
        id_hash=pl.when(pl.col("message_id").is_not_null()).then(pl.col("message_id").hash()),
        name=clean_name(pl.col("sender_name")),
        said=pl.struct(pl.col("kind").to_physical(), _words()).hash(),
    )


def _ties(named: pl.DataFrame, known: pl.DataFrame, *, minutes: bool) -> pl.DataFrame:
    """Return name, tied_id: whose rows the rows of a name are in the other file."""
    time = pl.col("sent_at").dt.truncate("1m" if minutes else "1s")
    # What two people said at the same time tells nothing.
    sides = [
        frame.select(who, time.alias("at"), "said").unique(["at", "said"], keep="none")
        for frame, who in ((named, pl.col("name")), (known, pl.col("sender_id")))
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
    rows = rows.with_row_index("_place").with_columns(
        _facts=richness() + (~minutes).cast(pl.UInt8),
        _system=pl.lit(systems).gather(pl.col("file_no")) if sources.several else pl.lit(_ONE),
        _from=sources.origin() if sources.several else pl.lit(_ONE),
    )
    best = rows.sort("_facts", "_from", "ordinal", descending=[True, False, False])
    with_id = best.filter(pl.col("message_id").is_not_null()).unique(
        ["_system", "message_id"], keep="first", maintain_order=True
    )
    without = best.filter(pl.col("message_id").is_null())
    if sources.several:
        best = _once(rows, with_id, without, minutes, mixed=any(sources.by_minute))
    else:
        best = pl.concat([with_id, without])
    kept = best.sort("_place").drop("_place", "_facts", "_system", "_from")
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


def _once(
    rows: pl.DataFrame,
    with_id: pl.DataFrame,
    without: pl.DataFrame,
    minutes: pl.Expr,
    *,
    mixed: bool,
) -> pl.DataFrame:
    """Return every message once: as many of equal rows as the file with most of them shows."""
    own = _keyed(rows.filter(pl.col("message_id").is_not_null()), "1s")
    # A file that repeats a message with its id repeats a record, not the message.
    own_ids = own.unique(["_from", "message_id"]).group_by("_from", *_KEY).agg(ids=pl.len())
    ids = _keyed(with_id, "1s").with_columns(
        _again=pl.int_range(pl.len()).over("_system", *_KEY).cast(pl.Int64)
    )
    # The rows of a file that have no id come after those of the same file that have one.
    rest = (
        _keyed(without.sort("_from", "ordinal"), "1s")
        .join(own_ids, on=["_from", *_KEY], how="left", nulls_equal=True)
        .with_columns(
            _again=pl.int_range(pl.len()).over("_from", *_KEY).cast(pl.Int64)
            + pl.col("ids").fill_null(0).cast(pl.Int64)
        )
        .drop("ids")
    )
    both = pl.concat([ids, rest])
    if not mixed:
        return _richest(both)
    # Files with seconds agree among themselves first; then each minute is compared as a whole.
    sides = [
        _keyed(_richest(both.filter(side)).sort("_from", "ordinal"), "1m").with_columns(
            _again=pl.int_range(pl.len()).over(_KEY).cast(pl.Int64)
        )
        for side in (~minutes, minutes)
    ]
    return _richest(pl.concat(sides))


def _richest(rows: pl.DataFrame) -> pl.DataFrame:
    """Of the first, the second … of equal rows, return the one that carries most."""
    return (
        rows.sort("_facts", "_from", "ordinal", descending=[True, False, False])
        .unique([*_KEY, "_again"], keep="first", maintain_order=True)
        .drop(*_KEY, "_again")
    )


def _words() -> pl.Expr:
    """The text without regard to blanks; of a notice without wording, what it says."""
    text = pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars()
    whom = pl.coalesce("target_ids", "target_names", pl.lit([], pl.List(pl.String)))
    notice = pl.concat_str(
        pl.col("event").cast(pl.String), whom.list.join(" ", ignore_nulls=True), separator=" "
    )
    return pl.coalesce(text, notice)


def _keyed(frame: pl.DataFrame, step: str) -> pl.DataFrame:
    return frame.with_columns(
        # Whose notice it is depends on the tool.
        _who=pl.when(pl.col("kind") != "system").then(
            pl.coalesce("sender_id", clean_name(pl.col("sender_name")))
        ),
        _time=pl.col("sent_at").dt.truncate(step),
        _kind=pl.col("kind"),
        _words=_words(),
    )
