"""Messages outside transactions: signals, heartbeats, positions of webhooks."""

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from syncd.core.coordination.target import COORDINATOR
from syncd.core.deliveries import Delivery
from syncd.core.events import Heartbeat
from syncd.errors import LedgerError
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.connection import TROUBLES, discard
from syncd.ledger.kafka.reading import LedgerReader

SEND_SECONDS_MAX = 20.0


class Outbox:
    """A producer without transactions, made when it is needed and thrown away when it fails."""

    def __init__(self, reader: LedgerReader) -> None:
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
        """End the producer, after the message that is under way."""
        async with self._one_at_a_time:
            await self._end()

    async def _end(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard(producer)

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Send a heartbeat to the feed's partition of `feeds`. Raises LedgerError."""
        await self.send(self._reader.partition("feeds", heartbeat.feed), wire.heartbeat_message(heartbeat))

    async def note_delivery(self, delivery: Delivery) -> None:
        """Send a webhook's position to `webhooks`. Raises LedgerError."""
        await self.send(self._reader.partition("webhooks", COORDINATOR), wire.delivery_message(delivery))
