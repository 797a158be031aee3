"""The one plug-in mechanism: a folder of modules, each named as its public name.

``names()`` lists the files without importing them, ``get(name)`` imports one, iterating imports
all. A file that starts with ``_`` is machinery. ``qq_txt.py`` is known to users as ``qq-txt``.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Generic, TypeVar, cast

from sqtool.i18n import Lang

T = TypeVar("T")


@cache
def _modules(package: str) -> tuple[str, ...]:
    entries = (entry.name for entry in files(package).iterdir())
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
        source = files(self.package).joinpath(f"{name.replace('-', '_')}.py")
        doc = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
        paragraphs = [p.replace("\n", " ").strip() for p in doc.split("\n\n")]
        pick = 1 if lang == "zh" and len(paragraphs) > 1 else 0
        return paragraphs[pick] if paragraphs else ""

    def __iter__(self) -> Iterator[T]:
        return (self.get(name) for name in self.names())
