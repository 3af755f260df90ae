"""The log of notices, open for writing, and what was said of them as readers see it.

The notices that are kept stand beside the state, in its topic, each under a key of its own: they are syncd's own. A
reader of the topic of notices has each of them whole in the last event about it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import ClassVar

from aiokafka.structs import ConsumerRecord, TopicPartition
from msgspec import Struct

from syncd.core.notices.notice import NOTICES, NoticeEvent, NoticesCommit, NoticesState
from syncd.ledger.checks import check_notices, check_notices_restored, check_position, follows
from syncd.ledger.contract import Position
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.owner import Owner
from syncd.ledger.kafka.reading import LedgerReader, Offsets, following, read_span
from syncd.ledger.kafka.topics import Name
from syncd.ledger.kafka.transaction import Transaction
from syncd.ledger.kafka.wire import Message

ROW = f"{NOTICES}/"
LINKED_TYPE = wire.notice_type("linked")
ROW_TYPE = [("content-type", b"application/zstd")]


class RestoredNotices(Struct, frozen=True):
    """The committed content: the state and the packed notices."""

    state: NoticesState
    rows: dict[str, bytes]


class KafkaNoticesLog(Owner[NoticesCommit]):
    """Made by `take_over`. `rows` and `state` change only when a commit stands."""

    RESTORED_FROM: ClassVar[tuple[Name, ...]] = ("state",)

    def __init__(self, reader: LedgerReader, name: str, source: str) -> None:
        super().__init__(reader, name, source)
        self._restored = RestoredNotices(NoticesState(), {})

    @property
    def state(self) -> NoticesState:
        """The state as last committed."""
        return self._restored.state

    @property
    def rows(self) -> Mapping[str, bytes]:
        """The packed notices as last committed, by id."""
        return MappingProxyType(self._restored.rows)

    async def _ends(self) -> Offsets:
        return await self._reader.high_watermarks(partitions_of_notices(self._reader))

    async def _restore(self, until: Offsets) -> None:
        self._restored = await restored_notices(self._reader, until)

    def _check(self, commit: NoticesCommit) -> None:
        check_notices(self._restored.state, self._restored.rows, commit)

    async def _write(self, transaction: Transaction, commit: NoticesCommit, token: str) -> None:
        of_channel = self._reader.channel_partitions()
        async with transaction.deadline():
            await transaction.begin()
            for event in commit.events:
                await transaction.send(of_channel[event.channel], wire.notice_message(event, self._source))
            for name, row in commit.notices.items():
                await transaction.send(self._of_state, Message(f"{ROW}{name}".encode(), row, ROW_TYPE))
            await transaction.send(self._of_state, wire.state_message(commit.state, token))
            await transaction.arrive()
            await transaction.commit()

    def _accept(self, commit: NoticesCommit) -> None:
        commit.apply_to(self._restored.rows)
        self._restored = RestoredNotices(commit.state, self._restored.rows)


def partitions_of_notices(reader: LedgerReader) -> list[TopicPartition]:
    """That of the state, and those of all channels."""
    return [reader.partition("state", NOTICES), *reader.channel_partitions().values()]


async def restored_notices(reader: LedgerReader, until: Offsets) -> RestoredNotices:
    """State and rows as committed before `until`. Raises StateMismatch when they are not of one commit."""
    of_state = reader.partition("state", NOTICES)
    state, rows = NoticesState(), dict[str, bytes]()
    async with aclosing(reader.all([of_state], {of_state: until[of_state]})) as batches:
        async for batch in batches:
            for message in batch:
                state = _taken(message, state, rows)
    sequences = {}
    for channel, partition in reader.channel_partitions().items():
        last = await reader.last(partition, lambda _: True, until[partition]) if until[partition] else None
        if last is not None:
            sequences[channel] = _event(last).sequence
    check_notices_restored(state, rows, sequences)
    return RestoredNotices(state, rows)


def _taken(message: ConsumerRecord, state: NoticesState, rows: dict[str, bytes]) -> NoticesState:
    """The state after a message, whose row is taken over into `rows`; other owners' messages say nothing."""
    key = message.key.decode()
    if key.startswith(ROW):
        rows.pop(key.removeprefix(ROW), None)
        if message.value is not None:
            rows[key.removeprefix(ROW)] = message.value
    return wire.decode_value(message.value, NoticesState) if key == NOTICES else state


def _event(message: ConsumerRecord) -> NoticeEvent:
    return wire.decode_value(message.value, NoticeEvent)


async def notice_events(reader: LedgerReader, position: Position, *, follow: bool) -> AsyncIterator[NoticeEvent]:
    """What was said after `position`. The topic is small: it is read from its beginning. Raises LedgerError at a hole,
    and for a place that was never reached."""
    at = dict(position)
    partitions = list(reader.channel_partitions().values())
    async with reader.connection.consumer(partitions, committed=True) as consumer:
        until = await reader.ends(consumer, partitions)
        seen: dict[str, int] = {}
        async for batch in read_span(reader.connection, consumer, await reader.begins(consumer, partitions), until):
            for event in map(_event, batch):
                seen[event.channel] = event.sequence
                if _is_next(event, at):
                    yield event
        check_position(seen, position, ())
        if not follow:
            return
        async for batch in following(reader.connection, consumer, until):
            for event in map(_event, batch):
                if _is_next(event, at):
                    yield event


async def linked_events(reader: LedgerReader) -> AsyncIterator[NoticeEvent]:
    """The events of links, told by their headers: the others are not decoded. Raises LedgerError."""
    partitions, connection = list(reader.channel_partitions().values()), reader.connection
    # On a client of its own: whoever takes the events may read something else meanwhile.
    async with connection.consumer(partitions, committed=True) as consumer:
        until = await reader.ends(consumer, partitions)
        start = await reader.begins(consumer, partitions)
        async for batch in read_span(connection, consumer, start, until, as_they_are=True):
            found = [message for message in batch if wire.header(message.headers, "ce_type") == LINKED_TYPE]
            for message in await connection.encoding.decoded(found) if found else ():
                yield _event(message)


def _is_next(event: NoticeEvent, at: dict[str, int]) -> bool:
    """Whether a reader at `at`, which moves on, has not seen the event. Raises LedgerError when one lies between."""
    last = at.get(event.channel, 0)
    if event.sequence <= last:
        return False
    follows(event.channel, last, event.sequence)
    at[event.channel] = event.sequence
    return True
