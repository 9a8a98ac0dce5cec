"""Memory in large pieces.

Linux gives memory in pages of 4 KB, each when it is first written to; a small build wants fifty
thousand of them, which is a fifth of its time. Where the C library is GNU's, and the system has
huge pages for those who ask (`madvise`), the heap of this process and of its copies is of such.
"""

from __future__ import annotations

import ctypes
import mmap
import resource
from contextlib import suppress
from pathlib import Path

HEAP = 64 << 20  # bytes of address space; nothing of it is taken until it is written to
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_TRIM, _PAD, _LARGEST = -1, -2, -3  # M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD of malloc.h
_USUAL = 128 << 10


def in_large_pieces() -> bool:
    """Have the heap grow once, and be of huge pages; tell whether it is. Nothing depends on it.

    Where address space is limited, none is taken that may not be wanted.
    """
    limits = map(resource.getrlimit, (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    if any(limit != resource.RLIM_INFINITY for limit, _ in limits):
        return False
    with suppress(OSError, AttributeError):  # another system, or another library of C
        return "[never]" not in HUGE_PAGES.read_text("ascii") and _grown(ctypes.CDLL(None))
    return False


def _grown(libc: ctypes.CDLL) -> bool:
    _ = libc.gnu_get_libc_version
    libc.sbrk.argtypes, libc.sbrk.restype = [ctypes.c_ssize_t], ctypes.c_void_p
    libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    start = -(-libc.sbrk(0) // mmap.PAGESIZE) * mmap.PAGESIZE
    for option, value in ((_LARGEST, HEAP // 2), (_TRIM, 4 * HEAP), (_PAD, HEAP)):
        libc.mallopt(option, value)
    libc.free(libc.malloc(1 << 20))  # it comes from the heap, with the pad behind it
    libc.mallopt(_PAD, _USUAL)
    size: int = libc.sbrk(0) - start
    return size > 0 and libc.madvise(start, size, mmap.MADV_HUGEPAGE) == 0
