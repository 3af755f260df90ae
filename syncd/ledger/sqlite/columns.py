"""The columns beside the bodies of rows, compared with the bodies: queries go by both."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from syncd.core import codec
from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, Target
from syncd.core.events import Publication
from syncd.core.notices.notice import NOTICES, Notice, NoticeEvent
from syncd.core.tolerant import tolerating
from syncd.ledger.sqlite import coordination, notices, rows
from syncd.ledger.sqlite.schema import has_coordination, has_notices, transaction

CHANGES = """
SELECT feed, sequence, commit_number, key, type, committed_at, body FROM changes WHERE feed = ? ORDER BY sequence
"""
PUBLICATIONS = "SELECT feed, kind, commit_number, at, body FROM publications WHERE feed = ? ORDER BY position"
EVENTS = "SELECT sequence, commit_number, target, type, committed_at, body FROM coordination ORDER BY sequence"
NOTICE_EVENTS = """
SELECT channel, sequence, commit_number, notice, type, committed_at, body FROM notices ORDER BY position
"""
LIVE_NOTICES = "SELECT id, body FROM live_notices ORDER BY id"
TARGETS = "SELECT id, body FROM targets ORDER BY id"

_notice = msgspec.json.Decoder(Notice)
_target = tolerating(msgspec.json.Decoder(Target))


def at_odds(connection: sqlite3.Connection, owner: str, most: int) -> list[str]:
    """What of a feed, the coordinator or the notices has columns that are not those of its body, in words; the first
    `most`. Raises LedgerError for what cannot be read."""
    found: list[str] = []
    with transaction(connection, "DEFERRED"):
        for place, columns, wanted in _compared(connection, owner):
            if columns != wanted and len(found) < most:
                found.append(f"{place}: its columns are not those of its body")
    return found


def _compared(connection: sqlite3.Connection, owner: str) -> Iterator[tuple[str, Any, Any]]:
    for row in connection.execute(PUBLICATIONS, (owner,)):
        wanted = rows.publication_row(rows.decode_body(row[-1], Publication))
        yield f"publications, commit {row[2]}", row[:-1], wanted[:-1]
    if owner == NOTICES:
        yield from _compared_notices(connection)
        return
    unpack = codec.unpacker()
    if owner != COORDINATOR:
        for row in connection.execute(CHANGES, (owner,)):
            yield f"changes, sequence {row[1]}", row[:-1], rows.change_row(rows.change(row[-1], unpack), b"")[:-1]
        return
    if not has_coordination(connection):
        return
    for row in connection.execute(EVENTS):
        event = rows.decode_packed(row[-1], CoordinationEvent)
        yield f"coordination, sequence {row[0]}", row[:-1], coordination.event_row(event, b"")[:-1]
    for identity, packed in connection.execute(TARGETS):
        yield f"targets, {identity}", identity, _target(rows.unpacked_json(packed)).id


def _compared_notices(connection: sqlite3.Connection) -> Iterator[tuple[str, Any, Any]]:
    if not has_notices(connection):
        return
    for row in connection.execute(NOTICE_EVENTS):
        event = rows.decode_packed(row[-1], NoticeEvent)
        yield f"notices, {row[0]}, sequence {row[1]}", row[:-1], notices.notice_row(event, b"")[:-1]
    for identity, packed in connection.execute(LIVE_NOTICES):
        yield f"notices, {identity}", identity, _notice.decode(rows.unpacked_json(packed)).id
