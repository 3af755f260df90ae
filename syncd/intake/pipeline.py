"""Read this first: the way of one publication, from the gate to the commit.

    poller.py          one turn of a feed: ask the gate, fetch the document, leave out what is in force or stale
    source_client.py   which source serves, how far each was read; `fetch/` is the HTTP client
    pipeline.py        parse → judge → plan → archive → commit
      parse            `parser_process.py`: in a process of its own, by the feed's reader in `feeds/`
      judge            `core/admission.py`: what of the document may be said, what is held
      plan             `core/plan.py`: the changes that follow, against the records in force
      archive          `archive/`: the bytes, under their SHA-256
      commit           `core/commit.py` makes the events; `ledger/` writes them, all or nothing

What decides about records is pure and stands in `core`; this file carries results from one step to the next. It knows
no publisher: the poller hands it documents, and how far the sources were read, as values.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from syncd.archive import Archive
from syncd.clock import Clock
from syncd.core import times
from syncd.core.admission import judge
from syncd.core.commit import attestation_of, commit_of, is_worth_making
from syncd.core.document import Document, why_unusable, without_date
from syncd.core.events import Cause, Commit, Publication
from syncd.core.plan import Context, Plan, plan_of
from syncd.core.state import DocumentNote, FeedState
from syncd.errors import ArchiveUnavailable, NewerState
from syncd.feeds.contract import Feed, Source
from syncd.intake.parser_process import Before, Lanes, parse_document
from syncd.intake.progress import FetchNote, SourceProgress
from syncd.ledger.contract import FeedLog
from syncd.observe import moments
from syncd.observe.committed import Tally, moments_of


class Tools(Struct, frozen=True, kw_only=True):
    """What a pipeline works with. `spool` is the folder in which documents lie while they are read; `two_persons` says
    that a hold goes out only when two persons have released it."""

    archive: Archive
    lanes: Lanes
    clock: Clock
    report: Callable[[moments.Moment], None]
    spool: Path
    parse_seconds_max: float = 600.0
    two_persons: bool = False


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one poll, or of one document. `commit` is the number of the commit that it made, None without one.
    `wait_seconds` is how long to wait before the next poll, 0 for a document."""

    result: Literal["unchanged", "committed", "held", "stale", "paused", "failed"]
    commit: int | None = None
    why: str = ""
    wait_seconds: float = 0.0


class Release(Struct, frozen=True, kw_only=True):
    """A decision that ends holds. `holds` are their ids, `row` the decision row, which is committed with its effect;
    `position` is that of the signal that asked for it, 0 without one."""

    holds: tuple[str, ...]
    row: Publication
    position: int = 0


class Pipeline:
    """Takes documents of one feed into its log. `progress` is how far the sources were read, which a commit keeps.

    Raises NewerState when this syncd is older than the feed's state.
    """

    def __init__(self, feed: Feed, log: FeedLog, tools: Tools) -> None:
        state = log.state
        if state.parser_version > feed.parser_version:
            raise NewerState(
                f"{feed.id} was last read by version {state.parser_version} of its parser, and this syncd has "
                f"version {feed.parser_version}: nothing is written; run the newer syncd"
            )
        self.feed = feed
        self.log = log
        self.tools = tools
        self.progress = SourceProgress(
            serving=feed.sources[0].name, cursors=dict(state.cursors), publication_id=state.last_publication_id
        )

    @property
    def is_parser_newer(self) -> bool:
        """Whether the document in force was read by an earlier version of the parser."""
        return self.log.state.document is not None and self.log.state.parser_version < self.feed.parser_version

    async def parse(
        self, source: Source, path: Path, sha256: str, observed: datetime, *, fresh: bool = False
    ) -> Document:
        """Parse the file as a document that `source` served at `observed`; `fresh` reads entries that are known anew.

        Raises DocumentRefused.
        """
        return await self._parse(self._note(source, sha256, observed), path, fresh=fresh)

    def dated(self, document: Document, now: datetime) -> Document:
        """Return the document, without its own date if that is no date or lies ahead of `now`; report that."""
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
        fetch: FetchNote | None = None,
        release: Release | None = None,
    ) -> Outcome:
        """Judge a parsed document, plan what follows, archive its bytes at `path` and commit.

        `fetch` says how the document was fetched, None for one out of the archive or a folder. Returns `unchanged`,
        `committed` or `held`. Raises DocumentRefused, LedgerError.
        """
        now = self.tools.clock.now()
        document = self.dated(document, now)
        context = self._context(cause, now, fetch)
        # In a thread: comparing a long list must not be in the way of the others.
        plan = await asyncio.to_thread(self._plan, document, context, release.holds if release else ())
        after = self._state_to_commit(now, None if plan.judgement.held_whole else document, fetch, release)
        commit = await asyncio.to_thread(commit_of, plan, after)
        if not release and not is_worth_making(commit, self.log.state, context.missed):
            return Outcome(result="held" if plan.judgement.held_whole else "unchanged")
        # Whatever document the state names can be read again: also one that says nothing new.
        if not await self._archived(document.note.sha256, path):
            plan = replace(plan, context=replace(context, archived="pending"))
            commit = await asyncio.to_thread(commit_of, plan, after)
        if release:
            row = replace(release.row, commit=commit.state.commit)
            commit = replace(commit, rows=(*commit.rows, row))
        await self._commit(plan, commit, fetch.cursor.validators.last_modified if fetch else None)
        return _outcome(plan, commit)

    def _context(self, cause: Cause, now: datetime, fetch: FetchNote | None) -> Context:
        return Context(
            feed=self.feed.id,
            cause=cause,
            now=now,
            preferred=self.feed.sources[0].vocabulary,
            parser_version=self.feed.parser_version,
            missed=fetch.missed if fetch else (),
        )

    def _plan(self, document: Document, context: Context, released: tuple[str, ...]) -> Plan:
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
        return plan_of(state, records, document, judgement, context)

    def _state_to_commit(
        self,
        now: datetime,
        document: Document | None = None,
        fetch: FetchNote | None = None,
        release: Release | None = None,
    ) -> FeedState:
        """The state with what the plan does not know: the progress of the sources, code tables, the day of comparison.
        `document` is None where nothing was compared."""
        state = self.log.state
        cursors, references = dict(self.progress.cursors), dict(state.references)
        if document is not None:
            references[document.note.vocabulary] = document.references
        if document is not None and fetch is not None:
            cursors[fetch.source] = fetch.cursor
        return replace(
            state,
            cursors=cursors,
            references=references,
            last_publication_id=(fetch.cursor.publication_id if fetch else None) or self.progress.publication_id,
            last_signal=max(release.position if release else 0, state.last_signal),
            resync=state.resync and fetch is None,
            attested_on=f"{now:%Y-%m-%d}",
        )

    async def _commit(self, plan: Plan, commit: Commit, last_modified: str | None) -> None:
        """Write the commit to the ledger, then report it. Raises LedgerError."""
        started = time.monotonic()
        tally = Tally(commit.changes)
        await self.log.commit(replace(commit, changes=tally))
        seconds = time.monotonic() - started
        for moment in moments_of(plan, commit, tally, seconds=seconds, last_modified=last_modified):
            self.tools.report(moment)

    async def _archived(self, sha256: str, path: Path) -> bool:
        """Whether the bytes are in the archive now; else they wait in its spool, and the commit says so."""
        if await self.tools.archive.store(path, sha256) == "stored":
            self.tools.report(moments.ArchiveStored(feed=self.feed.id, sha256=sha256))
            return True
        why = self.tools.archive.pending.problem or "the archive is away"
        self.tools.report(moments.ArchivePending(feed=self.feed.id, sha256=sha256, why=why))
        return False

    async def reparse_after_upgrade(self) -> None:
        """Read the archived document of the last commit with a newer parser and commit what differs: our change.

        Does nothing when the parser is the same, or a new reading was asked for anyway. Where the archived document
        cannot be had, the publisher's serves instead. Raises DocumentRefused, LedgerError.
        """
        state = self.log.state
        if state.document is None or not self.is_parser_newer or state.resync:
            return
        try:
            path = await self._from_archive(state.document.sha256)
        except ArchiveUnavailable as error:
            self.tools.report(moments.RereadingWithoutArchive(feed=self.feed.id, why=str(error)))
            return
        try:
            document = await self._parse(state.document, path, fresh=True)
            await self.process(document, path, "reparse")
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def reconsider(self, sha256: str, release: Release) -> Outcome:
        """Judge an archived document again, with holds released, and commit the decision with its effect.

        Raises ArchiveUnavailable, DocumentRefused, LedgerError.
        """
        note = self.log.state.document
        if note is None or note.sha256 != sha256:
            note = self._note(self.feed.source(self.progress.serving), sha256, self.tools.clock.now())
        path = await self._from_archive(sha256)
        try:
            document = await self._parse(note, path)
            return await self.process(document, path, "release", release=release)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def attest(self, now: datetime) -> None:
        """Commit, once a day, that the list was compared whole and nothing changed; report the holds that stand."""
        state = self.log.state
        if state.attested_on == f"{now:%Y-%m-%d}":
            return
        await self.log.commit(attestation_of(state, self._state_to_commit(now), now))
        self.tools.report(moments.Attested(feed=self.feed.id, records=state.ledger_records))
        for hold in state.holds:
            days = (now - times.parse_iso(hold.since)).days
            self.tools.report(moments.HoldReminder(feed=self.feed.id, hold=hold.id, keys=len(hold.keys), days=days))

    def _note(self, source: Source, sha256: str, observed: datetime) -> DocumentNote:
        before = self.log.state.document
        return DocumentNote(
            sha256=sha256,
            source=source.name,
            vocabulary=source.vocabulary,
            digest="",
            records=0,
            observed=times.iso(observed),
            unknown=before.unknown if before and before.vocabulary == source.vocabulary else {},
        )

    async def _parse(self, note: DocumentNote, path: Path, *, fresh: bool = False) -> Document:
        state = self.log.state
        parsed = await parse_document(
            self.feed.id,
            note,
            path,
            Before(
                records=self.log.records,
                references={} if fresh else state.references.get(note.vocabulary, {}),
                former_version=state.parser_version if fresh else None,
                pieces=self.tools.spool,
            ),
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
        for entry in document.quarantined:
            self.tools.report(moments.EntryQuarantined(feed=self.feed.id, key=entry.key, why=entry.why))
        return document

    async def _from_archive(self, sha256: str) -> Path:
        """The document in a file of its own, which the caller deletes. Raises ArchiveUnavailable."""
        await asyncio.to_thread(self.tools.spool.mkdir, parents=True, exist_ok=True)
        return await self.tools.archive.extract(sha256, self.tools.spool)


def _outcome(plan: Plan, commit: Commit) -> Outcome:
    """What came of a document whose commit stands. Holds that stood before are not told again."""
    if plan.judgement.held_whole:
        return Outcome(result="held", why=plan.judgement.held_whole.why)
    if not plan.planned:
        newly_held = {hold.id for hold in plan.judgement.holds} - {hold.id for hold in plan.state.holds}
        return Outcome(result="held" if newly_held else "unchanged")
    return Outcome(result="committed", commit=commit.state.commit)
