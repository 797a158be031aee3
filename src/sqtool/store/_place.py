"""Where a store is: a folder, or an address that delta-rs understands (s3://, az://, gs:// …)."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.places import store_place

# Names that no file of anybody else has: a store may be given a folder with other things in it.
_LOCK, _WRITING, _SPOOL = "sqtool.lock", "sqtool.writing", "sqtool.spool"
_IMPOSSIBLE: Final = re.compile(r"[\[\]^|=]|%[0-9A-Fa-f]{2}" + (r"|\\" if os.sep == "/" else ""))
"""What delta-rs takes for something else in a path."""


@dataclass(frozen=True)
class Place:
    """The address of a store.

    Args:
        address: Folder or URL, without a slash at the end.
    """

    address: str

    @classmethod
    def of(cls, given: str | None = None) -> "Place":
        """Return what ``--store`` names, else ``SQTOOL_STORE``, else the user's own store.

        Raises:
            UsageError: If no store can be in a folder of this name.
        """
        address = given or store_place()
        if address.startswith("file://"):  # a folder as any other, with its lock
            address = url2pathname(urlsplit(address).path)
        if "://" in address:
            return cls(address.rstrip("/\\"))
        folder = str(Path(address).absolute())
        if _IMPOSSIBLE.search(folder):
            raise UsageError(
                t("a store's folder cannot have [ ] ^ | = or %20 and the like in its path",
                  "存储库的路径里不能有 [ ] ^ | = 或 %20 这样的字符"),
                where=folder,
                hint="--store",
            )  # fmt: skip
        return cls(folder)

    @property
    def folder(self) -> Path | None:
        """The folder, or None if it is not on this machine."""
        return None if "://" in self.address else Path(self.address)

    def table(self, name: str) -> str:
        """Return the address of a table."""
        return str(self.folder / name) if self.folder is not None else f"{self.address}/{name}"

    @property
    def lock(self) -> Path | None:
        """The file that one writer at a time holds; None if there are no locks."""
        return self._file(_LOCK)

    @property
    def mark(self) -> Path | None:
        """The file that is there while somebody writes, and after one died."""
        return self._file(_WRITING)

    @property
    def spool(self) -> Path | None:
        """The folder where rows wait while somebody writes; None for that of the system."""
        return self._file(_SPOOL)

    def _file(self, name: str) -> Path | None:
        return self.folder / name if self.folder is not None else None
