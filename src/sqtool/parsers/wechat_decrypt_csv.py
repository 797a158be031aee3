"""wechat-decrypt CSV (WeChat 4.x; export_messages.py).

wechat-decrypt 导出的 CSV（微信 4.x，export_messages.py）。

One file per database shard, in a folder named after the chat; the file ``.info`` beside them
holds the chat's id. Texts of groups begin with the sender's id and a line break: nothing else
ties the shown names to ids. What the tool does not know is ``未知(<type code>)`` with the first 200
characters of the XML. Times are local.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._wechat import (
    ID_SHAPE,
    SELF,
    Company,
    clean_notices,
    from_clock,
    is_room,
    kind_of,
    oldest_first,
    same_as_id,
    talker_kind,
    with_mentions,
)
from sqtool.parsers._wechat_xml import title
from sqtool.schema import KIND

_NAMES = ("时间", "发送者", "消息类型", "内容", "server_id")
_INFO = ".info"
_SHARD = re.compile(r"^message_\d+\.db$")
_KINDS = {
    "文本": "text",
    "图片": "image",
    "语音": "voice",
    "名片": "contact",
    "视频": "video",
    "表情包": "sticker",
    "位置": "location",
    "分享/文件/小程序": "share",
    "系统消息": "system",
    "系统通知": "system",
}
_CODE = r"^未知\((\d{1,18})\)$"
_PREFIX = r"(?s)^([^\s:]{2,64}):\n(.*)$"
_SURE_ID = r"^(?:wxid_|gh_|qq\d)|@"
_MARKED = r"^\[(?:系统|名片|位置|分享): ((?s:.*))\]$"
_XML = r"^\s*(?:[^\s:]{2,64}:\s*)?<"


def sniff(export: Export) -> Match:
    """Recognise the header by its set of names."""
    if set(read_header(export).names) >= set(_NAMES):
        return Match(Confidence.CERTAIN, "CSV header with 时间, 发送者, 消息类型, server_id")
    return NO_MATCH


def info_beside(export: Export) -> list[Export]:
    """Return the ``.info`` of the same folder, if there is one."""
    found = export.beside(_INFO)
    return [found] if found is not None else []


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows of the one chat; clock times."""
    header = read_header(export)
    if not set(header.names) >= set(_NAMES):
        raise UnreadableError(
            t("no wechat-decrypt CSV header", "没有 wechat-decrypt 的 CSV 表头"), where=export.title
        )
    chat = _chat(export)
    people = _People()
    if chat.kind != "private":
        # A name may come long before the text that tells its id.
        for frame in read_rows(replace(export, on_read=None), IssueLog(), header):
            people.learn(frame)
    company = Company({chat.name}, own_known=False)
    for frame in read_rows(export, issues, header):
        rows = frame.with_columns(wall_at=from_clock(frame["时间"]))
        for line in rows.filter(pl.col("wall_at").is_null())["line"]:
            issues.add("bad-timestamp", export.title, line)
        rows = rows.filter(pl.col("wall_at").is_not_null())
        messages = _read(people.tell(rows))
        company.add(messages, pl.lit(False))
        own = (messages["sender_name"] == SELF).any()
        yield RawBatch(
            replace(
                chat,
                kind=chat.kind if chat.kind != "unknown" else company.kind,
                self_name=SELF if own else None,
            ),
            oldest_first(messages),
        )


def _chat(export: Export) -> RawChat:
    facts: dict[str, str] = {}
    for file in info_beside(export):
        lines = (line.partition(":") for line in file.head_text.splitlines())
        facts |= {key.strip(): value.strip() for key, _, value in lines if value.strip()}
    talker = facts.get("username")
    folder = export.folder if _SHARD.match(export.stem) else export.stem
    name = facts.get("nick_name") or facts.get("remark") or folder
    kind = talker_kind(talker or "")
    if facts.get("is_group") == "True":
        kind = "group"
    return RawChat(
        key=talker or name,
        strong=talker is not None,
        platform="wechat",
        name=name,
        kind=kind,
        has_mentions=True,
    )


@dataclass
class _People:
    """Which names go with which ids, by the prefixes of texts.

    A prefix that only has the shape of an old id may have been typed (``notes:`` and a line break):
    it counts where most texts under the name begin with it.
    """

    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)

    def learn(self, rows: pl.DataFrame) -> None:
        """Take note of the prefixes in some more rows."""
        said = rows.filter(pl.col("消息类型") == "文本").select(
            name="发送者", before=pl.col("内容").str.extract(_PREFIX, 1)
        )
        for name, count in said.group_by("name").len().drop_nulls().iter_rows():
            self.texts[name] = self.texts.get(name, 0) + count
        shaped = said.filter(pl.col("before").str.contains(ID_SHAPE))
        for name, before, count in shaped.group_by("name", "before").len().drop_nulls().iter_rows():
            self.seen[name, before] = self.seen.get((name, before), 0) + count

    def _ids(self) -> dict[str, list[str]]:
        """Return the ids that go with each name."""
        ids: dict[str, list[str]] = {}
        for (name, before), count in self.seen.items():
            if re.search(_SURE_ID, before) or 2 * count > self.texts[name]:
                ids.setdefault(name, []).append(before)
        return ids

    def tell(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add ``sender_id``, and take the prefixes off the contents; in private chats are none."""
        ids = self._ids()
        if not self.seen:
            return rows.with_columns(sender_id=pl.lit(None, pl.String))
        content, name = pl.col("内容"), pl.col("发送者")
        before = content.str.extract(_PREFIX, 1)
        pairs = [(name, one) for name, several in ids.items() for one in several]
        known = pl.DataFrame(
            pairs, schema={"发送者": pl.String, "_before": pl.String}, orient="row"
        ).with_columns(_known=pl.lit(True))
        rows = rows.with_columns(_before=before).join(
            known, on=["发送者", "_before"], how="left", maintain_order="left"
        )
        # Of XML the prefix is always the sender's.
        cut = pl.col("_known").fill_null(False) | content.str.contains(_XML)
        cut = cut & pl.col("_before").is_not_null()
        single = {name: several[0] for name, several in ids.items() if len(several) == 1}
        only = name.replace_strict(single, default=None, return_dtype=pl.String)
        return rows.with_columns(
            sender_id=pl.when(cut).then("_before").otherwise(only),
            内容=pl.when(cut).then(content.str.extract(_PREFIX, 2)).otherwise(content),
        )


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    label, content = pl.col("消息类型").str.strip_chars(), pl.col("内容").fill_null("")
    code = label.str.extract(_CODE).cast(pl.Int64, strict=False)
    named = label.replace_strict(_KINDS, default="other", return_dtype=pl.String)
    coded = kind_of(code, pl.lit(None, pl.Int64)).cast(pl.String)
    rows = rows.with_columns(
        kind=pl.when(code.is_null()).then(named).otherwise(coded).cast(KIND),
        _inside=pl.when(content.str.contains(_MARKED))
        .then(content.str.extract(_MARKED))
        .otherwise(content),
        _plain=label == "文本",
    )
    kind, inside = pl.col("kind"), pl.col("_inside")
    system, is_xml = kind == "system", inside.str.contains(_XML)
    # The tool cuts notices after 100 characters: what was wrapped in XML has lost its end.
    recalled = is_xml & inside.str.contains("revokemsg", literal=True)
    recalled = recalled & ~inside.str.contains("</replacemsg>", literal=True)
    titled = title(inside)
    text = (
        pl.when(pl.col("_plain"))
        .then(content)
        .when(system & recalled)
        .then(pl.lit("撤回了一条消息"))
        .when(system)
        .then(pl.coalesce(titled, clean_notices(rows["_inside"])))
        .when(kind.is_in(["image", "voice", "video", "sticker", "forward"]))
        .then(None)
        .when(is_xml)
        .then(titled)
        .when(~inside.str.contains(r"^\[[^\[\]\n]*\]$"))
        .then(inside)
    )
    server_id = pl.col("server_id").str.strip_chars("\t '")
    person = ~system & ~is_room(pl.col("sender_id")).fill_null(False)
    rows = rows.with_columns(
        text=text,
        message_id=pl.when(server_id.str.contains(r"^[1-9]\d{0,19}$")).then(server_id),
        sender_id=pl.when(person).then("sender_id"),
        sender_name=pl.when(person & (pl.col("发送者") != "")).then(
            same_as_id(pl.col("发送者"), pl.col("sender_id"))
        ),
    )
    return with_mentions(
        rows.select(
            "line",
            "wall_at",
            "message_id",
            "sender_id",
            "sender_name",
            "kind",
            text=pl.when(pl.col("text") != "").then("text"),
        )
    )


PARSER = Parser(
    name="wechat-decrypt-csv",
    title="wechat-decrypt CSV",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "chat-id", "seconds", "message-ids", "mentions", "joins", "recalls"),
    obtain=(
        "wechat-decrypt: run export_messages.py; give the folder of the group (one file a shard).",
        "wechat-decrypt:运行 export_messages.py,给出该群的文件夹(每个分库一个文件)。",
    ),
    owns=info_beside,
)
