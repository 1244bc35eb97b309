"""Give libsumo the heap a fresh process would have.

SUMO compares some objects by address, so its results can depend on holes that earlier work left in the heap:
after reading a network in the same process, up to a third of the runs of one map took another course than
plain sumo. Once every hole is filled, what SUMO loads lies in the order it is made, as in plain sumo.
"""

from __future__ import annotations

import ctypes
import platform
from itertools import chain

LARGEST_HOLE = 1 << 17  # larger requests get pages of their own
MOST_REQUESTS = 5_000_000


def fill_holes() -> None:
    """Take every hole of the C heap, for good. Does nothing where the C library is not glibc."""
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.malloc.restype = libc.sbrk.restype = ctypes.c_void_p
    libc.malloc.argtypes, libc.sbrk.argtypes = [ctypes.c_size_t], [ctypes.c_ssize_t]
    libc.malloc_trim(0)
    left = MOST_REQUESTS
    for size in chain(range(LARGEST_HOLE, 2048, -2048), range(2048, 0, -16)):
        left = _fill(libc, size, left)


def _fill(libc: ctypes.CDLL, size: int, left: int) -> int:
    """Ask for ``size`` bytes until they come from the end of the heap; returns the requests still allowed."""
    while left > 0:
        left -= 1
        place, end = libc.malloc(size), libc.sbrk(0)
        if place is None or place > end:  # another heap than the one that grows at its end
            return 0
        if place + size + LARGEST_HOLE + 4096 * 2 > end:
            return left
    return left
