"""Which file this is, byte by byte, and how it is read."""

import hashlib
from typing import Final

from sqtool import __version__
from sqtool.detect import Found
from sqtool.reading import Request

_BLOCK: Final = 1 << 20


def digest_of(found: Found, request: Request) -> str:
    """Return what is equal for the same bytes, read by the same program in the same way.

    Args:
        found: The file, and those that belong to it.
        request: How it is read.
    """
    parser = found.parser.name if found.parser else ""
    how = (__version__, parser, request.chat, request.tz, request.date_order, request.allow_private)
    digest = hashlib.sha256(repr(how).encode())
    for export in (found.export, *found.beside):
        # The name may be all that tells the chat.
        digest.update(f"\0{export.name}\0{export.size}\0".encode("utf-8", "surrogatepass"))
        with export.open() as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()
