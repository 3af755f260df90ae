"""Read this first: the way of one publication, from the gate to the commit.

    poll      one turn of a feed: ask its publisher (`syncd.publisher`: the gate, then the document)
    arrived   a document is here: the one in force, a stale one, or something to judge
    process   judge → draft → archive → commit

Everything that decides is pure and lives in `core`; this file only carries results from one to the next, and is the
boundary of one feed's failures: whatever goes wrong here is this feed's alone, and leaves what is in force untouched.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from syncd import gate as gates
from syncd.archive import Archive
from syncd.clock import Clock
from syncd.core import draft as drafting
from syncd.core.admit import iso, judge, parse_iso
from syncd.core.commit import attestation_of, commit_of, is_worth_making
from syncd.core.document import Document, why_unusable, without_date
from syncd.core.events import Cause, Publication
from syncd.core.state import DocumentNote, FeedState, Validators
from syncd.errors import ArchiveUnavailable, DocumentRefused, FetchFailed, NewerState
from syncd.faults import fault_of
from syncd.feeds.contract import Feed, Source
from syncd.fetch import Fetched
from syncd.ledger.contract import FeedLog
from syncd.observe import moments
from syncd.observe.committed import Tally, told
from syncd.parser import Lanes, parse
from syncd.publisher import Arrival, Fetching, Publisher
from syncd.schedule import chance, seconds_until_next


class Tools(Struct, frozen=True, kw_only=True):
    """What every intake works with. `spool` is the folder in which documents lie while they are read."""

    fetch: Fetching
    archive: Archive
    lanes: Lanes
    clock: Clock
    report: Callable[[moments.Moment], None]
    spool: Path
    parse_seconds_max: float = 600.0
    # Whether a hold goes out only when two persons have released it.
    two_persons: bool = False


class Outcome(Struct, frozen=True, kw_only=True):
    """What one turn came to. `commit` is the number of the commit that it made, if it made one; `wait_seconds` is how
    long to wait for the next turn."""

    result: Literal["unchanged", "committed", "held", "stale", "paused", "failed"]
    commit: int | None = None
    why: str = ""
    wait_seconds: float = 0.0


class Intake:
    """One feed, from its gate to its log. Raises NewerState when this syncd is older than the feed's state."""

    def __init__(self, feed: Feed, log: FeedLog, tools: Tools) -> None:
        if log.state.parser_version > feed.parser_version:
            raise NewerState(
                f"{feed.id} was last read by version {log.state.parser_version} of its parser, and this syncd has "
                f"version {feed.parser_version}: nothing is written; run the newer syncd"
            )
        self.feed = feed
        self.log = log
        self.tools = tools
        self.publisher = Publisher(feed, log.state, tools.fetch, tools.spool, tools.report)
        self.failures: Counter[moments.Fault] = Counter()
        self.asks = 0
        self.checked_at: datetime | None = None
        self.last_error = ""
        self._compared_on = log.state.attested_on
        self._staleness = gates.Staleness()
        self._stale: Arrival | None = None
        self._signal = log.state.last_signal

    @property
    def resync_asked(self) -> bool:
        """Whether somebody asked that the whole document be read anew; kept in the ledger until it is done."""
        return self.log.state.resync

    @property
    def stale_since(self) -> datetime | None:
        """Since when the publisher has served only documents older than the one in force."""
        return self._staleness.since

    async def poll(self) -> Outcome:
        """Ask the publisher once. Never raises for what is the publisher's or the network's fault."""
        if self.log.state.paused:
            return Outcome(result="paused", why=self.log.state.paused, wait_seconds=self._wait())
        now = self.tools.clock.now()
        source = self.publisher.serving
        started = time.monotonic()
        try:
            await self.read_again_if_the_parser_changed()
            outcome = await self._ask(now)
        except (FetchFailed, DocumentRefused) as error:
            return self._failed(source, error, now)
        self._served(now)
        if outcome.result == "unchanged":
            self._answered(source, "unchanged", time.monotonic() - started, 0)
        await self._try_the_preferred(now)
        return replace(outcome, wait_seconds=self._wait())

    def _answered(
        self, source: Source, outcome: Literal["unchanged", "fetched"], seconds: float, received_bytes: int
    ) -> None:
        self.tools.report(
            moments.PollAnswered(
                feed=self.feed.id,
                source=source.name,
                outcome=outcome,
                seconds=seconds,
                received_bytes=received_bytes,
            )
        )

    def _served(self, now: datetime) -> None:
        if before := self.publisher.preference.served():
            self._switched(before, self.last_error)
        self.failures.clear()
        self.last_error = ""
        self.checked_at = now

    def _failed(self, source: Source, error: FetchFailed | DocumentRefused, now: datetime) -> Outcome:
        fault = fault_of(error)
        self.failures[fault] += 1
        self.last_error = str(error)
        if fault != "disk":
            asked = error.retry_after_seconds if isinstance(error, FetchFailed) else None
            self.publisher.preference.failed(now, leave_alone_seconds=asked or 0.0)
        wait = self._wait(fault)
        self.tools.report(
            moments.PollFailed(
                feed=self.feed.id,
                source=source.name,
                fault=fault,
                why=str(error),
                failures=self.failures[fault],
                retry_seconds=wait,
            )
        )
        return Outcome(result="failed", why=str(error), wait_seconds=wait)

    def _wait(self, fault: moments.Fault = "publisher") -> float:
        """While the sources are tried in turn the pace is the feed's: none of them is asked more often by that."""
        preference = self.publisher.preference
        failures = 0 if preference.is_searching and fault != "disk" else self.failures[fault]
        left_alone = preference.wait_seconds(self.tools.clock.now()) or None
        return seconds_until_next(self.feed.interval_seconds, failures, left_alone, chance())

    def ask_at_once(self) -> None:
        """Somebody asks for a new reading now: no back-off, and of sources that all fail the best one first."""
        self.asks += 1
        self.publisher.preference.start_again()

    def _switched(self, before: str, why: str) -> None:
        self.tools.report(
            moments.SourceSwitched(feed=self.feed.id, before=before, after=self.publisher.preference.serving, why=why)
        )

    async def _try_the_preferred(self, now: datetime) -> None:
        """While another source serves, see whether the preferred one is well again: it must give the list, not only
        answer."""
        if not self.publisher.preference.is_trial_due(now):
            return
        source, serving = self.publisher.preferred, self.publisher.serving.name
        well = True
        try:
            answer = await self.publisher.document(source, self.publisher.cursor(source).validators)
            if isinstance(answer, Fetched):
                well = await self._gives_the_list(source, answer, now)
        except (FetchFailed, DocumentRefused):
            well = False
        if self.publisher.preference.tried(now, well=well):
            self.publisher.forget(source)
            self._switched(serving, "the preferred source has been well for an hour")

    async def _gives_the_list(self, source: Source, fetched: Fetched, now: datetime) -> bool:
        try:
            document = await self._parse(source, fetched, now)
        finally:
            await asyncio.to_thread(fetched.path.unlink, missing_ok=True)
        self.publisher.tried(source, fetched)
        return len(document.entries) >= self.feed.limits.records_min

    async def _ask(self, now: datetime) -> Outcome:
        """Gate, then document, then everything that follows from it."""
        whole = self._is_whole_comparison_due(now)
        started = time.monotonic()
        arrival = await self.publisher.ask(now, whole=whole, stale=self._stale_validators(now))
        if arrival == "stale":
            self._answered(self.publisher.serving, "unchanged", time.monotonic() - started, 0)
            return self._ignored()
        if arrival is None:
            self._staleness.saw_current()
            return Outcome(result="unchanged")
        try:
            self._answered(arrival.source, "fetched", time.monotonic() - started, arrival.fetched.received_bytes)
            outcome = await self._arrived(arrival, now)
        finally:
            await asyncio.to_thread(arrival.fetched.path.unlink, missing_ok=True)
        self._compared_on = f"{now:%Y-%m-%d}"
        if outcome.result == "unchanged" and whole:
            await self._attest(now)
        return outcome

    async def _arrived(self, arrival: Arrival, now: datetime) -> Outcome:
        """A document is here: the one that is in force, a stale one, or something to judge."""
        state, fetched = self.log.state, arrival.fetched
        same = state.document is not None and fetched.sha256 == state.document.sha256
        if same and state.parser_version == self.feed.parser_version and not self.resync_asked:
            self._staleness.saw_current()
            self.publisher.not_shown(arrival.source, arrival.answers, fetched.validators, now)
            return Outcome(result="unchanged")
        async with self.tools.archive.preparing(fetched.path, fetched.sha256):
            document = self._dated(await self._parse(arrival.source, fetched, now), now)
            if self._is_stale(document, arrival, now):
                self._stale = arrival
                return self._ignored()
            outcome = await self.process(document, fetched.path, self._cause(), arrival=arrival)
        self.publisher.judged(arrival, now, is_news=outcome.result != "unchanged")
        if outcome.result != "held":
            self._staleness.saw_current()
        return outcome

    def _cause(self) -> Cause:
        """Why a document is compared. After an upgrade without the archived one, what differs is taken for ours."""
        otherwise: Cause = "reparse" if self._is_parser_behind() else "publication"
        return "resync" if self.resync_asked else otherwise

    def _is_parser_behind(self) -> bool:
        return self.log.state.document is not None and self.log.state.parser_version < self.feed.parser_version

    def _dated(self, document: Document, now: datetime) -> Document:
        """The document without its own date if that is none, or lies ahead; that is said."""
        published = document.note.published or ""
        if why := why_unusable(published, now):
            self.tools.report(moments.DateUnusable(feed=self.feed.id, published=published, why=why))
        return without_date(document) if why else document

    async def process(
        self,
        document: Document,
        path: Path,
        cause: Cause,
        *,
        arrival: Arrival | None = None,
        released: tuple[str, ...] = (),
        decision: Publication | None = None,
    ) -> Outcome:
        """Judge a parsed document, draft what follows, archive its bytes and commit. `decision` is the row that answers
        a signal, in the same commit as its effect. Raises DocumentRefused."""
        state = self.log.state
        now = self.tools.clock.now()
        document = self._dated(document, now)
        context = drafting.Context(
            feed=self.feed.id,
            cause=cause,
            now=now,
            preferred=self.feed.sources[0].vocabulary,
            parser_version=self.feed.parser_version,
            missed=arrival.missed if arrival else (),
        )
        # In a thread: comparing a long list must not be in the way of the others.
        drafted = await asyncio.to_thread(self._drafted, document, context, released)
        judgement = drafted.judgement
        compared = None if judgement.held_whole else document
        after = self._state_to_commit(now, compared, arrival)
        commit = await asyncio.to_thread(commit_of, drafted, after)
        if not decision and not is_worth_making(commit, state, context.missed):
            return Outcome(result="held" if judgement.held_whole else "unchanged")
        # Whatever document the state names can be read again: also one that says nothing new.
        if not await self._archived(document.note.sha256, path):
            drafted = replace(drafted, context=replace(context, archived="pending"))
            commit = await asyncio.to_thread(commit_of, drafted, after)
        started = time.monotonic()
        if decision:
            commit = replace(commit, rows=(*commit.rows, replace(decision, commit=commit.state.commit)))
        tally = Tally(commit.changes)
        await self.log.commit(replace(commit, changes=tally))
        last_modified = arrival.cursor.validators.last_modified if arrival else None
        for moment in told(drafted, commit, tally, seconds=time.monotonic() - started, last_modified=last_modified):
            self.tools.report(moment)
        if judgement.held_whole:
            return Outcome(result="held", why=judgement.held_whole.why)
        if not drafted.planned:
            newly_held = {hold.id for hold in judgement.holds} - {hold.id for hold in state.holds}
            return Outcome(result="held" if newly_held else "unchanged")
        return Outcome(result="committed", commit=commit.state.commit)

    def _drafted(self, document: Document, context: drafting.Context, released: tuple[str, ...]) -> drafting.Draft:
        state, records = self.log.state, self.log.records
        judgement = judge(
            state,
            records,
            document,
            self.feed.limits,
            cause=context.cause,
            now=context.now,
            released=released,
            preferred=context.preferred,
        )
        return drafting.draft(state, records, document, judgement, context)

    def take_signal(self, position: int) -> None:
        """The next commit also says that the signal at `position` was taken."""
        self._signal = max(self._signal, position)

    def _state_to_commit(
        self, now: datetime, document: Document | None = None, arrival: Arrival | None = None
    ) -> FeedState:
        """The state with what the intake knows and the commit does not: cursors, code tables, the day of comparison."""
        state = self.log.state
        cursors, references = dict(self.publisher.cursors), dict(state.references)
        if document is not None:
            references[document.note.vocabulary] = document.references
        if document is not None and arrival is not None:
            cursors[arrival.source.name] = arrival.cursor
        return replace(
            state,
            cursors=cursors,
            references=references,
            last_publication_id=(arrival.cursor.publication_id if arrival else None) or self.publisher.publication_id,
            last_signal=max(self._signal, state.last_signal),
            resync=state.resync and arrival is None,
            attested_on=f"{now:%Y-%m-%d}",
        )

    async def read_again_if_the_parser_changed(self) -> None:
        """After an upgrade, the archived document of the last commit is read anew and committed first: our change.
        Where it cannot be had, the publisher's serves instead."""
        state = self.log.state
        if state.document is None or not self._is_parser_behind() or state.resync:
            return
        try:
            path = await self._from_archive(state.document.sha256)
        except ArchiveUnavailable as error:
            self.tools.report(moments.RereadingWithoutArchive(feed=self.feed.id, why=str(error)))
            return
        try:
            document = await self._parse_file(state.document, path, fresh=True)
            await self.process(document, path, "reparse")
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def reconsider(self, sha256: str, released: tuple[str, ...], decision: Publication) -> Outcome:
        """Judge an archived document again with holds released. Raises ArchiveUnavailable, DocumentRefused."""
        note = self.log.state.document
        if note is None or note.sha256 != sha256:
            note = self._note(self.publisher.serving, sha256, self.tools.clock.now())
        path = await self._from_archive(sha256)
        try:
            document = await self._parse_file(note, path)
            return await self.process(document, path, "release", released=released, decision=decision)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def parse_file(self, source: Source, path: Path, sha256: str) -> Document:
        """The document in a file, read as if `source` had given it. Raises DocumentRefused."""
        return await self._parse_file(self._note(source, sha256, self.tools.clock.now()), path)

    async def _parse(self, source: Source, fetched: Fetched, now: datetime) -> Document:
        return await self._parse_file(self._note(source, fetched.sha256, now), fetched.path, fresh=self.resync_asked)

    def _note(self, source: Source, sha256: str, now: datetime) -> DocumentNote:
        before = self.log.state.document
        return DocumentNote(
            sha256=sha256,
            source=source.name,
            vocabulary=source.vocabulary,
            digest="",
            records=0,
            observed=iso(now),
            unknown=before.unknown if before and before.vocabulary == source.vocabulary else {},
        )

    async def _parse_file(self, note: DocumentNote, path: Path, *, fresh: bool = False) -> Document:
        parsed = await parse(
            self.feed.id,
            note,
            path,
            self.log.records,
            {} if fresh else self.log.state.references.get(note.vocabulary, {}),
            former_version=self.log.state.parser_version if fresh else None,
            lanes=self.tools.lanes,
            seconds_max=self.tools.parse_seconds_max,
        )
        document = parsed.document
        self.tools.report(
            moments.DocumentParsed(
                feed=self.feed.id,
                source=note.source,
                records=len(document.entries),
                partial=len(document.partial),
                quarantined=len(document.quarantined),
                seconds=parsed.seconds,
                waited_seconds=parsed.waited_seconds,
            )
        )
        for one in document.quarantined:
            self.tools.report(moments.EntryQuarantined(feed=self.feed.id, key=one.key, why=one.why))
        return document

    async def _archived(self, sha256: str, path: Path) -> bool:
        """Whether the bytes are in the archive now; else they wait in its spool, and the commit says so."""
        if await self.tools.archive.store(path, sha256) == "stored":
            self.tools.report(moments.ArchiveStored(feed=self.feed.id, sha256=sha256))
            return True
        why = self.tools.archive.pending.problem or "the archive is away"
        self.tools.report(moments.ArchivePending(feed=self.feed.id, sha256=sha256, why=why))
        return False

    async def _from_archive(self, sha256: str) -> Path:
        """The document in a file of its own, which the caller deletes. Raises ArchiveUnavailable."""
        await asyncio.to_thread(self.tools.spool.mkdir, parents=True, exist_ok=True)
        return await self.tools.archive.extract(sha256, self.tools.spool)

    def _is_whole_comparison_due(self, now: datetime) -> bool:
        # Another day, not a later one: a clock that was ahead once must not be waited for.
        is_another_day = self.log.state.commit > 0 and self._compared_on != f"{now:%Y-%m-%d}"
        return self.resync_asked or self._is_parser_behind() or is_another_day

    def _stale_validators(self, now: datetime) -> Validators | None:
        """What makes the next request conditional on a document that the serving source gave and that is stale."""
        known = self._stale
        if known is None or known.source != self.publisher.serving or known.fetched.validators == Validators():
            return None
        return known.fetched.validators if self._staleness.is_known(known.fetched.sha256, now) else None

    def _ignored(self) -> Outcome:
        assert self._stale
        self.tools.report(moments.DocumentStale(feed=self.feed.id, sha256=self._stale.fetched.sha256))
        return Outcome(result="stale", why="older than what is in force, or one of the last ten")

    def _is_stale(self, document: Document, arrival: Arrival, now: datetime) -> bool:
        state, note = self.log.state, document.note
        if state.document is None or self.resync_asked:
            return False
        before = self.publisher.cursor(arrival.source).validators
        if gates.was_put_back(arrival.fetched.validators.last_modified, before.last_modified):
            return False
        current = None if why_unusable(state.document.published, now) else state.document.published
        older = gates.is_older(note.published, current)
        # Another source's document is not a cache that flaps: it may well have been read before.
        earlier = state.recent[:-1] if note.vocabulary == state.document.vocabulary else ()
        return self._staleness.is_stale(note.sha256, older=older, earlier=earlier, now=now)

    async def _attest(self, now: datetime) -> None:
        """Once a day: the list was compared whole, and nothing changed."""
        state = self.log.state
        if state.attested_on == f"{now:%Y-%m-%d}":
            return
        await self.log.commit(attestation_of(state, self._state_to_commit(now), now))
        self.tools.report(moments.Attested(feed=self.feed.id, records=state.ledger_records))
        for hold in state.holds:
            days = (now - parse_iso(hold.since)).days
            self.tools.report(moments.HoldReminder(feed=self.feed.id, hold=hold.id, keys=len(hold.keys), days=days))
