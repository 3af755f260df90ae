"""The worker of one feed: open its log, answer signals, poll, wait, again. The boundary of one feed's failures."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta

from syncd.core.state import FeedState
from syncd.core.times import iso
from syncd.feeds.contract import Feed
from syncd.intake.backoff import chance, seconds_until_next
from syncd.intake.pipeline import Outcome, Pipeline, Tools
from syncd.intake.poller import Poller
from syncd.intake.source_client import Fetching
from syncd.ledger.contract import Ledger
from syncd.observe import moments
from syncd.observe.status import Facts, FeedStatus, feed_status, heartbeat
from syncd.workers import signals
from syncd.workers.failure import Failure, failure_of, with_heartbeats

LOOK_EVERY_SECONDS = 1.0


async def look_for_signals(workers: Iterable["FeedWorker"]) -> None:
    """Wake each worker that waits when there is a signal for its feed, until cancelled: one clock for all of them."""
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        for worker in workers:
            await worker.look()


class FeedWorker:
    """Runs the poller and the pipeline of one feed. `fetch` is the HTTP client; `changed(feed, outcome)` is called
    after every poll that made a commit, so that related feeds can be polled soon. Between polls it answers signals when
    `look_for_signals` wakes it.

    `stopped` says why the feed is not polled any more, empty while it is; `is_fenced`, that another process has taken
    it over; `is_without_ledger`, that the ledger was away when it was last needed.
    """

    def __init__(
        self,
        feed: Feed,
        ledger: Ledger,
        fetch: Fetching,
        tools: Tools,
        changed: Callable[[Feed, Outcome], None],
    ) -> None:
        self.feed = feed
        self.poller: Poller | None = None
        self.stopped = ""
        self.is_fenced = False
        self.is_without_ledger = False
        self._ledger = ledger
        self._fetch = fetch
        self._tools = tools
        self._changed = changed
        self._failures: Counter[moments.Fault] = Counter()
        self._failed_at = ""
        self._why = ""
        self._due = 0.0
        self._wake = asyncio.Event()
        self._state = FeedState(feed=feed.id)

    def nudge(self, within_seconds: float) -> None:
        """Bring the next poll forward to within so many seconds; a feed that fails keeps its back-off."""
        if self._failures.total():
            return
        due = time.monotonic() + within_seconds
        if due < self._due:
            self._due = due
            self._wake.set()

    async def run(self) -> None:
        """Poll until cancelled, or until the feed can no longer be written."""
        async with with_heartbeats(self.beat, self.feed.id):
            while not self.stopped:
                failure = await failure_of(self._turn())
                if failure is not None:
                    await self._recover(failure)

    async def once(self) -> Outcome:
        """Answer signals and poll a single time. Raises LedgerError and what is not the publisher's fault."""
        poller = await self.opened()
        await self._answer_signals(poller)
        outcome = await poller.poll()
        self._account(outcome)
        return outcome

    async def answer_signals(self) -> int:
        """Answer the signals that wait for the feed. Returns how many there were. Raises LedgerError."""
        return await self._answer_signals(await self.opened())

    async def look(self) -> None:
        """Wake the worker when signals wait for the feed, or when the ledger does not say."""
        if self.poller is None or self._wake.is_set():
            return
        try:
            waiting = await self._ledger.signals(self.feed.id, self.poller.pipeline.log.state.last_signal)
        except Exception:  # the worker will meet it too, and it is the worker's to handle
            self._wake.set()
            return
        if waiting:
            self._wake.set()

    async def _answer_signals(self, poller: Poller) -> int:
        return await signals.answer_all(self._ledger, poller.pipeline, poller.poll_at_once)

    async def opened(self) -> Poller:
        """The feed's poller; the feed's log is opened for it if it is not yet. Raises LedgerError, NewerState."""
        if self.poller is None:
            started = time.monotonic()
            log = await self._ledger.open(self.feed.id)
            self.is_without_ledger = False
            self.poller = Poller(Pipeline(self.feed, log, self._tools), self._fetch)
            self._tools.report(
                moments.FeedStarted(
                    feed=self.feed.id,
                    commit=log.state.commit,
                    records=log.state.ledger_records,
                    seconds=time.monotonic() - started,
                )
            )
        return self.poller

    async def _turn(self) -> None:
        outcome = await self.once()
        await self.beat()
        self._due = time.monotonic() + outcome.wait_seconds
        await self._wait(await self.opened())

    def _account(self, outcome: Outcome) -> None:
        if outcome.result == "failed":
            self._failed(outcome.why, "publisher")
        else:
            self._failures.clear()
        if outcome.commit is not None:
            self._changed(self.feed, outcome)

    def _failed(self, why: str, fault: moments.Fault) -> None:
        """Count and remember a failure. Each fault has its own count, and thereby its own back-off: after many failures
        of the publisher, the first one of the ledger has a short wait."""
        self._failures[fault] += 1
        self._failed_at = iso(self._tools.clock.now())
        self._why = why

    async def _wait(self, poller: Poller) -> None:
        """Wait until the next poll is due, or a person asked for one; answer signals meanwhile. A resync that just
        failed waits as any poll does, until a person asks again."""
        polls_asked_for = poller.polls_asked_for
        while (left := self._due - time.monotonic()) > 0 and poller.polls_asked_for == polls_asked_for:
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._wake.wait()
            log = poller.pipeline.log
            was_paused = log.state.paused
            if await self._answer_signals(poller):
                await self.beat()
            if was_paused and not log.state.paused:
                return

    async def _recover(self, failure: Failure) -> None:
        """After a failure that is not the publisher's: stop when it is final; else back off, and open the log anew."""
        if failure.is_final:
            self.is_fenced = failure.is_fenced
            self.stopped = failure.why
            self._tools.report(moments.FeedStopped(feed=self.feed.id, why=failure.why))
            return
        self._failed(failure.why, failure.fault)
        self.is_without_ledger = failure.fault == "ledger"
        self._state = self.poller.pipeline.log.state if self.poller else self._state
        self.poller = None
        wait = seconds_until_next(self.feed.interval_seconds, self._failures[failure.fault], None, chance())
        self._tools.report(
            moments.PollFailed(
                feed=self.feed.id,
                source=None,
                fault=failure.fault,
                why=failure.why,
                failures=self._failures[failure.fault],
                retry_seconds=wait,
            )
        )
        await asyncio.sleep(wait)

    def status(self) -> FeedStatus:
        """The status of the feed now, whether its log is open or not."""
        now = self._tools.clock.now()
        poller = self.poller
        left = max(0.0, self._due - time.monotonic())
        facts = Facts(
            interval_seconds=self.feed.interval_seconds,
            title=self.feed.title,
            evidence=self.feed.evidence,
            source=poller.serving.name if poller else "",
            checked_at=iso(poller.checked_at) if poller and poller.checked_at else "",
            next_at=iso(now + timedelta(seconds=left)),
            failures=self._failures.total(),
            failed_at=self._failed_at,
            why=self._why,
            stopped=self.stopped,
            stale_since=iso(poller.stale_since) if poller and poller.stale_since else "",
            is_open=poller is not None,
        )
        if poller is not None:
            self._state = poller.pipeline.log.state
        return feed_status(self._state, facts, iso(now))

    async def beat(self) -> None:
        """Write a heartbeat to the ledger: it tells silence apart from "nothing changed". Raises LedgerError."""
        await self._ledger.beat(heartbeat(self.status()))
