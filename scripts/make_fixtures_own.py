"""Write the fixtures of the formats that sqtool itself writes, from rows made up here.

python scripts/make_fixtures_own.py fixtures/exports
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from sqtool.issues import IssueLog
from sqtool.normalise import Normalised, normalise
from sqtool.parsers._base import RAW_MEMBERS, RawChat, raw_frame
from sqtool.parts import Part
from sqtool.roster import own_roster
from sqtool.spool import Rows, Spool
from sqtool.writers import WRITERS
from sqtool.writers._base import Job, Losses

START = datetime(2026, 3, 5, 12, 15, 3, tzinfo=UTC)
ROWS: list[dict[str, object]] = [
    {"kind": "system", "event": "invite", "actor_id": "10001", "target_ids": ["10003"]},
    {"kind": "system", "event": "join", "target_names": ["路人"], "text": '"路人"加入了群聊'},
    {"sender_id": "10001", "sender_name": "小林(班长)", "message_id": "m1",
     "text": "先看\n\"群文件\""},
    {"sender_id": "10002", "sender_name": "=阿强,", "message_id": "m2", "text": "好",
     "reply_to_id": "m1", "reactions": 3},
    {"sender_id": "10003", "sender_name": "米粒🌾", "message_id": "m3", "kind": "image"},
    {"sender_id": "10003", "sender_name": "米粒🌾", "message_id": "m4", "text": "谢谢 @小林(班长) ",
     "mention_ids": ["10001", "@all"]},
    {"sender_name": "没有编号的人", "text": "+1"},
    {"kind": "system", "event": "recall", "actor_id": "10002", "text": "撤回了一条消息"},
    {"kind": "system", "event": "leave", "target_ids": ["10002"], "text": '"=阿强,"退出了群聊'},
]  # fmt: skip
MEMBERS = [
    ("10001", "小林(班长)", "小林", "owner", START - timedelta(days=90), False),
    ("10003", "米粒🌾", None, "member", None, False),
    ("10004", "老周", None, None, None, None),
    ("10005", "小助手", None, None, None, True),
]


def chat(key: str, spool: Spool) -> Normalised:
    """Return the made-up chat under a key."""
    columns: dict[str, object] = {
        name: [row.get(name) for row in ROWS] for name in dict.fromkeys(k for r in ROWS for k in r)
    }
    columns["kind"] = [row.get("kind", "text") for row in ROWS]
    columns["sent_at"] = [START + timedelta(minutes=n, microseconds=n) for n in range(len(ROWS))]
    members = pl.DataFrame(MEMBERS, schema=RAW_MEMBERS, orient="row")
    facts = RawChat(
        key, True, "qq", "示例群", "group", START + timedelta(days=1), "10001", None, 5, members,
        members_complete=True, has_replies=True, has_mentions=True,
    )  # fmt: skip
    part = Part(facts, Rows.of(raw_frame(columns)), "made-up", "made-up")
    tz = ZoneInfo("Asia/Shanghai")
    done = normalise(f"qq:{key}", [part], tz, IssueLog(), spool)
    return own_roster(done, [part], tz)


def main(folder: Path) -> None:
    """Write one file per format."""
    for name in ("csv", "parquet", "xlsx"):
        writer = WRITERS.get(name)
        place = folder / f"sqtool-{name}"
        place.mkdir(parents=True, exist_ok=True)
        with Spool() as spool:
            chats = (chat(key, spool) for key in ("20001", "20002"))
            path = place / f"two-chats{writer.suffix}"
            writer.write(Job(chats, path, ZoneInfo("Asia/Shanghai"), spool, Losses()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
