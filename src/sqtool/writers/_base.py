"""What a writer is, and how it says what its format cannot hold."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sqtool.normalise import Normalised
from sqtool.spool import Spool


@dataclass
class Losses:
    """What did not fit into the format: how much of each, in words for the user."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, count: int, en: str, zh: str) -> None:
        """Count something that is not in the file.

        Args:
            count: How many; 0 is nothing.
            en: What, in English, as it follows the number.
            zh: What, in Chinese.
        """
        if count:
            self.counts[(en, zh)] += count


@dataclass(frozen=True)
class Job:
    """What a writer is asked to do.

    Args:
        chats: The chats, one after the other; each may be gone through once.
        path: The file to write.
        tz: Zone for times that are written as a local clock.
        spool: Where rows may wait.
        losses: To be told what does not fit.
    """

    chats: Iterator[Normalised]
    path: Path
    tz: ZoneInfo
    spool: Spool
    losses: Losses


@dataclass(frozen=True)
class Writer:
    """A format that can be written.

    Args:
        name: Public name; equals the file name.
        suffix: Of its files, with the dot.
        write: Writes the chats of a job into its file, in memory that does not grow with them.
        one_chat: Whether a file holds a single chat.
    """

    name: str
    suffix: str
    write: Callable[[Job], None]
    one_chat: bool = False
