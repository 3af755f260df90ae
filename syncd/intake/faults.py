"""Whose fault a failure is: one table over the tree of `errors`, for logs, metrics and alerts alike."""

import errno
from typing import Final

from syncd.errors import (
    ArchiveUnavailable,
    DocumentRefused,
    FetchFailed,
    LedgerError,
    PublisherFailed,
    SpoolFailed,
)
from syncd.observe.moments import Fault

# The first that fits: what is more special stands before what it is a kind of.
FAULTS: Final[tuple[tuple[type[Exception], Fault], ...]] = (
    (SpoolFailed, "disk"),
    (PublisherFailed, "publisher"),
    (FetchFailed, "network"),
    (DocumentRefused, "publisher"),
    (ArchiveUnavailable, "archive"),
    (LedgerError, "ledger"),
)
# What the system says of a disk.
DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM, errno.ENOENT})


def fault_of(error: Exception) -> Fault:
    """Whose fault `error` is, by the first row of FAULTS that fits; `internal` for a fault of this program."""
    for kind, fault in FAULTS:
        if isinstance(error, kind):
            return fault
    return "disk" if isinstance(error, OSError) and error.errno in DISK else "internal"
