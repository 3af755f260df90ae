"""The packed targets of the file, read when one is asked for: those of all lists have 22 MB."""

import sqlite3
import threading
from collections.abc import ItemsView, Iterator, Mapping
from pathlib import Path
from typing import Any

from syncd.errors import LedgerError
from syncd.ledger.sqlite.schema import connect_reading, explained

ROW = "SELECT body FROM targets WHERE id = ?"
HAS = "SELECT 1 FROM targets WHERE id = ?"
COUNT = "SELECT count(*) FROM targets"
PAGE = "SELECT id, body FROM targets WHERE id > ? ORDER BY id LIMIT ?"
PAGE_ROWS_MAX = 1000


class TargetRows(Mapping[str, bytes]):
    """The targets of the ledger at `path` as last committed, by id. Every thread may ask. Raises LedgerError for every
    error of SQLite."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._one_at_a_time = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False

    def __getitem__(self, identity: str) -> bytes:
        for (body,) in self._asked(ROW, identity):
            return bytes(body)
        raise KeyError(identity)

    def __contains__(self, identity: object) -> bool:
        return bool(self._asked(HAS, identity))

    def __len__(self) -> int:
        ((count,),) = self._asked(COUNT)
        return int(count)

    def __iter__(self) -> Iterator[str]:
        return (identity for identity, _ in self.pairs())

    def items(self) -> ItemsView[str, bytes]:
        """Return the targets with their ids, read in pages."""
        return _Items(self)

    def pairs(self) -> Iterator[tuple[str, bytes]]:
        """Yield each id and its row, in order of the ids."""
        last = ""
        while page := self._asked(PAGE, last, PAGE_ROWS_MAX):
            yield from page
            last = page[-1][0]

    def close(self) -> None:
        """Closing twice does no harm. A thread that is still at work gets LedgerError."""
        with self._one_at_a_time:
            self._is_closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _asked(self, statement: str, *asked: object) -> list[Any]:
        with self._one_at_a_time:
            try:
                return self._connected().execute(statement, asked).fetchall()
            except sqlite3.Error as error:
                raise explained(self._path, error) from error

    def _connected(self) -> sqlite3.Connection:
        if self._is_closed:
            raise LedgerError(f"{self._path}: this ledger is closed")
        if self._connection is None:
            self._connection = connect_reading(self._path, by_any_thread=True)
        return self._connection


class _Items(ItemsView[str, bytes]):
    _mapping: TargetRows

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return self._mapping.pairs()
