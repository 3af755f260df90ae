"""The folder in which documents lie while they are read, and wait while the archive is away."""

import contextlib
from pathlib import Path

# What the fetcher and the archive call the files that live no longer than one poll.
PASSING = ("fetch-*", "archive-*")


def prepare(folder: Path) -> None:
    """Make the folder, and remove what a killed process left half done in it.

    Only for the ledger's owner: nobody else works in its spool. Raises nothing: each poll that fails for the folder
    reports it.
    """
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        for pattern in PASSING:
            for left in folder.glob(pattern):
                left.unlink(missing_ok=True)
