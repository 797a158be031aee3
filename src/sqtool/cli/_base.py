"""What a command is. A file in this folder whose name has no ``_`` in front is one command."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqtool.registry import Registry


@dataclass(frozen=True)
class Example:
    """A command line to copy, and what it does in both languages."""

    line: str
    en: str
    zh: str


@dataclass(frozen=True)
class Command:
    """One command.

    Args:
        run: Typed function (see ``_options.takes``); returns an exit code or None for 0.
        examples: Two or three, shown by ``--help``.
        tables: For commands that print a metric's tables: key and title of each, asked for by
            ``--help`` only, because knowing them imports the metric.
    """

    run: Callable[..., int | None]
    examples: tuple[Example, ...]
    tables: Callable[[], list[tuple[str, str]]] | None = None


COMMANDS: Registry[Command] = Registry("sqtool.cli", "COMMAND")

REPORTS = ("report", "portfolio", "demo")
HELP = ("explain", "config", "backtest")


def command_groups() -> list[tuple[tuple[str, str], list[str]]]:
    """Return (English, Chinese) heading and command names of each group, importing none of them.

    Commands are the files of this folder and the metrics; what is neither a report nor help works
    on data. A metric with a file of its own here stands where that file does.
    """
    from sqtool.metrics import METRICS

    own = COMMANDS.names()
    return [
        (("Reports", "报告"), [name for name in REPORTS if name in own]),
        (("Analyses", "分析"), [name for name in METRICS.names() if name not in own]),
        (("Data", "数据"), [name for name in own if name not in REPORTS + HELP]),
        (("Help", "帮助"), [name for name in HELP if name in own]),
    ]


def summary(name: str) -> str:
    """Return what a command does in one line of the system's language, without importing it."""
    from sqtool.i18n import system_lang
    from sqtool.metrics import METRICS

    registry: Registry[Any] = COMMANDS if name in COMMANDS.names() else METRICS
    return registry.summary(name, system_lang()).rstrip(".。")


def find(name: str) -> Command | None:
    """Import and return one command; None if there is none of that name."""
    from sqtool.metrics import METRICS

    if name in COMMANDS.names():
        return COMMANDS.get(name)
    if name in METRICS.names():
        from sqtool.cli._metric import metric_command

        return metric_command(name)
    return None


def all_names() -> list[str]:
    """Return every command name in the order of the help page."""
    return [name for _, names in command_groups() for name in names]
