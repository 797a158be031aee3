"""Facts of a chat exported by QCE: from ``chatInfo``, the file's name, and what the rows showed."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from sqtool.parsers._base import RAW_MEMBERS, RawChat
from sqtool.parsers._json_items import text_of
from sqtool.parsers._qce import PSEUDO_IDS
from sqtool.parsers._qce_rows import Rows
from sqtool.schema import INSTANT

_NUMBERED = re.compile(
    r"^(?:group|friend|private|temp)_(?:(?P<name>.*)_)?(?P<number>\d{5,12})_"
    r"(?=\d{4}-?\d\d-?\d\d_)",
    re.DOTALL,
)
_FRIENDLY = re.compile(r"^(?P<name>.*)\((?P<number>\d{5,12})\)(?:_\d+)?(?: ?\(\d\))?$", re.DOTALL)
_STAMP = re.compile(r"_(\d{4})-?(\d\d)-?(\d\d)[_T ](\d\d)[-:]?(\d\d)[-:]?(\d\d)(\d{3})?(?!\d)")
_KINDS = {
    "group": "group", "private": "private", "temp": "private", "friend": "private",
    "群聊": "group", "私聊": "private", "临时会话": "private",
}  # fmt: skip
_CHUNKED = re.compile(r"_(?:chunked_jsonl|streaming)(?:_\d+)?(?: ?\(\d\))?$")


def chat_of(
    names: Sequence[str],
    info: dict[str, Any],
    rows: Rows | None = None,
    exported_at: datetime | None = None,
) -> RawChat:
    """Return the facts of the chat.

    Args:
        names: Names QCE gave (file or folder, without suffix), the likeliest first.
        info: ``chatInfo``, or what a format prints of it under the same keys.
        rows: What the records showed, once all of them were read.
        exported_at: Moment of the export where the file states it; else the names are asked.
    """
    names = [_CHUNKED.sub("", name) for name in names]
    stem = names[0]
    shown = [text_of(info.get("type")), *(name.partition("_")[0] for name in names)]
    kind = next((_KINDS[word] for word in shown if word in _KINDS), "unknown")
    in_names = [found for n in names if (found := _NUMBERED.match(n) or _FRIENDLY.match(n))]
    seen = rows.group if rows is not None else None
    given = [info.get("peerUin"), info.get("peerUid"), seen, *(one["number"] for one in in_names)]
    keys = [key for value in given if (key := text_of(value)) and key not in PSEUDO_IDS]
    number = next((key for key in keys if key.isdigit()), keys[0] if keys else None)
    name = text_of(info.get("name")) or next((one["name"] for one in in_names if one["name"]), None)
    own = text_of(info.get("selfUin")) or ""
    own_uid = text_of(info.get("selfUid"))
    numbers = rows.numbers if rows is not None else {}
    stamps = (moment for name in names if (moment := _stamp(name)) is not None)
    return RawChat(
        key=number or name or stem,
        strong=number is not None,
        platform="qq",
        name=name or number or stem,
        kind=kind,
        exported_at=exported_at or next(stamps, None),
        self_id=own if own not in PSEUDO_IDS else numbers.get(own_uid or "", own_uid),
        self_name=text_of(info.get("selfName")),
        members=_members(rows) if rows is not None else None,
        members_complete=False,
        has_replies=True,
        has_mentions=True,
    )


def _stamp(name: str) -> datetime | None:
    """Read the local time of the export out of a name: naive."""
    found = _STAMP.search(name)
    if found is None:
        return None
    year, month, day, hour, minute, second, milli = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, milli * 1000)  # noqa: DTZ001 - a printed clock has no zone
    except ValueError:
        return None


def _members(seen: Rows) -> pl.DataFrame:
    rows: dict[str, tuple[str | None, str | None]] = {}
    for key, (nickname, role) in seen.accounts.items():
        number = seen.numbers.get(key, key)
        old = rows.get(number, (None, None))
        rows[number] = (nickname or old[0], role or old[1])
    return pl.DataFrame(
        {
            "member_id": list(rows),
            # The newest name shown is found in the messages.
            "display_name": pl.Series([None] * len(rows), dtype=pl.String),
            "account_name": [nickname for nickname, _ in rows.values()],
            "role": [role for _, role in rows.values()],
            "joined_at": pl.Series([None] * len(rows), dtype=INSTANT),
            "is_bot": [True if key in seen.bots else None for key in rows],
        },
        schema=RAW_MEMBERS,
    )
