"""Discord, Slack, LINE and Zulip: what the goldens cannot show well."""

import json
import shutil
from dataclasses import replace
from datetime import date
from html import escape
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests._golden import EXPORTS

import sqtool
from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import PARSERS
from sqtool.parsers._base import Confidence
from sqtool.parsers._line_days import _rising, moment_of
from sqtool.parsers._line_words import KIND_BY_WORD, Names, read_notice, title_of
from sqtool.parsers._notices import SELF, read_notices
from sqtool.parsers._slack_text import escaped, mentioned, plain
from sqtool.parsers._zulip_html import read_words
from sqtool.sources import find_exports

SLACK, LINE, ZULIP = EXPORTS / "slack-export", EXPORTS / "line-txt", EXPORTS / "zulip-archive"


def messages(path: Path, **options: Any) -> pl.DataFrame:
    return sqtool.load(path, allow_private=True, **options).messages.collect()


def sniffed(path: Path) -> dict[str, Confidence]:
    (export,) = find_exports([str(path)])
    answers = {name: PARSERS.get(name).sniff(export).confidence for name in MINE}
    return {name: answer for name, answer in answers.items() if answer}


MINE = ("discord-json", "discord-csv", "slack-export", "line-txt", "zulip-archive", "zulip-export")


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


# --- Discord -------------------------------------------------------------------------------------


def test_a_discord_channel_without_messages_is_no_error_of_the_parser(tmp_path: Path) -> None:
    value = {"guild": {"id": "1"}, "channel": {"id": "2"}, "messages": [], "messageCount": 0}
    path = write_json(tmp_path / "empty.json", value)
    assert list(PARSERS.get("discord-json").parse(Export(path), IssueLog())) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"author": None, "mentions": None, "reactions": None},
        {"id": 12345678901234567890, "type": 7},
        {"reactions": [{"count": "many"}, {"count": -3}, {"count": 2}]},
        {"attachments": [{}], "content": ""},
        {"content": None, "mentions": [{"id": None}]},
        {"reference": {}, "type": "Reply"},
        {"type": "RecipientAdd", "mentions": []},
    ],
    ids=str,
)
def test_an_odd_discord_record_is_kept(tmp_path: Path, broken: dict[str, Any]) -> None:
    record = {"id": "1", "type": "Default", "timestamp": "2025-03-01T01:00:00+00:00",
              "content": "早", "author": {"id": "8", "name": "a", "isBot": False}}  # fmt: skip
    value = {"guild": {"id": "1"}, "channel": {"id": "2"}, "messages": [{**record, **broken}]}
    assert messages(write_json(tmp_path / "odd.json", value)).height == 1


@pytest.mark.parametrize(("order", "months"), [("dmy", [3, 12]), ("mdy", [12, 3]), (None, [3, 12])])
def test_the_user_may_say_how_discord_wrote_its_days(
    tmp_path: Path, order: str | None, months: list[int]
) -> None:
    path = tmp_path / "old.csv"
    rows = '"a#1";"03/12/2018 10:00";"x";"";\n"a#1";"12/03/2018 10:00";"y";"";\n'
    path.write_text("Author;Date;Content;Attachments;\n" + rows, encoding="utf-8")
    found = messages(path, date_order=order)["sent_at"].dt.month().to_list()
    assert sorted(found) == months if order is None else set(found) == set(months)


@pytest.mark.parametrize(
    "printed",
    [
        "16-Jan-25 02:26 PM", "1/16/2025 2:26\u202fPM", "16/01/2025 14:26", "16.01.2025 14:26",
        "16-1-2025 14:26", "16. 1. 2025 14:26", "16.1.2025 14.26", "2025-01-16 14:26:00",
        "2025/1/16 下午 02:26", "2025-01-16 오후 2:26", "2025. 01. 16. 14:26",
        "16/1/2025 2:26\u00a0p.\u00a0m.", "16/01/2025 2:26 pm",
    ],
)  # fmt: skip
def test_discord_dates_of_many_languages_are_read(tmp_path: Path, printed: str) -> None:
    path = tmp_path / "general.csv"
    path.write_text(f'Author;Date;Content;Attachments;\n"a#1";"{printed}";"早";"";\n', "utf-8")
    (found,) = messages(path, tz="UTC")["sent_at"]
    assert found.strftime("%Y-%m-%d %H:%M") == "2025-01-16 14:26"


@pytest.mark.parametrize(("half", "month"), [("PM", 3), ("pm", 12)])
def test_only_americans_write_capitals_behind_a_slashed_date(
    tmp_path: Path, half: str, month: int
) -> None:
    path = tmp_path / "general.csv"
    path.write_text(f'Author;Date;Content;Attachments;\n"a#1";"3/12/2018 2:26 {half}";"x";"";\n')
    (found,) = messages(path)["sent_at"]
    assert found.month == month


@pytest.mark.parametrize("kind", ["20", "23", "ChatInputCommand", "ContextMenuCommand"])
def test_answers_to_commands_are_said_by_the_bot(tmp_path: Path, kind: str) -> None:
    bot = {"id": "5", "name": "pong", "isBot": True}
    record = {"id": "1", "type": kind, "timestamp": "2025-03-01T09:05:00+00:00", "content": "x"}
    value = {"guild": {}, "channel": {"id": "1"}, "messages": [{**record, "author": bot}]}
    (row,) = messages(write_json(tmp_path / "c.json", value)).rows(named=True)
    assert (row["kind"], row["sender_id"]) == ("text", "5")


# --- Slack ---------------------------------------------------------------------------------------


@given(st.text())
def test_slack_text_that_is_escaped_reads_as_it_was_typed(text: str) -> None:
    assert plain(escaped(text), {}, {}) == text
    assert mentioned(escaped(text)) is None


@given(st.text())
def test_any_slack_text_can_be_read(text: str) -> None:
    plain(text, {"U1": "小林"}, {})
    mentioned(text)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("<@U1>", "@小林"),
        ("<@U1|old>", "@小林"),
        ("<@U2|old>", "@old"),
        ("<@U2>", "@U2"),
        ("<#C1>", "#general"),
        ("<!channel>", "@channel"),
        ("<!here|here>", "@here"),
        ("<https://example.invalid/?a=1&amp;b=2>", "https://example.invalid/?a=1&b=2"),
        ("<https://example.invalid|书单 &lt;一&gt;>", "书单 <一>"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_slack_marks_become_what_people_saw(stored: str, shown: str) -> None:
    assert plain(stored, {"U1": "小林"}, {"C1": "general"}) == shown


def test_a_slack_message_that_was_deleted_is_a_recall(tmp_path: Path) -> None:
    path = tmp_path / "general" / "2025-03-01.json"
    path.parent.mkdir()
    path.write_text(
        '[{"type": "message", "ts": "1740787500.000100", "user": "U1", "text": "早"},'
        ' {"type": "message", "subtype": "message_deleted", "ts": "1740787560.000100",'
        ' "deleted_ts": "1740787500.000100", "hidden": true}]',
        encoding="utf-8",
    )
    read = sqtool.load(path).messages.select("kind", "event").collect()
    assert read.rows() == [("text", None), ("system", "recall")]


def test_a_day_of_slack_takes_names_and_channel_from_the_lists_above_it() -> None:
    data = sqtool.load(SLACK / "workspace.d" / "general" / "2025-03-01.json")
    assert data.chats.collect()["chat_id"].to_list() == ["slack:C0000000001"]
    assert "小林" in data.messages.collect()["sender_name"].to_list()


def test_days_of_slack_without_lists_are_one_chat_where_they_name_the_workspace(
    tmp_path: Path,
) -> None:
    for day, second in (("2025-03-01", 1740790800), ("2025-03-02", 1740877200)):
        record = {"type": "message", "user": "U1", "text": "早", "ts": f"{second}.000100"}
        write_json(tmp_path / "general" / f"{day}.json", [{**record, "team": "T1"}])
    data = sqtool.load(tmp_path)
    assert data.chats.collect()["chat_id"].to_list() == ["slack:T1/general"]
    assert data.messages.collect().height == 2


def test_a_damaged_day_of_slack_leaves_the_others_whole(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    shutil.copytree(SLACK / "only-users.d", folder)
    (folder / "general" / "2025-03-01.json").write_bytes(b'[{"type": "message", "ts": "17')
    data = sqtool.load(folder)
    assert data.messages.collect().height == 1
    (issue,) = data.issues.rows(named=True)
    assert issue["code"] == "truncated-json"
    assert issue["file"] == "export/users.json"
    assert issue["detail"].startswith("general/2025-03-01.json: ")


@pytest.mark.parametrize("ts", ["1740790800", 1740790800, 1740790800.5, "1740790800.25"])
def test_a_slack_time_that_lost_its_digits_is_still_a_time(tmp_path: Path, ts: object) -> None:
    good = {"type": "message", "user": "U1", "text": "早", "ts": "1740790900.000100"}
    path = write_json(tmp_path / "2025-03-01.json", [good, {**good, "ts": ts}])
    first = messages(path)["sent_at"][0]
    assert (first.year, first.month, first.day, first.hour) == (2025, 3, 1, 1)


@pytest.mark.parametrize("damage", ["", "x", ', {"type": "message", "ts": {}}'])
def test_a_slack_text_is_taken_from_its_blocks_in_sound_and_in_damaged_files(
    tmp_path: Path, damage: str
) -> None:
    said = {"type": "rich_text_section", "elements": [{"type": "text", "text": "早 & 晚"}]}
    record = {
        "type": "message", "user": "U1", "text": "", "ts": "1740790900.000100",
        "blocks": [{"type": "rich_text", "elements": [said]}],
    }  # fmt: skip
    path = tmp_path / "2025-03-01.json"
    path.write_text(f"[{json.dumps(record)}{damage}]", encoding="utf-8")
    data = sqtool.load(path)
    assert data.messages.collect()["text"].to_list() == ["早 & 晚"]
    totals = data.imports.row(0, named=True)
    assert totals["rows_in"] == 1 + (damage != "")
    assert totals["rows_skipped"] == (damage != "")


def test_a_day_of_slack_may_begin_with_a_mark_or_be_in_another_encoding(tmp_path: Path) -> None:
    record = {"type": "message", "user": "U1", "text": "早安", "ts": "1740790900.000100"}
    text = json.dumps([record], ensure_ascii=False)
    for codec in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        path = tmp_path / "2025-03-01.json"
        path.write_bytes(text.encode(codec))
        assert messages(path)["text"].to_list() == ["早安"]


# --- LINE ----------------------------------------------------------------------------------------

LINE_WORDINGS = [
    ("小林邀請米粒加入群組。", "invite", "小林", ["米粒"]),
    ("小林已新增米粒至群組", "invite", "小林", ["米粒"]),
    ("阿強已加入群組。", "join", None, ["阿強"]),
    ("阿強加入聊天", "join", None, ["阿強"]),
    ("阿強已離開群組", "leave", None, ["阿強"]),
    ("阿強離開聊天", "leave", None, ["阿強"]),
    ("小林已將米粒退出群組。", "removed", "小林", ["米粒"]),
    ("小林已將米粒強制退出社群。", "removed", "小林", ["米粒"]),
    ("阿強已收回訊息", "recall", "阿強", None),
    ("您已收回訊息", "recall", SELF, None),
    ("小林已將群組名稱改為「夜讀」。", "rename", "小林", None),
    ("小林已分享記事本。", "other", "小林", None),
    ("已新增新的記事本。", "other", None, None),
    ("小林已將聊天室的人數上限設為500人", "other", "小林", None),
    ("阿强已加入该群", "join", None, ["阿强"]),
    ("小林已将米粒添加至群", "invite", "小林", ["米粒"]),
    ("小林发布了通告", "announcement", "小林", None),
    ("Noraがグループに参加しました。", "join", None, ["Nora"]),
    ("Noraが参加しました。", "join", None, ["Nora"]),
    ("さくらがケン、ミカを招待しました。", "invite", "さくら", ["ケン", "ミカ"]),
    ("さくらがケンをグループに追加しました。", "invite", "さくら", ["ケン"]),
    ("ケンがグループを退会しました。", "leave", None, ["ケン"]),
    ("ケンが退出しました。", "leave", None, ["ケン"]),
    ("さくらがケンをグループから退会させました。", "removed", "さくら", ["ケン"]),
    ("さくらがケンを削除しました", "removed", "さくら", ["ケン"]),
    ("Noraがメッセージの送信を取り消しました", "recall", "Nora", None),
    ("メッセージの送信を取り消しました", "recall", None, None),
    ("さくらがグループ名を「夜」に変更しました。", "rename", "さくら", None),
    ("さくらがアナウンスしました", "announcement", "さくら", None),
    ("さくらがノートを投稿しました", "other", "さくら", None),
    ("Nora added Ken to the group.", "invite", "Nora", ["Ken"]),
    ("Nora removed Ken from the group.", "removed", "Nora", ["Ken"]),
    ("You unsent a message.", "recall", SELF, None),
    ("Message unsent.", "recall", None, None),
]


@pytest.mark.parametrize(("text", "event", "actor", "targets"), LINE_WORDINGS)
def test_line_notices_say_who_did_what_to_whom(
    text: str, event: str, actor: str | None, targets: list[str] | None
) -> None:
    found = read_notices(pl.Series([text])).row(0, named=True)
    assert (found["event"], found["actor_name"], found["target_names"]) == (event, actor, targets)
    notice = read_notice(text)
    assert notice is not None
    assert notice.event == event


@pytest.mark.parametrize(
    "text",
    [
        "我們明天加入",
        "退出群組的方法",
        "他說已收回訊息了",
        "joined the group yesterday",
        "參加しました",
    ],
)
def test_what_people_write_about_joining_is_no_line_notice(text: str) -> None:
    assert read_notice(text) is None


@given(st.lists(st.dates(date(2025, 1, 1), date(2025, 1, 6)), max_size=7))
def test_days_kept_never_step_back_and_are_as_many_as_can_be(days: list[date]) -> None:
    places = _rising(days)
    kept = [days[place] for place in places]
    assert places == sorted(set(places))
    assert kept == sorted(kept)
    runs = (run for size in range(len(days) + 1) for run in combinations(days, size))
    assert len(kept) == max(len(run) for run in runs if [*run] == sorted(run))


@pytest.mark.parametrize(
    ("clock", "hour"),
    [
        ("上午12:05", 0), ("下午12:05", 12), ("午前0:05", 0), ("午後0:05", 12), ("下午 1:05", 13),
        ("12:05 AM", 0), ("12:05PM", 12), ("1:05 pm", 13), ("9:05", 9), ("23:05", 23),
    ],
)  # fmt: skip
def test_line_clocks_of_twelve_hours(tmp_path: Path, clock: str, hour: int) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(f"2025/03/01(土)\n{clock}\t小林\t早\n", encoding="utf-8")
    (found,) = messages(path, tz="UTC")["sent_at"]
    assert (found.hour, found.minute) == (hour, 5)


@pytest.mark.parametrize(
    "day",
    [
        "2025/03/01(土)", "2025/3/1(土)", "2025/03/01（六）", "2025/3/1週六", "2025/3/1周六",
        "Sat, 03/01/2025", "2025/03/01(Sat)", "2025.03.01 Saturday", "2025.03.01 星期六",
        "2025.03.01 土曜日", "2025.03.01 토요일", "2025/03/01(เสาร์)", "2568/03/01(ส.)",
    ],
)  # fmt: skip
def test_every_shape_of_a_line_day_is_read(tmp_path: Path, day: str) -> None:
    for mark in ("\t", " "):
        path = tmp_path / "chat.txt"
        path.write_text(f"{day}\n09:05{mark}小林{mark}早\n", encoding="utf-8")
        assert set(sniffed(path)) == {"line-txt"}
        (found,) = messages(path, tz="UTC")["sent_at"]
        assert found.date() == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("days", "months"),
    [
        (("Sun, 05/04/2026", "Mon, 06/04/2026"), [4, 4]),
        (("Mon, 11/03/2025", "Tue, 11/04/2025"), [11, 11]),
        (("Tue, 05/04/2026", "Wed, 06/04/2026"), [5, 6]),  # nothing fits: as in America
    ],
)
def test_weekdays_tell_which_number_of_a_line_day_is_the_month(
    tmp_path: Path, days: tuple[str, str], months: list[int]
) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("".join(f"{day}\n9:05AM\t小林\t早\n\n" for day in days), encoding="utf-8")
    assert messages(path, tz="UTC")["sent_at"].dt.month().to_list() == months


def test_a_day_inside_a_quoted_line_message_is_words_of_it(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(
        "2025/03/01(土)\n09:05\t小林\t早\n2025/03/02(日)\n"
        '09:05\t小林\t"一\n2025/03/03(月)\n二"\n09:06\t米粒\t好\n',
        encoding="utf-8",
    )
    rows = messages(path, tz="UTC")
    assert rows["text"].to_list() == ["早", "一\n2025/03/03(月)\n二", "好"]
    assert rows["sent_at"].dt.day().to_list() == [1, 2, 2]


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("Saved on: 9/26/2026, 11:00", "2026-09-26 11:00"),
        ("Saved on: 26/09/2026, 9:05 PM", "2026-09-26 21:05"),
        ("Saved on: 2026/09/26 11:00", "2026-09-26 11:00"),
        ("Saved on: 9/9/2026, 11:00", "2026-09-09 11:00"),
        ("Saved on: 9/8/2026, 11:00", None),  # either number could be the day
        ("Saved by: nobody", None),
    ],
)
def test_when_a_line_file_was_saved_is_read_where_it_is_clear(
    line: str, moment: str | None
) -> None:
    found = moment_of(line)
    assert (f"{found:%Y-%m-%d %H:%M}" if found else None) == moment


@pytest.mark.parametrize("source", sorted(LINE.glob("*.txt")), ids=lambda path: path.name)
def test_line_ends_of_windows_change_nothing(tmp_path: Path, source: Path) -> None:
    text = source.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    plain_ends, windows = tmp_path / "a" / source.name, tmp_path / "b" / source.name
    for path, said in ((plain_ends, text), (windows, "\ufeff" + text.replace("\n", "\r\n"))):
        path.parent.mkdir()
        path.write_bytes(said.encode())
    assert messages(plain_ends).equals(messages(windows))


@pytest.mark.parametrize(
    "text",
    [
        "2025/3/1 09:05 - 小林: 早\n2025/3/1 09:06 - 阿强: 早\n",
        "[2025/3/1 09:05:00] 小林: 早\n",
        "2025-03-01 09:05:00 小林(10001)\n早\n",
        "2025/03/01(土) 读书\n09:05\t小林\t早\n",
        "09:05\t小林\t早\n",
        "2025/03/01(土)\n小林\t早\n",
    ],
)
def test_what_only_looks_like_line_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(text, encoding="utf-8")
    assert "line-txt" not in sniffed(path)


def test_names_with_blanks_are_learned_only_from_what_returns() -> None:
    said = ["Xiao Lin a b", "Xiao Lin c", "Xiao Lin d e", "Xiao Lin f", "Nora I am", "Nora I was"]
    senders, texts = Names(said).split(said)
    assert senders == ["Xiao Lin"] * 4 + ["Nora"] * 2
    assert texts == ["a b", "c", "d e", "f", "I am", "I was"]


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), max_size=20))
def test_splitting_names_off_loses_no_character(said: list[str]) -> None:
    senders, texts = Names(said).split(said)
    for line, sender, text in zip(said, senders, texts, strict=True):
        assert line in (f"{sender} {text}", f"{sender}\n{text}", sender)


def test_no_placeholder_of_line_reaches_the_words(tmp_path: Path) -> None:
    rows = "".join(f"09:05\t小林\t[{word}]\n" for word in KIND_BY_WORD)
    path = tmp_path / "chat.txt"
    path.write_text("2025/03/01(土)\n" + rows, encoding="utf-8")
    found = messages(path)
    assert found["text"].null_count() == found.height == len(KIND_BY_WORD)
    assert found["kind"].cast(pl.String).to_list() == list(KIND_BY_WORD.values())


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("[LINE] Chat history with A and B", ("A and B", False)),
        ("[LINE] Chat history in 群", ("群", False)),
        ("[LINE] 與阿強的聊天記錄", ("阿強", True)),
        ("[LINE]小林とのトーク", ("小林", True)),
        ("[LINE] 夜のトーク履歴", ("夜", False)),
        ("[LINE] 夜猫", ("夜猫", False)),
        ("夜猫", None),
    ],
)
def test_the_first_line_of_line_names_the_chat(line: str, title: tuple[str, bool] | None) -> None:
    assert title_of(line) == title


# --- Zulip ---------------------------------------------------------------------------------------


def _nobody(key: str, name: str) -> None:
    del key, name


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_zulip_html_reads_as_it_was_typed(text: str) -> None:
    assert read_words(f"<p>{escape(text)}</p>", _nobody).text == text


@given(st.lists(st.sampled_from([
    "<p>", "</p>", "<blockquote>", "</blockquote>", "<br>", "a", '<span class="katex">', "</span>",
    '<span class="user-mention" data-user-id="7">@N</span>', '<a href="/near/5">said</a>',
    '<div class="message_embed">', "</div>", "<", "&lt;", '<annotation>x</annotation>',
])))  # fmt: skip
def test_any_zulip_html_can_be_read(parts: list[str]) -> None:
    read_words("".join(parts), _nobody)


@pytest.mark.parametrize(
    "tag", ["<blockquote>", '<span class="katex">', '<div class="message_embed">']
)
def test_many_open_tags_in_zulip_html_cost_little(tag: str) -> None:
    assert read_words("<p>早</p>" + tag * 20_000, _nobody).text.strip() == "早"


def test_what_a_quoted_zulip_message_quotes_is_not_quoted_again() -> None:
    inner = '<p><span class="user-mention silent" data-user-id="1">甲</span> <a href="/near/3">said</a>:</p>\n<blockquote>\n<p>旧</p>\n</blockquote>\n<p>新</p>'  # noqa: E501
    outer = f'<p><span class="user-mention silent" data-user-id="2">乙</span> <a href="/near/4">said</a>:</p>\n<blockquote>\n{inner}\n</blockquote>\n<p>好</p>'  # noqa: E501
    shown: dict[str, str] = {}
    words = read_words(outer, shown.__setitem__)
    assert (words.text, words.quoted, words.reply_to) == ("好", "新", "4")
    assert words.quoted_sender == "乙"
    assert words.mentioned == ()
    assert shown == {"1": "甲", "2": "乙"}


def test_topics_of_a_zulip_stream_are_one_chat_in_order_of_their_ids() -> None:
    rows = messages(ZULIP / "zulip_json.d").filter(chat_id="zulip:100001")
    ids = rows["message_id"].cast(pl.Int64).to_list()
    assert ids == sorted(ids)


def test_a_topic_of_zulip_alone_joins_the_chat_of_its_stream() -> None:
    folder = ZULIP / "zulip_json.d" / "100001-general"
    for topic in folder.iterdir():
        chats = sqtool.load(topic).chats.collect()
        assert chats.select("chat_id", "name").rows() == [("zulip:100001", "general")]


def test_folders_of_old_zulip_archives_are_their_streams(tmp_path: Path) -> None:
    write_json(tmp_path / "stream_index.json", {"streams": {"读 书": {"id": 5, "topic_data": {}}}})
    said = {"content": "<p>早</p>", "id": 1, "sender_full_name": "小林", "timestamp": 1740790900}
    write_json(tmp_path / "5dushu" / "17hello.json", [said])
    chats = sqtool.load(tmp_path).chats.collect()
    assert chats.select("chat_id", "name").rows() == [("zulip:5", "读 书")]


IMAGE = '<img alt="a.png" class="inline-image" src="/user_uploads/thumbnail/1/a.png/840x560.webp">'


@pytest.mark.parametrize(
    ("html", "text", "upload"),
    [
        (f"<p>{IMAGE}</p>", "840x560.webp", True),
        (f"<p>{IMAGE}<br>\n好</p>", "好", False),
        ('<p><a href="/user_uploads/1/Pasted.png">Pasted image</a></p>', "Pasted.png", True),
        ('<p><a href="/user_uploads/1/x.pdf">书.pdf</a></p>', "书.pdf", True),
    ],
)
def test_pictures_between_the_words_of_zulip_are_no_words(
    html: str, text: str, upload: bool
) -> None:
    words = read_words(html, _nobody)
    assert (words.text, words.upload) == (text, upload)


# --- all -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MINE)
def test_any_bytes_are_sniffed_and_read_without_raising(name: str, tmp_path: Path) -> None:
    parser = PARSERS.get(name)
    for case in sorted((EXPORTS / name).iterdir()):
        if not case.is_file() or ".golden." in case.name or case.suffix == ".zip":
            continue
        data = case.read_bytes()
        for cut in range(0, len(data), max(1, len(data) // 7)):
            path = tmp_path / case.name
            path.write_bytes(data[:cut] + b"\x00\xff" + data[cut + 5 :])
            export = replace(Export(path))
            if parser.sniff(export).confidence:
                for batch in parser.parse(export, IssueLog()):
                    assert batch.chat.platform == parser.platform
