"""Records of the WeCom message archive: what they hold, and what of it somebody said."""

import re
from typing import Any, Final

import msgspec
import polars as pl

from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_scan import loads

KINDS: Final = {
    "text": "text", "markdown": "text", "mixed": "text", "image": "image", "voice": "voice",
    "video": "video", "card": "contact", "location": "location", "emotion": "sticker",
    "file": "file", "link": "link", "news": "link", "weapp": "share", "chatrecord": "forward",
    "todo": "share", "vote": "share", "collect": "share", "redpacket": "red_packet",
    "external_redpacket": "red_packet", "meeting": "share", "docmsg": "share",
    "calendar": "share", "meeting_voice_call": "call", "voip_doc_share": "share",
    "sphfeed": "share", "meeting_notification": "system", "agree": "system",
    "disagree": "system", "revoke": "system",
}  # fmt: skip
_TITLES: Final = {
    "link": "title", "file": "filename", "weapp": "title", "vote": "votetitle",
    "collect": "form_name", "meeting": "topic", "calendar": "title", "todo": "title",
    "location": "title", "redpacket": "wish", "external_redpacket": "wish",
    "sphfeed": "feed_desc",
}  # fmt: skip
_QUOTE: Final = r"(?s)^「(?:([^：「」\n]{1,60})：)?(.*)」[ \t]*\r?\n[-—－ ]{5,}\r?\n(.*)$"
_INNER_QUOTE: Final = r"(?s)^「.*」[ \t]*\r?\n[-—－ ]{5,}\r?\n"


class Record(msgspec.Struct, gc=False):
    """One record; the body stands under the name of its type."""

    msgid: Any = None
    action: Any = None
    sender: Any = msgspec.field(name="from", default=None)
    tolist: Any = None
    roomid: Any = None
    msgtime: Any = None
    msgtype: Any = None
    encrypt_chat_msg: Any = None
    text: Any = None
    link: Any = None
    file: Any = None
    weapp: Any = None
    location: Any = None
    chatrecord: Any = None
    redpacket: Any = None
    external_redpacket: Any = None
    vote: Any = None
    collect: Any = None
    meeting: Any = None
    calendar: Any = None
    todo: Any = None
    doc: Any = None
    info: Any = None
    mixed: Any = None
    sphfeed: Any = None


def people(value: Any) -> list[str]:
    """Return the ids of a list; some re-packagers join them into one text."""
    if isinstance(value, str):
        value = loads_or_none(value) if value.startswith("[") else re.split(r"[,;|\s]+", value)
    found = value if isinstance(value, list) else []
    return list(dict.fromkeys(one for v in found if (one := text_of(v))))


def said(record: Record) -> tuple[str | None, str | None]:
    """Return what the author said, and what was forwarded."""
    kind = record.msgtype
    if kind == "text":
        return _field(record.text, "content"), None
    if kind == "mixed":
        parts = _body(record.mixed).get("item")
        texts = [_field(p.get("content"), "content") for p in _dicts(parts) if _is_text(p)]
        return "\n".join(one for one in texts if one) or None, None
    if kind == "markdown":
        return _field(record.info, "content"), None
    if kind == "news":
        items = _dicts(_body(record.info).get("item"))
        return (_field(items[0], "title") if items else None), None
    if kind == "docmsg":
        return _field(record.doc, "title"), None
    if kind == "chatrecord":
        return None, _forwarded(_body(record.chatrecord))
    if isinstance(kind, str) and kind in _TITLES:
        return _field(getattr(record, kind, None), _TITLES[kind]), None
    return None, None


def _forwarded(body: dict[str, Any]) -> str | None:
    texts = (_field(p.get("content"), "content") for p in _dicts(body.get("item")) if _is_text(p))
    return "\n".join(line for line in (text_of(body.get("title")), *texts) if line) or None


def _is_text(item: dict[str, Any]) -> bool:
    return str(item.get("type", "")).lower().endswith("text")


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _body(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = loads_or_none(value)
    return value if isinstance(value, dict) else {}


def _field(value: Any, name: str) -> str | None:
    """Return a field of a body; a body that is a text but no JSON is the field itself."""
    found = _body(value)
    if not found and isinstance(value, str) and not value.startswith("{"):
        return value or None
    return text_of(found.get(name))


def loads_or_none(text: str) -> Any:
    """Decode JSON, or return None."""
    try:
        return loads(text.encode("utf-8", "replace"))
    except ValueError:
        return None


def without_quotes(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut quotes off the front of replies: ``「名：文」``, a line of dashes, the reply.

    Args:
        rows: ``text``, ``quoted_text``.

    Returns:
        The rows, with ``quoted_sender``; of a quote inside a quote only the newer words are kept.
    """
    text = pl.col("text")
    quoting = text.str.contains(_QUOTE).fill_null(False)
    words = text.str.extract(_QUOTE, 2).str.replace(_INNER_QUOTE, "")
    return rows.with_columns(
        text=pl.when(quoting).then(text.str.extract(_QUOTE, 3)).otherwise(text),
        quoted_sender=pl.when(quoting).then(text.str.extract(_QUOTE, 1)),
        quoted_text=pl.when(quoting).then(words).otherwise("quoted_text"),
    ).with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in ("text", "quoted_text")
    )
