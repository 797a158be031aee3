"""``sqtool alias`` and ``--aliases``: from a suggestion to a table in which two ids are one."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.test_cli import Run

LOG = (
    "2017-03-01 9:05:00 小林(10001)\r\n大家好\r\n\r\n"
    "2017-03-02 9:00:00 小林<lin@example.com>\r\n在吗\r\n\r\n"
    "2017-03-03 9:00:00 阿强(10000000012)\r\n在\r\n\r\n"
    "2017-03-03 9:00:30 阿澈(10003)\r\n我也在\r\n\r\n"
    "2017-03-04 9:00:00 阿强(10000000013)\r\n换号了\r\n\r\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "读书会一群.txt"
    path.write_text(LOG, "utf-8", newline="")
    return path


def test_suggestions_name_the_evidence_in_the_language_asked_for(run: Run, log: Path) -> None:
    code, out, err = run("alias", "suggest", str(log))
    assert code == 0
    assert out.splitlines() == [
        "chat_id,member_id,other_id,names,evidence,n",
        "qq:读书会一群,10001,lin@example.com,小林,mail_number,2",
        "qq:读书会一群,10000000013,10000000012,阿强,changed_account,2",
    ]
    assert "--aliases" in err
    _, shown, _ = run("alias", "suggest", str(log), "--md", "--lang", "zh")
    assert "名字相同,一个停用之后另一个才出现" in shown.replace("\\", "")
    rows = json.loads(run("alias", "suggest", str(log), "--json", "-q")[1])
    assert "changed_account" in json.dumps(rows)


@pytest.mark.parametrize(
    "form", [("aliases.csv",), ("aliases.csv", "--excel", "--lang", "zh"),
             ("aliases.csv", "--excel", "--lang", "en"), ("aliases.xlsx",)],
)  # fmt: skip
def test_every_table_form_can_be_given_back(
    run: Run, log: Path, tmp_path: Path, form: tuple[str, ...]
) -> None:
    listed = tmp_path / form[0]
    assert run("alias", "suggest", str(log), "-o", str(listed), *form[1:])[0] == 0
    code, out, _ = run("members", str(log), "--aliases", str(listed), "--csv")
    assert code == 0
    got = pl.read_csv(out.encode(), schema_overrides={"member_id": pl.String})
    assert sorted(got.select("member_id", "messages").rows()) == [
        ("10000000013", 2), ("10001", 2), ("10003", 1),
    ]  # fmt: skip


def test_the_rows_left_in_the_list_are_those_that_count(
    run: Run, log: Path, tmp_path: Path
) -> None:
    listed = tmp_path / "aliases.csv"
    run("alias", "suggest", str(log), "-o", str(listed))
    kept = [line for line in listed.read_text("utf-8").splitlines() if "阿强" not in line]
    listed.write_text("\n".join(kept), "utf-8")
    names = run("members", str(log), "--aliases", str(listed), "--table", "names", "--csv")[1]
    assert [line.split(",")[1:] for line in names.splitlines()[1:]] == [
        ["10000000012", "阿强", "2017-03-03", "2017-03-03", "1"],
        ["10000000013", "阿强", "2017-03-04", "2017-03-04", "1"],
        ["10001", "小林", "2017-03-01", "2017-03-02", "2"],
        ["10003", "阿澈", "2017-03-03", "2017-03-03", "1"],
    ]
    assert run("report", str(log), "--aliases", str(listed))[0] == 0


def test_mistakes_are_told_with_the_way_out(run: Run, log: Path, tmp_path: Path) -> None:
    code, _, err = run("alias", "sugest", str(log))
    assert (code, "did you mean suggest?" in err) == (2, True)
    code, _, err = run("alias", "suggest")
    assert (code, "no export file given" in err) == (2, True)
    circle = tmp_path / "a.csv"
    circle.write_text("member_id,other_id\n10001,10003\n10003,10001\n", "utf-8")
    code, _, err = run("members", str(log), "--aliases", str(circle))
    assert (code, "circle" in err, "a.csv:2" in err) == (2, True, True)
