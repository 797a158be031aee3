"""Export formats: one file each, found by its name."""

from typing import TYPE_CHECKING

from sqtool.registry import Registry

if TYPE_CHECKING:
    from sqtool.parsers._base import Parser

PARSERS: "Registry[Parser]" = Registry("sqtool.parsers", "PARSER")
