"""Follows one sanctions list of syncd's from Kafka: the current list first, proven by its digest, then every commit.

Needs aiokafka (and cramjam, unless kafka.compression is gzip), and nothing of syncd. See README.md beside it.
"""

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

STARTS_MAX = 5
ROW_SECONDS_MAX = 10.0
POLL_MS = 500


class Gap(Exception):
    """A sequence that does not follow: what lies between was not seen."""


class Follower:
    """One feed's list: `digests` by key, after the change with `sequence`."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self.digests: dict[str, str] = {}
        self.sequence = 0
        self._written: dict[str, int] = {}
        self._topics = {
            name: TopicPartition(f"{arguments.prefix}{name}.v1", arguments.partition)
            for name in ("changes", "records", "publications")
        }

    async def run(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._arguments.brokers,
            isolation_level="read_committed",
            auto_offset_reset="none",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            consumer.assign(list(self._topics.values()))
            await self._start(consumer)
            await self._follow(consumer)
        finally:
            await consumer.stop()

    async def _start(self, consumer: AIOKafkaConsumer) -> None:
        for _ in range(STARTS_MAX):
            self._changes_at = await self._materialise(consumer)
            if await self._is_proven(consumer):
                self._tell("current")
                return
            # A commit became visible in one topic a moment before another.
            await asyncio.sleep(1)
        raise Gap("the list does not have the digest that its publication states")

    async def _materialise(self, consumer: AIOKafkaConsumer) -> int:
        """Steps 1 to 3; gives the offset at which to go on."""
        changes, records = self._topics["changes"], self._topics["records"]
        self.digests, self._written = {}, {}
        await self._step("before the end of changes is noted")
        noted = await _end(consumer, changes)
        await self._step("before records are read")
        begin = (await consumer.beginning_offsets([records]))[records]
        async for message in _span(consumer, records, begin, await _end(consumer, records)):
            self._take_record(message)
        # The record of the last change bears the highest sequence of all.
        self.sequence = max(self._written.values(), default=0)
        await self._step("before changes are read")
        present = await _end(consumer, changes)
        last = None
        async for message in _span(consumer, changes, noted, present):
            last = self._splice(message, last)
        return present

    def _take_record(self, message: Any) -> None:
        headers = _headers(message)
        # Parts of a large record have no digest of their own.
        if message.value is None or "digest" not in headers:
            return
        key = message.key.decode()
        self._written[key] = int(headers["sequence"])
        self.digests.pop(key, None)
        if headers["status"] == "listed":
            self.digests[key] = headers["digest"]

    def _splice(self, message: Any, last: int | None) -> int:
        """Apply a change that is newer than the record of its key; the others are in the records already."""
        sequence = int(_headers(message)["ce_sequence"])
        expected = last + 1 if last is not None else min(sequence, self.sequence + 1)
        if sequence != expected:
            raise Gap(f"sequence {sequence} comes where {expected} belongs")
        change = json.loads(message.value)
        for key in _gone(change):
            if sequence > self._written.get(key, 0):
                self.digests.pop(key, None)
        if sequence > self._written.get(change["key"], 0) and change.get("digest_after"):
            self.digests[change["key"]] = change["digest_after"]
        self.sequence = max(self.sequence, sequence)
        return sequence

    async def _is_proven(self, consumer: AIOKafkaConsumer) -> bool:
        """Step 4."""
        await self._step("before the digest is compared")
        rows = self._topics["publications"]
        begin = (await consumer.beginning_offsets([rows]))[rows]
        async with asyncio.timeout(ROW_SECONDS_MAX):
            async for message in _span(consumer, rows, begin, await _end(consumer, rows)):
                row = json.loads(message.value)
                if row["kind"] == "commit" and row.get("last_sequence") == self.sequence:
                    return bool(row["ledger_digest"] == self.digest)
        return self.sequence == 0

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        changes = self._topics["changes"]
        consumer.pause(self._topics["records"], self._topics["publications"])
        consumer.resume(changes)
        consumer.seek(changes, self._changes_at)
        until = self._arguments.until
        while until is None or self.sequence < until:
            for messages in (await consumer.getmany(changes, timeout_ms=POLL_MS)).values():
                for message in messages:
                    self._apply(json.loads(message.value))

    def _apply(self, change: dict[str, Any]) -> None:
        if change["sequence"] != self.sequence + 1:
            raise Gap(f"sequence {change['sequence']} comes where {self.sequence + 1} belongs")
        for key in _gone(change):
            self.digests.pop(key, None)
        if change.get("digest_after"):
            self.digests[change["key"]] = change["digest_after"]
        self.sequence = change["sequence"]
        if change["index"] + 1 == change["count"]:
            self._tell("commit")

    @property
    def digest(self) -> str:
        lines = sorted((key.encode(), value.encode()) for key, value in self.digests.items())
        return hashlib.sha256(b"".join(key + b" " + value + b"\n" for key, value in lines)).hexdigest()

    def _tell(self, event: str) -> None:
        told = {"event": event, "sequence": self.sequence, "records": len(self.digests), "digest": self.digest}
        print(json.dumps(told), flush=True)

    async def _step(self, name: str) -> None:
        if self._arguments.step:
            print(json.dumps({"event": "step", "name": name}), flush=True)
            await asyncio.to_thread(sys.stdin.readline)


def _headers(message: Any) -> dict[str, str]:
    return {name: value.decode() for name, value in message.headers}


def _gone(change: dict[str, Any]) -> list[str]:
    """The keys that are no longer in force by this change."""
    gone = [change["key"]] if change["type"] == "delisted" else []
    return gone + ([change["previous_key"]] if change.get("previous_key") else [])


async def _end(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int:
    return int((await consumer.end_offsets([partition]))[partition])


async def _span(consumer: AIOKafkaConsumer, partition: TopicPartition, start: int, end: int) -> AsyncIterator[Any]:
    """Messages from `start` to before `end`; the position tells, for marks of transactions take offsets too."""
    consumer.pause(*consumer.assignment())
    consumer.resume(partition)
    consumer.seek(partition, start)
    while start < end and await consumer.position(partition) < end:
        for messages in (await consumer.getmany(partition, timeout_ms=POLL_MS)).values():
            for message in messages:
                if message.offset < end:
                    yield message


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", required=True, help="host:port, …")
    parser.add_argument("--feed", required=True)
    parser.add_argument("--partition", type=int, required=True)
    parser.add_argument("--prefix", default="sanctions.")
    parser.add_argument("--until", type=int, default=None, metavar="SEQUENCE")
    parser.add_argument("--step", action="store_true")
    try:
        asyncio.run(Follower(parser.parse_args()).run())
    except Gap as gap:
        print(f"stopped: {gap}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
