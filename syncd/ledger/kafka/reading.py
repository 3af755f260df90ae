"""Committed messages of partitions, from an offset up to an end.

Progress is the consumer's position, never the offset of the last message: the marks that end a transaction take
offsets and are no messages, and neither is what compaction or an abort left out.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

from aiokafka import AIOKafkaConsumer
from aiokafka.partitioner import murmur2
from aiokafka.structs import ConsumerRecord, TopicPartition

from syncd.channels import slots_by_channel
from syncd.core.coordination.target import COORDINATOR
from syncd.core.notices.notice import NOTICES
from syncd.errors import LedgerError
from syncd.feeds import partition_of, partitions_by_feed
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.clients import Clients
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.topics import TOPICS, Name, Topics

POLL_MS = 500
RECORDS_AT_ONCE = 2000
# A broker that is restarted is back within this; longer without a byte, and something is wrong.
SILENCE_SECONDS_MAX = 60.0
SHOWN_AGAIN_SECONDS = 0.01
SHOWN_SECONDS_MAX = 3.0
FIRST_STEP_BACK = 32
NEAR_ENOUGH = 2000

Offsets = Mapping[TopicPartition, int]


class LedgerReader:
    """Reads the topics of one ledger."""

    def __init__(self, connection: Connection, topics: Topics) -> None:
        self.connection = connection
        self.topics = topics
        self._clients = Clients(connection)
        self._written: dict[TopicPartition, int] = {}

    def wrote(self, partition: TopicPartition, end: int) -> None:
        """What this process has committed up to `end` is read by its readers: a transaction stands some milliseconds
        before the brokers show it."""
        self._written[partition] = max(end, self._written.get(partition, 0))

    def partition(self, topic: Name, owner: str) -> TopicPartition:
        """Return where a feed or the coordinator writes in a topic. Raises LedgerError for an unknown feed."""
        if TOPICS[topic].partitions == 1:
            return TopicPartition(self.topics.name(topic), 0)
        if owner in (COORDINATOR, NOTICES):
            return TopicPartition(self.topics.name(topic), self.topics.partitions - 1)
        if owner not in partitions_by_feed():
            raise LedgerError(f"{owner} has no partition: it is none of the feeds of this syncd")
        return TopicPartition(self.topics.name(topic), partition_of(owner))

    def partitions(self, topic: Name) -> list[TopicPartition]:
        """Of all feeds."""
        return [
            self.partition(topic, feed)
            for feed, number in partitions_by_feed().items()
            if number < self.topics.partitions - 1
        ]

    def partition_of_key(self, topic: Name, key: bytes) -> TopicPartition:
        """Return where Kafka's default partitioner puts `key`, in a topic whose partition is no feed."""
        return TopicPartition(self.topics.name(topic), (murmur2(key) & 0x7FFFFFFF) % self.topics.partitions)

    def all_partitions(self, topic: Name) -> list[TopicPartition]:
        """Of a topic whose partition is no feed."""
        return [TopicPartition(self.topics.name(topic), number) for number in range(self.topics.partitions)]

    def channel_partitions(self) -> dict[str, TopicPartition]:
        """Where each channel's notices stand."""
        name = self.topics.name("notices")
        slots = {channel: slot for channel, slot in slots_by_channel().items() if slot < self.topics.partitions}
        return {channel: TopicPartition(name, slot) for channel, slot in slots.items()}

    async def close(self) -> None:
        """End all consumers; those that are lent end when they come back."""
        await self._clients.close()

    async def high_watermarks(self, partitions: list[TopicPartition]) -> Offsets:
        """The ends, transactions that are still open included."""
        return await self._clients.high_watermarks(partitions, SILENCE_SECONDS_MAX)

    async def committed_ends(self, partitions: list[TopicPartition]) -> Offsets:
        """As `ends`, for who has no consumer."""
        async with self._clients.lent(partitions) as consumer:
            return await self.ends(consumer, partitions)

    async def ends(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> Offsets:
        """As far as is committed now, what this process has committed included. Brokers that still do not show it
        have lost it: what is missing is then found by the reader."""
        late = time.monotonic() + SHOWN_SECONDS_MAX
        while True:
            found = await self._ends(consumer, partitions)
            unseen = {partition for partition, end in found.items() if end < self._written.get(partition, 0)}
            if not unseen:
                return found
            if time.monotonic() > late:
                for partition in unseen:
                    del self._written[partition]
            await asyncio.sleep(SHOWN_AGAIN_SECONDS)

    async def _ends(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> Offsets:
        found: Offsets = await self.connection.within(SILENCE_SECONDS_MAX, consumer.end_offsets(partitions))
        return found

    async def begins(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> Offsets:
        """Return the first offset of each partition that the brokers still have."""
        found: Offsets = await self.connection.within(SILENCE_SECONDS_MAX, consumer.beginning_offsets(partitions))
        return found

    async def all(
        self, partitions: list[TopicPartition], until: Offsets | None = None
    ) -> AsyncGenerator[list[ConsumerRecord], None]:
        """Everything committed in `partitions` up to `until`, or to what is committed now; in batches, in order
        within a partition. Its reader reads nothing else meanwhile, and closes it when breaking off."""
        async with self._clients.lent(partitions) as consumer:
            until = until or await self.ends(consumer, partitions)
            async for batch in read_span(self.connection, consumer, await self.begins(consumer, partitions), until):
                yield batch

    async def backwards(self, partition: TopicPartition, step: int) -> AsyncGenerator[list[ConsumerRecord], None]:
        """Everything committed in `partition`, the last offsets first; each batch of `step` offsets in order. Its
        reader reads nothing else meanwhile."""
        async with self._clients.lent([partition]) as consumer:
            upper = (await self.ends(consumer, [partition]))[partition]
            begin = (await self.begins(consumer, [partition]))[partition]
            while upper > begin:
                lower = max(begin, upper - step)
                batches = read_span(self.connection, consumer, {partition: lower}, {partition: upper})
                yield [message async for batch in batches for message in batch]
                upper = lower

    async def ends_of(self, partitions: list[TopicPartition]) -> list[ConsumerRecord]:
        """The last message of each partition that has any, of topics that are written without transactions."""
        async with self._clients.lent(partitions) as consumer:
            until = await self.ends(consumer, partitions)
            begins = await self.begins(consumer, partitions)
            start = {partition: max(begins[partition], end - 1) for partition, end in until.items()}
            return [one async for batch in read_span(self.connection, consumer, start, until) for one in batch]

    async def last(
        self, partition: TopicPartition, wanted: Callable[[ConsumerRecord], bool], until: int | None = None
    ) -> ConsumerRecord | None:
        """The last committed message that is `wanted`."""
        async with self._clients.lent([partition]) as consumer:
            end = until if until is not None else (await self.ends(consumer, [partition]))[partition]
            begin = (await self.begins(consumer, [partition]))[partition]
            return await last_within(self.connection, consumer, partition, (begin, end), wanted)

    async def last_ones(self, partition: TopicPartition, count: int) -> list[ConsumerRecord]:
        """The last `count` committed messages, or as many as there are."""
        async with self._clients.lent([partition]) as consumer:
            bounds = (
                (await self.begins(consumer, [partition]))[partition],
                (await self.ends(consumer, [partition]))[partition],
            )
            return await last_ones_within(self.connection, consumer, partition, bounds, count=count)


async def last_within(
    connection: Connection,
    consumer: AIOKafkaConsumer,
    partition: TopicPartition,
    bounds: tuple[int, int],
    wanted: Callable[[ConsumerRecord], bool] = lambda _: True,
) -> ConsumerRecord | None:
    """The last message within `bounds` (begin, end) that is `wanted`."""
    found = await last_ones_within(connection, consumer, partition, bounds, wanted)
    return found[-1] if found else None


async def last_ones_within(
    connection: Connection,
    consumer: AIOKafkaConsumer,
    partition: TopicPartition,
    bounds: tuple[int, int],
    wanted: Callable[[ConsumerRecord], bool] = lambda _: True,
    *,
    count: int = 1,
) -> list[ConsumerRecord]:
    """The last `count` messages within `bounds` that are `wanted`; the log is read backwards in growing steps."""
    begin, upper = bounds
    step = max(FIRST_STEP_BACK, 2 * count)
    found: list[ConsumerRecord] = []
    while upper > begin and len(found) < count:
        lower = max(begin, upper - step)
        earlier = [
            message
            async for batch in read_span(connection, consumer, {partition: lower}, {partition: upper})
            for message in batch
            if wanted(message)
        ]
        found = earlier + found
        upper, step = lower, step * 8
    return found[-count:] if count else []


async def read_span(
    connection: Connection,
    consumer: AIOKafkaConsumer,
    start: Offsets,
    until: Offsets,
    *,
    as_they_are: bool = False,
) -> AsyncIterator[list[ConsumerRecord]]:
    """Messages from `start` up to, without, `until`; decoded, unless `as_they_are`. Raises LedgerError when nothing
    comes for a minute."""
    left = {partition for partition, end in until.items() if start[partition] < end}
    for partition in until:
        consumer.seek(partition, start[partition])
        if partition in left:
            consumer.resume(partition)
        else:
            consumer.pause(partition)
    moved = time.monotonic()
    while left:
        async with connection.errors():
            batches = await consumer.getmany(*left, timeout_ms=POLL_MS, max_records=RECORDS_AT_ONCE)
            positions = {partition: await consumer.position(partition) for partition in left}
        for partition, messages in batches.items():
            inside = [message for message in messages if message.offset < until[partition]]
            if inside:
                yield inside if as_they_are else await connection.encoding.decoded(inside)
        done = {partition for partition, position in positions.items() if position >= until[partition]}
        consumer.pause(*done)
        left -= done
        if batches or done:
            moved = time.monotonic()
        elif time.monotonic() - moved > SILENCE_SECONDS_MAX:
            raise LedgerError(f"Kafka sent nothing for {SILENCE_SECONDS_MAX:.0f} s of {_names(left)}")


def _names(partitions: set[TopicPartition]) -> str:
    return ", ".join(sorted(f"{one.topic}-{one.partition}" for one in partitions))


async def after_sequence(
    connection: Connection,
    consumer: AIOKafkaConsumer,
    partition: TopicPartition,
    bounds: tuple[int, int],
    sequence: int,
) -> int:
    """An offset at or shortly before the first change after `sequence`; within `bounds` (begin, end)."""
    lower, upper = bounds
    while upper - lower > NEAR_ENOUGH:
        middle = (lower + upper) // 2
        first = await first_within(connection, consumer, partition, (middle, upper))
        if first is None or int(wire.header(first.headers, "ce_sequence")) > sequence:
            upper = middle
        else:
            lower = first.offset
    return lower


async def first_within(
    connection: Connection, consumer: AIOKafkaConsumer, partition: TopicPartition, bounds: tuple[int, int]
) -> ConsumerRecord | None:
    """The first message within `bounds` (begin, end)."""
    begin, end = bounds
    async for batch in read_span(connection, consumer, {partition: begin}, {partition: end}):
        return batch[0]
    return None


async def following(
    connection: Connection, consumer: AIOKafkaConsumer, start: Offsets
) -> AsyncIterator[list[ConsumerRecord]]:
    """Messages from `start` on, without an end."""
    for partition, offset in start.items():
        consumer.seek(partition, offset)
        consumer.resume(partition)
    while True:
        async with connection.errors():
            batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_AT_ONCE)
        for messages in batches.values():
            yield await connection.encoding.decoded(messages)
        await asyncio.sleep(0)
