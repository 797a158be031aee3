"""From files to a dataset: the only place that strings the stages together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.alias_files import read_aliases
from sqtool.aliases import apply_aliases, with_ids
from sqtool.context import DEFAULT_TZ, newest_moment, zone
from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.normalise import Normalised, normalise
from sqtool.parts import instant
from sqtool.reading import Progress, Request, account, choices, read_chats
from sqtool.roster import own_roster
from sqtool.roster_files import Given, read_roster
from sqtool.schema import CHATS, MEMBERS, MESSAGES, Dataset
from sqtool.snapshots import apply_snapshots, snapshot
from sqtool.spool import Spool


def load(
    sources: str | Path | Sequence[str | Path],
    *,
    format: str | None = None,
    chat: str | None = None,
    tz: str = DEFAULT_TZ,
    date_order: str | None = None,
    roster: str | Path | Sequence[str | Path] | None = None,
    aliases: str | Path | None = None,
    as_of: datetime | None = None,
    allow_private: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Dataset:
    """Read export files into one dataset.

    Args:
        sources: Files, folders, globs, zips, ``-`` for standard input.
        format: Name of the format, where detection shall not decide.
        chat: Keep only the chat of this name or id.
        tz: IANA zone of formats that print a wall clock.
        date_order: ``dmy``, ``mdy`` or ``ymd``: how dates are written in formats that leave it open
            (WhatsApp); None to find out from the whole file.
        roster: CSV, xlsx or JSON with the members of the (one) chat, one or several. Of which day a
            list is, is said before it (``2026-03-01=members.csv``), by a column, by its file name;
            else it is of the moment of the newest export.
        aliases: CSV, TSV or xlsx that says which id becomes which (one person, several accounts).
        as_of: T, where the caller stands before the export (naive = in ``tz``): later lists are
            not looked at if there are earlier ones.
        allow_private: Take one-to-one chats, too.
        on_progress: Told from time to time how far reading has come.

    Returns:
        Chats, members and messages; ``issues`` and ``imports`` account for every row:
        in = kept + duplicate + skipped + of other chats.

    Raises:
        UnreadableError: If a file is missing, damaged or holds no record.
        UnknownFormatError: If a file named directly is in no known format.
        AmbiguousFormatError: If two parsers are equally sure.
        UsageError: If an option does not fit: no such chat, only private chats, several chats for
            one roster, aliases in a circle.
    """
    listed_aliases = read_aliases(Path(aliases)) if aliases is not None else None
    request = Request(sources, format, chat, tz, date_order, allow_private, on_progress)
    where, issues, spool = zone(tz), IssueLog(), Spool()
    groups, imports = read_chats(request, issues, spool)
    if roster and len(groups) != 1:
        raise UsageError(
            t("--roster belongs to one chat", "--roster 只能对应一个群"), hint=choices(groups)
        )
    named = [roster] if isinstance(roster, str | Path) else list(roster or [])
    lists = read_lists(named, where, issues)
    done: list[Normalised] = []
    for chat_id, parts in groups.items():
        one = normalise(chat_id, parts, where, issues, spool, last=True)
        done.append(one if lists else own_roster(one, parts, where))
    data = _dataset(done, imports, issues)
    if lists:
        chat_id = data.chats.select("chat_id").collect().item()
        newest = newest_moment(data)[0]
        frames = [snapshot(roster, chat_id, newest, file) for file, roster in lists]
        now = newest if as_of is None else instant(as_of, where) or newest
        data = with_lists(data, pl.concat(frames), now, where)
    if listed_aliases is None:
        return data
    found = with_ids(data, listed_aliases, issues, Path(str(aliases)).name)
    return replace(apply_aliases(data, found), issues=issues.frame())


def read_lists(
    named: Sequence[str | Path], tz: ZoneInfo, issues: IssueLog
) -> list[tuple[str, pl.DataFrame]]:
    """Read member lists as the user names them (``[DATE=]FILE``): file name and ``ROSTER`` of each.

    Raises:
        SqtoolError: As ``read_roster`` does.
    """
    given = [Given.of(one, tz) for one in named]
    return [(g.path.name, read_roster(g.path, tz, issues, g.taken_at)) for g in given]


def with_lists(data: Dataset, snapshots: pl.DataFrame, now: datetime, tz: ZoneInfo) -> Dataset:
    """Put member lists beside chats: those of T's local day or before.

    Args:
        data: The chats.
        snapshots: ``SNAPSHOTS``.
        now: T, aware.
        tz: Zone of its day.
    """
    # A list belongs to a day: one of the day of T counts, whatever the hour.
    last = datetime.combine(now.astimezone(tz).date(), time.max, tz)
    return apply_snapshots(data, snapshots, last)


def _dataset(done: list[Normalised], imports: list[dict[str, object]], issues: IssueLog) -> Dataset:
    duplicates = [one.duplicates for one in done]
    done = sorted(done, key=lambda one: str(one.chat["chat_id"]))
    chats = pl.DataFrame([one.chat for one in done], schema=CHATS)
    members = pl.concat([one.members for one in done]) if done else pl.DataFrame(schema=MEMBERS)
    messages = (
        pl.concat([one.messages for one in done], rechunk=False)
        if done
        else pl.DataFrame(schema=MESSAGES)
    )
    return Dataset(
        chats.lazy(),
        members.lazy(),
        messages.lazy(),
        issues.frame(),
        account(imports, duplicates, issues),
    )


def chat_names(data: Dataset) -> Iterator[tuple[str, str, int]]:
    """Yield id, name and number of messages of every chat, most messages first."""
    counts = data.messages.group_by("chat_id").len()
    table = (
        data.chats.join(counts, on="chat_id", how="left")
        .select("chat_id", "name", pl.col("len").fill_null(0))
        .sort("len", "chat_id", descending=[True, False])
        .collect()
    )
    yield from table.iter_rows()


def only_chat(data: Dataset) -> Dataset:
    """Return the dataset if it holds one chat.

    Raises:
        UsageError: If it holds several; the hint lists them.
    """
    chats = list(chat_names(data))
    if len(chats) == 1:
        return data
    shown = "; ".join(f"{name} [{chat_id}] {count}" for chat_id, name, count in chats[:20])
    more = f" … (+{len(chats) - 20})" if len(chats) > 20 else ""
    raise UsageError(
        t(
            f"{len(chats)} chats in the input; one is needed",
            f"输入里有 {len(chats)} 个群,需要选一个",
        ),
        hint=t("use --chat NAME: ", "请用 --chat 选一个:") + shown + more,
    )
