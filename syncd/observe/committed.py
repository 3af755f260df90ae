"""The moments of a commit that stands, in the order in which a reader of the log expects them."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from syncd.core import body
from syncd.core import draft as drafting
from syncd.core.admit import parse_iso
from syncd.core.events import Change, Commit
from syncd.core.state import DocumentNote, FeedState
from syncd.observe import moments

PARTIAL_TOLD_MAX = 50


class Tally:
    """Counts what matters of changes on their way into the ledger."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self.material = 0
        self._changes = changes

    def __iter__(self) -> Iterator[Change]:
        for change in self._changes:
            self.material += change.material
            yield change


def told(
    feed: str, commit: Commit, drafted: drafting.Draft, before: FeedState, material: int, seconds: float
) -> list[moments.Moment]:
    state, note = commit.state, drafted.document.note
    told: list[moments.Moment] = list(_partial_entries(feed, drafted))
    if drafted.planned:
        counts: dict[str, int] = {}
        for planned in drafted.planned:
            counts[planned.type] = counts.get(planned.type, 0) + 1
        told.append(
            moments.Committed(
                feed=feed,
                commit=state.commit,
                cause=drafted.context.cause,
                changes=counts,
                material=material,
                records=state.ledger_records,
                sequence=state.sequence,
                seconds=seconds,
                published=note.published,
                listing_delay_seconds=_delay(note, state.committed_at),
            )
        )
    standing = {hold.id for hold in before.holds}
    for hold in state.holds:
        if hold.id not in standing:
            told.append(moments.HoldPlaced(feed=feed, hold=hold.id, kind=hold.kind, keys=len(hold.keys), why=hold.why))
    left = {identity for hold in state.holds for identity in (hold.id, *hold.formerly)}
    for hold in before.holds:
        if hold.id not in left:
            how = "released" if drafted.context.cause == "release" else "its records are back"
            told.append(moments.HoldEnded(feed=feed, hold=hold.id, how=how))
    if drafted.context.missed:
        told.append(moments.PublicationMissed(feed=feed, ids=drafted.context.missed))
    if drafted.deferred:
        told.append(moments.Deferred(feed=feed, count=len(drafted.deferred)))
    return told


def _partial_entries(feed: str, drafted: drafting.Draft) -> Iterator[moments.Moment]:
    """What could not be read wholly of the records that went out, the first ones of many."""
    partial = (one.after for one in drafted.planned if one.after and one.after.partial and one.after.body)
    for entry in itertools.islice(partial, PARTIAL_TOLD_MAX):
        record = body.unpack(entry.body or b"")
        yield moments.EntryPartial(
            feed=feed, key=entry.key, unreadable=record.unreadable, unknown=tuple(part.name for part in record.other)
        )


def _delay(note: DocumentNote, committed_at: str) -> float | None:
    """Seconds from the publication's own time to the commit, when that time has a clock and not only a day."""
    if not note.published or "T" not in note.published:
        return None
    published = datetime.fromisoformat(note.published)
    published = published if published.tzinfo else published.replace(tzinfo=UTC)
    return max(0.0, (parse_iso(committed_at) - published).total_seconds())
