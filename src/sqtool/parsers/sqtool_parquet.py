"""Parquet with everything sqtool knows of its chats, as sqtool convert writes it.

sqtool convert 写出的 Parquet,包含全部信息。
"""

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._flat import OwnFile, chats_of, members_of
from sqtool.schema import MESSAGES, PARQUET_KEY, PARQUET_VERSION

_MAGIC = b"PAR1"
_ROWS = 200_000  # read at a time


def sniff(export: Export) -> Match:
    """Look for the magic of Parquet and, in its footer, for our key."""
    if not export.head.startswith(_MAGIC):
        return NO_MATCH
    try:
        facts = _facts(export)
    except Exception:  # whatever a damaged footer makes the reader raise
        return NO_MATCH
    if facts is None:
        return NO_MATCH
    return Match(Confidence.CERTAIN, "Parquet with sqtool's own metadata")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the messages by chat, some 200,000 at a time.

    Raises:
        UnreadableError: If the file is damaged or of a later version.
    """
    facts = _facts(export)
    if facts is None or facts.get("version") != PARQUET_VERSION:
        raise UnreadableError(
            t("written by another version of sqtool", "由其他版本的 sqtool 写成"),
            where=export.title,
        )
    own = OwnFile(
        export, issues, chats_of(facts.get("chats", [])), members_of(facts.get("members", []))
    )
    source = pl.scan_parquet(_source(export), glob=False)
    height = source.select(pl.len()).collect().item()
    for start in range(0, height, _ROWS):
        rows = source.slice(start, _ROWS).select(MESSAGES.names()).collect()
        rows = rows.with_columns(line=pl.int_range(start + 1, start + 1 + pl.len()))
        if export.on_read is not None:
            export.on_read(export.size * rows.height // height)
        yield from own.rows(rows)


def _source(export: Export) -> Any:
    if export.member is None:
        return export.path
    with export.open() as file:
        return file.read()


def _facts(export: Export) -> dict[str, Any] | None:
    text = pl.read_parquet_metadata(_source(export)).get(PARQUET_KEY)
    facts = json.loads(text) if text else None
    return facts if isinstance(facts, dict) else None


PARSER = Parser(
    name="sqtool-parquet",
    title="sqtool Parquet",
    platform="any",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids", "chat-id", "message-ids", "zone", "seconds", "replies", "mentions", "reactions",
        "joins", "leaves", "recalls", "members",
    ),
    obtain=("sqtool convert … -o chat.parquet", "sqtool convert … -o chat.parquet"),
)  # fmt: skip
