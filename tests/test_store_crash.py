"""A process that changes a store is killed at any moment: the store is as before or as after."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import pytest

from sqtool.store._place import Place
from sqtool.store.history import undo
from sqtool.store.upkeep import compact
from tests._store import bring, digest, exports, in_reach, on_disk, process, told

# Says "step" before and after each commit of delta-rs, so that kills can be aimed at them.
CHILD = """
import os
from deltalake import DeltaTable
from deltalake.table import TableOptimizer
from sqtool.pipeline import Request
from sqtool.store import _change, _compaction, _creating, _tidy
from sqtool.store._place import Place
from sqtool.store.history import undo
from sqtool.store.importing import import_files
from sqtool.store.upkeep import compact

def telling(do):
    def told(*given, **more):
        say("step")
        done = do(*given, **more)
        say("step")
        return done
    return told

def say(word):
    os.write(1, (word + "\\n").encode())

for module in (_change, _creating):
    module.write_deltalake = telling(module.write_deltalake)
for name in ("delete", "restore", "create_checkpoint"):
    setattr(DeltaTable, name, telling(getattr(DeltaTable, name)))
TableOptimizer.compact = telling(TableOptimizer.compact)
_tidy.remove = telling(_tidy.remove)
_compaction.LOOSE_FILES = 1  # imports put files together, too
_change.drop_marks = telling(_change.drop_marks)
_tidy.drop_marks = telling(_tidy.drop_marks)

def work(what, store, source):
    say(f"pid {os.getpid()}")
    place = Place.of(store)
    say("begins")
    if what == "import":
        import_files(place, Request(source))
    elif what == "undo":
        undo(place)
    else:
        compact(place)
    say("done")

# Each task has a process of its own. Where there is fork, it need not load the program again:
# nothing has run in this process yet that a fork would cut in two.
for line in sys.stdin:
    task = line.rstrip("\\n").split("\\t")
    if not hasattr(os, "fork"):
        work(*task)
        break
    child = os.fork()
    if child == 0:
        work(*task)
        os._exit(0)
    os.waitpid(child, 0)
    say("dead")
"""
DEADLY = getattr(signal, "SIGKILL", signal.SIGTERM)  # SIGTERM is TerminateProcess on Windows


@dataclass(frozen=True)
class Moment:
    """When a process is killed.

    Args:
        steps: After so many steps were told; None for the clock alone.
        seconds: So long after that.
    """

    steps: int | None
    seconds: float


@dataclass
class Case:
    """A change of a store that a process is killed in.

    Args:
        what: import | undo | compact.
        start: The store before, copied for each run; None for none.
        source: What is imported.
        folder: Where there is room.
        processes: Ends them with the tests.
    """

    what: str
    start: Path | None
    source: Path
    folder: Path
    processes: ExitStack
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.nursery: subprocess.Popen[str] | None = None
        place = self.copy("whole")
        self.before = self.content(place)
        self.steps = self.run(place, None)
        self.after = self.content(place)
        assert self.after != self.before or self.what == "compact"
        self.row = told(place)

    def content(self, place: Place) -> dict[str, list[int]] | None:
        found = digest(place)
        # Between the making of a store and its first import it is empty.
        return None if self.start is None and found and not any(found.values()) else found

    def copy(self, name: str) -> Place:
        folder = self.folder / self.what / name
        if self.start is not None:
            shutil.copytree(self.start, folder)
        return Place.of(str(folder))

    def task(self, place: Place) -> IO[str]:
        """Begin a task; return what its process says."""
        if self.nursery is None or self.nursery.poll() is not None:
            self.nursery = self.processes.enter_context(process(CHILD))
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write("\t".join((self.what, place.address, str(self.source))) + "\n")
        self.nursery.stdin.flush()
        return self.nursery.stdout

    def run(self, place: Place, moment: Moment | None) -> int:
        """Run the process, up to the moment if one is given; return the steps it told."""
        steps, pid, begun, done = 0, 0, 0.0, False
        for line in self.task(place):
            word, _, number = line.rstrip("\n").partition(" ")
            if word == "dead":
                break
            if word == "pid":
                pid = int(number)
            elif word == "begins":
                begun = time.monotonic()
            elif word == "done":
                done = True
                self.seconds = self.seconds or time.monotonic() - begun
            steps += word == "step"
            if moment is not None and pid and begun and steps == (moment.steps or 0):
                time.sleep(moment.seconds)
                with suppress(ProcessLookupError):  # it was quicker
                    os.kill(pid, DEADLY)
                pid = 0
        assert done or moment is not None
        return steps

    def again(self, place: Place) -> None:
        if self.what == "import":
            bring(place, self.source)
        elif self.what == "undo":
            undo(place)
        else:
            compact(place)

    def survives(self, moments: list[Moment]) -> str:
        """Kill processes at the moments, one after the other on one store; then try again.

        Returns:
            ``before`` or ``after``: what the store was like when they were dead.
        """
        place = self.copy("killed")
        try:
            for moment in moments:
                self.run(place, moment)
                found = self.content(place)
                assert found in (self.before, self.after)
            done = found == self.after
            if not done or self.what != "undo":  # an undo that came to its end is not repeated
                self.again(place)
            assert digest(place) == self.after
            if self.what == "import":
                assert told(place) == self.row
                assert bring(place, self.source).id is None
            else:
                # What was superseded stays until then, and of imports until the next time.
                compact(place)
                compact(place)
            assert on_disk(place) == in_reach(place)
            return "after" if done else "before"
        finally:
            assert place.folder is not None
            shutil.rmtree(place.folder, ignore_errors=True)


def moments(case: Case, count: int, seed: int) -> list[Moment]:
    """Half of them spread over the steps, half over the time."""
    chance = random.Random(seed)
    by_step = count // 2
    found = [Moment(1 + case.steps * n // by_step, chance.uniform(0, 0.01)) for n in range(by_step)]
    rest = count - by_step
    return found + [
        Moment(None, case.seconds * 1.1 * (n + chance.random()) / rest) for n in range(rest)
    ]


Cases = Callable[[str], Case]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    folder = tmp_path_factory.mktemp("crash")
    first = exports(folder / "one", range(6))
    second = exports(folder / "two", range(3, 10), chats=4, renamed=True)
    start = folder / "store"
    place = Place.of(str(start))
    bring(place, first)
    undone = folder / "undone"
    shutil.copytree(start, undone)
    bring(Place.of(str(undone)), second)

    with ExitStack() as processes:

        @cache
        def case(what: str) -> Case:
            if what == "create":
                return Case("import", None, second, folder / what, processes)
            begin = {"import": start, "undo": undone, "compact": undone}[what]
            return Case(what, begin, second, folder, processes)

        yield case


def test_an_import_killed_at_any_moment_is_done_or_not_and_the_next_one_goes_on(
    cases: Cases,
) -> None:
    case = cases("import")
    assert case.steps >= 10
    ends = {case.survives([moment]) for moment in moments(case, 10, seed=1)}
    assert "before" in ends


@pytest.mark.slow
def test_imports_killed_at_a_hundred_moments_lose_and_double_nothing(cases: Cases) -> None:
    case = cases("import")
    ends = [case.survives([moment]) for moment in moments(case, 110, seed=2)]
    assert ends.count("before") >= 50
    assert ends.count("after") >= 1


@pytest.mark.slow
def test_an_import_that_tidies_up_after_a_killed_one_may_be_killed_as_well(cases: Cases) -> None:
    case = cases("import")
    again = random.Random(4)
    for moment in moments(case, 12, seed=3):
        case.survives([moment, Moment(again.randint(1, 6), again.uniform(0, 0.01))])


@pytest.mark.slow
def test_the_making_of_a_store_may_be_killed(cases: Cases) -> None:
    case = cases("create")
    ends = {case.survives([moment]) for moment in moments(case, 20, seed=5)}
    assert "before" in ends


@pytest.mark.slow
@pytest.mark.parametrize("what", ["undo", "compact"])
def test_undoing_and_compacting_may_be_killed(cases: Cases, what: str) -> None:
    case = cases(what)
    for moment in moments(case, 20, seed=6):
        case.survives([moment])
