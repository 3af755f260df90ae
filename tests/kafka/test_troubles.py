"""The daemon stays alive when Kafka is not as it should be, says why, and goes on once it is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncd.config import Config
from syncd.daemon import Daemon
from syncd.demo.site import STYLES, PublishersSite
from syncd.demo.targets import BASELINES
from syncd.ledger.kafka import topics
from syncd.ledger.kafka.connection import Connection
from syncd.observe.moments import Committed, LedgerUnavailable, Moment, ReplicaActive
from syncd.observe.report import Collected
from tests.kafka.brokers import Cluster
from tests.kafka.store import settings


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PublishersSite]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with PublishersSite() as site:
        for feed in STYLES:
            site.publish(feed, BASELINES[feed])
        yield site


def _config(site: PublishersSite, folder: Path, servers: list[str], prefix: str) -> Config:
    kafka = {"bootstrap_servers": servers, "prefix": prefix, "replication": 1, "group": f"{prefix}replicas"}
    return Config.model_validate(
        {
            "ledger": folder / "unused.db",
            "http": {"port": 0},
            "archive": {"shared": True},
            "kafka": kafka,
            "feeds": {**site.settings(interval_seconds=1, records_min=5), "enable": ["un_sc"]},
        }
    )


async def _until(reports: Collected, kind: type[Moment]) -> None:
    async with asyncio.timeout(60):
        while not reports.of(kind):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_a_broker_that_cannot_be_reached_is_tried_again(site: PublishersSite, tmp_path: Path) -> None:
    reports = Collected()
    async with Daemon(_config(site, tmp_path, ["127.0.0.1:1"], "x."), report=reports) as daemon:
        await _until(reports, LedgerUnavailable)
        first = reports.of(LedgerUnavailable)[0]
        async with asyncio.timeout(30):
            while all(one.retry_seconds <= first.retry_seconds for one in reports.of(LedgerUnavailable)):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert daemon.seconds_since_tick() < 5
    assert "no broker can be reached" in first.why


async def test_the_feeds_begin_once_the_topics_are_put_right(
    broker: Cluster, site: PublishersSite, tmp_path: Path
) -> None:
    chosen = settings(broker)
    connection, wanted = Connection(chosen), topics.Topics(prefix=chosen.prefix, replication=1)
    await topics.Topics(prefix=chosen.prefix, replication=1, partitions=1).create(connection)
    reports = Collected()
    async with Daemon(_config(site, tmp_path, [broker.bootstrap], chosen.prefix), report=reports):
        await _until(reports, LedgerUnavailable)
        assert "has 1 partitions, must have 64" in reports.of(LedgerUnavailable)[0].why
        assert not reports.of(ReplicaActive)
        await topics.delete(connection, [name for name in wanted.wanted() if "signals" not in name])
        await wanted.create(connection)
        await _until(reports, Committed)
    await topics.delete(connection, wanted.wanted())
