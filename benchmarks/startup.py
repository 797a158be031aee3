"""How long ``--version`` and ``--help`` take, against an interpreter that does nothing.

Run: ``python benchmarks/startup.py``. Prints the best of 7 runs each and the ratio to
``python -c pass``; exits with 1 if a ratio is above its target.
"""

import subprocess
import sys
import time
from pathlib import Path

RUNS = 7
TARGETS = {"--version": 9.0, "--help": 18.0}


def best(commands: list[list[str]]) -> list[float]:
    """Return the best time of each command in seconds; runs are interleaved to be fair."""
    times = [float("inf")] * len(commands)
    for _ in range(RUNS):
        for at, command in enumerate(commands):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times[at] = min(times[at], time.perf_counter() - start)
    return times


def main() -> int:
    """Measure and print; return the exit code."""
    script = Path(sys.executable).with_name("sqtool")
    run = [str(script)] if script.exists() else [sys.executable, "-m", "sqtool"]
    flags = list(TARGETS)
    base, *times = best([[sys.executable, "-c", "pass"], *([*run, flag] for flag in flags)])
    print(f"{'python -c pass':<18} {base * 1000:7.1f} ms")
    worst = 0
    for flag, seconds in zip(flags, times, strict=True):
        ratio, target = seconds / base, TARGETS[flag]
        worst |= ratio > target
        print(f"sqtool {flag:<11} {seconds * 1000:7.1f} ms  {ratio:5.1f} x  (target {target:g} x)")
    return int(worst)


if __name__ == "__main__":
    sys.exit(main())
