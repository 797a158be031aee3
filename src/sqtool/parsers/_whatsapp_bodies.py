"""What a WhatsApp message is: text, a placeholder in some language, a notice in disguise.

Only bodies that look odd from outside (a bracket, an invisible mark, a few known sentences) are
looked at closely; all others are texts.
"""

from typing import Final

import polars as pl

from sqtool.parsers import _whatsapp_media as marks
from sqtool.parsers import _whatsapp_words as words
from sqtool.parsers._file_kinds import kind_by_name
from sqtool.parsers._notices import read_notices
from sqtool.parsers._whatsapp_unmarked import is_notice

MARKS: Final = "[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
_LRM: Final = "\u200e"


# The words themselves are looked up in tables: a pattern of two hundred words takes longer to
# build than all bodies to read.
_EDITED: Final = rf"(?s)^(.*?)\s?{_LRM}?<([^<>\n]{{6,60}})>$"
_LEFT_OUT: Final = rf"(?s)^(.*?)\s*{_LRM}([^{_LRM}\n]+)$"
_FILE_ON_IPHONE: Final = rf"(?s)^(.*?)\s*{_LRM}<[^<>:：\n]{{2,24}}[:：] ?([^<>\n]+)>$"
_FILE_UNMARKED: Final = (
    r"^< ?[^<>:：\n]{2,24}[:：] ?(\d{8}-[^<>\n]+|[A-Z]{3}-\d{8}-WA\d+[^<>\n]*?) ?>$"
)
"""The same in a file that lost its marks: only WhatsApp's own file names are sure."""
_FILE_BEFORE: Final = rf"^{_LRM}?([^\n<>]+\.\w{{2,5}}) <{_LRM}?([^<>\n]{{4,20}})>$"
"""The iPhone, until 2018."""
_FILE_ON_ANDROID: Final = rf"(?s)^{_LRM}?([^\n]+\.\w{{0,5}}) \(([^()\n]{{4,40}})\)(?:\n(.*))?$"
_POLL: Final = r"(?s)^([^\n:：]{2,20}?) ?[:：]\n(.*)$"
_PLACE: Final = r"^[^\n:：]{2,30}[:：] ?https://maps\.google\.com/\?q=[-\d.,]+$"
_OPTION: Final = r"(?s)\n[^\n:：]{2,24}[:：] [^\n]*\(\d[^()\n]*\).*$"
_PAGES: Final = r"(?s) • [^\n]*$"
_BY_ADMIN: Final = r"^This message was deleted by admin (.+?)\.?$"
_TOKENS: Final = (
    (r"(?:^|-)PHOTO-|^IMG-", "image"), (r"(?:^|-)VIDEO-|^VID-", "video"),
    (r"(?:^|-)AUDIO-|^PTT-|^AUD-", "voice"), (r"(?:^|-)(?:STICKER|GIF)-|^STK-", "sticker"),
    (r"\.vcf$", "contact"),
)  # fmt: skip


_GROUPS: Final = (
    marks.OMITTED, words.DELETED, words.WAITING, words.CALLS, words.LIVE_LOCATIONS,
)  # fmt: skip
WHOLE: Final = sorted(
    {word + stop for group in _GROUPS for word in group for stop in ("", ".", "。")}
)
"""Bodies that nothing outside betrays, in lower case: sentences in place of a message."""


def clean_wording(text: pl.Expr) -> pl.Expr:
    """Return a notice without invisible marks, and names without the ``~`` of unknown contacts."""
    return (
        text.str.replace_all(MARKS, "")
        .str.replace_all("[\u00a0\u202f]", " ")
        .str.replace_all(r"(^|[ ,])~ ?", "$1")
        .str.strip_chars()
    )


def read_odd(bodies: pl.Series, who: pl.Series, unmarked: pl.Series | None = None) -> pl.DataFrame:
    """Read the bodies that are looked at closely, each different one once.

    Args:
        bodies: What the records say.
        who: Name of the sender.
        unmarked: Whether a notice may have lost its mark (Boolean); nowhere if None.

    Returns:
        In the same order: ``kind`` (String), ``text``, ``deleted`` (a recall), ``by_self`` (the
        exporter deleted it), ``admin`` (who deleted it, if not the sender).
    """
    rows = pl.DataFrame({"body": bodies, "who": who}).with_columns(
        unmarked=pl.lit(False) if unmarked is None else unmarked
    )
    # Only there may a body be a notice that names its sender.
    rows = rows.with_columns(
        who=pl.when(pl.col("body").str.starts_with(_LRM) | pl.col("unmarked")).then("who")
    )
    different = rows.unique(maintain_order=True)
    found = pl.concat([different, _read(different)], how="horizontal")
    keys = ["body", "who", "unmarked"]
    return rows.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left").drop(keys)


def _read(odd: pl.DataFrame) -> pl.DataFrame:
    edited = pl.col("body").str.extract_groups(_EDITED)
    rows = odd.with_columns(edited=edited).with_columns(
        body=pl.when(_in(_part("edited", 2), words.EDITED))
        .then(_part("edited", 1))
        .otherwise("body")
    )
    rows = rows.with_columns(plain=pl.col("body").str.replace_all(MARKS, "").str.strip_chars())
    rows = rows.with_columns(
        key=_folded(pl.col("plain")),
        left_out=pl.col("body").str.extract_groups(_LEFT_OUT),
        phone=pl.col("body").str.extract_groups(_FILE_ON_IPHONE),
        bare=pl.col("body").str.extract(_FILE_UNMARKED),
        before=pl.col("body").str.extract_groups(_FILE_BEFORE),
        android=pl.col("body").str.extract_groups(_FILE_ON_ANDROID),
        admin=clean_wording(pl.col("body")).str.extract(_BY_ADMIN),
        asked=pl.col("plain").str.extract_groups(_POLL),
    )
    key, plain = pl.col("key"), pl.col("plain")
    apart = _known(_folded(_part("left_out", 2)), marks.OMITTED)
    omitted = pl.coalesce(_known(key, marks.OMITTED), apart)
    attached = _in(_part("android", 2), marks.ATTACHED)
    file = pl.coalesce(
        _part("phone", 2),
        "bare",
        pl.when(_in(_part("before", 2), marks.ATTACHED_BEHIND)).then(_part("before", 1)),
        pl.when(attached).then(_part("android", 1)),
    )
    caption = (
        pl.when(_part("phone", 2).is_not_null())
        .then(_part("phone", 1))
        .when(attached)
        .then(_part("android", 3))
        .when(apart.is_not_null())
        .then(_part("left_out", 1))
    )
    poll = pl.when(_in(_part("asked", 1), words.POLLS)).then(_part("asked", 2))
    rows = rows.with_columns(poll=poll)
    deleted = key.is_in(list(words.DELETED)) | pl.col("admin").is_not_null()
    rows = rows.with_columns(
        deleted=deleted,
        by_self=key.is_in(list(words.DELETED_BY_SELF)),
        file=file.str.replace(r"^\d{8}-", ""),
        caption=caption.str.replace_all(_LRM, "").str.strip_chars(),
        found=pl.when(deleted)
        .then(pl.lit("system"))
        .when(key.is_in(list(marks.MEDIA_OMITTED)) | key.is_in(list(words.WAITING)) | (key == ""))
        .then(pl.lit("other"))
        .when(omitted.is_not_null())
        .then(omitted)
        .when(file.is_not_null())
        .then(_file_kind(file))
        .when(pl.col("poll").is_not_null())
        .then(pl.lit("share"))
        .when(key.is_in(list(words.LIVE_LOCATIONS)) | plain.str.contains(_PLACE))
        .then(pl.lit("location"))
        .when(key.is_in(list(words.CALLS)))
        .then(pl.lit("call")),
    )
    marked = pl.col("body").str.starts_with(_LRM) & pl.col("found").is_null()
    rows = rows.with_columns(marked=marked)
    notices = _marked(rows.select("body", "who", "marked"))
    said = rows.select(clean_wording(pl.col("body"))).to_series()
    unmarked = is_notice(said, rows["who"], rows["unmarked"] & rows["found"].is_null())
    rows = rows.with_columns(
        found=pl.when("marked")
        .then(notices)
        .when(pl.col("found").is_null() & unmarked)
        .then(pl.lit("system"))
        .otherwise("found")
    )
    kind = pl.col("found").fill_null("text")
    titled = pl.coalesce(
        pl.when(pl.col("caption") != "").then(pl.col("caption").str.replace(_PAGES, "")),
        pl.when(kind == "file").then("file"),
    )
    media = kind.is_in(["image", "video", "voice", "sticker", "file", "contact"])
    text = (
        pl.when(pl.col("found").is_null())
        .then("body")
        .when(kind == "system")
        .then(clean_wording(pl.col("body")))
        .when(media)
        .then(titled)
        .when(kind == "share")
        .then((pl.lit("\n") + pl.col("poll")).str.replace(_OPTION, "").str.strip_chars())
        .when((kind == "other") & pl.col("marked"))
        .then("plain")
        .when(kind == "text")
        .then("body")
    )
    return rows.select(
        kind=kind,
        text=pl.when(text != "").then(text),
        deleted="deleted",
        by_self="by_self",
        admin="admin",
    )


def _folded(value: pl.Expr) -> pl.Expr:
    """Return a sentence as the tables have it."""
    return value.str.to_lowercase().str.strip_chars(" .。")


def _in(value: pl.Expr, table: frozenset[str]) -> pl.Expr:
    return _folded(value).is_in(list(table)).fill_null(False)


def _part(name: str, group: int) -> pl.Expr:
    return pl.col(name).struct.field(str(group))


def _known(value: pl.Expr, table: dict[str, str]) -> pl.Expr:
    return value.replace_strict(table, default=None, return_dtype=pl.String)


def _file_kind(name: pl.Expr) -> pl.Expr:
    """Tell the kind by WhatsApp's own file names, else by the suffix."""
    own = [pl.when(name.str.contains(pattern)).then(pl.lit(kind)) for pattern, kind in _TOKENS]
    return pl.coalesce(*own, kind_by_name(name))


def _marked(rows: pl.DataFrame) -> pl.Series:
    """Tell notices among bodies that begin with the iPhone's mark: ``system``, else ``other``.

    Links to groups begin with the mark, too, and somebody has sent them.
    """
    found = (
        rows.with_row_index("row").filter("marked").with_columns(said=clean_wording(pl.col("body")))
    )
    read = read_notices(found["said"])
    settles = found["said"].str.contains_any([*words.SETTINGS, *words.ENCRYPTED])
    named = pl.col("said").str.starts_with(pl.col("who") + " ")
    kinds = found.select(
        "row",
        kind=pl.when((read["event"] != "other") | settles | named)
        .then(pl.lit("system"))
        .when(pl.col("said").str.contains("https://chat.whatsapp.com/", literal=True))
        .then(pl.lit("text"))
        .otherwise(pl.lit("other")),
    )
    every = pl.DataFrame({"row": pl.int_range(rows.height, dtype=pl.UInt32, eager=True)})
    return every.join(kinds, on="row", how="left", maintain_order="left")["kind"]
