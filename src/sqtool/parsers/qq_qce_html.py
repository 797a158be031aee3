"""QQ chat exporter (QCE) pages, v4 to v6: one file, or the viewer with its data in a folder.

QCE(qq-chat-exporter)导出的 HTML,v4–v6:单个网页,或带数据文件夹的浏览版。

Times are a wall clock, but exact in the viewer, whose ``index.html`` leads and whose data are read.
A person is the QQ number that the address of the avatar holds, else the uid. Names are those of the
pictures, where there are any: the line beside them may show the exporter's private remarks. Notices
of the simple page have no time: they get their neighbour's.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, raw_frame
from sqtool.parsers._html import html_pieces, without_tags
from sqtool.parsers._json_items import instants, moment, text_of
from sqtool.parsers._json_scan import loads
from sqtool.parsers._qce_chat import chat_of
from sqtool.parsers._qce_html import MESSAGE, Shown, read_piece

_METADATA: Final = re.compile(r"<!-- QCE_METADATA: (\{.*?\}) -->", re.DOTALL)
_SIMPLE: Final = '<meta name="generator" content="QQ聊天记录导出工具">'
_V4: Final = "<h1>QQ Chat Exporter Pro</h1>"
_TITLE: Final = re.compile(r"<title>(?:聊天记录 - )?(.*?)(?: - 聊天记录)?</title>", re.DOTALL)
_EXPORTED: Final = re.compile(r"<div>导出时间: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)</div>")
_TYPE: Final = re.compile(r"<div>(群聊|私聊|临时会话)</div>")
_CALL: Final = re.compile(r"\((\{.*\})\);?\s*\Z", re.DOTALL)
_CHUNKS: Final = "data/chunks/*.js"


class Record(msgspec.Struct, gc=False):
    """One message of the viewer's data."""

    html: str
    ts: int | None = None
    id: str | None = None


def sniff(export: Export) -> Match:
    """Look for the comment of the modern page, or the generator of the simple one."""
    head = export.head_text
    if "<!-- QCE_METADATA: {" in head:
        return Match(Confidence.CERTAIN, "comment QCE_METADATA")
    if _SIMPLE in head or _V4 in head:
        return Match(Confidence.CERTAIN, "page by QQ聊天记录导出工具 (QCE)")
    if 'class="message' in head and 'data-message-id="' in head and "message-sender" in head:
        return Match(Confidence.LIKELY, "messages with data-message-id, as in a QCE page")
    return NO_MATCH


def owns(export: Export) -> list[Export]:
    """Return the viewer's data."""
    if _metadata(export.head_text).get("mode") != "chunked":
        return []
    patterns = (_CHUNKS, "data/manifest.js*", "data/index/*.js")
    return [file for pattern in patterns for file in export.all_beside(pattern)]


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all messages, once the last one is read."""
    facts = _metadata(export.head_text)
    info = {"name": text_of(facts.get("chatName")), "type": text_of(facts.get("chatType"))}
    exported = moment(facts.get("exportTime")) or None
    lost = issues.rows_lost()
    if facts.get("mode") == "chunked":
        manifest = _manifest(export)
        chat = manifest.get("chat")
        info = {**info, **(chat if isinstance(chat, dict) else {})}
        shown, times = _of_viewer(export, manifest, issues)
    else:
        shown, times = list(_of_page(export, issues, info)), None
    frame, own = _frame(shown, times)
    stated = facts.get("messageCount")
    found = frame.height + issues.rows_lost() - lost
    if isinstance(stated, int) and stated and stated != found:
        detail = f"the page states {stated} messages and holds {found}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)
    if times is None and frame.height:
        frame = _with_neighbours(frame, export, issues)
    info = {**info, "selfUin": info.get("selfUin") or own}
    names = [export.stem] if times is None else [export.folder, export.stem]
    naive = exported or _clock(info.pop("exported", None))
    yield RawBatch(chat_of(names, info, exported_at=naive), frame)


def _metadata(head: str) -> dict[str, Any]:
    found = _METADATA.search(head)
    try:
        facts = loads(found[1].encode()) if found else {}
    except ValueError:
        facts = {}
    return facts if isinstance(facts, dict) else {}


def _of_page(export: Export, issues: IssueLog, info: dict[str, Any]) -> Iterator[Shown]:
    first = True
    for _, piece in html_pieces(export, issues, MESSAGE):
        if first:
            top, first = piece.decode(), False
            if not info["name"] and (title := _TITLE.search(top)):
                info["name"] = without_tags(title[1]).strip() or None
            info["type"] = info["type"] or next(iter(_TYPE.findall(top)), None)
            info["exported"] = next(iter(_EXPORTED.findall(top)), None)
            continue
        yield from read_piece(piece)


def _clock(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


# --- the viewer's data ---------------------------------------------------------------------------


def _manifest(export: Export) -> dict[str, Any]:
    file = export.beside("data/manifest.js") or export.beside("data/manifest.json")
    if file is None:
        return {}
    text = file.read_text().strip()
    call = _CALL.search(text)
    try:
        found = loads((call[1] if call else text).encode())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _of_viewer(
    export: Export, manifest: dict[str, Any], issues: IssueLog
) -> tuple[list[Shown], list[int | None]]:
    shown: list[Shown] = []
    times: list[int | None] = []
    chunks = export.all_beside(_CHUNKS)
    listed = manifest.get("chunks")
    if isinstance(listed, list) and len(listed) > len(chunks):
        detail = f"{len(listed) - len(chunks)} of {len(listed)} data files are not there"
        issues.add("missing-chunk", export.title, rows=0, detail=detail)
    decoder = msgspec.json.Decoder(Record)
    for chunk in chunks:
        for line, text in enumerate(_lines(chunk.blocks(issues)), 1):
            if not text.startswith(b"{"):
                continue
            try:
                record = decoder.decode(text.rstrip(b",\r "))
                (one,) = read_piece(record.html.encode())
            except (msgspec.MsgspecError, ValueError, UnicodeError):
                detail = f"{chunk.name}: not a record"
                issues.add("bad-record", export.title, line, detail=detail)
                continue
            # Notices of the page show no id of their own.
            key = one.id or (record.id or "").removeprefix("msg-")
            shown.append(one._replace(id=key or None))
            times.append(record.ts)
    return shown, times


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    yield rest


# --- rows ----------------------------------------------------------------------------------------


def _frame(shown: list[Shown], times: list[int | None] | None) -> tuple[pl.DataFrame, str | None]:
    """Return the rows, and the id of the exporting account if it spoke."""
    numbers = {one.uid: one.number for one in shown if one.uid and one.number}
    ids = [one.number or numbers.get(one.uid or "", one.uid) for one in shown]
    own = next((key for key, one in zip(ids, shown, strict=True) if one.own and key), None)
    # Some systems print midnight as hour 24 of the day that begins.
    clock = pl.Series([one.time for one in shown], dtype=pl.String).str.replace_all("/", "-")
    clock = clock.str.replace(" 24:", " 00:", literal=True)
    said = [one.said for one in shown]
    frame = raw_frame(
        {
            "line": range(1, len(shown) + 1),
            "wall_at": clock.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False),
            "message_id": [one.id for one in shown],
            "sender_id": ids,
            "sender_name": [one.name for one in shown],
            "kind": [one.kind for one in said],
            "text": [one.text for one in said],
            "reply_to_id": [one.reply_to for one in shown],
            "quoted_sender": [one.quoted_sender for one in said],
            "quoted_text": [one.quoted_text for one in said],
            "mention_names": [one.mentions for one in shown],
        }
    )
    if times is not None:
        frame = frame.with_columns(sent_at=instants(times))
    return frame, own


def _with_neighbours(frame: pl.DataFrame, export: Export, issues: IssueLog) -> pl.DataFrame:
    """Give notices without a time that of the message before them, else of the one behind."""
    lacks = (pl.col("kind") == "system") & pl.col("wall_at").is_null()
    count = frame.select(lacks.sum()).item()
    if not count:
        return frame
    detail = f"{count} notices without a time got the time of the message beside them"
    issues.add("time-of-neighbour", export.title, rows=0, detail=detail)
    near = pl.col("wall_at").forward_fill().backward_fill()
    return frame.with_columns(wall_at=pl.when(lacks).then(near).otherwise("wall_at"))


PARSER = Parser(
    name="qq-qce-html",
    title="QQ chat exporter (QCE) HTML",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "message-ids",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "recalls",
    ),
    obtain=(
        "qq-chat-exporter (QCE) beside QQ NT: export the group as HTML; JSON tells more.",
        "在 QQ NT 上用 qq-chat-exporter(QCE)导出 HTML;JSON 的信息更多。",
    ),
    owns=owns,
)
