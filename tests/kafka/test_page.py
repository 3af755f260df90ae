"""What a replica that stands by shows: the whole, from Kafka alone."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from syncd.clock import SystemClock
from syncd.config import HttpSettings
from syncd.feeds import all_feeds
from syncd.ledger.contract import Ledger
from syncd.ledger.kafka import KafkaLedger
from syncd.observe.metrics import Metrics
from syncd.observe.report import Collected
from syncd.web import Follower, WebServer
from syncd.web import coordinated as coordinating
from syncd.web import follower as following
from tests.daemon.running import eventually
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS, KafkaStore
from tests.web import invented
from tests.web.acts import FEED, NAMES, coordinated, held, listed
from tests.web.world import serving


def reader(store: KafkaStore) -> Callable[[], Awaitable[Ledger]]:
    return lambda: KafkaLedger.connect(store.settings, writing=False, installation="tests", partitions=PARTITIONS)


async def test_a_replica_that_stands_by_shows_the_whole_and_follows_it(
    broker: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "REFRESH_SECONDS", 0.2)
    monkeypatch.setattr(coordinating, "TARGETS_SECONDS", 0.2)
    store, feeds = KafkaStore(broker), all_feeds()
    ledger = await store.open()
    told = Collected()
    follower = Follower(reader(store), watched=[feeds[FEED]], known=feeds, clock=SystemClock(), report=told)
    server = WebServer(HttpSettings(port=0), follower, metrics=Metrics(), installation="tests", standby=lambda: True)
    before = await listed(ledger, *NAMES)
    work = asyncio.create_task(follower.run())
    try:
        async with serving(server) as client:
            await eventually(lambda: is_ready(client))
            await eventually(lambda: asyncio.sleep(0, len(list(follower.recent)) == len(NAMES)))
            state = await listed(ledger, "One more")
            await held(ledger, state)
            await coordinated(ledger)
            await eventually(lambda: is_shown(client, "One more", "syncd release", invented.CYRILLIC))
            assert (await client.get("/api/feeds")).json()["feeds"][0]["commit"] == before.commit + 1
            page = (await client.get("/api/changes", params={"feed": FEED, "after": 3})).json()
            assert [one["data"]["sequence"] for one in page["changes"]] == [4, 5]
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await store.close()
    assert told.moments == []


async def is_shown(client: httpx.AsyncClient, *texts: str) -> bool:
    page = (await client.get("/")).text
    return all(text in page for text in texts)


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).text == "ok, standing by\n"
