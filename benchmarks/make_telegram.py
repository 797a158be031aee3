"""Write a Telegram Desktop chat export of any size: the input of ``telegram_json.py``.

Usage: python benchmarks/make_telegram.py OUT.json [--messages 300000] [--members 2000] [--seed 1]
"""

import argparse
import json
import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

_PHRASES = """
今天 读完 第三章 有没有 一起 打卡 晚上 听书 分享 这本 好看 收到 谢谢 大家 周末 几点 开始 直播
链接 请问 怎么 报名 明天 继续 加油 哈哈 书单 推荐 同意 已经 看过 了 吗 呢 吧
"""
_WORDS = tuple(_PHRASES.split())
_CLOCK = timezone(timedelta(hours=8))
_NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"
_START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())


def _times(moment: int, prefix: str = "date") -> dict[str, Any]:
    shown = datetime.fromtimestamp(moment, _CLOCK)
    return {prefix: f"{shown:%Y-%m-%dT%H:%M:%S}", f"{prefix}_unixtime": str(moment)}


def _text(rng: random.Random, members: list[tuple[str, int]]) -> dict[str, Any]:
    said = "".join(rng.choices(_WORDS, k=rng.randrange(1, 10)))
    if rng.random() < 0.85:
        return {"text": said, "text_entities": [{"type": "plain", "text": said}]}
    name, number = rng.choice(members)
    mention = {"type": "mention_name", "text": name, "user_id": number}
    bold = {"type": "bold", "text": said}
    link = {"type": "link", "text": "https://example.org/s/1"}
    return {
        "text": [mention, " ", bold, "\n", link, ""],
        "text_entities": [
            mention,
            {"type": "plain", "text": " "},
            bold,
            {"type": "plain", "text": "\n"},
            link,
            {"type": "plain", "text": ""},
        ],
    }


def _record(
    rng: random.Random, number: int, moment: int, members: list[tuple[str, int]], who: int
) -> dict[str, Any]:
    name, key = members[who]
    dice = rng.random()
    if dice < 0.05:
        action: dict[str, Any] = {"action": "join_group_by_link", "inviter": members[0][0]}
        if dice < 0.03:
            action = {"action": "invite_members", "members": [name]}
        elif dice < 0.04:
            action = {"action": "pin_message", "message_id": max(1, number - 3)}
        return {
            "id": number, "type": "service", **_times(moment), "actor": name,
            "actor_id": f"user{key}", **action, "text": "", "text_entities": [],
        }  # fmt: skip
    record = {"id": number, "type": "message", **_times(moment)}
    if dice < 0.08:
        record |= _times(moment + 60, "edited")
    record |= {"from": name, "from_id": f"user{key}"}
    if dice < 0.12:
        record["forwarded_from"] = rng.choice(members)[0]
    if dice > 0.75:
        record["reply_to_message_id"] = max(1, number - rng.randrange(1, 50))
    if 0.4 < dice < 0.48:
        record |= {"photo": _NOT_INCLUDED, "photo_file_size": 8133, "width": 960, "height": 1280}
    elif 0.48 < dice < 0.52:
        record |= {
            "file": _NOT_INCLUDED, "file_name": "sticker.webp", "file_size": 20480,
            "media_type": "sticker", "sticker_emoji": "👍", "mime_type": "image/webp",
            "width": 512, "height": 512,
        }  # fmt: skip
    record |= _text(rng, members)
    if dice > 0.9:
        recent = {"from": members[0][0], "from_id": f"user{members[0][1]}"}
        recent["date"] = record["date"]
        record["reactions"] = [{"type": "emoji", "count": 3, "emoji": "❤", "recent": [recent]}]
    return record


def main() -> None:
    """Write the file and print its size."""
    args = argparse.ArgumentParser()
    args.add_argument("out", type=Path)
    args.add_argument("--messages", type=int, default=300_000)
    args.add_argument("--members", type=int, default=2_000)
    args.add_argument("--seed", type=int, default=1)
    given = args.parse_args()
    rng = random.Random(given.seed)
    members = [(f"书友{n}号", 5_000_000_001 + 37 * n) for n in range(given.members)]
    weights = [1 / (n + 1) ** 0.8 for n in range(given.members)]
    senders = rng.choices(range(given.members), weights, k=given.messages)
    step = 2 * 365 * 86_400 // given.messages
    moment = _START
    with given.out.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{\n "name": "压测群",\n "type": "private_supergroup",\n "id": 1900000001,\n')
        file.write(' "messages": [')
        for place, who in enumerate(senders):
            moment += rng.randrange(2 * step + 1)
            record = _record(rng, place + 1, moment, members, who)
            shown = json.dumps(record, ensure_ascii=False, indent=1).replace("\n", "\n  ")
            file.write(f"{',' if place else ''}\n  {shown}")
        file.write("\n ]\n}")
    print(f"{given.out}: {given.messages} messages, {given.out.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
