"""The member list: headers people use, matching by id then by name, and where it comes from."""

from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from xlsxwriter import Workbook

import sqtool
from sqtool import SqtoolError
from sqtool.issues import IssueLog
from sqtool.roster_files import read_roster
from tests._golden import EXPORTS, FIXTURES

QQ = EXPORTS / "qq-txt"
TZ = ZoneInfo("Asia/Shanghai")


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "名单.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "QQ号,群昵称,群身份,入群时间\n10001,小林,管理员,2017-01-02\n10099,潜水员,成员,2017/1/3\n",
        "\ufeffid,name,role,joined\n10001,小林,admin,2017-01-02\n10099,潜水员,member,2017-01-03\n",
        "昵称;qq;角色;入群\n小林;10001;管理员;2017年1月2日\n潜水员;10099;成员;2017-01-03 00:00\n",
    ],
)
def test_usual_headers_in_either_language_are_recognised(tmp_path: Path, text: str) -> None:
    roster = read_roster(write(tmp_path, text), TZ, IssueLog())
    assert roster["id"].to_list() == ["10001", "10099"]
    assert roster["name"].to_list() == ["小林", "潜水员"]
    assert roster["role"].to_list() == ["admin", "member"]
    local = roster["joined_at"].dt.convert_time_zone("Asia/Shanghai").dt.to_string("%F %R")
    assert local.to_list() == ["2017-01-02 00:00", "2017-01-03 00:00"]


def test_xlsx_and_gb18030_lists_are_read(tmp_path: Path) -> None:
    frame = pl.DataFrame({"QQ号": ["10001", "10099"], "群名片": ["小林", "潜水员"]})
    book = tmp_path / "名单.xlsx"
    frame.write_excel(book)
    text = "QQ号,群名片\n10001,小林\n10099,潜水员\n"
    for path in (book, write(tmp_path, text, "gb18030")):
        roster = read_roster(path, TZ, IssueLog())
        assert roster.select("id", "name").rows() == frame.rows()


def test_a_list_without_ids_or_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SqtoolError, match="no column with ids or names"):
        read_roster(write(tmp_path, "城市,金额\n上海,3\n"), TZ, IssueLog())


def test_bad_dates_and_empty_rows_are_issues(tmp_path: Path) -> None:
    issues = IssueLog()
    text = "id,name,joined,城市\n10001,小林,昨天,\n,,,上海\n,,,\n"
    roster = read_roster(write(tmp_path, text), TZ, issues)
    assert roster["joined_at"].to_list() == [None]
    assert issues.frame().select("code", "line", "rows").rows() == [
        ("bad-roster-date", 2, 0),
        ("roster-row-without-id-or-name", 3, 1),
    ]


def test_the_list_marks_members_adds_silent_ones_and_matches_names_only_once(
    tmp_path: Path,
) -> None:
    # joins-by-name has two people called 豆豆 (10021, 10022) and 小林 (10001).
    path = write(tmp_path, "id,name,role\n,小林,群主\n,豆豆,\n,从未发言,\n")
    data = sqtool.load(QQ / "joins-by-name.txt", roster=path)
    chat = data.chats.collect().row(0, named=True)
    assert (chat["has_roster"], chat["roster_source"]) == (True, "file")
    members = data.members.collect()
    listed = dict(members.filter("in_roster").select("member_id", "role").iter_rows())
    assert listed == {"10001": "owner", "name:豆豆": None, "name:从未发言": None}
    assert members.filter(~pl.col("in_roster"))["member_id"].sort().to_list() == [
        "10021", "10022", "name:沉默者",
    ]  # fmt: skip
    assert data.issues["code"].to_list() == ["roster-name-ambiguous"]


def test_a_roster_needs_exactly_one_chat(tmp_path: Path) -> None:
    path = write(tmp_path, "id,name\n10001,小林\n")
    with pytest.raises(SqtoolError, match="--roster belongs to one chat"):
        sqtool.load(QQ / "several-chats.txt", roster=path)


def test_joins_and_leaves_add_up_to_a_list_only_if_the_log_reaches_back(tmp_path: Path) -> None:
    head = "2017-03-01 9:00:00 系统消息(10000)\r\n"
    joins = "".join(f"{head}成员{n}加入本群。\r\n\r\n" for n in range(5))
    spoke = "".join(f"2017-03-02 9:00:0{n} 成员{n}({10001 + n})\r\n好\r\n\r\n" for n in range(5))
    gone = "2017-03-03 9:00:00 系统消息(10000)\r\n成员4退出了本群。\r\n\r\n"
    path = tmp_path / "群.txt"
    path.write_text(joins + spoke + gone, "utf-8", newline="")
    data = sqtool.load(path)
    assert data.chats.collect()["roster_source"].item() == "events"
    members = data.members.collect()
    assert dict(members.select("member_id", "in_roster").iter_rows()) == {
        **{str(10001 + n): True for n in range(4)}, "10005": False,
    }  # fmt: skip
    path.write_text(spoke, "utf-8", newline="")
    assert sqtool.load(path).chats.collect()["has_roster"].item() is False


# --- what tools and platforms hand out -----------------------------------------------------------

ROSTERS = FIXTURES / "rosters"
CUSTOMERS = "wmDEMO000000000000000000000000"


def listed(name: str, issues: IssueLog | None = None) -> list[tuple[object, ...]]:
    """Return id, name, role and local date of joining of every row."""
    roster = read_roster(ROSTERS / name, TZ, issues or IssueLog())
    day = roster["joined_at"].dt.convert_time_zone("Asia/Shanghai").dt.to_string("%F")
    return roster.select("id", "name", "role", joined=day).rows()


def test_a_wecom_customer_group_names_owner_and_admins_apart_from_the_list() -> None:
    assert listed("wecom-customer-group.json") == [
        ("XiaoLin", "小林", "owner", "2026-02-25"),
        ("AQiang", "强哥", "admin", "2026-02-25"),
        (f"{CUSTOMERS}3", "米粒", None, "2026-03-05"),
        (f"{CUSTOMERS}4", None, None, "2026-03-05"),
    ]


def test_the_creator_of_an_internal_wecom_room_is_not_taken_for_its_owner() -> None:
    assert listed("wecom-internal-room.json") == [
        ("XiaoLin", None, None, "2026-02-25"),
        ("AQiang", None, None, "2026-02-25"),
        ("LaoZhou", None, None, None),
    ]


@pytest.mark.parametrize("name", ["onebot-members.json", "onebot-members-bare.json"])
def test_onebot_lists_show_the_card_or_else_the_nickname(name: str) -> None:
    assert listed(name) == [
        ("10001", "小林(班长)", "owner", "2023-11-15"),
        ("10002", "阿强", "admin", "2023-11-15"),
        ("10003", "杰哥🎸", "member", "2023-11-15"),
        ("10004", None, "member", "2023-11-15"),
    ]


@pytest.mark.parametrize("name", ["group_member3.csv", "group_member3.json"])
def test_the_table_of_qq_nt_is_read_by_its_numbers_without_those_who_left(name: str) -> None:
    issues = IssueLog()
    assert listed(name, issues) == [
        ("10001", "小林(班长)", "member", "2023-11-15"),
        ("10002", "阿强", "admin", "2023-11-15"),
        ("u_Fx10005QQQQQQQQQQQQQQQ", "老周", "member", None),
    ]
    assert issues.frame().select("code", "rows").rows() == [("roster-rows-gone", 0)]


def test_a_table_of_several_groups_is_refused() -> None:
    with pytest.raises(SqtoolError, match="a list of 2 groups"):
        listed("group_member3-two-groups.csv")


def test_the_page_of_members_is_read_as_copied_and_as_a_workbook(tmp_path: Path) -> None:
    expected = [
        ("10001", "小林(班长)", None, "2023-11-15"),
        ("10002", "阿强", None, "2023-11-16"),
        ("10003", "杰哥🎸", None, "2024-01-02"),
    ]
    assert listed("qun-page.tsv") == expected
    lines = (ROSTERS / "qun-page.tsv").read_text("utf-8").splitlines()
    header, *rows = (line.split("\t") for line in lines)
    book = tmp_path / "页.xlsx"
    with Workbook(str(book)) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "读书会一群 群成员")
        for number, row in enumerate([header, *rows], start=2):
            sheet.write_row(number, 0, row)
            if number > 2:
                sheet.write_number(number, 3, int(row[3]))
    read = read_roster(book, TZ, IssueLog())
    assert read.select("id", "name").rows() == [(one, name) for one, name, _, _ in expected]
    assert read["line"].to_list() == [4, 5, 6]


def test_the_member_list_of_wx_cli_names_the_owner() -> None:
    assert listed("wxcli-members.json") == [
        ("wxid_demo01", "小林", "owner", None),
        ("wxid_demo02", "阿强", "member", None),
        ("laozhou88", "老周", "member", None),
    ]


def test_a_remark_is_shown_only_where_the_list_has_no_name_at_all(tmp_path: Path) -> None:
    both = read_roster(write(tmp_path, "QQ号,昵称,备注\n10001,,同学\n"), TZ, IssueLog())
    alone = read_roster(write(tmp_path, "QQ号,备注\n10001,同学\n"), TZ, IssueLog())
    assert (both["name"].item(), alone["name"].item()) == (None, "同学")


@pytest.mark.parametrize("text", ["{not json", "[1, 2", '{"data": {"members": []}}', "[]", "[[]]"])
def test_json_without_a_list_of_people_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "名单.json"
    path.write_text(text, "utf-8")
    with pytest.raises(SqtoolError):
        read_roster(path, TZ, IssueLog())


def test_a_json_list_serves_as_the_roster_of_a_chat() -> None:
    data = sqtool.load(
        EXPORTS / "wecom-archive-jsonl" / "archive.jsonl",
        chat="wrDEMO00000000000000000000000001",
        roster=ROSTERS / "wecom-customer-group.json",
    )
    members = data.members.collect()
    assert members.select("member_id", "display_name", "role", "in_roster").rows() == [
        ("AQiang", "强哥", "admin", True),
        ("XiaoLin", "小林", "owner", True),
        (f"{CUSTOMERS}3", "米粒", None, True),
        (f"{CUSTOMERS}4", None, None, True),
    ]
