"""Structs to rows and back: every statement that reads or writes the ledger's tables."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from sys import intern
from typing import Any, TypeVar, cast

import msgspec
import zstandard
from msgspec import Struct

from syncd.core import codec
from syncd.core.coordination.target import CoordinationEvent, CoordinatorState
from syncd.core.deliveries import Delivery
from syncd.core.events import Change, Commit, Heartbeat, Publication, Signal, decode_change
from syncd.core.notices.notice import NoticeEvent, NoticesState
from syncd.core.state import FeedState, Status, Stored
from syncd.errors import Fenced, LedgerError, StateMismatch
from syncd.ledger.checks import check_outcome, check_restored, check_rows, in_order
from syncd.ledger.received import Malformed, NoSignal, signal_of
from syncd.ledger.sqlite.schema import has_webhooks, transaction

PAGE_ROWS_MAX = 500
PAGE_BYTES_MAX = 1024 * 1024  # of compressed changes

TAKE_OVER = """
INSERT INTO feeds (feed, epoch) VALUES (?, 1)
ON CONFLICT (feed) DO UPDATE SET epoch = epoch + 1 RETURNING epoch
"""
ADD_CHANGE = """
INSERT INTO changes (feed, sequence, commit_number, key, type, committed_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
PUT_RECORD = """
INSERT OR REPLACE INTO records
(feed, key, status, digest, fingerprint, vocabulary, sequence, body, since, until, successor)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
RECORDS = """
SELECT key, status, digest, fingerprint, vocabulary, sequence, body, since, until, successor
FROM records WHERE feed = ?
"""
CHANGES = "SELECT position, feed, sequence, body FROM changes WHERE position > ? ORDER BY position LIMIT ?"
# The plus keeps SQLite from its index by feed: it would look at every change of these feeds, each time.
CHANGES_OF = """
SELECT position, feed, sequence, body FROM changes
WHERE position > ? AND +feed IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?
"""
LAST_PLACE = "SELECT coalesce(max(position), 0) FROM changes"
ADD_PUBLICATION = "INSERT INTO publications (feed, kind, commit_number, at, body) VALUES (?, ?, ?, ?, ?)"
ADD_SIGNAL = "INSERT INTO signals (id, feed, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"

T = TypeVar("T")

encode = msgspec.json.Encoder().encode
# Made while there is one thread: a struct that two threads see first at once kills the process.
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in (
        FeedState,
        Publication,
        Signal,
        Heartbeat,
        Delivery,
        CoordinatorState,
        CoordinationEvent,
        NoticesState,
        NoticeEvent,
    )
}


class OwnedFeed(Struct, frozen=True, kw_only=True):
    """A feed as its owner has it: the epoch of the taking over, and the last commit."""

    epoch: int
    state: FeedState
    records: Mapping[str, Stored]


class ChangesPage(Struct, frozen=True, kw_only=True):
    """Some changes in the order of the file, and the place after the last row that was looked at."""

    changes: list[Change]
    place: int
    last: bool


def take_over_feed(connection: sqlite3.Connection, feed: str) -> tuple[int, FeedState, dict[str, Stored]]:
    """The epoch that fences all earlier owners of `feed`, its state, its records. Raises StateMismatch.

    A feed that is stopped by StateMismatch is not taken from anyone.
    """
    with transaction(connection):
        return next_epoch(connection, feed), *_restored(connection, feed)


def next_epoch(connection: sqlite3.Connection, owner: str) -> int:
    """Take over: raise the epoch of `owner` by one and return it."""
    return int(connection.execute(TAKE_OVER, (owner,)).fetchone()[0])


def snapshot(connection: sqlite3.Connection, feed: str) -> tuple[FeedState, dict[str, Stored]]:
    """State and records of one moment. Raises StateMismatch."""
    with transaction(connection, "DEFERRED"):
        return _restored(connection, feed)


def _restored(connection: sqlite3.Connection, feed: str) -> tuple[FeedState, dict[str, Stored]]:
    found = state(connection, feed)
    # Linking and the index of targets have the same keys: one text for each, 4 MB less of all lists.
    records = {intern(row[0]): stored_of(row) for row in connection.execute(RECORDS, (feed,))}
    check_restored(found, records)
    last = _end(connection, feed)
    if last != found.sequence:
        raise StateMismatch(f"{feed}: the last change has sequence {last}, {found.sequence} is stated")
    return found, records


def state(connection: sqlite3.Connection, feed: str) -> FeedState:
    """Return the state of a feed as last committed; the first state when there is none. Raises LedgerError."""
    row = connection.execute("SELECT state FROM feeds WHERE feed = ?", (feed,)).fetchone()
    return decode_body(row[0], FeedState) if row and row[0] else FeedState(feed=feed)


def _end(connection: sqlite3.Connection, feed: str) -> int:
    return int(
        connection.execute("SELECT coalesce(max(sequence), 0) FROM changes WHERE feed = ?", (feed,)).fetchone()[0]
    )


def stored_of(row: tuple[Any, ...]) -> Stored:
    """Return the record or stub of a row of `records` (the columns of `RECORDS`). What thousands of records have in
    common is one text in memory."""
    return Stored(
        status=cast(Status, intern(row[1])),
        digest=row[2],
        fingerprint=row[3],
        vocabulary=intern(row[4]),
        sequence=row[5],
        body=row[6],
        since=intern(row[7]),
        until=row[8],
        successor=row[9],
    )


def write_commit(connection: sqlite3.Connection, owned: OwnedFeed, commit: Commit) -> None:
    """One commit in one transaction. Raises Fenced, LedgerError, and whatever the making of the changes raises."""
    feed = owned.state.feed
    with transaction(connection):
        refuse_fenced(connection, feed, owned.epoch)
        _refuse_replaced(connection, owned.state)
        check_rows(commit)
        pack = zstandard.ZstdCompressor(level=3).compress
        changes = in_order(owned.state, commit)
        connection.executemany(ADD_CHANGE, (change_row(one, pack(encode(one))) for one in changes))
        check_outcome(owned.state, owned.records, commit)
        connection.executemany(PUT_RECORD, (_record_row(feed, key, stored) for key, stored in commit.records.items()))
        connection.executemany(ADD_PUBLICATION, map(publication_row, commit.rows))
        connection.execute("UPDATE feeds SET state = ? WHERE feed = ?", (encode(commit.state), feed))


def _refuse_replaced(connection: sqlite3.Connection, last: FeedState) -> None:
    """Raises StateMismatch when the state in the file is not the one that was last committed: somebody copied another
    ledger over it."""
    if state(connection, last.feed) != last:
        raise StateMismatch(
            f"{last.feed}: the ledger no longer holds what was last committed: its content was replaced while syncd "
            "had it open. Stop syncd, put the ledger that is to be in force there, and start it again"
        )


def refuse_fenced(connection: sqlite3.Connection, feed: str, epoch: int) -> None:
    """Raises Fenced when the epoch of `feed` is no longer `epoch`."""
    row = connection.execute("SELECT epoch FROM feeds WHERE feed = ?", (feed,)).fetchone()
    if row is None or row[0] != epoch:
        raise Fenced(f"{feed} has been taken over by somebody else: nothing was written")


def change_row(change: Change, body: bytes) -> tuple[Any, ...]:
    """Return the columns of a change, and its packed body."""
    return (change.feed, change.sequence, change.commit, change.key, change.type, change.committed_at, body)


def _record_row(feed: str, key: str, stored: Stored) -> tuple[Any, ...]:
    return (
        feed,
        key,
        stored.status,
        stored.digest,
        stored.fingerprint,
        stored.vocabulary,
        stored.sequence,
        stored.body,
        stored.since,
        stored.until,
        stored.successor,
    )


def publication_row(row: Publication) -> tuple[Any, ...]:
    """Return the columns of a row of `publications`, and its body."""
    return (row.feed, row.kind, row.commit, row.at, encode(row))


def ends(connection: sqlite3.Connection, feeds: Iterable[str]) -> dict[str, int]:
    """The last committed sequence of each feed."""
    return {feed: _end(connection, feed) for feed in feeds}


def start_of(connection: sqlite3.Connection, position: Mapping[str, int], wanted: frozenset[str]) -> int:
    """The place before the first change that a reader at `position` has not seen."""
    known = [row[0] for row in connection.execute("SELECT feed FROM feeds")]
    statement = "SELECT position FROM changes WHERE feed = ? AND sequence > ? ORDER BY sequence LIMIT 1"
    firsts = [
        connection.execute(statement, (feed, position.get(feed, 0))).fetchone()
        for feed in known
        if not wanted or feed in wanted
    ]
    places = [row[0] - 1 for row in firsts if row]
    return min(places, default=_last_place(connection))


def _last_place(connection: sqlite3.Connection) -> int:
    return int(connection.execute(LAST_PLACE).fetchone()[0])


def page(
    connection: sqlite3.Connection, place: int, position: Mapping[str, int], wanted: frozenset[str]
) -> ChangesPage:
    """Changes after `place` that a reader at `position` has not seen; bounded in rows and bytes."""
    changes: list[Change] = []
    rows = size = 0
    unpack = codec.unpacker()
    # Before the rows are read, so that it passes over none; else a reader would go over those of other feeds each time.
    end = _last_place(connection)
    with closing(_rows_after(connection, place, wanted)) as found:
        for row_place, feed, sequence, body in found:
            place, rows = row_place, rows + 1
            if sequence <= position.get(feed, 0):
                continue
            changes.append(change(body, unpack))
            size += len(body)
            if size > PAGE_BYTES_MAX:
                break
    is_last = rows < PAGE_ROWS_MAX and size <= PAGE_BYTES_MAX
    return ChangesPage(changes=changes, place=max(place, end) if is_last else place, last=is_last)


def _rows_after(connection: sqlite3.Connection, place: int, wanted: frozenset[str]) -> sqlite3.Cursor:
    if not wanted:
        return connection.execute(CHANGES, (place, PAGE_ROWS_MAX))
    return connection.execute(CHANGES_OF, (place, json.dumps(sorted(wanted)), PAGE_ROWS_MAX))


def change(body: bytes, unpack: Callable[[bytes], bytes] = codec.unpack_json) -> Change:
    """Return the change in a packed body; for many of them with one `codec.unpacker()`. Raises LedgerError when it
    cannot be read."""
    try:
        return decode_change(unpack(body))
    except (msgspec.MsgspecError, zstandard.ZstdError) as error:
        raise LedgerError(f"a change in the ledger cannot be read ({error}): restore it from a backup") from error


def publications(connection: sqlite3.Connection, feed: str, place: int) -> list[tuple[int, Publication]]:
    """Some rows of a feed after `place`, each with its own; empty at the end."""
    found = connection.execute(
        "SELECT position, body FROM publications WHERE feed = ? AND position > ? ORDER BY position LIMIT ?",
        (feed, place, PAGE_ROWS_MAX),
    )
    return [(row[0], decode_body(row[1], Publication)) for row in found]


def before_last_publications(connection: sqlite3.Connection, feed: str, count: int) -> int:
    """The place before the last `count` rows of a feed; 0 when it has no more."""
    statement = "SELECT position FROM publications WHERE feed = ? ORDER BY position DESC LIMIT 1 OFFSET ?"
    row = connection.execute(statement, (feed, count)).fetchone()
    return int(row[0]) if row else 0


def installation(connection: sqlite3.Connection) -> str:
    """Return the name of the installation to which the file belongs."""
    return str(connection.execute("SELECT installation FROM about").fetchone()[0])


def feed_names(connection: sqlite3.Connection) -> list[str]:
    """Return the feeds that have a state, in order."""
    return [row[0] for row in connection.execute("SELECT feed FROM feeds WHERE state IS NOT NULL ORDER BY feed")]


def send(connection: sqlite3.Connection, signal: Signal) -> Signal:
    """Sent twice under one id, a signal keeps the position of the first time."""
    with transaction(connection):
        connection.execute(ADD_SIGNAL, (signal.id, signal.feed, encode(signal)))
        row = connection.execute("SELECT position FROM signals WHERE id = ?", (signal.id,)).fetchone()
    return msgspec.structs.replace(signal, position=row[0])


def signals(connection: sqlite3.Connection, feed: str, after: int) -> list[Signal | Malformed]:
    """The row says which signal it is, whatever its body says."""
    found = connection.execute(
        "SELECT position, id, body FROM signals WHERE feed = ? AND position > ? ORDER BY position", (feed, after)
    )
    return [_signal(feed, *row) for row in found]


def last_signals(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the position of the last signal of each feed that has any."""
    return dict(connection.execute("SELECT feed, max(position) FROM signals GROUP BY feed").fetchall())


def _signal(feed: str, position: int, identity: str, body: object) -> Signal | Malformed:
    try:
        signal = signal_of(body if isinstance(body, bytes) else str(body).encode(), position)
    except NoSignal as error:
        return Malformed(id=str(identity), feed=feed, fault=str(error), position=position)
    return msgspec.structs.replace(signal, id=str(identity), feed=feed)


def beat(connection: sqlite3.Connection, heartbeat: Heartbeat) -> None:
    """Replace the feed's heartbeat."""
    connection.execute("INSERT OR REPLACE INTO heartbeats VALUES (?, ?)", (heartbeat.feed, encode(heartbeat)))


def heartbeats(connection: sqlite3.Connection) -> dict[str, Heartbeat]:
    """Return the last heartbeat of each feed, by feed."""
    found = connection.execute("SELECT feed, body FROM heartbeats ORDER BY feed")
    return {feed: decode_body(body, Heartbeat) for feed, body in found}


def note_delivery(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Replace the position of the delivery's webhook."""
    connection.execute("INSERT OR REPLACE INTO webhooks VALUES (?, ?)", (delivery.webhook, encode(delivery)))


def deliveries(connection: sqlite3.Connection) -> dict[str, Delivery]:
    """Return the last noted position of each webhook, by name; none where an older syncd has made the file."""
    if not has_webhooks(connection):
        return {}
    found = connection.execute("SELECT name, body FROM webhooks ORDER BY name")
    return {name: decode_body(body, Delivery) for name, body in found}


def decode_body(body: bytes, kind: type[T]) -> T:
    """Decode a JSON body as `kind`. Raises LedgerError when it cannot be read."""
    try:
        return cast(T, _DECODERS[kind].decode(body))
    except msgspec.MsgspecError as error:
        raise LedgerError(
            f"a {kind.__name__} in the ledger cannot be read ({error}): restore it from a backup"
        ) from error


def decode_packed(packed: bytes, kind: type[T], unpack: Callable[[bytes], bytes] = codec.unpack_json) -> T:
    """Return a value that is kept compressed. Raises LedgerError for what is not, or not of `kind`."""
    return decode_body(unpacked_json(packed, unpack), kind)


def unpacked_json(packed: bytes, unpack: Callable[[bytes], bytes] = codec.unpack_json) -> bytes:
    """Return the JSON of a body that is kept compressed. Raises LedgerError for what is not."""
    try:
        return unpack(packed)
    except zstandard.ZstdError as error:
        raise LedgerError(f"a body in the ledger cannot be read ({error}): restore it from a backup") from error
