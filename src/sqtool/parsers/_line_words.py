"""LINE's own words: placeholders, dates and clocks, titles, notices; and who an unnamed row is by.

The language is that of the app, so every language is tried at once.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqtool.parsers._notices_line import RULES

_WORDS: Final = {
    "sticker": "Sticker Stickers スタンプ 貼圖 贴图 สติกเกอร์ สติ๊กเกอร์",
    "image": "Photo Photos 写真 画像 照片 圖片 图片 รูป รูปภาพ ภาพ",
    "video": "Video Videos 動画 影片 视频 วิดีโอ",
    "voice": "Voice_message Voice_messages Audio ボイスメッセージ 語音訊息 语音信息 ข้อความเสียง",
    "file": "File Files ファイル 檔案 文件 ไฟล์",
    "location": "Location 位置情報 位置資訊 位置信息 位置 null ตำแหน่งที่ตั้ง",
    "contact": "Contact Contacts 連絡先 聯絡資訊 联系人 联系方式 รายชื่อติดต่อ",
    "share": "Album Albums アルバム 相簿 相册 อัลบั้ม Note Notes ノート 記事本 记事本 โน้ต Poll 投票",
    "other": "Gift プレゼント 禮物 礼物",
    "call": "未接來電 不在着信 Missed_call 未接来电 無應答",
}
KIND_BY_WORD: Final = {
    word.replace("_", " "): kind for kind, line in _WORDS.items() for word in line.split()
}
"""What stands in place of what is not text: in brackets on phones, bare on computers."""

_WEEKDAY: Final = (
    r"[(（]?(?:"
    r"(?:週|周|星期)?[一二三四五六日天]|[日月火水木金土](?:曜日?)?|[일월화수목금토](?:요일)?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}\.?|(?:วัน)?[ก-๙]{1,12}\.?"
    r")[)）]?"
)
_YEAR_FIRST: Final = r"\d{4}(?:[/.-]|年 ?|년 ?)\d{1,2}(?:[/.-]|月 ?|월 ?)\d{1,2}(?:日|일)?"
_YEAR_LAST: Final = r"(?:[A-Z][a-z]{2,8}|[ก-๙]{1,12})\.?, ?\d{1,2}/\d{1,2}/\d{4}"
DATE: Final = rf"(?:{_YEAR_FIRST} ?{_WEEKDAY}|{_YEAR_LAST})"
"""A line that says which day it is, without its end; other regular expressions embed it."""

AFTERNOON: Final = r"下午|午後|晚上|[Pp]\.?[Mm]\.?|오후|หลังเที่ยง"
MORNING: Final = r"上午|午前|凌晨|早上|[Aa]\.?[Mm]\.?|오전|ก่อนเที่ยง"
CLOCK: Final = rf"(?:(?:{AFTERNOON}|{MORNING}) ?)?\d{{1,2}}:\d\d(?: ?(?:{AFTERNOON}|{MORNING}))?"

NOBODY: Final = frozenset(
    ["", "Unknown", "unknown", "(unknown)", "不明", "沒有成員", "没有成员", "メンバーがいません"]
)
"""What an account that is gone is shown as: several people share it."""

_TITLE: Final = re.compile(
    r"^\[LINE\] ?(?:Chat history (?:with|in) (?P<en>.+)|[與与](?P<zh>.+?)的聊天(?:記錄|记录)?"
    r"|(?P<ja>.+?)とのトーク(?:履歴)?|(?P<room>.+?)(?:のトーク(?:履歴)?|的聊天(?:記錄|记录)?)"
    r"|ประวัติการ(?:สนทนา|แชท)กับ ?(?P<th>.+)|(?P<any>.+?))$"
)
_ONE_TO_ONE: Final = ("zh", "ja")
SAVED: Final = re.compile(
    r"[:：] ?(\d{4})[/.-](\d{1,2})[/.-](\d{1,2}),? "
    rf"({AFTERNOON}|{MORNING})? ?(\d{{1,2}}):(\d\d)"
)
SAVED_YEAR_LAST: Final = re.compile(
    r"[:：] ?(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}):(\d\d)"
    rf" ?({AFTERNOON}|{MORNING})?"
)
"""English phones: which number is the day depends on the region."""


def title_of(line: str) -> tuple[str, bool] | None:
    """Return the chat's title in a first line or file name, and whether it says "with N" for sure.

    None if the line is no such line.
    """
    found = _TITLE.match(line.strip())
    if found is None:
        return None
    which = found.lastgroup or "any"
    return found[which].strip(), which in _ONE_TO_ONE


# --- notices -------------------------------------------------------------------------------------


class Notice(NamedTuple):
    """What a wording says."""

    event: str
    name: str | None


_RULES: Final = tuple(
    (rule.event, rule.has, re.compile(rule.bare().replace("(?<", "(?P<"))) for rule in RULES
)
HINTS: Final = sorted({rule.has for rule in RULES})
"""A text without any of these is no notice."""


def read_notice(said: str) -> Notice | None:
    """Return the event and the name that the wording begins with; None if it is no notice."""
    for event, has, pattern in _RULES:
        if has in said and (found := pattern.match(said)):
            named = found.groupdict()
            name = named.get("actor") or (None if "actor" in named else named.get("targets"))
            return Notice(event, name.strip() if name else None)
    return None


def notice_by(sender: str, text: str) -> Notice | None:
    """Read a notice whose row shows its person as the sender; the text may repeat the name."""
    for said in (text, f"{sender}{text}", f"{sender} {text}", f"{sender}が{text}"):
        notice = read_notice(said)
        if notice is not None and notice.name == sender:
            return notice
    return None


# --- names on computers --------------------------------------------------------------------------

_MOST_WORDS: Final = 4
_SHARE, _LEAST = 0.7, 4


class Names:
    """Splits ``name text``, which nothing but a blank holds apart: names may have blanks, too.

    Args:
        said: All lines of the file without their clocks.
    """

    def __init__(self, said: Sequence[str]) -> None:
        self._heads: Counter[str] = Counter()  # beginnings that something follows
        for line in said:
            words = line.split(" ", _MOST_WORDS)
            for count in range(1, len(words)):
                self._heads[" ".join(words[:count])] += 1
        self._known: set[str] = set()
        self._longer = self._grown(said)

    def _grown(self, said: Sequence[str]) -> dict[str, str]:
        """Find the beginnings that nearly always go on in the same way, and then in many ways."""
        best: dict[str, str] = {}
        for head, count in self._heads.items():
            shorter, blank, _ = head.rpartition(" ")
            if blank and count >= max(_LEAST, _SHARE * self._heads[shorter]):
                best[shorter] = head  # two cannot have most of it
        ways: dict[str, set[str]] = {head: set() for head in best.values()}
        for line in said if ways else ():
            words = line.split(" ", _MOST_WORDS)
            for count in range(2, len(words)):
                found = ways.get(" ".join(words[:count]))
                if found is not None and len(found) < _LEAST:
                    found.add(" ".join(words[count:]))
        return {shorter: head for shorter, head in best.items() if len(ways[head]) >= _LEAST}

    def notice(self, said: str) -> Notice | None:
        """Read a line as a notice, if its name is one: without a blank, or seen as a beginning."""
        notice = read_notice(said)
        if notice is None or notice.name is None:
            return notice
        if " " in notice.name and not self._heads[notice.name]:
            return None
        self._known.add(notice.name)
        return notice

    def split(self, said: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return senders and texts; lines that are notices should have been taken out."""
        senders, texts = [], []
        for line in said:
            name = self._name(line)
            senders.append(name)
            texts.append(line[len(name) + 1 :])
        return senders, texts

    def _name(self, line: str) -> str:
        words = line.split("\n", 1)[0].split(" ", _MOST_WORDS)
        heads = [" ".join(words[:count]) for count in range(min(len(words), _MOST_WORDS), 0, -1)]
        for head in heads:
            if head in self._known and head != line:
                return head
        name = heads[-1]
        while (longer := self._longer.get(name)) is not None and line.startswith(f"{longer} "):
            name = longer
        return name
