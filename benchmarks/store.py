"""Time the store: import, import again, daily speakers, one chat out of many, weekly growth.

Usage: python benchmarks/store.py [--messages 2000000] [--rounds 3] [--chats 300] [--weeks 52]
    [--a-week 40] [--only import,daily,archive] [--keep STORE]

``import`` and ``daily`` work on a file of ``make_qq.py``, ``archive`` on a store of
``make_archive.py``; with ``--keep`` it is written there and stays, or is taken as it is. Every
figure of ``import`` and ``archive`` is from a process of its own; ``rows of the file`` are read by
the parser alone, which is what an import is measured by.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _side_by_side import Program
from make_archive import Archive, held, write

_HERE = Path(__file__).parent
_SETUP = """
import sqtool.store.importing
from pathlib import Path
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS
from sqtool.pipeline import Request
from sqtool.store._place import Place
list(PARSERS)
"""
_PARSE = """
parser = PARSERS.get("qq-txt")
batches = list(parser.parse(Export(Path(sys.argv[1])), IssueLog()))
rows = sum(batch.messages.height for batch in batches)
"""
_IMPORT = """
done = sqtool.store.importing.import_files(Place.of({store!r}), Request(sys.argv[1]))
rows = sum(chat.new for chat in done.chats)
"""
_ONE_MORE = "\r\n2026-02-01 10:00:00 书友1号(100037)\r\n晚上一起读\r\n\r\n"

_DAILY = """
import sys, time
from sqtool.context import Context
from sqtool.metrics.activity import METRIC
from sqtool.store.store import Store
for _ in range(int(sys.argv[2]) + 1):
    started = time.perf_counter()
    data = Store.open(sys.argv[1]).dataset()
    days = METRIC.table("daily").compute(data, Context.of(data)).collect()
    print(f"{time.perf_counter() - started:.3f} s, {days['messages'].sum()} messages")
"""

_ONE_CHAT = """
import sys, time
sys.path.insert(0, {here!r})
from _side_by_side import bytes_read
from sqtool.store._state import open_table
from sqtool.store.store import Store
import polars as pl
def read():
    began, started = bytes_read(), time.perf_counter()
    store = Store.open(sys.argv[1])
    chat_id = store.find(sys.argv[2])[0]
    data = store.dataset([chat_id])
    rows = data.messages.collect().height
    data.members.collect(), data.chats.collect()
    return time.perf_counter() - started, bytes_read() - began, rows
first, best = read(), min(read() for _ in range(4))
store = Store.open(sys.argv[1])
files = [pl.DataFrame(open_table(store.place, *one).get_add_actions())
         for one in store.versions.items()]
size = sum(rows["size_bytes"].sum() for rows in files)
count = sum(rows.height for rows in files)
print(f"one chat of {store.chats.height}: {best[0]:.3f} s (first time {first[0]:.3f} s), "
      f"{best[2]} messages, read {best[1] / 1e6:.2f} MB of {size / 1e6:.1f} MB "
      f"in {count} files: {best[1] / size:.2%}")
"""

_COMPACT = """
import sys, time, resource
from sqtool.store._place import Place
from sqtool.store.upkeep import compact
started = time.perf_counter()
before, after = compact(Place.of(sys.argv[1]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"compact: {time.perf_counter() - started:.1f} s, peak {peak:.0f} MB, "
      f"{before} data files before, {after} after (what undo may need included)")
"""


def imports(file: Path, folder: Path, rounds: int) -> Path:
    """Print what importing takes beside parsing alone; return the store it leaves."""
    more = folder / "more" / file.name
    more.parent.mkdir()
    more.write_bytes(file.read_bytes() + _ONE_MORE.encode())
    taken: dict[str, list[float]] = {}
    store = folder / "store"
    for number in range(rounds):
        store = folder / f"store-{number}"
        bring_in = _IMPORT.format(store=str(store))
        alone = 1.0
        for name, work, source in (
            ("rows of the file", _PARSE, file),
            ("import", bring_in, file),
            ("the same file again", bring_in, file),
            ("one message more", bring_in, more),
        ):
            seconds, peak, rows = Program(name, _SETUP, work).run(source)
            alone = seconds if work == _PARSE else alone
            taken.setdefault(name, []).append(seconds / alone)
            print(
                f"{name:20} {seconds:6.2f} s  {seconds / alone:5.2f} x  peak {peak:5.0f} MB"
                f"  {rows} rows",
                flush=True,
            )
    for name, ratios in taken.items():
        print(f"{name}: {statistics.median(ratios):.2f} times parsing alone (median of {rounds})")
    return store


def daily(store: Path, rounds: int) -> None:
    """Print what daily speakers over the whole store take, in one process, first call apart."""
    first, *later = _run(_DAILY, store, rounds).splitlines()
    print(f"daily speakers: first call {first}; then " + "; ".join(later))


def archive(store: Path, chats: int) -> None:
    """Print what reading one chat takes before and after compaction, and what that takes."""
    one = f"读书会{chats // 3}群"
    read_one = _ONE_CHAT.replace("{here!r}", repr(str(_HERE)))
    print(_run(read_one, store, one))
    print(_run(_COMPACT, store))
    print(_run(read_one, store, one))
    files, size = held(store)
    print(f"on disk: {files} files, {size:,.0f} MB")


def _run(code: str, *args: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        check=True, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    return done.stdout.strip()


def main() -> None:
    """Print the figures asked for."""
    args = argparse.ArgumentParser()
    args.add_argument("--messages", type=int, default=2_000_000)
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--chats", type=int, default=300)
    args.add_argument("--weeks", type=int, default=52)
    args.add_argument("--a-week", type=float, default=40)
    args.add_argument("--only", default="import,daily,archive")
    args.add_argument("--keep", type=Path)
    given = args.parse_args()
    wanted = given.only.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "import" in wanted or "daily" in wanted:
            file = folder / "qq.txt"
            script = _HERE / "make_qq.py"
            subprocess.run(
                [sys.executable, script, file, "--messages", str(given.messages)], check=True
            )
            store = imports(file, folder, given.rounds)
            if "daily" in wanted:
                daily(store, given.rounds)
        if "archive" in wanted:
            store = (given.keep or folder / "archive").absolute()
            if not store.exists():
                started = time.perf_counter()
                done = write(store, Archive(given.chats, given.a_week), given.weeks)
                files, size = held(store)
                print(
                    f"{done:,} messages of {given.chats:,} chats in {given.weeks} weeks: "
                    f"{time.perf_counter() - started:.0f} s, {files:,} files, {size:,.0f} MB"
                )
            archive(store, given.chats)


if __name__ == "__main__":
    main()
