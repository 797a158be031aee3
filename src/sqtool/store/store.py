"""Reading the store: what the newest change left, lazily, whatever a writer does meanwhile."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.aliases import apply_aliases
from sqtool.context import newest_of
from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.pipeline import with_lists
from sqtool.schema import CHATS, IMPORTS, ISSUES, MESSAGES, Dataset
from sqtool.store._failures import no_store
from sqtool.store._place import Place
from sqtool.store._state import History, open_table, read_history
from sqtool.store._tables import BUCKET, BUCKETED, bucket_of, from_stored


class Store:
    """One state of a store, open for reading.

    Args:
        place: Where it is.
        history: Its changes.
        versions: Versions of its tables; those of the newest change if None.
    """

    def __init__(
        self, place: Place, history: History, versions: dict[str, int] | None = None
    ) -> None:
        self.place = place
        self.history = history
        self.versions = versions or history.state.versions

    @classmethod
    def open(cls, given: str | None = None) -> "Store":
        """Open a store.

        Args:
            given: Folder or URL; else ``SQTOOL_STORE``, else the user's own.

        Raises:
            UsageError: If there is none.
        """
        place = Place.of(given)
        history = read_history(place)
        if history is None:
            raise no_store(place)
        return cls(place, history)

    def scan(
        self,
        name: str,
        chats: Sequence[str] | None = None,
        *,
        columns: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> pl.LazyFrame:
        """Return a table lazily, in the program's types; no order is promised.

        Args:
            name: The table.
            chats: Only these chats.
            columns: Only these columns.
            since: Only messages from then on.
        """
        rows = self.raw(name)
        if chats is not None:
            if name in BUCKETED:
                rows = rows.filter(pl.col(BUCKET).is_in({bucket_of(chat_id) for chat_id in chats}))
            one = len(chats) == 1
            rows = rows.filter(
                pl.col("chat_id") == chats[0] if one else pl.col("chat_id").is_in(chats)
            )
        if since is not None:
            rows = rows.filter(pl.col("sent_at") >= since)
        return from_stored(name, rows, columns)

    def raw(self, name: str) -> pl.LazyFrame:
        """Return a table as it lies on disk."""
        return pl.scan_delta(open_table(self.place, name, self.versions[name]))

    @cached_property
    def chats(self) -> pl.DataFrame:
        """All chats, with key, strong, messages, first_at, last_at; sorted by id."""
        return self.scan("chats").collect().sort("chat_id")

    def find(self, wanted: str) -> list[str]:
        """Return the ids of the chats of this id, number or name.

        Raises:
            UsageError: If there is none.
        """
        from difflib import get_close_matches

        for column in ("chat_id", "key", "name"):
            found = self.chats.filter(pl.col(column) == wanted)["chat_id"].to_list()
            if found:
                return found
        names = self.chats["name"].drop_nulls().to_list()
        close = get_close_matches(wanted, names, 1)
        shown = ", ".join(names[:20]) + (f" … (+{len(names) - 20})" if len(names) > 20 else "")
        hint = t(f"did you mean {close[0]}?", f"是不是 {close[0]}?") if close else shown
        raise UsageError(
            t(f"no chat named {wanted} in the store", f"存储库里没有叫「{wanted}」的群"), hint=hint
        )

    def latest(self) -> tuple[datetime, Literal["export", "newest"]]:
        """Return T as the groups of the store tell it: one for all of them."""
        groups = self.chats.filter(pl.col("kind") != "private")
        return newest_of(*groups.select(pl.max("exported_at"), pl.max("last_at")).row(0))

    def dataset(
        self,
        chats: Sequence[str] | None = None,
        *,
        now: datetime | None = None,
        tz: ZoneInfo | None = None,
        lists: pl.DataFrame | None = None,
        since: datetime | None = None,
    ) -> Dataset:
        """Return chats as metrics want them: with member lists, tags, and aliases applied.

        Args:
            chats: Their ids; all if None.
            now: T, aware; that of the store if None.
            tz: Zone of T's day; UTC if None.
            lists: More member lists (``SNAPSHOTS``).
            since: Leave out older messages, where a metric looks back a bounded time only.
        """
        messages = self.scan("messages", chats, columns=list(MESSAGES), since=since)
        if chats is not None and len(chats) == 1:
            messages = messages.sort("sent_at", "ordinal")
        data = Dataset(
            self.scan("chats", chats, columns=list(CHATS)),
            self.scan("members", chats),
            messages,
            self.issues(chats),
            self.files(chats),
            self.scan("tags", chats).collect(),
        )
        snapshots = self.scan("rosters", chats).collect()
        if lists is not None:
            snapshots = pl.concat([snapshots, lists])
        if snapshots.height:
            data = with_lists(data, snapshots, now or self.latest()[0], tz or ZoneInfo("UTC"))
        aliases = self.scan("aliases").collect()
        return apply_aliases(data, aliases) if aliases.height else data

    def files(self, chats: Sequence[str] | None = None) -> pl.DataFrame:
        """Return ``IMPORTS`` of all files in force, or of those that some chats came from."""
        return self._of_files("files", IMPORTS, chats)

    def issues(self, chats: Sequence[str] | None = None) -> pl.DataFrame:
        """Return ``ISSUES`` of all files in force, or of those that some chats came from."""
        return self._of_files("issues", ISSUES, chats)

    def _of_files(self, name: str, schema: pl.Schema, chats: Sequence[str] | None) -> pl.DataFrame:
        rows = self.scan(name, columns=["import_id", *schema])
        if chats is not None:
            sources = self.scan("chats", chats, columns=["source"]).collect()["source"]
            files = sources.str.split("; ").explode().unique().drop_nulls().to_list()
            # The range finds the row groups; the names alone would read them all.
            between = pl.col("file").is_between(
                pl.lit(min(files, default="")), pl.lit(max(files, default=""))
            )
            rows = rows.filter(between & pl.col("file").is_in(files))
        return rows.collect().sort("import_id", maintain_order=True).drop("import_id")
