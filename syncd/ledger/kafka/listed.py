"""The upserts held against the records: the same keys in force, the same digests, each under its partition."""

import asyncio
from collections.abc import Iterator

import msgspec
from aiokafka.structs import ConsumerRecord, TopicPartition
from msgspec import Struct

from syncd.core.coordination.target import feed_of
from syncd.core.state import FeedState
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.reading import LedgerReader, read_span
from syncd.ledger.kafka.upserts import COMPLETE

# A reader may catch a commit whose marks have reached one partition and not yet another.
READINGS_MAX = 5
READ_AGAIN_SECONDS = 0.2


class _Facts(Struct, frozen=True):
    """What a message of `records` or `listed` says of a key. `digest` is empty when it is not in force; `wrong`, a
    contradiction within the message."""

    sequence: int
    digest: str
    wrong: str = ""


class _UpsertValue(Struct):
    key: str
    digest: str
    sequence: int


_value = msgspec.json.Decoder(_UpsertValue)


class ListedReader:
    """What stands in `listed`, read once and then read on: every feed is there."""

    def __init__(self, reader: LedgerReader, identity: str) -> None:
        """`identity` is that of the topic."""
        self._reader = reader
        self._identity = identity
        self._partitions = reader.all_partitions("listed")
        self._positions: dict[TopicPartition, int] = {}
        self._found: dict[str, _Facts] = {}

    async def problems(self, feed: str) -> list[str]:
        """Where `listed` and the records of `feed` part, in words; none while it is not said to be complete. Raises
        LedgerError for what cannot be read."""
        for _ in range(READINGS_MAX - 1):
            if not (await self._problems(feed)):
                return []
            await asyncio.sleep(READ_AGAIN_SECONDS)
        return await self._problems(feed)

    async def _problems(self, feed: str) -> list[str]:
        key = feed.encode()
        message = await self._reader.last(self._reader.partition("state", feed), lambda one: one.key == key)
        if message is None or wire.header(message.headers, COMPLETE) != self._identity:
            return []
        state = wire.decode_value(message.value, FeedState)
        await self._read_on()
        records: dict[str, _Facts] = {}
        async for batch in self._reader.all([self._reader.partition("records", feed)]):
            for record in batch:
                if not wire.is_part(record.headers):
                    records[record.key.decode()] = _facts(record)
        listed = {key: facts for key, facts in self._found.items() if feed_of(key) == feed}
        return list(_parted(listed, records, state.sequence))

    async def _read_on(self) -> None:
        connection = self._reader.connection
        async with connection.consumer(self._partitions, committed=True) as consumer:
            until = await self._reader.ends(consumer, self._partitions)
            if not self._positions:
                self._positions = dict(await self._reader.begins(consumer, self._partitions))
            async for batch in read_span(connection, consumer, self._positions, until):
                for upsert in batch:
                    self._found[upsert.key.decode(errors="replace")] = self._checked(upsert)
            self._positions = {**until}

    def _checked(self, message: ConsumerRecord) -> _Facts:
        facts = _facts(message)
        right = self._reader.partition_of_key("listed", message.key).partition
        if message.partition != right:
            return msgspec.structs.replace(facts, wrong=f"stands in partition {message.partition}, not in {right}")
        if message.value is None:
            return facts
        try:
            value = _value.decode(message.value)
        except msgspec.MsgspecError as error:
            return msgspec.structs.replace(facts, wrong=f"cannot be read ({error})")
        if (value.key.encode(), value.digest, value.sequence) != (message.key, facts.digest, facts.sequence):
            return msgspec.structs.replace(facts, wrong="its key or headers are not those of its value")
        return facts


def _facts(message: ConsumerRecord) -> _Facts:
    header = {name: value.decode(errors="replace") for name, value in message.headers}
    is_listed = message.value is not None and header.get("status") == "listed"
    sequence = header.get("sequence", "")
    return _Facts(int(sequence) if sequence.isdecimal() else 0, header.get("digest", "") if is_listed else "")


def _parted(listed: dict[str, _Facts], records: dict[str, _Facts], sequence: int) -> Iterator[str]:
    """What is younger than `sequence` may have come between two readings."""
    nothing = _Facts(0, "")
    for key in sorted(listed.keys() | records.keys()):
        upsert, record = listed.get(key, nothing), records.get(key, nothing)
        if max(upsert.sequence, record.sequence) > sequence:
            continue
        if upsert.wrong:
            yield f"listed: {key}: {upsert.wrong}"
        elif upsert.digest != record.digest:
            yield f"listed: {key}: {_said(upsert.digest)} where records have {_said(record.digest)}"


def _said(digest: str) -> str:
    return f"digest {digest}" if digest else "nothing in force"
