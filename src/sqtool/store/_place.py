"""Where a store is: a folder, or an address that delta-rs understands (s3://, az://, gs:// …)."""

from dataclasses import dataclass
from pathlib import Path

from sqtool.places import store_place


@dataclass(frozen=True)
class Place:
    """The address of a store.

    Args:
        address: Folder or URL, without a slash at the end.
    """

    address: str

    @classmethod
    def of(cls, given: str | None = None) -> "Place":
        """Return what ``--store`` names, else ``SQTOOL_STORE``, else the user's own store."""
        address = given or store_place()
        return cls(address.rstrip("/\\") if "://" in address else str(Path(address).absolute()))

    @property
    def folder(self) -> Path | None:
        """The folder, or None if it is not on this machine."""
        return None if "://" in self.address else Path(self.address)

    def table(self, name: str) -> str:
        """Return the address of a table."""
        return str(self.folder / name) if self.folder is not None else f"{self.address}/{name}"
