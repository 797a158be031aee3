"""WhatsApp logs: styles of headers, the order of dates, names, and what is not a log."""

from collections.abc import Callable
from itertools import cycle, product
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import _whatsapp_log, _whatsapp_rows
from sqtool.parsers._base import Confidence
from sqtool.parsers._whatsapp_dates import read_dates
from sqtool.parsers._whatsapp_headers import ROOM, find_headers, lines_of, read_head
from sqtool.parsers._whatsapp_people import read_person
from sqtool.parsers.whatsapp_txt import PARSER

ANDROID = "14/03/2025, 09:0{n} - {who}: {text}\n"


def log(*said: tuple[str, str]) -> str:
    return "".join(ANDROID.format(n=n, who=who, text=text) for n, (who, text) in enumerate(said))


def rows(path: Path, text: str, order: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    path.write_bytes(text.encode())
    issues = IssueLog()
    frames = [batch.messages for batch in PARSER.parse(Export(path, date_order=order), issues)]
    return pl.concat(frames, how="diagonal_relaxed"), issues.frame()


def clocks(path: Path, text: str, order: str | None = None) -> list[str]:
    return [f"{wall:%Y-%m-%d %H:%M:%S}" for wall in rows(path, text, order)[0]["wall_at"]]


ORDERS = ("{y}{s}{m}{s}{d}", "{d}{s}{m}{s}{y}", "{m}{s}{d}{s}{y}")
CLOCKS = (
    ("{H}:{M}", 0), ("{H}:{M}:{S}", 1), ("{h}:{M} {P}", 0), ("{h}:{M}:{S}\u202f{P}", 1),
    ("{H}.{M}", 0), ("{h}:{M}\u00a0{p}.\u00a0m.", 0),
)  # fmt: skip
FRAMES = ("{date}, {clock} - ", "[{date}, {clock}] ", "{date} {clock} - ", "[{date} {clock}] ")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sep", ["/", *(pytest.param(s, marks=pytest.mark.slow) for s in ".-")])
def test_every_style_of_the_phones_is_read(tmp_path: Path, sep: str, order: str) -> None:
    moments = [(31, 12, 23, 59, 58), (1, 1, 0, 5, 7), (30, 11, 12, 5, 9), (28, 2, 9, 30, 0)]
    widths = cycle(product(("2023", "23"), (1, 2)))
    for (clock, seconds), frame in product(CLOCKS, FRAMES):
        (year, width), text, expected = next(widths), "", []
        for day, month, hour, minute, second in moments:
            half = "AP"[hour >= 12]
            parts = {
                "H": f"{hour:0{width}}", "h": f"{hour % 12 or 12}", "M": f"{minute:02}",
                "S": f"{second:02}", "P": half + "M", "p": half.lower(),
            }  # fmt: skip
            date = order.format(s=sep, y=year, m=f"{month:0{width}}", d=f"{day:0{width}}")
            text += frame.format(date=date, clock=clock.format(**parts)) + "小林: 你好\n"
            shown = second if seconds else 0
            expected.append(f"2023-{month:02}-{day:02} {hour:02}:{minute:02}:{shown:02}")
        assert clocks(tmp_path / "a.txt", text) == expected


@pytest.mark.parametrize(
    ("header", "numbers", "seconds"),
    [
        ("2026/4/6 下午1:54 - ", (2026, 4, 6), 13 * 3600 + 54 * 60),
        ("2026/4/6 中午12:05 - ", (2026, 4, 6), 12 * 3600 + 5 * 60),
        ("2026/4/6 凌晨12:05 - ", (2026, 4, 6), 5 * 60),
        ("[2024/10/31 下午3:50:46] ", (2024, 10, 31), 15 * 3600 + 50 * 60 + 46),
        ("2023. 12. 31. 오후 9:05 - ", (2023, 12, 31), 21 * 3600 + 5 * 60),
        ("[2023/12/31 午後9:05:01] ", (2023, 12, 31), 21 * 3600 + 5 * 60 + 1),
        ("\u200f١٢\u200f/٣\u200f/٢٠٢٥، ٩:٠٥ م - ", (12, 3, 2025), 21 * 3600 + 5 * 60),
        ("31. 12. 2023 21:05 - ", (31, 12, 2023), 21 * 3600 + 5 * 60),
        ("31.12.2023 klo 9.05 - ", (31, 12, 2023), 9 * 3600 + 5 * 60),
        ("12/03/2025 à 09:14 - ", (12, 3, 2025), 9 * 3600 + 14 * 60),
        ("\u200e[14/10/2021, 3:34:09\u202fPM] ", (14, 10, 2021), 15 * 3600 + 34 * 60 + 9),
        ("12.03.2025\u00a0г., 21:05 - ", (12, 3, 2025), 21 * 3600 + 5 * 60),
        ("[12.03.25 г., 21:05:10] ", (12, 3, 25), 21 * 3600 + 5 * 60 + 10),
        ("\u200f۲۰۲۵/۳/۱۲،\u200f ۲۱:۰۵ - ", (2025, 3, 12), 21 * 3600 + 5 * 60),
        ("[\u200f۲۰۲۵/۳/۱۲,\u200f\u00a0۹:۰۵:۰۷] ", (2025, 3, 12), 9 * 3600 + 5 * 60 + 7),
    ],
)
def test_a_header_gives_the_same_by_pattern_and_by_bytes(
    header: str, numbers: tuple[int, int, int], seconds: int
) -> None:
    head = read_head(header + "小林: 你好")
    assert head is not None
    assert (head.numbers, head.seconds) == (numbers, seconds)
    assert head.taken == len(header.encode())
    buffer = (header + "小林: 一\n二\n" + header).encode() + bytes(ROOM)
    found = find_headers(buffer, lines_of(buffer), [head.style])
    assert found.rows.tolist() == [0, 2]
    assert found.numbers.tolist() == [list(numbers)] * 2
    assert found.seconds.tolist() == [seconds] * 2
    assert found.styles.tolist() == [0, 0]


@pytest.mark.parametrize(
    "line",
    [
        "2017-03-01 8:00:00 小林(10001)",
        "[31-Dec-23 09:05 PM] nora",
        "09:05\t小林\t你好",
        "32/13/2025, 09:00 - 小林: 你好",
        "01/03/2025, 25:00 - 小林: 你好",
        "[01/03/2025, 09:00:00 小林: 你好",
        "1.2.3 版 - 发布",
        "12.03.2025 год, 21:05 - 小林: 你好",
    ],
)
def test_other_dated_lines_are_no_headers(line: str) -> None:
    assert read_head(line) is None


def test_one_late_number_decides_the_order_of_all_dates(tmp_path: Path) -> None:
    early = "".join(f"0{n}/02/2025, 09:00 - 小林: 你好\n" for n in range(1, 9))
    for late, first in (("13/02/2025", "2025-02-01"), ("02/13/2025", "2025-01-02")):
        text = early * 50 + f"{late}, 09:00 - 阿强: 你好\n"
        assert clocks(tmp_path / "a.txt", text)[0].startswith(first)


def test_the_user_decides_an_open_order_and_never_an_impossible_one(tmp_path: Path) -> None:
    open_text = "01/02/2025, 09:00 - 小林: 一\n01/02/2025, 09:01 - 阿强: 二\n"
    path = tmp_path / "a.txt"
    assert clocks(path, open_text)[0].startswith("2025-02-01")
    assert clocks(path, open_text, "mdy")[0].startswith("2025-01-02")
    assert clocks(path, open_text, "ymd")[0].startswith("2025-02-01")
    year_first = open_text.replace("01/02/2025", "2025/01/02")
    assert clocks(path, year_first, "dmy")[0].startswith("2025-01-02")
    issues = rows(path, open_text)[1]
    assert issues["code"].to_list() == ["date-order"]
    assert issues["rows"].to_list() == [0]
    assert issues["detail"][0].startswith("unsure: dates are read as day, month, year")
    assert rows(path, year_first)[1].is_empty()


def test_the_order_is_told_by_steps_back_in_time_though_some_messages_came_late() -> None:
    days = [(day, month) for month in range(1, 8) for day in range(1, 13)]
    days[10], days[12] = days[12], days[10]
    style = read_head("01/02/25, 09:00 - ")
    assert style is not None
    numbers = pl.DataFrame([(d, m, 25) for d, m in days], orient="row").to_numpy().astype("int16")
    read = read_dates(numbers, style.style, None)
    assert (read.order, read.unsure) == ("dmy", False)
    american = numbers[:, [1, 0, 2]]
    assert read_dates(american, style.style, None).order == "mdy"


def test_dates_of_a_mixed_file_that_fit_no_order_are_issues(tmp_path: Path) -> None:
    text = "13/02/2025, 09:00 - 小林: 一\n" * 3 + "02/14/2025, 09:00 - 小林: 二\n"
    frame, issues = rows(tmp_path / "a.txt", text)
    assert frame["wall_at"].null_count() == 1
    assert "1 are so all the same" in issues["detail"][0]


BODIES = st.lists(
    st.tuples(
        st.sampled_from(["小林", "Tom: at work", "+44 7700 900123", "~\u202f阿强"]),
        st.text(st.sampled_from("a甲\n: <>()@\u200e[/0"), max_size=12),
    ),
    min_size=1,
    max_size=9,
)


@settings(deadline=None, max_examples=25)
@given(said=BODIES, size=st.integers(1, 60), crlf=st.booleans())
def test_where_chunks_end_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str]], size: int, crlf: bool
) -> None:
    path = tmp_path_factory.mktemp("chunks") / "a.txt"
    text = log(*said).replace("\n", "\r\n" if crlf else "\n")
    whole = rows(path, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_whatsapp_log, "_CHUNK", size)
        patch.setattr(_whatsapp_rows, "_ROWS", 2)
        pieces = rows(path, text)
    assert pieces[0].equals(whole[0].select(pieces[0].columns))
    assert pieces[1].equals(whole[1])
    assert whole[0].height >= len(said)


def test_bytes_that_are_no_text_are_read_around(tmp_path: Path) -> None:
    text = log(("小林", "一"), ("阿强", "\x00坏\x00"), ("米粒", "三"))
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"14/03/2025, 09:09 - \xff\xfe: \xff\n")
    issues = IssueLog()
    frame = pl.concat([b.messages for b in PARSER.parse(Export(path), issues)], how="diagonal")
    assert frame.height == 4
    assert "bad-encoding" in issues.frame()["code"].to_list()


@pytest.mark.parametrize(
    ("morning", "evening"),
    [
        ("09:30 PG", "09:30 PTG"),
        ("9:30 vm.", "9:30 nm."),
        ("9:30 fm", "9:30 em"),
        ("9:30 e paradites", "9:30 e pasdites"),
        ("9:30 म.पू.", "9:30 म.उ."),
        ("முற்பகல் 9:30", "பிற்பகல் 9:30"),
        ("9:30 לפנה״צ", "9:30 אחה״צ"),
        ("9:30 ق.ظ.", "9:30 ب.ظ."),
        ("9:30 пр.об.", "9:30 сл.об."),
    ],
)
def test_halves_of_the_day_are_known_in_many_languages(
    tmp_path: Path, morning: str, evening: str
) -> None:
    text = f"14/03/2025, {morning} - 小林: 早\n14/03/2025, {evening} - 小林: 晚\n"
    read = clocks(tmp_path / "chat.txt", text)
    assert read == ["2025-03-14 09:30:00", "2025-03-14 21:30:00"]


@pytest.mark.parametrize(
    ("header", "wall"),
    [
        ("[21:05, 14/3/2025] ", "2025-03-14 21:05:00"),
        ("[9:05 PM, 14/3/2025] ", "2025-03-14 21:05:00"),
        ("[9:05\u202fp.\u00a0m., 14/3/2025] ", "2025-03-14 21:05:00"),
        ("[下午9:05, 2025/3/14] ", "2025-03-14 21:05:00"),
        ("[21:05:06 14/3/2025] ", "2025-03-14 21:05:06"),
        ("21:05, 14/3/2025 - ", "2025-03-14 21:05:00"),
        ("21:05 14/3/25 \u2013 ", "2025-03-14 21:05:00"),
        ("\u200e[21:05, 14.3.2025] ", "2025-03-14 21:05:00"),
    ],
)
def test_headers_that_begin_with_the_clock_are_read(tmp_path: Path, header: str, wall: str) -> None:
    path = tmp_path / "chat.txt"
    read, issues = rows(path, f"{header}小林: 一\n第二行\n{header}Nora: 二\n")
    assert [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in read["wall_at"]] == [wall, wall]
    assert read["text"].to_list() == ["一\n第二行", "二"]
    assert read["line"].to_list() == [1, 3]
    assert not issues.filter(pl.col("code") != "date-order").height
    assert PARSER.sniff(Export(path)).confidence


def test_where_chunks_end_changes_nothing_for_headers_that_begin_with_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(f"[9:{n:02}, 14/3/2025] 小林: 第{n}条\n接着\n" for n in range(40))
    expected = rows(tmp_path / "chat.txt", text)[0]
    for size in (7, 30, 61, 200):
        monkeypatch.setattr(_whatsapp_log, "_CHUNK", size)
        assert rows(tmp_path / "chat.txt", text)[0].equals(expected)
    assert expected.height == 40


def test_a_clock_before_a_date_within_an_ordinary_log_is_text(tmp_path: Path) -> None:
    text = log(("小林", "看\n[09:31, 13/3/2025] Nora: 昨天的话"), ("Nora", "好"), ("小林", "嗯"))
    read = rows(tmp_path / "chat.txt", text)[0]
    assert read["text"].to_list() == ["看\n[09:31, 13/3/2025] Nora: 昨天的话", "好", "嗯"]


def test_years_of_the_buddhist_calendar_are_brought_into_ours(tmp_path: Path) -> None:
    text = "31/12/2567 23:59 - 小林: 一\n1/1/2568 00:01 - 小林: 二\n"
    # 2567 - 543 = 2024
    read = clocks(tmp_path / "chat.txt", text)
    assert read == ["2024-12-31 23:59:00", "2025-01-01 00:01:00"]


def test_a_name_with_a_colon_is_one_name(tmp_path: Path) -> None:
    said = [("Tom: work", "一"), ("小林", "备注: 二"), ("Tom: work", "三: 四"), ("Tom: work", "五")]
    frame, _ = rows(tmp_path / "a.txt", log(*said))
    assert frame["sender_name"].to_list() == [who for who, _ in said]
    assert frame["text"].to_list() == [text for _, text in said]


def test_a_rename_with_a_colon_in_it_is_a_notice(tmp_path: Path) -> None:
    text = log(("小林", "一")) + (
        '14/03/2025, 09:05 - 小林 changed the subject from "A: b" to "C"\n'
        '14/03/2025, 09:06 - 小林 说 "引用": 也是名字\n'
    )
    frame, _ = rows(tmp_path / "a.txt", text)
    assert frame["kind"].to_list() == ["text", "system", "text"]
    assert frame["text"][1] == '小林 changed the subject from "A: b" to "C"'


@pytest.mark.parametrize(
    ("shown", "key", "name"),
    [
        ("\u202a+44\u00a07700\u00a0900123\u202c", "+447700900123", "+44 7700 900123"),
        ("~\u202f阿澈", None, "阿澈"),
        ("\u2068~阿澈\u2069", None, "阿澈"),
        ("~", None, "~"),
        ("\u200e", None, None),
        ("小林 +1", None, "小林 +1"),
    ],
)
def test_people_are_numbers_or_names_without_marks(
    shown: str, key: str | None, name: str | None
) -> None:
    assert read_person(shown) == (key, name)


@pytest.mark.parametrize(
    ("name", "text", "sure"),
    [
        ("chat.txt", log(("小林", "一"), ("阿强", "二")), Confidence.LIKELY),
        ("WhatsApp Chat with 夜猫.txt", log(("小林", "一")), Confidence.CERTAIN),
        ("_chat.txt", "[14/03/2025, 09:00:01] 小林: 一\n", Confidence.CERTAIN),
        ("chat.txt", log(("小林", "<Media omitted>")), Confidence.CERTAIN),
        ("chat.txt", "2025-03-14 09:00 - 小林: 一\n" * 2, Confidence.WEAK),
        ("diary.txt", "14/03/2025, 09:00 - 下雨\n14/03/2025, 10:00 - 出门\n", Confidence.NO),
        ("line.txt", "2025/03/14(金)\n09:00\t小林\t你好\n", Confidence.NO),
        ("discord.txt", "[14/03/2025 09:00] nora\nhi\n\n[14/03/2025 09:01] tom\nhi\n",
         Confidence.NO),
        ("one.txt", "14/03/2025, 09:00 - 小林: 一\n", Confidence.NO),
    ],
)  # fmt: skip
def test_logs_are_recognised_by_their_lines_and_sentences(
    tmp_path: Path, name: str, text: str, sure: Confidence
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert PARSER.sniff(Export(path)).confidence == sure


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("WhatsApp Chat with 读书会: 一群.txt", "读书会: 一群"),
        ("WhatsApp_Chat_with_Night_Cats.txt", "Night Cats"),
        ("WhatsApp Chat with 夜猫 (1).txt", "夜猫"),
        ("Chat de WhatsApp con Tom.txt", "Tom"),
        ("與夜猫的 WhatsApp 對話.txt", "夜猫"),
        ("WhatsApp Chat - 夜猫/_chat.txt", "夜猫"),
        ("导出/_chat.txt", "导出"),
        ("随便.txt", "随便"),
    ],
)
def test_the_chat_is_named_by_the_file_or_its_folder(tmp_path: Path, name: str, title: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(log(("小林", "一"), ("阿强", "二")), encoding="utf-8")
    batches = list(PARSER.parse(Export(path), IssueLog()))
    assert {batch.chat.name for batch in batches} == {title}


BRACKETED = "[14/03/2025, 09:0{n}:00] {who}: {text}\n"
CRYPT = (
    "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp,"
    " can read or listen to them."
)


def bracketed(*said: tuple[str, str]) -> str:
    return "".join(BRACKETED.format(n=n, who=who, text=text) for n, (who, text) in enumerate(said))


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("阿澈", "阿澈 joined using this group's invite link"),
        ("~\u202f阿澈", "~\u202f阿澈 joined using a group link."),
        ("小林", "小林 added 阿强"),
        ("小林", "小林 added +44\u00a07700\u00a0900123"),
        ("+44\u00a07700\u00a0900123", "+44\u00a07700\u00a0900123 left"),
        ("阿强", "小林 added 米粒 and 阿强"),
        ("小林", "小林 changed the group name to “夜猫: 二”"),
        ("小林", "小林 hat 阿强 entfernt."),
        ("小林", "小林添加了阿强"),
    ],
)
def test_a_log_without_marks_has_notices_where_the_sender_is_in_the_wording(
    tmp_path: Path, who: str, text: str
) -> None:
    said = bracketed(("米粒", "早"), (who, text))
    assert rows(tmp_path / "a.txt", said)[0]["kind"].to_list() == ["text", "system"]
    # One mark anywhere, and what has none is a message; on Android it is one, too.
    marked = bracketed(("米粒", "早 \u200eimage omitted"), (who, text))
    assert rows(tmp_path / "b.txt", marked)[0]["kind"].to_list() == ["image", "text"]
    assert rows(tmp_path / "c.txt", log((who, text)))[0]["kind"].to_list() == ["text"]


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("小林", "阿强 left"),
        ("小林", "阿强 joined using this group's invite link"),
        ("小林", "我觉得 小林 left"),
        ("小林", "小林 nudged 阿强"),
        ("小林", "小林 recalled a message"),
        ("小林", "小林 left\n骗你们的"),
        ("小林", "小林 created this group"),
        ("小林", "小林"),
        ("小林", "You left"),
    ],
)
def test_a_message_in_a_log_without_marks_that_only_looks_like_a_notice_stays_one(
    tmp_path: Path, who: str, text: str
) -> None:
    frame, _ = rows(tmp_path / "a.txt", bracketed(("米粒", "早"), (who, text)))
    assert frame["kind"].to_list() == ["text", "text"]
    assert frame["sender_name"][1] == who
    assert frame["text"][1] == text


@pytest.mark.parametrize("style", [log, bracketed])
@pytest.mark.parametrize("mark", ["", "\u200e"])
def test_the_sentence_about_encryption_is_a_notice_with_and_without_its_mark(
    tmp_path: Path, style: Callable[..., str], mark: str
) -> None:
    chinese = "消息和通话已进行端到端加密。只有此聊天中的成员可以读取、收听或分享。"
    for sentence in (CRYPT, CRYPT + " Tap to learn more.", chinese):
        text = style(("夜猫", mark + sentence), ("小林", "一"), ("阿强", "二"), ("米粒", "三"))
        path = tmp_path / "_chat.txt"
        frame, _ = rows(path, text)
        assert frame["kind"].to_list() == ["system", "text", "text", "text"]
        assert frame["sender_name"].to_list() == [None, "小林", "阿强", "米粒"]
        batch = next(PARSER.parse(Export(path), IssueLog()))
        assert batch.chat.name == "夜猫"


@pytest.mark.parametrize("style", [log, bracketed])
@pytest.mark.parametrize(
    "text",
    [
        "Messages and calls are end-to-end encrypted, right?",
        "Messages and calls are end-to-end encrypted. 真的吗",
        "Messages and calls are end-to-end encrypted. Does WhatsApp know?",
        "听说 " + CRYPT,
        "我们的聊天 end-to-end encrypted 吗",
    ],
)
def test_talk_about_encryption_stays_talk(
    tmp_path: Path, style: Callable[..., str], text: str
) -> None:
    assert rows(tmp_path / "a.txt", style(("小林", text)))[0]["kind"].to_list() == ["text"]


def test_where_chunks_end_changes_nothing_in_a_log_without_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [("夜猫", CRYPT), *[("小林", "小林 added 阿强"), ("阿强", "小林 left")] * 3]
    path, text = tmp_path / "a.txt", bracketed(*said)
    whole = rows(path, text)[0]
    assert whole["kind"].to_list() == ["system", *["system", "text"] * 3]
    monkeypatch.setattr(_whatsapp_log, "_CHUNK", 50)
    monkeypatch.setattr(_whatsapp_rows, "_ROWS", 1)
    pieces = rows(path, text)[0]
    assert pieces.equals(whole.select(pieces.columns))
