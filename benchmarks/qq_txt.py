"""Time QQ text against a tight regular-expression loop over the same file, side by side.

Each measurement is a process of its own (imports are not counted, memory is its peak), the two in
turn; the median is quoted. ``--report`` adds the whole command, file to Markdown.

Usage: python benchmarks/qq_txt.py [FILE.txt] [--messages 2000000] [--rounds 3] [--report]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _side_by_side import Program, compare, sqtool

_LOOP = Program(
    "regex loop",
    setup="""
import re
from datetime import datetime
header = re.compile(
    r"(\\d{4})-(\\d\\d)-(\\d\\d) (\\d{1,2}):(\\d\\d):(\\d\\d) (.*?)(?:\\((\\d+)\\)|<([^>]+)>)?$"
).match
""",
    work="""
with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    lines = file.read().split("\\r\\n")
times, names, ids, texts, body, after_empty = [], [], [], [], [], True
for line in lines:
    if after_empty and (found := header(line)):
        texts.append("\\n".join(body))
        body = []
        *stamp, name, number, mail = found.groups()
        times.append(datetime(*map(int, stamp))); names.append(name); ids.append(number or mail)
        after_empty = False
        continue
    body.append(line)
    after_empty = not line
rows = len(times)
""",
)


def main() -> None:
    """Print seconds, rates, peak memory and the ratio."""
    args = argparse.ArgumentParser()
    args.add_argument("file", type=Path, nargs="?")
    args.add_argument("--messages", type=int, default=2_000_000)
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--report", action="store_true")
    given = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file: Path = given.file or Path(folder) / "qq.txt"
        if given.file is None:
            script = Path(__file__).parent / "make_qq.py"
            subprocess.run(
                [sys.executable, script, file, "--messages", str(given.messages)], check=True
            )
        compare(file, [_LOOP, sqtool("qq-txt")], given.rounds)
        if given.report:
            command = [sys.executable, "-m", "sqtool", "report", str(file), "-q"]
            started = time.perf_counter()
            done = subprocess.run(command, check=True, capture_output=True)
            seconds = time.perf_counter() - started
            print(f"whole report {seconds:6.2f} s  {len(done.stdout)} bytes of Markdown")


if __name__ == "__main__":
    main()
