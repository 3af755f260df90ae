"""Invented histories committed to a real ledger, as the feeds would have."""

from msgspec.structs import replace

from syncd.core.canonical import list_digest
from syncd.core.codec import pack_json
from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Change, Commit, Signal
from syncd.core.state import Stored
from syncd.ledger.contract import FeedLog, Ledger

LATE = "2099-01-01T00:00:00Z"


class Feeds:
    """The owners of all feeds of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._logs: dict[str, FeedLog] = {}

    async def commit(self, *changes: Change) -> None:
        """Each change in a commit of its own."""
        for change in changes:
            if change.feed not in self._logs:
                self._logs[change.feed] = await self._ledger.open(change.feed)
            log = self._logs[change.feed]
            await log.commit(_commit(log, change))


def _commit(log: FeedLog, change: Change) -> Commit:
    records = {change.key: _stored(log, change)}
    in_force = {**log.records, **records}
    listed = {key: stored.digest for key, stored in in_force.items() if stored.status == "listed"}
    state = replace(
        log.state,
        commit=change.commit,
        sequence=change.sequence,
        committed_at=change.committed_at,
        ledger_digest=list_digest(listed),
        ledger_records=len(listed),
    )
    return Commit(changes=(change,), records=records, rows=(), state=state)


def _stored(log: FeedLog, change: Change) -> Stored:
    if change.after is None:
        return replace(log.records[change.key], status="delisted", until=change.committed_at, sequence=change.sequence)
    return Stored(
        status="listed",
        digest=change.digest_after or "",
        fingerprint=b"",
        vocabulary="invented",
        sequence=change.sequence,
        body=pack_json(bytes(change.after)),
        since=change.committed_at,
    )


def link(subject: str, *, number: int = 1, expires: str = LATE, why: str = "seen") -> Signal:
    return Signal(
        id=f"s{number}", feed=COORDINATOR, kind="link", subject=subject, asserted_by="me", expires=expires, why=why
    )
