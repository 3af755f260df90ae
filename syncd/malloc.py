"""What the C library keeps of freed memory. With glibc each thread has a heap of its own, and what it frees stays
there: the threads that compare and write lists would hold tens of megabytes of nothing. Other C libraries do not."""

import ctypes
import functools
from typing import Any

_ARENA_MAX = -8  # M_ARENA_MAX of <malloc.h>


def use_one_arena() -> None:
    """One heap for all threads; to be asked for before there are any. Without glibc, nothing happens."""
    mallopt = _function("mallopt")
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)


def trim() -> None:
    """Pages that hold nothing any more go back to the system: after a commit, which leaves a list's worth of them."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


@functools.cache
def _function(name: str) -> Any:
    """A function of the C library that only glibc has; None elsewhere."""
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):
        return None
