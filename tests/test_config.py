"""Settings: one file, over it the environment, over both the flags."""

import csv
import io
from pathlib import Path

import pytest

from sqtool.cli._config import given, load, named_file
from sqtool.cli._config_check import checked, known, strangers
from sqtool.config import Settings, Targets
from sqtool.errors import UsageError
from tests.test_cli import Run

DEMO = Path(__file__).parent.parent / "fixtures" / "demo" / "reading-club.txt"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SQTOOL_CONFIG_DIR", str(tmp_path / "own"))
    monkeypatch.delenv("SQTOOL_STORE")
    (tmp_path / "own").mkdir()
    return tmp_path / "own" / "config.toml"


def shown(run: Run, *args: object) -> dict[str, dict[str, str]]:
    code, out, _ = run("config", "show", "--csv", *args)
    assert code == 0
    return {row["key"]: row for row in csv.DictReader(io.StringIO(out))}


def test_nothing_set_is_all_defaults(run: Run, file: Path) -> None:
    assert load().settings == Settings()
    assert {row["origin"] for row in shown(run).values()} == {"default"}
    assert run("config", "check")[0] == 0
    assert run("config", "path")[1].strip() == str(file)


def test_environment_over_file_over_default(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('tz = "Asia/Tokyo"\n[verdict]\ntrend_change = 0.3\ntrend_weeks = 6\n', "utf-8")
    monkeypatch.setenv("SQTOOL_VERDICT__TREND_CHANGE", "0.4")
    now = load()
    assert (now.settings.verdict.trend_change, now.settings.verdict.trend_weeks) == (0.4, 6)
    rows = shown(run)
    assert rows["verdict.trend_change"] == {
        "key": "verdict.trend_change", "value": "0.4", "default": "0.25", "origin": "env",
        "changed": "true",
    }  # fmt: skip
    assert rows["verdict.trend_weeks"]["origin"] == "file"
    assert rows["tz"]["value"] == "Asia/Tokyo"
    assert list(shown(run, "--changed")) == ["tz", "verdict.trend_change", "verdict.trend_weeks"]


@pytest.mark.parametrize(
    ("flags", "env", "zone"),
    [([], None, "Asia/Tokyo"), ([], "UTC", "UTC"), (["--tz", "Europe/Paris"], "UTC",
     "Europe/Paris")],
)  # fmt: skip
def test_a_flag_wins_over_both(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], env: str | None,
    zone: str,
) -> None:  # fmt: skip
    file.write_text('tz = "Asia/Tokyo"\n', "utf-8")
    if env:
        monkeypatch.setenv("SQTOOL_TZ", env)
    assert f"time zone {zone}" in run("report", DEMO, "--md", "--lang", "en", *flags)[1]


def test_staff_of_the_file_are_staff_and_absent_ones_are_no_news(run: Run, file: Path) -> None:
    file.write_text('staff = ["米粒", "在别的群"]\n', "utf-8")
    _, out, err = run("pyramid", DEMO, "--table", "members", "--csv")
    rows = {row["display_name"]: row["layer"] for row in csv.DictReader(io.StringIO(out))}
    assert rows["米粒"] == "staff"
    assert "no such member" not in err
    assert "no such member" in run("pyramid", DEMO, "--staff", "没有他")[2]


def test_the_language_of_the_file_is_that_of_reports_and_errors(run: Run, file: Path) -> None:
    file.write_text('lang = "en"\n', "utf-8")
    assert "weekly review" in run("report", DEMO, "--md")[1]
    file.write_text('lang = "zh"\n', "utf-8")
    assert "没有这个命令" in run("nonsense")[2]
    assert "no such command" in run("nonsense", "--lang", "en")[2]


def test_paths_in_the_file_start_at_the_file(file: Path, tmp_path: Path) -> None:
    file.write_text('roster = "../lists/a.csv"\naliases = "b.csv"\nstore = "data"\n', "utf-8")
    options = load().options
    assert [Path(one).resolve() for one in options["roster"]] == [tmp_path / "lists" / "a.csv"]
    assert Path(options["aliases"]) == file.parent / "b.csv"
    assert options["store"] == "data"


def test_another_file_by_flag_or_variable(
    run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.toml"
    other.write_text("min_cases_share = 3\n", "utf-8")
    assert shown(run, "--config", other)["min_cases_share"]["value"] == "3"
    assert shown(run, f"--config={other}")["min_cases_share"]["value"] == "3"
    monkeypatch.setenv("SQTOOL_CONFIG", str(other))
    assert shown(run)["min_cases_share"]["value"] == "3"
    code, _, err = run("report", DEMO, "--config", tmp_path / "none.toml")
    assert (code, "no such file" in err) == (2, True)
    assert named_file(["report", "--", "--config", "x"]) is None


BROKEN = {
    "[verdict\n": "config.toml:1: this is not TOML",
    "roster = \"C:\\Users\\x\"\n": "write paths in single quotes",
    "tz = 'Mars/Olympus'\n": "tz: unknown time zone",
    "tz = 8\n": "tz: must be text",
    "lang = 'fr'\n": "lang: must be 'zh' or 'en'",
    "staf = ['a']\n": "staf: no such setting (did you mean staff?)",
    "trend_change = 0.3\n": "did you mean verdict.trend_change?",
    "[verdict]\ntrend_chnge = 0.3\n": "did you mean verdict.trend_change?",
    "[verdict]\nzombie_staff_share = 90\n": "verdict.zombie_staff_share: must be at most 1",
    "[verdict]\ntrend_weeks = 0\n": "verdict.trend_weeks: must be at least 1",
    "[verdict]\ntrend_weeks = 99999999999999999999\n": "verdict.trend_weeks: must be",
    "[verdict]\ntrend_change = 'much'\n": "verdict.trend_change: must be a number",
    "[verdict]\ntrend_change = nan\n": "verdict.trend_change: must be a number",
    "[verdict]\ntrend_weeks = 2.5\n": "verdict.trend_weeks: must be a whole number",
    "[points]\nhalf_life_days = 0\n": "points.half_life_days: must be above 0",
    "[churn]\nhigh = 0.3\n": "churn: medium cannot be above high",
    "verdict = 3\n": "verdict: no such setting",
    "[tz]\na = 1\n": "tz.a: no such setting",
    "[targets]\nwua = 5\n": "did you mean targets.wau?",
    "[targets.'3群']\nwau = -5\n": 'targets."3群".wau: must be at least 0',
    "[targets.'3群']\nwua = 5\n": 'targets."3群".wua: no such setting',
    "[targets]\nchats = []\n": "targets.chats: no such setting",
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BROKEN.items())
def test_a_broken_file_is_one_clear_line_and_exit_2(
    run: Run, file: Path, text: str, words: str
) -> None:
    file.write_text(text, "utf-8")
    code, out, err = run("churn", DEMO)
    assert (code, out) == (2, "")
    assert words in err.splitlines()[0] + " " + err, err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 2
    code, out, _ = run("config", "check")
    assert code == 2
    assert words in out
    assert "internal" not in out


def test_what_is_no_utf8_is_a_broken_file(run: Run, file: Path) -> None:
    file.write_bytes('staff = ["小林"]'.encode("gb18030"))
    code, _, err = run("churn", DEMO)
    assert (code, "not UTF-8 text" in err) == (2, True)
    assert run("--help")[0] == 0


def test_a_broken_variable_is_named(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQTOOL_CHURN__HIGH", "very")
    code, _, err = run("churn", DEMO)
    assert (code, err.startswith("sqtool: SQTOOL_CHURN__HIGH: churn.high: must be")) == (2, True)


def test_a_variable_of_no_setting_is_told_by_check_only(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQTOOL_CHURN__HIHG", "0.8")
    assert load().settings == Settings()
    assert [str(one) for one in strangers(given())] == [
        "SQTOOL_CHURN__HIHG: churn.hihg: no such setting (did you mean churn.high?)"
    ]
    assert run("config", "check")[0] == 2


def test_check_tells_every_problem_a_line(run: Run, file: Path) -> None:
    file.write_text("staf = 1\n[churn]\nhigh = 2\nlow = 1\n", "utf-8")
    _, out, _ = run("config", "check")
    assert [line.split(": ")[1] for line in out.splitlines()] == ["staf", "churn.low", "churn.high"]


def test_set_keeps_comments_and_layout(run: Run, file: Path) -> None:
    text = "# mine\nstaff = [\n  'a',  # boss\n]\n\n[verdict]  # strict\ntrend_weeks = 6\n"
    text = text.replace("\n", "\r\n")
    file.write_bytes(text.encode())
    assert run("config", "set", "verdict.trend_weeks", "7")[0] == 0
    assert file.read_bytes().decode() == text.replace("= 6", "= 7")
    assert run("config", "set", "verdict.trend_weeks", "6")[0] == 0
    assert file.read_bytes().decode() == text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["staff", "小林", "阿梅"], 'staff = ["小林", "阿梅"]'),
        (["staff", "小林,阿梅"], 'staff = ["小林", "阿梅"]'),
        (["staff", '["a, b"]'], 'staff = ["a, b"]'),
        (["staff", "123456"], 'staff = ["123456"]'),
        (["tz", "Asia/Tokyo"], 'tz = "Asia/Tokyo"'),
        (["self_is_member", "True"], "self_is_member = true"),
        (["min_cases_share", "5"], "min_cases_share = 5"),
        (["churn.high", "0.8"], "[churn]\nhigh = 0.8"),
        (['targets."3群".wau', "40"], '[targets."3群"]\nwau = 40'),
        (["targets.3群.wau", "40"], '[targets."3群"]\nwau = 40'),
    ],
)  # fmt: skip
def test_set_writes_the_value_as_its_kind(
    run: Run, file: Path, words: list[str], line: str
) -> None:
    file.parent.rmdir()
    assert run("config", "set", *words)[0] == 0
    assert line in file.read_text("utf-8")
    assert run("config", "check")[0] == 0


@pytest.mark.parametrize(
    "words",
    [["churn.high", "7"], ["churn.hihg", "0.7"], ["churn.high", "0.1"], ["tz", "Nowhere"],
     ["churn", "1"], ["churn.high"], []],
)  # fmt: skip
def test_set_refuses_and_leaves_the_file(run: Run, file: Path, words: list[str]) -> None:
    file.write_text("# as it was\n", "utf-8")
    assert run("config", "set", *words)[0] == 2
    assert file.read_text("utf-8") == "# as it was\n"
    assert list(file.parent.iterdir()) == [file]


def test_set_and_unset_mend_a_file_with_mistakes(run: Run, file: Path) -> None:
    file.write_text("staf = 1  # oh\n[churn]\nhigh = 2\n", "utf-8")
    assert run("config", "set", "churn.high", "0.8")[0] == 0
    assert run("config", "unset", "staf")[0] == 0
    assert run("config", "check")[0] == 0
    assert run("config", "unset", "staf")[0] == 2


def test_a_path_is_set_from_where_the_user_stands(
    run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("config", "set", "roster", "list.csv")
    assert load().options["roster"] == [str(tmp_path / "list.csv")]


def test_every_setting_can_be_set_to_its_default(run: Run, file: Path) -> None:
    for path, setting in known().items():
        if isinstance(setting.default, int | float) and not isinstance(setting.default, bool):
            assert run("config", "set", ".".join(path), setting.default)[0] == 0, path
    assert load().settings == Settings()
    assert load().origins


def test_settings_can_be_hashed_whatever_is_set() -> None:
    targets = Targets.model_validate({"wau": 50, "3群": {"wau": 20, "speaking_share": 0.2}})
    assert hash(Settings(targets=targets)) != hash(Settings())
    assert targets.of("3群", "g1") == {"wau": 20, "speaking_share": 0.2}
    assert targets.of("4群") == {"wau": 50}


def test_an_empty_variable_sets_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQTOOL_TZ", "")
    assert not given()
    assert load().options == {}


def test_an_empty_table_is_nothing_if_there_is_one_of_its_name(file: Path) -> None:
    file.write_text("[verdict]\n[targets.'3群']\n", "utf-8")
    assert checked(given())[1] == []
    file.write_text("[verdicts]\n", "utf-8")
    with pytest.raises(UsageError):
        load()


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "Changed in the settings (default in brackets): `verdict.trend_change` = 0.3 (0.25)."),
     ("zh", "设置里改过的阈值(括号内为默认值):`verdict.trend_change` = 0.3(0.25)。")],
)  # fmt: skip
def test_the_review_names_thresholds_that_are_not_the_usual_ones(
    run: Run, file: Path, lang: str, words: str
) -> None:
    code, plain, _ = run("report", DEMO, "--md", "--lang", lang)
    assert (code, words[:22] in plain) == (0, False)
    file.write_text("[verdict]\ntrend_change = 0.3\n[targets]\nwau = 5\n", "utf-8")
    assert words in run("report", DEMO, "--md", "--lang", lang)[1]
