"""Settings in words: for ``config show``."""

from collections.abc import Iterator

from sqtool.cli._config import Configuration, Path_, dotted
from sqtool.cli._config_options import PARAMETERS
from sqtool.config import leaves, said


def in_force(now: Configuration) -> dict[Path_, str]:
    """Return the value of every threshold, and of every option that is set."""
    names = {parameter: key for key, parameter in PARAMETERS.items()}
    options = {(names.get(name, name),): said(value) for name, value in now.options.items()}
    return options | {path: said(value) for path, value in leaves(now.settings)}


def chat_targets(now: Configuration) -> Iterator[tuple[str, str]]:
    """Yield key and value of the targets of single chats."""
    for chat in now.settings.targets.chats:
        for name, value in chat.model_dump(exclude={"chat"}, exclude_none=True).items():
            yield dotted(("targets", chat.chat, name)), said(value)
