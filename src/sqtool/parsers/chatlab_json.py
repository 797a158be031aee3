"""ChatLab interchange JSON (0.0.1, 0.0.2), also as WeFlow and other converters write it.

ChatLab 交换格式 JSON(0.0.1、0.0.2),含 WeFlow 等工具导出的版本。
"""

from collections.abc import Iterator

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch
from sqtool.parsers._chatlab import Record, chatlab_file
from sqtool.parsers._json import read_object
from sqtool.parsers._json_peek import head_values, outline


def sniff(export: Export) -> Match:
    """Look for the outermost keys chatlab and messages."""
    seen = outline(export)
    if seen.root != "object" or "_type" in seen or not seen.is_array("messages"):
        return NO_MATCH
    if not isinstance(seen.value("chatlab"), dict):
        return NO_MATCH
    version = seen.text("chatlab", "version")
    shown = f" {version}" if version.replace(".", "").isdigit() else ""
    return Match(Confidence.CERTAIN, f"keys chatlab and messages: ChatLab{shown}")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield all messages, in file order, block by block; then the members."""
    head = head_values(export, ["chatlab", "meta"])
    file = chatlab_file(export, issues, head.get("chatlab"), head.get("meta"))
    for part in read_object(export, issues, arrays={"messages": Record, "members": Record}):
        if part.key == "members":
            file.add_members(part.value)
        else:
            yield file.batch(part.value, part.records)
    yield file.close()


PARSER = Parser(
    name="chatlab-json",
    title="ChatLab JSON",
    platform="any",
    sniff=sniff,
    parse=parse,
    carries=(
        "ids",
        "chat-id",
        "message-ids",
        "zone",
        "seconds",
        "replies",
        "mentions",
        "joins",
        "recalls",
        "members",
    ),
    obtain=(
        "ChatLab, WeFlow, CipherTalk and converters write it; so does sqtool convert.",
        "ChatLab、WeFlow、密语等可导出此格式;sqtool convert 也能写。",
    ),
)
