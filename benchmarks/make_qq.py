"""Write a QQ text export of any size: the input of ``qq_txt.py`` and of whole-report timings.

Usage: python benchmarks/make_qq.py OUT.txt [--messages 2000000] [--members 1200] [--seed 1]
"""

import argparse
import random
from datetime import datetime, timedelta
from pathlib import Path

_PHRASES = """
今天 读完 第三章 有没有 一起 打卡 晚上 听书 分享 这本 好看 收到 谢谢 大家 周末 几点 开始 直播
链接 请问 怎么 报名 明天 继续 加油 哈哈 书单 推荐 同意 已经 看过 了 吗 呢 吧
"""
_WORDS = tuple(_PHRASES.split())


def main() -> None:
    """Write the file and print its size."""
    args = argparse.ArgumentParser()
    args.add_argument("out", type=Path)
    args.add_argument("--messages", type=int, default=2_000_000)
    args.add_argument("--members", type=int, default=1_200)
    args.add_argument("--seed", type=int, default=1)
    given = args.parse_args()
    rng = random.Random(given.seed)
    members = [f"书友{n}号({100000 + 37 * n})" for n in range(given.members)]
    weights = [1 / (n + 1) ** 0.8 for n in range(given.members)]
    rng.shuffle(members)
    senders = rng.choices(members, weights, k=given.messages)
    now = datetime(2024, 1, 1, 8)  # noqa: DTZ001 - the file holds wall-clock times
    step = 2 * 365 * 86_400 // given.messages
    rule = "=" * 64
    with given.out.open("w", encoding="utf-8-sig", newline="") as file:
        file.write("消息记录（此消息记录为文本格式，不支持重新导入）\r\n\r\n")
        file.write(f"{rule}\r\n消息分组:我的QQ群\r\n{rule}\r\n消息对象:压测群\r\n{rule}\r\n\r\n")
        for sender in senders:
            now += timedelta(seconds=rng.randrange(2 * step + 1))
            clock = f"{now:%Y-%m-%d} {now.hour}:{now:%M:%S}"
            dice = rng.random()
            if dice < 0.02:
                body, sender = f"{sender.split('(')[0]}撤回了一条消息", "系统消息(10000)"
            elif dice < 0.03:
                body, sender = f"{sender.split('(')[0]}加入本群。", "系统消息(10000)"
            elif dice < 0.09:
                body = "[图片]" if dice < 0.06 else "[表情]"
            elif dice < 0.10:
                body = "\n".join("".join(rng.choices(_WORDS, k=6)) for _ in range(4))
            elif dice < 0.14:
                body = f"@{rng.choice(members).split('(')[0]} " + "".join(rng.choices(_WORDS, k=3))
            else:
                body = "".join(rng.choices(_WORDS, k=rng.randrange(1, 10)))
            file.write(f"{clock} {sender}\r\n{body}\r\n\r\n")
    print(f"{given.out}: {given.messages} messages, {given.out.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
