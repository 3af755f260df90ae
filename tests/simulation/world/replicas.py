"""The ledger of a world in Kafka: topics on simulated brokers, and replicas that are named as acts say.

The consumer group is not simulated: the replica that was started last is named.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, ClassVar

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
from tests.simulation.world.replacing import replaced

SECTION = {"bootstrap_servers": ("simulated:9092",), "replication": 1}
AGAIN_SECONDS, LEARNS_SECONDS = 5.0, 20.0


class Named:
    """In the place of `Leadership`: the replica that was started last is the one that is named. The one before learns
    of it a while later, and may be fenced before."""

    latest: "ClassVar[Named | None]" = None

    def __init__(self, config: Config, report: Reporter) -> None:
        self.is_active = False
        self._config = config
        self._report = report
        self._is_replaced = asyncio.Event()
        if Named.latest is not None:
            Named.latest._is_replaced.set()
        Named.latest = self

    @property
    def is_standing_by(self) -> bool:
        return self._is_replaced.is_set()

    async def belong(self) -> None:
        """Stay a member for ever."""
        await asyncio.Event().wait()

    async def serve(self, work: Callable[[Ledger], Awaitable[Sequence[str]]]) -> None:
        """Run `work` in one term after the other while this one is named."""
        while not self._is_replaced.is_set():
            try:
                ledger = await open_ledger(self._config, writing=True, report=self._report)
            except LedgerError:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            await self._term(ledger, work)
            await asyncio.sleep(AGAIN_SECONDS)
        await asyncio.Event().wait()

    async def _term(self, ledger: Ledger, work: Callable[[Ledger], Awaitable[Sequence[str]]]) -> None:
        self.is_active = True
        parts = [asyncio.ensure_future(work(ledger)), asyncio.create_task(self._learns())]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            self.is_active = False
            await ledger.close()

    async def _learns(self) -> None:
        """Return once it has heard that another is named."""
        await self._is_replaced.wait()
        await asyncio.sleep(LEARNS_SECONDS)


def make_topics(brokers: Brokers) -> None:
    """Make the topics as `syncd topics --create` does."""
    settings = KafkaSettings.model_validate(SECTION)
    for name, topic in Topics(prefix=settings.prefix, replication=1).wanted().items():
        brokers.make(name, topic.partitions, made_with(topic))


@contextlib.contextmanager
def in_kafka(brokers: Brokers, look_seconds: float) -> Iterator[None]:
    """While it is entered, daemons have their ledger on `brokers`."""
    values: list[tuple[Any, str, Any]] = [
        (leadership, "Leadership", Named),
        (reading, "POLL_MS", 1000 * look_seconds),
    ]
    with replaced(values), simulated_kafka(brokers):
        yield
