"""What a renderer is: it writes a finished report or a metric's tables, and computes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqtool.reports._blocks import Result
from sqtool.reports._model import Report


@dataclass(frozen=True)
class Style:
    """How to write, as far as the place it goes to decides it.

    Args:
        width: Columns of the terminal.
        color: ANSI colours are welcome.
        ascii: The terminal cannot show block characters and box lines.
        guard: Put ``'`` before text cells a spreadsheet would run as a formula.
        excel: CSV for Excel: localised titles, BOM, CRLF, long ids kept as text.
        rows: Most rows of a metric's table shown; None is all. A cut is always announced.
        assets: Name of the folder beside the file that holds its pictures; None: no pictures.
    """

    width: int = 80
    color: bool = False
    ascii: bool = False
    guard: bool = True
    excel: bool = False
    rows: int | None = None
    assets: str | None = None


@dataclass(frozen=True)
class Renderer:
    """One output format.

    Args:
        name: Public name; equals the file name.
        suffix: Of files that hold it, with the dot; also accepted after ``-f``, without it.
        report: Writes a report, or None if the format cannot hold one.
        result: Writes the tables of a metric, or None.
        one_table: The format holds a single table: others need ``--table`` or a folder.
        assets: Returns the files that go into ``Style.assets``, by name.
    """

    name: str
    suffix: str
    report: Callable[[Report, Style], str | bytes] | None = None
    result: Callable[[Result, Style], str | bytes] | None = None
    one_table: bool = False
    assets: Callable[[Report, Style], Mapping[str, str]] | None = None
