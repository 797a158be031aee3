"""From the shared options to a dataset and a context: what every command that reads chats does."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from sqtool.cli._anonymous import covered, hidden, picked, picks, unnamed
from sqtool.cli._config import Configuration
from sqtool.cli._config import load as load_config
from sqtool.cli._options import Files, Reading, Writing
from sqtool.cli._tell import ProgressBar, note
from sqtool.config import Settings
from sqtool.context import Context
from sqtool.errors import ExitCode, UsageError
from sqtool.i18n import Lang, t
from sqtool.pipeline import load, only_chat
from sqtool.reading import Request
from sqtool.schema import Dataset

if TYPE_CHECKING:
    from sqtool.cli._stored import Stored

_LAST = re.compile(r"(\d{1,4})\s*([dw])", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7}


def read(reading: Reading, writing: Writing, *, one_chat: bool = False) -> tuple[Dataset, Context]:
    """Read the sources, or without any the store, and work out period, people and language.

    As ``read_more``, without what only a store has.
    """
    return read_more(reading, writing, one_chat=one_chat)[:2]


def read_more(
    reading: Reading, writing: Writing, *, one_chat: bool = False
) -> tuple[Dataset, Context, "Stored | None"]:
    """Read the sources, or without any the store, and work out period, people and language.

    Args:
        reading: The shared options.
        writing: Language and quietness.
        one_chat: Whether the command is about exactly one chat.

    Raises:
        UsageError: If there is no source, an option makes no sense, or one chat must be chosen.
    """
    moments = _moments(reading)  # complain about dates before reading for a minute
    key = None
    if reading.anonymise:
        from sqtool.keys import anonymise_key

        key = anonymise_key()
    later = key is not None and picks(reading.chat)
    typed = [*(reading.source or ()), *map(str, reading.roster or ()), reading.store or ""]
    with (
        unnamed(*typed, wanted=key is not None),
        ProgressBar(quiet=writing.quiet, names=key is None) as progress,
    ):
        asked = replace(reading, chat=None) if later else reading
        if reading.source:
            data = load(
                reading.source,
                format=asked.from_,
                tz=asked.tz,
                chat=asked.chat,
                date_order=asked.date_order,
                roster=asked.roster,
                aliases=asked.aliases,
                as_of=moments[0],
                allow_private=asked.allow_private,
                on_progress=progress,
            )
            kept = None
        else:
            from sqtool.cli._stored import stored

            kept = stored(asked, moments[0], one_chat=one_chat and not later)
            data, moments = kept.data, (kept.now, *moments[1:])
    if key is None:
        if reading.issues is not None:
            write_issues(data.issues, reading.issues, quiet=writing.quiet)
        shown = data = only_chat(data) if one_chat else data
    else:
        data = picked(data, str(reading.chat), key) if later else data
        shown = covered(data, key)
        if reading.issues is not None:
            write_issues(shown.issues, reading.issues, quiet=writing.quiet)
        shown = only_chat(shown) if one_chat else shown
    # T and the language are those of the chat as it is, and so are the people named as staff.
    sample = data if kept is None else kept.sample
    configured = load_config(writing.config)
    ctx = _context(reading, writing, data, sample, *moments, configured.settings)
    if kept is not None and kept.source is not None:
        ctx = replace(ctx, as_of_source=kept.source)
    _note_unknown_names(data, reading, configured, quiet=writing.quiet)
    if key is not None:
        ctx = hidden(ctx, data, key)
    return shown, ctx, kept


def given(files: Files) -> list[str]:
    """Return the sources.

    Raises:
        UsageError: If there are none.
    """
    if not files.source:
        raise UsageError(
            t("no export file given", "没有给出导出文件"),
            hint=t(
                "give a file, folder or zip, or try: sqtool demo",
                "请给出文件、文件夹或 zip;想先试试:sqtool demo",
            ),
        )
    return files.source


def request(files: Files, progress: ProgressBar) -> Request:
    """Return what the options ask to be read.

    Raises:
        UsageError: If there is no source.
    """
    return Request(
        given(files),
        files.from_,
        files.chat,
        files.tz,
        files.date_order,
        files.allow_private,
        progress,
    )


def _note_unknown_names(
    data: Dataset, reading: Reading, configured: Configuration, *, quiet: bool
) -> None:
    """Say so if ``--staff`` or ``--bot`` names nobody: a typing error changes figures silently.

    The settings file names the staff of all chats: not everybody is in each.
    """
    named = [
        (f"--{flag}", name)
        for flag, names in (("staff", reading.staff), ("bot", reading.bot))
        for name in names or ()
        if name not in configured.options.get(flag, ())
    ]
    if not named:
        return
    members = data.members.select("member_id", "display_name").collect()
    known = {*members["member_id"], *members["display_name"]}
    for flag, name in named:
        if name not in known:
            note(t(f"{flag} {name}: no such member", f"{flag} {name}:没有这个成员"), quiet=quiet)


def finish(reading: Files, writing: Writing, data: Dataset) -> int:
    """Say what was skipped, after the output is written.

    Returns:
        The exit code: 5 under ``--strict`` if records were lost.
    """
    if not reading.source:
        return int(ExitCode.OK)  # the store told it when it took the files in
    tell_repeated(data.imports, quiet=writing.quiet)
    return tell_skipped(reading, data.issues, quiet=writing.quiet)


def tell_repeated(imports: pl.DataFrame, *, quiet: bool) -> None:
    """Say how many messages several files show, if any."""
    repeated = int(imports["rows_duplicate"].sum())
    if repeated:
        words = t(f"{repeated:,} duplicates left out", f"去除重复消息 {repeated:,} 条")
        note(words, quiet=quiet)


def tell_skipped(files: Files, issues: pl.DataFrame, *, quiet: bool) -> int:
    """Say which rows were skipped and why; return the exit code as ``finish`` does."""
    from sqtool.cli._issue_titles import explained, titled

    kept_apart = issues.filter(code="same-name-apart")
    for code, file, detail in kept_apart.select("code", "file", "detail").iter_rows():
        note(f"{file}: {explained(code, detail)}", quiet=quiet)
    lost = issues.filter(issues["rows"] > 0)
    if lost.is_empty():
        return int(ExitCode.OK)
    totals: dict[str, int] = {}
    for code, rows in zip(lost["code"], lost["rows"], strict=True):
        totals[code] = totals.get(code, 0) + rows
    listed = t(", ", ";").join(f"{titled(code)} {rows}" for code, rows in sorted(totals.items()))
    rows = sum(totals.values())
    more = "" if files.issues else t(" (details: --issues PATH)", "(明细:--issues 文件)")
    noun = "record" if rows == 1 else "records"
    words = t(f"skipped {rows:,} {noun}: {listed}", f"跳过 {rows:,} 条记录:{listed}") + more
    note(words, quiet=quiet and not files.strict)
    return int(ExitCode.STRICT if files.strict else ExitCode.OK)


def _context(
    reading: Reading,
    writing: Writing,
    data: Dataset,
    sample: Dataset,
    as_of: datetime | None,
    since: datetime | None,
    until: datetime | None,
    settings: Settings,
) -> Context:
    common = Context.of(
        data,
        tz=reading.tz,
        as_of=as_of,
        week=reading.week or "last",
        since=since,
        until=until,
        staff=tuple(reading.staff or ()),
        settings=settings,
        bots=tuple(reading.bot or ()),
        self_is_member=reading.self_is_member,
        lang=cast(Lang, writing.lang) if writing.lang else _chat_lang(sample),
    )
    if reading.last is None:
        return common
    # Whole local days, the last one being T's day: only now is T known.
    today = common.as_of.astimezone(common.zone).date()
    first = today - timedelta(days=_days(reading.last) - 1)
    start = datetime.combine(first, time())
    spanned = Context.of(data, tz=reading.tz, as_of=common.as_of, since=start)
    return replace(common, period=spanned.period, previous=spanned.previous)


def _chat_lang(data: Dataset) -> Lang:
    from sqtool.reports._lang import chat_lang

    return chat_lang(data)


def _moments(reading: Reading) -> tuple[datetime | None, datetime | None, datetime | None]:
    own = [n for n in ("week", "last") if getattr(reading, n)]
    if reading.since or reading.until:
        own.append("since")
    if len(own) > 1:
        raise UsageError(
            t(
                "--week, --last and --since/--until exclude each other",
                "--week、--last、--since/--until 只能用一种",
            )
        )
    if reading.last is not None:
        _days(reading.last)
    return (
        _moment("--as-of", reading.as_of, end_of_day=True),
        _moment("--since", reading.since),
        _moment("--until", reading.until),
    )


def _days(words: str) -> int:
    found = _LAST.fullmatch(words.strip())
    days = int(found[1]) * _DAYS[found[2].lower()] if found else 0
    if not 1 <= days <= 3660:
        raise UsageError(
            t(f"not a span: {words}", f"看不懂的时间段:{words}"), hint="--last 7d | --last 4w"
        )
    return days


def _moment(flag: str, words: str | None, *, end_of_day: bool = False) -> datetime | None:
    """Read a date or a moment; naive ones are in the report's zone.

    A bare date means its first moment, except for ``--as-of``: "as of Sunday" includes Sunday.
    """
    if words is None:
        return None
    try:
        if len(words.strip()) <= 10:
            day = date.fromisoformat(words.strip().replace("/", "-"))
            return datetime.combine(day, time.max if end_of_day else time())
        return datetime.fromisoformat(words.strip())
    except ValueError as error:
        raise UsageError(
            t(f"{flag}: not a date: {words}", f"{flag}:不是日期:{words}"),
            hint=t(f"like {flag} 2026-03-09", f"例如 {flag} 2026-03-09"),
        ) from error


def write_issues(issues: pl.DataFrame, path: Path, *, quiet: bool) -> None:
    """Write everything that was skipped or is doubtful as CSV."""
    from sqtool.cli._output import write_file

    write_file(path, issues.write_csv(), quiet=quiet)
