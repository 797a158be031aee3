"""Write the binary QCE fixtures: the zip of a chunked export, and workbooks.

Usage: ``python scripts/make_fixtures_qce.py``. The bytes are the same every time.
"""

import zipfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

EXPORTS = Path(__file__).parent.parent / "fixtures" / "exports"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
WRITTEN = datetime(2025, 3, 2, 2, 0, tzinfo=UTC).replace(tzinfo=None)
NUMBERS = {
    "小林(班长)": "10001",
    "阿强": "10002",
    "杰哥🎸": "10003",
    "米粒": "10004",
    "老周": "10005",
}

Cell = str | int | float
Row = Sequence[Cell]


def write_zip(path: Path, files: dict[str, bytes]) -> None:
    """Write a zip whose files have no time of their own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, FIRST_DAY), data, zipfile.ZIP_DEFLATED)


def chunks_zip() -> None:
    """Zip a chunked export as it stands on disk, the manifest at the root."""
    name = "group_20001_20250302_100000"
    folder = EXPORTS / "qq-qce-chunks" / "v5-newest-first.d" / f"{name}_chunked_jsonl"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    data = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    write_zip(EXPORTS / "qq-qce-chunks" / f"{name}_streaming.zip", data)


# --- workbooks -----------------------------------------------------------------------------------


def book(path: str, sheets: dict[str, list[Row]], *, inline: bool) -> None:
    """Write one workbook; ``inline`` keeps texts in their cells, as v6 does."""
    target = EXPORTS / "qq-qce-xlsx" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(target, {"constant_memory": inline}) as workbook:
        workbook.set_properties({"created": WRITTEN})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for line, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(line, place, cell)
                    else:
                        sheet.write_number(line, place, cell)


Said = tuple[str, str, str, str, str, int]
"""Time, sender, number, type, content, files."""


def sheets_of(
    said: list[Said], *, title: dict[str, str] | None, numbered: bool, total: int = 0
) -> dict[str, list[Row]]:
    """Return the four sheets of an export."""
    head = ["序号", "时间", "发送者", *(["发送者QQ号"] if numbered else [])]
    head += [*(["群头衔"] if title else []), "消息类型", "消息内容", "是否撤回", "资源数量"]
    rows: list[Row] = [head]
    for number, (time, who, uin, kind, text, files) in enumerate(said, 1):
        cells: list[Cell] = [number, time, who]
        cells += [uin] if numbered else []
        cells += [title.get(who, "")] if title else []
        rows.append([*cells, kind, text, "是" if "撤回了" in text else "否", files])
    by_sender = Counter(who for _, who, *_ in said)
    people: list[Row] = [
        ["排名", "发送者", *(["QQ号"] if numbered else []), "UID", "消息数量", "占比(%)"]
    ]
    for rank, (who, count) in enumerate(by_sender.most_common(), 1):
        uin = NUMBERS.get(who, "")
        uid = f"u_Fx{uin}QQQQQQQQQQQQQQQ" if uin else "未知"
        share = round(count / len(said) * 100, 2)
        people.append([rank, who, *([uin] if numbered else []), uid, count, share])
    facts: list[Row] = [
        ["统计项目", "数值"],
        ["消息总数", total or len(said)],
        ["开始时间", "2025-03-01T00:05:03.000Z"],
        ["结束时间", "2025-03-01T01:15:00.000Z"],
        ["时间跨度(天)", 1],
    ]
    files_head = ["序号", "时间", "发送者", "发送者QQ号", "资源类型", "文件名", "大小(字节)", "URL"]
    return {"聊天记录": rows, "统计信息": facts, "发送者统计": people, "资源列表": [files_head]}


def by(time: str, who: str, text: str, kind: str = "文本", files: int = 0) -> Said:
    """One row of somebody."""
    return time, who, NUMBERS.get(who, ""), kind, text, files


def v6(clock: str) -> str:
    """A time of v6: RFC 3339 in UTC."""
    return f"2025-03-01T{clock}.000Z"


def v5(clock: str) -> str:
    """A time of v4 and v5: local, no zone."""
    return f"2025-03-01 {clock}"


def workbooks() -> None:
    """Write the workbooks."""
    new = [
        by(v6("00:05:03"), "系统消息", "小林(班长)邀请阿强加入了群聊", "系统消息"),
        by(v6("00:06:11"), "小林(班长)", "欢迎 @阿强 \n先看群文件"),
        by(v6("00:07:00"), "阿强", "[回复消息]收到/微笑", "回复"),
        by(v6("01:00:00"), "杰哥🎸", "恭喜发财", "type_10"),
        by(v6("01:00:30"), "杰哥🎸", "杰哥🎸 撤回了一条消息", "系统消息"),
        by(v6("01:01:00"), "米粒", "[图片:sunset.jpg] [image: sunset.jpg]", files=1),
        by(v6("01:01:30"), "米粒",
           "看[图片:a[1].jpg]和[图片:b.jpg] [image: a[1].jpg] [image: b.jpg]", files=2),
        by(v6("01:02:00"), "米粒", "[文件:计划 (终稿).docx] [file: 计划 (终稿).docx]", "文件", 1),
        by(v6("01:02:30"), "阿强", "[语音:7秒] [audio: v.silk]", "音频", 1),
        by(v6("01:03:00"), "阿强", "[视频:跑步.mp4] [video: 跑步.mp4]", "视频", 1),
        by(v6("01:04:00"), "小林(班长)", "[转发消息: 2条]\n  阿强: 早\n  米粒: 早", "forward"),
        by(v6("01:05:00"), "小林(班长)", "[JSON消息]", "json"),
        by(v6("01:06:00"), "小林(班长)", "[位置消息]", "type_25"),
        by(v6("01:07:00"), "小林(班长)", "@全体成员 明天开会 [image: 我自己写的.jpg]"),
        by(v6("01:08:00"), "老周", "[空消息]"),
        by(v6("01:09:00"), "老周", "[market_face]"),
        by(v6("01:10:00"), "系统消息", "阿强戳了戳米粒", "系统消息"),
        by("", "老周", "没有时间"),
    ]  # fmt: skip
    title = {"杰哥🎸": "水王"}
    name = "group_示例群_20001_20250301_120000123.xlsx"
    book(name, sheets_of(new, title=title, numbered=True), inline=True)
    old = [
        by(v5("08:05:03"), "0", "阿强加入了群聊", "type_1"),
        by(v5("08:06:11"), "小林(班长)", "早[/微笑]", "type_1"),
        by(v5("08:07:00"), "阿强", "[回复 小林(班长): 早[/微笑]]\n早上好", "type_3"),
        by(v5("08:08:00"), "阿强", "[图片: screenshot.png] [image: screenshot.png]", "type_1", 1),
        by(v5("08:09:00"), "小林(班长)", "[语音 7秒] [audio: voice_msg.silk]", "type_6", 1),
        by(v5("08:10:00"), "小林(班长)", "[卡片消息: [群公告]周末活动]", "type_7"),
        by(v5("24:00:05"), "米粒", "零点之后", "type_1"),
    ]
    book("group_20001_20250302_100000.xlsx", sheets_of(old, title=None, numbered=False, total=9),
         inline=False)  # fmt: skip
    # The streaming mode of v4: 内容 for 消息内容, and a clock with slashes.
    stream = [
        by("2025/3/1 24:05:03", "0", "阿强加入了群聊", "system"),
        by("2025/3/1 08:06:11", "小林(班长)", "早", "text"),
        by("2025/3/1 08:08:00", "阿强", "[image: screenshot.png]", "text", 1),
        by("2025/3/1 18:09:00", "米粒", "米粒 撤回了一条消息", "system"),
    ]
    sheets = sheets_of(stream, title=None, numbered=False)
    sheets["聊天记录"][0] = [
        "内容" if cell == "消息内容" else cell for cell in sheets["聊天记录"][0]
    ]
    book("group_20002_20250302_110000.xlsx", sheets, inline=False)


def main() -> None:
    """Write them all."""
    chunks_zip()
    workbooks()


if __name__ == "__main__":
    main()
