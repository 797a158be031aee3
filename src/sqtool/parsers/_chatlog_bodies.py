"""The nested part of a chatlog JSON record: titles, quotes, forwarded messages, old XML."""

import html
import re
from typing import Any, Final, NamedTuple

_INDENT: Final = "  "


class Body(NamedTuple):
    """What a record holds beside its text.

    Args:
        title: Of a link, a file, a forward.
        reply_to_id: Id of the quoted message, where given.
        quoted_sender: Its sender: the id, else the name.
        quoted_text: Its text, or the forwarded messages.
    """

    title: str | None = None
    reply_to_id: str | None = None
    quoted_sender: str | None = None
    quoted_text: str | None = None


_NOTHING: Final = Body()


def body_of(contents: Any, reference: Any, share: Any, content: Any) -> Body:
    """Read the nested values of one record.

    Args:
        contents: chatlog's own object: ``title``, ``desc``, ``refer``, ``recordInfo`` …
        reference: The quoted message in reshaped copies.
        share: The link in reshaped copies.
        content: The text; before April 2025 the client's XML.
    """
    if contents is None and reference is None and share is None:
        is_xml = isinstance(content, str) and content.startswith("<") and "<appmsg" in content
        return _from_xml(content) if is_xml else _NOTHING
    inside = contents if isinstance(contents, dict) else {}
    refer = inside.get("refer") or reference
    if isinstance(refer, dict):
        sequence = refer.get("seq")
        return Body(
            reply_to_id=str(sequence) if sequence not in (None, 0, "", "0") else None,
            quoted_sender=_text(refer, "sender") or _text(refer, "senderName"),
            quoted_text=_text(refer, "content") or _title(refer.get("contents")),
        )
    info = inside.get("recordInfo")
    forwarded = _records(info) if isinstance(info, dict) else _text(inside, "desc")
    return Body(
        title=_title(inside) or _title(share) or _text(inside, "desc"),
        quoted_text=forwarded if info or "recordInfo" in inside else None,
    )


def _text(value: dict[str, Any], key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and found else None


def _title(value: Any) -> str | None:
    return _text(value, "title") if isinstance(value, dict) else None


def _records(info: dict[str, Any]) -> str | None:
    """Print forwarded messages as the plain text does: name and time, then the indented text."""
    listed = info.get("DataList") or info.get("dataList") or {}
    items = (
        (listed.get("DataItems") or listed.get("dataItems") or [])
        if isinstance(listed, dict)
        else []
    )
    blocks = []
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        said = _text(item, "DataDesc") or _text(item, "DataTitle") or ""
        head = f"{_text(item, 'SourceName') or ''} {_text(item, 'SourceTime') or ''}"
        lines = [head, *said.split("\n")]
        inner = item.get("RecordXML")
        nested = inner.get("RecordInfo") if isinstance(inner, dict) else None
        if isinstance(nested, dict):
            lines += (_records(nested) or "").split("\n")
        blocks.append("\n".join(_INDENT + line for line in lines))
    return "\n\n".join(blocks) or _text(info, "Desc") or None


def _from_xml(xml: str) -> Body:
    refer = _tag(xml, "refermsg", raw=True)
    outside = xml.replace(refer, "") if refer else xml
    return Body(
        title=_tag(outside, "title"),
        quoted_sender=(_tag(refer, "chatusr") or _tag(refer, "displayname")) if refer else None,
        quoted_text=_tag(refer, "content") if refer else None,
    )


def _tag(xml: str, name: str, *, raw: bool = False) -> str | None:
    found = re.search(rf"<{name}>(.*?)</{name}>", xml, re.DOTALL)
    if found is None or raw:
        return found[1] if found else None
    plain = re.sub(r"^<!\[CDATA\[(.*)\]\]>$", r"\1", found[1].strip(), flags=re.DOTALL)
    return html.unescape(plain) or None
