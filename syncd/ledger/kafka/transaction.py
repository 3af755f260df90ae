"""One transaction of one owner: begun, filled, and ended; the owner knows how it ended, or that it is in doubt."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata, TopicPartition

from syncd.errors import LedgerError
from syncd.ledger.kafka.connection import TROUBLES, Connection
from syncd.ledger.kafka.wire import Message

COMMIT_SECONDS = 30.0
COMMIT_BYTES_A_SECOND = 500_000
ALLOW_AGAIN_BYTES = 1_000_000
ABORT_SECONDS_MAX = 15.0
# What is larger is encoded in a thread.
ENCODED_HERE_BYTES_MAX = 100_000
# Of batches that are being filled, whatever the number of partitions.
FILLING_BYTES_MAX = 8 * 1024 * 1024
# Room for a message's key, headers and framing.
LARGEST_BYTES = 8 * 1024 * 1024 - 4096


class Doubt(Exception):
    """The producer is not to be used again, and it may not be known how the transaction ended."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause

    @property
    def is_fenced(self) -> bool:
        """Whether another producer has taken the `transactional.id` over."""
        return isinstance(self.cause, ProducerFenced) or isinstance(self.cause.__cause__, ProducerFenced)


class Transaction:
    """Messages to several partitions: `begin`, within `deadline` `send` and `commit`, or `abort`.

    The deadline grows with what was given: 30 s, and a second for each half megabyte, at most what the connection's
    transactions have.
    """

    def __init__(self, producer: AIOKafkaProducer, connection: Connection) -> None:
        self._producer = producer
        self._encoding = connection.encoding
        self._seconds_max = connection.commit_seconds_max
        self._filling: dict[TopicPartition, BatchBuilder] = {}
        self._filled: Counter[TopicPartition] = Counter()
        self._filled_bytes = 0
        self._sent: list[tuple[int, asyncio.Future[RecordMetadata]]] = []
        self._ends: dict[TopicPartition, int] = {}
        self._bytes = 0
        self._bytes_allowed_for = 0
        self._started = asyncio.get_running_loop().time()
        self._timeout = asyncio.timeout_at(self._started + COMMIT_SECONDS)

    @asynccontextmanager
    async def deadline(self) -> AsyncIterator[None]:
        """Raises Doubt for whatever Kafka does inside, lateness included."""
        try:
            async with self._timeout:
                yield
        except TROUBLES as error:
            self.forget()
            raise Doubt(error) from error

    async def begin(self) -> None:
        """Begin the transaction."""
        await self._producer.begin_transaction()

    async def send(self, partition: TopicPartition, message: Message) -> None:
        """Raises LedgerError for a message that no topic takes."""
        if len(message.value or b"") > ENCODED_HERE_BYTES_MAX:
            message = await asyncio.to_thread(self._encoding.encoded, partition.topic, message)
        else:
            message = self._encoding.encoded(partition.topic, message)
        size = len(message.key) + len(message.value or b"")
        if size > LARGEST_BYTES:
            raise LedgerError(
                f"{message.key!r}: a message of {size} bytes to {partition.topic} is more than Kafka takes"
            )
        self._bytes += size
        if self._bytes - self._bytes_allowed_for > ALLOW_AGAIN_BYTES:
            self._allow_more()
        if not self._append(partition, message):
            await self._send_batch(partition)
            if not self._append(partition, message):
                raise LedgerError(f"{message.key!r}: a message of {size} bytes to {partition.topic} fits into no batch")
        self._filled[partition] += size
        self._filled_bytes += size
        if self._filled_bytes > FILLING_BYTES_MAX:
            await self.flush()

    def _append(self, partition: TopicPartition, message: Message) -> bool:
        """Whether it went into the batch that is being filled. A batch takes its first message whatever its size."""
        batch = self._filling.get(partition)
        if batch is None:
            batch = self._filling[partition] = self._producer.create_batch()
        return batch.append(timestamp=None, key=message.key, value=message.value, headers=message.headers) is not None

    async def _send_batch(self, partition: TopicPartition) -> None:
        """Batches that are filled here cost half of what a send of each message does."""
        batch = self._filling.pop(partition)
        self._filled_bytes -= self._filled.pop(partition, 0)
        batch.close()
        future = await self._producer.send_batch(batch, partition.topic, partition=partition.partition)
        self._sent.append((batch.record_count(), future))

    def _allow_more(self) -> None:
        self._bytes_allowed_for = self._bytes
        seconds = min(self._seconds_max, COMMIT_SECONDS + self._bytes / COMMIT_BYTES_A_SECOND)
        self._timeout.reschedule(self._started + seconds)

    async def flush(self) -> None:
        """Everything is on its way."""
        for partition in list(self._filling):
            await self._send_batch(partition)

    async def arrive(self) -> None:
        """Every send is known to have arrived before the commit is asked for: aiokafka commits without those that
        were refused."""
        await self.flush()
        for count, future in self._sent:
            sent = await future
            self._ends[sent.topic_partition] = sent.offset + count

    async def commit(self) -> None:
        """Ask the brokers to commit. Every message is sent first."""
        await self._producer.commit_transaction()

    def ends(self) -> dict[TopicPartition, int]:
        """The offset after the last message, of each partition."""
        return dict(self._ends)

    async def abort(self) -> None:
        """Leave nothing behind; the producer can be used again."""
        try:
            async with asyncio.timeout(ABORT_SECONDS_MAX):
                await self._producer.abort_transaction()
        except TROUBLES as error:
            raise Doubt(error) from error
        finally:
            self.forget()

    def forget(self) -> None:
        """Nobody waits for the sends any more; asyncio would tell of each that failed."""
        for _, future in self._sent:
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._sent.clear()
