"""The store: one writer, changes taken back, damage told; what a crash does is beside this."""

import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from deltalake import Field, write_deltalake
from deltalake.exceptions import DeltaError
from deltalake.schema import PrimitiveType

from sqtool.errors import SqtoolError, UnreadableError, UsageError
from sqtool.store import _change, _compaction, _state, upkeep
from sqtool.store._change import Change, changing
from sqtool.store._failures import failed
from sqtool.store._place import Place
from sqtool.store._state import IMPORTS, KEPT_STATES, open_table, read_history
from sqtool.store._tables import CONTENT, SCHEMA_VERSION, bucket_of
from sqtool.store.history import changes, undo
from sqtool.store.store import Store
from sqtool.store.upkeep import compact, describe, migrate
from tests._store import (
    alias,
    aliases,
    bring,
    digest,
    exports,
    in_reach,
    on_disk,
    only_alias,
    process,
    qq_file,
)

IMPORT = """
from sqtool.pipeline import Request
from sqtool.store._place import Place
from sqtool.store.importing import import_files
print("begins", flush=True)
done = import_files(Place.of(sys.argv[1]), Request(sys.argv[2]))
print(done.id, sum(chat.new for chat in done.chats))
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.of(str(tmp_path / "store"))


def data_files(place: Place, name: str) -> list[Path]:
    assert place.folder is not None
    return sorted((place.folder / name).rglob("part-*.parquet"))


# Where a store may be


@pytest.mark.parametrize("name", ["读书会 store", "50% off", "a#1", "{x}", "Application Support"])
def test_a_store_may_be_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    place = Place.of(str(tmp_path / name))
    bring(place, qq_file(tmp_path / "a.txt", range(3)))
    bring(place, qq_file(tmp_path / "b.txt", range(2, 5), renamed=True))
    compact(place)
    assert Store.open(place.address).scan("messages").collect().height == 15
    undo(place)
    assert Store.open(place.address).scan("messages").collect().height == 9


@pytest.mark.parametrize("name", ["a[1]", "a%20b", "a|b", "a=b"])
def test_a_folder_name_that_delta_cannot_have_is_told_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot have"):
        Place.of(str(tmp_path / name))


def test_a_file_url_is_a_folder_with_its_lock(tmp_path: Path) -> None:
    place = Place.of((tmp_path / "my store").as_uri())
    assert place.folder == tmp_path / "my store"


def test_where_there_is_no_store_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    place = Place.of(str(tmp_path))
    for use in (lambda: Store.open(place.address), lambda: undo(place), lambda: compact(place)):
        with pytest.raises(UsageError, match="no store yet"):
            use()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["messages", "imports"])
def test_a_folder_of_somebody_else_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    store = tmp_path / "store"
    mine = store / name / "part-00000-0a1b2c3d-0000-0000-0000-000000000000-c000.parquet"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    place = Place.of(str(store))
    with pytest.raises(UsageError, match=f"{name} is something else"):
        bring(place, qq_file(tmp_path / "a.txt", range(3)))
    assert [path for path in store.rglob("*") if path.is_file()] == [mine]


def test_a_delta_table_of_somebody_else_is_refused(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path / "store" / "chats"), pl.DataFrame({"mine": [1]}))
    with pytest.raises(UsageError, match="chats is something else"):
        bring(Place.of(str(tmp_path / "store")), qq_file(tmp_path / "a.txt", range(3)))


def test_files_of_others_beside_and_in_the_tables_are_never_deleted(
    place: Place, tmp_path: Path
) -> None:
    alias(place, 1)
    assert place.folder is not None
    assert place.mark is not None
    mine = [place.folder / "lock", place.folder / "messages" / "part-of-mine.parquet",
            place.folder / "chats" / "notes.txt"]  # fmt: skip
    for path in mine:
        path.write_text("mine")
    place.mark.touch()
    alias(place, 2)
    compact(place)
    assert [path.read_text() for path in mine] == ["mine"] * 3


# One writer


def test_a_second_importer_waits_while_readers_see_the_state_before(
    place: Place, tmp_path: Path
) -> None:
    bring(place, qq_file(tmp_path / "one.txt", range(4), title="群1"))
    before = digest(place)
    two = qq_file(tmp_path / "two.txt", range(6), title="群2")
    with changing(place) as change:
        change.forget("messages", Store.open(place.address).chats["chat_id"].to_list())
        child = process(IMPORT, place.address, two)
        with child as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == "begins\n"
            time.sleep(1)
            assert waiting.poll() is None
            assert digest(place) == before
    # Never finished: what was forgotten is there again, and the lock is free.
    assert digest(place) == before
    with process(IMPORT, place.address, two) as other:
        assert other.communicate()[0].split("\n")[1] == "2 18"


def test_two_importers_at_once_do_what_one_after_the_other_does(tmp_path: Path) -> None:
    one = exports(tmp_path / "one", range(5))
    two = exports(tmp_path / "two", range(3, 8), renamed=True)
    orders = []
    for name, order in (("a", (one, two)), ("b", (two, one))):
        place = Place.of(str(tmp_path / name))
        for source in order:
            bring(place, source)
        orders.append(digest(place))
    for name, pair in (("c", (one, two)), ("d", (one, one))):
        place = Place.of(str(tmp_path / name))
        with (
            process(IMPORT, place.address, pair[0]) as first,
            process(IMPORT, place.address, pair[1]) as second,
        ):
            told = sorted(child.communicate()[0].split("\n")[1] for child in (first, second))
            assert (first.returncode, second.returncode) == (0, 0)
        if pair[0] != pair[1]:
            assert digest(place) in orders
            assert [line.split()[0] for line in told] == ["1", "2"]
        else:
            assert told == ["1 45", "None 0"]
        assert on_disk(place) == in_reach(place)


def test_the_lock_of_a_dead_process_is_free(place: Place, tmp_path: Path) -> None:
    source = qq_file(tmp_path / "a.txt", range(4))
    code = """
from sqtool.store._change import changing
from sqtool.store._place import Place
import time
with changing(Place.of(sys.argv[1]), create=True):
    print("inside", flush=True)
    time.sleep(600)
"""
    with process(code, place.address) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "inside\n"
        child.kill()
        child.wait()
    begun = time.monotonic()
    assert bring(place, source).chats[0].new == 12
    assert time.monotonic() - begun < 30


def test_a_writer_that_waits_too_long_gives_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias(place, 1)
    monkeypatch.setattr(_change, "WAIT_SECONDS", 0.2)
    with changing(place), pytest.raises(UsageError, match="another import is still running"):
        alias(place, 2)


def test_without_locks_the_second_of_two_writers_is_told_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    # As on an object store: an address with :// has no folder, so no lock.
    place = Place((tmp_path / "store").as_uri())
    alias(place, 1)
    row = pl.DataFrame([{"platform": "qq", "other_id": "8", "member_id": "1"}])
    frame = row.with_columns(chat_id=pl.lit(None, pl.String)).select(CONTENT["aliases"].names())
    with changing(place) as slow:
        slow.append("aliases", frame)
        # Takes the rows of the slow one for those of a dead one, and takes them back.
        alias(place, 2)
        with pytest.raises(UsageError, match="another process"):
            slow.append("aliases", frame)
        with pytest.raises(UsageError, match="another process"):
            slow.finish("alias")
    assert aliases(place) == ["1", "2"]
    alias(place, 3)
    compact(place)
    assert aliases(place) == ["1", "2", "3"]
    undo(place, 2)
    assert aliases(place) == ["1"]


# Failures


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system which file was meant")
def test_what_a_change_wrote_is_on_the_disk_before_its_row_is(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(place, qq_file(tmp_path / "a.txt", range(4)))
    assert place.folder is not None
    before = set(place.folder.rglob("*"))
    synced: list[Path] = []
    rows: list[int] = []

    def record(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        history = read_history(place)
        assert history is not None
        rows.append(history.state.id)

    monkeypatch.setattr(os, "fsync", record)
    bring(place, qq_file(tmp_path / "b.txt", range(3, 9), renamed=True))
    new = {path for path in place.folder.rglob("*") if path.is_file()} - before
    log = {path for path in new if IMPORTS in path.parts}
    files = dict(zip(synced, rows, strict=True))
    assert new - set(files) == set()
    assert {files[path] for path in new - log} == {1}
    assert {files[path] for path in log} == {2}


def forget(change: Change, chats: list[str]) -> None:
    change.forget("messages", chats)
    raise UnicodeEncodeError("utf-8", "", 0, 1, "as odd a failure as any")


def test_a_failed_change_leaves_nothing_behind(place: Place, tmp_path: Path) -> None:
    bring(place, qq_file(tmp_path / "a.txt", range(4)))
    before, files = digest(place), on_disk(place)
    chats = Store.open(place.address).chats["chat_id"].to_list()
    with pytest.raises(UnicodeEncodeError), changing(place) as change:
        forget(change, chats)
    assert digest(place) == before
    assert on_disk(place) == files == in_reach(place)


def test_a_panic_of_rust_is_one_line(place: Place) -> None:
    alias(place, 1)
    # It is no Exception, and cannot be imported.
    panic = type("PanicException", (BaseException,), {})
    with pytest.raises(UnreadableError) as told, changing(place):
        raise panic("called Option::unwrap() on 'the text of somebody'\nstack backtrace: ...")
    assert "\n" not in str(told.value)
    assert "somebody" not in str(told.value)
    assert aliases(place) == ["1"]


LIMITED = """
import resource, signal
from pathlib import Path
from sqtool.errors import UsageError
from sqtool.pipeline import Request
from sqtool.store._place import Place
from sqtool.store.importing import import_files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    import_files(Place.of(sys.argv[1]), Request(sys.argv[2]))
except UsageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("limit", [600, 5_000])
def test_a_write_that_is_refused_is_one_line_and_the_next_import_succeeds(
    tmp_path: Path, limit: int
) -> None:
    place, other = Place.of(str(tmp_path / "store")), Place.of(str(tmp_path / "other"))
    one = exports(tmp_path / "one", range(5))
    two = exports(tmp_path / "two", range(3, 90), chats=9)
    for each in (place, other):
        bring(each, one)
    bring(other, two)
    before = digest(place)
    with process(LIMITED, place.address, two, str(limit)) as child:
        said, complained = child.communicate()
    assert "the store cannot be written (File too large)" in said
    assert said.count("\n") == 1
    assert complained == ""
    assert digest(place) == before
    bring(place, two)
    assert digest(place) == digest(other)
    assert on_disk(place) == in_reach(place)


READ_ONLY = """
place = Place.of(str(disk / "store"))
bring(place, sources / "one")
before = digest(place)
mount("-o", "remount,ro", disk)
assert digest(place) == before
for use in (lambda: bring(place, sources / "two"), lambda: undo(place), lambda: compact(place)):
    say(use)
mount("-o", "remount,rw", disk)
bring(place, sources / "two")
undo(place)
assert digest(place) == before
"""
FULL = """
import os
other = Place.of(str(sources / "other"))
for name in ("one", "two"):
    bring(other, sources / name)
for free in [0, *range(8, 160, 8)]:
    place = Place.of(str(disk / f"store{free}"))
    bring(place, sources / "one")
    before = digest(place)
    with open(disk / "rest", "wb") as rest:
        there = os.statvfs(disk)
        rest.write(bytes(there.f_bavail * there.f_frsize - free * 1024))
    failed = say(lambda: bring(place, sources / "two"))
    (disk / "rest").unlink()
    if failed:
        assert digest(place) == before, free
        bring(place, sources / "two")
    assert digest(place) == digest(other), free
    assert on_disk(place) == in_reach(place), free
    shutil.rmtree(place.address)
"""
ON_A_DISK = """
import shutil, subprocess, sys
from pathlib import Path
from sqtool import spool
from sqtool.errors import UsageError
from sqtool.store._place import Place
from sqtool.store.history import undo
from sqtool.store.upkeep import compact
from tests._store import bring, digest, in_reach, on_disk

def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True)

def say(use):
    try:
        use()
    except UsageError as error:
        print(error)
        return True

spool.MEMORY_ROWS, spool.SHORT_ROWS = 100, 10  # rows wait on the same disk
disk, sources = map(Path, sys.argv[1:])
mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", disk)
"""


def on_a_disk(folder: Path, code: str) -> list[str]:
    """Run code with a small disk of its own, which goes with it; return what it says."""
    disk = folder / "disk"
    disk.mkdir()
    try_it = ["mount", "-t", "tmpfs", "tmpfs", str(disk)]
    ways = (["unshare", "-m"], ["unshare", "-Urm"])  # as root, or as somebody else
    way = next(w for w in ways if subprocess.run([*w, *try_it], check=False).returncode == 0)
    exports(folder / "one", range(5))
    exports(folder / "two", range(3, 90), chats=9)
    with process(ON_A_DISK + code, disk, folder, before=way) as child:
        said, complained = child.communicate()
    assert complained == ""
    assert child.returncode == 0
    return said.splitlines()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="mounts are of another kind there")
def test_a_store_that_cannot_be_written_is_read_and_refuses_changes(tmp_path: Path) -> None:
    said = on_a_disk(tmp_path, READ_ONLY)
    where = tmp_path / "disk" / "store"
    assert said == [f"{where}: cannot be written (Read-only file system)"] * 3


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="mounts are of another kind there")
def test_on_a_full_disk_the_store_is_as_before_and_then_the_import_succeeds(tmp_path: Path) -> None:
    said = on_a_disk(tmp_path, FULL)
    assert len(said) >= 10
    assert all("no space left on the disk" in line or "No space left" in line for line in said)


# Damage


def test_a_missing_file_is_told_before_anything_is_done(place: Place, tmp_path: Path) -> None:
    bring(place, qq_file(tmp_path / "a.txt", range(4)))
    (gone,) = data_files(place, "messages")
    whole = gone.read_bytes()
    gone.unlink()
    store = Store.open(place.address)
    with pytest.raises(UnreadableError, match="1 files of the table messages are missing"):
        store.scan("messages")
    with pytest.raises(UnreadableError, match="messages are missing"):
        bring(place, qq_file(tmp_path / "b.txt", range(9)))
    gone.write_bytes(whole)
    assert bring(place, tmp_path / "b.txt").chats[0].new == 15


@pytest.mark.parametrize("name", ["messages", "chats", IMPORTS])
def test_a_log_that_is_cut_off_is_told(place: Place, tmp_path: Path, name: str) -> None:
    bring(place, qq_file(tmp_path / "a.txt", range(4)))
    assert place.folder is not None
    last = max((place.folder / name / "_delta_log").glob("*.json"))
    whole = last.read_bytes()
    last.write_bytes(whole[:60])
    with pytest.raises(UnreadableError, match=f"the table {name} cannot be opened"):
        Store.open(place.address).scan(name)
    with pytest.raises(UnreadableError, match=f"the table {name} cannot be opened"):
        bring(place, qq_file(tmp_path / "b.txt", range(9)))
    last.write_bytes(whole)
    assert bring(place, tmp_path / "b.txt").chats[0].new == 15


def test_a_data_file_that_is_no_parquet_is_told_without_a_traceback(
    place: Place, tmp_path: Path
) -> None:
    bring(place, qq_file(tmp_path / "a.txt", range(4)))
    (broken,) = data_files(place, "messages")
    broken.write_bytes(broken.read_bytes()[:100])
    with pytest.raises(UnreadableError, match="damaged"):
        bring(place, qq_file(tmp_path / "b.txt", range(9)))


def test_a_store_without_its_list_of_imports_is_not_begun_anew(
    place: Place, tmp_path: Path
) -> None:
    bring(place, qq_file(tmp_path / "a.txt", range(4)))
    assert place.folder is not None
    files = data_files(place, "messages")
    (place.folder / IMPORTS).rename(tmp_path / "kept")
    for use in (lambda: Store.open(place.address), lambda: bring(place, tmp_path / "a.txt")):
        with pytest.raises(UnreadableError, match="lost its list of imports"):
            use()
    assert data_files(place, "messages") == files
    (tmp_path / "kept").rename(place.folder / IMPORTS)
    assert bring(place, tmp_path / "a.txt").id is None


def test_what_the_disk_says_is_told_and_ids_are_not(tmp_path: Path) -> None:
    place = Place.of(str(tmp_path))
    refused = OSError("Generic error: writing part-1.parquet: Quota exceeded (os error 122)")
    assert "no space left on the disk" in str(failed(place, refused))
    quoting = DeltaError("Kernel error: chat_id = 'name:somebody' and \"x\": bad\nstack")
    assert "somebody" not in str(failed(place, quoting))
    assert "\n" not in str(failed(place, quoting))


# Versions of the schema


def test_a_store_of_a_newer_sqtool_is_left_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(_change, "SCHEMA_VERSION", 2)
        newer.setattr(_state, "SCHEMA_VERSION", 2)
        with changing(place, create=True) as change:
            change.finish("alias")
    for use in (
        lambda: Store.open(place.address),
        lambda: alias(place, 1),
        lambda: undo(place),
        lambda: migrate(place),
    ):
        with pytest.raises(UsageError, match="written by a newer sqtool"):
            use()


@pytest.fixture
def next_schema(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A sqtool whose table chats has one column more; the list takes what goes wrong in it."""
    wrong: list[str] = []

    def add_column(change: Change) -> None:
        change.table("chats").alter.add_columns([Field("note", PrimitiveType("string"))])
        if wrong:
            raise ZeroDivisionError

    for module in (_change, _state, upkeep):
        monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    monkeypatch.setitem(upkeep.MIGRATIONS, SCHEMA_VERSION, add_column)
    wider = pl.Schema({**CONTENT["chats"], "note": pl.String()})
    monkeypatch.setitem(CONTENT, "chats", wider)
    return wrong


def test_migrating_is_asked_for_keeps_the_rows_and_is_where_undoing_ends(
    place: Place, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    bring(place, qq_file(tmp_path / "a.txt", range(4)))
    wrong = request.getfixturevalue("next_schema")
    with pytest.raises(UsageError, match="written by an older sqtool") as told:
        Store.open(place.address)
    assert told.value.hint == "sqtool store migrate"
    wrong.append("half-way")
    with pytest.raises(ZeroDivisionError):
        migrate(place)
    wrong.clear()
    names = [field.name for field in open_table(place, "chats").schema().fields]
    assert "note" not in names
    assert migrate(place) == (SCHEMA_VERSION, SCHEMA_VERSION + 1)
    assert migrate(place) == (SCHEMA_VERSION + 1, SCHEMA_VERSION + 1)
    chats = Store.open(place.address).chats
    assert chats["note"].to_list() == [None]
    assert Store.open(place.address).scan("messages").collect().height == 12
    with pytest.raises(UsageError, match="the store was migrated since"):
        undo(place)
    alias(place, 1)
    undo(place)
    assert aliases(place) == []


def test_every_older_schema_has_its_migration() -> None:
    assert set(upkeep.MIGRATIONS) == set(range(1, SCHEMA_VERSION))


# Undoing, compacting


def test_undoing_goes_back_change_by_change_and_the_file_can_be_imported_again(
    place: Place, tmp_path: Path
) -> None:
    digests = []
    for number in range(4):
        bring(place, qq_file(tmp_path / f"{number}.txt", range(number, number + 3)))
        digests.append(digest(place))
    assert undo(place)["id"].to_list() == [4]
    assert digest(place) == digests[2]
    assert undo(place, 2)["id"].to_list() == [3, 2]
    assert digest(place) == digests[0]
    table = changes(Store.open(place.address)).select("id", "what", "undone")
    assert table.rows() == [
        (6, "undo", False), (5, "undo", False), (4, "import", True), (3, "import", True),
        (2, "import", True), (1, "import", False), (0, "create", False),
    ]  # fmt: skip
    again = bring(place, tmp_path / "1.txt")
    assert (again.id, again.same_files, again.chats[0].new) == (7, [], 3)
    with pytest.raises(UsageError, match="only 2 changes"):
        undo(place, 3)
    undo(place, 2)
    assert Store.open(place.address).scan("messages").collect().is_empty()
    with pytest.raises(UsageError, match="only 0 changes"):
        undo(place)


def test_an_undo_passes_over_a_compaction(place: Place) -> None:
    for number in range(3):
        alias(place, number)
    before, after = compact(place)
    assert (before, after) == (3, 4)  # the three are there until they are out of reach
    undo(place)
    assert aliases(place) == ["0", "1"]
    compact(place)
    undo(place, 2)
    assert aliases(place) == []


def test_compacting_leaves_one_sorted_file_a_bucket(place: Place, tmp_path: Path) -> None:
    for number in range(4):
        bring(place, exports(tmp_path / str(number), range(number, number + 3), chats=8))
    before = digest(place)
    compact(place)
    assert digest(place) == before
    numbers = {bucket_of(chat) for chat in Store.open(place.address).chats["chat_id"]}
    files = {row["table"]: row["files"] for row in describe(place).iter_rows(named=True)}
    assert files["messages"] == len(numbers)
    assert files["chats"] == 1
    assert compact(place)[0] == compact(place)[1]


def test_files_that_pile_up_are_put_together_by_the_imports_themselves(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_compaction, "LOOSE_FILES", 3)
    other = Place.of(str(tmp_path / "never tidied"))
    piles, digests = [], []
    for number in range(8):
        files = exports(tmp_path / str(number), range(number, number + 3), chats=3)
        bring(place, files)
        piles.append(describe(place).filter(pl.col("table") == "files")["files"].item())
        digests.append(digest(place))
        with monkeypatch.context() as never:
            never.setattr(_compaction, "LOOSE_FILES", 99)
            bring(other, files)
    # The fourth file is one too many; what was put together counts as one the next time.
    assert piles == [1, 2, 3, 1, 2, 3, 1, 2]
    assert digests[-1] == digest(other)
    for number in range(6, 0, -1):
        undo(place)
        assert digest(place) == digests[number]


def test_one_import_rewrites_no_more_than_a_few_times_what_it_adds(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_compaction, "LOOSE_FILES", 99)
    monkeypatch.setattr(_compaction, "SPARE_ROWS", 0)
    for number in range(4):
        bring(place, exports(tmp_path / str(number), range(number, number + 3), chats=8))
    monkeypatch.setattr(_compaction, "LOOSE_FILES", 3)
    buckets = len({bucket_of(chat) for chat in Store.open(place.address).chats["chat_id"]})

    def files() -> int:
        return int(describe(place).filter(pl.col("table") == "messages")["files"].item())

    assert files() == 4 * buckets
    with changing(place) as change:
        assert _compaction.tidy(change, 0)
        change.finish("alias")
    assert files() == 4 * (buckets - 1) + 1  # one pile, however little was added
    with changing(place) as change:
        assert _compaction.tidy(change, 10_000)
        change.finish("alias")
    assert files() == buckets
    with changing(place) as change:
        assert not _compaction.tidy(change, 10_000)
        change.finish("alias")


def test_as_many_changes_as_promised_can_be_undone_after_compacting(place: Place) -> None:
    for number in range(15):
        only_alias(place, number)
        compact(place)  # a compaction is no change that an undo counts
    for left in range(13, 13 - KEPT_STATES, -1):
        undo(place)
        assert aliases(place) == [str(left)]
        if left == 9:  # the files of what was undone go; older versions are opened all the same
            files = data_files(place, "aliases")
            compact(place)
            assert set(data_files(place, "aliases")) < set(files)
    with pytest.raises(UsageError, match="files of before are gone"):
        undo(place)
    assert aliases(place) == ["4"]
    alias(place, 99)
    assert aliases(place) == ["4", "99"]


def test_more_than_that_is_refused_at_once_and_changes_nothing(place: Place) -> None:
    for number in range(15):
        only_alias(place, number)
    compact(place)
    with pytest.raises(UsageError, match="files of before are gone"):
        undo(place, KEPT_STATES + 2)
    assert aliases(place) == ["14"]
    assert on_disk(place) == in_reach(place)


def test_after_tidying_up_the_next_writers_have_nothing_to_take_back(place: Place) -> None:
    for number in range(5):
        alias(place, number)
    undo(place)
    assert place.mark is not None
    place.mark.touch()
    alias(place, 5)
    versions = [open_table(place, name).version() for name in CONTENT]
    compact(place)
    alias(place, 6)
    with changing(place):
        pass
    now = [open_table(place, name).version() for name in CONTENT]
    grown = [after - before for before, after in zip(versions, now, strict=True)]
    # Compacted, and one row more.
    assert grown == [2 if name == "aliases" else 0 for name in CONTENT]


@pytest.mark.slow
def test_the_first_of_a_hundred_and_twenty_states_can_be_opened(place: Place) -> None:
    alias(place, 0)
    first = Store.open(place.address)
    assert place.folder is not None
    for number in range(1, 121):
        if number == 90:  # before the checkpoint of version 100: the log looks two months old
            for path in place.folder.glob("*/_delta_log/*"):
                os.utime(path, (0, time.time() - 60 * 86_400))
        alias(place, number)
    assert open_table(place, "aliases").version() > 100
    assert list(place.folder.glob("aliases/_delta_log/*.checkpoint.parquet"))
    old = Store(place, first.history, first.versions)
    assert old.scan("aliases").collect()["other_id"].to_list() == ["0"]
    undo(place, 120)
    assert aliases(place) == ["0"]
    with pytest.raises(SqtoolError):
        undo(place, 2)
