"""Dated documents of a feed through the real pipeline, one after the other, on the clock of the documents.

What a replay commits bears the times of the documents, at which nobody saw them: each row says that it was replayed.
"""

import re
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from syncd.archive import open_archive
from syncd.clock import SetClock, SystemClock
from syncd.commands import compressed_files
from syncd.commands.compare import FittingVocabulary, check_kind
from syncd.config import Config, with_overrides
from syncd.core import times
from syncd.core.document import Document
from syncd.core.events import REPLAY, Commit, Publication
from syncd.core.state import FeedState, Stored
from syncd.core.times import iso
from syncd.errors import ConfigurationError, DocumentRefused
from syncd.feeds.contract import Feed
from syncd.intake import freshness
from syncd.intake.parser_process import Lanes
from syncd.intake.pipeline import Outcome, Pipeline, Release, Tools
from syncd.ledger.contract import FeedLog, Ledger
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe import moments
from syncd.observe.report import Collected
from syncd.workers.signals import document_of

START = datetime(2000, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


class ReplayStep(Struct, frozen=True, kw_only=True):
    """What one document came to. `at` is the time on the documents' clock, which its commit bears; `changes` counts by
    type; `held` are keys that wait after it."""

    file: str
    result: str
    at: str = ""
    published: str | None = None
    records: int = 0
    commit: int | None = None
    changes: dict[str, int] = msgspec.field(default_factory=dict)
    held: int = 0
    holds: tuple[str, ...] = ()
    deferred: int = 0
    ledger_records: int = 0
    document_digest: str = ""
    ledger_digest: str = ""
    why: str = ""


class _ReplayedLog:
    """A feed's log whose rows say that a replay made them, and of which file."""

    def __init__(self, log: FeedLog) -> None:
        self.file = ""
        self._log = log

    @property
    def state(self) -> FeedState:
        return self._log.state

    @property
    def records(self) -> Mapping[str, Stored]:
        return self._log.records

    async def commit(self, commit: Commit) -> None:
        """As `FeedLog.commit`."""
        why = f"replayed from {self.file}: its times are those of the document"
        rows = (row if row.kind == "decision" else replace(row, asserted_by=REPLAY, why=why) for row in commit.rows)
        await self._log.commit(replace(commit, rows=tuple(rows)))


async def replayed(
    config: Config, feed: Feed, folder: Path, into: Path | None, *, release_holds: bool = False
) -> AsyncIterator[ReplayStep]:
    """Process each file of `folder`, in the order of names, and yield what came of it.

    Without `into`, the ledger is `<feed>.replay.db`, made anew. With `release_holds` the holds of each document are
    released after it, by a decision. Raises ConfigurationError for a folder without a file.
    """
    if not _documents(folder):
        raise ConfigurationError(f"there is no file in {folder}: put the documents of {feed.id} there")
    path = into or Path(f"{feed.id}.replay.db")
    if into is None:
        _forget(path)
    config = config.model_copy(update={"ledger": path})
    ledger = await SqliteLedger.open_file(path, writing=True, installation=config.installation)
    try:
        async for step in replayed_into(ledger, config, feed, folder, release_holds=release_holds):
            yield step
    finally:
        await ledger.close()


async def replayed_into(
    ledger: Ledger, config: Config, feed: Feed, folder: Path, *, release_holds: bool = False
) -> AsyncIterator[ReplayStep]:
    """As `replayed`, into an open ledger."""
    feed = with_overrides(feed, config.feeds.of(feed.id))
    log = _ReplayedLog(await ledger.open(feed.id))
    clock = SetClock(datetime.fromisoformat(log.state.committed_at) if log.state.committed_at else START)
    tools = Tools(
        archive=open_archive(config),
        lanes=Lanes(),
        clock=clock,
        report=Collected(),
        spool=config.archive_spool,
    )
    pipeline = Pipeline(feed, log, tools)
    for document in _documents(folder):
        log.file = document.name
        yield await _step(pipeline, clock, document, release_holds=release_holds)


def _documents(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_file())


def _forget(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", ".lock", ".mark"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


async def _step(pipeline: Pipeline, clock: SetClock, path: Path, *, release_holds: bool) -> ReplayStep:
    with tempfile.TemporaryDirectory(prefix="syncd-") as folder:
        plain = Path(folder) / "document"
        before = pipeline.log.state
        try:
            sha256 = compressed_files.unpacked_to(path, plain)
            check_kind(pipeline.feed, lambda: plain.open("rb"))
            await pipeline.reparse_after_upgrade()
            document = await _parsed(pipeline, plain, sha256, SystemClock().now())
            if why := _why_stale(document, before):
                return ReplayStep(file=path.name, result="stale", why=why, ledger_digest=before.ledger_digest)
            clock.move_to(_time_of(document, path, clock.now()))
            note = replace(document.note, observed=iso(clock.now()))
            outcome = await pipeline.process(replace(document, note=note), plain, "publication")
            if release_holds:
                outcome = await _released(pipeline, outcome)
        except DocumentRefused as error:
            return ReplayStep(file=path.name, result="refused", why=str(error), ledger_digest=before.ledger_digest)
    state = pipeline.log.state
    return ReplayStep(
        file=path.name,
        result=outcome.result,
        at=iso(clock.now()),
        published=document.note.published,
        records=len(document.entries),
        commit=outcome.commit,
        changes=_counts(pipeline, before.sequence),
        held=sum(len(hold.keys) for hold in state.holds),
        holds=tuple(hold.id for hold in state.holds),
        deferred=len(state.deferred),
        ledger_records=state.ledger_records,
        document_digest=document.note.digest,
        ledger_digest=state.ledger_digest,
        why=outcome.why,
    )


async def _released(pipeline: Pipeline, outcome: Outcome) -> Outcome:
    """What came of `outcome` once every hold that was left is released, each once."""
    for hold in pipeline.log.state.holds:
        if hold not in pipeline.log.state.holds:
            continue
        decision = Publication(
            feed=pipeline.feed.id,
            kind="decision",
            at=iso(pipeline.tools.clock.now()),
            commit=pipeline.log.state.commit,
            outcome="applied",
            why=f"release {hold.id}: replayed with --release-holds",
            asserted_by=REPLAY,
        )
        release = Release(holds=(hold.id,), row=decision)
        outcome = await pipeline.reconsider(document_of(pipeline.log.state, hold), release)
    return outcome


def _why_stale(document: Document, state: FeedState) -> str:
    """Why a document is left out: it is older than the one in force. Empty when it is not."""
    published, current = document.note.published, state.document.published if state.document else None
    if not freshness.is_older(published, current):
        return ""
    return f"published {published}, and the one of {current} is in force: name the files so that they sort by date"


def _counts(pipeline: Pipeline, before: int) -> dict[str, int]:
    """Changes by type of the commits that were made after sequence `before`, from what they reported."""
    reports = pipeline.tools.report
    assert isinstance(reports, Collected)
    counts: Counter[str] = Counter()
    for one in reports.of(moments.Committed):
        if one.sequence > before:
            counts.update(one.changes)
    return dict(counts)


async def _parsed(pipeline: Pipeline, path: Path, sha256: str, observed: datetime) -> Document:
    """Read the document in the vocabulary that fits it. Raises DocumentRefused."""
    fitting = FittingVocabulary(pipeline.feed)
    for source in fitting.sources():
        with fitting.attempt():
            return await pipeline.parse(source, path, sha256, observed)
    raise fitting.refusal()


def _time_of(document: Document, path: Path, now: datetime) -> datetime:
    """When the document was published: its own date, else the date in the file's name, else a day later; never before
    the last one. What is no date, or still to come, is none."""
    today = iso(datetime.now(UTC))
    named = ("-".join(found.groups()) for found in _DATE.finditer(path.name))
    stated = (times.moment(times.stated_time(text, today)) for text in (document.note.published, *named))
    when = next((at for at in stated if at), now + timedelta(days=1))
    return max(now + timedelta(seconds=1), when)
