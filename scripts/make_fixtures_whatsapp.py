"""Write the WhatsApp fixtures: invented chats in the bytes of the phones.

Usage: python scripts/make_fixtures_whatsapp.py
"""

import zipfile
from pathlib import Path

OUT = Path(__file__).parent.parent / "fixtures" / "exports" / "whatsapp-txt"
LRM, NNBSP, NBSP = "\u200e", "\u202f", "\u00a0"
LRE, PDF, FSI, PDI = "\u202a", "\u202c", "\u2068", "\u2069"
NORA = "+44 7700 900123"
PHONE = f"{LRE}+44{NBSP}7700{NBSP}900123{PDF}"
RLM = "\u200f"
AWAY = (2025, 3, 14, 9, 0, 0)  # the moment of every member of the archives

ANDROID = f"""\
01/03/2025, 09:00 - Messages and calls are end-to-end encrypted. No one outside of this chat, not \
even WhatsApp, can read or listen to them. Tap to learn more.
01/03/2025, 09:00 - 小林 created group "读书会一群"
01/03/2025, 09:01 - {NORA} joined using this group's invite link
01/03/2025, 09:01 - 小林 added 阿强 and 米粒
01/03/2025, 09:02 - 小林 added +44 7700 900199
01/03/2025, 09:05 - 小林: 第一行
第二行:还是同一条
  缩进的第三行

01/03/2025, 09:06 - {NORA}: IMG-20250301-WA0003.jpg (file attached)
我的图注
01/03/2025, 09:07 - 小林 changed the group name from "读书会一群" to "读书会: 夜猫"
01/03/2025, 09:08 - 阿强: <Media omitted>
01/03/2025, 09:08 - 米粒: @447700900123 看过了吗
01/03/2025, 09:09 - {NORA}: @{FSI}小林{PDI} 和 @{FSI}~{NNBSP}路人{PDI} 看过
01/03/2025, 09:10 - 阿强: location: https://maps.google.com/?q=30.1,120.2
01/03/2025, 09:11 - 阿强: 书单.pdf (file attached)
01/03/2025, 09:12 - 小林: You deleted this message
01/03/2025, 09:13 - 米粒:
01/03/2025, 09:13 - 米粒: null
01/03/2025, 09:14 - 米粒: POLL:
周末几点?
OPTION: 上午 (2 votes)
OPTION: 下午 (1 vote)
01/03/2025, 09:15 - 阿强: 写错了 <This message was edited>
01/03/2025, 09:16 - 杰哥: 书友: 我的名字里有冒号
01/03/2025, 09:17 - 杰哥: 书友: 真的
01/03/2025, 09:18 - 杰哥: 书友: <Media omitted>
01/03/2025, 09:19 - 小林 removed 阿强
13/03/2025, 22:10 - {NORA}: This message was deleted
13/03/2025, 22:11 - {NORA} left
13/03/2025, 22:12 - 小林 changed this group's icon
13/03/2025, 22:13 - 米粒 is now an admin
13/03/2025, 22:14 - 小林 pinned a message
"""

IPHONE = f"""\
[01/03/2025, 09:00:00] 读书会一群: {LRM}Messages and calls are end-to-end encrypted. No one \
outside of this chat, not even WhatsApp, can read or listen to them.
[01/03/2025, 09:00:01] 读书会一群: {LRM}小林 created this group
[01/03/2025, 09:01:12] ~{NNBSP}阿澈: {LRM}~{NNBSP}阿澈 joined using this group's invite link
[01/03/2025, 09:02:00] 小林: {LRM}小林 added {PHONE}
[01/03/2025, 09:05:00] 小林: 第一行
第二行
{LRM}[01/03/2025, 09:06:30] {PHONE}: {LRM}image omitted
{LRM}[01/03/2025, 09:06:40] {PHONE}: 书单.pdf • {LRM}2 pages {LRM}document omitted
{LRM}[01/03/2025, 09:06:50] {PHONE}: {LRM}GIF omitted
{LRM}[01/03/2025, 09:06:55] {PHONE}: {LRM}audio omitted
[01/03/2025, 09:07:00] {PHONE}: {LRM}Open this link to join my WhatsApp Group: \
https://chat.whatsapp.com/demo
[01/03/2025, 09:08:00] ~{NNBSP}阿澈: {LRM}POLL:
周末几点?
{LRM}OPTION: 上午 (16 votes)
{LRM}OPTION: 下午 (1 vote)

[01/03/2025, 09:09:00] ~{NNBSP}阿澈: {LRM}This message was deleted.
[01/03/2025, 09:09:05] 小林: {LRM}You deleted this message.
[01/03/2025, 09:09:10] 米粒: {LRM}This message was deleted by admin ~{NNBSP}阿澈.
[01/03/2025, 09:10:00] 米粒: {LRM}Missed voice call
[01/03/2025, 09:10:30] 阿澈: 保存成联系人以后没有波浪号
[01/03/2025, 09:11:00] ~{NNBSP}阿澈: {LRM}{LRM}~{NNBSP}阿澈 changed their phone number to a new \
number. {LRM}Tap to message or add the new number.
[01/03/2025, 09:12:00] 小林: {LRM}小林 changed the group name to “夜猫”
[13/03/2025, 22:10:09] ~{NNBSP}阿澈: 谢谢 @{FSI}~{NNBSP}阿澈{PDI} {LRM}<This message was edited>
[13/03/2025, 22:10:10] 米粒: {LRM}某种没有见过的占位
[13/03/2025, 22:10:11] 米粒: 迟到的一条
[13/03/2025, 22:09:59] 小林: 手机里排在后面,时间在前
"""

CHINESE = """\
2025/3/1 上午9:00 - 消息和通话已进行端到端加密。只有此聊天中的成员可以读取、收听或分享。
2025/3/1 上午9:00 - 小林创建了此群组
2025/3/1 上午9:01 - 阿强使用此群组的邀请链接加入
2025/3/1 上午9:05 - 小林: 第一行
第二行
2025/3/1 中午12:05 - 阿强: <省略影音内容>
2025/3/1 下午1:54 - 阿强: 这条消息已删除
2025/3/1 下午11:59 - 小林: IMG-20250301-WA0003.jpg (文件附件)
2025/3/2 凌晨12:05 - 阿强: 睡不着
2025/3/2 晚上9:05 - 小林添加了米粒
2025/3/2 晚上9:06 - 米粒: 大家好
2025/3/2 晚上9:07 - 阿强退出了群组
"""

GERMAN = """\
31.12.23, 21:05 - Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Niemand außerhalb dieses \
Chats kann sie lesen oder anhören, nicht einmal WhatsApp. Tippe, um mehr zu erfahren.
31.12.23, 21:05 - 小林 hat die Gruppe „Lesekreis“ erstellt.
31.12.23, 21:06 - 小林 hat 阿强 hinzugefügt.
31.12.23, 21:07 - Du wurdest hinzugefügt.
01.01.24, 00:00 - 阿强: Frohes neues Jahr
02.01.24, 08:00 - 米粒 ist der Gruppe mit einem Einladungslink beigetreten.
02.01.24, 08:01 - 米粒: <Medien ausgeschlossen>
02.01.24, 08:02 - 小林 hat 阿强 entfernt.
02.01.24, 08:03 - 米粒: Diese Nachricht wurde gelöscht
02.01.24, 08:04 - 米粒 hat die Gruppe verlassen.
"""

AMERICAN = "".join(
    f"{month}/{day}/24, {hour}:0{minute}{NNBSP}{half} - {who}: {text}\n"
    for month, day, hour, minute, half, who, text in [
        (1, 2, 12, 5, "AM", "小林", "半夜"),
        (1, 5, 9, 5, "PM", "阿强", "晚上"),
        (1, 9, 12, 5, "PM", "米粒", "中午"),
        (1, 12, 11, 5, "PM", "小林", "睡了"),
        (2, 3, 9, 5, "AM", "阿强", "二月"),
        (2, 8, 9, 5, "AM", "米粒", "还是二月"),
        (3, 1, 9, 5, "AM", "小林", "三月"),
    ]
)

SPANISH = "".join(
    f"{day}/3/2025, {clock}{NBSP}{half}{NBSP}m. - {who}: {text}\n"
    for day, clock, half, who, text in [
        (27, "9:29", "p.", "小林", "buenas"),
        (28, "12:00", "a.", "阿强", "<Multimedia omitido>"),
        (28, "9:30", "a.", "米粒", "Se eliminó este mensaje"),
    ]
)

UNSURE = """\
01/02/2025, 09:00 - 小林: 只有一天
01/02/2025, 09:01 - 阿强: 没法知道哪个是日
01/02/2025, 09:02 - 米粒: 按常见的读
"""

PASTED = """\
14/03/2025, 09:00 - 小林: 转一段 iPhone 上的记录:
[01/03/2025, 08:00:00] 别人: 贴进来的
[01/03/2025, 08:01:00] 别人: 也是
14/03/2025, 09:01 - 阿强: 收到
14/03/2025, 09:02 - 米粒: 2025/3/1 不是时间戳
14/3/2025, 09:03 - 老周: 后来换了设置
"""

CHANGED = """\
14/03/2025, 09:00 - 小林: 原来的设置
14/03/2025, 09:01 - 阿强: 一样
[14/03/2025, 09:02:10] 小林: 换了设置
[14/03/2025, 09:03:10] 米粒: 都是这样
[15/03/2025, 09:03:10] 阿强: 到最后
"""

PRIVATE = f"""\
[01/03/2025, 09:00:00] 阿强: {LRM}Messages and calls are end-to-end encrypted. No one outside of \
this chat, not even WhatsApp, can read or listen to them.
[13/03/2025, 09:05:00] 阿强: 在吗
[13/03/2025, 09:06:00] 小林: 在
"""


BARE = """\
[13/03/2025, 22:20:00] 小林: 阿强 left
[13/03/2025, 22:20:10] 米粒: 听说 米粒 left
[13/03/2025, 22:20:20] 米粒: 米粒 nudged 小林
[13/03/2025, 22:20:30] 阿澈: 阿澈 joined using this group's invite link
哈哈,我自己打的
[13/03/2025, 22:20:40] 小林: Messages and calls are end-to-end encrypted. 真的吗
[13/03/2025, 22:20:50] 米粒: 米粒 left
"""
"""Behind a log without marks: all but the last line are messages that only look like notices."""

BULGARIAN = f"""\
12.03.2025{NBSP}г., 21:05 - 小林: първи ред
втори ред
12.03.2025{NBSP}г., 21:06 - 阿强: добре
13.03.2025{NBSP}г., 9:05 - 米粒: добро утро
"""

PERSIAN = f"""\
{RLM}۲۰۲۵/۳/۱۲،{RLM} ۲۱:۰۵ - 小林: سلام
{RLM}۲۰۲۵/۳/۱۲،{RLM} ۲۱:۰۶ - 阿强: خوبم
دو خط
{RLM}۲۰۲۵/۳/۱۳،{RLM} ۹:۰۵ - 米粒: صبح بخیر
"""


def unmarked(text: str) -> str:
    """Return a log as an editor leaves it that takes away what cannot be seen."""
    return text.translate(dict.fromkeys(map(ord, LRM + LRE + PDF + FSI + PDI)))


def write(name: str, text: str) -> None:
    """Write one text file."""
    (OUT / name).write_text(text, encoding="utf-8", newline="")


def pack(name: str, members: dict[str, str]) -> None:
    """Write an archive; its bytes depend on nothing but its members."""
    with zipfile.ZipFile(OUT / name, "w", zipfile.ZIP_STORED) as archive:
        for member, text in members.items():
            archive.writestr(zipfile.ZipInfo(member, AWAY), text.encode())


def main() -> None:
    """Write all of them."""
    OUT.mkdir(parents=True, exist_ok=True)
    write("WhatsApp Chat with 读书会一群.txt", ANDROID)
    pack("WhatsApp Chat - 读书会一群.zip", {
        "00000012-PHOTO-2025-03-01-09-06-30.jpg": "", "00000013-notes.txt": "随手记\n",
        "_chat.txt": IPHONE,
    })  # fmt: skip
    write("与读书会一群的 WhatsApp 聊天.txt", CHINESE)
    write("WhatsApp Chat mit Lesekreis.txt", GERMAN)
    write("month-first.txt", AMERICAN)
    write("a-m-with-blanks.txt", SPANISH)
    write("unsure-order.txt", UNSURE)
    write("pasted-headers.txt", PASTED)
    write("changed-settings.txt", CHANGED)
    write("crlf.txt", ANDROID.replace("\n", "\r\n"))
    write("private.txt", PRIVATE)
    write("marks-lost.txt", unmarked(IPHONE) + BARE)
    write("bulgarian.txt", BULGARIAN)
    write("persian.txt", PERSIAN)
    write("cut-off.txt", ANDROID[400:1000])


if __name__ == "__main__":
    main()
