"""A dataset put into a store as it is, without an export file."""

from pathlib import Path

import polars as pl

from sqtool.schema import Dataset
from sqtool.store._change import changing
from sqtool.store._place import Place
from sqtool.store._tables import CONTENT
from sqtool.store.store import Store


def stored(folder: Path, data: Dataset) -> Store:
    """Keep chats, members, messages and tags; returns the store, open."""
    place = Place(str(folder))
    messages = data.messages.collect()
    spans = messages.group_by("chat_id").agg(
        messages=pl.len(), first_at=pl.col("sent_at").min(), last_at=pl.col("sent_at").max()
    )
    chats = data.chats.collect().join(spans, on="chat_id", how="left")
    chats = chats.with_columns(pl.col("messages").fill_null(0), key="chat_id", strong=pl.lit(True))
    frames = {
        "chats": chats,
        "members": data.members.collect(),
        "messages": messages,
        "tags": data.tags,
    }
    with changing(place, create=True) as change:
        for name, frame in frames.items():
            change.append(name, _whole(name, frame))
        change.finish("import", files="[]", chats=chats.height, new=messages.height)
    return Store.open(str(folder))


def _whole(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    schema = CONTENT[name]
    missing = [pl.lit(None, schema[c]).alias(c) for c in schema if c not in frame.columns]
    return frame.with_columns(missing).select(pl.col(c).cast(schema[c]) for c in schema)
