"""The coordinator's rows: targets, coordination events, and the state that is committed with them."""

import sqlite3
from collections.abc import Collection, Mapping

from msgspec import Struct

from syncd.core import codec
from syncd.core.coordination.target import COORDINATOR, CoordinationCommit, CoordinationEvent, CoordinatorState
from syncd.ledger.checks import check_coordination, check_coordination_restored, check_place
from syncd.ledger.sqlite import rows
from syncd.ledger.sqlite.schema import has_coordination, transaction

PUT_STATE = "INSERT OR REPLACE INTO coordinator (one, state) VALUES (1, ?)"
PUT_TARGET = "INSERT OR REPLACE INTO targets (id, body) VALUES (?, ?)"
# No step of the schema: what linking keeps can be made anew, and an older syncd passes over it.
MAKE_LINKING = "CREATE TABLE IF NOT EXISTS linking (one INTEGER PRIMARY KEY CHECK (one = 1), body BLOB NOT NULL)"
PUT_LINKING = "INSERT OR REPLACE INTO linking (one, body) VALUES (1, ?)"
TARGETS = "SELECT id, body FROM targets"
DELETE_TARGET = "DELETE FROM targets WHERE id = ?"
ADD_EVENT = """
INSERT INTO coordination (sequence, commit_number, target, type, committed_at, body) VALUES (?, ?, ?, ?, ?, ?)
"""
EVENTS = "SELECT body FROM coordination WHERE sequence > ? ORDER BY sequence LIMIT ?"


class OwnedCoordination(Struct, frozen=True, kw_only=True):
    """The coordination as its owner has it. `targets` are those of the file."""

    epoch: int
    state: CoordinatorState
    targets: Mapping[str, bytes]


def take_over_coordination(
    connection: sqlite3.Connection, targets: Mapping[str, bytes]
) -> tuple[OwnedCoordination, bytes]:
    """Fence all earlier owners. Returns the coordination, and what linking kept. Raises StateMismatch, and then nothing
    is taken from anyone."""
    with transaction(connection):
        epoch = rows.next_epoch(connection, COORDINATOR)
        state = _checked_state(connection)
        connection.execute(MAKE_LINKING)
        row = connection.execute("SELECT body FROM linking").fetchone()
    return OwnedCoordination(epoch=epoch, state=state, targets=targets), row[0] if row else b""


def stored_targets(
    connection: sqlite3.Connection, only: Collection[str] | None = None
) -> tuple[CoordinatorState, dict[str, bytes]]:
    """State and targets of one moment, or `only` those with these ids. Raises StateMismatch."""
    if not has_coordination(connection):
        return CoordinatorState(), {}
    with transaction(connection, "DEFERRED"):
        return _restored(connection, only)


def _restored(
    connection: sqlite3.Connection, only: Collection[str] | None = None
) -> tuple[CoordinatorState, dict[str, bytes]]:
    state = _checked_state(connection)
    if only is None:
        return state, dict(connection.execute(TARGETS))
    return state, {name: body for one in only for name, body in connection.execute(f"{TARGETS} WHERE id = ?", (one,))}


def _checked_state(connection: sqlite3.Connection) -> CoordinatorState:
    row = connection.execute("SELECT state FROM coordinator").fetchone()
    state = rows.decode_body(row[0], CoordinatorState) if row else CoordinatorState()
    (count,) = connection.execute("SELECT count(*) FROM targets").fetchone()
    check_coordination_restored(state, count, _end(connection))
    return state


def _end(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM coordination").fetchone()[0])


def write_coordination(connection: sqlite3.Connection, owned: OwnedCoordination, commit: CoordinationCommit) -> None:
    """One commit in one transaction. Raises Fenced, LedgerError."""
    with transaction(connection):
        rows.refuse_fenced(connection, COORDINATOR, owned.epoch)
        check_coordination(owned.state, owned.targets, commit)
        pack = codec.packer()
        connection.executemany(ADD_EVENT, (event_row(event, pack(rows.encode(event))) for event in commit.events))
        written = [(name, row) for name, row in commit.targets.items() if row is not None]
        connection.executemany(PUT_TARGET, written)
        connection.executemany(DELETE_TARGET, [(name,) for name, row in commit.targets.items() if row is None])
        connection.executemany(rows.ADD_PUBLICATION, map(rows.publication_row, commit.rows))
        if commit.linking is not None:
            connection.execute(PUT_LINKING, (commit.linking,))
        connection.execute(PUT_STATE, (rows.encode(commit.state),))


def event_row(event: CoordinationEvent, packed: bytes) -> tuple[object, ...]:
    """Return the columns of a coordination event, and its packed body."""
    return (event.sequence, event.commit, event.target, event.type, event.committed_at, packed)


def refuse_beyond(connection: sqlite3.Connection, after: int) -> None:
    """Raises LedgerError when no event has the sequence `after`."""
    check_place(after, _end(connection) if has_coordination(connection) else 0)


def events_after(connection: sqlite3.Connection, after: int) -> list[CoordinationEvent]:
    """Some events after a sequence; empty at the end."""
    if not has_coordination(connection):
        return []
    unpack = codec.unpacker()
    found = connection.execute(EVENTS, (after, rows.PAGE_ROWS_MAX))
    return [rows.decode_packed(packed, CoordinationEvent, unpack) for (packed,) in found]
