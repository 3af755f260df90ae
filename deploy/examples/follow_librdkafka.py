"""Follows one sanctions list of syncd's from Kafka with librdkafka: the current list, proven by its digest, then every
commit.

Needs confluent-kafka, and nothing of syncd. See README.md beside it. In C and in the other languages of librdkafka the
calls have the same names.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

STARTS_MAX = 5
POLL_SECONDS = 0.5
ASK_SECONDS_MAX = 30.0


class Gap(Exception):
    """A sequence that does not follow: what lies between was not seen."""


class Follower:
    """One feed's list: `digests` by key, after the change with `sequence`."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self.digests: dict[str, str] = {}
        self.sequence = 0
        self._written: dict[str, int] = {}
        self._consumer = Consumer(
            {
                "bootstrap.servers": arguments.brokers,
                # Asked for, and not used: partitions are assigned, and offsets are kept by nobody.
                "group.id": "follow",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                # librdkafka's default, said because it matters.
                "isolation.level": "read_committed",
                # The marks of transactions are no messages: without this nobody says that the end is reached.
                "enable.partition.eof": True,
            }
        )

    def run(self) -> None:
        try:
            self._follow(self._start())
        finally:
            self._consumer.close()

    def _start(self) -> int:
        """The current list; gives the offset of `changes` at which to go on."""
        for _ in range(STARTS_MAX):
            present = self._materialise()
            if self._is_proven():
                self._tell("current")
                return present
            # A commit became visible in one topic a moment before another.
            time.sleep(1)
        raise Gap("the list does not have the digest that its publication states")

    def _materialise(self) -> int:
        self.digests, self._written = {}, {}
        self._step("before the end of changes is noted")
        _, noted = self._bounds("changes")
        self._step("before records are read")
        for message in self._span("records", *self._bounds("records")):
            self._take_record(message)
        # The record of the last change bears the highest sequence of all.
        self.sequence = max(self._written.values(), default=0)
        self._step("before changes are read")
        _, present = self._bounds("changes")
        last = None
        for message in self._span("changes", noted, present):
            last = self._splice(message, last)
        return present

    def _take_record(self, message: Message) -> None:
        headers = {name: value.decode() for name, value in message.headers() or ()}
        # Parts of a large record have no digest of their own.
        if message.value() is None or "digest" not in headers:
            return
        key = message.key().decode()
        self._written[key] = int(headers["sequence"])
        self.digests.pop(key, None)
        if headers["status"] == "listed":
            self.digests[key] = headers["digest"]

    def _splice(self, message: Message, last: int | None) -> int:
        """Apply a change that is newer than the record of its key; the others are in the records already."""
        change = json.loads(message.value())
        sequence = int(change["sequence"])
        expected = last + 1 if last is not None else min(sequence, self.sequence + 1)
        if sequence != expected:
            raise Gap(f"sequence {sequence} comes where {expected} belongs")
        for key in _gone(change):
            if sequence > self._written.get(key, 0):
                self.digests.pop(key, None)
        if sequence > self._written.get(change["key"], 0) and change.get("digest_after"):
            self.digests[change["key"]] = change["digest_after"]
        self.sequence = max(self.sequence, sequence)
        return sequence

    def _is_proven(self) -> bool:
        self._step("before the digest is compared")
        for message in self._span("publications", *self._bounds("publications")):
            row = json.loads(message.value())
            if row["kind"] == "commit" and row.get("last_sequence") == self.sequence:
                return bool(row["ledger_digest"] == self.digest)
        return self.sequence == 0

    def _follow(self, offset: int) -> None:
        self._consumer.assign([self._at("changes", offset)])
        until = self._arguments.until
        while until is None or self.sequence < until:
            message = self._polled()
            if message is not None and message.error() is None:
                self._apply(json.loads(message.value()))

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

    def _at(self, topic: str, offset: int = 0) -> TopicPartition:
        return TopicPartition(f"{self._arguments.prefix}{topic}.v1", self._arguments.partition, offset)

    def _bounds(self, topic: str) -> tuple[int, int]:
        begin, end = self._consumer.get_watermark_offsets(self._at(topic), timeout=ASK_SECONDS_MAX)
        return begin, end

    def _span(self, topic: str, start: int, end: int) -> Iterator[Message]:
        """Messages from `start` to before `end`. That the end is reached is told by an event, which has an offset."""
        if start >= end:
            return
        self._consumer.assign([self._at(topic, start)])
        while True:
            message = self._polled()
            if message is None:
                continue
            if message.offset() >= end:
                return
            if message.error() is None:
                yield message

    def _polled(self) -> Message | None:
        """A message, or the event that the end is reached. Raises KafkaException for any other error."""
        message = self._consumer.poll(POLL_SECONDS)
        error = message.error() if message is not None else None
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)
        return message

    @property
    def digest(self) -> str:
        lines = sorted((key.encode(), value.encode()) for key, value in self.digests.items())
        return hashlib.sha256(b"".join(key + b" " + value + b"\n" for key, value in lines)).hexdigest()

    def _tell(self, event: str) -> None:
        told = {"event": event, "sequence": self.sequence, "records": len(self.digests), "digest": self.digest}
        print(json.dumps(told), flush=True)

    def _step(self, name: str) -> None:
        if self._arguments.step:
            print(json.dumps({"event": "step", "name": name}), flush=True)
            sys.stdin.readline()


def _gone(change: dict[str, Any]) -> list[str]:
    """The keys that are no longer in force by this change."""
    gone = [change["key"]] if change["type"] == "delisted" else []
    return gone + ([change["previous_key"]] if change.get("previous_key") else [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", required=True, help="host:port, …")
    parser.add_argument("--feed", required=True)
    parser.add_argument("--partition", type=int, required=True)
    parser.add_argument("--prefix", default="sanctions.")
    parser.add_argument("--until", type=int, default=None, metavar="SEQUENCE")
    parser.add_argument("--step", action="store_true")
    try:
        Follower(parser.parse_args()).run()
    except Gap as gap:
        print(f"stopped: {gap}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
