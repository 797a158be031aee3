"""How complete a log is: silences that look like holes, ids and kinds that are missing."""

from typing import Final

import polars as pl

from sqtool.schema import WEAK_ID, Dataset

LEAST_GAP_DAYS: Final = 3
"""A silence is only looked at from this length on …"""
GAP_TIMES_USUAL: Final = 5
"""… and if it is so many times as long as 95 of 100 silences between messages of the chat."""

COVERAGE = pl.Schema(
    {
        "chat": pl.String(),
        "check": pl.String(),
        "count": pl.Int64(),
        "of": pl.Int64(),
        "detail": pl.String(),
    }
)


def coverage(data: Dataset, tz: str) -> pl.DataFrame:
    """Check every chat for what it lacks.

    Args:
        data: The chats.
        tz: Zone of the dates shown.

    Returns:
        ``COVERAGE``, sorted by chat: ``gap`` (one row per hole: count is its days),
        ``no-message-id``, ``no-member-id`` (people known by name alone), ``unparsed-kind``,
        ``unread-notice``, ``lost-reply`` (answers to messages that are not in the log); of each
        how many out of how many.
    """
    rows = data.messages.collect()
    names = dict(data.chats.select("chat_id", "name").collect().iter_rows())
    frames = [pl.DataFrame(schema=COVERAGE)]
    for (chat_id,), mine in rows.group_by("chat_id", maintain_order=True):
        found = [*_gaps(mine, tz), *_counts(mine)]
        name = names.get(chat_id) or str(chat_id)
        frames.append(pl.DataFrame([(name, *one) for one in found], schema=COVERAGE, orient="row"))
    return pl.concat(frames)


def _gaps(rows: pl.DataFrame, tz: str) -> list[tuple[str, int, int, str]]:
    steps = rows.select(
        since=pl.col("sent_at").shift(1), until="sent_at", silent=pl.col("sent_at").diff()
    ).drop_nulls()
    if steps.is_empty():
        return []
    usual = steps["silent"].dt.total_seconds().quantile(0.95) or 0.0
    least = max(LEAST_GAP_DAYS * 86_400.0, GAP_TIMES_USUAL * usual)
    holes = steps.filter(pl.col("silent").dt.total_seconds() > least)
    span = (rows["sent_at"][-1] - rows["sent_at"][0]).days + 1
    days = [
        tuple(moment.date().isoformat() for moment in pair)
        for pair in holes.select(
            pl.col("since", "until").dt.convert_time_zone(tz).dt.replace_time_zone(None)
        ).iter_rows()
    ]
    lengths = holes["silent"].dt.total_days()
    return [
        ("gap", length, span, f"{since} – {until}")
        for length, (since, until) in zip(lengths, days, strict=True)
    ]


def _counts(rows: pl.DataFrame) -> list[tuple[str, int, int, str]]:
    system = pl.col("kind").cast(pl.String) == "system"
    said, notices = rows.filter(~system), rows.filter(system)
    known = rows["message_id"].drop_nulls()
    answers = said["reply_to_id"].drop_nulls()
    lost = int((~answers.is_in(known.implode())).sum()) if len(answers) else 0
    people = said["sender_id"].drop_nulls().unique()
    other = said["kind"].cast(pl.String) == "other"
    unread = notices["event"].cast(pl.String) == "other"
    checks = [
        ("no-message-id", rows["message_id"].null_count(), rows.height, "messages"),
        ("no-member-id", int(people.str.starts_with(WEAK_ID).sum()), len(people), "people"),
        ("no-sender", said["sender_id"].null_count(), said.height, "messages"),
        ("unparsed-kind", int(other.sum()), said.height, "messages"),
        ("unread-notice", int(unread.sum()), notices.height, "notices"),
        ("lost-reply", lost, len(answers), "replies"),
    ]
    return [check for check in checks if check[1]]
