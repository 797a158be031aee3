"""Community-operations analytics for chat-group exports.

The five names below are the library's front door; each is imported on first use, so that
``import sqtool`` costs nothing (polars alone takes a few hundred milliseconds).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sqtool.context import Context as Context
    from sqtool.errors import SqtoolError as SqtoolError
    from sqtool.pipeline import load as load
    from sqtool.reports.weekly import build as weekly_review
    from sqtool.schema import Dataset as Dataset

_HOMES = {
    "Context": ("sqtool.context", "Context"),
    "Dataset": ("sqtool.schema", "Dataset"),
    "SqtoolError": ("sqtool.errors", "SqtoolError"),
    "load": ("sqtool.pipeline", "load"),
    "weekly_review": ("sqtool.reports.weekly", "build"),
}

__all__ = ["Context", "Dataset", "SqtoolError", "__version__", "load", "weekly_review"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sqtool' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
