"""One turn of a feed: ask its publisher, and hand what is new to the pipeline.

    poll         once: paused, failed, or what came of it, and how long to wait
    _ask         the gate, then the document, through `source_client`
    _arrived     a document is here: the one in force, a stale one, or one for the pipeline
    _try_the_preferred   while another source serves

The poller knows how the sources fare: which one serves, how far each was read, what failed and how often. The pipeline
gets that as a value before it commits.
"""

import asyncio
import time
from collections import Counter
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from syncd.core.document import Document, why_unusable
from syncd.core.events import Cause
from syncd.core.state import Validators
from syncd.errors import DocumentRefused, FetchFailed
from syncd.feeds.contract import Source
from syncd.fetch import Fetched
from syncd.intake import freshness
from syncd.intake.backoff import chance, seconds_until_next
from syncd.intake.faults import fault_of
from syncd.intake.pipeline import Outcome, Pipeline
from syncd.intake.source_client import FetchedDocument, Fetching, SourceClient
from syncd.observe import moments


class Poller:
    """Asks one feed's publisher. `fetch` is the HTTP client; documents and progress go to `pipeline`.

    `failures` in a row are counted by whose fault they are. `polls_asked_for` counts the polls that a person asked for.
    `checked_at` is when the publisher last answered as it should.
    """

    def __init__(self, pipeline: Pipeline, fetch: Fetching) -> None:
        self.feed = pipeline.feed
        self.pipeline = pipeline
        self.failures: Counter[moments.Fault] = Counter()
        self.polls_asked_for = 0
        self.checked_at: datetime | None = None
        self._tools = pipeline.tools
        self._log = pipeline.log
        self._client = SourceClient(self.feed, self._log.state, fetch, self._tools.spool, self._tools.report)
        self._why_failed = ""
        self._compared_on = self._log.state.attested_on
        self._staleness = freshness.Staleness()
        self._stale: FetchedDocument | None = None

    @property
    def serving(self) -> Source:
        """The source that the next poll reads."""
        return self._client.serving

    @property
    def stale_since(self) -> datetime | None:
        """Since when the publisher has served only documents older than the one in force."""
        return self._staleness.since

    async def poll_at_once(self) -> Outcome:
        """Poll because a person asks for it: without back-off, and of sources that all fail the best one first."""
        self.polls_asked_for += 1
        self._client.failover.start_again()
        return await self.poll()

    async def poll(self) -> Outcome:
        """Ask the publisher once. A failure of the publisher or of the network is an outcome.

        Raises LedgerError, and what is a fault of this program.
        """
        try:
            return await self._turn()
        finally:
            self._hand_over_progress()

    def _hand_over_progress(self) -> None:
        self.pipeline.progress = self._client.progress

    async def _turn(self) -> Outcome:
        if self._log.state.paused:
            return Outcome(result="paused", why=self._log.state.paused, wait_seconds=self._wait_seconds())
        now = self._tools.clock.now()
        source = self.serving
        started = time.monotonic()
        try:
            await self.pipeline.reparse_after_upgrade()
            outcome = await self._ask(now)
        except (FetchFailed, DocumentRefused) as error:
            return self._failed(source, error, now)
        self._served(now)
        if outcome.result == "unchanged":
            self._report_answer(source, "unchanged", time.monotonic() - started, 0)
        await self._try_the_preferred(now)
        return replace(outcome, wait_seconds=self._wait_seconds())

    async def _ask(self, now: datetime) -> Outcome:
        """Ask the gate, then for the document; do all that follows from it."""
        whole = self._is_whole_comparison_due(now)
        started = time.monotonic()
        arrival = await self._client.ask(now, whole=whole, stale=self._stale_validators(now))
        if arrival == "stale":
            self._report_answer(self.serving, "unchanged", time.monotonic() - started, 0)
            return self._ignored()
        if arrival is None:
            self._staleness.saw_current()
            return Outcome(result="unchanged")
        try:
            received_bytes = arrival.fetched.received_bytes
            self._report_answer(arrival.source, "fetched", time.monotonic() - started, received_bytes)
            outcome = await self._arrived(arrival, now)
        finally:
            await asyncio.to_thread(arrival.fetched.path.unlink, missing_ok=True)
        self._compared_on = f"{now:%Y-%m-%d}"
        if outcome.result == "unchanged" and whole:
            self._hand_over_progress()
            await self.pipeline.attest(now)
        return outcome

    async def _arrived(self, arrival: FetchedDocument, now: datetime) -> Outcome:
        """A document is here: the one that is in force, a stale one, or one for the pipeline."""
        fetched = arrival.fetched
        if self._is_in_force(fetched):
            self._staleness.saw_current()
            self._client.not_shown(arrival.source, arrival.answers, fetched.validators, now)
            return Outcome(result="unchanged")
        async with self._tools.archive.preparing(fetched.path, fetched.sha256):
            document = self.pipeline.dated(await self._parsed(arrival.source, fetched, now), now)
            if self._is_stale(document, arrival, now):
                self._stale = arrival
                return self._ignored()
            self._hand_over_progress()
            outcome = await self.pipeline.process(document, fetched.path, self._cause(), fetch=arrival.note)
        self._client.judged(arrival, now, is_news=outcome.result != "unchanged")
        if outcome.result != "held":
            self._staleness.saw_current()
        return outcome

    def _is_in_force(self, fetched: Fetched) -> bool:
        """Whether the ledger holds what this parser reads in these bytes, and nobody asked for a new reading."""
        state = self._log.state
        same = state.document is not None and fetched.sha256 == state.document.sha256
        return same and state.parser_version == self.feed.parser_version and not state.resync

    async def _parsed(self, source: Source, fetched: Fetched, now: datetime) -> Document:
        return await self.pipeline.parse(source, fetched.path, fetched.sha256, now, fresh=self._log.state.resync)

    def _cause(self) -> Cause:
        """Why a document is compared. After an upgrade without the archived one, what differs is taken for ours."""
        otherwise: Cause = "reparse" if self.pipeline.is_parser_newer else "publication"
        return "resync" if self._log.state.resync else otherwise

    def _is_whole_comparison_due(self, now: datetime) -> bool:
        # Another day, not a later one: a clock that was ahead once must not be waited for.
        is_another_day = self._log.state.commit > 0 and self._compared_on != f"{now:%Y-%m-%d}"
        return self._log.state.resync or self.pipeline.is_parser_newer or is_another_day

    def _stale_validators(self, now: datetime) -> Validators | None:
        """The validators of a stale document that the serving source gave: they make the next request conditional."""
        known = self._stale
        if known is None or known.source != self.serving or known.fetched.validators == Validators():
            return None
        return known.fetched.validators if self._staleness.is_known(known.fetched.sha256, now) else None

    def _is_stale(self, document: Document, arrival: FetchedDocument, now: datetime) -> bool:
        state, note = self._log.state, document.note
        if state.document is None or state.resync:
            return False
        before = self._client.cursor(arrival.source).validators
        if freshness.was_put_back(arrival.fetched.validators.last_modified, before.last_modified):
            return False
        current = None if why_unusable(state.document.published, now) else state.document.published
        older = freshness.is_older(note.published, current)
        # Another source's document is not a cache that flaps: it may well have been read before.
        earlier = state.recent[:-1] if note.vocabulary == state.document.vocabulary else ()
        return self._staleness.is_stale(note.sha256, older=older, earlier=earlier, now=now)

    def _ignored(self) -> Outcome:
        assert self._stale
        self._tools.report(moments.DocumentStale(feed=self.feed.id, sha256=self._stale.fetched.sha256))
        return Outcome(result="stale", why="older than what is in force, or one of the last ten")

    def _served(self, now: datetime) -> None:
        if before := self._client.failover.served():
            self._report_switch(before, self._why_failed)
        self.failures.clear()
        self._why_failed = ""
        self.checked_at = now

    def _failed(self, source: Source, error: FetchFailed | DocumentRefused, now: datetime) -> Outcome:
        fault = fault_of(error)
        self.failures[fault] += 1
        self._why_failed = str(error)
        if fault != "disk":
            asked = error.retry_after_seconds if isinstance(error, FetchFailed) else None
            self._client.failover.failed(now, leave_alone_seconds=asked or 0.0)
        wait_seconds = self._wait_seconds(fault)
        self._tools.report(
            moments.PollFailed(
                feed=self.feed.id,
                source=source.name,
                fault=fault,
                why=str(error),
                failures=self.failures[fault],
                retry_seconds=wait_seconds,
            )
        )
        return Outcome(result="failed", why=str(error), wait_seconds=wait_seconds)

    def _wait_seconds(self, fault: moments.Fault = "publisher") -> float:
        """While the sources are tried in turn the pace is the feed's: none of them is asked more often by that."""
        failover = self._client.failover
        failures = 0 if failover.is_searching and fault != "disk" else self.failures[fault]
        left_alone = failover.wait_seconds(self._tools.clock.now()) or None
        return seconds_until_next(self.feed.interval_seconds, failures, left_alone, chance())

    async def _try_the_preferred(self, now: datetime) -> None:
        """While another source serves, see whether the preferred one is well again: it must give the list, not only
        answer."""
        if not self._client.failover.is_trial_due(now):
            return
        source, serving = self._client.preferred, self.serving.name
        well = True
        try:
            answer = await self._client.trial(source, now)
            if isinstance(answer, Fetched):
                well = await self._is_the_list(source, answer, now)
        except (FetchFailed, DocumentRefused):
            well = False
        if self._client.failover.tried(now, well=well):
            self._client.forget(source)
            self._report_switch(serving, "the preferred source has been well for an hour")

    async def _is_the_list(self, source: Source, fetched: Fetched, now: datetime) -> bool:
        """Whether a document that was fetched on trial has as many entries as the list must have; deletes its file."""
        try:
            document = await self._parsed(source, fetched, now)
        finally:
            await asyncio.to_thread(fetched.path.unlink, missing_ok=True)
        self._client.tried(source, fetched)
        return len(document.entries) >= self.feed.limits.records_min

    def _report_switch(self, before: str, why: str) -> None:
        after = self._client.failover.serving
        self._tools.report(moments.SourceSwitched(feed=self.feed.id, before=before, after=after, why=why))

    def _report_answer(
        self, source: Source, outcome: Literal["unchanged", "fetched"], seconds: float, received_bytes: int
    ) -> None:
        self._tools.report(
            moments.PollAnswered(
                feed=self.feed.id,
                source=source.name,
                outcome=outcome,
                seconds=seconds,
                received_bytes=received_bytes,
            )
        )
