"""Everything of a dataset that names somebody, replaced table by table.

``Cover.of`` learns who is who from all that will be covered; its methods then work on any part of
it, so that a chat in pieces is covered like a whole one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from sqtool.config import Points
from sqtool.masking import forwarded, masked, named, patterns
from sqtool.pseudonyms import Pseudonyms
from sqtool.schema import MENTION_ALL
from sqtool.shown import SHOWN, names_in_texts

_NAMES: Final = ("display_name", "account_name")
LETTERS: Final = "BCDFGHJKLM"
"""What the digits of a hashed message id are written as: no number in it looks like anybody's."""

_LEAST: Final = Points().substantial_characters
_PERSONAL_COLUMN: Final = (
    r"(?i)姓名|名字|昵称|名片|备注|称呼|电话|手机|号码|微信|邮箱|邮件|地址|身份证|学号|工号|账号|帐号|QQ|wxid|"
    r"wechat|whatsapp|phone|mobile|mail|address|account|remark|(^|[^a-z])tel($|[^a-z])|nick|"
    r"(^|real|full|user|display|member|first|last)[_ ]?name$|"
    r"(^|[^a-z])(u|user|member|open|union)?_?id($|[^a-z])"
)
_PERSONAL_VALUE: Final = r"@|^\+?[\d\-\s()]{7,}$|(?i)^wxid_"
_DATE: Final = r"^(19|20)\d{2}\D{0,2}(0?[1-9]|1[0-2])\D{0,2}(0?[1-9]|[12]\d|3[01])(\D|$)"
_NUMBER: Final = r"^[+-]?\d{1,6}([.,]\d{1,4})?\s?\D{0,2}$"
_WORDLESS: Final = ("system", "contact", "location")
"""Kinds of which the text is left out: it names people and places nothing else tells of."""
_PERSONAL_SHARE: Final = 0.2
"""A column of which this share of the values looks like a number or address of a person is left
out."""


@dataclass(frozen=True, repr=False)
class Cover:
    """Everything known about who is who, and what stands for each.

    Args:
        pseudonyms: Gives them out.
        member_ids: What stands for each member id.
        chat_ids: What stands for each chat id.
        shown: chat_id, member_id, name, stands: what stands for each name a member showed.
        quotes: What stands for a quoted person, an id or a name.
        known: What to look for in texts.
    """

    pseudonyms: Pseudonyms
    member_ids: dict[str, str]
    chat_ids: dict[str, str]
    shown: pl.DataFrame
    quotes: dict[str, str]
    known: dict[str, str]

    @classmethod
    def of(
        cls, shown: Iterable[pl.DataFrame], members: pl.DataFrame, chats: pl.DataFrame, key: bytes
    ) -> "Cover":
        """Learn who is who.

        Args:
            shown: ``SHOWN``, in parts, of everything that will be covered.
            members: ``MEMBERS``.
            chats: ``CHATS``.
            key: See ``anonymise``.
        """
        pseudonyms = Pseudonyms(key)
        newest = members.select("chat_id", "member_id", newest="display_name")
        worn = pl.concat(
            [
                *(part.select(pl.col(name).cast(pl.String) for name in SHOWN) for part in shown),
                *(members.select("chat_id", "member_id", name=column) for column in _NAMES),
                chats.select("chat_id", member_id="self_id", name=pl.lit(None, pl.String)),
            ]
        ).unique()
        ids = {MENTION_ALL, *worn["member_id"].drop_nulls()}
        chat_ids = {*worn["chat_id"].drop_nulls(), *chats["chat_id"]}
        worn = worn.filter(pl.col("name").str.strip_chars() != "").join(
            newest.unique(["chat_id", "member_id"]), on=["chat_id", "member_id"], how="left"
        )
        stands = [
            pseudonyms.name(name)
            if who is None
            else pseudonyms.person(who)
            if name == now
            else pseudonyms.worn(who, name)
            for who, name, now in worn.select("member_id", "name", "newest").iter_rows()
        ]
        names = names_in_texts(worn, ids, chats, pseudonyms)
        return cls(
            pseudonyms,
            {who: pseudonyms.member(who) for who in sorted(ids)},
            {chat: pseudonyms.chat(chat) for chat in sorted(chat_ids)},
            worn.select(*SHOWN, stands=pl.Series(stands, dtype=pl.String)),
            {
                name: names.get(name) or pseudonyms.name(name)
                for name in worn.filter(pl.col("member_id").is_null())["name"].unique().sort()
            },
            patterns(names),
        )

    def messages(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return ``MESSAGES`` covered, in their order."""
        kinds = rows["kind"].cast(pl.String)
        texts = rows.select(
            text=pl.when(~kinds.is_in(_WORDLESS)).then("text"),
            passage=pl.when(kinds != "forward").then("quoted_text"),
            record=pl.when(kinds == "forward").then("quoted_text"),
        )
        text = masked(texts["text"], self.known)
        quoted = pl.coalesce(
            pl.lit(masked(texts["passage"], self.known)),
            pl.lit(forwarded(texts["record"], self.known)),
        )
        was = rows["text"].str.len_chars()
        return (
            self._with_names(rows, "sender_id", "sender_name")
            .with_columns(
                self._chat(),
                *(self._member(name) for name in ("sender_id", "reply_to_member", "actor_id")),
                *(
                    pl.col(name).list.eval(_swapped(pl.element(), self.member_ids))
                    for name in ("mention_ids", "target_ids")
                ),
                *(self._message_id(name) for name in ("message_id", "reply_to_id")),
                text=text,
                quoted_sender=_swapped(
                    pl.when(pl.col("quoted_sender").str.strip_chars() != "").then("quoted_sender"),
                    self.quotes,
                ),
                quoted_text=quoted,
            )
            .with_columns(
                text=pl.when(pl.lit(kinds == "text"))
                .then(_as_long(pl.col("text"), pl.lit(was)))
                .otherwise("text")
            )
            .select(rows.columns)
        )

    def members(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return ``MEMBERS`` covered, in their order."""
        for name in _NAMES:
            rows = self._with_names(rows, "member_id", name)
        return rows.with_columns(self._chat(), self._member("member_id"))

    def speakers(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return a table of member_id covered."""
        return rows.with_columns(self._member("member_id"))

    def chats(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return ``CHATS`` covered, in their order."""
        names = {chat: self.pseudonyms.group(chat) for chat in self.chat_ids}
        return rows.with_columns(
            self._chat(),
            self._member("self_id"),
            name=pl.when(pl.col("name").is_not_null()).then(_swapped(pl.col("chat_id"), names)),
            source=self._files(rows["source"]),
        )

    def issues(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return ``ISSUES`` covered; chats a detail speaks of become pseudonyms, too."""
        said = {
            detail: _without_chat(detail, self.pseudonyms)
            for detail in rows["detail"].drop_nulls().unique().sort()
        }
        return rows.with_columns(
            file=self._files(rows["file"]),
            detail=named(rows["detail"].replace(said), self.known),
        )

    def imports(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return ``IMPORTS`` covered."""
        return rows.with_columns(file=self._files(rows["file"]))

    def tags(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return ``TAGS`` covered: names in them become pseudonyms."""
        return rows.with_columns(
            self._chat(),
            tag=named(rows["tag"], self.known),
            value=masked(rows["value"], self.known),
        ).sort("chat_id", "tag")

    def extras(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return ``EXTRAS`` covered, without the columns that hold personal data."""
        filled = pl.col("value").str.strip_chars() != ""
        date = pl.col("value").str.contains(_DATE)
        looks = pl.col("value").str.strip_chars().str.contains(_PERSONAL_VALUE) & ~date
        personal = (
            rows.group_by("column")
            .agg(share=looks.filter(filled).mean())
            .filter(
                (pl.col("share") >= _PERSONAL_SHARE)
                | pl.col("column").str.contains(_PERSONAL_COLUMN)
            )
        )
        # A price of 12800 or an expiry of 20260301 is nobody's number.
        plain = date | (pl.col("value").str.contains(_NUMBER) & ~self._is_id("value"))
        rows = rows.join(personal, on="column", how="anti", maintain_order="left")
        return rows.with_columns(
            self._chat(),
            self._member("member_id"),
            column=named(rows["column"], self.known),
            value=pl.when(plain)
            .then(named(rows["value"], self.known))
            .otherwise(masked(rows["value"], self.known)),
        ).sort("chat_id", "member_id", "column")

    def moves(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return ``MOVES`` covered."""
        return rows.with_columns(self._chat(), self._member("member_id")).sort(
            "chat_id", "member_id", "until"
        )

    def _chat(self) -> pl.Expr:
        return _swapped(pl.col("chat_id"), self.chat_ids)

    def _member(self, column: str) -> pl.Expr:
        return _swapped(pl.col(column), self.member_ids)

    def _is_id(self, column: str) -> pl.Expr:
        return pl.col(column).is_in(list(self.member_ids))

    def _message_id(self, column: str) -> pl.Expr:
        hashed = pl.col(column).hash(self.pseudonyms.seed()).cast(pl.String)
        code = pl.lit("M-") + hashed.str.replace_many(list("0123456789"), list(LETTERS))
        return pl.when(pl.col(column).str.strip_chars() != "").then(code).alias(column)

    def _files(self, titles: pl.Series) -> pl.Expr:
        stands = {title: self.pseudonyms.files(title) for title in titles.drop_nulls().unique()}
        return _swapped(pl.lit(titles), stands).alias(titles.name)

    def _with_names(self, rows: pl.DataFrame, who: str, column: str) -> pl.DataFrame:
        """Replace a column of names by what stands for each; blank names stay blank."""
        stands = self.shown.rename({"member_id": who, "name": column})
        found = rows.join(
            stands, on=["chat_id", who, column], how="left", nulls_equal=True, maintain_order="left"
        )
        blank = pl.col(column).str.strip_chars() == ""
        return found.with_columns(
            pl.when(blank).then(column).otherwise("stands").alias(column)
        ).drop("stands")


def _swapped(column: pl.Expr, stands: dict[str, str]) -> pl.Expr:
    """Replace every value; one that nothing stands for is an error, never let through."""
    pairs = stands or {MENTION_ALL: MENTION_ALL}
    return column.replace_strict(list(pairs), list(pairs.values()), return_dtype=pl.String)


def _as_long(text: pl.Expr, length: pl.Expr) -> pl.Expr:
    """Bring a text back to the side of ``substantial`` that the original was on.

    A long message is one that counts for more; pseudonyms are longer than most names.
    """
    was, now = length >= _LEAST, text.str.len_chars() >= _LEAST
    return (
        pl.when(was & ~now)
        .then(text.str.pad_end(_LEAST, "…"))
        .when(now & ~was)
        .then(text.str.slice(0, _LEAST - 2) + "…")
        .otherwise(text)
    )


_PICKS: Final = ("--chat '", "' picks it")


def _without_chat(detail: str, pseudonyms: Pseudonyms) -> str:
    """Put a pseudonym where a detail says how to pick a chat, which need not be in the data."""
    start, end = detail.find(_PICKS[0]), detail.rfind(_PICKS[1])
    if start < 0 or end < start:
        return detail
    start += len(_PICKS[0])
    return detail[:start] + pseudonyms.chat(detail[start:end]) + detail[end:]
