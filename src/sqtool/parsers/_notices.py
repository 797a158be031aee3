"""Read the wording of system notices: what happened, who did it, whom it befell.

One grammar for all formats, one table of wordings per language. It is only meant for rows that are
known to be notices: people quote such sentences in ordinary messages. Names in one list are joined
with ``、`` (English ``, ``) and a nickname may hold that mark itself: it falls into pieces
here, and ``events`` puts together what is a known name.
"""

import html
import re

import polars as pl

from sqtool.parsers import (
    _notices_de,
    _notices_en,
    _notices_es,
    _notices_fr,
    _notices_he,
    _notices_id,
    _notices_it,
    _notices_ja,
    _notices_ko,
    _notices_line,
    _notices_nl,
    _notices_pt,
    _notices_ru,
    _notices_tr,
    _notices_zh,
)
from sqtool.parsers._notices_rule import QUOTES, ROLE_WORDS, SELF_WORDS, Rule
from sqtool.schema import EVENT, JOIN_EVENTS

SELF = "@self"
"""Stands for the exporting account (你, 我, You) where a name is expected."""

NOTICES = pl.Schema(
    {
        "event": EVENT,
        "actor_id": pl.String(),
        "actor_name": pl.String(),
        "target_ids": pl.List(pl.String()),
        "target_names": pl.List(pl.String()),
        "present_names": pl.List(pl.String()),
    }
)

_PARTS = pl.Schema(
    {
        "text": pl.String(),
        "event": pl.String(),
        "actor": pl.String(),
        "targets": pl.List(pl.String()),
        "present": pl.List(pl.String()),
    }
)

_RULES = (
    *_notices_zh.RULES, *_notices_en.RULES, *_notices_line.RULES,
    *_notices_de.RULES, *_notices_es.RULES, *_notices_fr.RULES, *_notices_he.RULES,
    *_notices_id.RULES,
    *_notices_it.RULES, *_notices_ja.RULES, *_notices_ko.RULES, *_notices_nl.RULES,
    *_notices_pt.RULES, *_notices_ru.RULES, *_notices_tr.RULES,
)  # fmt: skip

_WRAPPERS = (
    (r"^\[系统[:：]\s*((?s:.*))\]$", "$1"),
    (r"^\[(?:系统|系统消息|提示|撤回)\]\s*", ""),
    (r"^系统消息[:：]\s*", ""),
)
"""What some tools put around a notice."""

# The bracketed id behind a name. The first kind cannot be anything else. The second is also the
# shape of a remark in brackets, "Tom (Thomas)". Tools that add ids add them to every name in
# quotes: it counts only there, only if each name of the notice has one, and only if at least half
# of the names in the join notices read together do.
_SURE_ID = r"(?:wxid_[-_A-Za-z0-9]+|gh_[-_A-Za-z0-9]+|[^()（）@\s]+@openim|u_[-_A-Za-z0-9]{22})"
_LIKELY_ID = rf"(?:{_SURE_ID}|[A-Za-z][-_A-Za-z0-9]{{5,19}}|[0-9]{{5,11}})"
_OFTEN_ONESELF = ("poke", "red_packet_received")  # 自己 stands for the actor
_PHONE = r"^\+\d[\d ().\-‐‑]{5,24}$"
"""A name that is a telephone number: WhatsApp's way to show who is not in the address book."""
_PLACEHOLDER = r"^\$[A-Za-z_]+\$$"
_ID_TEMPLATE = r"^\$\{(.+)\}$"


def read_notices(texts: pl.Series) -> pl.DataFrame:
    """Read notices.

    Args:
        texts: Wordings as found (String); may hold nulls.

    Returns:
        One row per text, in the same order: ``event`` (``other`` if no wording fits), ``actor_id``
        and ``actor_name``, ``target_ids`` and ``target_names`` (as long as each other, null
        elements where only the other is known; null if there are no targets), ``present_names``
        (people named as already in the group: members, not joins). Names are trimmed, without
        quotes; ``SELF`` is the exporting account; templates that the exporter left unresolved are
        dropped. A plain join or leave has targets and no actor; a recall has an actor, and a target
        only if the message was another person's.
    """
    frame = pl.DataFrame({"text": texts.cast(pl.String)})
    distinct = frame.unique("text", maintain_order=True).drop_nulls()
    found = _finish(_match(_prepare(distinct)))
    return frame.join(found, on="text", how="left", maintain_order="left", validate="m:1").select(
        pl.col("event").fill_null("other").cast(EVENT),
        *(name for name in NOTICES if name != "event"),
    )


def _prepare(distinct: pl.DataFrame) -> pl.DataFrame:
    is_xml = pl.col("text").str.contains(r"^\s*<(?:\?xml|sysmsg|revokemsg|msg)\b")
    plain = distinct.filter(~is_xml).with_columns(said=pl.col("text"))
    leaked = distinct.filter(is_xml)  # rare: a loop will do
    said = [_from_xml(text) for text in leaked["text"].to_list()]
    both = pl.concat([plain, leaked.with_columns(said=pl.Series(said, dtype=pl.String))])
    clean = pl.col("said").str.strip_chars()
    for pattern, value in _WRAPPERS:
        clean = clean.str.replace(pattern, value)
    return both.select("text", said=clean)


def _match(rest: pl.DataFrame) -> pl.DataFrame:
    """Give every text the parts of the first rule that fits; the others are left out."""
    parts = []
    # Most rules fit nothing in a file: one search in all texts at once tells.
    everything = "\n".join(rest["said"].fill_null("").to_list())
    rules = [rule for rule in _RULES if rule.has in everything]
    for strict in (True, False):
        for rule in rules:
            pattern = rule.strict() if strict else rule.bare()
            if not rest.height:
                break
            if not strict and pattern == rule.strict():
                continue
            said = rest["said"]
            fits = said.str.contains(rule.has, literal=True)
            if not fits.any():
                continue
            maybe = rest.filter(fits)
            hit = maybe["said"].str.contains(pattern)
            if not hit.any():
                continue
            parts.append(_parts(maybe.filter(hit), rule, pattern))
            rest = pl.concat([rest.filter(~fits), maybe.filter(~hit)])
    return pl.concat([pl.DataFrame(schema=_PARTS), *parts])


def _parts(hits: pl.DataFrame, rule: Rule, pattern: str) -> pl.DataFrame:
    names = re.findall(r"\(\?<(\w+)>", pattern)
    if names:
        hits = hits.with_columns(pl.col("said").str.extract_groups(pattern)).unnest("said")
    null = pl.lit(None, pl.String)
    actor = pl.col("actor") if "actor" in names else null
    targets = pl.col("targets") if "targets" in names else null
    present = pl.col("present") if "present" in names else null
    if rule.event in _OFTEN_ONESELF:
        targets = pl.when(targets == "自己").then(actor).otherwise(targets)
    if rule.own:
        actor, targets = (
            pl.when(name.is_in(rule.own)).then(pl.lit("You")).otherwise(name)
            for name in (actor, targets)
        )
    # "you and B": the pronoun stands outside the quotes of the list.
    targets = targets.str.replace(r"^(你|您|我|you)(?:和| and )", "$1" + rule.separator)
    return hits.select(
        "text",
        event=pl.lit(rule.event),
        actor=actor,
        targets=_split(targets, rule),
        present=_split(present.str.strip_chars("… .。"), rule),
    )


def _split(names: pl.Expr, rule: Rule) -> pl.Expr:
    if rule.last_and:
        names = names.str.replace_all(rule.joint, rule.separator, literal=True)
    return names.str.split(rule.separator)


def _finish(found: pl.DataFrame) -> pl.DataFrame:
    """Turn the names as written into names and ids."""
    found = found.with_row_index("row")
    actors = found.select("row", "event", role=pl.lit("actor"), raw="actor").drop_nulls()
    listed = [
        found.select("row", "event", role=pl.lit(role), raw=role).drop_nulls().explode("raw")
        for role in ("targets", "present")
    ]
    people = _people(pl.concat([actors, *listed]))
    lists = people.group_by("row", "role", maintain_order=True).agg("id", "name")
    for role in ("actor", "targets", "present"):
        mine = lists.filter(pl.col("role") == role).select(
            "row", pl.col("id").alias(f"{role}_ids"), pl.col("name").alias(f"{role}_names")
        )
        found = found.join(mine, on="row", how="left")
    return found.select(
        "text",
        "event",
        actor_id=pl.col("actor_ids").list.first(),
        actor_name=pl.col("actor_names").list.first(),
        target_ids="targets_ids",
        target_names="targets_names",
        present_names=pl.col("present_names").list.drop_nulls(),
    )


def _people(people: pl.DataFrame) -> pl.DataFrame:
    """Turn ``row, event, role, raw`` into ``row, role, id, name``; nobody is left out."""
    raw = pl.col("raw").str.strip_chars()
    pronoun = raw.is_in(SELF_WORDS)
    nobody = raw.is_in(ROLE_WORDS) | pl.col("plain").str.contains(_PLACEHOLDER)
    counts = (pl.col("role") != "present") & ~pronoun & ~nobody
    has_likely = pl.col("in_quotes") & pl.col("plain").str.contains(_behind(_LIKELY_ID))
    template = pl.col("plain").str.extract(_ID_TEMPLATE)
    people = people.with_columns(
        in_quotes=raw.str.contains(f"^[{QUOTES}]|[{QUOTES}]$").any().over("row", "role"),
        plain=raw.str.replace(f"^[{QUOTES}]", "").str.replace(f"[{QUOTES}]$", "").str.strip_chars(),
    ).with_columns(has=has_likely, lacks=counts & ~has_likely)
    joins = people.filter(pl.col("event").is_in(JOIN_EVENTS) & pl.col("in_quotes"))
    written = joins["has"].sum() >= joins["lacks"].sum()
    people = people.with_columns(
        likely=pl.col("has") & ~pl.col("lacks").any().over("row") & pl.lit(written)
    )
    identifier = pl.coalesce(
        template,
        pl.col("plain").str.extract(_behind(_SURE_ID)),
        pl.when("likely").then(pl.col("plain").str.extract(_behind(_LIKELY_ID))),
        pl.when(pl.col("plain").str.contains(_PHONE)).then(
            pl.lit("+") + pl.col("plain").str.replace_all(r"\D", "")
        ),
    )
    name = (
        pl.when(pronoun)
        .then(pl.lit(SELF))
        .when(nobody | template.is_not_null())
        .then(None)
        .when("likely")
        .then(pl.col("plain").str.replace(_behind(_LIKELY_ID), ""))
        .otherwise(pl.col("plain").str.replace(_behind(_SURE_ID), ""))
        .str.strip_chars()
    )
    return people.select("row", "role", id=identifier, name=pl.when(name != "").then(name)).filter(
        pl.col("id").is_not_null() | pl.col("name").is_not_null()
    )


def _behind(identifier: str) -> str:
    return rf"[(（]({identifier})[)）]$"


def _from_xml(text: str) -> str:
    """Return the wording inside a raw system message, its ``$name$`` links filled in."""
    for tag in ("replacemsg", "template", "plain", "content", "text", "revokemsg"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        said = _bare(inside[1]) if inside else ""
        if said:
            break
    else:
        return "撤回了一条消息" if "revokemsg" in text or "editrevokecontent" in text else ""
    for link in re.finditer(r'<link\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</link>', text, re.DOTALL):
        names = (_member(m) for m in re.findall(r"<member>(.*?)</member>", link[2], re.DOTALL))
        filled = "、".join(name for name in names if name)
        if filled:
            said = said.replace(f"${link[1]}$", filled)
    return said


def _member(xml: str) -> str:
    found = {tag: _bare(value) for tag, value in re.findall(r"<(\w+)>(.*?)</\1>", xml, re.DOTALL)}
    name, identifier = found.get("nickname", ""), found.get("username", "")
    return f"{name}({identifier})" if name and identifier else name or identifier


def _bare(xml: str) -> str:
    unwrapped = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", xml, flags=re.DOTALL)
    return html.unescape(re.sub(r"</?[A-Za-z][^<>]*>", "", unwrapped)).strip()
