"""Time a Telegram JSON export of 300,000 messages: a whole ``sqtool.load``.

Usage: python benchmarks/telegram_json.py [FILE.json] [--messages 300000] [--rounds 3]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from _side_by_side import compare, sqtool


def main() -> None:
    """Print seconds, rates and peak memory."""
    args = argparse.ArgumentParser()
    args.add_argument("file", type=Path, nargs="?")
    args.add_argument("--messages", type=int, default=300_000)
    args.add_argument("--rounds", type=int, default=3)
    given = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file: Path = given.file or Path(folder) / "result.json"
        if given.file is None:
            script = Path(__file__).parent / "make_telegram.py"
            subprocess.run(
                [sys.executable, script, file, "--messages", str(given.messages)], check=True
            )
        compare(file, [sqtool("telegram-json")], given.rounds)


if __name__ == "__main__":
    main()
