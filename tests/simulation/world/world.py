"""The world of one seed: authorities, the daemon that watches them, the one who decides, and whatever happens to them.

The daemon is the real one, whole but for its HTTP port. Beneath it are a loop on which time is data (`loop`), an
internet without sockets (`internet`), a machine whose clock and chance are the seed's (`machine`), and a disk that
outlives it (`durable`). When all has happened, every server is well and shows the true list; some hours later somebody
releases what is held, and then `oracles` looks at what is there.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from syncd.config import Config
from syncd.core.events import Signal
from syncd.core.times import iso
from syncd.daemon.daemon import Daemon
from syncd.demo.targets import PERSONS
from syncd.errors import SyncdError
from syncd.observe.report import Collected
from tests.simulation.world import beside, oracles
from tests.simulation.world.durable import Killed, Process, watching
from tests.simulation.world.internet import Internet
from tests.simulation.world.loop import SimulatedLoop, Stuck
from tests.simulation.world.machine import simulated
from tests.simulation.world.oracles import Wrong
from tests.simulation.world.others import CHANNEL, HOOK, SECRET, Announcer, Bank, answering, notices_section
from tests.simulation.world.plan import (
    CLOCK_HOURS, RELEASED_HOURS, SETTLED_HOURS, STEPS_MAX, WRITES_MAX, Act, Plan,
)  # fmt: skip
from tests.simulation.world.publishers import ACTS, ADDRESSES, Publisher

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCES = {"un_sc": "consolidated_xml", "uk_sl": "xml"}
ON_THE_LIST = {"un_sc": PERSONS[:8], "uk_sl": PERSONS[4:12]}
# Small lists have small limits.
LIMITS = {
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
    """`run` it once. Each moment that is reported in it is told to `tell`."""

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[object], None] | None = None) -> None:
        self.plan = plan
        self._tell = tell
        self.heard = Collected()
        self._folder = folder
        self._now = 0.0
        self._loop: SimulatedLoop | None = None
        self._process: Process
        self.clock = Clock(self._time)
        self.publishers = {
            feed: Publisher(feed, ON_THE_LIST[feed], self.clock.true, is_stamped=feed in plan.stamped)
            for feed in plan.feeds
        }
        self.bank = Bank(self.clock.true, self._chance("bank"))
        self.announcer = Announcer(self.clock.true)
        self._acts = iter(self._all_acts())
        self._act: Act | None = next(self._acts)
        self._lives = 0
        self._steps = 0
        self._delay = 0.0
        self._watched = oracles.Watched()

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
        chance = self._chance("machine")
        internet = Internet(self.publishers, self._chance("internet"), answering(self.bank, self.announcer))
        machine = simulated(
            monotonic=self._time,
            wall=lambda: self.clock.now().timestamp(),
            answer=lambda request: self._internet.answer(request),
            chance=chance,
            look_seconds=self.plan.look_seconds,
        )
        self._internet = internet
        loops = self._chance("loop")
        downs = self._chance("down")
        folder = self._folder / "0"
        folder.mkdir(parents=True)
        with machine:
            while True:
                self._lives += 1
                copy = self._folder / str(self._lives)
                self._process = Process(folder, copy)
                loop = self._loop = SimulatedLoop(loops, self._now, self._process.step)
                try:
                    with watching(self._process):
                        is_over = loop.run_until_complete(self._life(folder))
                except Killed:
                    is_over = False
                    internet.is_dead = True
                    loop.drain(DRAIN_STEPS)
                    internet.is_dead = False
                    folder = copy
                except Stuck as stuck:
                    raise Wrong(str(stuck)) from None
                finally:
                    self._now = loop.time()
                    self._steps += loop.steps
                    self._loop = None
                    loop.close()
                if loop.complaints:
                    raise Wrong(f"nobody heard of: {loop.complaints[0]}")
                oracles.check_moments(self.heard)
                if is_over:
                    break
                down = downs.choice(DOWN_SECONDS)
                self._now += down
                self._delay += down
            changes, commits = self._watched.counts
        return Passed(self._steps, self._lives, commits, changes, self._trace())

    def _trace(self) -> str:
        """A digest of what was reported, without the folder in which it happened."""
        told = "\n".join(map(str, self.heard.moments)).replace(str(self._folder), "")
        return sha256(told.encode()).hexdigest()[:16]

    def _config(self, folder: Path) -> Config:
        feeds: dict[str, Any] = {"enable": list(self.plan.feeds)}
        for feed in self.plan.feeds:
            feeds[feed] = {**LIMITS, "sources": {SOURCES[feed]: {"url": ADDRESSES[feed]}}}
        parts = self.plan.parts
        hook = {"url": HOOK, "secret": SECRET, "begin": "first", "coordination": "coordination" in parts}
        return Config.model_validate(
            {
                "ledger": folder / "ledger.db",
                "archive": {"url": str(folder / "archive"), "spool": folder / "spool"},
                "feeds": feeds,
                "coordination": {"enabled": "coordination" in parts},
                "notices": notices_section() if "notices" in parts else {"enabled": False},
                "webhooks": {"bank": hook} if "webhooks" in parts else {},
            }
        )

    async def _life(self, folder: Path) -> bool:
        """One life of the daemon, until it is stopped. Returns whether it was the last."""
        async with Daemon(self._config(folder), report=self._report, clock=self.clock, web=False) as daemon:
            await self._watched.look(daemon.assembly.ledger, self.plan.feeds)
            while self._act is not None:
                await asyncio.sleep(max(0.0, self._act.at + self._delay - self._time()))
                act, self._act = self._act, next(self._acts, None)
                if act.kind == "restarts":
                    return False
                await self._happens(act, daemon)
        return True

    def _report(self, moment: Any) -> None:
        if self._internet.is_dead:
            return
        self.heard(moment)
        if self._tell is not None:
            self._tell(f"{self._time() / 3600:6.2f} h  {moment}")

    async def _happens(self, act: Act, daemon: Daemon) -> None:
        chance = random.Random(act.number)
        if act.kind in ACTS:
            ACTS[act.kind][0](self.publishers[act.feed], chance)
        elif act.kind == "killed":
            by_step = chance.random() < 0.5
            self._process.kill_after(
                steps=chance.randint(1, STEPS_MAX) if by_step else None,
                writes=None if by_step else chance.randint(1, WRITES_MAX),
            )
        elif act.kind == "clock":
            self.clock.skew = timedelta(hours=chance.choice(CLOCK_HOURS)) * chance.randrange(2)
        elif act.kind == "releases":
            await self._release(daemon, act.feed, chance.random())
        elif act.kind == "bank is in trouble":
            self.bank.gets_in_trouble(chance)
        elif act.kind == "announces":
            state, _ = await daemon.assembly.ledger.live_notices()
            self.announcer.announces(is_read=CHANNEL in state.channels)
        elif act.kind == "all is well":
            self.clock.skew = timedelta()
            self.bank.is_well()
            for publisher in self.publishers.values():
                publisher.is_well()
                publisher.lives_on(chance)
        elif act.kind == "all is released":
            for feed in self.plan.feeds:
                await self._release(daemon, feed, 0.0)
        else:
            await self._watched.look(daemon.assembly.ledger, self.plan.feeds)
            for feed in self.plan.feeds:
                await oracles.check_feed(self, daemon, feed)
            await beside.check_parts(self, daemon)

    async def _release(self, daemon: Daemon, feed: str, share: float) -> None:
        """Ask for the release of what is held; of only some with a share above 0."""
        ledger = daemon.assembly.ledger
        state = await ledger.state(feed)
        for hold in state.holds[round(share * len(state.holds)) :] if share else state.holds:
            await ledger.send(
                Signal(
                    id=f"{hold.id} {self._time()}",
                    feed=feed,
                    kind="release",
                    subject=hold.id,
                    asserted_by="a person",
                    why="it was looked at",
                    expires=iso(self.clock.now() + timedelta(days=1)),
                )
            )
