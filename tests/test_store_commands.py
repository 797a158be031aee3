"""The store on the command line: from an import to reports without files, and back again."""

import json
from pathlib import Path

import pytest

from tests.test_cli import Run

ROOT = Path(__file__).parents[1]
CLUB = ROOT / "fixtures" / "demo" / "reading-club.txt"
GROUP = ROOT / "fixtures" / "exports" / "chatlab-json" / "by-weflow.json"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """Hold the demo group in a store."""
    path = tmp_path / "store"
    monkeypatch.setenv("SQTOOL_STORE", str(path))
    assert run("import", CLUB, "-q")[0] == 0
    return path


def rows(run: Run, *args: object) -> list[dict[str, object]]:
    code, out, err = run(*args, "--jsonl", "-q")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_a_report_of_the_store_is_that_of_the_file(store: Path, run: Run) -> None:
    assert run("report", "-q") == run("report", CLUB, "-q")
    assert run("churn", "--csv", "-q") == run("churn", CLUB, "--csv", "-q")


def test_an_import_tells_what_was_new_and_the_same_file_adds_nothing(
    store: Path, run: Run, tmp_path: Path
) -> None:
    again = run("import", CLUB)
    assert again[:2] == (0, "")
    assert "reading-club.txt: imported before, nothing new" in again[2]
    longer = tmp_path / CLUB.name
    longer.write_bytes(
        CLUB.read_bytes() + "2026-03-15 23:59:00 小林(10001)\r\n晚安\r\n\r\n".encode()
    )
    (told,) = rows(run, "import", longer)
    counts = [told[name] for name in ("new", "known", "enriched", "messages")]
    assert counts == [1, 1782, 0, 1783]


def test_an_import_is_taken_back_and_stays_in_the_list(store: Path, run: Run) -> None:
    run("import", GROUP, "-q")
    assert [row["name"] for row in rows(run, "chats")] == ["晨读会", "读书会一群"]
    assert "taken back: 2 import: 7 messages; by-weflow.json" in run("undo")[2]
    assert [row["name"] for row in rows(run, "chats")] == ["晨读会"]
    told = [(row["id"], row["what"], row["state"]) for row in rows(run, "imports")]
    assert told == [
        (3, "undo", "took back 2"), (2, "import", "undone"), (1, "import", "in force"),
        (0, "create", "in force"),
    ]  # fmt: skip
    # What was taken back can be imported again.
    assert rows(run, "import", GROUP)[0]["new"] == 7


def test_one_of_several_chats_is_chosen_by_name(store: Path, run: Run) -> None:
    run("import", GROUP, "-q")
    code, _, err = run("report", "-q")
    assert code == 2
    assert "2 chats in the store; one is needed" in err
    assert "晨读会 [qq:晨读会] 1782" in err
    code, _, err = run("report", "--chat", "晨读", "-q")
    assert code == 2
    assert "did you mean 晨读会?" in err
    # T is the newest moment of all chats.
    assert run("activity", "--chat", "读书会一群", "-q")[0] == 0


def test_without_a_store_the_way_in_is_told(run: Run) -> None:
    code, _, err = run("report")
    assert (code, "sqtool demo" in err) == (2, True)
    code, _, err = run("imports")
    assert (code, "sqtool import FILE... makes one" in err) == (2, True)


def test_tags_lists_and_aliases_are_kept_and_used(store: Path, run: Run, tmp_path: Path) -> None:
    run("tag", "晨读会", "city=北京", "team=a", "-q")
    assert [(row["tag"], row["value"]) for row in rows(run, "tag", "晨读会", "team=")] == [
        ("city", "北京")
    ]
    (row,) = rows(run, "portfolio", "--tag", "city=北京")
    assert row["tags"] == "city=北京"
    one, two = (str(row["member_id"]) for row in rows(run, "members")[:2])
    listed = tmp_path / "名单.csv"
    listed.write_text(f"QQ号,课程\n{one},写作\n{two},阅读\n", "utf-8")
    (told,) = rows(run, "roster", "import", f"2026-03-10={listed}")
    assert (told["taken_on"], told["people"], told["columns"]) == ("2026-03-10", 2, "课程")
    values = {row["value"] for row in rows(run, "members", "--by", "课程")}
    assert values == {"写作", "阅读", None}
    assert rows(run, "roster", "import", f"2026-03-10={listed}") == [told]
    before = len(rows(run, "members"))
    rows(run, "alias", "add", one, two)
    assert len(rows(run, "members")) == before - 1
    assert rows(run, "alias", "split", two) == [
        {"chat_id": None, "member_id": one, "other_id": two}
    ]
    assert len(rows(run, "members")) == before


def test_an_alias_that_leads_in_a_circle_is_refused_and_not_kept(store: Path, run: Run) -> None:
    run("alias", "add", "1", "2", "-q")
    code, _, err = run("alias", "add", "2", "1", "-q")
    assert code == 2, err
    assert rows(run, "alias", "list") == [{"chat_id": None, "member_id": "1", "other_id": "2"}]


def test_the_tables_answer_sql(store: Path, run: Run) -> None:
    assert rows(run, "sql", "SELECT name, messages FROM chats") == [
        {"name": "晨读会", "messages": 1782}
    ]
    (counted,) = rows(run, "sql", "SELECT COUNT(*) AS n FROM messages WHERE kind = 'image'")
    assert counted["n"] == sum(
        1 for row in rows(run, "sql", "SELECT kind FROM messages") if row["kind"] == "image"
    )
    code, _, err = run("sql", "SELECT nothing FROM chats")
    assert code == 2
    assert "unable to find column" in err
    assert {row["table"] for row in rows(run, "sql")} >= {"chats", "messages", "imports"}


def test_the_store_is_described_and_tidied(store: Path, run: Run) -> None:
    assert [row["rows"] for row in rows(run, "store") if row["table"] == "messages"] == [1782]
    before = run("report", "-q")
    tidied = run("store", "compact", "-q")
    assert tidied[0] == 0, tidied[2]
    assert run("report", "-q") == before
    assert run("store", "migrate", "-q")[0] == 0
    code, _, err = run("store", "burn")
    assert (code, "compact" in err) == (2, True)


def test_pseudonyms_cover_what_the_store_holds(store: Path, run: Run) -> None:
    code, out, err = run("report", "--anonymise")
    assert code == 0
    assert "晨读会" not in out + err
    assert "米粒" not in out
