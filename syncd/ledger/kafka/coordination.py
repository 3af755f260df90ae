"""The coordinator's log, open for writing, and its events as readers see them."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import ClassVar

from aiokafka.structs import ConsumerRecord
from msgspec import Struct

from syncd.core.coordination.target import COORDINATOR, CoordinationCommit, CoordinationEvent, CoordinatorState
from syncd.ledger.checks import check_coordination, check_coordination_restored, check_place, follows
from syncd.ledger.kafka import targets, wire
from syncd.ledger.kafka.owner import Owner
from syncd.ledger.kafka.reading import LedgerReader, Offsets, after_sequence, following, read_span
from syncd.ledger.kafka.topics import Name
from syncd.ledger.kafka.transaction import Transaction


class RestoredTargets(Struct, frozen=True):
    """The committed content: the state, the targets, how many parts each large one has, and what linking kept."""

    state: CoordinatorState
    targets: dict[str, bytes]
    parts: dict[str, int]
    linking: bytes = b""


class KafkaCoordinatorLog(Owner[CoordinationCommit]):
    """Made by `take_over`. `targets` and `state` change only when a commit stands."""

    RESTORED_FROM: ClassVar[tuple[Name, ...]] = ("coordination", "targets", "state")

    def __init__(self, reader: LedgerReader, name: str, source: str) -> None:
        super().__init__(reader, name, source)
        self._restored = RestoredTargets(CoordinatorState(), {}, {})
        self._linking_parts = 0

    @property
    def state(self) -> CoordinatorState:
        """The state as last committed."""
        return self._restored.state

    @property
    def targets(self) -> Mapping[str, bytes]:
        """The packed targets as last committed, by id."""
        return MappingProxyType(self._restored.targets)

    def take_linking(self) -> bytes:
        """As `CoordinatorLog.take_linking` promises."""
        restored = self._restored
        self._restored = RestoredTargets(restored.state, restored.targets, restored.parts)
        return restored.linking

    async def _restore(self, until: Offsets) -> None:
        self._restored = await restored_targets(self._reader, until)
        self._linking_parts = targets.linking_parts(self._restored.linking)

    def _check(self, commit: CoordinationCommit) -> None:
        check_coordination(self._restored.state, self._restored.targets, commit)

    async def _write(self, transaction: Transaction, commit: CoordinationCommit, token: str) -> None:
        of_events, of_targets, of_rows = (
            self._reader.partition(topic, self._name) for topic in ("coordination", "targets", "publications")
        )
        async with transaction.deadline():
            await transaction.begin()
            for event in commit.events:
                await transaction.send(of_events, targets.event_message(event, self._source))
            for name, row in commit.targets.items():
                for message in targets.target_messages(name, row, self._restored.parts.get(name, 0)):
                    await transaction.send(of_targets, message)
            for message in self._linking_messages(commit):
                await transaction.send(of_targets, message)
            for one in commit.rows:
                await transaction.send(of_rows, wire.publication_message(one, self._source))
            await transaction.send(self._of_state, wire.state_message(commit.state, token))
            await transaction.arrive()
            await transaction.commit()

    def _linking_messages(self, commit: CoordinationCommit) -> Iterator[wire.Message]:
        return targets.linking_messages(commit.linking, self._linking_parts) if commit.linking is not None else iter(())

    def _accept(self, commit: CoordinationCommit) -> None:
        if commit.linking is not None:
            self._linking_parts = targets.linking_parts(commit.linking)
        commit.apply_to(self._restored.targets)
        for name, row in commit.targets.items():
            self._restored.parts.pop(name, None)
            if count := targets.target_parts(row):
                self._restored.parts[name] = count
        restored = self._restored
        self._restored = RestoredTargets(commit.state, restored.targets, restored.parts, restored.linking)


async def restored_targets(
    reader: LedgerReader, until: Offsets, only: Collection[str] | None = None
) -> RestoredTargets:
    """State and targets as committed before `until`, or `only` those with these ids. Raises StateMismatch when they are
    not of one commit."""
    of_events, of_targets, of_state = (
        reader.partition(topic, COORDINATOR) for topic in KafkaCoordinatorLog.RESTORED_FROM
    )
    key = COORDINATOR.encode()
    message = await reader.last(of_state, lambda one: one.key == key, until[of_state])
    state = wire.decode_value(message.value, CoordinatorState) if message else CoordinatorState()
    found = targets.TargetMessages(only)
    async with aclosing(reader.all([of_targets], {of_targets: until[of_targets]})) as batches:
        async for batch in batches:
            await asyncio.to_thread(_take, found, batch)
    found.finish()
    last = await reader.last(of_events, lambda _: True, until[of_events])
    check_coordination_restored(state, found.count, _event(last).sequence if last else 0)
    return RestoredTargets(state, found.rows, found.parts, found.linking)


def _take(found: targets.TargetMessages, batch: list[ConsumerRecord]) -> None:
    for message in batch:
        found.take(message.key, message.value, message.headers)


def _event(message: ConsumerRecord) -> CoordinationEvent:
    return wire.decode_value(message.value, CoordinationEvent)


async def coordination_events(reader: LedgerReader, after: int, *, follow: bool) -> AsyncIterator[CoordinationEvent]:
    """Coordination events after a sequence. Raises LedgerError for a place that was never reached, and at a hole."""
    partition = reader.partition("coordination", COORDINATOR)
    async with reader.connection.consumer([partition], committed=True) as consumer:
        begin = (await reader.begins(consumer, [partition]))[partition]
        until = await reader.ends(consumer, [partition])
        last = await reader.last(partition, lambda _: True, until[partition])
        check_place(after, _event(last).sequence if last else 0)
        # Every event takes an offset, so that of a sequence is never before it.
        bounds = (min(begin + after, until[partition]), until[partition])
        start = {partition: await after_sequence(reader.connection, consumer, partition, bounds, after)}
        async for batch in read_span(reader.connection, consumer, start, until):
            for event in _next_of(batch, after):
                after = event.sequence
                yield event
        if not follow:
            return
        async for batch in following(reader.connection, consumer, until):
            for event in _next_of(batch, after):
                after = event.sequence
                yield event


def _next_of(batch: list[ConsumerRecord], after: int) -> Iterator[CoordinationEvent]:
    for event in map(_event, batch):
        if event.sequence > after:
            follows(COORDINATOR, after, event.sequence)
            after = event.sequence
            yield event
