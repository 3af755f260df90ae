"""Membership of the consumer group that names the active replica: the one that has the partition of signals.

It balances, and guards nothing: that one replica writes at a time is the transactions' matter. The active replica stays
so while it is a member: members tell each other who was named in which term, and no clock is asked.

A member that is silent is dropped when its session ends. When the broker that coordinates the group is gone, the next
one knows of no silence yet: each member then joins again, and one that does not within seconds is dropped.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from aiokafka.structs import TopicPartition
from msgspec import Struct

from syncd.clock import Backoff
from syncd.config import KafkaSettings
from syncd.errors import LedgerError
from syncd.ledger.kafka import private
from syncd.ledger.kafka.connection import START_SECONDS_MAX, TROUBLES, Connection

SIGNALS = "signals.v1"
PUMP_MS = 500
HEARTBEAT_MS = 1000
# A member that is alive joins again at its next heartbeat; whoever has not by then is taken for dead.
REBALANCE_MS = 4_000
# Longer than an answer to a join may take: the rebalance, and three seconds that a broker leaves a new group.
REQUEST_MS = 8_000
# A topic that was made anew is seen within this.
METADATA_MS = 15_000
VERSION = 0


class Standing(Struct, frozen=True):
    """What a member says of itself when it joins: the last term of the group that it knows of, whether it was the one
    named then and is still at it, and how often it has asked for a new round (brokers do not hear a follower that says
    what it said before)."""

    term: int = 0
    holds: bool = False
    rounds: int = 0


_STANDING = msgspec.json.Decoder(Standing)
_TERM = msgspec.json.Decoder(int)


class Assignor:
    """Gives the one partition to the member that has it, or else to the first. Called by aiokafka in the place of an
    assignor class; one for each membership."""

    # That of earlier versions, with which this one shares a group during an upgrade; they say nothing of themselves.
    name = "roundrobin"

    def __init__(self) -> None:
        self._standing = Standing()

    def ask_for_a_round(self) -> None:
        """The next join makes all members join again."""
        self._standing = msgspec.structs.replace(self._standing, rounds=self._standing.rounds + 1)

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """Return this member's standing, with which it joins the group."""
        return ConsumerProtocolMemberMetadata(VERSION, list(topics), msgspec.json.encode(self._standing))

    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Called in the one member that the group has chosen to do so."""
        standing = {name: _standing(member.user_data) for name, member in members.items()}
        chosen, term = active_member(standing)
        topics = {topic for member in members.values() for topic in member.subscription}
        whole = sorted((topic, sorted(cluster.partitions_for_topic(topic) or ())) for topic in topics)
        told = msgspec.json.encode(term)
        return {
            name: ConsumerProtocolMemberAssignment(VERSION, whole if name == chosen else [], told) for name in members
        }

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Note the term, and whether this member was given the partition."""
        self._standing = msgspec.structs.replace(
            self._standing, term=_term(assignment.user_data), holds=bool(assignment.partitions())
        )


def active_member(members: Mapping[str, Standing]) -> tuple[str, int]:
    """Who is active, of members by name, and the term. The member named last stays, while it is at it; somebody new
    begins a new term."""
    last = max(one.term for one in members.values())
    holding = [name for name, one in members.items() if one.holds and one.term == last]
    return (min(holding), last) if holding else (min(members), last + 1)


def _standing(data: bytes) -> Standing:
    try:
        return _STANDING.decode(data or b"{}")
    except msgspec.MsgspecError:
        return Standing()


def _term(data: bytes) -> int:
    try:
        return _TERM.decode(data or b"0")
    except msgspec.MsgspecError:
        return 0


class Group(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Runs as a task (`belong`). `term` counts up each time that this replica is named, and is 0 while it is not;
    `is_member` once the group has said whom it names.

    `trouble` is called with what goes wrong and with the seconds until the next try.
    """

    def __init__(self, settings: KafkaSettings, trouble: Callable[[str, float], None]) -> None:
        self.term = 0
        self.is_member = False
        self._settings = settings
        self._trouble = trouble
        self._terms = 0
        self._changed = asyncio.Condition()
        self._resigned = asyncio.Event()

    async def named_after(self, after: int) -> int:
        """Wait until this replica is named in a term later than `after`; returns that term."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.term > after)
            return self.term

    async def ended(self, term: int) -> None:
        """Wait until another replica is named, or this one anew."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.term != term)

    def resign(self) -> None:
        """Leave the group and join it again, behind the others."""
        self._resigned.set()

    async def belong(self) -> None:
        """Until cancelled; then the group is left, so that another replica is named at once."""
        backoff = Backoff()
        while True:
            started = time.monotonic()
            try:
                await self._belong_once()
                backoff.reset()
            except (LedgerError, *TROUBLES) as error:
                if time.monotonic() - started >= 2 * START_SECONDS_MAX:
                    backoff.reset()
                wait = backoff.failed()
                self._trouble(str(error), wait)
                await asyncio.sleep(wait)

    async def _belong_once(self) -> None:
        self._resigned.clear()
        connection = Connection(self._settings)
        assignor = Assignor()
        consumer = self._consumer(connection, assignor)
        try:
            await connection.within(START_SECONDS_MAX, consumer.start())
            consumer.subscribe([f"{self._settings.prefix}{SIGNALS}"], listener=self)
            turned, found = time.monotonic(), private.discovery(consumer)
            while not self._resigned.is_set() and not self._was_asleep(turned):
                turned = time.monotonic()
                async with connection.errors():
                    # What it brings is read elsewhere; a member that asks for nothing is dropped.
                    await consumer.getmany(timeout_ms=PUMP_MS)
                found = _join_anew(consumer, assignor, found)
        finally:
            self.is_member = False
            await self._set(named=False)
            await connection.close(consumer.stop())

    def _was_asleep(self, turned: float) -> bool:
        """A replica that was stopped for longer than the group waits has been replaced, and does not yet know it."""
        return time.monotonic() - turned > self._settings.session_timeout_seconds

    def _consumer(self, connection: Connection, assignor: Assignor) -> AIOKafkaConsumer:
        session_ms = int(self._settings.session_timeout_seconds * 1000)
        return connection.new_consumer(
            group_id=self._settings.group,
            partition_assignment_strategy=(assignor,),
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=min(HEARTBEAT_MS, session_ms // 3),
            rebalance_timeout_ms=REBALANCE_MS,
            request_timeout_ms=REQUEST_MS,
            metadata_max_age_ms=METADATA_MS,
            auto_offset_reset="latest",
        )

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Every join and every leave revokes everything: nothing is torn down before it is known who is next."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Called by aiokafka after each join: the member is active when it was given the partition."""
        self.is_member = True
        await self._set(named=bool(assigned))

    async def _set(self, *, named: bool) -> None:
        async with self._changed:
            if named and not self.term:
                self._terms += 1
                self.term = self._terms
            if not named:
                self.term = 0
            self._changed.notify_all()


def _join_anew(consumer: AIOKafkaConsumer, assignor: Assignor, found: object) -> object:
    """Join again when the coordinator is not the one that was `found`: the new one waits a whole session for who
    died with the old one. Gives the one that is known now."""
    now = private.discovery(consumer)
    if now is None or now is found:
        return found
    if found is not None:
        assignor.ask_for_a_round()
        private.join_again(consumer)
    return now
