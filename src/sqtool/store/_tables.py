"""The tables of the store: what lies in which, in types that every lakehouse engine knows."""

from collections.abc import Iterable
from typing import Final
from zlib import crc32

import polars as pl

from sqtool.aliases import ALIASES
from sqtool.parsers._base import RAW_MEMBERS
from sqtool.schema import CHATS, FOUND, IMPORTS, INSTANT, ISSUES, MEMBERS, MESSAGES, TAGS
from sqtool.snapshots import SNAPSHOTS

SCHEMA_VERSION: Final = 1
BUCKETS: Final = 16
"""Chats are spread over so many folders: reading one chat passes over the others' files. Few, for
every weekly import writes a file into each (``benchmarks/store.py``)."""
BUCKET: Final = "bucket"
FILES_NAMED: Final = 20
"""Of thousands of files the row of ``imports`` names so many: it is read whenever the store is."""

_KEPT_CHAT = pl.Schema(
    {
        "key": pl.String(),  # what tells the chat from others: the platform's id or a title
        "strong": pl.Boolean(),  # whether key is the platform's own id
        "self_name": pl.String(),
        "messages": pl.UInt32(),
        "first_at": INSTANT,
        "last_at": INSTANT,
        "told": pl.String(),  # JSON: since when each fact is known to hold (``_facts``)
    }
)
LISTS = pl.Schema(
    {
        "chat_id": pl.String(),
        "taken_at": INSTANT,  # null where the export does not tell
        "as_of": INSTANT,  # its newest message then: the list is no older
        "source": pl.String(),
        "complete": pl.Boolean(),
        **RAW_MEMBERS,
        "remark": pl.String(),  # what the exporting user privately calls somebody
        "listed": pl.Boolean(),  # null: all that are here are on the list
    }
)
"""Member lists as exports carry them, one after the other."""

CHANGES = pl.Schema(
    {
        "id": pl.Int64(),
        "at": INSTANT,
        "what": pl.String(),  # create | import | undo | roster | alias | tag | compact | migrate
        "undoes": pl.List(pl.Int64()),
        "versions": pl.String(),  # JSON: the version of every other table
        "files": pl.List(pl.String()),  # the first FILES_NAMED titles; all are in table files
        "files_read": pl.Int64(),
        "chats": pl.Int64(),
        "new": pl.Int64(),
        "known": pl.Int64(),
        "enriched": pl.Int64(),
        "skipped": pl.Int64(),
        "schema": pl.Int64(),
        "program": pl.String(),
    }
)
"""The table ``imports``: one row per change of the store, written last."""

CONTENT: Final[dict[str, pl.Schema]] = {
    "chats": pl.Schema({**CHATS, **_KEPT_CHAT}),
    "members": MEMBERS,
    "messages": pl.Schema({**MESSAGES, **FOUND}),
    "lists": LISTS,
    "rosters": SNAPSHOTS,
    "tags": TAGS,
    "aliases": ALIASES,
    "files": pl.Schema({"import_id": pl.Int64(), **IMPORTS, "digest": pl.String()}),
    "issues": pl.Schema({"import_id": pl.Int64(), **ISSUES}),
}
"""All tables but ``imports``, as the program sees them."""
SORTED: Final = {"chats": "chat_id", "files": "file", "issues": "file"}
"""Tables sorted by this as they are written, so that one chat is found without reading the rest."""
BUCKETED: Final = frozenset(["messages", "members", "lists"])


def bucket_of(chat_id: str) -> int:
    """Return the folder of a chat; never changes, on no machine."""
    return crc32(chat_id.encode()) % BUCKETS


def stored_schema(name: str) -> pl.Schema:
    """Return a table's schema on disk: no Enum (Delta has none), no unsigned numbers."""
    schema = {column: _plain(dtype) for column, dtype in CONTENT[name].items()}
    return pl.Schema({**schema, BUCKET: pl.Int32()} if name in BUCKETED else schema)


def to_stored(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Bring rows into the form on disk; those of many chats sorted by bucket and chat."""
    if name in BUCKETED:
        chats = frame["chat_id"].unique().to_list()
        buckets = [bucket_of(chat_id) for chat_id in chats]
        if len(chats) == 1:
            frame = frame.with_columns(pl.lit(buckets[0], pl.Int32).alias(BUCKET))
        else:
            found = pl.col("chat_id").replace_strict(chats, buckets, return_dtype=pl.Int32)
            frame = frame.with_columns(found.alias(BUCKET)).sort(
                BUCKET, "chat_id", maintain_order=True
            )
    elif name in SORTED:
        frame = frame.sort(SORTED[name], maintain_order=True)
    return frame.select(pl.col(column).cast(dtype) for column, dtype in stored_schema(name).items())


def from_stored(
    name: str, frame: pl.LazyFrame, columns: Iterable[str] | None = None
) -> pl.LazyFrame:
    """Bring rows back into the program's types."""
    schema = CONTENT[name]
    return frame.select(pl.col(column).cast(schema[column]) for column in columns or schema)


def _plain(dtype: pl.DataType) -> pl.DataType:
    if isinstance(dtype, pl.Enum):
        return pl.String()
    return pl.Int64() if dtype.is_unsigned_integer() else dtype
