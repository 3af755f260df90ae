"""Two replicas and one archive in an object store: what the one kept, the other reads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from syncd.commands import requests
from syncd.config import Config
from syncd.daemon import daemon
from syncd.daemon.daemon import Daemon
from syncd.demo.site import STYLES, PublishersSite
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.ledger.kafka import topics
from syncd.ledger.kafka.connection import Connection
from syncd.observe.moments import ArchivePending, Committed, HoldPlaced
from syncd.observe.report import Collected
from tests.archive.s3 import S3Server
from tests.kafka.brokers import Cluster
from tests.kafka.store import settings

FEED = "un_sc"
HELD = 10
LIMITS = {"interval_seconds": 1, "records_min": 5, "removals_max": 3, "removals_few": 3}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    monkeypatch.setenv("NO_PROXY", "*")
    with S3Server() as server:
        yield server


@pytest.fixture
async def site(s3: S3Server) -> AsyncIterator[PublishersSite]:
    async with PublishersSite() as site:
        for feed in STYLES:
            site.publish(feed, BASELINES[feed])
        yield site


@pytest.fixture
async def replica(
    broker: Cluster, site: PublishersSite, s3: S3Server, tmp_path: Path
) -> AsyncIterator[Callable[[str], Config]]:
    """The configuration of the replica of this name: its folder is its own."""
    chosen = settings(broker)
    made = topics.Topics(prefix=chosen.prefix, replication=1)
    await made.create(Connection(chosen))

    def configured(name: str) -> Config:
        return Config.model_validate(
            {
                "ledger": tmp_path / name / "unused.db",
                "http": {"port": 0},
                "archive": s3.settings,
                "kafka": {**chosen.model_dump(), "group": f"{chosen.prefix}replicas"},
                "feeds": {**site.settings(**LIMITS), "enable": [FEED]},
            }
        )

    yield configured
    await topics.delete(Connection(chosen), made.wanted())


async def _until(so: Callable[[], object]) -> None:
    async with asyncio.timeout(90):
        while not so():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_replica_releases_what_another_has_held(
    replica: Callable[[str], Config], site: PublishersSite, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica releases what another has held by the document that the other has kept."""
    monkeypatch.setattr(daemon, "ARCHIVE_FLUSH_SECONDS", 0.2)
    told = Collected()
    async with Daemon(replica("one"), report=told):
        await _until(lambda: told.of(Committed))
        s3.pause()
        site.publish(FEED, (*BASELINES[FEED], NEWCOMER))
        await _until(lambda: len(told.of(Committed)) == 2)
        assert told.of(ArchivePending)
        s3.go_on()
        await _until(lambda: len(s3.names()) == 2)
        site.publish(FEED, (*BASELINES[FEED][:-HELD], NEWCOMER))
        await _until(lambda: told.of(HoldPlaced))
    (hold,) = told.of(HoldPlaced)
    told = Collected()
    async with Daemon(replica("other"), report=told):
        answer = await requests.ask(replica("clerk"), FEED, "release", subject=hold.hold, why="seen", asserted_by="x")
        await _until(lambda: told.of(Committed))
    assert answer.outcome == "applied"
    assert told.of(Committed)[0].changes == {"delisted": HELD}
    assert told.of(Committed)[0].records == len(BASELINES[FEED]) + 1 - HELD
