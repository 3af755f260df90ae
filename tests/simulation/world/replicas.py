"""The ledger of a world in Kafka: topics on simulated brokers, and replicas that are named as acts say.

The consumer group is not simulated: a replica is active from its start until it finds itself fenced.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from syncd.config import Config, KafkaSettings
from syncd.daemon import leadership
from syncd.errors import LedgerError
from syncd.ledger.contract import Ledger
from syncd.ledger.kafka import reading
from syncd.ledger.kafka.topics import Topics, made_with
from syncd.ledger.opening import open_ledger
from syncd.observe.report import Reporter
from tests.simulation.world.brokers import Brokers
from tests.simulation.world.kafka_clients import simulated_kafka

SECTION = {"bootstrap_servers": ("simulated:9092",), "replication": 1}
AGAIN_SECONDS = 5.0


class Named:
    """In the place of `Leadership`: always named, until a worker was fenced."""

    def __init__(self, config: Config, report: Reporter) -> None:
        self.is_active = False
        self.is_standing_by = False
        self._config = config
        self._report = report

    async def belong(self) -> None:
        """Stay a member for ever."""
        await asyncio.Event().wait()

    async def serve(self, work: Callable[[Ledger], Awaitable[Sequence[str]]]) -> None:
        """Run `work` once; then stand by."""
        while True:
            try:
                ledger = await open_ledger(self._config, writing=True, report=self._report)
                break
            except LedgerError:
                await asyncio.sleep(AGAIN_SECONDS)
        self.is_active = True
        try:
            await work(ledger)
        finally:
            self.is_active = False
            await ledger.close()
        self.is_standing_by = True
        await asyncio.Event().wait()


def make_topics(brokers: Brokers) -> None:
    """Make the topics as `syncd topics --create` does."""
    settings = KafkaSettings.model_validate(SECTION)
    for name, topic in Topics(prefix=settings.prefix, replication=1).wanted().items():
        brokers.make(name, topic.partitions, made_with(topic))


@contextlib.contextmanager
def in_kafka(brokers: Brokers, look_seconds: float) -> Iterator[None]:
    """While it is entered, daemons have their ledger on `brokers`."""
    replaced: list[tuple[Any, str, Any]] = [
        (leadership, "Leadership", Named),
        (reading, "POLL_MS", 1000 * look_seconds),
    ]
    before = [(place, name, getattr(place, name)) for place, name, _ in replaced]
    for place, name, value in replaced:
        setattr(place, name, value)
    try:
        with simulated_kafka(brokers):
            yield
    finally:
        for place, name, value in before:
            setattr(place, name, value)
