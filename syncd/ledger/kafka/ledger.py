"""The ledger in Kafka, as `syncd.ledger.contract` promises it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord
from msgspec.structs import replace

from syncd.config.sections import KafkaSettings
from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, CoordinatorState
from syncd.core.deliveries import Delivery
from syncd.core.events import Change, Heartbeat, Publication, Signal
from syncd.core.notices.notice import NOTICES, NoticeEvent, NoticesState
from syncd.core.partitions import PARTITIONS
from syncd.core.state import FeedState, Stored
from syncd.errors import Fenced, LedgerError, StateMismatch
from syncd.feeds import partitions_by_feed
from syncd.ledger.checks import check_position, follows
from syncd.ledger.contract import Position
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.coordination import KafkaCoordinatorLog, RestoredTargets, coordination_events, restored_targets
from syncd.ledger.kafka.envelopes import at_odds
from syncd.ledger.kafka.identity import topic_identity
from syncd.ledger.kafka.inbox import Inbox
from syncd.ledger.kafka.listed import ListedReader
from syncd.ledger.kafka.log import KafkaLog, Restored, restored_feed
from syncd.ledger.kafka.lookups import Lookups, row_with
from syncd.ledger.kafka.messages import Outbox
from syncd.ledger.kafka.notices import (
    KafkaNoticesLog,
    RestoredNotices,
    linked_events,
    notice_events,
    partitions_of_notices,
    restored_notices,
)
from syncd.ledger.kafka.owner import Owner
from syncd.ledger.kafka.reading import LedgerReader, Offsets, after_sequence, following, read_span
from syncd.ledger.kafka.topics import Name, Topics
from syncd.ledger.received import Malformed
from syncd.observe.kafka import ListedFilled, TopicsDiffer, unheard
from syncd.observe.moments import Moment

# A reader may catch a commit whose marks have reached one partition and not yet another.
SNAPSHOTS_MAX = 5
SNAPSHOT_AGAIN_SECONDS = 0.2

T = TypeVar("T")


class KafkaLedger:
    """Made by `connect`. `installation` is the name under which its events go out (`ce_source`)."""

    def __init__(
        self,
        connection: Connection,
        topics: Topics,
        installation: str,
        which: str,
        *,
        writing: bool,
        listed: str = "",
        report: Callable[[Moment], None] = unheard,
    ) -> None:
        """`which` and `listed` are identities: of the ledger, and of the topic of upserts, empty without one."""
        self.connection = connection
        self.topics = topics
        self.installation = installation
        self.identity = which
        # A cluster that was restored from snapshots of its disks does not know it.
        self.restored = ""
        self._reader = LedgerReader(connection, topics)
        self._outbox = Outbox(self._reader)
        self._inbox = Inbox(self._reader, self._outbox, report)
        self._lookups = Lookups(self._reader, self.snapshot)
        self._listed = listed
        self._listed_reader = ListedReader(self._reader, listed)
        self._report = report
        self._logs: dict[str, Owner[Any]] = {}
        self._writing = writing
        self._closed = False

    @classmethod
    async def connect(
        cls,
        settings: KafkaSettings,
        *,
        writing: bool,
        installation: str,
        partitions: int = PARTITIONS,
        report: Callable[[Moment], None] = unheard,
    ) -> "KafkaLedger":
        """Reach the brokers and prove the topics. Raises LedgerError that says what to change; what differs and breaks
        no promise is reported.

        Without `writing` everything can be read and signals can be sent. Tests have fewer `partitions`.
        """
        connection = Connection(settings)
        topics = Topics(
            prefix=settings.prefix, replication=settings.replication, partitions=partitions, upserts=settings.upserts
        )
        found = await topics.check(connection, settings=writing)
        if found.differing:
            report(TopicsDiffer(what=tuple(found.differing)))
        topics = replace(topics, upserts=settings.upserts and not found.absent)
        if settings.registry.url is not None:
            await connection.encoding.use(settings.registry, topics.names())
        which = await topic_identity(connection, topics.name("changes"))
        listed = await topic_identity(connection, topics.name("listed")) if topics.upserts else ""
        return cls(connection, topics, installation, which, writing=writing, listed=listed, report=report)

    async def open(self, feed: str) -> KafkaLog:
        """As `Ledger.open` promises."""
        log = KafkaLog(self._reader, feed, self._source, self._listed)
        await self._take_over(feed, log)
        if records := log.unlisted:
            await log.fill_listed()
            self._report(ListedFilled(feed=feed, records=records))
        return log

    async def open_coordinator(self) -> KafkaCoordinatorLog:
        """As `Ledger.open_coordinator` promises."""
        log = KafkaCoordinatorLog(self._reader, COORDINATOR, self._source)
        await self._take_over(COORDINATOR, log)
        return log

    async def open_notices(self) -> KafkaNoticesLog:
        """As `Ledger.open_notices` promises."""
        log = KafkaNoticesLog(self._reader, NOTICES, self._source)
        await self._take_over(NOTICES, log)
        return log

    @property
    def _source(self) -> str:
        return f"/syncd/{self.installation}/"

    async def _take_over(self, owner: str, log: Owner[Any]) -> None:
        self._refuse_closed()
        if not self._writing:
            raise LedgerError(f"this ledger is open for reading and signals only: {owner} cannot be taken over")
        before = self._logs.pop(owner, None)
        if before is not None:
            await before.end(Fenced(f"{owner} has been opened again: nothing was written"))
        await log.take_over()
        self._logs[owner] = log

    async def tail(
        self, position: Position, *, feeds: Iterable[str] = (), follow: bool = False, of: str = ""
    ) -> AsyncIterator[Change]:
        """As `Ledger.tail` promises."""
        self._refuse_closed()
        self._refuse_foreign(of)
        at, wanted = dict(position), frozenset(feeds)
        check_position(await self._last_sequences(at, wanted), at, wanted)
        partitions = [
            self._reader.partition("changes", feed) for feed in partitions_by_feed() if not wanted or feed in wanted
        ]
        partitions = [one for one in partitions if one in self._reader.partitions("changes")]
        async with self.connection.consumer(partitions, committed=True) as consumer:
            until = await self._reader.ends(consumer, partitions)
            start = await self._starts(consumer, at, until)
            async for batch in read_span(self.connection, consumer, start, until):
                for change in _next_of(batch, at):
                    yield change
            if not follow:
                return
            async for batch in following(self.connection, consumer, until):
                for change in _next_of(batch, at):
                    yield change

    async def _last_sequences(self, position: Position, wanted: frozenset[str]) -> dict[str, int]:
        """Of the feeds that `position` names."""
        asked = [feed for feed in position if feed in partitions_by_feed() and (not wanted or feed in wanted)]
        return {feed: (await self._state(feed)).sequence for feed in asked}

    async def _state(self, feed: str) -> FeedState:
        key = feed.encode()
        message = await self._reader.last(self._reader.partition("state", feed), lambda one: one.key == key)
        return wire.decode_value(message.value, FeedState) if message else FeedState(feed=feed)

    async def _starts(self, consumer: AIOKafkaConsumer, position: Position, until: Offsets) -> Offsets:
        """Offsets at or before the first change that a reader at `position` has not seen."""
        partitions = list(until)
        start = dict(await self._reader.begins(consumer, partitions))
        for feed, sequence in position.items():
            partition = self._reader.partition("changes", feed) if feed in partitions_by_feed() else None
            if partition in start:
                # Every change takes an offset, so that of a sequence is never before it.
                bounds = (min(start[partition] + sequence, until[partition]), until[partition])
                start[partition] = await after_sequence(self.connection, consumer, partition, bounds, sequence)
        return start

    async def publications(self, feed: str, *, last: int | None = None) -> AsyncIterator[Publication]:
        """As `Ledger.publications` promises."""
        self._refuse_closed()
        partition = self._reader.partition("publications", feed)
        if last is not None:
            for message in await self._reader.last_ones(partition, last):
                yield wire.decode_value(message.value, Publication)
            return
        # On a client of its own: whoever takes the rows may read something else meanwhile.
        async with self.connection.consumer([partition], committed=True) as consumer:
            until = await self._reader.ends(consumer, [partition])
            async for batch in read_span(
                self.connection, consumer, await self._reader.begins(consumer, [partition]), until
            ):
                for message in batch:
                    yield wire.decode_value(message.value, Publication)

    async def state(self, feed: str) -> FeedState:
        """As `Ledger.state` promises."""
        self._refuse_closed()
        return await self._state(feed)

    async def snapshot(self, feed: str) -> tuple[FeedState, Mapping[str, Stored]]:
        """As `Ledger.snapshot` promises."""
        self._refuse_closed()
        found = await self._of_one_moment(lambda: self._snapshot(feed))
        return found.state, found.records

    async def _of_one_moment(self, read: Callable[[], Awaitable[T]]) -> T:
        for _ in range(SNAPSHOTS_MAX - 1):
            try:
                return await read()
            except StateMismatch:
                await asyncio.sleep(SNAPSHOT_AGAIN_SECONDS)
        return await read()

    async def _snapshot(self, feed: str) -> Restored:
        return await restored_feed(self._reader, feed, await self._ends(feed, KafkaLog.RESTORED_FROM))

    async def stored(self, feed: str, *, after: str = "", most: int = 500) -> list[tuple[str, Stored]]:
        """As `Ledger.stored` promises."""
        self._refuse_closed()
        return await self._lookups.stored(feed, after, most)

    async def record(self, key: str) -> Stored | None:
        """As `Ledger.record` promises."""
        self._refuse_closed()
        return await self._lookups.record(key)

    async def changes_of(self, key: str) -> AsyncIterator[Change]:
        """As `Ledger.changes_of` promises."""
        self._refuse_closed()
        async for change in self._lookups.changes_of(key):
            yield change

    async def target_of(self, key: str) -> tuple[CoordinatorState, bytes | None]:
        """As `Ledger.target_of` promises."""
        state, rows = await self.targets()
        return state, await asyncio.to_thread(row_with, rows, key)

    async def _ends(self, owner: str, topics: Iterable[Name]) -> Offsets:
        return await self._reader.committed_ends([self._reader.partition(topic, owner) for topic in topics])

    async def coordination(
        self, after: int = 0, *, follow: bool = False, of: str = ""
    ) -> AsyncIterator[CoordinationEvent]:
        """As `Ledger.coordination` promises."""
        self._refuse_closed()
        self._refuse_foreign(of)
        async for event in coordination_events(self._reader, after, follow=follow):
            yield event

    async def targets(self, only: Collection[str] | None = None) -> tuple[CoordinatorState, Mapping[str, bytes]]:
        """As `Ledger.targets` promises."""
        self._refuse_closed()
        found = await self._of_one_moment(partial(self._targets, only))
        return found.state, found.targets

    async def _targets(self, only: Collection[str] | None) -> RestoredTargets:
        until = await self._ends(COORDINATOR, KafkaCoordinatorLog.RESTORED_FROM)
        return await restored_targets(self._reader, until, only)

    async def notices(self, position: Position, *, follow: bool = False) -> AsyncIterator[NoticeEvent]:
        """As `Ledger.notices` promises."""
        self._refuse_closed()
        async for event in notice_events(self._reader, position, follow=follow):
            yield event

    async def linked_notices(self, feed: str) -> AsyncIterator[NoticeEvent]:
        """As `Ledger.linked_notices` promises."""
        self._refuse_closed()
        async for event in linked_events(self._reader):
            if any(link.feed == feed for link in event.links):
                yield event

    async def live_notices(self) -> tuple[NoticesState, Mapping[str, bytes]]:
        """As `Ledger.live_notices` promises."""
        self._refuse_closed()
        found = await self._of_one_moment(self._live_notices)
        return found.state, found.rows

    async def _live_notices(self) -> RestoredNotices:
        return await restored_notices(
            self._reader, await self._reader.committed_ends(partitions_of_notices(self._reader))
        )

    async def at_odds(self, owner: str) -> AsyncGenerator[str, None]:
        """As `Ledger.at_odds` promises."""
        self._refuse_closed()
        async with aclosing(at_odds(self._reader, owner)) as problems:
            async for problem in problems:
                yield problem
        if self._listed and owner in partitions_by_feed():
            for problem in await self._listed_reader.problems(owner):
                yield problem

    async def feeds(self) -> list[str]:
        """As `Ledger.feeds` promises."""
        self._refuse_closed()
        found = set()
        async with aclosing(self._reader.all(self._reader.partitions("state"))) as batches:
            async for batch in batches:
                found |= {message.key.decode() for message in batch if message.key.decode() in partitions_by_feed()}
        return sorted(found)

    async def send(self, signal: Signal) -> Signal:
        """As `Ledger.send` promises."""
        self._refuse_closed()
        return await self._inbox.send(signal)

    async def signals(self, feed: str, after: int) -> list[Signal | Malformed]:  # noqa: ARG002  the contract's
        """As `Ledger.signals` promises. The inbox itself knows which signals wait: `after` is not needed."""
        self._refuse_closed()
        return await self._inbox.waiting(feed)

    async def beat(self, heartbeat: Heartbeat) -> None:
        """As `Ledger.beat` promises."""
        self._refuse_closed()
        await self._outbox.beat(heartbeat)

    async def heartbeats(self) -> dict[str, Heartbeat]:
        """As `Ledger.heartbeats` promises."""
        self._refuse_closed()
        found = {}
        partitions = [*self._reader.partitions("feeds"), self._reader.partition("feeds", COORDINATOR)]
        for message in await self._reader.ends_of(partitions):
            found[message.key.decode()] = wire.decode_value(message.value, Heartbeat)
        return dict(sorted(found.items()))

    async def note_delivery(self, delivery: Delivery) -> None:
        """As `Ledger.note_delivery` promises."""
        self._refuse_closed()
        await self._outbox.note_delivery(delivery)

    async def deliveries(self) -> dict[str, Delivery]:
        """As `Ledger.deliveries` promises."""
        self._refuse_closed()
        found = {}
        async with aclosing(self._reader.all([self._reader.partition("webhooks", COORDINATOR)])) as batches:
            async for batch in batches:
                for message in batch:
                    found[message.key.decode()] = wire.decode_value(message.value, Delivery)
        return dict(sorted(found.items()))

    async def close(self) -> None:
        """As `Ledger.close` promises."""
        self._closed = True
        self._lookups.forget()
        logs, self._logs = list(self._logs.values()), {}
        ends = (log.end(LedgerError("this ledger is closed")) for log in logs)
        await asyncio.gather(*ends, self._inbox.close(), self._outbox.close())
        await self._reader.close()

    def _refuse_foreign(self, of: str) -> None:
        if of not in ("", self.identity):
            raise LedgerError(
                f"the position is of ledger {of}, and this is {self.identity}: another cluster, or topics that were "
                "made anew. Begin anew"
            )

    def _refuse_closed(self) -> None:
        if self._closed:
            raise LedgerError("this ledger is closed")


def _next_of(batch: list[ConsumerRecord], at: dict[str, int]) -> Iterable[Change]:
    """The changes of `batch` that a reader at `at` has not seen, each following the one before; `at` moves on."""
    for message in batch:
        change = wire.change(message.value)
        last = at.get(change.feed, 0)
        if change.sequence <= last:
            continue
        follows(change.feed, last, change.sequence)
        at[change.feed] = change.sequence
        yield change
