"""One feed at work: open its log, answer signals, poll, wait, again. The boundary of one feed's failures."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from syncd.core.state import FeedState
from syncd.core.times import iso
from syncd.feeds.contract import Feed
from syncd.intake.backoff import chance, seconds_until_next
from syncd.intake.pipeline import Intake, Outcome, Tools
from syncd.ledger.contract import Ledger
from syncd.observe import moments
from syncd.observe.status import Facts, FeedStatus, feed_status, heartbeat
from syncd.workers import signals
from syncd.workers.failure import Failure, beating, failure_of

SIGNALS_EVERY_SECONDS = 1.0


class FeedWorker:
    """`changed(feed, outcome)` is told of every commit, so that related feeds can be asked soon."""

    def __init__(self, feed: Feed, ledger: Ledger, tools: Tools, changed: Callable[[Feed, Outcome], None]) -> None:
        self.feed = feed
        self.intake: Intake | None = None
        self.stopped = ""
        self.is_fenced = False
        self.is_without_ledger = False
        self._ledger = ledger
        self._tools = tools
        self._changed = changed
        self._failures: Counter[moments.Fault] = Counter()
        self._failed_at = ""
        self._why = ""
        self._due = 0.0
        self._wake = asyncio.Event()
        self._state = FeedState(feed=feed.id)

    def nudge(self, within_seconds: float) -> None:
        """Poll within this many seconds; a publisher that fails is left its back-off."""
        if self._failures.total():
            return
        due = time.monotonic() + within_seconds
        if due < self._due:
            self._due = due
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled, or until the feed can no longer be written."""
        async with beating(self.beat, self.feed.id):
            while not self.stopped:
                failure = await failure_of(self._turn())
                if failure is not None:
                    await self._suffer(failure)

    async def once(self) -> Outcome:
        """Answer signals and poll a single time. Raises LedgerError and what is not the publisher's fault."""
        intake = await self.opened()
        await signals.answer_all(self._ledger, intake)
        outcome = await intake.poll()
        self._account(outcome)
        return outcome

    async def opened(self) -> Intake:
        if self.intake is None:
            started = time.monotonic()
            log = await self._ledger.open(self.feed.id)
            self.is_without_ledger = False
            self.intake = Intake(self.feed, log, self._tools)
            self._tools.report(
                moments.FeedStarted(
                    feed=self.feed.id,
                    commit=log.state.commit,
                    records=log.state.ledger_records,
                    seconds=time.monotonic() - started,
                )
            )
        return self.intake

    async def _turn(self) -> None:
        intake = await self.opened()
        await signals.answer_all(self._ledger, intake)
        outcome = await intake.poll()
        self._account(outcome)
        await self.beat()
        self._due = time.monotonic() + outcome.wait_seconds
        await self._wait(intake)

    def _account(self, outcome: Outcome) -> None:
        if outcome.result == "failed":
            self._failed(outcome.why, "publisher")
        else:
            self._failures.clear()
        if outcome.commit is not None:
            self._changed(self.feed, outcome)

    def _failed(self, why: str, fault: moments.Fault) -> None:
        """Each fault has its own count: a ledger that is away once is not waited for as long as a publisher that has
        been for an hour."""
        self._failures[fault] += 1
        self._failed_at = iso(self._tools.clock.now())
        self._why = why

    async def _wait(self, intake: Intake) -> None:
        """Until the next poll is due, or a resync is asked for; signals are answered meanwhile. A resync that just
        failed waits as any poll does, until somebody asks again."""
        asks = intake.asks
        while (left := self._due - time.monotonic()) > 0 and intake.asks == asks:
            self._wake.clear()
            try:
                async with asyncio.timeout(min(left, SIGNALS_EVERY_SECONDS)):
                    await self._wake.wait()
            except TimeoutError:
                pass
            was_paused = intake.log.state.paused
            if await signals.answer_all(self._ledger, intake):
                await self.beat()
            if was_paused and not intake.log.state.paused:
                return

    async def _suffer(self, failure: Failure) -> None:
        """Something failed that is not the publisher's: what is in force stands; open again, later, if ever."""
        if failure.is_final:
            self.is_fenced = failure.is_fenced
            self.stopped = failure.why
            self._tools.report(moments.FeedStopped(feed=self.feed.id, why=failure.why))
            return
        self._failed(failure.why, failure.fault)
        self.is_without_ledger = failure.fault == "ledger"
        self._state = self.intake.log.state if self.intake else self._state
        self.intake = None
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
        """The feed as it stands, open or not yet."""
        now = self._tools.clock.now()
        intake = self.intake
        left = max(0.0, self._due - time.monotonic())
        facts = Facts(
            interval_seconds=self.feed.interval_seconds,
            title=self.feed.title,
            evidence=self.feed.evidence,
            source=intake.publisher.serving.name if intake else "",
            checked_at=iso(intake.checked_at) if intake and intake.checked_at else "",
            next_at=iso(now + timedelta(seconds=left)),
            failures=self._failures.total(),
            failed_at=self._failed_at,
            why=self._why,
            stopped=self.stopped,
            stale_since=iso(intake.stale_since) if intake and intake.stale_since else "",
            is_open=intake is not None,
        )
        if intake is not None:
            self._state = intake.log.state
        return feed_status(self._state, facts, iso(now))

    async def beat(self) -> None:
        """Leave a heartbeat: silence is told apart from "nothing changed"."""
        await self._ledger.beat(heartbeat(self.status()))
