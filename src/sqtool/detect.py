"""Which format a file is in: every parser is asked, the surest wins, a tie is an error."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqtool.errors import AmbiguousFormatError, SqtoolError, UnknownFormatError, UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.parsers import PARSERS
from sqtool.parsers._base import Confidence, Match, Parser


@dataclass(frozen=True)
class Found:
    """A file, and what was found out about it.

    Args:
        export: The file; of an export of several files, the one that leads to the others.
        parser: Its format, or None.
        match: The evidence, where there is a format.
        error: Why there is none.
        beside: The files that are read with it.
    """

    export: Export
    parser: Parser | None = None
    match: Match | None = None
    error: SqtoolError | None = None
    beside: tuple[Export, ...] = ()


def survey(exports: list[Export], *, format: str | None = None) -> Iterator[Found]:
    """Find out the format of files, and which of them belong together.

    Files that another one owns (the chunks of a manifest, the days of a workspace) are not asked
    on their own: what lies higher in the folders is looked at first.

    Args:
        exports: The files.
        format: The format named by the user, where detection shall not decide.

    Yields:
        One answer per file that is nobody's, errors of detection included.

    Raises:
        UsageError: If there is no format of that name.
    """
    owned: set[tuple[Path, str | None]] = set()
    unknown: list[Found] = []
    for export in sorted(exports, key=lambda export: export.depth):
        if export.key in owned:
            continue
        try:
            parser, match = (
                (named(format), Match(Confidence.CERTAIN, "--from")) if format else detect(export)
            )
        except UsageError:
            raise
        except SqtoolError as error:
            unknown.append(Found(export, error=error))
            continue
        beside = tuple(parser.owns(export)) if parser.owns is not None else ()
        owned.update(other.key for other in beside)
        yield Found(export, parser, match, beside=beside)
    # Last: what nobody knows may be a side file of something that came later.
    yield from (found for found in unknown if found.export.key not in owned)


def detect(export: Export) -> tuple[Parser, Match]:
    """Return the parser of a file, with the evidence.

    Raises:
        UnknownFormatError: If no parser recognises it.
        AmbiguousFormatError: If two are equally sure.
        UnreadableError: If the file cannot be opened.
    """
    if export.size == 0:
        raise UnknownFormatError(t("the file is empty", "文件是空的"), where=export.title)
    answers = [(parser, parser.sniff(export)) for parser in PARSERS]
    best = max(match.confidence for _, match in answers)
    if best == Confidence.NO:
        unknown = t("no known chat-export format", "不是已知的聊天导出格式")
        raise UnknownFormatError(
            f"{unknown} {_nature(export)}".strip(),
            where=export.title,
            hint=t(
                "sqtool formats lists what is read; --from NAME forces one",
                "sqtool formats 列出能读的格式;--from 名称 可指定",
            ),
        )
    winners = [(parser, match) for parser, match in answers if match.confidence == best]
    if len(winners) > 1:
        names = t(" and ", " 和 ").join(parser.name for parser, _ in winners)
        raise AmbiguousFormatError(
            t(f"looks like {names}", f"既像 {names}"),
            where=export.title,
            hint=f"--from {winners[0][0].name}",
        )
    return winners[0]


def named(name: str) -> Parser:
    """Return the parser the user named with ``--from``.

    Raises:
        UsageError: If there is none of that name.
    """
    try:
        return PARSERS.get(name)
    except KeyError:
        close = difflib.get_close_matches(name, PARSERS.names(), 1)
        raise UsageError(
            t(f"unknown format: {name}", f"没有这种格式:{name}"),
            hint=t(f"did you mean {close[0]}?", f"是不是 {close[0]}?")
            if close
            else t("see: sqtool formats", "见:sqtool formats"),
        ) from None


def _nature(export: Export) -> str:
    """Say what the file is instead, where that is plain: it tells the user what to do."""
    head = export.head
    known = (
        (b"SQLite format 3\x00", t("(a database: export a chat first)", "(数据库:请先导出记录)")),
        (b"%PDF", "(PDF)"),
        (b"\x89PNG", t("(a picture)", "(图片)")),
        (b"\xff\xd8\xff", t("(a picture)", "(图片)")),
        (b"PK\x03\x04", t("(an Office file or archive)", "(Office 文件或压缩包)")),
    )  # fmt: skip
    for magic, words in known:
        if head.startswith(magic):
            return words
    if export.encoding in ("utf-8", "gb18030") and b"\x00" in head:
        return t("(a binary file)", "(二进制文件)")
    return ""
