"""All chats side by side: every figure worked out by hand or another metric's own."""

from dataclasses import replace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sqtool.config import Settings
from sqtool.metrics._trend import spark
from sqtool.metrics.portfolio import BAD, BY_TAG, METRIC, add_up, portfolio, worst_first
from sqtool.metrics.zombie import WORST_FIRST
from sqtool.render import _format
from sqtool.reports._labels import label
from sqtool.schema import MESSAGES, TAGS, Dataset
from tests._chat import at, chat, only_row, table, together

LIVELY = "d1..d42 09:00 ann: hi\nd1..d42 10:00 bob: hi\nd1..d42 11:00 cid: hi"
# One day a week: 12, 11, 10, 9, 8 messages, then 5; three speakers each week, two in the last.
FADING = "\n".join(
    f"d{7 * week + 3} 09:00 ann x{n - 2}: hi\nd{7 * week + 3} 10:00 bob: hi"
    + (f"\nd{7 * week + 3} 11:00 cid: hi" if n > 5 else "")
    for week, n in enumerate((12, 11, 10, 9, 8, 5))
)
SILENT = "d1..d20 09:00 ann x5: hi"


def _tags(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TAGS, orient="row")


def _many() -> Dataset:
    return together(
        chat(LIVELY, chat_id="a"),
        chat(FADING, chat_id="b", platform="wechat"),
        chat("d40 09:00 ann: hi", chat_id="c"),
        chat(SILENT, chat_id="d"),
        chat("", chat_id="e", roster="kim lee", name=None),
    )


def test_a_row_says_what_the_other_metrics_say() -> None:
    data = chat(
        FADING + "\nd40 12:00 -eve", roster="ann bob cid dot", chat_id="b"
    )  # eve was there until d40: one leave of five members
    row = only_row("portfolio", "portfolio", data, at("d42"))
    verdict = only_row("zombie", "verdict", data, at("d42"))
    same = ("name", "verdict", "evidence", "action", "health")
    assert {key: row[key] for key in same} == {key: verdict[key] for key in same}
    assert (row["verdict"], row["action"]) == ("cooling", "revive")
    assert (row["members"], row["wau"], row["leave_share"]) == (4, 2, 0.2)
    assert row["wau_change"] == -0.333333333  # 2 ÷ 3 − 1
    # The log starts on d3: five whole blocks up to d42, of 3, 3, 3, 3 and 2 speakers: 2 of 3 is
    # 4.67 of 7 steps, so 5.
    assert row["trend"] == "████▆"


def test_regulars_at_risk_are_those_the_review_lists() -> None:
    # ann and bob are active on 8 days, cid on 3 only, dan on 4 but long ago, zed is staff.
    lines = """
    d1..d36/5 09:00 ann: hi
    d1..d36/5 09:10 bob: hi
    d1..d18/3 09:20 dan: hi
    d15..d17 09:30 cid: hi
    d1..d42/2 10:00 zed: hi
    """
    data = chat(lines, roles={"zed": "owner"})
    risk = table("churn", "risk", data, at("d42"))
    regular = risk.filter(pl.col("active_days_112") >= 4)
    assert set(regular["member_id"]) == {"ann", "bob", "dan"}
    expected = regular.filter(pl.col("band") != "low").height
    assert expected > 0
    assert only_row("portfolio", "portfolio", data, at("d42"))["at_risk"] == expected
    all_risky = Settings().model_copy(
        update={"churn": Settings().churn.model_copy(update={"medium": 0.0})}
    )
    assert only_row("portfolio", "portfolio", data, at("d42", settings=all_risky))["at_risk"] == 3


def test_nobody_is_at_risk_before_the_log_is_as_long_as_the_window() -> None:
    data = chat("d1..d35 09:00 ann: hi\nd1..d12/2 09:00 bob: hi")
    assert only_row("portfolio", "portfolio", data, at("d21"))["at_risk"] is None
    assert only_row("portfolio", "portfolio", data, at("d28"))["at_risk"] is not None


def test_the_worst_come_first_then_ids() -> None:
    rows = table("portfolio", "portfolio", _many(), at("d42"))
    assert rows.select("chat_id", "verdict", "action").rows() == [
        ("d", "dead", "close"),
        ("b", "cooling", "revive"),
        ("c", "thin", "keep"),
        ("e", "thin", "keep"),
        ("a", "steady", "keep"),
    ]


def test_a_chat_nobody_wrote_in_has_members_and_nothing_else() -> None:
    row = table("portfolio", "portfolio", _many(), at("d42")).row(
        by_predicate=pl.col("chat_id") == "e", named=True
    )
    unknown = ("wau", "wau_change", "trend", "at_risk", "leave_share", "tags", "health")
    assert {row[key] for key in unknown} == {None}
    assert (row["name"], row["members"], row["evidence"]) == ("e", 2, "还没有消息")


def test_batches_put_together_are_the_whole() -> None:
    ctx, data = at("d42"), _many()
    whole = portfolio(data, ctx).collect()
    parts = [["a", "d"], ["b"], ["c", "e"]]
    batches = [
        portfolio(
            Dataset(
                data.chats.filter(pl.col("chat_id").is_in(ids)),
                data.members.filter(pl.col("chat_id").is_in(ids)),
                data.messages.filter(pl.col("chat_id").is_in(ids)),
            ),
            replace(ctx, other_chats=5 - len(ids)),
        )
        for ids in parts
    ]
    assert_frame_equal(worst_first(pl.concat(batches)).collect(), whole)


def test_a_zombie_in_a_batch_of_its_own_is_not_the_only_chat() -> None:
    staffed = "d1..d42 09:00 boss x9: hi\nd1..d42 10:00 ann: hi"
    data = chat(staffed, roles={"boss": "owner"})
    assert only_row("portfolio", "portfolio", data, at("d42"))["action"] == "revive"
    assert only_row("portfolio", "portfolio", data, at("d42", other_chats=1))["action"] == "merge"


def test_no_text_is_read() -> None:
    data = _many()
    columns = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in MESSAGES.items()
        if name in ("text", "quoted_text", "sender_name", "mention_ids", "reply_to_member")
    ]
    mute = replace(data, messages=data.messages.with_columns(columns))
    assert_frame_equal(portfolio(mute, at("d42")).collect(), portfolio(data, at("d42")).collect())


def test_tags_add_the_chats_up_and_the_untagged_are_a_row() -> None:
    tags = _tags(
        ("a", "city", "Beijing"), ("b", "city", "Beijing"), ("d", "city", "Harbin"),
        ("a", "team", "x"), ("gone", "city", "Lhasa"),
    )  # fmt: skip
    data = replace(_many(), tags=tags)
    few = at("d42", settings=Settings(min_cases_share=2))
    rows = table("portfolio", "by_tag", data, few)
    columns = ["tag", "value", "chats", "bad", "bad_share", "members", "wau", "dead", "cooling"]
    assert rows.select(columns).rows() == [
        # Beijing: a (3 members, 3 speak, steady) and b (3, 2, cooling); c has 1, e 2 on the list.
        ("city", "Beijing", 2, 1, 0.5, 6, 5, 0, 1),
        ("city", None, 2, 0, 0.0, 3, 1, 0, 0),
        ("city", "Harbin", 1, 1, None, 1, 0, 1, 0),  # one chat is no share
        ("team", None, 4, 2, 0.5, 7, 3, 1, 1),
        ("team", "x", 1, 0, None, 3, 3, 0, 0),
    ]
    assert rows["thin"].to_list() == [0, 2, 0, 2, 0]
    assert rows["chats"].sum() == 2 * 5
    again = add_up(portfolio(data, few).reverse(), tags.reverse(), few).collect()
    assert_frame_equal(again, rows)


def test_a_row_shows_the_tags_by_key() -> None:
    tags = _tags(("a", "team", "x"), ("a", "city", "北京"))
    rows = table("portfolio", "portfolio", replace(_many(), tags=tags), at("d42"))
    shown = dict(rows.select("chat_id", "tags").iter_rows())
    assert shown == {"a": "city=北京, team=x", "b": None, "c": None, "d": None, "e": None}


def test_verdicts_are_called_as_everywhere() -> None:
    titled = {c.key: (c.en, c.zh) for c in BY_TAG if c.key in WORST_FIRST}
    assert titled == {
        code: (label("verdict", code, "en"), label("verdict", code, "zh")) for code in WORST_FIRST
    }
    assert set(BAD) < set(WORST_FIRST)
    assert [t.key for t in METRIC.tables] == ["portfolio", "by_tag"]


def _spark(newest_first: list[int]) -> str | None:
    frame = pl.DataFrame({"y": [newest_first]}, schema={"y": pl.List(pl.Int64)})
    got: str | None = frame.select(spark(pl.col("y"), 8)).item()
    return got


def test_a_sparkline_is_drawn_by_hand() -> None:
    # Of the highest, 4: a quarter is 1.75 of 7 steps, a half 3.5; both are rounded up.
    assert _spark([2, 1, 4]) == "█▃▅"
    assert _spark([0, 0]) == "▁▁"
    assert _spark([5, 0]) == "▁█"
    assert _spark([]) is None
    assert _spark([9, 8, 7, 6, 5, 4, 3, 2, 90, 90]) == _spark([9, 8, 7, 6, 5, 4, 3, 2])


@given(st.lists(st.integers(0, 500), min_size=1, max_size=8))
def test_a_sparkline_is_the_reviews_own(newest_first: list[int]) -> None:
    assert _spark(newest_first) == _format.spark(tuple(map(float, reversed(newest_first))))
