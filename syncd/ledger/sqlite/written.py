"""Whether anybody has written to the file, without asking SQLite.

A daemon in which nothing happens looks for signals, heartbeats and events all the time. To ask the file each time, in
its thread, was most of what it cost. Every commit, of this process or another, writes the WAL: while that file is as it
was, so is what was read.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from syncd.ledger.sqlite.session import Session

FOLLOW_SECONDS = 0.5
# The time of a file moves in steps of a few milliseconds: one that was just written may be written again unseen.
SETTLED_NS: Final = 50_000_000
# Asked all the same after so long: on some disks times move in steps of seconds.
ASKED_EVERY_SECONDS: Final = 15.0

Stamp = tuple[int, int, int, int, int, int]
"""Device, number, size and time of writing of the WAL; device and number of the ledger, which may be replaced."""

T = TypeVar("T")


class WrittenFile:
    """The ledger at `path`, seen from outside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")

    def stamp(self) -> Stamp | None:
        """Return what another commit changes. None where that cannot be told, which is not equal to anything: there is
        no WAL, or it was written just now."""
        now = time.time_ns()
        try:
            wal, ledger = self._wal.stat(), self._path.stat()
        except OSError:
            return None
        if abs(now - wal.st_mtime_ns) <= SETTLED_NS:
            return None
        return wal.st_dev, wal.st_ino, wal.st_size, wal.st_mtime_ns, ledger.st_dev, ledger.st_ino

    async def later_than(self, seen: Stamp | None) -> None:
        """Wait for the next look at the file at which it is no longer as it was at the stamp `seen`, or for
        `ASKED_EVERY_SECONDS`."""
        latest = time.monotonic() + ASKED_EVERY_SECONDS
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            if seen is None or self.stamp() != seen or time.monotonic() > latest:
                return


class Remembered(Generic[T]):
    """What `read` returns in `session`, read anew only once the file has been written, or after
    `ASKED_EVERY_SECONDS`."""

    def __init__(self, session: Session, written: WrittenFile, read: Callable[[sqlite3.Connection], T]) -> None:
        self._session = session
        self._written = written
        self._read = read
        self._seen: Stamp | None = None
        self._read_at = 0.0
        self._value: T
        self._one_at_a_time = asyncio.Lock()

    async def value(self) -> T:
        """Return it as it stands in the file. Raises LedgerError."""
        async with self._one_at_a_time:
            # Before the rows are read: what is written meanwhile is seen the next time.
            stamp, now = self._written.stamp(), time.monotonic()
            if stamp is None or stamp != self._seen or now - self._read_at > ASKED_EVERY_SECONDS:
                self._value = await self._session.run(self._read)
                self._seen, self._read_at = stamp, now
        return self._value
