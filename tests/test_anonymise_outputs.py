"""``--anonymise``: whatever is written or said, no original is in it; and the key is kept well."""

import json
import os
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import sqtool
from sqtool import convert as converting
from sqtool import ordering, spool
from sqtool.__main__ import main
from sqtool.convert import convert
from sqtool.demo import write_demo
from sqtool.errors import UsageError
from sqtool.keys import KEY_FILE, anonymise_key
from sqtool.metrics import METRICS
from sqtool.places import config_dir, store_place
from sqtool.pseudonyms import PSEUDONYM, Pseudonyms
from sqtool.reading import Request
from sqtool.schema import PARQUET_KEY, Dataset
from sqtool.writers import WRITERS

NAMED = re.compile(rf"{PSEUDONYM}|M-[BCDFGHJKLM]+")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    monkeypatch.setenv("SQTOOL_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*args: object) -> tuple[int, str, str]:
        code = main([str(arg) for arg in args])
        out, err = capfdbinary.readouterr()
        return code, out.decode("utf-8", "replace"), err.decode("utf-8")

    return call


# --- no original in any output -------------------------------------------------------------------

# In each name a word that nothing else holds: what is around it is escaped by each form anew.
HOSTILE = {
    "88100001": '=HYPERLINK("xlinknamex")', "88100002": "[/red]|<b>boldnamex\x1b[1m",
    "wxid_hostile1": "  widenamex  ", "88100003": "行尾名\u2028字", "88100004": "🌸🌸花名🌸",
    "88100005": "好", "88100006": "2024", "alias_kk77": "O'Quotenamex\"", "88100007": "同名的人",
    "88100008": "同名的人", "88100009": "G-AAAAAAAAAA门", "88100010": "@所有人甲",
}  # fmt: skip
WORDS = [
    "xlinknamex", "boldnamex", "widenamex", "行尾名", "花名", "Quotenamex", "同名的人", "AAAAA门",
    "所有人甲", "旧名字", "晨读暗号群", "王大明", "13812345678", "somebody.private", "secret@",
    "profile-of", *(who for who in HOSTILE),
]  # fmt: skip


def hostile(folder: Path) -> Path:
    """A ChatLab file in which every place that can hold a name holds one."""
    people = list(HOSTILE.items())
    rows: list[dict[str, Any]] = []
    texts = [
        "{name} 你好", "@{name} 在吗", "{name}", "加 {id} 或 13812345678", "好的2024见",
        "写 somebody.private@mail.example 或 https://secret@x.example/profile-of/{id}",
        "#接龙\n1. 王大明\n2. {name}", "旧名字 是 {name} 吗",
    ]  # fmt: skip
    start = 1_770_000_000
    for n in range(240):
        who, name = people[n % len(people)]
        other, other_name = people[(n * 7 + 3) % len(people)]
        shown = "旧名字" if who == "88100004" and n < 100 else name
        text = texts[n % len(texts)].format(name=other_name, id=other)
        row: dict[str, Any] = {
            "sender": who, "accountName": shown, "timestamp": start + n * 7200, "type": 0,
            "content": text, "platformMessageId": f"{who}-{n}",
        }  # fmt: skip
        if n % 11 == 5:
            row |= {"type": 25, "replyToMessageId": f"{people[(n - 1) % len(people)][0]}-{n - 1}"}
        if n % 23 == 7:
            row["content"] = f"[回复 {other_name}：{text}]\n好"
        if n % 29 == 11:
            row |= {"type": 26, "content": f"{name}: 几点\n王大明: 八点"}
        if n % 31 == 3:
            words = f'"{other_name}"邀请"王大明"加入了群聊'
            row |= {"sender": "SYSTEM", "accountName": "系统消息", "type": 80, "content": words}
        rows.append(row)
    listed = [{"platformId": who, "accountName": name} for who, name in people]
    listed[0]["groupNickname"] = "xlinknamex 二号"
    whole = {
        "chatlab": {"version": "0.0.2", "exportedAt": start + 240 * 7200, "generator": "test"},
        "meta": {
            "name": "晨读暗号群",
            "platform": "weixin",
            "type": "group",
            "groupId": "晨读暗号群7",
        },
        "members": [*listed, {"platformId": "SYSTEM", "accountName": "系统消息"}],
        "messages": rows,
    }  # fmt: skip
    path = folder / "晨读暗号群.json"
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    return path


def originals(data: Dataset) -> list[str]:
    """Every id, and every name that can be told from a word or a number."""
    members, chats = data.members.collect(), data.chats.collect()
    names = {
        *members["display_name"], *members["account_name"], *chats["name"], *chats["chat_id"],
        *data.messages.select("sender_name").collect()["sender_name"],
    }  # fmt: skip
    words = {str(name).strip() for name in names if name} | set(members["member_id"])
    words |= {word.removeprefix("name:") for word in words}
    return sorted(word for word in words if len(word) > 1 and not re.fullmatch(r"\d{1,4}", word))


def content(path: Path) -> str:
    """All text in a file, with its name."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return path.name + "".join(book.read(n).decode("utf-8") for n in book.namelist())
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        facts = pl.read_parquet_metadata(path)[PARQUET_KEY]
        return path.name + frame.write_ndjson() + json.dumps(json.loads(facts), ensure_ascii=False)
    return path.name + path.read_text(encoding="utf-8-sig")


def outputs(source: Path, folder: Path, run: Run, *, all_forms: bool) -> Iterator[tuple[str, str]]:
    """Run every command that takes the option; all of them in every form, or one in each."""
    lines = [
        (name, f"-f {form} -o {folder}/{name}-{form}/")
        for name in METRICS.names()
        for form in ("csv", "json", "md", "xlsx")
        if all_forms or form == "csv" or name == "members"
    ]
    lines += [("members", "--excel"), ("churn", "-f txt"), ("activity", "--jsonl")]
    lines += [("report", f"-f {form} --lang {lang}") for form in ("md", "json", "txt")
              for lang in (("zh", "en") if all_forms else ("en",))]  # fmt: skip
    lines += [("convert", f"-o {folder}/{w}{WRITERS.get(w).suffix}") for w in WRITERS.names()]
    lines += [("convert", f"--to jsonl -o {folder}/one-each/")]
    for command, options in lines:
        issues = folder / "issues.csv"
        args = [command, source, "--anonymise", "--issues", issues, *options.split()]
        code, out, err = run(*args)
        assert code == 0, (args, err)
        said = err.replace(str(folder), "").replace(str(source), "")
        yield f"{command} {options}", out + said + content(issues)
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(folder)), content(path)


def found(words: list[str], text: str) -> list[str]:
    """Which originals are in a text; figures and pseudonyms may look like one by chance."""
    bare = NAMED.sub("\n", text)
    there = [word for word in words if word in bare]
    # 10144 is an account, 0.910144 a share and 101440 a number of seconds.
    return [
        word
        for word in there
        if not word.isdecimal() or re.search(rf"(?<![\d.]){word}(?![\d.])", bare)
    ]


@pytest.mark.parametrize(
    ("which", "all_forms"),
    [
        ("hostile", False),
        ("json", False),
        pytest.param("hostile", True, marks=pytest.mark.slow),
        pytest.param("json", True, marks=pytest.mark.slow),
        pytest.param("txt", True, marks=pytest.mark.slow),
    ],
)
def test_no_original_is_in_any_output(
    tmp_path: Path, run: Run, which: str, all_forms: bool
) -> None:
    if which == "hostile":
        source = hostile(tmp_path)
        words = WORDS
    else:
        written = write_demo(tmp_path / "demo", weeks=3)
        source = next(path for path in written if path.suffix == f".{which}")
        words = originals(sqtool.load(source))
        assert len(words) > 100
    folder = tmp_path / "out"
    folder.mkdir()
    seen = 0
    for what, text in outputs(source, folder, run, all_forms=all_forms):
        assert found(words, text) == [], what
        seen += len(PSEUDO.findall(text))
    assert seen > 1_000
    plain = run("members", source, "--csv")[1]
    assert found(words, plain)  # the search does find them


PSEUDO = re.compile(PSEUDONYM)


def test_what_was_converted_is_read_back_with_the_same_figures(tmp_path: Path, run: Run) -> None:
    source = write_demo(tmp_path / "demo", weeks=3)[1]
    for name in ("parquet", "jsonl"):
        path = tmp_path / f"c{WRITERS.get(name).suffix}"
        assert run("convert", source, "--anonymise", "-o", path)[0] == 0
        plain = run("activity", source, "--csv")[1].splitlines()
        again = run("activity", path, "--csv")[1].splitlines()
        assert [line.split(",")[1:] for line in again] == [line.split(",")[1:] for line in plain]


# --- pieces and chats ----------------------------------------------------------------------------


def qq_text(title: str, rows: list[tuple[str, str, str]]) -> bytes:
    head = ["消息记录（此消息记录为文本格式，不支持重新导入）", "", "=" * 64, "消息分组:我的QQ群",
            "=" * 64, f"消息对象:{title}", "=" * 64, ""]  # fmt: skip
    for n, (number, name, text) in enumerate(rows):
        clock = f"2026-03-{n // 10 + 1:02d} {n % 10 + 8:02d}:00:00"
        head += [f"{clock} {name}({number})", text, ""]
    return "\r\n".join(head).encode("utf-8-sig")


def test_a_name_known_from_one_chat_or_piece_is_replaced_in_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "in"
    sources.mkdir()
    early = [("1000000001", "阿早", "晚晚来吗"), *[("1000000001", "阿早", "等远远")] * 20]
    late = [("1000000002", "晚晚", "阿早 1000000003")]
    (sources / "甲群.txt").write_bytes(qq_text("甲群", early + late))
    (sources / "乙群.txt").write_bytes(
        qq_text("乙群", [("1000000003", "远远", "去甲群找晚晚")] * 3)
    )
    monkeypatch.setattr(ordering, "CHUNK_ROWS", 5)
    monkeypatch.setattr(spool, "MEMORY_ROWS", 10)
    monkeypatch.setattr(converting, "CHUNK_ROWS", 8)
    key = anonymise_key()
    p = Pseudonyms(key)
    target = tmp_path / "all.parquet"
    convert(Request(str(sources)), WRITERS.get("parquet"), target, into_folder=False, key=key)
    rows = pl.read_parquet(target)
    early_who, late_who, far = (p.person(f"100000000{n}") for n in (1, 2, 3))
    first = rows.filter(chat_id=p.chat("qq:甲群"))
    assert first["text"].to_list() == [
        f"{late_who}来吗", *[f"等{far}"] * 20, f"{early_who} {far}",
    ]  # fmt: skip
    second = rows.filter(chat_id=p.chat("qq:乙群"))
    assert second["text"].to_list() == [f"去{p.group('qq:甲群')}找{late_who}"] * 3
    whole = sqtool.load(sources)
    assert rows.height == whole.messages.collect().height


# --- notes and errors ----------------------------------------------------------------------------


def two_chats(folder: Path) -> Path:
    sources = folder / "in"
    sources.mkdir()
    for title in ("甲甲群", "乙乙群"):
        rows = [("1000000001", "阿早", "hi"), ("1000000002", "晚晚", "hi")] * 20
        (sources / f"{title}.txt").write_bytes(qq_text(title, rows))
    return sources


def test_where_a_chat_must_be_chosen_its_pseudonym_does(tmp_path: Path, run: Run) -> None:
    sources = two_chats(tmp_path)
    code, _, err = run("report", sources, "--anonymise")
    assert code == 2
    assert "甲甲群" not in err
    assert "乙乙群" not in err
    name = re.findall(r"G-[2-9A-Z]{10}", err)[0]
    code, out, _ = run("report", sources, "--anonymise", "--chat", name, "--lang", "zh")
    assert code == 0
    assert out.startswith(f"# {name} 周报")
    code, _, err = run("report", sources, "--anonymise", "--chat", "G-AAAAAAAAAA")
    assert (code, "no chat named G-AAAAAAAAAA" in err) == (2, True)


def test_errors_name_no_chat_and_no_file_that_was_not_typed(tmp_path: Path, run: Run) -> None:
    sources = two_chats(tmp_path)
    tries = [
        ("report", sources, "--chat", "甲甲"),
        ("activity", sources, "--roster", tmp_path / "list.csv"),
        ("convert", sources, "-o", tmp_path / "x.jsonl"),
    ]
    for args in tries:
        code, _, err = run(*args, "--anonymise")
        assert code == 2
        assert "甲甲群" not in err
        assert "乙乙群" not in err
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "阿早.json").write_text('{"a": [1', encoding="utf-8")
    code, _, err = run("activity", tmp_path / "folder", "--anonymise")
    assert code in (3, 4)
    assert "阿早" not in err


def test_staff_are_named_as_ever_and_a_typing_error_is_told(tmp_path: Path, run: Run) -> None:
    sources = tmp_path / "chat.txt"
    rows = [("1000000001", "阿早", "hi"), ("1000000002", "晚晚", "hi")] * 20
    sources.write_bytes(qq_text("甲甲群", rows))
    code, out, err = run(
        "members", sources, "--anonymise", "--staff", "晚晚", "--staff", "谁谁", "--csv"
    )
    assert code == 0
    assert err.splitlines()[0] == "--staff 谁谁: no such member"
    layers = {line.split(",")[1]: line.split(",")[4] for line in out.splitlines()[1:]}
    p = Pseudonyms(anonymise_key())
    assert layers[p.person("1000000002")] == "staff"
    assert layers[p.person("1000000001")] != "staff"


def test_a_chat_keeps_its_own_targets_under_its_pseudonym(tmp_path: Path, run: Run) -> None:
    rows = [("1000000001", "阿早", "hi"), ("1000000002", "晚晚", "hi")] * 80
    source, file = tmp_path / "chat.txt", tmp_path / "own.toml"
    source.write_bytes(qq_text("甲甲群", rows))
    file.write_text('[targets]\nwau = 9\n[targets."甲甲群"]\nwau = 2\n', encoding="utf-8")
    config = ("--config", file, "--json")
    plain, covered = (
        json.loads(run("report", source, *config, *more)[1]) for more in ((), ("--anonymise",))
    )
    assert _overview(covered) == _overview(plain)
    assert "2 ✓" in [row[-1] for row in _overview(plain)]


def _overview(report: dict[str, Any]) -> Any:
    (section,) = [one for one in report["sections"] if one["key"] == "overview"]
    return section["blocks"][0]["rows"]


def test_the_language_of_the_review_is_that_of_the_chat(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "chat.txt"
    rows = [("1000000001", "阿早", "晚晚"), ("1000000002", "晚晚", "阿早")] * 30
    source.write_bytes(qq_text("甲甲群", rows))
    assert " 周报" in run("report", source, "--anonymise")[1].splitlines()[0]


# --- the key -------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_is_the_owners_alone(home: Path) -> None:
    key = anonymise_key()
    path = home / KEY_FILE
    assert len(key) == 32
    assert key == anonymise_key() == bytes.fromhex(path.read_text())
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    assert anonymise_key() != key


def test_processes_that_start_at_once_get_one_key(home: Path) -> None:
    code = "from sqtool.keys import anonymise_key; print(anonymise_key().hex())"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    keys = {process.communicate()[0] for process in running}
    assert keys == {(home / KEY_FILE).read_text()}


@pytest.mark.parametrize("content", [b"", b"00ff\n", b"\xff" * 64, b"zz" * 32])
def test_a_damaged_key_is_said_in_one_line(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / KEY_FILE).write_bytes(content)
    with pytest.raises(UsageError, match="damaged") as caught:
        anonymise_key()
    assert caught.value.where == str(home / KEY_FILE)
    assert (home / KEY_FILE).read_bytes() == content


def test_a_key_that_cannot_be_read_or_made_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SQTOOL_CONFIG_DIR", str(tmp_path / "file" / "folder"))
    with pytest.raises(UsageError, match="cannot be read or made"):
        anonymise_key()
    monkeypatch.setenv("SQTOOL_CONFIG_DIR", str(tmp_path / "other"))
    (tmp_path / "other" / KEY_FILE).mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be read or made"):
        anonymise_key()


def test_folders_are_those_of_the_system_unless_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert config_dir() == tmp_path / "config"
    monkeypatch.delenv("SQTOOL_CONFIG_DIR")
    assert config_dir().name == "sqtool"
    monkeypatch.delenv("SQTOOL_STORE", raising=False)
    assert Path(store_place()).parts[-2:] == ("sqtool", "store")
    monkeypatch.setenv("SQTOOL_STORE", "s3://bucket/store")
    assert store_place() == "s3://bucket/store"
