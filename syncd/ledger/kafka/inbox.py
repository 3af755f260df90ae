"""Signals as they come, in the order of their one partition, whatever else stands among them.

A signal waits until a decision row of its feed bears its id. Offsets would not tell: they begin anew when the topic is
made anew, and are others when it was mirrored to other brokers.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition
from msgspec import Struct

from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Publication, Signal
from syncd.errors import LedgerError
from syncd.feeds import partitions_by_feed
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.messages import Outbox
from syncd.ledger.kafka.reading import LedgerReader, read_span
from syncd.ledger.received import Malformed, NoSignal, signal_of
from syncd.observe.kafka import SignalsPassedOver
from syncd.observe.moments import Moment

# More than anybody decides while the topic keeps them; the oldest go first, and they have long expired.
KEPT_MAX = 10_000
# A decision is not written before its signal; so much may the clocks of two machines differ.
CLOCKS_DIFFER_MS = 86_400_000
ROWS_AT_ONCE = 200
# A topic that was made anew and is as long as the one before looks the same until its last message is looked at.
LOOK_AGAIN_SECONDS = 5.0


class ReceivedSignal(Struct, frozen=True):
    """A signal, and when it was sent (milliseconds since 1970, by its sender's clock)."""

    signal: Signal | Malformed
    sent_ms: int


class Inbox:
    """All signals so far, read on as they come. A position is the offset and one; one id is one signal, the first."""

    def __init__(self, reader: LedgerReader, outbox: Outbox, report: Callable[[Moment], None]) -> None:
        self._reader = reader
        self._outbox = outbox
        self._report = report
        self._partition = TopicPartition(reader.topics.name("signals"), 0)
        self._known: dict[str, ReceivedSignal] = {}
        self._answered: set[str] = set()
        # The last message that was read: where it stands, and what it is.
        self._last: tuple[int, object] | None = None
        self._looked = 0.0
        self._told_to = 0
        self._consumer: AIOKafkaConsumer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def send(self, signal: Signal) -> Signal:
        """Raises LedgerError when it was sent and cannot be seen."""
        await self._read_on()
        if signal.id not in self._known:
            await self._outbox.send(self._partition, wire.signal_message(signal))
            await self._read_on()
        if signal.id not in self._known:
            raise LedgerError(f"signal {signal.id} was sent and is not among the signals: it is malformed, or was lost")
        return msgspec.structs.replace(signal, position=self._known[signal.id].signal.position)

    async def waiting(self, owner: str) -> list[Signal | Malformed]:
        """Those for a feed or the coordinator that are not answered yet, in order."""
        await self._read_on()
        mine = {name: kept for name, kept in self._known.items() if kept.signal.feed == owner}
        asked = {name: kept for name, kept in mine.items() if name not in self._answered}
        if not asked:
            return []
        answered = await self._answers(owner, asked)
        self._answered |= answered
        found = [kept.signal for name, kept in asked.items() if name not in answered]
        return sorted(found, key=lambda one: one.position)

    async def _answers(self, owner: str, asked: Mapping[str, ReceivedSignal]) -> set[str]:
        """Those of `asked` that a decision row answers; the rows are read backwards, to before the first was sent."""
        since = min(kept.sent_ms for kept in asked.values()) - CLOCKS_DIFFER_MS
        found: set[str] = set()
        partition = self._reader.partition("publications", owner)
        async with aclosing(self._reader.backwards(partition, ROWS_AT_ONCE)) as batches:
            async for batch in batches:
                rows = [wire.decode_value(message.value, Publication) for message in batch]
                found |= {row.signal for row in rows if row.signal is not None and row.signal in asked}
                if len(found) == len(asked) or (batch and batch[0].timestamp < since):
                    break
        return found

    async def close(self) -> None:
        """End the consumer, after the reading that is under way."""
        async with self._one_at_a_time:
            await self._end()

    async def _end(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._last = None
        if consumer is not None:
            await self._reader.connection.close(consumer.stop())

    async def _read_on(self) -> None:
        async with self._one_at_a_time:
            try:
                await self._read()
            except BaseException:
                await self._end()
                raise

    async def _read(self) -> None:
        connection, partition = self._reader.connection, self._partition
        if self._consumer is None:
            self._consumer = await connection.assigned([partition])
        begin = (await self._reader.begins(self._consumer, [partition]))[partition]
        end = (await self._reader.ends(self._consumer, [partition]))[partition]
        if self._is_current(end):
            return
        self._looked = time.monotonic()
        if not await self._read_between(begin, end):
            self._known.clear()
            self._last, self._told_to = None, 0
            await self._read_between(begin, end)

    def _is_current(self, end: int) -> bool:
        is_read = self._last is not None and self._last[0] + 1 == end
        return is_read and time.monotonic() < self._looked + LOOK_AGAIN_SECONDS

    async def _read_between(self, begin: int, end: int) -> bool:
        """Whether the topic is the one that was read so far: its last message still stands there."""
        if self._last is not None and end <= self._last[0]:
            return False
        start = {self._partition: begin if self._last is None else max(begin, self._last[0])}
        assert self._consumer is not None
        until = {self._partition: end}
        async for batch in read_span(self._reader.connection, self._consumer, start, until, as_they_are=True):
            if self._last is not None and batch[0].offset == self._last[0] and _place(batch[0]) != self._last:
                return False
            self._take(batch)
        return True

    def _take(self, batch: list[ConsumerRecord]) -> None:
        passed_over: list[tuple[int, str]] = []
        for message in batch:
            try:
                self._keep(_received(message), message.timestamp)
            except NoSignal as error:
                passed_over.append((message.offset, str(error)))
        new = [one for one in passed_over if one[0] >= self._told_to]
        if new:
            offset, why = new[0]
            self._report(SignalsPassedOver(count=len(new), offset=offset, why=why))
        self._told_to = max(self._told_to, batch[-1].offset + 1)
        self._last = _place(batch[-1])

    def _keep(self, signal: Signal | Malformed, sent_ms: int) -> None:
        before = self._known.get(signal.id)
        if before is not None and before.signal.position <= signal.position:
            return
        self._known[signal.id] = ReceivedSignal(signal, sent_ms)
        while len(self._known) > KEPT_MAX:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._answered.discard(oldest)


def _place(message: ConsumerRecord) -> tuple[int, object]:
    return message.offset, (message.timestamp, message.key, message.value)


def _received(message: ConsumerRecord) -> Signal | Malformed:
    """Raises NoSignal."""
    signal = signal_of(message.value, message.offset + 1)
    if signal.feed != COORDINATOR and signal.feed not in partitions_by_feed():
        raise NoSignal("it names a feed that this syncd does not know")
    return signal
