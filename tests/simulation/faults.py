"""Two replicas, three brokers, publishers that keep changing, and somebody who breaks one thing after the other.

Everything follows from a seed but the moments at which processes get their turn. Afterwards an auditor who knows only
the topics rebuilds every list.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from msgspec import Struct

from syncd.config import KafkaSettings
from syncd.demo.site import STYLES, PublishersSite
from syncd.feeds import partition_of
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.topics import Topics
from syncd.ledger.kafka.transaction import COMMIT_SECONDS
from tests.kafka.brokers import Cluster, Node
from tests.kafka.relay import Relay
from tests.simulation.announced import AnnouncedAudit, announced_audit, settings
from tests.simulation.audit import Audited, audited
from tests.simulation.publishers import Publishers
from tests.simulation.readers import Readers
from tests.simulation.replica import Replica, Said
from tests.simulation.together import Together, together

PREFIX = "soak."
SESSION_SECONDS = 10.0
HANDOVER_SECONDS_MAX = 5.0
TAKEOVER_SECONDS_MAX = 20.0
# What takes the active replica away → seconds until another one commits, and until readers go on, at most.
TAKEN_AWAY = {
    "SIGTERM": HANDOVER_SECONDS_MAX,
    "SIGKILL": TAKEOVER_SECONDS_MAX,
    "SIGKILL in a commit": TAKEOVER_SECONDS_MAX,
    "SIGSTOP": TAKEOVER_SECONDS_MAX,
    "SIGKILL with the coordinator": TAKEOVER_SECONDS_MAX,
}
# What brokers have unless somebody sets it: so long a dead one is waited for.
BROKER_SETTINGS = {"broker.session.timeout.ms": 9000, "broker.heartbeat.interval.ms": 2000}
OPEN_SECONDS_MAX = 60.0
ANSWER_LATE_SECONDS = 0.2
FIRST_SECONDS_MAX = 300.0
QUIET_SECONDS_MAX = 90.0
CHANGE_EACH_SECONDS = 0.5
JOIN_SECONDS = 2.0
# How long is waited for what must come in the end; what comes too late is told at the end of the run.
JOINED_SECONDS_MAX = 90.0
BROKER_AWAY_SECONDS = 4.0
# Lists of forty records that lose many of them every minute: nothing is to be held.
FEED_SETTINGS = {
    "interval_seconds": 1,
    "records_min": 5,
    "removals_max": 100_000,
    "removals_ratio": 1.0,
    "removals_few": 100_000,
}


class Fault(Struct, frozen=True, kw_only=True):
    """What was broken, when (seconds since 1970), and which replica was active before."""

    kind: str
    at: float
    active: int


class Outcome(Struct, frozen=True, kw_only=True):
    """A run. `takeovers`: for each fault that took the active replica away, the seconds from it to the first commit
    of another one, by the kind of the fault. `blocks`: for each kind of fault, how many seconds readers of committed
    messages stood at an open transaction after it, at most."""

    seed: int
    seconds: float
    faults: dict[str, int]
    publications: int
    commits: int
    changes: int
    terms: int
    fenced: int
    takeovers: dict[str, list[float]]
    blocks: dict[str, float]
    unexpected: list[str]
    lists: list[Audited]
    together: Together
    announced: AnnouncedAudit

    @property
    def problems(self) -> list[str]:
        of_lists = [f"{one.feed}: {problem}" for one in self.lists for problem in one.problems]
        said = self.together.problems + self.announced.problems
        return of_lists + said + self.unexpected

    @property
    def late(self) -> Iterator[str]:
        """What took longer than promised, which says something of syncd where the machine has nothing else to do."""
        for kind, most in TAKEN_AWAY.items():
            longest = max(self.takeovers.get(kind, ()), default=0.0)
            if longest > most:
                yield f"{kind}: the takeover took {longest:.1f} s, more than {most:.0f} s"
            if self.blocks.get(kind, 0.0) > TAKEOVER_SECONDS_MAX:
                yield f"{kind}: readers stood for {self.blocks[kind]:.1f} s, more than {TAKEOVER_SECONDS_MAX:.0f} s"

    @property
    def longest_takeover(self) -> float:
        return max((seconds for all_of in self.takeovers.values() for seconds in all_of), default=0.0)


class World:
    """An asynchronous context manager: brokers, site and replicas at work."""

    def __init__(
        self, folder: Path, cluster: Cluster, seed: int, *, change_each_seconds: float = CHANGE_EACH_SECONDS
    ) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.cluster = cluster
        self.faults: list[Fault] = []
        self.site = PublishersSite()
        self.relay = Relay(cluster.relayed)
        self.publishers = Publishers(self.site, random.Random(seed + 1))
        self.replicas: list[Replica] = []
        self._folder = folder
        self._change_each_seconds = change_each_seconds
        self._entered = AsyncExitStack()
        self._changing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "World":
        self.started = time.time()
        await self._entered.enter_async_context(self.relay)
        kafka = self._kafka()
        await Topics(prefix=PREFIX, replication=kafka.replication).create(Connection(kafka))
        await self._entered.enter_async_context(self.site)
        topic, partitions = f"{PREFIX}changes.v1", map(partition_of, STYLES)
        self.readers = await self._entered.enter_async_context(
            Readers(self.cluster.direct_bootstrap, topic, partitions)
        )
        self.publishers.publish_all()
        self.publishers.announcements.begin()
        self.replicas = [Replica(number, self._folder / f"replica{number}", self._settings()) for number in (1, 2)]
        for replica in self.replicas:
            replica.start()
        await self.until(
            lambda: len(self._committed_feeds()) == len(STYLES), FIRST_SECONDS_MAX, "a baseline of each list"
        )
        passed_over = "items_passed_over"
        await self.until(
            lambda: any(one.event == passed_over for one in self.said()), FIRST_SECONDS_MAX, "a baseline of the channel"
        )
        self._changing = asyncio.create_task(self.publishers.keep_changing(self._change_each_seconds))
        return self

    async def __aexit__(self, *_: object) -> None:
        for replica in self.replicas:
            replica.kill()
        if self._changing is not None:
            self._changing.cancel()
        await self._entered.aclose()

    def _kafka(self) -> KafkaSettings:
        return KafkaSettings(
            bootstrap_servers=tuple(self.cluster.bootstrap.split(",")),
            prefix=PREFIX,
            replication=min(3, len(self.cluster.nodes)),
        )

    def _settings(self) -> dict[str, Any]:
        return {
            "installation": "soak",
            "http": {"port": 0},
            "log": {"format": "json"},
            "archive": {"url": str(self._folder / "archive"), "shared": True},
            "kafka": {
                "bootstrap_servers": self.cluster.bootstrap.split(","),
                "prefix": PREFIX,
                "replication": min(3, len(self.cluster.nodes)),
                "group": f"{PREFIX}replicas",
                "session_timeout_seconds": SESSION_SECONDS,
            },
            "feeds": self.site.settings(**FEED_SETTINGS),
            "notices": settings(self.site.home, seconds=2),
        }

    def said(self) -> list[Said]:
        return sorted((one for replica in self.replicas for one in replica.said()), key=lambda one: one.at)

    def _committed_feeds(self) -> set[str]:
        return {one.fields["feed"] for one in self.said() if one.event == "committed"}

    def commits_since(self, moment: float, replica: int | None = None) -> list[Said]:
        return [
            one
            for one in self.said()
            if one.event == "committed" and one.at > moment and replica in (None, one.replica)
        ]

    def active(self) -> Replica:
        """Whoever committed last."""
        last = self.commits_since(0.0)[-1].replica
        return next(replica for replica in self.replicas if replica.number == last)

    async def until(self, so: Callable[[], bool], seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not so():
            if time.monotonic() > end:
                tail = [f"{one.replica} {one.fields.get('message', one.fields)}" for one in self.said()[-15:]]
                raise AssertionError(f"{what}: not within {seconds:.0f} s; the replicas last said:\n" + "\n".join(tail))
            await asyncio.sleep(0.1)

    async def commits_go_on(self, seconds: float) -> None:
        since = time.time()
        await self.until(lambda: bool(self.commits_since(since)), seconds, "a commit")

    def note(self, kind: str) -> Replica:
        replica = self.active()
        self.faults.append(Fault(kind=kind, at=time.time(), active=replica.number))
        return replica

    async def kill_active(self) -> None:
        replica = self.note("SIGKILL")
        replica.kill()
        await self.taken_over(replica)
        await self.back(replica)

    async def kill_active_with_coordinator(self) -> None:
        """The broker that coordinates the group dies with the active replica, as on one host."""
        node = await self._coordinator()
        replica = self.note("SIGKILL with the coordinator")
        node.kill()
        replica.kill()
        await self.taken_over(replica)
        node.start()
        await asyncio.to_thread(node.wait_until_ready)
        await self.back(replica)
        await self.commits_go_on(60)

    async def _coordinator(self) -> Node:
        """The node that coordinates the group of the replicas."""
        async with Connection(self._kafka()).admin() as admin:
            number = await admin.find_coordinator(f"{PREFIX}replicas")
        return next(node for node in self.cluster.nodes if node.number == number)

    async def kill_active_in_a_commit(self) -> None:
        """Its transaction stays open: until another one takes the feed, readers stand there."""
        await self._hold_a_commit()
        replica = self.note("SIGKILL in a commit")
        replica.kill()
        self.relay.cut()
        self.relay.go_on()
        await self.taken_over(replica)
        await self.back(replica)

    async def _hold_a_commit(self) -> None:
        """Nothing passes the relay any more, and a transaction is open."""
        async with asyncio.timeout(OPEN_SECONDS_MAX):
            while True:
                # Late answers make commits long enough to be seen.
                self.relay.slow(ANSWER_LATE_SECONDS)
                while not await self.readers.are_blocked():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                self.relay.hold()
                await asyncio.sleep(ANSWER_LATE_SECONDS)
                if await self.readers.are_blocked():
                    return
                self.relay.go_on()

    async def terminate_active(self) -> None:
        replica = self.note("SIGTERM")
        await asyncio.to_thread(replica.terminate)
        await self.taken_over(replica)
        await self.back(replica)

    async def pause_active(self) -> None:
        """Past the session's end, and on again: it wakes believing that it is active."""
        replica = self.note("SIGSTOP")
        replica.pause()
        try:
            await asyncio.sleep(SESSION_SECONDS + self.rng.uniform(2, 6))
            await self.taken_over(replica)
        finally:
            replica.go_on()
        await self.standing_by(replica, time.time())

    async def blink_active(self) -> None:
        """A pause that the session survives."""
        replica = self.note("short SIGSTOP")
        replica.pause()
        await asyncio.sleep(self.rng.uniform(1, 5))
        replica.go_on()
        await self.commits_go_on(45)

    async def kill_broker(self) -> None:
        self.note("broker SIGKILL")
        node = self.rng.choice(self.cluster.nodes)
        node.kill()
        await asyncio.sleep(self.rng.uniform(0.5, BROKER_AWAY_SECONDS))
        node.start()
        await asyncio.to_thread(node.wait_until_ready)
        await self.commits_go_on(60)

    async def pause_broker(self) -> None:
        """Connections hang, and what was asked times out or arrives late."""
        self.note("broker SIGSTOP")
        node = self.rng.choice(self.cluster.nodes)
        node.pause()
        await asyncio.sleep(self.rng.uniform(2, 8))
        node.go_on()
        await self.commits_go_on(60)

    async def cut_connections(self) -> None:
        """All at once, between clients and brokers."""
        self.note("connections cut")
        self.relay.cut()
        await self.commits_go_on(45)

    async def lose_answers(self) -> None:
        """The brokers do what they are asked, and nobody hears of it: commits pass their deadline, in doubt."""
        self.note("answers lost")
        self.relay.hold(questions=self.rng.random() < 0.3)
        await asyncio.sleep(COMMIT_SECONDS + self.rng.uniform(1, 8))
        self.relay.cut()
        self.relay.go_on()
        await self.commits_go_on(90)

    async def back(self, replica: Replica) -> None:
        since = time.time()
        replica.start()
        await self.standing_by(replica, since)

    async def standing_by(self, replica: Replica, since: float) -> None:
        """Until it says so, or that it is active, and has had time to join the group."""
        events = ("replica_stands_by", "replica_active")
        await self.until(
            lambda: any(one.at > since and one.event in events for one in replica.said()),
            JOINED_SECONDS_MAX,
            "a replica joins",
        )
        await asyncio.sleep(JOIN_SECONDS)

    async def taken_over(self, replica: Replica) -> None:
        other = next(one for one in self.replicas if one is not replica)
        since = self.faults[-1].at
        await self.until(
            lambda: bool(self.commits_since(since, other.number)),
            JOINED_SECONDS_MAX,
            f"a commit by replica {other.number}",
        )

    async def whole(self) -> Outcome:
        """Stop changing, wait until what was published last is in the ledger, and audit."""
        if self._changing is not None:
            self._changing.cancel()
        lists, together, announced = await self._settled()
        said = self.said()
        return Outcome(
            seed=self.seed,
            seconds=time.time() - self.started,
            faults=dict(Counter(fault.kind for fault in self.faults)),
            publications=self.publishers.changes,
            commits=sum(one.commits for one in lists),
            changes=sum(one.changes for one in lists),
            terms=sum(one.event == "replica_active" for one in said),
            fenced=sum(one.event == "feed_stopped" for one in said),
            takeovers=self._takeovers(),
            blocks=self._blocks(),
            unexpected=[str(one.fields)[:300] for one in said if one.event == "not a log line"],
            lists=lists,
            together=together,
            announced=announced,
        )

    async def _settled(self) -> tuple[list[Audited], Together, AnnouncedAudit]:
        end = time.monotonic() + QUIET_SECONDS_MAX
        while True:
            lists = [await audited(self.cluster.bootstrap, PREFIX, feed, partition_of(feed)) for feed in STYLES]
            for one in lists:
                if set(one.digests) != self.publishers.keys(one.feed):
                    one.problems.append("what was published last is not in the ledger")
            said = await together(self.cluster.bootstrap, PREFIX, [partition_of(feed) for feed in STYLES])
            notices = await announced_audit(self.cluster.bootstrap, PREFIX, self.publishers.announcements.names)
            # While commits come, one topic is read later than another; what is wrong stays wrong.
            wrong = said.problems or notices.problems or any(one.problems for one in lists)
            if not wrong or time.monotonic() > end:
                return lists, said, notices
            await asyncio.sleep(1)

    def _takeovers(self) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for fault in self.faults:
            if fault.kind not in TAKEN_AWAY:
                continue
            others = [one.at for one in self.commits_since(fault.at) if one.replica != fault.active]
            if others:
                found.setdefault(fault.kind, []).append(round(others[0] - fault.at, 2))
        return found

    def _blocks(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for block in self.readers.blocks:
            before = [fault.kind for fault in self.faults if fault.at < block.until]
            kind = before[-1] if before else "nothing"
            found[kind] = round(max(block.seconds, found.get(kind, 0.0)), 1)
        return found


def acts(world: World) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """What can be broken, each as often as it is in the list."""
    return [
        world.kill_active,
        world.kill_active_in_a_commit,
        world.kill_active_with_coordinator,
        world.pause_active,
        world.terminate_active,
        world.blink_active,
        world.kill_broker,
        world.kill_broker,
        world.pause_broker,
        world.cut_connections,
        world.lose_answers,
    ]


async def ordeal(folder: Path, cluster: Cluster, seed: int, seconds: float, only: Collection[str] = ()) -> Outcome:
    """Break things for so long, then audit. `only` are the names of what is broken."""
    async with World(folder, cluster, seed) as world:
        chosen = [act for act in acts(world) if not only or act.__name__ in only]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await world.rng.choice(chosen)()
            await asyncio.sleep(world.rng.uniform(0.5, 3))
        return await world.whole()
