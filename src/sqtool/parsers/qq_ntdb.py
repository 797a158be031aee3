"""Dumps of ``group_msg_table`` out of a decrypted QQ NT database: JSON or CSV, columns by number.

QQ NT 数据库 group_msg_table 的转储:JSON 或 CSV,列名是数字。

There is no text (it is in binary columns that dumps garble or drop): who, when and of which kind.
Times are exact. One dump may hold many groups. A reply names the sequence number of the message it
answers. Private chats (``c2c_msg_table``) have the same columns.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._json import read_array, read_object
from sqtool.parsers._json_items import instants, texts
from sqtool.parsers._json_peek import Outline, outline
from sqtool.parsers._qce import PSEUDO_IDS
from sqtool.schema import KIND

_COLUMNS: Final = {
    "id": "40001", "seq": "40003", "chat": "40010", "type": "40011", "uid": "40020",
    "peer": "40021", "group": "40027", "number": "40030", "uin": "40033", "time": "40050",
    "card": "40090", "nickname": "40093", "replied": "40850",
}  # fmt: skip
_NEEDED: Final = frozenset(["40050", "40011"])
_KINDS: Final = {
    "2": "text", "3": "file", "5": "system", "6": "voice", "7": "video", "8": "forward",
    "9": "text", "10": "red_packet", "11": "share", "19": "call", "25": "location",
}  # fmt: skip
_PRIVATE: Final = "1"
# Cards out of the old client end in the number or e-mail of their owner.
_OLD_CARD: Final = r"^((?s:.*))(?:\(\d{5,12}\)|<[^<>\s]+@[^<>\s]+>)$"


class Record(msgspec.Struct, gc=False, rename=_COLUMNS):
    """One row, in the columns that are of use."""

    id: Any = None
    seq: Any = None
    chat: Any = None
    type: Any = None
    uid: Any = None
    peer: Any = None
    group: Any = None
    number: Any = None
    uin: Any = None
    time: Any = None
    card: Any = None
    nickname: Any = None
    replied: Any = None


def sniff(export: Export) -> Match:
    """Look for the numbers of the columns."""
    seen = outline(export)
    names = set(seen.item_keys(_array(seen) or "")) if seen.root else set(_csv_names(export))
    if not names >= _NEEDED or not names & {"40020", "40033"}:
        return NO_MATCH
    return Match(Confidence.CERTAIN, "columns 40050, 40011 … of a QQ NT message table")


def _csv_names(export: Export) -> tuple[str, ...]:
    return read_header(export).names if "40050" in export.head_text[:4096] else ()


def _array(seen: Outline) -> str | None:
    """Return the key of the rows: tools wrap the array in an object or not."""
    if seen.root == "array":
        return ""
    return next((key for key in seen.fragments if seen.item_keys(key) >= _NEEDED), None)


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows, chat by chat, once the last one is read."""
    frames = list(_of_json(export, issues) if outline(export).root else _of_csv(export, issues))
    if not frames:
        return
    issues.add("no-bodies", export.title, rows=0, detail="the table's plain columns hold no text")
    rows = _with_people(pl.concat(frames))
    for (key, private), part in rows.group_by(["_key", "_private"], maintain_order=True):
        named = key is not None
        name = str(key) if named else export.stem
        chat = RawChat(
            key=name,
            strong=named,
            platform="qq",
            name=name,
            kind="private" if private else "group",
            has_replies=True,
            has_mentions=False,
        )
        yield RawBatch(chat, _with_replies(part))


def _of_json(export: Export, issues: IssueLog) -> Iterator[pl.DataFrame]:
    key = _array(outline(export)) or ""
    if not key:
        for records, numbers in read_array(export, issues, Record):
            yield _frame(_columns(records), pl.Series(numbers, dtype=pl.UInt32))
        return
    for part in read_object(export, issues, arrays={key: Record}):
        yield _frame(_columns(part.value), pl.Series(list(part.records), dtype=pl.UInt32))


def _columns(records: list[Record]) -> dict[str, pl.Series]:
    return {name: texts([getattr(one, name) for one in records]) for name in _COLUMNS}


def _of_csv(export: Export, issues: IssueLog) -> Iterator[pl.DataFrame]:
    for frame in read_rows(export, issues, read_header(export)):
        empty = pl.Series([None] * frame.height, dtype=pl.String)
        columns = {
            name: frame[number] if number in frame.columns else empty
            for name, number in _COLUMNS.items()
        }
        yield _frame(columns, frame["line"])


def _frame(columns: dict[str, pl.Series], lines: pl.Series) -> pl.DataFrame:
    rows = pl.DataFrame(columns).with_columns(
        line=lines, sent_at=instants(columns["time"].to_list())
    )
    none = dict.fromkeys(PSEUDO_IDS)
    private = (pl.col("chat") == _PRIVATE).fill_null(value=False)
    group = pl.coalesce(*(pl.col(c).replace(none) for c in ("group", "peer", "number")))
    friend = pl.coalesce(*(pl.col(c).replace(none) for c in ("number", "peer")))
    card = pl.coalesce(pl.col("card").str.extract(_OLD_CARD), pl.col("card"))
    names = [
        pl.when(name.str.strip_chars() != "").then(name) for name in (card, pl.col("nickname"))
    ]
    kind = pl.col("type").replace_strict(_KINDS, default="other", return_dtype=pl.String)
    return rows.select(
        "line",
        "sent_at",
        message_id=pl.col("id").replace(none),
        kind=kind.fill_null("other").cast(KIND),
        sender_name=pl.coalesce(*names),
        _key=pl.when(private).then(friend).otherwise(group),
        _private=private,
        _seq=pl.col("seq").replace(none),
        _replied=pl.col("replied").replace(none),
        _uid=pl.col("uid").replace(none),
        _uin=pl.col("uin").replace(none),
    )


def _with_people(rows: pl.DataFrame) -> pl.DataFrame:
    """Name senders by number where any row ties the uid to one; no notice has a sender."""
    known = rows.select("_uid", "_uin").drop_nulls().unique("_uid", keep="first")
    numbers = {"old": known["_uid"], "new": known["_uin"]}
    key = pl.coalesce("_uin", pl.col("_uid").replace(**numbers) if known.height else "_uid")
    notice = pl.col("kind") == "system"
    return rows.with_columns(
        sender_id=pl.when(~notice).then(key),
        sender_name=pl.when(~notice).then("sender_name"),
    ).drop("_uid", "_uin")


def _with_replies(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn the sequence number of the message answered into its id."""
    targets = (
        rows.select(_replied="_seq", reply_to_id="message_id")
        .drop_nulls()
        .unique("_replied", keep="none")
    )
    found = rows.join(targets, on="_replied", how="left", maintain_order="left")
    return found.select(
        "line", "sent_at", "message_id", "sender_id", "sender_name", "kind", "reply_to_id"
    )


PARSER = Parser(
    name="qq-ntdb",
    title="QQ NT message table (dump)",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "message-ids", "zone", "seconds", "replies"),
    obtain=(
        "A database browser on the decrypted nt_msg.db: export group_msg_table as JSON or CSV.",
        "用数据库工具打开解密后的 nt_msg.db,把 group_msg_table 导出为 JSON 或 CSV。",
    ),
)
