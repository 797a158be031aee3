"""From export files to a file of another kind, in memory that does not grow with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from sqtool.context import zone
from sqtool.cover import Cover
from sqtool.errors import UnreadableError, UsageError
from sqtool.files import safe_name, whole_file
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.normalise import Normalised, normalise
from sqtool.reading import Request, account, read_chats
from sqtool.roster import own_roster
from sqtool.schema import CHATS, MEMBERS
from sqtool.shown import SHOWN_BY, shown_in
from sqtool.sources import is_glob
from sqtool.spool import CHUNK_ROWS, Chunk, Spool
from sqtool.writers._base import Job, Losses, Writer


@dataclass
class Conversion:
    """What came of it.

    Args:
        files: The files written.
        messages: How many messages are in them.
        losses: What the format could not hold.
        issues: ``ISSUES``.
        imports: ``IMPORTS``.
    """

    files: list[Path] = field(default_factory=list)
    messages: int = 0
    losses: Losses = field(default_factory=Losses)
    issues: pl.DataFrame = field(default_factory=pl.DataFrame)
    imports: pl.DataFrame = field(default_factory=pl.DataFrame)


def convert(
    request: Request,
    writer: Writer,
    target: Path,
    *,
    into_folder: bool,
    key: bytes | None = None,
) -> Conversion:
    """Read exports and write them in another format.

    Args:
        request: What to read.
        writer: The format.
        target: The file, or the folder for a file per chat.
        into_folder: Whether ``target`` is a folder (it must exist).
        key: Write pseudonyms, of this key; names known from any chat are replaced in all.

    Returns:
        Files, losses and the account of all rows. A file is written whole or not at all.

    Raises:
        SqtoolError: As ``load`` does.
        UsageError: If several chats do not fit into one file, or nothing can be written there.
    """
    if not into_folder:
        _spare_inputs(target, request)
    where, issues, done = zone(request.tz), IssueLog(), Conversion()
    with Spool(bounded=True) as spool:
        groups, imports = read_chats(request, issues, spool)
        if writer.one_chat and not into_folder and len(groups) > 1:
            names = ", ".join(list(groups)[:20])
            raise UsageError(
                t(f"{len(groups)} chats, and a {writer.name} file holds one",
                  f"有 {len(groups)} 个群,一个 {writer.name} 文件只能放一个"),
                hint=t(f"-o DIR/ writes one file each; or --chat: {names}",
                       f"-o 文件夹/ 每个群写一个;或用 --chat 选:{names}"),
            )  # fmt: skip
        duplicates: list[dict[str, int]] = []
        covered: dict[str, Normalised] = {}

        def take(name: str) -> Normalised:
            # Taken out: what has been written need not be kept.
            if name in covered:
                return covered.pop(name)
            parts = groups.pop(name)
            one = own_roster(normalise(name, parts, where, issues, spool), parts, where)
            duplicates.append(one.duplicates)
            return one

        cover = None
        if key is not None:
            everything = [take(name) for name in list(groups)]
            cover = _cover(everything, key)
            covered = {str(one.chat["chat_id"]): one for one in _covered(everything, cover)}

        def chats(names: list[str]) -> Iterator[Normalised]:
            for name in names:
                one = take(name)
                messages = sum(chunk.height for chunk in one.chunks)
                if messages:
                    done.messages += messages
                    yield one
            if not groups and not covered and not done.messages:
                raise UnreadableError(
                    t("no message with a usable time", "没有一条时间有效的消息"),
                    where=str(imports[0]["file"]),
                    hint="sqtool validate",
                )

        if into_folder:
            taken: set[str] = set()
            for name in list(covered or groups):
                path = target / f"{_file_name(name, taken)}{writer.suffix}"
                _spare_inputs(path, request)
                for one in chats([name]):
                    _write(writer, Job(iter([one]), path, where, spool, done.losses))
                    done.files.append(path)
        else:
            job = Job(chats(list(covered or groups)), target, where, spool, done.losses)
            _write(writer, job)
            done.files.append(target)
        done.imports = account(imports, duplicates, issues)
    done.issues = issues.frame()
    if cover is not None:
        done.issues, done.imports = cover.issues(done.issues), cover.imports(done.imports)
    return done


def _cover(chats: list[Normalised], key: bytes) -> Cover:
    """Learn all names and ids of all chats: little, beside their messages."""
    return Cover.of(
        [shown_in(chunk.columns(*SHOWN_BY)) for one in chats for chunk in one.chunks],
        pl.concat([pl.DataFrame(schema=MEMBERS), *(one.members for one in chats)]),
        pl.DataFrame([one.chat for one in chats], schema=CHATS),
        key,
    )


def _covered(chats: list[Normalised], cover: Cover) -> Iterator[Normalised]:
    """Yield the chats with pseudonyms; their chunks are rewritten where they are."""
    waiting: list[Chunk] = []
    rows = 0
    for chunk in (chunk for one in chats for chunk in one.chunks):
        waiting.append(chunk)
        rows += chunk.height
        if rows >= CHUNK_ROWS:
            _rewrite(waiting, cover)
            waiting, rows = [], 0
    _rewrite(waiting, cover)
    facts = pl.DataFrame([one.chat for one in chats], schema=CHATS)
    for one, chat in zip(chats, cover.chats(facts).to_dicts(), strict=True):
        yield replace(
            one,
            chat=chat,
            members=cover.members(one.members).sort("member_id"),
            speakers=cover.speakers(one.speakers),
        )


def _rewrite(chunks: list[Chunk], cover: Cover) -> None:
    """Cover many short chunks at once: each time there are all names to look for."""
    if not chunks:
        return
    rows = cover.messages(pl.concat([chunk.read() for chunk in chunks]))
    first = 0
    for chunk in chunks:
        height = chunk.height
        chunk.write(rows.slice(first, height))
        first += height


def _spare_inputs(path: Path, request: Request) -> None:
    """Refuse to write over a file that is read."""
    if not path.is_file():
        return
    own, sources = path.resolve(), request.sources
    for source in [sources] if isinstance(sources, str | Path) else sources:
        pattern, given = str(source), Path(source).resolve()
        globbed = (
            {found.resolve() for found in Path().glob(pattern)} if is_glob(pattern) else {given}
        )
        if own in globbed or (given.is_dir() and own.is_relative_to(given)):
            raise UsageError(
                t("the output would overwrite the input", "输出会覆盖输入文件"), where=str(path)
            )


def _write(writer: Writer, job: Job) -> None:
    with whole_file(job.path) as place:
        writer.write(replace(job, path=place))


def _file_name(chat_id: str, taken: set[str]) -> str:
    """Return a file name for a chat that every system accepts."""
    plain = safe_name(chat_id) or "chat"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain} {number}"
    taken.add(name.casefold())
    return name
