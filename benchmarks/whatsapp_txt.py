"""Time a WhatsApp log against whatstk and chat-miner, where they are installed, side by side.

Usage: python benchmarks/whatsapp_txt.py [FILE.txt] [--messages 1000000] [--phone android|iphone]
       [--rounds 3] [--others PYTHON] [--only whatstk]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from _side_by_side import Program, compare, sqtool


def main() -> None:
    """Print seconds, rates, peak memory and ratios."""
    args = argparse.ArgumentParser()
    args.add_argument("file", type=Path, nargs="?")
    args.add_argument("--messages", type=int, default=1_000_000)
    args.add_argument("--phone", choices=("android", "iphone"), default="android")
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--others", help="an interpreter that has whatstk and chat-miner")
    args.add_argument("--only", help="one of the others")
    given = args.parse_args()
    others = [
        Program(
            "whatstk", "from whatstk import df_from_whatsapp",
            "rows = len(df_from_whatsapp(sys.argv[1], max_size=None))", given.others,
        ),
        Program(
            "chat-miner", "from chatminer.chatparsers import WhatsAppParser",
            "parser = WhatsAppParser(sys.argv[1])\nparser.parse_file()\n"
            "rows = len(parser.parsed_messages.get_df())", given.others,
        ),
    ]  # fmt: skip
    wanted = [one for one in others if given.only in (None, one.name) and one.runs()]
    with tempfile.TemporaryDirectory() as folder:
        file: Path = given.file or Path(folder) / "WhatsApp Chat with 压测群.txt"
        if given.file is None:
            script = Path(__file__).parent / "make_whatsapp.py"
            subprocess.run(
                [sys.executable, script, file, "--messages", str(given.messages),
                 "--phone", given.phone], check=True,
            )  # fmt: skip
        compare(file, [*wanted, sqtool("whatsapp-txt")], given.rounds)


if __name__ == "__main__":
    main()
