"""Measuring programs on one file, each in a process of its own, in turn.

Imports are not counted, memory is the peak of the process; rounds go through all programs, so that
a busy machine is busy for all of them.
"""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Program:
    """Something that reads the file.

    Args:
        name: What to call it.
        setup: Imports.
        work: Reads ``sys.argv[1]`` and sets ``rows``.
        python: The interpreter; this one if None.
    """

    name: str
    setup: str
    work: str
    python: str | None = None

    def runs(self) -> bool:
        """Whether what it needs is installed."""
        command = [self.python or sys.executable, "-c", self.setup]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    def run(self, file: Path) -> tuple[float, float, int]:
        """Return seconds, peak megabytes and records."""
        code = _MEASURE.format(setup=self.setup, work=self.work)
        done = subprocess.run(
            [self.python or sys.executable, "-c", code, str(file)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        seconds, peak, rows = json.loads(done.stdout.splitlines()[-1])
        return seconds, peak, rows


def sqtool(format: str) -> Program:
    """Return the program itself: a whole load, detection of the format included.

    Args:
        format: The format the file is in.
    """
    return Program(
        "sqtool.load",
        "import sqtool.pipeline\nfrom sqtool.parsers import PARSERS\n"
        f"list(PARSERS)\nassert {format!r} in PARSERS.names()",
        "data = sqtool.load(sys.argv[1], allow_private=True)\n"
        "rows = data.messages.collect().height",
    )


def bytes_read() -> int:
    """Return the bytes this process has read so far; 0 where the system does not say."""
    try:
        with Path("/proc/self/io").open() as file:
            return int(file.readline().split()[1])
    except OSError:
        return 0


def compare(file: Path, programs: list[Program], rounds: int) -> None:
    """Print seconds, rates and peak memory of each, and how the last one stands to the others."""
    size = file.stat().st_size / 1e6
    taken: list[list[tuple[float, float, int]]] = [
        [program.run(file) for program in programs] for _ in range(rounds)
    ]
    for place, program in enumerate(programs):
        seconds = statistics.median(results[place][0] for results in taken)
        peak = max(results[place][1] for results in taken)
        rows = taken[0][place][2]
        print(
            f"{program.name:12} {seconds:6.2f} s  {size / seconds:6.0f} MB/s "
            f"{rows / seconds / 1e6:6.3f} M messages/s  peak {peak:5.0f} MB  {rows} records"
        )
    for place, program in enumerate(programs[:-1]):
        ratios = [results[place][0] / results[-1][0] for results in taken]
        each = ", ".join(f"{ratio:.1f}" for ratio in ratios)
        print(f"{program.name} takes {statistics.median(ratios):.1f} times as long (of {each})")
