"""The ledger and the workers of one configuration, put together and without tasks.

A command opens an `Assembly`, uses its workers by hand and closes it. The daemon opens one and runs the workers as
tasks; as a replica it opens the ledger anew in each of its terms, and gives it to `assign`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from msgspec.structs import replace

from syncd import malloc
from syncd.archive import Archive, open_archive
from syncd.channels import all_channels
from syncd.channels.contract import NoticeChannel
from syncd.clock import Clock, SystemClock
from syncd.config import Config, with_overrides
from syncd.config.sections import is_loopback
from syncd.errors import ConfigurationError, LedgerBusy
from syncd.feeds import all_feeds
from syncd.feeds.contract import Feed
from syncd.fetch import Fetcher, SharingFetcher
from syncd.fetch.client import trusted
from syncd.intake.backoff import NUDGE_SECONDS
from syncd.intake.channel_poller import ChannelTools
from syncd.intake.parser_process import Lanes
from syncd.intake.pipeline import Outcome, Tools
from syncd.intake.spool import prepare
from syncd.ledger.contract import Ledger
from syncd.ledger.opening import open_ledger
from syncd.observe import moments
from syncd.observe.metrics import Metrics
from syncd.observe.report import Report, Reporter
from syncd.observe.status import FeedStatus
from syncd.workers.coordinator import CoordinatorWorker
from syncd.workers.feed import FeedWorker
from syncd.workers.notices import NoticesWorker
from syncd.workers.webhooks import WebhookWorker

# Of a feed whose publisher is not this machine.
INTERVAL_SECONDS_MIN = 10
NAMED_SECONDS_MAX = 20.0


class Assembly:
    """An asynchronous context manager: entering it opens the ledger for writing, prepares the spool and makes a
    worker for each feed that `config` enables (of these, `only` those named) and one for the coordination.

    With `by_term` no ledger is opened and no worker made: each term of a replica calls `assign`.

    Raises ConfigurationError for a wrong choice of feeds or archive, LedgerBusy while another process writes the
    ledger, LedgerError when it cannot be opened.
    """

    def __init__(
        self,
        config: Config,
        *,
        report: Reporter | None = None,
        clock: Clock | None = None,
        only: Iterable[str] = (),
        by_term: bool = False,
    ) -> None:
        self.config = config
        self.feeds = enabled_feeds(config, only)
        check_webhooks(config)
        self.archive: Archive = open_archive(config)
        self.feed_workers: list[FeedWorker] = []
        self.coordinator: CoordinatorWorker | None = None
        self.notices: NoticesWorker | None = None
        self.webhooks: list[WebhookWorker] = []
        self.ledger: Ledger
        self._report = report or Report(Metrics())
        self._clock = clock or SystemClock()
        self._by_term = by_term
        self._fetcher: SharingFetcher
        self._tools: dict[str, Tools] = {}
        self._resources = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as resources:
            if not self._by_term:
                await self._take_ledger(resources)
            prepare(self.config.archive_spool)
            self._fetcher = SharingFetcher(await resources.enter_async_context(Fetcher(self.config.fetch)))
            lanes = Lanes()
            self._tools = {feed.id: self._tools_of(feed, lanes) for feed in self.feeds}
            if not self._by_term:
                self.assign(self.ledger)
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    async def _take_ledger(self, resources: contextlib.AsyncExitStack) -> None:
        """Open the ledger for as long as the assembly is open. Raises LedgerBusy while another process writes it."""
        if self.config.kafka.is_chosen:
            await resources.enter_async_context(_active_replica(self.config, self._report))
        self.ledger = await open_ledger(self.config, writing=True, report=self._report)
        resources.push_async_callback(self.ledger.close)
        if self.ledger.restored:
            self._report(moments.LedgerRestored(ledger=self.ledger.identity, why=self.ledger.restored))

    def assign(self, ledger: Ledger) -> None:
        """Make new workers that write `ledger`, in the place of those before."""
        self.feed_workers = [
            FeedWorker(feed, ledger, self._fetcher, self._tools[feed.id], self._changed) for feed in self.feeds
        ]
        if self.config.coordination.enabled:
            self.coordinator = CoordinatorWorker(ledger, self.config.coordination, self._report, self._clock)
        if channels := enabled_channels(self.config, self.feeds):
            self.notices = NoticesWorker(ledger, channels, self._channel_tools(), self._clock)

        self.webhooks = [
            WebhookWorker(name, webhook, ledger, self._report, self._clock)
            for name, webhook in self.config.webhooks.items()
        ]

    def statuses(self) -> list[FeedStatus]:
        """The status of each feed that has a worker here; empty before the first `assign`."""
        return [worker.status() for worker in self.feed_workers]

    def measure(self, metrics: Metrics, is_standing_by: Callable[[], bool] = lambda: False) -> None:
        """Register the gauges of feeds and archive. A replica that stands by reports no feeds: what it saw last is
        not their state."""
        metrics.watch(lambda: [] if is_standing_by() else self.statuses())
        metrics.read("syncd_archive_pending_documents", lambda: self.archive.pending.documents)
        metrics.read("syncd_archive_pending_bytes", lambda: self.archive.pending.bytes)
        metrics.read("syncd_archive_unkept_documents", lambda: len(self.archive.pending.unkept))

    def _tools_of(self, feed: Feed, lanes: Lanes) -> Tools:
        return Tools(
            archive=self.archive,
            lanes=lanes,
            clock=self._clock,
            report=self._report,
            spool=self.config.archive_spool,
            parse_seconds_max=self.config.feeds.of(feed.id).parse_seconds_max,
            two_persons=self.config.holds.two_persons,
        )

    def _channel_tools(self) -> ChannelTools:
        return ChannelTools(
            fetch=self._fetcher,
            archive=self.archive,
            spool=self.config.archive_spool,
            report=self._report,
            mirror=self.config.notices.mirror or "",
        )

    def _changed(self, feed: Feed, outcome: Outcome) -> None:
        """Allies act together: when one list changed, the others are asked soon. A baseline is no act."""
        malloc.trim()
        if outcome.commit == 1:
            return
        for worker in self.feed_workers:
            if worker.feed.id != feed.id:
                worker.nudge(NUDGE_SECONDS)


@contextlib.asynccontextmanager
async def _active_replica(config: Config, report: Reporter) -> AsyncIterator[None]:
    """Be the active replica of a ledger in Kafka: join the group, wait to be named, and leave it at the end, so that
    another replica is named at once. Raises LedgerBusy when another replica is active."""
    # Only here: without Kafka nothing of aiokafka is loaded.
    from syncd.ledger.kafka.group import Group  # noqa: PLC0415

    def trouble(why: str, retry_seconds: float) -> None:
        report(moments.LedgerUnavailable(why=why, retry_seconds=retry_seconds))

    group = Group(config.kafka, trouble)
    belonging = asyncio.create_task(group.belong(), name="group")
    try:
        async with asyncio.timeout(NAMED_SECONDS_MAX):
            await group.named_after(0)
    except TimeoutError:
        raise LedgerBusy("another replica is active: stop it, or let it do the work") from None
    else:
        yield
    finally:
        belonging.cancel()
        await asyncio.gather(belonging, return_exceptions=True)


def enabled_feeds(config: Config, only: Iterable[str] = ()) -> list[Feed]:
    """The feeds that the configuration enables, with its overrides; of these, `only` those named.

    Raises ConfigurationError for a feed that does not exist, when none is enabled, and for a pace that no publisher
    should be asked at.
    """
    only, feeds = tuple(only), all_feeds()
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


def enabled_channels(config: Config, feeds: Iterable[Feed]) -> list[NoticeChannel]:
    """The channels that are asked: those of a list that is enabled and comes from its publisher's own address. With a
    mirror, those of any list that is enabled. Raises ConfigurationError for a channel that does not exist."""
    settings, channels = config.notices, all_channels()
    for name in settings.disable:
        if name not in channels:
            raise ConfigurationError(f"notices.disable: there is no channel {name}; there are: {', '.join(channels)}")
    if not settings.enabled:
        return []
    own = {
        feed.id for feed in feeds if settings.mirror or not is_loopback(urlsplit(feed.sources[0].url).hostname or "")
    }
    wanted = [one for name, one in channels.items() if name not in settings.disable and own & set(one.rules.feeds)]
    if settings.mirror is None or settings.interval_seconds is None:
        return wanted
    return [replace(one, interval_seconds=settings.interval_seconds) for one in wanted]


def check_webhooks(config: Config) -> None:
    """Raises ConfigurationError for a webhook that asks for a feed that does not exist, or whose CA file cannot be
    read."""
    for name, webhook in config.webhooks.items():
        trusted(webhook.ca_file, f"webhooks.{name}.ca_file")
        if unknown := sorted(set(webhook.feeds) - set(all_feeds())):
            raise ConfigurationError(f"webhooks.{name}.feeds: there is no feed {unknown[0]}: `syncd feeds` lists them")


def _check_pace(feed: Feed) -> None:
    """Raises ConfigurationError for a feed that would ask somebody else's server too often."""
    elsewhere = any(not is_loopback(urlsplit(source.url).hostname or "") for source in feed.sources)
    if elsewhere and feed.interval_seconds < INTERVAL_SECONDS_MIN:
        raise ConfigurationError(
            f"feeds.{feed.id}.interval_seconds: {feed.interval_seconds} is too often for a publisher's server; "
            f"at least {INTERVAL_SECONDS_MIN}, unless all its sources are on this machine"
        )
