"""Two files of one chat are one chat: which rows are the same message.

Same message id; else, between files, the same sender, second, kind and whitespace-normalised text,
keeping the largest count that any one file shows (some clients repeat identical records on
purpose). Of two equal rows the one that carries more facts stays.
"""

import polars as pl

_KEY = ["_who", "_second", "_kind", "_words"]
_FACTS = ("message_id", "reply_to_id", "quoted_text", "mention_ids", "sender_id", "text", "event")


def drop_duplicates(rows: pl.DataFrame, files: list[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Leave out rows that are another row again.

    Args:
        rows: Raw rows with file_no and ordinal.
        files: File title by file_no.

    Returns:
        The rows that stay, in their order, and how many of each file were duplicates.
    """
    repeated = rows["message_id"].drop_nulls().is_duplicated().any()
    if len(files) == 1 and not repeated:
        return rows, {}
    before = rows.group_by("file_no").len()
    facts = pl.sum_horizontal(pl.col(c).is_not_null().cast(pl.UInt8) for c in _FACTS)
    rows = rows.with_row_index("_place").with_columns(_facts=facts)
    best = rows.sort("_facts", "file_no", "ordinal", descending=[True, False, False])
    with_id = best.filter(pl.col("message_id").is_not_null()).unique(
        "message_id", keep="first", maintain_order=True
    )
    without = best.filter(pl.col("message_id").is_null())
    if len(files) > 1:
        without = _uncovered(rows, with_id, without)
    best = pl.concat([with_id, without])
    kept = best.sort("_place").drop("_place", "_facts")
    after = kept.group_by("file_no").len()
    counts = before.join(after, on="file_no", how="left", suffix="_kept").with_columns(
        lost=pl.col("len") - pl.col("len_kept").fill_null(0)
    )
    lost = dict(counts.select("file_no", "lost").iter_rows())
    return kept, {files[number]: count for number, count in sorted(lost.items()) if count}


def _uncovered(rows: pl.DataFrame, with_id: pl.DataFrame, without: pl.DataFrame) -> pl.DataFrame:
    """Return the rows without an id that are not another row again.

    Of equal rows as many stay as the file with most of them shows; those with an id are counted
    first, and two ids are always two messages.
    """
    rows, with_id, without = (_keyed(frame) for frame in (rows, with_id, without))
    # A file that repeats a message with its id repeats a record, not the message.
    shown = pl.concat(
        [
            rows.filter(pl.col("message_id").is_not_null()).unique(["file_no", "message_id"]),
            rows.filter(pl.col("message_id").is_null()),
        ]
    )
    most = shown.group_by("file_no", *_KEY).len().group_by(_KEY).agg(most=pl.col("len").max())
    counted = with_id.group_by(_KEY).agg(counted=pl.len())
    return (
        without.sort("file_no", "ordinal")
        .with_columns(_again=pl.int_range(pl.len()).over("file_no", *_KEY))
        .sort("_facts", "file_no", "ordinal", descending=[True, False, False])
        .unique([*_KEY, "_again"], keep="first", maintain_order=True)
        .join(most, on=_KEY, how="left", nulls_equal=True)
        .join(counted, on=_KEY, how="left", nulls_equal=True)
        .filter(pl.col("_again") < pl.col("most") - pl.col("counted").fill_null(0).cast(pl.Int64))
        .drop(*_KEY, "_again", "most", "counted")
    )


def _keyed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        _who=pl.coalesce("sender_id", "sender_name"),
        _second=pl.col("sent_at").dt.truncate("1s"),
        _kind=pl.col("kind"),
        _words=pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars(),
    )
