"""By which name people are shown: group nickname, then account name, then a private remark."""

import json
from pathlib import Path

import polars as pl

import sqtool
from sqtool.identity import name_index, without_remarks
from sqtool.parsers._base import RAW_MEMBERS
from tests._chat import table
from tests._golden import EXPORTS

ECHOTRACE = EXPORTS / "wechat-echotrace-json" / "读书会一群_聊天记录_1772715600000.json"

MEMBERS = pl.DataFrame(
    {
        "member_id": ["a", "b", "c", "d"],
        "display_name": ["班长", None, None, "小雨"],
        "account_name": ["小林", "阿强", None, None],
        "remark": ["表弟", "强哥", "老同学", "小雨"],
    },
    schema={
        name: dtype
        for name, dtype in {**RAW_MEMBERS, "remark": pl.String()}.items()
        if name in ("member_id", "display_name", "account_name", "remark")
    },
)


def test_a_remark_gives_way_to_the_name_the_list_knows() -> None:
    rows = pl.DataFrame(
        [("a", " 表弟"), ("a", "小林"), ("b", "强哥"), ("c", "老同学"), ("d", "小雨"),
         ("e", "表弟"), (None, "表弟"), ("a", None)],
        schema=["sender_id", "sender_name"], orient="row",
    )  # fmt: skip
    got = without_remarks(rows, MEMBERS)
    # Where nothing else is known the remark stays; another person may well be called 表弟.
    assert got["sender_name"].to_list() == [
        "班长", "小林", "阿强", "老同学", "小雨", "表弟", "表弟", None,
    ]  # fmt: skip
    assert got.columns == rows.columns
    assert without_remarks(rows, None) is rows
    assert without_remarks(rows, MEMBERS.drop("remark")) is rows


def test_a_remark_still_tells_whom_a_notice_means() -> None:
    senders = pl.DataFrame(schema={"sender_id": pl.String, "sender_name": pl.String})
    names = name_index(senders, MEMBERS)
    found = dict(names.select("name", "member_id").iter_rows())
    assert (found["表弟"], found["班长"], found["强哥"]) == ("a", "a", "b")


def test_a_private_remark_of_an_export_is_nowhere_shown(tmp_path: Path) -> None:
    export = json.loads(ECHOTRACE.read_text("utf-8"))
    (friend,) = [one for one in export["groupMembers"] if one["remark"]]
    assert (friend["remark"], friend["originalName"]) == ("同事小林", "小林")
    shown = 0
    for message in export["messages"]:
        if message["senderUsername"] == friend["username"]:
            message["senderDisplayName"] = friend["remark"]
            shown += 1
    assert shown == 2
    path = tmp_path / ECHOTRACE.name
    path.write_text(json.dumps(export, ensure_ascii=False), "utf-8")
    data = sqtool.load(path)
    mine = data.members.filter(member_id=friend["username"]).collect().row(0, named=True)
    assert (mine["display_name"], mine["account_name"]) == ("小林", "小林")
    assert "同事小林" not in data.messages.collect()["sender_name"].to_list()
    worn = table("members", "names", data, sqtool.Context.of(data)).filter(
        member_id=friend["username"]
    )
    assert worn["name"].to_list() == ["小林"]
