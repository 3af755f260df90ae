"""The daemon: the ledger, the workers and the HTTP port, started as tasks and stopped in good order.

`Daemon` is an asynchronous context manager: entering it opens everything and starts a task for each worker, leaving it
cancels the tasks and closes what it opened. A commit that is under way is finished first. With its ledger in Kafka the
daemon is one of several replicas, and its workers run during its terms (`syncd.daemon.leadership`).
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Coroutine
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from syncd import __version__, malloc
from syncd.archive import Archive, open_archive
from syncd.clock import Clock, SystemClock
from syncd.config import Config
from syncd.core.coordination.target import COORDINATOR
from syncd.core.notices.notice import NOTICES
from syncd.daemon.systemd import ServiceManager
from syncd.errors import ArchiveUnavailable, ConfigurationError, LedgerError
from syncd.feeds import all_feeds
from syncd.feeds.contract import Feed
from syncd.fetch import Fetcher
from syncd.ledger.contract import Ledger
from syncd.ledger.opening import open_ledger
from syncd.observe import moments
from syncd.observe.metrics import Metrics
from syncd.observe.report import Report, Reporter
from syncd.observe.status import status_line
from syncd.web import Follower, WebServer
from syncd.workers.assembly import Assembly, check_webhooks, enabled_channels, enabled_feeds
from syncd.workers.coordinator import CoordinatorWorker
from syncd.workers.feed import FeedWorker, look_for_signals
from syncd.workers.notices import NoticesWorker

if TYPE_CHECKING:
    from syncd.daemon.leadership import Leadership

ARCHIVE_FLUSH_SECONDS = 60.0
TICK_SECONDS = 1.0
# A thread that computes keeps the loop waiting for so long each time that something arrives: with Python's own five
# milliseconds, a document that comes in hundreds of pieces comes a second later.
TURN_SECONDS = 0.0001


class Daemon:
    """Everything that `syncd run` runs; without the HTTP port if `web` is false. `assembly` exists once it is entered.
    `manager` is the service manager, which learns when the daemon is ready, how it stands and that it stops."""

    def __init__(
        self,
        config: Config,
        *,
        report: Reporter | None = None,
        clock: Clock | None = None,
        web: bool = True,
        manager: ServiceManager | None = None,
    ) -> None:
        self.config = config
        self.metrics = Metrics()
        self.assembly: Assembly
        self._clock = clock or SystemClock()
        self._report = report or Report(self.metrics)
        self._with_web = web
        self._manager = manager or ServiceManager({})
        self._resources = contextlib.AsyncExitStack()
        self._tasks: list[asyncio.Task[Any]] = []
        self._leadership: Leadership | None = None
        self._group: asyncio.Task[None] | None = None
        self._ticked = time.monotonic()
        self.web: WebServer | None = None

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as resources:
            await self._open(resources)
            self._resources = resources.pop_all()
        return self

    async def _open(self, resources: contextlib.AsyncExitStack) -> None:
        is_replica = self.config.kafka.is_chosen
        assembly = Assembly(self.config, report=self._report, clock=self._clock, by_term=is_replica)
        resources.push_async_callback(self._stop)
        if is_replica:
            # Only here: without Kafka nothing of aiokafka is loaded.
            from syncd.daemon.leadership import Leadership  # noqa: PLC0415

            self._leadership = Leadership(self.config, self._report)
        self.assembly = await resources.enter_async_context(assembly)
        assembly.measure(self.metrics, self._is_standing_by)
        self.metrics.read("syncd_ledger_available", lambda: float(self._has_ledger()))
        if self._with_web:
            await self._start_web(resources)
        self._report(
            moments.DaemonStarted(
                version=__version__,
                feeds=tuple(feed.id for feed in assembly.feeds),
                ledger=_ledger_name(self.config),
                address=self.web.address if self.web else "",
            )
        )
        self._begin(self._tick(), "tick")
        self._begin(self._flush(assembly.archive), "archive")
        if self._leadership is None:
            self._begin(self._run(), "feeds")
            return
        self._group = asyncio.create_task(self._leadership.belong(), name="group")
        self._begin(self._leadership.serve(self._run_term), "leadership")

    async def _start_web(self, resources: contextlib.AsyncExitStack) -> None:
        follower = self._follower()
        self.web = WebServer(
            self.config.http,
            follower,
            metrics=self.metrics,
            installation=self.config.installation,
            seconds_since_tick=self.seconds_since_tick,
            standby=self._is_standing_by,
            archive=self.assembly.archive,
        )
        await self.web.start()
        resources.push_async_callback(self.web.stop)
        self._begin(follower.run(), "port")

    def _follower(self) -> Follower:
        """The HTTP port's view of the ledger, by a reader of its own: another replica may be the writer."""
        return Follower(
            partial(open_ledger, self.config, writing=False),
            watched=self.assembly.feeds,
            known=all_feeds(),
            clock=self._clock,
            report=self._report,
            local=self.assembly.statuses,
        )

    def _begin(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _run_term(self, ledger: Ledger) -> list[str]:
        """Run new workers on `ledger` in one term of this replica; returns the names of those that were fenced."""
        self.assembly.assign(ledger)
        return await self._run()

    async def _run(self) -> list[str]:
        """Run the workers until cancelled. A replica ends when any is fenced; returns the names of the fenced ones."""
        work: dict[str, FeedWorker | CoordinatorWorker | NoticesWorker] = {}
        if self.assembly.coordinator is not None:
            # First: it has the most to make, beside which the feeds are read from the disk.
            work[COORDINATOR] = self.assembly.coordinator
        work |= {worker.feed.id: worker for worker in self.assembly.feed_workers}
        if self.assembly.notices is not None:
            work[NOTICES] = self.assembly.notices
        # First, so that what a new webhook begins after is what stood before this run.
        hooks = {asyncio.create_task(hook.run(), name=f"webhook {hook.name}") for hook in self.assembly.webhooks}
        running = {asyncio.create_task(worker.run(), name=name) for name, worker in work.items()}
        looking = asyncio.create_task(look_for_signals(self.assembly.feed_workers), name="signals")
        tasks = {*running, *hooks, looking}
        try:
            while running:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                fenced = [name for name, worker in work.items() if worker.is_fenced]
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

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._resources.aclose()

    async def _stop(self) -> None:
        """Leave the group, after all else is closed: another replica is then named at once."""
        if self._group is not None:
            self._group.cancel()
            await asyncio.gather(self._group, return_exceptions=True)

    def _has_ledger(self) -> bool:
        if not self._is_up():
            return False
        return self._is_standing_by() or not any(worker.is_without_ledger for worker in self.assembly.feed_workers)

    def seconds_since_tick(self) -> float:
        """Seconds since the event loop last ran the tick task; what `/livez` goes by."""
        return time.monotonic() - self._ticked

    def say_stopping(self, why: str) -> None:
        """Report that the daemon stops, and tell the service manager; `why` is the signal's name."""
        self._report(moments.DaemonStopping(signal=why))
        self._manager.stopping(why)

    async def until(self, stop: asyncio.Event) -> None:
        """Wait until `stop` is set or a task ends, the archive's excepted. Raises the error of a task that failed: the
        process then ends and can be started anew, while a daemon without one of its parts would only look alive."""
        stopping = asyncio.create_task(stop.wait(), name="stop")
        parts = [task for task in (*self._tasks, self._group) if task is not None and task.get_name() != "archive"]
        try:
            ended, _ = await asyncio.wait({stopping, *parts}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        for part in ended - {stopping}:
            part.result()

    async def _tick(self) -> None:
        while True:
            self._ticked = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)
            self._manager.turned(up=self._is_up(), status=self._standing)

    def _is_up(self) -> bool:
        """Whether this process can do its work: not a replica, or active, or a member that stands by."""
        return self._leadership is None or self._leadership.is_active or self._leadership.is_standing_by

    def _standing(self) -> str:
        if not self._is_up():
            return "waits for the ledger"
        return "stands by" if self._is_standing_by() else status_line(self.assembly.statuses())

    async def _flush(self, archive: Archive) -> None:
        """Try once a minute to archive the documents that wait for it."""
        while True:
            await asyncio.sleep(ARCHIVE_FLUSH_SECONDS)
            with contextlib.suppress(ArchiveUnavailable, OSError):
                if went := await archive.flush():
                    self._report(moments.ArchiveFlushed(documents=went))


def _ledger_name(config: Config) -> str:
    """The ledger's place as the start message shows it: the file, or the brokers and the prefix of the topics."""
    if config.kafka.is_chosen:
        return f"Kafka at {', '.join(config.kafka.bootstrap_servers)}, topics {config.kafka.prefix}…"
    return str(config.ledger)


async def checked(config: Config) -> list[Feed]:
    """Make every check that `run` makes before it starts: feeds and their pace, the archive's address, proxy,
    certificates, the Kafka connection's settings. Returns the enabled feeds. Raises ConfigurationError."""
    feeds = enabled_feeds(config)
    enabled_channels(config, feeds)
    check_webhooks(config)
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
    """Run the daemon until SIGTERM or SIGINT; a second signal ends the process at once."""
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
