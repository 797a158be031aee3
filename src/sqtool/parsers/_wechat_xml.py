"""What the XML of an app message (links, files, quotes …) says, as the WeChat client stores it.

Some tools hand the XML over as it is, some only the beginning of it: what is cut off is null.
"""

from typing import Final

import polars as pl

_ENTITIES: Final = (
    ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&#39;", "'"),
    ("&#x20;", " "), ("&#x0A;", "\n"), ("&amp;", "&"),
)  # fmt: skip
_CDATA: Final = r"(?s)^\s*<!\[CDATA\[(.*?)(?:\]\]>)?\s*$"


def plain(xml: pl.Expr) -> pl.Expr:
    """Return the text of an element: without CDATA marks, entities resolved; null if empty."""
    text = pl.coalesce(xml.str.extract(_CDATA, 1), xml)
    for entity, character in _ENTITIES:
        text = text.str.replace_all(entity, character, literal=True)
    return pl.when(text != "").then(text)


def element(xml: pl.Expr, tag: str, *, inside: str = "") -> pl.Expr:
    """Return the raw content of the first element of this name.

    Args:
        xml: The whole text.
        tag: Name of the element.
        inside: Name of an element that stands before it and around it.
    """
    before = rf"<{inside}\b.*?" if inside else ""
    return xml.str.extract(rf"(?s){before}<{tag}(?:\s[^>]*)?>(.*?)</{tag}>", 1)


def attribute(xml: pl.Expr, name: str) -> pl.Expr:
    """Return the first attribute of this name."""
    return plain(xml.str.extract(rf'\s{name}\s*=\s*"([^"]*)"', 1))


def title(xml: pl.Expr) -> pl.Expr:
    """Return the title of an app message: of a reply, what its author said."""
    return plain(element(xml, "title"))


def sub_type(xml: pl.Expr) -> pl.Expr:
    """Return the sub-type of an app message (Int64)."""
    return element(xml, "type", inside="appmsg").str.strip_chars().cast(pl.Int64, strict=False)


def read_quotes(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Complete reply_to_id, quoted_sender and quoted_text from the XML of replies.

    Args:
        rows: With these three columns (null where unknown).
        column: Holds the XML, or something else.

    Returns:
        The rows; what was known stays.
    """
    xml = pl.col(column)
    quoting = rows.with_row_index("_row").filter(xml.str.contains("<refermsg>", literal=True))
    if quoting.is_empty():
        return rows
    inner = pl.col("_inner")
    people = [plain(element(inner, tag)) for tag in ("chatusr", "fromusr")]
    # In a group one of the two is the room.
    ids = [pl.when(~one.str.contains("chatroom", literal=True)).then(one) for one in people]
    words = plain(element(inner, "content"))
    answered = plain(element(inner, "svrid"))
    read = quoting.with_columns(
        _inner=xml.str.extract(r"(?s)<refermsg>(.*?)(?:</refermsg>|$)", 1)
    ).select(
        "_row",
        _answered=pl.when(answered != "0").then(answered),
        _who=pl.coalesce(*ids, plain(element(inner, "displayname"))),
        _words=pl.when(words.str.starts_with("<")).then(title(words)).otherwise(words),
    )
    return (
        rows.with_row_index("_row")
        .join(read, on="_row", how="left", maintain_order="left")
        .with_columns(
            reply_to_id=pl.coalesce("reply_to_id", "_answered"),
            quoted_sender=pl.coalesce("quoted_sender", "_who"),
            quoted_text=pl.coalesce("quoted_text", "_words"),
        )
        .drop("_row", "_answered", "_who", "_words")
    )
