"""Which feeds have signals, without asking SQLite while nobody has written.

Thirty workers look for signals each second. To ask the file for each of them, in its thread, was a third of what an
idle daemon cost. Every commit, of this process or another, writes the WAL: while that file is as it was, so are the
signals.
"""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from syncd.ledger.sqlite import rows
from syncd.ledger.sqlite.session import Session

# The time of a file moves in steps of a few milliseconds: one that was just written may be written again unseen.
SETTLED_NS: Final = 50_000_000

Stamp = tuple[int, int, int, int]
"""Device, number, size and time of writing of a file."""


class WaitingSignals:
    """Of the ledger at `path`, asked in `session`."""

    def __init__(self, session: Session, path: Path) -> None:
        self._session = session
        self._wal = path.with_name(f"{path.name}-wal")
        self._seen: Stamp | None = None
        self._last: Mapping[str, int] = {}
        self._one_at_a_time = asyncio.Lock()

    async def last(self, feed: str) -> int:
        """Return the position of the last signal for `feed`; 0 when there was none. Raises LedgerError."""
        async with self._one_at_a_time:
            # Before the rows are read: what is written meanwhile is seen the next time.
            stamp, now = self._stamp(), time.time_ns()
            if stamp is None or stamp != self._seen:
                self._last = await self._session.run(rows.last_signals)
                self._seen = stamp if stamp and abs(now - stamp[3]) > SETTLED_NS else None
        return self._last.get(feed, 0)

    def _stamp(self) -> Stamp | None:
        try:
            found = self._wal.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
