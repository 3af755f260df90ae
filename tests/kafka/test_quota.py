"""A whole list goes through brokers that let a client send a megabyte a second."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.kafka.brokers import Cluster
from tests.kafka.plugin import needs_brokers
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit

FEED = "us_ofac_sdn"
QUOTA_BYTES_A_SECOND = 1_000_000
RECORDS = 50_000
BODY_BYTES = 1500


@pytest.fixture
def slow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    needs_brokers(request)
    with Cluster(tmp_path / "broker") as cluster:
        quota = f"producer_byte_rate={QUOTA_BYTES_A_SECOND}"
        where = ("--bootstrap-server", cluster.bootstrap, "--entity-type", "clients", "--entity-default")
        cluster.run("kafka.admin.ConfigCommand", *where, "--alter", "--add-config", quota)
        yield cluster


@pytest.fixture
async def store(slow: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(slow)
    yield made
    await made.close()


@pytest.mark.thorough
async def test_a_baseline_of_fifty_thousand_records_completes_under_a_quota(store: KafkaStore) -> None:
    log = await (await store.open()).open(FEED)
    started = time.monotonic()
    await log.commit(commit(log, 1, RECORDS, keys=RECORDS, body_bytes=BODY_BYTES))
    print(f"{RECORDS} records in {time.monotonic() - started:.0f} s at {QUOTA_BYTES_A_SECOND} bytes a second")
    assert log.state.ledger_records == RECORDS
    restored = await (await store.open()).open(FEED)
    assert restored.state == log.state
