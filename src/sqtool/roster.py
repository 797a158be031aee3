"""The member list: given by the operator, carried by the export, or rebuilt from joins and leaves.

A log shows only who spoke. Everything about silent members depends on a list, and every report says
which one it used.
"""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.errors import UnreadableError, UsageError
from sqtool.export import Export
from sqtool.i18n import t
from sqtool.identity import clean_name, weak_id
from sqtool.issues import IssueLog
from sqtool.schema import MEMBERS

JOINED_SPEAKERS_SHARE: Final = 0.8
"""A list rebuilt from events is used if this share of the speakers has a join record: then the log
reaches back to the beginning; below that it would leave out most old members."""

_HEADERS: Final = {
    # In order of preference: 群昵称 before 昵称 before 备注.
    "id": (
        "id|qq|qq号|qq号码|qq号(uin)|uin|wxid|微信id|微信号|账号|帐号|成员id|用户id|号码"
        "|memberid|member_id|userid|user_id|username|platformid"
    ).split("|"),
    "name": (
        "name|displayname|display_name|群昵称|群名片|名片|groupnickname|card|昵称|成员昵称|微信昵称"
        "|qq昵称|nickname|accountname|姓名|名称|名字|成员|群成员|备注"
    ).split("|"),
    "role": "role|roles|角色|群身份|身份|权限|职务".split("|"),
    "joined": (
        "joined|joinedat|joined_at|joindate|jointime|join_time|入群时间|进群时间|加群时间|加入时间"
        "|入群日期|进群日期|加入日期|入群"
    ).split("|"),
}
_ROLES: Final = {
    "群主": "owner", "owner": "owner", "创建者": "owner",
    "管理员": "admin", "admin": "admin", "群管理": "admin", "群管理员": "admin", "管理": "admin",
    "运营": "admin", "staff": "admin", "助教": "admin",
}  # fmt: skip
_DATES: Final = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d",
)  # fmt: skip

ROSTER = pl.Schema(
    {
        "line": pl.UInt32(),
        "id": pl.String(),
        "name": pl.String(),
        "role": pl.String(),
        "joined_at": MEMBERS["joined_at"],
    }
)


def read_roster(path: Path, tz: ZoneInfo, issues: IssueLog) -> pl.DataFrame:
    """Read a member list from CSV or xlsx.

    Columns are recognised by their usual Chinese and English headers, in any order; there must be
    an id or a name. Local dates are taken in ``tz``; a date that cannot be read is an issue, and
    null.

    Returns:
        ``ROSTER``: one row per listed person; empty rows are left out.

    Raises:
        UnreadableError: If the file cannot be read.
        UsageError: If no column is recognised.
    """
    header, rows = _xlsx(path) if path.suffix.lower() in (".xlsx", ".xls", ".xlsm") else _csv(path)
    places = _columns(header)
    if "id" not in places and "name" not in places:
        raise UsageError(
            t("no column with ids or names", "找不到编号或名字这一列"),
            where=path.name,
            hint=t(
                "name the columns id, name, role, joined", "列名请用:QQ号、昵称、角色、入群时间"
            ),
        )
    columns: dict[str, list[object]] = {name: [] for name in ROSTER}
    for number, row in enumerate(rows, start=2):
        cells = {
            field: (row[place].strip() if place < len(row) else "")
            for field, place in places.items()
        }
        if not cells.get("id") and not cells.get("name"):
            if any(cell.strip() for cell in row):
                issues.add("roster-row-without-id-or-name", path.name, number)
            continue
        joined = _moment(cells.get("joined", ""), tz)
        if cells.get("joined") and joined is None:
            issues.add("bad-roster-date", path.name, number, rows=0)
        values = (
            number,
            cells.get("id") or None,
            cells.get("name") or None,
            _ROLES.get(cells.get("role", "").lower()) or ("member" if cells.get("role") else None),
            joined,
        )
        for name, value in zip(ROSTER, values, strict=True):
            columns[name].append(value)
    return pl.DataFrame(columns, schema=ROSTER)


def _csv(path: Path) -> tuple[list[str], list[list[str]]]:
    if not path.is_file():
        raise UnreadableError(t("no such roster file", "没有这个名单文件"), where=str(path))
    text = Export(path).read_text()
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return (rows[0], rows[1:]) if rows else ([], [])


def _xlsx(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        frame = pl.read_excel(path, engine="calamine", infer_schema_length=0, has_header=True)
    except Exception as error:  # the reader's own exception types are not public
        raise UnreadableError(t("cannot read the roster", "名单读不了"), where=path.name) from error
    rows = frame.select(pl.all().cast(pl.String).fill_null("")).rows()
    return frame.columns, [list(row) for row in rows]


def _columns(header: list[str]) -> dict[str, int]:
    cleaned = ["".join(cell.lower().split()).strip("\ufeff\"'") for cell in header]
    places: dict[str, int] = {}
    for field, usual in _HEADERS.items():
        found = [cleaned.index(name) for name in usual if name in cleaned]
        if found:
            places[field] = found[0]
    return places


def _moment(value: str, tz: ZoneInfo) -> datetime | None:
    for layout in _DATES:
        try:
            naive = datetime.strptime(value.strip(), layout)  # noqa: DTZ007 - the zone comes next
        except ValueError:
            continue
        return naive.replace(tzinfo=tz).astimezone(UTC)
    return None


def apply_roster(
    members: pl.DataFrame, chat_id: str, roster: pl.DataFrame, file: str, issues: IssueLog
) -> pl.DataFrame:
    """Mark who is on the list, and add those who were never seen.

    A listed person is matched by id, else by a name that exactly one known person carries; a name
    that several carry is an issue and stays apart.

    Args:
        members: ``MEMBERS`` of one chat.
        chat_id: The chat.
        roster: ``ROSTER``.
        file: Its name, for issues.
        issues: Receives ambiguous rows.
    """
    by_name = (
        members.select(key=clean_name(pl.col("display_name")), member_id="member_id")
        .vstack(members.select(key=clean_name(pl.col("account_name")), member_id="member_id"))
        .filter(pl.col("key") != "")
        .unique()
        .group_by("key")
        .agg(people=pl.len(), named=pl.col("member_id").first())
    )
    known = members.select(member_id="member_id", is_known=pl.lit(True))
    matched = (
        roster.with_columns(key=clean_name(pl.col("name")))
        .join(known, left_on="id", right_on="member_id", how="left")
        .join(by_name, on="key", how="left")
        .with_columns(
            member_id=pl.when(pl.col("is_known"))
            .then("id")
            .when(pl.col("people") == 1)
            .then("named")
            .otherwise(pl.coalesce("id", weak_id(pl.col("key"))))
        )
    )
    unclear = matched.filter(pl.col("is_known").is_null(), pl.col("people") > 1)
    for line in unclear["line"]:
        detail = "several known members carry this name: listed on its own"
        issues.add("roster-name-ambiguous", file, line, rows=0, detail=detail)
    listed = matched.unique("member_id", keep="first", maintain_order=True).select(
        "member_id", listed_name="name", listed_role="role", listed_joined="joined_at", listed=True
    )
    everyone = members.join(listed, on="member_id", how="full", coalesce=True)
    return (
        everyone.with_columns(
            chat_id=pl.lit(chat_id),
            display_name=pl.coalesce("display_name", "listed_name"),
            role=pl.coalesce("listed_role", "role"),
            joined_at=pl.coalesce("listed_joined", "joined_at"),
            is_bot=pl.col("is_bot").fill_null(False),
            is_self=pl.when(members["is_self"].is_not_null().any()).then(
                pl.col("is_self").fill_null(False)
            ),
            in_roster=pl.col("listed").fill_null(False),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in MEMBERS.items())
        .sort("member_id")
    )


def roster_of_export(members: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Mark as listed the members of the export's own complete list.

    Args:
        members: ``MEMBERS`` of one chat.
        listed: member_id column of the export's list.
    """
    return members.with_columns(in_roster=pl.col("member_id").is_in(listed["member_id"].implode()))


def roster_of_events(members: pl.DataFrame, speakers: pl.DataFrame) -> pl.DataFrame | None:
    """Rebuild the list from joins and leaves, if the log reaches back far enough.

    Args:
        members: ``MEMBERS`` of one chat.
        speakers: member_id of everybody who spoke.

    Returns:
        The members with ``in_roster`` = known and not gone; None if fewer than
        ``JOINED_SPEAKERS_SHARE`` of the speakers have a join record.
    """
    known = speakers.join(
        members.filter(pl.col("joined_at").is_not_null()), on="member_id", how="semi"
    )
    if speakers.is_empty() or known.height < JOINED_SPEAKERS_SHARE * speakers.height:
        return None
    return members.with_columns(in_roster=pl.col("left_at").is_null())
