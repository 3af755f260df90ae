"""How long the loop stands while one record with very much in it is committed to Kafka: all other feeds wait for it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.core import codec
from syncd.feeds.entry_bounds import RECORD_ELEMENTS_MAX
from syncd.ledger.kafka import topics
from syncd.ledger.kafka.connection import Connection
from syncd.workers.feed import FeedWorker
from tests.intake.test_one_bad_input import FEED, OTHER, aliases
from tests.intake.watch import Watch, watching
from tests.kafka.brokers import Cluster
from tests.kafka.store import settings
from tests.site import Site

ALIASES = RECORD_ELEMENTS_MAX - 500
STALL_SECONDS_MAX = 1.0
COMPUTED_SECONDS_MAX = 2.0
TURN_SECONDS = 0.005


class Loop:
    """What the loop's thread computed at most between two of its turns, and the heartbeats left meanwhile."""

    def __init__(self) -> None:
        self.stall = 0.0
        self.beats = 0

    async def turn(self) -> None:
        while True:
            # Of this thread alone: the machine may be busy otherwise.
            started = time.thread_time()
            await asyncio.sleep(TURN_SECONDS)
            self.stall = max(self.stall, time.thread_time() - started)

    async def beat(self, runner: FeedWorker) -> None:
        while True:
            await runner.beat()
            self.beats += 1
            await asyncio.sleep(TURN_SECONDS)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@asynccontextmanager
async def observed(runner: FeedWorker) -> AsyncIterator[Loop]:
    loop = Loop()
    tasks = [asyncio.create_task(loop.turn()), asyncio.create_task(loop.beat(runner))]
    try:
        yield loop
    finally:
        for task in tasks:
            task.cancel()
        assert all(
            isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*tasks, return_exceptions=True)
        )


@pytest.mark.parametrize("count", [ALIASES, 20_000])
async def test_thousands_of_changed_aliases_hold_up_no_heartbeat(
    broker: Cluster, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Those of a record that has too many for one are refused, and what is in force stays."""
    monkeypatch.setenv("NO_PROXY", "*")
    sources = {FEED: {"consolidated_xml": site.url(f"/{FEED}")}, OTHER: {"xml_1_1": site.url(f"/{OTHER}")}}
    chosen = settings(broker)
    wanted = topics.Topics(prefix=chosen.prefix, replication=1)
    await wanted.create(Connection(chosen))
    kafka = chosen.model_dump() | {"group": f"{chosen.prefix}replicas"}
    try:
        async with watching(tmp_path, sources, kafka=kafka) as watch:
            site.put(f"/{FEED}", aliases(ALIASES, "Kato"))
            await watch.poll(FEED)
            site.put(f"/{FEED}", aliases(count, "Mio"))
            watch.clock.move(timedelta(minutes=1))
            started = time.process_time()
            async with observed(watch.worker(OTHER)) as loop:
                outcome = await watch.poll(FEED)
            seconds = time.process_time() - started
            word = "Mio" if outcome.result == "committed" else "Kato"
            assert (word == "Mio") == (count == ALIASES)
            assert len(await _named(watch, word)) == ALIASES
            assert await watch.sound(FEED)
    finally:
        await topics.delete(Connection(chosen), wanted.wanted())
    print(f"the loop stood {loop.stall:.3f} s at most; {loop.beats} heartbeats; {seconds:.2f} s of computing")
    assert loop.beats > 0
    assert loop.stall < STALL_SECONDS_MAX
    assert seconds < COMPUTED_SECONDS_MAX


async def _named(watch: Watch, word: str) -> list[str]:
    """Names with `word` of the record in force that has any."""
    _, records = await watch.assembly.ledger.snapshot(FEED)
    return [
        one.full for stored in records.values() for one in codec.unpack_record(stored.body).names if word in one.full
    ]
