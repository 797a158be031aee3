"""What every table of every metric keeps to, walked from the registry."""

from dataclasses import replace
from functools import cache

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sqtool.context import Context
from sqtool.metrics import METRICS
from sqtool.metrics._base import Table
from sqtool.reports._labels import labels
from sqtool.schema import MENTION_ALL, WEAK_ID, Dataset
from sqtool.snapshots import apply_snapshots
from tests._chat import at, chat, moment, together
from tests._lists import listing

TABLES = [(metric.name, table.key) for metric in METRICS for table in metric.tables]
MARK = "\x01"  # sorts before every other character, so marked ids keep their order

BUSY = """
d1 08:00 owner: welcome
d1..d84/2 09:00 owner: morning @ann
d1..d84/3 20:00 ann x3: a message
d1..d84/3 20:05 bob>ann: an answer
d2..d80/4 21:00 cid x2: a longer message that says rather more than forty characters do
d3 10:00 owner +dot,eve
d5..d60/5 22:00 dot>bob: [image]
d9 11:00 dot +fay
d11 12:00 fay: hi
d30 12:00 -fay
d40 12:00 ann ~gus
d41 12:00 gus x2: hello
d58 09:00 +name:newcomer
d70 12:00 owner -eve
d79 12:00 ann +hal
d80..d84 12:00 hal x2: hello @bob
d1..d84 07:00 robo: beep
"""
QUIET = "d20..d50/6 09:00 ann x4: hi\nd21 10:00 kim: hi\nd22 09:00 +kim"
AFTER = """
d84 23:59:30 ann x5: late
d85..d90 09:00 bob x9: later
d85 10:00 ann +zoe
d86 10:00 -bob
d86 11:00 zoe x3: new
d87 10:00 ann -kim
"""


@cache
def _data() -> Dataset:
    lists = [
        listing("d70", "kim lee mia", chat_id="f", course={"kim": "A", "lee": "B"}),
        listing("d77", "kim lee", chat_id="f", course={"kim": "A", "lee": "B"}),
        listing("d84", "kim noa", chat_id="f", course={"kim": "A"}),
        listing("d84", "kim pat", chat_id="f", ids=False),
    ]
    dated = chat("d60 09:00 kim: hi\nd80 09:00 kim x3: hi\nd79 09:00 +ola", chat_id="f")
    return together(
        apply_snapshots(dated, pl.concat(lists)),
        chat(
            BUSY,
            chat_id="a",
            roster="owner ann bob cid dot gus hal ina name:newcomer",
            roles={"owner": "owner"},
            bots="robo",
            joins_named=2,
            joins_linked=2,
            has_replies=True,
            has_mentions=True,
        ),
        chat(QUIET, chat_id="b", joins_named=5, joins_linked=1),
        chat("d81 09:00 ann: only now", chat_id="d", me="ann"),
        chat("", chat_id="e", roster="kim"),
    )


CONTEXTS = {
    "ended": at("d84 23:59", staff=("Cid",), by="course"),
    "running": Context.of(_data(), as_of=moment("d83 12:00"), week="this", lang="en"),
    "past": Context.of(_data(), as_of=moment("d84"), week="2024-W07"),
}
contexts = pytest.mark.parametrize("ctx", CONTEXTS.values(), ids=CONTEXTS.keys())
tables = pytest.mark.parametrize(("metric", "key"), TABLES)


def _table(metric: str, key: str) -> Table:
    return METRICS.get(metric).table(key)


def _computed(metric: str, key: str, ctx: Context, data: Dataset | None = None) -> pl.DataFrame:
    return _table(metric, key).compute(data or _data(), ctx).collect()


def test_every_metric_is_named_as_its_file() -> None:
    assert [metric.name for metric in METRICS] == list(METRICS.names())


@tables
def test_a_table_declares_each_column_once_and_titles_it_in_both_languages(
    metric: str, key: str
) -> None:
    columns = _table(metric, key).columns
    assert len({c.key for c in columns}) == len(columns)
    assert all(c.en and c.zh and c.key == c.key.lower() for c in columns)
    assert all(bool(c.labels) == (c.unit == "label") for c in columns)


@tables
@contexts
def test_the_schema_is_the_declared_one(metric: str, key: str, ctx: Context) -> None:
    table = _table(metric, key)
    assert table.compute(_data(), ctx).collect_schema() == table.schema
    assert _computed(metric, key, ctx).schema == table.schema


@tables
def test_no_chats_give_no_rows_with_the_declared_schema(metric: str, key: str) -> None:
    table = _table(metric, key)
    lazy = table.compute(Dataset.empty(), replace(CONTEXTS["ended"], by=None))
    assert lazy.collect_schema() == table.schema
    assert lazy.collect().schema == table.schema
    assert lazy.collect().is_empty()


@tables
def test_the_order_of_the_input_rows_is_irrelevant(metric: str, key: str) -> None:
    data, ctx = _data(), CONTEXTS["ended"]
    shuffled = Dataset(
        data.chats.reverse(),
        data.members.collect().sample(fraction=1, shuffle=True, seed=1).lazy(),
        data.messages.collect().sample(fraction=1, shuffle=True, seed=2).lazy(),
        extras=data.extras.reverse(),
        moves=data.moves.reverse(),
    )
    assert_frame_equal(
        _computed(metric, key, ctx, shuffled), _computed(metric, key, ctx), check_exact=True
    )


@tables
def test_what_happens_after_t_changes_nothing(metric: str, key: str) -> None:
    data, ctx = _data(), CONTEXTS["ended"]
    late = [chat(AFTER, chat_id=chat_id).messages for chat_id in ("a", "b", "d")]
    beyond = pl.concat(late).filter(pl.col("sent_at") > ctx.as_of)
    again = data.moves.with_columns(pl.col("after", "until") + pl.duration(days=14))
    longer = replace(
        data,
        messages=pl.concat([data.messages, beyond]),
        moves=pl.concat([data.moves, again.filter(pl.col("until") > ctx.as_of)]),
    )
    assert longer.messages.collect().height > data.messages.collect().height
    assert_frame_equal(
        _computed(metric, key, ctx, longer), _computed(metric, key, ctx), check_exact=True
    )


def _marked(name: pl.Expr) -> pl.Expr:
    return pl.when(name != MENTION_ALL).then(name + MARK).otherwise(name)


def _pseudonymous(data: Dataset) -> Dataset:
    people = pl.col("sender_id", "sender_name", "reply_to_member", "actor_id")
    lists = pl.col("mention_ids", "target_ids").list.eval(_marked(pl.element()))
    return Dataset(
        data.chats.with_columns(_marked(pl.col("self_id"))),
        data.members.with_columns(_marked(pl.col("member_id", "display_name"))),
        data.messages.with_columns(_marked(people), lists),
        extras=data.extras.with_columns(_marked(pl.col("member_id"))),
        moves=data.moves.with_columns(_marked(pl.col("member_id"))),
    )


@tables
@contexts
def test_pseudonyms_change_nothing_but_the_names(metric: str, key: str, ctx: Context) -> None:
    hidden = replace(ctx, staff=tuple(name + MARK for name in ctx.staff))
    got = _computed(metric, key, hidden, _pseudonymous(_data()))
    plain = got.with_columns(pl.col(pl.String).str.replace_all(MARK, "", literal=True))
    assert_frame_equal(plain, _computed(metric, key, ctx), check_exact=True)


def test_the_pseudonymous_dataset_keeps_weak_ids_weak() -> None:
    ids = _pseudonymous(_data()).members.collect()["member_id"]
    assert ids.str.starts_with(WEAK_ID).any()


@tables
@contexts
def test_floats_have_nine_significant_digits(metric: str, key: str, ctx: Context) -> None:
    floats = _computed(metric, key, ctx).select(pl.col(pl.Float64))
    assert_frame_equal(floats.select(pl.all().round_sig_figs(9)), floats, check_exact=True)
    assert not floats.select(pl.any_horizontal(pl.all().is_nan().any())).to_series().any()


@tables
@contexts
def test_every_code_has_its_words(metric: str, key: str, ctx: Context) -> None:
    frame = _computed(metric, key, ctx)
    for column in _table(metric, key).columns:
        if column.unit == "label":
            used = set(frame[column.key].drop_nulls())
            assert used <= set(labels(column.labels, "zh")), column.key


@tables
def test_the_same_input_gives_the_same_rows_twice(metric: str, key: str) -> None:
    first, second = (_computed(metric, key, CONTEXTS["ended"]) for _ in range(2))
    assert_frame_equal(first, second, check_exact=True)
