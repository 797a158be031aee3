"""Parquet: everything, for other programs and for reading again.

Parquet:包含全部信息,适合其他程序使用或再次读取。
"""

import json
from datetime import datetime

import polars as pl

from sqtool.schema import MESSAGES, PARQUET_KEY, PARQUET_VERSION
from sqtool.spool import CHUNK_ROWS, Chunk
from sqtool.writers._base import Job, Writer


def _write(job: Job) -> None:
    chats: list[dict[str, object]] = []
    members: list[dict[str, object]] = []
    rows: list[Chunk] = []
    waiting: list[pl.DataFrame] = []
    height = 0
    for chat in job.chats:
        chats.append(chat.chat)
        members += chat.members.to_dicts()
        for chunk in chat.chunks:
            if chunk.height >= CHUNK_ROWS // 2 and not waiting:
                rows.append(chunk)  # large enough to stay where it is
                continue
            frame = chunk.read()
            chunk.drop()
            waiting.append(frame)
            height += frame.height
            if height >= CHUNK_ROWS:
                rows.append(job.spool.chunk(pl.concat(waiting)))
                waiting, height = [], 0
    rows.append(job.spool.chunk(pl.concat([pl.DataFrame(schema=MESSAGES), *waiting])))
    facts = {"version": PARQUET_VERSION, "chats": chats, "members": members}
    text = json.dumps(facts, ensure_ascii=False, default=_plain)
    whole = pl.concat([chunk.columns(*MESSAGES) for chunk in rows])
    try:
        whole.sink_parquet(job.path, metadata={PARQUET_KEY: text}, row_group_size=CHUNK_ROWS)
    except pl.exceptions.ComputeError as error:  # a full disk, say
        raise OSError(str(error)) from error


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


WRITER = Writer(name="parquet", suffix=".parquet", write=_write)
