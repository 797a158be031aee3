"""From sources to a dataset: which files, which chats, what becomes of every row."""

import io
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import sqtool
from sqtool import SqtoolError
from sqtool.convert import convert
from sqtool.errors import ExitCode
from sqtool.pipeline import only_chat
from sqtool.reading import Progress, Request
from sqtool.writers import WRITERS
from tests._golden import EXPORTS, NOT_EXPORTS

QQ = EXPORTS / "qq-txt"
SAMPLE = QQ / "sample.txt"


def test_a_folder_a_zip_a_glob_and_a_pipe_read_like_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "导出"
    folder.mkdir()
    (folder / "群.txt").write_bytes(SAMPLE.read_bytes())
    (folder / "说明.md").write_text("# 不是聊天记录", encoding="utf-8")
    (folder / "头像.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    archive = tmp_path / "导出.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.write(folder / "群.txt", "里层/群.txt")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SAMPLE.read_bytes())))
    monkeypatch.chdir(tmp_path)
    expected = sqtool.load(SAMPLE).messages.collect()
    for source in (folder, archive, "导出/*.txt", "-"):
        assert_frame_equal(sqtool.load(source).messages.collect(), expected)
    stray = sqtool.load(folder).issues.filter(code="not-an-export")
    assert stray["file"].to_list() == ["导出/说明.md"]


def test_a_missing_file_and_a_broken_zip_say_so(tmp_path: Path) -> None:
    with pytest.raises(SqtoolError, match="no such file") as missing:
        sqtool.load(tmp_path / "nothing.txt")
    assert missing.value.code is ExitCode.UNREADABLE
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("群.txt", SAMPLE.read_bytes())
    broken.write_bytes(broken.read_bytes()[:-40])
    with pytest.raises(SqtoolError) as damaged:
        sqtool.load(broken)
    assert damaged.value.code in (ExitCode.UNREADABLE, ExitCode.FORMAT)


def test_a_folder_of_strangers_is_refused(tmp_path: Path) -> None:
    for path in NOT_EXPORTS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(SqtoolError) as refusal:
        sqtool.load(tmp_path)
    assert refusal.value.code is ExitCode.FORMAT


def test_a_format_that_does_not_exist_gets_the_closest_name() -> None:
    with pytest.raises(SqtoolError, match="qq-txt"):
        sqtool.load(SAMPLE, format="qqtxt")


def test_several_chats_need_a_choice_and_a_name_or_an_id_makes_it() -> None:
    path = QQ / "several-chats.txt"
    with pytest.raises(SqtoolError, match="二号群") as many:
        only_chat(sqtool.load(path))
    assert many.value.code is ExitCode.USAGE
    for choice in ("二号群", "qq:二号群"):
        assert sqtool.load(path, chat=choice).messages.collect().height == 1
    with pytest.raises(SqtoolError, match="did you mean 二号群"):
        sqtool.load(path, chat="二号裙")


def test_progress_counts_every_byte_and_record() -> None:
    seen: list[Progress] = []
    sqtool.load([SAMPLE, QQ / "hours.txt"], on_progress=seen.append)
    assert (
        seen[-1].done == seen[-1].total == SAMPLE.stat().st_size + (QQ / "hours.txt").stat().st_size
    )
    assert seen[-1].records == 7 + 4


def test_the_zone_decides_what_a_wall_clock_means() -> None:
    shanghai = sqtool.load(SAMPLE).messages.collect()["sent_at"]
    tokyo = sqtool.load(SAMPLE, tz="Asia/Tokyo").messages.collect()["sent_at"]
    assert ((shanghai - tokyo).dt.total_minutes() == 60).all()


def test_a_clock_time_that_never_was_is_an_issue_with_its_place(tmp_path: Path) -> None:
    text = SAMPLE.read_bytes().decode("utf-8-sig")
    path = tmp_path / "dst.txt"
    path.write_text(text.replace("2017-03-01 8:06:11", "2017-03-12 2:30:00"), "utf-8", newline="")
    data = sqtool.load(path, tz="America/New_York")
    assert data.issues.filter(code="bad-timestamp")["line"].to_list() == [2]
    assert data.imports["rows_in"].item() == 7
    assert data.imports["rows_skipped"].item() == 1
    assert data.messages.collect().height == 6


def test_no_issue_quotes_a_message_or_a_name() -> None:
    for case in sorted(QQ.glob("*.txt")):
        data = sqtool.load(case, allow_private=True)
        texts = data.messages.select("text").drop_nulls().collect()["text"].to_list()
        names = data.members.select("display_name").drop_nulls().collect()["display_name"].to_list()
        said = " ".join(data.issues["detail"].drop_nulls().to_list())
        assert not [t for t in [*texts, *names] if len(t.strip()) > 2 and t in said]


def test_the_same_input_gives_the_same_dataset_twice() -> None:
    first, second = (sqtool.load(QQ / "system-wordings.txt") for _ in range(2))
    assert_frame_equal(first.messages.collect(), second.messages.collect())
    assert_frame_equal(first.members.collect(), second.members.collect())


def test_only_leaves_one_chat_in_all_three_frames() -> None:
    data = sqtool.load(QQ / "several-chats.txt").only("qq:二号群")
    for frame in (data.chats, data.members, data.messages):
        assert frame.collect()["chat_id"].unique().to_list() == ["qq:二号群"]
    assert data.messages.select(pl.len()).collect().item() == 1


def qq(*records: tuple[str, str, str], newline: str = "\r\n") -> str:
    return "".join(f"{at} {who}{newline}{body}{newline}{newline}" for at, who, body in records)


MANY = [
    (f"2017-03-01 9:{n // 60:02d}:{n % 60:02d}", "小林(10001)", f"第{n}条，你好世界")
    for n in range(120)
]


def test_one_carriage_return_does_not_make_a_line_feed_copy_a_crlf_file(tmp_path: Path) -> None:
    path = tmp_path / "lf.txt"
    path.write_bytes(qq(*MANY, newline="\n").replace("第7条，你好世界", "第7条\r").encode())
    data = sqtool.load(path)
    assert data.imports["rows_in"].item() == 120
    assert data.messages.collect()["text"][7] == "第7条\r"


def test_one_damaged_byte_does_not_turn_utf_8_into_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "damaged.txt"
    raw = qq(*MANY).encode()
    place = raw.index("世界".encode(), 2000)
    path.write_bytes(raw[: place + 1] + raw[place + 2 :])
    data = sqtool.load(path)
    assert data.members.collect()["display_name"].to_list() == ["小林"]
    assert data.issues["code"].to_list() == ["bad-encoding"]


def test_files_of_one_name_are_accounted_apart_and_one_given_twice_is_read_once(
    tmp_path: Path,
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_bytes(SAMPLE.read_bytes())
    paths = [tmp_path / "a" / "x.txt", tmp_path / "b" / "x.txt", tmp_path / "a" / "x.txt"]
    imports = sqtool.load(paths).imports
    assert imports["rows_in"].to_list() == [7, 7]
    assert imports["rows_kept"].to_list() == [7, 0]
    assert imports["rows_duplicate"].to_list() == [0, 7]
    assert imports["file"].n_unique() == 2


HEAD = "Time,SenderName,Sender,TalkerName,Talker,Content\n"
ROWS = {
    "一群": ["2026-03-05 20:15:03,小林,wxid_demo01,一群,1@chatroom,早",
             "2026-03-05 20:15:04,阿强,wxid_demo02,一群,1@chatroom,早上好",
             "坏时间,阿强,wxid_demo02,一群,1@chatroom,丢失"],
    "二群": ["2026-03-05 20:16:03,米粒,wxid_demo03,二群,2@chatroom,在",
             "2026-03-05 20:16:04,老周,wxid_demo00,二群,2@chatroom,在的"],
    "三群": ["2026-03-05 20:17:03,老周,wxid_demo00,三群,3@chatroom,没人"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("chat", "kept", "duplicate", "other"),
    [
        (None, [4, 1], [0, 2], [None, None]),
        ("一群", [2, 0], [0, 2], [2, 1]),
        ("二群", [2, 0], [0, 0], [2, 3]),
        ("wechat:3@chatroom", [0, 1], [0, 0], [4, 2]),
    ],
)
def test_rows_of_chats_that_were_not_asked_for_are_accounted_apart(
    tmp_path: Path,
    chat: str | None,
    kept: list[int],
    duplicate: list[int],
    other: list[int | None],
) -> None:
    # The second file has the first chat again, and the third.
    for name, chats in (("a.csv", ["一群", "二群"]), ("b.csv", ["一群", "三群"])):
        rows = [row for one in chats for row in ROWS[one]]
        (tmp_path / name).write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    data = sqtool.load(tmp_path, chat=chat)
    assert data.imports["rows_in"].to_list() == [5, 4]
    assert data.imports["rows_kept"].to_list() == kept
    assert data.imports["rows_duplicate"].to_list() == duplicate
    assert data.imports["rows_skipped"].to_list() == [1, 1]
    assert data.imports["rows_other_chats"].to_list() == other
    assert data.messages.collect().height == sum(kept)
    done = convert(
        Request(tmp_path, chat=chat), WRITERS.get("csv"), tmp_path / "out", into_folder=False
    )
    assert_frame_equal(done.imports, data.imports)


@pytest.mark.parametrize("year", ["0001", "1970"])
def test_a_time_no_chat_can_have_is_an_issue(tmp_path: Path, year: str) -> None:
    path = tmp_path / "prank.txt"
    text = qq(*MANY, (f"{year}-12-31 0:00:00", "小林(10001)", "x"))
    path.write_bytes(text.encode("utf-8-sig"))
    data = sqtool.load(path)
    assert data.issues.filter(code="bad-timestamp")["line"].to_list() == [121]
    assert data.messages.collect().height == 120


@pytest.mark.parametrize("year", ["2199", "9999"])
def test_a_record_later_than_its_file_is_pasted_text(tmp_path: Path, year: str) -> None:
    path = tmp_path / "prank.txt"
    text = qq(*MANY, (f"{year}-12-31 0:00:00", "小林(10001)", "x"))
    path.write_bytes(text.encode("utf-8-sig"))
    data = sqtool.load(path)
    messages = data.messages.collect()
    assert messages.height == 120
    assert str(messages["text"][-1]).endswith(f"{year}-12-31 0:00:00 小林(10001)\r\nx")
    assert data.issues["code"].to_list() == ["header-like-text"]


def test_a_pasted_header_does_not_turn_a_private_chat_into_a_group(tmp_path: Path) -> None:
    path = tmp_path / "private.txt"
    records = [(at, "老周" if n % 2 else "我", body) for n, (at, _, body) in enumerate(MANY)]
    records[5] = (records[5][0], "老周", "看\n\n2017-02-01 8:00:00 某人(10009)\nhi")
    path.write_bytes(qq(*records, newline="\n").encode("utf-8-sig"))
    with pytest.raises(SqtoolError, match="private"):
        sqtool.load(path, format="qq-txt")


def test_generated_keys_never_collide_with_a_title(tmp_path: Path) -> None:
    rule = "=" * 64
    text = "".join(
        f"{rule}\r\n消息分组:群\r\n{rule}\r\n消息对象:{title}\r\n{rule}\r\n\r\n{qq(MANY[n])}"
        for n, title in enumerate(("A", "A", "A #2"))
    )
    path = tmp_path / "all.txt"
    path.write_bytes(text.encode("utf-8-sig"))
    counts = sqtool.load(path).messages.collect().group_by("chat_id").len()
    assert counts["len"].to_list() == [1, 1, 1]


def test_a_byte_order_mark_settles_the_encoding_whatever_bytes_follow(tmp_path: Path) -> None:
    path = tmp_path / "hostile.txt"
    path.write_bytes(
        qq(MANY[0], MANY[1]).replace("第0条，你好世界", "x").encode("utf-8-sig") + b"\xff"
    )
    data = sqtool.load(path)
    assert data.imports["rows_in"].item() == 2
    assert data.issues["code"].to_list() == ["bad-encoding"]
