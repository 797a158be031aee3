"""QQ chat exporter (QCE) chunked JSONL, v5 and v6: a manifest and its chunks, or one chunk alone.

QCE(qq-chat-exporter)的分块 JSONL,v5–v6:manifest.json 与 chunks/,或单独一个分块文件。

``manifest.json`` leads; the chunks are read in its order, wherever they were moved below it. A
chunk that is missing, not listed or of another length is an issue. v5 wrote its batches newest
first, ascending only inside a batch: rows are put in order of time, and of equal times those of the
later batch come first. A chunk without its manifest is read as a chat of its own, which joins the
others where the folder's name holds the group's number.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final
from zipfile import BadZipFile
from zlib import error as ZlibError

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._json import read_object
from sqtool.parsers._json_items import moment, text_of
from sqtool.parsers._json_lines import read_lines
from sqtool.parsers._json_peek import outline
from sqtool.parsers._qce import Message
from sqtool.parsers._qce_chat import chat_of
from sqtool.parsers._qce_rows import Rows

_FACTS: Final = ("metadata", "chatInfo", "statistics", "chunked")
_CHUNK_NAME: Final = re.compile(r"(?:c\d{6}|chunk_\d{4})\.jsonl")
_QCE_FOLDER: Final = re.compile(
    r"^(?:group|friend|private|temp)_.*\d|\(\d{5,12}\)|_(?:chunked_jsonl|streaming)", re.DOTALL
)
_DOUBTS: Final = frozenset(["damaged-chunk", "unlisted-chunk", "count-mismatch"])
"""Issues of a chunk after which the stated sum is known to be missed."""
_LINE: Final = frozenset(["id", "timestamp", "sender", "content"])


def sniff(export: Export) -> Match:
    """Look for the keys of a manifest, or those of a message in the first line."""
    seen = outline(export)
    if seen.root != "object":
        return NO_MATCH
    if seen.has("chatInfo", "chunked") and not seen.is_array("messages"):
        listed = seen.fragments.get("chunked", b"")
        told = b'"jsonl"' in listed or seen.text("metadata", "format") == "chunked-jsonl"
        if told and (b".jsonl" in listed.replace(b'".jsonl"', b"") or _found(export, "chunks")):
            return Match(Confidence.CERTAIN, "keys chatInfo and chunked of a QCE manifest")
        return NO_MATCH
    keys = frozenset(seen.fragments) | frozenset(seen.scalars)
    if not keys >= _LINE or not {"system", "recalled"} & keys or export.suffix != ".jsonl":
        return NO_MATCH
    if (beside := export.beside("manifest.json")) is not None and _is_manifest(beside):
        return NO_MATCH  # of the same depth, it may be asked before the manifest that reads it
    return Match(Confidence.CERTAIN, "lines of QCE messages: a chunk")


def owns(export: Export) -> list[Export]:
    """Return the chunks, and the pictures kept beside them."""
    if not _is_manifest(export):
        return []
    known = _facts(export, IssueLog())
    avatars = known.get("avatars", {}).get("file")
    pictures = export.beside(avatars) if isinstance(avatars, str) and _safe(avatars) else None
    chunks = [chunk for chunk, _, _ in _chunks(export, known) if chunk is not None]
    return [*chunks, *([pictures] if pictures is not None else [])]


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all records in order of time, once the last chunk is read."""
    rows = Rows()
    if _is_manifest(export):
        known = _facts(export, issues)
        _read_all(export, known, rows, issues)
    else:
        above = export.beside("../manifest.json")
        known = _facts(above, IssueLog()) if above is not None and _is_manifest(above) else {}
        for messages, lines in read_lines(export, issues, Message):
            rows.add(messages, lines)
    frames = _by_time(list(rows.finish(export, issues)))
    exported = moment(known.get("metadata", {}).get("exportTime"))
    chat = chat_of(_names(export), known.get("chatInfo", {}), rows, exported)
    for frame in frames or [pl.DataFrame()]:
        yield RawBatch(chat, frame)


def _is_manifest(export: Export) -> bool:
    return "chunked" in outline(export)


def _facts(export: Export, issues: IssueLog) -> dict[str, dict[str, Any]]:
    values = (*_FACTS, "avatars")
    parts = read_object(export, issues, values=values)
    return {part.key: part.value for part in parts if isinstance(part.value, dict)}


def _read_all(
    export: Export, known: dict[str, dict[str, Any]], rows: Rows, issues: IssueLog
) -> None:
    doubts = 0
    lost = issues.rows_lost()
    for chunk, stated, listed in _chunks(export, known):
        if chunk is None:
            holds = "" if stated is None else f" of {stated} messages"
            detail = f"a chunk{holds} that the manifest lists is not there"
            issues.add("missing-chunk", export.title, rows=0, detail=detail)
            doubts += 1
            continue
        own, before = IssueLog(), rows.records
        try:
            for messages, _ in read_lines(chunk, own, Message):
                rows.add(messages)
        except (UnreadableError, OSError, EOFError, BadZipFile, ZlibError) as error:
            detail = f"cannot be read to its end ({type(error).__name__})"
            own.add("damaged-chunk", chunk.title, rows=0, detail=detail)
        found = rows.records - before + own.rows_lost()
        if not listed:
            detail = "a chunk that the manifest does not list: read"
            own.add("unlisted-chunk", chunk.title, rows=0, detail=detail)
        elif stated is not None and stated != found:
            detail = f"the manifest states {stated} messages and the chunk holds {found}"
            own.add("count-mismatch", chunk.title, rows=0, detail=detail)
        # Rows are accounted for by the file that leads: the detail says where the line is.
        for code, _, line, count, detail in own.frame().iter_rows():
            issues.add(code, export.title, line, rows=count, detail=f"{chunk.name}: {detail}")
            doubts += code in _DOUBTS
    total = known.get("statistics", {}).get("totalMessages")
    found = rows.records + issues.rows_lost() - lost
    if isinstance(total, int) and total != found and not doubts:
        detail = f"the manifest states {total} messages and the chunks hold {found}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)


# --- where the chunks are ------------------------------------------------------------------------


def _chunks(
    export: Export, known: dict[str, dict[str, Any]]
) -> Iterator[tuple[Export | None, int | None, bool]]:
    """Yield every chunk (None if it is not there), its stated length, and whether it is listed."""
    told = known.get("chunked", {})
    folder = text_of(told.get("chunksDir")) or "chunks"
    entries = told.get("chunks")
    done = set()
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        chunk = _placed(export, entry, folder)
        if chunk is not None and chunk.key in done:
            continue
        if chunk is not None:
            done.add(chunk.key)
        count = entry.get("count", entry.get("messages"))
        yield chunk, count if isinstance(count, int) else None, True
    for chunk in _found(export, folder):
        if chunk.key not in done:
            done.add(chunk.key)
            yield chunk, None, not entries


def _placed(export: Export, entry: dict[str, Any], folder: str) -> Export | None:
    """Find a listed chunk: where the manifest says, else by its name near the manifest."""
    given = [text_of(entry.get(key)) for key in ("relativePath", "file")]
    paths = [path.replace("\\", "/") for path in given if path]
    name = text_of(entry.get("fileName")) or (PurePosixPath(paths[0]).name if paths else None)
    if name:
        paths += [f"{folder}/{name}", f"chunks/{name}", name]
    for path in paths:
        # The path comes out of a file: it must not lead anywhere else.
        if _safe(path) and (chunk := export.beside(path)) is not None:
            return chunk
    return next((one for one in _found(export, folder) if one.name == name), None)


def _safe(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and parts[0] != "/" and ".." not in parts and ":" not in parts[0]


def _found(export: Export, folder: str) -> list[Export]:
    found = export.all_beside(f"{folder}/*.jsonl") if _safe(folder) else []
    near = [*export.all_beside("*.jsonl"), *export.all_beside("*/*.jsonl")]
    return [*found, *(one for one in near if _CHUNK_NAME.fullmatch(one.name))]


def _names(export: Export) -> list[str]:
    """Return the names that may hold the group's number, QCE's own first; the file's own last."""
    if export.member is not None:
        folders = [*PurePosixPath(export.member).parent.parts[::-1], export.path.stem]
    else:
        folders = list(export.path.resolve().parent.parts[:-4:-1])
    own = export.folder if _is_manifest(export) else export.stem
    return [*(name for name in folders if _QCE_FOLDER.search(name)), own]


def _by_time(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Put the rows in order of time; of equal times, those of a later run come first."""
    if not frames:
        return frames
    times = pl.concat([frame.select("sent_at") for frame in frames])["sent_at"]
    if times.is_sorted():
        return frames
    run = (times < times.shift()).fill_null(value=False).cum_sum()
    rows = pl.concat(frames).with_columns(_run=run)
    ordered = rows.sort("sent_at", "_run", descending=[False, True], maintain_order=True)
    return [ordered.drop("_run")]


PARSER = Parser(
    name="qq-qce-chunks",
    title="QQ chat exporter (QCE) chunked JSONL",
    platform="qq",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "message-ids",
        "zone",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "leaves",
        "recalls",
    ),
    obtain=(
        "qq-chat-exporter (QCE) beside QQ NT: export the group as chunked JSONL; give the folder.",
        "在 QQ NT 上用 qq-chat-exporter(QCE)导出分块 JSONL,把整个文件夹交给 sqtool。",
    ),
    owns=owns,
)
