"""What every WeChat export shares: type codes, ids, notices, mentions, clocks."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from sqtool.export import Export
from sqtool.parsers._base import RAW_MEMBERS
from sqtool.schema import INSTANT, KIND, MENTION_ALL

SELF = "我"
"""How exporters print the exporting account where they do not print its name."""

SYSTEM_SENDER = "系统消息"

_BASE_KINDS = {
    1: "text",
    3: "image",
    34: "voice",
    37: "system",  # friend request
    42: "contact",
    43: "video",
    47: "sticker",
    48: "location",
    50: "call",
    62: "video",
    65: "contact",
    66: "contact",
    67: "contact",
    10000: "system",
    10002: "system",
    11000: "system",  # client-internal
}
_APP_KINDS = {
    1: "text",
    4: "link",
    5: "link",
    6: "file",
    8: "sticker",
    17: "location",
    19: "forward",
    57: "text",  # a reply: the quoted part is not its author's
    62: "system",  # pat
    74: "file",
    2000: "transfer",
    2001: "red_packet",
}
"""App messages (type 49) by sub-type; the others are things shared: music, cards, 接龙, notices."""

_KIND_BY_CODE = {code * 10000: kind for code, kind in _BASE_KINDS.items()} | {
    490000 + code: kind for code, kind in _APP_KINDS.items()
}


def kind_of(type_code: pl.Expr, sub_type: pl.Expr) -> pl.Expr:
    """Return the kind (``KIND``) for WeChat's type codes; unknown codes are ``other``.

    Args:
        type_code: Int64; WeChat 4.x packs the sub-type into the upper half.
        sub_type: Int64 or null; used where the upper half is empty.
    """
    base, packed = type_code % 2**32, type_code // 2**32
    sub = pl.when(packed > 0).then(packed).otherwise(sub_type.fill_null(0))
    app = base == 49
    code = pl.when(app).then(490000 + sub.clip(0, 9999)).otherwise(base.clip(0, 99999) * 10000)
    unknown = pl.when(app).then(pl.lit("share")).otherwise(pl.lit("other"))
    return code.replace_strict(_KIND_BY_CODE, default=unknown, return_dtype=pl.String).cast(KIND)


def is_quote(type_code: pl.Expr, sub_type: pl.Expr) -> pl.Expr:
    """The codes are those of a reply that quotes a message."""
    packed = type_code // 2**32
    return (type_code % 2**32 == 49) & (pl.when(packed > 0).then(packed).otherwise(sub_type) == 57)


# --- ids and names -------------------------------------------------------------------------------

ID_SHAPE = (
    r"^(?:wxid_[-_A-Za-z0-9]+|[A-Za-z][-_A-Za-z0-9]{5,19}|gh_[-_A-Za-z0-9]+|qq\d+"
    r"|\d+@(?:im\.)?chatroom|[^@\s]+@openim)$"
)
_ID_ALPHABET = r"^[-_.@A-Za-z0-9]+$"
_IN_NAME = re.compile(r"(\d+@(?:im\.)?chatroom|wxid_[-_A-Za-z0-9]+|gh_[-_A-Za-z0-9]+|\w+@openim)")
_NAME_TAIL = re.compile(r"(?:_utf8)?(?: \(\d+\)| - 副本)*(?:_utf8)?$")


def can_be_id(sender: pl.Expr) -> pl.Expr:
    """Nothing in the sender is outside the alphabet of ids; names and words of a text are not."""
    return sender.str.contains(_ID_ALPHABET)


def is_room(talker: pl.Expr) -> pl.Expr:
    """The id is that of a group."""
    return talker.str.contains("chatroom", literal=True)


def talker_kind(talker: str) -> str:
    """Return ``group``, ``private`` or ``unknown`` for a chat's id."""
    if "chatroom" in talker:
        return "group"
    return "private" if re.match(ID_SHAPE, talker) else "unknown"


def chat_of_path(export: Export) -> tuple[str | None, str]:
    """Return the chat's id, where file or folder name hold one, and its title.

    Exporters name the folder, the file or both ``<title>(<id>)``; the id is nowhere else.
    """
    stem = _NAME_TAIL.sub("", export.stem)
    # A folder that only is an id may be the account's own.
    folder = export.folder if export.folder.endswith(")") else ""
    for name in (stem, folder):
        found = _IN_NAME.search(name)
        if found:
            left = (name[: found.start()] + name[found.end() :]).replace("()", "").strip(" _")
            return found[1], left or stem
    return None, stem


def same_as_id(name: pl.Expr, sender: pl.Expr) -> pl.Expr:
    """Return the name, or null where it is empty or only repeats the id."""
    return pl.when((name != "") & (name != sender.fill_null(""))).then(name)


# --- notices -------------------------------------------------------------------------------------

_Q = r'(?:"[^"\n]+"|“[^”\n]+”)'
_QUOTED_NOTICE = "|".join(
    (
        rf"{_Q} ?撤回了一条消息(?: *重新编辑)?",
        rf"(?:{_Q}|你)邀请(?:你和)?(?:{_Q}|你)加入了?群聊(?:[，,]群聊参与人还有：(?s:.*))?",
        rf"{_Q}(?:加入了?群聊|通过.{{0,80}}二维码加入了?群聊|与群里其他人都不是朋友关系.*)",
        rf"你(?:将|被){_Q}移出了?群聊",
        rf"(?:{_Q}|你)(?:修改群名为|已(?:启用|开启|停用|关闭)){_Q}.*",
        rf"{_Q}(?:已成为新群主|被添加为群管理员|从群管理员中被移除)",
        rf"{_Q}想邀请\d+位朋友加入群聊.*",
        rf"(?:{_Q}|我) ?拍了拍 ?(?:{_Q}|我|自己).*",
        rf"(?:{_Q}领取了(?:你|自己)的红包|你领取了{_Q}的红包).*",
        rf"{_Q} (?:has )?recalled a message\.?",
        rf"{_Q} joined (?:the )?group chat via .*",
        rf"(?:{_Q} changed the group name to|You removed) {_Q}.*",
    )
)
_PRONOUN_NOTICE = "|".join(
    (
        r"你撤回了一条消息(?: *重新编辑)?",
        r"你邀请.+加入了?群聊",
        r"你(?:将|被).+移出了?群聊",
        r"你通过扫描.*二维码加入群聊(?s:.*)",
        r"你修改群名为.+",
        r"你(?:已成为新群主|被添加为群管理员|从群管理员中被移除)",
        r"群主已恢复默认进群方式。?",
        r"你已添加了.+，现在可以开始聊天了。",
        r"You (?:recalled a message\.?|(?:invited|removed) .+ (?:to|from) the group chat.*)",
        r".+ invited .+ to (?:the|a) group chat(?s:.*)",
        r"You were removed from the group chat.*",
    )
)
_TAIL = r"[。.]?\s*(?:\$revoke\$|撤销)?\s*$"
QUOTED_NOTICE = rf"^(?:{_QUOTED_NOTICE}){_TAIL}"
"""Wordings whose names stand in quotes: notices whoever the row is headed by."""
OWN_RECALL = rf"^(?:你撤回了一条消息(?: *重新编辑)?|You recalled a message){_TAIL}"
"""What the client says to the account that recalled: whose id heads the row, that is its recall."""
ANY_NOTICE = rf"^(?:{_QUOTED_NOTICE}|{_PRONOUN_NOTICE}){_TAIL}"
"""… and those without quotes, which people do type: only for rows headed by nobody or 我."""


def clean_notices(texts: pl.Series) -> pl.Series:
    """Return the wording of notices without the markup some of them are wrapped in.

    Args:
        texts: String. Texts without ``<`` or ``&`` stay byte for byte.
    """
    marked = texts.filter(texts.str.contains("[<&]").fill_null(False)).unique()
    if marked.is_empty():
        return texts
    said = {text: _wording(text) for text in marked.to_list()}  # a few rows of a chat
    return texts.replace(list(said), list(said.values()))


def _wording(text: str) -> str:
    text = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", text, flags=re.DOTALL)
    for tag in ("replacemsg", "template", "plain", "content", "text"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        if inside and inside[1].strip():
            return _plain(_fill(inside[1], text))
    return _plain(text)


def _fill(template: str, xml: str) -> str:
    for link in re.finditer(r'<link\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</link>', xml, re.DOTALL):
        people = re.findall(r"<member>(.*?)</member>", link[2], re.DOTALL)
        shown = [
            f"{name}({user})" if name and user else name or user
            for name, user in ((_tag("nickname", p), _tag("username", p)) for p in people)
        ]
        separator = _tag("separator", link[2]) or "、"
        filled = separator.join(shown) or _tag("title", link[2])
        if filled:
            template = template.replace(f"${link[1]}$", filled)
    return template


def _tag(name: str, xml: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", xml, re.DOTALL)
    return found[1] if found else ""


_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&"))


def _plain(text: str) -> str:
    text = re.sub(r"</?[A-Za-z_][^<>]*>", "", text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


# --- mentions ------------------------------------------------------------------------------------

_MENTION_END = "\u2005"
_EVERYONE = r"@所有人(?:[\u2005\s?]|$)|^@所有人|@All\u2005"


def with_mentions(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the mentions that the text shows for certain: ``@name`` closed by U+2005, @所有人.

    Args:
        rows: ``text``, ``kind``, ``sender_name``; ``mention_ids`` where the format gives ids.

    Returns:
        The same rows with ``mention_ids`` and ``mention_names`` (null where there is none).
        Mentions typed by hand have no end mark; they are left to ``normalise``, which knows names.
    """
    if "mention_ids" not in rows.columns:
        rows = rows.with_columns(mention_ids=pl.lit(None, pl.List(pl.String)))
    text = pl.col("text")
    marked = rows.with_row_index("_row").filter(
        text.str.contains("@", literal=True)
        & (text.str.contains(_MENTION_END, literal=True) | text.str.contains(_EVERYONE)),
        pl.col("kind") != "system",
    )
    if marked.is_empty():
        return rows.with_columns(mention_names=pl.lit(None, pl.List(pl.String)))
    # A name may hold an "@" itself; without one the mention starts at the last "@" before the mark.
    odd = rows["sender_name"].unique().drop_nulls()
    odd = odd.filter(odd.str.contains("@", literal=True))
    options = [
        *(pl.escape_regex(name) for name in sorted(odd, key=len, reverse=True)),
        r"[^@\n\x{2005}]+",
    ]
    names = text.str.extract_all(rf"@(?:{'|'.join(options)})\x{{2005}}").list.eval(
        pl.element().str.strip_prefix("@").str.strip_suffix(_MENTION_END)
    )
    names = names.list.eval(pl.element().filter(~pl.element().is_in(["所有人", "All"])))
    everyone = pl.when(text.str.contains(_EVERYONE)).then(pl.lit([MENTION_ALL]))
    ids = pl.concat_list(pl.col("mention_ids").fill_null([]), everyone.fill_null([])).list.unique(
        maintain_order=True
    )
    found = marked.select(
        "_row",
        mention_names=pl.when(pl.col("mention_ids").is_null() & (names.list.len() > 0)).then(names),
        _ids=pl.when(ids.list.len() > 0).then(ids),
    )
    return (
        rows.with_row_index("_row")
        .join(found, on="_row", how="left", maintain_order="left")
        .with_columns(mention_ids=pl.coalesce("_ids", "mention_ids"))
        .drop("_row", "_ids")
    )


# --- clocks and order ----------------------------------------------------------------------------

_MILLISECONDS_FROM = 10**12


def from_epoch(values: pl.Series) -> pl.Series:
    """Return epoch seconds (milliseconds above 10^12) as UTC instants; null if not plausible."""
    number = values.cast(pl.Int64, strict=False)
    micros = number.to_frame("n").select(
        pl.when(pl.col("n") >= _NO_MORE)
        .then(None)
        .when(pl.col("n") >= _MILLISECONDS_FROM)
        .then(pl.col("n") * 1000)
        .when(pl.col("n") >= _FIRST)
        .then(pl.col("n") * 1_000_000)
    )
    return micros.to_series().cast(INSTANT)


_FIRST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_NO_MORE = 10**14
"""Above this even milliseconds lie in the sixth millennium (and overflow as microseconds)."""


def from_clock(values: pl.Series) -> pl.Series:
    """Return printed local times as naive datetimes (µs); null where there is none.

    ``2026-03-05 20:15:03``; also what Excel makes of it, ``2026/3/5 20:15``.
    """
    found = values.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    if found.null_count() == values.null_count():
        return found
    resaved = values.str.replace_all("/", "-", literal=True).str.strip_chars()
    others = [
        resaved.str.to_datetime(form, time_unit="us", strict=False)
        for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
    ]
    return pl.select(pl.coalesce(found, *others)).to_series()


def oldest_first(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn rows of a descending file round, so that equal times keep the order they were said in.

    Args:
        rows: With ``sent_at`` or ``wall_at``.
    """
    moment = "sent_at" if "sent_at" in rows.columns else "wall_at"
    if rows[moment].null_count() == rows.height and "wall_at" in rows.columns:
        moment = "wall_at"
    steps = rows[moment].diff().dt.total_microseconds()
    return rows.reverse() if (steps < 0).sum() > (steps > 0).sum() else rows


# --- group or private ----------------------------------------------------------------------------

_GROUP_WORDS = "群聊|群名|群主|群管理员"


@dataclass
class Company:
    """Who speaks in a chat whose file does not say whether it is a group.

    Args:
        titles: Names of the chat: that of a private one is the other person's.
        own_known: Whether own rows are marked, so that everybody else is another person.
    """

    titles: set[str]
    own_known: bool
    others: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    has_group_notice: bool = False

    def add(self, rows: pl.DataFrame, own: pl.Expr) -> None:
        """Take note of more rows (kind, text, sender_id, sender_name)."""
        sender = pl.coalesce(pl.col("^sender_(id|name)$"))
        people = (
            rows.filter(pl.col("kind") != "system", ~own.fill_null(False))
            .select(who=sender, name="sender_name")
            .unique()
        )
        self.others.update(people["who"].drop_nulls())
        self.names.update(people["name"].drop_nulls())
        notices = rows.filter(pl.col("kind") == "system")["text"]
        self.has_group_notice |= bool(notices.str.contains(_GROUP_WORDS).any())

    @property
    def kind(self) -> str:
        """``group`` or ``private`` where the rows prove it, else ``unknown``."""
        if self.has_group_notice or len(self.others) > (1 if self.own_known else 2):
            return "group"
        if self.own_known and len(self.others) == 1 and self.titles & (self.others | self.names):
            return "private"
        return "unknown"


def members_seen(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the people whose account name a file tells beside the shown one (``RAW_MEMBERS``).

    Args:
        rows: ``sender_id``, ``account_name``.
    """
    known = rows.filter(pl.col("sender_id").is_not_null(), pl.col("account_name").is_not_null())
    seen = known.select(member_id="sender_id", account_name="account_name")
    others = [n for n in RAW_MEMBERS if n not in seen.columns]
    return (
        seen.unique("member_id", keep="last", maintain_order=True)
        .with_columns(pl.lit(None, RAW_MEMBERS[name]).alias(name) for name in others)
        .select(RAW_MEMBERS.names())
    )
