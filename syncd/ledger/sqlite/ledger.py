"""The ledger in one SQLite file, as `syncd.ledger.contract` promises it."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping
from pathlib import Path

from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, CoordinatorState
from syncd.core.deliveries import Delivery
from syncd.core.events import Change, Heartbeat, Publication, Signal
from syncd.core.notices.notice import NOTICES, NoticeEvent, NoticesState
from syncd.core.state import FeedState, Stored
from syncd.errors import LedgerError
from syncd.ledger.checks import check_position, follows
from syncd.ledger.contract import Position
from syncd.ledger.received import Malformed
from syncd.ledger.sqlite import columns, coordination, identity, lookups, notices, rows, schema
from syncd.ledger.sqlite.lock import WriterLock
from syncd.ledger.sqlite.log import SqliteCoordinatorLog, SqliteLog, SqliteNoticesLog
from syncd.ledger.sqlite.mounts import MOUNTS, refuse_network
from syncd.ledger.sqlite.session import Session
from syncd.ledger.sqlite.target_rows import TargetRows
from syncd.ledger.sqlite.written import Remembered, WrittenFile

PROBLEMS_MAX = 100
INSTALLATION = "default"


def _check_place(path: Path, writing: bool, mounts: Path) -> None:
    refuse_network(path, mounts)
    if not writing and not path.exists():
        raise LedgerError(f"there is no ledger at {path}: 'syncd run' makes it")


class SqliteLedger:
    """Made by `open_file`. `installation` is the name under which the file's events go out (`ce_source`). `restored`
    says by what it was seen, when it was opened, that it came from a backup; empty when it did not."""

    def __init__(self, path: Path, installation: str, lock: WriterLock | None) -> None:
        self.path = path
        self.installation = installation
        self._lock = lock
        self.identity = ""
        self.restored = ""
        self._writer = Session(path, writing=True)
        # Of its own: who reads does not wait for a baseline that is being written.
        self._reader = Session(path, writing=False)
        self._targets = TargetRows(path)
        self._written = WrittenFile(path)
        self._last_signals = Remembered(self._reader, self._written, rows.last_signals)
        self._heartbeats = Remembered(self._reader, self._written, rows.heartbeats)

    @classmethod
    async def open_file(
        cls, path: Path, *, writing: bool, installation: str = "", alone: bool = True, mounts: Path = MOUNTS
    ) -> "SqliteLedger":
        """Open `path`; with `writing`, as the only process that may open feeds, and making the file if there is none.

        Without `writing` everything can be read and signals can be sent. The file remembers the `installation` that
        it was made for. `alone=False` lets several ledger objects of one process write (tests).
        Raises LedgerBusy, which names the writer, and LedgerError.
        """
        _check_place(path, writing, mounts)
        lock = WriterLock(path, alone=alone) if writing else None
        ledger = cls(path, installation, lock)
        try:
            await ledger._prepare(writing)
        except BaseException:
            await ledger.close()
            raise
        return ledger

    async def _prepare(self, writing: bool) -> None:
        if writing:
            await self._writer.run(schema.create, self.path, self.installation or INSTALLATION)
        await self._reader.run(schema.check_file, self.path)
        made_for = await self._reader.run(rows.installation)
        if writing and self.installation not in ("", made_for):
            raise LedgerError(
                f"{self.path} belongs to the installation '{made_for}', not to '{self.installation}': "
                "its consumers know its events by that name. Set it back, or give this one another ledger"
            )
        self.installation = made_for
        if writing:
            self.restored = await self._writer.run(identity.assure, self.path)
        self.identity = await self._reader.run(identity.identity_of)

    async def begin_generation(self, why: str) -> str:
        """Say that the file came from a backup, where that cannot be seen. Returns the new identity."""
        self._refuse_reader("the ledger")
        self.identity = await self._writer.run(identity.begin_generation, self.path, why)
        return self.identity

    async def open(self, feed: str) -> SqliteLog:
        """As `Ledger.open` promises."""
        self._refuse_reader(feed)
        epoch, state, records = await self._writer.run(rows.take_over_feed, feed)
        return SqliteLog(self._writer, self.path, epoch, state, records)

    async def tail(
        self, position: Position, *, feeds: Iterable[str] = (), follow: bool = False, of: str = ""
    ) -> AsyncIterator[Change]:
        """As `Ledger.tail` promises."""
        at, wanted = dict(position), frozenset(feeds)
        if of:
            await self._reader.run(identity.refuse_foreign, at, of)
        check_position(await self._reader.run(rows.ends, list(at)), at, wanted)
        place = await self._reader.run(rows.start_of, at, wanted)
        while True:
            seen = self._written.stamp()
            page = await self._reader.run(rows.page, place, at, wanted)
            place = page.place
            for change in page.changes:
                follows(change.feed, at.get(change.feed, 0), change.sequence)
                at[change.feed] = change.sequence
                yield change
            if page.last and not follow:
                return
            if page.last:
                await self._written.later_than(seen)

    async def publications(self, feed: str, *, last: int | None = None) -> AsyncIterator[Publication]:
        """As `Ledger.publications` promises."""
        place = await self._reader.run(rows.before_last_publications, feed, last) if last is not None else 0
        while page := await self._reader.run(rows.publications, feed, place):
            place = page[-1][0]
            for _, row in page:
                yield row

    async def state(self, feed: str) -> FeedState:
        """As `Ledger.state` promises."""
        return await self._reader.run(rows.state, feed)

    async def snapshot(self, feed: str) -> tuple[FeedState, Mapping[str, Stored]]:
        """As `Ledger.snapshot` promises."""
        return await self._reader.run(rows.snapshot, feed)

    async def stored(self, feed: str, *, after: str = "", most: int = 500) -> list[tuple[str, Stored]]:
        """As `Ledger.stored` promises."""
        return await self._reader.run(lookups.stored_after, feed, after, most)

    async def record(self, key: str) -> Stored | None:
        """As `Ledger.record` promises."""
        return await self._reader.run(lookups.record_under, key)

    async def changes_of(self, key: str) -> AsyncIterator[Change]:
        """As `Ledger.changes_of` promises."""
        place = 0
        while page := await self._reader.run(lookups.changes_under, key, place):
            place = page[-1][0]
            for _, change in page:
                yield change

    async def target_of(self, key: str) -> tuple[CoordinatorState, bytes | None]:
        """As `Ledger.target_of` promises."""
        return await self._reader.run(lookups.target_with, key)

    async def open_coordinator(self) -> SqliteCoordinatorLog:
        """As `Ledger.open_coordinator` promises."""
        self._refuse_reader(COORDINATOR)
        owned, linking = await self._writer.run(coordination.take_over_coordination, self._targets)
        return SqliteCoordinatorLog(self._writer, self.path, owned, linking)

    def _refuse_reader(self, owner: str) -> None:
        if self._lock is None:
            raise LedgerError(f"{self.path} is open for reading and signals only: {owner} cannot be taken over")

    async def coordination(
        self, after: int = 0, *, follow: bool = False, of: str = ""
    ) -> AsyncIterator[CoordinationEvent]:
        """As `Ledger.coordination` promises."""
        if of:
            await self._reader.run(identity.refuse_foreign, {COORDINATOR: after}, of)
        await self._reader.run(coordination.refuse_beyond, after)
        while True:
            seen = self._written.stamp()
            page = await self._reader.run(coordination.events_after, after)
            for event in page:
                follows(COORDINATOR, after, event.sequence)
                after = event.sequence
                yield event
            if not page and not follow:
                return
            if not page:
                await self._written.later_than(seen)

    async def targets(self, only: Collection[str] | None = None) -> tuple[CoordinatorState, Mapping[str, bytes]]:
        """As `Ledger.targets` promises."""
        return await self._reader.run(coordination.stored_targets, only)

    async def open_notices(self) -> SqliteNoticesLog:
        """As `Ledger.open_notices` promises."""
        self._refuse_reader(NOTICES)
        epoch, state, kept = await self._writer.run(notices.take_over_notices)
        return SqliteNoticesLog(self._writer, self.path, epoch, state, kept)

    async def notices(self, position: Position, *, follow: bool = False) -> AsyncIterator[NoticeEvent]:
        """As `Ledger.notices` promises."""
        at, place = dict(position), 0
        await self._reader.run(notices.refuse_notices_beyond, at)
        while True:
            seen = self._written.stamp()
            place, page = await self._reader.run(notices.notices_after, place)
            for event in page:
                if event.sequence > at.get(event.channel, 0):
                    follows(event.channel, at.get(event.channel, 0), event.sequence)
                    at[event.channel] = event.sequence
                    yield event
            if not page and not follow:
                return
            if not page:
                await self._written.later_than(seen)

    async def linked_notices(self, feed: str) -> AsyncIterator[NoticeEvent]:
        """As `Ledger.linked_notices` promises."""
        place = 0
        while page := await self._reader.run(notices.linked_after, place):
            place = page[-1][0]
            for _, event in page:
                if any(link.feed == feed for link in event.links):
                    yield event

    async def live_notices(self) -> tuple[NoticesState, Mapping[str, bytes]]:
        """As `Ledger.live_notices` promises."""
        return await self._reader.run(notices.stored_notices)

    async def at_odds(self, owner: str) -> AsyncGenerator[str, None]:
        """As `Ledger.at_odds` promises."""
        for problem in await self._reader.run(columns.at_odds, owner, PROBLEMS_MAX):
            yield problem

    async def feeds(self) -> list[str]:
        """As `Ledger.feeds` promises."""
        return await self._reader.run(rows.feed_names)

    async def send(self, signal: Signal) -> Signal:
        """As `Ledger.send` promises."""
        return await self._writer.run(rows.send, signal)

    async def signals(self, feed: str, after: int) -> list[Signal | Malformed]:
        """As `Ledger.signals` promises."""
        if (await self._last_signals.value()).get(feed, 0) <= after:
            return []
        return await self._reader.run(rows.signals, feed, after)

    async def beat(self, heartbeat: Heartbeat) -> None:
        """As `Ledger.beat` promises."""
        await self._writer.run(rows.beat, heartbeat)

    async def heartbeats(self) -> dict[str, Heartbeat]:
        """As `Ledger.heartbeats` promises."""
        return dict(await self._heartbeats.value())

    async def note_delivery(self, delivery: Delivery) -> None:
        """As `Ledger.note_delivery` promises."""
        await self._writer.run(rows.note_delivery, delivery)

    async def deliveries(self) -> dict[str, Delivery]:
        """As `Ledger.deliveries` promises."""
        return await self._reader.run(rows.deliveries)

    async def close(self) -> None:
        """As `Ledger.close` promises."""
        self._targets.close()
        await self._reader.close()
        await self._writer.close()
        if self._lock is not None:
            self._lock.release()
