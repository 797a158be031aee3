"""Write a WhatsApp text export of any size: the input of ``whatsapp_txt.py``.

Usage: python benchmarks/make_whatsapp.py OUT.txt [--messages 1000000] [--phone android|iphone]
"""

import argparse
import random
from datetime import datetime, timedelta
from pathlib import Path

_PHRASES = (
    """
今天 读完 第三章 有没有 一起 打卡 晚上 听书 分享 这本 好看 收到 谢谢 大家 周末 几点 开始 直播
链接 请问 怎么 报名 明天 继续 加油 哈哈 书单 推荐 同意 已经 看过 了 吗 呢 吧
"""
    + "good morning everyone has read chapter three tonight thank you see you on sunday at ten "
)
_WORDS = tuple(_PHRASES.split())
_JOINED = "joined using this group's invite link"


def _body(rng: random.Random, members: list[str], phone: str) -> str:
    dice = rng.random()
    if dice < 0.06:
        if phone == "android":
            return "<Media omitted>"
        return "\u200e" + rng.choice(("image", "video", "audio", "sticker")) + " omitted"
    if dice < 0.08:
        return (
            "This message was deleted" if phone == "android" else "\u200eThis message was deleted."
        )
    if dice < 0.10:
        return "\n".join(" ".join(rng.choices(_WORDS, k=6)) for _ in range(4))
    if dice < 0.13:
        return f"@\u2068{rng.choice(members)}\u2069 " + " ".join(rng.choices(_WORDS, k=3))
    return " ".join(rng.choices(_WORDS, k=rng.randrange(1, 10)))


def main() -> None:
    """Write the file and print its size."""
    args = argparse.ArgumentParser()
    args.add_argument("out", type=Path)
    args.add_argument("--messages", type=int, default=1_000_000)
    args.add_argument("--members", type=int, default=600)
    args.add_argument("--phone", choices=("android", "iphone"), default="android")
    args.add_argument("--seed", type=int, default=1)
    given = args.parse_args()
    rng = random.Random(given.seed)
    members = [
        f"书友{n}号" if n % 3 else f"+44 7700 {900000 + n:06d}" for n in range(given.members)
    ]
    weights = [1 / (n + 1) ** 0.8 for n in range(given.members)]
    rng.shuffle(members)
    senders = rng.choices(members, weights, k=given.messages)
    now = datetime(2023, 1, 1, 8)  # noqa: DTZ001 - the file holds wall-clock times
    step = 2 * 365 * 86_400 // given.messages
    android = given.phone == "android"
    with given.out.open("w", encoding="utf-8", newline="") as file:
        for sender in senders:
            now += timedelta(seconds=rng.randrange(2 * step + 1))
            head = f"{now:%d/%m/%Y, %H:%M} - " if android else f"[{now:%d/%m/%Y, %H:%M:%S}] "
            if rng.random() < 0.01:
                actor = "" if android else f"{sender}: \u200e"
                file.write(f"{head}{actor}{sender} {_JOINED}\n")
            else:
                file.write(f"{head}{sender}: {_body(rng, members, given.phone)}\n")
    print(f"{given.out}: {given.messages} messages, {given.out.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
