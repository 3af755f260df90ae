"""One record through time, from its committed changes: what was known of it when, and each change side by side. Pure.

The changes are those of the record's key, and of the keys that it had before: a re-keyed record is the same entry of
the list. They are given oldest first (`syncd.ledger.one_record` collects them).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from syncd.core import diff, times
from syncd.core.codec import decode
from syncd.core.coordination.target import feed_of
from syncd.core.events import Basis, Cause, Change, ChangeType, Evidence, FieldChange, Origin, Publication, Times
from syncd.core.model import Record
from syncd.core.notices.evidence import EnactedNotice
from syncd.core.state import Status

ARRIVALS: Final = frozenset({"baselined", "designated", "relisted"})
# Commits that a person asked for: the decision stands in the row of the commit.
DECIDED_CAUSES: Final = frozenset({"release", "resync"})


class KnownRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was known of a record at `at`, by the last change that was committed until then.

    `record` is the record as published (see `schemas/record.v1.json`), of one that had been delisted the last one in
    force; it is left out, and stands in `elided`, where it is too large for an event. `key` is the key that it had
    then. `since` and `until` are the commit times of its listing and of its delisting. `type`, `sequence`, `commit`,
    `committed_at`, `times` and `evidence` are those of that last change.
    """

    key: str
    feed: str
    status: Status
    at: str
    type: ChangeType
    sequence: int
    commit: int
    committed_at: str
    evidence: Evidence
    times: Times
    since: str | None = None
    until: str | None = None
    digest: str | None = None
    record: Any = None
    elided: tuple[Literal["record"], ...] = ()


class HistoryEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of a record. `differences` are the values before and after, field by field, as published: of a first
    listing all that the record says, of a later one what differs from the earlier, of a delisting none. `notices` are
    the authority's announcements that it enacts, most of which came before it. `decisions` are the rows of those who
    let it go out, or had the document read anew. `elided` lists parts left out of the event for size."""

    key: str
    type: ChangeType
    sequence: int
    commit: int
    committed_at: str
    cause: Cause
    origin: Origin
    material: bool
    times: Times
    evidence: Evidence
    differences: tuple[FieldChange, ...] = ()
    notices: tuple[EnactedNotice, ...] = ()
    decisions: tuple[Publication, ...] = ()
    basis: Basis | None = None
    previous_key: str | None = None
    digest_before: str | None = None
    digest_after: str | None = None
    elided: tuple[str, ...] = ()


def known_at(changes: Iterable[Change], moment: str) -> KnownRecord | None:
    """Return what was known at `moment` (ISO 8601, UTC); None when that is before the first change."""
    last: Change | None = None
    since: str | None = None
    until: str | None = None
    body: msgspec.Raw | None = None
    for change in changes:
        if (times.instant(change.committed_at) or change.committed_at) > moment:
            break
        last = change
        if change.type in ARRIVALS:
            since, until = change.committed_at, None
        if change.type == "delisted":
            until = change.committed_at
        body = change.after if change.type != "delisted" else change.before or body
    if last is None:
        return None
    return KnownRecord(
        key=last.key,
        feed=last.feed,
        status="delisted" if last.type == "delisted" else "listed",
        at=moment,
        type=last.type,
        sequence=last.sequence,
        commit=last.commit,
        committed_at=last.committed_at,
        evidence=last.evidence,
        times=last.times,
        since=since,
        until=until,
        digest=last.digest_before if last.type == "delisted" else last.digest_after,
        record=body,
        elided=() if body is not None else ("record",),
    )


def history_entry(
    change: Change, decisions: Sequence[Publication] = (), notices: Sequence[EnactedNotice] = ()
) -> HistoryEntry:
    """Return a change as it stands in the history of its record. `decisions` are those of its commit, `notices` those
    that it enacts."""
    return HistoryEntry(
        key=change.key,
        type=change.type,
        sequence=change.sequence,
        commit=change.commit,
        committed_at=change.committed_at,
        cause=change.cause,
        origin=change.origin,
        material=change.material,
        times=change.times,
        evidence=change.evidence,
        differences=differences_of(change),
        notices=tuple(notices),
        decisions=tuple(decisions),
        basis=change.basis,
        previous_key=change.previous_key,
        digest_before=change.digest_before,
        digest_after=change.digest_after,
        elided=change.elided,
    )


def differences_of(change: Change) -> tuple[FieldChange, ...]:
    """Return the differences that a change made, field by field: those that the event states; of a first listing, all
    that the record says; of a delisting, none."""
    if change.changes or change.type == "delisted" or change.after is None:
        return change.changes
    after = decode(bytes(change.after))
    before = None
    if change.type not in ARRIVALS and change.before is not None:
        before = decode(bytes(change.before))
    return diff.field_changes(before or _nothing_of(after), after)


def _nothing_of(record: Record) -> Record:
    return Record(key=record.key, feed=record.feed, kind=record.kind, names=())


def is_decision_of(row: Publication, change: Change) -> bool:
    """Return whether `row` is the decision by which `change` was committed."""
    return (
        row.kind == "decision"
        and row.outcome == "applied"
        and row.commit == change.commit
        and row.feed == feed_of(change.key)
        and change.cause in DECIDED_CAUSES
        and (row.why or "").startswith(change.cause)
    )
