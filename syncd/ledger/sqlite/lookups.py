"""Statements that look up a record: in force, its changes, its target; and the pages of a list."""

import sqlite3
from collections.abc import Iterable, Iterator

from syncd.core import codec
from syncd.core.coordination.brief import has_member
from syncd.core.coordination.target import CoordinatorState, target_id
from syncd.core.events import Change
from syncd.core.state import Stored
from syncd.ledger.sqlite import rows
from syncd.ledger.sqlite.schema import has_coordination, transaction

CHANGES_PAGE_MAX = 100
STORED_AFTER = f"{rows.RECORDS} AND key > ? ORDER BY key LIMIT ?"
STORED_UNDER = """
SELECT key, status, digest, fingerprint, vocabulary, sequence, body, since, until, successor
FROM records WHERE feed = ? AND key = ?
"""
CHANGES_UNDER = "SELECT position, body FROM changes WHERE key = ? AND position > ? ORDER BY position LIMIT ?"


def stored_after(connection: sqlite3.Connection, feed: str, after: str, most: int) -> list[tuple[str, Stored]]:
    """Return up to `most` records and stubs of a feed whose keys follow `after`, in the order of the keys."""
    return [(row[0], rows.stored_of(row)) for row in connection.execute(STORED_AFTER, (feed, after, most))]


def record_under(connection: sqlite3.Connection, key: str) -> Stored | None:
    """Return the record or stub under `key`; None when there is none."""
    row = connection.execute(STORED_UNDER, (key.partition(":")[0], key)).fetchone()
    return rows.stored_of(row) if row else None


def changes_under(connection: sqlite3.Connection, key: str, place: int) -> list[tuple[int, Change]]:
    """Return some changes of `key` after `place`, each with its own; empty at the end. Raises LedgerError."""
    found = connection.execute(CHANGES_UNDER, (key, place, CHANGES_PAGE_MAX))
    unpack = codec.unpacker()
    return [(row[0], rows.change(row[1], unpack)) for row in found]


def target_with(connection: sqlite3.Connection, key: str) -> tuple[CoordinatorState, bytes | None]:
    """Return the coordinator's state, and the packed target that has the record under `key` as a member; None when
    there is none. Raises LedgerError."""
    if not has_coordination(connection):
        return CoordinatorState(), None
    with transaction(connection, "DEFERRED"):
        row = connection.execute("SELECT state FROM coordinator").fetchone()
        state = rows.decode_body(row[0], CoordinatorState) if row else CoordinatorState()
        unpack = codec.unpacker()
        for packed in _targets(connection, key):
            if has_member(rows.unpacked_json(packed, unpack), key):
                return state, packed
    return state, None


def _targets(connection: sqlite3.Connection, key: str) -> Iterator[bytes]:
    """First the target that the record founded, which most records have; then all."""
    yield from _bodies(connection.execute("SELECT body FROM targets WHERE id = ?", (target_id(key),)))
    yield from _bodies(connection.execute("SELECT body FROM targets"))


def _bodies(found: Iterable[tuple[bytes]]) -> Iterator[bytes]:
    for (body,) in found:
        yield body
