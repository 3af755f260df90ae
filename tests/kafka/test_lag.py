"""What the operator is told of the consumer groups that he wants watched."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from syncd.config import KafkaSettings
from syncd.daemon.consumer_lag import seen
from syncd.feeds import partition_of
from syncd.ledger.contract import FeedLog
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.lag import lag_of
from syncd.ledger.kafka.reading import LedgerReader
from syncd.observe.moments import ConsumerUnseen
from syncd.observe.report import Collected
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit

FEED, OTHER = "un_sc", "eu_fsf"
GROUP = "screening"


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    yield made
    await made.close()


@pytest.fixture
async def log(store: KafkaStore) -> FeedLog:
    ledger = await store.open()
    other, log = await ledger.open(OTHER), await ledger.open(FEED)
    await other.commit(commit(other, 1, 4))
    for number, size in enumerate((5, 6, 7)):
        await log.commit(commit(log, number, size))
    return log


def _group(store: KafkaStore) -> str:
    return f"{store.settings.prefix}{GROUP}"


async def consume(settings: KafkaSettings, group: str, messages: int) -> None:
    """As a consumer does: read so many changes of the feed, commit where that ends, and leave."""
    here = TopicPartition(f"{settings.prefix}changes.v1", partition_of(FEED))
    async with AIOKafkaConsumer(
        bootstrap_servers=list(settings.bootstrap_servers),
        group_id=group,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    ) as consumer:
        consumer.assign([here])
        last = None
        async with asyncio.timeout(60):
            for _ in range(messages):
                last = await consumer.getone(here)
        assert last is not None
        await consumer.commit({here: last.offset + 1})


async def _behind(store: KafkaStore) -> dict[str, int]:
    return await lag_of(LedgerReader(Connection(store.settings), store.topics), _group(store))


async def test_who_read_everything_is_not_behind_though_marks_take_offsets(store: KafkaStore, log: FeedLog) -> None:
    assert await _behind(store) == {}
    await consume(store.settings, _group(store), 18)
    assert await _behind(store) == {FEED: 0}


async def test_who_read_a_part_is_behind_by_the_changes_that_are_left(store: KafkaStore, log: FeedLog) -> None:
    await consume(store.settings, _group(store), 4)
    assert await _behind(store) == {FEED: 14}
    await consume(store.settings, _group(store), 7)
    assert await _behind(store) == {FEED: 7}
    for number in range(40):
        await log.commit(commit(log, 10 + number, 3))
    assert await _behind(store) == {FEED: 127}


async def test_what_was_aborted_is_nothing_to_read(store: KafkaStore, log: FeedLog) -> None:
    await consume(store.settings, _group(store), 18)
    async with AIOKafkaProducer(
        bootstrap_servers=list(store.settings.bootstrap_servers), transactional_id=f"{store.settings.prefix}x"
    ) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(store.topics.name("changes"), b"{}", partition=partition_of(FEED))
        assert await _behind(store) == {FEED: 0}
        await producer.abort_transaction()
    assert await _behind(store) == {FEED: 0}


async def test_a_group_that_cannot_be_seen_is_said_and_hides_no_other(store: KafkaStore) -> None:
    reports = Collected()
    nowhere = store.settings.model_copy(update={"bootstrap_servers": ("127.0.0.1:1",)})
    assert await seen(nowhere, ["one", "two"], reports) == {}
    assert [moment.group for moment in reports.of(ConsumerUnseen)] == ["one", "two"]
