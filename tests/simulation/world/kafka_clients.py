"""What `syncd.ledger.kafka` uses of aiokafka, over brokers in memory.

The seam is where `connection.py` makes its clients, and `private.py` touches what is not public of them: everything
above that is the real ledger.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from aiokafka import errors
from aiokafka.structs import ConsumerRecord, RecordMetadata, TopicPartition

from syncd.ledger.kafka import connection, private
from tests.simulation.world.brokers import Brokers, Entry, Process
from tests.simulation.world.replacing import replaced

BATCH_BYTES = 512 * 1024


class Batch:
    """The messages of one send to one partition."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._bytes = 0

    def append(self, *, timestamp: int | None, key: bytes, value: bytes | None, headers: Any) -> object | None:
        size = len(key) + len(value or b"")
        if self.entries and self._bytes + size > BATCH_BYTES:
            return None
        self._bytes += size
        self.entries.append(Entry(key=key, value=value, headers=tuple(headers)))
        return self

    def close(self) -> None:
        """Nothing is added any more."""

    def record_count(self) -> int:
        return len(self.entries)


class Client:
    """What all clients have. `brokers` and `process` are those of the machine on which it is made."""

    brokers: Brokers
    process: Process

    def __init__(self, *_: object, **options: Any) -> None:
        self._options = options
        self.brokers, self.process = Client.brokers, Client.process

    async def start(self) -> None:
        await self.brokers.ask(self.process, lambda: None)

    async def stop(self) -> None:
        """Close the connection."""

    async def close(self) -> None:
        """Close the connection."""


class Producer(Client):
    """Idempotent; transactional with a `transactional_id`. Sends to brokers arrive in their order."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client = self
        self._id: str | None = options.get("transactional_id")
        self._epoch = 0
        self._is_dead = False
        self._one_at_a_time = asyncio.Lock()
        self._sending: set[asyncio.Task[RecordMetadata]] = set()

    async def start(self) -> None:
        if self._id is None:
            await super().start()
            return
        name = self._id
        self._epoch = await self.brokers.ask(self.process, lambda: self.brokers.initialise(name))

    async def stop(self) -> None:
        for task in self._sending:
            task.cancel()

    async def begin_transaction(self) -> None:
        self._refuse_dead()

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[RecordMetadata]":
        self._refuse_dead()
        sending = asyncio.create_task(self._send(TopicPartition(topic, partition), batch.entries))
        self._sending.add(sending)
        sending.add_done_callback(self._sent)
        return sending

    def _sent(self, sending: "asyncio.Task[RecordMetadata]") -> None:
        self._sending.discard(sending)
        if not sending.cancelled() and sending.exception() is not None:
            self._is_dead = True

    async def send_and_wait(
        self, topic: str, value: bytes | None, key: bytes, *, partition: int, headers: Any
    ) -> RecordMetadata:
        return await self._send(TopicPartition(topic, partition), [Entry(key, value, tuple(headers))])

    async def _send(self, partition: TopicPartition, entries: list[Entry]) -> RecordMetadata:
        seconds = self._options.get("transaction_timeout_ms", 0) / 1000
        of = (self._id, self._epoch, seconds) if self._id is not None else None
        async with self._one_at_a_time:
            offset = await self.brokers.ask(self.process, lambda: self.brokers.append(partition, entries, of))
        return RecordMetadata(partition.topic, partition.partition, partition, offset, 0, 0, 0)

    async def commit_transaction(self) -> None:
        await self._end("commit")

    async def abort_transaction(self) -> None:
        await self._end("abort")

    async def _end(self, outcome: str) -> None:
        self._refuse_dead()
        assert self._id is not None
        name = self._id
        if self._sending:
            await asyncio.wait(self._sending)
        try:
            await self.brokers.ask(self.process, lambda: self.brokers.end(name, self._epoch, outcome))
        except errors.KafkaError:
            self._is_dead = True
            raise

    def _refuse_dead(self) -> None:
        assert not self._is_dead, "this producer failed before"


class Consumer(Client):
    """Assigned by hand; of no group."""

    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(**options)
        self._committed = options.get("isolation_level") == "read_committed"
        self._positions: dict[TopicPartition, int] = {}
        self._assigned: list[TopicPartition] = []
        self._paused: set[TopicPartition] = set()

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._assigned = list(partitions)
        self._positions.clear()
        self._paused.clear()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._positions[partition] = offset

    def pause(self, *partitions: TopicPartition) -> None:
        self._paused.update(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self._paused.difference_update(partitions)

    async def position(self, partition: TopicPartition) -> int:
        return self._positions[partition]

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return await self.brokers.ask(
            self.process, lambda: {one: self.brokers.end_of(one, committed=self._committed) for one in partitions}
        )

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return await self.brokers.ask(self.process, lambda: dict.fromkeys(partitions, 0))

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: float = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """What is there, or what comes within the timeout."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_ms / 1000
        while True:
            question = partial(self._read, partitions or tuple(self._assigned), max_records or 500)
            moved = await self.brokers.ask(self.process, question)
            if moved is not None or loop.time() >= end:
                return moved or {}
            await self.brokers.something(end - loop.time())

    def _read(self, partitions: Any, most: int) -> dict[TopicPartition, list[ConsumerRecord]] | None:
        """The next messages; None when no position moved."""
        found: dict[TopicPartition, list[ConsumerRecord]] = {}
        moved = False
        for partition in sorted(partitions):
            if partition in self._paused:
                continue
            entries, after = self.brokers.read(partition, self._positions[partition], most, committed=self._committed)
            moved |= after != self._positions[partition]
            self._positions[partition] = after
            if entries:
                found[partition] = [_record(partition, *one) for one in entries]
        return found if moved else None


def _record(partition: TopicPartition, offset: int, entry: Entry) -> ConsumerRecord:
    return ConsumerRecord(
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        timestamp=entry.timestamp,
        timestamp_type=0,
        key=entry.key,
        value=entry.value,
        checksum=None,
        serialized_key_size=len(entry.key or b""),
        serialized_value_size=len(entry.value or b""),
        headers=entry.headers,
    )


class Answer:
    """What the admin client answers: the attributes that are given."""

    def __init__(self, **given: Any) -> None:
        self.__dict__.update(given)

    def to_object(self) -> dict[str, Any]:
        return self.__dict__


class Admin(Client):
    """Makes and describes topics."""

    async def create_topics(self, new: list[Any], timeout_ms: int) -> Answer:
        def make() -> list[tuple[str, int, None]]:
            made = [(one, self.brokers.make(one.name, one.num_partitions, dict(one.topic_configs))) for one in new]
            return [(one.name, 0 if is_new else 36, None) for one, is_new in made]

        return Answer(topic_errors=await self.brokers.ask(self.process, make))

    async def describe_topics(self, topics: list[str]) -> list[dict[str, Any]]:
        return await self.brokers.ask(self.process, lambda: [self.brokers.describe(one) for one in topics])

    async def describe_configs(self, asked: list[Any]) -> list[Answer]:
        def settings() -> list[tuple[int, None, int, str, list[tuple[str, str]]]]:
            return [(0, None, 2, one.name, list(self.brokers.settings[one.name].items())) for one in asked]

        return [Answer(resources=await self.brokers.ask(self.process, settings))]

    async def delete_topics(self, names: list[str], timeout_ms: int) -> None:
        await self.brokers.ask(self.process, lambda: self.brokers.remove(names))


async def _identity(admin: Admin, request: Any) -> Answer:
    return Answer(cluster_id="simulated", topics=[{"topic_id": admin.brokers.ids[request._topic]}])


async def _nothing_to_end(_: object) -> None:
    """A producer's sends end with it."""


@contextlib.contextmanager
def simulated_kafka(brokers: Brokers) -> Iterator[None]:
    """While it is entered, the ledger in Kafka talks to `brokers`."""
    Client.brokers, Client.process = brokers, Process()
    values: list[tuple[Any, str, Any]] = [
        (connection, "AIOKafkaConsumer", Consumer),
        (connection, "AIOKafkaProducer", Producer),
        (connection, "AIOKafkaAdminClient", Admin),
        (private, "sent", _identity),
        (private, "fail_batches", lambda _: None),
        (private, "end_sender", _nothing_to_end),
    ]
    with replaced(values):
        yield
