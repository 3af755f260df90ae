"""Clients are few, and set as the settings say."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from syncd.errors import LedgerError
from syncd.ledger.kafka import KafkaLedger
from syncd.ledger.kafka.clients import LENT_MAX
from syncd.ledger.kafka.connection import Connection
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit

# In the header of a batch.
ATTRIBUTES_AT = 22
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
FEEDS = ("us_ofac_sdn", "us_ofac_cons", "uk_sl", "eu_fsf", "un_sc")


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    await made.open()
    yield made
    await made.close()


async def test_one_set_of_readers_restores_all_feeds(store: KafkaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[AIOKafkaConsumer] = []
    start = AIOKafkaConsumer.start

    async def counted(consumer: AIOKafkaConsumer) -> None:
        started.append(consumer)
        await start(consumer)

    monkeypatch.setattr(AIOKafkaConsumer, "start", counted)
    ledger = await store.open()
    logs = await asyncio.gather(*(ledger.open(feed) for feed in FEEDS), ledger.open_coordinator())
    assert len(started) <= LENT_MAX + 1
    # Whoever takes over again needs no more.
    await logs[0].commit(commit(logs[0], 1, 5))
    again = await ledger.open(FEEDS[0])
    assert again.records == logs[0].records
    assert len(started) <= LENT_MAX + 1


async def test_a_reader_that_failed_is_not_used_again(store: KafkaStore) -> None:
    ledger = await store.open()
    assert isinstance(ledger, KafkaLedger)
    partition = ledger._reader.partition("changes", FEEDS[0])
    clients = ledger._reader._clients
    for _ in range(2 * LENT_MAX):
        with pytest.raises(LedgerError):
            async with clients.lent([partition]) as first:
                raise TimeoutError
    async with clients.lent([partition]) as other:
        assert other is not first
    assert await ledger.snapshot(FEEDS[0])


async def test_a_lent_reader_ends_once_it_returns_to_a_closed_ledger(store: KafkaStore) -> None:
    """A reader that is lent when the ledger closes ends when it comes back."""
    ledger = await store.open()
    assert isinstance(ledger, KafkaLedger)
    async with ledger._reader._clients.lent([ledger._reader.partition("changes", FEEDS[0])]) as lent:
        await ledger.close()
    assert lent._closed


@pytest.mark.parametrize("seconds", [60.0, 120.0, 3600.0])
async def test_a_commit_ends_before_its_requests_and_these_before_its_transaction(
    store: KafkaStore, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    made: dict[str, Any] = {}

    def remembered(producer: AIOKafkaProducer, **options: Any) -> None:
        made.update(options)
        raise LedgerError("seen")

    monkeypatch.setattr(AIOKafkaProducer, "__init__", remembered)
    connection = Connection(store.settings.model_copy(update={"transaction_timeout_seconds": seconds}))
    with pytest.raises(LedgerError, match="seen"):
        await connection.producer("x")
    assert connection.commit_seconds_max * 1000 < made["request_timeout_ms"] < made["transaction_timeout_ms"]
    assert made["transaction_timeout_ms"] == seconds * 1000


@pytest.mark.parametrize("compression", ["zstd", "lz4", "snappy", "gzip", "none"])
async def test_what_is_written_is_compressed_as_the_settings_say(broker: Cluster, compression: str) -> None:
    store = KafkaStore(broker, compression=compression)
    try:
        log = await (await store.open()).open(FEEDS[0])
        await log.commit(commit(log, 1, 20))
        restored = await (await store.open()).open(FEEDS[0])
        assert restored.records == log.records
        (folder,) = broker.folder.glob(f"data*/{store.topics.name('changes')}-0")
        batch = next(folder.glob("*.log")).read_bytes()
    finally:
        await store.close()
    assert CODECS[batch[ATTRIBUTES_AT] & 7] == compression
