"""WeChatMsg 1.x (留痕): CSV with English headings, one chat or all chats (messages.csv).

留痕 WeChatMsg 1.x：英文表头的 CSV，单个聊天，或全部聊天（messages.csv）。

Times are epoch seconds. The last three columns mean different things: in the file of one chat the
sender's remark, nickname and id; in ``messages.csv`` the chat's names and the sender's shown name.
Old versions wrote a tenth value (the server id) under nine names, or before the last three columns.
Type-49 rows have no text: replies, links and files are known by their type only. The first release
wrote another table, see ``_wechatmsg_first``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from sqtool.errors import UnreadableError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._base import NO_MATCH, Confidence, Match, Parser, RawBatch, RawChat
from sqtool.parsers._csv import read_header, read_rows
from sqtool.parsers._wechat import (
    QUOTED_NOTICE,
    SELF,
    Company,
    chat_of_path,
    clean_notices,
    from_clock,
    from_epoch,
    kind_of,
    members_seen,
    oldest_first,
    same_as_id,
    talker_kind,
    with_mentions,
)
from sqtool.parsers._wechatmsg_first import FIRST_NAMES, parse_first
from sqtool.schema import KIND

_CORE = ("Type", "SubType", "IsSender", "CreateTime", "StrContent", "StrTime")
_LAST = ("Remark", "NickName", "Sender")
_SERVER_ID = r"^\d{15,20}$"
_LOSSY_ID = r"^\d(?:\.\d+)?E\+\d+$"
_XML = r"^\s*(?:[-_.@A-Za-z0-9]+:\s*)?<"


def sniff(export: Export) -> Match:
    """Recognise the header by its set of names."""
    names = set(read_header(export).names)
    if names >= set(FIRST_NAMES):
        return Match(Confidence.CERTAIN, "CSV header with 用户名, 消息内容, isSend (first release)")
    if not names >= {"StrContent", "StrTime"}:
        return NO_MATCH
    if names >= set(_CORE):
        return Match(Confidence.CERTAIN, "CSV header with Type, CreateTime, StrContent, StrTime")
    return Match(Confidence.LIKELY, "CSV header with StrContent and StrTime, others removed")


def parse(export: Export, issues: IssueLog) -> Iterator[RawBatch]:
    """Yield the rows by chat: instants from ``CreateTime``, else clock times from ``StrTime``."""
    header = read_header(export)
    if set(header.names) >= set(FIRST_NAMES):
        yield from parse_first(export, issues, header)
        return
    if not set(header.names) >= {"StrContent", "StrTime"}:
        raise UnreadableError(
            t("no WeChatMsg CSV header", "没有留痕的 CSV 表头"), where=export.title
        )
    layout: bool | None = None
    chats: dict[str, _Chat] = {}
    bodiless = 0
    for frame in read_rows(export, issues, header):
        rows = _read(frame, export, issues)
        bodiless += rows.filter(pl.col("app") & pl.col("text").is_null()).height
        if layout is None and rows.height:
            layout = _is_all_chats(rows, export)
        if layout:
            title = pl.coalesce(
                pl.when(pl.col("Remark") != "").then("Remark"),
                pl.when(pl.col("NickName") != "").then("NickName"),
                pl.lit(""),
            )
            number = pl.col("TalkerId").fill_null("")
            rows = rows.with_columns(title=title, key=pl.format("{}#{}", title, number))
            rows = with_mentions(_without_system_senders(rows.with_columns(_people_of_all())))
            for (key, name), mine in rows.group_by("key", "title", maintain_order=True):
                chat = chats.setdefault(str(key), _Chat(str(key), str(name or key), strong=False))
                chat.company.titles.update(mine["NickName"].unique().drop_nulls())
                yield chat.batch(mine)
        elif rows.height:
            room, name = chat_of_path(export)
            chat = chats.setdefault("", _Chat(room or name, name, strong=room is not None))
            rows = _without_system_senders(rows.with_columns(_people_of_one()))
            yield chat.batch(with_mentions(rows))
    for chat in chats.values():
        yield chat.summary()
    if bodiless:
        detail = f"{bodiless} records (replies, links, files …) come without their text"
        issues.add("no-bodies", export.title, rows=0, detail=detail)


def _read(frame: pl.DataFrame, export: Export, issues: IssueLog) -> pl.DataFrame:
    """Bring the layouts of all versions to one; rows without a time become issues."""
    absent = [
        pl.lit(None, pl.String).alias(name)
        for name in ("TalkerId", *_CORE, *_LAST)
        if name not in frame.columns
    ]
    tenth = "Remark" if "Remark" in frame.columns else "extra_1"
    frame = frame.with_columns(*absent)
    shifted = pl.col(tenth).str.contains(rf"{_SERVER_ID}|{_LOSSY_ID}").fill_null(False)
    rows = frame.with_columns(
        message_id=pl.when(pl.col(tenth).str.contains(_SERVER_ID)).then(tenth)
    )
    if tenth == "Remark":
        follow = ("NickName", "Sender", "extra_1")
        rows = rows.with_columns(
            pl.when(shifted).then(after).otherwise(name).alias(name)
            for name, after in zip(_LAST, follow, strict=True)
        )
    rows = rows.with_columns(sent_at=from_epoch(rows["CreateTime"]))
    rows = rows.with_columns(wall_at=pl.lit(None, pl.Datetime("us")))
    if rows["sent_at"].null_count():
        clock = pl.when(rows["sent_at"].is_null()).then(from_clock(rows["StrTime"]))
        rows = rows.with_columns(wall_at=clock)
        lost = pl.col("sent_at").is_null() & pl.col("wall_at").is_null()
        for line in rows.filter(lost)["line"]:
            issues.add("bad-timestamp", export.title, line)
        rows = rows.filter(~lost)
    type_code = pl.col("Type").cast(pl.Int64, strict=False).fill_null(1)
    kind = kind_of(type_code, pl.col("SubType").cast(pl.Int64, strict=False))
    by_words = pl.col("Type").is_null() & pl.col("StrContent").str.contains(QUOTED_NOTICE)
    kind = pl.when(by_words).then(pl.lit("system", KIND)).otherwise(kind)
    rows = rows.with_columns(kind=kind, app=type_code % 2**32 == 49)
    # Media rows hold raw XML; a text that looks like XML was typed by somebody.
    body = pl.when((type_code == 1) | ~pl.col("StrContent").str.contains(_XML)).then("StrContent")
    system = pl.col("kind") == "system"
    rows = rows.with_columns(text=pl.when(system).then("StrContent").otherwise(body))
    rows = rows.with_columns(
        text=pl.when(system).then(clean_notices(rows["text"])).otherwise("text"),
        own=(pl.col("IsSender") == "1").fill_null(False),
    )
    return rows.with_columns(text=pl.when(pl.col("text") != "").then("text"))


def _is_all_chats(rows: pl.DataFrame, export: Export) -> bool:
    """Tell ``messages.csv`` (names of chats) from the file of one chat (names of senders)."""
    said = rows.filter(pl.col("kind") != "system", pl.col("Sender") != "")
    if said.filter("own")["Sender"].is_in([SELF]).any():
        return True
    if export.stem.startswith("messages"):
        return True
    by_chat = (
        said.filter(~pl.col("own"))
        .group_by("TalkerId")
        .agg(chats=pl.struct("Remark", "NickName").n_unique(), senders=pl.col("Sender").n_unique())
    )
    many = by_chat.filter(pl.col("senders") > 1)
    named = said.filter(pl.col("NickName") != "").height
    return bool(named and many.height and (many["chats"] == 1).all())


def _people_of_one() -> list[pl.Expr]:
    sender = pl.when(pl.col("Sender") != "").then("Sender")
    # The remark is the exporting user's own word; it repeats the nickname where there is none.
    remark = same_as_id(pl.col("Remark"), sender)
    name = pl.coalesce(same_as_id(pl.col("NickName"), sender), remark)
    return [
        sender.alias("sender_id"),
        pl.when(pl.col("own") & sender.is_null())
        .then(pl.lit(SELF))
        .otherwise(name)
        .alias("sender_name"),
        same_as_id(pl.col("NickName"), sender).alias("account_name"),
        remark.alias("remark"),
    ]


def _people_of_all() -> list[pl.Expr]:
    shown = pl.when(pl.col("Sender") != "").then("Sender")
    return [
        pl.lit(None, pl.String).alias("sender_id"),
        pl.when("own").then(pl.lit(SELF)).otherwise(shown).alias("sender_name"),
        pl.lit(None, pl.String).alias("account_name"),
        pl.lit(None, pl.String).alias("remark"),
    ]


def _without_system_senders(rows: pl.DataFrame) -> pl.DataFrame:
    # Notices have empty sender columns, or those of the row before.
    said = pl.col("kind") != "system"
    return rows.with_columns(pl.when(said).then(pl.col("sender_id", "sender_name", "account_name")))


@dataclass
class _Chat:
    """What has been learned of one chat while its rows pass by."""

    key: str
    name: str
    strong: bool
    self_id: str | None = None
    self_name: str | None = None
    accounts: list[pl.DataFrame] = field(default_factory=list)
    company: Company = field(init=False)

    def __post_init__(self) -> None:
        self.company = Company({self.name}, own_known=True)

    def batch(self, rows: pl.DataFrame) -> RawBatch:
        """Return rows as a batch, taking note of who speaks."""
        self.company.add(rows, pl.col("own"))
        self.company.names.update(rows["account_name"].unique().drop_nulls())
        own = rows.filter("own")
        ids = own["sender_id"].drop_nulls()
        self.self_id = ids[-1] if len(ids) else self.self_id
        if (own["sender_name"] == SELF).any():
            self.self_name = SELF
        remarks = rows.group_by(member_id="sender_id").agg(pl.col("remark").drop_nulls().last())
        self.accounts.append(members_seen(rows).join(remarks, on="member_id", how="left"))
        messages = rows.select(
            "line", "sent_at", "wall_at", "message_id", "sender_id", "sender_name", "kind", "text",
            "mention_ids", "mention_names",
        )  # fmt: skip
        return RawBatch(self._facts(None), oldest_first(messages))

    def summary(self) -> RawBatch:
        """Return what is known at the end, with no rows."""
        members = pl.concat(self.accounts).unique("member_id", keep="last", maintain_order=True)
        return RawBatch(
            self._facts(members), pl.DataFrame({"line": []}, schema={"line": pl.UInt32})
        )

    def _facts(self, members: pl.DataFrame | None) -> RawChat:
        return RawChat(
            key=self.key,
            strong=self.strong,
            platform="wechat",
            name=self.name,
            kind=talker_kind(self.key) if self.strong else self.company.kind,
            self_id=self.self_id,
            self_name=self.self_name,
            members=members if members is not None and members.height else None,
            has_mentions=True,
        )


PARSER = Parser(
    name="wechat-wechatmsg-csv",
    title="WeChatMsg (留痕) CSV",
    platform="wechat",
    sniff=sniff,
    parse=parse,
    carries=("ids", "zone", "seconds", "message-ids", "mentions", "joins", "recalls"),
    obtain=(
        "WeChatMsg 1.x: export all or one chat as CSV.",
        "WeChatMsg(留痕)1.x:导出 CSV。",
    ),
)
