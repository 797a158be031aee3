"""Time the JSON reader on a made-up file in the shape of a QCE export.

Usage: ``uv run python benchmarks/json_reader.py --megabytes 300``. The file is written to a
temporary folder (``--keep PATH`` writes it there and leaves it). Prints MB/s, messages/s and peak
memory of the standard library's ``json.load`` (files up to 500 MB), of finding the structure only,
and of the whole ``qq-qce-json`` parser, each in a process of its own.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MEGABYTE = 1_000_000
WORDS = "大家 早上好 今天 读书 第三章 打卡 收到 谢谢 分享 这本书 讨论 周末 活动 推荐 笔记".split()


def uid(number: int) -> str:
    """Return a made-up uid."""
    return f"u_{number:022d}"


def message(number: int, rng: random.Random) -> dict[str, Any]:
    """Return one message of shape A, as v6 writes it, of about 2 KB with its raw form."""
    who = min(int(rng.expovariate(1 / 60)), 499)
    at = 1_700_000_000 + number * 40
    text = "".join(rng.choices(WORDS, k=rng.randint(1, 9)))
    name = f"成员{who}号"
    elements: list[dict[str, Any]] = [{"type": "text", "data": {"text": text}}]
    mentions: list[dict[str, Any]] = []
    kind = "text"
    if number % 7 == 3:
        kind = "reply"
        data = {"messageId": str(7_476_000_000_000_000_000 + number - 3), "content": "原话"}
        elements.insert(0, {"type": "reply", "data": {**data, "senderName": "某人"}})
        text = "[回复消息]" + text
    if number % 11 == 5:
        other = (who + 1) % 500
        elements.append({"type": "at", "data": {"uid": uid(other), "name": f"成员{other}号"}})
        mentions.append({"uid": uid(other), "name": f"成员{other}号", "type": "user"})
    card = json.dumps({"app": "com.example.card", "meta": {"title": text, "tag": "x" * 9}})
    raw = {
        "msgId": str(7_476_000_000_000_000_000 + number), "msgSeq": str(number),
        "msgRandom": str(rng.getrandbits(31)), "msgTime": str(at), "msgType": 2, "subMsgType": 1,
        "chatType": 2, "senderUid": uid(who), "senderUin": str(100_000 + who), "peerUid": "20001",
        "peerUin": "20001", "sendNickName": name, "sendMemberName": name, "sendRemarkName": "",
        "recallTime": "0", "sendStatus": 2, "fromUid": "0", "roleType": 0, "isOnlineMsg": True,
        "msgAttrs": {}, "emojiLikesList": [], "records": [], "directionFlag": 0,
        "elements": [
            {"elementType": 1, "elementId": str(rng.getrandbits(60)), "textElement": element}
            for element in [{"content": text, "atType": 0, "atUid": "", "atNtUid": ""}] * 3
        ],
    }  # fmt: skip
    if number % 20 == 9:
        raw["elements"] = [{"elementType": 10, "arkElement": {"bytesData": card * 3}}]
    return {
        "id": str(7_476_000_000_000_000_000 + number),
        "seq": str(number),
        "timestamp": at * 1000,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at)),
        "sender": {"uid": uid(who), "uin": str(100_000 + who), "name": name, "nickname": name},
        "type": kind,
        "content": {
            "text": text,
            "html": f'<span class="text-content">{text}</span>\n' * 2,
            "elements": elements,
            "resources": [],
            "mentions": mentions,
        },
        "recalled": False,
        "system": False,
        "rawMessage": raw,
    }


def generate(path: Path, megabytes: int) -> int:
    """Write a file of about this size; return the number of messages."""
    rng = random.Random(7)
    info = {"name": "读书会", "type": "group", "peerUin": "20001", "selfUin": "100000"}
    written = count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{\n  "metadata":{"name":"QQChatExporter","version":"0.1.0"},\n')
        file.write(f'  "chatInfo":{json.dumps(info, ensure_ascii=False)},\n  "messages":[\n')
        while written < megabytes * MEGABYTE:
            line = json.dumps(message(count, rng), ensure_ascii=False, separators=(",", ":"))
            file.write((",\n" if count else "") + "    " + line)
            written += len(line.encode()) + 6
            count += 1
        file.write("\n  ],\n")
        avatars = {str(n): "data:image/png;base64," + "iVBORw0K" * 2000 for n in range(500)}
        file.write(f'  "avatars":{json.dumps(avatars)}\n}}\n')
    return count


def measure(path: Path, what: str) -> None:
    """Read the file in this process and print the figures."""
    from sqtool.export import Export
    from sqtool.issues import IssueLog
    from sqtool.parsers import qq_qce_json
    from sqtool.parsers._json import read_object

    export, issues, rows = Export(path), IssueLog(), 0
    start, cpu = time.perf_counter(), time.process_time()
    if what == "json.load":
        with path.open("rb") as file:
            rows = len(json.load(file)["messages"])
    elif what == "structure":
        for part in read_object(export, issues, values=["chatInfo"]):
            rows += bool(part)
    else:
        match = qq_qce_json.sniff(export)
        assert match.confidence, "the benchmark's own file must be recognised"
        for batch in qq_qce_json.parse(export, issues):
            rows += batch.messages.height
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = path.stat().st_size / MEGABYTE / seconds
    print(
        f"{what:9}  {seconds:6.2f} s ({cpu:.2f} s CPU)  {speed:6.0f} MB/s"
        f"  {rows / seconds:10,.0f} rows/s  peak {peak:5.0f} MiB  issues {issues.frame().height}"
    )


def main() -> None:
    """Generate, then measure each way of reading in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--measure", nargs=2, metavar=("PATH", "WHAT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(Path(options.measure[0]), options.measure[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "group_20001_20250301_080503.json"
        count = generate(path, options.megabytes)
        print(f"{count:,} messages, {path.stat().st_size / MEGABYTE:,.0f} MB")
        ways = ["structure", "parser"]
        for what in ["json.load", *ways] if options.megabytes <= 500 else ways:
            subprocess.run([sys.executable, __file__, "--measure", str(path), what], check=True)


if __name__ == "__main__":
    main()
