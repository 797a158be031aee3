"""Bringing what was written to the disk itself, so that a laptop may lose its power.

Neither delta-rs nor the operating system does it: the row of ``imports`` might be on the disk and
a file that it relies on not yet.
"""

import os
from contextlib import suppress
from pathlib import Path

from deltalake import DeltaTable

from sqtool.store._place import Place


def settle(place: Place, name: str, table: DeltaTable, version: int, files: set[str]) -> None:
    """Wait until the newest files of a table are on the disk.

    Args:
        place: The store.
        name: The table.
        table: The table.
        version: Its version some time ago.
        files: Its files then.

    Raises:
        OSError: If the disk refuses them.
    """
    if place.folder is None:
        return
    log = place.folder / name / "_delta_log"
    commits = [log / f"{number:020}.json" for number in range(version + 1, table.version() + 1)]
    written = [*(Path(uri) for uri in set(table.file_uris()) - files), *commits]
    for path in written:
        _sync(path, os.O_RDWR)
    # The name of a file is in its folder. Windows has no way to ask for that, nor some networks.
    for folder in {path.parent for path in written}:
        with suppress(OSError):
            _sync(folder, os.O_RDONLY)


def _sync(path: Path, mode: int) -> None:
    handle = os.open(path, mode | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
