"""Whoever is cancelled while it speaks with Kafka ends: aiokafka keeps a cancellation to itself as a client stops."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.structs import TopicPartition

from syncd.ledger.kafka.connection import Connection
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore

TURNS = 8
WELL_AFTER_SECONDS = 0.5


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    await made.open()
    yield made
    await made.close()


@pytest.mark.parametrize("turns", range(TURNS))
async def test_a_reader_that_is_cancelled_while_its_client_stops_ends(store: KafkaStore, turns: int) -> None:
    connection = Connection(store.settings)
    partition = TopicPartition(store.topics.name("changes"), 0)
    read = asyncio.Event()

    async def reading() -> None:
        async with connection.consumer([partition], committed=True) as consumer:
            await consumer.seek_to_beginning(partition)
            await consumer.getmany(partition, timeout_ms=50)
            read.set()
        await asyncio.sleep(WELL_AFTER_SECONDS)

    task = asyncio.create_task(reading())
    await read.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
