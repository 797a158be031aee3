"""WeChat's plain-text exports: what the goldens cannot show well."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests._golden import EXPORTS, NOT_EXPORTS, golden_path

from sqtool import export as export_module
from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS
from sqtool.parsers._base import RAW_MESSAGES, Confidence, RawChat
from sqtool.parsers._transcript import read_transcript
from sqtool.parsers._wechat_marks import read_marks
from sqtool.parsers._wechat_text import half_day_clock

MINE = (
    "wechat-dataanalysis-txt",
    "wechat-dump-txt",
    "wechat-exporter-txt",
    "wechat-mail",
    "wechat-memotrace-ai",
    "wechat-memotrace-txt",
    "wechat-paste",
    "wechat-weflow-table",
    "wechat-weflow-txt",
    "wechat-wetrace-txt",
    "wechat-wxcli-md",
    "wechat-wxcli-txt",
)
FIXTURES = [
    pytest.param(name, path, id=f"{name}/{path.name}")
    for name in MINE
    for path in sorted((EXPORTS / name).rglob("*"))
    if path.is_file() and ".golden." not in path.name and path.suffix != ".json"
]
NEIGHBOURS = [
    path
    for folder in ("qq-txt", "wechat-chatlog-txt", "wechat-memotrace-csv", "wechat-weflow-json")
    for path in sorted((EXPORTS / folder).iterdir())
    if path.is_file() and ".golden." not in path.name
]


class Read:
    """What a parser made of one file, as plain values."""

    def __init__(self, name: str, path: Path) -> None:
        log = IssueLog()
        self.rows: list[dict[str, Any]] = []
        self.chats: dict[str, RawChat] = {}
        for batch in PARSERS.get(name).parse(Export(path), log):
            self.chats[batch.chat.key] = batch.chat
            for column, dtype in batch.messages.schema.items():
                assert dtype == RAW_MESSAGES[column]
            self.rows.extend(batch.messages.iter_rows(named=True))
        self.issues = [(i["code"], i["line"], i["rows"]) for i in log.frame().to_dicts()]

    def column(self, name: str) -> list[Any]:
        return [row.get(name) for row in self.rows]


def written(folder: Path, text: str, name: str = "x.txt") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def sure(name: str, path: Path) -> Confidence:
    return PARSERS.get(name).sniff(Export(path)).confidence


# --- recognition ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "path"), FIXTURES)
def test_a_fixture_is_recognised_by_its_parser_above_all_others(name: str, path: Path) -> None:
    match = PARSERS.get(name).sniff(Export(path))
    assert match.evidence
    assert all(sure(other, path) < match.confidence for other in MINE if other != name)


@pytest.mark.parametrize("path", [*NEIGHBOURS, *NOT_EXPORTS.iterdir()], ids=lambda p: p.name)
def test_neighbours_and_stray_files_are_refused(path: Path) -> None:
    found = {name: sure(name, path) for name in MINE}
    golden = golden_path(path)
    if golden.exists():  # a look-alike may be a guess, if its own parser is surer
        own = PARSERS.get(path.parent.name).sniff(Export(path)).confidence
        assert max(found.values()) < own
    else:
        assert max(found.values()) == Confidence.NO


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # A QQ number behind the name means QQ; labels, a database tool; seconds, not a paste.
        ("wechat-memotrace-txt", "2026-03-05 20:15:30 小林(10001)\n早\n\n" * 3),
        ("wechat-memotrace-txt", "2026-03-05 20:15:30 小林<demo01@example.com>\n早\n\n" * 3),
        ("wechat-memotrace-txt", "2026-03-05 20:15:30 小林\n[文本]\n早\n\n" * 3),
        ("wechat-memotrace-txt", "2026-03-05 20:15:30 INFO start\n" * 3),
        ("wechat-memotrace-txt", "2026-03-05 20:15:30 '小林'\n早\n\n" * 3),
        ("wechat-weflow-txt", "2026-03-05 20:15:30 小林\n早\n\n" * 3),
        ("wechat-paste", "小林 2026/3/5 20:15:30\n早\n\n" * 3),
        ("wechat-paste", "小林(10001) 2026/3/5 20:15\n早\n\n" * 3),
        ("wechat-paste", "### 2026-03-05 20:15\n\n**小林**: 早\n\n" * 3),
        ("wechat-paste", "小林:\n早\n\n阿强:\n早\n"),
        ("wechat-mail", "— —  2026-2-21  — —\n小林  23:50:12 \n早\n"),
        ("wechat-mail", "跑步  20:15\n读书  21:15\n"),
        ("wechat-mail", "跑步 20:15\n\n读书 21:15\n"),
        ("wechat-exporter-txt", "小林(10001) (2026-03-05 20:15:30):早\n" * 3),
        ("wechat-wetrace-txt", "[2026-03-05 20:15:30] 小林: 早\n" * 3),
        ("wechat-wxcli-txt", "[2026-03-05 20:15] 小林: 早\n" * 3),
        ("wechat-wxcli-md", "# 笔记\n\n### 2026-03-05 20:15\n\n**小林**: 早\n"),
        ("wechat-dataanalysis-txt", "会话: 读书会\n\n[2026-03-05 20:15:30] 小林: 早\n"),
        ("wechat-memotrace-ai", "********* 2026-03-05 *********\n小林: 早\n"),
    ],
)
def test_look_alikes_are_refused(name: str, text: str, tmp_path: Path) -> None:
    assert sure(name, written(tmp_path, text)) == Confidence.NO


# --- reading -------------------------------------------------------------------------------------

SAMPLES = [
    EXPORTS / "wechat-memotrace-txt" / "sample-1.txt",
    EXPORTS / "wechat-weflow-txt" / "群聊_读书会一群.txt",
    EXPORTS / "wechat-weflow-table" / "群聊_读书会一群.txt",
    EXPORTS / "wechat-exporter-txt" / "读书会一群.txt",
    EXPORTS / "wechat-mail" / "读书会.txt",
    EXPORTS / "wechat-paste" / "english.txt",
    EXPORTS / "wechat-wetrace-txt" / "traps.txt",
    EXPORTS / "wechat-wxcli-txt" / "读书会一群.txt",
    EXPORTS / "wechat-wxcli-md" / "读书会一群.md",
    EXPORTS / "wechat-dataanalysis-txt" / "traps.txt",
    EXPORTS / "wechat-dump-txt" / "读书会一群.txt",
]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.parent.name)
@pytest.mark.parametrize("size", [1, 17, 64, 301])
def test_where_blocks_end_changes_no_row(
    path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = path.parent.name
    whole = sorted(Read(name, path).rows, key=lambda row: row["line"])
    monkeypatch.setattr(export_module, "BLOCK_BYTES", size)
    assert sorted(Read(name, path).rows, key=lambda row: row["line"]) == whole


BODIES = st.lists(
    st.lists(st.sampled_from(["早", "", "x 08:01", "甲 08:00", "[强]"]), max_size=4), max_size=6
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=BODIES, size=st.integers(1, 30))
def test_only_lines_behind_empty_ones_are_headers_where_that_is_asked(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[str]], size: int
) -> None:
    lines = ["乙 08:02"]
    for body in bodies:
        lines += [*body, "", "乙 08:02"]
    path = written(tmp_path_factory.mktemp("apart"), "\n".join(lines))
    expected = [
        n + 1 for n, line in enumerate(lines)
        if (n == 0 or not lines[n - 1]) and " 08:0" in line
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "BLOCK_BYTES", size)
        header = r"^(?P<who>\S+) (?P<at>\d\d:\d\d)$"
        frames = list(read_transcript(Export(path), IssueLog(), header, apart=True))
    assert [line for frame in frames for line in frame["line"]] == expected
    assert all(frame["apart"].all() for frame in frames)


SAID = st.text(st.sampled_from("早a\n [】「」:：'\"*_|\u2005\u2028"), min_size=1, max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(SAID.filter(lambda s: s.strip()), min_size=1, max_size=6))
def test_memotrace_gives_back_what_was_said(
    tmp_path_factory: pytest.TempPathFactory, said: list[str]
) -> None:
    text = "".join(
        f"2026-03-05 20:15:{n:02d} 小林\n{body}\n\n" for n, body in enumerate(["早", *said])
    )
    found = Read("wechat-memotrace-txt", written(tmp_path_factory.mktemp("m"), text))
    assert found.column("text") == ["早", *said]
    assert set(found.column("sender_name")) == {"小林"}


def test_bad_times_are_issues_with_their_line(tmp_path: Path) -> None:
    text = "2026-03-05 20:15:30 '小林'\n早\n\n2026-02-30 20:15:30 '小林'\n二\n三\n\n"
    found = Read("wechat-weflow-txt", written(tmp_path, text))
    assert found.column("text") == ["早"]
    assert found.issues == [("bad-timestamp", 4, 1)]


def test_a_file_that_is_cut_off_keeps_what_is_there(tmp_path: Path) -> None:
    whole = (EXPORTS / "wechat-memotrace-txt" / "sample-1.txt").read_bytes()
    (tmp_path / "x.txt").write_bytes(whole[:-30])
    found = Read("wechat-memotrace-txt", tmp_path / "x.txt")
    assert len(found.rows) >= 4
    assert found.rows[0]["kind"] == "system"


def test_memotrace_without_empty_lines_is_still_read(tmp_path: Path) -> None:
    path = written(tmp_path, "2026-03-05 20:15:30 小林\n早\n2026-03-05 20:15:31 阿强\n早\n")
    assert sure("wechat-memotrace-txt", path) == Confidence.NO
    assert Read("wechat-memotrace-txt", path).column("sender_name") == ["小林", "阿强"]


def test_weflow_takes_the_name_in_the_file_name_for_the_group(tmp_path: Path) -> None:
    text = "2026-03-05 20:15:30 '夜跑群'\n没见过的提示\n\n2026-03-05 20:15:31 '小林'\n早\n\n"
    path = written(tmp_path, text, "群聊_夜跑群_2026-03-01_2026-03-05.txt")
    found = Read("wechat-weflow-txt", path)
    assert found.column("kind") == ["system", "text"]
    assert found.column("sender_name") == [None, "小林"]
    (chat,) = found.chats.values()
    assert (chat.name, chat.kind) == ("夜跑群", "group")


def test_a_glued_transfer_gives_both_records_and_chains_are_followed(tmp_path: Path) -> None:
    text = (
        "群 - 微信聊天记录\n\n阿强 (2026-03-05 20:00:00):早\n"
        "小林 (2026-03-05 20:00:01):微信转账 ￥1.00阿强 (2026-03-05 20:00:02):微信转账 ￥2.00"
        "小林 (2026-03-05 20:00:03):谢\n"
    )
    found = Read("wechat-exporter-txt", written(tmp_path, text))
    assert found.column("kind") == ["text", "transfer", "transfer", "text"]
    assert found.column("sender_name") == ["阿强", "小林", "阿强", "小林"]
    assert found.column("line") == [3, 4, 4, 4]


def test_mail_without_a_day_takes_it_from_the_file_name_or_says_so(tmp_path: Path) -> None:
    text = "读书会一群 微信群上的聊天记录如下，请查收。\n\n小林  20:15\n\n早\n"
    dated = Read("wechat-mail", written(tmp_path, text, "读书会_2026-03-05.txt"))
    assert [str(at) for at in dated.column("wall_at")] == ["2026-03-05 20:15:00"]
    bare = Read("wechat-mail", written(tmp_path, text, "读书会.txt"))
    assert bare.issues == [("bad-timestamp", 3, 1)]


@pytest.mark.parametrize(
    ("printed", "clock"),
    [
        ("2026/03/05 8:15 PM", "2026-03-05 20:15:00"),
        ("2026/03/05 12:15 AM", "2026-03-05 0:15:00"),
        ("2026年3月5日 20:15", "2026-3-5 20:15:00"),
        ("2026/3/5 下午8:15", "2026-3-5 20:15:00"),
        ("2026/3/5 中午12:15", "2026-3-5 12:15:00"),
        ("2026/3/5 上午12:15", "2026-3-5 0:15:00"),
    ],
)
def test_half_day_clocks_become_whole_days(printed: str, clock: str) -> None:
    found = pl.DataFrame({"at": [printed]}).select(half_day_clock(pl.col("at"))).item()
    assert [int(n) for n in found.replace(" ", "-").replace(":", "-").split("-")] == [
        int(n) for n in clock.replace(" ", "-").replace(":", "-").split("-")
    ]


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ("[图片]", "image", None),
        ("[图片]我拍的", None, None),
        ("【图片】", "image", None),
        ("[视频]12s", "video", None),
        ("[语音 12]", "voice", None),
        ("[语音转文字] 明天见", "voice", "明天见"),
        ("【语音】明天见", "voice", "明天见"),
        ("[图片] local_id=5", "image", None),
        ("[文件: 书单.docx(请在附件中查看)]", "file", "书单.docx"),
        ("[文件]书 单.docx", "file", "书 单.docx"),
        ("[链接]三月书单", "link", "三月书单"),
        ("[红包]", "red_packet", None),
        ("[强]", None, None),
        ("[红包雨]来了", None, None),
        ("图[图片]", None, None),
    ],
)
def test_marks_are_a_closed_list(content: str, kind: str | None, text: str | None) -> None:
    rows = pl.DataFrame({"content": [content], "_kind": pl.Series([None], dtype=pl.String)})
    assert read_marks(rows).select("_kind", "_text").row(0) == (kind, text)


def test_counts_and_limits_of_wx_cli_are_checked(tmp_path: Path) -> None:
    records = "".join(f"[2026-03-05 20:{n % 60:02d}] 小林: {n}\n" for n in range(500))
    found = Read("wechat-wxcli-txt", written(tmp_path, f"=== 群[群] (501 条) ===\n\n{records}"))
    assert found.issues == [("count-mismatch", None, 0), ("rows-may-be-missing", None, 0)]


def test_the_ai_text_of_a_group_is_refused_with_a_way_out(tmp_path: Path) -> None:
    day = "*" * 20 + "2026-03-05" + "*" * 20
    text = f"\n\n{day}\n\n小林:早 \n老周:早 \n阿强:早 \n老周:早 \n"
    path = written(tmp_path, text, "读书会_chat.txt")
    assert sure("wechat-memotrace-ai", path) == Confidence.CERTAIN
    with pytest.raises(UnreadableError) as refusal:
        Read("wechat-memotrace-ai", path)
    assert refusal.value.hint


@pytest.mark.parametrize("name", MINE)
@pytest.mark.parametrize(
    "text", ["", "\n", "\ufeff", "\0\0", "小林", "序号\t时间\n", "=== x (0 条) ==="]
)
def test_files_of_nothing_are_no_error(name: str, text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    PARSERS.get(name).sniff(Export(path))
    if name != "wechat-weflow-table":
        assert Read(name, path).rows == []
