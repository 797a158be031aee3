"""nonebot-plugin-chatrecorder: its message table as CSV or JSON, with the session tables beside it.

nonebot-plugin-chatrecorder 的消息表（CSV 或 JSON），会话表放在同一文件夹。

The message table knows neither sender nor group: these come from columns joined to it (``user_id``,
``scene_id``; of the first version ``id1``, ``id2``), or from the tables ``…_sessionmodel``,
``…_scenemodel``, ``…_usermodel`` and ``…_botmodel`` dumped into the same folder. Times are UTC
without saying so. Chats of other platforms may stand in the same table.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import (
    NO_MATCH,
    RAW_MEMBERS,
    RAW_MESSAGES,
    Confidence,
    Match,
    Parser,
    RawBatch,
    RawChat,
)
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._json import read_array, read_object
from sqtool.parsers._json_items import instants, text_of
from sqtool.parsers._json_peek import outline
from sqtool.parsers._json_scan import loads
from sqtool.parsers._onebot import Said, parts_of, read_parts

_TABLE: Final = frozenset(["time", "type", "message_id", "message", "plain_text"])
_KNOWN_TYPES: Final = ("message", "message_sent")
_SAME: Final = {
    "session": ("session_persist_id", "session_id"),
    "user": ("user_id", "id1"),
    "scene": ("scene_id", "group_id", "channel_id", "id2"),
    "parent": ("guild_id", "id3"),
    "bot": ("self_id", "bot_id"),
    "scope": ("scope", "platform", "adapter", "bot_type"),
    "level": ("scene_type", "level", "detail_type"),
    "user_data": ("user_data",),
    "scene_data": ("scene_data",),
    "member_data": ("member_data",),
}
"""What a column is called in the versions of the tables."""
_PLATFORMS: Final = {
    "qqclient": "qq", "qqguild": "qq", "qqapi": "qq", "onebot v11": "qq", "wechatoapi": "wechat",
    "lark": "feishu",
}  # fmt: skip


def sniff(export: Export) -> Match:
    """Look for the column names of the message table."""
    seen = outline(export)
    if seen.root == "array" and seen.item_keys() >= _TABLE:
        return Match(Confidence.CERTAIN, "array of rows of the chatrecorder message table")
    if seen.root == "object" and _table_key(export) is not None:
        return Match(Confidence.CERTAIN, "rows of the chatrecorder message table under its name")
    if not seen.root and set(read_header(export).names) >= _TABLE:
        return Match(Confidence.CERTAIN, "CSV header of the chatrecorder message table")
    return NO_MATCH


def _table_key(export: Export) -> str | None:
    seen = outline(export)
    keys = [key for key in seen.fragments if seen.is_array(key)]
    return next((key for key in keys if seen.item_keys(key) >= _TABLE), None)


def owns(export: Export) -> list[Export]:
    """Return the session tables in the same folder."""
    found = [export.all_beside(f"*{name}*") for name in ("sessionmodel", "scenemodel", "usermodel")]
    return [*(one for some in found for one in some), *export.all_beside("*botmodel*")]


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the records by chat, piece by piece.

    Raises:
        UnreadableError: If nothing says who sent the messages.
    """
    sessions = _sessions(export, issues)
    bots: dict[str, str] = {}  # of each chat the first: its message ids stand as they are
    for rows in _rows(export, issues):
        frame = _named(rows, sessions)
        if not {"time", "message"} <= set(frame.columns):
            what = t("no chatrecorder message table", "没有 chatrecorder 的消息表")
            raise UnreadableError(what, where=export.title)
        if "user" not in frame.columns:
            raise _no_sessions(export)
        fake = ~pl.col("type").is_in(_KNOWN_TYPES).fill_null(True)
        for line in frame.filter(fake)["line"]:
            issues.add("not-a-message", export.title, line, detail="a record of another type")
        frame = frame.filter(~fake)
        lost = pl.coalesce("user", "scene").is_null()
        for line in frame.filter(lost)["line"]:
            issues.add("no-session", export.title, line, detail="nothing says whose or where")
        frame = _read(frame.filter(~lost), bots)
        for (platform, key), mine in frame.group_by("_platform", "_key", maintain_order=True):
            yield RawBatch(_chat(str(platform), str(key), mine), _messages(mine))


def _no_sessions(export: Export) -> UnreadableError:
    what = t("this table does not say who sent the messages", "这张表里没有发送者")
    hint = t(
        "dump the tables …_sessionmodel, …_scenemodel, …_usermodel, …_botmodel beside it",
        "请把 …_sessionmodel、…_scenemodel、…_usermodel、…_botmodel 各表导出到同一文件夹",
    )
    return UnreadableError(what, where=export.title, hint=hint)


def _rows(export: Export, issues: IssueLog) -> Iterator[pl.DataFrame]:
    """Yield a table as frames of String columns and ``line``."""
    root = outline(export).root
    if not root:
        header = read_header(export)
        if any(header.names):
            yield from read_rows(export, issues, header)
        return
    if root == "array":
        for items, numbers in read_array(export, issues, dict):
            yield _columns(items, list(numbers))
        return
    key = _table_key(export) or next(iter(outline(export).fragments), "")
    for part in read_object(export, issues, arrays={key: dict}):
        yield _columns(part.value, list(part.records))


def _columns(items: list[dict[str, Any]], numbers: list[int]) -> pl.DataFrame:
    names = dict.fromkeys(name for item in items for name in item)
    columns = {name: [_cell(item.get(name)) for item in items] for name in names}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    return frame.with_columns(line=pl.Series(numbers, dtype=pl.UInt32))


def _cell(value: Any) -> Any:
    """Return a value as text; what is nested stays, as JSON, for the one who reads it."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return text_of(value)


# --- who and where -------------------------------------------------------------------------------


def _sessions(export: Export, issues: IssueLog) -> pl.DataFrame | None:
    """Join the tables beside the messages into one: session, user, scene, bot and their data."""
    tables = {name: _beside(export, issues, f"*{name}model*") for name in _TABLES}
    found = tables["session"]
    if found is None:
        return None
    for name in ("scene", "user", "bot"):
        table = tables[name]
        key = f"{name}_persist_id"
        if table is not None and key in found.columns:
            table = table.drop("line").rename({"id": key})
            new = [c for c in table.columns if c == key or c not in found.columns]
            found = found.join(table.select(new), on=key, how="left")
    return _renamed(found.rename({"id": "session"}).drop("line"))


_TABLES: Final = ("session", "scene", "user", "bot")


def _beside(export: Export, issues: IssueLog, pattern: str) -> pl.DataFrame | None:
    frames = [f for other in export.all_beside(pattern) for f in _rows(other, issues)]
    frames = [frame for frame in frames if "id" in frame.columns]
    if not frames:
        return None
    return pl.concat(frames, how="diagonal").unique("id", keep="last", maintain_order=True)


def _renamed(frame: pl.DataFrame) -> pl.DataFrame:
    wanted = {}
    for name, options in _SAME.items():
        given = [option for option in options if option in frame.columns]
        if name not in frame.columns and given:
            wanted[name] = pl.coalesce(given)
    if "scene_type" in frame.columns:
        wanted["_of_uninfo"] = pl.lit(True)
    return frame.with_columns(**wanted)


def _named(rows: pl.DataFrame, sessions: pl.DataFrame | None) -> pl.DataFrame:
    """Bring a piece of the message table to the common names, sessions joined."""
    frame = _renamed(rows)
    if "user" not in frame.columns and "scene" not in frame.columns:
        if sessions is None or "session" not in frame.columns:
            return frame
        new = [c for c in sessions.columns if c == "session" or c not in frame.columns]
        frame = frame.join(sessions.select(new), on="session", how="left", maintain_order="left")
    missing = [
        pl.lit(None, pl.String).alias(name)
        for name in (*_SAME, "type", "message_id", "plain_text")
        if name not in frame.columns
    ]
    if "_of_uninfo" not in frame.columns:
        missing.append(pl.lit(None, pl.Boolean).alias("_of_uninfo"))
    return frame.with_columns(missing)


def _read(frame: pl.DataFrame, bots: dict[str, str]) -> pl.DataFrame:
    said = [_said(*row) for row in frame.select("message", "plain_text").iter_rows()]
    names = [_name(*row) for row in frame.select("member_data", "user_data").iter_rows()]
    sent = pl.col("type") == "message_sent"
    level = pl.col("level").str.to_lowercase().str.strip_prefix("level")
    private = (
        pl.when("_of_uninfo")
        .then(level.is_in(["0", "private"]))
        .when(level.is_not_null())
        .then(level.is_in(["1", "private"]))
        .otherwise(pl.col("scene").is_null())
        .fill_null(False)
    )
    place = pl.coalesce("scene", "user")
    inside = pl.col("parent").is_not_null() & (pl.col("parent") != place)
    scope = pl.col("scope").str.to_lowercase()
    frame = frame.with_columns(
        sent_at=instants(frame["time"].to_list()),
        sender_id=pl.when(sent).then("bot").otherwise("user"),
        sender_name=pl.when(~sent).then(pl.Series(names, dtype=pl.String)),
        kind=pl.Series([one.kind for one in said], dtype=pl.String),
        text=pl.Series([one.text for one in said], dtype=pl.String),
        reply_to_id=pl.Series([one.reply_to for one in said], dtype=pl.String),
        mention_ids=pl.Series([one.mentions for one in said], dtype=pl.List(pl.String)),
        _private=private,
        _key=pl.when(private)
        .then(pl.format("private:{}", pl.coalesce("user", "scene")))
        .when(inside)
        .then(pl.format("{}-{}", "parent", place))
        .otherwise(place),
        _platform=scope.replace(_PLATFORMS).fill_null("qq"),
    )
    here = (
        frame.select("_key", "bot").drop_nulls().unique("_key", keep="first", maintain_order=True)
    )
    bots |= {key: bot for key, bot in here.iter_rows() if key not in bots}
    first = pl.col("_key").replace_strict(bots, default=None, return_dtype=pl.String)
    another = (pl.col("bot") != first).fill_null(False)
    return frame.with_columns(
        pl.when(another & pl.col(name).is_not_null())
        .then(pl.format("{}:{}", "bot", name))
        .otherwise(name)
        .alias(name)
        for name in ("message_id", "reply_to_id")
    )


def _said(message: str | None, plain: str | None) -> Said:
    try:
        content = loads((message or "").encode())
    except ValueError:
        content = None
    said = read_parts(parts_of(content)) if isinstance(content, list | dict) else None
    if said is None or (said.kind in ("other", "text") and said.text is None):
        kind = "text" if plain else "other"
        rest = said[2:] if said is not None else (None, None, None, None)
        return Said(kind, plain or None, *rest)
    return said


def _name(member: str | None, user: str | None) -> str | None:
    """Return the card, the nickname or the account name out of the data of the session tables."""
    for data, keys in ((member, ("nick",)), (user, ("nick", "name"))):
        values = _data(data)
        for key in keys:
            if name := text_of(values.get(key)):
                return name
    return None


def _data(text: str | None) -> dict[str, Any]:
    try:
        value = loads(text.encode()) if text else None
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _chat(platform: str, key: str, rows: pl.DataFrame) -> RawChat:
    bots = rows["bot"].drop_nulls().unique()
    scenes = rows["scene_data"].drop_nulls()
    title = text_of(_data(scenes[-1]).get("name")) if len(scenes) else None
    private = bool(rows["_private"][0])
    return RawChat(
        key=key,
        strong=True,
        platform=platform,
        name=title or key,
        kind="private" if private else "group",
        self_id=bots[0] if len(bots) == 1 else None,
        members=_bots(bots),
        has_replies=True,
        has_mentions=True,
    )


def _bots(bots: pl.Series) -> pl.DataFrame | None:
    if bots.is_empty():
        return None
    return pl.select(
        bots.alias("member_id") if name == "member_id"
        else pl.repeat(True if name == "is_bot" else None, len(bots), dtype=dtype).alias(name)
        for name, dtype in RAW_MEMBERS.items()
    )  # fmt: skip


def _messages(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.col(name).cast(dtype) for name, dtype in RAW_MESSAGES.items() if name in rows.columns
    )


PARSER = Parser(
    name="qq-chatrecorder",
    title="nonebot-plugin-chatrecorder",
    platform="any",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "message-ids", "zone", "seconds", "replies", "mentions"),
    obtain=(
        "Dump the chatrecorder table and the uninfo (or session) tables as CSV into one folder.",
        "把 chatrecorder 的消息表和 uninfo(或 session)的各表导出为 CSV,放在同一文件夹。",
    ),
    owns=owns,
)
