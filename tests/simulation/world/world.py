"""The world of one seed: authorities, the daemon that watches them, the one who decides, and whatever happens to them.

The daemon is the real one, whole but for its HTTP port. Beneath it are a loop on which time is data (`loop`), an
internet without sockets (`internet`), a machine whose clock and chance are the seed's (`machine`), a disk that outlives
it (`durable`) and, for a ledger in Kafka, brokers in memory (`brokers`, `replicas`). When all has happened, every
server is well and shows the true list; some hours later somebody releases what is held, and then `oracles` and `beside`
look at what is there.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from syncd.config import Config
from syncd.core.events import Signal
from syncd.core.times import iso
from syncd.daemon.daemon import Daemon
from syncd.demo.targets import PERSONS
from syncd.errors import LedgerError
from syncd.ledger.contract import Ledger
from syncd.ledger.opening import open_ledger
from syncd.observe.report import Collected
from tests.simulation.world import beside, brokers, oracles, replicas
from tests.simulation.world.durable import Killed, Process, watching
from tests.simulation.world.internet import Internet
from tests.simulation.world.kafka_clients import Client
from tests.simulation.world.loop import SimulatedLoop, Stuck
from tests.simulation.world.machine import simulated
from tests.simulation.world.oracles import Wrong
from tests.simulation.world.others import CHANNEL, HOOK, SECRET, Announcer, Bank, answering, notices_section
from tests.simulation.world.plan import (
    CLOCK_HOURS,
    RELEASED_HOURS,
    SETTLED_HOURS,
    STEPS_MAX,
    WRITES_MAX,
    Act,
    Plan,
)  # fmt: skip
from tests.simulation.world.publishers import ACTS, ADDRESSES, Publisher

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCES = {"un_sc": "consolidated_xml", "uk_sl": "xml"}
ON_THE_LIST = {"un_sc": PERSONS[:8], "uk_sl": PERSONS[4:12]}
# Small lists have small limits.
LIMITS: dict[str, Any] = {
    "interval_seconds": 1800,
    "records_min": 2,
    "share_min": 0.5,
    "bytes_max": 300_000,
    "timeout_seconds": 60,
    "removals_ratio": 1.0,
    "content_ratio": 1.0,
    **dict.fromkeys(
        ("removals_max", "reused_max", "rekeyed_max", "names_max", "birth_dates_max", "identifiers_max", "kinds_max"),
        oracles.MOST,
    ),
}
DOWN_SECONDS = (1.0, 30.0, 900.0, 7200.0)
DRAIN_STEPS = 20_000
BROKERS_AGAIN_SECONDS = 60.0


class Clock:
    """The daemon's clock: the true time, and how far it is wrong."""

    def __init__(self, monotonic: Any) -> None:
        self.skew = timedelta()
        self._monotonic = monotonic

    def true(self) -> datetime:
        return START + timedelta(seconds=self._monotonic())

    def now(self) -> datetime:
        return self.true() + self.skew


class Passed(Struct, frozen=True):
    """What a world came to that is well: how many steps, lives, commits and changes; `trace` is the digest of all that
    was reported in it."""

    steps: int
    lives: int
    commits: int
    changes: int
    trace: str


class World:
    """`run` it once. Each moment that is reported in it is told to `tell`. `in_kafka`: that is where its ledger is.
    `limits` are the settings of each list."""

    limits: Mapping[str, Any] = LIMITS

    def __init__(
        self, plan: Plan, folder: Path, *, in_kafka: bool = False, tell: Callable[[object], None] | None = None
    ) -> None:
        self.plan = plan
        self.heard = Collected()
        self._now = 0.0
        self._loop: SimulatedLoop | None = None
        self.clock = Clock(self._time)
        self.publishers = {
            feed: Publisher(feed, ON_THE_LIST[feed], self.clock.true, is_stamped=feed in plan.stamped)
            for feed in plan.feeds
        }
        self.bank = Bank(self.clock.true, self._chance("bank"))
        self.announcer = Announcer(self.clock.true)
        self.watched = oracles.Watched()
        self._tell = tell
        self._folder = folder
        self._on_disk = folder / "0"
        self._process: Process
        self._brokers = brokers.Brokers(self._time, self._chance("brokers")) if in_kafka else None
        answer = answering(self.bank, self.announcer)
        self._internet = Internet(self.publishers, self._chance("internet"), answer)
        self._order, self._down = self._chance("loop"), self._chance("down")
        self._acts = iter(self._all_acts())
        self._act: Act | None = next(self._acts)
        self._lives = self._steps = 0
        self._delay = 0.0

    def _chance(self, of: str) -> random.Random:
        return random.Random(f"{of} {self.plan.seed}")

    def _time(self) -> float:
        return self._loop.time() if self._loop is not None else self._now

    def _all_acts(self) -> Iterator[Act]:
        """Those of the plan, and then those by which every world ends."""
        yield from self.plan.acts
        at = max((act.at for act in self.plan.acts), default=0.0) + 2400
        yield Act(at=at, kind="all is well")
        yield Act(at=at + 3600 * SETTLED_HOURS, kind="all is released")
        yield Act(at=at + 3600 * (SETTLED_HOURS + RELEASED_HOURS), kind="the end")

    def run(self) -> Passed:
        """Live until the end. Raises Wrong."""
        self._on_disk.mkdir(parents=True)
        machine = simulated(
            monotonic=self._time,
            wall=lambda: self.clock.now().timestamp(),
            answer=self._internet.answer,
            chance=self._chance("machine"),
            look_seconds=self.plan.look_seconds,
        )
        with machine, self._kafka():
            while not self._is_over():
                down = self._down.choice(DOWN_SECONDS)
                self._now += down
                self._delay += down
        changes, commits = self.watched.counts
        return Passed(self._steps, self._lives, commits, changes, self._trace())

    def _kafka(self) -> contextlib.AbstractContextManager[None]:
        if self._brokers is None:
            return contextlib.nullcontext()
        replicas.make_topics(self._brokers)
        return replicas.in_kafka(self._brokers, self.plan.look_seconds)

    def _is_over(self) -> bool:
        """Live once: until it is killed, or stopped. Returns whether that was the end. Raises Wrong."""
        self._lives += 1
        copy = self._folder / str(self._lives)
        self._process = Process(self._on_disk, copy)
        loop = self._loop = SimulatedLoop(self._order, self._now, self._process.step)
        Client.process, replicas.Named.latest = brokers.Process(), None
        try:
            with watching(self._process):
                is_over: bool = loop.run_until_complete(self._life())
        except Killed:
            is_over = False
            self._internet.is_dead = Client.process.is_dead = True
            loop.drain(DRAIN_STEPS)
            self._internet.is_dead = False
            self._on_disk = copy
        except Stuck as stuck:
            raise Wrong(str(stuck)) from None
        finally:
            self._now = loop.time()
            self._steps += loop.steps
            self._loop = None
            loop.close()
        if loop.complaints:
            raise Wrong(f"nobody heard of: {loop.complaints[0]}")
        oracles.check_moments(self.heard, is_taken_over=any(act.kind == "is taken over" for act in self.plan.acts))
        return is_over

    def _trace(self) -> str:
        """A digest of what was reported, without the folder in which it happened."""
        told = "\n".join(map(str, self.heard.moments)).replace(str(self._folder), "")
        return sha256(told.encode()).hexdigest()[:16]

    def _config(self, spool: str = "spool") -> Config:
        feeds: dict[str, Any] = {"enable": list(self.plan.feeds)}
        for feed in self.plan.feeds:
            feeds[feed] = {**self.limits, "sources": {SOURCES[feed]: {"url": ADDRESSES[feed]}}}
        parts, folder = self.plan.parts, self._on_disk
        hook = {"url": HOOK, "secret": SECRET, "begin": "first", "coordination": "coordination" in parts}
        return Config.model_validate(
            {
                "ledger": folder / "ledger.db",
                "archive": {"url": str(folder / "archive"), "spool": folder / spool, "shared": True},
                "feeds": feeds,
                "coordination": {"enabled": "coordination" in parts},
                "notices": notices_section() if "notices" in parts else {"enabled": False},
                "webhooks": {"bank": hook} if "webhooks" in parts else {},
                "kafka": replicas.SECTION if self._brokers is not None else {},
            }
        )

    def _daemon(self, spool: str = "spool") -> Daemon:
        return Daemon(self._config(spool), report=self._report, clock=self.clock, web=False)

    async def _life(self) -> bool:
        """One life of the daemon, until it is stopped. Returns whether it was the last."""
        async with contextlib.AsyncExitStack() as running:
            daemon = await running.enter_async_context(self._daemon())
            await self._seen(self._look, daemon)
            while self._act is not None:
                await asyncio.sleep(max(0.0, self._act.at + self._delay - self._time()))
                act = self._act
                if act.kind == "is taken over":
                    daemon = await running.enter_async_context(self._daemon(f"spool{act.number}"))
                elif act.kind != "restarts":
                    await self._happens(act, daemon)
                # Only now: who is killed amid an act does it again.
                self._act = next(self._acts, None)
                if act.kind == "restarts":
                    return False
        return True

    def _report(self, moment: Any) -> None:
        if self._internet.is_dead:
            return
        self.heard(moment)
        if self._tell is not None:
            self._tell(f"{self._time() / 3600:6.2f} h  {moment}")

    @contextlib.asynccontextmanager
    async def _ledger(self, daemon: Daemon) -> AsyncIterator[Ledger]:
        """The ledger as a reader has it. Raises LedgerError."""
        if self._brokers is None:
            yield daemon.assembly.ledger
            return
        ledger = await open_ledger(daemon.config, writing=False)
        try:
            yield ledger
        finally:
            await ledger.close()

    async def _seen(self, work: Callable[[Ledger, Daemon], Awaitable[None]], daemon: Daemon) -> None:
        """Do `work` with the ledger, as soon as its brokers answer."""
        while True:
            try:
                async with self._ledger(daemon) as ledger:
                    await work(ledger, daemon)
                    return
            except LedgerError:
                if self._brokers is None:
                    raise
                await asyncio.sleep(BROKERS_AGAIN_SECONDS)

    async def _look(self, ledger: Ledger, daemon: Daemon) -> None:
        await self.watched.look(ledger, self.plan.feeds)

    # What happens.
    async def _happens(self, act: Act, daemon: Daemon) -> None:
        chance = random.Random(act.number)
        if act.kind in ACTS:
            ACTS[act.kind][0](self.publishers[act.feed], chance)
        elif act.kind in _AT_ONCE:
            _AT_ONCE[act.kind](self, chance)
        else:
            await self._seen(lambda ledger, _: _WITH_LEDGER[act.kind](self, act, ledger, daemon), daemon)

    def _is_killed(self, chance: random.Random) -> None:
        if chance.random() < 0.5:
            self._process.kill_after(steps=chance.randint(1, STEPS_MAX))
        else:
            self._process.kill_after(writes=chance.randint(1, WRITES_MAX))

    def _clock_jumps(self, chance: random.Random) -> None:
        self.clock.skew = timedelta(hours=chance.choice(CLOCK_HOURS)) * chance.randrange(2)

    def _brokers_are_in_trouble(self, chance: random.Random) -> None:
        if self._brokers is not None:
            self._brokers.get_in_trouble(60.0 * chance.choice((1, 10, 90)))

    def _topics_are_compacted(self, _: random.Random) -> None:
        if self._brokers is not None:
            self._brokers.compact()

    def _all_is_well(self, chance: random.Random) -> None:
        self.clock.skew = timedelta()
        self.bank.is_well()
        for publisher in self.publishers.values():
            publisher.is_well()
            publisher.lives_on(chance)

    async def _announced(self, _: Act, ledger: Ledger, __: Daemon) -> None:
        state, _rows = await ledger.live_notices()
        self.announcer.announces(is_read=CHANNEL in state.channels)

    async def _some_released(self, act: Act, ledger: Ledger, _: Daemon) -> None:
        share = random.Random(act.number).random()
        holds = (await ledger.state(act.feed)).holds
        for hold in holds[round(share * len(holds)) :]:
            await self._release(ledger, act.feed, hold.id)

    async def _all_released(self, _: Act, ledger: Ledger, __: Daemon) -> None:
        for feed in self.plan.feeds:
            for hold in (await ledger.state(feed)).holds:
                await self._release(ledger, feed, hold.id)

    async def _release(self, ledger: Ledger, feed: str, hold: str) -> None:
        signal = Signal(
            id=f"{hold} {self._time()}",
            feed=feed,
            kind="release",
            subject=hold,
            asserted_by="a person",
            why="it was looked at",
            expires=iso(self.clock.now() + timedelta(days=1)),
        )
        await ledger.send(signal)

    async def _ends(self, _: Act, ledger: Ledger, daemon: Daemon) -> None:
        await self.watched.look(ledger, self.plan.feeds)
        self.watched.counts = (0, 0)
        for feed in self.plan.feeds:
            await oracles.check_feed(self, daemon, ledger, feed)
        await beside.check_parts(self, ledger)


_AT_ONCE: dict[str, Callable[[World, random.Random], None]] = {
    "killed": World._is_killed,
    "clock": World._clock_jumps,
    "brokers are in trouble": World._brokers_are_in_trouble,
    "topics are compacted": World._topics_are_compacted,
    "bank is in trouble": lambda world, chance: world.bank.gets_in_trouble(chance),
    "all is well": World._all_is_well,
}
_WITH_LEDGER: dict[str, Callable[[World, Act, Ledger, Daemon], Awaitable[None]]] = {
    "announces": World._announced,
    "releases": World._some_released,
    "all is released": World._all_released,
    "the end": World._ends,
}
