"""Batches on workers of Ray: the rows of one go, and nothing that Ray does ends the program."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sqtool import on_ray, scale
from sqtool.context import Context
from sqtool.errors import UsageError
from sqtool.metrics import METRICS
from sqtool.metrics.portfolio import METRIC as PORTFOLIO
from sqtool.on_ray import LIVES, RayEngine
from sqtool.ray_driver import Where
from sqtool.reading import Progress
from sqtool.reports._blocks import compute
from sqtool.schema import Dataset
from sqtool.store.store import Store
from tests._stored import stored
from tests.test_scale import CTX, DATA, ROWS, TABLES

# The process that speaks to Ray, without Ray: it works out batches by itself. The first ones of
# these processes end as Ray ends them, when the first batch is done.
_WITHOUT_RAY = """
import os, pickle, sys
from pathlib import Path
from sqtool.ray_driver import AllDone, Done, Ready, work_out
def tell(what):
    pickle.dump(what, sys.stdout.buffer)
    sys.stdout.flush()
where = pickle.load(sys.stdin.buffer)
lives = Path(where.folder, "lives")
life = lives.stat().st_size + 1 if lives.exists() else 1
lives.write_bytes(b"x" * life)
tell(Ready(2, "here"))
batches = pickle.load(sys.stdin.buffer)
for place, chats in batches.chats.items():
    tell(Done(place, work_out(batches.work, chats)))
    if life < {last}:
        print("the cluster is gone", file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)
tell(AllDone())
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return stored(tmp_path_factory.mktemp("ray") / "store", DATA)


def _without_ray(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> RayEngine:
    monkeypatch.setattr(on_ray, "_START", code)
    monkeypatch.setattr(on_ray, "_pickled", pickle.dumps)
    return RayEngine(Where(None, 2, str(folder)), dict(os.environ))


def test_when_ray_ends_the_process_another_does_what_is_left(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = _without_ray(monkeypatch, tmp_path, _WITHOUT_RAY.replace("{last}", "2"))
    told: list[Progress] = []
    engine.start()
    try:
        assert engine.workers == 2
        tables = list(PORTFOLIO.tables)
        got = scale.compute_all(store, tables, CTX, engine, rows=ROWS, on_progress=told.append)
    finally:
        engine.stop()
    assert (tmp_path / "lives").stat().st_size == 2
    assert [p.done for p in told] == sorted({p.done for p in told})
    for one, table in zip(got, tables, strict=True):
        assert_frame_equal(one, table.compute(store.dataset(), CTX).collect(), check_exact=True)


def test_when_ray_ends_each_process_the_run_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = _without_ray(monkeypatch, tmp_path, _WITHOUT_RAY.replace("{last}", "99"))
    engine.start()
    try:
        with pytest.raises(UsageError, match=f"Ray ended by itself, {LIVES} times") as error:
            scale.compute_all(store, PORTFOLIO.tables, CTX, engine, rows=1)
    finally:
        engine.stop()
    assert error.value.hint == ("the cluster is gone; out of memory? --engine polars needs less")
    assert (tmp_path / "lives").stat().st_size == LIVES


def test_a_ray_that_ends_at_once_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = _without_ray(monkeypatch, tmp_path, "import os; os._exit(7)")
    with pytest.raises(UsageError, match="Ray does not start") as error:
        engine.start()
    assert error.value.hint == "exit code 7"


@pytest.fixture(scope="module")
def two_workers() -> Iterator[RayEngine]:
    with pytest.MonkeyPatch.context() as patch:
        # A cluster of ours, so that another process can join it.
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", "ab" * 32)
        with scale.engine_of("ray", workers=2) as engine:
            yield cast(RayEngine, engine)


@pytest.mark.slow
def test_ray_gives_the_rows_of_polars_for_all_tables(store: Store, two_workers: RayEngine) -> None:
    assert two_workers.workers == 2
    tables = [METRICS.get(metric).table(key) for metric, key in TABLES]
    extras, moves = DATA.extras, DATA.moves

    def prepare(data: Dataset) -> Dataset:  # workers do not know this module
        here = pl.col("chat_id").is_in(data.chats.select("chat_id").collect()["chat_id"].implode())
        return replace(data, extras=extras.filter(here), moves=moves.filter(here))

    got = scale.compute_all(store, tables, CTX, two_workers, rows=ROWS, prepare=prepare)
    whole = prepare(store.dataset())
    for one, table in zip(got, tables, strict=True):
        assert_frame_equal(one, table.compute(whole, CTX).collect(), check_exact=True)


@pytest.mark.slow
def test_a_batch_whose_worker_dies_or_cannot_read_is_worked_out_again(
    store: Store, two_workers: RayEngine, tmp_path: Path
) -> None:
    folder, driver = str(tmp_path), os.getpid()

    def fail_once(data: Dataset) -> Dataset:
        if os.getpid() == driver:
            return data
        for what in ("killed", "failed"):
            try:
                handle = os.open(os.path.join(folder, what), os.O_CREAT | os.O_EXCL)  # noqa: PTH118
            except FileExistsError:
                continue
            os.close(handle)
            if what == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError("the network is down")
        return data

    tables = list(PORTFOLIO.tables)
    got = scale.compute_all(store, tables, CTX, two_workers, rows=ROWS, prepare=fail_once)
    assert {path.name for path in tmp_path.iterdir()} == {"killed", "failed"}
    for one, table in zip(got, tables, strict=True):
        assert_frame_equal(one, table.compute(store.dataset(), CTX).collect(), check_exact=True)


@pytest.mark.slow
def test_an_error_in_a_worker_is_the_error_of_the_run(store: Store, two_workers: RayEngine) -> None:
    driver = os.getpid()

    def fail(data: Dataset) -> Dataset:
        if os.getpid() != driver:
            raise UsageError("not here", hint="there")
        return data

    with pytest.raises(UsageError, match="not here") as error:
        scale.compute_all(store, PORTFOLIO.tables[:1], CTX, two_workers, prepare=fail)
    assert type(error.value) is UsageError
    assert error.value.hint == "there"


_BY_ADDRESS = """
import sys
from sqtool import scale
from sqtool.metrics.portfolio import METRIC
from sqtool.store.store import Store
from sqtool.context import Context
store = Store.open(sys.argv[1])
ctx = Context.of(store.dataset())
told = []
result = scale.tables(store, METRIC, ctx, engine="ray", address=sys.argv[2], rows=300,
                      on_progress=told.append)
assert told[-1].done == 7
sys.stdout.write(result.tables[0].frame.write_csv())
"""


@pytest.mark.slow
def test_a_cluster_is_reached_by_its_address_and_nothing_else_is_printed(
    store: Store, two_workers: RayEngine
) -> None:
    done = _run(_BY_ADDRESS, store.place.address, two_workers.address)
    assert (done.returncode, done.stderr) == (0, "")
    data = store.dataset()
    expected = compute(PORTFOLIO, data, Context.of(data)).tables[0].frame
    assert done.stdout == expected.write_csv()


@pytest.mark.slow
def test_when_the_process_that_speaks_to_ray_is_killed_another_does_what_is_left(
    store: Store, two_workers: RayEngine
) -> None:
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if not killed:
            killed.append(cast(Any, two_workers)._process.pid)
            os.kill(killed[0], signal.SIGKILL)

    tables = list(PORTFOLIO.tables)
    got = scale.compute_all(store, tables, CTX, two_workers, rows=1, on_progress=kill)
    assert cast(Any, two_workers)._process.pid not in killed
    for one, table in zip(got, tables, strict=True):
        assert_frame_equal(one, table.compute(store.dataset(), CTX).collect(), check_exact=True)


_KILLED = """
import os, signal, sys
from sqtool import scale
from sqtool.metrics.portfolio import METRIC
from sqtool.store.store import Store
from sqtool.context import Context
from sqtool.errors import UsageError
store, driver, before = Store.open(sys.argv[1]), os.getpid(), dict(os.environ)
def kill(data):
    if os.getpid() != driver:
        os.kill(os.getpid(), signal.SIGKILL)
    return data
stop = lambda *_: None
signal.signal(signal.SIGTERM, stop)
group = os.getpgrp()
ctx = Context.of(store.dataset())
try:
    scale.tables(store, METRIC, ctx, engine="ray", workers=1, chats=["a"], prepare=kill)
except UsageError as error:
    print(error.what)
assert signal.getsignal(signal.SIGTERM) is stop
assert dict(os.environ) == before
assert os.getpgrp() == group
"""


@pytest.mark.slow
def test_a_batch_that_kills_every_worker_is_given_up_and_nothing_of_ray_is_seen_or_left(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "t").mkdir()
    own = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "t")}
    done = _run(_KILLED, store.place.address, **own)
    assert done.stderr == ""
    assert (done.returncode, done.stdout) == (0, "workers of Ray died again and again\n")
    assert list((tmp_path / "home").iterdir()) == []
    assert list((tmp_path / "t").iterdir()) == []


def _run(code: str, *args: str, **own: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True, text=True, encoding="utf-8", timeout=600, env=os.environ | own,
    )  # fmt: skip
