"""What the coordinator may do, invented: commits that follow what its log has."""

import hashlib
import random
from collections.abc import Mapping

import msgspec

from syncd.core import codec
from syncd.core.coordination.target import (
    COORDINATOR,
    CoordinationCommit,
    CoordinationEvent,
    CoordinatorState,
    Member,
    Target,
)
from syncd.core.events import Publication
from syncd.core.model import Name, Record
from syncd.ledger.contract import CoordinatorLog, Ledger
from tests.ledger.acts import moment

FEED = "us_ofac_sdn"
TARGETS = 40


def row(name: str, note: str, *, remark_bytes: int = 0) -> bytes:
    """A target as the ledger keeps it. What it remarks does not compress."""
    remark = random.Random(note).randbytes(remark_bytes // 2).hex()
    record = Record(
        key=f"{FEED}:{name}", feed=FEED, kind="person", names=(Name(full=note, kind="primary"),), remarks=(remark,)
    )
    member = Member(key=record.key, status="listed", sequence=1, senior="2025-03-01", profile=record)
    return codec.pack_json(msgspec.json.encode(Target(id=name, founder=record.key, members=(member,))))


def coordinated(log: CoordinatorLog, seed: int, events: int) -> CoordinationCommit:
    """A commit of some events that follows `log`: it writes and deletes targets, and moves the cursor. The target
    `last` says which commit it is of."""
    rng, state = random.Random(seed), log.state
    written: dict[str, bytes | None] = {"last": row("last", f"last at {state.commit + 1}")}
    for name in (f"t{number}" for number in rng.sample(range(TARGETS), rng.randint(1, 6))):
        goes = name in log.targets and rng.random() < 0.3
        written[name] = None if goes else row(name, f"{name} at {state.commit + 1}")
    return following(state, log.targets, written, events, feed=rng.choice(("eu_fsf", "uk_sl", FEED)))


def following(
    state: CoordinatorState,
    targets: Mapping[str, bytes],
    written: Mapping[str, bytes | None],
    events: int,
    *,
    feed: str = FEED,
) -> CoordinationCommit:
    at = moment(state.commit + 1)
    after = dict(targets)
    made = CoordinationCommit(
        events=tuple(_event(state, place, at) for place in range(1, events + 1)),
        targets=written,
        state=msgspec.structs.replace(
            state,
            cursor={**state.cursor, feed: state.cursor.get(feed, 0) + 1},
            commit=state.commit + 1,
            sequence=state.sequence + events,
            committed_at=at,
        ),
        rows=(Publication(feed=COORDINATOR, kind="decision", at=at, commit=state.commit + 1, outcome="applied"),),
    )
    made.apply_to(after)
    return msgspec.structs.replace(made, state=msgspec.structs.replace(made.state, targets=len(after)))


class Seen:
    """What a reader has seen of the coordinator's events and rows."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._commit = 0
        self._sequence = 0

    async def compare(self, ledger: Ledger) -> CoordinatorState:
        """Asserts that the events and rows since the last time, the targets and the state are of the same whole
        commits; gives the state."""
        log = await ledger.open_coordinator()
        events = [event async for event in ledger.coordination(self._sequence)]
        assert [event.sequence for event in events] == list(range(self._sequence + 1, log.state.sequence + 1))
        ids = {event.id for event in events}
        assert len(ids) == len(events)
        assert not ids & self._ids
        assert all(self._commit < event.commit <= log.state.commit for event in events)
        rows = [one.commit async for one in ledger.publications(COORDINATOR, last=log.state.commit - self._commit)]
        assert rows == list(range(self._commit + 1, log.state.commit + 1))
        if log.state.commit:
            assert log.targets["last"] == row("last", f"last at {log.state.commit}")
            assert sum(log.state.cursor.values()) == log.state.commit
        self._ids |= ids
        self._commit, self._sequence = log.state.commit, log.state.sequence
        return log.state


def _event(state: CoordinatorState, place: int, at: str) -> CoordinationEvent:
    sequence = state.sequence + place
    return CoordinationEvent(
        id=hashlib.sha256(f"{state.commit} {sequence}".encode()).hexdigest()[:26],
        type="coordination.started",
        target=f"t{sequence % TARGETS}",
        sequence=sequence,
        commit=state.commit + 1,
        committed_at=at,
        explanation=f"two authorities acted on invented target {sequence}",
    )
