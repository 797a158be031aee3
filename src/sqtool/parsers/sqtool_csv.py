"""Messages as CSV, as sqtool convert writes them.

sqtool convert 写出的 CSV 消息表。
"""

from collections.abc import Iterator

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._flat import OwnFile
from sqtool.schema import FLAT


def sniff(export: Export) -> Match:
    """Look for a header of exactly our columns."""
    if set(FLAT) <= set(read_header(export).names):
        return Match(Confidence.CERTAIN, "header has all columns that sqtool convert writes")
    return NO_MATCH


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows by chat, piece by piece."""
    own = OwnFile(export, issues)
    for frame in read_rows(export, issues, read_header(export)):
        yield from own.texts(frame)
    yield from own.close()


PARSER = Parser(
    name="sqtool-csv",
    title="sqtool CSV",
    platform="any",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids", "chat-id", "message-ids", "zone", "seconds", "replies", "mentions", "reactions",
        "joins", "leaves", "recalls",
    ),
    obtain=("sqtool convert … -o messages.csv", "sqtool convert … -o messages.csv"),
)  # fmt: skip
