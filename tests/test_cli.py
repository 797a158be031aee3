"""The command line: exit codes, what goes to stdout and stderr, formats, places, languages."""

import ast
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import sqtool
from sqtool import Dataset, __version__, i18n
from sqtool.__main__ import main
from sqtool.cli import _input, _issue_titles, _output, _tell
from sqtool.cli._base import all_names, find
from sqtool.metrics import METRICS
from sqtool.reading import Progress
from sqtool.render import RENDERERS
from sqtool.render._escape import display_width
from tests._golden import EXPORTS

SOURCE = Path(sqtool.__file__).parent

NAMES = {"1000000001": "=HYPERLINK(1)", "1000000002": "阿强", "1000000003": "[/x]|<b>\x1b[1m"}

Run = Callable[..., tuple[int, str, str]]


def qq_text(title: str, *, days: int = 28, start: datetime = datetime(2026, 2, 16, 9)) -> str:  # noqa: DTZ001
    """A QQ text export: everyone speaks once a day for ``days`` days from a Monday on."""
    head = ["消息记录（此消息记录为文本格式，不支持重新导入）", "", "=" * 64, "消息分组:我的QQ群",
            "=" * 64, f"消息对象:{title}", "=" * 64, ""]  # fmt: skip
    for day in range(days):
        for minute, (who, name) in enumerate(NAMES.items()):
            at = start + timedelta(days=day, minutes=minute)
            head += [f"{at:%Y-%m-%d %H:%M:%S} {name}({who})", "今天读到第几章了", ""]
    return "\r\n".join(head)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "chat.txt"
    path.write_bytes(qq_text("晨读会").encode("utf-8-sig"))
    return path


class Screen(io.TextIOWrapper):
    """A standard output that claims to be a terminal of some encoding."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        self.flush()
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode(self.encoding)


# --- starting, helping ---------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_told(run: Run, flag: str) -> None:
    assert run(flag) == (0, f"sqtool {__version__}\n", "")


def test_no_command_shows_the_first_page(run: Run) -> None:
    assert run() == run("--help")


def test_the_first_page_names_every_command_and_the_quick_path(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in all_names():
        assert re.search(rf"^  {name}\s", out, re.MULTILINE), name
    assert "sqtool demo" in out
    assert out.index("Reports:") < out.index("Analyses:") < out.index("Data:")


def test_every_metric_is_a_command_without_any_edit() -> None:
    assert set(METRICS.names()) <= set(all_names())
    assert find("no-such-command") is None


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", all_names())
def test_every_command_has_help_with_examples_in_both_languages(
    run: Run, name: str, lang: str
) -> None:
    code, out, err = run(name, "--help", "--lang", lang)
    assert (code, err) == (0, "")
    examples = re.findall(rf"^  sqtool {name}\b.*$", out, re.MULTILINE)
    assert len(examples) >= 2
    has_chinese = re.search(r"[\u4e00-\u9fff]", out.splitlines()[0]) is not None
    assert has_chinese is (lang == "zh")
    if name in METRICS.names():
        assert all(table.key in out for table in METRICS.get(name).tables)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("args", [["--help"], ["report", "--help"], ["activity", "--help"]])
def test_help_fits_a_window_of_80_columns(
    run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str], lang: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for line in run(*args, "--lang", lang)[1].splitlines():
        assert display_width(line) <= 80, line


def test_the_help_of_a_report_offers_no_form_it_cannot_take(run: Run) -> None:
    _, out, _ = run("report", "--help")
    assert "--md" in out
    assert "--csv" not in out
    assert run("activity", "--help")[1].count("--csv ") == 1


def test_help_follows_the_system_language_and_the_flag_beats_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQTOOL_LANG", "zh")
    assert "用法" in run("--help")[1]
    assert "Usage" in run("--lang", "en", "--help")[1]


# --- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["actvity", "x.txt"], "did you mean: sqtool activity"),
        (["chat.txt"], "sqtool report chat.txt"),
        (["report"], "sqtool demo"),
        (["activity", "{export}", "--jsn"], "did you mean --json"),
        (["activity", "{export}", "--chat"], "--chat needs a value"),
        (["activity", "{export}", "--table", "weakly"], "did you mean weekly"),
        (["activity", "{export}", "-f", "jsnl"], "did you mean jsonl"),
        (["activity", "{export}", "--csv", "--json"], "several formats"),
        (["activity", "{export}", "--excel", "--json"], "--excel goes with"),
        (["activity", "{export}", "-o", "x.pdf"], "cannot write pdf"),
        (["activity", "{export}", "-o", "no/such/x.csv"], "the folder does not exist"),
        (["report", "{export}", "-f", "csv"], "possible: html, json, md, txt"),
        (["activity", "{export}", "--from", "qqtxt"], "did you mean qq-txt"),
        (["activity", "{export}", "--week", "10"], "not a week"),
        (["activity", "{export}", "--last", "7x"], "--last 7d"),
        (["activity", "{export}", "--since", "2026-02-30"], "--since: not a date"),
        (["activity", "{export}", "--last", "7d", "--week", "last"], "exclude each other"),
        (["activity", "{export}", "--tz", "Mars/Base"], "time zone"),
        (["activity", "{export}", "--lang", "fr"], "unknown language"),
        (["activity", "{export}", "--chat", "nobody"], "no chat named"),
        (["demo", "--weeks", "0"], "--weeks"),
        (["demo", "--weeks", "many"], "--weeks needs a whole number"),
        (["detect"], "missing: FILE..."),
    ],
)
def test_a_mistake_is_answered_in_plain_lines_with_the_way_out(
    run: Run, export: Path, args: list[str], says: str
) -> None:
    code, out, err = run(*(arg.format(export=export) for arg in args))
    assert code == 2
    assert out == ""
    assert err.startswith("sqtool: ")
    assert says in err
    assert "Traceback" not in err
    assert 1 <= len(err.splitlines()) <= 3


def test_mistakes_are_found_before_anything_is_read(
    run: Run, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*args: object, **kwargs: object) -> None:
        raise AssertionError("read before the options were checked")

    monkeypatch.setattr(_input, "load", load)
    for wrong in (["--table", "x"], ["-f", "x"], ["-o", "no/x.csv"], ["--since", "x"]):
        assert run("activity", export, *wrong)[0] == 2


def test_an_unknown_format_is_3_and_a_missing_file_4(run: Run, tmp_path: Path) -> None:
    stray = tmp_path / "notes.txt"
    stray.write_text("just some words\n")
    assert run("activity", stray)[0] == 3
    assert run("activity", tmp_path / "gone.txt")[0] == 4


def test_a_bug_is_1_and_quotes_nothing(
    run: Run, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret words of 阿强")

    monkeypatch.setattr(_input, "load", load)
    code, out, err = run("activity", export)
    assert (code, out) == (1, "")
    assert "RuntimeError" in err
    assert "--debug" in err
    assert "secret" not in err
    code, out, err = run("activity", export, "--debug")
    assert code == 1
    assert "Traceback" in err


def test_ctrl_c_is_130_and_quiet(run: Run, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_input, "load", load)
    assert run("activity", export) == (130, "", "")


@pytest.mark.skipif(os.name == "nt", reason="signals of a Unix system")
def test_sigterm_is_143_and_quiet_and_the_process_has_its_own_handler_back(
    run: Run, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*args: object, **kwargs: object) -> None:
        # The second comes while the first is being answered.
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(_input, "load", load)
    assert run("activity", export) == (143, "", "")
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_process_that_ignores_sigterm_goes_on_ignoring_it(
    run: Run, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*args: Any, **kwargs: Any) -> Dataset:
        signal.raise_signal(signal.SIGTERM)
        return sqtool.load(*args, **kwargs)

    monkeypatch.setattr(_input, "load", read)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert run("activity", export, "-q")[0] == 0
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_the_main_thread_a_command_runs_as_ever(export: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(main, ["activity", str(export), "-q", "-o", str(tmp_path / "a.csv")])
        assert done.result() == 0
    assert (tmp_path / "a.csv").read_bytes()


def test_a_reader_that_has_had_enough_is_no_error(export: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "sqtool", "activity", str(export), "-q"],
        stdout=writing, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


# --- what goes where -----------------------------------------------------------------------------


def test_piped_tables_are_csv_and_stderr_names_the_other_tables(run: Run, export: Path) -> None:
    code, out, err = run("activity", export)
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    main_table = METRICS.get("activity").tables[0]
    assert list(rows[0]) == [column.key for column in main_table.columns]
    assert [row["messages"] for row in rows] == ["21"] * 4
    assert "summary" in err


def test_quiet_says_nothing(run: Run, export: Path, tmp_path: Path) -> None:
    assert run("activity", export, "-q")[2] == ""
    assert run("activity", export, "-q", "-o", tmp_path / "x.csv") == (0, "", "")


def test_a_table_is_picked_by_its_key(run: Run, export: Path) -> None:
    _, out, err = run("activity", export, "--table", "daily")
    assert out.count("\n") == 29
    assert err == ""


def test_json_holds_every_table_and_its_ground(run: Run, export: Path) -> None:
    code, out, _ = run("activity", export, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["metric"] == "activity"
    assert found["tz"] == "Asia/Shanghai"
    assert found["period"]["label"] == "2026-W11"
    assert list(found["tables"]) == [table.key for table in METRICS.get("activity").tables]
    one = json.loads(run("activity", export, "--json", "--table", "daily")[1])
    assert list(one["tables"]) == ["daily"]
    assert len(one["tables"]["daily"]) == 28


@pytest.mark.parametrize(
    ("name", "starts"),
    [("x.csv", b"chat_id,"), ("x.json", b'{"metric"'), ("x.jsonl", b'{"chat_id"'),
     ("x.md", b"# "), ("x.xlsx", b"PK"), ("x.txt", b"")],
)  # fmt: skip
def test_the_suffix_decides_the_form_and_stderr_names_the_file(
    run: Run, export: Path, tmp_path: Path, name: str, starts: bytes
) -> None:
    target = tmp_path / name
    code, out, err = run("activity", export, "-o", target)
    assert (code, out) == (0, "")
    assert f"wrote {target}" in err
    assert target.read_bytes().startswith(starts)
    assert len(target.read_bytes()) > 100
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["chat.txt", name])


def test_a_flag_beats_the_suffix(run: Run, export: Path, tmp_path: Path) -> None:
    run("activity", export, "--json", "-o", tmp_path / "x.txt")
    json.loads((tmp_path / "x.txt").read_text(encoding="utf-8"))


def test_a_folder_gets_one_csv_per_table(run: Run, export: Path, tmp_path: Path) -> None:
    code, _, err = run("activity", export, "-o", f"{tmp_path}/new/folder/")
    keys = [table.key for table in METRICS.get("activity").tables]
    files = sorted(p.name for p in (tmp_path / "new" / "folder").iterdir())
    assert code == 0
    assert files == sorted(f"activity-{key}.csv" for key in keys)
    assert err.count("wrote ") == len(keys)


def test_a_failed_write_leaves_the_old_file(
    run: Run, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "x.csv"
    target.write_text("old")

    def replace(self: Path, other: Path) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", replace)
    code, _, err = run("activity", export, "-o", target)
    assert code == 2
    assert "Excel" in err
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(os.name == "nt", reason="links and devices of a Unix system")
def test_a_device_and_a_link_are_written_to_not_replaced(
    run: Run, export: Path, tmp_path: Path
) -> None:
    assert run("activity", export, "-o", "/dev/null", "--csv")[0] == 0
    assert Path("/dev/null").is_char_device()
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert run("activity", export, "-o", link)[0] == 0
    assert link.is_symlink()
    assert target.read_text().startswith("chat_id,")
    assert target.stat().st_mode & 0o777 == 0o640


def test_excel_csv_opens_right_and_raw_switches_the_guard_off(run: Run, export: Path) -> None:
    _, plain, _ = run("members", export, "-q")
    assert "'=HYPERLINK(1)" in plain
    assert "1000000001" in plain
    assert "\t" not in plain
    _, excel, _ = run("members", export, "-q", "--excel", "--lang", "zh")
    assert excel.startswith("\ufeff")
    assert "\r\n" in excel
    assert "1000000001" in excel
    assert "名" in excel.splitlines()[0]
    _, raw, _ = run("members", export, "-q", "--raw")
    assert "'=HYPERLINK(1)" not in raw
    assert "=HYPERLINK(1)" in raw


def test_strict_is_5_after_the_output_is_written(run: Run, export: Path, tmp_path: Path) -> None:
    export.write_text("words of 阿强 before any record\r\n" + qq_text("晨读会"), encoding="utf-8")
    issues = tmp_path / "issues.csv"
    code, out, err = run("activity", export, "--issues", issues)
    lost = [row for row in csv.DictReader(issues.open(encoding="utf-8")) if row["rows"] != "0"]
    assert lost, "a line before the first record is lost"
    assert code == 0
    assert "skipped" in err
    assert "阿强" not in err
    strict = run("activity", export, "--strict")
    assert strict[0] == 5
    assert strict[1] == out


# --- period and language -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "start", "end"),
    [
        ([], "2026-03-09", "2026-03-16"),
        (["--week", "2026-W10"], "2026-03-02", "2026-03-09"),
        (["--since", "2026-03-01", "--until", "2026-03-05"], "2026-03-01", "2026-03-05"),
        (["--as-of", "2026-03-08"], "2026-03-02", "2026-03-09"),
        (["--as-of", "2026-03-07"], "2026-02-23", "2026-03-02"),
        (["--last", "3d"], "2026-03-13", "2026-03-15"),
        (["--last", "2w", "--as-of", "2026-03-08"], "2026-02-23", "2026-03-09"),
    ],
)
def test_the_period_is_the_one_asked_for(
    run: Run, export: Path, options: list[str], start: str, end: str
) -> None:
    period = json.loads(run("activity", export, "--json", *options)[1])["period"]
    assert (period["start"][:10], period["end"][:10]) == (start, end)


def test_titles_follow_the_chat_and_the_flag_beats_it(run: Run, export: Path) -> None:
    assert "消息" in run("activity", export, "--md")[1]
    assert "消息" not in run("activity", export, "--md", "--lang", "en")[1]


def test_lang_of_one_run_does_not_stick(run: Run) -> None:
    run("--lang", "zh", "--help")
    assert "Usage" in run("--help")[1]
    assert i18n.system_lang() == "en"


def test_several_chats_are_listed_where_one_is_needed(run: Run, tmp_path: Path) -> None:
    for name in ("一群", "二群"):
        (tmp_path / f"{name}.txt").write_bytes(qq_text(name).encode())
    code, out, err = run("report", tmp_path)
    assert (code, out) == (2, "")
    assert "--chat" in err
    assert "一群" in err
    assert "二群" in err
    assert run("report", tmp_path, "--chat", "一群")[0] == 0
    assert run("activity", tmp_path)[0] == 0


# --- the report ----------------------------------------------------------------------------------


def test_a_piped_report_is_markdown_and_a_suffix_makes_it_json(
    run: Run, export: Path, tmp_path: Path
) -> None:
    code, out, _ = run("report", export)
    assert code == 0
    assert out.startswith("# ")
    assert "晨读会" in out.splitlines()[0]
    assert run("report", export, "-o", tmp_path / "week.json")[0] == 0
    model = json.loads((tmp_path / "week.json").read_text(encoding="utf-8"))
    assert model["schema_version"] == 1
    assert run("report", export)[1] == out


# --- the screen ----------------------------------------------------------------------------------


def test_a_screen_gets_tables_a_pipe_gets_csv(
    export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert main(["activity", str(export)]) == 0
    assert "─" in screen.shown()
    assert "\x1b[" in screen.shown()


def test_no_color_is_obeyed(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["activity", str(export)]) == 0
    assert "\x1b" not in screen.shown()


@pytest.mark.parametrize("form", ["--csv", "--json", "--md", "--jsonl"])
def test_no_form_lets_a_name_steer_the_screen(
    export: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    assert main(["members", str(export), form]) == 0
    assert "\x1b" not in screen.shown()


@pytest.mark.parametrize("encoding", ["cp936", "ascii", "cp1252"])
def test_a_console_without_the_characters_gets_others_and_no_crash(
    export: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    screen = Screen(encoding)
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["activity", str(export), "--lang", "zh"]) == 0
    assert "2026-W11" in screen.shown()
    assert ("消息" in screen.shown()) is (encoding == "cp936")


def test_piped_output_is_utf_8_whatever_the_locale(export: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sqtool", "activity", str(export), "--md", "-q"],
        capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "cp936"},
    )  # fmt: skip
    assert "消息" in done.stdout.decode("utf-8")


def test_a_workbook_is_not_for_the_screen(
    export: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Screen())
    assert main(["activity", str(export), "--xlsx"]) == 2
    assert "-o activity.xlsx" in capfd.readouterr().err


def test_a_progress_bar_appears_only_for_long_work_on_a_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = Progress("[/x]\x1b[1m.txt", 5, 10, 1234)
    for patience, wanted in ((60.0, False), (0.0, True)):
        screen = Screen()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr(_tell, "PATIENCE", patience)
        with _tell.ProgressBar() as bar:
            bar(step)
        assert ("1,234" in screen.shown()) is wanted
        assert "\x1b[1m.txt" not in screen.shown()
    with _tell.ProgressBar(quiet=True) as bar:
        bar(step)
    assert screen.shown().count("1,234") <= 2


# --- small commands ------------------------------------------------------------------------------


def test_formats_lists_every_parser(run: Run) -> None:
    from sqtool.parsers import PARSERS

    rows = list(csv.DictReader(io.StringIO(run("formats")[1])))
    assert [row["format"] for row in rows] == list(PARSERS.names())


def test_detect_names_format_and_evidence_and_fails_on_a_stray(
    run: Run, export: Path, tmp_path: Path
) -> None:
    code, out, _ = run("detect", export)
    row = next(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert (row["file"], row["format"]) == ("chat.txt", "qq-txt")
    assert row["evidence"]
    (tmp_path / "notes.txt").write_text("just some words\n")
    code, out, _ = run("detect", tmp_path)
    assert code == 3
    assert len(list(csv.DictReader(io.StringIO(out)))) == 2


def test_demo_writes_files_that_can_be_reviewed(run: Run, tmp_path: Path) -> None:
    code, out, err = run("demo", tmp_path / "club", "--weeks", "4")
    assert (code, out) == (0, "")
    files = sorted((tmp_path / "club").iterdir())
    assert len(files) >= 2
    for file in files:
        assert f"wrote {file}" in err
        assert run("activity", file, "-q")[0] == 0


def test_every_form_a_flag_names_has_a_renderer() -> None:
    suffixes = {renderer.suffix.removeprefix(".") for renderer in RENDERERS}
    assert set(_output._FLAGS) <= suffixes


# --- validate ------------------------------------------------------------------------------------

TRAPS = EXPORTS / "wechat-chatlog-csv" / "traps.csv"


def test_validate_states_the_rows_of_other_chats_apart(run: Run) -> None:
    code, out, _ = run("validate", TRAPS, "--chat", "读书会一群", "--json", "-q")
    (file,) = json.loads(out)["tables"]["files"]
    assert code == 0
    counts = {key: file[key] for key in file if key.startswith("rows_")}
    # Ten records: one without a time, one of a private chat beside the group.
    assert counts == {"rows_in": 10, "rows_kept": 8, "rows_duplicate": 0, "rows_skipped": 1,
                      "rows_other_chats": 1}  # fmt: skip


def test_issues_are_explained_in_chinese_to_people_and_stay_english_for_programs(run: Run) -> None:
    english = "1 records have a sender that is not id-shaped; first one given"
    told = run("validate", TRAPS, "--md", "--lang", "zh", "-q")[1]
    assert (
        f"| suspicious-sender | traps.csv | 1 | 0 | traps.csv:4 | 发送人编号可疑({english}) |"
        in told
    )
    # No detail of its own: what the code means is all there is to say.
    assert "| traps.csv:10 | 时间读不出来 |" in told
    assert f"| {english} |" in run("validate", TRAPS, "--md", "--lang", "en", "-q")[1]
    for form in ("--csv", "--jsonl"):
        args = ("validate", TRAPS, form, "--table", "issues", "-q")
        assert run(*args, "--lang", "zh") == run(*args, "--lang", "en")
        assert english in run(*args)[1]


def test_skipped_rows_are_named_in_the_users_language(run: Run) -> None:
    assert "bad-timestamp 1, private-chat 1" in run("validate", TRAPS, "--lang", "en")[2]
    told = run("validate", TRAPS, "--lang", "zh")[2]
    assert "时间读不出来(bad-timestamp) 1;私聊,没有读入(private-chat) 1" in told


def test_every_code_of_an_issue_has_its_meaning_in_chinese() -> None:
    kebab = re.compile(r"[a-z]+(-[a-z]+)+")
    codes = {
        str(call.args[0].value)
        for path in SOURCE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "add"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and kebab.fullmatch(str(call.args[0].value))
    }
    for golden in EXPORTS.rglob("*.golden.jsonl"):
        lines = golden.read_text(encoding="utf-8").splitlines()
        codes |= {json.loads(one)["code"] for one in lines if one.startswith('{"record": "issue"')}
    assert "bad-timestamp" in codes
    assert sorted(codes - _issue_titles.TITLES.keys()) == []


# --- member lists ---------------------------------------------------------------------------------


def test_members_are_grouped_by_a_column_of_the_list(
    run: Run, export: Path, tmp_path: Path
) -> None:
    people = dict(re.findall(r"(\S+)\((\d+)\)", export.read_text("utf-8-sig")))
    rows = [f"{who},{name},写作课" for name, who in people.items()]
    path = tmp_path / "名单.csv"
    path.write_text("\n".join(["QQ号,群昵称,课程", *rows, "1,潜水员,阅读课"]), "utf-8")
    code, out, err = run("members", export, "--roster", path, "--by", "课程", "-q")
    assert (code, err) == (0, "")
    found = {row["value"]: row["members"] for row in csv.DictReader(io.StringIO(out))}
    assert found == {"写作课": str(len(people)), "阅读课": "1"}
    code, out, err = run("members", export, "--roster", path, "--by", "付费", "--lang", "zh")
    assert (code, out) == (2, "")
    assert "没有「付费」这一列" in err
    assert "课程" in err
    # Without --by there is no such table; other metrics have no such option.
    assert run("members", export, "--table", "by")[0] == 2
    assert run("growth", export, "--by", "课程")[0] == 2


def test_two_lists_are_given_by_repeating_the_option(
    run: Run, export: Path, tmp_path: Path
) -> None:
    people = sorted(dict(re.findall(r"(\S+)\((\d+)\)", export.read_text("utf-8-sig"))).values())
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("\n".join(["id", *people, "77"]), "utf-8")
    second.write_text("\n".join(["id", *people, "88"]), "utf-8")
    code, out, _ = run(
        "growth", export, "--roster", f"2000-01-01={first}", "--roster", second,
        "--table", "listed",
    )  # fmt: skip
    assert code == 0
    moved = [(row["member_id"], row["event"]) for row in csv.DictReader(io.StringIO(out))]
    assert moved == [("88", "join"), ("77", "leave")]
