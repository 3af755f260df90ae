"""Kafka by its documented rules, in memory: what brokers keep, and what they answer to clients (`kafka_clients`).

    epochs         who initialises a transactional id fences everybody who had it, and ends what they had open
    transactions   messages stand at once, and count when their transaction is committed; each partition learns of it by
                   a mark of its own, some moments apart; one that nobody ends is aborted when its time is up
    read_committed reads to the first message of an open transaction, without marks and without what was aborted
    compaction     of a key the last committed message stays; offsets stay as they were

Messages are lost on the way, and answers, while the brokers are in trouble. Sends that a client tries again are not
there twice: every producer of syncd is idempotent, and brokers leave out what they have.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiokafka import errors
from aiokafka.structs import TopicPartition

T = TypeVar("T")

LATENCY_SECONDS = 0.01
# A mark may come so many times later than an answer.
MARKS_LATE = 50
# Longer than any deadline of syncd.
HANG_SECONDS = 120.0
LOST = 0.3


@dataclass
class Process:
    """A process that has clients. One that is dead is heard no more."""

    is_dead: bool = False


@dataclass(eq=False)
class Open:
    """A transaction. `outcome` is known once it ended."""

    transactional_id: str
    began: float
    timeout_seconds: float
    outcome: str = ""
    partitions: set[TopicPartition] = field(default_factory=set)


@dataclass(eq=False)
class Entry:
    """What takes one offset: a message, or with `is_mark` the mark of a transaction's end."""

    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 0
    transaction: Open | None = None
    is_mark: bool = False
    is_removed: bool = False


@dataclass
class Log:
    """One partition. `open` are the transactions without their mark here, and where each begins."""

    entries: list[Entry] = field(default_factory=list)
    open: dict[Open, int] = field(default_factory=dict)

    @property
    def stable_end(self) -> int:
        return min(self.open.values(), default=len(self.entries))


@dataclass
class Owner:
    """A transactional id: its epoch, and the transaction that is open."""

    epoch: int = 0
    open: Open | None = None


class Brokers:
    """`now` is the time in seconds; `chance` draws delays, up to `latency_seconds`, and losses."""

    def __init__(
        self, now: Callable[[], float], chance: random.Random, *, latency_seconds: float = LATENCY_SECONDS
    ) -> None:
        self.settings: dict[str, dict[str, str]] = {}
        self.partitions: dict[str, int] = {}
        self.ids: dict[str, bytes] = {}
        self._logs: dict[TopicPartition, Log] = {}
        self._owners: dict[str, Owner] = {}
        self._due: list[tuple[float, Open, TopicPartition]] = []
        self._waiting: dict[asyncio.Future[None], None] = {}
        self._now = now
        self._chance = chance
        self._bad_until = 0.0
        self._latency_seconds = latency_seconds

    def get_in_trouble(self, seconds: float) -> None:
        self._bad_until = self._now() + seconds

    async def ask(self, process: Process, question: Callable[[], T]) -> T:
        """The answer to a question of a client. Raises what brokers and networks do."""
        await asyncio.sleep(self._chance.random() * self._latency_seconds)
        self._refuse_dead(process)
        fate = self._chance.random() if self._now() < self._bad_until else 1.0
        if fate < LOST / 2:
            await asyncio.sleep(HANG_SECONDS)
            raise errors.RequestTimedOutError
        self.settle()
        answer = question()
        if fate < LOST:
            await asyncio.sleep(HANG_SECONDS)
            raise errors.RequestTimedOutError
        await asyncio.sleep(self._chance.random() * self._latency_seconds)
        self._refuse_dead(process)
        return answer

    def _refuse_dead(self, process: Process) -> None:
        if process.is_dead:
            raise errors.KafkaConnectionError("this process is dead")

    def settle(self) -> None:
        """Do what is due: marks of ended transactions, the end of those that are too old."""
        now = self._now()
        for owner in self._owners.values():
            if owner.open is not None and now - owner.open.began > owner.open.timeout_seconds:
                owner.epoch += 1
                self._end(owner, "abort", at_once=True)
        due = [one for one in self._due if one[0] <= now]
        self._due = [one for one in self._due if one[0] > now]
        for _, transaction, partition in sorted(due, key=lambda one: one[0]):
            self._mark(transaction, partition)

    # Topics.
    def make(self, topic: str, partitions: int, settings: dict[str, str]) -> bool:
        """Make a topic; False when there is one."""
        if topic in self.partitions:
            return False
        self.partitions[topic], self.settings[topic] = partitions, settings
        self.ids[topic] = self._chance.randbytes(16)
        return True

    def remove(self, topics: Iterable[str]) -> None:
        """Delete topics with all that is in them."""
        for topic in topics:
            del self.partitions[topic], self.settings[topic]
            for partition in [one for one in self._logs if one.topic == topic]:
                del self._logs[partition]

    def log(self, partition: TopicPartition) -> Log:
        if partition.partition >= self.partitions.get(partition.topic, 0):
            raise errors.UnknownTopicOrPartitionError
        return self._logs.setdefault(partition, Log())

    def compact(self) -> None:
        """Clean every compacted topic: below what is open, the last committed message of each key stays."""
        self.settle()
        for partition, log in self._logs.items():
            if self.settings[partition.topic].get("cleanup.policy") != "compact":
                continue
            last: dict[bytes | None, Entry] = {}
            for entry in log.entries[: log.stable_end]:
                if entry.is_mark:
                    continue
                if entry.transaction is not None and entry.transaction.outcome == "abort":
                    entry.is_removed = True
                    continue
                if (before := last.get(entry.key)) is not None:
                    before.is_removed = True
                last[entry.key] = entry

    # Producers.
    def initialise(self, transactional_id: str) -> int:
        """The epoch of a new owner; whatever the one before had open is aborted, and what it ended is marked."""
        owner = self._owners.setdefault(transactional_id, Owner())
        owner.epoch += 1
        self._end(owner, "abort", at_once=True)
        for _, transaction, partition in [one for one in self._due if one[1].transactional_id == transactional_id]:
            self._mark(transaction, partition)
        self._due = [one for one in self._due if one[1].transactional_id != transactional_id]
        return owner.epoch

    def append(
        self, partition: TopicPartition, entries: Iterable[Entry], of: tuple[str, int, float] | None = None
    ) -> int:
        """Append messages, of a transaction of this id, epoch and timeout; the first one's offset."""
        log = self.log(partition)
        transaction = None
        if of is not None:
            owner = self._current(of[0], of[1])
            if owner.open is None:
                owner.open = Open(of[0], self._now(), of[2])
            transaction = owner.open
            transaction.partitions.add(partition)
            log.open.setdefault(transaction, len(log.entries))
        offset = len(log.entries)
        for entry in entries:
            entry.transaction = transaction
            entry.timestamp = int(self._now() * 1000)
            log.entries.append(entry)
        self._wake()
        return offset

    def end(self, transactional_id: str, epoch: int, outcome: str) -> None:
        """Commit or abort what is open; with nothing open there is nothing to do."""
        self._end(self._current(transactional_id, epoch), outcome)

    def _current(self, transactional_id: str, epoch: int) -> Owner:
        owner = self._owners[transactional_id]
        if owner.epoch != epoch:
            raise errors.ProducerFenced
        return owner

    def _end(self, owner: Owner, outcome: str, *, at_once: bool = False) -> None:
        transaction, owner.open = owner.open, None
        if transaction is None:
            return
        transaction.outcome = outcome
        for partition in sorted(transaction.partitions):
            if at_once:
                self._mark(transaction, partition)
            else:
                late = (
                    self._chance.random() * MARKS_LATE * self._latency_seconds if self._chance.random() < LOST else 0.0
                )
                self._due.append((self._now() + late, transaction, partition))
        self.settle()

    def _mark(self, transaction: Open, partition: TopicPartition) -> None:
        log = self._logs.get(partition)
        if log is None:  # the topic was deleted meanwhile
            return
        log.open.pop(transaction, None)
        log.entries.append(Entry(transaction=transaction, is_mark=True))
        self._wake()

    # Readers.
    def end_of(self, partition: TopicPartition, *, committed: bool) -> int:
        log = self.log(partition)
        return log.stable_end if committed else len(log.entries)

    def read(
        self, partition: TopicPartition, start: int, most: int, *, committed: bool
    ) -> tuple[list[tuple[int, Entry]], int]:
        """Up to `most` messages from `start` on, and the offset to go on from."""
        entries, end = self.log(partition).entries, self.end_of(partition, committed=committed)
        if start > len(entries):
            raise errors.OffsetOutOfRangeError({partition: start})
        found: list[tuple[int, Entry]] = []
        for offset in range(start, end):
            entry = entries[offset]
            is_aborted = entry.transaction is not None and entry.transaction.outcome == "abort"
            if entry.is_mark or entry.is_removed or (committed and is_aborted):
                continue
            if len(found) == most:
                return found, offset
            found.append((offset, entry))
        return found, max(start, end)

    async def something(self, seconds: float) -> None:
        """Wait until something is appended or marked, or so many seconds."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[waiting] = None
        marks = [at - self._now() for at, *_ in self._due]
        try:
            await asyncio.wait({waiting}, timeout=max(0.0, min([seconds, *marks])))
        finally:
            self._waiting.pop(waiting, None)
            waiting.cancel()
        self.settle()

    def _wake(self) -> None:
        for waiting in list(self._waiting):
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def describe(self, topic: str) -> dict[str, Any]:
        """As the admin client describes a topic."""
        count = self.partitions.get(topic, 0)
        return {
            "topic": topic,
            "error_code": 0 if count else 3,
            "partitions": [{"partition": number, "replicas": [1]} for number in range(count)],
        }
