"""One owner of one transactional id: taken over, committed to, and after any doubt read back."""

import asyncio
import os
import socket
import time
import uuid
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from aiokafka import AIOKafkaProducer

from syncd.concurrency import finish_despite_cancel
from syncd.core.coordination.target import CoordinatorState
from syncd.core.notices.notice import NoticesState
from syncd.core.state import FeedState
from syncd.errors import Fenced, LedgerError
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.connection import TROUBLES, discard
from syncd.ledger.kafka.reading import LedgerReader, Offsets
from syncd.ledger.kafka.topics import Name
from syncd.ledger.kafka.transaction import Doubt, Transaction

# How often a taking over is tried when somebody else does it at the same time.
OPENINGS_MAX = 3
SETTLE_SECONDS_MAX = 90.0
SETTLE_AGAIN_SECONDS = 1.0
# A fencer leaves its claim once it has restored; until then it is not known who it is.
CLAIM_SECONDS_MAX = 2.0
CLAIM_AGAIN_SECONDS = 0.25

C = TypeVar("C")


class Owner(ABC, Generic[C]):
    """The producer with the transactional id `<prefix><name>`. Its state changes only when a commit `C` stands.

    Subclasses for a feed, the coordinator and the notices say which topics are restored, how, and what a commit writes.
    """

    # Read up to their ends, once nobody else can write to them.
    RESTORED_FROM: ClassVar[tuple[Name, ...]]

    def __init__(self, reader: LedgerReader, name: str, source: str) -> None:
        """`source` is `/syncd/<installation>/`."""
        self._reader = reader
        self._name = name
        self._source = source
        self._of_state = reader.partition("state", name)
        self._owner = uuid.uuid4().hex
        self._producer: AIOKafkaProducer | None = None
        self._over: LedgerError | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    @abstractmethod
    def state(self) -> FeedState | CoordinatorState | NoticesState:
        """The state as last committed."""
        ...

    @abstractmethod
    async def _restore(self, until: Offsets) -> None:
        """Raises StateMismatch."""

    @abstractmethod
    def _check(self, commit: C) -> None:
        """Raises LedgerError for a commit that would be refused whatever is in the ledger."""

    @abstractmethod
    async def _write(self, transaction: Transaction, commit: C, token: str) -> None:
        """From the begin of the transaction to its commit; the state's message carries the token."""

    @abstractmethod
    def _accept(self, commit: C) -> None: ...

    @property
    def transactional_id(self) -> str:
        """The `transactional.id`: who initialises it fences the owner before."""
        return f"{self._reader.topics.prefix}{self._name}"

    async def take_over(self) -> None:
        """Fence the owner before, restore, and claim it. Raises LedgerError, StateMismatch.

        What is stopped by StateMismatch is not claimed: who had it before goes on with it.
        """
        for attempt in range(1, OPENINGS_MAX + 1):
            await self._new_producer()
            try:
                await self._restore(await self._ends())
                await self._claim()
            except Doubt as doubt:
                await self.close()
                if attempt == OPENINGS_MAX or not doubt.is_fenced:
                    raise LedgerError(
                        f"{self._name} cannot be taken over: {self._reader.connection.explained(doubt.cause)}"
                    ) from doubt.cause
            except BaseException:
                await self.close()
                raise
            else:
                return

    async def commit(self, commit: C) -> None:
        """Write `commit` in one transaction, all or nothing; a cancelled caller waits for its end. Raises Fenced,
        LedgerError."""
        async with self._one_at_a_time:
            writing = asyncio.ensure_future(self._commit(commit))
            if await finish_despite_cancel(writing):
                writing.exception()
                raise asyncio.CancelledError
            writing.result()

    async def close(self) -> None:
        """Throw the producer away; a transaction that is open is aborted by the brokers."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard(producer)

    async def end(self, why: LedgerError) -> None:
        """No further commit; one that is under way is finished first."""
        async with self._one_at_a_time:
            self._over = self._over or why
            await self.close()

    async def _commit(self, commit: C) -> None:
        if self._over is not None:
            raise self._over
        self._check(commit)
        if self._producer is None:
            await self._again()
        token = uuid.uuid4().hex
        assert self._producer is not None
        transaction = Transaction(self._producer, self._reader.connection)
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

    async def _abort(self, transaction: Transaction) -> None:
        try:
            await transaction.abort()
        except Doubt:
            # Nothing asked for a commit, so nothing stands; the next producer ends what is open.
            await self.close()

    async def _settle(self, token: str, doubt: Doubt) -> None:
        """Returns when the commit with this token stands. Raises Fenced, and LedgerError when nothing was written, or
        when it cannot be found out: then it must be opened again, which tells."""
        last = await self._again(fenced=doubt.is_fenced)
        if last == token:
            return
        why = self._reader.connection.explained(doubt.cause)
        raise LedgerError(f"{self._name}: nothing was written: {why}") from doubt.cause

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
                        f"{self._name}: it is not known whether commit {self.state.commit + 1} stands; "
                        f"opening it again will tell: {error}"
                    )
                    raise self._over from error
                await asyncio.sleep(SETTLE_AGAIN_SECONDS)

    async def _refuse_fenced(self, *, patient: bool) -> None:
        """Raises Fenced when somebody else has claimed it. A fence without a claim is a transaction that the brokers
        gave up, or somebody who is still restoring."""
        end = time.monotonic() + (CLAIM_SECONDS_MAX if patient else 0)
        while True:
            claim = await self._last_claim()
            if claim is None or claim.owner != self._owner:
                whom = f"process {claim.pid} on {claim.host}" if claim else "nobody"
                raise Fenced(f"{self._name} has been taken over by {whom}: nothing was written")
            if time.monotonic() >= end:
                return
            await asyncio.sleep(CLAIM_AGAIN_SECONDS)

    async def _last_claim(self) -> wire.Claim | None:
        key = wire.owner_key(self._name)
        message = await self._reader.last(self._of_state, lambda one: one.key == key)
        return wire.decode_value(message.value, wire.Claim) if message else None

    async def _last_token(self) -> str:
        state = self._of_state
        until = (await self._reader.high_watermarks([state]))[state]
        message = await self._reader.last(state, lambda one: one.key == self._name.encode(), until)
        return wire.header(message.headers, "token") if message else ""

    async def _claim(self) -> None:
        assert self._producer is not None
        transaction = Transaction(self._producer, self._reader.connection)
        claim = wire.Claim(owner=self._owner, host=socket.gethostname(), pid=os.getpid())
        async with transaction.deadline():
            await transaction.begin()
            await transaction.send(self._of_state, wire.claim_message(self._name, claim))
            await transaction.arrive()
            await transaction.commit()

    async def _new_producer(self) -> None:
        await self.close()
        self._producer = await self._reader.connection.producer(self.transactional_id)

    async def _ends(self) -> Offsets:
        return await self._reader.high_watermarks(
            [self._reader.partition(topic, self._name) for topic in self.RESTORED_FROM]
        )
