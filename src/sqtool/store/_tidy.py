"""Taking tables back to what a state says, and deleting the files that no state needs."""

import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import DeltaError

from sqtool.store._failures import damaged, failed, hushed, remove
from sqtool.store._place import Place
from sqtool.store._state import IMPORTS, KEPT_STATES, History, open_table, read_history

ALONE: Final = CommitProperties(max_commit_retries=0)
"""Never try again on top of somebody else's change: where there are no locks, it was not ours."""
_DATA: Final = re.compile(r"part-\d+-[0-9a-f-]{36}-c\d+(\.\w+)?\.parquet(#\d+)?")
_UNFINISHED: Final = re.compile(r"_commit_.*\.tmp|.+#\d+")


def recover(place: Place, history: History) -> dict[str, DeltaTable]:
    """Bring the tables to what the newest change says; a writer that died may have left them ahead.

    Args:
        place: The store; nobody else writes to it.
        history: Its changes.

    Returns:
        The tables at their newest version, which has the content of the state.
    """
    versions = history.state.versions
    dirty = place.mark is not None and place.mark.exists()
    if dirty:
        # First, for the disk may be full of what the dead writer left.
        sweep(place, history)
    tables = {name: open_table(place, name) for name in versions}
    for name, table in tables.items():
        take_back(place, name, table, versions[name])
    if dirty:
        drop_marks(place)
    return tables


def take_back(place: Place, name: str, table: DeltaTable, version: int) -> None:
    """Give a table the content it had at a version.

    Raises:
        UnreadableError: If files of that version are gone.
    """
    if table.version() == version:
        return
    wanted = open_table(place, name, version)
    if table.schema() == wanted.schema() and set(table.file_uris()) == set(wanted.file_uris()):
        return  # taken back already, by somebody who changed nothing then
    try:
        with hushed():
            table.restore(version, commit_properties=ALONE)
    except DeltaError as error:
        if "missing file" in str(error):
            raise damaged(place, str(failed(place, error))) from error
        raise


def sweep(place: Place, history: History) -> None:
    """Delete the files that no state in reach of an undo needs.

    Args:
        place: The store; nobody else writes to it.
        history: Its changes.
    """
    states = history.states(KEPT_STATES)
    wanted = {name: {state.versions[name] for state in states} for name in history.state.versions}
    if place.folder is None:
        for name, versions in wanted.items():
            table = open_table(place, name)
            # Another writer may be at work, so files of the last days stay (a week by default).
            table.vacuum(
                dry_run=False,
                full=True,
                keep_versions=sorted({*versions, table.version()}),
                commit_properties=ALONE,
            )
        return
    for name, versions in {**wanted, IMPORTS: {history.version}}.items():
        _sweep_folder(place, name, versions)


def sweep_after(place: Place) -> None:
    """Delete what a change has superseded, while its mark is there: who dies here is swept after.

    The change holds, whatever becomes of this: what is left over waits for the next time.
    """
    with suppress(Exception), hushed():
        history = read_history(place)
        if history is not None:
            sweep(place, history)


def _sweep_folder(place: Place, name: str, versions: set[int]) -> None:
    # Not by a vacuum: it passes over files that were not written to the end, would delete files
    # that are not ours, and is a commit by itself.
    folder = Path(place.table(name))
    kept: set[str] = set()
    for version in versions:
        table = open_table(place, name, version, whole=False)
        kept.update(Path(uri).name for uri in table.file_uris())
    for path in folder.rglob("part-*.parquet*"):
        if _DATA.fullmatch(path.name) and path.name not in kept:
            remove(path)
    for path in (folder / "_delta_log").iterdir():
        if _UNFINISHED.fullmatch(path.name):
            remove(path)


def drop_marks(place: Place) -> None:
    """Say that nobody writes, and that there is nothing to tidy up."""
    if place.spool is not None:
        shutil.rmtree(place.spool, ignore_errors=True)
    if place.mark is not None:
        place.mark.unlink(missing_ok=True)
