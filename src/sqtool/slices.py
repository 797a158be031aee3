"""Strings cut out of one buffer without copying: how text logs stay fast and small."""

from mmap import mmap
from typing import Any

import nanoarrow as na
import numpy as np
import polars as pl
from numpy.typing import NDArray

Offsets = NDArray[np.int64]
Memory = bytes | mmap


def strings(buffer: Memory, starts: Offsets, ends: Offsets) -> pl.Series:
    """Return ``buffer[start:end]`` as a String series that shares the buffer's memory.

    Args:
        buffer: Valid UTF-8; every cut must lie on a character boundary.
        starts: Ascending; ``starts[i] <= ends[i] <= starts[i + 1]``.
        ends: One end per start.
    """
    if not len(starts):
        return pl.Series(dtype=pl.String)
    # Arrow strings need one run of offsets, so the gaps between the slices become strings as well;
    # every second one is then dropped. The array and its views hold the buffer, nothing is copied.
    offsets = np.empty(2 * len(starts), np.int64)
    offsets[0::2] = starts
    offsets[1::2] = ends
    array: Any = na.c_array_from_buffers(
        na.large_string(), len(offsets) - 1, [None, offsets, np.frombuffer(buffer, np.uint8)]
    )
    return pl.Series(array).gather_every(2)


def whole(buffer: bytes) -> pl.Series:
    """Return the buffer as a Binary series of one value that shares its memory."""
    offsets = np.array([0, len(buffer)], np.int64)
    array: Any = na.c_array_from_buffers(
        na.large_binary(), 1, [None, offsets, np.frombuffer(buffer, np.uint8)]
    )
    return pl.Series(array)
