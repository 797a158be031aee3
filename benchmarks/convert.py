"""Time ``sqtool convert`` on given export files, and print its peak memory.

Usage: python benchmarks/convert.py FILE... [--to parquet,jsonl,csv]

The files come from the generators beside this script. Every conversion is a process of its own;
``first sign`` is when the first progress was told, counted from the start of the process.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

_CHILD = """
import json, resource, sys, time
started = time.perf_counter()
from pathlib import Path
from sqtool.convert import convert
from sqtool.reading import Request
from sqtool.writers import WRITERS
first = []
def told(progress):
    if not first:
        first.append(time.perf_counter() - started)
writer = WRITERS.get(sys.argv[1])
done = convert(
    Request(sys.argv[3:], on_progress=told), writer, Path(sys.argv[2]), into_folder=False
)
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([seconds, peak, done.messages, first[0]]))
"""


def main() -> None:
    """Convert to each format in turn."""
    args = argparse.ArgumentParser()
    args.add_argument("files", nargs="+", type=Path)
    args.add_argument("--to", default="parquet,jsonl,csv")
    given = args.parse_args()
    size = sum(path.stat().st_size for path in given.files) / 1e6
    print(f"{'to':8} {'s':>7} {'MB/s':>6} {'messages/s':>11} {'peak MB':>8} {'first sign':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name in given.to.split(","):
            target = Path(folder) / f"out.{name}"
            command = [sys.executable, "-c", _CHILD, name, str(target), *map(str, given.files)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, peak, messages, first = json.loads(answer.stdout)
            print(
                f"{name:8} {seconds:7.1f} {size / seconds:6.1f} {messages / seconds:11,.0f}"
                f" {peak:8.0f} {first:9.1f}s"
            )


if __name__ == "__main__":
    main()
