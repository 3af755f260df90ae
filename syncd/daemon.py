"""The daemon: the ledger, the feeds, the HTTP port, and their end in good order.

`Daemon` is an asynchronous context manager; entering it opens everything and starts every feed, leaving it stops them.
A commit that is under way is finished first, whatever the haste.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from syncd import __version__
from syncd.archive import Archive, open_archive
from syncd.clock import Clock, SystemClock
from syncd.config import Config, with_overrides
from syncd.errors import ArchiveUnavailable, ConfigurationError
from syncd.feeds import all_feeds
from syncd.feeds.contract import Feed
from syncd.fetch import Fetcher
from syncd.intake import Outcome, Tools
from syncd.ledger.contract import Ledger
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe import moments
from syncd.observe.metrics import Metrics
from syncd.observe.report import Report, Reporter
from syncd.observe.status import FeedStatus
from syncd.parser import Lanes
from syncd.runner import Runner
from syncd.schedule import NUDGE_SECONDS
from syncd.spool import prepare
from syncd.web import WebServer

ARCHIVE_FLUSH_SECONDS = 60.0
TICK_SECONDS = 1.0


class Daemon:
    """Everything that `syncd run` runs. `only` some feeds; without the HTTP port (`web`); or with the feeds ready and
    not started (`start`)."""

    def __init__(
        self,
        config: Config,
        *,
        report: Reporter | None = None,
        clock: Clock | None = None,
        only: tuple[str, ...] = (),
        web: bool = True,
        start: bool = True,
    ) -> None:
        self.config = config
        self.metrics = Metrics()
        self.runners: list[Runner] = []
        self._clock = clock or SystemClock()
        self._report = report or Report(self.metrics)
        self._only = only
        self._with_web = web
        self._start = start
        self._resources = contextlib.AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
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
        self.ledger = await SqliteLedger.open_file(
            self.config.ledger, writing=True, installation=self.config.installation
        )
        resources.push_async_callback(self.ledger.close)
        prepare(self.config.archive_spool)
        fetcher = await resources.enter_async_context(Fetcher(self.config.fetch))
        archive = open_archive(self.config)
        lanes = Lanes()
        self.runners = [
            Runner(feed, self.ledger, self._tools(feed, fetcher, archive, lanes), self._changed) for feed in feeds
        ]
        self.metrics.watch(self.statuses)
        if self._with_web:
            self.web = WebServer(
                self.config.http.host,
                self.config.http.port,
                metrics=self.metrics,
                statuses=self.statuses,
                seconds_since_tick=self.seconds_since_tick,
            )
            await self.web.start()
            resources.push_async_callback(self.web.stop)
        if not self._start:
            return
        self._report(moments.DaemonStarted(version=__version__, feeds=tuple(feed.id for feed in feeds)))
        self._tasks = [asyncio.create_task(runner.run(), name=runner.feed.id) for runner in self.runners]
        self._tasks.append(asyncio.create_task(self._tick(), name="tick"))
        self._tasks.append(asyncio.create_task(self._flush(archive), name="archive"))

    def _tools(self, feed: Feed, fetcher: Fetcher, archive: Archive, lanes: Lanes) -> Tools:
        return Tools(
            fetch=fetcher,
            archive=archive,
            lanes=lanes,
            clock=self._clock,
            report=self._report,
            spool=self.config.archive_spool,
            parse_seconds_max=self.config.feeds.of(feed.id).parse_seconds_max,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._resources.aclose()

    def statuses(self) -> list[FeedStatus]:
        """The feeds that this process runs, as they stand."""
        return [runner.status() for runner in self.runners]

    def seconds_since_tick(self) -> float:
        """How long ago the event loop last turned."""
        return time.monotonic() - self._ticked

    def say_stopping(self, why: str) -> None:
        self._report(moments.DaemonStopping(signal=why))

    def _changed(self, feed: Feed, outcome: Outcome) -> None:
        """Allies act together: when one list changed, the others are asked soon. A baseline is no act."""
        if outcome.commit == 1:
            return
        for runner in self.runners:
            if runner.feed.id != feed.id:
                runner.nudge(NUDGE_SECONDS)

    async def _tick(self) -> None:
        while True:
            self._ticked = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)

    async def _flush(self, archive: Archive) -> None:
        """What waits for the archive is tried again each minute."""
        while True:
            await asyncio.sleep(ARCHIVE_FLUSH_SECONDS)
            with contextlib.suppress(ArchiveUnavailable, OSError):
                await archive.flush()


def chosen(config: Config, only: Iterable[str] = ()) -> list[Feed]:
    """The feeds that the configuration enables, with its overrides; of these, `only` those named.

    Raises ConfigurationError for a feed that does not exist.
    """
    feeds = all_feeds()
    for name in only:
        if name not in feeds:
            raise ConfigurationError(f"there is no feed {name}; there are: {', '.join(feeds)}")
    names = list(only) or config.feeds.enabled(feeds)
    return [with_overrides(feeds[name], config.feeds.of(name)) for name in names]


async def run(config: Config) -> None:
    """`syncd run`: until SIGTERM or SIGINT; a second one ends the process at once."""
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
    async with Daemon(config) as daemon:
        await stop.wait()
        daemon.say_stopping(reason)
