"""Time QQ text against a tight regular-expression loop over the same file, side by side.

Each measurement is a process of its own (imports are not counted, memory is its peak), the two in
turn; the median is quoted. ``--report`` adds the whole command, file to Markdown.

Usage: python benchmarks/qq_txt.py [FILE.txt] [--messages 2000000] [--rounds 3] [--report]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_MEASURE = """
import json, sys, time
{setup}
started = time.perf_counter()
{work}
seconds = time.perf_counter() - started
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
except ImportError:  # Windows
    peak = 0.0
print(json.dumps([seconds, peak, rows]))
"""

_LOOP = _MEASURE.format(
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
_SQTOOL = _MEASURE.format(
    setup="import sqtool.pipeline\nfrom sqtool.parsers import PARSERS\nlist(PARSERS)",
    work="data = sqtool.load(sys.argv[1])\nrows = data.messages.collect().height",
)


def _run(program: str, file: Path) -> tuple[float, float, int]:
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], check=True, capture_output=True, text=True
    )
    seconds, peak, rows = json.loads(done.stdout)
    return seconds, peak, rows


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
        size = file.stat().st_size / 1e6
        rounds = [(_run(_LOOP, file), _run(_SQTOOL, file)) for _ in range(given.rounds)]
        for name, place in (("regex loop", 0), ("sqtool.load", 1)):
            seconds = statistics.median(pair[place][0] for pair in rounds)
            peak = max(pair[place][1] for pair in rounds)
            rows = rounds[0][place][2]
            print(
                f"{name:12} {seconds:6.2f} s  {size / seconds:6.0f} MB/s "
                f"{rows / seconds / 1e6:5.2f} M messages/s  peak {peak:5.0f} MB  {rows} records"
            )
        ratios = [loop[0] / ours[0] for loop, ours in rounds]
        each = ", ".join(f"{ratio:.1f}" for ratio in ratios)
        print(f"ratio        {statistics.median(ratios):.1f} x (of {each})")
        if given.report:
            command = [sys.executable, "-m", "sqtool", "report", str(file), "-q"]
            started = time.perf_counter()
            done = subprocess.run(command, check=True, capture_output=True)
            seconds = time.perf_counter() - started
            print(f"whole report {seconds:6.2f} s  {len(done.stdout)} bytes of Markdown")


if __name__ == "__main__":
    main()
