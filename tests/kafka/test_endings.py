"""Clients that end: whoever waits for it hears of a cancellation, and nothing stays behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from syncd.ledger.kafka.connection import Connection, discard
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


async def test_a_producer_that_cannot_send_any_more_leaves_no_task_behind(store: KafkaStore) -> None:
    producer = await Connection(store.settings).producer(f"{store.settings.prefix}someone")
    await producer.begin_transaction()
    batch = producer.create_batch()
    batch.append(key=b"a", value=b"1", timestamp=None)
    batch.close()
    sender = producer._sender.sender_task
    sender.cancel()
    await asyncio.wait({sender})
    sent = await producer.send_batch(batch, store.topics.name("changes"), partition=0)
    await discard(producer)
    assert isinstance(sent.exception(), KafkaError)
    assert not [task for task in asyncio.all_tasks() if "MessageAccumulator" in repr(task.get_coro())]


async def test_a_producer_thrown_away_with_a_batch_queued_again_is_silent(store: KafkaStore) -> None:
    """As when a leader was away: the batch was sent, and waits to be sent once more."""
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    producer = await Connection(store.settings).producer()
    sender = producer._sender.sender_task
    sender.cancel()
    await asyncio.wait({sender})
    batch = producer.create_batch()
    batch.append(key=b"a", value=b"1", timestamp=None)
    batch.close()
    sent = await producer.send_batch(batch, store.topics.name("changes"), partition=0)
    accumulator = producer._message_accumulator
    popped = accumulator._pop_batch(TopicPartition(store.topics.name("changes"), 0))
    accumulator.reenqueue(popped)
    await discard(producer)
    await asyncio.sleep(0)
    assert isinstance(sent.exception(), KafkaError)
    assert complaints == []
