"""The contract of a ledger, in Kafka or in SQLite.

    open(feed)          → a log that nobody else can write from now on, with the restored records and state
    log.commit(commit)  → all of it or nothing, and it is known which
    tail(position)      → committed events; the order is promised within a feed only
    open_coordinator()  → the same for what is said of several lists together: targets, coordination events, cursor
    open_notices()      → the same for announcements: notices, what is said of them, cursor

A commit is numbered 1, 2, 3 … per feed without holes, its changes by a sequence without holes; `committed_at` never
goes backwards within a feed. The last to open a feed owns it: a commit by an earlier owner raises `Fenced` and
leaves nothing behind.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping
from typing import Protocol

from syncd.core.coordination.target import CoordinationCommit, CoordinationEvent, CoordinatorState
from syncd.core.deliveries import Delivery
from syncd.core.events import Change, Commit, Heartbeat, Publication, Signal
from syncd.core.notices.notice import NoticeEvent, NoticesCommit, NoticesState
from syncd.core.state import FeedState, Stored
from syncd.ledger.received import Malformed

__all__ = ["Commit", "CoordinatorLog", "FeedLog", "Heartbeat", "Ledger", "NoticesLog", "Position"]

Position = Mapping[str, int]


class FeedLog(Protocol):
    """One feed, open for writing by one owner.

    `records` and `state` are what was last committed; `commit` replaces them once it is known to stand.
    """

    @property
    def state(self) -> FeedState:
        """The state as last committed."""
        ...

    @property
    def records(self) -> Mapping[str, Stored]:
        """The records and stubs as last committed, by key."""
        ...

    async def commit(self, commit: Commit) -> None:
        """All or nothing. Raises Fenced when somebody else has opened the feed since, LedgerError when nothing was
        written."""
        ...


class CoordinatorLog(Protocol):
    """The coordinator's state, open for writing by one owner. `targets` are rows packed by `core.codec`."""

    @property
    def state(self) -> CoordinatorState:
        """The state as last committed."""
        ...

    @property
    def targets(self) -> Mapping[str, bytes]:
        """The packed targets as last committed, by id."""
        ...

    def take_linking(self) -> bytes:
        """Return what linking had kept when the log was opened; once, for it is large. Empty when there is nothing."""
        ...

    async def commit(self, commit: CoordinationCommit) -> None:
        """As that of a feed: all or nothing, and known which."""
        ...


class NoticesLog(Protocol):
    """The notices, open for writing by one owner. `rows` are those that are kept, packed by `core.codec`."""

    @property
    def state(self) -> NoticesState:
        """The state as last committed."""
        ...

    @property
    def rows(self) -> Mapping[str, bytes]:
        """The packed notices as last committed, by id."""
        ...

    async def commit(self, commit: NoticesCommit) -> None:
        """As that of a feed: all or nothing, and known which."""
        ...


class Ledger(Protocol):
    """Where state and events of all feeds live, and what people ask of them."""

    @property
    def installation(self) -> str:
        """The name under which the events go out (`ce_source`)."""
        ...

    async def open(self, feed: str) -> FeedLog:
        """Take the feed over. Raises LedgerBusy, or StateMismatch when the restored records do not have the digest
        in the restored state."""
        ...

    @property
    def identity(self) -> str:
        """The ledger's identity and generation: a reader that notes a position notes this beside it. It is
        another after a restore from a backup, when sequences are given again; empty where it is not known yet."""
        ...

    @property
    def restored(self) -> str:
        """By what it was seen, when this was opened for writing, that the ledger came from a backup; empty when it did
        not, or when that cannot be seen."""
        ...

    def tail(
        self, position: Position, *, feeds: Iterable[str] = (), follow: bool = False, of: str = ""
    ) -> AsyncIterator[Change]:
        """Changes after `position` ({feed: sequence}; a feed that is not named starts at its beginning), of `feeds`
        or of all. Ends at the present unless `follow`. Raises LedgerError, and never passes over anything, when a
        sequence is missing, when `position` lies beyond what is committed, or when it was noted under an identity
        `of` in which it meant something else."""
        ...

    def publications(self, feed: str, *, last: int | None = None) -> AsyncIterator[Publication]:
        """The rows of a feed, oldest first; or its `last` ones, without reading those before."""
        ...

    async def state(self, feed: str) -> FeedState:
        """Return the state as committed now, without the records. Raises LedgerError."""
        ...

    async def snapshot(self, feed: str) -> tuple[FeedState, Mapping[str, Stored]]:
        """Return state and records as committed now, for a reader; takes nothing over. Raises StateMismatch."""
        ...

    async def stored(self, feed: str, *, after: str = "", most: int = 500) -> list[tuple[str, Stored]]:
        """Return up to `most` records and stubs of a feed as committed now, in the order of the bytes of their keys:
        those whose key follows `after`. An empty list is the end. Raises LedgerError."""
        ...

    async def record(self, key: str) -> Stored | None:
        """Return the record or stub under `key` as committed now; None when there never was one. Raises
        LedgerError."""
        ...

    def changes_of(self, key: str) -> AsyncIterator[Change]:
        """Committed changes whose key is `key`, oldest first. Raises LedgerError."""
        ...

    async def target_of(self, key: str) -> tuple[CoordinatorState, bytes | None]:
        """Return the coordinator's state, and the packed target of which the record under `key` is a member; None when
        the coordinator has not taken the record yet. Raises LedgerError."""
        ...

    async def open_coordinator(self) -> CoordinatorLog:
        """Take the coordination over. Raises as `open` does."""
        ...

    def coordination(self, after: int = 0, *, follow: bool = False, of: str = "") -> AsyncIterator[CoordinationEvent]:
        """Coordination events after a sequence, in order. Ends at the present unless `follow`. `of` as for `tail`."""
        ...

    async def targets(self, only: Collection[str] | None = None) -> tuple[CoordinatorState, Mapping[str, bytes]]:
        """Return the coordinator's state and the packed targets as committed now, for a reader: all of them, or `only`
        those with these ids. Of all lists they take 25 MB. Raises StateMismatch."""
        ...

    async def open_notices(self) -> NoticesLog:
        """Take the notices over. Raises as `open` does."""
        ...

    def notices(self, position: Position, *, follow: bool = False) -> AsyncIterator[NoticeEvent]:
        """What was said of notices after `position` ({channel: sequence}), in order within a channel. Ends at the
        present unless `follow`. Raises LedgerError when a sequence is missing, or when `position` lies beyond what is
        committed."""
        ...

    def linked_notices(self, feed: str) -> AsyncIterator[NoticeEvent]:
        """The events that link changes of `feed` to notices, in order within a channel. Raises LedgerError."""
        ...

    async def live_notices(self) -> tuple[NoticesState, Mapping[str, bytes]]:
        """Return the state and the packed notices that are kept as committed now, for a reader."""
        ...

    def at_odds(self, owner: str) -> AsyncGenerator[str, None]:
        """For `verify`, in words: what of a feed, the coordinator or the notices stands beside its value (key, headers,
        columns) and says otherwise, and what stands twice, which `tail` passes over. Raises LedgerError."""
        ...

    async def feeds(self) -> list[str]:
        """Return the feeds that have a state, in order."""
        ...

    async def send(self, signal: Signal) -> Signal:
        """Leave a signal for the owner of the feed; return it with its position. A signal that is sent twice keeps
        the first."""
        ...

    async def signals(self, feed: str, after: int) -> list[Signal | Malformed]:
        """Signals for `feed` that wait for an answer, in order: those after the position `after`, of the last one that
        was answered; where positions may begin anew, those whose id no decision row bears. Messages that are no signals
        are passed over."""
        ...

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Replace the feed's heartbeat. Raises LedgerError."""
        ...

    async def heartbeats(self) -> dict[str, Heartbeat]:
        """Return the last heartbeat of each feed."""
        ...

    async def note_delivery(self, delivery: Delivery) -> None:
        """Replace the position of the delivery's webhook. Raises LedgerError."""
        ...

    async def deliveries(self) -> dict[str, Delivery]:
        """Return the last noted position of each webhook, by name."""
        ...

    async def close(self) -> None:
        """End every reading and every open log; nothing is committed afterwards."""
        ...
