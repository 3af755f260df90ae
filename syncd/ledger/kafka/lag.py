"""How far a group of consumers is behind: its committed offsets in `changes`, told in changes.

Offsets would overstate it: the marks that end transactions, and all that was aborted, take offsets and are no changes.
"""

import asyncio
from collections.abc import Collection
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.structs import ConsumerRecord, TopicPartition

from syncd.feeds import partition_of, partitions_by_feed
from syncd.ledger.kafka import private, wire
from syncd.ledger.kafka.reading import LedgerReader, Offsets, first_within, last_within

ASKED_MAX = 10
ASKED_AGAIN_SECONDS = 0.5


async def lag_of(reader: LedgerReader, group: str) -> dict[str, int]:
    """Feed → committed changes at and after the offset that `group` has committed; feeds of which it has committed
    none are left out. The group itself is not joined, and needs Describe only. Raises LedgerError."""
    feeds = {
        reader.partition("changes", feed): feed
        for feed in partitions_by_feed()
        if partition_of(feed) < reader.topics.partitions - 1
    }
    offsets = await _committed(reader, group, feeds)
    if not offsets:
        return {}
    async with reader.connection.consumer(list(offsets), committed=True) as consumer:
        begins = await reader.begins(consumer, list(offsets))
        ends = await reader.ends(consumer, list(offsets))
        return {
            feeds[partition]: await _changes(
                reader, consumer, partition, (max(begins[partition], offset), ends[partition])
            )
            for partition, offset in offsets.items()
        }


async def _committed(reader: LedgerReader, group: str, partitions: Collection[TopicPartition]) -> Offsets:
    """Those of `partitions` of which `group` has committed an offset."""
    async with reader.connection.admin() as admin:
        answer = await _answer(admin, group)
    found = {
        TopicPartition(topic, number): offset
        for topic, rows in answer.topics
        for number, offset, _, code in rows
        if not code
    }
    return {partition: found[partition] for partition in partitions if found.get(partition, -1) >= 0}


async def _answer(admin: AIOKafkaAdminClient, group: str) -> Any:
    """Raises KafkaError. While the group's coordinator moves it is asked again."""
    for _ in range(ASKED_MAX - 1):
        try:
            return await _asked(admin, group)
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(ASKED_AGAIN_SECONDS)
    return await _asked(admin, group)


async def _asked(admin: AIOKafkaAdminClient, group: str) -> Any:
    coordinator = await admin.find_coordinator(group)
    # aiokafka's own call passes over the error of an answer as a whole, and finds a group without offsets.
    answer = await private.sent(admin, OffsetFetchRequest(group, None), coordinator)
    if answer.error_code:
        raise for_code(answer.error_code)(group)
    return answer


async def _changes(
    reader: LedgerReader, consumer: AIOKafkaConsumer, partition: TopicPartition, bounds: tuple[int, int]
) -> int:
    """How many there are within `bounds`: sequences have no holes, so the first and the last tell."""
    begin, end = bounds
    if begin >= end:
        return 0
    first = await first_within(reader.connection, consumer, partition, bounds)
    last = await last_within(reader.connection, consumer, partition, bounds)
    return _sequence(last) - _sequence(first) + 1 if first and last else 0


def _sequence(message: ConsumerRecord) -> int:
    return int(wire.header(message.headers, "ce_sequence"))
