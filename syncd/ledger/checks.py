"""The checks of every ledger: of a commit before it is written, and of a state before it is gone on from.

A commit that could not be restored would stop its feed for ever, so the numbers and the list digest are proven before
anything is written, not only afterwards.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from syncd.core.canonical import list_digest
from syncd.core.coordination.target import COORDINATOR, CoordinationCommit, CoordinatorState
from syncd.core.events import Change, Publication
from syncd.core.notices.notice import NOTICES, NoticesCommit, NoticesState
from syncd.core.state import FeedState, Stored
from syncd.errors import LedgerError, StateMismatch
from syncd.ledger.contract import Commit


def in_order(before: FeedState, commit: Commit) -> Iterator[Change]:
    """The changes of `commit`, one by one, each proven to follow the one before it.

    Raises LedgerError at the first that does not; at their end when their number is not the one that they and the new
    state say.
    """
    _check_times(before.feed, before.committed_at, commit.state.committed_at)
    count = index = 0
    for index, change in enumerate(commit.changes, start=1):
        count = count or change.count
        _check_change(before, commit, change, index, count)
        yield change
    if index != count:
        raise LedgerError(f"{before.feed}: a commit of {count} changes has {index}")
    _check_numbers(before, commit.state, count)


def _check_change(before: FeedState, commit: Commit, change: Change, place: int, count: int) -> None:
    facts = {
        "feed": (change.feed, before.feed),
        "sequence": (change.sequence, before.sequence + place),
        "commit": (change.commit, before.commit + 1),
        "index": (change.index, place - 1),
        "count": (change.count, count),
        "committed_at": (change.committed_at, commit.state.committed_at),
    }
    for name, (has, needs) in facts.items():
        if has != needs:
            raise LedgerError(f"{before.feed}: change {place} of the commit has {name} {has}, where {needs} follows")
    if change.key not in commit.records:
        raise LedgerError(f"{before.feed}: the commit changes {change.key} and brings no record for it")


def _check_numbers(before: FeedState, after: FeedState, count: int) -> None:
    follows = (before.commit + (1 if count else 0), before.sequence + count)
    if (after.commit, after.sequence) != follows:
        raise LedgerError(
            f"{before.feed}: the new state is at commit {after.commit}, sequence {after.sequence}, "
            f"where commit {follows[0]}, sequence {follows[1]} follows"
        )


def _check_times(owner: str, before: str, after: str) -> None:
    # As times, not as texts: "…00.5Z" sorts before "…00Z".
    if before == after or not before:
        return
    try:
        backwards = datetime.fromisoformat(after) < datetime.fromisoformat(before)
    except (ValueError, TypeError) as error:
        raise LedgerError(f"{owner}: {after!r} is no time to commit at") from error
    if backwards:
        raise LedgerError(f"{owner}: a commit at {after} would precede {before}")


def check_rows(commit: Commit) -> None:
    """Raises LedgerError when a publication row belongs to another feed or to another commit."""
    for row in commit.rows:
        if row.feed != commit.state.feed:
            raise LedgerError(f"{commit.state.feed}: a publication row names {row.feed}")
        if row.kind == "commit" and not _describes(row, commit.state):
            raise LedgerError(f"{row.feed}: the row of commit {row.commit} does not describe {commit.state.commit}")


def _describes(row: Publication, state: FeedState) -> bool:
    return row.commit == state.commit and row.last_sequence in (None, state.sequence)


def check_outcome(before: FeedState, restored: Mapping[str, Stored], commit: Commit) -> None:
    """Raises LedgerError when the list in force after `commit` would not be the one that its state describes."""
    after = commit.state
    if after.feed != before.feed:
        raise LedgerError(f"{before.feed}: a commit brings the state of {after.feed}")
    same = (after.ledger_digest, after.ledger_records) == (before.ledger_digest, before.ledger_records)
    if same and not commit.records:
        return
    wrong = mismatch(after, {**restored, **commit.records})
    if wrong:
        raise LedgerError(f"{before.feed}: the new state does not describe the new list: {wrong}")


def check_restored(state: FeedState, records: Mapping[str, Stored]) -> None:
    """Raises StateMismatch when `records` are not the list that `state` was committed with."""
    wrong = mismatch(state, records)
    if wrong:
        raise StateMismatch(
            f"{state.feed}: what was restored is not what was committed: {wrong}. "
            "The feed stays stopped; restore the ledger from a backup, or baseline the feed into a new one"
        )


def mismatch(state: FeedState, records: Mapping[str, Stored]) -> str:
    """Return the contradiction between `state` and the records in force; empty when there is none."""
    listed = {key: stored.digest for key, stored in records.items() if stored.status == "listed"}
    if len(listed) != state.ledger_records:
        return f"{len(listed)} records are in force, {state.ledger_records} are stated"
    if not state.ledger_digest and not listed:
        return ""
    digest = list_digest(listed)
    return (
        "" if digest == state.ledger_digest else f"their digest is {digest}, {state.ledger_digest or 'none'} is stated"
    )


def check_coordination(before: CoordinatorState, targets: Collection[str], commit: CoordinationCommit) -> None:
    """Raises LedgerError when `commit` does not follow `before` and the ids of the `targets` that there are.

    The number counts up with each commit that says something; one that only moves the cursor may keep it.
    """
    after = commit.state
    _check_times(COORDINATOR, before.committed_at, after.committed_at)
    _check_events(before, commit)
    numbers = (before.commit + 1,) if commit.events else (before.commit, before.commit + 1)
    back = [feed for feed, sequence in before.cursor.items() if after.cursor.get(feed, 0) < sequence]
    count = len(targets) + sum(_added(targets, name, row) for name, row in commit.targets.items())
    wrong = {
        f"it is at commit {after.commit}, where {numbers[0]} follows": after.commit not in numbers,
        f"its sequence is {after.sequence}": after.sequence != before.sequence + len(commit.events),
        f"its cursor goes back in {', '.join(back)}": back,
        f"its last signal goes back to {after.last_signal}": after.last_signal < before.last_signal,
        f"it states {after.targets} targets, where there are {count}": after.targets != count,
        "a row names another": any(row.feed != COORDINATOR for row in commit.rows),
    }
    for what, is_so in wrong.items():
        if is_so:
            raise LedgerError(f"{COORDINATOR}: the commit does not follow: {what}")


def _check_events(before: CoordinatorState, commit: CoordinationCommit) -> None:
    for place, event in enumerate(commit.events, start=1):
        facts = {
            "sequence": (event.sequence, before.sequence + place),
            "commit": (event.commit, commit.state.commit),
            "committed_at": (event.committed_at, commit.state.committed_at),
        }
        for name, (has, needs) in facts.items():
            if has != needs:
                raise LedgerError(f"{COORDINATOR}: event {place} of the commit has {name} {has}, where {needs} follows")


def _added(targets: Collection[str], name: str, row: bytes | None) -> int:
    return (row is not None) - (name in targets)


def check_coordination_restored(state: CoordinatorState, targets: int, last_sequence: int) -> None:
    """Raises StateMismatch when there are not as many restored `targets`, or events, as `state` was committed with."""
    facts = {"targets": (targets, state.targets), "events": (last_sequence, state.sequence)}
    for name, (has, stated) in facts.items():
        if has != stated:
            raise StateMismatch(
                f"{COORDINATOR}: what was restored is not what was committed: {has} {name}, {stated} are stated. "
                "Coordination stays stopped, the feeds go on; restore the ledger from a backup"
            )


def check_notices(before: NoticesState, rows: Collection[str], commit: NoticesCommit) -> None:
    """Raises LedgerError when `commit` does not follow `before` and the ids of the notices that are kept."""
    after = commit.state
    _check_times(NOTICES, before.committed_at, after.committed_at)
    last = dict(before.sequences)
    for event in commit.events:
        follows(event.channel, last.get(event.channel, 0), event.sequence)
        last[event.channel] = event.sequence
    back = [feed for feed, sequence in before.cursor.items() if after.cursor.get(feed, 0) < sequence]
    count = len(rows) + sum(_added(rows, name, row) for name, row in commit.notices.items())
    number = before.commit + (1 if commit.events else 0)
    facts = {(event.commit, event.committed_at) for event in commit.events}
    wrong = {
        f"it is at commit {after.commit}, where {number} follows": after.commit != number,
        "an event is of another commit": facts - {(after.commit, after.committed_at)},
        "its state has other sequences than its events": after.sequences != last,
        f"its cursor goes back in {', '.join(back)}": back,
        f"it states {after.live} notices, where there are {count}": after.live != count,
    }
    for what, is_so in wrong.items():
        if is_so:
            raise LedgerError(f"{NOTICES}: the commit does not follow: {what}")


def check_notices_restored(state: NoticesState, rows: Collection[str], sequences: Mapping[str, int]) -> None:
    """Raises StateMismatch when the restored notices are not those that `state` was committed with. `sequences` is the
    last event of each channel that has any."""
    facts = {"notices": (len(rows), state.live), "last events": (dict(sequences), state.sequences)}
    for name, (has, stated) in facts.items():
        if has != stated:
            raise StateMismatch(
                f"{NOTICES}: what was restored is not what was committed: {has} {name}, {stated} are stated. "
                "Announcements stay stopped, the feeds go on; restore the ledger from a backup"
            )


def check_place(after: int, end: int) -> None:
    """Raises LedgerError when a reader of coordination is `after` an event that was never committed."""
    if after > end:
        raise LedgerError(f"{COORDINATOR}: position {after} lies beyond the last event, {end}: of another ledger")


def follows(feed: str, last: int, sequence: int) -> None:
    """Raises LedgerError when a reader at `last` meets `sequence` next and something lies between."""
    if sequence != last + 1:
        raise LedgerError(f"{feed}: after sequence {last} comes {sequence}: {_missing(last + 1, sequence - 1)}")


def _missing(first: int, last: int) -> str:
    return f"sequence {first} is missing" if first == last else f"sequences {first} to {last} are missing"


def check_position(ends: Mapping[str, int], position: Mapping[str, int], feeds: Iterable[str]) -> None:
    """Raises LedgerError when `position` lies beyond the last commit: it is then of another ledger."""
    wanted = frozenset(feeds)
    for feed, sequence in position.items():
        if wanted and feed not in wanted:
            continue
        if sequence > ends.get(feed, 0):
            raise LedgerError(
                f"{feed}: position {sequence} lies beyond the last committed sequence, {ends.get(feed, 0)}: "
                "it belongs to another ledger"
            )
