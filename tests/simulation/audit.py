"""A consumer that knows nothing of syncd but its topics: it rebuilds every list and refuses whatever was not promised.

Written against the messages alone: no code of the ledger is used.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition

SILENCE_SECONDS_MAX = 30.0
SHOWN_SECONDS_MAX = 5.0
SHOWN_AGAIN_SECONDS = 0.2


@dataclass
class Audited:
    """One list after its last commit. `digests` are by key; `problems` say what was promised and is not so."""

    feed: str
    changes: int = 0
    commits: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        lines = sorted(f"{key} {value}\n".encode() for key, value in self.digests.items())
        return hashlib.sha256(b"".join(lines)).hexdigest()


async def read(bootstrap: str, topic: str, partition: int | None = None) -> list[ConsumerRecord]:
    """Everything committed in one partition, or in all."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="none",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        numbers = [partition] if partition is not None else sorted(await _partitions(consumer, topic))
        wanted = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(wanted)
        ends = await consumer.end_offsets(wanted)
        for here, begin in (await consumer.beginning_offsets(wanted)).items():
            consumer.seek(here, begin)
        found: list[ConsumerRecord] = []
        async with asyncio.timeout(SILENCE_SECONDS_MAX):
            while left := [here for here in wanted if await consumer.position(here) < ends[here]]:
                for messages in (await consumer.getmany(*left, timeout_ms=500)).values():
                    found += messages
        return found
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    """Of a topic, once the client has heard of it."""
    consumer.subscribe([topic])
    async with asyncio.timeout(SILENCE_SECONDS_MAX):
        while not (found := consumer.partitions_for_topic(topic)):
            await consumer.topics()
    consumer.unsubscribe()
    numbers: set[int] = found
    return numbers


async def audited(bootstrap: str, prefix: str, feed: str, partition: int) -> Audited:
    """`feed` as its events make it, held against its rows and its records. Brokers show a transaction in one partition
    some moments before they show it in another: what does not agree is read again, and a real fault stays one."""
    late = time.monotonic() + SHOWN_SECONDS_MAX
    while True:
        found = await _audited(bootstrap, prefix, feed, partition)
        if not found.problems or time.monotonic() > late:
            return found
        await asyncio.sleep(SHOWN_AGAIN_SECONDS)


async def _audited(bootstrap: str, prefix: str, feed: str, partition: int) -> Audited:
    changes = await read(bootstrap, f"{prefix}changes.v1", partition)
    rows = [json.loads(one.value) for one in await read(bootstrap, f"{prefix}publications.v1", partition)]
    stated = {row["commit"]: row for row in rows if row["kind"] == "commit"}
    result = Audited(feed)
    _apply(result, changes, stated)
    if len(stated) != result.commits:
        result.problems.append(f"{len(stated)} rows of commits, {result.commits} commits")
    records = _latest(await read(bootstrap, f"{prefix}records.v1", partition))
    if records != result.digests:
        result.problems.append("the records are not those that the changes make")
    listed = [one for one in await read(bootstrap, f"{prefix}listed.v1") if one.key.decode().startswith(f"{feed}:")]
    if _latest(listed) != result.digests:
        result.problems.append("the upserts are not what the changes leave in force")
    return result


def out_of_order(what: str, events: Iterable[ConsumerRecord]) -> Iterator[str]:
    """Yield what is wrong with the row of all `what` events: a hole, an id that stands twice, a commit passed over."""
    seen: set[str] = set()
    commit = 0
    for place, message in enumerate(events, 1):
        headers = {name: value.decode() for name, value in message.headers}
        event = json.loads(message.value)
        if (int(headers["ce_sequence"]), event["sequence"]) != (place, place):
            yield f"{what}: sequence {event['sequence']} stands where {place} belongs"
        if headers["ce_id"] in seen:
            yield f"{what}: event {headers['ce_id']} stands twice"
        if event["commit"] not in (commit, commit + 1):
            yield f"{what}: commit {event['commit']} follows {commit}"
        seen.add(headers["ce_id"])
        commit = event["commit"]


def _apply(result: Audited, changes: Iterable[ConsumerRecord], stated: dict[int, Any]) -> None:
    seen: set[str] = set()
    expected = 0
    for message in changes:
        headers = {name: value.decode() for name, value in message.headers}
        change = json.loads(message.value)
        result.changes += 1
        if int(headers["ce_sequence"]) != result.changes:
            result.problems.append(f"sequence {headers['ce_sequence']} stands where {result.changes} belongs")
        if headers["ce_id"] in seen:
            result.problems.append(f"event {headers['ce_id']} stands twice")
        seen.add(headers["ce_id"])
        if (change["commit"], change["index"]) != (result.commits + 1, expected):
            result.problems.append(f"commit {change['commit']}, index {change['index']}: not whole or not in order")
        expected = change["index"] + 1
        _put(result, change, headers)
        if expected == change["count"]:
            result.commits, expected = change["commit"], 0
            row = stated.get(change["commit"])
            if row is None or row["ledger_digest"] != result.digest:
                result.problems.append(f"commit {change['commit']} does not make the list that its row describes")
    if expected:
        result.problems.append(f"the last commit is not whole: {expected} of its changes")


def _put(result: Audited, change: dict[str, Any], headers: dict[str, str]) -> None:
    if change["type"] == "delisted":
        result.digests.pop(change["key"], None)
    if change.get("previous_key"):
        result.digests.pop(change["previous_key"], None)
    if "ce_digest" in headers:
        result.digests[change["key"]] = headers["ce_digest"]


def _latest(messages: Iterable[ConsumerRecord]) -> dict[str, str]:
    """Key → digest of the records in force."""
    latest: dict[str, dict[str, str]] = {}
    for message in messages:
        headers = {name: value.decode() for name, value in message.headers}
        if message.value is None:
            latest.pop(message.key.decode(), None)
        elif "digest" in headers:
            latest[message.key.decode()] = headers
    return {key: headers["digest"] for key, headers in latest.items() if headers["status"] == "listed"}
