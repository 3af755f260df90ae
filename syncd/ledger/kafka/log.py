"""A feed, open for writing."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import ClassVar

from aiokafka.structs import ConsumerRecord
from msgspec import Struct

from syncd.core import codec
from syncd.core.events import Publication
from syncd.core.state import FeedState, Stored
from syncd.errors import StateMismatch
from syncd.ledger.checks import check_outcome, check_restored, check_rows, in_order
from syncd.ledger.contract import Commit
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.owner import Owner
from syncd.ledger.kafka.reading import LedgerReader, Offsets
from syncd.ledger.kafka.topics import Name
from syncd.ledger.kafka.transaction import Transaction
from syncd.ledger.kafka.upserts import COMPLETE, CommitsBySequence, changed_keys, upsert_message

# How many changes are made ready at once, so that neither the way to a thread nor memory weighs.
AT_ONCE_MAX = 256
AT_ONCE_BYTES = 1_000_000


class Restored(Struct, frozen=True):
    """The committed content: the state, the records, and how many parts each large record has. `listed` is the
    identity of the topic of upserts that is complete as of the state, empty when none is."""

    state: FeedState
    records: dict[str, Stored]
    parts: dict[str, int]
    listed: str = ""


class KafkaLog(Owner[Commit]):
    """Made by `take_over`. `records` and `state` change only when a commit stands."""

    RESTORED_FROM: ClassVar[tuple[Name, ...]] = ("changes", "records", "state")

    def __init__(self, reader: LedgerReader, feed: str, source: str, listed: str = "") -> None:
        """`listed` is the identity of the topic of upserts; without one they are not written."""
        super().__init__(reader, feed, source)
        self._restored = Restored(FeedState(feed=feed), {}, {})
        self._listed = listed
        self._commits = CommitsBySequence()

    @property
    def state(self) -> FeedState:
        """The state as last committed."""
        return self._restored.state

    @property
    def records(self) -> Mapping[str, Stored]:
        """The records and stubs as last committed, by key."""
        return MappingProxyType(self._restored.records)

    @property
    def unlisted(self) -> int:
        """How many records the next commit writes to `listed` since it has not been complete; 0 when it is."""
        return len(self._restored.records) if self._listed and self._restored.listed != self._listed else 0

    async def fill_listed(self) -> None:
        """Write `listed` whole, in a commit of nothing else. Raises Fenced, LedgerError."""
        await self.commit(Commit(changes=(), records={}, rows=(), state=self.state))

    async def _restore(self, until: Offsets) -> None:
        self._restored = await restored_feed(self._reader, self._name, until)
        if self.unlisted:
            self._commits = CommitsBySequence(await _rows(self._reader, self._name))

    def _check(self, commit: Commit) -> None:
        check_rows(commit)

    async def _write(self, transaction: Transaction, commit: Commit, token: str) -> None:
        of_changes, of_records, of_publications = (
            self._reader.partition(topic, self._name) for topic in ("changes", "records", "publications")
        )
        before, records, parts = self._restored.state, self._restored.records, self._restored.parts
        async with transaction.deadline():
            await transaction.begin()
            changes = (wire.change_message(change, self._source) for change in in_order(before, commit))
            # In a thread: making the message of a large record must not be in the way of the others' heartbeats.
            while some := await asyncio.to_thread(_some, changes):
                for message in some:
                    await transaction.send(of_changes, message)
            unpack = codec.unpacker()
            for key, stored in commit.records.items():
                for message in wire.record_messages(key, stored, parts.get(key, 0), unpack):
                    await transaction.send(of_records, message)
            for message in self._upserts_of(commit, unpack):
                await transaction.send(self._reader.partition_of_key("listed", message.key), message)
            for row in commit.rows:
                await transaction.send(of_publications, wire.publication_message(row, self._source))
            told = [(COMPLETE, self._listed.encode())] if self._listed else []
            await transaction.send(self._of_state, wire.state_message(commit.state, token, told))
            await transaction.flush()
            # While the brokers answer to what the loop sends in its next turn.
            await asyncio.sleep(0)
            check_outcome(before, records, commit)
            await transaction.arrive()
            await transaction.commit()

    def _upserts_of(self, commit: Commit, unpack: Callable[[bytes], bytes]) -> Iterator[wire.Message]:
        """Of the records that `commit` changes; of all that there are while `listed` is not complete."""
        before, last = self._restored.records, commit.state.commit
        if not self._listed:
            return
        written: Iterable[tuple[str, Stored]] = changed_keys(commit.records.items(), before)
        if self.unlisted:
            written = {**before, **commit.records}.items()
        for key, stored in written:
            is_new = stored.sequence > self.state.sequence
            yield upsert_message(key, stored, last if is_new else self._commits.at(stored.sequence, last), unpack)

    def _accept(self, commit: Commit) -> None:
        self._restored.records.update(commit.records)
        for key, stored in commit.records.items():
            self._restored.parts.pop(key, None)
            if count := wire.record_parts(stored):
                self._restored.parts[key] = count
        self._restored = Restored(commit.state, self._restored.records, self._restored.parts, self._listed)


def _some(messages: Iterator[wire.Message]) -> list[wire.Message]:
    """The next messages, a bounded number and size of them; empty at the end."""
    taken, size = [], 0
    for message in messages:
        taken.append(message)
        size += len(message.value or b"")
        if len(taken) == AT_ONCE_MAX or size >= AT_ONCE_BYTES:
            break
    return taken


async def restored_feed(reader: LedgerReader, feed: str, until: Offsets) -> Restored:
    """State and records as committed before `until`. Raises StateMismatch when they are not of one commit."""
    state_key = feed.encode()
    of_changes, of_records, of_state = (reader.partition(topic, feed) for topic in ("changes", "records", "state"))
    message = await reader.last(of_state, lambda one: one.key == state_key, until[of_state])
    state = wire.decode_value(message.value, FeedState) if message else FeedState(feed=feed)
    listed = wire.header(message.headers, COMPLETE) if message else ""
    records = wire.Records()
    async with aclosing(reader.all([of_records], {of_records: until[of_records]})) as batches:
        async for batch in batches:
            await asyncio.to_thread(_take, records, batch)
    records.finish()
    check_restored(state, records.stored)
    last = await reader.last(of_changes, lambda _: True, until[of_changes])
    sequence = wire.change(last.value).sequence if last else 0
    if sequence != state.sequence:
        raise StateMismatch(f"{feed}: the last change has sequence {sequence}, {state.sequence} is stated")
    return Restored(state, records.stored, records.parts, listed)


async def _rows(reader: LedgerReader, feed: str) -> list[Publication]:
    async with aclosing(reader.all([reader.partition("publications", feed)])) as batches:
        return [wire.decode_value(message.value, Publication) async for batch in batches for message in batch]


def _take(records: wire.Records, batch: list[ConsumerRecord]) -> None:
    for message in batch:
        records.take(message.key, message.value, message.headers)
