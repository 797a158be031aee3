"""Everything said beside the data: notes and progress, on stderr, and only if wanted."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sqtool.i18n import t
from sqtool.render._escape import clean, shorten

if TYPE_CHECKING:
    from sqtool.reading import Progress

PATIENCE = 0.5
"""Seconds before a progress bar appears: short work needs none."""


def note(words: str, *, quiet: bool = False) -> None:
    """Print one line on stderr, unless ``quiet``."""
    if not quiet:
        sys.stderr.write(clean(words) + "\n")


class ProgressBar:
    """A progress bar on stderr; call it with ``Progress``. Silent where nobody watches.

    Args:
        quiet: Never show anything.
        names: Show names of files.
    """

    def __init__(self, *, quiet: bool = False, names: bool = True) -> None:
        self._names = names
        self._wanted = not quiet and sys.stderr.isatty()
        self._started: float | None = None
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: "Progress") -> None:
        """Show how far reading has come."""
        if not self._wanted:
            return
        if self._started is None:
            self._started = time.monotonic()
        if time.monotonic() - self._started < PATIENCE:
            return
        if self._bar is None:
            self._start()
        name = shorten(clean(progress.file), 30) if self._names else t("reading", "读取")
        records = t(f"{progress.records:,} messages", f"{progress.records:,} 条")
        self._bar.update(
            self._task, completed=progress.done, total=progress.total, description=name, n=records
        )

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        # File names are hostile, too: no markup.
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[n]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, n="")
        self._bar.start()
