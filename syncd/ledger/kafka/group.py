"""Membership of the consumer group that names the active replica: the one that has the partition of signals.

It balances, and guards nothing: that one replica writes at a time is the transactions' matter. A member's name begins
with the time at which it joined, and the assignor goes by names: the longest member stays active when others come.
"""

import asyncio
import time
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.structs import TopicPartition

from syncd.config import KafkaSettings
from syncd.errors import LedgerError
from syncd.ledger.kafka.connection import START_SECONDS_MAX, TROUBLES, Connection

SIGNALS = "signals.v1"
PUMP_MS = 500
HEARTBEAT_MS = 1000
AGAIN_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)


class Group(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Runs as a task (`belong`). `term` counts up each time that this replica is named, and is 0 while it is not;
    `is_member` once the group has said whom it names.

    `trouble` is told what goes wrong and in how many seconds it is tried again.
    """

    def __init__(self, settings: KafkaSettings, trouble: Callable[[str, float], None]) -> None:
        self.term = 0
        self.is_member = False
        self._settings = settings
        self._trouble = trouble
        self._terms = 0
        self._changed = asyncio.Condition()
        self._resigned = asyncio.Event()

    async def named(self, after: int) -> int:
        """Wait for a term later than `after`; gives it."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.term > after)
            return self.term

    async def ended(self, term: int) -> None:
        """Wait until another replica is named, or this one anew."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.term != term)

    def resign(self) -> None:
        """Leave the group and join it again, behind the others."""
        self._resigned.set()

    async def belong(self) -> None:
        """Until cancelled; then the group is left, so that another replica is named at once."""
        failures = 0
        while True:
            started = time.monotonic()
            try:
                await self._belong_once()
                failures = 0
            except (LedgerError, *TROUBLES) as error:
                failures = failures + 1 if time.monotonic() - started < 2 * START_SECONDS_MAX else 1
                wait = AGAIN_SECONDS[min(failures, len(AGAIN_SECONDS)) - 1]
                self._trouble(str(error), wait)
                await asyncio.sleep(wait)

    async def _belong_once(self) -> None:
        self._resigned.clear()
        connection = Connection(self._settings)
        consumer = self._consumer(connection)
        try:
            await connection.within(START_SECONDS_MAX, consumer.start())
            consumer.subscribe([f"{self._settings.prefix}{SIGNALS}"], listener=self)
            turned = time.monotonic()
            while not self._resigned.is_set() and not self._was_asleep(turned):
                turned = time.monotonic()
                async with connection.errors():
                    # What it brings is read elsewhere; a member that asks for nothing is dropped.
                    await consumer.getmany(timeout_ms=PUMP_MS)
        finally:
            self.is_member = False
            await self._set(named=False)
            await connection.close(consumer.stop())

    def _was_asleep(self, turned: float) -> bool:
        """Whoever was stopped for longer than the group waits has been replaced, and does not yet know it."""
        return time.monotonic() - turned > self._settings.session_timeout_seconds

    def _consumer(self, connection: Connection) -> AIOKafkaConsumer:
        session_ms = int(self._settings.session_timeout_seconds * 1000)
        return connection.new_consumer(
            group_id=self._settings.group,
            client_id=f"{self._settings.client_id}-{time.time_ns() // 1_000_000:014}",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=min(HEARTBEAT_MS, session_ms // 3),
            rebalance_timeout_ms=session_ms,
            auto_offset_reset="latest",
        )

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Every join and every leave revokes everything: nothing is torn down before it is known who is next."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self.is_member = True
        await self._set(named=bool(assigned))

    async def _set(self, *, named: bool) -> None:
        async with self._changed:
            if named and not self.term:
                self._terms += 1
                self.term = self._terms
            if not named:
                self.term = 0
            self._changed.notify_all()
