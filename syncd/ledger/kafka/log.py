"""A feed, open for writing: taken over, restored, committed to, and after any doubt read back."""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Mapping
from types import MappingProxyType

from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord, TopicPartition
from msgspec import Struct

from syncd.core import body
from syncd.core.state import FeedState, Stored
from syncd.errors import Fenced, LedgerError, StateMismatch
from syncd.ledger.checks import check_outcome, check_restored, check_rows, in_order
from syncd.ledger.contract import Commit
from syncd.ledger.endings import end_of
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.connection import TROUBLES, discard
from syncd.ledger.kafka.reading import Offsets, Reader
from syncd.ledger.kafka.transaction import Doubt, Transaction

# How often the opening of a feed is tried when somebody else opens it at the same time.
OPENINGS_MAX = 3
SETTLE_SECONDS_MAX = 90.0
SETTLE_AGAIN_SECONDS = 1.0
# A fencer leaves its claim once it has restored; until then it is not known who it is.
CLAIM_SECONDS_MAX = 2.0
CLAIM_AGAIN_SECONDS = 0.25


class Restored(Struct, frozen=True):
    """What is committed: the state, the records, and how many parts each large record has."""

    state: FeedState
    records: dict[str, Stored]
    parts: dict[str, int]


class KafkaLog:
    """Made by `take_over`. `records` and `state` change only when a commit stands."""

    def __init__(self, reader: Reader, feed: str, source: str) -> None:
        self._reader = reader
        self._feed = feed
        self._source = source
        self._partition = reader.partition("changes", feed).partition
        self._owner = uuid.uuid4().hex
        self._producer: AIOKafkaProducer | None = None
        self._restored = Restored(FeedState(feed=feed), {}, {})
        self._over: LedgerError | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def state(self) -> FeedState:
        return self._restored.state

    @property
    def records(self) -> Mapping[str, Stored]:
        return MappingProxyType(self._restored.records)

    @property
    def transactional_id(self) -> str:
        return f"{self._reader.topics.prefix}{self._feed}"

    async def take_over(self) -> None:
        """Fence whoever had the feed, restore it, and claim it. Raises LedgerError, StateMismatch.

        A feed that is stopped by StateMismatch is not claimed: who had it before goes on with it.
        """
        for attempt in range(1, OPENINGS_MAX + 1):
            await self._new_producer()
            try:
                self._restored = await restored(self._reader, self._feed, await self._ends())
                await self._claim()
            except Doubt as doubt:
                await self.close()
                if attempt == OPENINGS_MAX or not doubt.is_fenced:
                    raise LedgerError(
                        f"{self._feed} cannot be taken over: {self._reader.connection.explained(doubt.cause)}"
                    ) from doubt.cause
            except BaseException:
                await self.close()
                raise
            else:
                return

    async def commit(self, commit: Commit) -> None:
        async with self._one_at_a_time:
            writing = asyncio.ensure_future(self._commit(commit))
            if await end_of(writing):
                writing.exception()
                raise asyncio.CancelledError
            writing.result()

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard(producer)

    async def end(self, why: LedgerError) -> None:
        """No further commit; one that is under way is finished first."""
        async with self._one_at_a_time:
            self._over = self._over or why
            await self.close()

    async def _commit(self, commit: Commit) -> None:
        if self._over is not None:
            raise self._over
        check_rows(commit)
        if self._producer is None:
            await self._again()
        token = uuid.uuid4().hex
        assert self._producer is not None
        transaction = Transaction(self._producer, self._partition, self._reader.connection.encoding)
        try:
            await self._write(transaction, commit, token)
        except Doubt as doubt:
            await self.close()
            await self._settle(token, doubt)
        except BaseException:
            await self._abort(transaction)
            raise
        for partition, end in transaction.ends().items():
            self._reader.wrote(partition, end)
        self._accept(commit)

    async def _write(self, transaction: Transaction, commit: Commit, token: str) -> None:
        name = self._reader.topics.name
        before, records, parts = self._restored.state, self._restored.records, self._restored.parts
        # The digest of a long list takes longer than the brokers: both at once, and the commit waits for both.
        proving = asyncio.ensure_future(asyncio.to_thread(check_outcome, before, records, commit))
        try:
            async with transaction.deadline():
                await transaction.begin()
                for change in in_order(before, commit):
                    await transaction.send(name("changes"), wire.change_message(change, self._source))
                unpack = body.unpacker()
                for key, stored in commit.records.items():
                    for message in wire.record_messages(key, stored, parts.get(key, 0), unpack):
                        await transaction.send(name("records"), message)
                for row in commit.rows:
                    await transaction.send(name("publications"), wire.publication_message(row, self._source))
                await transaction.send(name("state"), wire.state_message(commit.state, token))
                await transaction.arrive()
                await proving
                await transaction.commit()
        finally:
            await asyncio.gather(proving, return_exceptions=True)

    def _accept(self, commit: Commit) -> None:
        self._restored.records.update(commit.records)
        for key, stored in commit.records.items():
            self._restored.parts.pop(key, None)
            if count := wire.parts_of(stored):
                self._restored.parts[key] = count
        self._restored = Restored(commit.state, self._restored.records, self._restored.parts)

    async def _abort(self, transaction: Transaction) -> None:
        try:
            await transaction.abort()
        except Doubt:
            # Nothing asked for a commit, so nothing stands; the next producer ends what is open.
            await self.close()

    async def _settle(self, token: str, doubt: Doubt) -> None:
        """Returns when the commit with this token stands. Raises Fenced, and LedgerError when nothing was written, or
        when it cannot be found out: then the feed must be opened again, which tells."""
        last = await self._again(fenced=doubt.is_fenced)
        if last == token:
            return
        why = self._reader.connection.explained(doubt.cause)
        raise LedgerError(f"{self._feed}: nothing was written: {why}") from doubt.cause

    async def _again(self, *, fenced: bool = False) -> str:
        """A new producer instead of one that is not to be trusted; gives the token of the last commit that stands."""
        end = time.monotonic() + SETTLE_SECONDS_MAX
        while True:
            try:
                await self._refuse_fenced(patient=fenced)
                await self._new_producer()
                # Whoever came between is seen now, for nobody writes past this producer.
                await self._refuse_fenced(patient=False)
                return await self._last_token()
            except Fenced as error:
                self._over = error
                await self.close()
                raise
            except (LedgerError, *TROUBLES) as error:
                await self.close()
                if time.monotonic() > end:
                    self._over = LedgerError(
                        f"{self._feed}: it is not known whether commit {self.state.commit + 1} stands; "
                        f"opening the feed again will tell: {error}"
                    )
                    raise self._over from error
                await asyncio.sleep(SETTLE_AGAIN_SECONDS)

    async def _refuse_fenced(self, *, patient: bool) -> None:
        """Raises Fenced when the feed is claimed by somebody else. A fence without a claim is a transaction that the
        brokers gave up, or somebody who is still restoring."""
        end = time.monotonic() + (CLAIM_SECONDS_MAX if patient else 0)
        while True:
            claim = await self._last_claim()
            if claim is None or claim.owner != self._owner:
                whom = f"process {claim.pid} on {claim.host}" if claim else "nobody"
                raise Fenced(f"{self._feed} has been taken over by {whom}: nothing was written")
            if time.monotonic() >= end:
                return
            await asyncio.sleep(CLAIM_AGAIN_SECONDS)

    async def _last_claim(self) -> wire.Claim | None:
        key = wire.owner_key(self._feed)
        message = await self._reader.last(self._of_state(), lambda one: one.key == key)
        return wire.decoded(message.value, wire.Claim) if message else None

    async def _last_token(self) -> str:
        state = self._of_state()
        until = (await self._reader.high_watermarks([state]))[state]
        message = await self._reader.last(state, lambda one: one.key == self._feed.encode(), until)
        return wire.header(message.headers, "token") if message else ""

    async def _claim(self) -> None:
        assert self._producer is not None
        transaction = Transaction(self._producer, self._partition, self._reader.connection.encoding)
        claim = wire.Claim(owner=self._owner, host=socket.gethostname(), pid=os.getpid())
        async with transaction.deadline():
            await transaction.begin()
            await transaction.send(self._of_state().topic, wire.claim_message(self._feed, claim))
            await transaction.arrive()
            await transaction.commit()

    async def _new_producer(self) -> None:
        await self.close()
        self._producer = await self._reader.connection.producer(self.transactional_id)

    async def _ends(self) -> Offsets:
        partitions = [self._reader.partition(topic, self._feed) for topic in ("changes", "records", "state")]
        return await self._reader.high_watermarks(partitions)

    def _of_state(self) -> TopicPartition:
        return self._reader.partition("state", self._feed)


async def restored(reader: Reader, feed: str, until: Offsets) -> Restored:
    """State and records as committed before `until`. Raises StateMismatch when they are not of one commit."""
    state_key = feed.encode()
    of_changes, of_records, of_state = (reader.partition(topic, feed) for topic in ("changes", "records", "state"))
    message = await reader.last(of_state, lambda one: one.key == state_key, until[of_state])
    state = wire.decoded(message.value, FeedState) if message else FeedState(feed=feed)
    records = wire.Records()
    async for batch in reader.all([of_records], {of_records: until[of_records]}):
        await asyncio.to_thread(_take, records, batch)
    records.finish()
    check_restored(state, records.stored)
    last = await reader.last(of_changes, lambda _: True, until[of_changes])
    sequence = wire.change(last.value).sequence if last else 0
    if sequence != state.sequence:
        raise StateMismatch(f"{feed}: the last change has sequence {sequence}, {state.sequence} is stated")
    return Restored(state, records.stored, records.parts)


def _take(records: wire.Records, batch: list[ConsumerRecord]) -> None:
    for message in batch:
        records.take(message.key, message.value)
