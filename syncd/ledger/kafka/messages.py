"""What goes out beside transactions: signals, in the order of their one partition, and heartbeats."""

import asyncio

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from syncd.core.events import Signal
from syncd.errors import LedgerError
from syncd.ledger.contract import Heartbeat
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.connection import TROUBLES, discard
from syncd.ledger.kafka.reading import Reader, span

SEND_SECONDS_MAX = 20.0


class Outbox:
    """A producer without transactions, made when it is needed and thrown away when it fails."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._producer: AIOKafkaProducer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def send(self, partition: TopicPartition, message: wire.Message) -> int:
        """The offset at which it stands. Raises LedgerError."""
        message = self._reader.connection.encoding.encoded(partition.topic, message)
        async with self._one_at_a_time:
            if self._producer is None:
                self._producer = await self._reader.connection.producer()
            try:
                async with asyncio.timeout(SEND_SECONDS_MAX):
                    sent = await self._producer.send_and_wait(
                        partition.topic,
                        message.value,
                        message.key,
                        partition=partition.partition,
                        headers=message.headers,
                    )
            except TROUBLES as error:
                await self._end()
                raise LedgerError(self._reader.connection.explained(error)) from error
            return int(sent.offset)

    async def close(self) -> None:
        async with self._one_at_a_time:
            await self._end()

    async def _end(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard(producer)

    async def beat(self, heartbeat: Heartbeat) -> None:
        await self.send(self._reader.partition("feeds", heartbeat.feed), wire.heartbeat_message(heartbeat))


class Inbox:
    """All signals so far, read on as they come. A position is the offset and one; one id is one signal, the first."""

    def __init__(self, reader: Reader, outbox: Outbox) -> None:
        self._reader = reader
        self._outbox = outbox
        self._partition = TopicPartition(reader.topics.name("signals"), 0)
        self._known: dict[str, Signal] = {}
        self._next = 0
        self._consumer: AIOKafkaConsumer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def send(self, signal: Signal) -> Signal:
        await self._read_on()
        if signal.id not in self._known:
            await self._outbox.send(self._partition, wire.signal_message(signal))
            await self._read_on()
        return self._known[signal.id]

    async def after(self, feed: str, position: int) -> list[Signal]:
        await self._read_on()
        return [one for one in self._known.values() if one.feed == feed and one.position > position]

    async def close(self) -> None:
        async with self._one_at_a_time:
            await self._end()

    async def _end(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await self._reader.connection.close(consumer.stop())

    async def _read_on(self) -> None:
        async with self._one_at_a_time:
            try:
                await self._read()
            except BaseException:
                await self._end()
                raise

    async def _read(self) -> None:
        connection, partition = self._reader.connection, self._partition
        if self._consumer is None:
            self._consumer = await connection.assigned([partition])
            begin = (await self._reader.begins(self._consumer, [partition]))[partition]
            self._next = max(self._next, begin)
        end = (await self._reader.ends(self._consumer, [partition]))[partition]
        async for batch in span(connection, self._consumer, {partition: self._next}, {partition: end}):
            for message in batch:
                signal = wire.decoded(message.value, Signal)
                self._known.setdefault(signal.id, msgspec.structs.replace(signal, position=message.offset + 1))
        self._next = max(self._next, end)
