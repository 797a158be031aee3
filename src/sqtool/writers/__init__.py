"""Files that hold whole chats: one module per format, its file name is its public name."""

from sqtool.registry import Registry
from sqtool.writers._base import Writer

WRITERS: Registry[Writer] = Registry("sqtool.writers", "WRITER")
"""All formats that can be written, by name."""
