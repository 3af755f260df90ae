"""Invented lists for the tests of the core: documents from records, a ledger that is two dicts, and a consumer that
knows nothing but changes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from msgspec.structs import replace

from syncd.core import canonical, codec
from syncd.core.admission import Judgement, judge
from syncd.core.commit import commit_of
from syncd.core.document import Document, DocumentEntry, Quarantined, digest_of
from syncd.core.events import Cause, Change, Commit, change_id
from syncd.core.limits import TABLE, Limits
from syncd.core.model import Identifier, Name, Record
from syncd.core.plan import Context, Plan, plan_of
from syncd.core.state import DocumentNote, FeedState, Stored

FEED = "xx_test"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPEN = Limits(records_min=0, removals_max=10**6, removals_ratio=1.0, content_ratio=1.0, share_min=0.0)
OPEN = replace(OPEN, **{one.name: 10**6 for one in TABLE if one.name.endswith("_max")})


def key(number: int | str) -> str:
    return f"{FEED}:{number}"


def record(number: int | str, name: str = "", **fields: object) -> Record:
    names = (Name(full=name or f"Invented {number}", kind="primary"),)
    return Record(**{"key": key(number), "feed": FEED, "kind": "person", "names": names, **fields})


def passport(value: str) -> Identifier:
    return Identifier(type="passport", value=value)


def document(
    records: Iterable[Record],
    *,
    vocabulary: str = "first",
    quarantined: Collection[str | None] = (),
    known: Mapping[str, Stored] | None = None,
    parser_version: int = 1,
    published: str | None = None,
) -> Document:
    """A document as the parser hands it over. Entries that stand in `known` with their fingerprint have no body."""
    entries = {one.key: _entry(one, vocabulary, parser_version, known or {}) for one in records}
    raw = repr([(one, entries[one].fingerprint) for one in entries]) + vocabulary + repr(list(quarantined))
    return Document(
        note=DocumentNote(
            sha256=sha256(raw.encode()).hexdigest(),
            source=vocabulary,
            vocabulary=vocabulary,
            digest=digest_of(entries),
            records=len(entries),
            published=published,
            observed="2026-03-01T12:00:00.000000Z",
        ),
        entries=entries,
        quarantined=tuple(Quarantined(key=one, why="it has no name") for one in quarantined),
        references={},
    )


def _entry(one: Record, vocabulary: str, version: int, known: Mapping[str, Stored]) -> DocumentEntry:
    packed = codec.pack_record(one)
    fingerprint = sha256(f"{vocabulary} {version}".encode() + codec.unpack_json(packed)).digest()[:16]
    stored = known.get(one.key)
    if stored and stored.status == "listed" and stored.fingerprint == fingerprint:
        return DocumentEntry(key=one.key, digest=stored.digest, fingerprint=fingerprint)
    return DocumentEntry(
        key=one.key,
        digest=canonical.digest(one),
        fingerprint=fingerprint,
        body=packed,
        partial=one.completeness == "partial",
    )


@dataclass
class Feed:
    """One feed over time: what the intake and the ledger do, without either. Every commit is held against what a
    consumer makes of its changes."""

    limits: Limits = OPEN
    parser_version: int = 1
    preferred: str = "first"
    now: datetime = START
    state: FeedState = field(default_factory=lambda: FeedState(feed=FEED))
    records: dict[str, Stored] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    consumer: dict[str, str] = field(default_factory=dict)
    last_flood: str = ""

    def judge(self, arrived: Document, *, cause: Cause = "publication", released: Collection[str] = ()) -> Judgement:
        return judge(
            self.state,
            self.records,
            arrived,
            self.limits,
            cause=cause,
            now=self.now,
            released=released,
            preferred=self.preferred,
        )

    def draft(self, arrived: Document, *, cause: Cause = "publication", released: Collection[str] = ()) -> Plan:
        context = Context(
            feed=FEED, cause=cause, now=self.now, preferred=self.preferred, parser_version=self.parser_version
        )
        return plan_of(self.state, self.records, arrived, self.judge(arrived, cause=cause, released=released), context)

    def take(
        self,
        arrived: Document,
        *,
        cause: Cause = "publication",
        released: Collection[str] = (),
        after: timedelta | None = None,
    ) -> list[Change]:
        """Judge, draft and commit `arrived`, `after` a minute if nothing is said; the changes that went out."""
        self.now += after or timedelta(minutes=1)
        drafted = self.draft(arrived, cause=cause, released=released)
        self.last_flood = drafted.judgement.flood
        whole = commit_of(drafted, self.state)
        said = list(whole.changes)
        self._check(whole, said)
        self.commits.append(whole)
        self.changes += said
        self.state = whole.state
        self.records |= whole.records
        self._check_ledger()
        return said

    def read(self, records: Iterable[Record], *, vocabulary: str = "first", **more: object) -> list[Change]:
        """Take the document of `records`, as a parser that knows the fingerprints in force reads it."""
        quarantined: Collection[str | None] = more.pop("quarantined", ())
        arrived = document(
            records,
            vocabulary=vocabulary,
            quarantined=quarantined,
            known=self.records,
            parser_version=self.parser_version,
        )
        return self.take(arrived, **more)

    def _check(self, whole: Commit, said: list[Change]) -> None:
        assert [one.sequence for one in said] == list(range(self.state.sequence + 1, whole.state.sequence + 1))
        assert {one.commit for one in said} <= {self.state.commit + 1}
        assert whole.state.commit == self.state.commit + bool(said)
        assert [(one.index, one.count) for one in said] == [(place, len(said)) for place in range(len(said))]
        assert whole.state.committed_at >= self.state.committed_at
        for change in said:
            assert change.digest_before == self.consumer.get(change.previous_key or change.key, change.digest_before)
            self._apply(change)

    def _apply(self, change: Change) -> None:
        assert change.committed_at >= (self.changes[-1].committed_at if self.changes else "")
        if change.type in ("delisted", "amended"):
            assert change.key in self.consumer
        elif change.type == "rekeyed":
            assert change.key not in self.consumer
            del self.consumer[change.previous_key or ""]
        else:
            assert change.key not in self.consumer
        if change.digest_after is None:
            del self.consumer[change.key]
        else:
            assert change.after is not None
            assert canonical.digest(codec.decode(bytes(change.after))) == change.digest_after
            self.consumer[change.key] = change.digest_after

    def _check_ledger(self) -> None:
        in_force = {one: stored.digest for one, stored in self.records.items() if stored.status == "listed"}
        assert in_force == self.consumer
        assert self.state.ledger_records == len(in_force)
        assert self.state.ledger_digest == canonical.list_digest(in_force)
        for one, digest in in_force.items():
            assert canonical.digest(codec.unpack_record(self.records[one].body)) == digest
        identities = [change_id(change) for change in self.changes]
        assert len(set(identities)) == len(identities)

    @property
    def in_force(self) -> set[str]:
        return set(self.consumer)

    def held(self) -> set[str]:
        return {one for hold in self.state.holds for one in hold.keys}

    def version(self, number: int | str) -> Record:
        """What is in force under a key."""
        return codec.unpack_record(self.records[key(number)].body)

    def decide(self, **fields: object) -> None:
        self.state = replace(self.state, **fields)


def told(changes: Iterable[Change]) -> list[tuple[str, str]]:
    """(type, source id) of changes, in their order."""
    return [(one.type, one.key.removeprefix(f"{FEED}:")) for one in changes]
