"""Write the fixtures of the other messengers that are archives: the same bytes every time.

``python scripts/make_fixtures_others.py`` writes them under ``fixtures/exports``.
"""

import json
import zipfile
from pathlib import Path

EXPORTS = Path(__file__).parent.parent / "fixtures" / "exports"
_FIRST_DAY = (2025, 3, 31, 8, 0, 0)


def write_zip(path: Path, files: dict[str, object]) -> None:
    """Write a zip of JSON files with fixed times."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in files.items():
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.compress_type = zipfile.ZIP_STORED
            archive.writestr(info, json.dumps(value, indent=4))


def slack_japanese() -> None:
    """A Japanese workspace, zipped as Slack hands it out; sentences are localised."""
    sakura, ken = "U0000000011", "U0000000012"
    users = [
        {"id": sakura, "team_id": "T0000002", "name": "sakura", "real_name": "小林 さくら",
         "profile": {"display_name": "さくら"}, "is_bot": False, "is_owner": True},
        {"id": ken, "team_id": "T0000002", "name": "ken", "real_name": "ケン",
         "profile": {"display_name": ""}, "is_bot": False},
    ]  # fmt: skip
    joined = {
        "user": ken, "type": "message", "subtype": "channel_join", "ts": "1740791050.000200",
        "text": f"<@{ken}>さんがチャンネルに参加しました",
    }  # fmt: skip
    hello = {
        "type": "message", "user": sakura, "text": f"<@{ken}> ようこそ", "ts": "1740791100.000300",
        "thread_ts": "1740791100.000300", "reply_count": 1,
    }  # fmt: skip
    answer = {
        "type": "message", "user": ken, "text": "よろしく", "ts": "1740877500.000400",
        "thread_ts": "1740791100.000300", "parent_user_id": sakura,
    }  # fmt: skip
    channel = {
        "id": "C0000000011", "name": "読書", "created": "1740000000", "creator": sakura,
        "is_general": False, "members": [sakura, ken],
    }  # fmt: skip
    write_zip(
        EXPORTS / "slack-export" / "読書会 Slack export Mar 1 2025 - Mar 31 2025.zip",
        {
            "channels.json": [channel],
            "users.json": users,
            "integration_logs.json": [],
            "読書/2025-03-01.json": [joined, hello],
            "読書/2025-03-02.json": [answer],
        },
    )


if __name__ == "__main__":
    slack_japanese()
