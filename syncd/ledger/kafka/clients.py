"""The readers of a ledger: a few consumers, lent to one reading at a time and kept for the next.

Each new client asks the brokers anew who they are and what topics there are, and opens a connection to each; who takes
over twenty feeds at once would make a hundred of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from syncd.errors import LedgerError
from syncd.ledger.kafka.connection import Connection

LENT_MAX = 4
# What is read has an end that is known: nobody waits for what comes later, and the next reading waits for the answer.
FETCH_WAIT_MS = 20


class Clients:
    """Made for one ledger; `close` ends them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._free = asyncio.Semaphore(LENT_MAX)
        self._idle: list[AIOKafkaConsumer] = []
        self._of_everything: AIOKafkaConsumer | None = None
        self._making = asyncio.Lock()
        self._closed = False

    @asynccontextmanager
    async def lent(self, partitions: list[TopicPartition]) -> AsyncIterator[AIOKafkaConsumer]:
        """A consumer of what is committed in `partitions`. A task that has one asks for no second. One that failed is
        not used again. Raises LedgerError for whatever goes wrong in Kafka."""
        async with self._free:
            client = await self._taken(partitions)
            try:
                async with self._connection.errors():
                    yield client
                client.pause(*partitions)
            except BaseException:
                await self._connection.close(client.stop())
                raise
            if self._closed:
                await self._connection.close(client.stop())
            else:
                self._idle.append(client)

    async def _taken(self, partitions: list[TopicPartition]) -> AIOKafkaConsumer:
        if not self._idle:
            return await self._connection.assigned(partitions, fetch_max_wait_ms=FETCH_WAIT_MS)
        client = self._idle.pop()
        client.assign(partitions)
        return client

    async def high_watermarks(self, partitions: list[TopicPartition], seconds: float) -> dict[TopicPartition, int]:
        """The ends, transactions that are still open included; several may ask at once."""
        async with self._making:
            if self._of_everything is None:
                self._of_everything = await self._connection.assigned([], committed=False)
        client = self._of_everything
        try:
            found: dict[TopicPartition, int] = await self._connection.within(seconds, client.end_offsets(partitions))
        except LedgerError:
            if self._of_everything is client:
                self._of_everything = None
                await self._connection.close(client.stop())
            raise
        return found

    async def close(self) -> None:
        """End all consumers; those that are lent end when they are given back."""
        self._closed = True
        clients, self._idle = self._idle, []
        if self._of_everything is not None:
            clients.append(self._of_everything)
            self._of_everything = None
        await asyncio.gather(*(self._connection.close(client.stop()) for client in clients))
