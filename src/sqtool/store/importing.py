"""Import: what is new goes into the store, what it knows already adds nothing.

Of every chat in the files the store's rows are taken for one more file of it, and all are
normalised together: so a name learnt today resolves a mention of last year, a richer export fills
in what a poorer one left out, and the result does not depend on the order of the imports.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

from sqtool.chats import group_parts
from sqtool.context import zone
from sqtool.detect import Found
from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.normalise import Normalised, normalise
from sqtool.parsers._base import RawChat
from sqtool.parts import Part
from sqtool.reading import Request, account, chosen, read_parts
from sqtool.roster import own_roster
from sqtool.schema import ISSUES
from sqtool.spool import Spool
from sqtool.store._change import Change, changing
from sqtool.store._compaction import tidy
from sqtool.store._digest import digest_of
from sqtool.store._facts import STORED, all_lists, kept_facts
from sqtool.store._grouping import Group, group_new
from sqtool.store._parts import Stored, prints, stored_chats
from sqtool.store._place import Place
from sqtool.store._tables import CONTENT, FILES_NAMED, bucket_of
from sqtool.store._tidy import sweep_after
from sqtool.store.store import Store

_ROWS_A_FILE: Final = 1_000_000
_ROWS_IN_MEMORY: Final = 4_000_000
"""Going by way of the disk doubles the time of an import (``benchmarks/store.py``); two million
rows take about a gigabyte without it."""
_CHATS_AT_ONCE: Final = 500
IMPORT: Final = "import"


@dataclass(frozen=True)
class ChatResult:
    """What an import did to one chat.

    Args:
        chat_id: The chat.
        name: Its name.
        new: Messages that were not in the store.
        known: Messages of the files that the store or another of the files has.
        enriched: Messages of the store replaced by a version that tells more.
        total: Messages of the chat in the store now.
    """

    chat_id: str
    name: str
    new: int
    known: int
    enriched: int
    total: int


@dataclass
class Imported:
    """What an import did.

    Args:
        id: Its number; None if there was nothing but files imported before.
        chats: Result by chat.
        same_files: Titles of files that were imported before, byte by byte.
        issues: ``ISSUES``.
        imports: ``IMPORTS``.
    """

    id: int | None = None
    chats: list[ChatResult] = field(default_factory=list)
    same_files: list[str] = field(default_factory=list)
    issues: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ISSUES))
    imports: pl.DataFrame = field(default_factory=pl.DataFrame)


def import_files(place: Place, request: Request, *, into: str | None = None) -> Imported:
    """Import export files into a store, which is made if it is not there.

    Args:
        place: The store.
        request: What to read.
        into: Name or id of a chat of the store that everything belongs to, whatever the files say.

    Returns:
        What was new, known, enriched and skipped.

    Raises:
        SqtoolError: As ``pipeline.load`` does, or if the store cannot be written. Then the store is
            as it was.
    """
    with changing(place, create=True) as change, _spool(place) as spool:
        run = _Import(change, request, spool)
        done = run.run(into)
        if run.tidied:
            sweep_after(place)
        return done


def _spool(place: Place) -> Spool:
    short = _ROWS_IN_MEMORY // 2
    return Spool(bounded=True, rows=_ROWS_IN_MEMORY, short=short, folder=place.spool)


class _Import:
    """One run: rows wait here until there are enough for a file."""

    def __init__(self, change: Change, request: Request, spool: Spool) -> None:
        self.change = change
        self.request = request
        self.spool = spool
        self.zone = zone(request.tz)
        self.store = Store(change.place, change.history)
        self.issues = IssueLog()
        self.done = Imported()
        self.messages: list[pl.DataFrame] = []
        self.waiting = 0
        self.outdated: list[str] = []
        self.renewed: dict[str, list[str]] = {name: [] for name in ("chats", "members", "lists")}
        self.facts: dict[str, list[pl.DataFrame]] = {name: [] for name in self.renewed}
        self.tidied = False

    def run(self, into: str | None) -> Imported:
        digests: dict[str, str] = {}
        before = _digests(self.store)

        def wanted(found: Found) -> bool:
            digest = digest_of(found, self.request)
            title = found.export.title
            if digest in before:
                self.done.same_files.append(title)
                return False
            digests[title] = digest
            return True

        asked = replace(self.request, wanted=wanted)
        read, imports = read_parts(asked, self.issues, self.spool)
        parts = [replace(part, chat=_as_found(part.chat)) for part in read]
        duplicates = [self._merge(*one) for one in self._chats(self._groups(parts, imports, into))]
        self.done.imports = account(imports, duplicates, self.issues)
        self.done.issues = self.issues.frame()
        if imports:
            self._finish(digests)
        return self.done

    def _groups(
        self, parts: list[Part], imports: list[dict[str, object]], into: str | None
    ) -> dict[str, Group]:
        if not parts:
            return {}
        asked = self.request
        if into is None:
            groups = group_new(self.store, parts, self.zone, self.issues)
            new = {name: group.parts for name, group in groups.items()}
            kept = chosen(new, asked, imports, self.issues)
            return {name: groups[name] for name in kept}
        target = self._only(into)
        told = group_parts(parts, self.zone, IssueLog())
        wanted = chosen(told, asked, imports, self.issues)
        # Whatever the file calls the chat, it says nothing of which one it is.
        same = {"key": target["key"], "strong": target["strong"], "name": ""}
        mine = [
            replace(part, chat=replace(part.chat, **same, platform=target["platform"]))
            for part in parts
            if any(part is one for chat in wanted.values() for one in chat)
        ]
        return {target["chat_id"]: Group(mine)}

    def _only(self, wanted: str) -> dict[str, Any]:
        found = self.store.find(wanted)
        if len(found) > 1:
            raise UsageError(
                t(f"several chats are called {wanted}", f"有多个群叫「{wanted}」"),
                hint=", ".join(found[:20]),
            )
        return self.store.chats.row(by_predicate=pl.col("chat_id") == found[0], named=True)

    def _chats(self, groups: dict[str, Group]) -> Iterator[tuple[str, Group, list[Stored]]]:
        """Yield each chat with what the store holds of it, and of those it absorbs."""
        names = sorted(groups, key=lambda chat_id: (bucket_of(chat_id), chat_id))
        for start in range(0, len(names), _CHATS_AT_ONCE):
            batch = names[start : start + _CHATS_AT_ONCE]
            ids = [one for name in batch for one in (name, *groups[name].absorbs)]
            stored = stored_chats(self.store, ids, self.spool)
            for name in batch:
                group = groups.pop(name)
                known = [stored.pop(one, None) for one in (name, *group.absorbs)]
                yield name, group, [one for one in known if one is not None]

    def _merge(self, chat_id: str, group: Group, stored: list[Stored]) -> dict[str, int]:
        """Bring one chat up to date; return the duplicates by file."""
        parts = [part for one in stored for part in one.parts] + group.parts
        one = normalise(chat_id, parts, self.zone, self.issues, self.spool, with_found=True)
        one = own_roster(one, parts, self.zone)
        lost = dict(one.duplicates)
        replaced = lost.pop(STORED, 0)
        had = sum(known.facts["messages"] for known in stored)
        if len(stored) > 1:
            # What two chats of the store have in common is neither new nor any richer.
            old = [part for part in parts if part.stored is not None]
            alone = normalise(chat_id, old, self.zone, IssueLog(), self.spool)
            replaced -= alone.duplicates.get(STORED, 0)
            had = sum(chunk.height for chunk in alone.chunks)
            for chunk in alone.chunks:
                chunk.drop()
        spans = self._keep_messages(one, stored)
        self._keep_facts(one, parts, stored, spans, group.apart)
        total = spans["messages"]
        self.done.chats.append(
            ChatResult(
                chat_id,
                str(one.chat["name"]),
                total - had,
                sum(lost.values()),
                replaced,
                total,
            )
        )
        return lost

    def _keep_messages(self, one: Normalised, stored: list[Stored]) -> dict[str, Any]:
        """Write what is new; all of the chat if rows the store has are other ones now.

        Returns:
            messages, first_at, last_at.
        """
        chat_id = str(one.chat["chat_id"])
        known = pl.concat([pl.Series(dtype=pl.UInt64), *(p for old in stored for p in old.prints)])
        own = [old.facts["chat_id"] for old in stored]
        grown = own in ([], [chat_id]) and _begins_with(one, known)
        if not grown:
            self.outdated += {chat_id, *own}
        skip = len(known) if grown else 0
        done, first, last = 0, None, None
        for chunk in one.chunks:
            frame = chunk.read()
            chunk.drop()
            if frame.height:
                first = first or frame["sent_at"][0]
                last = frame["sent_at"][-1]
            new = frame.slice(max(0, skip - done))
            done += frame.height
            if new.height:
                self.messages.append(new)
                self.waiting += new.height
            if self.waiting >= _ROWS_A_FILE:
                self._flush()
        return {"messages": done, "first_at": first, "last_at": last}

    def _flush(self) -> None:
        if self.outdated:
            self.change.forget("messages", self.outdated)
        if self.messages:
            self.change.append("messages", pl.concat(self.messages, rechunk=False))
        self.outdated, self.messages, self.waiting = [], [], 0

    def _keep_facts(
        self,
        one: Normalised,
        parts: list[Part],
        stored: list[Stored],
        spans: dict[str, Any],
        apart: frozenset[str],
    ) -> None:
        chat_id = str(one.chat["chat_id"])
        own = [old.facts["chat_id"] for old in stored]
        rows = [old.facts for old in stored]
        row = one.chat | spans | kept_facts(parts, rows, apart, self.zone)
        chat = pl.DataFrame([row], schema=CONTENT["chats"])
        lists = all_lists(chat_id, parts, [old.lists for old in stored], self.zone)
        same = own == [chat_id]
        old = stored[0] if same else None
        if old is None or not chat.equals(pl.DataFrame([old.facts], schema=CONTENT["chats"])):
            self._renew("chats", own, chat)
        if old is None or not one.members.equals(old.members):
            self._renew("members", own, one.members)
        if lists.height and (old is None or not lists.equals(old.lists)):
            self._renew("lists", own, lists)

    def _renew(self, name: str, old: list[str], frame: pl.DataFrame) -> None:
        self.renewed[name] += old
        self.facts[name].append(frame)

    def _finish(self, digests: dict[str, str]) -> None:
        self._flush()
        for name, frames in self.facts.items():
            if self.renewed[name]:
                frame = pl.concat([pl.DataFrame(schema=CONTENT[name]), *frames])
                self.change.renew(name, self.renewed[name], frame)
            elif frames:
                self.change.append(name, pl.concat(frames))
        number = self.change.history.state.id + 1
        issues = self.done.issues.with_columns(import_id=pl.lit(number, pl.Int64))
        self.change.append("issues", issues)
        read = self.done.imports.with_columns(
            import_id=pl.lit(number, pl.Int64),
            digest=pl.col("file").replace_strict(digests, default=None, return_dtype=pl.String),
        )
        self.change.append("files", read)
        new = sum(chat.new for chat in self.done.chats)
        self.tidied = tidy(self.change, new)
        self.done.id = self.change.finish(
            IMPORT,
            files=read["file"].head(FILES_NAMED).to_list(),
            files_read=read.height,
            chats=len(self.done.chats),
            new=new,
            known=sum(chat.known for chat in self.done.chats),
            enriched=sum(chat.enriched for chat in self.done.chats),
            skipped=int(self.done.imports["rows_skipped"].sum()),
        )


def _digests(store: Store) -> set[str]:
    """Return the digests of the files whose import is in force."""
    return set(store.scan("files", columns=["digest"]).collect()["digest"].drop_nulls())


def _begins_with(one: Normalised, known: pl.Series) -> bool:
    """Whether a chat begins with just the rows whose hashes these are."""
    done = 0
    for chunk in one.chunks:
        if done >= len(known):
            return True
        frame = chunk.read()
        told = known.slice(done, frame.height)
        if not prints(frame.head(len(told))).equals(told):
            return False
        done += frame.height
    return done >= len(known)


def _as_found(chat: RawChat) -> RawChat:
    """Return what a file written by sqtool says, without what was worked out of its rows alone."""
    if chat.known is None:
        return chat
    derived = chat.known.get("roster_source") == "events"
    whole = chat.members_complete and not derived
    members = chat.members
    if derived and members is not None:
        members = members.drop("listed", strict=False)
    return replace(chat, known=None, members=members, members_complete=whole)
