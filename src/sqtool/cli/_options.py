"""Options that several commands share: type, flag and help in one place, bundled by purpose.

A bundle is a frozen dataclass whose fields are options; ``takes`` spreads the bundles a command
asks for into its signature, so that no command passes thirty options on by hand.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sqtool.cli._flags import (
    ConfigOption,
    DebugOption,
    LangOption,
    QuietOption,
    StoreOption,
    option,
)
from sqtool.errors import UsageError
from sqtool.i18n import t


class DateOrder(StrEnum):
    """How a date of three numbers is written."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


class Engine(StrEnum):
    """Where many chats are worked out."""

    POLARS = "polars"
    RAY = "ray"


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE...",
        help=t(
            "Export files, folders, zips or - (standard input); none: the store.",
            "导出文件、文件夹、zip,或 -(标准输入);不给则读存储库。",
        ),
        show_default=False,
    ),
]
_FORMATS = (
    "Form by name: txt, md, json; tables also csv, jsonl, xlsx.",
    "按名称选格式:txt、md、json;表格还有 csv、jsonl、xlsx。",
)


AnonymiseOption = Annotated[
    bool,
    option(
        "--anonymise",
        en="Pseudonyms for people and groups, also inside texts; the key stays on this machine.",
        zh="群和人都换成化名,消息里的也换;密钥只留在本机。",
        panel="people",
    ),
]


@dataclass(frozen=True)
class Files:
    """What to read, and how."""

    source: Sources = None
    from_: Annotated[
        str | None,
        option(
            "--from",
            en="Format of the files, instead of detecting it (names: sqtool formats).",
            zh="指定文件格式,不自动识别(名称见 sqtool formats)。",
            panel="source",
            value="FORMAT",
        ),
    ] = None
    chat: Annotated[
        str | None,
        option(
            "--chat", en="Only the chat of this name or id.", zh="只看这个群(群名或群号)。",
            panel="source", value="NAME",
        ),
    ] = None  # fmt: skip
    date_order: Annotated[
        DateOrder | None,
        option(
            "--date-order",
            en="How dates are written, where files leave it open (WhatsApp).",
            zh="日期的写法(文件本身看不出时,如 WhatsApp)。",
            panel="source",
        ),
    ] = None
    allow_private: Annotated[
        bool,
        option(
            "--allow-private", en="Read one-to-one chats, too.", zh="私聊记录也读取。",
            panel="source",
        ),
    ] = False  # fmt: skip
    strict: Annotated[
        bool,
        option(
            "--strict",
            en="Exit with 5 if any record had to be skipped.",
            zh="只要有记录被跳过就以 5 退出。",
            panel="source",
        ),
    ] = False
    issues: Annotated[
        Path | None,
        option(
            "--issues",
            en="Write everything that was skipped or is doubtful to this file (CSV).",
            zh="把跳过和存疑的记录明细写入文件(CSV)。",
            panel="source",
            value="PATH",
        ),
    ] = None
    tz: Annotated[
        str,
        option(
            "--tz",
            en="Time zone of the clock in the files and of what is shown (Asia/Shanghai).",
            zh="文件时间与显示所用时区(默认 Asia/Shanghai)。",
            panel="source",
            value="ZONE",
        ),
    ] = "Asia/Shanghai"


@dataclass(frozen=True)
class Reading(Files):
    """What to read, which period to look at, who is who."""

    store: StoreOption = None
    week: Annotated[
        str | None,
        option(
            "--week",
            en="last (default), this, or an ISO week like 2026-W10.",
            zh="last(默认,上一个完整周)、this,或 2026-W10 这样的周。",
            panel="period",
            value="WEEK",
        ),
    ] = None
    last: Annotated[
        str | None,
        option(
            "--last", en="The last days or weeks: 7d, 4w.", zh="最近几天或几周:7d、4w。",
            panel="period", value="7d",
        ),
    ] = None  # fmt: skip
    since: Annotated[
        str | None,
        option(
            "--since", en="First day (or moment).", zh="从这天(或时刻)起。", panel="period",
            value="DATE",
        ),
    ] = None  # fmt: skip
    until: Annotated[
        str | None,
        option(
            "--until", en="First day (or moment) after the period.", zh="到这天(或时刻)之前为止。",
            panel="period", value="DATE",
        ),
    ] = None  # fmt: skip
    as_of: Annotated[
        str | None,
        option(
            "--as-of",
            en="Look at nothing after this day or moment (default: the export's).",
            zh="只看这天(或时刻)为止的记录(默认:导出时刻)。",
            panel="period",
            value="DATE",
        ),
    ] = None
    roster: Annotated[
        list[str] | None,
        option(
            "--roster",
            en="Member list (CSV, xlsx, JSON): makes silent members countable. Lists of several"
            " days (repeat it; 2026-03-01=FILE says the day) show who joined and left.",
            zh="成员名单(CSV、xlsx、JSON):有了它才数得出没说过话的人。给几天的名单(可重复;"
            "2026-03-01=文件 写明日期)还能看出谁进谁退。",
            panel="people",
            value="[DATE=]FILE",
        ),
    ] = None
    aliases: Annotated[
        Path | None,
        option(
            "--aliases",
            en="List of ids that are one person (CSV, xlsx; see: sqtool alias).",
            zh="别名表:哪些号码是同一个人(CSV、xlsx;见 sqtool alias)。",
            panel="people",
            value="FILE",
        ),
    ] = None
    staff: Annotated[
        list[str] | None,
        option(
            "--staff", en="Name or id of a staff member (repeatable).",
            zh="运营人员的名字或号码(可重复)。", panel="people", value="NAME",
        ),
    ] = None  # fmt: skip
    self_is_member: Annotated[
        bool,
        option(
            "--self-is-member",
            en="The exporting account is an ordinary member, not staff.",
            zh="导出者本人算普通成员,不算运营。",
            panel="people",
        ),
    ] = False
    bot: Annotated[
        list[str] | None,
        option(
            "--bot", en="Name or id of a bot (repeatable).", zh="机器人的名字或号码(可重复)。",
            panel="people", value="NAME",
        ),
    ] = None  # fmt: skip
    anonymise: AnonymiseOption = False


@dataclass(frozen=True)
class Tagging:
    """What the operator says of chats."""

    tags: Annotated[
        Path | None,
        option(
            "--tags",
            en="Tags of chats (CSV: chat,tag,value; or chat and a column per tag).",
            zh="群标签(CSV:群,标签,值;或 群 加每个标签一列)。",
            panel="source",
            value="FILE",
        ),
    ] = None


@dataclass(frozen=True)
class Scaling:
    """Where many chats of the store are worked out."""

    engine: Annotated[
        Engine | None,
        option(
            "--engine",
            en="Work out the chats of the store here (polars) or on workers of Ray.",
            zh="存储库里的群在本进程(polars)还是在 Ray 的工作进程上计算。",
            panel="chats",
        ),
    ] = None
    address: Annotated[
        str | None,
        option(
            "--address", en="Cluster of Ray (default: started here for the time being).",
            zh="Ray 集群地址(默认在本机临时启动)。", panel="chats", value="HOST:PORT",
        ),
    ] = None  # fmt: skip

    def check(self, files: Files) -> None:
        """Refuse what makes no sense.

        Raises:
            UsageError: If an address has no engine, or files or one chat are read.
        """
        if self.address is not None and self.engine is not Engine.RAY:
            raise UsageError(
                t("--address goes with --engine ray", "--address 要和 --engine ray 一起用")
            )
        if self.engine is not None and (files.source or files.chat):
            raise UsageError(
                t(
                    "--engine is for all chats of the store",
                    "--engine 只用于存储库里的全部群",
                ),
                hint=t("leave out the files and --chat", "不要给出文件和 --chat"),
            )


@dataclass(frozen=True)
class Writing:
    """In which form a report is written, and where to.

    Fields without an option are those that only tables have.
    """

    format: Annotated[
        str | None, option("-f", "--format", en=_FORMATS[0], zh=_FORMATS[1], value="FORMAT")
    ] = None
    md: Annotated[bool, option("--md", en="Markdown.", zh="Markdown。")] = False
    json: Annotated[bool, option("--json", en="JSON.", zh="JSON。")] = False
    csv: bool = False
    jsonl: bool = False
    xlsx: bool = False
    excel: bool = False
    raw: Annotated[
        bool,
        option(
            "--raw",
            en="No ' before table texts that start like a formula.",
            zh="表格里像公式的文字前不加 '。",
        ),
    ] = False
    output: Annotated[
        str | None,
        option(
            "-o",
            "--output",
            en="Write to this file (its suffix decides the form) or folder (DIR/).",
            zh="写入文件(按后缀决定格式)或文件夹(以 / 结尾)。",
            value="PATH",
        ),
    ] = None
    no_charts: bool = False
    lang: LangOption = None
    config: ConfigOption = None
    quiet: QuietOption = False
    debug: DebugOption = False


@dataclass(frozen=True)
class ReviewWriting(Writing):
    """In which form a review is written, and where to."""

    no_charts: Annotated[
        bool,
        option(
            "--no-charts",
            en="No pictures beside a Markdown file.",
            zh="Markdown 文件旁不写图片。",
        ),
    ] = False


@dataclass(frozen=True)
class TableWriting(Writing):
    """In which form tables are written, and where to."""

    csv: Annotated[bool, option("--csv", en="CSV, English keys.", zh="CSV,英文列名。")] = False
    jsonl: Annotated[
        bool, option("--jsonl", en="JSON Lines, one row a line.", zh="JSON Lines,每行一条。")
    ] = False
    xlsx: Annotated[
        bool, option("--xlsx", en="Excel workbook (with -o).", zh="Excel 工作簿(配合 -o)。")
    ] = False
    excel: Annotated[
        bool,
        option(
            "--excel",
            en="CSV for Excel: readable titles, long ids kept whole.",
            zh="给 Excel 打开的 CSV:中文表头、不乱码、长号码不变形。",
        ),
    ] = False
