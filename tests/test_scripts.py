"""The scripts in benchmarks/ and scripts/ run from a clean checkout and print what they promise."""

import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


def run(script: str, *args: object) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / script, *map(str, args)],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six invented groups over 400 days: members come, have a rhythm, and some stop."""
    folder = tmp_path_factory.mktemp("activity")
    rng = random.Random(5)
    rows = []
    for chat in range(6):
        for member in range(45):
            begin, rate = rng.randrange(300), rng.choice((0.03, 0.1, 0.3, 0.7))
            end = begin + rng.randrange(20, 400)
            rows += [
                (
                    f"g{chat}",
                    member,
                    date(2024, 1, 1) + timedelta(days=day),
                    rng.randrange(1, 12),
                    40,
                )
                for day in range(begin, min(end, 400))
                if rng.random() < rate
            ]
    pl.DataFrame(
        rows,
        schema={"chat": pl.String, "member": pl.UInt32, "day": pl.Date, "messages": pl.UInt32,
                "characters": pl.UInt32},
        orient="row",
    ).write_parquet(folder / "activity.parquet")  # fmt: skip
    replies = [(chat, n, (n + 1) % 45, day, 1) for chat, n, day, *_ in rows[::3]]
    pl.DataFrame(
        replies,
        schema={"chat": pl.String, "from_member": pl.UInt32, "to_member": pl.UInt32,
                "day": pl.Date, "messages": pl.UInt32},
        orient="row",
    ).write_parquet(folder / "replies.parquet")  # fmt: skip
    return folder


def test_the_scorecard_is_fitted_beside_recency_and_bg_nbd(tables: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    shown = run("scripts/fit_churn.py", tables, "--write", card)
    assert "BG/NBD" in shown
    assert "AUC" in shown
    assert "[[term]]" in card.read_text(encoding="utf-8")
    assert "AUC" in run("scripts/fit_churn.py", tables, "--check", card)


def test_the_core_is_compared_with_a_plain_pick_and_the_best_set(tables: Path) -> None:
    assert "best" in run("benchmarks/pyramid_core.py", tables)


def test_qq_text_is_timed_beside_a_loop_and_reads_the_same_records() -> None:
    shown = run("benchmarks/qq_txt.py", "--messages", 20_000, "--rounds", 1, "--report")
    assert shown.count("20000 records") == 2
    assert "times as long" in shown
    assert "whole report" in shown


def test_json_is_timed() -> None:
    assert "MB/s" in run("benchmarks/json_reader.py", "--megabytes", 4)


@pytest.mark.parametrize("name", ["telegram_json", "whatsapp_txt"])
def test_the_logs_of_phones_and_desktops_are_timed(name: str) -> None:
    shown = run(f"benchmarks/{name}.py", "--messages", 3_000, "--rounds", 1)
    assert "sqtool" in shown
    assert "MB/s" in shown


def test_conversions_are_timed_with_their_memory(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    run("benchmarks/make_qq.py", log, "--messages", 5_000)
    shown = run("benchmarks/convert.py", log, "--to", "parquet,jsonl")
    assert [line.split()[0] for line in shown.splitlines()] == ["to", "parquet", "jsonl"]


def test_the_portfolio_of_many_chats_is_timed() -> None:
    shown = run("benchmarks/portfolio.py", "--chats", 30, "--messages", 200, "--rounds", 1)
    assert "30 chats x 200 messages" in shown
    assert "portfolio" in shown


def test_the_store_is_timed_from_import_to_compaction() -> None:
    small = ("--messages", 5_000, "--rounds", 1, "--chats", 40, "--weeks", 3, "--a-week", 20)
    shown = run("benchmarks/store.py", *small)
    assert "import: " in shown
    assert "the same file again: " in shown
    assert "one message more: " in shown
    assert "daily speakers: " in shown
    assert shown.count("one chat of 40: ") == 2
    assert "compact: " in shown


def test_layouts_of_the_store_are_compared() -> None:
    shown = run("benchmarks/layout.py", "--chats", 20, "--weeks", 2, "--only", "in use,8 b,sorted")
    assert [line[:11].strip() for line in shown.splitlines()[2:]] == [
        "in use", "8 buckets", "not sorted",
    ]  # fmt: skip


def test_start_up_is_timed() -> None:
    shown = run("benchmarks/startup.py")
    assert "--version" in shown
    assert "--help" in shown
