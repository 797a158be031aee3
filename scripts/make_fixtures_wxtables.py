"""Write the workbooks among the WeChat fixtures; the same bytes every time.

    python scripts/make_fixtures_wxtables.py

Everybody in them is invented. Texts are cells of text, as the tools write them; running numbers and
epoch seconds are cells of numbers.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import xlsxwriter

EXPORTS = Path(__file__).parent.parent / "fixtures" / "exports"
WRITTEN = datetime(2026, 3, 5, 13, 0, tzinfo=UTC).replace(tzinfo=None)
CHINA = timezone(timedelta(hours=8))
ROOM = "10000000001@chatroom"
GROUP = "读书会一群"
WELCOME = "欢迎新朋友！\n请看群公告：\n1. 改群昵称"
INVITED = '"小林"邀请"米粒"加入了群聊'
RECALLED = '"阿强" 撤回了一条消息'
GREETED = "@米粒\u2005欢迎～"

Cell = str | int | None
Rows = Iterable[Sequence[Cell]]


def book(path: str, sheets: dict[str, Rows]) -> None:
    """Write one workbook."""
    target = EXPORTS / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(target) as workbook:
        workbook.set_properties({"created": WRITTEN})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for line, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, int):
                        sheet.write_number(line, place, cell)
                    elif cell:
                        sheet.write_string(line, place, cell)


# --- MemoTrace -----------------------------------------------------------------------------------

MEMO = "消息ID 类型 发送人 时间 内容 备注 昵称 更多信息".split()
MEMO_PEOPLE = (
    "wxid 微信号 类型 群昵称 昵称 头像地址 头像原图 标签 性别 个性签名 国家（地区） 省份 城市"
).split()
MEMO_FRIEND = [*MEMO_PEOPLE[:9], "电话", *MEMO_PEOPLE[9:]]


def memo(number: int, kind: str, who: tuple[str, str, str], clock: str, said: str) -> list[Cell]:
    """Return a row of the messages; ``who`` is shown name, remark, nickname."""
    at = f"2026-03-05 {clock}"
    return [f"5000000000000000{number}", kind, who[0], at, said, *who[1:], "more"]


def person(wxid: str, group_name: str, nickname: str) -> list[Cell]:
    """Return a row of the members of a group."""
    return [wxid, "", "3", group_name, nickname, "", "", "", "", "", "", "", ""]


def memotrace() -> None:
    """MemoTrace 2.x / 3.x: three sheets, the last one empty and left over."""
    group = (GROUP, GROUP, GROUP)
    lin, qiang = ("小林", "小林", "林间小路"), ("阿强", "阿强", "阿强")
    mi, zhou = ("米粒", "米粒", "米粒儿"), ("老周", "老周", "老周")
    book(
        f"wechat-memotrace-xlsx/{GROUP}({ROOM})/{GROUP}.xlsx",
        {
            "聊天记录": [
                MEMO,
                memo(101, "系统消息", group, "20:15:03", INVITED),
                memo(102, "文本", lin, "20:15:30", WELCOME),
                memo(103, "文本", qiang, "20:16:02", GREETED),
                memo(104, "引用消息", mi, "20:16:40", f"谢谢大家\n引用：小林: {WELCOME}"),
                memo(105, "红包", lin, "20:17:05", "【红包】: 恭喜发财，大吉大利"),
                memo(106, "系统消息", group, "20:17:30", RECALLED),
                memo(107, "拍一拍", qiang, "20:17:40", '"阿强" 拍了拍 "米粒" 的书包'),
                memo(108, "文件", mi, "20:17:50", "【文件】书单.docx 12.5KB  docx 0123456789"),
                memo(109, "文本", zhou, "20:18:00", "收到"),
            ],
            "成员信息": [
                MEMO_PEOPLE,
                person("wxid_demo00", "老周", "老周"),
                person("wxid_demo01", "小林", "林间小路"),
                person("wxid_demo02", "阿强", "阿强"),
                person("wxid_demo03", "米粒", "米粒儿"),
                person("jiege_demo", "杰哥", "杰哥"),
            ],
            "Sheet": [],
        },
    )
    twin, gone = ("小雨", "小雨", "小雨"), ("过客", "过客", "过客")
    book(
        "wechat-memotrace-xlsx/namesakes.xlsx",
        {
            "聊天记录": [
                MEMO,
                memo(201, "文本", twin, "20:15:30", "两个小雨中的一个"),
                memo(202, "文本", gone, "20:16:02", "我已经不在群里了"),
                memo(203, "文本", lin, "20:16:40", "我的名字只有一个人用"),
                [
                    "5E+18",
                    "文本",
                    "小林",
                    "2026/3/5 20:17",
                    "Excel 重存过",
                    "小林",
                    "林间小路",
                    "more",
                ],
                ["", "文本", "小林", "昨天", "没有时间", "小林", "林间小路", "more"],
                [],
                memo(204, "图片", lin, "20:18:00", "【图片】"),
            ],
            "成员信息": [
                MEMO_PEOPLE,
                person("wxid_demo01", "小林", "林间小路"),
                person("wxid_demo04", "小雨", "小雨"),
                person("wxid_demo05", "小雨", "小雨"),
            ],
        },
    )
    friend = ("小林", "小林", "林间小路")
    book(
        "wechat-memotrace-xlsx/小林(wxid_demo01)/小林.xlsx",
        {
            "聊天记录": [
                MEMO,
                memo(301, "文本", friend, "20:15:30", "在吗"),
                memo(302, "文本", ("老周", "老周", "老周"), "20:16:02", "在"),
            ],
            "成员信息": [
                MEMO_FRIEND,
                ["wxid_demo01", "", "3", "小林", "林间小路", "", "", "", "", "", "", "", "", ""],
            ],
        },
    )


# --- WeFlow and EchoTrace ------------------------------------------------------------------------

FULL = "序号 时间 发送者昵称 发送者微信ID 发送者备注 群昵称 发送者身份 消息类型 内容".split()
COMPACT = "序号 时间 发送者身份 消息类型 内容".split()
ECHO = [name for name in FULL if name != "群昵称"]
TOOL = "导出工具|WeFlow|导出版本|0.0.2|平台|wechat|导出时间|2026-03-05 21:00:00".split("|")
PEOPLE: dict[str, tuple[str, str, str, str]] = {
    # nickname, id, remark, group nickname
    "室": (GROUP, ROOM, "", ""),
    "林": ("林间小路", "wxid_demo01", "", "小林"),
    "强": ("阿强", "wxid_demo02", "强哥", ""),
    "粒": ("米粒儿", "wxid_demo03", "", "米粒"),
    "周": ("老周", "wxid_demo00", "", ""),
}


def weflow(records: Rows, columns: list[str], own: str = "") -> Iterable[list[Cell]]:
    """Return table rows of ``who, clock, label, content`` for one of the three sets of columns."""
    yield list(columns)
    for number, (who, clock, label, content) in enumerate(records, 1):
        nickname, wxid, remark, group_name = PEOPLE[str(who)]
        shown = own if own and who == "周" else group_name or remark or nickname
        row: dict[str, Cell] = {
            "序号": number, "时间": f"2026-03-05 {clock}", "发送者昵称": nickname,
            "发送者微信ID": wxid, "发送者备注": remark, "群昵称": group_name,
            "发送者身份": shown, "消息类型": label, "内容": content,
        }  # fmt: skip
        yield [row[name] for name in columns]


def weflow_books() -> None:
    """WeFlow with all columns, the compact ones, and of a private chat."""
    facts = ["微信ID", ROOM, None, "昵称", GROUP, "备注", "一群", None]
    records: Rows = [
        ("室", "20:15:03", "系统消息", INVITED),
        ("林", "20:15:30", "文本消息", WELCOME),
        ("强", "20:16:02", "文本消息", GREETED),
        ("粒", "20:16:40", "引用消息", "谢谢大家[引用 小林：欢迎新朋友！]"),
        ("林", "20:17:05", "其他消息", "[红包]恭喜发财，大吉大利"),
        ("强", "20:17:30", "系统消息", RECALLED),
        ("室", "20:17:40", "系统消息", '"阿强" 拍了拍 "米粒" 的书包'),
        ("周", "20:18:00", "文本消息", "收到"),
        ("强", "20:18:10", "图片消息", "images/0123456789abcdef.jpg"),
        ("强", "20:18:11", "图片消息", "[图片]"),
        ("强", "20:18:12", "语音消息", "[语音消息]"),
        ("强", "20:18:13", "动画表情", "[表情包：捂脸]"),
        ("强", "20:18:14", "文件消息", "[文件]书单.docx"),
        ("强", "20:18:15", "链接消息", "[链接]三月书单\nhttps://example.com/a"),
        ("强", "20:18:16", "小程序消息", "[小程序]打卡"),
        ("强", "20:18:17", "聊天记录", "[转发的聊天记录]群聊的聊天记录\n米粒: 昨天的笔记"),
        ("强", "20:18:18", "其他消息", "[接龙]#接龙 周六读书"),
        ("强", "20:18:19", "转账消息", "[转账](阿强 转账给 小林) ￥1.00"),
        ("强", "20:18:20", "通话消息", "[语音通话]00:12"),
        ("强", "20:18:21", "位置消息", "[位置]书店"),
        ("强", "20:18:22", "名片消息", "[名片]"),
        ("粒", "20:18:23", "文本消息", "[红包]两个字是我自己打的"),
        ("粒", "20:18:24", "文本消息", "=1+1 不是公式"),
    ]
    book(
        f"wechat-weflow-xlsx/群聊_{GROUP}.xlsx",
        {"聊天记录": [["会话信息"], facts, TOOL, *weflow(records, FULL)]},
    )
    short: Rows = [*list(records)[:8], ("室", "20:18:30", "文本消息", "没有发送者的一行")]
    table = list(weflow(short, COMPACT))
    table.append([10, "昨天", "小林", "文本消息", "没有时间"])
    sheet: Rows = [["会话信息"], facts, TOOL, *table]
    book("wechat-weflow-xlsx/compact.xlsx", {"聊天记录": sheet})
    private = [("林", "20:15:30", "文本消息", "在吗"), ("周", "20:16:02", "文本消息", "在")]
    facts = ["微信ID", "wxid_demo01", None, "昵称", "林间小路"]
    sheet = [["会话信息"], facts, TOOL, *weflow(private, ECHO, own="我")]
    book("wechat-weflow-xlsx/私聊_小林.xlsx", {"聊天记录": sheet})
    member: Rows = [
        ["会话信息"],
        ["群聊ID", ROOM, None, "群聊名称", GROUP, "成员wxid", "wxid_demo01"],
        ["成员显示名", "小林", "成员备注", "", "群昵称", "小林", "微信号", ""],
        TOOL,
        ["序号", "时间", "发送者wxid", "消息类型", "内容"],
        [1, "2026-03-05 20:15:30", "wxid_demo01", "文本消息", "只有一个人的消息"],
    ]
    book("_none/weflow-one-member.xlsx", {"成员消息记录": member})


def echotrace() -> None:
    """EchoTrace: a group, and one whose own flag points to two people."""
    facts = ["微信ID", ROOM, "昵称", GROUP, "备注", ""]
    records: Rows = [
        ("室", "20:15:03", "系统消息", INVITED),
        ("林", "20:15:30", "文本消息", WELCOME),
        ("强", "20:16:02", "文本消息", "@米粒儿\u2005欢迎～"),
        ("粒", "20:16:40", "引用消息", "谢谢大家"),
        ("林", "20:17:05", "红包卡片", "[红包]"),
        ("室", "20:17:30", "系统消息", "撤回了一条消息"),
        ("室", "20:17:40", "拍一拍消息", '"阿强" 拍了拍 "米粒" 的书包'),
        ("周", "20:18:00", "文本消息", "收到"),
        ("强", "20:18:12", "语音消息", "[语音 3秒]"),
        ("强", "20:18:13", "视频消息", "[视频 12秒]"),
        ("强", "20:18:14", "文件消息", "[文件] 书单.docx"),
        ("强", "20:18:15", "卡片式链接", "[链接] 三月书单"),
        ("强", "20:18:16", "小程序分享", "[小程序] 打卡"),
        ("强", "20:18:17", "聊天记录合并转发", "[聊天记录]"),
        ("强", "20:18:18", "转账卡片", "[转账]"),
        ("强", "20:18:19", "未知类型(227633266737)", "#接龙 周六读书"),
        ("强", "20:18:20", "未知类型(77)", "[未知]"),
    ]
    table = list(weflow(records, ECHO, own="我"))
    for row in table[1:]:
        if row[3] == ROOM:
            row[2] = row[5] = "群成员"
    avatars: Rows = [["头像ID", "显示名称", "Base64"], ["wxid_demo01", "小林", "AAAA"]]
    book(
        f"wechat-echotrace-xlsx/{GROUP}_聊天记录_1772720000000.xlsx",
        {"聊天记录": [["会话信息"], facts, [], *table], "头像索引": avatars},
    )
    table = list(weflow(list(records)[1:3] + list(records)[7:8], ECHO, own="我"))
    table[1][5] = "我"
    book(
        "wechat-echotrace-xlsx/two-selves.xlsx",
        {"聊天记录": [["会话信息"], facts, [], *table]},
    )


# --- CipherTalk and WeChatDataAnalysis -----------------------------------------------------------

CIPHER = "序号 时间 日期 时刻 星期 发送者 微信ID 消息类型 消息内容 原始类型代码 时间戳".split()
FIRST = 1772712903


def cipher(
    number: int, after: int, who: str, label: str, code: int, said: str, *more: Cell
) -> list[Cell]:
    """Return a row of CipherTalk's table, ``after`` seconds behind the first."""
    nickname, wxid, remark, _ = PEOPLE[who]
    at = datetime.fromtimestamp(FIRST + after, CHINA)
    printed = [f"{at:%Y/%m/%d %H:%M:%S}", f"{at.year}/{at.month}/{at.day}", f"{at:%H:%M:%S}"]
    name = remark or nickname
    return [number, *printed, "四", name, wxid, label, said, code, FIRST + after, *more]


def ciphertalk() -> None:
    """CipherTalk: a group with a forward, one without notices."""
    inside = "1. [米粒] 2026-03-04 09:00:00 文本: 昨天的笔记"
    rows: list[list[Cell]] = [
        cipher(1, 0, "室", "系统消息", 10000, INVITED),
        cipher(2, 27, "林", "文本消息", 1, WELCOME),
        cipher(3, 59, "强", "文本消息", 1, "@米粒儿\u2005欢迎～"),
        cipher(4, 97, "粒", "引用消息", 244813135921, "谢谢大家"),
        cipher(5, 122, "林", "红包消息", 8594229559345, "[红包] 恭喜发财，大吉大利"),
        cipher(6, 147, "强", "系统消息", 10000, RECALLED),
        cipher(7, 157, "室", "系统消息", 266287972401, '"阿强" 拍了拍 "米粒儿" 的书包'),
        cipher(8, 177, "周", "文本消息", 1, "收到"),
        cipher(9, 178, "强", "图片消息", 3, "[图片]"),
        cipher(10, 179, "强", "文件消息", 25769803825, "[文件] 书单.docx"),
        cipher(11, 180, "强", "链接消息", 21474836529, "[链接] 三月书单"),
        cipher(12, 181, "强", "转账消息", 8589934592049, "[转账] (阿强 转账给 林间小路) ￥1.00"),
        cipher(13, 182, "强", "聊天记录", 81604378673, "[聊天记录] 群聊", None, inside),
        cipher(14, 183, "强", "动画表情", 47, "[动画表情]"),
    ]
    head = [*CIPHER, "头像链接", "聊天记录详情"]
    book(f"wechat-ciphertalk-xlsx/{GROUP}.xlsx", {GROUP: [head, *rows]})
    cells: list[Cell] = ["阿强", "wxid_demo02", "文本消息", "没有时间", 1]
    broken, clock = [15, "昨天", "", "", "", *cells], [16, "2026/3/5 20:19", "", "", "", *cells]
    book("wechat-ciphertalk-xlsx/no-notices.xlsx", {"读书会二群": [CIPHER, rows[1], broken, clock]})


DATA = ["序号", "时间", "发送者", "消息类型", "内容", "本地 ID", "服务 ID"]


def data(number: int, clock: str, who: str, kind: str, said: str) -> list[Cell]:
    """Return a row of WeChatDataAnalysis: every cell is a text."""
    server_id = f"5000000000000000{100 + number}"
    return [str(number), f"2026-03-05 {clock}", who, kind, said, str(number), server_id]


def dataanalysis() -> None:
    """WeChatDataAnalysis: a group, and one in privacy mode."""
    dumped = '{"content": "", "localId": 13, "renderType": "location", "type": 48}'
    rows: list[list[Cell]] = [
        data(1, "20:15:03", GROUP, "system", INVITED),
        data(2, "20:15:30", "小林", "text", WELCOME),
        data(3, "20:16:02", "阿强", "text", GREETED),
        data(4, "20:16:40", "米粒", "quote", "谢谢大家"),
        data(5, "20:17:05", "小林", "redPacket", "恭喜发财，大吉大利"),
        data(6, "20:17:30", "阿强", "system", RECALLED),
        data(7, "20:18:00", "老周", "text", "收到"),
        data(8, "20:18:10", "阿强", "image", "[图片]"),
        data(9, "20:18:11", "阿强", "emoji", "[动画表情]"),
        data(10, "20:18:12", "阿强", "voip", "通话时长 00:12"),
        data(11, "20:18:13", "阿强", "file", "书单.docx"),
        data(12, "20:18:14", "阿强", "link", "三月书单"),
        data(13, "20:18:15", "阿强", "location", dumped),
        data(14, "20:18:16", "阿强", "chatHistory", "米粒: 昨天的笔记"),
        data(15, "20:18:17", "米粒", "text", "[强]"),
        data(16, "20:18:18", "阿强", "shakeHand", "新的类型"),
        ["17", "昨天", "阿强", "text", "没有时间", "17", ""],
    ]
    names = "字段 账号 会话 用户名 是否群聊 导出时间 筛选条件".split()
    values = ["值", "wxid_demo00", GROUP, ROOM, "True", "2026-03-05T21:00:00", "{}"]
    facts: Rows = list(zip(names, values, strict=True))
    book(
        f"wechat-dataanalysis-xlsx/0001_{GROUP}_{ROOM}_0a1b2c3d/messages.xlsx",
        {"消息": [DATA, *rows], "会话信息": facts},
    )
    hidden: list[list[Cell]] = [
        ["1", "2026-03-05 20:15:03", "成员#1", "system", "[系统消息]", "", ""],
        ["2", "2026-03-05 20:15:30", "成员#1", "text", "[文本]", "", ""],
        ["3", "2026-03-05 20:16:02", "成员#2", "image", "[图片]", "", ""],
    ]
    facts = list(zip(names, ["值", "hidden", "已隐藏", "", "True"], strict=False))
    book("wechat-dataanalysis-xlsx/privacy.xlsx", {"消息": [DATA, *hidden], "会话信息": facts})


# --- wetrace -------------------------------------------------------------------------------------


def wetrace() -> None:
    """Write one sheet, as the CSV of the same tool."""
    head = ["时间", "发送人", "发送人ID", "聊天对象", "聊天对象ID", "内容"]
    asked = ["小林(wxid_demo01) 03-05 20:15:30", *WELCOME.split("\n")]
    quoted = "".join(f"> {line}\n" for line in asked)
    joined = '"小林(wxid_demo01)"邀请"米粒(wxid_demo03)"加入了群聊'
    said: list[tuple[str, str, str, str]] = [
        ("20:15:03", "", "系统消息", joined),
        ("20:15:30", "小林", "wxid_demo01", WELCOME),
        ("20:16:02", "阿强", "wxid_demo02", GREETED),
        ("20:16:40", "米粒", "wxid_demo03", f"{quoted}谢谢大家"),
        ("20:17:05", "小林", "wxid_demo01", "[红包]"),
        ("20:17:30", "", "系统消息", RECALLED),
        ("20:18:00", "老周", "wxid_demo00", "收到"),
    ]
    rows = [[f"2026-03-05 {at}", name, wxid, GROUP, ROOM, text] for at, name, wxid, text in said]
    rows.append(["昨天", "小林", "wxid_demo01", GROUP, ROOM, "没有时间"])
    book(f"wechat-wetrace-xlsx/chat_export_{GROUP}_{ROOM}.xlsx", {"聊天记录": [head, *rows]})


if __name__ == "__main__":
    memotrace()
    weflow_books()
    echotrace()
    ciphertalk()
    dataanalysis()
    wetrace()
