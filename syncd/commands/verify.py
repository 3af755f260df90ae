"""The proof that a ledger is whole: every digest recomputed from the bytes, every list rebuilt from its changes alone,
and every document that a commit names found in the archive; of the coordination, the seals of what is said and kept."""

import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from pathlib import Path

import msgspec
from msgspec import Struct

from syncd.archive import Archive
from syncd.core import canonical, codec, seals
from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, CoordinatorState, Target, feed_of
from syncd.core.events import REPLAY, Change, Publication, change_id
from syncd.core.state import FeedState, Status, Stored
from syncd.core.tolerant import tolerating
from syncd.errors import ArchiveUnavailable, LedgerError
from syncd.ledger.contract import Ledger

PROBLEMS_MAX = 20
# Of somebody of whom the list knew nothing, though the id may have been another's.
STARTS = ("baselined", "designated")
# Of the same listing as before.
GOES_ON = ("amended", "rekeyed", "delisted")
# What all changes of a commit have in common.
TOGETHER = ("commit", "count", "cause", "committed_at", "evidence")

_target = tolerating(msgspec.json.Decoder(Target))


class Finding(Struct, frozen=True, kw_only=True):
    """What `verify` found of one feed. `digest` is the list digest rebuilt from the changes; `documents` are those that
    were looked for in the archive, None when none was; `replayed` are commits that bear the times of kept documents,
    and were made later by `syncd replay`. Of the coordination, `changes` are its events, `records` its targets, and
    `digest` their seal; of the notices likewise, see `verify_notices`."""

    feed: str
    ok: bool
    changes: int
    commits: int
    records: int
    digest: str
    documents: int | None = None
    replayed: int = 0
    problems: tuple[str, ...] = ()


class KeyHistory(Struct, frozen=True):
    """What the changes make of a key."""

    status: Status
    digest: str | None
    sequence: int
    since: str
    until: str | None = None
    successor: str | None = None


class Audit:
    """The list after the changes so far, and what was wrong with them."""

    def __init__(self, rows: Mapping[int, Publication]) -> None:
        self.kept: dict[str, KeyHistory] = {}
        self.problems: list[str] = []
        self.changes = self.commits = 0
        self.committed_at = ""
        self._rows = rows
        self._seen: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._first: Change | None = None

    @property
    def digests(self) -> dict[str, str]:
        """The digests of the records in force after the changes so far, by key."""
        return {key: one.digest for key, one in self.kept.items() if one.status == "listed" and one.digest}

    def take(self, change: Change) -> None:
        """Check one change against those before it, and apply it."""
        self.changes += 1
        self.problems += self._problems_of(change)
        self.committed_at = change.committed_at
        self._counts[change.type] += 1
        self._apply(change)
        self._first = self._first or change
        if change.index + 1 == change.count:
            self.commits += 1
            self._first = None
            self.problems += self._problems_of_row(self._rows.get(change.commit), change)
            self._counts.clear()

    def _apply(self, change: Change) -> None:
        at, sequence = change.committed_at, change.sequence
        before = self.kept.get(change.previous_key or change.key)
        since = before.since if before and change.type in GOES_ON else at
        if change.previous_key is not None:
            digest = before.digest if before else None
            self.kept[change.previous_key] = KeyHistory("rekeyed", digest, sequence, since, at, change.key)
        if change.type == "delisted":
            self.kept[change.key] = KeyHistory("delisted", change.digest_before, sequence, since, at)
        elif change.digest_after is not None:
            self.kept[change.key] = KeyHistory("listed", change.digest_after, sequence, since)

    def _problems_of(self, change: Change) -> Iterable[str]:
        if change.sequence != self.changes:
            yield f"sequence {change.sequence} stands where {self.changes} belongs"
        if change.commit != self.commits + 1:
            yield f"commit {change.commit} stands where {self.commits + 1} belongs"
        if self._first and any(getattr(change, name) != getattr(self._first, name) for name in TOGETHER):
            yield f"sequence {change.sequence}: it does not belong with the others of its commit"
        identity = change_id(change)
        if identity in self._seen:
            yield f"event id {identity} stands twice"
        self._seen.add(identity)
        if change.type != "delisted" and change.digest_after is None:
            yield f"sequence {change.sequence}: it has no digest"
        before = None if change.type in STARTS else self.kept.get(change.previous_key or change.key)
        if change.digest_before != (before.digest if before else None):
            yield f"sequence {change.sequence}: it does not follow the record that was in force"
        for part, digest in (("before", change.digest_before), ("after", change.digest_after)):
            if not _is_record_of(getattr(change, part), digest, elided=part in change.elided):
                yield f"sequence {change.sequence}: the record {part} is not the one that its digest says"

    def _problems_of_row(self, row: Publication | None, last: Change) -> Iterable[str]:
        digests = self.digests
        if row is None:
            yield f"commit {last.commit}: it has no row"
            return
        said = {
            "cause": last.cause,
            "document": last.evidence.document,
            "source": last.evidence.source,
            "published": last.evidence.published,
            "at": last.committed_at,
            "first_sequence": last.sequence - last.count + 1,
            "last_sequence": last.sequence,
            "changes": dict(self._counts),
            "ledger_digest": canonical.list_digest(digests),
            "ledger_records": len(digests),
        }
        wrong = [name for name, value in said.items() if getattr(row, name) != value]
        if wrong:
            yield f"commit {last.commit}: its row does not describe its changes: {', '.join(wrong)}"
        if not (row.held or row.quarantined or row.deferred) and row.document_digest != row.ledger_digest:
            yield f"commit {last.commit}: the document is another list than the one in force, and nothing is held"


def _is_record_of(json: msgspec.Raw | None, digest: str | None, *, elided: bool) -> bool:
    if json is None or digest is None:
        return elided or (json is None and digest is None)
    try:
        return canonical.digest(codec.decode(bytes(json))) == digest
    except msgspec.MsgspecError:
        return False


async def verified(ledger: Ledger, feed: str, archive: Archive | None = None) -> Finding:
    """Rebuild `feed` from its changes and hold it against its rows, its records and its state; with an `archive`, look
    for every document that is named. Never raises for what is wrong with the ledger: that is a finding."""
    rows: list[Publication] = []
    audit = Audit({})
    documents = None
    try:
        rows = [row async for row in ledger.publications(feed)]
        audit = Audit({row.commit: row for row in rows if row.kind == "commit"})
        async for change in ledger.tail({}, feeds=(feed,)):
            audit.take(change)
        state, records = await ledger.snapshot(feed)
        audit.problems += _problems_of_state(state, rows, audit)
        audit.problems += _problems_of_records(records, audit.kept)
        audit.problems += await first_problems(ledger.at_odds(feed))
    except (LedgerError, ValueError) as error:  # what is no text at all, too
        audit.problems.append(str(error))
    else:
        if archive is not None:
            named = _documents(state, rows)
            documents = len(named)
            audit.problems += await missing_documents(archive, named)
    digests = audit.digests
    return Finding(
        feed=feed,
        ok=not audit.problems,
        changes=audit.changes,
        commits=audit.commits,
        records=len(digests),
        digest=canonical.list_digest(digests),
        documents=documents,
        replayed=sum(row.kind == "commit" and row.asserted_by == REPLAY for row in rows),
        problems=tuple(audit.problems[:PROBLEMS_MAX]),
    )


async def verified_coordination(ledger: Ledger) -> Finding:
    """Hold what was said of several lists together, and the targets, against the coordinator's state and its seals.
    Never raises for what is wrong with the ledger: that is a finding."""
    problems: list[str] = []
    state, count = CoordinatorState(), 0
    try:
        state, rows = await ledger.targets()
        count = len(rows)
        events = [event async for event in ledger.coordination() if event.sequence <= state.sequence]
        ends = {feed: (await ledger.state(feed)).sequence for feed in state.cursor}
        problems += _problems_of_events(state, events)
        problems += _problems_of_targets(state, rows)
        problems += [f"{feed} is read beyond its end" for feed, end in ends.items() if state.cursor[feed] > end]
        problems += await first_problems(ledger.at_odds(COORDINATOR))
    except (LedgerError, ValueError) as error:
        problems.append(str(error))
    return Finding(
        feed=COORDINATOR,
        ok=not problems,
        changes=state.sequence,
        commits=state.commit,
        records=count,
        digest=state.targets_seal,
        problems=tuple(problems[:PROBLEMS_MAX]),
    )


def _problems_of_events(state: CoordinatorState, events: list[CoordinationEvent]) -> Iterable[str]:
    commit, committed_at = 0, ""
    seen = set()
    for event in events:
        if event.id in seen:
            yield f"event id {event.id} stands twice"
        if event.commit < commit or event.committed_at < committed_at:
            yield f"event {event.sequence} was committed before the one before it"
        seen.add(event.id)
        commit, committed_at = event.commit, event.committed_at
    if commit > state.commit or committed_at > state.committed_at:
        yield "the state is older than the last event"
    if not state.targets_seal:  # written before there were seals
        return
    sealed = seals.of_events(event for event in events if event.sequence > state.sealed_after)
    if sealed != state.events_seal:
        yield "the events are not those that the state was committed with"


def _problems_of_targets(state: CoordinatorState, rows: Mapping[str, bytes]) -> Iterable[str]:
    unpack = codec.unpacker()
    sound: list[bytes] = []
    for name, packed in rows.items():
        try:
            json = unpack(packed)
            target = _target(json)
        except Exception:  # bytes that are no target, in whatever way
            yield f"target {name} cannot be read"
            continue
        sound.append(json)
        if target.id != name:
            yield f"target {name} stands under the id of another"
        if any(one.sequence > state.cursor.get(feed_of(one.key), 0) for one in target.members):
            yield f"target {name} knows of changes that the state has not read"
    if state.targets_seal and seals.of_targets(sound) != state.targets_seal:
        yield "the targets are not those that the state was committed with"


async def first_problems(problems: AsyncGenerator[str, None]) -> list[str]:
    """Return the first `PROBLEMS_MAX` of `problems`, and end it."""
    found: list[str] = []
    async with aclosing(problems):
        async for problem in problems:
            found.append(problem)
            if len(found) == PROBLEMS_MAX:
                break
    return found


def _problems_of_state(state: FeedState, rows: list[Publication], audit: Audit) -> Iterable[str]:
    digests = audit.digests
    if (state.sequence, state.commit) != (audit.changes, audit.commits):
        yield f"the state says sequence {state.sequence}, commit {state.commit}"
    if audit.commits and (state.ledger_digest, state.ledger_records) != (canonical.list_digest(digests), len(digests)):
        yield "the state does not describe the list"
    commits = [row.commit for row in rows if row.kind == "commit"]
    if commits != list(range(1, audit.commits + 1)):
        yield f"there are {len(commits)} rows for {audit.commits} commits, or they are out of order"
    described = next((row for row in reversed(rows) if row.kind in ("commit", "hold")), None)
    if described is None:
        return
    said = {
        "holds": tuple(hold.id for hold in state.holds),
        "ledger_digest": state.ledger_digest,
        "ledger_records": state.ledger_records,
    }
    wrong = [name for name, value in said.items() if getattr(described, name) != value]
    if wrong:
        yield f"the state is not the one that the last row describes: {', '.join(wrong)}"
    if audit.committed_at > state.committed_at:
        yield "the state is older than the last change"


def _problems_of_records(records: Mapping[str, Stored], kept: Mapping[str, KeyHistory]) -> Iterable[str]:
    if records.keys() != kept.keys():
        yield f"{len(records.keys() ^ kept.keys())} records are not those that the changes make"
    for key in sorted(records.keys() & kept.keys()):
        stored = records[key]
        history = KeyHistory(**{name: getattr(stored, name) for name in KeyHistory.__struct_fields__})
        if history != kept[key]:
            yield f"{key}: the record is not the one that the changes make"
        elif not _is_body_of(stored, key):
            yield f"{key}: the body is not the one that its digest says"


def _is_body_of(stored: Stored, key: str) -> bool:
    try:
        record = codec.unpack_record(stored.body)
    except Exception:  # bytes that are no record, in whatever way
        return False
    return record.key == key and canonical.digest(record) == stored.digest


def _documents(state: FeedState, rows: list[Publication]) -> list[str]:
    """Every document that the ledger names as evidence, by SHA-256, each once."""
    named = [row.document for row in rows if row.document and row.kind in ("commit", "hold")]
    named += [hold.document for hold in state.holds if hold.document]
    return list(dict.fromkeys([*named, *([state.document.sha256] if state.document else [])]))


async def missing_documents(archive: Archive, named: Iterable[str]) -> list[str]:
    """Return what is wrong with the documents of these SHA-256, each read whole from the archive."""
    problems = []
    with tempfile.TemporaryDirectory(prefix="syncd-") as folder:
        for sha256 in named:
            try:
                (await archive.extract(sha256, Path(folder))).unlink()
            except ArchiveUnavailable as error:
                problems.append(str(error))
    return problems
