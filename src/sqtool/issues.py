"""What was skipped or is doubtful, where and why: stored data, not log lines.

An issue never quotes message text or names: its detail may be pasted into a bug report.
"""

from collections import Counter

import polars as pl

from sqtool.schema import ISSUES


class IssueLog:
    """Collects issues of one run, as column lists."""

    def __init__(self) -> None:
        self._rows: dict[str, list[str | int | None]] = {name: [] for name in ISSUES}
        self._lost: Counter[str] = Counter()

    def add(
        self, code: str, file: str, line: int | None = None, *, rows: int = 1, detail: str = ""
    ) -> None:
        """Record one issue.

        Args:
            code: Stable kebab-case name: ``bad-timestamp``, ``truncated-json``.
            file: File name as the user knows it.
            line: 1-based line (or record number, where lines mean nothing).
            rows: How many records are lost by it; 0 if all were kept.
            detail: What is wrong, without quoting the chat.
        """
        for name, value in zip(ISSUES, (code, file, line, rows, detail), strict=True):
            self._rows[name].append(value)
        self._lost[file] += rows

    def extend(self, other: pl.DataFrame) -> None:
        """Take over rows that already have the ``ISSUES`` schema."""
        for name in ISSUES:
            self._rows[name].extend(other[name].to_list())
        for file, rows in other.select("file", "rows").iter_rows():
            self._lost[file] += rows

    def rows_lost(self, file: str | None = None) -> int:
        """Return the number of records lost, in one file or in all."""
        return self._lost.total() if file is None else self._lost[file]

    def frame(self) -> pl.DataFrame:
        """Return everything recorded, in order, as ``ISSUES``."""
        return pl.DataFrame(self._rows, schema=ISSUES)
