r"""Text exports whose records begin with a header: any line that fits one pattern.

The header is matched by polars' regex engine on all lines of a block at once; names and bodies are
slices of the block, so nothing is copied. A pattern is anchored (``^``) and may end before the line
does: what follows on the line belongs to the content.
"""

import re
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.slices import Offsets, strings

_LF = 0x0A
_USUALLY = 0.8


def read_transcript(
    export: Export,
    issues: IssueLog,
    header: str,
    *,
    first: str = "",
    apart: bool = False,
    heading: bool = False,
) -> Iterator[pl.DataFrame]:
    r"""Yield the records of a text export, block by block.

    Args:
        export: The file.
        issues: Told of undecodable bytes, and of text before the first record.
        header: Regular expression (the ``regex`` crate's dialect) of a header, from ``^``; its
            named groups become columns.
        first: Bytes a header may begin with (ASCII), if few: other lines are then not looked at.
        apart: Whether a header must be the first line or stand behind an empty one. Elsewhere it
            is a line that somebody pasted into a message.
        heading: Whether text before the first record is the file's own, and no reason for an issue.

    Yields:
        Frames with ``line`` (UInt32, 1-based), a String column per named group (null where the
        group took no part), ``content`` (the rest of the header's line and all lines up to the
        next header, without the newline before that header; ``""`` if there is nothing) and
        ``apart`` (Boolean: the header is the first line or stands behind an empty one). CR LF
        counts as LF where it ends most lines.
    """
    rest, held, line, alone = b"", b"", 1, True
    crlf = export.head_text.count("\r\n") > _USUALLY * export.head_text.count("\n")
    blocks = export.blocks(issues)
    block = next(blocks, None)
    while block is not None:
        following = next(blocks, None)
        block, held = held + block, b""
        if crlf:
            if block.endswith(b"\r") and following is not None:
                block, held = block[:-1], b"\r"
            block = block.replace(b"\r\n", b"\n")
        buffer = rest + block
        frame, end, alone = _records(
            buffer, header, first, line, last=following is None, apart=apart, alone=alone
        )
        if line == 1:
            stop = frame["line"][0] - 1 if frame.height else buffer.count(b"\n") + 1
            before = buffer.split(b"\n", stop)[:stop] if stop else []
            if any(part.strip() for part in before) and frame.height and not heading:
                issues.add("text-before-records", export.title, 1, rows=0, detail="not read")
        if frame.height:
            yield frame
        line += buffer.count(b"\n", 0, end)
        rest = buffer[end:]
        block = following


def _records(
    buffer: bytes, header: str, first: str, line: int, *, last: bool, apart: bool, alone: bool
) -> tuple[pl.DataFrame, int, bool]:
    """Return the whole records of a buffer, where the rest begins, and whether that line is alone.

    A line is alone if it is the first of the file or stands behind an empty one; ``alone`` tells it
    of the first line of the buffer.
    """
    text = np.frombuffer(buffer, np.uint8)
    breaks = np.flatnonzero(text == _LF)
    starts = np.concatenate((np.zeros(1, np.int64), breaks + 1))
    ends = np.append(breaks, len(buffer))
    at = np.flatnonzero(ends > starts)
    if not last:
        at = at[ends[at] < len(buffer)]  # a line that is not all here yet
    if apart:
        at = at[_alone(at, starts, ends, alone)]
    if first:
        at = at[np.isin(text[starts[at]], np.frombuffer(first.encode("ascii"), np.uint8))]
    lines = strings(buffer, starts[at], ends[at])
    fits = lines.str.contains(header)
    at, lines = at[fits.to_numpy()], lines.filter(fits)
    names = re.findall(r"\(\?P?<(\w+)>", header)
    if not len(at):
        schema = {"line": pl.UInt32, **dict.fromkeys(names, pl.String)}
        empty = pl.DataFrame(schema={**schema, "content": pl.String, "apart": pl.Boolean})
        rest = len(starts) - 1
        stands = bool(_alone(np.array([rest]), starts, ends, alone)[0])
        return empty, len(buffer) if last else int(starts[rest]), stands
    heads = lines.to_frame("said").select(
        pl.col("said").str.extract_groups(header).struct.unnest(),
        taken=pl.col("said").str.extract(f"({header})").str.len_bytes(),
    )
    heads = heads.rename(dict(zip(heads.columns, [*names, "taken"], strict=True)))
    begins = starts[at] + heads["taken"].to_numpy()
    behind = _alone(at, starts, ends, alone)
    stands = bool(behind[-1])
    if last:
        stops = np.append(starts[at[1:]] - 1, len(buffer))
        if buffer.endswith(b"\n"):
            stops[-1] -= 1
    else:
        begins, stops, at, heads = begins[:-1], starts[at[1:]] - 1, at[:-1], heads.head(-1)
        behind = behind[:-1]
    # A header that is a line of its own takes its newline along.
    begins = np.where(begins == ends[at], np.minimum(begins + 1, len(buffer)), begins)
    end = len(buffer) if last else int(stops[-1]) + 1 if len(stops) else int(starts[0])
    content = strings(buffer, begins, np.maximum(begins, stops))
    frame = heads.drop("taken").with_columns(
        line=pl.Series(at + line).cast(pl.UInt32),
        content=content,
        apart=pl.Series(behind),
    )
    return frame, end, stands


def _alone(at: Offsets, starts: Offsets, ends: Offsets, first: bool) -> NDArray[np.bool_]:
    """Which lines (by number) stand behind an empty one; ``first`` answers for the first."""
    behind: NDArray[np.bool_] = np.where(at == 0, first, ends[at - 1] == starts[at - 1])
    return behind
