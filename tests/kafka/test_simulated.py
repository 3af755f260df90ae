"""The simulated brokers are held against real ones: the same seeds, the same things done, the same outcomes."""

import asyncio
import random
import time
from collections.abc import Iterator

import pytest

from syncd.core.events import Change, Signal, change_id
from syncd.errors import LedgerError
from syncd.ledger.contract import FeedLog, Ledger
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit, with_changes
from tests.ledger.conftest import Store
from tests.simulation.world.brokers import Brokers
from tests.simulation.world.kafka_clients import simulated_kafka
from tests.simulation.world.store import SimulatedStore

SEEDS, MORE_SEEDS = range(3), range(3, 40)
STEPS = 24
PATIENCE_SECONDS = 30.0
FEEDS = ("uk_sl", "us_ofac_sdn")
# What a replica does → how often.
DOINGS = {"opens": 4, "commits": 8, "fails": 3, "signals": 2, "reads": 2}


class Broken(Exception):
    """The making of a change failed, in the midst of a transaction."""


def breaking(changes: list[Change]) -> Iterator[Change]:
    yield from changes[:-1]
    raise Broken


class Replicas:
    """Two ledgers over one store, which take feeds from each other. `told` is what came of each thing that they did."""

    def __init__(self, seed: int) -> None:
        self.told: list[str] = []
        self._chance = random.Random(seed)
        self._logs: dict[tuple[int, str], FeedLog] = {}
        self._committed = dict.fromkeys(FEEDS, 0)

    async def run(self, store: Store) -> list[str]:
        ledgers = [await store.open(), await store.open()]
        for number in range(STEPS):
            doing = self._chance.choices(list(DOINGS), list(DOINGS.values()))[0]
            which, feed = self._chance.randrange(2), self._chance.choice(FEEDS)
            size = self._chance.randint(1, 12)
            try:
                came = await self._does(doing, ledgers[which], which, feed, (number, size))
            except (LedgerError, Broken) as error:
                # Whether who was fenced hears of it before the making breaks is a matter of moments.
                came = "nothing" if doing == "fails" else type(error).__name__
            self.told.append(f"{which} {feed} {doing}: {came}")
        for ledger in ledgers:
            self.told += [f"{change.feed} {change_id(change)}" for change in await self._read(ledger)]
            self.told += [str(await ledger.state(feed)) for feed in FEEDS]
        return self.told

    async def _does(self, doing: str, ledger: Ledger, which: int, feed: str, of: tuple[int, int]) -> str:
        number, size = of
        if doing == "opens":
            log = self._logs[which, feed] = await ledger.open(feed)
            return f"{log.state.commit} {len(log.records)}"
        if doing == "signals":
            signal = Signal(id=f"s{number}", feed=feed, kind="pause", asserted_by="me", expires="2099-01-01T00:00:00Z")
            sent = await ledger.send(signal)
            return f"{sent.position} {[one.id for one in await ledger.signals(feed, 0)]}"
        if doing == "reads":
            return str(len(await self._read(ledger)))
        log = self._logs.get((which, feed)) or await ledger.open(feed)
        self._logs[which, feed] = log
        made = commit(log, number, size)
        await log.commit(with_changes(made, breaking(list(made.changes))) if doing == "fails" else made)
        self._committed[feed] = log.state.sequence
        return str(log.state.sequence)

    async def _read(self, ledger: Ledger) -> list[Change]:
        """Brokers answer a commit before they have marked it everywhere: until then a reader does not see it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = [change for feed in FEEDS async for change in ledger.tail({}, feeds=[feed])]
                if len(found) >= sum(self._committed.values()):
                    return found


@pytest.mark.parametrize("seed", [*SEEDS, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in MORE_SEEDS)])
async def test_real_and_simulated_brokers_come_to_the_same(broker: Cluster, seed: int) -> None:
    store = KafkaStore(broker)
    try:
        really = await Replicas(seed).run(store)
    finally:
        await store.close()
    brokers = Brokers(time.monotonic, random.Random(seed), latency_seconds=0.0)
    with simulated_kafka(brokers):
        simulated = SimulatedStore(brokers)
        try:
            assert await Replicas(seed).run(simulated) == really
        finally:
            await simulated.close()
    assert any("Fenced" in line for line in really)
