"""The topics: how each is made, and what is refused of those that are set otherwise: what breaks a promise to consumers
(kept for ever, whole, restored as it was committed). What only differs is said.

Partition = feed on every topic that is of feeds, but for the upserts in `listed`, which are partitioned by key;
signals, targets, their coordination and webhooks are of all feeds together, and have one; notices have slots of their
own, a channel each. The number of partitions is never changed.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from msgspec import Struct
from msgspec.structs import replace

from syncd.core.partitions import NOTICE_SLOTS, PARTITIONS
from syncd.errors import LedgerError
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.received import SIGNAL_BYTES_MAX

Name = Literal[
    "changes",
    "records",
    "listed",
    "publications",
    "feeds",
    "state",
    "coordination",
    "targets",
    "notices",
    "signals",
    "webhooks",
]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# One message, compressed: states and rows name every key of a hold.
LARGE_BYTES = 8 * 1024 * 1024
PLAIN_BYTES = 1024 * 1024
CREATE_MS = 30_000
KNOWN_AGAIN_SECONDS = 0.1
TOPIC_ALREADY_EXISTS = 36


class Topic(Struct, frozen=True, kw_only=True):
    """`settings` must be exactly so; of those in `at_least`, more is as good (-1 is for ever). `advised` is how a topic
    is made beyond that: another value costs disk or time, and breaks nothing; of numbers, more than in `at_least`.
    `by_key`: it is partitioned by key, so that it may have no partition more; and a ledger can be without it."""

    partitions: int = PARTITIONS
    settings: Mapping[str, str]
    at_least: Mapping[str, int]
    advised: Mapping[str, str] = {}
    by_key: bool = False


class TopicFindings(Struct, frozen=True):
    """One line each: what must be changed before anything is written, and what only differs. `absent` are topics that
    are missing and that a ledger can be without."""

    wrong: list[str]
    differing: list[str]
    absent: list[str] = []


def _log(message_bytes: int, *, partitions: int = PARTITIONS) -> Topic:
    """Kept for ever: the history is the product."""
    return Topic(
        partitions=partitions,
        settings={"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
        at_least={"max.message.bytes": message_bytes},
    )


def _compacted(message_bytes: int, *, dirty: str = "0.1", partitions: int = PARTITIONS) -> Topic:
    # `delete.retention.ms` is longer than any restore, so that none misses a tombstone.
    return Topic(
        partitions=partitions,
        settings={"cleanup.policy": "compact"},
        at_least={"max.message.bytes": message_bytes, "delete.retention.ms": HOUR_MS},
        advised={
            "segment.ms": str(HOUR_MS),
            "min.cleanable.dirty.ratio": dirty,
            "delete.retention.ms": str(DAY_MS),
        },
    )


TOPICS: dict[Name, Topic] = {
    "changes": _log(PLAIN_BYTES),
    "records": _compacted(PLAIN_BYTES),
    "listed": replace(_compacted(PLAIN_BYTES), by_key=True),
    "publications": _log(LARGE_BYTES),
    "feeds": _compacted(PLAIN_BYTES),
    "state": _compacted(LARGE_BYTES),
    "coordination": _log(PLAIN_BYTES, partitions=1),
    "targets": _compacted(PLAIN_BYTES, partitions=1),
    "notices": _log(PLAIN_BYTES, partitions=NOTICE_SLOTS),
    "webhooks": _compacted(PLAIN_BYTES, partitions=1),
    "signals": Topic(
        partitions=1,
        settings={"cleanup.policy": "delete"},
        # Longer than any signal is valid; a week for whoever wants to know what was asked.
        at_least={"retention.ms": HOUR_MS, "max.message.bytes": SIGNAL_BYTES_MAX},
        advised={
            "retention.ms": str(7 * DAY_MS),
            "retention.bytes": "-1",
            "max.message.bytes": str(PLAIN_BYTES),
        },
    ),
}


class Topics(Struct, frozen=True, kw_only=True):
    """The topics of one ledger. `partitions` differs from that of `core/partitions.py` in tests only. Without `upserts`
    there is no `listed`."""

    prefix: str
    replication: int
    partitions: int = PARTITIONS
    upserts: bool = True

    def name(self, topic: Name) -> str:
        """Return the topic's name on the brokers, with prefix and version."""
        return f"{self.prefix}{topic}.v1"

    def names(self) -> dict[str, str]:
        """Topic → its name with prefix and version."""
        return dict(self._names().items())

    def _names(self) -> dict[Name, str]:
        return {topic: self.name(topic) for topic in TOPICS if self.upserts or not TOPICS[topic].by_key}

    def wanted(self) -> dict[str, Topic]:
        """Name → the topic as this ledger needs it."""
        always = {"unclean.leader.election.enable": "false"}
        copies = {"min.insync.replicas": max(1, self.replication - 1)}
        return {
            name: replace(
                TOPICS[key],
                partitions=min(TOPICS[key].partitions, self.partitions),
                settings={**TOPICS[key].settings, **always},
                at_least={**TOPICS[key].at_least, **copies},
            )
            for key, name in self._names().items()
        }

    async def create(self, connection: Connection) -> list[str]:
        """Make those that are missing; gives their names. Raises LedgerError."""
        new = [
            NewTopic(name, topic.partitions, self.replication, topic_configs=made_with(topic))
            for name, topic in self.wanted().items()
        ]
        async with connection.admin() as admin:
            answer = await admin.create_topics(new, timeout_ms=CREATE_MS)
        made = []
        for name, code, *rest in answer.topic_errors:
            if code == 0:
                made.append(name)
            elif code != TOPIC_ALREADY_EXISTS:
                raise LedgerError(f"topic {name} cannot be made: {_said(code, rest)}")
        if made:
            async with connection.admin() as admin:
                await _wait_until(admin, made, known=True)
        return made

    async def problems(self, connection: Connection, *, settings: bool = True) -> list[str]:
        """Return the faults of the topics, one line each, with the change that mends each."""
        return (await self.found(connection, settings=settings)).wrong

    async def found(self, connection: Connection, *, settings: bool = True) -> TopicFindings:
        """How the topics are set. Without `settings` only whether they are there with their partitions: that needs no
        right to see settings. Raises LedgerError."""
        wanted = self.wanted()
        async with connection.admin() as admin:
            described = {one["topic"]: one for one in await admin.describe_topics(list(wanted))}
            absent = [name for name, topic in wanted.items() if topic.by_key and _code(described.get(name))]
            there = {name: one for name, one in wanted.items() if name not in absent}
            wrong = [line for name, one in there.items() for line in self._problems_of(name, described.get(name), one)]
            differing = [
                f"{name}: {_missing(_code(described.get(name)))}; it is filled at the start after that"
                for name in absent
            ]
            differing += [line for name, one in there.items() for line in _spare(name, described.get(name), one)]
            if not wrong and settings:
                for name, has in (await _settings(admin, there)).items():
                    wrong += _differences(name, has, wanted[name])
                    differing += _advice(name, has, wanted[name])
        return TopicFindings(wrong, differing, absent)

    def _problems_of(self, name: str, found: Any, wanted: Topic) -> Iterable[str]:
        if code := _code(found):
            yield f"{name}: {_missing(code)}"
            return
        has = len(found["partitions"])
        if has < wanted.partitions:
            yield (
                f"{name}: has {has} partitions, must have {wanted.partitions}: the number is part of the contract with "
                "consumers; delete the topic if it is empty, or give this ledger another prefix"
            )
        if has > wanted.partitions and wanted.by_key:
            yield (
                f"{name}: has {has} partitions, must have {wanted.partitions}: a key's partition follows from their "
                "number; delete the topic and make it anew: it is filled again"
            )
        copies = min((len(one["replicas"]) for one in found["partitions"]), default=0)
        if copies < self.replication:
            yield (
                f"{name}: has {copies} copies, must have {self.replication}: reassign its replicas, or set "
                f"kafka.replication = {copies}"
            )

    async def check(self, connection: Connection, *, settings: bool = True) -> TopicFindings:
        """What differs and breaks nothing. Raises LedgerError that names every wrong topic and what to change."""
        found = await self.found(connection, settings=settings)
        if found.wrong:
            raise LedgerError("; ".join(found.wrong))
        return found


def made_with(topic: Topic) -> dict[str, str]:
    """All settings of a new topic."""
    return {**topic.settings, **{key: str(least) for key, least in topic.at_least.items()}, **topic.advised}


def _said(code: int, rest: list[Any]) -> str:
    return next((str(one) for one in rest if one), "") or for_code(code).__name__


def _code(described: Any) -> int:
    return int(described["error_code"]) if described else 3


def _missing(code: int) -> str:
    error = for_code(code)
    if error.__name__ == "TopicAuthorizationFailedError":
        return "this user may not describe it: give it Read, Write, Describe and DescribeConfigs on the prefix"
    if error.__name__ == "UnknownTopicOrPartitionError":
        return "there is no such topic, or this user may not describe it: 'syncd topics --create' makes it"
    return str(error.__name__)


async def _settings(admin: Any, names: Iterable[str]) -> dict[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(asked):
        for code, message, _, name, entries in answer.resources:
            if code:
                raise LedgerError(
                    f"{name}: its settings cannot be seen ({message or for_code(code).__name__}): "
                    "give the user DescribeConfigs on the prefix"
                )
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


def _spare(name: str, found: Any, wanted: Topic) -> Iterable[str]:
    """More partitions than are written to cannot be taken back, and hold up nobody."""
    has = len(found["partitions"]) if found and not found["error_code"] else 0
    if has > wanted.partitions and not wanted.by_key:
        yield f"{name}: has {has} partitions, of which {wanted.partitions} are used"


def _advice(name: str, found: Mapping[str, str], wanted: Topic) -> Iterable[str]:
    for key, value in wanted.advised.items():
        has = found.get(key)
        is_as_good = key in wanted.at_least and (_number(has) == -1 or _number(has) >= int(value))
        if has is not None and has != value and not is_as_good:
            yield f"{name}: {key} is {has}, {value} is advised: {_change(name, key, value)}"


def _differences(name: str, found: Mapping[str, str], wanted: Topic) -> Iterable[str]:
    for key, value in wanted.settings.items():
        if found.get(key) != value:
            yield f"{name}: {key} is {found.get(key)}, must be {value}: {_change(name, key, value)}"
    for key, number in wanted.at_least.items():
        has = _number(found.get(key))
        if has != -1 and has < number:
            yield f"{name}: {key} is {has}, must be at least {number}: {_change(name, key, str(number))}"


def _change(name: str, key: str, value: str) -> str:
    return f"kafka-configs --alter --topic {name} --add-config {key}={value}"


def _number(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError:
        return 0


async def delete(connection: Connection, names: Iterable[str]) -> None:
    """For tests."""
    gone = list(names)
    async with connection.admin() as admin:
        try:
            await admin.delete_topics(gone, timeout_ms=CREATE_MS)
        except KafkaError as error:
            raise LedgerError(str(error)) from error
        await _wait_until(admin, gone, known=False)


async def _wait_until(admin: AIOKafkaAdminClient, names: list[str], *, known: bool) -> None:
    """A broker may answer for a moment that there is no topic that another has just made, or still one that is gone:
    what is written to that is lost."""
    async with asyncio.timeout(CREATE_MS / 1000):
        for name in names:
            while True:
                error = (await admin.describe_topics([name]))[0]["error_code"]
                if known == (not error):
                    break
                await asyncio.sleep(KNOWN_AGAIN_SECONDS)
