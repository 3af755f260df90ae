"""The rows of notices: those that are kept, what was said of them, and the state that is committed with them."""

import sqlite3
from collections.abc import Mapping

from msgspec import Struct

from syncd.core import codec
from syncd.core.notices.notice import NOTICES, NoticeEvent, NoticesCommit, NoticesState
from syncd.ledger.checks import check_notices, check_notices_restored, check_position
from syncd.ledger.sqlite import rows
from syncd.ledger.sqlite.schema import has_notices, transaction

PUT_STATE = "INSERT OR REPLACE INTO noticeboard (one, state) VALUES (1, ?)"
PUT_NOTICE = "INSERT OR REPLACE INTO live_notices (id, body) VALUES (?, ?)"
DELETE_NOTICE = "DELETE FROM live_notices WHERE id = ?"
ADD_EVENT = """
INSERT INTO notices (channel, sequence, commit_number, notice, type, committed_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
EVENTS = "SELECT position, body FROM notices WHERE position > ? ORDER BY position LIMIT ?"
LINKED = "SELECT position, body FROM notices WHERE type = 'linked' AND position > ? ORDER BY position LIMIT ?"
ENDS = "SELECT channel, max(sequence) FROM notices GROUP BY channel"


class OwnedNotices(Struct, frozen=True, kw_only=True):
    """The notices as their owner has them."""

    epoch: int
    state: NoticesState
    rows: Mapping[str, bytes]


def take_over_notices(connection: sqlite3.Connection) -> tuple[int, NoticesState, dict[str, bytes]]:
    """The epoch that fences all earlier owners, the state, the rows. Raises StateMismatch, and then nothing is taken
    from anyone."""
    with transaction(connection):
        return rows.next_epoch(connection, NOTICES), *_restored(connection)


def stored_notices(connection: sqlite3.Connection) -> tuple[NoticesState, dict[str, bytes]]:
    """State and rows of one moment. Raises StateMismatch."""
    if not has_notices(connection):
        return NoticesState(), {}
    with transaction(connection, "DEFERRED"):
        return _restored(connection)


def _restored(connection: sqlite3.Connection) -> tuple[NoticesState, dict[str, bytes]]:
    row = connection.execute("SELECT state FROM noticeboard").fetchone()
    state = rows.decode_body(row[0], NoticesState) if row else NoticesState()
    found = dict(connection.execute("SELECT id, body FROM live_notices"))
    check_notices_restored(state, found, dict(connection.execute(ENDS)))
    return state, found


def write_notices(connection: sqlite3.Connection, owned: OwnedNotices, commit: NoticesCommit) -> None:
    """One commit in one transaction. Raises Fenced, LedgerError."""
    with transaction(connection):
        rows.refuse_fenced(connection, NOTICES, owned.epoch)
        check_notices(owned.state, owned.rows, commit)
        pack = codec.packer()
        connection.executemany(ADD_EVENT, (notice_row(event, pack(rows.encode(event))) for event in commit.events))
        written = [(name, row) for name, row in commit.notices.items() if row is not None]
        connection.executemany(PUT_NOTICE, written)
        connection.executemany(DELETE_NOTICE, [(name,) for name, row in commit.notices.items() if row is None])
        connection.execute(PUT_STATE, (rows.encode(commit.state),))


def notice_row(event: NoticeEvent, packed: bytes) -> tuple[object, ...]:
    """Return the row of an event: its columns, and its packed body behind them."""
    said = (event.channel, event.sequence, event.commit, event.notice.id, event.type, event.committed_at)
    return (*said, packed)


def refuse_notices_beyond(connection: sqlite3.Connection, position: Mapping[str, int]) -> None:
    """Raises LedgerError when no event has the sequences of `position`."""
    check_position(dict(connection.execute(ENDS)) if has_notices(connection) else {}, position, ())


def notices_after(connection: sqlite3.Connection, place: int) -> tuple[int, list[NoticeEvent]]:
    """Some events after a place in the file, and the place after them; empty at the end."""
    if not has_notices(connection):
        return place, []
    unpack = codec.unpacker()
    found = connection.execute(EVENTS, (place, rows.PAGE_ROWS_MAX)).fetchall()
    events = [rows.decode_packed(packed, NoticeEvent, unpack) for _, packed in found]
    return (found[-1][0] if found else place), events


def linked_after(connection: sqlite3.Connection, place: int) -> list[tuple[int, NoticeEvent]]:
    """Some events of links after a place in the file, each with its place; empty at the end."""
    if not has_notices(connection):
        return []
    unpack = codec.unpacker()
    found = connection.execute(LINKED, (place, rows.PAGE_ROWS_MAX)).fetchall()
    return [(position, rows.decode_packed(packed, NoticeEvent, unpack)) for position, packed in found]
