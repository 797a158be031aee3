"""The one plug-in mechanism: a folder of modules, each named as its public name.

``names()`` lists the files without importing them, ``get(name)`` imports one, iterating imports
all. A file that starts with ``_`` is machinery. ``qq_txt.py`` is known to users as ``qq-txt``.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Generic, TypeVar, cast

from sqtool.i18n import Lang

T = TypeVar("T")


def _folder(package: str) -> Path:
    # Not importlib.resources: it costs --help a tenth of its time.
    return Path(import_module(package).__path__[0])


@cache
def _modules(package: str) -> tuple[str, ...]:
    entries = (entry.name for entry in _folder(package).iterdir())
    return tuple(sorted(n[:-3] for n in entries if n.endswith(".py") and not n.startswith("_")))


@dataclass(frozen=True)
class Registry(Generic[T]):
    """The items of one plug-in folder.

    Args:
        package: Dotted name of the folder.
        attribute: The value each module defines (``PARSER``, ``METRIC``, ``RENDERER``).
    """

    package: str
    attribute: str

    def names(self) -> tuple[str, ...]:
        """Return the public names, sorted, without importing any item."""
        return tuple(name.replace("_", "-") for name in _modules(self.package))

    def get(self, name: str) -> T:
        """Import one item.

        Raises:
            KeyError: If there is no such item.
        """
        module = name.replace("-", "_")
        if module not in _modules(self.package):
            raise KeyError(name)
        return cast(T, getattr(import_module(f"{self.package}.{module}"), self.attribute))

    def summary(self, name: str, lang: Lang) -> str:
        """Return what the item does in one line, read from its docstring without importing it.

        A module docstring starts with an English line; its second paragraph is the Chinese one.
        """
        file = _folder(self.package) / f"{name.replace('-', '_')}.py"
        source = file.read_text(encoding="utf-8")
        # Only the docstring is parsed, not the module behind it: --help asks this of every command.
        end = source.find('"""', 3) + 3
        doc = ast.get_docstring(ast.parse(source[:end] if end > 3 else source)) or ""
        paragraphs = [p.replace("\n", " ").strip() for p in doc.split("\n\n")]
        pick = 1 if lang == "zh" and len(paragraphs) > 1 else 0
        return paragraphs[pick] if paragraphs else ""

    def __iter__(self) -> Iterator[T]:
        return (self.get(name) for name in self.names())
