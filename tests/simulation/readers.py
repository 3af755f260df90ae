"""How long readers of committed messages are kept waiting: a consumer reads no further than the first transaction that
is still open, whoever left it so.

Asked of the brokers themselves, past whatever lies between them and the replicas.
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Literal, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from msgspec import Struct

ASK_EACH_SECONDS = 0.1
ANSWER_SECONDS_MAX = 2.0


class Block(Struct, frozen=True, kw_only=True):
    """Readers of one partition stood at one place from `since` to `until`, both in seconds since 1970."""

    partition: int
    since: float
    until: float

    @property
    def seconds(self) -> float:
        return self.until - self.since


class Readers:
    """An asynchronous context manager; `blocks` are those that are over."""

    def __init__(self, bootstrap: str, topic: str, partitions: Iterable[int]) -> None:
        self.blocks: list[Block] = []
        self._bootstrap = bootstrap
        self._partitions = [TopicPartition(topic, partition) for partition in sorted(partitions)]
        # Partition → where readers stand, and since when.
        self._standing: dict[TopicPartition, tuple[int, float]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._entered = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._committed = await self._consumer("read_committed")
        self._all = await self._consumer("read_uncommitted")
        watching = asyncio.create_task(self._watch(), name="readers")
        self._entered.callback(watching.cancel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._entered.aclose()

    async def _consumer(self, isolation: Literal["read_committed", "read_uncommitted"]) -> AIOKafkaConsumer:
        made = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, isolation_level=isolation, enable_auto_commit=False, group_id=None
        )
        await made.start()
        self._entered.push_async_callback(made.stop)
        return made

    async def are_blocked(self) -> bool:
        """Whether any partition has an open transaction now."""
        await self._look()
        return bool(self._standing)

    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(ASK_EACH_SECONDS)

    async def _look(self) -> None:
        """A broker that is away answers nothing: what stood before it goes on standing."""
        with suppress(KafkaError, TimeoutError):
            async with self._one_at_a_time, asyncio.timeout(ANSWER_SECONDS_MAX):
                await self._ask()

    async def _ask(self) -> None:
        # In this order: what is committed in between seems open, never the other way round.
        stable = await self._committed.end_offsets(self._partitions)
        end = await self._all.end_offsets(self._partitions)
        for partition in self._partitions:
            self._see(partition, stable[partition], is_open=stable[partition] < end[partition], at=time.time())

    def _see(self, partition: TopicPartition, stable: int, *, is_open: bool, at: float) -> None:
        stood = self._standing.get(partition)
        if stood is not None and (not is_open or stood[0] != stable):
            self.blocks.append(Block(partition=partition.partition, since=stood[1], until=at))
            del self._standing[partition]
            stood = None
        if is_open and stood is None:
            self._standing[partition] = (stable, at)
