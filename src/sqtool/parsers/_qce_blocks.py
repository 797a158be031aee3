"""How QCE's text sets its records apart: three layouts.

Blocks of a name, a colon, a time and a content after two empty lines are the usual one; editors and
web pages leave one of the empty lines, or none. The streaming mode of v4 prints numbered header
lines with nothing between the records.
"""

import re
from dataclasses import dataclass
from typing import Final

Record = tuple[int, str, str, str | None, str]
"""Line, name, time, type, content."""

_TIME: Final = rb"\xe6\x97\xb6\xe9\x97\xb4: "
_APART: Final = re.compile(
    rb"(?:(?<=\n\n\n)|\A\n*)(?:\[(?P<number>\d+)\]\n)?[^\n]*:\n(?=" + _TIME + rb")"
)
_ANYWHERE: Final = re.compile(
    rb"^(?:\[(?P<number>\d+)\]\n)?[^\n]*:\n(?=" + _TIME + rb"\d)", re.MULTILINE
)
_NUMBERED: Final = re.compile(
    rb"^\[#(?P<number>\d+)\] \d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d\d:\d\d [^\n]*$", re.MULTILINE
)
_BLOCK: Final = re.compile(
    r"\n*(?:\[\d+\]\n)?(?P<name>[^\n]*):\n时间: (?P<time>[^\n]*)"
    r"(?:\n类型: (?P<type>[^\n]*))?(?:\n内容: ?(?P<content>.*))?",
    re.DOTALL,
)
_LINE: Final = re.compile(
    r"\[#\d+\] (?P<time>\S+ \S+) (?P<name>[^\n]*)(?P<type>)(?:\n(?P<content>.*))?", re.DOTALL
)
_FOOTER: Final = re.compile(
    r"\s*\n={20,}\n *导出完成(?: *\n={20,}\n总计导出 (\d+) 条消息(?:\n导出时间: [^\n]*)?"
    r"|，感谢使用！)\s*\Z"
)
_NEXT_HEAD: Final = re.compile(
    r"\n\s*(?:={20,}\n *导出完成|\[QQChatExporter V)(?:.*\n)?"
    r"聊天名称: [^\n]*\n聊天类型: (?:群聊|私聊|临时会话|未知类型)\n.*",
    re.DOTALL,
)
_BANNER: Final = b"[QQChatExporter V"
_HEAD_BYTES: Final = 2000
_FILES: Final = re.compile(r"(?:^|\n)((?:\[(?:image|video|audio|file): [^\[\]\n]*\] ?)+)$")
_FILE: Final = re.compile(r"\[(\w+): ([^\[\]\n]*)\]")


@dataclass(frozen=True)
class Layout:
    """One way to print records.

    Args:
        header: Finds the beginning of a record in bytes.
        body: Reads one record.
    """

    header: re.Pattern[bytes]
    body: re.Pattern[str]

    def starts(self, buffer: bytes, last: int) -> tuple[list[int], list[int]]:
        """Return where records begin, and the numbers printed there (0 if none).

        Args:
            buffer: UTF-8 with LF; its first byte begins a line.
            last: Number of the record before it.
        """
        found = [
            (match.start(), int(match["number"] or 0)) for match in self.header.finditer(buffer)
        ]
        if self is STREAM:
            # Nothing but the count tells a record from one pasted into a message.
            found = _counted(found, last, buffer)
        return [start for start, _ in found], [number for _, number in found]

    def record(self, line: int, text: str) -> Record:
        """Read a record, given the line on which its text begins."""
        match = self.body.match(text)
        assert match is not None, "the same lines made it a record"
        content = (match["content"] or "").rstrip("\n")
        if self is STREAM and (files := _FILES.search(content)):
            # Files are listed once more behind the text: as in the other layouts from here on.
            listed = _FILE.findall(files[1])
            lines = "".join(f"\n  - {kind}: {name}" for kind, name in listed)
            content = f"{content[: files.start()]}\n资源: {len(listed)} 个文件{lines}"
        skipped = len(text) - len(text.lstrip("\n"))
        return line + skipped, match["name"], match["time"].strip(), match["type"] or None, content

    def without_footer(self, text: str) -> tuple[str, int | None]:
        """Take the end of the file off its last record; return also the count it states."""
        foot = _FOOTER.search(text)
        if foot is None:
            return text, None
        return text[: foot.start()], int(foot[1]) if foot[1] else None


APART: Final = Layout(_APART, _BLOCK)
TIGHT: Final = Layout(_ANYWHERE, _BLOCK)
STREAM: Final = Layout(_NUMBERED, _LINE)


def layout_of(head: str) -> Layout:
    """Return the layout of a file by its beginning (with LF)."""
    data = head.encode("utf-8", "replace")
    apart, anywhere = len(_APART.findall(data)), len(_ANYWHERE.findall(data))
    if len(_NUMBERED.findall(data)) > anywhere:
        return STREAM
    # Where the lines were kept, those without two before them are pasted.
    return TIGHT if anywhere > 2 * apart else APART


def without_next_head(text: str) -> tuple[str, str]:
    """Cut off the head of another file that follows a record; return also that head, if any."""
    head = _NEXT_HEAD.search(text) if "\n聊天名称: " in text else None
    return (text[: head.start()], head[0]) if head is not None else (text, "")


def _counted(found: list[tuple[int, int]], last: int, buffer: bytes) -> list[tuple[int, int]]:
    """Leave out the numbers that do not go on counting; parts of a file may be missing."""
    kept: list[tuple[int, int]] = []
    for place, (start, number) in enumerate(found):
        after = found[place + 1][1] if place + 1 < len(found) else number + 1
        begins = number == 1 and _BANNER in buffer[max(0, start - _HEAD_BYTES) : start]
        if begins or number == last + 1 or (number > last and after == number + 1):
            kept.append((start, number))
            last = number
    return kept
