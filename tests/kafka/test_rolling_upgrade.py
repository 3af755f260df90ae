"""A rolling upgrade: replicas of two versions beside each other, and a feed that goes to the newer and not back."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.errors import LedgerBusy, NewerState
from syncd.feeds import all_feeds
from syncd.ledger.kafka import topics
from syncd.ledger.kafka.connection import Connection
from syncd.observe import moments
from tests.intake.watch import START, Watch, document, watching
from tests.kafka.brokers import Cluster
from tests.kafka.store import settings
from tests.site import Site

_number = itertools.count()

FEED = "un_sc"
VERSION = all_feeds()[FEED].parser_version
BASELINE = document(FEED)
LATER = document(FEED, (*BASELINES[FEED], NEWCOMER), START + timedelta(minutes=1))


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with Site() as site:
        yield site


@pytest.fixture
async def kafka(broker: Cluster) -> AsyncIterator[dict[str, Any]]:
    """The `[kafka]` section of replicas over topics of their own."""
    chosen = settings(broker)
    wanted = topics.Topics(prefix=chosen.prefix, replication=1)
    await wanted.create(Connection(chosen))
    yield chosen.model_dump()
    await topics.delete(Connection(chosen), wanted.wanted())


@asynccontextmanager
async def replica(folder: Path, site: Site, parser_version: int, kafka: dict[str, Any] | None) -> AsyncIterator[Watch]:
    """One that believes that it is the active one: in a group of its own, as while the group has not settled yet."""
    sources = {FEED: {"consolidated_xml": site.url("/un.xml")}}
    if kafka is not None:
        kafka = kafka | {"group": f"{kafka['prefix']}{next(_number)}"}
    async with watching(folder, sources, parser_version=parser_version, kafka=kafka) as watch:
        yield watch


async def written(watch: Watch) -> tuple[object, ...]:
    """All that the ledger has of the feed."""
    return await watch.state(FEED), await watch.changes(FEED), await watch.rows(FEED)


async def refuses(older: Watch) -> None:
    """An older replica that is given the feed says which version to run, and leaves the ledger as it is."""
    before = await written(older)
    with pytest.raises(
        NewerState, match=f"version {VERSION + 2} of its parser, and this syncd has version {VERSION + 1}"
    ):
        await older.poll(FEED)
    await older.worker(FEED).run()
    (stopped,) = older.heard.of(moments.FeedStopped)
    assert "nothing is written; run the newer syncd" in stopped.why
    assert await written(older) == before


async def test_a_feed_goes_to_the_newer_replica_and_not_back(site: Site, tmp_path: Path, kafka: dict[str, Any]) -> None:
    site.put("/un.xml", BASELINE)
    async with (
        replica(tmp_path, site, VERSION + 1, kafka) as older,
        replica(tmp_path, site, VERSION + 2, kafka) as newer,
    ):
        assert (await older.poll(FEED)).result == "committed"
        # The group gives the feed to the newer one, which reads the same document by its own parser …
        assert (await newer.poll(FEED)).result == "unchanged"
        site.put("/un.xml", LATER)
        assert (await newer.poll(FEED)).result == "committed"
        # … and for a while back, to an older one that starts again.
        async with replica(tmp_path, site, VERSION + 1, kafka) as again:
            await refuses(again)
    async with replica(tmp_path, site, VERSION + 2, kafka) as newer:
        site.put("/un.xml", document(FEED, at=START + timedelta(minutes=2)))
        assert (await newer.poll(FEED)).result == "committed"
        assert (await newer.state(FEED)).commit == 3
        assert await newer.sound(FEED)


async def test_a_file_goes_to_the_newer_syncd_and_not_back(site: Site, tmp_path: Path) -> None:
    """Two do not write one file: the newer one waits for the older one's end."""
    site.put("/un.xml", BASELINE)
    async with replica(tmp_path, site, VERSION + 1, None) as older:
        assert (await older.poll(FEED)).result == "committed"
        with pytest.raises(LedgerBusy):
            async with replica(tmp_path, site, VERSION + 2, None):
                pass
    async with replica(tmp_path, site, VERSION + 2, None) as newer:
        assert (await newer.poll(FEED)).result == "unchanged"
        site.put("/un.xml", LATER)
        assert (await newer.poll(FEED)).result == "committed"
    async with replica(tmp_path, site, VERSION + 1, None) as older:
        await refuses(older)
    async with replica(tmp_path, site, VERSION + 2, None) as newer:
        site.put("/un.xml", document(FEED, at=START + timedelta(minutes=2)))
        assert (await newer.poll(FEED)).result == "committed"
        assert await newer.sound(FEED)
