"""The daemon stays alive when Kafka is not as it should be, says why, and goes on once it is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from syncd.commands import requests
from syncd.config import Config
from syncd.daemon import leadership
from syncd.daemon.daemon import Daemon
from syncd.demo.site import STYLES, PublishersSite
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.ledger.kafka import topics
from syncd.ledger.kafka.connection import Connection
from syncd.observe.kafka import TopicsDiffer
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
        async with asyncio.timeout(60):
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


async def _alter(connection: Connection, name: str, settings: dict[str, str]) -> None:
    async with connection.admin() as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=settings)])


async def test_topics_are_proven_while_a_replica_is_active(
    broker: Cluster, site: PublishersSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks a promise stops the feeds until it is mended; what does not is said."""
    monkeypatch.setattr(leadership, "PROVE_EVERY_SECONDS", 0.5)
    monkeypatch.setattr(leadership, "PROVE_AGAIN_SECONDS", 0.1)
    chosen = settings(broker)
    connection, wanted = Connection(chosen), topics.Topics(prefix=chosen.prefix, replication=1)
    await wanted.create(connection)
    records, right = wanted.name("records"), topics.made_with(wanted.wanted()[wanted.name("records")])
    reports = Collected()
    async with Daemon(_config(site, tmp_path, [broker.bootstrap], chosen.prefix), report=reports) as daemon:
        await _until(reports, Committed)
        await _alter(connection, records, {**right, "segment.ms": "600000"})
        await _until(reports, TopicsDiffer)
        assert "segment.ms is 600000" in reports.of(TopicsDiffer)[0].what[0]
        await _alter(connection, records, {**right, "cleanup.policy": "delete"})
        await _until(reports, LedgerUnavailable)
        assert "cleanup.policy is delete, must be compact" in reports.of(LedgerUnavailable)[0].why
        await _alter(connection, records, right)
        async with asyncio.timeout(60):
            while len(reports.of(ReplicaActive)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        site.publish("un_sc", (*BASELINES["un_sc"], NEWCOMER))
        async with asyncio.timeout(60):
            while len(reports.of(Committed)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert daemon.seconds_since_tick() < 5
    await topics.delete(connection, wanted.wanted())


async def test_feeds_go_on_when_the_signals_are_made_anew(
    broker: Cluster, site: PublishersSite, tmp_path: Path
) -> None:
    chosen = settings(broker)
    connection, wanted = Connection(chosen), topics.Topics(prefix=chosen.prefix, replication=1)
    await wanted.create(connection)
    config = _config(site, tmp_path, [broker.bootstrap], chosen.prefix)
    reports = Collected()
    async with Daemon(config, report=reports):
        await _until(reports, Committed)
        first = await requests.ask(config, "un_sc", "pause", subject="", why="one", asserted_by="x")
        await topics.delete(connection, [wanted.name("signals")])
        await wanted.create(connection)
        second = await requests.ask(config, "un_sc", "resume", subject="", why="two", asserted_by="x")
        assert (first.outcome, second.outcome) == ("applied", "applied")
    await topics.delete(connection, wanted.wanted())
