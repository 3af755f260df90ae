"""The daemon: the ledger, the feeds, the HTTP port, and their end in good order.

`Daemon` is an asynchronous context manager; entering it opens everything and starts every feed, leaving it stops them.
A commit that is under way is finished first, whatever the haste. With its ledger in Kafka it is one of several
replicas, and its feeds run while `syncd.daemon.leadership` says so.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Coroutine, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from syncd import __version__, malloc
from syncd.archive import Archive, open_archive
from syncd.clock import Clock, SystemClock
from syncd.config import Config, with_overrides
from syncd.config.sections import is_loopback
from syncd.core.coordination.target import COORDINATOR
from syncd.daemon.systemd import ServiceManager
from syncd.errors import ArchiveUnavailable, ConfigurationError, LedgerError
from syncd.feeds import all_feeds
from syncd.feeds.contract import Feed
from syncd.fetch import Fetcher, SharingFetcher
from syncd.intake.backoff import NUDGE_SECONDS
from syncd.intake.parser_process import Lanes
from syncd.intake.pipeline import Outcome, Tools
from syncd.intake.spool import prepare
from syncd.ledger.contract import Ledger
from syncd.ledger.opening import open_ledger
from syncd.observe import moments
from syncd.observe.metrics import Metrics
from syncd.observe.report import Report, Reporter
from syncd.observe.status import FeedStatus, status_line
from syncd.web import Follower, WebServer
from syncd.workers.coordinator import CoordinatorWorker
from syncd.workers.feed import FeedWorker

if TYPE_CHECKING:
    from syncd.daemon.leadership import Leadership

ARCHIVE_FLUSH_SECONDS = 60.0
TICK_SECONDS = 1.0
# Of a feed whose publisher is not this machine.
INTERVAL_SECONDS_MIN = 10
# A thread that computes keeps the loop waiting for so long each time that something arrives: with Python's own five
# milliseconds, a document that comes in hundreds of pieces comes a second later.
TURN_SECONDS = 0.0001


class Daemon:
    """Everything that `syncd run` runs. `only` some feeds; without the HTTP port (`web`); or with the feeds ready and
    not started (`start`). `manager` is told how it goes."""

    def __init__(
        self,
        config: Config,
        *,
        report: Reporter | None = None,
        clock: Clock | None = None,
        only: tuple[str, ...] = (),
        web: bool = True,
        start: bool = True,
        manager: ServiceManager | None = None,
    ) -> None:
        self.config = config
        self.metrics = Metrics()
        self.runners: list[FeedWorker] = []
        self.coordinating: CoordinatorWorker | None = None
        self._clock = clock or SystemClock()
        self._report = report or Report(self.metrics)
        self._only = only
        self._with_web = web
        self._start = start
        self._manager = manager or ServiceManager({})
        self._resources = contextlib.AsyncExitStack()
        self._tasks: list[asyncio.Task[Any]] = []
        self._tools: dict[str, Tools] = {}
        self._fetcher: SharingFetcher
        self._leadership: Leadership | None = None
        self._group: asyncio.Task[None] | None = None
        self._ticked = time.monotonic()
        self.web: WebServer | None = None
        self.ledger: Ledger

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as resources:
            await self._open(resources)
            self._resources = resources.pop_all()
        return self

    async def _open(self, resources: contextlib.AsyncExitStack) -> None:
        feeds = chosen(self.config, self._only)
        archive = open_archive(self.config)
        resources.push_async_callback(self._stop)
        if self.config.kafka.is_chosen:
            # Only here: without Kafka nothing of aiokafka is loaded.
            from syncd.daemon.leadership import Leadership  # noqa: PLC0415

            self._leadership = Leadership(self.config, self._report)
        if self._leadership is None or not self._start:
            await self._take_ledger(resources)
        prepare(self.config.archive_spool)
        self._fetcher = SharingFetcher(await resources.enter_async_context(Fetcher(self.config.fetch)))
        lanes = Lanes()
        self._tools = {feed.id: self._tools_of(feed, archive, lanes) for feed in feeds}
        if self._leadership is None or not self._start:
            self._assign(feeds, self.ledger)
        self._measure(archive)
        if self._with_web:
            follower = self._follower(feeds)
            self.web = WebServer(
                self.config.http,
                follower,
                metrics=self.metrics,
                installation=self.config.installation,
                seconds_since_tick=self.seconds_since_tick,
                standby=self._is_standing_by,
            )
            await self.web.start()
            resources.push_async_callback(self.web.stop)
            self._begin(follower.run(), "port")
        if not self._start:
            return
        self._report(
            moments.DaemonStarted(
                version=__version__,
                feeds=tuple(feed.id for feed in feeds),
                ledger=_ledger_name(self.config),
                address=self.web.address if self.web else "",
            )
        )
        self._begin(self._tick(), "tick")
        self._begin(self._flush(archive), "archive")
        if self._leadership is None:
            self._begin(self._run(), "feeds")
            return
        self._group = asyncio.create_task(self._leadership.belong(), name="group")
        self._begin(self._leadership.serve(partial(self._run_term, feeds)), "leadership")

    def _follower(self, feeds: list[Feed]) -> Follower:
        """What the HTTP port knows of the ledger; on a reader of its own, whoever writes it."""
        return Follower(
            partial(open_ledger, self.config, writing=False),
            watched=feeds,
            known=all_feeds(),
            clock=self._clock,
            report=self._report,
            local=self.statuses,
        )

    async def _take_ledger(self, resources: contextlib.AsyncExitStack) -> None:
        """The ledger for as long as this process lives. Raises LedgerBusy while another process writes it."""
        if self._leadership is not None:
            self._group = asyncio.create_task(self._leadership.belong(), name="group")
            await self._leadership.named()
        self.ledger = await open_ledger(self.config, writing=True, report=self._report)
        resources.push_async_callback(self.ledger.close)
        if self.ledger.restored:
            self._report(moments.LedgerRestored(ledger=self.ledger.identity, why=self.ledger.restored))

    def _begin(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    def _assign(self, feeds: Iterable[Feed], ledger: Ledger) -> None:
        """Who works on `ledger`: a runner for each feed, and the coordinator of them all."""
        self.runners = [FeedWorker(feed, ledger, self._fetcher, self._tools[feed.id], self._changed) for feed in feeds]
        if self.config.coordination.enabled:
            self.coordinating = CoordinatorWorker(ledger, self.config.coordination, self._report, self._clock)

    async def _run_term(self, feeds: Iterable[Feed], ledger: Ledger) -> list[str]:
        """The feeds at work in one term of this replica."""
        self._assign(feeds, ledger)
        return await self._run()

    async def _run(self) -> list[str]:
        """Until cancelled, or until a feed was taken over by somebody else while this is a replica: gives those."""
        work: dict[str, FeedWorker | CoordinatorWorker] = {runner.feed.id: runner for runner in self.runners}
        if self.coordinating is not None:
            work[COORDINATOR] = self.coordinating
        running = {asyncio.create_task(one.run(), name=name) for name, one in work.items()}
        tasks = set(running)
        try:
            while running:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                fenced = [name for name, one in work.items() if one.is_fenced]
                if fenced and self._leadership is not None:
                    return fenced
            await asyncio.Event().wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return []

    def _is_standing_by(self) -> bool:
        return self._leadership is not None and not self._leadership.is_active

    def _tools_of(self, feed: Feed, archive: Archive, lanes: Lanes) -> Tools:
        return Tools(
            archive=archive,
            lanes=lanes,
            clock=self._clock,
            report=self._report,
            spool=self.config.archive_spool,
            parse_seconds_max=self.config.feeds.of(feed.id).parse_seconds_max,
            two_persons=self.config.holds.two_persons,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._resources.aclose()

    async def _stop(self) -> None:
        """The group is left last, when nothing is open any more: another replica is then named at once."""
        if self._group is not None:
            self._group.cancel()
            await asyncio.gather(self._group, return_exceptions=True)

    def statuses(self) -> list[FeedStatus]:
        """The feeds that this process runs, as they stand."""
        return [runner.status() for runner in self.runners]

    def _measure(self, archive: Archive) -> None:
        """Only the replica that runs the feeds measures them: what another saw last is no state of theirs."""
        self.metrics.watch(lambda: [] if self._is_standing_by() else self.statuses())
        self.metrics.read("syncd_ledger_available", lambda: float(self._has_ledger()))
        self.metrics.read("syncd_archive_pending_documents", lambda: archive.pending.documents)
        self.metrics.read("syncd_archive_pending_bytes", lambda: archive.pending.bytes)
        self.metrics.read("syncd_archive_unkept_documents", lambda: len(archive.pending.unkept))

    def _has_ledger(self) -> bool:
        if not self._is_up():
            return False
        return self._is_standing_by() or not any(runner.is_without_ledger for runner in self.runners)

    def seconds_since_tick(self) -> float:
        """How long ago the event loop last turned."""
        return time.monotonic() - self._ticked

    def say_stopping(self, why: str) -> None:
        self._report(moments.DaemonStopping(signal=why))
        self._manager.stopping(why)

    async def until(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises what a part without which nothing works has ended with: whoever started this
        process can start it anew, and half of it would only look alive."""
        stopping = asyncio.create_task(stop.wait(), name="stop")
        parts = [task for task in (*self._tasks, self._group) if task is not None and task.get_name() != "archive"]
        try:
            ended, _ = await asyncio.wait({stopping, *parts}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        for part in ended - {stopping}:
            part.result()

    def _changed(self, feed: Feed, outcome: Outcome) -> None:
        """Allies act together: when one list changed, the others are asked soon. A baseline is no act."""
        malloc.trim()
        if outcome.commit == 1:
            return
        for runner in self.runners:
            if runner.feed.id != feed.id:
                runner.nudge(NUDGE_SECONDS)

    async def _tick(self) -> None:
        while True:
            self._ticked = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)
            self._manager.turned(up=self._is_up(), status=self._standing)

    def _is_up(self) -> bool:
        """The ledger is open, or another replica has it and this one has joined."""
        return self._leadership is None or self._leadership.is_active or self._leadership.is_standing_by

    def _standing(self) -> str:
        if not self._is_up():
            return "waits for the ledger"
        return "stands by" if self._is_standing_by() else status_line(self.statuses())

    async def _flush(self, archive: Archive) -> None:
        """What waits for the archive is tried again each minute."""
        while True:
            await asyncio.sleep(ARCHIVE_FLUSH_SECONDS)
            with contextlib.suppress(ArchiveUnavailable, OSError):
                if went := await archive.flush():
                    self._report(moments.ArchiveFlushed(documents=went))


def chosen(config: Config, only: Iterable[str] = ()) -> list[Feed]:
    """The feeds that the configuration enables, with its overrides; of these, `only` those named.

    Raises ConfigurationError for a feed that does not exist, when none is enabled, and for a pace that no publisher
    should be asked at.
    """
    feeds = all_feeds()
    for name in only:
        if name not in feeds:
            raise ConfigurationError(f"there is no feed {name}; there are: {', '.join(feeds)}")
    names = list(only) or config.feeds.enabled(feeds)
    if not names:
        raise ConfigurationError('no feed is enabled: feeds.enable must name at least one, or be "all"')
    found = [with_overrides(feeds[name], config.feeds.of(name)) for name in names]
    for feed in found:
        _check_pace(feed)
    return found


def _check_pace(feed: Feed) -> None:
    """Raises ConfigurationError for a feed that would ask somebody else's server too often."""
    elsewhere = any(not is_loopback(urlsplit(source.url).hostname or "") for source in feed.sources)
    if elsewhere and feed.interval_seconds < INTERVAL_SECONDS_MIN:
        raise ConfigurationError(
            f"feeds.{feed.id}.interval_seconds: {feed.interval_seconds} is too often for a publisher's server; "
            f"at least {INTERVAL_SECONDS_MIN}, unless all its sources are on this machine"
        )


def _ledger_name(config: Config) -> str:
    """Where the ledger is, for people: the file, or the brokers and the prefix of the topics."""
    if config.kafka.is_chosen:
        return f"Kafka at {', '.join(config.kafka.bootstrap_servers)}, topics {config.kafka.prefix}…"
    return str(config.ledger)


async def checked(config: Config) -> list[Feed]:
    """The feeds that `run` would watch, after everything that it checks before it starts: feeds and their pace, the
    archive's address, proxy and certificates. Raises ConfigurationError."""
    feeds = chosen(config)
    open_archive(config)
    async with Fetcher(config.fetch):
        pass
    if config.kafka.is_chosen:
        # Only here: without Kafka nothing of aiokafka is loaded.
        from syncd.ledger.kafka.connection import Connection  # noqa: PLC0415

        try:
            Connection(config.kafka)
        except LedgerError as error:
            raise ConfigurationError(str(error)) from error
    return feeds


async def run_daemon(config: Config) -> None:
    """`syncd run`: until SIGTERM or SIGINT; a second one ends the process at once."""
    malloc.use_one_arena()
    sys.setswitchinterval(TURN_SECONDS)
    stop = asyncio.Event()
    reason = ""
    loop = asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        nonlocal reason
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        reason = number.name
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked, number)
    async with Daemon(config, manager=ServiceManager(os.environ)) as daemon:
        await daemon.until(stop)
        daemon.say_stopping(reason)
