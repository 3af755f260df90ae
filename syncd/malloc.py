"""The memory that the C library keeps after it was freed. With glibc each thread has an arena of its own and keeps in
it what was freed: the threads that compare and write lists would hold tens of megabytes that nobody uses (mallopt(3),
malloc_trim(3)). Other C libraries have neither function, and then nothing happens."""

import ctypes
import functools
from typing import Any

_ARENA_MAX = -8  # M_ARENA_MAX of <malloc.h>


def use_one_arena() -> None:
    """Make all threads share one arena. Call it before the first thread starts."""
    mallopt = _function("mallopt")
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)


def trim() -> None:
    """Return unused pages to the system. Called after a commit, which frees a whole list."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


@functools.cache
def _function(name: str) -> Any:
    """Return the C library's function `name`, which only glibc has; None elsewhere."""
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):
        return None
