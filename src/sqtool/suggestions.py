"""Who may be one person under two ids: suggestions with their evidence, for a person to decide.

Nobody is merged here. Equal names are a hint, never a proof; two who write in the same minute or
mention each other are two.
"""

from typing import Final

import polars as pl

from sqtool.context import DEFAULT_TZ
from sqtool.identity import clean_name
from sqtool.schema import WEAK_ID, Dataset

SUGGESTIONS: Final = pl.Schema(
    {
        "chat_id": pl.String(),  # the one chat it is seen in; null where several show it
        "member_id": pl.String(),  # the id that would stay
        "other_id": pl.String(),  # the id that would become it
        "names": pl.String(),  # what both were called
        "evidence": pl.String(),  # one of EVIDENCE
        "n": pl.Int64(),  # messages both wrote under these names; of a notice, how many
    }
)
"""The first columns are those of ``aliases.ALIASES``: the table is a list of aliases as it is."""

EVIDENCE: Final = ("number_notice", "name_only", "mail_number", "several_chats", "changed_account")
"""The strongest first.

- ``number_notice``: a notice says that one number became the other (WhatsApp).
- ``name_only``: somebody known by name alone, and the only account in the chat with that name.
- ``mail_number``: QQ text shows an account by its number or by its e-mail; same name in one chat.
- ``several_chats``: two names in common, or one name in two chats each, on several days.
- ``changed_account``: same name in one chat, one wrote last before the other wrote first.
"""

MOST_CARRIERS: Final = 3
"""A name that more accounts carry says nothing: 微信用户, a full stop, a popular nickname."""
BETWEEN_NAMES: Final = " / "
_NOBODY: Final = ("80000000",)
"""All anonymous members of QQ share this number."""
_NUMBER: Final = r"\+\d[\d\s().‐‑-]{5,24}"
_CHANGED: Final = rf"^\W*({_NUMBER})\W* changed to \W*({_NUMBER})"
_PAIR: Final = ("chat_id", "a", "b")
_FOUND: Final = pl.Schema(
    {
        "platform": pl.String(),
        "chat_id": pl.String(),
        "a": pl.String(),
        "b": pl.String(),
        "stays": pl.String(),  # where the evidence says which of the two
        "names": pl.List(pl.String()),
        "evidence": pl.String(),
        "n": pl.Int64(),
    }
)
_WEAK_A, _WEAK_B = (pl.col(one).str.starts_with(WEAK_ID) for one in "ab")
_MAIL_A, _MAIL_B = (pl.col(one).str.contains("@", literal=True) for one in "ab")
_DIGITS_A, _DIGITS_B = (pl.col(one).str.contains(r"^\d+$") for one in "ab")
_MAIL_PAIR = (pl.col("platform") == "qq") & ((_MAIL_A & _DIGITS_B) | (_DIGITS_A & _MAIL_B))


def suggest(data: Dataset, tz: str = DEFAULT_TZ) -> pl.DataFrame:
    """Return pairs of ids that are likely one person.

    Args:
        data: The chats.
        tz: IANA zone of the days.

    Returns:
        ``SUGGESTIONS``, strongest evidence and most messages first. An id becomes at most one
        other, so that the table can be used as it is. A name alone is suggested by chat; accounts
        whose evidence lies in several chats for all of them.
    """
    worn = _worn(data, tz)
    spoke = worn.group_by("platform", "chat_id", "id").agg(
        pl.col("first_at").min(), pl.col("last_at").max(), pl.col("n").sum()
    )
    named = worn.filter(pl.col("name") != "")
    pairs = pl.concat(
        [_in_one_chat(named, spoke), _across_chats(named), _number_notices(data, spoke)]
    )
    apart = _apart(data, pairs)
    return _chosen(pairs.join(apart, on=["a", "b"], how="anti"), spoke)


def _worn(data: Dataset, tz: str) -> pl.DataFrame:
    """platform, chat_id, id, name (clean), n, first_at, last_at, days: who was called what."""
    day = pl.col("sent_at").dt.convert_time_zone(tz).dt.date()
    spoken = (
        data.messages.filter(pl.col("kind") != "system", pl.col("sender_id").is_not_null())
        .select("chat_id", "sender_id", "sender_name", "sent_at", day=day)
        .group_by("chat_id", "sender_id", "sender_name")
        .agg(
            n=pl.len().cast(pl.Int64),
            first_at=pl.col("sent_at").min(),
            last_at=pl.col("sent_at").max(),
            days=pl.col("day").unique(),
        )
        .rename({"sender_id": "id", "sender_name": "name"})
    )
    listed = [
        data.members.select("chat_id", id="member_id", name=shown).with_columns(
            n=pl.lit(0, pl.Int64), first_at=None, last_at=None, days=pl.lit([], pl.List(pl.Date))
        )
        for shown in ("display_name", "account_name")
    ]
    bots = data.members.filter(pl.col("is_bot")).select("chat_id", id="member_id")
    return (
        pl.concat([spoken, *listed], how="vertical_relaxed")
        .filter(~pl.col("id").is_in(_NOBODY))
        .join(bots, on=["chat_id", "id"], how="anti")
        .with_columns(name=clean_name(pl.col("name")).fill_null(""))
        .group_by("chat_id", "id", "name")
        .agg(
            pl.col("n").sum(),
            pl.col("first_at").min(),
            pl.col("last_at").max(),
            days=pl.col("days").explode(empty_as_null=False).unique(),
        )
        .join(data.chats.select("chat_id", "platform"), on="chat_id")
        .collect()
    )


def _in_one_chat(named: pl.DataFrame, spoke: pl.DataFrame) -> pl.DataFrame:
    """Pairs that carried one name in one chat."""
    key = ["platform", "chat_id", "name"]
    weak = pl.col("id").str.starts_with(WEAK_ID)
    shared = named.filter(pl.len().over(key).is_between(2, MOST_CARRIERS)).with_columns(
        strong=(~weak).sum().over(key)
    )
    lives = spoke.select("chat_id", "id", "first_at", "last_at")
    pairs = (
        shared.select(*key, "strong", a="id", n="n")
        .join(shared.select(*key, b="id", m="n"), on=key)
        .filter(pl.col("a") < pl.col("b"))
        .join(lives.rename({"id": "a"}), on=["chat_id", "a"])
        .join(lives.rename({"id": "b"}), on=["chat_id", "b"], suffix="_b")
    )
    one_after_the_other = (pl.col("last_at") < pl.col("first_at_b")) | (
        pl.col("last_at_b") < pl.col("first_at")
    )
    return _found(
        pairs.with_columns(
            n=pl.col("n") + pl.col("m"),
            evidence=pl.when(_WEAK_A & _WEAK_B)
            .then(None)
            .when(_WEAK_A | _WEAK_B)
            .then(pl.when(pl.col("strong") == 1).then(pl.lit("name_only")))
            .when(_MAIL_PAIR)
            .then(pl.when(pl.col("strong") == 2).then(pl.lit("mail_number")))
            .when(one_after_the_other)
            .then(pl.lit("changed_account")),
        ),
        *_PAIR,
    )


def _across_chats(named: pl.DataFrame) -> pl.DataFrame:
    """Pairs of accounts with names in common in several chats, each on several days."""
    strong = named.filter(~pl.col("id").str.starts_with(WEAK_ID))
    carriers = strong.group_by("platform", "name").agg(people=pl.col("id").n_unique())
    few = carriers.filter(pl.col("people").is_between(2, MOST_CARRIERS))
    shared = strong.join(few, on=["platform", "name"], how="semi")
    ids = shared.select("platform", "name", "id").unique()
    names = (
        ids.rename({"id": "a"})
        .join(ids.rename({"id": "b"}), on=["platform", "name"])
        .filter(pl.col("a") < pl.col("b"))
    )
    sides = [
        names.join(shared.rename({"id": side}), on=["platform", "name", side]).select(
            "platform", "a", "b", "name", "chat_id", "n", "days", side=pl.lit(side)
        )
        for side in "ab"
    ]
    both = pl.concat(sides)
    mine, theirs = pl.col("side") == "a", pl.col("side") == "b"
    each = [pl.col("days").filter(side).explode(empty_as_null=False) for side in (mine, theirs)]
    meeting = (
        both.group_by("platform", "a", "b", "name", "chat_id")
        .agg(sides=pl.col("side").n_unique())
        .filter(pl.col("sides") == 2)
        .group_by("platform", "a", "b")
        .agg(common=pl.col("chat_id").n_unique())
    )
    pairs = (
        both.group_by("platform", "a", "b")
        .agg(
            pl.col("name").unique().sort(),
            pl.col("n").sum(),
            chats=pl.col("chat_id").n_unique(),
            days_a=each[0].n_unique(),
            days_b=each[1].n_unique(),
        )
        .join(meeting, on=["platform", "a", "b"], how="left")
        .filter(
            pl.col("chats") >= 2,
            pl.min_horizontal("days_a", "days_b") >= 2,
            pl.max_horizontal(pl.col("name").list.len(), pl.col("common")) >= 2,
        )
        .explode("name")
        .with_columns(chat_id=pl.lit(None, pl.String), evidence=pl.lit("several_chats"))
    )
    # The messages were summed over all names already.
    return _found(pairs, *_PAIR, summed=True)


def _number_notices(data: Dataset, spoke: pl.DataFrame) -> pl.DataFrame:
    """Pairs of numbers that a notice names as the old and the new one of somebody."""
    text = pl.col("text")
    told = (
        data.messages.filter(
            pl.col("kind") == "system", text.str.contains(" changed to ", literal=True)
        )
        .select("chat_id", old=text.str.extract(_CHANGED, 1), new=text.str.extract(_CHANGED, 2))
        .drop_nulls()
        .collect()
    )
    bare = {name: pl.col(name).str.replace_all(r"\D", "") for name in ("old", "new")}
    known = spoke.select("platform", "chat_id", "id").with_columns(
        number=pl.col("id").str.strip_prefix(WEAK_ID)
    )
    known = known.filter(pl.col("number").str.contains(rf"^\W*{_NUMBER}\W*$")).with_columns(
        pl.col("number").str.replace_all(r"\D", "")
    )
    pairs = (
        told.with_columns(**bare)
        .join(known.rename({"id": "x"}), left_on=["chat_id", "old"], right_on=["chat_id", "number"])
        .join(
            known.select("chat_id", "number", y="id"),
            left_on=["chat_id", "new"],
            right_on=["chat_id", "number"],
        )
        .filter(pl.col("x") != pl.col("y"))
        .with_columns(
            a=pl.min_horizontal("x", "y"),
            b=pl.max_horizontal("x", "y"),
            name=pl.lit(None, pl.String),
            n=pl.lit(1, pl.Int64),
            evidence=pl.lit("number_notice"),
        )
    )
    return _found(pairs, *_PAIR)


def _found(pairs: pl.DataFrame, *key: str, summed: bool = False) -> pl.DataFrame:
    """Bring pairs of one name each into ``_FOUND``."""
    return (
        pairs.filter(pl.col("evidence").is_not_null())
        .group_by("platform", *key, "evidence")
        .agg(
            names=pl.col("name").drop_nulls().unique().sort(),
            n=pl.col("n").first() if summed else pl.col("n").sum(),
            stays=pl.col("y").first() if "y" in pairs.columns else pl.lit(None, pl.String),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _FOUND.items())
    )


def _apart(data: Dataset, pairs: pl.DataFrame) -> pl.DataFrame:
    """a, b of pairs that are two people: they write in one minute, or mention each other."""
    ids = pl.concat([pairs["a"], pairs["b"]]).unique().implode()
    wanted = pairs.select("a", "b").unique()
    mine = data.messages.filter(pl.col("kind") != "system", pl.col("sender_id").is_in(ids))
    minutes = (
        mine.select(id="sender_id", minute=pl.col("sent_at").dt.truncate("1m")).unique().collect()
    )
    together = (
        wanted.join(minutes.rename({"id": "a"}), on="a")
        .join(minutes.rename({"id": "b"}), on=["b", "minute"])
        .select("a", "b")
    )
    mentions = (
        mine.select(by="sender_id", of="mention_ids")
        .explode("of", empty_as_null=False)
        .filter(pl.col("of").is_in(ids))
        .unique()
        .collect()
    )
    named = [
        wanted.join(mentions.rename({"by": by, "of": of}), on=["a", "b"], how="semi")
        for by, of in ("ab", "ba")
    ]
    return pl.concat([together, *named]).unique()


def _chosen(pairs: pl.DataFrame, spoke: pl.DataFrame) -> pl.DataFrame:
    """One row per pair, and per id that would become another; strongest first."""
    strength = pl.Enum(EVIDENCE)
    pairs = pairs.with_columns(pl.col("evidence").cast(strength).alias("rank"))
    by_chat = (_WEAK_A | _WEAK_B).alias("by_chat")
    whole = pl.col("chat_id").is_null()
    one = (
        pairs.with_columns(by_chat)
        .with_columns(group=pl.when("by_chat").then("chat_id"))
        .sort("rank", "chat_id", nulls_last=False)
        .group_by("platform", "group", "a", "b", maintain_order=True)
        .agg(
            chat_id=pl.when((pl.col("chat_id").n_unique() == 1) & ~whole.any()).then(
                pl.col("chat_id").first()
            ),
            names=pl.col("names").explode(empty_as_null=False).unique().sort(),
            rank=pl.col("rank").min(),
            stays=pl.col("stays").drop_nulls().first(),
            n=pl.when(whole.any()).then(pl.col("n").filter(whole).first()).otherwise(
                pl.col("n").filter(pl.col("rank") == pl.col("rank").min()).sum()
            ),
        )
    )  # fmt: skip
    ends = spoke.group_by("platform", "id").agg(pl.col("last_at").max())
    later_b = pl.col("last_b").is_not_null() & (
        pl.col("last_a").is_null() | (pl.col("last_b") >= pl.col("last_a"))
    )
    b_stays = (
        pl.when(pl.col("stays").is_not_null())
        .then(pl.col("stays") == pl.col("b"))
        .when(_WEAK_A ^ _WEAK_B)
        .then(_WEAK_A)
        .when(_MAIL_PAIR)
        .then(_MAIL_A)
        .otherwise(later_b)
    )
    directed = (
        one.join(ends.rename({"id": "a", "last_at": "last_a"}), on=["platform", "a"], how="left")
        .join(ends.rename({"id": "b", "last_at": "last_b"}), on=["platform", "b"], how="left")
        .with_columns(
            member_id=pl.when(b_stays).then("b").otherwise("a"),
            other_id=pl.when(b_stays).then("a").otherwise("b"),
        )
        .sort(
            "rank", "n", "chat_id", "member_id", "other_id",
            descending=[False, True, False, False, False], nulls_last=False,
        )
        .unique(["platform", "group", "other_id"], keep="first", maintain_order=True)
    )  # fmt: skip
    return directed.select(
        "chat_id",
        "member_id",
        "other_id",
        names=pl.when(pl.col("names").list.len() > 0).then(
            pl.col("names").list.join(BETWEEN_NAMES)
        ),
        evidence=pl.col("rank").cast(pl.String),
        n=pl.col("n"),
    ).cast(SUGGESTIONS)
