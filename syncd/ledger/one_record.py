"""One record, looked up in any ledger: its changes under every key that it had, who decided them, its target."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Final, TypeVar, cast

import msgspec
from msgspec.structs import replace

from syncd.core import codec
from syncd.core.coordination.brief import TargetBrief, brief_target
from syncd.core.coordination.target import feed_of
from syncd.core.events import Change, Publication
from syncd.core.record_history import (
    DECIDED_CAUSES,
    HistoryEntry,
    KnownRecord,
    history_entry,
    is_decision_of,
    known_at,
)
from syncd.core.search import Scan
from syncd.errors import SyncdError
from syncd.ledger.contract import Ledger
from syncd.ledger.notice_evidence import notices_of_changes

# A publisher that gives its records new keys does so once in years.
KEYS_MAX: Final = 20
LAST: Final = "9999"

T = TypeVar("T")


class NoSuchRecord(SyncdError):
    """There never was a record under this key in the ledger."""

    def __init__(self, key: str) -> None:
        form = "" if ":" in key else ", nor a list of that name; a key is a list and an id, such as un_sc:QDi.001"
        super().__init__(
            f"there never was a record {key} in this ledger{form}: `syncd search` finds keys by name or number"
        )


class NotKnownYet(SyncdError):
    """The ledger knows the record, but nothing of it that early."""

    def __init__(self, key: str, since: str) -> None:
        super().__init__(f"{key} is known since {since[:19]}Z: nothing can be said of an earlier time")


async def known_record(ledger: Ledger, key: str, moment: str, *, is_now: bool = False) -> KnownRecord:
    """Return what was known of the record under `key` at `moment` (ISO 8601, UTC). When that `is_now`, all that is
    committed is known, whatever the clock said then. Raises NoSuchRecord, NotKnownYet, LedgerError."""
    changes = await changes_of_record(ledger, key)
    found = known_at(changes, LAST if is_now else moment)
    if found is None:
        raise NotKnownYet(key, changes[0].committed_at)
    found = replace(found, at=moment)
    if not found.elided:
        return found
    # Too large for an event; the list itself has its latest version.
    stored = await ledger.record(found.key)
    if stored is None or stored.sequence != found.sequence:
        return found
    return replace(found, record=msgspec.Raw(codec.unpack_json(stored.body)), elided=())


async def changes_of_record(ledger: Ledger, key: str) -> list[Change]:
    """Return the changes of the record under `key`, also under the keys that it had before and has since, oldest first.
    Raises NoSuchRecord, LedgerError."""
    found = await _changes(ledger, key)
    if not found:
        raise NoSuchRecord(key)
    changes = [*await _earlier(ledger, found), *found]
    return [*changes, *await _later(ledger, key)]


async def _earlier(ledger: Ledger, changes: Sequence[Change]) -> list[Change]:
    """Return what happened to the record under the keys that it had before, as far as it was re-keyed."""
    earlier: list[Change] = []
    seen = {changes[0].key}
    while changes and (previous := changes[0].previous_key) and previous not in seen and len(seen) < KEYS_MAX:
        seen.add(previous)
        changes = [change for change in await _changes(ledger, previous) if change.sequence < changes[0].sequence]
        earlier = [*changes, *earlier]
    return earlier


async def _later(ledger: Ledger, key: str) -> list[Change]:
    """Return what happened to the record after it was given other keys."""
    later: list[Change] = []
    seen = {key}
    stored = await ledger.record(key)
    while stored is not None and stored.successor and stored.successor not in seen and len(seen) < KEYS_MAX:
        before, key = key, stored.successor
        seen.add(key)
        changes = await _changes(ledger, key)
        begin = next((place for place, change in enumerate(changes) if change.previous_key == before), len(changes))
        later += changes[begin:]
        stored = await ledger.record(key)
    return later


async def _changes(ledger: Ledger, key: str) -> list[Change]:
    async with _ending(ledger.changes_of(key)) as changes:
        return [change async for change in changes]


def _ending(reading: AsyncIterator[T]) -> aclosing[AsyncGenerator[T, None]]:
    return aclosing(cast(AsyncGenerator[T, None], reading))


async def history_of_record(ledger: Ledger, key: str) -> list[HistoryEntry]:
    """Return each change of the record under `key` with what differs, the notices that it enacts and who decided it,
    oldest first. Raises NoSuchRecord, LedgerError."""
    changes = await changes_of_record(ledger, key)
    decisions = await _decisions(ledger, feed_of(key)) if any(one.cause in DECIDED_CAUSES for one in changes) else []
    notices = await notices_of_changes(ledger, feed_of(key), {change.key for change in changes})
    return [
        history_entry(
            change, [row for row in decisions if is_decision_of(row, change)], notices.get(change.sequence, ())
        )
        for change in changes
    ]


async def _decisions(ledger: Ledger, feed: str) -> list[Publication]:
    async with _ending(ledger.publications(feed)) as rows:
        return [row async for row in rows if row.kind == "decision"]


async def target_of_record(ledger: Ledger, key: str) -> TargetBrief | None:
    """Return the target of which the record under `key` is a member; None when the coordinator has none of it. Raises
    LedgerError."""
    state, packed = await ledger.target_of(key)
    return None if packed is None else brief_target(packed, state.decisions)


async def scan_ledger(ledger: Ledger, scan: Scan) -> None:
    """Let `scan` take every record of every list. Raises LedgerError."""
    unpack = codec.unpacker()
    for feed in await ledger.feeds():
        after = ""
        while rows := await ledger.stored(feed, after=after):
            for key, stored in rows:
                scan.take(codec.decode(unpack(stored.body)), stored.status)
                after = key
