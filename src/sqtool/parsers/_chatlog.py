r"""What chatlog prints for one message: notices, quotes, forwards, placeholders, text.

The plain text and the CSV carry no type, so the content has to be read. Order matters: a notice is
recognised by its wording before anybody becomes its sender (chatlog heads the recalls of others
with ``我``), and quoted lines (``> ``) and forwarded ones (two spaces) never count as said here.
"""

import re

import polars as pl

from sqtool.issues import IssueLog
from sqtool.parsers._wechat import (
    ANY_NOTICE,
    ID_SHAPE,
    QUOTED_NOTICE,
    SELF,
    SYSTEM_SENDER,
    can_be_id,
    clean_notices,
    same_as_id,
    with_mentions,
)
from sqtool.schema import KIND

_LINK = r"(?:\([^\n]*\))?"
_PLACEHOLDERS = (
    # kind, pattern; its group, if any, is the text: a title, a file name, a place
    ("image", rf"^!?\[(?:图片|Photo)\]{_LINK}$"),
    ("video", rf"^!?\[(?:视频|Video)\]{_LINK}$"),
    ("voice", rf"^\[(?:语音|Audio)\]{_LINK}$"),
    ("sticker", rf"^!?\[(?:动画表情|GIF表情|表情包)\]{_LINK}$"),
    ("contact", r"^\[名片(?:\|((?s:.*))\][^\n]*|\])$"),
    ("location", r"^\[位置(?:\|((?s:.*))\][^\n]*|\])$"),
    ("link", r"^\[链接(?:\|((?s:.*))\]\([^\n]*\)|\|((?s:.*))\]|\])$"),
    ("file", r"^\[文件(?:\|((?s:.*))\]\([^\n]*\)|\|((?s:.*))\]|\])$"),
    (
        "share",
        r"^\[(?:分享|小程序|视频号|视频号直播|音乐|笔记|群公告|接龙)"
        r"(?:\|((?s:.*))\]\([^\n]*\)|\|((?s:.*))\]|\])$",
    ),
    ("share", r"^\[红包封面\]$"),
    ("transfer", r"^(\[转账\|[^\n]*\][^\n]*)$"),
    ("transfer", r"^\[转账\]$"),
    ("red_packet", r"^\[红包\]$"),
    ("call", r"^\[(?:语音通话|视频通话|语音/视频通话)\]$"),
    ("text", r"^\[引用\]$"),
    ("other", r"^Type: \d+ Content: (?s:.*)$"),
)
"""The closed list: anything else in square brackets is an emoji or somebody's typing."""

_FORWARD = r"^\[(?:合并转发|聊天记录)(?:\|([^\n]*))?\](?:\n((?s:.*)))?$"
_QUOTE = r"^((?:> [^\n]*(?:\n|$))+)((?s:.*))$"
_QUOTE_HEAD = r"^> (?:\[引用\]|([^\n]*?) ?(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d)(?:\n|$)"
_NAME_ID = r"^(?s:(.*))\(([^()]*)\)$"


def read_contents(rows: pl.DataFrame, *, ids: bool = True) -> pl.DataFrame:
    """Read printed messages.

    Args:
        rows: ``content`` as printed; ``sender_id`` (null where none is given), ``sender_name``, and
            ``own`` (Boolean: headed ``我``); more columns pass through.
        ids: Whether senders have ids; else a quote is told by its sender's name as well.

    Returns:
        The rows with ``kind``, ``text``, ``quoted_sender`` (the id where the quote gives one),
        ``quoted_text`` and mentions instead of ``content`` and ``own``. System rows have no sender.
    """
    content, nobody = (
        pl.col("content"),
        pl.col("sender_id").is_null() & pl.col("sender_name").is_null(),
    )
    said_by_system = (pl.col("sender_id") == SYSTEM_SENDER) | (
        (pl.col("sender_name") == SYSTEM_SENDER) & pl.col("sender_id").is_null()
    )
    notice = (
        said_by_system.fill_null(False)
        | content.str.contains(QUOTED_NOTICE)
        | ((pl.col("own") | nobody) & content.str.contains(ANY_NOTICE))
    )
    rows = rows.with_columns(_kind=pl.when(notice).then(pl.lit("system")))
    rows = _read_brackets(rows)
    # Without sender data chatlog leaves notices and some media; a text always has its sender.
    rows = rows.with_columns(
        _kind=pl.when(pl.col("_kind").is_null() & nobody)
        .then(pl.lit("system"))
        .when(pl.col("_kind").is_null() & (content == ""))
        .then(pl.lit("other"))
        .otherwise("_kind")
    )
    rows = _read_quotes(rows, ids=ids)
    kind = pl.col("_kind").fill_null("text")
    system = kind == "system"
    rows = rows.with_columns(
        kind=kind.cast(KIND),
        sender_id=pl.when(~system).then("sender_id"),
        sender_name=pl.when(~system).then(same_as_id(pl.col("sender_name"), pl.col("sender_id"))),
        text=pl.when(system | pl.col("_kind").is_null()).then("content").otherwise("_text"),
    )
    rows = rows.with_columns(
        text=pl.when(system).then(clean_notices(rows["text"])).otherwise("text")
    ).with_columns(text=pl.when(pl.col("text") != "").then("text"))
    return with_mentions(rows).drop("content", "own", "_kind", "_text")


def _brackets(content: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return kind and text of placeholders; null kind for anything else."""
    # Each pattern is tried on its own and the first that fits is picked by its number: a chain of
    # "if none before" would nest every test into the next, and double with each pattern.
    first = pl.coalesce(
        pl.when(content.str.contains(pattern)).then(pl.lit(number))
        for number, (_, pattern) in enumerate(_PLACEHOLDERS)
    )
    kinds = [name for name, _ in _PLACEHOLDERS]
    kind = first.replace_strict(dict(enumerate(kinds)), default=None, return_dtype=pl.String)
    said = [
        pl.when(first == number).then(
            pl.coalesce(content.str.extract(pattern, n + 1) for n in range(groups))
        )
        for number, (_, pattern) in enumerate(_PLACEHOLDERS)
        if (groups := re.compile(pattern).groups)
    ]
    return kind, pl.coalesce(said)


def bracket_text(content: pl.Expr) -> pl.Expr:
    """Return what a printed placeholder says besides its kind; other texts as they are."""
    kind, text = _brackets(content)
    return pl.when(kind.is_null()).then(content).otherwise(text)


def _read_brackets(rows: pl.DataFrame) -> pl.DataFrame:
    """Fill ``_kind`` and ``_text`` of placeholders, and set forwards apart."""
    content = pl.col("content")
    maybe = rows.with_row_index("_row").filter(
        pl.col("_kind").is_null(), content.str.contains(r"^(?:!?\[|Type: )")
    )
    kind, text = _brackets(content)
    forward = kind.is_null() & content.str.contains(_FORWARD)
    read = maybe.select(
        "_row",
        _kind_b=pl.when(forward).then(pl.lit("forward")).otherwise(kind),
        _text=pl.when(forward).then(content.str.extract(_FORWARD, 1)).otherwise(text),
        quoted_text=pl.when(forward).then(
            content.str.extract(_FORWARD, 2).str.strip_chars_end("\n ")
        ),
    )
    return (
        rows.with_row_index("_row")
        .join(read, on="_row", how="left", maintain_order="left")
        .with_columns(
            _kind=pl.coalesce("_kind", "_kind_b"),
            quoted_text=pl.when(pl.col("quoted_text") != "").then("quoted_text"),
        )
        .drop("_row", "_kind_b")
    )


def _read_quotes(rows: pl.DataFrame, *, ids: bool) -> pl.DataFrame:
    """Keep only the reply of a message that quotes another."""
    content = pl.col("content")
    quoting = rows.with_row_index("_row").filter(
        pl.col("_kind").is_null(), content.str.contains(_QUOTE_HEAD)
    )
    block = content.str.extract(_QUOTE, 1)
    sender = block.str.extract(_QUOTE_HEAD, 1)
    name, identifier = sender.str.extract(_NAME_ID, 1), sender.str.extract(_NAME_ID, 2)
    quoted = (
        block.str.replace(_QUOTE_HEAD, "")
        .str.replace_all(r"(?m)^> ", "")
        # The quoted person's own words: what they quoted in turn is somebody else's.
        .str.replace(r"^(?:> [^\n]*(?:\n|$))+", "")
        .str.strip_suffix("\n")
    )
    quoted = bracket_text(quoted)
    read = quoting.select(
        "_row",
        _reply=content.str.extract(_QUOTE, 2),
        quoted_sender=pl.when(identifier.is_in(["", SELF]).fill_null(True) | (not ids))
        .then(pl.coalesce(name, sender))
        .otherwise(identifier),
        _quoted=quoted,
    )
    return (
        rows.with_row_index("_row")
        .join(read, on="_row", how="left", maintain_order="left")
        .with_columns(
            content=pl.coalesce("_reply", "content"),
            quoted_sender=pl.when(pl.col("quoted_sender") != "").then("quoted_sender"),
            quoted_text=pl.coalesce(
                "quoted_text", pl.when(pl.col("_quoted") != "").then("_quoted")
            ),
        )
        .drop("_row", "_reply", "_quoted")
    )


def check_senders(rows: pl.DataFrame, file: str, issues: IssueLog) -> pl.DataFrame:
    """Note senders that are not id-shaped; take them off where they cannot be ids at all.

    chatlog splits a 4.x group text at the first ``:`` and newline to find the sender, so a message
    of one's own that starts ``通知:`` is filed under a person of that name, without that line.

    Args:
        rows: ``line``, ``sender_id``, ``kind``.
        file: File name for the issue.
        issues: Gets one note, with the number of rows.
    """
    odd = rows.filter(
        pl.col("kind") != "system", ~pl.col("sender_id").str.contains(ID_SHAPE).fill_null(True)
    )
    if odd.is_empty():
        return rows
    issues.add(
        "suspicious-sender",
        file,
        odd["line"][0],
        rows=0,
        detail=f"{odd.height} records have a sender that is not id-shaped; first one given",
    )
    return rows.with_columns(sender_id=pl.when(can_be_id(pl.col("sender_id"))).then("sender_id"))
