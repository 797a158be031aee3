"""Write the Telegram HTML fixtures: invented chats in the layout of Telegram Desktop.

Usage: python scripts/make_fixtures_telegram_html.py
"""

import html
import re
from pathlib import Path

OUT = Path(__file__).parent.parent / "fixtures" / "exports" / "telegram-html"
HEAD = """\
<!DOCTYPE html>
<html>

 <head>

  <meta charset="utf-8"/>
<title>Exported Data</title>
  <meta content="width=device-width, initial-scale=1.0" name="viewport"/>

  <link href="css/style.css" rel="stylesheet"/>

  <script src="js/script.js" type="text/javascript">

  </script>

 </head>

 <body onload="CheckLocation();">

  <div class="page_wrap">

   <div class="page_header">

    <div class="content">

     <div class="text bold">
{title}
     </div>

    </div>

   </div>

   <div class="page_body chat_page">

    <div class="history">

"""
FOOT = """\
    </div>

   </div>

  </div>

 </body>

</html>
"""


def lines(*parts: str) -> str:
    """Lay out elements as the program does: each on its own line, blank lines between."""
    return "".join(f"       {part}\n\n" for part in parts if part)


def service(number: int, text: str) -> str:
    """Return a notice; a negative number is a date."""
    return (
        f'     <div class="message service" id="message{number}">\n\n'
        f'      <div class="body details">\n{text}\n      </div>\n\n     </div>\n\n'
    )


def message(number: int, stamp: str, who: str | None, *parts: str) -> str:
    """Return a message; without a name it goes on where the one before ended."""
    joined = "" if who else " joined"
    shown = f'<div class="from_name">\n{who}\n       </div>' if who else ""
    date = f'<div class="pull_right date details" title="{stamp}">\n{stamp[11:16]}\n       </div>'
    return (
        f'     <div class="message default clearfix{joined}" id="message{number}">\n\n'
        f'      <div class="body">\n\n{lines(date, shown, *parts)}      </div>\n\n     </div>\n\n'
    )


def text(said: str) -> str:
    """Return a text; line breaks and entities as the program writes them."""
    return f'<div class="text">\n{said}\n       </div>'


def reply(target: str) -> str:
    """Return the line above a reply."""
    return (
        f'<div class="reply_to details">\nIn reply to <a href="{target}" '
        'onclick="return GoToMessage(1)">this message</a>\n       </div>'
    )


def media(kind: str, title: str, status: str = "") -> str:
    """Return what was sent along and not included."""
    inner = (
        f'<div class="media clearfix pull_left {kind}">\n\n'
        '         <div class="fill pull_left">\n\n         </div>\n\n'
        f'         <div class="body">\n\n          <div class="title bold">\n{title}\n'
        '          </div>\n\n          <div class="description">\n'
        "Not included, change data exporting settings to download.\n          </div>\n\n"
        f'          <div class="status details">\n{status}\n          </div>\n\n'
        "         </div>\n\n        </div>"
    )
    return f'<div class="media_wrap clearfix">\n\n        {inner}\n\n       </div>'


PHOTO = (
    '<div class="media_wrap clearfix">\n\n        <a class="photo_wrap clearfix pull_left" '
    'href="photos/photo_1.jpg">\n\n         <img class="photo" src="photos/photo_1_thumb.jpg"/>'
    "\n\n        </a>\n\n       </div>"
)
POLL = (
    '<div class="media_wrap clearfix">\n\n        <div class="media_poll">\n\n'
    '         <div class="question bold">\n周末几点?\n         </div>\n\n'
    '         <div class="details">\nAnonymous poll\n         </div>\n\n'
    '         <div class="answer">\n- 上午 <span class="details">2 votes</span>\n'
    "         </div>\n\n        </div>\n\n       </div>"
)
FORWARDED = (
    '<div class="pull_left forwarded userpic_wrap">\n\n       </div>\n\n'
    '       <div class="forwarded body">\n\n        <div class="from_name">\n别处的人 '
    '<span class="date details" title="28.02.2025 08:00:00 UTC+08:00"> 28.02.2025 08:00:00</span>'
    '\n        </div>\n\n        <div class="text">\n转来的话<br>两行\n        </div>\n\n'
    "       </div>"
)
REACTIONS = (
    '<span class="reactions">\n\n        <span class="reaction">\n\n'
    '         <span class="emoji">\n👍\n         </span>\n\n         <span class="userpics">\n\n'
    '          <div class="userpic userpic1"><div class="initials" title="小林">林</div></div>\n\n'
    '          <div class="userpic userpic2"><div class="initials" title="米粒">米</div></div>\n\n'
    '         </span>\n\n        </span>\n\n        <span class="reaction">\n\n'
    '         <span class="emoji">\n❤\n         </span>\n\n         <span class="count">\n12\n'
    "         </span>\n\n        </span>\n\n       </span>"
)
MENTION = '<a href="" onclick="return ShowMentionName()">米粒</a>'


def at(clock: str, day: str = "01.03.2025", zone: str = " UTC+08:00") -> str:
    """Return the full time of a message."""
    return f"{day} {clock}{zone}"


FIRST = [
    service(-1, "1 March 2025"),
    service(1, "Channel «读书会一群» created"),
    service(2, "阿强 joined group by link from 小林"),
    service(3, "米粒 invited 米粒"),
    message(4, at("09:05:00"), "小林", text("第一行<br>第二行 &quot;引号&quot; &lt;b&gt;")),
    message(5, at("09:06:30"), None, reply("#go_to_message4"), text("补充一句")),
    message(6, at("09:07:00"), "阿强", text(f"看 {MENTION} 和 "
            '<a href="https://t.me/xiaolin_demo">@xiaolin_demo</a>'), REACTIONS),
    service(7, "小林 invited 老周, 杰哥 and Deleted Account"),
    message(8, at("09:08:00"), "老周", PHOTO, text("封面")),
    message(9, at("09:08:10"), None, media("media_photo", "Sticker", "👍, 20.0 KB")),
    message(10, at("09:08:20"), None, media("media_voice_message", "Voice message", "00:04")),
    message(11, at("09:08:30"), None, media("media_file", "书单.pdf", "9 KB")),
    message(12, at("09:08:40"), None, media("media_video", "Video message", "00:09")),
    message(13, at("09:08:50"), "米粒 via @like", POLL),
    message(14, at("09:09:00"), "米粒", FORWARDED),
    message(15, at("09:09:10"), None, FORWARDED.replace("转来的话<br>两行", "又一条")),
    message(16, at("09:10:00"), "Deleted Account", text("我已注销")),
    message(17, at("09:10:10"), None, text("另一个人,或者同一个")),
    message(18, at("09:11:00"), "杰哥 invited 的朋友 and 同学", text("名字里有动词")),
    service(19, "小林 changed group title to «夜猫»"),
    service(20, '小林 pinned <a href="#go_to_message4" onclick="return GoToMessage(4)">'
            "this message</a>"),
]  # fmt: skip
SECOND = [
    service(-2, "2 March 2025"),
    service(21, "小林 removed 杰哥 invited 的朋友 and 同学"),
    message(1001, at("10:00:00", "02.03.2025"), "米粒",
            reply("messages.html#go_to_message6"), text("跨页的回复")),
    message(1002, at("10:00:30", "02.03.2025"), None,
            '<div class="reply_to details">\nIn reply to a message in another chat\n       </div>',
            text("别群的回复")),
    service(1003, "小林 created topic «闲聊»"),
    message(1004, at("10:01:00", "02.03.2025"), "阿强", reply("#go_to_message1003"),
            text("话题里的话,没有回复谁")),
    message(1005, at("10:02:00", "02.03.2025"), None, text(
        "This message is not supported by this version of Telegram Desktop. "
        "Please update the application.")),
]  # fmt: skip
TENTH = [
    service(-3, "3 March 2025"),
    service(9001, "阿强 removed 阿强"),
    service(-4, "4 March 2025"),
    message(9002, at("08:00:00", "04.03.2025", " UTC-05:00"), "小林", text("换了时区")),
]
OLD = [
    service(-1, "20 April 2019"),
    service(1, "小林 created group «老群» with members 小林, 阿强 and 米粒"),
    message(2, at("10:00:00", "20.04.2019", ""), "小林", text("旧版没有时区")),
    message(3, at("10:00:01", "20.04.2019", " "), None, text("时间后面有空格")),
    message(4, at("33:00:00", "20.04.2019", ""), "阿强", text("时间坏了")),
]


def page(title: str, parts: list[str]) -> str:
    """Return a whole page."""
    return HEAD.replace("{title}", html.escape(title)) + "".join(parts) + FOOT


def main() -> None:
    """Write all of them."""
    folder = OUT / "ChatExport_2025-03-05.d"
    (folder / "css").mkdir(parents=True, exist_ok=True)
    pages = {"messages.html": FIRST, "messages2.html": SECOND, "messages10.html": TENTH}
    for name, parts in pages.items():
        (folder / name).write_text(page("读书会一群", parts), encoding="utf-8", newline="\n")
    (folder / "css" / "style.css").write_text("body {}\n", encoding="utf-8", newline="\n")
    (OUT / "old-without-zone.html").write_text(page("老群", OLD), encoding="utf-8", newline="\n")
    small = re.sub(r">\s+<", "><", page("读书会一群", SECOND))
    (OUT / "minified.html").write_text(small, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
