"""Files with a member list: tables people keep, and what tools and platforms hand out.

CSV, TSV, Excel and JSON, all brought to one table first. Columns are recognised by their usual
names: those of spreadsheets in either language, of a WeCom customer group, of OneBot, of the QQ NT
database and of QQ's page of members. Columns of other names are the keeper's own (course, paid …)
and kept as they are.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.errors import UnreadableError, UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.issues import IssueLog
from sqtool.parsers._json_items import text_of
from sqtool.parsers._json_scan import loads
from sqtool.parsers._undated import day_of_name
from sqtool.parsers._xlsx import read_sheet
from sqtool.schema import INSTANT, MEMBERS

_HEADERS: Final = {
    # In order of preference, row by row: 群昵称 before 昵称. Numbers are columns of QQ NT's table.
    "id": (
        "id|qq|qq号|qq号码|qq号(uin)|uin|1002|wxid|微信id|微信号|账号|帐号|成员id|用户id|号码"
        "|memberid|member_id|userid|user_id|username|platformid|1000"
    ).split("|"),
    "name": (
        "群昵称|群名片|名片|groupnickname|group_nickname|card|64003|name|displayname|display_name"
        "|display|昵称|成员昵称|微信昵称|qq昵称|nickname|20002|accountname|姓名|名称|名字|成员"
        "|群成员"
    ).split("|"),
    "account": "昵称|微信昵称|qq昵称|nickname|20002|accountname|account_name".split("|"),
    "remark": ["备注"],  # the list keeper's own word for the person: only where there is no name
    "role": "is_owner|isowner|is_admin|isadmin|64010|role|roles|角色|群身份|身份|权限|职务".split(
        "|"
    ),
    "joined": (
        "joined|joinedat|joined_at|joindate|jointime|join_time|64007|入群时间|进群时间|加群时间"
        "|加入时间|入群日期|进群日期|加入日期|入群"
    ).split("|"),
    "bot": "is_bot|isbot|is_robot|isrobot|机器人|是否机器人".split("|"),
    "gone": ["64016"],
    "left": "left|left_at|leftat|退群时间|退群日期|离群时间|离开时间".split("|"),
    "taken": (
        "taken_at|takenat|snapshot|snapshot_at|snapshot_date|listed_at|list_date|名单日期|统计日期"
        "|快照日期|导出日期|导出时间|采集日期|采集时间"
    ).split("|"),
    "group": ["60001", "group_id", "groupid", "群号"],
}
_FLAGS: Final = {
    "is_owner": "owner", "isowner": "owner", "is_admin": "admin", "isadmin": "admin",
    "64010": "admin",
}  # fmt: skip
_BOT: Final = "bot"
_ROLES: Final = {
    **dict.fromkeys(["群主", "owner", "创建者", "创建人", "群创建者", "creator"], "owner"),
    **dict.fromkeys(
        ["管理员", "admin", "administrator", "群管理", "群管理员", "管理", "副群主", "moderator"],
        "admin",
    ),
    # Who works for the group's keeper is staff, whatever the platform calls them.
    **dict.fromkeys(
        ["运营", "群运营", "运营人员", "staff", "工作人员", "助教", "班主任", "讲师", "客服"],
        "admin",
    ),
    **dict.fromkeys(["机器人", "群机器人", "bot", "robot"], _BOT),
}
_STRONGEST: Final = ("owner", "admin", _BOT, "member")
_BETWEEN_ROLES: Final = re.compile(r"[\s、,，;；/|+&]+")
_DATES: Final = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d", "%Y%m%d",
)  # fmt: skip
_LISTS: Final = (
    "group_chat", "member_list", "members", "memberList", "member", "groupMembers", "data", "list",
)  # fmt: skip
_TITLE_ROWS: Final = 10
_YES: Final = frozenset(["1", "true", "yes", "是"])

ROSTER = pl.Schema(
    {
        "line": pl.UInt32(),
        "id": pl.String(),
        "name": pl.String(),
        "account_name": pl.String(),  # where the list has it beside the name in the group
        "role": pl.String(),
        "joined_at": MEMBERS["joined_at"],
        "is_bot": pl.Boolean(),  # null where the list does not say
        "taken_at": INSTANT,  # null where neither list nor file name tells the day
        "extra_columns": pl.List(pl.String()),  # columns of the keeper's own that are filled in …
        "extra_values": pl.List(pl.String()),  # … and what stands there
    }
)
"""A list as read. A list of a day without a clock is one of the end of that day."""


@dataclass(frozen=True)
class _Table:
    """A list as a table of texts.

    Args:
        header: Names of the columns.
        rows: Cells, with the line or record number of each row.
        roles: Roles that are told apart from the list, by id.
    """

    header: list[str]
    rows: list[tuple[int, list[str]]]
    roles: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """A list as the user names it.

    Args:
        path: The file.
        taken_at: The moment it shows, where the user says it.
    """

    path: Path
    taken_at: datetime | None = None

    @classmethod
    def of(cls, words: str | Path, tz: ZoneInfo) -> "Given":
        """Read ``名单.xlsx`` or ``2026-03-01=名单.xlsx``.

        A file whose own name has such a beginning is meant itself.
        """
        before, sign, after = str(words).partition("=")
        moment = _moment(before.strip(), tz, whole_day=True) if sign else None
        if moment is None or not after or Path(words).is_file():
            return cls(Path(words))
        return cls(Path(after), moment)


def read_roster(
    path: Path, tz: ZoneInfo, issues: IssueLog, taken_at: datetime | None = None
) -> pl.DataFrame:
    """Read a member list from CSV, TSV, Excel or JSON.

    There must be an id or a name. Local dates are taken in ``tz``, whole numbers are epoch seconds;
    a date that cannot be read is an issue, and null. Those the list marks as gone are left out.

    Args:
        path: The file.
        tz: Zone of dates without one.
        issues: Receives rows that say nothing, and dates that cannot be read.
        taken_at: The moment the list shows; else a column tells it, else a day in the file name.

    Returns:
        ``ROSTER``: one row per listed person; empty rows are left out.

    Raises:
        UnreadableError: If the file cannot be read or lists nobody.
        UsageError: If no column is recognised, the list is one of several groups, or it is dated
            twice.
    """
    table = _table(path)
    places = _columns(table.header)
    if not any(name in places for name in ("id", "name", "remark")):
        raise UsageError(
            t("no column with ids or names", "找不到编号或名字这一列"),
            where=path.name,
            hint=t(
                "name the columns id, name, role, joined", "列名请用:QQ号、昵称、角色、入群时间"
            ),
        )
    if taken_at is not None and "taken" in places:
        raise UsageError(
            t("the list has a column with its date", "名单里已有日期列"),
            where=path.name,
            hint=t("leave out the date before =", "请去掉 = 前面的日期"),
        )
    day = day_of_name(path.name)
    moment = taken_at or (_end_of(datetime.combine(day, time()), tz) if day else None)
    columns: dict[str, list[object]] = {name: [] for name in ROSTER}
    groups: set[str] = set()
    gone = 0
    extras = _extras(table.header)
    for number, row in table.rows:
        groups.add(_first(row, places.get("group")))
        identifier = _first(row, places.get("id"), nothing=("", "0")).removesuffix(".0")
        name = _first(row, places.get("name")) or _first(row, places.get("remark"))
        if not identifier and not name:
            if any(cell.strip() for cell in row):
                issues.add("roster-row-without-id-or-name", path.name, number)
            continue
        left = _first(row, places.get("left"), nothing=("", "0", "-", "无"))
        if left or _first(row, places.get("gone")) in _YES:
            gone += 1
            continue
        if "taken" in places:
            moment = _moment(_first(row, places["taken"]), tz, whole_day=True)
            if moment is None:
                detail = "which day's list this row is of cannot be read"
                issues.add("roster-row-without-date", path.name, number, detail=detail)
                continue
        date = _first(row, places.get("joined"), nothing=("", "0"))
        joined = _moment(date, tz)
        if date and joined is None:
            issues.add("bad-roster-date", path.name, number, rows=0)
        role = table.roles.get(identifier) or _role(row, table.header, places.get("role", []))
        flag = _first(row, places.get("bot")).lower()
        is_bot = True if role == _BOT else (flag in _YES if flag else None)
        own = {title: cell for title, at in extras.items() if (cell := _first(row, at))}
        values = (
            number, identifier or None, name or None, _first(row, places.get("account")) or None,
            "member" if role == _BOT else role, joined, is_bot, moment, [*own], [*own.values()],
        )  # fmt: skip
        for column, value in zip(ROSTER, values, strict=True):
            columns[column].append(value)
    if len(groups - {""}) > 1:
        raise UsageError(
            t(f"a list of {len(groups - {''})} groups", f"名单里有 {len(groups - {''})} 个群"),
            where=path.name,
            hint=t("keep the rows of the one group", "请只留下这一个群的行"),
        )
    if gone:
        detail = f"{gone} listed people are marked as gone: left out"
        issues.add("roster-rows-gone", path.name, rows=0, detail=detail)
    if not columns["line"]:
        raise UnreadableError(t("nobody is on the list", "名单里没有人"), where=path.name)
    roster = pl.DataFrame(columns, schema=ROSTER)
    twice = roster.filter(
        pl.col("id").is_null(), pl.struct("taken_at", "name").is_duplicated()
    ).select("taken_at", "name")
    if twice.height:
        count = twice.n_unique()
        stands = "1 name stands" if count == 1 else f"{count} names stand"
        detail = f"{stands} there more than once without an id: one person each"
        issues.add("roster-name-twice", path.name, rows=0, detail=detail)
    return roster


def _table(path: Path) -> _Table:
    if not path.is_file():
        raise UnreadableError(t("no such roster file", "没有这个名单文件"), where=str(path))
    export = Export(path)
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsm") or export.head.startswith(b"PK\x03\x04"):
        sheet = read_sheet(export).drop("line").fill_null("")
        return _headed([list(row) for row in sheet.rows()])
    if export.head_text.lstrip()[:1] in ("{", "["):
        return _json(export)
    text = export.read_text()
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    return _headed(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))


def _headed(rows: list[list[str]]) -> _Table:
    """Find the row of column names: the first, or one below a title."""
    known = (bool({"id", "name"} & {*_columns(row)}) for row in rows[:_TITLE_ROWS])
    top = next((place for place, found in enumerate(known) if found), 0)
    numbered = list(enumerate(rows, start=1))
    return _Table(rows[top] if rows else [], numbered[top + 1 :])


def _json(export: Export) -> _Table:
    content = export.read_bytes()
    try:
        value = loads(content)
    except ValueError:
        try:
            value = [loads(line) for line in content.split(b"\n") if line.strip()]
        except ValueError as error:
            raise UnreadableError(
                t("cannot read the roster", "名单读不了"), where=export.title
            ) from error
    people, around = _people(value)
    header = list(dict.fromkeys(key for person in people for key in person))
    rows = [
        (number, [_cell(person.get(key)) for key in header])
        for number, person in enumerate(people, start=1)
    ]
    return _Table(header, rows, _roles(around))


def _people(value: Any, around: Any = None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the records of the list, wherever it stands, and the object that holds it."""
    if isinstance(value, list):
        people = [one for one in value if isinstance(one, dict)]
        return people, around if isinstance(around, dict) else {}
    if isinstance(value, dict):
        for key in _LISTS:
            if isinstance(value.get(key), list | dict):
                people, holder = _people(value[key], value)
                if people:
                    return people, holder
    return [], {}


def _roles(around: dict[str, Any]) -> dict[str, str]:
    admins = around.get("admin_list")
    ids = [_cell(one) for one in admins] if isinstance(admins, list) else []
    roles = dict.fromkeys((one for one in ids if one), "admin")
    owner = _cell(around.get("owner"))
    return roles | ({owner: "owner"} if owner else {})


def _cell(value: Any) -> str:
    """Return a value as a cell; of an object or a list what tells who or what it is."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value == value and abs(value) < 2**53 else ""
    if isinstance(value, list):
        return _cell(value[0]) if value else ""
    if isinstance(value, dict):
        return _cell(next((value[key] for key in ("id", "userid") if key in value), None))
    return text_of(value) or ""


def _columns(header: list[str]) -> dict[str, list[int]]:
    """Return the places of the columns of each kind, the preferred first."""
    cleaned = _cleaned(header)
    places = {
        kind: [cleaned.index(name) for name in usual if name in cleaned]
        for kind, usual in _HEADERS.items()
    }
    if places["name"]:
        places["remark"] = []
    return {kind: found for kind, found in places.items() if found}


def _cleaned(header: Iterable[str]) -> list[str]:
    return ["".join(cell.lower().split()).strip("\ufeff\"'") for cell in header]


def _first(row: list[str], places: list[int] | None, nothing: tuple[str, ...] = ("",)) -> str:
    """Return the first cell that says something."""
    cells = (row[place].strip() for place in places or () if place < len(row))
    return next((cell for cell in cells if cell not in nothing), "")


def _extras(header: list[str]) -> dict[str, list[int]]:
    """Return the places of the columns that are the keeper's own, by title."""
    usual = {name for names in _HEADERS.values() for name in names}
    found: dict[str, list[int]] = {}
    for place, (title, name) in enumerate(zip(header, _cleaned(header), strict=True)):
        # QQ NT's table has numbers for titles: nobody could ask for one.
        if name and name not in usual and not name.isdigit():
            found.setdefault(title.strip().strip("\ufeff\"'"), []).append(place)
    return found


def _role(row: list[str], header: list[str], places: list[int]) -> str | None:
    known = False
    for place in places:
        cell = row[place].strip().lower() if place < len(row) else ""
        flag = _FLAGS.get(_cleaned([header[place]])[0])
        if flag is None and cell:
            roles = {_ROLES.get(word, "member") for word in _BETWEEN_ROLES.split(cell)}
            return next(role for role in _STRONGEST if role in roles)
        if flag is not None and cell in _YES:
            return flag
        known = known or bool(cell)
    return "member" if known else None


def _moment(value: str, tz: ZoneInfo, *, whole_day: bool = False) -> datetime | None:
    """Read a date or a moment; a date is its first moment, or its last (``whole_day``)."""
    if value.isascii() and value.isdigit() and len(value) in (9, 10, 12, 13):
        return datetime.fromtimestamp(int(value) / (1000 if len(value) > 10 else 1), UTC)
    for layout in _DATES:
        try:
            naive = datetime.strptime(value.strip(), layout)  # noqa: DTZ007 - the zone comes next
        except ValueError:
            continue
        # A workbook shows a date as a date and midnight.
        if whole_day and naive.time() == time():
            return _end_of(naive, tz)
        return naive.replace(tzinfo=tz).astimezone(UTC)
    return None


def _end_of(day: datetime, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time.max, tz).astimezone(UTC)
