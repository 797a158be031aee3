"""Tables of a store's chats in batches: the rows of one go, wherever they are worked out."""

import os
import socket
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sqtool import scale
from sqtool.context import Context
from sqtool.errors import UsageError
from sqtool.metrics import METRICS
from sqtool.metrics.portfolio import METRIC as PORTFOLIO
from sqtool.metrics.portfolio import worst_first
from sqtool.reading import Progress
from sqtool.reports._blocks import compute
from sqtool.schema import TAGS, Dataset
from sqtool.snapshots import apply_snapshots
from sqtool.store._tables import bucket_of
from sqtool.store.store import Store
from tests._chat import at, chat, together
from tests._lists import listing
from tests._stored import stored
from tests.test_cli import Run
from tests.test_metric_contract import BUSY, QUIET

ROWS = 300
TABLES = [(metric.name, table.key) for metric in METRICS for table in metric.tables]
CTX = at("d84 23:59", staff=("Cid",), by="course")
# Two speakers and ten listed members: a zombie.
ZOMBIE = "d1..d84 09:00 ann: hi\nd1..d84/2 10:00 bob: hi"


def _data() -> Dataset:
    lists = pl.concat(
        [
            listing("d70", "kim lee mia", chat_id="f", course={"kim": "A", "lee": "B"}),
            listing("d84", "kim noa", chat_id="f", course={"kim": "A"}),
        ]
    )
    dated = chat("d60 09:00 kim: hi\nd80 09:00 kim x3: hi", chat_id="f", name="zoo")
    data = together(
        apply_snapshots(dated, lists),
        chat(BUSY, chat_id="a", roster="owner ann bob cid dot gus hal ina", has_replies=True),
        chat(QUIET + "\nd80 10:00 lou: hi", chat_id="b", joins_named=5, joins_linked=1, name="Ant"),
        chat(ZOMBIE, chat_id="c", roster="ann bob c d e f g h i j", name=None),
        chat("d1..d60 09:00 ann x2: hi\nd1..d60 10:00 bob: hi", chat_id="d", name="Ant"),
        chat("", chat_id="e", roster="kim"),
        chat(ZOMBIE, chat_id="g", roster="ann bob c d e f g h i j"),
    )
    tags = [(c, "city", "north" if c in "ace" else "south") for c in "abcde"]
    return replace(data, tags=pl.DataFrame(tags, schema=TAGS, orient="row"))


DATA = _data()


def _with_lists(data: Dataset, extras: pl.DataFrame, moves: pl.DataFrame) -> Dataset:
    """Return a batch with what dated member lists tell of its chats."""
    here = pl.col("chat_id").is_in(data.chats.select("chat_id").collect()["chat_id"].implode())
    return replace(data, extras=extras.filter(here), moves=moves.filter(here))


PREPARE = partial(_with_lists, extras=DATA.extras, moves=DATA.moves)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return stored(tmp_path_factory.mktemp("scale") / "store", DATA)


@pytest.fixture(scope="module")
def whole(store: Store) -> Dataset:
    return PREPARE(store.dataset())


def _counted(sizes: list[int]) -> Store:
    chats = pl.DataFrame(
        {"chat_id": [f"qq:{i}" for i in range(len(sizes))], "messages": sizes},
        schema={"chat_id": pl.String, "messages": pl.UInt32},
    )
    return cast(Store, SimpleNamespace(chats=chats))


@given(st.lists(st.integers(0, 500), max_size=80), st.integers(1, 2_000))
def test_batches_hold_every_chat_once_and_keep_to_the_bound(sizes: list[int], rows: int) -> None:
    store = _counted(sizes)
    batches = scale.batches(store, rows)
    messages = dict(store.chats.iter_rows())
    assert sorted(c for batch in batches for c in batch) == sorted(messages)
    for batch in batches:
        assert len(batch) == 1 or sum(messages[c] for c in batch) <= rows
        buckets = {bucket_of(c) for c in batch}
        there = {c for c in messages if bucket_of(c) in buckets}
        assert len(buckets) == 1 or there == set(batch)


def test_a_bucket_that_is_too_large_falls_into_parts_of_about_the_same_size() -> None:
    same = [i for i in range(2_000) if bucket_of(f"qq:{i}") == 3][:30]
    sizes = [100 if i in same else 0 for i in range(max(same) + 1)]
    store = _counted(sizes)
    parts = [b for b in scale.batches(store, 2_000) if {bucket_of(c) for c in b} == {3}]
    messages = dict(store.chats.iter_rows())
    assert [sum(messages[c] for c in part) for part in parts] == [1_500, 1_500]


def test_the_store_of_these_tests_is_in_several_batches(store: Store) -> None:
    assert len(scale.batches(store, ROWS)) >= 4
    assert scale.batches(store) == [sorted("abcdefg", key=lambda c: (bucket_of(c), c))]


@pytest.mark.parametrize(("metric", "key"), TABLES)
def test_batches_give_the_rows_of_one_go(
    store: Store, whole: Dataset, metric: str, key: str
) -> None:
    table = METRICS.get(metric).table(key)
    (got,) = scale.compute_all(store, [table], CTX, rows=ROWS, prepare=PREPARE)
    assert got.schema == table.schema
    assert_frame_equal(got, table.compute(whole, CTX).collect(), check_exact=True)


def test_all_tables_have_rows_to_compare(whole: Dataset) -> None:
    empty = [
        f"{metric}.{key}"
        for metric, key in TABLES
        if METRICS.get(metric).table(key).compute(whole, CTX).collect().is_empty()
    ]
    assert empty == []


def test_a_zombie_alone_in_its_batch_is_to_be_merged(store: Store) -> None:
    table = METRICS.get("zombie").table("verdict")
    (rows,) = scale.compute_all(store, [table], CTX, rows=1)
    zombies = rows.filter(verdict="zombie")
    assert zombies["chat_id"].to_list() == ["c", "g"]
    assert zombies["action"].to_list() == ["merge", "merge"]


def test_the_result_is_that_of_a_command(store: Store) -> None:
    once = compute(PORTFOLIO, store.dataset(), CTX)
    got = scale.tables(store, PORTFOLIO, CTX, rows=ROWS)
    assert (got.name, got.title, got.facts, got.subtitle) == (
        once.name, once.title, once.facts, once.subtitle,
    )  # fmt: skip
    assert [table.key for table in got.tables] == ["portfolio", "by_tag"]
    (one,) = scale.tables(store, PORTFOLIO, CTX, ["by_tag"], rows=ROWS).tables
    assert_frame_equal(one.frame, once.tables[1].frame, check_exact=True)


def test_a_column_that_no_list_of_the_store_has_is_told_before_the_work(store: Store) -> None:
    asked: list[int] = []

    def prepare(data: Dataset) -> Dataset:
        asked.append(data.chats.collect().height)
        return PREPARE(data)

    with pytest.raises(UsageError, match="has no column curse") as error:
        scale.tables(store, METRICS.get("members"), replace(CTX, by="curse"), prepare=prepare)
    assert "did you mean course?" in error.value.hint
    assert asked == [7]


def test_a_last_step_of_ones_own_sees_all_chats(store: Store, whole: Dataset) -> None:
    worst = PORTFOLIO.table().ending(lambda rows, data, ctx: worst_first(rows).head(2))
    (got,) = scale.compute_all(store, [worst], CTX, rows=1)
    assert_frame_equal(got, worst.compute(whole, CTX).collect(), check_exact=True)
    assert got.height == 2


def test_rows_that_two_tables_start_from_are_worked_out_once(store: Store) -> None:
    calls: list[int] = []

    def rows(data: Dataset, ctx: Context) -> pl.LazyFrame:
        calls.append(ctx.other_chats)
        return PORTFOLIO.table().rows(data, ctx)

    tables = [replace(table, each=rows) for table in PORTFOLIO.tables]
    scale.compute_all(store, tables, CTX, rows=ROWS)
    batches = scale.batches(store, ROWS)
    assert calls == [7 - len(batch) for batch in batches]


def test_progress_counts_chats_up_to_all(store: Store) -> None:
    told: list[Progress] = []
    scale.tables(store, PORTFOLIO, CTX, rows=ROWS, on_progress=told.append)
    assert [p.done for p in told] == sorted({p.done for p in told})
    assert (told[-1].done, told[-1].total) == (7, 7)
    assert told[-1].records == DATA.messages.collect().height


def test_a_store_without_chats_gives_tables_without_rows(tmp_path: Path) -> None:
    store = stored(tmp_path / "store", Dataset.empty())
    result = scale.tables(store, PORTFOLIO, CTX)
    for table, declared in zip(result.tables, PORTFOLIO.tables, strict=True):
        assert table.frame.schema == declared.schema
        assert table.frame.is_empty()


def test_without_ray_the_error_names_the_extra(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    before = dict(os.environ)
    with pytest.raises(UsageError, match="Ray is not installed") as error:
        scale.tables(store, PORTFOLIO, CTX, engine="ray")
    assert error.value.hint == 'pip install "sqtool[ray]"'
    assert dict(os.environ) == before


def test_an_address_where_nobody_answers_is_told_at_once(store: Store) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match=f"no cluster of Ray at {address}"):
            scale.tables(store, PORTFOLIO, CTX, engine="ray", address=address)
    with pytest.raises(UsageError, match="not an address: somewhere"):
        scale.tables(store, PORTFOLIO, CTX, engine="ray", address="somewhere")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--address", "host:6379"], "--address goes with --engine ray"),
        (["chat.txt", "--engine", "ray"], "--engine is for all chats of the store"),
        (["--chat", "x", "--engine", "polars"], "--engine is for all chats of the store"),
    ],
)
@pytest.mark.parametrize("command", ["portfolio", "activity", "members"])
def test_an_engine_is_refused_where_it_has_nothing_to_do(
    run: Run, command: str, options: list[str], told: str
) -> None:
    code, _, err = run(command, *options)
    assert code == 2
    assert told in err
