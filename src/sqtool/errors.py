"""What can go wrong, and the exit code of each. Light: nothing heavy is imported here."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line (README, "Exit codes")."""

    OK = 0
    BUG = 1
    USAGE = 2
    FORMAT = 3
    UNREADABLE = 4
    STRICT = 5
    INTERRUPTED = 130
    TERMINATED = 143


class SqtoolError(Exception):
    """A failure the user can do something about.

    Args:
        what: One line: what is wrong, in the user's language. Never quotes chat text or names.
        where: ``file`` or ``file:line``, if known.
        hint: The command or the option to try next.
    """

    code = ExitCode.USAGE

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head} ({self.hint})" if self.hint else head


class UsageError(SqtoolError):
    """The command's words are off: a wrong name, date, option or an impossible combination."""


class UnknownFormatError(SqtoolError):
    """No parser recognises the file."""

    code = ExitCode.FORMAT


class AmbiguousFormatError(SqtoolError):
    """Two parsers are equally sure of the file."""

    code = ExitCode.FORMAT


class UnreadableError(SqtoolError):
    """The file is missing, locked, damaged or empty of records."""

    code = ExitCode.UNREADABLE


class StrictError(SqtoolError):
    """``--strict`` was given and some rows were skipped."""

    code = ExitCode.STRICT
