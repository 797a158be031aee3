"""Commands over many chats: the list, the portfolio with its filters, a review of every chat."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from sqtool.cli import _reviews
from sqtool.cli._options import Writing
from sqtool.cli._output import Output
from sqtool.cli._reviews import file_names, write_all
from sqtool.context import Context
from sqtool.files import safe_name
from sqtool.reports.weekly import build
from tests._chat import at, chat, together
from tests.test_cli import Run

HOSTILE = "../../=cmd|<b>[x](y)\x1b[1m‮"


def _log(days: int, last: int = 42) -> list[dict[str, Any]]:
    # 2026-02-02 is a Monday; day 42 is Sunday, 2026-03-15.
    start = 1769997600  # 10:00 in Shanghai
    return [
        {"sender": who, "accountName": who, "timestamp": start + 86_400 * day + at, "type": 0,
         "content": "今天读到第几章了"}
        for day in range(last - days, last)
        for at, who in enumerate(("ann", "bob", "cid"))
    ]  # fmt: skip


def _write(
    folder: Path, chat_id: str, name: str, messages: list[dict[str, Any]], **meta: str
) -> None:
    about = {"name": name, "platform": "qq", "type": "group", "groupId": chat_id} | meta
    people = [{"platformId": who, "accountName": who} for who in ("ann", "bob", "cid")]
    head = {"chatlab": {"version": "0.0.1", "exportedAt": 1773630000}, "meta": about}
    text = json.dumps(head | {"members": people, "messages": messages}, ensure_ascii=False)
    (folder / f"{chat_id}.json").write_text(text, encoding="utf-8")


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    _write(folder, "1001", "晨读会", _log(42))
    _write(folder, "1002", "夜读会", _log(20, last=22))  # silent since day 22
    _write(folder, "1003", HOSTILE, _log(42), platform="wechat")
    (tmp_path / "tags.csv").write_text(
        "群号,城市,课程\n1001,北京,春\n1002,北京,\n1003,上海,春\n9,x,\n", encoding="gb18030"
    )
    return folder


def _rows(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def _ids(out: str) -> list[str]:
    return [row["chat_id"].split(":")[1] for row in _rows(out)]


def test_the_portfolio_is_the_worst_first(run: Run, exports: Path) -> None:
    code, out, _ = run("portfolio", exports)
    assert code == 0
    assert [(r["verdict"], r["action"], r["members"], r["wau"]) for r in _rows(out)] == [
        ("dead", "close", "3", "0"),
        ("steady", "keep", "3", "3"),
        ("steady", "keep", "3", "3"),
    ]
    assert _ids(out) == ["1002", "1001", "1003"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--verdict", "dead"], ["1002"]),
        (["--verdict", "死群", "--verdict", "steady"], ["1002", "1001", "1003"]),
        (["--verdict", "zombie"], []),
        (["--platform", "wechat"], ["1003"]),
        (["--tag", "城市=北京"], ["1002", "1001"]),
        (["--tag", "城市=北京", "--tag", "课程=春"], ["1001"]),
        (["--tag", "城市=北京", "--tag", "城市=上海"], ["1002", "1001", "1003"]),
        (["--top", "2"], ["1002", "1001"]),
        (["--verdict", "steady", "--top", "1"], ["1001"]),
    ],
)
def test_filters_leave_the_chats_asked_for(
    run: Run,
    exports: Path,
    options: list[str],
    ids: list[str],
) -> None:
    code, out, err = run("portfolio", exports, "--tags", exports.parent / "tags.csv", *options)
    assert code == 0
    assert _ids(out) == ids
    assert "tags.csv: 1 row names no chat of the input (line 5)" in err


def test_chats_are_added_up_by_a_tag(run: Run, exports: Path) -> None:
    options = ["--tags", exports.parent / "tags.csv", "--by", "城市"]
    _, out, _ = run("portfolio", exports, *options, "--table", "by_tag")
    shown = [(r["tag"], r["value"], r["chats"], r["bad"], r["wau"]) for r in _rows(out)]
    assert shown == [("城市", "北京", "2", "1", "3"), ("城市", "上海", "1", "0", "3")]
    _, out, _ = run("portfolio", exports, *options, "--verdict", "dead", "--json")
    tables = json.loads(out)["tables"]
    assert [len(rows) for rows in tables.values()] == [1, 1]
    _, out, _ = run("portfolio", exports, *options[:2], "--json")
    assert list(json.loads(out)["tables"]) == ["portfolio"]


@pytest.mark.parametrize(
    ("options", "what", "hint"),
    [
        (["--verdict", "deda"], "no such verdict: deda", "did you mean dead?"),
        (["--tag", "city"], "--tag needs KEY=VALUE: city", "--tag city=Beijing"),
        (["--tag", "城=北京"], "--tag: no chat has 城", "城市"),
        (["--by", "team"], "--by: no chat has team", "城市"),
        (["--platform", "wechta"], "--platform: no chat has wechta", "did you mean wechat?"),
        (["--top", "0"], "--top needs at least 1", ""),
        (["--table", "by_tga"], "portfolio has no table by_tga", "did you mean by_tag?"),
    ],
)
def test_a_mistaken_filter_is_2_with_the_way_out(
    run: Run,
    exports: Path,
    options: list[str],
    what: str,
    hint: str,
) -> None:
    code, out, err = run("portfolio", exports, "--tags", exports.parent / "tags.csv", *options)
    assert (code, out) == (2, "")
    assert what in err
    assert hint in err


def test_a_missing_tags_file_is_told_before_anything_is_read(run: Run, tmp_path: Path) -> None:
    for command in (["portfolio"], ["chats"], ["report", "--all", "-o", tmp_path / "out"]):
        code, _, err = run(*command, tmp_path / "no.txt", "--tags", tmp_path / "none.csv")
        assert code == 4
        assert "none.csv: no such tags file" in err
    assert not (tmp_path / "out").exists()


def test_private_chats_are_left_out_unless_asked_for(run: Run, exports: Path) -> None:
    _write(exports, "1004", "ann", _log(42), type="private")
    assert "1004" not in run("chats", exports)[1]
    assert "1004" not in run("portfolio", exports)[1]
    assert "1004" in run("chats", exports, "--allow-private")[1]
    assert "1004" in run("portfolio", exports, "--allow-private")[1]
    assert run("report", exports, "--all", "-o", exports.parent / "out")[0] == 0
    assert not (exports.parent / "out" / "ann.md").exists()


def test_the_list_of_chats_with_a_column_added_is_a_file_of_tags(run: Run, exports: Path) -> None:
    path = exports.parent / "chats.csv"
    assert run("chats", exports, "--excel", "--lang", "zh", "-o", path)[0] == 0
    lines = path.read_text("utf-8-sig").splitlines()
    added = [lines[0] + ",城市", *(line + ",北京" for line in lines[1:])]
    path.write_text("\r\n".join(added), encoding="utf-8-sig")
    code, out, err = run("chats", exports, "--tags", path)
    assert (code, err) == (0, "")
    assert [row["tags"] for row in _rows(out)] == ["城市=北京"] * 3


# --- a review of every chat ----------------------------------------------------------------------


def test_every_chat_gets_a_review_beside_the_portfolio(run: Run, exports: Path) -> None:
    out = exports.parent / "out"
    tags = exports.parent / "tags.csv"
    code, shown, err = run("report", exports, "--all", "-o", out, "--tags", tags)
    assert (code, shown) == (0, "")
    hostile = "_..__cmd__b__x_(y)__1m_.md"
    assert {p.name for p in out.iterdir()} == {
        "index.md", "portfolio.csv", "portfolio.md", "晨读会.md", "夜读会.md", hostile,
        "晨读会.assets", "夜读会.assets", hostile.replace(".md", ".assets"),
    }  # fmt: skip
    assert err.count("wrote ") == 9
    assert (out / "晨读会.md").read_text("utf-8").startswith("# 晨读会 ")
    rows = _rows((out / "portfolio.csv").read_text("utf-8"))
    assert [row["verdict"] for row in rows] == ["dead", "steady", "steady"]
    whole = (out / "portfolio.md").read_text("utf-8")
    assert "城市" in whole
    index = (out / "index.md").read_text("utf-8")
    assert index.index("夜读会") < index.index("晨读会")  # the dead one first
    assert "(%E6%99%A8%E8%AF%BB%E4%BC%9A.md)" in index
    assert "\x1b" not in index + whole
    assert "<b>" not in index.replace("\\<b\\>", "") + whole.replace("\\<b\\>", "")
    assert "数据截至 2026-03-16" in index  # one T for all: the moment of the exports


def test_the_reviews_take_the_form_asked_for(run: Run, exports: Path) -> None:
    out = exports.parent / "out"
    assert run("report", exports, "--all", "-f", "json", "-o", f"{out}/")[0] == 0
    assert json.loads((out / "晨读会.json").read_text("utf-8"))["kind"] == "weekly"
    assert {p.name for p in out.glob("*.md")} == {"index.md", "portfolio.md"}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--all"], "--all writes into a folder"),
        (["--all", "-o", "-"], "--all writes into a folder"),
        (["--tags", "x.csv"], "--tags goes with --all"),
    ],
)
def test_all_needs_a_folder_and_tags_need_all(
    run: Run,
    exports: Path,
    options: list[str],
    what: str,
) -> None:
    code, out, err = run("report", exports, *options)
    assert (code, out) == (2, "")
    assert what in err


def test_a_file_in_the_way_of_the_folder_is_2(run: Run, exports: Path) -> None:
    (exports.parent / "out").write_text("mine")
    code, _, err = run("report", exports, "--all", "-o", exports.parent / "out")
    assert code == 2
    assert "cannot be written" in err
    assert (exports.parent / "out").read_text() == "mine"


def test_a_chat_that_fails_is_told_and_stops_no_other(
    run: Run,
    exports: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    def failing(data: Any, ctx: Context) -> Any:
        if data.chats.collect()["name"][0] == "夜读会":
            raise ValueError("今天读到第几章了")
        return build(data, ctx)

    monkeypatch.setattr(_reviews, "build", failing)
    out = exports.parent / "out"
    code, _, err = run("report", exports, "--all", "-o", out, "-q")
    assert code == 1
    assert err.count("\n") == 1
    assert "夜读会.md: internal error: ValueError at" in err
    assert "第几章" not in err
    assert not (out / "夜读会.md").exists()
    assert (out / "晨读会.md").exists()
    assert "| 夜读会 | 死群 | 解散 | – |" in (out / "index.md").read_text("utf-8")


def test_a_chat_without_messages_has_a_review_and_a_zombie_is_not_alone(tmp_path: Path) -> None:
    staffed = "d1..d42 09:00 boss x9: hi\nd1..d42 10:00 ann: hi"
    data = together(
        chat("", chat_id="e", roster="kim lee", name="empty"),
        chat(staffed, chat_id="z", roles={"boss": "owner"}, name="INDEX"),
    )
    writing = Writing(output=f"{tmp_path}/", lang="en", quiet=True)
    code = write_all(data, at("d42", lang="en"), Output.of("report", writing, tables=False))
    assert code == 0
    assert (tmp_path / "empty.md").exists()
    assert "merge" in (tmp_path / "INDEX z.md").read_text("utf-8")
    assert "| INDEX | zombie | merge | [INDEX z.md](INDEX%20z.md) |" in (
        tmp_path / "index.md"
    ).read_text("utf-8")


def test_each_chat_accounts_for_its_own_files_only(run: Run, exports: Path) -> None:
    (exports / "again.json").write_bytes((exports / "1001.json").read_bytes())
    out = exports.parent / "out"
    run("report", exports, "--all", "-o", out, "-q")
    assert "重复 126 条" in (out / "晨读会.md").read_text("utf-8")  # 42 days, three messages each
    assert "重复 0 条" in (out / "夜读会.md").read_text("utf-8")


# --- names of files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("晨读会(一)群", "晨读会(一)群"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\x00\n", "C__x__"),
        (" .hidden. ", "hidden"),
        ("-rf", "_-rf"),
        ("con", "_con"),
        ("Aux.2026", "_Aux.2026"),
        ("COM1", "_COM1"),
        ("LPT¹ .x", "_LPT¹ .x"),
        ("console", "console"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9"),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_name_becomes_a_file_name_every_system_takes(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_is_cut_between_characters() -> None:
    assert safe_name("群" * 100) == "群" * 66  # 198 of 200 bytes


def test_equal_names_get_their_ids_and_none_is_lost() -> None:
    names: dict[str, str | None] = {
        "qq:1": "晨读会", "qq:2": "晨读会", "qq:3": "夜读会", "qq:4": "Portfolio", "qq:5": None,
        "qq:6": "a/b", "qq:7": "A?B", "qq:8": "晨读会 qq_1",
    }  # fmt: skip
    assert file_names(names) == {
        "qq:1": "晨读会 qq_1 2", "qq:2": "晨读会 qq_2", "qq:3": "夜读会", "qq:4": "Portfolio qq_4",
        "qq:5": "chat", "qq:6": "a_b qq_6", "qq:7": "A_B qq_7", "qq:8": "晨读会 qq_1",
    }  # fmt: skip
    long: dict[str, str | None] = {f"qq:{n}": "群" * 100 for n in (1, 2)}
    assert all(len(stem.encode()) <= 200 for stem in file_names(long).values())
    assert len(set(file_names(long).values())) == 2
