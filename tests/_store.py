"""What tests of the store share: exports of invented chats, digests, what lies on disk."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

import sqtool
from sqtool.reading import Request
from sqtool.store._change import changing
from sqtool.store._place import Place
from sqtool.store._state import IMPORTS, KEPT_STATES, open_table, read_history
from sqtool.store._tables import CONTENT
from sqtool.store.importing import Imported, import_files
from sqtool.store.store import Store

SOURCES = Path(sqtool.__file__).parent.parent
START = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
RULE = "=" * 64
HEAD = (
    "消息记录（此消息记录为文本格式，不支持重新导入）\r\n\r\n{rule}\r\n消息分组:我的QQ群\r\n{rule}\r\n"
    "消息对象:{title}\r\n{rule}\r\n\r\n"
)


def qq_file(
    path: Path, days: Iterable[int], *, title: str = "读书会", renamed: bool = False
) -> Path:
    """Write a QQ export: on each day three people say one thing each."""
    text = HEAD.format(rule=RULE, title=title)
    for day in days:
        for number, name in enumerate(("小林", "阿强", "米粒")):
            at = START + timedelta(days=day, minutes=number)
            shown = f"新{name}" if renamed else name
            text += f"{at:%Y-%m-%d} {at.hour}:{at:%M:%S} {shown}(1000{number + 1})\r\n"
            text += f"第{day}天第{number}句\r\n\r\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def exports(folder: Path, days: Iterable[int], chats: int = 3, *, renamed: bool = False) -> Path:
    """Write a folder with an export of each of some chats."""
    days = list(days)
    for number in range(chats):
        qq_file(folder / f"群{number}.txt", days, title=f"群{number}", renamed=renamed)
    return folder


def bring(place: Place, source: Path) -> Imported:
    """Import a file or folder."""
    return import_files(place, Request(source))


def alias(place: Place, number: int) -> None:
    """Make a small change: one row of ``aliases``."""
    with changing(place, create=True) as change:
        rows = {"platform": "qq", "chat_id": None, "other_id": str(number), "member_id": "1"}
        change.append("aliases", pl.DataFrame([rows], schema=CONTENT["aliases"]))
        change.finish("alias")


def only_alias(place: Place, number: int) -> None:
    """Make a small change: another row in the place of all of ``aliases``."""
    with changing(place, create=True) as change:
        rows = {"platform": "qq", "chat_id": None, "other_id": str(number), "member_id": "1"}
        change.replace("aliases", pl.DataFrame([rows], schema=CONTENT["aliases"]))
        change.finish("alias")


def aliases(place: Place) -> list[str]:
    """Return what ``alias`` put in."""
    return sorted(Store.open(place.address).scan("aliases").collect()["other_id"], key=int)


def digest(place: Place) -> dict[str, list[int]] | None:
    """Return something equal for stores with equal rows; None where there is no store."""
    if read_history(place, any_schema=True) is None:
        return None
    store = Store.open(place.address)
    return {
        name: store.scan(name).collect().hash_rows().sort().to_list()
        for name in store.history.state.versions
    }


def on_disk(place: Place) -> set[str]:
    """Return the data files of a store, and whatever else should not stay."""
    assert place.folder is not None
    kept = {"sqtool.lock", *CONTENT, IMPORTS}
    strays = {path.name for path in place.folder.iterdir()} - kept
    for path in place.folder.rglob("*"):
        inside = path.relative_to(place.folder).parts
        if path.is_file() and len(inside) > 1:
            log = inside[1] == "_delta_log"
            if not log or (path.suffix not in {".json", ".parquet"} and path.name[0] != "_"):
                strays.add(path.name)
    return strays


def in_reach(place: Place) -> set[str]:
    """Return the data files of the states that an undo may lead to."""
    history = read_history(place)
    assert history is not None
    names = {Path(uri).name for uri in open_table(place, IMPORTS).file_uris()}
    for state in history.states(KEPT_STATES):
        for name, version in state.versions.items():
            names |= {Path(uri).name for uri in open_table(place, name, version).file_uris()}
    return names


def told(place: Place) -> dict[str, object]:
    """Return the newest row of ``imports`` without what differs from run to run."""
    history = read_history(place)
    assert history is not None
    row = history.rows.row(-1, named=True)
    return {name: row[name] for name in row if name not in {"at", "versions"}}


@contextmanager
def process(
    code: str, *words: str | Path, before: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Run Python code in a process of its own, which can import what tests can.

    Args:
        code: The code.
        words: Its arguments.
        before: Words before the command: another program that runs it.
    """
    paths = [str(SOURCES), str(Path(__file__).parent.parent)]
    start = f"import sys; sys.path[:0] = {paths!r}\n"
    child = subprocess.Popen(
        [*before, sys.executable, "-c", start + code, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()
