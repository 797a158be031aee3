"""Reading export files: from what was named to the parts of chats, every row accounted for."""

import difflib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from sqtool.chats import group_parts
from sqtool.context import DEFAULT_TZ, zone
from sqtool.detect import Found, survey
from sqtool.errors import UnknownFormatError, UnreadableError, UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import RawBatch, RawChat
from sqtool.parts import Part
from sqtool.schema import IMPORTS
from sqtool.sources import find_exports
from sqtool.spool import Rows, Spool


@dataclass(frozen=True)
class Progress:
    """How far reading has come.

    Args:
        file: The file being read.
        done: Bytes read of all files.
        total: Bytes of all files.
        records: Records found so far.
    """

    file: str
    done: int
    total: int
    records: int


@dataclass(frozen=True)
class Request:
    """What to read, and how.

    Args:
        sources: Files, folders, globs, zips, ``-`` for standard input.
        format: Name of the format, where detection shall not decide.
        chat: Keep only the chat of this name or id.
        tz: IANA zone of formats that print a wall clock.
        date_order: ``dmy``, ``mdy`` or ``ymd``: how dates are written in formats that leave it open
            (WhatsApp); None to find out from the whole file.
        allow_private: Take one-to-one chats, too.
        on_progress: Told from time to time how far reading has come.
        wanted: Asked of every export before it is read; those refused count as read elsewhere.
    """

    sources: str | Path | Sequence[str | Path]
    format: str | None = None
    chat: str | None = None
    tz: str = DEFAULT_TZ
    date_order: str | None = None
    allow_private: bool = False
    on_progress: Callable[[Progress], None] | None = None
    wanted: Callable[[Found], bool] | None = None


def read_chats(
    request: Request, issues: IssueLog, spool: Spool
) -> tuple[dict[str, list[Part]], list[dict[str, object]]]:
    """Read export files and put together what is one chat.

    Args:
        request: What to read.
        issues: Receives every row that is left out.
        spool: Where the rows wait.

    Returns:
        The parts of each chat by its id, and the rows of ``IMPORTS`` as far as they are known (see
        ``account``).

    Raises:
        SqtoolError: As ``load`` does.
    """
    parts, imports = read_parts(request, issues, spool)
    groups = group_parts(parts, zone(request.tz), issues)
    return chosen(groups, request, imports, issues), imports


def read_parts(
    request: Request, issues: IssueLog, spool: Spool
) -> tuple[list[Part], list[dict[str, object]]]:
    """Read export files, chat by chat and file by file.

    Args:
        request: What to read.
        issues: Receives every row that is left out.
        spool: Where the rows wait.

    Returns:
        What each file holds of each chat, and the rows of ``IMPORTS`` as far as they are known.

    Raises:
        SqtoolError: As ``load`` does.
    """
    sources = request.sources
    given = [sources] if isinstance(sources, str | Path) else list(sources)
    exports = [
        replace(export, date_order=request.date_order)
        for export in find_exports([str(source) for source in given])
    ]
    direct = {str(Path(str(source))) for source in given}
    return _read_all(exports, direct, request, issues, spool)


def _read_all(
    exports: list[Export],
    direct: set[str],
    request: Request,
    issues: IssueLog,
    spool: Spool,
) -> tuple[list[Part], list[dict[str, object]]]:
    answers = list(survey(exports, format=request.format))
    total = sum(e.size for found in answers for e in (found.export, *found.beside))
    state = Progress("", 0, total, 0)

    def advance(export: Export, read: int = 0, records: int = 0) -> None:
        nonlocal state
        state = Progress(export.title, state.done + read, total, state.records + records)
        if request.on_progress is not None:
            request.on_progress(state)

    parts: list[Part] = []
    imports: list[dict[str, object]] = []
    unknown: list[Found] = []
    refused = 0
    for found in answers:
        export = replace(found.export, on_read=partial(advance, found.export))
        parser, match = found.parser, found.match
        if parser is None or match is None:
            # A stray file inside a folder or archive is passed over; one the user named is not.
            named = export.member is None and str(export.path) in direct
            if found.error is not None and (
                named or not isinstance(found.error, UnknownFormatError)
            ):
                raise found.error
            unknown.append(found)
            issues.add("not-an-export", export.title, rows=0, detail="no known format: passed over")
            continue
        if request.wanted is not None and not request.wanted(found):
            refused += 1
            advance(export, read=sum(e.size for e in (export, *found.beside)))
            continue
        lost_before = issues.rows_lost()
        chats: dict[str, tuple[RawChat, Rows]] = {}
        for batch in parser.parse(export, issues):
            _collect(chats, batch, spool)
            advance(export, records=batch.messages.height)
        mine = [
            Part(chat, rows, export.title, parser.name)
            for chat, rows in chats.values()
            if rows.height
        ]
        kept = sum(part.rows.height for part in mine)
        imports.append(
            {
                "file": export.title,
                "format": parser.name,
                "evidence": match.evidence,
                "encoding": None
                if export.head[:4] in _BINARY
                else export.encoding.removesuffix("-sig"),
                "chats": len(mine),
                "rows_in": kept + issues.rows_lost() - lost_before,
                _BESIDE: [other.title for other in found.beside],
            }
        )
        parts.extend(mine)
    if not parts and not refused:
        if unknown and not imports and unknown[0].error is not None:
            raise unknown[0].error
        raise UnreadableError(
            t("no record found", "没有找到任何消息"),
            where=exports[0].title if exports else t("(nothing given)", "(没有文件)"),
        )
    return parts, imports


_BINARY = (b"PK\x03\x04", b"PAR1")
"""How files begin that have no encoding: workbooks and Parquet."""

_BESIDE = "_beside"
"""Key, while reading, of the titles of the files read with one."""

_UNSAID = ("", "unknown", False)
"""Values that say nothing, beside None."""


def _collect(chats: dict[str, tuple[RawChat, Rows]], batch: RawBatch, spool: Spool) -> None:
    """Add a batch to its chat; facts that come later replace earlier ones, unless they are null."""
    known = chats.get(batch.chat.key)
    rows = known[1] if known else spool.rows()
    chat = batch.chat
    if known:
        facts = {name: getattr(chat, name) for name in RawChat.__dataclass_fields__}
        said = {
            name: value
            for name, value in facts.items()
            if value is not None and not (isinstance(value, str | bool) and value in _UNSAID)
        }
        chat = replace(known[0], **said)
    if batch.messages.height:
        rows.add(batch.messages)
    chats[batch.chat.key] = (chat, rows)


def _picked(groups: dict[str, list[Part]], chat: str) -> dict[str, list[Part]]:
    """Leave the chats of this name or id."""
    picked = {
        chat_id: parts
        for chat_id, parts in groups.items()
        if chat in (chat_id, chat_id.split(":", 1)[-1], *(part.chat.name for part in parts))
    }
    if not picked:
        names = [part.chat.name for parts in groups.values() for part in parts]
        close = difflib.get_close_matches(chat, names, 1)
        hint = t(f"did you mean {close[0]}?", f"是不是 {close[0]}?") if close else choices(groups)
        raise UsageError(t(f"no chat named {chat}", f"没有叫「{chat}」的群"), hint=hint)
    return picked


def chosen(
    groups: dict[str, list[Part]],
    request: Request,
    imports: list[dict[str, object]],
    issues: IssueLog,
) -> dict[str, list[Part]]:
    """Leave the chats asked for; set private ones aside.

    Args:
        groups: Parts by chat id.
        request: Which chat is wanted, and whether one-to-one chats are.
        imports: Rows of ``IMPORTS``: told how many rows are of other chats.
        issues: Told of private chats left out.

    Raises:
        UsageError: If there is no such chat, or there are only private ones.
    """
    if request.chat is not None:
        every, groups = groups, _picked(groups, request.chat)
        others: Counter[str] = Counter()
        for chat_id in every.keys() - groups.keys():
            for part in every[chat_id]:
                others[part.file] += part.rows.height
        for row in imports:
            row["rows_other_chats"] = others[str(row["file"])]
    private = {k: v for k, v in groups.items() if any(p.chat.kind == "private" for p in v)}
    if not private or request.allow_private:
        return groups
    if len(private) == len(groups):
        raise UsageError(
            t("this is a private (one-to-one) chat", "这是私聊记录,不是群聊"),
            where=next(iter(private.values()))[0].file,
            hint=t("sqtool is for groups; --allow-private reads it all the same",
                   "sqtool 用于群聊;确实要读请加 --allow-private"),
        )  # fmt: skip
    for parts in private.values():
        for part in parts:
            detail = "a one-to-one chat among groups: left out without --allow-private"
            issues.add("private-chat", part.file, rows=part.rows.height, detail=detail)
    return {k: v for k, v in groups.items() if k not in private}


def choices(groups: dict[str, list[Part]]) -> str:
    """Return what to say to somebody who must choose one of several chats."""
    shown = list(groups)[:20]
    more = f" … (+{len(groups) - 20})" if len(groups) > 20 else ""
    return t("use --chat: ", "请用 --chat 选一个:") + ", ".join(shown) + more


def account(
    imports: list[dict[str, object]], duplicates: list[dict[str, int]], issues: IssueLog
) -> pl.DataFrame:
    """Return ``IMPORTS``: where every row of every file went.

    Args:
        imports: As ``read_chats`` began them.
        duplicates: Of each chat the duplicates by file.
        issues: Knows the rows that were skipped.
    """
    again: dict[str, int] = {}
    for counts in duplicates:
        for file, count in counts.items():
            again[file] = again.get(file, 0) + count
    for row in imports:
        file = str(row["file"])
        row["rows_duplicate"] = again.get(file, 0)
        beside = row.pop(_BESIDE, [])
        titles = {file, *(beside if isinstance(beside, list) else [])}
        row["rows_skipped"] = sum(issues.rows_lost(title) for title in titles)
        other = row.setdefault("rows_other_chats", None) or 0
        gone = row["rows_duplicate"] + row["rows_skipped"] + other  # type: ignore[operator]
        row["rows_kept"] = int(str(row["rows_in"])) - gone
    return pl.DataFrame(imports, schema=IMPORTS)
