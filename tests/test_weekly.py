"""The weekly review: its bytes, its honesty, and that every sentence stands on a figure."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import sqtool
from sqtool import Context, Dataset
from sqtool.config import Settings, Targets
from sqtool.demo import write_demo
from sqtool.i18n import Lang
from sqtool.render import markdown
from sqtool.render._base import Style
from sqtool.reports._model import Items, Note, Report, Section, Table, plain
from sqtool.snapshots import apply_snapshots
from tests._chat import at, chat, moment
from tests._golden import FIXTURES
from tests._lists import listing

REPORTS = FIXTURES / "reports"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Sixteen weeks of the demo group."""
    return sqtool.load(write_demo(tmp_path_factory.mktemp("demo"), formats=("qq-txt",)))


def review(data: Dataset, lang: Lang = "zh", **more: object) -> Report:
    return sqtool.weekly_review(data, Context.of(data, lang=lang, **more))  # type: ignore[arg-type]


def section(report: Report, key: str) -> Section | None:
    return next((s for s in report.sections if s.key == key), None)


def words(report: Report, key: str) -> str:
    """All running text of a section."""
    found = section(report, key)
    assert found is not None
    said: list[str] = []
    for block in found.blocks:
        if isinstance(block, Note):
            said.append(plain(block.text))
        elif isinstance(block, Items):
            said.extend(plain(item) for item in block.items)
    return "\n".join(said)


def rows(report: Report, key: str) -> list[tuple[object, ...]]:
    found = section(report, key)
    assert found is not None
    return [row for block in found.blocks if isinstance(block, Table) for row in block.rows]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("case", "source"), [("demo", "demo/reading-club.txt"), ("dull", "reports/dull/group.txt")]
)
def test_the_markdown_equals_the_golden(
    case: str, source: str, lang: Lang, update_golden: bool
) -> None:
    shown = markdown.render(review(sqtool.load(FIXTURES / source), lang), Style())
    golden = REPORTS / case / f"review.{lang}.md"
    if update_golden:
        golden.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == golden.read_bytes().decode()


def test_the_same_data_give_the_same_report_and_json_reads_back(demo: Dataset) -> None:
    first, second = review(demo), review(demo)
    assert first == second
    assert Report.model_validate_json(first.model_dump_json()) == first


def test_a_cooling_group_opens_with_it_and_the_figures_agree_with_the_table(demo: Dataset) -> None:
    report = review(demo)
    opening = words(report, "headline")
    assert opening.startswith("本周在降温:")
    overview = {row[0]: row for row in rows(report, "overview")}
    this, last, change = (cell.value for cell in overview["消息"][1:4])  # type: ignore[attr-defined]
    assert f"消息 {this:,} 条" in opening
    assert f"上期 {last:,}" in opening
    assert change == pytest.approx(this / last - 1)
    assert "触发规则" in words(report, "verdict")


def test_the_layers_add_up_to_the_list_named_in_the_subtitle(demo: Dataset) -> None:
    report = review(demo)
    assert sum(int(str(row[1])) for row in rows(report, "pyramid")) == 180
    assert "名单:180 人" in plain(report.subtitle)


def test_there_are_at_most_five_actions_and_each_says_who_what_and_why(demo: Dataset) -> None:
    found = section(review(demo), "actions")
    assert found is not None
    (block,) = found.blocks
    assert isinstance(block, Items)
    assert 1 <= len(block.items) <= 5
    for item in block.items:
        who, *rest = item
        assert who.style == "strong"
        assert who.text
        assert ":" in "".join(span.text for span in rest)


def test_whoever_is_to_be_contacted_stands_in_the_risk_table(demo: Dataset) -> None:
    report = review(demo)
    listed = {str(row[0]) for row in rows(report, "churn")}
    talk = next(line for line in words(report, "actions").splitlines() if "私聊" in line)
    named = talk.split("私聊 ")[1].split(" 等 ")[0].split(":")[0].split("、")
    assert set(named) <= listed


def test_without_a_list_silent_people_are_said_to_be_unknown() -> None:
    data = chat("d1..d20 09:00 ann: hi\nd1..d20 10:00 bob: hi")
    report = review(data)
    assert "没有成员名单" in plain(report.subtitle)
    assert "--roster" in words(report, "pyramid")
    assert "仅见过的人" in str(rows(report, "overview"))


def test_a_young_log_judges_nobody() -> None:
    data = chat("d1..d7 09:00 ann x3: hi\nd1..d2 10:00 bob x5: hi")
    report = review(data)
    assert rows(report, "churn") == []
    assert "满 28 天" in words(report, "churn")
    assert "私聊" not in words(report, "actions")
    assert words(report, "headline").startswith("资料还少")


def test_a_dead_group_gets_one_decision_and_no_chores() -> None:
    data = chat("d1..d40 09:00 ann x3: hi\nd1..d40 10:00 bob x5: hi")
    report = review(data, as_of=datetime(2024, 4, 20, tzinfo=UTC))
    assert words(report, "headline").startswith("这个群已成死群")
    assert words(report, "actions").count("\n") == 0
    assert "解散" in words(report, "actions")


def test_the_ground_names_t_zone_list_rows_and_thresholds(demo: Dataset) -> None:
    ground = words(review(demo), "ground")
    for part in ("2026-03-15 22:41", "Asia/Shanghai", "由进退群记录重建", "跳过 0 条", "阈值"):
        assert part in ground


def test_what_happens_after_the_period_changes_nothing_but_the_ground(demo: Dataset) -> None:
    early = review(demo, week="2026-W09", as_of=datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC))
    late = review(demo, week="2026-W09")
    # Who spoke again, and where newcomers stand now, is told as of T; the rest stands still.
    for key in ("headline", "overview", "verdict", "pyramid"):
        assert section(early, key) == section(late, key), key


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "[/x]", "<script>", "a|b", "\u202e倒", "名" * 200]
)
def test_hostile_names_stay_plain_text(name: str) -> None:
    data = chat("d1..d60 09:00 ann x3: hi\nd1..d40 10:00 bob: hi\nd41 09:00 ann +cid")
    renamed = Dataset(
        data.chats,
        data.members.with_columns(display_name=pl.lit(name)),
        data.messages.with_columns(sender_name=pl.lit(name)),
    )
    shown = markdown.render(review(renamed), Style())
    assert "<script>" not in shown
    assert "\u202e" not in shown
    assert "名" * 60 not in shown
    assert not [line for line in shown.splitlines() if line.startswith("|") and "a|b" in line]


def test_english_is_english_throughout(demo: Dataset) -> None:
    data = chat("d1..d60 09:00 ann x3: hi there\nd1..d40 10:00 bob: hi\nd41 09:00 ann +cid")
    shown = markdown.render(review(data, "en"), Style())
    assert not [c for c in shown if "\u4e00" <= c <= "\u9fff"]


LIVELY = """
d1..d28 09:00 ann x2: hi
d1..d28/2 10:00 bob: hi
d22 09:00 +cid
d23 09:00 -cid
d24 09:00 +dot
"""


def with_targets(ctx: Context) -> Report:
    own = {"wau": 2}
    targets = Targets.model_validate(
        {"wau": 3, "messages": 18, "staff_share": 0.2, "leaves": 1, "health": 60, "Ours": own}
    )
    data = chat(LIVELY, name="Ours")
    return sqtool.weekly_review(data, replace(ctx, settings=Settings(targets=targets)))


def test_targets_stand_beside_the_figures_of_a_whole_week() -> None:
    report = with_targets(at("d28 23:59"))
    shown = {row[0]: row[-1] for row in rows(report, "overview")}
    # d22 to d28: 14 messages of ann, 3 of bob; the chat has a target of two speakers of its own.
    assert shown["消息"] == "18 ✗"
    assert shown["发言人数"] == "2 ✓"
    assert shown["进群 / 退群"] == "– / ≤ 1 ✓"
    assert shown["日均发言(DAU)"] is None
    assert "无法判断的目标(数据没有,或样本太少):health、staff_share。" in words(report, "overview")


def test_a_running_week_is_not_held_to_the_targets_of_a_whole_one() -> None:
    data = chat(LIVELY, name="Ours")
    running = Context.of(data, as_of=moment("d25 12:00"), week="this", lang="en")
    report = with_targets(running)
    assert "Targets are about whole weeks" in words(report, "overview")
    assert all(len(row) == 5 for row in rows(report, "overview"))


def test_the_whole_lists_stand_at_the_end(demo: Dataset) -> None:
    report = review(demo)
    (risk,) = [table for table in report.tables if table.key == "risk"]
    shown = rows(report, "churn")
    assert len(risk.rows) > len(shown) > 0
    names = [row[1] for row in risk.rows]
    assert all(row[0] in names for row in shown)


def test_no_list_tells_what_its_section_cannot() -> None:
    young = sqtool.weekly_review(chat("d1..d10 09:00 ann x3: hi\nd2..d9 10:00 bob: hi"))
    assert young.tables == ()
    four_weeks = review(sqtool.load(FIXTURES / "demo" / "reading-club.txt"))
    assert [table.key for table in four_weeks.tables] == ["risk", "inviters"]


def test_a_period_of_ones_own_is_no_week() -> None:
    data = chat("d1..d60 09:00 ann x3: hi\nd1..d40 10:00 bob: hi")
    report = review(data, since=datetime(2024, 2, 1), until=datetime(2024, 2, 20))  # noqa: DTZ001
    assert report.title.endswith("复盘")
    overview = section(report, "overview")
    assert overview is not None
    assert "本期一览" in overview.title


def test_the_language_follows_the_chat() -> None:
    from sqtool.reports._lang import chat_lang

    assert chat_lang(chat("d1 09:00 ann: good morning everybody")) == "en"
    assert chat_lang(chat("d1 09:00 ann: 大家早上好")) == "zh"
    assert chat_lang(Dataset.empty()) == "zh"


def test_the_anchor_is_read_from_the_mini_language() -> None:
    data = chat("d1 09:00 ann: hi")
    assert at("d1").as_of >= data.messages.collect()["sent_at"].max()  # type: ignore[operator]
    assert Path(REPORTS).is_dir()


# --- lists of several days ------------------------------------------------------------------------

LISTED_LOG = "d1 08:00 ann: hi\nd3 09:00 bob x2: hi\nd9 10:00 ann +cid\nd14 08:00 ann: hi"


def newcomers(lang: Lang, *lists: pl.DataFrame, platform: str = "wechat") -> str:
    log = chat(LISTED_LOG, platform=platform)
    data = apply_snapshots(log, pl.concat(lists))
    ctx = Context.of(data, as_of=at("d14").as_of, lang=lang)
    return words(sqtool.weekly_review(data, ctx), "newcomers")


def test_who_came_and_went_between_two_lists_is_named() -> None:
    lists = (listing("d7", "ann bob dot"), listing("d14", "ann cid eve"))
    said = newcomers("zh", *lists)
    assert "01-07 与 01-14 两次名单之间(3 人 → 3 人):2 人不见了:Bob、Dot;" in said
    assert "1 人新出现(记录里没有进群提示):Eve。" in said
    assert "谁退了群只能由两次名单对出来" in said
    said = newcomers("en", *lists, platform="qq")
    assert "Between the lists of 01-07 and 01-14 (3 people before, 3 people after): " in said
    assert "2 people gone: Bob, Dot; 1 person new without a notice: Eve." in said


def test_a_quiet_pair_of_lists_and_unmatched_names_are_said_as_such() -> None:
    same = (listing("d7", "ann"), listing("d14", "ann cid"))
    assert "(1 人 → 2 人):没有人进出。" in newcomers("zh", *same)
    lists = (listing("d7", "ann old", ids=False), listing("d14", "ann cid new", ids=False))
    assert "另有 1 个名字消失、1 个新出现,对不上(退群、进群或改名)。" in newcomers("zh", *lists)


def test_a_newcomer_who_is_gone_from_the_list_is_not_waited_for() -> None:
    stays = (listing("d10", "ann cid"), listing("d14", "ann cid"))
    assert "近 14 天进群、还没开口" in newcomers("zh", *stays)
    gone = (listing("d10", "ann cid"), listing("d14", "ann"))
    assert "近 14 天进群、还没开口" not in newcomers("zh", *gone)
