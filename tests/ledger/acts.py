"""What feeds may do, invented: commits that follow what a log has, and a consumer that knows nothing but events."""

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
import zstandard

from syncd.core.canonical import list_digest
from syncd.core.events import Change, ChangeType, Commit, Evidence, Publication, Times
from syncd.core.model import Name, Record
from syncd.core.state import FeedState, Stored
from syncd.ledger.contract import FeedLog

DOCUMENT = "d0" * 32
_pack = zstandard.ZstdCompressor().compress


def moment(number: int) -> str:
    """The time at which commit `number` is made: a minute after the one before."""
    return f"2025-03-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"


def commit(log: FeedLog, seed: int, size: int, *, keys: int = 300, body_bytes: int = 120) -> Commit:
    """A commit of `size` changes that follows `log`; the same log and seed give the same commit."""
    return following(log.state, log.records, random.Random(seed), size, keys=keys, body_bytes=body_bytes)


def following(
    state: FeedState, records: Mapping[str, Stored], rng: random.Random, size: int, *, keys: int, body_bytes: int
) -> Commit:
    assert size <= keys
    at = moment(state.commit + 1)
    chosen = [f"{state.feed}:{number}" for number in rng.sample(range(keys), size)]
    acts = [_act(state, records.get(key), key, place, size, at, rng, body_bytes) for place, key in enumerate(chosen)]
    written = {change.key: stored for change, stored in acts}
    after = _state_after(state, {**records, **written}, size, at)
    return Commit(changes=(change for change, _ in acts), records=written, rows=(_row(state, after),), state=after)


def _act(
    state: FeedState,
    stored: Stored | None,
    key: str,
    place: int,
    count: int,
    at: str,
    rng: random.Random,
    body_bytes: int,
) -> tuple[Change, Stored]:
    kind = _kind(stored, rng)
    sequence = state.sequence + place + 1
    body = _body(state.feed, key, rng.randbytes(body_bytes // 2).hex())
    digest = hashlib.sha256(body).hexdigest()
    change = Change(
        feed=state.feed,
        key=key,
        type=kind,
        sequence=sequence,
        commit=state.commit + 1,
        index=place,
        count=count,
        cause="publication",
        origin="source",
        material=True,
        times=Times(observed=at),
        evidence=Evidence(document=DOCUMENT, source="invented"),
        committed_at=at,
        digest_before=stored.digest if stored else None,
        digest_after=None if kind == "delisted" else digest,
        after=None if kind == "delisted" else msgspec.Raw(body),
    )
    if kind == "delisted":
        assert stored is not None
        return change, msgspec.structs.replace(stored, status="delisted", until=at, sequence=sequence)
    return change, Stored(
        status="listed",
        digest=digest,
        fingerprint=digest.encode()[:16],
        vocabulary="invented",
        sequence=sequence,
        body=_pack(body),
        since=at,
    )


def _body(feed: str, key: str, remark: str) -> bytes:
    """The smallest record that is one."""
    name = Name(full=f"Invented {key}", kind="primary")
    return msgspec.json.encode(Record(key=key, feed=feed, kind="person", names=(name,), remarks=(remark,)))


def _kind(stored: Stored | None, rng: random.Random) -> ChangeType:
    if stored is None:
        return "designated"
    if stored.status == "delisted":
        return "relisted"
    return "delisted" if rng.random() < 0.3 else "amended"


def _state_after(state: FeedState, records: Mapping[str, Stored], size: int, at: str) -> FeedState:
    listed = {key: stored.digest for key, stored in records.items() if stored.status == "listed"}
    return msgspec.structs.replace(
        state,
        commit=state.commit + 1,
        sequence=state.sequence + size,
        committed_at=at,
        ledger_digest=list_digest(listed),
        ledger_records=len(listed),
    )


def _row(before: FeedState, after: FeedState) -> Publication:
    return Publication(
        feed=after.feed,
        kind="commit",
        at=after.committed_at,
        commit=after.commit,
        cause="publication",
        ledger_digest=after.ledger_digest,
        first_sequence=before.sequence + 1,
        last_sequence=after.sequence,
    )


def with_changes(whole: Commit, changes: Iterator[Change]) -> Commit:
    return msgspec.structs.replace(whole, changes=changes)


@dataclass
class Mirror:
    """A consumer: applies events, and knows of each feed where it is and what is in force."""

    position: dict[str, int] = field(default_factory=dict)
    last: dict[str, Change] = field(default_factory=dict)
    in_force: dict[str, dict[str, bytes]] = field(default_factory=dict)
    digests: dict[str, dict[str, str]] = field(default_factory=dict)

    def apply(self, change: Change) -> None:
        """Refuses, by an assertion, whatever is not the next event of its feed."""
        before = self.last.get(change.feed)
        assert change.sequence == self.position.get(change.feed, 0) + 1
        if before is None or before.index == before.count - 1:
            assert (change.commit, change.index) == ((before.commit if before else 0) + 1, 0)
        else:
            assert (change.commit, change.index, change.count) == (before.commit, before.index + 1, before.count)
        assert before is None or change.committed_at >= before.committed_at
        self.position[change.feed] = change.sequence
        self.last[change.feed] = change
        self._put(change)

    def _put(self, change: Change) -> None:
        in_force = self.in_force.setdefault(change.feed, {})
        digests = self.digests.setdefault(change.feed, {})
        in_force.pop(change.key, None)
        digests.pop(change.key, None)
        if change.after is not None and change.digest_after is not None:
            in_force[change.key] = bytes(change.after)
            digests[change.key] = change.digest_after
            assert hashlib.sha256(bytes(change.after)).hexdigest() == change.digest_after

    def compare(self, state: FeedState, records: Mapping[str, Stored]) -> None:
        """Asserts that the events led to exactly this state and these records, in whole commits."""
        feed, unpack = state.feed, zstandard.ZstdDecompressor().decompress
        last = self.last.get(feed)
        assert self.position.get(feed, 0) == state.sequence
        assert (last.commit if last else 0) == state.commit
        assert last is None or last.index == last.count - 1
        listed = {key: unpack(stored.body) for key, stored in records.items() if stored.status == "listed"}
        assert listed == self.in_force.get(feed, {})
        assert len(listed) == state.ledger_records
        assert state.commit == 0 or list_digest(self.digests.get(feed, {})) == state.ledger_digest
