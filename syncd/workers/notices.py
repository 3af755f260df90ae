"""The notices' worker: polls the channels, follows the committed changes of their lists, and commits what is said.

It runs as a task beside those of the feeds, and touches no list. A channel that fails fails alone, with its own
back-off; what was not committed is read again.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from syncd.channels.contract import NoticeChannel
from syncd.clock import Backoff, Clock
from syncd.concurrency import in_thread
from syncd.core.events import Change
from syncd.core.notices.board import ChannelReading, NoticeBoard, Unannounced
from syncd.core.notices.notice import NOTICES, ChannelState, NoticeEvent, NoticesCommit
from syncd.core.times import moment
from syncd.errors import FetchFailed, SyncdError, place_of
from syncd.intake.backoff import chance, seconds_until_next
from syncd.intake.channel_poller import ChannelPoller, ChannelShown, ChannelTools
from syncd.intake.faults import fault_of
from syncd.ledger.contract import Ledger, NoticesLog
from syncd.observe import notice_moments as moments
from syncd.observe.report import Reporter
from syncd.workers.change_batches import ChangeBatches
from syncd.workers.failure import Failure, failure_of

LOOK_EVERY_SECONDS = 1.0
CHANGES_MAX = 1000
SHOWN_WAITING_MAX = 20
# How often the notices are counted for the metrics when nothing is said.
COUNT_EVERY = timedelta(seconds=60)
AGAIN_SECONDS = (1.0, 5.0, 30.0, 60.0)


class _Drafted(Struct, frozen=True):
    commit: NoticesCommit | None
    readings: list[tuple[str, ChannelReading]]
    unannounced: list[Unannounced]


class NoticesWorker:
    """Writes the notices of one `ledger`. `run` it as a task, or call `once` to ask every channel a single time.

    `stopped` is why it will write no more, empty until then; `is_fenced` when another process took over.
    """

    def __init__(self, ledger: Ledger, channels: Sequence[NoticeChannel], tools: ChannelTools, clock: Clock) -> None:
        self.stopped = ""
        self.is_fenced = False
        self._ledger = ledger
        self._channels = {channel.id: channel for channel in channels}
        self._feeds = sorted({feed for channel in channels for feed in channel.rules.feeds})
        self._tools = tools
        self._report: Reporter = tools.report
        self._clock = clock
        self._backoff = Backoff(AGAIN_SECONDS)
        self._board: NoticeBoard | None = None
        self._log: NoticesLog | None = None
        self._shown: asyncio.Queue[ChannelShown] = asyncio.Queue(SHOWN_WAITING_MAX)
        self._silent: set[str] = set()
        self._pollers: dict[str, ChannelPoller] = {}
        self._counted_at: datetime | None = None

    async def run(self) -> None:
        """Follow channels and ledger until cancelled, or until `stopped` is set; retry after a back-off."""
        while not self.stopped:
            failure = await failure_of(self._follow())
            if failure is not None:
                await self._recover(failure)

    async def once(self) -> None:
        """Take all that is committed, ask every channel once, and commit what follows. A channel that cannot be read is
        reported, and the others are asked. Raises whatever else fails."""
        await self.run_turn()
        for channel in self._channels.values():
            shown = None
            try:
                shown = await self._poller(channel).poll(self._clock.now())
            except Exception as error:  # whatever it is, it is this channel's alone
                self._channel_failed(channel, error, 1, None)
            await self._advance((), [shown] if shown else [])

    async def run_turn(self) -> None:
        """Take all changes that are committed, and commit what follows. Raises whatever fails."""
        board = await self._opened()
        async with ChangeBatches(self._ledger, board.read_to, follow=False, feeds=self._feeds) as batches:
            while not batches.is_over:
                await self._advance(await batches.next_batch(CHANGES_MAX, LOOK_EVERY_SECONDS), ())

    async def _opened(self) -> NoticeBoard:
        if self._board is None:
            started = time.monotonic()
            self._log = await self._ledger.open_notices()
            rules = [channel.rules for channel in self._channels.values()]
            self._board = NoticeBoard(self._log.state, self._log.rows, rules)
            self._report(
                moments.NoticesStarted(
                    commit=self._log.state.commit, live=self._log.state.live, seconds=time.monotonic() - started
                )
            )
        return self._board

    def _poller(self, channel: NoticeChannel) -> ChannelPoller:
        """The channel's poller, made anew after a failure of the ledger: what it showed may not have been committed."""

        def is_seen(identity: str) -> bool:
            if self._board is None:
                return False
            return self._board.is_seen(channel.id, identity) if identity else self._board.is_baselined(channel.id)

        return self._pollers.setdefault(channel.id, ChannelPoller(channel, self._tools, is_seen))

    async def _follow(self) -> None:
        board = await self._opened()
        self._shown = asyncio.Queue(SHOWN_WAITING_MAX)
        async with ChangeBatches(self._ledger, board.read_to, follow=True, feeds=self._feeds) as batches:
            while batches.is_past:
                await self._advance(await batches.next_batch(CHANGES_MAX, LOOK_EVERY_SECONDS), ())
            polling = [
                asyncio.create_task(self._poll(self._poller(channel)), name=f"channel {name}")
                for name, channel in self._channels.items()
            ]
            try:
                while True:
                    changes = await batches.next_batch(CHANGES_MAX, LOOK_EVERY_SECONDS)
                    await self._advance(changes, self._waiting())
                    self._backoff.reset()
                    self._raise_ended(polling)
            finally:
                for task in polling:
                    task.cancel()
                await asyncio.gather(*polling, return_exceptions=True)

    def _raise_ended(self, polling: Sequence[asyncio.Task[None]]) -> None:
        for task in polling:
            if task.done():
                task.result()

    def _waiting(self) -> list[ChannelShown]:
        return [self._shown.get_nowait() for _ in range(self._shown.qsize())]

    async def _poll(self, poller: ChannelPoller) -> None:
        """Poll one channel for ever; what it shows goes to the one that commits."""
        channel = poller.channel
        failures = 0
        # Not all at once.
        await asyncio.sleep(chance() * min(LOOK_EVERY_SECONDS, channel.interval_seconds))
        while True:
            asked: float | None = None
            try:
                shown = await poller.poll(self._clock.now())
                failures = 0
                if shown is not None:
                    await self._shown.put(shown)
            except Exception as error:  # whatever it is, it is this channel's alone
                failures += 1
                asked = error.retry_after_seconds if isinstance(error, FetchFailed) else None
                self._channel_failed(channel, error, failures, asked)
            await asyncio.sleep(seconds_until_next(channel.interval_seconds, failures, asked, chance()))

    def _channel_failed(self, channel: NoticeChannel, error: Exception, failures: int, asked: float | None) -> None:
        retry = seconds_until_next(channel.interval_seconds, failures, asked, 0.5)
        self._report(
            moments.ChannelFailed(
                channel=channel.id,
                fault=fault_of(error),
                why=str(error) if isinstance(error, SyncdError) else f"{type(error).__name__} in {place_of(error)}",
                failures=failures,
                retry_seconds=retry,
            )
        )

    async def _advance(self, changes: Sequence[Change], shown: Sequence[ChannelShown]) -> None:
        """Commit what follows from changes, from what channels show, and from deadlines that passed."""
        board, now = await self._opened(), self._clock.now()
        due = board.next_due()
        if changes or shown or (due is not None and due <= now):
            drafted = await in_thread(partial(_draft, board, changes, shown, now), NOTICES)
            if drafted.commit is not None:
                assert self._log is not None
                await self._log.commit(drafted.commit)
                self._tell(drafted.commit.events)
            self._tell_readings(drafted)
            for one in shown:
                if one.gap:
                    self._report(moments.ChannelGap(channel=one.channel, count=one.gap))
        if drafted_something(changes, shown) or self._is_count_due(now):
            self._count(board, now)

    def _is_count_due(self, now: datetime) -> bool:
        return self._counted_at is None or now - self._counted_at >= COUNT_EVERY

    def _tell(self, events: Sequence[NoticeEvent]) -> None:
        counts: dict[str, Counter[str]] = {}
        for event in events:
            counts.setdefault(event.channel, Counter())[event.type] += 1
            if event.type == "settled" and event.notice.outcome == "enacted":
                self._report(enacted_of(event))
        for channel, of_type in counts.items():
            self._report(moments.NoticesTold(channel=channel, events=dict(of_type)))

    def _tell_readings(self, drafted: _Drafted) -> None:
        for channel, reading in drafted.readings:
            if reading.passed_over:
                self._report(moments.ItemsPassedOver(channel=channel, count=reading.passed_over, why=reading.why))
        for one in drafted.unannounced:
            self._report(moments.CommitUnannounced(feed=one.feed, commit=one.commit, designations=one.designations))

    def _count(self, board: NoticeBoard, now: datetime) -> None:
        """Report the gauges of each channel, and once that one is silent."""
        self._counted_at = now
        for name, channel in self._channels.items():
            state = board.state.channels.get(name, ChannelState())
            waiting = [one for one in board.notices.values() if one.channel == name and one.state == "open"]
            self._report(
                moments.NoticesCounted(
                    channel=name,
                    open=sum(one.announcement.expects == "will" for one in waiting),
                    overdue=sum(one.overdue_hours > 0 for one in waiting),
                    news_at=state.news_at,
                    silence_seconds_max=channel.silence_days * 86_400,
                )
            )
            news = moment(state.news_at)
            is_silent = news is not None and now - news > timedelta(days=channel.silence_days)
            if is_silent and name not in self._silent:
                self._report(moments.ChannelSilent(channel=name, since=state.news_at, days=channel.silence_days))
            (self._silent.add if is_silent else self._silent.discard)(name)

    async def _recover(self, failure: Failure) -> None:
        """Drop what is in memory, report the failure and wait for the back-off; after a final one set `stopped`."""
        self._board = self._log = None
        self._pollers.clear()
        if failure.is_final:
            self.is_fenced = failure.is_fenced
            self.stopped = failure.why
            self._report(moments.NoticesStopped(why=failure.why))
            return
        wait = self._backoff.failed()
        self._report(
            moments.NoticesFailed(
                fault=failure.fault, why=failure.why, failures=self._backoff.failures, retry_seconds=wait
            )
        )
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                self._shown.get_nowait()
        await asyncio.sleep(wait)


def drafted_something(changes: Sequence[Change], shown: Sequence[ChannelShown]) -> bool:
    """Whether a turn brought anything after which the gauges may differ."""
    return bool(changes or shown)


def _draft(board: NoticeBoard, changes: Sequence[Change], shown: Sequence[ChannelShown], now: datetime) -> _Drafted:
    """Runs in a thread: a publication of thousands of records takes a second."""
    board.take(changes)
    readings = [(one.channel, board.read(one.channel, one.acts, now, one.documents, one.bare)) for one in shown]
    unannounced = board.forget(now)
    return _Drafted(board.draft(now), readings, unannounced)


def enacted_of(event: NoticeEvent) -> moments.NoticeEnacted:
    """Return what is measured of a notice that was enacted: from the act to the list, from the notice to the commit."""
    notice = event.notice
    first = min((link for link in notice.links if link.grade != "possible"), key=lambda link: link.seen_at)
    seen, noticed, published = (
        moment(text) for text in (first.seen_at, notice.noticed_at, notice.announcement.published)
    )
    assert seen is not None and noticed is not None
    return moments.NoticeEnacted(
        channel=event.channel,
        notice=notice.id,
        feed=first.feed,
        commit=first.commit,
        notice_to_commit_seconds=(seen - noticed).total_seconds(),
        act_to_list_seconds=(seen - published).total_seconds() if published else None,
    )
