"""A connection in a thread of its own, so that no statement ever blocks the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from syncd.errors import LedgerError
from syncd.ledger.sqlite.identity import file_identity
from syncd.ledger.sqlite.schema import connect, connect_reading, explained, is_being_written

P = ParamSpec("P")
T = TypeVar("T")


class Session:
    """Work is done one piece after another, in the order in which it was given."""

    def __init__(self, path: Path, *, writing: bool) -> None:
        """Without `writing` it needs no right to."""
        self._path = path
        self._writing = writing
        self._file: tuple[int, int] | None = None
        self._is_still = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of `work(connection, …)`. Raises LedgerError for every error of SQLite.

        Work that has begun goes on to its end, also when nobody waits for it any more.
        """
        if self._closed:
            raise LedgerError(f"{self._path}: this ledger is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: self._do(work, *args, **kwargs))

    def _do(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(self._connected(), *args, **kwargs)
        except sqlite3.Error as error:
            raise explained(self._path, error) from error

    def _connected(self) -> sqlite3.Connection:
        """Raises LedgerError when there is another file than the one that was opened."""
        if self._file is not None and file_identity(self._path) != self._file:
            raise LedgerError(
                f"{self._path} was replaced or removed while this process had it open, and nothing is read or written "
                "any more: stop syncd, put the ledger that is to be in force there, and start it again"
            )
        if self._is_still and is_being_written(self._path):
            self._disconnect()
        if self._connection is None:
            self._connection = connect(self._path) if self._writing else connect_reading(self._path)
            self._is_still = not self._writing and not is_being_written(self._path)
            self._file = file_identity(self._path)
        return self._connection

    async def close(self) -> None:
        """Ends after the work that was given before. Closing twice does no harm."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
