"""A ledger in Kafka for the suite over all ledgers: topics of its own on the broker that the tests share."""

import asyncio
import json
import threading
import uuid
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from syncd.config import KafkaSettings
from syncd.core.coordination.target import COORDINATOR
from syncd.ledger.contract import Ledger
from syncd.ledger.kafka import KafkaLedger, topics
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.reading import LedgerReader
from tests.kafka.brokers import Cluster

# Slots of the feeds that the suite invents, and the coordinator's; 64 take the broker ten times as long to make.
PARTITIONS = 6
T = TypeVar("T")


def settings(cluster: Cluster, prefix: str = "", **more: Any) -> KafkaSettings:
    """Of a ledger with topics of its own on `cluster`."""
    return KafkaSettings.model_validate(
        {
            "bootstrap_servers": cluster.bootstrap,
            "prefix": prefix or f"t{uuid.uuid4().hex[:12]}.",
            "replication": min(3, len(cluster.nodes)),
            **more,
        }
    )


class KafkaStore:
    # A commit takes as long as some discs do; what needs many of them is content with fewer.
    many = 60

    def __init__(self, cluster: Cluster, **more: Any) -> None:
        self.settings = settings(cluster, **more)
        self.topics = topics.Topics(
            prefix=self.settings.prefix, replication=self.settings.replication, partitions=PARTITIONS
        )
        self._made = False
        self._open: list[KafkaLedger] = []

    async def open(self) -> Ledger:
        if not self._made:
            await self.topics.create(Connection(self.settings))
            self._made = True
        ledger = await KafkaLedger.connect(self.settings, writing=True, installation="tests", partitions=PARTITIONS)
        self.opened(ledger)
        return ledger

    def opened(self, ledger: KafkaLedger) -> None:
        """Close it at the end, too."""
        self._open.append(ledger)

    async def close(self) -> None:
        for ledger in self._open:
            await ledger.close()
        if self._made:
            await topics.delete(Connection(self.settings), self.topics.wanted())

    def tamper(self, feed: str) -> None:
        """The digest is in the value: the record is written once more, with another."""
        in_a_thread(self._tamper(feed))

    async def _tamper(self, feed: str) -> None:
        messages = await self.messages("records", feed)
        first = min(messages, key=lambda one: one.key)
        digest = dict(first.headers)["digest"]
        await self._write("records", feed, [(first.key, first.value.replace(digest, b"0" * 64), first.headers)])

    def lose_change(self, feed: str, sequence: int) -> None:
        """No broker loses one message: the topic is made anew without it."""
        in_a_thread(self._lose("changes", feed, sequence))

    def lose_event(self, sequence: int) -> None:
        in_a_thread(self._lose("coordination", COORDINATOR, sequence))

    def lose_target(self, name: str) -> None:
        in_a_thread(self._write("targets", COORDINATOR, [(name.encode(), None, [])]))

    async def _lose(self, topic: topics.Name, owner: str, sequence: int) -> None:
        kept = [
            (one.key, one.value, one.headers)
            for one in await self.messages(topic, owner)
            if int(dict(one.headers)["ce_sequence"]) != sequence
        ]
        connection = Connection(self.settings)
        await topics.delete(connection, [self.topics.name(topic)])
        await self.topics.create(connection)
        await self._write(topic, owner, kept)

    async def append_change(self, feed: str, *, sequence: int) -> None:
        """The last change once more, under another sequence."""
        last = (await self.messages("changes", feed))[-1]
        value = json.dumps({**json.loads(last.value), "sequence": sequence}).encode()
        await self._write("changes", feed, [(last.key, value, last.headers)])

    @property
    def _reader(self) -> LedgerReader:
        return LedgerReader(Connection(self.settings), self.topics)

    async def messages(self, topic: topics.Name, owner: str) -> list[Any]:
        reader = self._reader
        try:
            return [one async for batch in reader.all([place_of(reader, topic, owner)]) for one in batch]
        finally:
            await reader.close()

    async def _write(self, topic: topics.Name, owner: str, messages: list[tuple[bytes, bytes | None, Any]]) -> None:
        partition = self._reader.partition(topic, owner)
        async with AIOKafkaProducer(bootstrap_servers=list(self.settings.bootstrap_servers)) as producer:
            for key, value, headers in messages:
                await producer.send_and_wait(
                    partition.topic, value, key, partition=partition.partition, headers=list(headers)
                )


def place_of(reader: LedgerReader, topic: topics.Name, owner: str) -> TopicPartition:
    """Where `owner` writes in a topic; of notices a channel does."""
    return reader.channel_partitions()[owner] if topic == "notices" else reader.partition(topic, owner)


def in_a_thread(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work` on a loop of its own: for what a test that runs on one does behind its back."""
    results: list[T] = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return results[0]
