"""The ledgers that the one suite runs over. A ledger joins by a class like SqliteStore and a line in STORES."""

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from syncd.ledger.contract import Ledger
from syncd.ledger.sqlite import SqliteLedger
from tests.kafka.store import KafkaStore
from tests.simulation.world.brokers import Brokers
from tests.simulation.world.kafka_clients import simulated_kafka
from tests.simulation.world.store import SimulatedStore


class Store(Protocol):
    """One ledger, empty at first. Each `open` gives another object over the same content. `many` commits are as many
    as a test may ask of it."""

    many: int

    async def open(self) -> Ledger: ...

    async def close(self) -> None: ...

    def tamper(self, feed: str) -> None:
        """Change the digest of one record of `feed`, behind the ledger's back."""
        ...

    def lose_change(self, feed: str, sequence: int) -> None: ...

    def lose_event(self, sequence: int) -> None: ...

    def lose_target(self, name: str) -> None: ...


class SqliteStore:
    many = 700

    def __init__(self, folder: Path) -> None:
        self.path = folder / "syncd.db"
        self._open: list[SqliteLedger] = []

    async def open(self) -> Ledger:
        ledger = await SqliteLedger.open_file(self.path, writing=True, alone=False)
        self._open.append(ledger)
        return ledger

    async def close(self) -> None:
        for ledger in self._open:
            await ledger.close()

    def tamper(self, feed: str) -> None:
        self._execute(
            "UPDATE records SET digest = ? WHERE feed = ? AND key = (SELECT min(key) FROM records WHERE feed = ?)",
            ("0" * 64, feed, feed),
        )

    def lose_change(self, feed: str, sequence: int) -> None:
        self._execute("DELETE FROM changes WHERE feed = ? AND sequence = ?", (feed, sequence))

    def lose_event(self, sequence: int) -> None:
        self._execute("DELETE FROM coordination WHERE sequence = ?", (sequence,))

    def lose_target(self, name: str) -> None:
        self._execute("DELETE FROM targets WHERE id = ?", (name,))

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            assert connection.execute(statement, values).rowcount == 1


def _sqlite(request: pytest.FixtureRequest) -> Store:
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    return SqliteStore(factory.mktemp("ledger"))


def _kafka(request: pytest.FixtureRequest) -> Store:
    return KafkaStore(request.getfixturevalue("broker"))


@pytest.fixture
def simulated_brokers() -> Iterator[Brokers]:
    """Brokers in memory, to which the ledger in Kafka talks for the time of a test."""
    brokers = Brokers(time.monotonic, random.Random(1), latency_seconds=0.0)
    with simulated_kafka(brokers):
        yield brokers


def _simulated(request: pytest.FixtureRequest) -> Store:
    return SimulatedStore(request.getfixturevalue("simulated_brokers"))


STORES: dict[str, Callable[[pytest.FixtureRequest], Store]] = {
    "kafka": _kafka,
    "simulated": _simulated,
    "sqlite": _sqlite,
}


@pytest.fixture(params=sorted(STORES))
def new_store(request: pytest.FixtureRequest) -> Callable[[], Store]:
    return lambda: STORES[request.param](request)


@pytest.fixture
async def store(new_store: Callable[[], Store]) -> AsyncIterator[Store]:
    made = new_store()
    yield made
    await made.close()


@pytest.fixture
async def ledger(store: Store) -> Ledger:
    return await store.open()


@pytest.fixture
def run() -> Iterator[Callable[..., object]]:
    """Runs a coroutine to its end: for properties, which Hypothesis calls many times in one test."""
    with asyncio.Runner() as runner:
        yield runner.run
