"""The messages inside a MemoTrace page: JSON since version 2, JavaScript objects before.

Both are brought to the same columns first. Types are the client's codes (0 for a notice in old
pages). Texts are escaped for HTML, except in the JSON file that lies beside a page.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import RAW_MESSAGES
from sqtool.parsers._html import html_pieces, unescaped
from sqtool.parsers._json import read_array
from sqtool.parsers._json_items import instants, numbers, text_of, texts
from sqtool.parsers._wechat import clean_notices, kind_of, with_mentions
from sqtool.schema import KIND

ARRAY: Final = re.compile(rb"chatMessages\s*=\s*(?=\[)")
_LINKS: Final = (1, 68, 76)
"""App messages that MemoTrace takes for links, beside the usual ones."""
_MARKER: Final = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
_ESCAPED: Final = (
    "display_name", "text", "quote_text", "file_name", "title", "voice_to_text", "label",
    "poiname", "nickname", "desc", "display_content",
)  # fmt: skip


class Item(msgspec.Struct, gc=False):
    """One record of version 2 and later."""

    type: Any
    timestamp: Any
    is_send: Any = None
    server_id: Any = None
    display_name: Any = None
    text: Any = None
    quote_server_id: Any = None
    quote_text: Any = None
    file_name: Any = None
    title: Any = None
    voice_to_text: Any = None
    label: Any = None
    poiname: Any = None
    nickname: Any = None
    desc: Any = None
    display_content: Any = None
    messages: Any = None


def read_json(export: Export, issues: IssueLog, *, page: bool) -> Iterator[pl.DataFrame]:
    """Yield the messages of a page, or of the JSON file beside it (frames as ``_frame`` makes)."""
    behind = ARRAY if page else None
    for items, records in read_array(export, issues, Item, behind=behind):
        columns = {name: [getattr(i, name) for i in items] for name in Item.__struct_fields__}
        columns["sub_type"] = [None] * len(items)
        yield _frame(columns, records, escaped=page, separator=": ")


# --- version 1: JavaScript -----------------------------------------------------------------------

# Quotes inside a text are escaped, so nothing that somebody typed can look like this.
_OPENING: Final = re.compile(rb"\{ type:\s*\d+\s*,\s*(?:sub_type:\s*\d+\s*,\s*)?text:\s*'")
_FIELD: Final = re.compile(
    r"[\s,]*(\w+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?)|None|null)", re.DOTALL
)
_CLOSE: Final = re.compile(r"[\s,]*\}")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_CHARACTER: Final = {"n": "\n", "r": "\r", "t": "\t"}
_NAMES: Final = {
    "displayname": "display_name",
    "refer_text": "quote_text",
    "type": "type",
    "sub_type": "sub_type",
    "timestamp": "timestamp",
    "is_send": "is_send",
    "is_chatroom": "is_chatroom",
    "text": "text",
    "file_name": "file_name",
    "title": "title",
    "voice_to_text": "voice_to_text",
}


def read_objects(export: Export, issues: IssueLog) -> Iterator[pl.DataFrame]:
    """Yield the messages of a page of version 1, with ``_group`` where it says so."""
    record = 0
    for _, piece in html_pieces(export, issues, _OPENING):
        starts = [found.start() for found in _OPENING.finditer(piece)]
        if not starts:
            continue  # what stands before the first message
        rows, records = [], []
        for start, end in zip(starts, [*starts[1:], len(piece)], strict=True):
            record += 1
            fields = _fields(piece[start + 1 : end].decode())
            if _is_marker(fields):
                record -= 1
            elif "timestamp" in fields:
                rows.append(fields)
                records.append(record)
            else:
                issues.add("bad-record", export.title, record, detail="no time can be read")
        if rows:
            columns: dict[str, list[Any]] = {
                name: [row.get(name) for row in rows] for name in Item.__struct_fields__
            }
            columns["sub_type"] = [row.get("sub_type") for row in rows]
            columns["type"] = [10000 if row["type"] == "0" else row["type"] for row in rows]
            group = pl.Series([row.get("is_chatroom") for row in rows], dtype=pl.String) == "1"
            frame = _frame(columns, records, escaped=True, separator="：")
            yield frame.with_columns(_group=group)


def _fields(text: str) -> dict[str, str]:
    """Read the fields of an object up to where it ends, or where a stray quote breaks it."""
    fields: dict[str, str] = {}
    name, at = "", 0
    while found := _FIELD.match(text, at):
        at = found.end()
        name, quoted, number = found.groups()
        name = _NAMES.get(name, "")
        value = number if quoted is None else quoted
        # "None" is what the exporter had no words for.
        if name and value is not None and value != "None":
            fields[name] = _ESCAPE.sub(_character, value) if "\\" in value else value
    if not _CLOSE.match(text, at):
        fields.pop(name, None)
    return fields


def _character(found: re.Match[str]) -> str:
    return _CHARACTER.get(found[1], found[1])


def _is_marker(fields: Mapping[str, str]) -> bool:
    """Between messages of different moments stands the time, in the shape of a notice."""
    unnamed = fields["type"] == "0" and "display_name" not in fields
    return unnamed and bool(_MARKER.match(fields.get("text", "")))


# --- both ----------------------------------------------------------------------------------------


def _frame(
    columns: Mapping[str, Sequence[Any]], records: Sequence[int], *, escaped: bool, separator: str
) -> pl.DataFrame:
    """Bring records into ``RAW_MESSAGES`` columns, plus ``_own``."""
    rows = pl.DataFrame(
        {name: texts(columns[name]) for name in (*_ESCAPED, "server_id", "quote_server_id")}
    )
    if escaped:
        rows = rows.with_columns(
            pl.when(pl.col(name).str.starts_with("http"))
            .then(name)
            .otherwise(unescaped(pl.col(name)))
            .alias(name)
            for name in _ESCAPED
        )
    rows = rows.with_columns(
        line=pl.Series(records, dtype=pl.UInt32),
        sent_at=instants([_time(value) for value in columns["timestamp"]]),
        _type=numbers(columns["type"]),
        _sub=numbers(columns["sub_type"]),
        _own=pl.Series([value in (True, 1, "1") for value in columns["is_send"]], dtype=pl.Boolean),
        _forwarded=pl.Series([_inside(value) for value in columns["messages"]], dtype=pl.String),
    )
    rows = rows.with_columns(_app=pl.coalesce(_packed("_type"), "_sub"))
    rows = rows.with_columns(_kind=_kinds())
    kind = pl.col("_kind")
    system = kind == "system"
    name, quoted = (
        pl.col("quote_text").str.extract(rf"(?s)^(.*?){separator}(.*)$", n) for n in (1, 2)
    )
    rows = rows.with_columns(
        kind=kind.cast(KIND),
        text=_said(),
        message_id=_id("server_id"),
        reply_to_id=_id("quote_server_id"),
        sender_name=pl.when(~system).then("display_name"),
        quoted_sender=name,
        quoted_text=pl.coalesce(quoted, "quote_text", "_forwarded"),
    )
    rows = rows.with_columns(
        text=pl.when(system).then(clean_notices(rows["text"])).otherwise("text")
    )
    rows = rows.with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name)
        for name in ("text", "sender_name", "quoted_sender", "quoted_text")
    )
    return with_mentions(rows).select(
        *(name for name in RAW_MESSAGES if name in rows.columns),
        "mention_ids",
        "mention_names",
        "_own",
    )


def _packed(column: str) -> pl.Expr:
    upper = pl.col(column) // 2**32
    return pl.when(upper > 0).then(upper)


def _kinds() -> pl.Expr:
    kind = kind_of(pl.col("_type").fill_null(-1), pl.col("_sub")).cast(pl.String)
    app = pl.col("_type") % 2**32 == 49
    address = pl.col("text").str.starts_with("http").fill_null(False)
    return (
        pl.when(app & pl.col("_app").is_in(_LINKS))
        .then(pl.lit("link"))
        # Old pages give stickers the type of pictures, and their address.
        .when((kind == "image") & address)
        .then(pl.lit("sticker"))
        .otherwise(kind)
    )


def _said() -> pl.Expr:
    """Return the author's own part: the text, or a title, a file name, a transcript."""
    kind = pl.col("_kind")
    return (
        pl.when(kind.is_in(["text", "system", "red_packet", "transfer"]))
        .then("text")
        .when(kind.is_in(["link", "share"]))
        .then(pl.coalesce("title", "text"))
        .when(kind == "file")
        .then("file_name")
        .when(kind == "voice")
        .then("voice_to_text")
        .when(kind == "sticker")
        .then("desc")
        .when(kind == "location")
        .then(pl.coalesce("poiname", "label"))
        .when(kind == "contact")
        .then("nickname")
        .when(kind == "call")
        .then(pl.coalesce("display_content", "text"))
    )


def _id(column: str) -> pl.Expr:
    return pl.when(pl.col(column).str.contains(r"^[1-9]\d{0,19}$")).then(column)


def _time(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def _inside(messages: Any) -> str | None:
    """Print forwarded messages: a name and what was said, one a line."""
    if not isinstance(messages, list):
        return None
    said = []
    for message in messages:
        if isinstance(message, dict):
            words = text_of(message.get("text")) or text_of(message.get("title")) or ""
            inner = _inside(message.get("messages"))
            said.append(f"{text_of(message.get('display_name')) or ''}: {inner or words}")
    return "\n".join(said) or None
